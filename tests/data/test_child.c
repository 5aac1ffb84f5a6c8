/*
 * A command that is watched, without a terminal: what it wrote, how it ended and what its parent sees must be
 * as without us.
 */
#include "data/base/rand.h"
#include "tests/support/recorded.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { BURST_RECORDS = 20000, BINARY_BYTES = 1 << 20 };

static void run_shell(const char *script, bool is_one_place, struct recorded *r)
{
    const char *argv[] = {"sh", "-c", script, NULL};
    recorded_run(&(struct recorded_options){.argv = argv, .is_one_place = is_one_place}, r);
    assert_int_equal(r->code, ERR_OK);
}

static void expect_told(const struct recorded *r, int stream, const char *expected)
{
    size_t n;
    char *told = recorded_stream(r, stream, &n);
    assert_string_equal(told, expected);
    free(told);
}

static void test_output_goes_where_it_went(void **state)
{
    (void)state;
    struct recorded r;
    run_shell("echo out; echo err >&2; printf last", false, &r);
    assert_string_equal(r.out, "out\nlast");
    assert_string_equal(r.err, "err\n");
    expect_told(&r, CHILD_OUT, "out\nlast");
    expect_told(&r, CHILD_ERR, "err\n");
    assert_int_equal(r.end.out_bytes, 8);
    assert_int_equal(r.end.err_bytes, 4);
    recorded_free(&r);
}

static void test_every_exit_code(void **state)
{
    (void)state;
    for (int code = 0; code <= 255; code += code < 8 || code > 120 ? 1 : 7) {
        char script[32];
        struct recorded r;
        snprintf(script, sizeof script, "exit %d", code);
        run_shell(script, false, &r);
        assert_true(WIFEXITED(r.status));
        assert_int_equal(WEXITSTATUS(r.status), code);
        assert_int_equal(r.end.exit_status, code);
        assert_int_equal(r.end.signal, 0);
        recorded_free(&r);
    }
}

static void test_one_place_keeps_the_order(void **state)
{
    (void)state;
    struct recorded r;
    run_shell("i=0; while [ $i -lt 300 ]; do echo o$i; echo e$i >&2; i=$((i+1)); done", true, &r);
    char *expected = malloc(8192), *at = expected;
    for (int i = 0; i < 300; i++)
        at += snprintf(at, 32, "o%d\ne%d\n", i, i);
    assert_string_equal(r.out, expected);
    expect_told(&r, -1, expected);
    free(expected);
    recorded_free(&r);
}

static void test_what_cannot_be_started(void **state)
{
    (void)state;
    const char *missing[] = {"/nonexistent/command", NULL}, *denied[] = {"/etc/passwd", NULL};
    struct recorded r;
    recorded_run(&(struct recorded_options){.argv = missing}, &r);
    assert_int_equal(WEXITSTATUS(r.status), 127);
    assert_int_equal(r.end.start_errno, ENOENT);
    assert_string_equal(r.err, "executor-runs: /nonexistent/command: No such file or directory\n");
    expect_told(&r, CHILD_ERR, r.err);
    recorded_free(&r);
    recorded_run(&(struct recorded_options){.argv = denied}, &r);
    assert_int_equal(WEXITSTATUS(r.status), 126);
    assert_int_equal(r.end.start_errno, EACCES);
    recorded_free(&r);
}

/* Numbered records at random to both, in bursts and of many sizes; what is read of both must be the same
 * bytes. */
static void test_one_place_keeps_the_order_of_bursts(void **state)
{
    (void)state;
    char seed[16];
    for (int i = 1; i <= 4; i++) {
        struct recorded r;
        snprintf(seed, sizeof seed, "%d", i);
        const char *argv[] = {"/proc/self/exe", "--bursts", seed, NULL};
        recorded_run(&(struct recorded_options){.argv = argv, .is_one_place = true}, &r);
        assert_int_equal(r.status, 0);
        size_t n;
        char *told = recorded_stream(&r, -1, &n);
        assert_int_equal(n, r.out_len);
        assert_memory_equal(told, r.out, n);
        int expected = 0;
        for (char *line = r.out; line < r.out + r.out_len; line = strchr(line, '\n') + 1)
            assert_int_equal(strtol(line + 2, NULL, 10), expected++);
        assert_int_equal(expected, BURST_RECORDS);
        free(told);
        told = recorded_stream(&r, CHILD_ERR, &n);
        for (char *line = told; line < told + n; line = strchr(line, '\n') + 1)
            assert_memory_equal(line, "2 ", 2);
        assert_int_equal(n, r.end.err_bytes);
        free(told);
        recorded_free(&r);
    }
}

