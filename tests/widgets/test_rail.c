/*
 * The rail: which lines there are, what their marks and counts say, and that counts are never cut.
 */
#include "tests/support/golden.h"
#include "tests/support/samples.h"
#include "tests/support/surface_text.h"
#include "widgets/rail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

static struct arena arena;
static struct surface surface;
static struct filter filter;
static struct meta meta;
static struct rail_item items[RAIL_ITEMS_MAX];
static struct rail_model model;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    filter_init(&filter);
    surface_init(&surface, RAIL_WIDTH, 40, false);
    meta = sample_meta(&arena);
    model = (struct rail_model){.items = items, .selected = -1};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    surface_release(&surface);
    filter_release(&filter);
    arena_release(&arena);
    return 0;
}

static void use_filter(const char *line)
{
    struct filter_mistake mistake;
    filter_release(&filter);
    assert_int_equal(filter_parse(text_of(line), TIME_IN_UTC, &filter, &mistake), ERR_OK);
}

static void build(const struct meta *known, unsigned folded)
{
    model.count = rail_items(&filter, known, NULL, folded, &arena, items, RAIL_ITEMS_MAX);
    model.folded = folded;
}

static void draw(int height)
{
    surface_resize(&surface, RAIL_WIDTH, height);
    rail_draw(&surface, surface_rect(&surface), &model);
    golden_check_sound(&surface);
}

static const struct rail_item *find(enum rail_section section, const char *label)
{
    for (size_t i = 0; i < model.count; i++)
        if (items[i].kind == RAIL_VALUE && items[i].section == section && text_is(items[i].label, label))
            return &items[i];
    return NULL;
}

static size_t values_in(enum rail_section section)
{
    size_t n = 0;
    for (size_t i = 0; i < model.count; i++)
        n += items[i].kind == RAIL_VALUE && items[i].section == section;
    return n;
}

static void test_six_statuses_even_when_nothing_is_known(void **state)
{
    (void)state;
    build(NULL, 0);
    assert_int_equal(values_in(SECTION_STATUS), 6);
    assert_int_equal(find(SECTION_STATUS, "Failed")->count.n, -1);
    assert_true(text_is(find(SECTION_STATUS, "Waiting")->value, "waiting_for_interaction"));
    build(&meta, 0);
    assert_int_equal(values_in(SECTION_STATUS), 6);
    assert_int_equal(find(SECTION_STATUS, "Completed")->count.n, 47201);
}

static void test_own_values_have_lines(void **state)
{
    (void)state;
    use_filter("status:failed,quarantined trigger:cron,mcp -tool:slack.chat.postMessage tool:github.* "
               "elicitation:true boom");
    build(&meta, 0);
    assert_int_equal(find(SECTION_STATUS, "Failed")->mark, MARK_INCLUDED);
    assert_int_equal(find(SECTION_STATUS, "quarantined")->mark, MARK_INCLUDED);
    assert_int_equal(find(SECTION_STATUS, "Completed")->mark, MARK_NONE);
    assert_int_equal(find(SECTION_TRIGGER, "cron")->mark, MARK_INCLUDED);
    assert_int_equal(find(SECTION_TRIGGER, "cron")->count.n, 0);
    assert_int_equal(find(SECTION_TOOLS, "slack.chat.postMessage")->mark, MARK_EXCLUDED);
    assert_int_equal(find(SECTION_TOOLS, "github.*")->mark, MARK_INCLUDED);
    assert_int_equal(find(SECTION_INTERACTIONS, "Elicited")->mark, MARK_INCLUDED);
    assert_int_equal(find(SECTION_CODE, "boom")->mark, MARK_INCLUDED);
    assert_int_equal(values_in(SECTION_TRIGGER), 5);
    assert_int_equal(values_in(SECTION_TOOLS), 5);
}

static void test_null_trigger_is_unknown(void **state)
{
    (void)state;
    use_filter("trigger:unknown");
    build(&meta, 0);
    assert_int_equal(find(SECTION_TRIGGER, "unknown")->mark, MARK_INCLUDED);
    assert_int_equal(find(SECTION_TRIGGER, "unknown")->count.n, 9);
    assert_int_equal(values_in(SECTION_TRIGGER), 4);
}

static void test_time_is_a_radio(void **state)
{
    (void)state;
    build(&meta, 0);
    assert_int_equal(find(SECTION_TIME, "all time")->mark, MARK_INCLUDED);
    use_filter("after:24h");
    build(&meta, 0);
    assert_int_equal(find(SECTION_TIME, "all time")->mark, MARK_NONE);
    assert_int_equal(find(SECTION_TIME, "last 24h")->mark, MARK_INCLUDED);
    assert_int_equal(values_in(SECTION_TIME), PRESET_COUNT);
}

