/*
 * The list under the hands of a person: what a key selects, what arriving rows move and what they must not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/fake_screen.h"

static void the_newest_is_selected_first(void **state)
{
    assert_string_equal(fake_selected(*state), "run-00999");
    assert_int_equal(fake_line(*state), 0);
}

static void a_held_arrow_goes_through_the_whole_list(void **state)
{
    struct fake_screen *fake = *state;
    fake_keys(fake, "Down", 700);
    assert_string_equal(fake_selected(fake), "run-00299");
    fake_keys(fake, "Down", 700);
    assert_string_equal(fake_selected(fake), "run-00000");
    fake_keys(fake, "Up", 999);
    assert_string_equal(fake_selected(fake), "run-00999");
    fake_keys(fake, "Up", 5);
    assert_string_equal(fake_selected(fake), "run-00999");
}

static void pages_move_by_what_is_shown(void **state)
{
    struct fake_screen *fake = *state;
    size_t page = state_list_capacity(&fake->state);
    char want[32];
    fake_keys(fake, "PgDn", 3);
    snprintf(want, sizeof want, "run-%05zu", 999 - 3 * page);
    assert_string_equal(fake_selected(fake), want);
    fake_keys(fake, "PgUp", 3);
    assert_string_equal(fake_selected(fake), "run-00999");
}

static void memory_stays_a_window(void **state)
{
    struct fake_screen *fake = *state;
    fake_keys(fake, "PgDn", 30);
    size_t count;
    state_rows(&fake->state, &count);
    assert_true(count <= 6 * state_list_capacity(&fake->state));
}

static void end_and_home_jump(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "End");
    assert_string_equal(fake_selected(fake), "run-00000");
    assert_int_equal(fake_line(fake), (long)state_list_capacity(&fake->state) - 1);
    fake_key(fake, "Home");
    assert_string_equal(fake_selected(fake), "run-00999");
}

/* A source that does not answer: every key still moves what is there, and the rest is caught up with. */
static void a_slow_source_does_not_lose_key_presses(void **state)
{
    struct fake_screen *fake = *state;
    fake->holds = true;
    size_t count;
    state_rows(&fake->state, &count);
    fake_keys(fake, "Down", (int)count - 1);
    char want[32];
    snprintf(want, sizeof want, "run-%05zu", 999 - (count - 1));
    assert_string_equal(fake_selected(fake), want);
    fake_keys(fake, "Down", 25);
    assert_string_equal(fake_selected(fake), want);
    fake_answer(fake);
    snprintf(want, sizeof want, "run-%05zu", 999 - (count - 1) - 25);
    assert_string_equal(fake_selected(fake), want);
}

static void next_failed_looks_beyond_the_window(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "e");
    assert_string_equal(fake_selected(fake), "run-00993");
    fake_keys(fake, "e", 20);
    assert_string_equal(fake_selected(fake), "run-00793");
    fake_key(fake, "E");
    assert_string_equal(fake_selected(fake), "run-00803");
    fake_keys(fake, "E", 30);
    assert_string_equal(fake_selected(fake), "run-00993");
    assert_true(fake->state.message_until > 0);
}

static void arriving_rows_do_not_move_the_selection(void **state)
{
    struct fake_screen *fake = *state;
    fake_keys(fake, "Down", 10);
    fake_key(fake, "j");
    fake_keys(fake, "Down", 3);
    long line = fake_line(fake);
    fake_arrive(fake, 40);
    assert_string_equal(fake_selected(fake), "run-00986");
    assert_int_equal(fake_line(fake), line);
    assert_int_equal(state_list(&fake->state)->new_count, 40);
}

static void at_the_top_live_follows(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "j");
    fake_arrive(fake, 3);
    assert_string_equal(fake_selected(fake), "run-01002");
    assert_int_equal(fake_line(fake), 0);
}