static int write_bursts(unsigned seed)
{
    static char line[10000];
    struct rand rng;
    rand_seed(&rng, seed);
    for (int i = 0; i < BURST_RECORDS;) {
        int fd = (int)rand_between(&rng, 1, 2);
        int64_t burst = rand_chance(&rng, 0.1) ? rand_below(&rng, 2000) : rand_between(&rng, 1, 3);
        for (; burst > 0 && i < BURST_RECORDS; burst--, i++) {
            int len =
                (int)(rand_chance(&rng, 0.05) ? rand_between(&rng, 20, 9000) : rand_between(&rng, 20, 90));
            memset(line, 'x', (size_t)len);
            int n = snprintf(line, sizeof line, "%d %d", fd, i);
            line[n] = ' ';
            line[len - 1] = '\n';
            if (write(fd, line, (size_t)len) != len)
                return 1;
        }
    }
    return 0;
}

/* Everything that a byte can be, and every length that a packet can have. */
static void test_binary_output_is_exact(void **state)
{
    (void)state;
    for (int is_one_place = 0; is_one_place <= 1; is_one_place++) {
        struct recorded r;
        const char *argv[] = {"/proc/self/exe", "--binary", NULL};
        recorded_run(&(struct recorded_options){.argv = argv, .is_one_place = is_one_place}, &r);
        assert_int_equal(r.out_len, BINARY_BYTES);
        for (size_t i = 0; i < r.out_len; i++)
            assert_int_equal((unsigned char)r.out[i], (i * 7 + i / 251) & 255);
        size_t n;
        char *told = recorded_stream(&r, CHILD_OUT, &n);
        assert_int_equal(n, r.out_len);
        assert_memory_equal(told, r.out, n);
        free(told);
        recorded_free(&r);
    }
}

static int write_binary(void)
{
    static unsigned char bytes[BINARY_BYTES];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 7 + i / 251);
    for (size_t at = 0, n = 1; at < sizeof bytes; at += n, n = n * 3 % 20011 + 1) {
        n = n < sizeof bytes - at ? n : sizeof bytes - at;
        if (write(1, bytes + at, n) != (ssize_t)n)
            return 1;
    }
    return 0;
}

/* Much more than any pipe holds, and the recorder stays as small as it is. */
static void test_much_output_in_little_memory(void **state)
{
    (void)state;
    struct recorded small, large;
    run_shell("true", false, &small);
    run_shell("head -c 40000000 /dev/zero", false, &large);
    assert_int_equal(large.out_len, 40000000);
    assert_int_equal(large.end.out_bytes, 40000000);
    assert_true(large.max_rss_kb < small.max_rss_kb + 2048);
    recorded_free(&small);
    recorded_free(&large);
}

static void test_a_reader_that_leaves(void **state)
{
    (void)state;
    const char *argv[] = {"yes", NULL};
    for (int is_one_place = 0; is_one_place <= 1; is_one_place++) {
        struct recorded r;
        recorded_run(
            &(struct recorded_options){.argv = argv, .is_out_unread = true, .is_one_place = is_one_place},
            &r);
        assert_true(WIFSIGNALED(r.status));
        assert_int_equal(WTERMSIG(r.status), SIGPIPE);
        assert_int_equal(r.end.out_bytes, 0);
        recorded_free(&r);
    }
}

static void test_a_reader_that_leaves_one_of_two(void **state)
{
    (void)state;
    const char *argv[] = {"sh", "-c", "sleep 0.05; trap '' PIPE; echo out; echo err >&2; exit 4", NULL};
    struct recorded r;
    recorded_run(&(struct recorded_options){.argv = argv, .is_out_unread = true}, &r);
    assert_int_equal(WEXITSTATUS(r.status), 4);
    assert_non_null(strstr(r.err, "err\n"));
    recorded_free(&r);
}

static void test_it_closes_its_outputs(void **state)
{
    (void)state;
    struct recorded r;
    run_shell("echo early; exec >&- 2>&-; sleep 0.1; exit 7", false, &r);
    assert_int_equal(WEXITSTATUS(r.status), 7);
    assert_string_equal(r.out, "early\n");
    recorded_free(&r);
}

