/*
 * Copying and the pager: what leaves the screen as text. The secret part of an answer is not in any value
 * that reaches this file.
 */
#include "tui/update.h"

#include "data/wire.h"

#include <stdio.h>
#include <string.h>

static unsigned send(struct state *state, enum effect effect, const char *name)
{
    snprintf(state->outgoing_name, sizeof state->outgoing_name, "%s", name);
    return effect;
}

/* Single quotes for a shell; a quote inside becomes '\''. */
static void add_quoted(struct buf *out, const char *s)
{
    buf_char(out, '\'');
    for (; *s; s++) {
        if (*s == '\'')
            buf_str(out, "'\\''");
        else
            buf_char(out, *s);
    }
    buf_char(out, '\'');
}

static void add_command_line(const struct state *state, struct buf *out)
{
    struct buf filter;
    buf_init(&filter, FILTER_TEXT_MAX);
    filter_format(&state->filter, state->time_mode, &filter);
    buf_str(out, "executor-runs");
    if (filter.len) {
        buf_str(out, " -f ");
        add_quoted(out, buf_cstr(&filter));
    }
    if (state->scope) {
        buf_str(out, " --scope ");
        add_quoted(out, state->scope);
    }
    if (!state_is_newest_first(state))
        buf_printf(out, " --sort %s,%s", state->sort.field == SORT_CREATED ? "createdAt" : "durationMs",
                   state->sort.is_ascending ? "asc" : "desc");
    if (state->live.is_on)
        buf_str(out, " --live");
    buf_char(out, ' ');
    add_quoted(out, state->source_arg);
    buf_release(&filter);
}

static void add_section(struct buf *out, const char *title, struct text text)
{
    if (!text.n)
        return;
    buf_printf(out, "\n%s\n", title);
    buf_text(out, text);
    buf_char(out, '\n');
}

static void add_readable(const struct state *state, const struct detail_reply *detail, struct buf *out)
{
    const struct run *run = &detail->detail.run;
    char created[TIME_TEXT], duration[TIME_TEXT];
    time_format_full(run->created_at, state->time_mode, created);
    duration_format(run_duration(run), duration);
    buf_printf(out, "run %.*s\nstatus %.*s   created %s   duration %s\n", (int)run->id.n, run->id.s,
               (int)run->status.n, run->status.s, created, duration);
    add_section(out, "--- error", run->error_text);
    add_section(out, "--- code", run->code);
    add_section(out, "--- result", run->result_json);
    add_section(out, "--- logs", run->logs_json);
    for (size_t i = 0; i < detail->call_count; i++) {
        const struct tool_call *call = &detail->calls[i];
        duration_format(call->duration_ms, duration);
        buf_printf(out, "\n--- call %.*s   %.*s   %s\n", (int)call->tool_path.n, call->tool_path.s,
                   (int)call->status.n, call->status.s, duration);
        add_section(out, "args", call->args_json);
        add_section(out, "result", call->result_json);
        add_section(out, "error", call->error_text);
    }
}

/* What the pager is given is text too: it may be set to pass control characters on. */
static void make_visible(struct buf *out)
{
    struct text raw = buf_as_text(out);
    struct buf clean;
    buf_init(&clean, out->limit);
    struct text line;
    for (size_t at = 0; at < raw.n; at += line.n + 1) {
        const char *end = memchr(raw.s + at, '\n', raw.n - at);
        line = (struct text){raw.s + at, end ? (size_t)(end - (raw.s + at)) : raw.n - at};
        struct glyph_iter it = glyph_iter(line, false);
        struct glyph glyph;
        while (glyph_next(&it, &glyph)) {
            char bytes[4];
            buf_add(&clean, bytes, utf8_encode(glyph.ch, bytes));
            for (int i = 0; i < GLYPH_MARKS && glyph.marks[i]; i++)
                buf_add(&clean, bytes, utf8_encode(glyph.marks[i], bytes));
        }
        buf_char(&clean, '\n');
    }
    buf_release(out);
    *out = clean;
}

static unsigned copy_text(struct state *state, struct text text, const char *name, int64_t now)
{
    if (!text.n) {
        state_say(state, now, INK_WARN, "this run has no %s", name);
        return 0;
    }
    buf_text(&state->outgoing, text);
    return send(state, EFFECT_COPY, name);
}

unsigned update_copy_finish(struct state *state, enum copy_kind kind, int64_t now)
{
    const struct detail_reply *detail = &state->detail.shown->detail;
    buf_clear(&state->outgoing);
    switch (kind) {
    case COPY_JSON: wire_detail(&detail->detail, &state->outgoing); return send(state, EFFECT_COPY, "JSON");
    case COPY_CODE: return copy_text(state, detail->detail.run.code, "code", now);
    case COPY_ERROR: return copy_text(state, detail->detail.run.error_text, "error", now);
    case COPY_PAGER:
        add_readable(state, detail, &state->outgoing);
        make_visible(&state->outgoing);
        return send(state, EFFECT_PAGER, "run");
    case COPY_NONE:
    case COPY_ID:
    case COPY_COMMAND: return 0;
    }
    return 0;
}

unsigned update_copy(struct state *state, enum copy_kind kind, int64_t now)
{
    const struct run_row *row = state_selected(state);
    if (!row && kind != COPY_COMMAND) {
        state_say(state, now, INK_MUTED, "no run is selected");
        return 0;
    }
    buf_clear(&state->outgoing);
    if (kind == COPY_ID)
        return copy_text(state, row->id, "id", now);
    if (kind == COPY_COMMAND) {
        add_command_line(state, &state->outgoing);
        return send(state, EFFECT_COPY, "command line");
    }
    return update_detail_copy(state, kind, now);
}
