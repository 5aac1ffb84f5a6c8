/*
 * Following a file that is written to: what live and refresh show, and when nothing may change. The writer is this process's own, open
 * before the source and until its end, as SQLite shares a -shm between the connections of a process.
 */
#include "data/base/rand.h"
#include "data/source.h"
#include "tests/support/filter_of.h"
#include "tests/support/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 10000, LONG_ENOUGH_US = 400000 };

struct fixture {
    struct history *history;
    struct source *source;
    struct source_conn *conn;
    struct arena arena;
    atomic_uint events;
};

static void note_events(void *context, unsigned events)
{
    struct fixture *f = context;
    atomic_fetch_or(&f->events, events);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->history = history_new();
    arena_init(&f->arena);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    if (f->conn)
        conn_close(f->conn);
    if (f->source)
        source_close(f->source);
    history_free(f->history);
    arena_release(&f->arena);
    free(f);
    return 0;
}

static void open_source(struct fixture *f)
{
    struct err err;
    struct source_options options = {.notify = note_events, .context = f};
    history_store(f->history);
    if (source_open(history_path(f->history), &options, &f->source, &err))
        fail_msg("%s (%s)", err.what, err.hint);
    assert_int_equal(source_connect(f->source, &f->conn, &err), ERR_OK);
}

static void add_runs(struct fixture *f, int count)
{
    history_begin(f->history);
    for (int i = 0; i < count; i++)
        history_run(f->history, (struct history_run){.code = "first"});
    history_commit(f->history);
}

/* The ids of a list, joined; "error" where it cannot be read. */
static const char *ids_of(struct fixture *f, struct source_conn *conn, const char *line, struct sort sort,
                          size_t rows)
{
    struct list_query query = {
        .now = 1, .sort = sort, .after = rows, .wait_exact = true, .cutoff = TIME_NONE};
    struct list_reply reply;
    struct err err;
    query.filter = filter_of(line);
    enum err_code code = conn_list(conn, &query, NULL, &f->arena, &reply, &err);
    filter_release(&query.filter);
    char *ids = arena_printf(&f->arena, "%s", code ? "error" : "");
    for (size_t i = 0; !code && i < reply.count; i++)
        ids = arena_printf(&f->arena, "%s%s%s", ids, i ? " " : "", reply.rows[i].id.s);
    return ids;
}

static const struct sort newest = {SORT_CREATED, false};

static const char *ids(struct fixture *f, const char *line)
{
    return ids_of(f, f->conn, line, newest, 100);
}

/* Waits until the list is as expected. */
static void expect_ids(struct fixture *f, const char *line, const char *expected)
{
    for (int waited = 0; waited < PATIENCE_MS; waited += 5) {
        if (strcmp(ids(f, line), expected) == 0)
            return;
        arena_release(&f->arena);
        usleep(5000);
    }
    fail_msg("[%s] gives \"%s\", not \"%s\"", line, ids(f, line), expected);
}

static void expect_event(struct fixture *f, unsigned event)
{
    for (int waited = 0; waited < PATIENCE_MS; waited += 5) {
        if (atomic_load(&f->events) & event)
            return;
        usleep(5000);
    }
    fail_msg("event %u never came", event);
}

/* Until the index answers: a list is exact then, and from the columns. */
static void settle(struct fixture *f)
{
    struct meta_query query = {.now = 1, .wait_exact = true};
    struct meta meta;
    struct err err;
    filter_init(&query.filter);
    assert_int_equal(conn_meta(f->conn, &query, NULL, &f->arena, &meta, &err), ERR_OK);
    assert_true(meta.total.is_exact);
}

static int64_t total(struct fixture *f)
{
    struct meta_query query = {.now = 1, .wait_exact = true};
    struct meta meta;
    struct err err;
    filter_init(&query.filter);
    assert_int_equal(conn_meta(f->conn, &query, NULL, &f->arena, &meta, &err), ERR_OK);
    return meta.total.n;
}

