/*
 * See store_merge.h. Times alone cannot tell the newer version: a clock may have stepped back between a run's
 * beginning and its end, and a call that is added moves no time of its run.
 */
#include "data/store/store_merge.h"

#include "data/store/store_int.h"

static bool has_ended(struct text status)
{
    return run_status_is_terminal(run_status_of(status));
}

static bool is_newer(const struct run *run, struct sqlite3_stmt *row)
{
    bool had_ended = has_ended(store_column_text(row, 0));
    int64_t updated_at = store_column_number(row, 1);
    if (has_ended(run->status) != had_ended)
        return !had_ended;
    return run->updated_at != updated_at ? run->updated_at > updated_at
                                         : run->tool_call_count > store_column_number(row, 2);
}

/* Calls and interactions carry no scope: a run of that id in two scopes would share them. */
static enum err_code refuse_other_scope(struct store *store, const struct run *run, struct err *err)
{
    struct sqlite3_stmt *row;
    enum err_code code =
        store_look(store, SQL_LOOK_SCOPE, (const struct param[]){param_text(run->id)}, &row, err);
    if (code || !row)
        return code;
    struct text scope = store_column_text(row, 0);
    code =
        err_set(err, ERR_USAGE, "run %.*s is in scope %.*s already", (int)(run->id.n < 80 ? run->id.n : 80),
                run->id.s, (int)(scope.n < 80 ? scope.n : 80), scope.s ? scope.s : "");
    store_looked(row);
    return code;
}

static enum err_code merge_run(struct store *store, const struct run *run, enum store_merged *merged,
                               struct err *err)
{
    struct sqlite3_stmt *row;
    const struct param key[] = {param_text(run->id), param_text(run->scope_id)};
    enum err_code code = store_look(store, SQL_LOOK_RUN, key, &row, err);
    if (code)
        return code;
    *merged = !row ? MERGE_ADDED : is_newer(run, row) ? MERGE_UPDATED : MERGE_UNCHANGED;
    store_looked(row);
    if (*merged == MERGE_UNCHANGED)
        return ERR_OK;
    if (*merged == MERGE_UPDATED)
        return store_put_run(store, SQL_REPLACE_RUN, run, err);
    code = refuse_other_scope(store, run, err);
    return code ? code : store_put_run(store, SQL_RUN, run, err);
}

static enum err_code refuse_other_run(const char *what, struct text id, struct text execution_id,
                                      struct err *err)
{
    return err_set(err, ERR_USAGE, "%s %.*s belongs to run %.*s", what, (int)(id.n < 80 ? id.n : 80), id.s,
                   (int)(execution_id.n < 80 ? execution_id.n : 80), execution_id.s ? execution_id.s : "");
}

/* What is done with a row that may be there. */
struct fate {
    bool is_there, is_replaced;
};

static enum err_code look_at_call(struct store *store, const struct tool_call *call, struct fate *fate,
                                  struct err *err)
{
    struct sqlite3_stmt *row;
    enum err_code code =
        store_look(store, SQL_LOOK_CALL, (const struct param[]){param_text(call->id)}, &row, err);
    *fate = (struct fate){.is_there = row != NULL};
    if (code || !row)
        return code;
    struct text owner = store_column_text(row, 0);
    if (!text_eq(owner, call->execution_id))
        code = refuse_other_run("tool call", call->id, owner, err);
    fate->is_replaced = text_is(store_column_text(row, 1), "running") && !text_is(call->status, "running");
    store_looked(row);
    return code;
}

static enum err_code merge_call(struct store *store, const struct tool_call *call, bool *is_changed,
                                struct err *err)
{
    struct fate fate;
    enum err_code code = look_at_call(store, call, &fate, err);
    if (code || (fate.is_there && !fate.is_replaced))
        return code;
    *is_changed = true;
    return store_put_call(store, fate.is_there ? SQL_REPLACE_CALL : SQL_CALL, call, err);
}

static enum err_code look_at_interaction(struct store *store, const struct interaction *asked,
                                         struct fate *fate, struct err *err)
{
    struct sqlite3_stmt *row;
    enum err_code code =
        store_look(store, SQL_LOOK_INTERACTION, (const struct param[]){param_text(asked->id)}, &row, err);
    *fate = (struct fate){.is_there = row != NULL};
    if (code || !row)
        return code;
    struct text owner = store_column_text(row, 0);
    if (!text_eq(owner, asked->execution_id))
        code = refuse_other_run("interaction", asked->id, owner, err);
    bool was_pending = text_is(store_column_text(row, 1), "pending");
    bool is_pending = text_is(asked->status, "pending");
    fate->is_replaced =
        was_pending != is_pending ? was_pending : asked->updated_at > store_column_number(row, 2);
    store_looked(row);
    return code;
}

static enum err_code merge_interaction(struct store *store, const struct interaction *asked, bool *is_changed,
                                       struct err *err)
{
    struct fate fate;
    enum err_code code = look_at_interaction(store, asked, &fate, err);
    if (code || (fate.is_there && !fate.is_replaced))
        return code;
    *is_changed = true;
    return store_put_interaction(store, fate.is_there ? SQL_REPLACE_INTERACTION : SQL_INTERACTION, asked,
                                 TEXT_NULL, err);
}

enum err_code store_merge(struct store *store, const struct run_record *record, enum store_merged *merged,
                          struct err *err)
{
    bool is_changed = false;
    enum err_code code = store_step_begin(store, err);
    if (code)
        return code;
    code = merge_run(store, &record->run, merged, err);
    for (size_t i = 0; !code && i < record->interaction_count; i++)
        code = merge_interaction(store, &record->interactions[i], &is_changed, err);
    for (size_t i = 0; !code && i < record->call_count; i++)
        code = merge_call(store, &record->calls[i], &is_changed, err);
    if (is_changed && *merged == MERGE_UNCHANGED)
        *merged = MERGE_UPDATED;
    return store_step_end(store, code, err);
}
