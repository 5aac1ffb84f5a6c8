/*
 * Answering a run in the screen: of a file that `record` writes to, and of a server. The source may refuse,
 * be slow, or have been answered by somebody else; the screen goes on, and what was typed is not lost.
 */
#include "tests/support/app_remote.h"
#include "tests/support/pty_expect.h"
#include "tests/support/sequences.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define SECRET "hunter2-must-never-leave"
#define RUN "aaaaaaaa-0000-4000-8000-000000000001"
#define FOREIGN "bbbbbbbb-0000-4000-8000-000000000002"
#define QUESTION "cccccccc-0000-4000-8000-000000000003"

/* Of a machine that nobody here can look at: it may be there still. */
#define RECORDED                                                                                             \
    "{\"recorder\":{\"pid\":7,\"start\":1,\"bootId\":\"00000000-0000-4000-8000-000000000000\","              \
    "\"pidNamespace\":1,\"machine\":\"ffffffffffffffff\",\"host\":\"elsewhere\"}}"

#define FIELDS                                                                                               \
    "{\"kind\":\"form\",\"message\":\"Deploy it?\",\"requestedSchema\":{\"type\":\"object\","                \
    "\"properties\":{\"approved\":{\"type\":\"boolean\",\"title\":\"Approve\"},"                             \
    "\"note\":{\"type\":\"string\",\"title\":\"Note\"},"                                                     \
    "\"token\":{\"type\":\"string\",\"title\":\"Token\",\"writeOnly\":true}},"                               \
    "\"required\":[\"approved\",\"token\"]}}"

static void add_run(struct history *h, const char *id, const char *question, const char *meta, int64_t at)
{
    history_run(h, (struct history_run){.id = id,
                                        .status = "waiting_for_interaction",
                                        .created_at = at,
                                        .trigger = "cli",
                                        .trigger_meta = meta,
                                        .code = "./deploy.sh --to production"});
    history_question(
        h, id,
        (struct history_question){
            .id = question, .payload = FIELDS, .purpose = "Deploy it?", .created_at = at + 1000});
}

static int set_up(void **state)
{
    struct history *h = history_new();
    add_run(h, RUN, QUESTION, RECORDED, APP_NOW - 60000);
    add_run(h, FOREIGN, NULL, "{\"client\":\"tests\"}", APP_NOW - 120000);
    history_close(h);
    *state = h;
    return 0;
}

static struct pty *start_at(void **state, int cols, int rows, bool is_clock_running)
{
    struct pty *pty = app_start(
        *state, &(struct app_options){.cols = cols, .rows = rows, .is_clock_running = is_clock_running});
    pty_expect_text(pty, "13:02:05.000");
    return pty;
}

static void stop(struct pty *pty)
{
    pty_expect_never(pty, "hunter2");
    pty_keys(pty, "<C-c>");
    pty_expect_exit(pty, 0);
    pty_expect_restored(pty);
    pty_free(pty);
}

static void fill(struct pty *pty)
{
    pty_keys(pty, "a");
    pty_expect_text(pty, "Deploy it?");
    pty_keys(pty, "y<Tab>grüße 漢字<Enter>" SECRET);
    pty_expect_text(pty, "••••");
}

static void confirm(struct pty *pty)
{
    pty_keys(pty, "<F2>");
    pty_expect_text(pty, "the run goes on with this answer");
    pty_expect_text(pty, "grüße 漢字");
    pty_expect_text(pty, "secret, not shown");
}

static int64_t count(void **state, const char *sql)
{
    return app_count(history_path(*state), sql);
}

static bool is_beside(void **state, const char *suffix)
{
    char path[4200];
    snprintf(path, sizeof path, "%s%s", history_path(*state), suffix);
    return access(path, F_OK) == 0;
}

/* ---- a file ---- */

static void test_accepted(void **state)
{
    struct pty *pty = start_at(state, 120, 36, false);
    fill(pty);
    confirm(pty);
    assert_false(is_beside(state, "-wal") || is_beside(state, "-journal")); /* it has only been read */
    assert_int_equal(count(state, "SELECT count(*) FROM execution_interaction WHERE status = 'pending'"), 2);
    pty_keys(pty, "y");
    pty_expect_text(pty, "accepted: the run goes on");
    pty_expect_match(pty, "● 13:02:05\\.000 +running|● Nov 21 13:02:05\\.000 +running");
    assert_int_equal(
        count(state, "SELECT count(*) FROM execution_interaction WHERE id = '" QUESTION
                     "' AND status = 'resolved' AND json_extract(response_json, '$.action') = 'accept' "
                     "AND json_extract(response_json, '$.content.approved') = 1 "
                     "AND json_extract(response_json, '$.content.note') = 'grüße 漢字' "
                     "AND response_json NOT LIKE '%hunter2%' AND response_private_json LIKE '%" SECRET "%'"),
        1);
    assert_int_equal(
        count(state, "SELECT count(*) FROM execution WHERE id = '" RUN "' AND status = 'running'"), 1);
    pty_keys(pty, "<Enter>");
    pty_expect_match(pty, "status +● running");
    pty_keys(pty, "<Tab><End>");
    pty_expect_text(pty, "private answer: recorded, not shown");
    stop(pty);
}

