/*
 * A server that is slow, gone, closed to us or not one at all: what was shown stays and says of when it is, the reason and the way on are named, no
 * key waits, and the secret that opens the server is nowhere but in the request.
 */
#include "tests/support/app_remote.h"
#include "tests/support/pty_expect.h"
#include "tests/support/sequences.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define TOKEN "tok-7f3a9c51e2"
#define TOKEN_ENV "EXECUTOR_RUNS_TOKEN=" TOKEN

enum { AT_ONCE = 2000, SLOW_MS = 5000 }; /* an answer would take longer */

static int set_up(void **state)
{
    *state = app_remote_new();
    return 0;
}

static int tear_down(void **state)
{
    app_remote_free(*state);
    return 0;
}

static struct pty *start(struct app_remote *remote)
{
    struct pty *pty = app_remote_start(remote, &(struct app_options){0});
    app_remote_expect_runs(pty, "144");
    return pty;
}

static void stop(struct pty *pty)
{
    sequences_expect(pty, SEQUENCES_CLIPBOARD);
    pty_keys(pty, "<C-c>");
    assert_true(pty_wait_exit(pty, AT_ONCE));
    pty_expect_exit(pty, 0);
    pty_expect_restored(pty);
    pty_free(pty);
}

/* ---- slow ---- */

static void test_keys_do_not_wait_for_the_server(void **state)
{
    struct app_remote *remote = *state;
    struct pty *pty = start(remote);
    api_server_set_delay(remote->server, "", SLOW_MS);
    api_server_set_serial(remote->server, true);
    pty_keys(pty, "r?");
    assert_true(pty_wait_text(pty, "The next failed run", AT_ONCE));
    pty_keys(pty, "<Esc>");
    assert_true(pty_wait_gone(pty, "The next failed run", AT_ONCE));
    pty_keys(pty, "<Down><Down><Down>");
    assert_true(app_is_selected(pty, 3));
    pty_keys(pty, "/status:failed");
    assert_true(pty_wait_line(pty, 1, "/ status:failed", AT_ONCE));
    pty_keys(pty, "<Enter>");
    assert_true(api_server_wait(remote->server, "status=failed", 1, AT_ONCE));
    pty_keys(pty, "<Tab>j");
    assert_true(pty_wait_line(pty, 0, "LIVE", AT_ONCE));
    stop(pty);
}

static void test_leaving_before_the_first_answer(void **state)
{
    struct app_remote *remote = *state;
    api_server_set_delay(remote->server, "", SLOW_MS);
    struct pty *pty = app_remote_start(remote, &(struct app_options){0});
    assert_true(api_server_wait(remote->server, "", 1, AT_ONCE));
    pty_expect_line(pty, 0, "executor-runs");
    pty_keys(pty, "q");
    assert_true(pty_wait_exit(pty, AT_ONCE));
    pty_expect_exit(pty, 0);
    pty_free(pty);
}

/* ---- gone ---- */

static void assert_old_rows_with_a_reason(struct pty *pty)
{
    pty_expect_line(pty, 0, "✗ cannot be read · as of 13:03:05");
    pty_expect_match(pty, "✗ as of 13:03:05 · nothing listens at 127\\.0\\.0\\.1:[0-9]+");
    pty_expect_text(pty, "r tries again");
    pty_expect_match(pty, "● Nov 21 13:03:04\\.000  running");
    pty_expect_line(pty, 0, " 144 runs");
}

static void assert_recovered(struct pty *pty)
{
    pty_expect_gone(pty, "cannot be read");
    pty_expect_gone(pty, "nothing listens");
    app_remote_expect_runs(pty, "144");
    pty_expect_text(pty, "13:03:04.000");
}

static void test_gone_and_back_by_hand(void **state)
{
    struct app_remote *remote = *state;
    struct pty *pty = start(remote);
    api_server_suspend(remote->server);
    pty_keys(pty, "r");
    assert_old_rows_with_a_reason(pty);
    api_server_resume(remote->server);
    pty_keys(pty, "r");
    assert_recovered(pty);
    stop(pty);
}

static void test_gone_and_back_by_itself(void **state)
{
    struct app_remote *remote = *state;
    struct pty *pty = start(remote);
    pty_keys(pty, "j");
    pty_expect_line(pty, 0, "LIVE 1s");
    api_server_suspend(remote->server);
    assert_old_rows_with_a_reason(pty);
    pty_keys(pty, "<Down><Down>");
    assert_true(app_is_selected(pty, 2));
    history_run(remote->history, (struct history_run){.created_at = APP_NOW - 900, .code = "missed()"});
    api_server_resume(remote->server);
    pty_expect_line(pty, 0, "+1 new");
    pty_expect_line(pty, 0, " 145 runs");
    pty_expect_gone(pty, "cannot be read");
    assert_true(app_is_selected(pty, 2));
    pty_keys(pty, "g");
    pty_expect_text(pty, "missed()");
    stop(pty);
}

/* ---- closed to us ---- */

static void assert_nowhere(const char *bytes, size_t n, const char *where)
{
    if (memmem(bytes, n, TOKEN, strlen(TOKEN)))
        fail_msg("the token is in %s", where);
}

static void assert_not_in_file(const char *path)
{
    char bytes[65536];
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    for (ssize_t n; (n = read(fd, bytes, sizeof bytes)) > 0;)
        assert_nowhere(bytes, (size_t)n, path);
    close(fd);
}

