/*
 * See readable.h. It is put together raw and made visible as a whole at the end, because a pager may be set to
 * pass control characters on.
 */
#include "tui/readable.h"

#include "data/base/die.h"
#include "data/base/utf8.h"
#include "data/text/json_view.h"
#include "data/text/log_scan.h"

#include <stdlib.h>
#include <string.h>

enum { FIT_CELLS = 100 };

static void add_heading(struct buf *out, const char *title)
{
    buf_printf(out, "\n--- %s\n", title);
}

static void add_text(struct buf *out, const char *title, struct text text)
{
    if (!text.n)
        return;
    add_heading(out, title);
    buf_text(out, text);
    buf_char(out, '\n');
}

static void add_json(struct buf *out, struct text json)
{
    struct json_view *view = json_view_new(json, FIT_CELLS);
    for (size_t line = 0; line < json_view_count(view); line++) {
        for (int depth = json_view_line(view, line).depth; depth > 0; depth--)
            buf_str(out, "  ");
        json_view_line_text(view, line, out);
        buf_char(out, '\n');
    }
    json_view_free(view);
}

/* A result of null is what every failed run has. */
static void add_payload(struct buf *out, const char *title, struct text json)
{
    if (!json.n || text_is(json, "null"))
        return;
    add_heading(out, title);
    add_json(out, json);
}

static void add_log_entry(struct buf *out, struct text raw)
{
    if (!raw.n || raw.s[0] != '"') {
        add_json(out, raw);
        return;
    }
    char *entry = mem_new(raw.n);
    buf_text(out, (struct text){entry, json_unescape(raw, entry)});
    buf_char(out, '\n');
    free(entry);
}

static void add_logs(struct buf *out, struct text logs)
{
    struct log_scan scan = log_scan(logs);
    struct text raw;
    for (bool is_first = true; log_scan_next(&scan, &raw); is_first = false) {
        if (is_first)
            add_heading(out, "logs");
        add_log_entry(out, raw);
    }
}

static void add_interactions(struct buf *out, const struct run_detail *detail, enum time_mode mode)
{
    for (size_t i = 0; i < detail->interaction_count; i++) {
        const struct interaction *asked = &detail->interactions[i];
        char at[TIME_TEXT];
        time_format_full(asked->created_at, mode, at);
        buf_str(out, "\n--- asked ");
        buf_text(out, asked->kind);
        buf_printf(out, "   %.*s   %s\n", (int)asked->status.n, asked->status.s, at);
        if (asked->purpose.n) {
            buf_text(out, asked->purpose);
            buf_char(out, '\n');
        }
        add_json(out, asked->payload_json);
        add_payload(out, "answer", asked->response_json);
        if (asked->has_private_response)
            buf_str(out, "A secret part of the answer is there; it is never shown.\n");
    }
}

static void add_calls(struct buf *out, const struct detail_reply *detail)
{
    for (size_t i = 0; i < detail->call_count; i++) {
        const struct tool_call *call = &detail->calls[i];
        char duration[TIME_TEXT];
        duration_format(call->duration_ms, duration);
        buf_str(out, "\n--- call ");
        buf_text(out, call->tool_path);
        buf_printf(out, "   %.*s   %s\n", (int)call->status.n, call->status.s, duration);
        add_json(out, call->args_json);
        add_text(out, "its error", call->error_text);
        add_payload(out, "its result", call->result_json);
    }
}

static void add_visible(struct buf *clean, struct text line)
{
    struct glyph_iter it = glyph_iter(line, false);
    struct glyph glyph;
    while (glyph_next(&it, &glyph)) {
        char bytes[4];
        buf_add(clean, bytes, utf8_encode(glyph.ch, bytes));
        for (int i = 0; i < GLYPH_MARKS && glyph.marks[i]; i++)
            buf_add(clean, bytes, utf8_encode(glyph.marks[i], bytes));
    }
    buf_char(clean, '\n');
}

void readable_run(const struct detail_reply *detail, enum time_mode mode, struct buf *out)
{
    const struct run *run = &detail->detail.run;
    char created[TIME_TEXT], duration[TIME_TEXT];
    struct buf raw;
    buf_init(&raw, out->limit);
    time_format_full(run->created_at, mode, created);
    duration_format(run_duration(run), duration);
    buf_printf(&raw, "run %.*s\nstatus %.*s   created %s   duration %s\n", (int)run->id.n, run->id.s,
               (int)run->status.n, run->status.s, created, duration);
    add_interactions(&raw, &detail->detail, mode);
    add_text(&raw, "error", run->error_text);
    add_text(&raw, "code", run->code);
    add_payload(&raw, "result", run->result_json);
    add_logs(&raw, run->logs_json);
    add_calls(&raw, detail);
    struct text whole = buf_as_text(&raw), line;
    for (size_t at = 0; at < whole.n; at += line.n + 1) {
        const char *end = memchr(whole.s + at, '\n', whole.n - at);
        line = (struct text){whole.s + at, end ? (size_t)(end - (whole.s + at)) : whole.n - at};
        add_visible(out, line);
    }
    buf_release(&raw);
}
