/*
 * What the files of the store share: the connection, its statements, and a transaction of several of them.
 *
 * Every write is one of a fixed list of statements, prepared at first use and kept: recording happens inside
 * somebody's run, and parsing SQL there again and again would cost more than the write. Parameters travel as
 * a small array of values, so that a function reads as the row that it writes.
 */
#pragma once

#include "data/store/store.h"

struct sqlite3;
struct sqlite3_stmt;

/* What does not change any more: run_status_is_terminal(). A + before the column where another one is to find
 * the rows: most have ended. */
#define ENDED_STATUSES "('completed', 'failed', 'cancelled')"

#define STATEMENTS(X)                                                                                        \
    X(SQL_RUN, "INSERT INTO execution (id, scope_id, status, code, result_json, error_text, logs_json, "     \
               "started_at, completed_at, "                                                                  \
               "trigger_kind, trigger_meta_json, tool_call_count, created_at, updated_at) "                  \
               "VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)")                                    \
    X(SQL_STATUS, "UPDATE execution SET status = ?3, updated_at = ?4 WHERE scope_id = ?1 AND id = ?2")       \
    X(SQL_LOGS, "UPDATE execution SET logs_json = ?3, updated_at = max(?4, updated_at + 1) "                 \
                "WHERE scope_id = ?1 AND id = ?2 AND status NOT IN " ENDED_STATUSES)                         \
    X(SQL_FINISH, "UPDATE execution SET status = ?3, result_json = ?4, error_text = ?5, logs_json = ?6, "    \
                  "completed_at = ?7, "                                                                      \
                  "updated_at = ?7, tool_call_count = ?8 WHERE scope_id = ?1 AND id = ?2")                   \
    X(SQL_END, "UPDATE execution SET status = ?3, result_json = ?4, error_text = ?5, logs_json = ?6, "       \
               "completed_at = ?7, updated_at = ?7, tool_call_count = "                                      \
               "(SELECT count(*) FROM execution_tool_call WHERE execution_id = ?2) "                         \
               "WHERE scope_id = ?1 AND id = ?2")                                                            \
    X(SQL_ABANDON, "UPDATE execution SET status = 'failed', error_text = ?3, "                               \
                   "completed_at = max(?4, coalesce(started_at, created_at)), "                              \
                   "updated_at = max(?4, updated_at), tool_call_count = "                                    \
                   "(SELECT count(*) FROM execution_tool_call WHERE execution_id = ?2) "                     \
                   "WHERE scope_id = ?1 AND id = ?2 "                                                        \
                   "AND status IN ('pending', 'running', 'waiting_for_interaction')")                        \
    X(SQL_OPEN_RUNS, "SELECT scope_id, id, trigger_meta_json FROM execution "                                \
                     "WHERE status IN ('pending', 'running', 'waiting_for_interaction') "                    \
                     "AND length(trigger_meta_json) <= ?1 AND instr(trigger_meta_json, '\"recorder\"') > 0 " \
                     "LIMIT ?2")                                                                             \
    X(SQL_END_CALLS, "UPDATE execution_tool_call SET status = 'failed', "                                    \
                     "error_text = coalesce(error_text, ?3), completed_at = max(?2, started_at), "           \
                     "duration_ms = max(?2, started_at) - started_at "                                       \
                     "WHERE execution_id = ?1 AND status = 'running'")                                       \
    X(SQL_END_QUESTIONS, "UPDATE execution_interaction SET status = 'cancelled', "                           \
                         "updated_at = max(?2, updated_at) "                                                 \
                         "WHERE execution_id = ?1 AND status = 'pending'")                                   \
    X(SQL_CALL,                                                                                              \
      "INSERT INTO execution_tool_call (id, execution_id, status, tool_path, namespace, args_json, "         \
      "result_json, "                                                                                        \
      "error_text, started_at, completed_at, duration_ms) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)")      \
    X(SQL_FINISH_CALL, "UPDATE execution_tool_call SET status = ?2, result_json = ?3, error_text = ?4, "     \
                       "completed_at = max(?5, started_at), duration_ms = max(?5, started_at) - started_at " \
                       "WHERE id = ?1 AND status = 'running'")                                               \
    X(SQL_CALL_INSIDE,                                                                                       \
      "INSERT INTO execution_tool_call (id, execution_id, status, tool_path, namespace, args_json, "         \
      "started_at) SELECT ?1, ?7, 'running', ?3, ?4, ?5, ?6 WHERE NOT EXISTS (SELECT 1 FROM execution "      \
      "WHERE scope_id = ?2 AND id = ?7 AND status IN " ENDED_STATUSES ")")                                   \
    X(SQL_INTERACTION,                                                                                       \
      "INSERT INTO execution_interaction (id, execution_id, status, kind, purpose, payload_json, "           \
      "response_json, "                                                                                      \
      "response_private_json, created_at, updated_at) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)")              \
    X(SQL_ANSWER, "UPDATE execution_interaction SET status = ?3, response_json = ?4, response_private_json " \
                  "= ?5, updated_at = ?6 "                                                                   \
                  "WHERE id = ?1 AND execution_id = ?2 AND status = 'pending' AND EXISTS "                   \
                  "(SELECT 1 FROM execution WHERE scope_id = ?7 AND id = ?2)")                               \
    X(SQL_WAIT, "UPDATE execution SET status = 'waiting_for_interaction', updated_at = ?3 "                  \
                "WHERE scope_id = ?1 AND id = ?2 AND status NOT IN " ENDED_STATUSES)                         \
    X(SQL_GO_ON, "UPDATE execution SET status = 'running', updated_at = ?3 "                                 \
                 "WHERE scope_id = ?1 AND id = ?2 AND status = 'waiting_for_interaction' AND NOT EXISTS "    \
                 "(SELECT 1 FROM execution_interaction WHERE execution_id = ?2 AND status = 'pending')")     \
    X(SQL_FIND_RUN,                                                                                          \
      "WITH RECURSIVE scopes(s) AS (SELECT min(scope_id) FROM execution UNION ALL "                          \
      "SELECT (SELECT min(scope_id) FROM execution WHERE scope_id > s) FROM scopes WHERE s IS NOT NULL) "    \
      "SELECT e.scope_id, e.id, e.status, substr(e.trigger_meta_json, 1, ?3), e.completed_at "               \
      "FROM scopes CROSS JOIN execution e ON e.scope_id = scopes.s "                                         \
      "WHERE e.id >= ?1 AND e.id < ?1 || char(1114111) AND (?2 IS NULL OR s = ?2) "                          \
      "ORDER BY e.id = ?1 DESC LIMIT 2")                                                                     \
    X(SQL_READ_QUESTION,                                                                                     \
      "SELECT id, execution_id, status, kind, substr(payload_json, 1, ?3), substr(response_json, 1, ?4), "   \
      "substr(response_private_json, 1, ?4), created_at, updated_at FROM execution_interaction "             \
      "WHERE execution_id = ?1 AND (?2 IS NULL OR id = ?2) "                                                 \
      "ORDER BY status = 'pending' DESC, created_at DESC, rowid DESC LIMIT 1")                               \
    X(SQL_FIND_ASKER, "SELECT id, execution_id FROM execution_interaction "                                  \
                      "WHERE id >= ?1 AND id < ?1 || char(1114111) ORDER BY id LIMIT 2")                     \
    X(SQL_DATA_VERSION, "PRAGMA data_version")                                                               \
    X(SQL_SWEEP_FIND, "SELECT rowid, id, created_at FROM execution WHERE created_at >= ?1 AND "              \
                      "(created_at > ?1 OR rowid > ?2) AND created_at < ?3 AND +status IN " ENDED_STATUSES   \
                      " ORDER BY created_at, rowid LIMIT ?4")                                                \
    X(SQL_SWEEP_CALLS, "DELETE FROM execution_tool_call WHERE execution_id = ?1")                            \
    X(SQL_SWEEP_INTERACTIONS, "DELETE FROM execution_interaction WHERE execution_id = ?1")                   \
    X(SQL_SWEEP_RUN, "DELETE FROM execution WHERE rowid = ?1")                                               \
    X(SQL_SWEEP_ENDED, "SELECT count(*), min(created_at), max(created_at) FROM execution "                   \
                       "WHERE created_at < ?1 AND +status IN " ENDED_STATUSES)                               \
    X(SQL_SWEEP_ENDED_CALLS,                                                                                 \
      "SELECT count(*) FROM execution e CROSS JOIN execution_tool_call c ON c.execution_id = e.id "          \
      "WHERE e.created_at < ?1 AND +e.status IN " ENDED_STATUSES)                                            \
    X(SQL_SWEEP_ENDED_INTERACTIONS,                                                                          \
      "SELECT count(*) FROM execution e CROSS JOIN execution_interaction i ON i.execution_id = e.id "        \
      "WHERE e.created_at < ?1 AND +e.status IN " ENDED_STATUSES)                                            \
    X(SQL_SWEEP_KEPT, "SELECT count(*), min(created_at), max(created_at) FROM execution "                    \
                      "WHERE created_at < ?1 AND +status NOT IN " ENDED_STATUSES)                            \
    X(SQL_PAGES, "SELECT page_count, freelist_count, page_size FROM pragma_page_count, "                     \
                 "pragma_freelist_count, pragma_page_size")                                                  \
    X(SQL_LOOK_RUN,                                                                                          \
      "SELECT status, updated_at, tool_call_count FROM execution WHERE scope_id = ?2 AND id = ?1")           \
    X(SQL_LOOK_SCOPE,                                                                                        \
      "WITH RECURSIVE scopes(s) AS (SELECT min(scope_id) FROM execution UNION ALL "                          \
      "SELECT (SELECT min(scope_id) FROM execution WHERE scope_id > s) FROM scopes WHERE s IS NOT NULL) "    \
      "SELECT e.scope_id FROM scopes CROSS JOIN execution e ON e.scope_id = scopes.s WHERE e.id = ?1")       \
    X(SQL_LOOK_CALL, "SELECT execution_id, status FROM execution_tool_call WHERE id = ?1")                   \
    X(SQL_LOOK_INTERACTION,                                                                                  \
      "SELECT execution_id, status, updated_at FROM execution_interaction WHERE id = ?1")                    \
    X(SQL_REPLACE_RUN, "UPDATE execution SET status = ?3, code = ?4, result_json = ?5, error_text = ?6, "    \
                       "logs_json = ?7, started_at = ?8, completed_at = ?9, trigger_kind = ?10, "            \
                       "trigger_meta_json = ?11, tool_call_count = ?12, created_at = ?13, "                  \
                       "updated_at = ?14 WHERE scope_id = ?2 AND id = ?1")                                   \
    X(SQL_REPLACE_CALL,                                                                                      \
      "UPDATE execution_tool_call SET execution_id = ?2, status = ?3, tool_path = ?4, namespace = ?5, "      \
      "args_json = ?6, result_json = ?7, error_text = ?8, started_at = ?9, completed_at = ?10, "             \
      "duration_ms = ?11 WHERE id = ?1")                                                                     \
    X(SQL_REPLACE_INTERACTION,                                                                               \
      "UPDATE execution_interaction SET execution_id = ?2, status = ?3, kind = ?4, purpose = ?5, "           \
      "payload_json = ?6, response_json = ?7, response_private_json = ifnull(?8, response_private_json), "   \
      "created_at = ?9, updated_at = ?10 WHERE id = ?1")                                                     \
    X(SQL_SAVE, "SAVEPOINT step")                                                                            \
    X(SQL_RELEASE, "RELEASE step")                                                                           \
    X(SQL_UNDO, "ROLLBACK TO step")                                                                          \
    X(SQL_BEGIN, "BEGIN IMMEDIATE")                                                                          \
    X(SQL_COMMIT, "COMMIT")                                                                                  \
    X(SQL_ROLLBACK, "ROLLBACK")

