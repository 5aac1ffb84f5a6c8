/*
 * The pen: what measures a row, what draws a part of it and what finds a place in it must agree on where its lines break.
 */
#include "data/base/rand.h"
#include "data/base/utf8.h"
#include "tests/support/golden.h"
#include "tests/support/samples.h"
#include "widgets/drawer_pen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { LINES = 400 };

static struct surface surface;

static int setup(void **state)
{
    (void)state;
    sample_locale();
    surface_init(&surface, 10, LINES, false);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    surface_release(&surface);
    return 0;
}

/* With its marks, without trailing blanks; borrowed until the next call. */
static const char *line(int y)
{
    static char out[1024];
    size_t n = 0;
    for (int x = 0; x < surface.width; x++) {
        const struct cell *cell = &surface.cells[y * surface.width + x];
        n += cell->ch ? utf8_encode(cell->ch, out + n) : 0;
        n += cell->marks[0] ? utf8_encode(cell->marks[0], out + n) : 0;
    }
    while (n && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
    return out;
}

static struct pen pen_on(int width, int first, int lines)
{
    struct pen pen = pen_measuring(width, surface.ascii);
    surface_resize(&surface, width, LINES);
    pen.surface = &surface;
    pen.first = first;
    pen.end = first + lines;
    return pen;
}

static void write_all(struct pen *pen, const char *s)
{
    pen_text(pen, text_of(s), STYLE(INK_DEFAULT));
}

static void assert_lines(int count, const char *const *want)
{
    for (int i = 0; i < count; i++)
        assert_string_equal(line(i), want[i]);
}

static void a_long_text_breaks_at_the_edge(void **state)
{
    (void)state;
    struct pen pen = pen_on(10, 0, LINES);
    pen.hang = 2;
    write_all(&pen, "abcdefghijklmnopqrstuvwxyz");
    static const char *const want[] = {"abcdefghij", "  klmnopqr", "  stuvwxyz", ""};
    assert_lines(4, want);
    assert_int_equal(pen.line, 2);
}

static void a_wide_glyph_is_not_cut(void **state)
{
    (void)state;
    struct pen pen = pen_on(5, 0, LINES);
    write_all(&pen, "日本語e\xcc\x81x");
    static const char *const want[] = {"日本", "語e\xcc\x81x"};
    assert_lines(2, want);
    golden_check_sound(&surface);
}

static void a_mark_stays_with_its_letter(void **state)
{
    (void)state;
    struct pen pen = pen_on(4, 0, LINES);
    write_all(&pen, "abcd\xcc\x81"
                    "ef");
    static const char *const want[] = {"abcd\xcc\x81", "ef"};
    assert_lines(2, want);
}

static void tabs_are_stops_where_they_are_asked_for(void **state)
{
    (void)state;
    struct pen pen = pen_on(10, 0, LINES);
    pen.has_tabs = true;
    write_all(&pen, "\ta\tb\tc");
    static const char *const want[] = {"    a   b", "c"};
    assert_lines(2, want);
    pen = pen_on(10, 0, LINES);
    write_all(&pen, "\ta");
    assert_string_equal(line(0), "␉a");
}

static void words_stay_whole_and_the_space_goes(void **state)
{
    (void)state;
    struct pen pen = pen_on(10, 0, LINES);
    pen.by_words = true;
    write_all(&pen, "one two three   four abcdefghijklmn o");
    static const char *const want[] = {"one two", "three", "four abcde", "fghijklmn", "o"};
    assert_lines(5, want);
}

static void spans_of_a_row_break_as_the_row_does(void **state)
{
    (void)state;
    static const char row[] =
        "const full = await tools.github.issues.get({ number: issue.number, verbose: true });";
    for (int width = 8; width < 60; width++) {
        struct pen pen = pen_on(width, 0, LINES), whole = pen_measuring(width, false);
        pen.by_words = whole.by_words = true;
        pen.words_end = whole.words_end = row + sizeof row - 1;
        for (const char *at = row; *at; at++)
            pen_text(&pen, (struct text){at, 1}, STYLE(INK_DEFAULT));
        pen_text(&whole, text_of(row), STYLE(INK_DEFAULT));
        assert_int_equal(pen.line, whole.line);
        assert_int_equal(pen.col, whole.col);
    }
    struct pen pen = pen_on(14, 0, LINES);
    pen.by_words = true;
    write_all(&pen, "const full = await get()");
    static const char *const want[] = {"const full =", "await get()"};
    assert_lines(2, want);
}

static void a_match_is_coloured_across_spans_and_lines(void **state)
{
    (void)state;
    struct needle *needle = needle_new(text_of("\"key\": 12"));
    struct pen pen = pen_on(10, 0, LINES);
    pen_highlight(&pen, needle, text_of("a  \"key\": 123"));
    write_all(&pen, "a  ");
    write_all(&pen, "\"key\"");
    write_all(&pen, ": ");
    write_all(&pen, "123");
    assert_int_equal(surface.cells[2].style.ink, INK_DEFAULT);
    for (int x = 3; x < 12; x++)
        assert_int_equal(surface.cells[x].style.ink, INK_MATCH);
    assert_int_equal(surface.cells[12].style.ink, INK_DEFAULT);
    needle_free(needle);
}

/* Texts that mix what is quick to wrap with what is not. */
static size_t random_row(struct rand *rng, char *out, size_t max)
{
    static const char *const bits[] = {
        "abcdefgh", "x", " ", "日", "e\xcc\x81", "\x1b", "\xff", "\t", "0123456789012345678901234567890",
        "ü"};
    size_t n = 0, want = rand_below(rng, 400);
    while (n < want && n + 40 < max) {
        const char *bit = bits[rand_below(rng, sizeof bits / sizeof *bits)];
        memcpy(out + n, bit, strlen(bit));
        n += strlen(bit);
    }
    return n;
}

static void a_window_shows_the_lines_of_the_whole(void **state)
{
    (void)state;
    struct rand rng;
    rand_seed(&rng, 7);
    char row[600] = {0}, whole[LINES][128];
    for (int round = 0; round < 300; round++) {
        int width = 3 + (int)rand_below(&rng, 30), hang = (int)rand_below(&rng, 4);
        bool by_words = rand_below(&rng, 2);
        struct text text = {row, random_row(&rng, row, sizeof row)};
        struct pen all = pen_on(width, 0, LINES), measured = pen_measuring(width, false);
        all.hang = measured.hang = hang;
        all.by_words = measured.by_words = by_words;
        pen_text(&all, text, STYLE(INK_DEFAULT));
        pen_text(&measured, text, STYLE(INK_DEFAULT));
        assert_int_equal(all.line, measured.line);
        golden_check_sound(&surface);
        for (int i = 0; i <= all.line; i++)
            snprintf(whole[i], sizeof whole[i], "%s", line(i));
        int first = (int)rand_below(&rng, (uint32_t)all.line + 1);
        struct pen part = pen_on(width, first, 3);
        part.hang = hang;
        part.by_words = by_words;
        pen_text(&part, text, STYLE(INK_DEFAULT));
        for (int i = 0; i < 3; i++)
            assert_string_equal(line(i), first + i <= all.line ? whole[first + i] : "");
    }
}

static void a_place_is_found_on_the_line_that_shows_it(void **state)
{
    (void)state;
    char row[500];
    memset(row, '.', sizeof row);
    for (size_t at = 0; at < sizeof row; at += 7) {
        row[at] = '#';
        struct text text = {row, sizeof row};
        struct pen seek = pen_measuring(11, false), draw = pen_on(11, 0, LINES);
        seek.hang = draw.hang = 3;
        seek.place = at;
        pen_text(&seek, text, STYLE(INK_DEFAULT));
        pen_text(&draw, text, STYLE(INK_DEFAULT));
        assert_non_null(strchr(line(seek.place_line), '#'));
        row[at] = '.';
    }
}

static void our_own_words_have_twins(void **state)
{
    (void)state;
    surface.ascii = true;
    struct pen pen = pen_on(10, 0, LINES);
    pen_words(&pen, "a … · b", STYLE(INK_MUTED));
    assert_string_equal(line(0), "a ~ - b");
    surface.ascii = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_text_breaks_at_the_edge),
        cmocka_unit_test(a_wide_glyph_is_not_cut),
        cmocka_unit_test(a_mark_stays_with_its_letter),
        cmocka_unit_test(tabs_are_stops_where_they_are_asked_for),
        cmocka_unit_test(words_stay_whole_and_the_space_goes),
        cmocka_unit_test(spans_of_a_row_break_as_the_row_does),
        cmocka_unit_test(a_match_is_coloured_across_spans_and_lines),
        cmocka_unit_test(a_window_shows_the_lines_of_the_whole),
        cmocka_unit_test(a_place_is_found_on_the_line_that_shows_it),
        cmocka_unit_test(our_own_words_have_twins),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
