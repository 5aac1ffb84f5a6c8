/*
 * The feed by hand: what an answer says and does not say, at the borders where an off-by-one would hide. (test_http_feed_random.c has
 * chance look for the rest.)
 */
#include "data/http/http_feed.h"

#include "data/base/die.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct run_detail run_at(const char *id, int64_t created_at, int64_t updated_at)
{
    return (struct run_detail){
        .run = {.id = text_of(id),
                .scope_id = TEXT_LIT("scope"),
                .status = TEXT_LIT("completed"),
                .code = TEXT_LIT("return  1;\n"),
                .trigger_kind = TEXT_NULL,
                .started_at = TIME_NONE,
                .completed_at = TIME_NONE,
                .created_at = created_at,
                .updated_at = updated_at},
        .pending = -1,
    };
}

static size_t add(struct http_feed *feed, const struct run_detail *runs, size_t count, int64_t from,
                  int64_t to)
{
    return http_feed_add(feed, runs, count, (struct time_range){from, to});
}

/* "a@10 b@5" */
static void assert_rows(const struct http_feed *feed, const char *expected)
{
    char shown[400] = "";
    size_t count, used = 0, bytes = 0;
    const struct feed_row *const *rows = http_feed_rows(feed, &count);
    for (size_t i = 0; i < count; i++) {
        used += (size_t)snprintf(shown + used, sizeof shown - used, "%s%s@%lld", i ? " " : "",
                                 rows[i]->row.id.s, (long long)rows[i]->row.created_at);
        bytes += rows[i]->bytes;
        assert_ptr_equal(http_feed_find(feed, rows[i]->row.id), rows[i]);
        assert_int_equal(http_feed_position(feed, rows[i]->row.created_at, rows[i]->row.id), i);
    }
    assert_string_equal(shown, expected);
    assert_int_equal(http_feed_bytes(feed), bytes);
}

static void assert_stretch(const struct http_feed *feed, int64_t at, int64_t from, int64_t to)
{
    struct time_range stretch;
    assert_true(http_feed_stretch(feed, at, &stretch));
    assert_true(stretch.from == from && stretch.to == to);
    assert_true(http_feed_covers(feed, stretch));
}

static void assert_gap_at(const struct http_feed *feed, int64_t at)
{
    struct time_range stretch;
    assert_false(http_feed_stretch(feed, at, &stretch));
}

static void an_empty_feed_knows_nothing(void **state)
{
    (void)state;
    struct http_feed *feed = http_feed_new();
    assert_rows(feed, "");
    assert_null(http_feed_find(feed, TEXT_LIT("a")));
    assert_false(http_feed_remove(feed, TEXT_LIT("a")));
    assert_int_equal(http_feed_position(feed, 0, TEXT_LIT("a")), 0);
    assert_gap_at(feed, 0);
    assert_true(http_feed_covers(feed, (struct time_range){5, 5}));
    assert_false(http_feed_covers(feed, (struct time_range){5, 6}));
    struct time_range gap;
    assert_true(http_feed_newest_gap(feed, TIME_RANGE_ALL, &gap));
    assert_true(gap.from == INT64_MIN && gap.to == INT64_MAX);
    http_feed_trim(feed, 0, 0);
    http_feed_doubt(feed, TIME_RANGE_ALL);
    assert_int_equal(http_feed_revision(feed), 0);
    http_feed_free(feed);
    http_feed_free(NULL);
}

