/*
 * The list: which columns a width has, where rows and the divider stand, what stands out, and whole pictures of it.
 */
#include "data/base/needle.h"
#include "tests/support/golden.h"
#include "tests/support/samples.h"
#include "tests/support/surface_text.h"
#include "widgets/list.h"
#include "widgets/list_columns.h"
#include "widgets/list_foot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

static struct arena arena;
static struct surface surface;
static struct list_model model;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    surface_init(&surface, 120, 20, false);
    model = (struct list_model){
        .rows = sample_rows(&arena, 60),
        .count = 60,
        .selected = 1,
        .is_focused = true,
        .fields = LIST_FIELDS_DEFAULT,
        .now = SAMPLE_NOW,
        .cutoff = TIME_NONE,
        .reach = TIME_NONE,
        .total = -1,
    };
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    surface_release(&surface);
    arena_release(&arena);
    return 0;
}

static void draw(int width, int height)
{
    surface_resize(&surface, width, height);
    list_draw(&surface, surface_rect(&surface), &model);
    golden_check_sound(&surface);
}

static const char *line(int y)
{
    return surface_line(&surface, y);
}

static bool shows(const char *words)
{
    return surface_shows(&surface, words);
}

static struct style style_of(int y, const char *words)
{
    return surface_style(&surface, y, words);
}

static unsigned shown_fields(int width)
{
    struct list_columns columns = list_columns_for(LIST_FIELDS_DEFAULT, width, TIME_LOCAL);
    unsigned fields = 0;
    for (int i = 0; i < LIST_FIELD_COUNT; i++)
        fields |= columns.w[i] ? 1u << i : 0;
    return fields;
}

static void test_columns_give_way_in_order(void **state)
{
    (void)state;
    static const enum list_field order[] = {FIELD_LOG, FIELD_VIA, FIELD_TOOLS};
    size_t step = 0;
    unsigned fields = LIST_FIELDS_DEFAULT;
    for (int width = 200; width >= 48 && step < 3; width--) {
        if (shown_fields(width) == fields)
            continue;
        fields &= ~(1u << order[step++]);
        assert_int_equal(shown_fields(width), fields);
    }
    assert_int_equal(step, 3);
    assert_int_equal(shown_fields(48), fields);
    assert_int_equal(shown_fields(40), 1u << FIELD_TIME | 1u << FIELD_STATUS | 1u << FIELD_CODE);
}

static void test_columns_never_overlap(void **state)
{
    (void)state;
    for (int width = 34; width < 220; width++)
        for (unsigned fields = 0; fields < 1u << LIST_FIELD_COUNT; fields += 3) {
            struct list_columns columns = list_columns_for(fields, width, TIME_LOCAL);
            int end = LIST_GLYPH_X + 1;
            for (int i = 0; i < LIST_FIELD_COUNT; i++) {
                if (!columns.w[i])
                    continue;
                assert_true(columns.x[i] > end);
                end = columns.x[i] + columns.w[i];
                assert_true(end <= width);
                assert_true(fields & 1u << i);
            }
        }
}

static void test_short_time_shows_the_date_of_another_day(void **state)
{
    (void)state;
    struct run_row *rows = sample_rows(&arena, 3);
    rows[1].created_at = SAMPLE_NOW - DAY_MS;
    rows[2].created_at = SAMPLE_NOW - 400 * DAY_MS;
    model.rows = rows;
    model.count = 3;
    draw(80, 5);
    assert_non_null(strstr(line(1), " 14:02:11.482 "));
    assert_non_null(strstr(line(2), " Nov 20 14:03 "));
    assert_non_null(strstr(line(3), " 2025-10-17 "));
}

static void test_divider_stands_before_the_cutoff(void **state)
{
    (void)state;
    model.has_divider = true;
    model.cutoff = model.rows[4].created_at;
    model.live_since = SAMPLE_NOW - 177000;
    model.new_count = 4;
    draw(90, 12);
    assert_true(list_divider_visible(&model, 12));
    assert_non_null(strstr(line(5), " live since 14:00:03 · 4 new above "));
    assert_int_equal(list_row_at(surface_rect(&surface), &model, 4), 3);
    assert_int_equal(list_row_at(surface_rect(&surface), &model, 5), -1);
    assert_int_equal(list_row_at(surface_rect(&surface), &model, 6), 4);

    model.top = 4;
    draw(90, 12);
    assert_non_null(strstr(line(1), "live since"));
    model.top = 5;
    assert_false(list_divider_visible(&model, 12));
    draw(90, 12);
    assert_false(shows("live since"));
    model.top = 0;
    assert_true(list_divider_visible(&model, 6));
    assert_false(list_divider_visible(&model, 5));
}

