/*
 * Signals both ways: what is meant for the command reaches it once, and what ends or stops it ends or stops
 * us.
 */
#include "data/record/process.h"
#include "tests/support/recorded.h"

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

/* The ones that a process can be sent, and what sh calls them. */
static const int all_signals[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGILL,  SIGTRAP, SIGABRT,
                                  SIGBUS,  SIGFPE,  SIGKILL, SIGUSR1, SIGSEGV, SIGUSR2,
                                  SIGPIPE, SIGALRM, SIGTERM, SIGXCPU, SIGSYS};

/* Whatever this test was started with: make in the background ignores some. */
static void in_a_group_of_its_own(void)
{
    sigset_t none;
    setpgid(0, 0);
    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void run_shell(struct recorded_options options, const char *script, struct recorded *r)
{
    const char *argv[] = {"sh", "-c", script, NULL};
    options.argv = argv;
    options.prepare = options.prepare ? options.prepare : in_a_group_of_its_own;
    recorded_run(&options, r);
    assert_int_equal(r->code, ERR_OK);
}

static void test_each_signal_that_ends_it_ends_us(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof all_signals / sizeof *all_signals; i++) {
        char script[64];
        struct recorded r;
        snprintf(script, sizeof script, "ulimit -c 0; kill -%d $$", all_signals[i]);
        run_shell((struct recorded_options){0}, script, &r);
        assert_true(WIFSIGNALED(r.status));
        assert_int_equal(WTERMSIG(r.status), all_signals[i]);
        assert_false(WCOREDUMP(r.status));
        assert_int_equal(r.end.signal, all_signals[i]);
        assert_false(r.end.was_interrupted);
        recorded_free(&r);
    }
}

static void send_to_recorder(pid_t recorder, pid_t command, void *arg)
{
    (void)command;
    kill(recorder, *(const int *)arg);
}

static void test_each_signal_for_us_reaches_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof all_signals / sizeof *all_signals; i++) {
        int signal = all_signals[i];
        struct recorded r;
        run_shell((struct recorded_options){.meanwhile = send_to_recorder, .arg = &signal}, "exec sleep 60",
                  &r);
        assert_true(WIFSIGNALED(r.status));
        assert_int_equal(WTERMSIG(r.status), signal);
        bool is_interruption = signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT;
        assert_int_equal(r.end.was_interrupted, is_interruption);
        assert_int_equal(r.end.interrupted_by, is_interruption ? signal : 0);
        recorded_free(&r);
    }
}

/* Waits until the shell has set its trap: it says so on a pipe of its own. */
struct counted {
    int ready[2];
    void (*send)(pid_t recorder, pid_t command);
};

static void send_when_ready(pid_t recorder, pid_t command, void *arg)
{
    struct counted *counted = arg;
    char byte;
    close(counted->ready[1]);
    assert_int_equal(read(counted->ready[0], &byte, 1), 1);
    close(counted->ready[0]);
    counted->send(recorder, command);
    usleep(80 * 1000); /* what would come twice has come */
    kill(recorder, SIGUSR1);
}

/* How often the command catches what is sent. */
static void expect_caught(void (*send)(pid_t, pid_t), const char *expected)
{
    struct counted counted = {.send = send};
    struct recorded r;
    char script[256];
    assert_int_equal(pipe(counted.ready), 0);
    snprintf(script, sizeof script,
             "n=0; trap 'n=$((n+1))' TERM HUP; trap 'echo caught $n; exit 9' USR1; echo . >&%d;"
             "exec %d>&-; while :; do sleep 0.01; done",
             counted.ready[1], counted.ready[1]);
    run_shell((struct recorded_options){.meanwhile = send_when_ready, .arg = &counted}, script, &r);
    assert_int_equal(WEXITSTATUS(r.status), 9);
    assert_string_equal(r.out, expected);
    recorded_free(&r);
}

static void to_us(pid_t recorder, pid_t command)
{
    (void)command;
    kill(recorder, SIGTERM);
}

static void to_the_group(pid_t recorder, pid_t command)
{
    (void)command;
    kill(-recorder, SIGTERM);
}

