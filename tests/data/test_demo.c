/*
 * A demo is data that others are tested and judged with: here it must hold together, come out the same twice, and never damage a
 * file that is not its own. All looks at it are plain SQL.
 */
#include "data/demo/demo.h"

#include "data/base/buf.h"
#include "data/base/timefmt.h"
#include "data/demo/demo_parts.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const int64_t NOW = INT64_C(1795225851306);
enum { RUNS = 2000, PATH_TEXT = 200 };

static const struct demo_options options_all = {
    .runs = RUNS, .days = 30, .seed = 7, .now = INT64_C(1795225851306), .scopes = 3};

struct fixture {
    char dir[PATH_TEXT / 2];
    char shared[PATH_TEXT]; /* written once with options_all */
    char path[PATH_TEXT];   /* for one test */
    struct err err;
};

static int setup_all(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    snprintf(f->dir, sizeof f->dir, "/tmp/executor-runs-demo-XXXXXX");
    if (!mkdtemp(f->dir)) {
        free(f);
        return -1;
    }
    snprintf(f->shared, sizeof f->shared, "%s/shared.db", f->dir);
    snprintf(f->path, sizeof f->path, "%s/one.db", f->dir);
    *state = f;
    return demo_write(f->shared, &options_all, NULL, NULL, &f->err) == ERR_OK ? 0 : -1;
}

static void for_each_file(const struct fixture *f, void (*visit)(const char *path, size_t *count),
                          size_t *count)
{
    DIR *dir = opendir(f->dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        char path[PATH_TEXT * 2];
        snprintf(path, sizeof path, "%s/%s", f->dir, entry->d_name);
        if (entry->d_name[0] != '.')
            visit(path, count);
    }
    closedir(dir);
}

static void remove_other(const char *path, size_t *count)
{
    (void)count;
    if (!strstr(path, "shared.db"))
        unlink(path);
}

static void count_one(const char *path, size_t *count)
{
    (void)path;
    ++*count;
}

static size_t file_count(const struct fixture *f)
{
    size_t count = 0;
    for_each_file(f, count_one, &count);
    return count;
}

static int clean(void **state)
{
    for_each_file(*state, remove_other, NULL);
    return 0;
}

static int teardown_all(void **state)
{
    struct fixture *f = *state;
    clean(state);
    unlink(f->shared);
    rmdir(f->dir);
    free(f);
    return 0;
}

/* ---- looking ---- */

static sqlite3 *open_reader(const char *path)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    return db;
}

static int64_t number(const char *path, const char *sql)
{
    sqlite3 *db = open_reader(path);
    sqlite3_stmt *stmt;
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return value;
}

static void none(const char *path, const char *sql)
{
    int64_t found = number(path, sql);
    if (found)
        fail_msg("%lld rows: %s", (long long)found, sql);
}

static uint64_t mix(uint64_t hash, const void *bytes, size_t n)
{
    for (const unsigned char *c = bytes; n--; c++)
        hash = (hash ^ *c) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t hash_rows(sqlite3 *db, const char *sql, uint64_t hash)
{
    sqlite3_stmt *stmt;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(stmt); i++) {
            int type = sqlite3_column_type(stmt, i), n = sqlite3_column_bytes(stmt, i);
            hash = mix(hash, &type, sizeof type);
            if (n)
                hash = mix(hash, sqlite3_column_blob(stmt, i), (size_t)n);
        }
    }
    sqlite3_finalize(stmt);
    return hash;
}

/* Of everything in the three tables, whatever the order of the rows. */
static uint64_t content_hash(const char *path)
{
    sqlite3 *db = open_reader(path);
    uint64_t hash = hash_rows(db, "SELECT * FROM execution ORDER BY scope_id, id", 1);
    hash = hash_rows(db, "SELECT * FROM execution_tool_call ORDER BY id", hash);
    hash = hash_rows(db, "SELECT * FROM execution_interaction ORDER BY id", hash);
    sqlite3_close(db);
    return hash;
}

/* ---- the history ---- */

static void test_same_options_same_rows(void **state)
{
    struct fixture *f = *state;
    struct demo_options o = {.runs = 400, .days = 3, .seed = 5, .now = NOW, .scopes = 2};
    assert_int_equal(demo_write(f->path, &o, NULL, NULL, &f->err), ERR_OK);
    uint64_t first = content_hash(f->path);
    assert_int_equal(demo_write(f->path, &o, NULL, NULL, &f->err), ERR_OK);
    assert_true(content_hash(f->path) == first);
    o.seed = 6;
    assert_int_equal(demo_write(f->path, &o, NULL, NULL, &f->err), ERR_OK);
    assert_true(content_hash(f->path) != first);
}