enum statement {
#define X(id, sql) id,
    STATEMENTS(X)
#undef X
        STATEMENT_COUNT,
};

struct store {
    struct sqlite3 *db;
    char *path;
    struct sqlite3_stmt *statements[STATEMENT_COUNT];
    bool in_batch;
};

/* A value to bind: text, or a number where is_number; TEXT_NULL and TIME_NONE are null. */
struct param {
    struct text text;
    int64_t number;
    bool is_number;
};

static inline struct param param_text(struct text text)
{
    return (struct param){.text = text};
}

static inline struct param param_number(int64_t number)
{
    return (struct param){.number = number, .is_number = true};
}

/* Runs a statement with as many values as it has parameters; params may be NULL where it has none. */
MUST_USE enum err_code store_do(struct store *store, enum statement which, const struct param *params,
                                struct err *err);

/* The first row of a SELECT, borrowed until store_looked(); NULL where there is none. */
MUST_USE enum err_code store_look(struct store *store, enum statement which, const struct param *params,
                                  struct sqlite3_stmt **row, struct err *err);
/* The next row of it. */
MUST_USE enum err_code store_look_on(struct store *store, struct sqlite3_stmt **row, struct err *err);
void store_looked(struct sqlite3_stmt *row); /* NULL is fine */
struct text store_column_text(struct sqlite3_stmt *row, int column);
int64_t store_column_number(struct sqlite3_stmt *row, int column); /* null: TIME_NONE */