static void a_row_tells_what_the_run_tells(void **state)
{
    (void)state;
    struct http_feed *feed = http_feed_new();
    struct run_detail run = run_at("a", 10, 20);
    run.run.trigger_kind = TEXT_LIT("http");
    run.run.started_at = 11;
    run.run.completed_at = 15;
    run.run.tool_call_count = 7;
    run.run.logs_json = TEXT_LIT("[\"[error] x\", \"[warn] y\", \"[warn] z\"]");
    run.pending = 0;
    assert_true(http_feed_put(feed, &run));
    const struct feed_row *row = http_feed_find(feed, TEXT_LIT("a"));
    assert_non_null(row);
    assert_string_equal(row->row.id.s, "a");
    assert_string_equal(row->row.scope_id.s, "scope");
    assert_string_equal(row->row.status.s, "completed");
    assert_string_equal(row->row.trigger_kind.s, "http");
    assert_string_equal(row->row.code_head.s, "return 1;");
    assert_string_equal(row->code.s, "return  1;\n");
    assert_true(row->row.created_at == 10 && row->row.updated_at == 20);
    assert_true(row->row.started_at == 11 && row->row.completed_at == 15);
    assert_int_equal(row->row.tool_call_count, 7);
    assert_int_equal(row->row.log_errors, 1);
    assert_int_equal(row->row.log_warnings, 2);
    assert_true(row->is_pending);
    assert_ptr_not_equal(row->row.id.s, run.run.id.s);
    http_feed_free(feed);
}

static void what_is_null_stays_null(void **state)
{
    (void)state;
    struct http_feed *feed = http_feed_new();
    struct run_detail run = run_at("a", 10, 20);
    run.run.code = TEXT_NULL;
    http_feed_put(feed, &run);
    const struct feed_row *row = http_feed_find(feed, TEXT_LIT("a"));
    assert_true(text_is_null(row->row.trigger_kind));
    assert_true(text_is_null(row->code));
    assert_true(text_is(row->row.code_head, ""));
    assert_true(row->row.started_at == TIME_NONE && row->row.completed_at == TIME_NONE);
    assert_int_equal(row->row.log_errors, -1);
    assert_int_equal(row->row.log_warnings, -1);
    assert_false(row->is_pending);
    http_feed_free(feed);
}

static void long_code_is_cut(void **state)
{
    (void)state;
    struct http_feed *feed = http_feed_new();
    size_t n = (size_t)FEED_CODE_MAX + 5;
    char *code = mem_new(n);
    memset(code, 'x', n);
    struct run_detail run = run_at("a", 10, 20);
    run.run.code = (struct text){code, n};
    http_feed_put(feed, &run);
    const struct feed_row *row = http_feed_find(feed, TEXT_LIT("a"));
    assert_int_equal(row->code.n, FEED_CODE_MAX);
    assert_int_equal(row->row.code_head.n, RUN_CODE_HEAD);
    assert_true(row->bytes > FEED_CODE_MAX && row->bytes < FEED_CODE_MAX + 2000);
    uint64_t revision = http_feed_revision(feed);
    http_feed_put(feed, &run); /* the cut is not a change */
    assert_true(http_feed_revision(feed) == revision);
    free(code);
    http_feed_free(feed);
}

static void ties_stand_by_id_downwards(void **state)
{
    (void)state;
    struct http_feed *feed = http_feed_new();
    struct run_detail runs[] = {run_at("b", 10, 1), run_at("z", 5, 1), run_at("c", 10, 1), run_at("a", 10, 1),
                                run_at("y", 20, 1)};
    assert_int_equal(add(feed, runs, 5, 0, 0), 5);
    assert_rows(feed, "y@20 c@10 b@10 a@10 z@5");
    assert_int_equal(http_feed_position(feed, 10, TEXT_LIT("bb")), 2);
    assert_int_equal(http_feed_position(feed, 10, TEXT_LIT("d")), 1);
    assert_int_equal(http_feed_position(feed, 10, TEXT_LIT("")), 4);
    assert_int_equal(http_feed_position(feed, INT64_MAX, TEXT_LIT("a")), 0);
    assert_int_equal(http_feed_position(feed, INT64_MIN, TEXT_LIT("a")), 5);
    http_feed_free(feed);
}

static void what_an_answer_leaves_out_is_taken_out(void **state)
{
    (void)state;
    struct http_feed *feed = http_feed_new();
    struct run_detail runs[] = {run_at("at_to", 20, 1), run_at("below_to", 19, 1), run_at("middle", 15, 1),
                                run_at("at_from", 10, 1), run_at("below_from", 9, 1)};
    add(feed, runs, 5, 0, 0);
    assert_gap_at(feed, 15);
    assert_int_equal(add(feed, &runs[2], 1, 10, 20), 0);
    assert_rows(feed, "at_to@20 middle@15 below_from@9");
    assert_null(http_feed_find(feed, TEXT_LIT("at_from")));
    assert_stretch(feed, 10, 10, 20);
    assert_stretch(feed, 19, 10, 20);
    assert_gap_at(feed, 9);
    assert_gap_at(feed, 20);
    assert_int_equal(add(feed, NULL, 0, INT64_MIN, INT64_MAX), 0);
    assert_rows(feed, "");
    http_feed_free(feed);
}

