/*
 * Frames on an emulated terminal: whatever was shown, after the bytes of a frame every cell is as the surface wants it, on terminals
 * of every kind of ability.
 */
#include "data/base/die.h"
#include "data/base/utf8.h"
#include "tests/support/shown.h"
#include "tui/frame.h"
#include "tui/frame_int.h"
#include "tui/term_style.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    ANSI =
        FRAME_CUP | FRAME_CUF | FRAME_CUB | FRAME_CUU | FRAME_CUD | FRAME_CR | FRAME_BS | FRAME_LF | FRAME_EL,
    XTERM = ANSI | FRAME_HPA | FRAME_VPA | FRAME_ECH | FRAME_BCE | FRAME_REGION | FRAME_SCROLL | FRAME_INDEX |
            FRAME_LINES,
    ATTRS = ATTR_BOLD | ATTR_DIM | ATTR_UNDERLINE | ATTR_REVERSE | ATTR_ITALIC,
};

static size_t own_move(int x, int y, char out[FRAME_MOVE_TEXT])
{
    return (size_t)snprintf(out, FRAME_MOVE_TEXT, "\033[%03d;%03dH", y + 1, x + 1);
}

static size_t own_colour(int colour, bool is_ground, char out[PEN_TEXT])
{
    return (size_t)snprintf(out, PEN_TEXT, "\033[%d;5;%dm", is_ground ? 48 : 38, colour);
}

static const struct terminal_case {
    const char *name;
    unsigned can;
    enum pen_colours colours;
    int count;
    bool has_offs, is_iso;
    unsigned uncoloured;
} terminals[] = {
    {"xterm-256color", XTERM, PEN_256, 256, true, true, 0},
    {"xterm", XTERM, PEN_8, 8, true, true, 0},
    {"xterm-16color", XTERM, PEN_16, 16, true, true, 0},
    {"xterm-direct", XTERM, PEN_RGB_COLONS, TERM_DIRECT, true, true, 0},
    {"of true colour", XTERM, PEN_RGB, TERM_DIRECT, true, true, 0},
    {"tmux", XTERM & ~(FRAME_BCE | FRAME_ECH), PEN_256, 256, true, true, 0},
    {"linux", XTERM & ~FRAME_SCROLL, PEN_8, 8, true, true, ATTR_UNDERLINE | ATTR_DIM},
    {"lines only", XTERM & ~(FRAME_REGION | FRAME_INDEX), PEN_256, 256, true, true, 0},
    {"vt100", ANSI | FRAME_REGION | FRAME_INDEX, PEN_MONO, TERM_MONO, false, true, 0},
    {"one that wraps", ANSI | FRAME_ECH | FRAME_LINES | FRAME_WRAPS, PEN_8, 8, true, true, 0},
    {"one without line feeds", XTERM & ~(FRAME_LF | FRAME_HPA), PEN_256, 256, true, true, 0},
    {"one that can nothing", 0, PEN_STRINGS, 256, false, false, 0},
};

static struct frame_terminal terminal_of(const struct terminal_case *of)
{
    return (struct frame_terminal){
        .can = of->can,
        .pens = {.colours = of->colours,
                 .attrs = ATTRS,
                 .attrs_uncoloured = of->uncoloured,
                 .is_iso = of->is_iso,
                 .has_offs = of->has_offs,
                 .reset = "\033[0m",
                 .on = {"\033[1m", "\033[2m", "\033[4m", "\033[7m", "\033[3m"},
                 .colour = own_colour},
        .colours = of->count,
        .has_dim = true,
        .move = own_move,
        .clear = "\033[H\033[2J",
        .hide = "\033[?25l",
        .show = "\033[?25h",
    };
}

struct bench {
    struct frame frame;
    struct surface surface;
    struct shown *shown;
    struct buf bytes;
    unsigned seed;
    const struct terminal_case *terminal;
};