static void test_divider_above_all_only_at_the_lists_beginning(void **state)
{
    (void)state;
    model.has_divider = true;
    model.cutoff = model.rows[0].created_at;
    assert_true(list_divider_visible(&model, 12));
    model.rank = 7;
    assert_false(list_divider_visible(&model, 12));
    model.rank = 0;
    model.cutoff = TIME_NONE;
    assert_false(list_divider_visible(&model, 12));
}

static void test_past_rows_are_dimmed_but_failures_stay_red(void **state)
{
    (void)state;
    model.has_divider = true;
    model.cutoff = model.rows[0].created_at;
    draw(120, 8);
    assert_int_equal(style_of(2, "running").ink, INK_MUTED);
    assert_int_equal(style_of(2, "mcp").ink, INK_MUTED);
    assert_int_equal(style_of(3, "failed").ink, INK_FAILED);
    assert_int_equal(style_of(3, "41.2s").ink, INK_MUTED);
}

static void test_what_stands_out(void **state)
{
    (void)state;
    draw(120, 12);
    assert_int_equal(style_of(1, "running").ink, INK_RUNNING);
    assert_int_equal(style_of(1, "48.5s").ink, INK_MUTED);
    assert_int_equal(style_of(2, "failed").ink, INK_FAILED);
    assert_int_equal(style_of(2, "41.2s").ink, INK_FAILED);
    assert_int_equal(style_of(2, "1E").ink, INK_FAILED);
    assert_int_equal(style_of(2, "1W").ink, INK_WARN);
    assert_int_equal(style_of(3, "waiting").ink, INK_WAITING);
    assert_int_equal(style_of(5, "completed").ink, INK_MUTED);
    assert_int_equal(style_of(5, "unknown").ink, INK_MUTED);
    assert_int_equal(style_of(6, "0E").ink, INK_FAINT);
    assert_int_equal(style_of(9, "1m 03s").ink, INK_WARN);
}

static void test_age_ticks_with_now(void **state)
{
    (void)state;
    draw(120, 4);
    assert_non_null(strstr(line(1), "48.5s…"));
    model.now += 1000;
    draw(120, 4);
    assert_non_null(strstr(line(1), "49.5s…"));
    model.now = model.rows[0].started_at - 5000;
    draw(120, 4);
    assert_non_null(strstr(line(1), "0ms…"));
}

static void test_selection_is_a_ground(void **state)
{
    (void)state;
    draw(80, 6);
    for (int x = 0; x < 80; x++) {
        assert_int_equal(surface.cells[80 + x].style.ground, GROUND_DEFAULT);
        assert_int_equal(surface.cells[160 + x].style.ground, GROUND_SELECTED);
    }
    assert_int_equal(style_of(2, "14:02:02").ink, INK_DEFAULT);
    assert_int_equal(style_of(1, "14:02:11").ink, INK_MUTED);
    model.is_focused = false;
    draw(80, 6);
    assert_int_equal(surface.cells[160].style.ground, GROUND_RESTING);
}

static void test_unknown_status_keeps_its_word(void **state)
{
    (void)state;
    struct run_row *rows = sample_rows(&arena, 1);
    rows[0].status = TEXT_LIT("quarantined_by_policy");
    rows[0].trigger_kind = TEXT_LIT("webhook-relay");
    model.rows = rows;
    model.count = 1;
    draw(120, 4);
    assert_int_equal(style_of(1, "quaranti…").ink, INK_OTHER);
    assert_int_equal(style_of(1, "webhoo…").ink, INK_TRIGGER);
}

static void test_code_match_is_marked(void **state)
{
    (void)state;
    struct needle *needle = needle_new(TEXT_LIT("ISSUES"));
    model.code_match = needle;
    draw(120, 4);
    assert_int_equal(style_of(1, "issues").ink, INK_MATCH);
    needle_free(needle);
}

static void test_sort_arrow(void **state)
{
    (void)state;
    draw(120, 4);
    assert_non_null(strstr(line(0), "_time ↓"));
    model.sort = (struct sort){SORT_DURATION, true};
    draw(120, 4);
    assert_null(strstr(line(0), "_time ↓"));
    assert_non_null(strstr(line(0), "duration ↑ code"));
}