static void an_open_drawer_keeps_its_run(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "j");
    fake_key(fake, "Enter");
    fake_arrive(fake, 3);
    assert_string_equal(fake_selected(fake), "run-00999");
}

/* The same id may stand in two scopes: the drawer shows the row that is selected. */
static void a_run_of_another_scope_is_another_run(void **state)
{
    struct fake_screen *fake = *state;
    snprintf(fake->ids[1], sizeof fake->ids[1], "%s", fake->ids[0]);
    fake->rows[1].id = text_of(fake->ids[1]);
    fake->rows[1].scope_id = TEXT_LIT("other");
    fake_key(fake, "r");
    fake_key(fake, "Enter");
    const struct run *shown = &fake->state.detail.shown->detail.detail.run;
    assert_true(text_is(shown->scope_id, "scope"));
    fake->effects = 0;
    fake_key(fake, "Down");
    assert_true(fake->effects & EFFECT_ASK_DETAIL);
    assert_true(text_is(fake->state.detail.asked.scope_id, "other"));
}

static void refresh_shows_what_is_new_above(void **state)
{
    struct fake_screen *fake = *state;
    fake->count += 2;
    for (size_t i = fake->count; i-- > 2;) {
        memcpy(fake->ids[i], fake->ids[i - 2], sizeof fake->ids[i]);
        fake->rows[i] = fake->rows[i - 2];
        fake->rows[i].id = text_of(fake->ids[i]);
    }
    for (size_t i = 0; i < 2; i++) {
        snprintf(fake->ids[i], sizeof fake->ids[i], "new-%zu", i);
        fake->rows[i].id = text_of(fake->ids[i]);
        fake->rows[i].created_at += 5000;
    }
    fake_key(fake, "r");
    assert_string_equal(fake_selected(fake), "run-00999");
    assert_int_equal(fake->state.list.top, 0);
}

static void live_keeps_everything_else(void **state)
{
    struct fake_screen *fake = *state;
    fake_keys(fake, "Down", 4);
    fake_key(fake, "j");
    assert_true(fake->state.live.is_on);
    assert_int_equal(fake->state.live.cutoff, fake->rows[0].created_at);
    fake_key(fake, "j");
    assert_false(fake->state.live.is_on);
    assert_string_equal(fake_selected(fake), "run-00995");
}

/* The divider's line costs a row: the selection must not hide below the last one. */
static void the_last_line_is_visible_with_a_divider(void **state)
{
    struct fake_screen *fake = *state;
    fake_key(fake, "j");
    fake_arrive(fake, 2);
    for (int i = 0; i < 40; i++) {
        fake_key(fake, "Down");
        assert_true(fake_line(fake) >= 0);
        assert_true(fake_line(fake) < (long)state_list_capacity(&fake->state));
    }
}

/* The divider leaves one run too many for the view, and scrolling by one takes the divider away. */
static void the_last_line_is_visible_where_only_the_divider_does_not_fit(void **state)
{
    struct fake_screen *fake = *state;
    fake->count = state_list_capacity(&fake->state);
    fake_source(fake, SOURCE_CHANGED);
    fake_key(fake, "j");
    fake_key(fake, "End");
    assert_int_equal(fake->state.list.selected, fake->count - 1);
    assert_true(fake_line(fake) < (long)state_list_capacity(&fake->state));
}

static void a_vanished_run_gives_its_line_to_the_next(void **state)
{
    struct fake_screen *fake = *state;
    fake_keys(fake, "Down", 20);
    for (size_t i = 20; i + 1 < fake->count; i++) {
        memcpy(fake->ids[i], fake->ids[i + 1], sizeof fake->ids[i]);
        fake->rows[i] = fake->rows[i + 1];
        fake->rows[i].id = text_of(fake->ids[i]);
    }
    fake->count--;
    fake_source(fake, SOURCE_CHANGED);
    assert_string_equal(fake_selected(fake), "run-00978");
}

