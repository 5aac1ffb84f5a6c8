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

static const char insert_sql[] =
    "INSERT INTO execution (id, scope_id, status, code, trigger_kind, started_at, created_at, updated_at, "
    "completed_at, "
    "result_json) VALUES (?1, '" WRITER_SCOPE
    "', ?2, 'return await tools.search({query: \"' || ?1 || '\"})', 'cli', ?3, ?3, "
    "?3, ?3 + 40, '{\"ok\":true}')";

static int insert(sqlite3_stmt *statement, int number)
{
    char id[40];
    snprintf(id, sizeof id, "bench-%d-%d", (int)getpid(), number);
    sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, number % 10 ? "completed" : "failed", -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 3, time_now());
    sqlite3_step(statement);
    return sqlite3_reset(statement);
}

static void sleep_until(int64_t at_ns)
{
    struct timespec at = {at_ns / 1000000000, at_ns % 1000000000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

static struct writer_result write_runs(const char *path, int per_second, int seconds)
{
    struct writer_result result = {.commits = per_second * seconds};
    struct samples times;
    sqlite3_stmt *statement;
    sqlite3 *db = open_file(path);
    samples_init(&times);
    if (sqlite3_prepare_v2(db, insert_sql, -1, &statement, NULL) != SQLITE_OK)
        die("%s", sqlite3_errmsg(db));
    int64_t begin = now_ns();
    for (int i = 0; i < result.commits; i++) {
        sleep_until(begin + (int64_t)i * 1000000000 / per_second);
        int64_t start = now_ns();
        int code = insert(statement, i);
        samples_add(&times, (double)(now_ns() - start) / 1e6);
        result.busy += code == SQLITE_BUSY;
        if (code != SQLITE_OK && code != SQLITE_BUSY)
            die("%s", sqlite3_errmsg(db));
    }
    result.median_ms = samples_quantile(&times, 0.5);
    result.worst_ms = samples_quantile(&times, 1);
    result.wal_bytes = wal_bytes(path);
    samples_release(&times);
    sqlite3_finalize(statement);
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
        struct writer_result result = write_runs(path, per_second, seconds);
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
        die("the writer failed");
    close(writer->pipe);
    waitpid(writer->child, NULL, 0);
    return true;
}

void writer_undo(const char *path)
{
    sqlite3 *db = open_file(path);
    sqlite3_busy_timeout(db, 1000);
    if (sqlite3_exec(db, "DELETE FROM execution WHERE scope_id = '" WRITER_SCOPE "'", NULL, NULL, NULL) !=
            SQLITE_OK ||
        sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL) != SQLITE_OK)
        die("%s: %s", path, sqlite3_errmsg(db));
    sqlite3_close(db);
}
