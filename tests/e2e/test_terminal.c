/*
 * However it ends, stops or is resized, the terminal stays what it was.
 */
#include "tests/support/app.h"
#include "tests/support/pty_expect.h"
#include "tests/support/sequences.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

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

static struct pty *start(void **state, const char *const *args)
{
    struct pty *pty = app_start(*state, &(struct app_options){.cols = 100, .rows = 30, .args = args});
    assert_true(app_list_row(pty, 5) > 0);
    return pty;
}

/* Where keys do something different: the list, the drawer, typing, help. */
static const char *const places[] = {"", "<Enter>", "/status:", "?", "<S-Tab><Left><Space>", ":"};
enum { PLACES = sizeof places / sizeof *places };

static void test_signals_that_end_it(void **state)
{
    static const int signals[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT};
    for (int i = 0; i < PLACES; i++) {
        struct pty *pty = start(state, NULL);
        pty_keys(pty, places[i]);
        pty_expect_idle(pty);
        pty_signal(pty, signals[i % 4]);
        assert_true(pty_wait_exit(pty, PTY_SOON));
        pty_expect_restored(pty);
        sequences_expect(pty, SEQUENCES_PLAIN);
        pty_free(pty);
    }
}

/* A hang-up says nothing: there is nobody to read it. */
static void test_the_terminal_goes_away(void **state)
{
    for (int i = 0; i < 3; i++) {
        struct pty *pty = start(state, NULL);
        pty_keys(pty, places[i]);
        pty_expect_idle(pty);
        pty_hang_up(pty);
        assert_true(pty_wait_exit(pty, PTY_SOON));
        int status = pty_exit_status(pty);
        assert_false(WIFSIGNALED(status) && WTERMSIG(status) != SIGHUP);
        pty_free(pty);
    }
}

static void test_ctrl_c_and_q(void **state)
{
    for (int i = 0; i < PLACES; i++) {
        struct pty *pty = start(state, NULL);
        pty_keys(pty, places[i]);
        pty_keys(pty, "<C-c>");
        pty_expect_exit(pty, 0);
        pty_expect_restored(pty);
        pty_free(pty);
    }
    struct pty *pty = start(state, NULL);
    pty_keys(pty, "<Enter>");
    pty_expect_text(pty, "Properties");
    pty_keys(pty, "q");
    pty_expect_gone(pty, "Properties");
    pty_keys(pty, "?");
    pty_expect_idle(pty);
    pty_keys(pty, "q");
    pty_expect_idle(pty);
    assert_false(pty_has_exited(pty));
    pty_keys(pty, "q");
    pty_expect_exit(pty, 0);
    pty_free(pty);
}

static void test_a_crash_restores_the_terminal(void **state)
{
    static const int crashes[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};
    static const char *const mouse[] = {"--mouse", NULL};
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) {
        struct pty *pty = start(state, i % 2 ? mouse : NULL);
        pty_keys(pty, places[i]);
        pty_expect_idle(pty);
        pty_signal(pty, crashes[i]);
        assert_true(pty_wait_exit(pty, PTY_SOON));
        pty_expect_restored(pty);
        assert_true(WIFSIGNALED(pty_exit_status(pty)) && WTERMSIG(pty_exit_status(pty)) == crashes[i]);
        pty_free(pty);
    }
}

static bool is_full_screen(struct pty *pty, void *arg)
{
    (void)arg;
    return screen_mode(pty_screen(pty), 1049) && screen_mode(pty_screen(pty), 1);
}

/* Keys that are typed before it is back are sent, and read, as the shell's. */
static void come_back(struct pty *pty)
{
    pty_continue(pty);
    assert_true(pty_wait(pty, is_full_screen, NULL, PTY_SOON));
    pty_expect_idle(pty);
}

static void test_suspend_and_come_back(void **state)
{
    struct pty *pty = start(state, NULL);
    pty_keys(pty, "<Down><Down>");
    assert_true(app_is_selected(pty, 2));
    for (int i = 0; i < 3; i++) {
        pty_keys(pty, "<C-z>");
        assert_true(pty_wait_stopped(pty, PTY_SOON));
        pty_expect_restored(pty);
        if (i == 1)
            pty_resize(pty, 120, 40);
        come_back(pty);
        assert_true(app_is_selected(pty, 2));
    }
    pty_expect_line(pty, 39, "/ filter");
    pty_keys(pty, "<Down>");
    assert_true(app_is_selected(pty, 3));

    /* As another program's kill -TSTP does it. */
    pty_signal(pty, SIGTSTP);
    assert_true(pty_wait_stopped(pty, PTY_SOON));
    pty_expect_restored(pty);
    come_back(pty);
    assert_true(app_is_selected(pty, 3));
    pty_keys(pty, "q");
    pty_expect_exit(pty, 0);
    pty_expect_restored(pty);
    sequences_expect(pty, SEQUENCES_RESUMED);
    pty_free(pty);
}

