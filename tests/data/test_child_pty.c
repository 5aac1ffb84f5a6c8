/*
 * A command that is watched on a terminal: it must have one that behaves as ours does, and ours must be as it
 * was afterwards. The program under test is this one, told to run a command.
 */
#include "data/record/child.h"
#include "tests/support/pty_expect.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int run(char **argv)
{
    struct child_watch watch = {0};
    struct child_end end;
    struct err err;
    if (child_run(&(struct child_options){argv, environ}, &watch, &end, &err) != ERR_OK)
        return 99;
    if (getenv("SAY_END"))
        dprintf(1, "[interrupted %d by %d, %d bytes]\r\n", end.was_interrupted, end.interrupted_by,
                (int)end.out_bytes);
    child_leave(&end);
}

/* In a shell, $0 --run is the recorder. */
static struct pty *start_shell(const char *script)
{
    static char self[512];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    assert_true(n > 0);
    const char *argv[] = {"/bin/sh", "-c", script, self, NULL};
    const char *env[] = {"PATH=/usr/bin:/bin", "PS1=$ ", NULL};
    return pty_start(&(struct pty_options){.argv = argv, .env = env, .cols = 90, .rows = 20});
}

static struct pty *start(const char *script)
{
    char line[1024];
    snprintf(line, sizeof line, "exec \"$0\" --run sh -c '%s'", script);
    return start_shell(line);
}

static void end_well(struct pty *pty, int code)
{
    pty_expect_exit(pty, code);
    pty_expect_restored(pty);
    pty_free(pty);
}

static void test_all_three_are_a_terminal_of_the_same_size(void **state)
{
    (void)state;
    struct pty *pty = start("test -t 0 && test -t 1 && test -t 2 && stty size; echo err >&2; exit 3");
    pty_expect_text(pty, "20 90");
    pty_expect_text(pty, "err");
    end_well(pty, 3);
}

static void test_what_is_no_terminal_stays_none(void **state)
{
    (void)state;
    struct pty *pty = start_shell("\"$0\" --run sh -c 'test -t 2 || echo apart' 2>/dev/null;"
                                  "echo piped | \"$0\" --run sh -c 'test -t 0 || cat';"
                                  "\"$0\" --run sh -c 'test -t 1 || echo nor out' | cat");
    pty_expect_text(pty, "apart");
    pty_expect_text(pty, "piped");
    pty_expect_text(pty, "nor out");
    end_well(pty, 0);
}

static void test_only_errors_are_on_the_terminal(void **state)
{
    (void)state;
    struct pty *pty =
        start_shell("\"$0\" --run sh -c 'test -t 1 || test -t 2 && echo coloured >&2; stty size <&2 >&2;"
                    "read x; echo got $x >&2; exit 8' | cat; echo after");
    pty_expect_text(pty, "coloured");
    pty_expect_line(pty, 1, "20 90");
    pty_keys(pty, "word<Enter>");
    pty_expect_text(pty, "got word");
    pty_expect_text(pty, "after");
    end_well(pty, 0);
}

static void test_keys_reach_it(void **state)
{
    (void)state;
    struct pty *pty = start("echo ready; read x; echo got $x; cat; echo over");
    pty_expect_text(pty, "ready");
    pty_keys(pty, "word<Enter>");
    pty_expect_text(pty, "got word");
    pty_keys(pty, "line<Enter><C-d>");
    pty_expect_text(pty, "over");
    end_well(pty, 0);
}

static void test_a_new_size_reaches_it(void **state)
{
    (void)state;
    struct pty *pty = start("trap \"stty size; exit 0\" WINCH; echo ready; while :; do sleep 0.02; done");
    pty_expect_text(pty, "ready");
    pty_resize(pty, 71, 17);
    pty_expect_text(pty, "17 71");
    end_well(pty, 0);
}