static void test_declined(void **state)
{
    struct pty *pty = start_at(state, 80, 24, false);
    fill(pty);
    pty_keys(pty, "<F3>");
    pty_expect_text(pty, "you declined");
    pty_keys(pty, "y");
    pty_expect_text(pty, "declined: the run goes on");
    assert_int_equal(count(state, "SELECT count(*) FROM execution_interaction WHERE id = '" QUESTION
                                  "' AND status = 'resolved' AND response_private_json IS NULL "
                                  "AND json_extract(response_json, '$.action') = 'decline'"),
                     1);
    stop(pty);
}

static void test_left_without_an_answer(void **state)
{
    struct pty *pty = start_at(state, 120, 36, false);
    fill(pty);
    pty_keys(pty, "<Esc>");
    pty_expect_gone(pty, "Deploy it?");
    pty_keys(pty, "a");
    pty_expect_text(pty, "grüße 漢字");
    pty_expect_text(pty, "••••");
    pty_keys(pty, "<Esc>");
    pty_expect_gone(pty, "Deploy it?");
    assert_false(is_beside(state, "-wal") || is_beside(state, "-journal"));
    assert_int_equal(count(state, "SELECT count(*) FROM execution_interaction WHERE status = 'pending'"), 2);
    stop(pty);
}

static void test_a_run_of_an_executor(void **state)
{
    struct pty *pty = start_at(state, 120, 36, false);
    pty_keys(pty, "<Down>a");
    pty_expect_text(pty, "waits inside its executor");
    pty_keys(pty, "<F2>y<Esc>");
    pty_expect_gone(pty, "waits inside");
    assert_int_equal(count(state, "SELECT count(*) FROM execution_interaction WHERE status = 'pending'"), 2);
    stop(pty);
}

static void test_every_size_while_it_is_open(void **state)
{
    struct pty *pty = start_at(state, 120, 36, false);
    fill(pty);
    pty_resize(pty, 40, 10);
    pty_expect_text(pty, "▸ Token");
    pty_expect_text(pty, "[ Accept ] [ Decline ] [ Cancel ]");
    pty_resize(pty, 30, 5);
    pty_expect_text(pty, "needs 40×10");
    pty_resize(pty, 200, 60);
    pty_expect_text(pty, "grüße 漢字");
    pty_keys(pty, "<F2>");
    pty_expect_text(pty, "the run goes on with this answer");
    pty_resize(pty, 40, 10);
    pty_expect_text(pty, "y sends it");
    pty_keys(pty, "y");
    pty_expect_text(pty, "accepted: the run goes on");
    stop(pty);
}

static void test_somebody_else_answers(void **state)
{
    struct pty *pty = start_at(state, 120, 36, true);
    fill(pty);
    confirm(pty);
    history_sql(*state,
                "UPDATE execution_interaction SET status = 'resolved', updated_at = 1 WHERE id = '" QUESTION
                "'");
    pty_expect_text(pty, "somebody else has answered meanwhile");
    pty_keys(pty, "y");
    pty_expect_idle(pty);
    assert_int_equal(
        count(state, "SELECT count(*) FROM execution_interaction WHERE response_json IS NOT NULL"), 0);
    stop(pty);
}

/* The form has not heard of it yet: the file has the last word. */
static void test_somebody_was_quicker(void **state)
{
    struct pty *pty = start_at(state, 120, 36, false);
    fill(pty);
    confirm(pty);
    history_sql(*state,
                "UPDATE execution_interaction SET status = 'resolved', updated_at = 1 WHERE id = '" QUESTION
                "'");
    pty_keys(pty, "y");
    pty_expect_match(pty, "meanwhile|not wait|no longer|not open|answered");
    assert_int_equal(
        count(state, "SELECT count(*) FROM execution_interaction WHERE response_json IS NOT NULL"), 0);
    stop(pty);
}