static void as_timeout_does(pid_t recorder, pid_t command)
{
    to_us(recorder, command);
    to_the_group(recorder, command);
}

static pid_t other_child_of(pid_t parent, pid_t known)
{
    char path[64], line[256] = "";
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    fclose(file);
    for (char *at = line, *end; *at; at = end) {
        long pid = strtol(at, &end, 10);
        if (end == at)
            break;
        if (pid != known)
            return (pid_t)pid;
    }
    fail();
    return 0;
}

/* A service manager, one process of the service after the other. */
static void to_each(pid_t recorder, pid_t command)
{
    kill(recorder, SIGTERM);
    kill(command, SIGTERM);
    kill(other_child_of(recorder, command), SIGTERM);
}

static void to_us_and_later_to_the_group(pid_t recorder, pid_t command)
{
    kill(-recorder, SIGHUP);
    usleep(50 * 1000);
    kill(recorder, SIGHUP); /* the first must be forgotten by now */
    (void)command;
}

static void test_it_comes_once_however_it_is_sent(void **state)
{
    (void)state;
    expect_caught(to_us, "caught 1\n");
    expect_caught(to_the_group, "caught 1\n");
    expect_caught(as_timeout_does, "caught 1\n");
    expect_caught(to_each, "caught 1\n");
    expect_caught(to_us_and_later_to_the_group, "caught 2\n");
}

