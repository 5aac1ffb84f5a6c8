/*
 * The bytes of whole screens, on a clock that stands still: what the README promises for a slow line. Whoever makes them more has to say so here.
 */
#include "tests/support/fake_screen.h"
#include "tests/support/shown.h"
#include "tui/frame.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const struct frame_terminal xterm = {
    .can = (FRAME_WRAPS - 1) & ~FRAME_LF,
    .pens = {.colours = PEN_256, .attrs = 31, .is_iso = true, .has_offs = true},
    .colours = 256,
    .has_dim = true,
    .clear = "\033[H\033[2J",
    .hide = "\033[?25l",
    .show = "\033[?25h",
};

struct bench {
    struct fake_screen *fake;
    struct frame frame;
    struct buf bytes;
};

static size_t present(struct bench *bench)
{
    buf_clear(&bench->bytes);
    frame_encode(&bench->frame, fake_draw(bench->fake), &bench->bytes);
    return bench->bytes.len;
}

static size_t key(struct bench *bench, const char *name)
{
    fake_key(bench->fake, name);
    fake_answer(bench->fake);
    return present(bench);
}

static void bench_open(struct bench *bench, int width, int height)
{
    *bench = (struct bench){.fake = fake_screen_new(width, height, 1000)};
    frame_init(&bench->frame, &xterm);
    buf_init(&bench->bytes, 1 << 20);
    fake_answer(bench->fake);
    present(bench);
    key(bench, "Down");
}

static void bench_close(struct bench *bench)
{
    frame_release(&bench->frame);
    buf_release(&bench->bytes);
    fake_screen_free(bench->fake);
}

static void check_keys(int width, int height, size_t row, size_t page)
{
    struct bench bench;
    bench_open(&bench, width, height);
    for (int i = 0; i < 10; i++) {
        size_t n = key(&bench, "Down");
        if (n > row)
            fail_msg("%dx%d: a row down takes %zu bytes, not %zu", width, height, n, row);
    }
    for (int i = 0; i < 4; i++) {
        size_t n = key(&bench, "PgDn");
        if (n > page)
            fail_msg("%dx%d: a page takes %zu bytes, not %zu", width, height, n, page);
    }
    bench_close(&bench);
}

static void test_keys(void **state)
{
    (void)state;
    check_keys(120, 36, 310, 2500);
    check_keys(80, 24, 260, 1400);
    check_keys(200, 60, 450, 7500);
}

static void test_nothing_new_is_nothing(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, 120, 36);
    assert_int_equal(present(&bench), 0);
    fake_source(bench.fake, SOURCE_PROGRESS);
    fake_answer(bench.fake);
    assert_int_equal(present(&bench), 0);
    bench_close(&bench);
}

/* Runs that run show their age by the second. */
static void test_a_tick_of_the_clock(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, 120, 36);
    for (int i = 0; i < 130; i++) {
        bench.fake->now += 1000;
        update_tick(&bench.fake->state, bench.fake->now);
        assert_true(present(&bench) <= 120);
    }
    bench_close(&bench);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8"); /* widths */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_nothing_new_is_nothing),
        cmocka_unit_test(test_a_tick_of_the_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
