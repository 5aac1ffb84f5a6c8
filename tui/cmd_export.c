/*
 * See cmd_export.h. As `list` goes, newest first: the one order that every source gives page by page, so that
 * a server's history is exported in flat memory too. A file gives a run's calls with its page; a server is
 * asked for them run by run, and what is swept in between is left out: it is gone.
 */
#include "tui/cmd_export.h"

#include "data/wire.h"
#include "tui/script_walk.h"

/* Rows: a file ends a page of whole runs earlier where they are large. */
enum { EXPORT_PAGE = 200 };

static enum err_code ask_and_write(struct script *script, const struct run *run, struct err *err)
{
    struct arena arena;
    struct detail_reply reply;
    arena_init(&arena);
    struct detail_query query = {.id = arena_strndup(&arena, run->id.s, run->id.n),
                                 .scope = arena_strndup(&arena, run->scope_id.s, run->scope_id.n)};
    enum err_code code = conn_detail(script->conn, &query, NULL, &arena, &reply, err);
    if (!code) {
        wire_record(&reply.detail, reply.calls, reply.call_count, &script->out);
        buf_char(&script->out, '\n');
    }
    arena_release(&arena);
    return code == ERR_NOT_FOUND ? ERR_OK : code;
}

static enum err_code write_record(struct script_walk *walk, const struct list_reply *reply, size_t at,
                                  struct err *err)
{
    const struct run_detail *detail = &reply->full[at];
    if (!detail->has_calls)
        return ask_and_write(walk->script, &detail->run, err);
    wire_record(detail, detail->calls, detail->call_count, &walk->script->out);
    buf_char(&walk->script->out, '\n');
    return ERR_OK;
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
    walk.query.want_full = walk.query.want_calls = true;
    walk.page = EXPORT_PAGE;
    if (!code)
        code = script_walk_rows(&walk, write_record, &err);
    script_walk_release(&walk);
    return script_end(&script, code, &err);
}