static void an_empty_list_takes_every_key(void **state)
{
    (void)state;
    struct fake_screen *fake = fake_screen_new(80, 24, 0);
    static const char *const keys[] = {"Down", "Up", "PgDn",  "PgUp", "Home", "End",
                                       "e",    "E",  "Enter", "y",    "Tab",  "j"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        fake_key(fake, keys[i]);
    assert_string_equal(fake_selected(fake), "");
    fake_screen_free(fake);
}

/* ---- a search that pauses ---- */

static void pause_after(struct fake_screen *fake, size_t looked_at)
{
    fake->is_partial = fake->is_paused = true;
    fake->looked_at = looked_at;
    fake_source(fake, SOURCE_CHANGED);
}

static void a_search_that_pauses_is_left_alone(void **state)
{
    struct fake_screen *fake = *state;
    pause_after(fake, 20); /* fewer rows than the view shows: nothing is asked for the empty lines */
    unsigned asked = fake->list_questions;
    fake_resize(fake, 121, 40);
    for (int i = 0; i < 20; i++)
        fake_source(fake, SOURCE_PROGRESS);
    fake_keys(fake, "Down", 3);
    fake_keys(fake, "Up", 3);
    assert_in_range(fake->list_questions, asked, asked + 6); /* one for a key at most */
    fake_source(fake, SOURCE_PROGRESS);
    asked = fake->list_questions;
    fake_source(fake, SOURCE_PROGRESS);
    assert_int_equal(fake->list_questions, asked);
}

static const struct list_query *asked_last(const struct fake_screen *fake)
{
    assert_true(fake->question_count > 0);
    const struct request *request = fake->questions[fake->question_count - 1];
    assert_int_equal(request->lane, LANE_LIST);
    return &request->list;
}

/* The question that a key asks; another one than the last, or the search would take it for the same again. */
static enum anchor_kind anchor_of_key(struct fake_screen *fake, const char *key)
{
    enum anchor_kind before = fake->state.list.anchor;
    struct row_key key_before = fake->state.list.key;
    fake->holds = true;
    fake_key(fake, key);
    const struct list_query *query = asked_last(fake);
    enum anchor_kind anchor = query->anchor;
    assert_true(anchor != before || query->key.created_at != key_before.created_at);
    fake->holds = false;
    unsigned asked = fake->list_questions;
    fake_answer(fake);
    assert_int_equal(fake->list_questions, asked); /* nothing is asked by itself */
    return anchor;
}

static void behind_its_last_row_it_looks_further(void **state)
{
    struct fake_screen *fake = *state;
    pause_after(fake, 100);
    fake_keys(fake, "Down", 99);
    assert_string_equal(fake_selected(fake), "run-00900");
    for (int i = 0; i < 3; i++) {
        anchor_of_key(fake, i == 1 ? "PgDn" : "Down");
        assert_string_equal(fake_selected(fake), "run-00900");
    }
    fake->holds = true;
    fake_keys(fake, "Down", 3);
    fake->looked_at = 400;
    fake->holds = false;
    fake_answer(fake);
    assert_string_equal(fake_selected(fake), "run-00897"); /* as far as it was pressed */
    assert_int_equal(anchor_of_key(fake, "End"), ANCHOR_LAST);
    assert_string_equal(fake_selected(fake), "run-00600");
    assert_int_equal(anchor_of_key(fake, "End"), ANCHOR_KEY);
    fake->is_partial = fake->is_paused = false;
    fake->looked_at = 0;
    fake_key(fake, "End");
    assert_string_equal(fake_selected(fake), "run-00000");
}

static void a_search_without_rows_looks_further_too(void **state)
{
    struct fake_screen *fake = *state;
    fake->is_partial = fake->is_paused = true;
    fake->looked_at = 100;
    fake_filter(fake, "id:run-00437");
    assert_string_equal(fake_selected(fake), "");
    fake->looked_at = 200;
    assert_int_equal(anchor_of_key(fake, "Down"), ANCHOR_TIME);
    assert_int_equal(anchor_of_key(fake, "PgDn"), ANCHOR_TIME);
    assert_string_equal(fake_selected(fake), "");
    fake_key(fake, "Up");
    fake->looked_at = 800;
    fake_key(fake, "PgDn");
    assert_string_equal(fake_selected(fake), "run-00437");
}

static void a_search_in_another_order_looks_further_too(void **state)
{
    struct fake_screen *fake = *state;
    fake->is_partial = fake->is_paused = true;
    fake->looked_at = 100;
    fake->state.sort = (struct sort){SORT_DURATION, false};
    fake_filter(fake, "id:run-00437");
    assert_int_equal(anchor_of_key(fake, "PgDn"), ANCHOR_LAST);
    assert_int_equal(anchor_of_key(fake, "PgDn"), ANCHOR_FIRST);
}

/* While durations are read, the longest is the longest so far, and whoever asked for the longest sees the next one that is longer. */
static void the_first_so_far_is_followed_while_an_order_is_found(void **state)
{
    struct fake_screen *fake = *state;
    fake->is_partial = true;
    fake_key(fake, "s");
    fake_keys(fake, "Down", 2);
    fake_key(fake, "Enter");
    assert_int_equal(fake->state.sort.field, SORT_DURATION);
    fake->holds = true;
    fake_source(fake, SOURCE_PROGRESS);
    assert_int_equal(asked_last(fake)->anchor, ANCHOR_FIRST);
    fake->holds = false;
    fake_answer(fake);
    fake_keys(fake, "Down", 3);
    fake->holds = true;
    fake_source(fake, SOURCE_PROGRESS);
    assert_int_equal(asked_last(fake)->anchor, ANCHOR_KEY);
}

static void a_failed_run_behind_a_pause_is_not_waited_for(void **state)
{
    struct fake_screen *fake = *state;
    pause_after(fake, 5);
    fake_key(fake, "e");
    assert_false(fake->state.list.is_seeking);
    assert_true(fake_shows(fake, "no failed run below this one, as far as the search came"));
    unsigned asked = fake->list_questions;
    fake_source(fake, SOURCE_PROGRESS);
    assert_int_equal(fake->list_questions, asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_CASE(the_newest_is_selected_first),
        FAKE_CASE(a_held_arrow_goes_through_the_whole_list),
        FAKE_CASE(pages_move_by_what_is_shown),
        FAKE_CASE(memory_stays_a_window),
        FAKE_CASE(end_and_home_jump),
        FAKE_CASE(a_slow_source_does_not_lose_key_presses),
        FAKE_CASE(a_search_that_pauses_is_left_alone),
        FAKE_CASE(behind_its_last_row_it_looks_further),
        FAKE_CASE(a_search_without_rows_looks_further_too),
        FAKE_CASE(a_search_in_another_order_looks_further_too),
        FAKE_CASE(the_first_so_far_is_followed_while_an_order_is_found),
        FAKE_CASE(a_failed_run_behind_a_pause_is_not_waited_for),
        FAKE_CASE(next_failed_looks_beyond_the_window),
        FAKE_CASE(arriving_rows_do_not_move_the_selection),
        FAKE_CASE(at_the_top_live_follows),
        FAKE_CASE(an_open_drawer_keeps_its_run),
        FAKE_CASE(a_run_of_another_scope_is_another_run),
        FAKE_CASE(refresh_shows_what_is_new_above),
        FAKE_CASE(live_keeps_everything_else),
        FAKE_CASE(the_last_line_is_visible_with_a_divider),
        FAKE_CASE(the_last_line_is_visible_where_only_the_divider_does_not_fit),
        FAKE_CASE(a_vanished_run_gives_its_line_to_the_next),
        FAKE_CASE(an_empty_list_takes_every_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