/* Whatever lies below a directory; the number of files. */
static int assert_not_in_tree(const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort), files = 0;
    assert_true(count >= 0);
    for (int i = 0; i < count; i++) {
        char name[4200];
        struct stat st;
        snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
        bool is_self = !strcmp(entries[i]->d_name, ".") || !strcmp(entries[i]->d_name, "..");
        free(entries[i]);
        if (is_self || lstat(name, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode))
            files += assert_not_in_tree(name);
        else if (S_ISREG(st.st_mode))
            assert_not_in_file(name), files++;
    }
    free(entries);
    return files;
}

static void assert_command_line_is_clean(struct pty *pty)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pty_pid(pty));
    assert_not_in_file(path);
}

static bool has_copied(struct pty *pty, void *text)
{
    char *copied = sequences_clipboard(pty);
    bool holds = copied && strstr(copied, text);
    free(copied);
    return holds;
}

static void assert_copied_command_is_clean(struct app_remote *remote, struct pty *pty)
{
    char address[64];
    snprintf(address, sizeof address, "%s", api_server_url(remote->server));
    pty_keys(pty, "yl");
    assert_true(pty_wait(pty, has_copied, address, PTY_SOON));
    char *copied = sequences_clipboard(pty);
    assert_non_null(strstr(copied, "status:failed"));
    assert_nowhere(copied, strlen(copied), "the copied command");
    free(copied);
}

static void test_without_a_token(void **state)
{
    struct app_remote *remote = *state;
    api_server_require_bearer(remote->server, TOKEN);
    struct pty *pty = app_remote_start(remote, &(struct app_options){0});
    pty_expect_text(pty, "EXECUTOR_RUNS_TOKEN");
    pty_expect_text(pty, "r tries again");
    api_server_require_nothing(remote->server);
    pty_keys(pty, "r");
    app_remote_expect_runs(pty, "144");
    stop(pty);
}

/* Refused though it is set: that it is told by name, never by what it is. */
static void test_with_a_wrong_token(void **state)
{
    static const char *const env[] = {TOKEN_ENV, NULL};
    struct app_remote *remote = *state;
    api_server_require_bearer(remote->server, "another");
    struct pty *pty = app_remote_start(remote, &(struct app_options){.env = env});
    pty_expect_text(pty, "refused");
    pty_expect_text(pty, "EXECUTOR_RUNS_TOKEN");
    size_t n;
    const char *raw = pty_raw_bytes(pty, 0, &n);
    assert_nowhere(raw, n, "what was written to the terminal");
    stop(pty);
}

static void test_the_token_is_seen_by_the_server_alone(void **state)
{
    static const char *const env[] = {TOKEN_ENV, NULL};
    struct app_remote *remote = *state;
    api_server_require_bearer(remote->server, TOKEN);
    struct pty *pty = app_remote_start(remote, &(struct app_options){.env = env});
    app_remote_expect_runs(pty, "144");
    assert_command_line_is_clean(pty);
    pty_keys(pty, "/status:failed<Enter>");
    pty_expect_line(pty, 0, " 36 of 144 runs");
    assert_copied_command_is_clean(remote, pty);
    pty_keys(pty, "<Enter>");
    pty_expect_text(pty, "Error: boom");
    pty_keys(pty, "<Esc>v");
    pty_expect_text(pty, "Fields");
    pty_keys(pty, "<Down><Space><Esc>");
    api_server_suspend(remote->server);
    pty_keys(pty, "r");
    pty_expect_text(pty, "nothing listens");
    sequences_expect(pty, SEQUENCES_CLIPBOARD);
    pty_keys(pty, "<C-c>");
    pty_expect_exit(pty, 0);
    size_t n;
    const char *raw = pty_raw_bytes(pty, 0, &n);
    assert_nowhere(raw, n, "what was written to the terminal");
    assert_true(assert_not_in_tree(pty_home(pty)) > 0); /* what it remembers from one day to the next */
    pty_free(pty);
}

/* ---- something else ---- */

static void expect_answer_named(struct app_remote *remote, const char *type, const char *body,
                                const char *name)
{
    api_server_fault(remote->server,
                     &(struct api_fault){.kind = API_FAULT_ANSWER, .content_type = type, .body = body});
    struct pty *pty = app_remote_start(remote, &(struct app_options){0});
    pty_expect_text(pty, name);
    pty_expect_text(pty, "r tries again");
    api_server_clear_faults(remote->server);
    pty_keys(pty, "r");
    app_remote_expect_runs(pty, "144");
    stop(pty);
}

static void test_what_is_no_executor_is_named(void **state)
{
    struct app_remote *remote = *state;
    expect_answer_named(remote, "text/html", "<!doctype html><title>Shop</title>", "that is a web page");
    expect_answer_named(remote, "application/json", "{\"products\":[]}",
                        "this is JSON, but not a list of runs: its keys are products");
    expect_answer_named(remote, "application/json", "{\"executions\":[{\"execution\":{", "JSON");
}

static void test_nothing_is_there(void **state)
{
    struct app_remote *remote = *state;
    api_server_suspend(remote->server);
    struct pty *pty = app_remote_start(remote, &(struct app_options){0});
    pty_expect_text(pty, "nothing listens at 127.0.0.1:");
    pty_expect_text(pty, "Is the executor running");
    pty_keys(pty, "?");
    pty_expect_text(pty, "The next failed run");
    pty_keys(pty, "<Esc>");
    api_server_resume(remote->server);
    pty_keys(pty, "r");
    app_remote_expect_runs(pty, "144");
    stop(pty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_keys_do_not_wait_for_the_server, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_leaving_before_the_first_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_gone_and_back_by_hand, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_gone_and_back_by_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_without_a_token, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_with_a_wrong_token, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_token_is_seen_by_the_server_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_no_executor_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_is_there, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