static void test_what_it_leaves_behind_goes_on(void **state)
{
    (void)state;
    for (int is_one_place = 0; is_one_place <= 1; is_one_place++) {
        struct recorded r;
        run_shell("(sleep 0.3; echo late; echo later >&2) & echo now; exit 5", is_one_place, &r);
        assert_int_equal(WEXITSTATUS(r.status), 5);
        assert_true(r.ended_ms < r.eof_ms); /* nobody waited for it */
        assert_string_equal(r.out, is_one_place ? "now\nlate\nlater\n" : "now\nlate\n");
        expect_told(&r, -1, "now\n");
        recorded_free(&r);
    }
}

static void test_input_is_its_own(void **state)
{
    (void)state;
    int in[2];
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(write(in[1], "one\ntwo\n", 8), 8);
    close(in[1]);
    const char *argv[] = {"sh", "-c", "read x; echo got $x; cat", NULL};
    struct recorded r;
    recorded_run(&(struct recorded_options){.argv = argv, .in = in[0]}, &r);
    assert_string_equal(r.out, "got one\ntwo\n");
    close(in[0]);
    recorded_free(&r);
}

/* --- what we were started with -------------------------------------------------------------------------- */

static void close_output(void)
{
    close(1);
}

static void test_a_closed_output_stays_closed(void **state)
{
    (void)state;
    const char *argv[] = {"sh", "-c", "test -e /proc/self/fd/1 && echo open >&2; exit 3", NULL};
    struct recorded r;
    recorded_run(&(struct recorded_options){.argv = argv, .prepare = close_output}, &r);
    assert_int_equal(WEXITSTATUS(r.status), 3);
    assert_string_equal(r.err, "");
    recorded_free(&r);
}

/* A pipe that we hold one end of, and the command the other: once it has closed that, nobody else may keep it
 * open. */
static struct {
    int ours, its, as;
} between;

static void take_its_end(void)
{
    dup2(between.its, between.as);
    close(between.its);
    close(between.ours);
}

static void wait_for_its_end(pid_t recorder, pid_t command, void *arg)
{
    (void)command;
    (void)arg;
    struct pollfd pfd = {.fd = between.ours};
    close(between.its);
    bool has_ended = poll(&pfd, 1, 5000) == 1 && pfd.revents & (POLLHUP | POLLERR);
    kill(recorder, SIGTERM);
    assert_true(has_ended);
}

static void expect_closed(const char *script, int as)
{
    const char *argv[] = {"sh", "-c", script, NULL};
    int ends[2];
    struct recorded r;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    between.ours = ends[as == 0];
    between.its = ends[as != 0];
    between.as = as;
    recorded_run(
        &(struct recorded_options){.argv = argv, .prepare = take_its_end, .meanwhile = wait_for_its_end}, &r);
    assert_int_equal(r.code, ERR_OK);
    close(between.ours);
    recorded_free(&r);
}

static void test_what_it_closes_is_closed(void **state)
{
    (void)state;
    expect_closed("exec <&-; exec sleep 60", 0);
    expect_closed("exec >&-; exec sleep 60", 1);
    expect_closed("exec 7>&-; exec sleep 60", 7);
}

static void open_one_more(void)
{
    assert_int_equal(dup2(0, 77), 77);
}

static void test_descriptors_are_those_of_before(void **state)
{
    (void)state;
    const char *argv[] = {
        "sh", "-c", "cd /proc/self/fd; for i in *; do test $i -gt 2 && test -e $i && echo $i; done", NULL};
    for (int is_one_place = 0; is_one_place <= 1; is_one_place++) {
        struct recorded with, without;
        recorded_run(
            &(struct recorded_options){.argv = argv, .prepare = open_one_more, .is_one_place = is_one_place},
            &with);
        recorded_run(&(struct recorded_options){.argv = argv, .is_one_place = is_one_place}, &without);
        assert_non_null(strstr(with.out, "77\n"));
        assert_null(strstr(without.out, "77\n"));
        assert_int_equal(without.out_len, with.out_len - 3); /* nothing else differs, so nothing is ours */
        recorded_free(&with);
        recorded_free(&without);
    }
}

static void listen_as_systemd_says(void)
{
    char pid[16];
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    setenv("LISTEN_PID", pid, 1);
    setenv("WATCHDOG_PID", "1", 1);
}

static void test_what_systemd_hands_over_is_for_the_command(void **state)
{
    (void)state;
    const char *argv[] = {"sh", "-c", "test $LISTEN_PID = $$ && echo mine; echo $WATCHDOG_PID", NULL};
    struct recorded r;
    recorded_run(&(struct recorded_options){.argv = argv, .prepare = listen_as_systemd_says}, &r);
    assert_string_equal(r.out, "mine\n1\n");
    recorded_free(&r);
}