static void test_exactly_so_many_within_the_time(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(number(f->shared, "SELECT count(*) FROM execution"), RUNS);
    assert_true(number(f->shared, "SELECT min(created_at) FROM execution") >=
                NOW - 30 * DAY_MS - SHAPE_BIN_MS);
    assert_true(number(f->shared, "SELECT min(created_at) FROM execution") < NOW - 29 * DAY_MS);
    assert_true(number(f->shared, "SELECT max(created_at) FROM execution") > NOW - HOUR_MS);
    char sql[600];
    snprintf(
        sql, sizeof sql,
        "SELECT (SELECT count(*) FROM execution WHERE max(created_at, updated_at, ifnull(started_at, 0), "
        "ifnull(completed_at, 0)) > %lld)"
        " + (SELECT count(*) FROM execution_tool_call WHERE max(started_at, ifnull(completed_at, 0)) > %lld)"
        " + (SELECT count(*) FROM execution_interaction WHERE max(created_at, updated_at) > %lld)",
        (long long)NOW, (long long)NOW, (long long)NOW);
    none(f->shared, sql);
    none(f->shared, "SELECT count(*) FROM execution a JOIN execution b ON b.rowid = a.rowid + 1 WHERE "
                    "b.created_at < a.created_at");
}

/* What must be true of any history that an engine recorded; also of one that is followed. */
static void assert_consistent(const char *path)
{
    none(path, "SELECT count(*) FROM execution WHERE (status IN ('completed', 'failed', 'cancelled')) <> "
               "(completed_at IS NOT NULL)");
    none(path, "SELECT count(*) FROM execution WHERE status = 'failed' AND error_text IS NULL");
    none(path, "SELECT count(*) FROM execution WHERE status = 'completed' AND error_text IS NOT NULL");
    none(path, "SELECT count(*) FROM execution WHERE completed_at < started_at OR (status = 'pending') <> "
               "(started_at IS NULL)");
    none(path, "SELECT count(*) FROM execution WHERE status NOT IN "
               "('pending', 'running', 'waiting_for_interaction', 'completed', 'failed', 'cancelled')");
    none(path, "SELECT count(*) FROM execution e WHERE tool_call_count <> iif(completed_at IS NULL, 0, "
               "(SELECT count(*) FROM execution_tool_call WHERE execution_id = e.id))");
    none(path,
         "SELECT count(*) FROM execution e WHERE (status = 'waiting_for_interaction') <> "
         "EXISTS (SELECT 1 FROM execution_interaction WHERE execution_id = e.id AND status = 'pending')");
    none(path, "SELECT count(*) FROM execution_tool_call c JOIN execution e ON e.id = c.execution_id "
               "WHERE c.started_at < e.started_at OR c.completed_at > e.completed_at OR (c.status = "
               "'running' AND e.completed_at IS NOT NULL)");
    none(path,
         "SELECT count(*) FROM execution_tool_call WHERE execution_id NOT IN (SELECT id FROM execution)");
    none(path,
         "SELECT count(*) FROM execution_interaction WHERE execution_id NOT IN (SELECT id FROM execution)");
    none(path,
         "SELECT count(*) FROM execution_tool_call WHERE (status = 'running') <> (completed_at IS NULL) OR "
         "(status = 'failed') <> (error_text IS NOT NULL) OR duration_ms <> completed_at - started_at OR "
         "duration_ms < 0");
    none(path, "SELECT count(*) FROM execution_tool_call WHERE namespace <> substr(tool_path || '.', 1, "
               "instr(tool_path || '.', '.') - 1)");
    none(path, "SELECT count(*) - count(DISTINCT id) FROM execution");
    none(path, "SELECT count(*) FROM execution WHERE id NOT LIKE '________-____-4___-____-____________' OR "
               "substr(id, 20, 1) NOT IN ('8', '9', 'a', 'b')");
}

static void test_it_holds_together(void **state)
{
    struct fixture *f = *state;
    assert_consistent(f->shared);
}