static void bench_open(struct bench *bench, const struct terminal_case *terminal, int width, int height)
{
    struct frame_terminal abilities = terminal_of(terminal);
    *bench = (struct bench){.seed = 7, .terminal = terminal};
    frame_init(&bench->frame, &abilities);
    surface_init(&bench->surface, width, height, false);
    bench->shown = shown_new(width, height);
    buf_init(&bench->bytes, 1 << 24);
}

static void bench_close(struct bench *bench)
{
    frame_release(&bench->frame);
    surface_release(&bench->surface);
    shown_free(bench->shown);
    buf_release(&bench->bytes);
}

/* ---- what must be seen ---- */

static void text_of_cell(const struct cell *cell, char out[28])
{
    size_t n = utf8_encode(cell->ch, out);
    for (int i = 0; i < 2 && cell->marks[i]; i++)
        n += utf8_encode(cell->marks[i], out + n);
    out[n] = '\0';
}

static bool is_shown(struct bench *bench, int x, int y)
{
    const struct surface *surface = &bench->surface;
    const struct cell *cell = &surface->cells[y * surface->width + x];
    struct term_look look = term_look(cell->style, bench->terminal->count, true);
    struct frame_pen pen =
        pen_possible(&bench->frame.terminal.pens, (struct frame_pen){look.fg, look.bg, look.attrs});
    struct shown_cell shown = shown_cell(bench->shown, x, y);
    char text[28];
    if (cell->ch == 0)
        return shown.text[0] == '\0';
    text_of_cell(cell, text);
    bool is_blank = strcmp(text, " ") == 0;
    if (strcmp(text, shown.text) != 0 && !(is_blank && !shown.text[0]))
        return false;
    unsigned seen = ATTR_UNDERLINE | ATTR_REVERSE;
    if (is_blank && !(pen.attrs & seen))
        return shown.pen.bg == pen.bg && !(shown.pen.attrs & seen);
    return pen_equal(shown.pen, pen);
}

/* The last cell is never written where that would scroll the screen, nor the half of what stands there. */
static bool is_given_up(const struct bench *bench, int x, int y)
{
    const struct surface *surface = &bench->surface;
    int last = surface->width * surface->height - 1, at = y * surface->width + x;
    bool is_last = at == last || (at == last - 1 && surface->cells[last].ch == 0);
    return is_last && bench->terminal->can & FRAME_WRAPS;
}

static void check(struct bench *bench, int step)
{
    const struct surface *surface = &bench->surface;
    for (int y = 0; y < surface->height; y++)
        for (int x = 0; x < surface->width; x++)
            if (!is_given_up(bench, x, y) && !is_shown(bench, x, y))
                fail_msg("%s, step %d: cell %d,%d is '%s'", bench->terminal->name, step, x, y,
                         shown_cell(bench->shown, x, y).text);
    int x, y;
    bool is_visible;
    shown_cursor(bench->shown, &x, &y, &is_visible);
    assert_int_equal(is_visible, surface->cursor_x >= 0);
    if (is_visible) {
        assert_int_equal(x, surface->cursor_x);
        assert_int_equal(y, surface->cursor_y);
    }
}

static size_t present(struct bench *bench)
{
    buf_clear(&bench->bytes);
    frame_encode(&bench->frame, &bench->surface, &bench->bytes);
    shown_feed(bench->shown, bench->bytes.data ? bench->bytes.data : "", bench->bytes.len);
    return bench->bytes.len;
}

/* ---- chance ---- */

static int below(struct bench *bench, int n)
{
    bench->seed = bench->seed * 1103515245u + 12345u;
    return n > 0 ? (int)(bench->seed >> 16 & 0x7fff) % n : 0;
}

static struct style any_style(struct bench *bench)
{
    static const uint8_t grounds[] = {GROUND_DEFAULT, GROUND_DEFAULT, GROUND_SELECTED,
                                      GROUND_BAR,     GROUND_RESTING, GROUND_OF_INK(INK_FAILED)};
    return (struct style){.ink = (uint8_t)below(bench, INK_COUNT),
                          .ground = grounds[below(bench, 6)],
                          .attrs = below(bench, 6) ? 0 : (uint8_t)below(bench, 32)};
}

