/*
 * Changing the filter, the order and the scope: undo and redo, and what becomes of the selected run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/fake_screen.h"
#include "tests/support/samples.h"
#include "tests/support/surface_text.h"

static void expect_filter(struct fake_screen *fake, const char *line)
{
    char text[FILTER_TEXT_MAX];
    assert_string_equal(fake_line_of_filter(fake, text), line);
}

static void undo_and_redo_walk_through_the_changes(void **state)
{
    struct fake_screen *fake = *state;
    fake_filter(fake, "status:failed");
    fake_key(fake, "/");
    fake_type(fake, "trigger:http");
    fake_key(fake, "Enter");
    expect_filter(fake, "status:failed trigger:http");
    fake_key(fake, "u");
    expect_filter(fake, "status:failed");
    fake_key(fake, "u");
    expect_filter(fake, "");
    fake_key(fake, "u");
    expect_filter(fake, "");
    assert_string_equal(fake->state.message, "nothing to undo");
    fake_keys(fake, "U", 2);
    expect_filter(fake, "status:failed trigger:http");
    fake_key(fake, "U");
    assert_string_equal(fake->state.message, "nothing to redo");
}

static void the_list_and_the_counts_follow_undo(void **state)
{
    struct fake_screen *fake = *state;
    fake_filter(fake, "status:failed");
    assert_int_equal(state_meta(&fake->state)->filtered.n, 100);
    assert_int_equal(state_list(&fake->state)->total.n, 100);
    fake_key(fake, "u");
    assert_int_equal(state_meta(&fake->state)->filtered.n, 1000);
    assert_int_equal(state_list(&fake->state)->total.n, 1000);
}

static void clearing_is_a_change_like_any_other(void **state)
{
    struct fake_screen *fake = *state;
    fake_filter(fake, "status:failed");
    fake_key(fake, "X");
    expect_filter(fake, "");
    fake_key(fake, "u");
    expect_filter(fake, "status:failed");
}

static void clearing_nothing_is_no_change(void **state)
{
    struct fake_screen *fake = *state;
    fake->effects = 0;
    fake_key(fake, "X");
    assert_int_equal(fake->effects, 0);
    fake_key(fake, "u");
    assert_string_equal(fake->state.message, "nothing to undo");
}

static void a_run_that_still_matches_stays_selected(void **state)
{
    struct fake_screen *fake = *state;
    fake_keys(fake, "Down", 36);
    assert_string_equal(fake_selected(fake), "run-00963");
    fake_filter(fake, "status:failed");
    assert_string_equal(fake_selected(fake), "run-00963");
    fake_key(fake, "u");
    assert_string_equal(fake_selected(fake), "run-00963");
}

static void a_run_that_no_longer_matches_gives_way_to_its_neighbour(void **state)
{
    struct fake_screen *fake = *state;
    fake_keys(fake, "Down", 31);
    assert_string_equal(fake_selected(fake), "run-00968");
    fake_filter(fake, "status:failed");
    assert_string_equal(fake_selected(fake), "run-00963");
}

static void at_the_top_the_first_match_is_selected(void **state)
{
    struct fake_screen *fake = *state;
    fake_filter(fake, "status:failed");
    assert_string_equal(fake_selected(fake), "run-00993");
    assert_int_equal(fake_line(fake), 0);
}

static void choose_order(struct fake_screen *fake, int line)
{
    fake_key(fake, "s");
    fake_key(fake, "Home");
    fake_keys(fake, "Down", line);
    fake_key(fake, "Enter");
    assert_int_equal(fake->state.overlay, OVERLAY_NONE);
}

/* A run that is being read stays; else the other order is shown from its beginning. */
static void another_order_keeps_the_open_run(void **state)
{
    struct fake_screen *fake = *state;
    fake_keys(fake, "Down", 36);
    fake_key(fake, "Enter");
    for (int order = 3; order >= 0; order--) {
        choose_order(fake, order);
        assert_string_equal(fake_selected(fake), "run-00963");
        assert_int_equal(fake->state.sort.field, order < 2 ? SORT_CREATED : SORT_DURATION);
        assert_int_equal(fake->state.sort.is_ascending, order % 2);
    }
}

static void another_order_begins_at_its_top(void **state)
{
    struct fake_screen *fake = *state;
    fake_keys(fake, "Down", 36);
    choose_order(fake, 1);
    assert_string_equal(fake_selected(fake), "run-00000");
}

