/*
 * Over a line that is long or narrow: however many keys are pressed, little is ever on its way, and what is shown in the end is the newest
 * state. The line takes whatever is written at once, as ssh and its buffers do.
 */
#include "tests/support/app.h"
#include "tests/support/pty_expect.h"
#include "tests/support/sequences.h"
#include "tui/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { FRAME_MOST = 4000, PAGE_LEAST = 1000, SLOWLY = 60000 };

static int set_up(void **state)
{
    *state = app_history();
    return 0;
}

static int tear_down(void **state)
{
    history_free(*state);
    return 0;
}

static struct pty *start(void **state, int delay_ms, int bytes_per_second)
{
    struct pty *pty =
        app_start(*state, &(struct app_options){.delay_ms = delay_ms, .bytes_per_second = bytes_per_second});
    assert_true(app_list_row(pty, 5) > 0);
    assert_true(app_is_exact(pty));
    return pty;
}

static size_t written(struct pty *pty)
{
    size_t n;
    pty_raw_bytes(pty, 0, &n);
    return n;
}

/* Each key is read before the next one is pressed. */
static void press(struct pty *pty, const char *key, int times)
{
    for (int i = 0; i < times; i++) {
        pty_keys(pty, key);
        (void)pty_wait_match(pty, "nothing of the kind", 2);
    }
}

static void stop(struct pty *pty)
{
    pty_keys(pty, "<C-c>");
    assert_true(pty_wait_exit(pty, SLOWLY));
    pty_expect_exit(pty, 0);
    pty_expect_restored(pty);
    sequences_expect(pty, SEQUENCES_PLAIN);
    pty_free(pty);
}

static void test_pages_over_a_narrow_line(void **state)
{
    struct pty *pty = start(state, 20, 2000);
    size_t before = written(pty);
    (void)pty_held_most(pty);
    for (int i = 0; i < 100; i++)
        press(pty, i % 2 ? "<PgUp>" : "<PgDn>", 1);
    press(pty, "<End>", 1);
    assert_true(pty_wait_text(pty, "13:13:04.000", SLOWLY)); /* the oldest run, a day before */
    assert_true(app_is_selected(pty, APP_RUNS - 1));
    assert_true(written(pty) - before < 100 * PAGE_LEAST / 3);
    assert_true(pty_held_most(pty) <= PACE_WINDOW_FIRST + FRAME_MOST);
    pty_keys(pty, "?");
    assert_true(pty_wait_text(pty, "Switch live on or off", SLOWLY));
    stop(pty);
}

static void test_an_arrow_over_a_long_line(void **state)
{
    struct pty *pty = start(state, 300, 0);
    (void)pty_held_most(pty);
    press(pty, "<Down>", 60);
    assert_true(pty_wait_idle(pty, 100, SLOWLY));
    assert_true(app_is_selected(pty, 60));
    assert_true(pty_held_most(pty) <= PACE_WINDOW_MAX + FRAME_MOST);
    stop(pty);
}

/* Leaving does not wait for all that is on its way, and what the terminal answers late is not typed into the shell. */
static void test_leaving_a_storm(void **state)
{
    struct pty *pty = start(state, 100, 4000);
    press(pty, "<PgDn>", 20);
    stop(pty);
}

/* A frame that the line takes in parts is handed over as it takes them, and not with the next frame. */
static void test_a_frame_in_parts(void **state)
{
    history_sql(*state, "update execution set code = replace(hex(zeroblob(400)), '00', '\u00e9\u20ac')");
    history_close(*state);
    struct pty *pty = start(state, 0, 0);
    pty_resize(pty, 900, 100);
    assert_true(pty_wait_line(pty, 99, "? help", PTY_SOON));
    assert_true(pty_wait_idle(pty, 100, PTY_SOON));
    pty_keys(pty, "<C-l>");
    usleep(500000); /* nobody reads: longer than it takes to make the frame */
    assert_true(pty_wait_idle(pty, 100, PTY_SOON));
    assert_true(pty_wait_line(pty, 99, "? help", PTY_SOON));
    stop(pty);
}

#define SLOW_CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SLOW_CASE(test_pages_over_a_narrow_line),
        SLOW_CASE(test_an_arrow_over_a_long_line),
        SLOW_CASE(test_leaving_a_storm),
        SLOW_CASE(test_a_frame_in_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