static void write_words(struct bench *bench)
{
    static const char *const words[] = {"completed",    "  a  ", "●",     "日本語", "e\u0301x",
                                        "────────────", "…",     "✓ ok",  "      ", "xxxxxxxxxxxx",
                                        "한",           "–",     "0E 1W", "      |"};
    struct surface *surface = &bench->surface;
    for (int i = below(bench, 6); i >= 0; i--)
        draw_text(surface, below(bench, surface->width), below(bench, surface->height), surface->width,
                  text_of(words[below(bench, 14)]), any_style(bench));
}

static struct rect any_rect(struct bench *bench)
{
    struct surface *surface = &bench->surface;
    int x = below(bench, surface->width), y = below(bench, surface->height);
    return (struct rect){x, y, 1 + below(bench, surface->width - x), 1 + below(bench, surface->height - y)};
}

static void shift_rows(struct bench *bench)
{
    struct surface *surface = &bench->surface;
    int by = 1 + below(bench, 3), top = below(bench, surface->height / 2);
    size_t row = (size_t)surface->width, count = (size_t)(surface->height - top - by) * row;
    struct cell *first = surface->cells + (size_t)top * row;
    bool is_up = below(bench, 2);
    if (surface->height - top - by <= 0)
        return;
    memmove(is_up ? first : first + (size_t)by * row, is_up ? first + (size_t)by * row : first,
            count * sizeof *first);
}

static void fill_with_text(struct bench *bench)
{
    struct surface *surface = &bench->surface;
    for (int y = 0; y < surface->height; y++)
        draw_strf(surface, 0, y, surface->width, STYLE(INK_MUTED), "%d Nov 21 10:00:%02d completed cron %d",
                  y, below(bench, 60), below(bench, 1000));
}

static void change(struct bench *bench)
{
    struct surface *surface = &bench->surface;
    switch (below(bench, 9)) {
    case 0: draw_fill(surface, any_rect(bench), any_style(bench)); break;
    case 1: draw_ground(surface, any_rect(bench), below(bench, 2) ? GROUND_SELECTED : GROUND_DEFAULT); break;
    case 2: shift_rows(bench); break;
    case 3: draw_dim(surface, any_rect(bench)); break;
    case 4: fill_with_text(bench); break;
    case 5:
        surface->cursor_x = below(bench, 2) ? below(bench, surface->width) : -1;
        surface->cursor_y = surface->cursor_x < 0 ? -1 : below(bench, surface->height);
        break;
    default: write_words(bench); break;
    }
}

static void run_by_chance(const struct terminal_case *terminal, int width, int height, int steps)
{
    struct bench bench;
    bench_open(&bench, terminal, width, height);
    for (int step = 0; step < steps; step++) {
        for (int i = below(&bench, 4); i >= 0; i--)
            change(&bench);
        present(&bench);
        check(&bench, step);
        assert_int_equal(present(&bench), 0);
    }
    bench_close(&bench);
}

static void test_any_surface_after_any_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof terminals / sizeof *terminals; i++) {
        run_by_chance(&terminals[i], 40, 12, 150);
        run_by_chance(&terminals[i], 7, 3, 100);
        run_by_chance(&terminals[i], 1, 1, 20);
    }
}

static void test_another_size_is_drawn_whole(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &terminals[0], 30, 8);
    fill_with_text(&bench);
    present(&bench);
    surface_resize(&bench.surface, 50, 14);
    shown_resize(bench.shown, 50, 14);
    fill_with_text(&bench);
    present(&bench);
    check(&bench, 0);
    bench_close(&bench);
}