static void test_keys_of_ones_own(void **state)
{
    struct pty *pty = start_at(state, 120, 36, false);
    char path[4200], command[9000];
    stop(pty);
    snprintf(path, sizeof path, "%s/config/executor-runs", history_dir(*state));
    snprintf(command, sizeof command, "XDG_CONFIG_HOME=%s/config", history_dir(*state));
    char directory[4400];
    snprintf(directory, sizeof directory, "%s/config", history_dir(*state));
    assert_int_equal(mkdir(directory, 0700), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(directory, sizeof directory, "%s/keys", path);
    FILE *keys = fopen(directory, "w");
    assert_non_null(keys);
    fputs("list a unbind\nlist w answer\nconfirm y unbind\nconfirm S send\nform F9 answer-decline\n", keys);
    assert_int_equal(fclose(keys), 0);
    pty = app_start(*state, &(struct app_options){.env = (const char *const[]){command, NULL}});
    pty_expect_text(pty, "w answer");
    pty_keys(pty, "w");
    pty_expect_text(pty, "Deploy it?");
    pty_keys(pty, "<F9>");
    pty_expect_text(pty, "S sends it");
    pty_keys(pty, "yS");
    pty_expect_text(pty, "declined: the run goes on");
    stop(pty);
}

/* ---- a server ---- */

static int set_up_remote(void **state)
{
    struct app_remote *remote = app_remote_new();
    history_sql(remote->history, "UPDATE execution SET status = 'completed', completed_at = created_at + 5 "
                                 "WHERE status IN ('running', 'waiting_for_interaction')");
    add_run(remote->history, RUN, QUESTION, "{\"client\":\"tests\"}", APP_NOW - 500);
    *state = remote;
    return 0;
}

static int tear_down_remote(void **state)
{
    app_remote_free(*state);
    return 0;
}

static struct pty *start_remote(struct app_remote *remote)
{
    struct pty *pty = app_remote_start(remote, &(struct app_options){0});
    app_remote_expect_runs(pty, "145");
    return pty;
}

static int64_t answered(struct app_remote *remote)
{
    return app_count(history_path(remote->history),
                     "SELECT count(*) FROM execution_interaction WHERE id = '" QUESTION
                     "' AND status = 'resolved'");
}

static void test_a_server_takes_it(void **state)
{
    struct app_remote *remote = *state;
    struct pty *pty = start_remote(remote);
    fill(pty);
    confirm(pty);
    assert_int_equal(api_server_count(remote->server, "/resume"), 0);
    pty_keys(pty, "y");
    pty_expect_text(pty, "accepted: the run goes on");
    assert_int_equal(answered(remote), 1);
    stop(pty);
}

/* Whatever is pressed meanwhile is done at once; what becomes of the answer is told where one is then. */
static void test_a_slow_server_holds_nothing_up(void **state)
{
    struct app_remote *remote = *state;
    struct pty *pty = start_remote(remote);
    fill(pty);
    confirm(pty);
    api_server_set_delay(remote->server, "/resume", 5000);
    pty_keys(pty, "y");
    pty_expect_text(pty, "sending…");
    assert_true(api_server_wait(remote->server, "/resume", 1, PTY_SOON));
    pty_keys(pty, "<F1>");
    pty_expect_text(pty, "Before an answer is sent");
    pty_keys(pty, "<Esc>");
    pty_expect_text(pty, "sending…");
    pty_keys(pty, "<Esc>");
    pty_expect_gone(pty, "sending…");
    pty_keys(pty, "<Enter>");
    pty_expect_text(pty, "1 Properties");
    pty_keys(pty, "2");
    pty_keys(pty, "<Esc>");
    pty_expect_gone(pty, "1 Properties");
    pty_keys(pty, "s");
    pty_expect_text(pty, "oldest first");
    pty_keys(pty, "<Esc>");
    pty_expect_gone(pty, "oldest first");
    assert_int_equal(answered(remote), 0); /* all of that while it was on its way */
    pty_expect_text(pty, "accepted: the run goes on");
    assert_int_equal(answered(remote), 1);
    stop(pty);
}

static void test_quitting_does_not_wait_for_a_server(void **state)
{
    struct app_remote *remote = *state;
    struct pty *pty = start_remote(remote);
    fill(pty);
    confirm(pty);
    api_server_set_delay(remote->server, "/resume", 600000);
    pty_keys(pty, "y");
    assert_true(api_server_wait(remote->server, "/resume", 1, PTY_SOON));
    stop(pty);
}

static void test_a_server_that_fails_loses_nothing(void **state)
{
    struct app_remote *remote = *state;
    struct pty *pty = start_remote(remote);
    api_server_fault(remote->server, &(struct api_fault){.match = "/resume",
                                                         .kind = API_FAULT_ANSWER,
                                                         .status = 400,
                                                         .content_type = "application/json",
                                                         .body = "{\"error\":\"not today\"}"});
    fill(pty);
    confirm(pty);
    pty_keys(pty, "y");
    pty_expect_text(pty, "does not take this answer");
    pty_expect_text(pty, "grüße 漢字");
    pty_expect_text(pty, "••••");
    assert_int_equal(answered(remote), 0);
    api_server_clear_faults(remote->server);
    confirm(pty);
    pty_keys(pty, "y");
    pty_expect_text(pty, "accepted: the run goes on");
    assert_int_equal(answered(remote), 1);
    stop(pty);
}

#define FILE_CASE(name) cmocka_unit_test_setup_teardown(name, set_up, history_tear_down)
#define REMOTE_CASE(name) cmocka_unit_test_setup_teardown(name, set_up_remote, tear_down_remote)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_CASE(test_accepted),
        FILE_CASE(test_declined),
        FILE_CASE(test_left_without_an_answer),
        FILE_CASE(test_a_run_of_an_executor),
        FILE_CASE(test_every_size_while_it_is_open),
        FILE_CASE(test_somebody_else_answers),
        FILE_CASE(test_somebody_was_quicker),
        FILE_CASE(test_keys_of_ones_own),
        REMOTE_CASE(test_a_server_takes_it),
        REMOTE_CASE(test_a_slow_server_holds_nothing_up),
        REMOTE_CASE(test_quitting_does_not_wait_for_a_server),
        REMOTE_CASE(test_a_server_that_fails_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
