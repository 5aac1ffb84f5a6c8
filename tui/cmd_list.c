/*
 * See cmd_list.h. The three forms of a list: rows are written as script_walk brings them.
 */
#include "tui/cmd_list.h"

#include "data/base/utf8.h"
#include "data/wire.h"
#include "tui/script_meta.h"
#include "tui/script_table.h"
#include "tui/script_walk.h"

#include <stdio.h>

/* ---- the three forms ---- */

static enum err_code write_item(struct script_walk *walk, const struct list_reply *reply, size_t at,
                                struct err *err)
{
    (void)err;
    wire_list_item(&reply->full[at], walk->written == 0, &walk->script->out);
    return ERR_OK;
}

static enum err_code write_execution(struct script_walk *walk, const struct list_reply *reply, size_t at,
                                     struct err *err)
{
    (void)err;
    wire_execution(&reply->full[at].run, &walk->script->out);
    buf_char(&walk->script->out, '\n');
    return ERR_OK;
}

enum {
    TIME_CELLS = 23,
    STATUS_CELLS = 10,
    VIA_CELLS = 8,
    TOOLS_CELLS = 5,
    LOG_CELLS = 7,
    DURATION_CELLS = 8,
    ID_CELLS = 8
};

static void put_number_cell(int64_t n, int cells, struct buf *out)
{
    char text[TIME_TEXT];
    count_format(n, text);
    table_cell(text_of(text), cells, ALIGN_RIGHT, true, out);
}

static void put_log_cell(const struct run_row *row, struct buf *out)
{
    char text[TIME_TEXT] = "-";
    if (row->log_errors >= 0)
        snprintf(text, sizeof text, "%dE %dW", row->log_errors, row->log_warnings);
    table_cell(text_of(text), LOG_CELLS, ALIGN_LEFT, true, out);
}

static void put_duration_cell(const struct run_row *row, struct buf *out)
{
    char text[TIME_TEXT];
    int64_t duration = run_row_duration(row);
    duration_format(duration, text);
    table_cell(duration == DURATION_NONE ? TEXT_LIT("-") : text_of(text), DURATION_CELLS, ALIGN_RIGHT, true,
               out);
}

/* "2026-11-21 14:02:11.482": the zone stands in the heading. */
static void put_time_cell(const struct script *script, int64_t t, struct buf *out)
{
    char text[TIME_TEXT];
    time_format_full(t, script->args.times, text);
    table_cell(text_of(text), TIME_CELLS, ALIGN_LEFT, true, out);
}

static const char *status_text(struct text word, char out[64])
{
    enum run_status status = run_status_of(word);
    if (status != STATUS_OTHER)
        return run_status_label(status);
    snprintf(out, 64, "%.*s", (int)(word.n < 63 ? word.n : 63), word.s);
    return out;
}

enum {
    FIXED_CELLS =
        TIME_CELLS + STATUS_CELLS + VIA_CELLS + TOOLS_CELLS + LOG_CELLS + DURATION_CELLS + ID_CELLS + 14
};

static void put_code(const struct script *script, struct text code, struct buf *out)
{
    if (script->width)
        code.n = text_clip(code, script->width > FIXED_CELLS ? script->width - FIXED_CELLS : 0,
                           script->is_ascii, NULL);
    table_cell(code, 0, ALIGN_LEFT, script->is_ascii, out);
}

static void put_headings(struct script_walk *walk, struct buf *out)
{
    char zone[TIME_TEXT], heading[2 * TIME_TEXT];
    time_zone_name(walk->script->now, walk->script->args.times, zone);
    snprintf(heading, sizeof heading, "TIME (%s)", zone);
    table_cell(text_of(heading), TIME_CELLS, ALIGN_LEFT, true, out);
    buf_printf(out, "  %-*s  %-*s  %*s  %-*s  %*s  %-*s  CODE\n", STATUS_CELLS, "STATUS", VIA_CELLS, "VIA",
               TOOLS_CELLS, "TOOLS", LOG_CELLS, "LOG", DURATION_CELLS, "DURATION", ID_CELLS, "ID");
}

static enum err_code write_table_row(struct script_walk *walk, const struct list_reply *reply, size_t at,
                                     struct err *err)
{
    (void)err;
    const struct script *script = walk->script;
    const struct run_row *row = &reply->rows[at];
    struct buf *out = &walk->script->out;
    char status[64];
    if (walk->written == 0)
        put_headings(walk, out);
    put_time_cell(script, row->created_at, out);
    buf_str(out, "  ");
    table_cell(text_of(status_text(row->status, status)), STATUS_CELLS, ALIGN_LEFT, script->is_ascii, out);
    buf_str(out, "  ");
    struct text via = text_is_null(row->trigger_kind) ? TEXT_LIT("-") : row->trigger_kind;
    table_cell(via, VIA_CELLS, ALIGN_LEFT, script->is_ascii, out);
    buf_str(out, "  ");
    put_number_cell(row->tool_call_count, TOOLS_CELLS, out);
    buf_str(out, "  ");
    put_log_cell(row, out);
    buf_str(out, "  ");
    put_duration_cell(row, out);
    buf_str(out, "  ");
    table_cell(row->id, ID_CELLS, ALIGN_LEFT, script->is_ascii, out);
    buf_str(out, "  ");
    put_code(script, row->code_head, out);
    buf_char(out, '\n');
    return ERR_OK;
}

static enum err_code finish_table(struct script_walk *walk, struct err *err)
{
    if (!walk->written)
        buf_str(&walk->script->out, "no run matches\n");
    else if (walk->has_more)
        buf_str(&walk->script->out, "and more: --limit N shows them, `stats` counts them\n");
    return script_flush(walk->script, err);
}

static enum err_code finish_json(struct script_walk *walk, struct err *err)
{
    struct script *script = walk->script;
    const struct script_args *args = &script->args;
    struct meta counted, meta;
    struct arena arena;
    arena_init(&arena);
    bool want_meta = args->want_meta && !args->has_cursor && !args->has_after;
    enum err_code code = want_meta ? script_meta(script, &arena, &counted, err) : ERR_OK;
    if (!code && want_meta)
        code = script_meta_of_api(script, &counted, &arena, &meta, err);
    if (!code) {
        wire_list_close(walk->has_more ? &walk->last : NULL, want_meta ? &meta : NULL, &script->out);
        buf_char(&script->out, '\n');
        code = script_flush(script, err);
    }
    arena_release(&arena);
    return code;
}

static enum err_code write_list(struct script_walk *walk, struct err *err)
{
    enum script_form form = walk->script->args.form;
    walk->query.want_full = form != OUTPUT_TABLE;
    walk->page = walk->query.want_full ? WALK_FULL_PAGE : WALK_ROW_PAGE;
    if (form == OUTPUT_NDJSON)
        return script_walk_rows(walk, write_execution, err);
    if (form == OUTPUT_JSON)
        wire_list_open(&walk->script->out);
    enum err_code code = script_walk_rows(walk, form == OUTPUT_JSON ? write_item : write_table_row, err);
    if (code)
        return code;
    return form == OUTPUT_JSON ? finish_json(walk, err) : finish_table(walk, err);
}

int cmd_list(int argc, char **argv)
{
    struct script script;
    struct script_walk walk;
    struct err err;
    int exit_code = script_start(&script, SCRIPT_LIST, argc, argv);
    if (exit_code != SCRIPT_GO_ON)
        return exit_code;
    enum err_code code = script_walk_start(&walk, &script, &err);
    if (!code)
        code = write_list(&walk, &err);
    script_walk_release(&walk);
    return script_end(&script, code, &err);
}
