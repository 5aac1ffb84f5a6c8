/*
 * Where a recorded run comes from: code, trigger, metadata.
 */
#include "data/record/origin.h"

#include "data/text/json_part.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- code ---- */

static void expect_code(const char *const *argv, const char *name, const char *expected)
{
    struct buf code;
    buf_init(&code, ORIGIN_CODE_MAX * 4);
    origin_code((char *const *)argv, name, &code);
    assert_string_equal(buf_cstr(&code), expected);
    buf_release(&code);
}

#define CODE(expected, name, ...) expect_code((const char *const[]){__VA_ARGS__, NULL}, name, expected)

static void test_code(void **state)
{
    (void)state;
    CODE("make -j2 all", NULL, "make", "-j2", "all");
    CODE("sh -c 'echo \"$HOME\"; exit 1'", NULL, "sh", "-c", "echo \"$HOME\"; exit 1");
    CODE("echo 'it'\\''s' '' a=b ./x@y:1,2", NULL, "echo", "it's", "", "a=b", "./x@y:1,2");
    CODE("echo '~' '*' '#' 'a\nb' 'ü'", NULL, "echo", "~", "*", "#", "a\nb", "ü");
    CODE("# nightly backup\ntrue", "nightly\n  backup ", "true");
    CODE("true", "", "true");
    CODE("echo '\uFFFDx'", NULL, "echo", "\xffx");
}

/* What a shell makes of the code is the command again. */
static void test_code_is_what_a_shell_reads(void **state)
{
    (void)state;
    const char *words[] = {"printf", "%s\\n", "a b", "it's", "$x `y` \"z\"", "\\", "!",
                           "#no",    "\n",    "",    NULL};
    struct buf code;
    buf_init(&code, ORIGIN_CODE_MAX * 4);
    buf_str(&code, "set -- ");
    origin_code((char *const *)words, NULL, &code);
    buf_str(&code, "\n[ $# = 10 ] && [ \"$4\" = \"it's\" ] && [ \"$6\" = '\\' ] && [ \"$8\" = '#no' ] && [ "
                   "-z \"${10}\" ]");
    pid_t pid = fork();
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", buf_cstr(&code), (char *)NULL);
        _exit(99);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    buf_release(&code);
}

static void test_code_is_bounded(void **state)
{
    (void)state;
    static char word[ORIGIN_CODE_MAX];
    memset(word, 'w', sizeof word - 1);
    struct buf code;
    buf_init(&code, ORIGIN_CODE_MAX * 4);
    origin_code((char *const[]){(char[]){"echo"}, word, word, NULL}, "long", &code);
    assert_true(code.len < ORIGIN_CODE_MAX + 64);
    assert_memory_equal(code.data, "# long\necho ", 12);
    assert_memory_equal(code.data + code.len - 4, " …", 4);
    buf_release(&code);
}

/* ---- metadata ---- */

static const struct recorder recorder = {.pid = 7, .start = 8, .boot_id = "b", .machine = "m", .host = "h"};

#define RECORDER                                                                                             \
    "\"recorder\":{\"pid\":7,\"start\":8,\"bootId\":\"b\",\"pidNamespace\":0,\"machine\":\"m\",\"host\":"    \
    "\"h\"}"

static void expect_meta(struct origin_facts facts, const char *expected)
{
    struct buf meta;
    buf_init(&meta, ORIGIN_TEXT_MAX);
    facts.recorder = &recorder;
    origin_meta(&facts, &meta);
    assert_string_equal(buf_cstr(&meta), expected);
    assert_int_equal(json_check(buf_as_text(&meta)), JSON_OBJECT_OPEN);
    buf_release(&meta);
}

static void test_meta(void **state)
{
    (void)state;
    char *argv[] = {(char[]){"a"}, (char[]){"b \"c\""}, NULL};
    expect_meta((struct origin_facts){.meta = TEXT_NULL, .cwd = "/tmp", .user = "me", .argv = argv},
                "{\"cwd\":\"/tmp\",\"argv\":[\"a\",\"b \\\"c\\\"\"],\"user\":\"me\"," RECORDER "}");
    expect_meta(
        (struct origin_facts){.meta = TEXT_LIT("{ \"x\" : {\"y\":[1, 2]}, \"user\":null,\"argv\":\"mine\", "
                                               "\"recorder\":1, \"\\u0063wd\":2}"),
                              .cwd = "/tmp",
                              .user = "me",
                              .unit = "backup.service",
                              .name = "n",
                              .argv = argv},
        "{\"x\":{\"y\":[1, 2]},\"user\":null,\"argv\":\"mine\",\"\\u0063wd\":2,\"name\":\"n\","
        "\"unit\":\"backup.service\"," RECORDER "}");
    expect_meta((struct origin_facts){.meta = TEXT_LIT("{}"), .argv = (char *[]){NULL}},
                "{\"argv\":[]," RECORDER "}");
}