static void shows_new_and_changed_runs(void **state)
{
    struct fixture *f = *state;
    history_run(f->history, (struct history_run){.id = "a", .created_at = 1000});
    history_run(f->history, (struct history_run){.id = "c", .created_at = 2000, .status = "running"});
    open_source(f);
    settle(f);
    source_set_live(f->source, true);
    history_run(f->history, (struct history_run){
                                .id = "d", .created_at = 3000, .status = "running", .trigger = "new word"});
    expect_ids(f, "", "d c a");
    expect_ids(f, "trigger:\"new word\"", "d");
    history_sql(
        f->history,
        "UPDATE execution SET status = 'failed', completed_at = 9000, updated_at = 9000 WHERE id = 'c'");
    expect_ids(f, "status:failed", "c");
    expect_ids(f, "duration:>5s", "c");
    history_call(f->history, "d", (struct history_call){.path = "github.issues.list"});
    expect_ids(f, "tool:github.*", "d");
    history_question(f->history, "a", (struct history_question){.payload = "{}"});
    expect_ids(f, "elicitation:true", "a");
    expect_ids(f, "status:running", "d");
    assert_int_equal(total(f), 3);
}

/* More runs that never end than one transaction reads again: what changed in them before the first look, and after it, is found. */
static void follows_very_many_open_runs(void **state)
{
    enum { OPEN_RUNS = 2500 };
    struct fixture *f = *state;
    char id[20];
    history_begin(f->history);
    for (int i = 0; i < OPEN_RUNS; i++) {
        snprintf(id, sizeof id, "r%04d", i);
        history_run(f->history, (struct history_run){.id = id, .status = "of its own"});
    }
    history_commit(f->history);
    open_source(f);
    settle(f);
    history_sql(f->history, "UPDATE execution SET status = 'failed' WHERE id IN ('r0000', 'r1300', 'r2499')");
    source_set_live(f->source, true);
    expect_ids(f, "status:failed", "r2499 r1300 r0000");
    history_sql(f->history, "UPDATE execution SET status = 'running' WHERE id = 'r1700'");
    expect_ids(f, "status:running", "r1700");
    history_sql(f->history, "UPDATE execution SET status = 'failed' WHERE id IN ('r1700', 'r0001')");
    expect_ids(f, "status:failed", "r2499 r1700 r1300 r0001 r0000");
    assert_int_equal(total(f), OPEN_RUNS);
}

/* Clock skew: a late row goes into the order, also among runs of its millisecond. */
static void sorts_late_rows_in(void **state)
{
    struct fixture *f = *state;
    history_run(f->history, (struct history_run){.id = "b", .created_at = 2000});
    history_run(f->history, (struct history_run){.id = "d", .created_at = 2000});
    history_run(f->history, (struct history_run){.id = "z", .created_at = 3000});
    open_source(f);
    settle(f);
    source_set_live(f->source, true);
    history_run(f->history, (struct history_run){.id = "c", .created_at = 2000});
    history_run(f->history, (struct history_run){.id = "a", .created_at = 2000});
    history_run(f->history, (struct history_run){.id = "o", .created_at = 1});
    expect_ids(f, "", "z d c b a o");
}

static void searches_new_runs_too(void **state)
{
    struct fixture *f = *state;
    history_run(f->history, (struct history_run){.id = "a", .code = "find me"});
    history_run(f->history, (struct history_run){.id = "b", .code = "not"});
    open_source(f);
    expect_ids(f, "code:find", "a");
    expect_ids(f, "id:b", "b");
    source_set_live(f->source, true);
    history_run(f->history, (struct history_run){.id = "b2", .code = "FIND it"});
    expect_ids(f, "code:find", "b2 a");
    expect_ids(f, "code:\"find m\"", "a");
    expect_ids(f, "id:b", "b2 b");
}

static void changes_nothing_until_refresh(void **state)
{
    struct fixture *f = *state;
    history_run(f->history, (struct history_run){.id = "a"});
    open_source(f);
    settle(f);
    assert_string_equal(ids(f, ""), "a");
    history_run(f->history, (struct history_run){.id = "b"});
    usleep(LONG_ENOUGH_US);
    assert_string_equal(ids(f, ""), "a");
    assert_int_equal(total(f), 1);
    atomic_store(&f->events, 0);
    source_refresh(f->source);
    expect_event(f, SOURCE_CHANGED);
    expect_ids(f, "", "b a");
    atomic_store(&f->events, 0);
    source_refresh(f->source);
    expect_event(f, SOURCE_CHANGED);
}

