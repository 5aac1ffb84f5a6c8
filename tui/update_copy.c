/*
 * Copying and the pager: what leaves the screen as text. The secret part of an answer is not in any value
 * that reaches this file.
 */
#include "tui/update.h"

#include "data/wire.h"
#include "tui/readable.h"

#include <stdio.h>

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
    if (state->cacert) {
        buf_str(out, " --cacert ");
        add_quoted(out, state->cacert);
    }
    if (state->live.is_on)
        buf_str(out, " --live");
    if (state->time_mode == TIME_IN_UTC) /* the filter's times are, too */
        buf_str(out, " --utc");
    buf_char(out, ' ');
    add_quoted(out, state->source_arg);
    buf_release(&filter);
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
        readable_run(detail, state->time_mode, &state->outgoing);
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
