/*
 * Rows that no executor writes but a file can hold: words, times and ids of other types, out of range, with a NUL inside, and more of them
 * at once than one look takes. Whatever they are, the index and plain SQL give the same list.
 */
#include "data/source.h"
#include "tests/support/filter_of.h"
#include "tests/support/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 2000, BURST = 12000 };

struct road {
    struct source *source;
    struct source_conn *conn;
};

struct fixture {
    struct history *history;
    struct road index, sql;
    struct arena arena;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->history = history_new();
    arena_init(&f->arena);
    *state = f;
    return 0;
}

static void close_road(struct road *road)
{
    if (road->conn)
        conn_close(road->conn);
    if (road->source)
        source_close(road->source);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    close_road(&f->index);
    close_road(&f->sql);
    history_free(f->history);
    arena_release(&f->arena);
    free(f);
    return 0;
}

static void open_road(struct fixture *f, struct road *road, bool no_background)
{
    struct err err;
    struct source_options options = {.no_background = no_background};
    if (source_open(history_path(f->history), &options, &road->source, &err))
        fail_msg("%s (%s)", err.what, err.hint);
    assert_int_equal(source_connect(road->source, &road->conn, &err), ERR_OK);
}

static struct list_reply list(struct fixture *f, struct road *road, const char *line, struct sort sort,
                              const struct row_key *after, size_t rows)
{
    struct list_query query = {
        .now = 1, .sort = sort, .after = rows, .wait_exact = true, .cutoff = TIME_NONE};
    struct list_reply reply;
    struct err err;
    query.filter = filter_of(line);
    if (after) {
        query.anchor = ANCHOR_AFTER;
        query.key = *after;
    }
    if (conn_list(road->conn, &query, NULL, &f->arena, &reply, &err) != ERR_OK)
        fail_msg("[%s]: %s", line, err.what);
    filter_release(&query.filter);
    return reply;
}

static const char *ids(struct fixture *f, struct road *road, const char *line, struct sort sort)
{
    struct list_reply reply = list(f, road, line, sort, NULL, 100);
    char *ids = arena_printf(&f->arena, "%s", "");
    for (size_t i = 0; i < reply.count; i++)
        ids = arena_printf(&f->arena, "%s%s%.*s", ids, i ? " " : "", (int)reply.rows[i].id.n,
                           reply.rows[i].id.s);
    return ids;
}

/* The ids as they come page by page, one row each. */
static const char *paged_ids(struct fixture *f, struct road *road, struct sort sort)
{
    char *ids = arena_printf(&f->arena, "%s", "");
    struct row_key key;
    bool has_key = false;
    for (int i = 0; i < 20; i++) {
        struct list_reply reply = list(f, road, "", sort, has_key ? &key : NULL, 1);
        if (!reply.count)
            break;
        ids = arena_printf(&f->arena, "%s%s%.3s", ids, i ? " " : "", reply.rows[0].id.s);
        key = run_row_key(&reply.rows[0]);
        has_key = true;
    }
    return ids;
}

static const struct sort newest = {SORT_CREATED, false}, oldest = {SORT_CREATED, true};
static const struct sort longest = {SORT_DURATION, false}, shortest = {SORT_DURATION, true};

static void open_both(struct fixture *f)
{
    history_store(f->history);
    open_road(f, &f->index, false);
    open_road(f, &f->sql, true);
}

static void expect(struct fixture *f, const char *line, struct sort sort, const char *expected)
{
    assert_string_equal(ids(f, &f->sql, line, sort), expected);
    for (int waited = 0; waited < PATIENCE_MS; waited += 5) {
        if (strcmp(ids(f, &f->index, line, sort), expected) == 0)
            return;
        usleep(5000);
    }
    assert_string_equal(ids(f, &f->index, line, sort), expected);
}

static struct meta meta_of(struct fixture *f, const char *line)
{
    struct meta_query query = {.now = 1, .max_buckets = 100, .wait_exact = true};
    struct meta meta;
    struct err err;
    query.filter = filter_of(line);
    assert_int_equal(conn_meta(f->index.conn, &query, NULL, &f->arena, &meta, &err), ERR_OK);
    filter_release(&query.filter);
    return meta;
}

static void expect_count(struct fixture *f, const char *line, int64_t expected)
{
    for (int waited = 0; waited < PATIENCE_MS && meta_of(f, line).filtered.n != expected; waited += 10)
        usleep(10000);
    assert_int_equal(meta_of(f, line).filtered.n, expected);
}

/* ---- more at once than one look takes ---- */