static void an_answer_without_a_range_claims_nothing(void **state)
{
    (void)state;
    struct http_feed *feed = http_feed_new();
    struct run_detail runs[] = {run_at("a", 10, 1), run_at("b", 11, 1)};
    add(feed, &runs[0], 1, 30, 20);
    add(feed, &runs[1], 1, 10, 10);
    assert_rows(feed, "b@11 a@10");
    assert_gap_at(feed, 10);
    assert_gap_at(feed, 25);
    http_feed_free(feed);
}

static void a_run_that_moved_is_one_row(void **state)
{
    (void)state;
    struct http_feed *feed = http_feed_new();
    struct run_detail runs[] = {run_at("a", 30, 1), run_at("b", 20, 1), run_at("c", 10, 1)};
    add(feed, runs, 3, 0, 40);
    struct run_detail moved = run_at("a", 15, 2);
    assert_int_equal(add(feed, &moved, 1, 14, 16), 0);
    assert_rows(feed, "b@20 a@15 c@10");
    moved = run_at("c", 50, 2);
    assert_int_equal(add(feed, &moved, 1, 5, 12), 0); /* moved out of the very range that it is missed in */
    assert_rows(feed, "c@50 b@20 a@15");
    moved = run_at("c", 6, 3);
    assert_false(http_feed_put(feed, &moved));
    assert_rows(feed, "b@20 a@15 c@6");
    http_feed_free(feed);
}

static void the_newest_copy_wins(void **state)
{
    (void)state;
    struct http_feed *feed = http_feed_new();
    struct run_detail ours = run_at("a", 15, 5);
    http_feed_put(feed, &ours);
    uint64_t revision = http_feed_revision(feed);
    struct run_detail stale = run_at("a", 12, 4);
    stale.run.status = TEXT_LIT("running");
    assert_int_equal(add(feed, &stale, 1, 10, 20), 0);
    assert_rows(feed, "a@15"); /* it counts as present all the same */
    assert_true(text_is(http_feed_find(feed, TEXT_LIT("a"))->row.status, "completed"));
    http_feed_put(feed, &stale);
    assert_true(text_is(http_feed_find(feed, TEXT_LIT("a"))->row.status, "completed"));
    assert_true(http_feed_revision(feed) == revision + 1); /* the stretch alone */

    struct run_detail equal = run_at("a", 15, 5);
    equal.run.status = TEXT_LIT("failed");
    assert_false(http_feed_put(feed, &equal)); /* of the same age: what was said last */
    assert_true(text_is(http_feed_find(feed, TEXT_LIT("a"))->row.status, "failed"));
    assert_true(http_feed_revision(feed) == revision + 2);
    http_feed_free(feed);
}

static void a_run_twice_in_an_answer_is_one_row(void **state)
{
    (void)state;
    struct http_feed *feed = http_feed_new();
    struct run_detail runs[] = {run_at("a", 15, 5), run_at("b", 14, 1), run_at("a", 16, 6),
                                run_at("a", 12, 3), run_at("b", 14, 1), run_at("a", 17, 7)};
    assert_int_equal(add(feed, runs, 6, 10, 20), 2);
    assert_rows(feed, "a@17 b@14");
    http_feed_free(feed);
}

