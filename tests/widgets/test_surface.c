/*
 * The grid: nothing from outside reaches a cell as a control character, and no wide glyph is ever left with one half.
 */
#include "data/base/utf8.h"
#include "tests/support/golden.h"
#include "tests/support/samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct surface surface;

static int setup(void **state)
{
    (void)state;
    surface_init(&surface, 10, 3, false);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    surface_release(&surface);
    return 0;
}

static void assert_dump(const char *expected)
{
    struct buf out;
    golden_check_sound(&surface);
    buf_init(&out, 65536);
    surface_dump(&surface, false, &out);
    assert_string_equal(buf_cstr(&out), expected);
    buf_release(&out);
}

static const struct style PLAIN = {0};

static void test_text_is_clipped_on_every_side(void **state)
{
    (void)state;
    draw_str(&surface, -3, 0, 20, "abcdef", PLAIN);
    draw_str(&surface, 8, 1, 20, "abcdef", PLAIN);
    draw_str(&surface, 0, -1, 20, "above", PLAIN);
    draw_str(&surface, 0, 3, 20, "below", PLAIN);
    draw_fill(&surface, (struct rect){-5, 2, 100, 100}, PLAIN);
    draw_ground(&surface, (struct rect){-5, -5, 100, 100}, GROUND_BAR);
    draw_dim(&surface, (struct rect){-5, -5, 100, 100});
    assert_dump("def\n        ab\n\n");
}

static void test_wide_glyph_at_an_edge_becomes_a_space(void **state)
{
    (void)state;
    assert_int_equal(draw_str(&surface, 0, 0, 3, "漢字", PLAIN), 3);
    draw_str(&surface, 9, 1, 5, "漢x", PLAIN);
    draw_str(&surface, -1, 2, 5, "漢x", PLAIN);
    assert_dump("漢\n\n x\n");
}

static void test_writing_over_half_of_a_wide_glyph_blanks_the_other(void **state)
{
    (void)state;
    draw_str(&surface, 0, 0, 10, "漢字漢字", PLAIN);
    draw_str(&surface, 1, 0, 1, "a", PLAIN);  /* right half of the first */
    draw_str(&surface, 4, 0, 1, "b", PLAIN);  /* left half of the third */
    draw_str(&surface, 5, 0, 2, "語", PLAIN); /* right half of the third, left half of the fourth */
    draw_fill(&surface, (struct rect){3, 0, 1, 1}, PLAIN);
    assert_dump(" a  b語\n\n\n");
}

static void test_clip_keeps_drawing_inside(void **state)
{
    (void)state;
    struct rect before = surface_clip(&surface, (struct rect){2, 1, 3, 1});
    draw_fill(&surface, (struct rect){0, 0, 10, 3}, STYLE(INK_FAILED));
    draw_str(&surface, 0, 1, 10, "ab漢漢漢", PLAIN);
    draw_str(&surface, 0, 0, 10, "outside", PLAIN);
    surface_unclip(&surface, before);
    assert_dump("\n  漢\n\n");
    draw_str(&surface, 0, 2, 10, "whole", PLAIN);
    assert_dump("\n  漢\nwhole\n");
}

static void test_outside_text_is_made_visible(void **state)
{
    (void)state;
    struct text text = TEXT_LIT("\x1b[1m\x7f");
    draw_text(&surface, 0, 0, 10, text, style_on(STYLE(INK_MUTED), GROUND_BAR));
    assert_dump("␛[1m␡\n\n\n");
    assert_int_equal(surface.cells[0].style.ink, INK_ESCAPE);
    assert_int_equal(surface.cells[0].style.ground, GROUND_BAR);
    assert_int_equal(surface.cells[1].style.ink, INK_MUTED);
}

static void test_ellipsis_only_where_text_is_cut(void **state)
{
    (void)state;
    assert_int_equal(draw_text_ellipsis(&surface, 0, 0, 5, TEXT_LIT("12345"), PLAIN), 5);
    assert_int_equal(draw_text_ellipsis(&surface, 0, 1, 5, TEXT_LIT("123456"), PLAIN), 5);
    assert_int_equal(draw_text_ellipsis(&surface, 0, 2, 4, TEXT_LIT("漢字漢"), PLAIN), 3);
    assert_dump("12345\n1234…\n漢…\n");
    assert_int_equal(draw_text_ellipsis(&surface, 0, 0, 0, TEXT_LIT("x"), PLAIN), 0);
}

static void test_right_aligned(void **state)
{
    (void)state;
    draw_right(&surface, 0, 0, 6, "42", PLAIN);
    draw_right(&surface, 0, 1, 3, "12345", PLAIN);
    assert_dump("    42\n12…\n\n");
}

