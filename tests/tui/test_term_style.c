/*
 * What every role becomes on every kind of terminal: readable, told apart, and never by colour alone.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tui/term_style.h"

static const int depths[] = {TERM_MONO, 8, 16, 256, TERM_DIRECT};
enum { DEPTHS = sizeof depths / sizeof *depths };

static void colours_are_those_that_the_terminal_has(void **state)
{
    (void)state;
    for (int ink = 0; ink < INK_COUNT; ink++)
        for (int ground = 0; ground < GROUND_COUNT + INK_COUNT; ground++)
            for (int i = 0; i < DEPTHS; i++) {
                struct term_look look = term_look(
                    (struct style){.ink = (uint8_t)ink, .ground = (uint8_t)ground}, depths[i], true);
                int most = depths[i] ? depths[i] - 1 : -1;
                assert_true(look.fg >= -1 && look.fg <= most);
                assert_true(look.bg >= -1 && look.bg <= most);
                assert_true(depths[i] == TERM_MONO || look.fg < 0 || look.fg != look.bg ||
                            ground >= GROUND_COUNT);
            }
}

static void a_ground_is_seen_everywhere(void **state)
{
    (void)state;
    static const uint8_t grounds[] = {GROUND_SELECTED, GROUND_RESTING, GROUND_BRUSH};
    struct term_look plain, look;
    for (int i = 0; i < DEPTHS; i++)
        for (size_t j = 0; j < sizeof grounds / sizeof *grounds; j++) {
            plain = term_look(STYLE(INK_DEFAULT), depths[i], true);
            look = term_look(style_on(STYLE(INK_DEFAULT), grounds[j]), depths[i], true);
            assert_true(look.bg != plain.bg || look.attrs != plain.attrs);
        }
}

/* A ground of ours brings a foreground that is readable on it, whatever the person's own default is. */
static void a_coloured_ground_brings_its_foreground(void **state)
{
    (void)state;
    for (int ground = GROUND_DEFAULT + 1; ground < GROUND_COUNT; ground++)
        for (int i = 3; i < DEPTHS; i++) {
            struct term_look look = term_look(style_on(STYLE(INK_DEFAULT), (uint8_t)ground), depths[i], true);
            assert_true(look.fg >= 0 && look.bg >= 0);
        }
}

/* ---- on light and dark ---- */

static double linear(int channel)
{
    double c = channel / 255.0;
    return c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static double luminance(int rgb)
{
    return 0.2126 * linear(rgb >> 16) + 0.7152 * linear(rgb >> 8 & 255) + 0.0722 * linear(rgb & 255);
}

/* xterm's cube and greys, which nobody changes; the sixteen before them are a person's own. */
static int rgb_of_256(int colour)
{
    static const int levels[] = {0, 95, 135, 175, 215, 255};
    assert_true(colour >= 16);
    if (colour >= 232)
        return (8 + (colour - 232) * 10) * 0x010101;
    colour -= 16;
    return levels[colour / 36] << 16 | levels[colour / 6 % 6] << 8 | levels[colour % 6];
}

static void what_is_written_can_be_read_on_white_and_on_black(void **state)
{
    (void)state;
    for (int ink = 0; ink < INK_COUNT; ink++)
        for (int i = 3; i < DEPTHS; i++) {
            struct term_look look = term_look(STYLE((uint8_t)ink), depths[i], true);
            if (look.fg < 0)
                continue;
            double light = luminance(depths[i] == 256 ? rgb_of_256(look.fg) : look.fg);
            if (1.05 / (light + 0.05) < 2.6 || (light + 0.05) / 0.05 < 2.6)
                fail_msg("ink %d on %d colours: %.1f on white, %.1f on black", ink, depths[i],
                         1.05 / (light + 0.05), (light + 0.05) / 0.05);
        }
}

static void without_colours_failed_and_waiting_still_stand_out(void **state)
{
    (void)state;
    static const uint8_t inks[] = {INK_FAILED, INK_WAITING, INK_RUNNING, INK_MATCH, INK_STRONG};
    for (size_t i = 0; i < sizeof inks / sizeof *inks; i++)
        assert_int_not_equal(term_look(STYLE(inks[i]), TERM_MONO, true).attrs, 0);
}

static void on_eight_colours_the_bright_ones_are_dim(void **state)
{
    (void)state;
    struct term_look look = term_look(STYLE(INK_MUTED), 8, true);
    assert_int_equal(look.fg, -1);
    assert_true(look.attrs & ATTR_DIM);
    assert_false(term_look(STYLE(INK_MUTED), 8, false).attrs & ATTR_DIM);
    assert_int_equal(term_look(STYLE(INK_MUTED), 16, true).fg, 8);
}

static void attributes_are_added_not_replaced(void **state)
{
    (void)state;
    struct style style = {.ink = INK_FAILED, .ground = GROUND_SELECTED, .attrs = ATTR_UNDERLINE};
    for (int i = 0; i < DEPTHS; i++)
        assert_true(term_look(style, depths[i], true).attrs & ATTR_UNDERLINE);
}

static void an_ink_can_be_a_ground(void **state)
{
    (void)state;
    struct style style = style_on(STYLE(INK_BAR_DONE), GROUND_OF_INK(INK_FAILED));
    assert_int_equal(term_look(style, 16, true).bg, term_look(STYLE(INK_FAILED), 16, true).fg);
    assert_int_equal(term_look(style, TERM_DIRECT, true).bg, 0xf47067);
    assert_int_equal(term_look(style, TERM_MONO, true).bg, -1);
}

/* A match on a warning has the very colour of the warning, so its shape must tell; on a reversed row it is the one that is not. */
static void test_a_match_stands_out_by_shape(void **state)
{
    (void)state;
    static const int terminals[] = {TERM_MONO, 8, 16, 256, TERM_DIRECT};
    static const uint8_t under[] = {GROUND_DEFAULT, GROUND_SELECTED};
    for (size_t i = 0; i < 5; i++)
        for (size_t k = 0; k < 2; k++) {
            struct term_look match =
                term_look((struct style){.ink = INK_MATCH, .ground = under[k]}, terminals[i], true);
            struct term_look warn =
                term_look((struct style){.ink = INK_WARN, .ground = under[k]}, terminals[i], true);
            assert_int_not_equal(match.attrs & ATTR_REVERSE, warn.attrs & ATTR_REVERSE);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colours_are_those_that_the_terminal_has),
        cmocka_unit_test(a_ground_is_seen_everywhere),
        cmocka_unit_test(a_coloured_ground_brings_its_foreground),
        cmocka_unit_test(what_is_written_can_be_read_on_white_and_on_black),
        cmocka_unit_test(without_colours_failed_and_waiting_still_stand_out),
        cmocka_unit_test(on_eight_colours_the_bright_ones_are_dim),
        cmocka_unit_test(attributes_are_added_not_replaced),
        cmocka_unit_test(an_ink_can_be_a_ground),
        cmocka_unit_test(test_a_match_stands_out_by_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