/* The same for a change of rows that must be there: ERR_NOT_FOUND "no `what` `params[0]`". */
MUST_USE enum err_code store_change(struct store *store, enum statement which, const struct param *params,
                                    const char *what, struct err *err);

/* The same for a run: params begin with its scope and its id. */
MUST_USE enum err_code store_change_run(struct store *store, enum statement which, const struct param *params,
                                        struct err *err);

/* Whole rows, by SQL_RUN or SQL_REPLACE_RUN and the like. */
MUST_USE enum err_code store_put_run(struct store *store, enum statement which, const struct run *run,
                                     struct err *err);
MUST_USE enum err_code store_put_call(struct store *store, enum statement which, const struct tool_call *call,
                                      struct err *err);
MUST_USE enum err_code store_put_interaction(struct store *store, enum statement which,
                                             const struct interaction *interaction, struct text secret,
                                             struct err *err);

/* Statements that belong together: a transaction of their own outside a batch, a savepoint inside one, so
 * that half a change is undone without touching the rest of the batch. The end keeps or undoes the step, and
 * returns `code` where that is an error. */
MUST_USE enum err_code store_step_begin(struct store *store, struct err *err);
MUST_USE enum err_code store_step_end(struct store *store, enum err_code code, struct err *err);

void store_statements_close(struct store *store);