static void test_end_of_history(void **state)
{
    (void)state;
    model.is_last = true;
    model.top = 55;
    draw(80, 8);
    assert_non_null(strstr(line(6), "end of history"));
    draw(80, 6);
    assert_false(shows("end of history"));
    model.is_last = false;
    draw(80, 8);
    assert_false(shows("end of history"));
}

static void test_states_say_what_to_do(void **state)
{
    (void)state;
    model.count = 0;
    model.rows = NULL;
    model.selected = -1;
    model.phase = LIST_LOADING;
    draw(60, 10);
    assert_true(shows("loading…"));
    model.phase = LIST_SEARCHING;
    model.progress = 0.43;
    model.reach = SAMPLE_NOW - 18 * DAY_MS;
    draw(60, 10);
    assert_true(shows("searching 43% · back to Nov 03"));
    model.phase = LIST_NO_MATCH;
    model.message = "48,112 runs match without after:1h";
    draw(60, 10);
    assert_true(shows("no run matches"));
    assert_true(shows("48,112 runs match without after:1h"));
    model.phase = LIST_NO_RUNS;
    draw(60, 10);
    assert_true(shows("no runs yet"));
    model.phase = LIST_ERROR;
    model.message = "the file is not a database";
    model.hint = "r tries again";
    draw(60, 10);
    assert_true(shows("the file is not a database"));
    assert_true(shows("r tries again"));
}

/* How far a search came, in either order, and what is not known of it is not said. */
static void test_a_search_says_how_far_it_came(void **state)
{
    (void)state;
    model.count = 0;
    model.rows = NULL;
    model.phase = LIST_SEARCHING;
    model.progress = 0.12;
    model.looked_at = 1400;
    draw(80, 10);
    assert_true(shows("searching 12% · of the 1,400 newest"));
    model.reach = SAMPLE_NOW - 18 * DAY_MS;
    draw(80, 10);
    assert_true(shows("searching 12% · of the 1,400 newest · back to Nov 03"));
    model.sort.is_ascending = true;
    draw(80, 10);
    assert_true(shows("searching 12% · of the 1,400 oldest · up to Nov 03"));
    model.sort.field = SORT_DURATION; /* the rows were fetched from the newest on */
    draw(80, 10);
    assert_true(shows("of the 1,400 newest · back to Nov 03"));
    model.rows = sample_rows(&arena, 3);
    model.count = 3;
    model.rank = -1; /* from the other end on */
    draw(200, 10);
    assert_true(shows("searching 12% · of 1,400 runs · back to Nov 03"));
    model.count = 0;
    surface.ascii = true;
    draw(80, 10);
    assert_true(shows("searching 12% - of the 1,400 newest - back to Nov 03"));
}

static void test_a_search_that_rests_says_how_to_go_on(void **state)
{
    (void)state;
    model.phase = LIST_PAUSED;
    model.looked_at = 1400;
    model.reach = SAMPLE_NOW - 18 * DAY_MS;
    snprintf(model.further, sizeof model.further, "PgDn");
    assert_int_equal(list_foot_height(&model, 80, 10, false), 1);
    draw(80, 10);
    assert_non_null(strstr(line(9), "of the 1,400 newest, back to Nov 03  PgDn looks further"));
    draw(48, 10); /* the day gives way to the key */
    assert_non_null(strstr(line(9), "of the 1,400 newest  PgDn looks further"));
    model.further[0] = '\0';
    model.looked_at = 0;
    model.reach = TIME_NONE;
    draw(80, 10);
    assert_non_null(strstr(line(9), "of a part of the history"));
    model.count = 0;
    assert_int_equal(list_foot_height(&model, 80, 10, false), 0);
    draw(80, 10);
    assert_true(shows("nothing found yet"));
}

static void test_a_long_wait_is_said(void **state)
{
    (void)state;
    model.source = "localhost:4788";
    model.waited_ms = 3900;
    draw(160, 10);
    assert_non_null(strstr(line(0), "asking localhost:4788… 3 s"));
    draw(90, 10);
    assert_non_null(strstr(line(0), "asking… 3 s"));
    assert_null(strstr(line(0), "localhost"));
    model.count = 0;
    model.phase = LIST_LOADING;
    draw(90, 10);
    assert_true(shows("loading…"));
    assert_true(shows("asking localhost:4788… 3 s"));
}