static void do_not_block(void)
{
    fcntl(1, F_SETFL, O_NONBLOCK);
}

static void read_late(pid_t recorder, pid_t command, void *arg)
{
    (void)recorder;
    (void)command;
    (void)arg;
    usleep(100 * 1000);
}

/* A full pipe that says EAGAIN, and a reader that comes late. */
static void test_an_output_that_does_not_block(void **state)
{
    (void)state;
    const char *argv[] = {"head", "-c", "3000000", "/dev/zero", NULL};
    for (int is_one_place = 0; is_one_place <= 1; is_one_place++) {
        struct recorded r;
        recorded_run(
            &(struct recorded_options){
                .argv = argv, .prepare = do_not_block, .meanwhile = read_late, .is_one_place = is_one_place},
            &r);
        assert_int_equal(r.status, 0);
        assert_int_equal(r.out_len, 3000000);
        recorded_free(&r);
    }
}

/* Somebody else has the pipe open, too, and would be astonished if it did not block any more. */
static int also_output;

static void open_output_twice(void)
{
    also_output = fcntl(1, F_DUPFD_CLOEXEC, 3);
}

static void say_flags(void)
{
    dprintf(also_output, "%s", fcntl(also_output, F_GETFL) & O_NONBLOCK ? "nonblocking" : "as it was");
}

static void test_the_flags_of_our_output_are_not_touched(void **state)
{
    (void)state;
    const char *argv[] = {"true", NULL};
    struct recorded r;
    recorded_run(&(struct recorded_options){.argv = argv, .prepare = open_output_twice, .leave = say_flags},
                 &r);
    assert_string_equal(r.out, "as it was");
    recorded_free(&r);
}

static void leave_few_descriptors(void)
{
    int next = dup(0);
    close(next);
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){(rlim_t)next + 3, (rlim_t)next + 3});
}

static void say_blocked(void)
{
    sigset_t now;
    sigprocmask(SIG_SETMASK, NULL, &now);
    dprintf(1, "%s", sigismember(&now, SIGTERM) ? "blocked" : "as it was");
}

static void test_what_cannot_be_watched_is_not_run(void **state)
{
    (void)state;
    const char *argv[] = {"echo", "run", NULL};
    struct recorded r;
    recorded_run(
        &(struct recorded_options){.argv = argv, .prepare = leave_few_descriptors, .leave = say_blocked}, &r);
    assert_int_equal(r.code, ERR_IO);
    assert_string_equal(r.out, "as it was"); /* so that it can be run without being watched */
    recorded_free(&r);
}

/* Two that write at once have no order, but neither may wait for the other to end. */
static void test_a_flood_holds_nobody_up(void **state)
{
    (void)state;
    struct recorded r;
    run_shell("yes & flood=$!; sleep 0.05; echo err >&2; kill $flood; echo over >&2", true, &r);
    assert_int_equal(r.status, 0);
    expect_told(&r, CHILD_ERR, "err\nover\n");
    recorded_free(&r);
}

int main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "--bursts") == 0)
        return write_bursts((unsigned)strtoul(argv[2], NULL, 10));
    if (argc > 1 && strcmp(argv[1], "--binary") == 0)
        return write_binary();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_output_goes_where_it_went),
        cmocka_unit_test(test_every_exit_code),
        cmocka_unit_test(test_what_cannot_be_started),
        cmocka_unit_test(test_one_place_keeps_the_order),
        cmocka_unit_test(test_one_place_keeps_the_order_of_bursts),
        cmocka_unit_test(test_a_flood_holds_nobody_up),
        cmocka_unit_test(test_binary_output_is_exact),
        cmocka_unit_test(test_much_output_in_little_memory),
        cmocka_unit_test(test_a_reader_that_leaves),
        cmocka_unit_test(test_a_reader_that_leaves_one_of_two),
        cmocka_unit_test(test_it_closes_its_outputs),
        cmocka_unit_test(test_what_it_leaves_behind_goes_on),
        cmocka_unit_test(test_input_is_its_own),
        cmocka_unit_test(test_a_closed_output_stays_closed),
        cmocka_unit_test(test_what_it_closes_is_closed),
        cmocka_unit_test(test_descriptors_are_those_of_before),
        cmocka_unit_test(test_what_systemd_hands_over_is_for_the_command),
        cmocka_unit_test(test_an_output_that_does_not_block),
        cmocka_unit_test(test_what_cannot_be_watched_is_not_run),
        cmocka_unit_test(test_the_flags_of_our_output_are_not_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