static void test_ascii_has_twins_for_our_ornaments(void **state)
{
    (void)state;
    surface.ascii = true;
    const char *words = "⏎ ↑↓ · …";
    assert_int_equal(draw_str(&surface, 0, 0, 20, words, PLAIN), str_width(&surface, words));
    draw_text(&surface, 0, 1, 10, TEXT_LIT("é漢…"), PLAIN);
    assert_dump("enter ^v -\n????\n\n");
}

static void test_matches_are_marked(void **state)
{
    (void)state;
    struct needle *needle = needle_new(TEXT_LIT("ab"));
    draw_text_match(&surface, 0, 0, 10, TEXT_LIT("xAByab"), STYLE(INK_MUTED), needle);
    const enum ink expected[] = {INK_MUTED, INK_MATCH, INK_MATCH, INK_MUTED, INK_MATCH, INK_MATCH};
    for (int x = 0; x < 6; x++)
        assert_int_equal(surface.cells[x].style.ink, expected[x]);
    needle_free(needle);
}

static void test_dim_keeps_failures(void **state)
{
    (void)state;
    draw_str(&surface, 0, 0, 1, "x", STYLE(INK_FAILED));
    draw_str(&surface, 1, 0, 1, "x", STYLE(INK_RUNNING));
    draw_str(&surface, 2, 0, 1, "x", style_on(STYLE(INK_FAILED), GROUND_OF_INK(INK_COMPLETED)));
    draw_dim(&surface, surface_rect(&surface));
    assert_int_equal(surface.cells[0].style.ink, INK_FAILED);
    assert_int_equal(surface.cells[1].style.ink, INK_MUTED);
    assert_int_equal(surface.cells[2].style.ground, GROUND_OF_INK(INK_MUTED));
}

static void test_ground_leaves_pictures_alone(void **state)
{
    (void)state;
    draw_str(&surface, 0, 0, 1, "▄", style_on(STYLE(INK_FAILED), GROUND_OF_INK(INK_COMPLETED)));
    draw_ground(&surface, surface_rect(&surface), GROUND_SELECTED);
    assert_int_equal(surface.cells[0].style.ground, GROUND_OF_INK(INK_COMPLETED));
    assert_int_equal(surface.cells[1].style.ground, GROUND_SELECTED);
}

static int thumb(double start, double size)
{
    surface_resize(&surface, 1, 20);
    draw_scrollbar(&surface, 0, 0, 20, start, size);
    int first = -1, cells = 0;
    for (int y = 0; y < 20; y++)
        if (surface.cells[y].ch != U' ') {
            first = first < 0 ? y : first;
            cells++;
        }
    return first * 100 + cells;
}

static void test_scrollbar_is_at_an_end_only_there(void **state)
{
    (void)state;
    assert_int_equal(thumb(0, 1), -100);
    assert_int_equal(thumb(0, 0.5), 10);
    assert_int_equal(thumb(0.5, 0.5), 1010);
    assert_int_equal(thumb(0, 1e-6), 1);
    assert_int_equal(thumb(1e-6, 1e-6), 101);
    assert_int_equal(thumb(1 - 2e-6, 1e-6), 1801);
    assert_int_equal(thumb(1 - 1e-6, 1e-6), 1901);
}

static void test_box(void **state)
{
    (void)state;
    struct rect inside = draw_box(&surface, surface_rect(&surface), "Keys", GROUND_OVERLAY);
    assert_dump("╭─ Keys ─╮\n│        │\n╰────────╯\n");
    assert_int_equal(inside.w, 8);
    inside = draw_box(&surface, (struct rect){0, 0, 1, 1}, "Keys", GROUND_OVERLAY);
    assert_int_equal(inside.w, 0);
}

static void test_dump_names_styles(void **state)
{
    (void)state;
    struct buf out;
    draw_str(&surface, 1, 0, 2, "ab", STYLE(INK_FAILED));
    draw_ground(&surface, (struct rect){2, 0, 1, 1}, GROUND_SELECTED);
    buf_init(&out, 4096);
    surface_dump(&surface, true, &out);
    assert_string_equal(buf_cstr(&out), "| ab\n: FF\n#  2\n|\n|\n");
    buf_release(&out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    sample_locale();
    const struct CMUnitTest tests[] = {
        TEST(test_text_is_clipped_on_every_side),
        TEST(test_wide_glyph_at_an_edge_becomes_a_space),
        TEST(test_writing_over_half_of_a_wide_glyph_blanks_the_other),
        TEST(test_clip_keeps_drawing_inside),
        TEST(test_outside_text_is_made_visible),
        TEST(test_ellipsis_only_where_text_is_cut),
        TEST(test_right_aligned),
        TEST(test_ascii_has_twins_for_our_ornaments),
        TEST(test_matches_are_marked),
        TEST(test_dim_keeps_failures),
        TEST(test_ground_leaves_pictures_alone),
        TEST(test_scrollbar_is_at_an_end_only_there),
        TEST(test_box),
        TEST(test_dump_names_styles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