/* Somebody else wrote on the terminal. */
static void test_what_is_forgotten_is_drawn_anew(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &terminals[0], 30, 8);
    fill_with_text(&bench);
    present(&bench);
    shown_feed(bench.shown, "\033[31;44m\033[Hscribble\033[?25h", 25);
    frame_forget(&bench.frame);
    assert_true(present(&bench) > 0);
    check(&bench, 0);
    bench_close(&bench);
}

/* ---- what is saved ---- */

static void test_the_ink_of_a_blank_is_not_sent(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &terminals[0], 30, 8);
    present(&bench);
    draw_fill(&bench.surface, (struct rect){3, 3, 9, 2}, STYLE(INK_FAILED));
    assert_int_equal(present(&bench), 0);
    bench_close(&bench);
}

static void test_a_list_that_moves_is_moved_by_the_terminal(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i += 7) {
        struct bench bench;
        bench_open(&bench, &terminals[i], 80, 24);
        fill_with_text(&bench);
        size_t whole = present(&bench);
        size_t row = 80;
        memmove(bench.surface.cells + 4 * row, bench.surface.cells + 5 * row, 15 * row * sizeof(struct cell));
        assert_true(present(&bench) < whole / 8);
        check(&bench, 0);
        bench_close(&bench);
    }
}

/* A character of which terminals do not agree how wide it is does not move the rest of its row. */
static void test_after_a_doubtful_width_the_column_is_told(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, &terminals[0], 30, 3);
    present(&bench);
    draw_text(&bench.surface, 2, 1, 20, text_of("a😀b"), STYLE(INK_DEFAULT));
    present(&bench);
    assert_non_null(strstr(buf_cstr(&bench.bytes), "😀\033[6Gb"));
    draw_text(&bench.surface, 2, 2, 20, text_of("e\u0301b"), STYLE(INK_DEFAULT));
    present(&bench);
    assert_non_null(strstr(buf_cstr(&bench.bytes), "\u0301\033[4Gb"));
    bench_close(&bench);
}

static void test_pens_are_changed_by_the_shorter_way(void **state)
{
    (void)state;
    struct frame_terminal terminal = terminal_of(&terminals[0]);
    static const struct {
        struct frame_pen from, to;
        const char *bytes;
    } changes[] = {
        {{-1, -1, 0}, {71, -1, 0}, "\033[38;5;71m"},
        {{71, 237, 0}, {255, 237, 0}, "\033[38;5;255m"},
        {{71, 237, ATTR_BOLD}, {-1, -1, 0}, "\033[m"},
        {{255, 237, 0}, {71, -1, 0}, "\033[;38;5;71m"},
        {{-1, -1, ATTR_BOLD | ATTR_DIM}, {-1, -1, ATTR_DIM}, "\033[;2m"},
        {{71, 237, ATTR_UNDERLINE}, {71, 237, 0}, "\033[24m"},
        {{71, 237, 0}, {PEN_ANY, 237, 0}, ""},
        {{71, 237, 0}, {PEN_ANY, -1, 0}, "\033[m"},
        {{3, -1, 0}, {12, 1, 0}, "\033[94;41m"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        char out[PEN_TEXT];
        struct frame_pen after;
        size_t n = pen_change(&terminal.pens, &changes[i].from, changes[i].to, &after, out);
        assert_int_equal(n, strlen(changes[i].bytes));
        assert_memory_equal(out, changes[i].bytes, n);
        assert_true(pen_suits(after, changes[i].to));
    }
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8"); /* widths */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_surface_after_any_other),
        cmocka_unit_test(test_another_size_is_drawn_whole),
        cmocka_unit_test(test_what_is_forgotten_is_drawn_anew),
        cmocka_unit_test(test_the_ink_of_a_blank_is_not_sent),
        cmocka_unit_test(test_a_list_that_moves_is_moved_by_the_terminal),
        cmocka_unit_test(test_after_a_doubtful_width_the_column_is_told),
        cmocka_unit_test(test_pens_are_changed_by_the_shorter_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