/* A sweep: the rows are gone at once, the counts with the next look at how many there are. */
static void notices_deleted_runs(void **state)
{
    struct fixture *f = *state;
    add_runs(f, 20);
    open_source(f);
    settle(f);
    history_sql(f->history, "DELETE FROM execution WHERE rowid <= 15");
    source_refresh(f->source);
    for (int waited = 0; total(f) != 5 && waited < PATIENCE_MS; waited += 5)
        usleep(5000);
    assert_int_equal(total(f), 5);
}

/* What is gone is left out at once, and nothing is mixed up. */
static void leaves_out_what_is_gone(void **state)
{
    struct fixture *f = *state;
    history_run(f->history, (struct history_run){.id = "a"});
    history_run(f->history, (struct history_run){.id = "b"});
    history_run(f->history, (struct history_run){.id = "c"});
    open_source(f);
    settle(f);
    history_sql(
        f->history,
        "DELETE FROM execution WHERE id = 'b'; UPDATE execution SET created_at = 1, id = 'x' WHERE id = 'a'");
    assert_string_equal(ids(f, ""), "c");
    expect_ids(f, "", "c x");
}

/* The last run is deleted and its rowid used again. */
static void notices_a_rowid_used_again(void **state)
{
    struct fixture *f = *state;
    history_run(f->history, (struct history_run){.id = "a", .created_at = 1000});
    history_run(f->history, (struct history_run){.id = "b", .created_at = 2000});
    open_source(f);
    settle(f);
    source_set_live(f->source, true);
    history_sql(f->history, "BEGIN; DELETE FROM execution WHERE id = 'b'; INSERT INTO execution(id, "
                            "scope_id, status, code, created_at, "
                            "updated_at) VALUES ('c', 's', 'failed', 'x', 1500, 1500); COMMIT");
    expect_ids(f, "", "c a");
    expect_ids(f, "status:failed", "c");
}

static void follows_a_new_schema(void **state)
{
    struct fixture *f = *state;
    history_run(f->history, (struct history_run){.id = "a", .created_at = 1000});
    history_run(f->history, (struct history_run){.id = "b", .created_at = 2000});
    open_source(f);
    settle(f);
    source_set_live(f->source, true);
    history_sql(f->history, "ALTER TABLE execution ADD COLUMN colour text");
    history_sql(f->history, "DELETE FROM execution WHERE id = 'a'");
    history_sql(f->history, "VACUUM");
    history_run(f->history, (struct history_run){.id = "c", .created_at = 3000, .status = "failed"});
    expect_ids(f, "", "c b");
    expect_ids(f, "status:failed", "c");
}

static void says_when_the_file_is_gone_and_back(void **state)
{
    struct fixture *f = *state;
    char away[512];
    add_runs(f, 3);
    open_source(f);
    settle(f);
    history_close(f->history);
    source_set_live(f->source, true);
    snprintf(away, sizeof away, "%s.away", history_path(f->history));
    assert_int_equal(rename(history_path(f->history), away), 0);
    expect_event(f, SOURCE_LOST);
    struct source_status status;
    source_status(f->source, &status);
    assert_false(status.is_readable);
    assert_int_equal(status.err.code, ERR_NOT_FOUND);
    assert_int_equal(rename(away, history_path(f->history)), 0);
    expect_event(f, SOURCE_BACK);
    source_status(f->source, &status);
    if (!status.is_readable)
        fail_msg("%s", status.err.what);
    assert_int_equal(total(f), 3);
}

/* A source without threads looks at the file with every question. */
static void counts_anew_without_threads(void **state)
{
    struct fixture *f = *state;
    struct source_options options = {.no_background = true};
    struct err err;
    add_runs(f, 20);
    assert_int_equal(source_open(history_path(f->history), &options, &f->source, &err), ERR_OK);
    assert_int_equal(source_connect(f->source, &f->conn, &err), ERR_OK);
    assert_int_equal(total(f), 20);
    add_runs(f, 3);
    assert_int_equal(total(f), 23);
    history_sql(f->history, "DELETE FROM execution WHERE rowid <= 15");
    assert_int_equal(total(f), 8);
}