static void test_meta_is_bounded(void **state)
{
    (void)state;
    static char word[1 << 20];
    memset(word, '\001', sizeof word - 1);
    struct buf meta;
    buf_init(&meta, ORIGIN_TEXT_MAX);
    char *argv[] = {(char[]){"a"}, word, (char[]){"b"}, NULL};
    origin_meta(&(struct origin_facts){.argv = argv, .recorder = &recorder}, &meta);
    assert_string_equal(buf_cstr(&meta), "{\"argv\":[\"a\",\"…\"]," RECORDER "}");
    buf_clear(&meta);
    origin_meta(&(struct origin_facts){.argv = argv, .cwd = word, .recorder = &recorder}, &meta);
    assert_string_equal(buf_cstr(&meta), "{" RECORDER "}");
    buf_release(&meta);
}

static void test_meta_that_is_none(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "1", "[]", "{", "{\"a\":}", "{} x", "\"{}\""};
    struct err err;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(origin_check_meta(text_of(wrong[i]), &err), ERR_USAGE);
        assert_non_null(strstr(err.what, "--meta"));
    }
    static char big[ORIGIN_META_MAX + 2];
    memset(big, ' ', sizeof big - 1);
    memcpy(big, "{}", 2);
    assert_int_equal(origin_check_meta(text_of(big), &err), ERR_USAGE);
    assert_int_equal(origin_check_meta(TEXT_LIT("{\"a\":1}"), &err), ERR_OK);
}

/* ---- trigger ---- */

/* What is found in a process of its own, without a terminal, below one of this name. */
static struct origin find_below(const char *name, const char *asked)
{
    int pipe_fds[2];
    struct origin origin;
    assert_int_equal(pipe(pipe_fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        setsid();
        prctl(PR_SET_NAME, name, 0, 0, 0);
        pid_t inner = fork();
        if (inner == 0) {
            prctl(PR_SET_NAME, "job", 0, 0, 0);
            origin_find(asked, &origin);
            _exit(write(pipe_fds[1], &origin, sizeof origin) != sizeof origin);
        }
        waitpid(inner, NULL, 0);
        _exit(0);
    }
    assert_int_equal(read(pipe_fds[0], &origin, sizeof origin), sizeof origin);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    return origin;
}

static void expect_trigger(const char *name, const char *asked, const char *expected)
{
    struct origin origin = find_below(name, asked);
    assert_string_equal(origin.trigger, expected);
}

static int no_trigger(void **state)
{
    (void)state;
    unsetenv("EXECUTOR_TRIGGER");
    unsetenv("INVOCATION_ID");
    return 0;
}

static void test_trigger(void **state)
{
    (void)state;
    expect_trigger("bash", NULL, "cli");
    expect_trigger("cronjob", NULL, "cli");
    expect_trigger("cron", NULL, "cron");
    expect_trigger("CROND", NULL, "cron");
    expect_trigger("anacron", NULL, "cron");
    setenv("INVOCATION_ID", "0123", 1);
    expect_trigger("bash", NULL, "systemd");
    expect_trigger("cron", NULL, "cron");
    setenv("EXECUTOR_TRIGGER", "deploy", 1);
    expect_trigger("cron", NULL, "deploy");
    expect_trigger("cron", "mine", "mine");
    setenv("EXECUTOR_TRIGGER", "\033[31mred\xff", 1);
    expect_trigger("cron", NULL, "red\uFFFD");
    setenv("EXECUTOR_TRIGGER", "", 1);
    expect_trigger("cron", NULL, "cron");
}

static void test_unit(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"0::/system.slice/backup.service\n", "backup.service"},
        {"0::/user.slice/user-1000.slice/user@1000.service/app.slice/sync.service\n", "sync.service"},
        {"0::/user.slice/user-1000.slice/user@1000.service/init.scope\n", "init.scope"},
        {"0::/user.slice/user-1000.slice/user@1000.service/app.slice\n", ""},
        {"0::/system.slice/docker.service/payload\n", "docker.service"},
        {"12:cpu:/x.service\n1:name=systemd:/system.slice/old.service\n0::/\n", "old.service"},
        {"0::/system.slice/system-job.slice/job@a\\x2db.service", "job@a\\x2db.service"},
        {"0::/\n", ""},
        {"0::/.service\n", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char unit[ORIGIN_UNIT];
        origin_unit(cases[i][0], unit);
        assert_string_equal(unit, cases[i][1]);
    }
    char unit[ORIGIN_UNIT], longer[ORIGIN_UNIT * 2];
    snprintf(longer, sizeof longer, "0::/a.service/%0*d.service", ORIGIN_UNIT, 7);
    origin_unit(longer, unit);
    assert_string_equal(unit, "a.service");
}

/* A name is no trap: whatever a process calls itself, the fields behind are found. */
static void test_odd_names(void **state)
{
    (void)state;
    expect_trigger(") S 1 1 1 (", NULL, "cli");
    expect_trigger("x) cron (", NULL, "cli");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_code),
        cmocka_unit_test(test_code_is_what_a_shell_reads),
        cmocka_unit_test(test_code_is_bounded),
        cmocka_unit_test(test_meta),
        cmocka_unit_test(test_meta_is_bounded),
        cmocka_unit_test(test_meta_that_is_none),
        cmocka_unit_test(test_unit),
        cmocka_unit_test_setup(test_trigger, no_trigger),
        cmocka_unit_test_setup(test_odd_names, no_trigger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