static void assert_custom(const char *line, const char *label)
{
    use_filter(line);
    build(&meta, 0);
    const struct rail_item *item = find(SECTION_TIME, label);
    if (!item) {
        fail_msg("%s has no line \"%s\"", line, label);
        return;
    }
    assert_int_equal(item->preset, -1);
    assert_int_equal(item->mark, MARK_INCLUDED);
    assert_int_equal(values_in(SECTION_TIME), PRESET_COUNT + 1);
}

static void test_range_of_ones_own(void **state)
{
    (void)state;
    assert_custom("after:2026-11-21T09:00 before:2026-11-21T11:13", "Nov 21 09:00 – 11:13");
    assert_custom("after:2026-11-03 before:2026-11-22", "Nov 03 – Nov 21");
    assert_custom("after:2026-11-21T09:00", "since Nov 21 09:00");
    assert_custom("before:2025-11-21T09:00", "until 2025-11-21 09:00");
    assert_custom("after:2h", "last 2h");
    assert_custom("after:2h before:1h", "other range");
}

static void test_folded_section_is_its_heading(void **state)
{
    (void)state;
    build(&meta, 1u << SECTION_STATUS | 1u << SECTION_TOOLS);
    assert_int_equal(values_in(SECTION_STATUS), 0);
    assert_int_equal(values_in(SECTION_TOOLS), 0);
    draw(30);
    assert_non_null(strstr(surface_line(&surface, 1), "▸ Status"));
    assert_non_null(strstr(surface_line(&surface, 2), "▾ Trigger"));
}

static void test_scopes_only_where_there_is_a_choice(void **state)
{
    (void)state;
    build(&meta, 0);
    assert_int_equal(values_in(SECTION_SCOPE), 0);
    meta.scopes.values[meta.scopes.count++] = (struct facet_value){TEXT_LIT("beta-ffffffff"), 9};
    build(&meta, 0);
    assert_int_equal(values_in(SECTION_SCOPE), 3);
    assert_int_equal(find(SECTION_SCOPE, "all scopes")->mark, MARK_INCLUDED);
    model.count = rail_items(&filter, &meta, "beta-ffffffff", 0, &arena, items, RAIL_ITEMS_MAX);
    assert_int_equal(find(SECTION_SCOPE, "all scopes")->mark, MARK_NONE);
    assert_int_equal(find(SECTION_SCOPE, "beta-ffffffff")->mark, MARK_INCLUDED);
}

static void test_never_more_than_there_is_room_for(void **state)
{
    (void)state;
    size_t all = rail_items(&filter, &meta, NULL, 0, &arena, items, RAIL_ITEMS_MAX);
    for (size_t max = 0; max <= all; max++)
        assert_int_equal(rail_items(&filter, &meta, NULL, 0, &arena, items, max), max);
}

static void test_lines_are_aligned(void **state)
{
    (void)state;
    use_filter("status:failed -trigger:cli");
    build(&meta, 0);
    model.has_filter = true;
    draw(40);
    assert_string_equal(surface_line(&surface, 0), " FILTERS             X clear │");
    assert_string_equal(surface_line(&surface, 5), " [ ] ✓ Completed      47,201 │");
    assert_string_equal(surface_line(&surface, 6), " [x] ✗ Failed            312 │");
    assert_string_equal(surface_line(&surface, 10), " [-] cli               1,064 │");
    assert_string_equal(surface_line(&surface, 18), " [ ] slack.chat.postMes… 197 │");
    assert_int_equal(surface_style(&surface, 2, " 0 │").ink, INK_DEFAULT);
    assert_int_equal(surface_style(&surface, 2, "0 │").ink, INK_FAINT);
    assert_int_equal(surface_style(&surface, 6, "Failed").ink, INK_STRONG);
    assert_int_equal(surface_style(&surface, 5, "Completed").ink, INK_MUTED);
}

static void test_counts_are_never_cut(void **state)
{
    (void)state;
    meta.tools.values[0] =
        (struct facet_value){TEXT_LIT("漢字漢字漢字漢字漢字漢字漢字漢字"), INT64_C(9876543210)};
    meta.tools.is_counted = false;
    build(&meta, 0);
    draw(40);
    assert_true(surface_shows(&surface, "≈9,876,543,210 │"));
}

static void test_counting_shows_as_such(void **state)
{
    (void)state;
    build(NULL, 0);
    draw(40);
    assert_false(surface_shows(&surface, "…"));
    model.is_counting = true;
    draw(40);
    assert_non_null(strstr(surface_line(&surface, 2), "Pending             … │"));
}

