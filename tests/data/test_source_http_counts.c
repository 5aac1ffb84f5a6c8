/*
 * Counts that a remote server cannot give as they are meant: of a filter that excludes tools, and of one that only the runs themselves tell.
 */
#include "tests/support/remote.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define T0 INT64_C(1790000000000)

enum { RUNS = 300 };

/* Run i: every third has called a.x, every fifth has failed, each tenth lasts ten seconds. An hour lies between two. */
static void add_runs(struct remote *r)
{
    history_begin(r->history);
    for (int i = 0; i < RUNS; i++) {
        const char *id =
            history_run(r->history, (struct history_run){.status = i % 5 ? "completed" : "failed",
                                                         .trigger = i % 2 ? "cli" : "http",
                                                         .created_at = T0 + i * HOUR_MS,
                                                         .duration = i % 10 ? 5 : 10000});
        if (i % 3 == 0)
            history_call(r->history, id, (struct history_call){.path = "a.x"});
    }
    history_commit(r->history);
}

static struct meta ask(struct remote *r, const char *line)
{
    struct meta_query query = {.filter = remote_filter(line), .now = T0 + RUNS * HOUR_MS, .max_buckets = 60};
    struct meta meta;
    struct err err;
    do {
        assert_int_equal(conn_meta(r->conn, &query, NULL, &r->arena, &meta, &err), ERR_OK);
    } while (meta.progress < 1);
    filter_release(&query.filter);
    return meta;
}

static int64_t count_in(const struct facet *facet, const char *word)
{
    for (size_t i = 0; i < facet->count; i++)
        if (text_is(facet->values[i].word, word))
            return facet->values[i].count;
    return -1;
}

static int64_t charted(const struct meta *meta)
{
    int64_t n = 0;
    for (size_t i = 0; i < meta->histogram.count; i++)
        n += bucket_total(&meta->histogram.buckets[i]);
    return n;
}

/* From two small requests: all, and those that are excluded. */
static void runs_without_a_tool_are_counted_exactly(void **state)
{
    struct remote *r = *state;
    remote_open(r);
    struct meta meta = ask(r, "-tool:a.*");
    assert_true(meta.filtered.is_exact);
    assert_int_equal(meta.filtered.n, 200);
    assert_true(meta.status.is_counted && meta.trigger.is_counted);
    assert_int_equal(count_in(&meta.status, "failed"), 40);
    assert_int_equal(count_in(&meta.status, "completed"), 160);
    assert_int_equal(count_in(&meta.trigger, "cli"), 100);
    assert_true(meta.histogram_is_exact);
    assert_int_equal(charted(&meta), 200);
    assert_true(meta.without_interaction.is_exact);
    assert_int_equal(meta.without_interaction.n, 200);
    assert_int_equal(count_in(&meta.tools, "a.x"), 100);
}

static void each_facet_of_them_is_without_its_own_key(void **state)
{
    struct remote *r = *state;
    remote_open(r);
    struct meta meta = ask(r, "-tool:a.x status:failed");
    assert_int_equal(meta.filtered.n, 40);
    assert_int_equal(count_in(&meta.status, "completed"), 160);
    assert_true(meta.status.is_counted && !meta.status.is_narrowed);
}

/* A third of the runs is held; the others are guessed from them, and said to be. Never more than the server has without that filter. */
static void what_only_runs_tell_is_estimated(void **state)
{
    struct remote *r = *state;
    remote_open(r);
    (void)remote_list(r, "duration:>1s", (struct list_query){.after = 5});
    struct meta meta = ask(r, "duration:>1s");
    assert_false(meta.filtered.is_exact);
    assert_in_range(meta.filtered.n, 20, 60);
    assert_in_range(count_in(&meta.status, "failed"), 20, 60);
    assert_false(meta.status.is_counted);
    assert_false(meta.histogram_is_exact);
    assert_in_range(charted(&meta), 10, 60);
    assert_int_equal(count_in(&meta.tools, "a.x"), -1);
    assert_int_equal(meta.with_interaction.n, -1);
}

static int set_up(void **state)
{
    struct remote *r = remote_new();
    add_runs(r);
    *state = r;
    return 0;
}

static int tear_down(void **state)
{
    remote_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(runs_without_a_tool_are_counted_exactly, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_facet_of_them_is_without_its_own_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_only_runs_tell_is_estimated, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
