/*
 * See cmd_list.h. One page at a time, whatever the form: memory does not grow with the history, and a reader
 * who stops early stops the reading.
 */
#include "tui/cmd_list.h"

#include "data/base/die.h"
#include "data/base/utf8.h"
#include "data/wire.h"
#include "tui/script_meta.h"
#include "tui/script_table.h"

#include <stdio.h>
#include <stdlib.h>

/* Pages: whole runs can be megabytes each, rows are small. */
enum { FULL_PAGE = 25, ROW_PAGE = 500, FLUSH_BYTES = 64 * 1024 };

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* A wire cursor has no duration in it: the run itself tells it. Where the run is gone, the cursor counts as
 * absent. */
static enum err_code complete_cursor(struct script *script, struct row_key *key, bool *is_good,
                                     struct err *err)
{
    struct arena arena;
    struct detail_reply reply;
    arena_init(&arena);
    struct detail_query query = {.id = mem_strdup(key->id),
                                 .scope = script->args.scope ? mem_strdup(script->args.scope) : NULL};
    enum err_code code = conn_detail(script->conn, &query, NULL, &arena, &reply, err);
    if (!code)
        key->duration_ms = run_duration(&reply.detail.run);
    *is_good = !code;
    arena_release(&arena);
    free(query.id);
    free(query.scope);
    return code == ERR_NOT_FOUND ? ERR_OK : code;
}

static enum err_code place_cursor(struct script *script, struct list_query *query, struct err *err)
{
    if (!script->args.is_cursor_good)
        return ERR_OK;
    query->key = script->args.cursor;
    bool is_good = true;
    enum err_code code = ERR_OK;
    if (query->sort.field == SORT_DURATION)
        code = complete_cursor(script, &query->key, &is_good, err);
    if (is_good)
        query->anchor = ANCHOR_AFTER;
    return code;
}

/* ---- what is done with a page ---- */

struct walk {
    struct script *script;
    struct list_query query;
    int64_t left; /* rows still to be written */
    int64_t written;
    bool has_more;
};

typedef void write_row(struct walk *walk, const struct list_reply *reply, size_t at);

static enum err_code write_page(struct walk *walk, write_row *write, struct arena *arena,
                                struct run_row *last, struct err *err)
{
    struct script *script = walk->script;
    struct list_reply reply;
    enum err_code code = conn_list(script->conn, &walk->query, NULL, arena, &reply, err);
    if (code)
        return code;
    walk->has_more = reply.count > 0 && !reply.is_last;
    for (size_t i = 0; i < reply.count && !code && !script->is_pipe_closed; i++) {
        write(walk, &reply, i);
        walk->written++;
        if (script->out.len >= FLUSH_BYTES || i + 1 == reply.count)
            code = script_flush(script, err);
    }
    if (reply.count) {
        *last = reply.rows[reply.count - 1];
        walk->query.key = run_row_key(last);
        walk->query.anchor = ANCHOR_AFTER;
    }
    walk->left -= (int64_t)reply.count;
    return code;
}

/* Writes rows until the limit, the end, or nobody reads. The last row's texts live in the arena. */
static enum err_code write_rows(struct walk *walk, write_row *write, struct arena *arena,
                                struct run_row *last, struct err *err)
{
    int64_t page = walk->query.want_full ? FULL_PAGE : ROW_PAGE;
    enum err_code code = ERR_OK;
    walk->has_more = true;
    while (!code && walk->has_more && walk->left > 0 && !walk->script->is_pipe_closed) {
        arena_release(arena);
        walk->query.after = (size_t)smaller(page, walk->left);
        code = write_page(walk, write, arena, last, err);
    }
    return code;
}

/* ---- the three forms ---- */

static void write_item(struct walk *walk, const struct list_reply *reply, size_t at)
{
    wire_list_item(&reply->full[at], walk->written == 0, &walk->script->out);
}

static void write_execution(struct walk *walk, const struct list_reply *reply, size_t at)
{
    wire_execution(&reply->full[at].run, &walk->script->out);
    buf_char(&walk->script->out, '\n');
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
static void put_time_cell(int64_t t, struct buf *out)
{
    char text[TIME_TEXT];
    time_format_full(t, TIME_LOCAL, text);
    table_cell(text_of(text), TIME_CELLS, ALIGN_LEFT, true, out);
}

static const char *status_text(struct text word, char out[64])
{
    enum run_status status = run_status_of(word);
    if (status != STATUS_OTHER)
        return run_status_label(status);
    snprintf(out, 64, "%.*s", (int)smaller((int64_t)word.n, 63), word.s);
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

static void put_headings(struct walk *walk, struct buf *out)
{
    char zone[TIME_TEXT], heading[2 * TIME_TEXT];
    time_zone_name(walk->script->now, TIME_LOCAL, zone);
    snprintf(heading, sizeof heading, "TIME (%s)", zone);
    table_cell(text_of(heading), TIME_CELLS, ALIGN_LEFT, true, out);
    buf_printf(out, "  %-*s  %-*s  %*s  %-*s  %*s  %-*s  CODE\n", STATUS_CELLS, "STATUS", VIA_CELLS, "VIA",
               TOOLS_CELLS, "TOOLS", LOG_CELLS, "LOG", DURATION_CELLS, "DURATION", ID_CELLS, "ID");
}

static void write_table_row(struct walk *walk, const struct list_reply *reply, size_t at)
{
    const struct script *script = walk->script;
    const struct run_row *row = &reply->rows[at];
    struct buf *out = &walk->script->out;
    char status[64];
    if (walk->written == 0)
        put_headings(walk, out);
    put_time_cell(row->created_at, out);
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
}

static enum err_code finish_table(struct walk *walk, struct err *err)
{
    if (!walk->written)
        buf_str(&walk->script->out, "no run matches\n");
    else if (walk->has_more)
        buf_str(&walk->script->out, "and more: --limit N shows them, `stats` counts them\n");
    return script_flush(walk->script, err);
}

static enum err_code finish_json(struct walk *walk, const struct run_row *last, struct err *err)
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
        wire_list_close(walk->has_more ? last : NULL, want_meta ? &meta : NULL, &script->out);
        buf_char(&script->out, '\n');
        code = script_flush(script, err);
    }
    arena_release(&arena);
    return code;
}

static enum err_code write_list(struct walk *walk, struct arena *arena, struct err *err)
{
    struct run_row last;
    enum script_form form = walk->script->args.form;
    walk->query.want_full = form != OUTPUT_TABLE;
    if (form == OUTPUT_NDJSON)
        return write_rows(walk, write_execution, arena, &last, err);
    if (form == OUTPUT_JSON)
        wire_list_open(&walk->script->out);
    enum err_code code =
        write_rows(walk, form == OUTPUT_JSON ? write_item : write_table_row, arena, &last, err);
    if (code)
        return code;
    return form == OUTPUT_JSON ? finish_json(walk, &last, err) : finish_table(walk, err);
}

int cmd_list(int argc, char **argv)
{
    struct script script;
    struct err err;
    int exit_code = script_start(&script, SCRIPT_LIST, argc, argv);
    if (exit_code != SCRIPT_GO_ON)
        return exit_code;
    struct arena arena;
    arena_init(&arena);
    struct walk walk = {.script = &script, .query = script_list_query(&script), .left = script.args.limit};
    enum err_code code = place_cursor(&script, &walk.query, &err);
    if (!code)
        code = write_list(&walk, &arena, &err);
    script_list_release(&walk.query);
    arena_release(&arena);
    return script_end(&script, code, &err);
}