static void test_selection_and_mouse(void **state)
{
    (void)state;
    build(&meta, 0);
    model.top = 2;
    model.selected = 4;
    model.is_focused = true;
    draw(10);
    assert_int_equal(rail_capacity(10), 9);
    assert_int_equal(surface_style(&surface, 3, "[ ]").ground, GROUND_SELECTED);
    assert_int_equal(surface_style(&surface, 2, "[ ]").ground, GROUND_DEFAULT);
    assert_int_equal(rail_item_at(surface_rect(&surface), &model, 0), -1);
    assert_int_equal(rail_item_at(surface_rect(&surface), &model, 3), 4);
    assert_int_equal(rail_item_at(surface_rect(&surface), &model, 10), -1);
    model.is_focused = false;
    model.is_overlay = true;
    draw(10);
    assert_int_equal(surface_style(&surface, 3, "[ ]").ground, GROUND_OVERLAY);
}

static void test_stays_inside_its_rect(void **state)
{
    (void)state;
    build(&meta, 0);
    for (int w = 0; w < 30; w += 3)
        for (int h = 0; h < 5; h++) {
            struct rect rect = {5, 2, w, h};
            surface_resize(&surface, 40, 8);
            draw_fill(&surface, surface_rect(&surface), STYLE(INK_KEYWORD));
            rail_draw(&surface, rect, &model);
            surface_check_outside(&surface, rect, INK_KEYWORD);
        }
}

static void test_goldens(void **state)
{
    (void)state;
    use_filter("status:failed,waiting -trigger:cli tool:github.* after:24h \"two words\"");
    build(&meta, 0);
    model.has_filter = model.is_focused = true;
    model.selected = 5;
    draw(24);
    golden_check(&surface, "rail-30x24");
    draw(36);
    golden_check(&surface, "rail-30x36");
    surface.ascii = true;
    draw(36);
    golden_check(&surface, "rail-ascii-30x36");
}

static void test_hostile_golden(void **state)
{
    (void)state;
    static const char *const words[] = {"\x1b[31mred", "\302\233c1 \342\200\256gnp",
                                        "漢字かな交じり文の長い列", "e\xcc\x81\xcc\x82 \xff\xfe", ""};
    for (size_t i = 0; i < 4; i++) {
        meta.trigger.values[i].word = text_of(words[i]);
        meta.tools.values[i].word = text_of(words[i]);
    }
    meta.status.values[meta.status.count++] = (struct facet_value){text_of(words[0]), 7};
    build(&meta, 0);
    draw(34);
    golden_check(&surface, "rail-hostile-30x34");
}

/* Counted under the section's own terms too: what they leave out is not known, and is not nothing. */
static void test_narrowed_counts_are_told_as_such(void **state)
{
    (void)state;
    struct facet_value failed[] = {{TEXT_LIT("pending"), 0}, {TEXT_LIT("failed"), 312}};
    use_filter("status:failed,quarantined");
    meta.status = (struct facet){.values = failed, .count = 2, .is_counted = true, .is_narrowed = true};
    build(&meta, 0);
    assert_int_equal(values_in(SECTION_STATUS), 7);
    assert_int_equal(find(SECTION_STATUS, "Failed")->count.n, 312);
    assert_true(find(SECTION_STATUS, "Failed")->count.is_exact);
    assert_int_equal(find(SECTION_STATUS, "Pending")->count.n, -1);
    assert_int_equal(find(SECTION_STATUS, "Completed")->count.n, -1);
    assert_int_equal(find(SECTION_STATUS, "quarantined")->count.n, 0);
    draw(30);
    assert_non_null(strstr(surface_line(&surface, 1), "Status · filtered"));
    assert_null(strstr(surface_line(&surface, 9), "filtered"));
    assert_int_equal(surface_style(&surface, 3, "312").ink, INK_MUTED);
    build(&meta, 1u << SECTION_STATUS);
    draw(30);
    assert_null(strstr(surface_line(&surface, 1), "filtered"));
    failed[0].count = 4;
    meta.status.is_narrowed = false;
    build(&meta, 0);
    assert_int_equal(find(SECTION_STATUS, "Completed")->count.n, 0);
    draw(30);
    assert_null(strstr(surface_line(&surface, 1), "filtered"));
    assert_int_equal(surface_style(&surface, 3, "312").ink, INK_STRONG);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    sample_locale();
    const struct CMUnitTest tests[] = {
        TEST(test_six_statuses_even_when_nothing_is_known),
        TEST(test_own_values_have_lines),
        TEST(test_narrowed_counts_are_told_as_such),
        TEST(test_null_trigger_is_unknown),
        TEST(test_time_is_a_radio),
        TEST(test_range_of_ones_own),
        TEST(test_folded_section_is_its_heading),
        TEST(test_scopes_only_where_there_is_a_choice),
        TEST(test_never_more_than_there_is_room_for),
        TEST(test_lines_are_aligned),
        TEST(test_counts_are_never_cut),
        TEST(test_counting_shows_as_such),
        TEST(test_selection_and_mouse),
        TEST(test_stays_inside_its_rect),
        TEST(test_goldens),
        TEST(test_hostile_golden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