static void ignore_hup(void)
{
    in_a_group_of_its_own();
    signal(SIGHUP, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    sigset_t usr2;
    sigemptyset(&usr2);
    sigaddset(&usr2, SIGUSR2);
    sigprocmask(SIG_BLOCK, &usr2, NULL);
}

/* What is ignored of the signals that the C library keeps for itself: whoever started the tests may have left that, and
 * nobody here can change it. */
static unsigned long long ignored_for_good(void)
{
    char line[256];
    unsigned long long mask = 0;
    FILE *file = fopen("/proc/self/status", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (strncmp(line, "SigIgn:", 7) == 0)
            mask = strtoull(line + 7, NULL, 16);
    fclose(file);
    return mask & (3ULL << 31); /* 32 and 33 */
}

static void test_dispositions_and_mask_are_inherited(void **state)
{
    (void)state;
    struct recorded r;
    const char *argv[] = {"grep", "-E", "Sig(Blk|Ign)", "/proc/self/status", NULL};
    recorded_run(&(struct recorded_options){.argv = argv, .prepare = ignore_hup}, &r);
    assert_int_equal(r.status, 0);
    char expected[128];
    snprintf(expected, sizeof expected, "SigBlk:\t%016llx\nSigIgn:\t%016llx\n", 1ULL << (SIGUSR2 - 1),
             ignored_for_good() | 1U << (SIGHUP - 1) | 1U << (SIGCHLD - 1));
    assert_string_equal(r.out, expected);
    recorded_free(&r);
}

static void hang_up_then_end(pid_t recorder, pid_t command, void *arg)
{
    (void)arg;
    kill(recorder, SIGHUP);
    usleep(20 * 1000);
    assert_int_equal(kill(command, 0), 0);
    kill(recorder, SIGTERM);
}

static void test_nohup_stays(void **state)
{
    (void)state;
    struct recorded r;
    run_shell((struct recorded_options){.prepare = ignore_hup, .meanwhile = hang_up_then_end},
              "exec sleep 60", &r);
    assert_int_equal(WTERMSIG(r.status), SIGTERM);
    assert_int_equal(r.end.interrupted_by, SIGTERM); /* what was ignored interrupts nobody */
    recorded_free(&r);
}

static void stop_and_continue(pid_t recorder, pid_t command, void *arg)
{
    int status;
    int signal = *(const int *)arg;
    kill(command, signal);
    assert_int_equal(waitpid(recorder, &status, WUNTRACED), recorder);
    assert_true(WIFSTOPPED(status));
    assert_int_equal(WSTOPSIG(status), signal);
    kill(recorder, SIGCONT);
    assert_int_equal(waitpid(recorder, &status, WCONTINUED), recorder);
    kill(recorder, SIGTERM); /* one that is still stopped would not end */
}

static void test_a_stop_stops_us_and_we_continue_it(void **state)
{
    (void)state;
    int signals[] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
    for (size_t i = 0; i < 4; i++) {
        struct recorded r;
        struct recorded_options options = {.meanwhile = stop_and_continue, .arg = &signals[i]};
        run_shell(options, "exec sleep 60", &r);
        assert_int_equal(WTERMSIG(r.status), SIGTERM);
        recorded_free(&r);
    }
}

/* Whoever inherits it may take a while to ask how it ended. */
static bool has_ended(pid_t pid)
{
    struct process process;
    return !process_read(pid, &process) || process.state == 'Z';
}

/* While nobody takes them, a SIGCHLD that was sent swallows the one that tells of the end. */
static void end_behind_another(pid_t recorder, pid_t command, void *arg)
{
    int status;
    (void)arg;
    kill(recorder, SIGSTOP);
    assert_int_equal(waitpid(recorder, &status, WUNTRACED), recorder);
    kill(recorder, SIGCHLD);
    kill(command, SIGKILL);
    while (!has_ended(command))
        usleep(1000);
    kill(recorder, SIGCONT);
}

static void test_an_end_is_seen_behind_another_signal(void **state)
{
    (void)state;
    struct recorded r;
    run_shell((struct recorded_options){.meanwhile = end_behind_another}, "exec sleep 60", &r);
    assert_int_equal(r.end.signal, SIGKILL);
    recorded_free(&r);
}

static void queue_value(pid_t recorder, pid_t command, void *arg)
{
    (void)command;
    (void)arg;
    usleep(100 * 1000);
    sigqueue(recorder, SIGRTMIN + 3, (union sigval){.sival_int = 4711});
}

static void test_a_queued_signal_keeps_its_number(void **state)
{
    (void)state;
    struct recorded r;
    run_shell((struct recorded_options){.meanwhile = queue_value}, "exec sleep 60", &r);
    assert_true(WIFSIGNALED(r.status));
    assert_int_equal(WTERMSIG(r.status), SIGRTMIN + 3);
    recorded_free(&r);
}

static void kill_recorder(pid_t recorder, pid_t command, void *arg)
{
    kill(recorder, SIGKILL);
    *(pid_t *)arg = command;
}

static void test_a_killed_recorder_takes_it_along(void **state)
{
    (void)state;
    struct recorded r;
    pid_t command = 0;
    const char *argv[] = {"sleep", "60", NULL};
    recorded_run(&(struct recorded_options){.argv = argv, .meanwhile = kill_recorder, .arg = &command}, &r);
    assert_int_equal(WTERMSIG(r.status), SIGKILL);
    for (int i = 0; i < 5000 && !has_ended(command); i++)
        usleep(1000);
    assert_true(has_ended(command));
    recorded_free(&r);
}

static void arm_alarm(void)
{
    in_a_group_of_its_own();
    ualarm(20 * 1000, 0);
}

static void test_an_alarm_set_before_us_is_for_it(void **state)
{
    (void)state;
    struct recorded r;
    run_shell((struct recorded_options){.prepare = arm_alarm}, "exec sleep 60", &r);
    assert_int_equal(WTERMSIG(r.status), SIGALRM);
    recorded_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_signal_that_ends_it_ends_us),
        cmocka_unit_test(test_each_signal_for_us_reaches_it),
        cmocka_unit_test(test_it_comes_once_however_it_is_sent),
        cmocka_unit_test(test_dispositions_and_mask_are_inherited),
        cmocka_unit_test(test_nohup_stays),
        cmocka_unit_test(test_a_stop_stops_us_and_we_continue_it),
        cmocka_unit_test(test_an_end_is_seen_behind_another_signal),
        cmocka_unit_test(test_a_queued_signal_keeps_its_number),
        cmocka_unit_test(test_a_killed_recorder_takes_it_along),
        cmocka_unit_test(test_an_alarm_set_before_us_is_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
