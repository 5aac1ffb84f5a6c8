/*
 * See writer.h. Plain SQL and no patience (busy_timeout 0), because that is what executors do: a lock that is held against them is an error in
 * somebody's run.
 */
#include "bench/writer.h"

#include "bench/samples.h"
#include "bench/stand.h"
#include "data/base/die.h"
#include "data/base/timefmt.h"

#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WRITER_SCOPE "bench-00000000"

static sqlite3 *open_file(const char *path)
{
    sqlite3 *db;
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL", NULL, NULL, NULL) != SQLITE_OK)
        die("%s: %s", path, sqlite3_errmsg(db));
    return db;
}

static int64_t wal_bytes(const char *path)
{
    char wal[300];
    struct stat st;
    snprintf(wal, sizeof wal, "%s-wal", path);
    return stat(wal, &st) == 0 ? st.st_size : 0;
}

/* ---- the child ---- */

enum { LAG = 100 }; /* so many changes later a run ends */

#define RUN_ID "'bench-' || ?1 || '-' || ?2"

/* Two kinds of change take turns: a run begins with its call, and one that began a while ago ends with it. */
static const char *const statements[] = {
    "BEGIN IMMEDIATE",
    "INSERT INTO execution (id, scope_id, status, code, trigger_kind, started_at, created_at, updated_at) "
    "VALUES (" RUN_ID ", '" WRITER_SCOPE
    "', 'running', 'return await tools.search({query: \"' || ?2 || '\"})', "
    "'cli', ?3, ?3, ?3)",
    "INSERT INTO execution_tool_call (id, execution_id, status, tool_path, namespace, args_json, started_at) "
    "VALUES (" RUN_ID ", " RUN_ID ", 'running', 'search', 'search', '{}', ?3)",
    "UPDATE execution SET status = CASE ?2 % 10 WHEN 0 THEN 'failed' ELSE 'completed' END, completed_at = "
    "?3, "
    "updated_at = ?3, result_json = '{\"ok\":true}', tool_call_count = 1 WHERE scope_id = '" WRITER_SCOPE
    "' AND id = " RUN_ID,
    "UPDATE execution_tool_call SET status = 'completed', completed_at = ?3, duration_ms = ?3 - started_at, "
    "result_json = 'true' WHERE id = " RUN_ID,
    "COMMIT",
};
enum { BEGIN, RUN_BEGINS, CALL_BEGINS, RUN_ENDS, CALL_ENDS, COMMIT, STATEMENTS };

static int step(sqlite3_stmt *statement, int number)
{
    sqlite3_bind_int64(statement, 1, getpid());
    sqlite3_bind_int64(statement, 2, number);
    sqlite3_bind_int64(statement, 3, time_now());
    sqlite3_step(statement);
    return sqlite3_reset(statement);
}

/* A lock that is met is an error of the first statement, or of the last: the change is then left out. */
static int change(sqlite3_stmt *const prepared[STATEMENTS], int number)
{
    bool begins = number % 2 == 0;
    int run = begins ? number / 2 : number / 2 - LAG;
    int code = step(prepared[BEGIN], 0);
    if (code)
        return code;
    code = step(prepared[begins ? RUN_BEGINS : RUN_ENDS], run);
    if (!code)
        code = step(prepared[begins ? CALL_BEGINS : CALL_ENDS], run);
    return code ? code : step(prepared[COMMIT], 0);
}

static void sleep_until(int64_t at_ns)
{
    struct timespec at = {at_ns / 1000000000, at_ns % 1000000000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

static void prepare(sqlite3 *db, sqlite3_stmt *prepared[STATEMENTS])
{
    for (int i = 0; i < STATEMENTS; i++)
        if (sqlite3_prepare_v2(db, statements[i], -1, &prepared[i], NULL) != SQLITE_OK)
            die("%s: %s", statements[i], sqlite3_errmsg(db));
}

static void take_code(sqlite3 *db, int code, struct writer_result *result)
{
    result->busy += code == SQLITE_BUSY;
    if (code != SQLITE_OK && code != SQLITE_BUSY)
        die("the writer: %s", sqlite3_errmsg(db));
    if (code == SQLITE_BUSY && !sqlite3_get_autocommit(db))
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
}

static struct writer_result write_changes(const char *path, int per_second, int seconds)
{
    struct writer_result result = {.commits = per_second * seconds};
    struct samples times;
    sqlite3_stmt *prepared[STATEMENTS];
    sqlite3 *db = open_file(path);
    samples_init(&times);
    prepare(db, prepared);
    int64_t begin = now_ns();
    for (int i = 0; i < result.commits; i++) {
        sleep_until(begin + (int64_t)i * 1000000000 / per_second);
        int64_t start = now_ns();
        int code = change(prepared, i);
        samples_add(&times, (double)(now_ns() - start) / 1e6);
        take_code(db, code, &result);
    }
    result.median_ms = samples_quantile(&times, 0.5);
    result.worst_ms = samples_quantile(&times, 1);
    result.wal_bytes = wal_bytes(path);
    samples_release(&times);
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(prepared[i]);
    sqlite3_close(db);
    return result;
}

/* ---- the parent ---- */

void writer_start(struct writer *writer, const char *path, int per_second, int seconds)
{
    int ends[2];
    if (pipe(ends) != 0)
        die("no pipe");
    writer->child = fork();
    if (writer->child < 0)
        die("no process");
    if (writer->child == 0) {
        struct writer_result result = write_changes(path, per_second, seconds);
        _exit(write(ends[1], &result, sizeof result) == sizeof result ? 0 : 1);
    }
    close(ends[1]);
    writer->pipe = ends[0];
}

bool writer_take(struct writer *writer, struct writer_result *result)
{
    struct pollfd fd = {.fd = writer->pipe, .events = POLLIN};
    if (poll(&fd, 1, 0) <= 0)
        return false;
    if (read(writer->pipe, result, sizeof *result) != sizeof *result)
        *result = (struct writer_result){0};
    close(writer->pipe);
    waitpid(writer->child, NULL, 0);
    return true;
}

void writer_stop(struct writer *writer)
{
    kill(writer->child, SIGKILL);
    waitpid(writer->child, NULL, 0);
    close(writer->pipe);
}

void writer_undo(const char *path)
{
    sqlite3 *db = open_file(path);
    sqlite3_busy_timeout(db, 1000);
    if (sqlite3_exec(db,
                     "DELETE FROM execution WHERE scope_id = '" WRITER_SCOPE
                     "'; DELETE FROM execution_tool_call "
                     "WHERE execution_id >= 'bench-' AND execution_id < 'bench.'",
                     NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL) != SQLITE_OK)
        die("%s: %s", path, sqlite3_errmsg(db));
    sqlite3_close(db);
}