/* Small random numbers, the same each time. */
static unsigned next(unsigned *seed)
{
    *seed = *seed * 1103515245U + 12345U;
    return *seed >> 16 & 0x7fff;
}

static void test_resizes_by_the_hundred(void **state)
{
    static const char *const keys[] = {"<Down>", "<PgDn>", "<Enter>", "<Tab>", "<Esc>", "b",
                                       "2",      "?",      "<Up>",    "G",     "g",     "<Left>",
                                       "3",      "t",      "e",       "/x",    "<C-l>", "1"};
    struct pty *pty = start(state, NULL);
    unsigned seed = 7;
    for (int i = 0; i < 300; i++) {
        pty_resize(pty, 1 + (int)(next(&seed) % 200), 1 + (int)(next(&seed) % 70));
        pty_keys(pty, keys[next(&seed) % (sizeof keys / sizeof *keys)]);
    }
    pty_resize(pty, 100, 30);
    pty_keys(pty, "<Esc><Esc><Esc><Esc>");
    pty_keys(pty, "Xg");
    pty_expect_text(pty, "executor-runs");
    pty_expect_idle(pty);
    assert_false(pty_has_exited(pty));
    /* What stands there now is what a fresh drawing shows. */
    char *before = screen_text(pty_screen(pty));
    pty_keys(pty, "<C-l>");
    pty_expect_idle(pty);
    char *after = screen_text(pty_screen(pty));
    assert_string_equal(before, after);
    free(before);
    free(after);
    pty_keys(pty, "<C-c>");
    pty_expect_exit(pty, 0);
    pty_expect_restored(pty);
    pty_free(pty);
}

static void test_the_mouse_is_off_unless_asked_for(void **state)
{
    static const char *const mouse[] = {"--mouse", NULL};
    struct pty *pty = start(state, NULL);
    assert_false(screen_mode(pty_screen(pty), 1000) || screen_mode(pty_screen(pty), 1002));
    pty_free(pty);

    pty = start(state, mouse);
    assert_true(screen_mode(pty_screen(pty), 1000) || screen_mode(pty_screen(pty), 1002));
    char click[64];
    snprintf(click, sizeof click, "\033[<0;40;%dM\033[<0;40;%dm", app_list_row(pty, 4) + 1,
             app_list_row(pty, 4) + 1);
    pty_type(pty, click, strlen(click));
    assert_true(app_is_selected(pty, 4));
    pty_keys(pty, "q");
    pty_expect_exit(pty, 0);
    pty_expect_restored(pty);
    pty_free(pty);
}

/* Alt is Esc + key; a lone Esc is one. Whatever bytes come in, nothing breaks. */
static void test_any_bytes_at_the_keyboard(void **state)
{
    struct pty *pty = start(state, NULL);
    char bytes[256];
    int n = 0;
    for (int byte = 0; byte < 256; byte++)
        if (byte != 3 && byte != 26 && byte != 'q' && byte != ':' && byte != 28 && byte != '|')
            bytes[n++] = (char)byte;
    pty_type(pty, bytes, (size_t)n);
    static const char odd[] =
        "\033[999~\033[1;99X\033O\033[200~half a paste \033[201~\033[<0;1M\033]0;x\a\033\033\033[A";
    pty_type(pty, odd, sizeof odd - 1);
    pty_expect_idle(pty);
    assert_false(pty_has_exited(pty));
    sequences_expect(pty, SEQUENCES_CLIPBOARD);
    pty_keys(pty, "<Esc><Esc><C-c>");
    pty_expect_exit(pty, 0);
    pty_expect_restored(pty);
    pty_free(pty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signals_that_end_it),
        cmocka_unit_test(test_the_terminal_goes_away),
        cmocka_unit_test(test_ctrl_c_and_q),
        cmocka_unit_test(test_a_crash_restores_the_terminal),
        cmocka_unit_test(test_suspend_and_come_back),
        cmocka_unit_test(test_resizes_by_the_hundred),
        cmocka_unit_test(test_the_mouse_is_off_unless_asked_for),
        cmocka_unit_test(test_any_bytes_at_the_keyboard),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