static void test_a_long_error_wraps(void **state)
{
    (void)state;
    model.phase = LIST_ERROR;
    model.message = "runs.example.org answered 401 Unauthorized: it wants to know who asks, and nobody said";
    model.hint =
        "Set EXECUTOR_RUNS_TOKEN, or token_file or token_command in the config, or user_file for a password";
    snprintf(model.as_of, sizeof model.as_of, "14:02:11");
    assert_int_equal(list_foot_height(&model, 80, 24, false), 4);
    draw(80, 24);
    assert_non_null(strstr(line(20), "✗ as of 14:02:11 · runs.example.org answered 401"));
    assert_non_null(strstr(line(22), "   r tries again · Set EXECUTOR_RUNS_TOKEN"));
    assert_int_equal(list_foot_height(&model, 220, 24, false), 1 + 1);
    assert_int_equal(list_foot_height(&model, 80, 8, false), 2); /* on a small screen the rows come first */
    draw(80, 8);
    assert_non_null(strstr(line(7), "r tries again"));
    assert_int_equal(list_foot_height(&model, 80, 4, false), 1);
}

static void test_error_keeps_the_rows(void **state)
{
    (void)state;
    model.phase = LIST_ERROR;
    model.message = "the disk went away";
    draw(80, 8);
    assert_true(shows("running"));
    assert_non_null(strstr(line(7), "the disk went away  r tries again"));
}

static void test_stays_inside_its_rect(void **state)
{
    (void)state;
    for (int w = 0; w < 50; w += 3)
        for (int h = 0; h < 5; h++) {
            surface_resize(&surface, 60, 8);
            draw_fill(&surface, surface_rect(&surface), STYLE(INK_KEYWORD));
            struct rect rect = {5, 2, w, h};
            list_draw(&surface, rect, &model);
            surface_check_outside(&surface, rect, INK_KEYWORD);
        }
}

static void test_goldens(void **state)
{
    (void)state;
    static const struct {
        int w, h;
    } sizes[] = {{40, 10}, {80, 24}, {120, 36}, {200, 60}};
    char name[64];
    model.total = 600;
    model.is_last = true;
    for (int i = 0; i < 4; i++) {
        model.has_divider = false;
        draw(sizes[i].w, sizes[i].h);
        snprintf(name, sizeof(name), "list-%dx%d", sizes[i].w, sizes[i].h);
        golden_check(&surface, name);
        model.has_divider = true;
        model.cutoff = model.rows[4].created_at;
        model.live_since = SAMPLE_NOW - 177000;
        model.new_count = 12;
        draw(sizes[i].w, sizes[i].h);
        snprintf(name, sizeof(name), "list-live-%dx%d", sizes[i].w, sizes[i].h);
        golden_check(&surface, name);
    }
}

static void test_hostile_goldens(void **state)
{
    (void)state;
    model.rows = sample_hostile_rows(&arena, &model.count);
    model.is_last = true;
    model.fields = (1u << LIST_FIELD_COUNT) - 1;
    draw(40, 10);
    golden_check(&surface, "list-hostile-40x10");
    draw(160, 12);
    golden_check(&surface, "list-hostile-160x12");
    surface.ascii = true;
    draw(160, 12);
    golden_check(&surface, "list-hostile-ascii-160x12");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    sample_locale();
    const struct CMUnitTest tests[] = {
        TEST(test_columns_give_way_in_order),
        TEST(test_columns_never_overlap),
        TEST(test_short_time_shows_the_date_of_another_day),
        TEST(test_divider_stands_before_the_cutoff),
        TEST(test_divider_above_all_only_at_the_lists_beginning),
        TEST(test_past_rows_are_dimmed_but_failures_stay_red),
        TEST(test_what_stands_out),
        TEST(test_age_ticks_with_now),
        TEST(test_selection_is_a_ground),
        TEST(test_unknown_status_keeps_its_word),
        TEST(test_code_match_is_marked),
        TEST(test_sort_arrow),
        TEST(test_end_of_history),
        TEST(test_states_say_what_to_do),
        TEST(test_a_search_says_how_far_it_came),
        TEST(test_a_search_that_rests_says_how_to_go_on),
        TEST(test_a_long_wait_is_said),
        TEST(test_a_long_error_wraps),
        TEST(test_error_keeps_the_rows),
        TEST(test_stays_inside_its_rect),
        TEST(test_goldens),
        TEST(test_hostile_goldens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