static void every_change_is_seen_and_nothing_else(void **state)
{
    (void)state;
    struct http_feed *feed = http_feed_new();
    struct run_detail runs[] = {run_at("a", 15, 5), run_at("b", 14, 1)};
    add(feed, runs, 2, 10, 20);
    uint64_t revision = http_feed_revision(feed);
    const struct feed_row *row = http_feed_find(feed, TEXT_LIT("a"));
    add(feed, runs, 2, 12, 18);
    assert_true(http_feed_revision(feed) == revision);
    assert_ptr_equal(http_feed_find(feed, TEXT_LIT("a")), row);

    enum { CHANGES = 12 };
    struct run_detail changes[CHANGES];
    for (size_t i = 0; i < CHANGES; i++)
        changes[i] = runs[0];
    changes[0].run.status = TEXT_LIT("failed");
    changes[1].pending = 0;
    changes[2].run.completed_at = 9;
    changes[3].run.tool_call_count = 1;
    changes[4].run.logs_json = TEXT_LIT("[]");
    changes[5].run.trigger_kind = TEXT_LIT("");
    changes[6].run.code = TEXT_LIT("return 1;");
    changes[7].run.code = TEXT_NULL;
    changes[8].run.scope_id = TEXT_LIT("other");
    changes[9].run.started_at = 9;
    changes[10].run.created_at = 16;
    changes[11].run.updated_at = 6; /* the last: there is no way back */
    for (size_t i = 0; i < CHANGES; i++) {
        assert_false(http_feed_put(feed, &runs[0]));
        revision = http_feed_revision(feed);
        assert_false(http_feed_put(feed, &changes[i]));
        assert_true(http_feed_revision(feed) > revision);
    }
    revision = http_feed_revision(feed);
    assert_true(http_feed_remove(feed, TEXT_LIT("b")));
    assert_true(http_feed_revision(feed) > revision);
    assert_rows(feed, "a@15");
    assert_stretch(feed, 14, 10, 20);
    http_feed_free(feed);
}

static void stretches_join_where_they_touch(void **state)
{
    (void)state;
    struct http_feed *feed = http_feed_new();
    add(feed, NULL, 0, 30, 40);
    add(feed, NULL, 0, 10, 20);
    add(feed, NULL, 0, 50, 60);
    assert_stretch(feed, 15, 10, 20);
    add(feed, NULL, 0, 20, 21);
    assert_stretch(feed, 15, 10, 21);
    add(feed, NULL, 0, 29, 30);
    assert_stretch(feed, 39, 29, 40);
    assert_false(http_feed_covers(feed, (struct time_range){20, 30}));
    add(feed, NULL, 0, 5, 55);
    assert_stretch(feed, 25, 5, 60);
    assert_true(http_feed_covers(feed, (struct time_range){5, 60}));
    assert_false(http_feed_covers(feed, (struct time_range){4, 60}));
    assert_false(http_feed_covers(feed, (struct time_range){5, 61}));
    http_feed_free(feed);
}

static void assert_gaps(const struct http_feed *feed, struct time_range range, struct time_range newest,
                        struct time_range oldest)
{
    struct time_range gap;
    assert_true(http_feed_newest_gap(feed, range, &gap));
    assert_true(gap.from == newest.from && gap.to == newest.to);
    assert_true(http_feed_oldest_gap(feed, range, &gap));
    assert_true(gap.from == oldest.from && gap.to == oldest.to);
}

static void gaps_are_what_lies_between(void **state)
{
    (void)state;
    struct http_feed *feed = http_feed_new();
    add(feed, NULL, 0, 10, 20);
    add(feed, NULL, 0, 30, 40);
    assert_gaps(feed, TIME_RANGE_ALL, (struct time_range){40, INT64_MAX}, (struct time_range){INT64_MIN, 10});
    assert_gaps(feed, (struct time_range){0, 40}, (struct time_range){20, 30}, (struct time_range){0, 10});
    assert_gaps(feed, (struct time_range){10, 50}, (struct time_range){40, 50}, (struct time_range){20, 30});
    assert_gaps(feed, (struct time_range){15, 35}, (struct time_range){20, 30}, (struct time_range){20, 30});
    assert_gaps(feed, (struct time_range){22, 25}, (struct time_range){22, 25}, (struct time_range){22, 25});
    struct time_range gap;
    assert_false(http_feed_newest_gap(feed, (struct time_range){10, 20}, &gap));
    assert_false(http_feed_oldest_gap(feed, (struct time_range){10, 20}, &gap));
    assert_false(http_feed_newest_gap(feed, (struct time_range){25, 25}, &gap));
    assert_false(http_feed_oldest_gap(feed, (struct time_range){25, 24}, &gap));
    http_feed_doubt(feed, (struct time_range){15, 32});
    assert_gaps(feed, (struct time_range){10, 40}, (struct time_range){15, 32}, (struct time_range){15, 32});
    http_feed_doubt(feed, (struct time_range){34, 35});
    assert_stretch(feed, 33, 32, 34);
    assert_stretch(feed, 35, 35, 40);
    http_feed_free(feed);
}

