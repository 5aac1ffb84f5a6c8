/*
 * See cmd_show.h.
 */
#include "tui/cmd_show.h"

#include "data/base/die.h"
#include "data/text/json_view.h"
#include "data/text/log_scan.h"
#include "data/wire.h"
#include "tui/script.h"
#include "tui/script_table.h"

#include <stdio.h>
#include <stdlib.h>

enum { LABEL_CELLS = 12, INDENT = 2, FIT_CELLS = 80 };

/* ---- for people ---- */

static void put_field(const struct script *script, const char *label, struct text value, struct buf *out)
{
    if (text_is_null(value))
        return;
    table_cell(text_of(label), LABEL_CELLS, ALIGN_LEFT, true, out);
    table_cell(value, 0, ALIGN_LEFT, script->is_ascii, out);
    buf_char(out, '\n');
}

static void put_time(const struct script *script, const char *label, int64_t t, struct buf *out)
{
    if (t == TIME_NONE)
        return;
    char full[TIME_TEXT], ago[TIME_TEXT], text[3 * TIME_TEXT];
    time_format_full(t, script->args.times, full);
    time_format_ago(t, script->now, ago);
    snprintf(text, sizeof text, "%s (%s)", full, ago);
    put_field(script, label, text_of(text), out);
}

static void put_block(const struct script *script, const char *heading, struct text text, struct buf *out)
{
    if (!text.n)
        return;
    buf_printf(out, "\n%s\n", heading);
    table_lines(text, INDENT, script->is_ascii, out);
}

/* JSON is unwrapped and indented as in the drawer; anything else stands as it is. */
static void put_json_lines(const struct script *script, struct text text, int indent, struct buf *out)
{
    struct json_view *view = json_view_new(text, FIT_CELLS);
    struct buf line;
    buf_init(&line, JSON_VIEW_BYTES_MAX);
    for (size_t i = 0; i < json_view_count(view); i++) {
        buf_clear(&line);
        json_view_line_text(view, i, &line);
        buf_char(&line, '\n');
        table_lines(buf_as_text(&line), indent + INDENT * json_view_line(view, i).depth, script->is_ascii,
                    out);
    }
    buf_release(&line);
    json_view_free(view);
}

static void put_json(const struct script *script, const char *heading, struct text text, struct buf *out)
{
    if (!text.n)
        return;
    buf_printf(out, "\n%s\n", heading);
    put_json_lines(script, text, INDENT, out);
}

/* Below its label. */
static void put_json_field(const struct script *script, const char *label, struct text text, struct buf *out)
{
    if (!text.n)
        return;
    buf_printf(out, "%*s%s\n", INDENT, "", label);
    put_json_lines(script, text, 2 * INDENT, out);
}

static void put_properties(const struct script *script, const struct run *run, struct buf *out)
{
    char duration[TIME_TEXT];
    put_field(script, "run", run->id, out);
    put_field(script, "status", run->status, out);
    put_field(script, "scope", run->scope_id, out);
    put_time(script, "created", run->created_at, out);
    put_time(script, "started", run->started_at, out);
    put_time(script, "ended", run->completed_at, out);
    duration_format(run_duration(run), duration);
    if (run_duration(run) != DURATION_NONE)
        put_field(script, "duration", text_of(duration), out);
    put_field(script, "trigger", text_is_null(run->trigger_kind) ? TEXT_LIT("unknown") : run->trigger_kind,
              out);
    put_field(script, "", run->trigger_meta_json, out);
}

static void put_interactions(const struct script *script, const struct run_detail *detail, struct buf *out)
{
    if (detail->interaction_count)
        buf_str(out, "\nINTERACTIONS\n");
    for (size_t i = 0; i < detail->interaction_count; i++) {
        const struct interaction *asked = &detail->interactions[i];
        put_field(script, "  status", asked->status, out);
        put_field(script, "  kind", asked->kind, out);
        put_field(script, "  purpose", asked->purpose, out);
        put_json_field(script, "request", asked->payload_json, out);
        put_json_field(script, "response", asked->response_json, out);
        if (asked->has_private_response)
            put_field(script, "  secret", TEXT_LIT("there is one; it is never shown"), out);
    }
}

static void put_calls(const struct script *script, const struct detail_reply *reply, struct buf *out)
{
    if (reply->call_count)
        buf_str(out, "\nTOOL CALLS\n");
    for (size_t i = 0; i < reply->call_count; i++) {
        const struct tool_call *call = &reply->calls[i];
        char duration[TIME_TEXT];
        duration_format(call->duration_ms, duration);
        buf_str(out, "  ");
        table_cell(call->duration_ms == DURATION_NONE ? TEXT_LIT("-") : text_of(duration), 8, ALIGN_RIGHT,
                   true, out);
        buf_str(out, "  ");
        table_cell(call->status, 10, ALIGN_LEFT, script->is_ascii, out);
        buf_str(out, "  ");
        table_cell(call->tool_path, 0, ALIGN_LEFT, script->is_ascii, out);
        buf_char(out, '\n');
        table_lines(call->error_text, 2 * INDENT + 8, script->is_ascii, out);
    }
}

static void put_log_entry(const struct script *script, struct text raw, struct buf *out)
{
    if (!raw.n || raw.s[0] != '"') {
        table_lines(raw, INDENT, script->is_ascii, out);
        return;
    }
    char *entry = mem_new(raw.n);
    size_t n = json_unescape(raw, entry);
    table_lines((struct text){entry, n}, INDENT, script->is_ascii, out);
    free(entry);
}

static void put_logs(const struct script *script, struct text logs, struct buf *out)
{
    struct log_scan scan = log_scan(logs);
    struct text raw;
    for (bool is_first = true; log_scan_next(&scan, &raw); is_first = false) {
        if (is_first)
            buf_str(out, "\nLOGS\n");
        put_log_entry(script, raw, out);
    }
}

static void put_run(const struct script *script, const struct detail_reply *reply, struct buf *out)
{
    const struct run *run = &reply->detail.run;
    put_properties(script, run, out);
    put_block(script, "ERROR", run->error_text, out);
    put_block(script, "CODE", run->code, out);
    put_json(script, "RESULT", run->result_json, out);
    put_interactions(script, &reply->detail, out);
    put_calls(script, reply, out);
    put_logs(script, run->logs_json, out);
}

/* ---- the command ---- */

static void put_reply(const struct script *script, const struct detail_reply *reply, struct buf *out)
{
    if (script->args.want_tool_calls)
        wire_tool_calls(reply->calls, reply->call_count, out);
    else if (script->args.form == OUTPUT_JSON)
        wire_detail(&reply->detail, out);
    else {
        put_run(script, reply, out);
        return;
    }
    buf_char(out, '\n');
}

static enum err_code show(struct script *script, struct err *err)
{
    struct arena arena;
    struct detail_reply reply;
    arena_init(&arena);
    struct detail_query query = {.id = mem_strdup(script->args.id),
                                 .is_prefix = true,
                                 .scope = script->args.scope ? mem_strdup(script->args.scope) : NULL};
    enum err_code code = conn_detail(script->conn, &query, NULL, &arena, &reply, err);
    if (!code) {
        put_reply(script, &reply, &script->out);
        code = script_flush(script, err);
    }
    arena_release(&arena);
    free(query.id);
    free(query.scope);
    return code;
}

int cmd_show(int argc, char **argv)
{
    struct script script;
    struct err err;
    int exit_code = script_start(&script, SCRIPT_SHOW, argc, argv);
    if (exit_code != SCRIPT_GO_ON)
        return exit_code;
    return script_end(&script, show(&script, &err), &err);
}