static void test_everything_is_in_it(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(number(f->shared, "SELECT count(DISTINCT status) FROM execution"), 6);
    assert_int_equal(number(f->shared, "SELECT count(DISTINCT trigger_kind) FROM execution"), 5);
    assert_true(number(f->shared, "SELECT count(*) FROM execution WHERE trigger_kind IS NULL") > 5);
    assert_int_equal(number(f->shared, "SELECT count(DISTINCT scope_id) FROM execution"), 3);
    int64_t paths = number(f->shared, "SELECT count(DISTINCT tool_path) FROM execution_tool_call");
    assert_in_range(paths, 25, 40);
    assert_true(number(f->shared, "SELECT count(DISTINCT namespace) FROM execution_tool_call") >= 8);
    assert_int_equal(number(f->shared, "SELECT count(DISTINCT kind) FROM execution_interaction"), 2);
    assert_int_equal(number(f->shared, "SELECT count(DISTINCT status) FROM execution_interaction"), 3);
    assert_true(number(f->shared,
                       "SELECT count(*) FROM execution_interaction WHERE response_private_json IS NOT NULL") >
                3);
    assert_true(number(f->shared, "SELECT count(*) FROM execution WHERE error_text LIKE '%rate limit%'") >
                10);
    assert_true(number(f->shared, "SELECT count(*) FROM execution WHERE completed_at - started_at > 5000") >
                30);
    assert_true(
        number(f->shared, "SELECT max(length(code) - length(replace(code, char(10), ''))) FROM execution") >
        150);
    assert_true(number(f->shared, "SELECT max(length(result_json)) FROM execution") > 1500000);
    assert_true(number(f->shared,
                       "SELECT count(*) FROM execution WHERE length(result_json) BETWEEN 100000 AND 500000") >
                10);
    assert_true(number(f->shared, "SELECT count(*) FROM execution WHERE instr(result_json, '\\\\\\\"') > 0") >
                10); /* JSON in JSON in JSON */
    assert_true(number(f->shared, "SELECT count(*) FROM execution WHERE instr(code, char(27)) > 0") > 0);
    assert_true(
        number(
            f->shared,
            "SELECT count(DISTINCT substr(value, 1, instr(value, ']'))) FROM execution, json_each(logs_json) "
            "WHERE json_valid(logs_json) AND value GLOB '[[][a-z]*'") >= 5);
}

static void test_payloads_are_json(void **state)
{
    struct fixture *f = *state;
    none(f->shared, "SELECT count(*) FROM execution_tool_call WHERE NOT json_valid(args_json) OR NOT "
                    "json_valid(ifnull(result_json, 1))");
    none(f->shared, "SELECT count(*) FROM execution_interaction WHERE NOT json_valid(payload_json)");
    none(f->shared, "SELECT count(*) FROM execution WHERE NOT json_valid(ifnull(trigger_meta_json, 1))");
    /* only the nasty rows are not */
    assert_in_range(
        number(f->shared, "SELECT count(*) FROM execution WHERE NOT json_valid(ifnull(result_json, 1))"), 1,
        RUNS / 50);
}

static void test_days_and_nights(void **state)
{
    struct fixture *f = *state;
    const char *by_day = "SELECT count(*) FROM execution WHERE strftime('%H', created_at / 1000, "
                         "'unixepoch') BETWEEN '08' AND '16'";
    assert_true(number(f->shared, by_day) > RUNS / 2);
    const char *sunday =
        "SELECT count(*) FROM execution WHERE strftime('%w', created_at / 1000, 'unixepoch') = '0'";
    assert_true(number(f->shared, sunday) < RUNS / 12);
    /* a wall: some hour in which most runs failed, while few fail in all */
    assert_true(number(f->shared, "SELECT max(failed) FROM (SELECT 100 * sum(status = 'failed') / count(*) "
                                  "AS failed FROM execution "
                                  "GROUP BY created_at / 3600000 HAVING count(*) >= 8)") >= 50);
    assert_true(number(f->shared, "SELECT 100 * sum(status = 'failed') / count(*) FROM execution") <= 10);
    assert_true(number(f->shared, "SELECT count(*) - count(DISTINCT created_at) FROM execution") > 0);
}

static void test_small(void **state)
{
    struct fixture *f = *state;
    struct demo_options o = options_all;
    o.payload = PAYLOAD_SMALL;
    assert_int_equal(demo_write(f->path, &o, NULL, NULL, &f->err), ERR_OK);
    assert_int_equal(number(f->path, "SELECT count(*) FROM execution"), RUNS);
    assert_true(number(f->path, "SELECT max(length(code) + length(ifnull(result_json, ''))) FROM execution") <
                100);
    assert_consistent(f->path);
}

