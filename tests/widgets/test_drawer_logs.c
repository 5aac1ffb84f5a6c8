/*
 * The log: levels, entries of several lines, JSON in an entry.
 */
#include "tests/support/golden.h"
#include "tests/support/sample_run.h"
#include "tests/support/surface_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct drawer_bench *bench;
static char *bench_log; /* that was made for a test; NULL: none */

static int setup(void **state)
{
    (void)state;
    sample_run_locale();
    bench = drawer_bench_new(sample_run);
    drawer_set_tab(bench->drawer, TAB_LOGS);
    drawer_bench_look(bench, 78, 30);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    drawer_bench_free(bench);
    free(bench_log);
    bench_log = NULL;
    return 0;
}

static void look(void)
{
    drawer_bench_look(bench, 78, 30);
}

static const char *line(int y)
{
    return surface_line(&bench->surface, y);
}

static bool shows(const char *words)
{
    return surface_shows(&bench->surface, words);
}

static bool cursor_is_on(const char *words)
{
    for (int y = 0; y < 30; y++)
        if (bench->surface.cells[y * 78].style.ground == GROUND_SELECTED)
            return strstr(line(y), words);
    return false;
}

static void set_log(const char *json)
{
    bench->detail.detail.run.logs_json = text_of(json);
    drawer_bench_reread(bench);
    look();
}

static void pictures(void **state)
{
    (void)state;
    drawer_move(bench->drawer, 2);
    drawer_unfold(bench->drawer);
    look();
    golden_check(&bench->surface, "drawer-logs-78x30");
    bench->surface.ascii = true;
    drawer_bench_look(bench, 60, 24);
    golden_check(&bench->surface, "drawer-logs-ascii-60x24");
}

static void levels_go_round(void **state)
{
    (void)state;
    assert_true(strstr(line(3), "all 6 · info+ 4 · warn+ 3 · errors 2"));
    assert_int_equal(surface_style(&bench->surface, 3, "all").ink, INK_STRONG);
    drawer_next_log_level(bench->drawer);
    look();
    assert_int_equal(surface_style(&bench->surface, 3, "info").ink, INK_STRONG);
    assert_true(!shows("cache miss") && !shows("12 issues") && shows("first"));
    drawer_next_log_level(bench->drawer);
    look();
    assert_true(!shows("first") && shows("3 requests left"));
    drawer_next_log_level(bench->drawer);
    look();
    assert_true(!shows("3 requests left") && shows("HTTP 403") && shows("at update"));
    drawer_next_log_level(bench->drawer);
    look();
    assert_true(shows("cache miss"));
}

static void the_cursor_keeps_its_entry_when_the_level_changes(void **state)
{
    (void)state;
    drawer_move(bench->drawer, 3);
    look();
    assert_true(cursor_is_on("3 requests left"));
    drawer_next_log_level(bench->drawer);
    look();
    assert_true(cursor_is_on("3 requests left"));
    drawer_next_log_level(bench->drawer);
    drawer_next_log_level(bench->drawer);
    drawer_next_log_level(bench->drawer);
    look();
    assert_true(strstr(line(3), "all"));
}

static void levels_are_told_by_word_and_colour(void **state)
{
    (void)state;
    assert_int_equal(surface_style(&bench->surface, 8, "error").ink, INK_FAILED);
    assert_int_equal(surface_style(&bench->surface, 7, "warn").ink, INK_WARN);
    assert_int_equal(surface_style(&bench->surface, 9, "at update").ink, INK_MUTED);
    assert_false(strstr(line(9), "error"));
}

static void an_entry_with_json_is_one_line_until_it_is_unfolded(void **state)
{
    (void)state;
    assert_true(strstr(line(6), "info  ▸ first {\"number\":4812,\"state\":\"open\"}"));
    drawer_move(bench->drawer, 2);
    drawer_unfold(bench->drawer);
    look();
    assert_true(strstr(line(6), "info  ▾ first "));
    assert_false(strstr(line(6), "4812"));
    assert_true(shows("\"number\": 4812,"));
    drawer_move(bench->drawer, 2);
    drawer_unfold(bench->drawer);
    look();
    assert_true(shows("{ … }  ▸ 2 keys"));
    drawer_bench_reread(bench);
    look();
    assert_true(shows("{ … }  ▸ 2 keys"));
    drawer_move(bench->drawer, -1);
    drawer_unfold(bench->drawer);
    look();
    assert_true(strstr(line(6), "info  ▸ first"));
}

static void a_long_entry_with_json_is_cut_until_it_is_unfolded(void **state)
{
    (void)state;
    set_log("[\"[info] 0123456789 0123456789 0123456789 0123456789 {\\\"a\\\":\\\"0123456789\\\"}\",\"[log] "
            "next\"]");
    drawer_bench_look(bench, 45, 30);
    assert_true(strstr(surface_line(&bench->surface, 4), "…"));
    assert_true(strstr(surface_line(&bench->surface, 5), "next"));
    drawer_unfold(bench->drawer);
    drawer_bench_look(bench, 45, 30);
    assert_true(shows("\"a\": \"0123456789\""));
}