static void the_ends_of_time_hold(void **state)
{
    (void)state;
    struct http_feed *feed = http_feed_new();
    struct run_detail runs[] = {run_at("first", INT64_MIN, 1), run_at("last", INT64_MAX, 1),
                                run_at("zero", 0, 1)};
    assert_int_equal(add(feed, runs, 3, INT64_MIN, INT64_MAX), 3);
    assert_stretch(feed, INT64_MIN, INT64_MIN, INT64_MAX);
    assert_stretch(feed, INT64_MAX, INT64_MIN, INT64_MAX);
    struct time_range gap;
    assert_false(http_feed_newest_gap(feed, TIME_RANGE_ALL, &gap));
    assert_int_equal(add(feed, &runs[2], 1, INT64_MIN, INT64_MAX - 1), 0);
    assert_rows(feed, "last@9223372036854775807 zero@0");
    assert_int_equal(add(feed, &runs[2], 1, 0, INT64_MAX), 0); /* an open end holds the last millisecond */
    assert_rows(feed, "zero@0");
    http_feed_free(feed);
}

/* Rows a..e at 10..50, complete in [5, 60); the bytes of one. */
static size_t five_rows(struct http_feed *feed)
{
    struct run_detail runs[] = {run_at("a", 10, 1), run_at("b", 20, 1), run_at("c", 30, 1),
                                run_at("d", 40, 1), run_at("e", 50, 1)};
    add(feed, runs, 5, 5, 60);
    return http_feed_bytes(feed) / 5;
}

static void trimming_forgets_the_farthest(void **state)
{
    (void)state;
    struct http_feed *feed = http_feed_new();
    size_t each = five_rows(feed);
    uint64_t revision = http_feed_revision(feed);
    http_feed_trim(feed, 22, 5 * each);
    assert_true(http_feed_revision(feed) == revision);
    http_feed_trim(feed, 22, 5 * each - 1);
    assert_rows(feed, "d@40 c@30 b@20 a@10");
    assert_stretch(feed, 22, 5, 50);
    assert_gap_at(feed, 50);
    assert_gap_at(feed, 55);
    http_feed_trim(feed, 22, 2 * each);
    assert_rows(feed, "c@30 b@20");
    assert_stretch(feed, 22, 11, 40);
    assert_true(http_feed_revision(feed) > revision);
    assert_null(http_feed_find(feed, TEXT_LIT("a")));
    http_feed_trim(feed, 20, 0);
    assert_rows(feed, "b@20"); /* what is looked at stays */
    assert_stretch(feed, 20, 11, 30);
    http_feed_free(feed);
}

static void trimming_beside_the_rows(void **state)
{
    (void)state;
    struct http_feed *feed = http_feed_new();
    size_t each = five_rows(feed);
    http_feed_trim(feed, 100, 3 * each);
    assert_rows(feed, "e@50 d@40 c@30");
    assert_stretch(feed, 59, 21, 60);
    http_feed_trim(feed, INT64_MIN, each);
    assert_rows(feed, "c@30");
    assert_stretch(feed, 25, 21, 40);
    http_feed_trim(feed, INT64_MAX, 0);
    assert_rows(feed, "");
    assert_stretch(feed, 35, 31, 40);
    http_feed_free(feed);
}