static void test_ctrl_c(void **state)
{
    (void)state;
    struct pty *pty = start("echo ready; exec sleep 60");
    pty_expect_text(pty, "ready");
    pty_keys(pty, "<C-c>");
    assert_true(pty_wait_exit(pty, PTY_SOON));
    assert_true(WIFSIGNALED(pty_exit_status(pty)));
    assert_int_equal(WTERMSIG(pty_exit_status(pty)), SIGINT);
    pty_expect_restored(pty);
    pty_free(pty);
}

static void test_an_interruption_is_known(void **state)
{
    (void)state;
    struct pty *pty =
        start_shell("export SAY_END=1; exec \"$0\" --run sh -c 'trap \"exit 4\" INT; echo ready; "
                    "while :; do sleep 0.02; done'");
    pty_expect_text(pty, "ready");
    pty_keys(pty, "<C-c>");
    pty_expect_text(pty, "[interrupted 1 by 2, 9 bytes]"); /* ready\r\n^C */
    end_well(pty, 4);
}

static void test_a_terminal_of_another_session_is_read_as_it_is(void **state)
{
    (void)state;
    struct pty *pty = start_shell("setsid -w \"$0\" --run sh -c 'echo ready; read x; echo got $x; exit 7'");
    pty_expect_text(pty, "ready");
    pty_keys(pty, "word<Enter>");
    pty_expect_text(pty, "got word");
    end_well(pty, 7);
}

static void expect_written(struct pty *pty, const char *bytes)
{
    size_t n;
    const char *all = pty_raw_bytes(pty, 0, &n);
    if (!memmem(all, n, bytes, strlen(bytes)))
        fail_msg("it wrote: %.*s", (int)n, all);
}

/* By the command's terminal; by ours where that belongs to another session, so that it cannot be made raw. */
static void test_lines_are_ended_once(void **state)
{
    (void)state;
    struct pty *pty = start_shell("\"$0\" --run echo here; setsid -w \"$0\" --run echo there; exit 6");
    pty_expect_exit(pty, 6);
    expect_written(pty, "here\r\nthere\r\n");
    pty_free(pty);
}

static void test_ctrl_z_and_fg(void **state)
{
    (void)state;
    struct pty *pty = start("echo ready; read x; echo got $x");
    pty_expect_text(pty, "ready");
    pty_keys(pty, "<C-z>");
    assert_true(pty_wait_stopped(pty, PTY_SOON));
    pty_expect_restored(pty);
    pty_continue(pty);
    pty_keys(pty, "word<Enter>");
    pty_expect_text(pty, "got word");
    end_well(pty, 0);
}

static void test_it_stops_itself(void **state)
{
    (void)state;
    struct pty *pty = start("echo ready; kill -STOP $$; echo again");
    assert_true(pty_wait_stopped(pty, PTY_SOON));
    pty_expect_text(pty, "ready");
    pty_expect_restored(pty);
    pty_continue(pty);
    pty_expect_text(pty, "again");
    end_well(pty, 0);
}

static void test_a_raw_command_that_is_killed(void **state)
{
    (void)state;
    struct pty *pty = start("stty raw -echo; echo ready; kill -KILL $$");
    assert_true(pty_wait_exit(pty, PTY_SOON));
    assert_int_equal(WTERMSIG(pty_exit_status(pty)), SIGKILL);
    pty_expect_restored(pty);
    pty_free(pty);
}

static void test_a_recorder_that_is_killed(void **state)
{
    (void)state;
    struct pty *pty = start("stty -echo; echo pid $$; exec sleep 60");
    pty_expect_match(pty, "pid [0-9]+");
    char *line = pty_screen_line(pty, 0);
    pid_t command = (pid_t)strtol(line + 4, NULL, 10);
    free(line);
    assert_true(kill(command, 0) == 0);
    pty_signal(pty, SIGKILL);
    assert_true(pty_wait_exit(pty, PTY_SOON));
    for (int i = 0; i < 1000 && (kill(command, 0) == 0 || !pty_is_restored(pty, NULL)); i++)
        usleep(2000);
    assert_true(kill(command, 0) != 0);
    pty_expect_restored(pty);
    pty_free(pty);
}