static void what_only_looks_like_json_is_shown_whole(void **state)
{
    (void)state;
    set_log("[\"[info] 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 "
            "{x]\",\"[log] {}}\"]");
    assert_true(strstr(line(4), "…"));
    drawer_unfold(bench->drawer);
    look();
    assert_true(shows("{x]"));
    drawer_move(bench->drawer, 5);
    drawer_unfold(bench->drawer);
    look();
    assert_true(shows("{}}"));
}

static void all_entries_unfold_at_once(void **state)
{
    (void)state;
    set_log("[\"[info] a {\\\"x\\\":1}\",\"[log] plain\",\"[warn] b [2]\"]");
    drawer_fold_all(bench->drawer);
    look();
    assert_true(shows("\"x\": 1") && shows("▾ b"));
    drawer_fold_all(bench->drawer);
    look();
    assert_true(shows("a {\"x\":1}") && shows("b [2]"));
}

static void an_object_for_a_log_is_shown_and_unfolds(void **state)
{
    (void)state;
    set_log("{\"a\":{\"b\":[1,2,3]}}");
    assert_true(shows("not a log that can be read"));
    drawer_move(bench->drawer, 1);
    drawer_unfold(bench->drawer);
    look();
    assert_true(shows("\"b\": [ 1, 2, 3 ]"));
}

static void no_log_is_told(void **state)
{
    (void)state;
    bench->detail.detail.run.logs_json = TEXT_NULL;
    drawer_bench_reread(bench);
    look();
    assert_true(shows("This run logged nothing."));
    set_log("[\"[debug] only this\"]");
    drawer_next_log_level(bench->drawer);
    look();
    assert_true(shows("No entry of this level."));
}

static void the_log_of_an_open_run_is_still_to_come(void **state)
{
    (void)state;
    bench->detail.detail.run.logs_json = TEXT_NULL;
    bench->detail.detail.run.status = TEXT_LIT("running");
    drawer_bench_reread(bench);
    look();
    assert_true(shows("No log yet: it may come only when the run ends."));
    set_log("[]");
    assert_true(shows("This run logged nothing."));
}

/* Forty lines, and so many more. */
static void set_lines(int count)
{
    struct buf json;
    buf_init(&json, 1 << 16);
    for (int i = 0; i < count; i++)
        buf_printf(&json, "%s\"[log] entry %d.\"", i ? "," : "[", i);
    buf_char(&json, ']');
    bench->detail.detail.run.status = TEXT_LIT("running");
    char *text = buf_take(&json);
    set_log(text);
    free(bench_log);
    bench_log = text;
}

static void a_place_in_a_log_that_grows_stays(void **state)
{
    (void)state;
    set_lines(40);
    drawer_move(bench->drawer, 35);
    look();
    assert_true(cursor_is_on("entry 35."));
    char *before = strdup(line(8));
    set_lines(60);
    assert_true(cursor_is_on("entry 35."));
    assert_memory_equal(line(8), before, 70); /* but for the scroll bar */
    free(before);
}

static void the_end_of_a_log_that_grows_is_followed(void **state)
{
    (void)state;
    set_lines(40);
    drawer_to_edge(bench->drawer, true);
    set_lines(60);
    assert_true(cursor_is_on("entry 59."));
    set_lines(61);
    assert_true(cursor_is_on("entry 60."));
    drawer_move(bench->drawer, -1);
    set_lines(90);
    assert_true(cursor_is_on("entry 59."));
}

static void folds_go_when_the_log_is_another(void **state)
{
    (void)state;
    drawer_move(bench->drawer, 2);
    drawer_unfold(bench->drawer);
    set_log("[\"[log] a\",\"[log] b\",\"[log] c {\\\"number\\\":1}\"]");
    assert_true(shows("▸ c {\"number\":1}"));
    set_log("[]");
    assert_true(shows("This run logged nothing."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
        T(pictures),
        T(levels_go_round),
        T(the_cursor_keeps_its_entry_when_the_level_changes),
        T(levels_are_told_by_word_and_colour),
        T(an_entry_with_json_is_one_line_until_it_is_unfolded),
        T(a_long_entry_with_json_is_cut_until_it_is_unfolded),
        T(what_only_looks_like_json_is_shown_whole),
        T(all_entries_unfold_at_once),
        T(an_object_for_a_log_is_shown_and_unfolds),
        T(no_log_is_told),
        T(the_log_of_an_open_run_is_still_to_come),
        T(a_place_in_a_log_that_grows_stays),
        T(the_end_of_a_log_that_grows_is_followed),
        T(folds_go_when_the_log_is_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