static void test_large(void **state)
{
    struct fixture *f = *state;
    struct demo_options o = options_all;
    o.payload = PAYLOAD_LARGE;
    assert_int_equal(demo_write(f->path, &o, NULL, NULL, &f->err), ERR_OK);
    assert_int_equal(number(f->path, "SELECT count(*) FROM execution"), RUNS);
    assert_in_range(number(f->path, "SELECT count(*) FROM execution_tool_call"), RUNS * 9 / 4, RUNS * 11 / 4);
    assert_true(number(f->path, "SELECT avg(length(code)) FROM execution") > 1000);
    assert_true(number(f->path, "SELECT avg(length(logs_json)) FROM execution") > 500);
    assert_in_range(number(f->path, "SELECT avg(length(result_json)) FROM execution "
                                    "WHERE length(result_json) < 100000"),
                    500, 3000);
    assert_consistent(f->path);
}

/* ---- the file ---- */

static void test_it_is_complete_and_alone(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(file_count(f), 1);
    assert_int_equal(number(f->shared, "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'"),
                     1);
    assert_int_equal(
        number(f->shared, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"), 1);
    bool is_demo = false;
    assert_int_equal(demo_check(f->shared, &is_demo, &f->err), ERR_OK);
    assert_true(is_demo);
}

static void write_file(const char *path, const char *content)
{
    FILE *file = fopen(path, "w");
    fputs(content, file);
    fclose(file);
}

static void assert_file_is(const char *path, const char *content)
{
    char got[100] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(got, 1, sizeof got - 1, file) > 0);
    fclose(file);
    assert_string_equal(got, content);
}

static void test_foreign_file_is_refused(void **state)
{
    struct fixture *f = *state;
    struct demo_options o = {.runs = 10, .days = 1, .now = NOW, .scopes = 1, .payload = PAYLOAD_SMALL};
    write_file(f->path, "precious");
    assert_int_equal(demo_write(f->path, &o, NULL, NULL, &f->err), ERR_DENIED);
    assert_non_null(strstr(f->err.hint, "--force"));
    assert_file_is(f->path, "precious");
    o.force = true;
    assert_int_equal(demo_write(f->path, &o, NULL, NULL, &f->err), ERR_OK);
    assert_int_equal(number(f->path, "SELECT count(*) FROM execution"), 10);
    assert_int_equal(demo_write(f->dir, &o, NULL, NULL, &f->err), ERR_DENIED); /* a directory, even so */
}

static void test_a_real_history_is_refused(void **state)
{
    struct fixture *f = *state;
    struct demo_options o = {.runs = 10, .days = 1, .now = NOW, .scopes = 1, .payload = PAYLOAD_SMALL};
    struct store *store;
    assert_int_equal(store_open(f->path, &(struct store_options){0}, &store, &f->err), ERR_OK);
    store_close(store);
    assert_int_equal(demo_write(f->path, &o, NULL, NULL, &f->err), ERR_DENIED);
    struct demo_follow *follow;
    assert_int_equal(demo_follow_open(f->path, 1, NOW, &follow, &f->err), ERR_DENIED);
    assert_null(follow);
}

static void test_old_log_is_not_replayed(void **state)
{
    struct fixture *f = *state;
    struct demo_options o = {.runs = 10, .days = 1, .now = NOW, .scopes = 1, .payload = PAYLOAD_SMALL};
    assert_int_equal(demo_write(f->path, &o, NULL, NULL, &f->err), ERR_OK);
    sqlite3 *old = open_reader(f->path); /* stays open: its -wal stays beside the file */
    assert_int_equal(sqlite3_exec(old, "DELETE FROM execution", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(demo_write(f->path, &o, NULL, NULL, &f->err), ERR_OK);
    assert_int_equal(number(f->path, "SELECT count(*) FROM execution"), 10);
    sqlite3_close(old);
    assert_int_equal(number(f->path, "SELECT count(*) FROM execution"), 10);
}

static bool stop_at_once(void *context, int64_t done, int64_t total)
{
    *(int64_t *)context = done;
    return done >= total;
}

static void test_stopped_half_way_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    struct demo_options o = {.runs = 6000, .days = 1, .now = NOW, .scopes = 1, .payload = PAYLOAD_SMALL};
    int64_t done = 0;
    assert_int_equal(demo_write(f->path, &o, stop_at_once, &done, &f->err), ERR_CANCELLED);
    assert_in_range(done, 1, 5999);
    assert_int_equal(file_count(f), 1);
}

static void test_full_disk_leaves_nothing_and_keeps_the_old(void **state)
{
    struct fixture *f = *state;
    struct demo_options o = {.runs = 10, .days = 1, .now = NOW, .scopes = 1, .payload = PAYLOAD_SMALL};
    assert_int_equal(demo_write(f->path, &o, NULL, NULL, &f->err), ERR_OK);
    struct rlimit before, little;
    getrlimit(RLIMIT_FSIZE, &before);
    little = before;
    little.rlim_cur = 200000;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &little);
    o.runs = 4000;
    enum err_code code = demo_write(f->path, &o, NULL, NULL, &f->err);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(code, ERR_IO);
    assert_int_equal(file_count(f), 2);
    assert_int_equal(number(f->path, "SELECT count(*) FROM execution"), 10);
}

static void test_options_out_of_range(void **state)
{
    struct fixture *f = *state;
    const struct demo_options wrong[] = {
        {.runs = 0, .days = 1, .now = NOW, .scopes = 1},
        {.runs = 1, .days = 0, .now = NOW, .scopes = 1},
        {.runs = 1, .days = 1, .now = -1, .scopes = 1},
        {.runs = 1, .days = 1, .now = NOW, .scopes = 0},
        {.runs = 1, .days = 1, .now = NOW, .scopes = 99},
        {.runs = DEMO_RUNS_MAX + 1, .days = 1, .now = NOW, .scopes = 1},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(demo_write(f->path, &wrong[i], NULL, NULL, &f->err), ERR_USAGE);
    struct demo_options one = {.runs = 1, .days = 1, .now = 0, .scopes = 1};
    assert_int_equal(demo_write(f->path, &one, NULL, NULL, &f->err), ERR_OK); /* before 1970, too */
    assert_int_equal(number(f->path, "SELECT count(*) FROM execution"), 1);
}

/* ---- as it stood, and event by event ---- */

static void write_plans(struct fixture *f, const char *path, int64_t now, bool by_event)
{
    struct store *store;
    struct rand rng;
    struct demo_pool pool;
    static struct demo_plan plan;
    rand_seed(&rng, 3);
    demo_pool_init(&pool, &rng, false);
    assert_int_equal(store_open(path, &(struct store_options){.is_scratch = true}, &store, &f->err), ERR_OK);
    for (int i = 0; i < 300; i++) {
        struct plan_wish wish = {.at = NOW + INT64_C(10) * i,
                                 .answer_ms = 2000,
                                 .people = 0.9,
                                 .scopes = 2,
                                 .must_ask = i % 3 == 0};
        demo_plan_init(&plan, &pool, &rng, &wish);
        assert_int_equal(by_event ? demo_plan_play(&plan, &pool, store, NOW - 1, now, &f->err)
                                  : demo_plan_import(&plan, &pool, store, now, &f->err),
                         ERR_OK);
        demo_plan_release(&plan);
    }
    store_close(store);
    demo_pool_release(&pool);
}

static void test_both_ways_end_at_the_same_rows(void **state)
{
    struct fixture *f = *state;
    char other[PATH_TEXT];
    snprintf(other, sizeof other, "%s/other.db", f->dir);
    static const int64_t after[] = {3000, 4200, 7000, 10000000};
    for (size_t i = 0; i < sizeof after / sizeof after[0]; i++) {
        write_plans(f, f->path, NOW + after[i], false);
        write_plans(f, other, NOW + after[i], true);
        assert_int_equal(number(f->path, "SELECT count(*) FROM execution"), 300);
        assert_true(content_hash(f->path) == content_hash(other));
        clean(state);
    }
}

/* ---- the history that goes on ---- */

static const struct demo_options options_few = {
    .runs = 40, .days = 1, .seed = 2, .now = INT64_C(1795225851306), .scopes = 1, .payload = PAYLOAD_SMALL};

/* Steps through `ms` by the waits that it is told; returns the time. */
static int64_t follow_for(struct fixture *f, struct demo_follow *follow, int64_t now, int64_t ms)
{
    for (int64_t end = now + ms, wait; now < end; now += wait) {
        assert_int_equal(demo_follow_step(follow, now, &wait, &f->err), ERR_OK);
        assert_in_range(wait, 1, 1000);
    }
    return now;
}

static void test_follow(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(demo_write(f->path, &options_few, NULL, NULL, &f->err), ERR_OK);
    struct demo_follow *follow;
    assert_int_equal(demo_follow_open(f->path, 77, NOW, &follow, &f->err), ERR_OK);
    int64_t now = follow_for(f, follow, NOW, 10000);
    int64_t some = number(f->path, "SELECT count(*) FROM execution") - 40;
    assert_in_range(some, 4, 60);
    now = follow_for(f, follow, now, 140000);
    assert_consistent(f->path);
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM execution WHERE updated_at > %lld", (long long)now);
    none(f->path, sql);
    snprintf(sql, sizeof sql, "SELECT count(DISTINCT status) FROM execution WHERE created_at > %lld",
             (long long)NOW);
    assert_true(number(f->path, sql) >= 4);
    int64_t all = number(f->path, "SELECT count(*) FROM execution") - 40;
    assert_in_range(all, 80, 450);
    assert_int_equal(number(f->path, "SELECT count(DISTINCT scope_id) FROM execution"), 1);
    assert_true(number(f->path, "SELECT count(*) FROM execution_interaction WHERE status = 'resolved'") > 0);
    demo_follow_close(follow);
}

static void test_follow_makes_up_for_a_lock(void **state)
{
    struct fixture *f = *state;
    uint64_t hashes[2];
    for (int is_disturbed = 0; is_disturbed < 2; is_disturbed++) {
        struct demo_follow *follow;
        int64_t wait;
        clean(state);
        assert_int_equal(demo_write(f->path, &options_few, NULL, NULL, &f->err), ERR_OK);
        assert_int_equal(demo_follow_open(f->path, 2, NOW, &follow, &f->err), ERR_OK);
        follow_for(f, follow, NOW, 3000);
        sqlite3 *other = open_reader(f->path);
        if (is_disturbed) {
            assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
            assert_int_equal(demo_follow_step(follow, NOW + 5000, &wait, &f->err), ERR_BUSY);
            assert_in_range(wait, 1, 1000);
            assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
        }
        assert_int_equal(demo_follow_step(follow, NOW + 5000, &wait, &f->err), ERR_OK);
        sqlite3_close(other);
        demo_follow_close(follow);
        hashes[is_disturbed] = content_hash(f->path);
    }
    assert_true(hashes[0] == hashes[1]);
}

static void test_follow_and_clocks(void **state)
{
    struct fixture *f = *state;
    struct demo_follow *follow;
    int64_t wait;
    assert_int_equal(demo_write(f->path, &options_few, NULL, NULL, &f->err), ERR_OK);
    assert_int_equal(demo_follow_open(f->path, 2, NOW, &follow, &f->err), ERR_OK);
    follow_for(f, follow, NOW, 3000);
    int64_t before = number(f->path, "SELECT count(*) FROM execution");
    assert_int_equal(demo_follow_step(follow, NOW - DAY_MS, &wait, &f->err), ERR_OK);
    assert_int_equal(number(f->path, "SELECT count(*) FROM execution"), before);
    assert_int_equal(demo_follow_step(follow, NOW + 30 * DAY_MS, &wait, &f->err),
                     ERR_OK); /* a laptop that slept */
    assert_in_range(number(f->path, "SELECT count(*) FROM execution") - before, 1, 30);
    demo_follow_close(follow);
    assert_int_equal(demo_follow_open(f->path, 2, NOW + 31 * DAY_MS, &follow, &f->err),
                     ERR_OK); /* again: no id comes twice */
    follow_for(f, follow, NOW + 31 * DAY_MS, 3000);
    demo_follow_close(follow);
    assert_consistent(f->path);
}

#define TEST(f) cmocka_unit_test_teardown(f, clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_same_options_same_rows),
        TEST(test_exactly_so_many_within_the_time),
        TEST(test_it_holds_together),
        TEST(test_everything_is_in_it),
        TEST(test_payloads_are_json),
        TEST(test_days_and_nights),
        TEST(test_small),
        TEST(test_large),
        TEST(test_it_is_complete_and_alone),
        TEST(test_foreign_file_is_refused),
        TEST(test_a_real_history_is_refused),
        TEST(test_old_log_is_not_replayed),
        TEST(test_stopped_half_way_leaves_nothing),
        TEST(test_full_disk_leaves_nothing_and_keeps_the_old),
        TEST(test_options_out_of_range),
        TEST(test_both_ways_end_at_the_same_rows),
        TEST(test_follow),
        TEST(test_follow_makes_up_for_a_lock),
        TEST(test_follow_and_clocks),
    };
    return cmocka_run_group_tests(tests, setup_all, teardown_all);
}