static void test_a_terminal_that_goes_away(void **state)
{
    (void)state;
    struct pty *pty = start("echo ready; exec sleep 60");
    pty_expect_text(pty, "ready");
    pty_hang_up(pty);
    assert_true(pty_wait_exit(pty, PTY_SOON));
    assert_true(WIFSIGNALED(pty_exit_status(pty)));
    assert_int_equal(WTERMSIG(pty_exit_status(pty)), SIGHUP);
    pty_free(pty);
}

static void test_it_closes_its_terminal_and_opens_it_again(void **state)
{
    (void)state;
    struct pty *pty = start("exec <&- >&- 2>&-; sleep 0.1; echo again >/dev/tty; exit 5");
    pty_expect_text(pty, "again");
    end_well(pty, 5);
}

static void test_settings_that_it_leaves(void **state)
{
    (void)state;
    struct pty *pty = start_shell("\"$0\" --run stty -echo; stty -a | grep -o -- '-echo '; stty echo");
    pty_expect_text(pty, "-echo");
    end_well(pty, 0);
}

static void test_descendants_go_on_writing(void **state)
{
    (void)state;
    struct pty *pty =
        start_shell("\"$0\" --run sh -c '(sleep 0.2; echo late) & echo now'; echo back; sleep 0.5; exit 6");
    pty_expect_text(pty, "back");
    pty_expect_text(pty, "late");
    pty_expect_line(pty, 2, "late");
    end_well(pty, 6);
}

/* A leader that ends hangs up who is in the foreground then. */
static void test_what_it_leaves_behind_lives_on(void **state)
{
    (void)state;
    struct pty *pty = start_shell(
        "exec 4>&1; { \"$0\" --run sh -c '(sleep 0.2; echo it lives >&3) <&- >&- 2>&- &' 3>&1 >&4; "
        "} | cat; exit 6");
    pty_expect_text(pty, "it lives");
    end_well(pty, 6);
}

static void test_a_pipeline_reads_the_terminal_only_when_asked(void **state)
{
    (void)state;
    /* The first one reads the terminal; were it ours, it would never see the line. */
    struct pty *pty = start_shell("head -n 1 | \"$0\" --run sh -c 'cat; read x </dev/tty; echo got $x'");
    pty_expect_idle(pty);
    pty_keys(pty, "first<Enter>");
    pty_expect_match(pty, "^first$");
    pty_keys(pty, "second<Enter>");
    pty_expect_text(pty, "got second");
    end_well(pty, 0);
}

int main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "--run") == 0)
        return run(argv + 2);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_three_are_a_terminal_of_the_same_size),
        cmocka_unit_test(test_what_is_no_terminal_stays_none),
        cmocka_unit_test(test_only_errors_are_on_the_terminal),
        cmocka_unit_test(test_keys_reach_it),
        cmocka_unit_test(test_a_new_size_reaches_it),
        cmocka_unit_test(test_ctrl_c),
        cmocka_unit_test(test_an_interruption_is_known),
        cmocka_unit_test(test_a_terminal_of_another_session_is_read_as_it_is),
        cmocka_unit_test(test_lines_are_ended_once),
        cmocka_unit_test(test_ctrl_z_and_fg),
        cmocka_unit_test(test_it_stops_itself),
        cmocka_unit_test(test_a_raw_command_that_is_killed),
        cmocka_unit_test(test_a_recorder_that_is_killed),
        cmocka_unit_test(test_a_terminal_that_goes_away),
        cmocka_unit_test(test_it_closes_its_terminal_and_opens_it_again),
        cmocka_unit_test(test_settings_that_it_leaves),
        cmocka_unit_test(test_descendants_go_on_writing),
        cmocka_unit_test(test_what_it_leaves_behind_lives_on),
        cmocka_unit_test(test_a_pipeline_reads_the_terminal_only_when_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