/* ---- any changes in any order: the index must say what SQL alone says ---- */

static void change_at_random(struct history *history, struct rand *rand, int step)
{
    static const char *const statuses[] = {"running", "completed", "failed", "waiting_for_interaction",
                                           "paused"};
    char sql[256], id[16];
    uint32_t pick = rand_below(rand, 100), target = 1 + rand_below(rand, (uint32_t)step + 10);
    const char *status = statuses[rand_below(rand, 5)];
    snprintf(id, sizeof id, "r%03d", step);
    if (pick < 50) {
        history_run(history, (struct history_run){.id = id,
                                                  .created_at = 1000 + rand_below(rand, 50),
                                                  .status = status,
                                                  .code = step % 3 ? "one" : "two"});
    } else if (pick < 75) {
        snprintf(sql, sizeof sql,
                 "UPDATE execution SET status = '%s', completed_at = %u WHERE rowid = %u AND status NOT IN "
                 "('completed', 'failed', '%s')",
                 status, 1000 + pick, target, status);
        history_sql(history, sql);
    } else if (pick < 85) {
        snprintf(sql, sizeof sql,
                 "INSERT INTO execution_tool_call(id, execution_id, status, tool_path, started_at) "
                 "SELECT 'c%d', id, 'completed', 'tool.%u', 1 FROM execution WHERE rowid = %u",
                 step, pick, target);
        history_sql(history, sql);
    } else if (pick < 95) {
        snprintf(sql, sizeof sql,
                 "INSERT INTO execution_interaction(id, execution_id, status, kind, created_at, updated_at) "
                 "SELECT 'q%d', id, 'pending', 'k', 1, 1 FROM execution WHERE rowid = %u",
                 step, target);
        history_sql(history, sql);
    } else {
        snprintf(sql, sizeof sql, "DELETE FROM execution WHERE rowid = %u", target);
        history_sql(history, sql);
    }
}

static void agrees_with_sql_after_any_change(void **state)
{
    struct fixture *f = *state;
    static const char *const lines[] = {
        "",    "status:failed", "-status:running,paused", "tool:tool.*", "elicitation:true",
        "two", "duration:>0ms"};
    struct rand rand;
    rand_seed(&rand, 7);
    add_runs(f, 10);
    open_source(f);
    settle(f);
    source_set_live(f->source, true);
    struct source_options options = {.no_background = true};
    struct source *plain;
    struct source_conn *conn;
    struct err err;
    assert_int_equal(source_open(history_path(f->history), &options, &plain, &err), ERR_OK);
    assert_int_equal(source_connect(plain, &conn, &err), ERR_OK);
    for (int step = 0; step < 120; step++) {
        change_at_random(f->history, &rand, step);
        if (step % 20 != 19)
            continue;
        source_refresh(f->source);
        for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
            const struct sort by_duration = {SORT_DURATION, true};
            struct sort sort = i % 2 ? by_duration : newest;
            const char *expected = ids_of(f, conn, lines[i], sort, 1000);
            for (int waited = 0; strcmp(ids_of(f, f->conn, lines[i], sort, 1000), expected) != 0;
                 waited += 5) {
                if (waited > PATIENCE_MS)
                    fail_msg("step %d [%s]:\n%s\nnot\n%s", step, lines[i],
                             ids_of(f, f->conn, lines[i], sort, 1000), expected);
                usleep(5000);
            }
        }
        arena_release(&f->arena);
    }
    conn_close(conn);
    source_close(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(shows_new_and_changed_runs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(follows_very_many_open_runs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sorts_late_rows_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(searches_new_runs_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(changes_nothing_until_refresh, set_up, tear_down),
        cmocka_unit_test_setup_teardown(notices_deleted_runs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(leaves_out_what_is_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(notices_a_rowid_used_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(follows_a_new_schema, set_up, tear_down),
        cmocka_unit_test_setup_teardown(says_when_the_file_is_gone_and_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(counts_anew_without_threads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(agrees_with_sql_after_any_change, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
