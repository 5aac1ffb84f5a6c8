/*
 * Menus: as large as they need to be, never larger than the screen, and everything in line.
 */
#include "tests/support/golden.h"
#include "tests/support/samples.h"
#include "tests/support/surface_text.h"
#include "widgets/menu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

static const struct menu_row ROWS[] = {
    {NULL, "Everywhere", NULL, true, -1},
    {"? F1", "help", NULL, false, -1},
    {"q", "back, then quit", "closes the drawer first", false, -1},
    {"↑↓ Ctrl-P", "move", NULL, false, -1},
    {NULL, "List", NULL, true, -1},
    {"⏎", "open the drawer", NULL, false, -1},
};

static struct surface surface;
static struct lineedit edit;
static struct menu_model model;

static int setup(void **state)
{
    (void)state;
    surface_init(&surface, 80, 12, false);
    model =
        (struct menu_model){.title = "Keys", .rows = ROWS, .count = 6, .selected = -1, .footer = "esc close"};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    surface_release(&surface);
    return 0;
}

static void draw(int width, int height)
{
    surface_resize(&surface, width, height);
    menu_draw(&surface, surface_rect(&surface), &model);
    golden_check_sound(&surface);
}

static void test_as_large_as_it_needs(void **state)
{
    (void)state;
    struct rect rect = menu_rect((struct rect){0, 0, 80, 24}, &model);
    assert_int_equal(rect.h, 8);
    assert_int_equal(rect.w, 2 + 1 + 9 + 2 + 15 + 2 + 23 + 1);
    assert_int_equal(rect.x, (80 - rect.w) / 2);
    assert_int_equal(rect.y, 8);
    assert_int_equal(menu_capacity((struct rect){0, 0, 80, 24}, &model), 6);
    assert_int_equal(menu_capacity((struct rect){0, 0, 80, 6}, &model), 4);
    assert_int_equal(menu_capacity((struct rect){0, 0, 80, 1}, &model), 0);
}

static void test_rows_are_aligned(void **state)
{
    (void)state;
    draw(57, 8);
    assert_non_null(strstr(surface_line(&surface, 0), "╭─ Keys ─"));
    assert_non_null(
        strstr(surface_line(&surface, 2), "│ ? F1       help                                     │"));
    assert_non_null(
        strstr(surface_line(&surface, 3), "│ q          back, then quit  closes the drawer first │"));
    assert_non_null(strstr(surface_line(&surface, 7), " esc close ─╯"));
    assert_int_equal(surface_style(&surface, 1, "Everywhere").ink, INK_ACCENT);
    assert_int_equal(surface_style(&surface, 3, "closes").ink, INK_MUTED);
}

static void test_scrolled_and_selected(void **state)
{
    (void)state;
    model.top = 2;
    model.selected = 3;
    draw(57, 5);
    assert_non_null(strstr(surface_line(&surface, 1), "back, then quit"));
    assert_int_equal(surface_style(&surface, 2, "move").ground, GROUND_SELECTED);
    assert_int_equal(surface_style(&surface, 1, "back").ground, GROUND_OVERLAY);
    assert_true(surface_shows(&surface, "▐"));
}

static void test_boxes_are_checked(void **state)
{
    (void)state;
    static const struct menu_row fields[] = {{NULL, "time", NULL, false, 1},
                                             {NULL, "scope", "which one", false, 0}};
    model.rows = fields;
    model.count = 2;
    draw(40, 4);
    assert_true(surface_shows(&surface, "│ [x] time"));
    assert_true(surface_shows(&surface, "│ [ ] scope  which one"));
}

static void test_typed_line_has_the_cursor(void **state)
{
    (void)state;
    lineedit_set(&edit, TEXT_LIT("liv"));
    model.edit = &edit;
    draw(80, 24);
    struct rect rect = menu_rect(surface_rect(&surface), &model);
    assert_int_equal(surface.cursor_y, rect.y + 1);
    assert_int_equal(surface.cursor_x, rect.x + 1 + 3 + 3);
    assert_int_equal(menu_capacity(surface_rect(&surface), &model), 6);
    model.count = 1;
    assert_int_equal(menu_rect(surface_rect(&surface), &model).y, rect.y);
}

static void test_any_size_is_sound(void **state)
{
    (void)state;
    model.edit = &edit;
    for (int w = 0; w < 70; w += 3)
        for (int h = 0; h < 12; h++)
            draw(w, h);
}

static void test_too_small(void **state)
{
    (void)state;
    surface_resize(&surface, 32, 3);
    too_small_draw(&surface, 40, 10);
    assert_non_null(strstr(surface_line(&surface, 1), "   needs 40×10, this is 32×3"));
    surface_resize(&surface, 12, 4);
    too_small_draw(&surface, 40, 10);
    assert_true(surface_shows(&surface, "needs 40×10,"));
    assert_true(surface_shows(&surface, "this is 12×4"));
    surface_resize(&surface, 0, 0);
    too_small_draw(&surface, 40, 10);
}

static void test_goldens(void **state)
{
    (void)state;
    draw(40, 10);
    golden_check(&surface, "menu-40x10");
    draw(80, 12);
    golden_check(&surface, "menu-80x12");
    surface.ascii = true;
    draw(80, 12);
    golden_check(&surface, "menu-ascii-80x12");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    sample_locale();
    const struct CMUnitTest tests[] = {
        TEST(test_as_large_as_it_needs),
        TEST(test_rows_are_aligned),
        TEST(test_scrolled_and_selected),
        TEST(test_boxes_are_checked),
        TEST(test_typed_line_has_the_cursor),
        TEST(test_any_size_is_sound),
        TEST(test_too_small),
        TEST(test_goldens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