static void trimming_within_one_millisecond(void **state)
{
    (void)state;
    struct http_feed *feed = http_feed_new();
    struct run_detail runs[] = {run_at("a", 10, 1), run_at("b", 10, 1), run_at("c", 30, 1),
                                run_at("d", 30, 1)};
    add(feed, runs, 4, 0, 60);
    size_t each = http_feed_bytes(feed) / 4;
    http_feed_trim(feed, 25, 3 * each);
    assert_rows(feed, "d@30 c@30 b@10");
    assert_gap_at(feed, 10); /* a part of it is no whole */
    http_feed_trim(feed, 30, 0);
    assert_rows(feed, "d@30 c@30");
    http_feed_trim(feed, 20, each);
    assert_rows(feed, "c@30");
    assert_gap_at(feed, 30);
    assert_stretch(feed, 20, 11, 30);
    http_feed_free(feed);
}

static void trimming_at_the_ends_of_time(void **state)
{
    (void)state;
    struct http_feed *feed = http_feed_new();
    struct run_detail runs[] = {run_at("first", INT64_MIN, 1), run_at("last", INT64_MAX, 1),
                                run_at("zero", 0, 1)};
    add(feed, runs, 3, INT64_MIN, INT64_MAX);
    http_feed_trim(feed, 0, http_feed_find(feed, TEXT_LIT("zero"))->bytes);
    assert_rows(feed, "zero@0");
    assert_stretch(feed, 0, INT64_MIN + 1, INT64_MAX - 1);
    assert_gap_at(feed, INT64_MAX);
    assert_gap_at(feed, INT64_MIN);
    http_feed_free(feed);
}

enum { PAGE = 100, PAGES = 1000 };

/* The page'th hundred of runs, newest first, at two milliseconds each. */
static void add_page(struct http_feed *feed, size_t page)
{
    static const char code[] = "return await tools.search({ query: 'x' });";
    char ids[PAGE][24];
    struct run_detail runs[PAGE];
    for (size_t i = 0; i < PAGE; i++) {
        size_t number = page * PAGE + (PAGE - 1 - i);
        snprintf(ids[i], sizeof ids[i], "run-%08zu", number);
        runs[i] = run_at(ids[i], (int64_t)number / 2, 1);
        runs[i].run.code = TEXT_LIT(code);
    }
    int64_t from = (int64_t)(page * PAGE / 2);
    assert_int_equal(add(feed, runs, PAGE, from, from + PAGE / 2), PAGE);
}

static void pages_from_every_side_make_one_list(void **state)
{
    (void)state;
    struct http_feed *feed = http_feed_new();
    for (size_t i = 0; i < PAGES; i++) /* 7 and 1000 have no common divisor: every page once, out of order */
        add_page(feed, i * 7 % PAGES);
    size_t count;
    const struct feed_row *const *rows = http_feed_rows(feed, &count);
    assert_int_equal(count, PAGE * PAGES);
    for (size_t i = 1; i < count; i++)
        assert_true(text_cmp(rows[i - 1]->row.id, rows[i]->row.id) > 0);
    for (size_t i = 0; i < count; i += 997)
        assert_ptr_equal(http_feed_find(feed, rows[i]->row.id), rows[i]);
    assert_stretch(feed, 0, 0, PAGE * PAGES / 2);
    http_feed_free(feed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_feed_knows_nothing),
        cmocka_unit_test(a_row_tells_what_the_run_tells),
        cmocka_unit_test(what_is_null_stays_null),
        cmocka_unit_test(long_code_is_cut),
        cmocka_unit_test(ties_stand_by_id_downwards),
        cmocka_unit_test(what_an_answer_leaves_out_is_taken_out),
        cmocka_unit_test(an_answer_without_a_range_claims_nothing),
        cmocka_unit_test(a_run_that_moved_is_one_row),
        cmocka_unit_test(the_newest_copy_wins),
        cmocka_unit_test(a_run_twice_in_an_answer_is_one_row),
        cmocka_unit_test(every_change_is_seen_and_nothing_else),
        cmocka_unit_test(stretches_join_where_they_touch),
        cmocka_unit_test(gaps_are_what_lies_between),
        cmocka_unit_test(the_ends_of_time_hold),
        cmocka_unit_test(trimming_forgets_the_farthest),
        cmocka_unit_test(trimming_beside_the_rows),
        cmocka_unit_test(trimming_within_one_millisecond),
        cmocka_unit_test(trimming_at_the_ends_of_time),
        cmocka_unit_test(pages_from_every_side_make_one_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
