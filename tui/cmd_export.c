/*
 * See cmd_export.h. As `list` goes, newest first: the one order that every source gives page by page, so that a server's history is exported in flat
 * memory too. A run that is swept between its page and its own question is left out: it is gone.
 */
#include "tui/cmd_export.h"

#include "data/wire.h"
#include "tui/script_walk.h"

enum { EXPORT_PAGE = 100 };

static enum err_code write_record(struct script_walk *walk, const struct list_reply *reply, size_t at,
                                  struct err *err)
{
    const struct run_row *row = &reply->rows[at];
    struct arena arena;
    struct detail_reply detail;
    arena_init(&arena);
    struct detail_query query = {.id = arena_strndup(&arena, row->id.s, row->id.n),
                                 .scope = arena_strndup(&arena, row->scope_id.s, row->scope_id.n)};
    enum err_code code = conn_detail(walk->script->conn, &query, NULL, &arena, &detail, err);
    if (!code) {
        wire_record(&detail.detail, detail.calls, detail.call_count, &walk->script->out);
        buf_char(&walk->script->out, '\n');
    }
    arena_release(&arena);
    return code == ERR_NOT_FOUND ? ERR_OK : code;
}

int cmd_export(int argc, char **argv)
{
    struct script script;
    struct script_walk walk;
    struct err err;
    int exit_code = script_start(&script, SCRIPT_EXPORT, argc, argv);
    if (exit_code != SCRIPT_GO_ON)
        return exit_code;
    enum err_code code = script_walk_start(&walk, &script, &err);
    walk.page = EXPORT_PAGE;
    if (!code)
        code = script_walk_rows(&walk, write_record, &err);
    script_walk_release(&walk);
    return script_end(&script, code, &err);
}