static void takes_a_burst_whole(void **state)
{
    struct fixture *f = *state;
    history_run(f->history, (struct history_run){.id = "first"});
    open_both(f);
    expect_count(f, "", 1);
    history_begin(f->history);
    for (int i = 0; i < BURST; i++) {
        const char *id = history_run(f->history, (struct history_run){.created_at = 5000 + i});
        if (i < BURST / 2)
            continue;
        history_call(f->history, id, (struct history_call){.path = "a.b"});
        history_question(f->history, id, (struct history_question){.payload = "{}"});
    }
    history_commit(f->history);
    source_refresh(f->index.source);
    expect_count(f, "", BURST + 1);
    expect_count(f, "tool:a.b", BURST / 2);
    expect_count(f, "elicitation:true", BURST / 2);
}

/* ---- words of other types ---- */

static void tells_blobs_from_texts(void **state)
{
    struct fixture *f = *state;
    history_run(f->history, (struct history_run){.id = "a"});
    history_run(f->history, (struct history_run){.id = "b"});
    history_run(f->history, (struct history_run){.id = "c", .status = "failed"});
    history_call(f->history, "a", (struct history_call){.path = "first.tool"});
    history_call(f->history, "b", (struct history_call){.path = "other"});
    history_sql(f->history, "UPDATE execution SET status = x'6f6464' WHERE id = 'b'");
    history_sql(f->history, "UPDATE execution SET trigger_kind = x'6f6464' WHERE id = 'c'");
    history_sql(f->history, "UPDATE execution_tool_call SET tool_path = x'6f6464' WHERE tool_path = 'other'");
    open_both(f);
    expect(f, "status:completed", newest, "a");
    expect(f, "-status:completed", newest, "c b");
    expect(f, "trigger:unknown", newest, "b a");
    expect(f, "tool:first.tool", newest, "a");
    struct meta meta = meta_of(f, "");
    assert_int_equal(meta.tools.count, 1);
    assert_int_equal(meta.tools.values[0].count, 1);
}

static void survives_calls_without_any_path(void **state)
{
    struct fixture *f = *state;
    history_run(f->history, (struct history_run){.id = "a"});
    history_call(f->history, "a", (struct history_call){.path = "other"});
    history_sql(f->history, "UPDATE execution_tool_call SET tool_path = x'6f6464'");
    open_both(f);
    expect(f, "tool:first.tool", newest, "");
    assert_int_equal(meta_of(f, "").tools.count, 0);
}

static void finds_calls_in_a_scope_with_a_nul(void **state)
{
    struct fixture *f = *state;
    history_run(f->history, (struct history_run){.id = "a"});
    history_call(f->history, "a", (struct history_call){.path = "first.tool"});
    history_sql(f->history, "UPDATE execution SET scope_id = CAST(x'610062' AS TEXT)");
    open_both(f);
    expect(f, "tool:first.tool", newest, "a");
}

/* ---- times ---- */

static void leaves_out_times_that_are_none(void **state)
{
    struct fixture *f = *state;
    history_run(f->history, (struct history_run){.id = "a"});
    history_run(f->history, (struct history_run){.id = "b"});
    history_sql(f->history, "UPDATE execution SET created_at = '2026-01-01 00:00:00' WHERE id = 'b'");
    open_both(f);
    struct meta_query query = {.now = 1};
    struct meta guess;
    struct err err;
    filter_init(&query.filter);
    assert_int_equal(conn_meta(f->sql.conn, &query, NULL, &f->arena, &guess, &err), ERR_OK);
    assert_false(guess.total.is_exact);
    assert_true(guess.total.n > 0);
    expect(f, "", newest, "a");
    source_set_live(f->index.source, true);
    history_run(f->history, (struct history_run){.id = "c"});
    history_sql(f->history, "INSERT INTO execution(id, scope_id, status, code, created_at, updated_at) "
                            "VALUES('d', 's', 'completed', '', 'yesterday', 1)");
    expect(f, "", newest, "c a");
    history_run(f->history, (struct history_run){.id = "e"});
    expect(f, "", newest, "e c a");
    expect_count(f, "", 3);
}

static void sorts_durations_out_of_range_last(void **state)
{
    struct fixture *f = *state;
    history_run(f->history, (struct history_run){.id = "a", .duration = 10});
    history_run(f->history, (struct history_run){.id = "b", .duration = 20});
    history_run(f->history, (struct history_run){.id = "c"});
    history_sql(f->history, "UPDATE execution SET started_at = -9223372036854775807, completed_at = "
                            "9223372036854775807 WHERE id = 'c'");
    open_both(f);
    expect(f, "", longest, "b a c");
    expect(f, "", shortest, "a b c");
    expect(f, "duration:>5ms", newest, "b a");
    assert_string_equal(paged_ids(f, &f->sql, longest), "b a c");
}

