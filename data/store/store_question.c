/*
 * See store_question.h. Runs are found by the primary key, (scope_id, id), one scope after the other: there
 * is no index of ids alone, and a walk through a file of millions of runs would take longer than a person
 * likes to wait for having said yes.
 */
#include "data/store/store_question.h"

#include "data/store/store_int.h"

#include <sqlite3.h>

enum { SHOWN = 80 };

static int shown(struct text text)
{
    return (int)(text.n < SHOWN ? text.n : SHOWN);
}

static struct text copy(struct sqlite3_stmt *row, int column, struct arena *arena)
{
    return arena_text(arena, store_column_text(row, column));
}

static enum err_code several(const struct store *store, const char *what, struct text prefix, struct err *err)
{
    err_set(err, ERR_USAGE, "%s: several %s begin with %.*s", store->path, what, shown(prefix), prefix.s);
    return err_hint(err, "Give more of the id.");
}

static enum err_code none(const struct store *store, const char *what, struct text prefix, struct err *err)
{
    return err_set(err, ERR_NOT_FOUND, "%s: no %s begins with %.*s", store->path, what, shown(prefix),
                   prefix.s);
}

/* ---- runs ---- */

static struct store_run read_run(struct sqlite3_stmt *row, struct arena *arena)
{
    return (struct store_run){.scope_id = copy(row, 0, arena),
                              .id = copy(row, 1, arena),
                              .status = copy(row, 2, arena),
                              .trigger_meta_json = copy(row, 3, arena),
                              .completed_at = store_column_number(row, 4)};
}

/* An id that is whole comes first, and goes before longer ones. */
enum err_code store_find_run(struct store *store, struct text scope, struct text prefix, struct arena *arena,
                             struct store_run *run, struct err *err)
{
    struct sqlite3_stmt *row;
    enum err_code code = store_look(
        store, SQL_FIND_RUN,
        (const struct param[]){param_text(prefix), param_text(scope), param_number(STORE_META_READ_MAX)},
        &row, err);
    if (code)
        return code;
    if (!row)
        return none(store, "run", prefix, err);
    *run = read_run(row, arena);
    if (!text_eq(run->id, prefix))
        code = store_look_on(store, &row, err);
    bool has_more = !code && !text_eq(run->id, prefix) && row;
    store_looked(row);
    return has_more ? several(store, "runs", prefix, err) : code;
}

/* ---- questions ---- */

static void copy_question(struct sqlite3_stmt *row, struct arena *arena, struct store_question *question)
{
    *question = (struct store_question){
        .asked = {.id = copy(row, 0, arena),
                  .execution_id = copy(row, 1, arena),
                  .status = copy(row, 2, arena),
                  .kind = copy(row, 3, arena),
                  .payload_json = copy(row, 4, arena),
                  .response_json = copy(row, 5, arena),
                  .has_private_response = !text_is_null(store_column_text(row, 6)),
                  .created_at = store_column_number(row, 7),
                  .updated_at = store_column_number(row, 8)},
        .secret = copy(row, 6, arena),
    };
}

enum err_code store_read_question(struct store *store, struct text run_id, struct text interaction_id,
                                  struct arena *arena, struct store_question *question, struct err *err)
{
    struct sqlite3_stmt *row;
    enum err_code code = store_look(store, SQL_READ_QUESTION,
                                    (const struct param[]){param_text(run_id), param_text(interaction_id),
                                                           param_number(STORE_PAYLOAD_READ_MAX),
                                                           param_number(STORE_RESPONSE_READ_MAX)},
                                    &row, err);
    if (code)
        return code;
    if (!row)
        return err_set(err, ERR_NOT_FOUND, "%s: run %.*s has no such question", store->path, shown(run_id),
                       run_id.s);
    copy_question(row, arena, question);
    store_looked(row);
    return ERR_OK;
}

enum err_code store_find_asker(struct store *store, struct text prefix, struct arena *arena,
                               struct text *run_id, struct text *interaction_id, struct err *err)
{
    struct sqlite3_stmt *row;
    enum err_code code =
        store_look(store, SQL_FIND_ASKER, (const struct param[]){param_text(prefix)}, &row, err);
    if (code)
        return code;
    if (!row)
        return none(store, "question", prefix, err);
    *interaction_id = copy(row, 0, arena);
    *run_id = copy(row, 1, arena);
    bool is_whole = text_eq(*interaction_id, prefix);
    if (!is_whole)
        code = store_look_on(store, &row, err);
    bool has_more = !code && !is_whole && row;
    store_looked(row);
    return has_more ? several(store, "questions", prefix, err) : code;
}

/* ---- changes ---- */

enum err_code store_data_version(struct store *store, int64_t *version, struct err *err)
{
    struct sqlite3_stmt *row;
    enum err_code code = store_look(store, SQL_DATA_VERSION, NULL, &row, err);
    *version = !code && row ? store_column_number(row, 0) : 0;
    if (!code)
        store_looked(row);
    return code;
}