/* The rows of the older filter stay until the new ones are there, and no key is lost meanwhile. */
static void old_rows_stay_until_the_answer(void **state)
{
    struct fake_screen *fake = *state;
    fake->holds = true;
    fake_filter(fake, "status:failed");
    assert_true(fake->state.list.is_of_older_filter);
    fake_keys(fake, "Down", 2);
    assert_string_equal(fake_selected(fake), "run-00997");
    fake_answer(fake);
    assert_false(fake->state.list.is_of_older_filter);
    assert_int_equal(state_list(&fake->state)->total.n, 100);
    assert_string_equal(fake_selected(fake), "run-00993");
}

static void an_older_answer_does_not_replace_a_newer_one(void **state)
{
    struct fake_screen *fake = *state;
    fake->holds = true;
    fake_filter(fake, "status:failed");
    fake_filter(fake, "status:running");
    while (fake->question_count)
        fake_answer_at(fake, fake->question_count - 1, ERR_OK);
    assert_int_equal(state_list(&fake->state)->total.n, 20);
    assert_int_equal(state_meta(&fake->state)->filtered.n, 20);
}

/* Counting may take longer than the time between two changes of the data: it must come to an end all the same. */
static void a_count_that_is_out_is_not_overtaken_by_news(void **state)
{
    struct fake_screen *fake = *state;
    fake->holds = true;
    fake_filter(fake, "status:failed");
    uint64_t asked = fake->state.meta.generation;
    for (int i = 0; i < 5; i++)
        fake_source(fake, SOURCE_PROGRESS | SOURCE_CHANGED);
    assert_int_equal(fake->state.meta.generation, asked);
    fake_answer(fake);
    assert_true(fake->state.meta.generation > asked);
    assert_false(fake->state.meta.is_asking);
}

static void no_match_says_what_to_widen(void **state)
{
    struct fake_screen *fake = *state;
    fake_filter(fake, "code:nowhere");
    assert_string_equal(fake_selected(fake), "");
    assert_true(fake_shows(fake, "no run matches"));
    fake_key(fake, "u");
    assert_string_equal(fake_selected(fake), "run-00999");
}

static int line_of(const struct surface *surface, const char *words)
{
    for (int y = 0; y < surface->height; y++)
        if (strstr(surface_line(surface, y), words))
            return y;
    fail_msg("nowhere: %s", words);
    return 0;
}

/* A filter that cannot be asked for leaves what is of the one before, and it is seen to be. */
static void what_is_of_an_older_filter_is_dim_also_after_a_failure(void **state)
{
    struct fake_screen *fake = *state;
    fake->fails = ERR_IO;
    fake_filter(fake, "status:cancelled");
    assert_true(fake_shows(fake, "… of 1,000 runs"));
    assert_in_range(state_next_tick(&fake->state, fake->now), 1, STALE_MS + 1);
    fake->now += STALE_MS + 1;
    const struct surface *surface = fake_draw(fake);
    int running = line_of(surface, "running  "), counted = line_of(surface, "✗ Failed ");
    assert_int_equal(surface_style(surface, running, "running").ink, INK_MUTED);
    assert_int_equal(surface_style(surface, counted, "100").ink, INK_FAINT);
}

int main(void)
{
    sample_locale();
    const struct CMUnitTest tests[] = {
        FAKE_CASE(undo_and_redo_walk_through_the_changes),
        FAKE_CASE(the_list_and_the_counts_follow_undo),
        FAKE_CASE(clearing_is_a_change_like_any_other),
        FAKE_CASE(clearing_nothing_is_no_change),
        FAKE_CASE(a_run_that_still_matches_stays_selected),
        FAKE_CASE(a_run_that_no_longer_matches_gives_way_to_its_neighbour),
        FAKE_CASE(at_the_top_the_first_match_is_selected),
        FAKE_CASE(another_order_keeps_the_open_run),
        FAKE_CASE(another_order_begins_at_its_top),
        FAKE_CASE(old_rows_stay_until_the_answer),
        FAKE_CASE(an_older_answer_does_not_replace_a_newer_one),
        FAKE_CASE(a_count_that_is_out_is_not_overtaken_by_news),
        FAKE_CASE(no_match_says_what_to_widen),
        FAKE_CASE(what_is_of_an_older_filter_is_dim_also_after_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
