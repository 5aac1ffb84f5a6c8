/*
 * An answer taken, by SQL alone, through a connection of its own: the one that is served from only reads.
 */
#include "tests/support/api_server_resume.h"

#include "data/base/die.h"

enum { BUSY_MS = 5000 };

/* The statement's ?1 is the id, ?2 the body. The first column of its first row; 0 where there is none. */
static int64_t run_sql(sqlite3 *db, const char *sql, const char *id, struct text body)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
        die("api_server: %s", sqlite3_errmsg(db));
    sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, body.s, (int)body.n, SQLITE_STATIC);
    int64_t n = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return n;
}

static enum served_resume resume(sqlite3 *db, const char *id, struct text body)
{
    if (!run_sql(db, "SELECT count(*) FROM execution WHERE id = ?1", id, body))
        return SERVED_NO_RUN;
    if (!run_sql(db,
                 "SELECT json_valid(?2) AND json_extract(?2, '$.action') IN ('accept', 'decline', 'cancel')",
                 id, body))
        return SERVED_NO_ACTION;
    if (!run_sql(db,
                 "SELECT count(*) FROM execution_interaction WHERE execution_id = ?1 AND status = 'pending'",
                 id, body))
        return SERVED_NOT_WAITING;
    run_sql(
        db,
        "UPDATE execution_interaction SET response_json = ?2, updated_at = updated_at + 1, status = CASE "
        "json_extract(?2, '$.action') WHEN 'cancel' THEN 'cancelled' ELSE 'resolved' END WHERE id = (SELECT "
        "id FROM execution_interaction WHERE execution_id = ?1 AND status = 'pending' ORDER BY created_at "
        "DESC, id DESC LIMIT 1)",
        id, body);
    run_sql(db, "UPDATE execution SET status = 'running', updated_at = updated_at + 1 WHERE id = ?1", id,
            body);
    return SERVED_RESUMED;
}

enum served_resume served_resume(const char *path, const char *id, struct text body)
{
    sqlite3 *db;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        die("api_server: cannot write to %s", path);
    sqlite3_busy_timeout(db, BUSY_MS);
    enum served_resume outcome = resume(db, id, body);
    sqlite3_close(db);
    return outcome;
}
