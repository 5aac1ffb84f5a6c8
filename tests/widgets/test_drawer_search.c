/*
 * The search: every part of a tab is found in, folded or not, around the ends, and what hides a hit is opened.
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

static void open_run(struct detail_reply (*run)(struct arena *arena), enum drawer_tab tab)
{
    if (bench)
        drawer_bench_free(bench);
    bench = drawer_bench_new(run);
    drawer_set_tab(bench->drawer, tab);
    drawer_bench_look(bench, 78, 30);
}

static int setup(void **state)
{
    (void)state;
    sample_run_locale();
    open_run(sample_run, TAB_PROPERTIES);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    drawer_bench_free(bench);
    bench = NULL;
    return 0;
}

static const char *cursor_text(void)
{
    drawer_bench_look(bench, 78, 30);
    for (int y = 0; y < 30; y++)
        if (bench->surface.cells[y * 78].style.ground == GROUND_SELECTED)
            return surface_line(&bench->surface, y);
    return "";
}

static bool cursor_is_on(const char *words)
{
    return strstr(cursor_text(), words);
}

static int matches_shown(void)
{
    int count = 0;
    for (int i = 0; i < 78 * 30; i++)
        count += bench->surface.cells[i].style.ink == INK_MATCH;
    return count;
}

static void search(const char *text)
{
    drawer_search(bench->drawer, text_of(text));
}

static void every_kind_of_row_is_found(void **state)
{
    (void)state;
    static const char *const words[] = {"12ab34",           "SECONDARY rate", "executor-runtime",
                                        "customer decides", "desktop",        "postMessage"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        search(words[i]);
        cursor_text();
        assert_true(matches_shown() >= (int)strlen(words[i]));
    }
    search("created");
    assert_false(drawer_search_step(bench->drawer, 1));
}

static void a_hit_opens_what_hides_it(void **state)
{
    (void)state;
    drawer_fold_all(bench->drawer);
    search("customer");
    assert_true(cursor_is_on("// the customer decides"));
    assert_false(surface_shows(&bench->surface, "HTTP 403"));
    open_run(sample_run, TAB_CALLS);
    search("retry after");
    assert_true(cursor_is_on("retry after 41s"));
    assert_true(surface_shows(&bench->surface, "▾ error"));
}

static void folded_json_is_opened_to_the_hit(void **state)
{
    (void)state;
    open_run(sample_run_completed, TAB_PROPERTIES);
    search("9007199254740993");
    for (int i = 0; i < 2; i++) {
        assert_true(cursor_is_on(i ? "\"items\"" : "9007199254740993"));
        drawer_unfold(bench->drawer);
        assert_true(cursor_is_on("{ … }") || i);
        drawer_move(bench->drawer, -1);
    }
    assert_false(surface_shows(&bench->surface, "9007199254740993"));
    search("9007199254740993");
    assert_true(cursor_is_on("9007199254740993"));
    search("line two");
    assert_true(cursor_is_on("line two"));
}

static void code_beyond_what_is_shown_is_found(void **state)
{
    (void)state;
    struct buf code;
    buf_init(&code, 10000);
    for (int i = 1; i <= 100; i++)
        buf_printf(&code, "line(%d);\n", i);
    bench->detail.detail.run.code = buf_as_text(&code);
    drawer_bench_reread(bench);
    search("line(77)");
    assert_true(cursor_is_on("77  line(77);"));
    bench->detail.detail.run.code = TEXT_NULL;
    drawer_bench_reread(bench);
    buf_release(&code);
}

static void next_and_previous_go_round(void **state)
{
    (void)state;
    open_run(sample_run, TAB_CALLS);
    search("github.issues.get");
    assert_true(cursor_is_on("488ms"));
    assert_true(drawer_search_step(bench->drawer, 1));
    assert_true(cursor_is_on("731ms"));
    assert_true(drawer_search_step(bench->drawer, 1));
    assert_true(cursor_is_on("488ms"));
    assert_true(drawer_search_step(bench->drawer, -1));
    assert_true(cursor_is_on("731ms"));
    assert_true(drawer_search_step(bench->drawer, -1));
    assert_true(cursor_is_on("488ms"));
}

static void a_hit_at_the_cursor_counts_while_typing(void **state)
{
    (void)state;
    open_run(sample_run, TAB_CALLS);
    search("g");
    assert_true(cursor_is_on("github.issues.list"));
    search("github.issues.g");
    assert_true(cursor_is_on("488ms"));
    search("github.issues.get");
    assert_true(cursor_is_on("488ms"));
}

static void steps_visit_every_hit_once(void **state)
{
    (void)state;
    open_run(sample_run, TAB_CALLS);
    search("4812");
    int hits = 0;
    assert_true(cursor_is_on("\"number\": 4812"));
    do {
        assert_true(drawer_search_step(bench->drawer, 1));
        assert_true(cursor_is_on("\"number\": 4812"));
        hits++;
    } while (hits < 6);
    drawer_to_edge(bench->drawer, false);
    cursor_text();
    assert_int_equal(matches_shown() % 4, 0);
}

static void no_match_leaves_the_cursor(void **state)
{
    (void)state;
    drawer_move(bench->drawer, 4);
    char before[256];
    snprintf(before, sizeof before, "%s", cursor_text());
    search("not there at all");
    assert_string_equal(cursor_text(), before);
    assert_false(drawer_search_step(bench->drawer, 1));
    assert_int_equal(matches_shown(), 0);
}

static void an_empty_search_ends_it(void **state)
{
    (void)state;
    search("403");
    cursor_text();
    assert_true(matches_shown() > 0);
    assert_int_equal(drawer_search_text(bench->drawer).n, 3);
    search("");
    cursor_text();
    assert_int_equal(matches_shown(), 0);
    assert_int_equal(drawer_search_text(bench->drawer).n, 0);
    assert_false(drawer_search_step(bench->drawer, 1));
}

static void the_log_is_searched_as_it_is_filtered(void **state)
{
    (void)state;
    open_run(sample_run, TAB_LOGS);
    search("4812");
    assert_true(cursor_is_on("first"));
    assert_true(surface_shows(&bench->surface, "\"number\": 4812"));
    assert_true(matches_shown() == 4);
    drawer_move(bench->drawer, 2);
    assert_true(drawer_search_step(bench->drawer, 1));
    assert_true(cursor_is_on("first"));
    drawer_next_log_level(bench->drawer);
    drawer_next_log_level(bench->drawer);
    assert_false(drawer_search_step(bench->drawer, 1));
    search("giving");
    assert_true(cursor_is_on("giving up"));
}

static void a_search_stays_for_the_next_run(void **state)
{
    (void)state;
    search("billing");
    bench->detail.detail.run.id = text_of("another");
    drawer_bench_reread(bench);
    cursor_text();
    assert_true(matches_shown() == 7);
    assert_true(drawer_search_step(bench->drawer, 1));
    assert_true(cursor_is_on("billing"));
}

static void a_hit_deep_in_a_long_line_is_brought_into_sight(void **state)
{
    (void)state;
    char *code = malloc(20001);
    memset(code, 'a', 20000);
    memcpy(code + 15000, "needle", 6);
    code[20000] = '\0';
    bench->detail.detail.run.code = text_of(code);
    drawer_bench_reread(bench);
    search("needle");
    cursor_text();
    assert_int_equal(matches_shown(), 6);
    bench->detail.detail.run.code = TEXT_NULL;
    drawer_bench_reread(bench);
    free(code);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
        T(every_kind_of_row_is_found),       T(a_hit_opens_what_hides_it),
        T(folded_json_is_opened_to_the_hit), T(code_beyond_what_is_shown_is_found),
        T(next_and_previous_go_round),       T(a_hit_at_the_cursor_counts_while_typing),
        T(steps_visit_every_hit_once),       T(no_match_leaves_the_cursor),
        T(an_empty_search_ends_it),          T(the_log_is_searched_as_it_is_filtered),
        T(a_search_stays_for_the_next_run),  T(a_hit_deep_in_a_long_line_is_brought_into_sight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