static void draws_the_ends_of_time(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 5; i++)
        history_run(f->history, (struct history_run){0});
    history_sql(f->history, "UPDATE execution SET created_at = -9223372036854775807 - 1 WHERE rowid = 1");
    history_sql(f->history, "UPDATE execution SET created_at = 9223372036854775807 WHERE rowid = 2");
    history_sql(f->history, "UPDATE execution SET created_at = -1 WHERE rowid = 3");
    open_both(f);
    struct meta_query query = {.now = INT64_MAX / 2, .max_buckets = 100};
    struct meta meta;
    struct err err;
    filter_init(&query.filter);
    assert_int_equal(conn_meta(f->sql.conn, &query, NULL, &f->arena, &meta, &err), ERR_OK);
    assert_int_equal(meta_of(f, "").filtered.n, 5);
    assert_int_equal(list(f, &f->sql, "", newest, NULL, 100).count, 5);
    assert_int_equal(list(f, &f->index, "", newest, NULL, 100).count, 5);
}

/* ---- ids ---- */

static void pages_over_long_and_odd_ids(void **state)
{
    struct fixture *f = *state;
    history_run(f->history, (struct history_run){.id = "id1", .created_at = 1000});
    history_run(f->history, (struct history_run){.id = "id2", .created_at = 2000});
    history_run(f->history, (struct history_run){.id = "id3", .created_at = 3000});
    /* 200 wide letters */
    history_sql(f->history, "UPDATE execution SET id = 'id2' || replace(hex(zeroblob(100)), '0', 'é') WHERE "
                            "id = 'id2'");
    history_sql(f->history, "UPDATE execution SET id = CAST(x'69643100ff62' AS TEXT) WHERE id = 'id1'");
    open_both(f);
    assert_string_equal(paged_ids(f, &f->sql, oldest), "id1 id2 id3");
    assert_string_equal(paged_ids(f, &f->sql, newest), "id3 id2 id1");
    assert_string_equal(paged_ids(f, &f->index, oldest), "id1 id2 id3");
    assert_string_equal(paged_ids(f, &f->index, newest), "id3 id2 id1");
}

/* So many that the run of a key is not found by going through its millisecond. */
static void finds_a_run_among_very_many_of_its_millisecond(void **state)
{
    struct fixture *f = *state;
    char id[16];
    history_begin(f->history);
    for (int i = 0; i < BURST; i++) {
        snprintf(id, sizeof id, "%05d", i);
        history_run(f->history, (struct history_run){.id = id, .created_at = 1000});
    }
    history_commit(f->history);
    history_store(f->history);
    open_road(f, &f->index, false);
    expect_count(f, "", BURST);
    const struct row_key key = {.created_at = 1000, .id = "11500"};
    struct list_reply reply = list(f, &f->index, "", oldest, &key, 1);
    assert_int_equal(reply.count, 1);
    assert_string_equal(reply.rows[0].id.s, "11501");
}

static struct list_reply list_whole(struct fixture *f, const struct row_key *after)
{
    struct list_query query = {.now = 1, .after = 100, .want_full = true, .cutoff = TIME_NONE};
    struct list_reply reply;
    struct err err;
    filter_init(&query.filter);
    query.wait_exact = true;
    if (after) {
        query.anchor = ANCHOR_AFTER;
        query.key = *after;
    }
    assert_int_equal(conn_list(f->sql.conn, &query, NULL, &f->arena, &reply, &err), ERR_OK);
    return reply;
}

/* However many whole runs are asked for, a page is no larger than memory may be. */
static void ends_a_page_of_large_runs_early(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 5; i++)
        history_run(f->history, (struct history_run){0});
    history_sql(f->history, "UPDATE execution SET result_json = CAST(zeroblob(20000000) AS TEXT)");
    history_store(f->history);
    open_road(f, &f->sql, true);
    size_t seen = 0;
    bool is_last = false;
    struct row_key key;
    for (int pages = 0; !is_last && pages < 10; pages++) {
        struct list_reply reply = list_whole(f, pages ? &key : NULL);
        assert_in_range(reply.count, 1, 4);
        seen += reply.count;
        is_last = reply.is_last;
        key = run_row_key(&reply.rows[reply.count - 1]);
        arena_release(&f->arena);
    }
    assert_int_equal(seen, 5);
    assert_true(is_last);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(takes_a_burst_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tells_blobs_from_texts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(survives_calls_without_any_path, set_up, tear_down),
        cmocka_unit_test_setup_teardown(finds_calls_in_a_scope_with_a_nul, set_up, tear_down),
        cmocka_unit_test_setup_teardown(leaves_out_times_that_are_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sorts_durations_out_of_range_last, set_up, tear_down),
        cmocka_unit_test_setup_teardown(draws_the_ends_of_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pages_over_long_and_odd_ids, set_up, tear_down),
        cmocka_unit_test_setup_teardown(finds_a_run_among_very_many_of_its_millisecond, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ends_a_page_of_large_runs_early, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
