/*
 * The drawer: everything of one run, its tabs, its search and folds, copies and the pager, and what must be in none of them.
 */
#include "tests/support/app.h"
#include "tests/support/pty_expect.h"
#include "tests/support/sequences.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SECRET "hunter2-must-never-leave"
#define FIRST "aaaaaaaa-0000-4000-8000-000000000001"
#define SECOND "bbbbbbbb-0000-4000-8000-000000000002"
#define THIRD "cccccccc-0000-4000-8000-000000000003"

static void add_first(struct history *h, int64_t at)
{
    history_run(
        h, (struct history_run){
               .id = FIRST,
               .status = "failed",
               .created_at = at,
               .duration = 6000,
               .trigger = "mcp",
               .trigger_meta = "{\"client\":\"tests\"}",
               .code = "const issues = await tools.github.issues.list({ page: 1 });\nreturn issues.length;",
               .error = "Error: boom at line 2\n    at needle (code.ts:2:7)",
               .result = "{\"outer\":\"{\\\"inner\\\":\\\"[1,{\\\\\\\"core\\\\\\\":true}]\\\"}\"}",
               .logs = "[\"[debug] quiet\",\"[info] began\",\"[warn] needle one\",\"[error] needle two\"]",
               .tool_call_count = 3});
    history_call(h, FIRST,
                 (struct history_call){.path = "github.issues.list",
                                       .started_at = at + 100,
                                       .duration = 2000,
                                       .args = "{\"page\":1}",
                                       .result = "{\"items\":[{\"title\":\"first issue\"}]}"});
    history_call(h, FIRST,
                 (struct history_call){.path = "slack.post",
                                       .status = "failed",
                                       .started_at = at + 3000,
                                       .duration = 500,
                                       .error = "Error: no such channel"});
    history_call(h, FIRST,
                 (struct history_call){.path = "slow.tool", .status = "running", .started_at = at + 4000});
}

static int set_up(void **state)
{
    struct history *h = history_new();
    int64_t at = APP_NOW - 60000;
    add_first(h, at);
    history_run(
        h, (struct history_run){
               .id = SECOND, .status = "waiting_for_interaction", .created_at = at - 60000, .code = "ask()"});
    history_question(
        h, SECOND,
        (struct history_question){
            .payload = "{\"message\":\"Which account is it?\",\"requestedSchema\":{\"type\":\"object\"}}",
            .purpose = "sign in",
            .created_at = at - 50000});
    history_run(h, (struct history_run){
                       .id = THIRD, .created_at = at - 120000, .duration = 15, .code = "answered()"});
    history_question(h, THIRD,
                     (struct history_question){.status = "resolved",
                                               .payload = "{\"message\":\"The password?\"}",
                                               .response = "{\"action\":\"accept\"}",
                                               .response_private = "{\"password\":\"" SECRET "\"}",
                                               .created_at = at - 110000});
    history_close(h);
    *state = h;
    return 0;
}

static int tear_down(void **state)
{
    history_free(*state);
    return 0;
}

static struct pty *start(void **state, const char *const *env)
{
    struct pty *pty = app_start(*state, &(struct app_options){.cols = 140, .rows = 50, .env = env});
    pty_expect_text(pty, "13:02:05.000");
    assert_true(app_is_exact(pty));
    return pty;
}

static void stop(struct pty *pty)
{
    sequences_expect(pty, SEQUENCES_CLIPBOARD | SEQUENCES_RESUMED);
    pty_expect_never(pty, "hunter2");
    pty_keys(pty, "<C-c>");
    pty_expect_exit(pty, 0);
    pty_expect_restored(pty);
    pty_free(pty);
}

static void test_properties(void **state)
{
    struct pty *pty = start(state, NULL);
    pty_keys(pty, "<Enter>");
    pty_expect_match(pty, "✗ " FIRST " +1 of 3");
    pty_expect_match(pty, "status +✗ failed");
    pty_expect_match(pty, "duration +6\\.00s");
    pty_expect_match(pty, "created +2026-11-21 13:02:05\\.000 UTC · 1m");
    pty_expect_match(pty, "ended +2026-11-21 13:02:11\\.000 UTC");
    pty_expect_match(pty, "trigger +mcp");
    pty_expect_match(pty, "\"client\": \"tests\"");
    pty_expect_text(pty, "Error: boom at line 2");
    pty_expect_text(pty, "at needle (code.ts:2:7)");
    pty_expect_match(pty, "1 +const issues = await");
    /* JSON in JSON, unwrapped. */
    pty_expect_match(pty, "\"outer\"");
    pty_expect_match(pty, "\"inner\"");
    pty_expect_match(pty, "\"core\": true");
    stop(pty);
}

static void test_tool_calls(void **state)
{
    struct pty *pty = start(state, NULL);
    pty_keys(pty, "<Enter>2");
    pty_expect_match(pty, "2 Tool calls · 3");
    pty_expect_match(pty, "github\\.issues\\.list +2\\.00s");
    pty_expect_match(pty, "slack\\.post +.*500ms");
    pty_expect_match(pty, "slow\\.tool");
    int first = 0, second = 0, third = 0;
    assert_true(pty_find(pty, "github.issues.list", &first, NULL) &&
                pty_find(pty, "slack.post", &second, NULL) && pty_find(pty, "slow.tool", &third, NULL));
    assert_true(first < second && second < third);
    pty_keys(pty, "<Tab><Enter>");
    pty_expect_text(pty, "\"title\": \"first issue\"");
    pty_keys(pty, "<Enter>");
    pty_expect_gone(pty, "first issue");
    pty_keys(pty, "<Down><Enter>");
    pty_expect_text(pty, "Error: no such channel");
    stop(pty);
}

static void test_logs_and_their_level(void **state)
{
    struct pty *pty = start(state, NULL);
    pty_keys(pty, "<Enter>3");
    pty_expect_match(pty, "debug +quiet");
    pty_expect_match(pty, "error +needle two");
    pty_keys(pty, "<Tab>ll");
    pty_expect_gone(pty, "began");
    pty_expect_match(pty, "warn +needle one");
    pty_keys(pty, "l");
    pty_expect_gone(pty, "needle one");
    pty_expect_match(pty, "error +needle two");
    stop(pty);
}

static void test_from_run_to_run(void **state)
{
    struct pty *pty = start(state, NULL);
    pty_keys(pty, "<Enter>");
    pty_expect_text(pty, "✗ " FIRST);
    pty_keys(pty, "<Down>");
    pty_expect_match(pty, SECOND " +2 of 3");
    pty_expect_text(pty, "Which account is it?");
    pty_keys(pty, "<Tab><C-n>");
    pty_expect_match(pty, THIRD " +3 of 3");
    pty_keys(pty, "<C-p><C-p>");
    pty_expect_match(pty, FIRST " +1 of 3");
    pty_keys(pty, "<Esc>");
    pty_expect_idle(pty);
    pty_keys(pty, "<Esc>");
    pty_expect_gone(pty, "Properties");
    stop(pty);
}

static void test_search_in_the_run(void **state)
{
    struct pty *pty = start(state, NULL);
    pty_keys(pty, "<Enter>3<Tab>");
    pty_expect_match(pty, "warn +needle one");
    pty_keys(pty, "/needle");
    pty_expect_idle(pty);
    pty_keys(pty, "<Enter>");
    int row, col;
    pty_expect_idle(pty);
    assert_true(pty_find(pty, "needle one", &row, &col));
    struct cell hit = pty_cell(pty, row, col), other = pty_cell(pty, row, col + 7);
    assert_true(hit.reverse != other.reverse || hit.bg.kind != other.bg.kind ||
                hit.fg.index != other.fg.index);
    pty_keys(pty, "nN");
    pty_expect_idle(pty);
    pty_keys(pty, "/nowhere-at-all<Enter>");
    pty_expect_match(pty, "no match|not found|nothing");
    stop(pty);
}

static void test_folding(void **state)
{
    struct pty *pty = start(state, NULL);
    pty_keys(pty, "<Enter><Tab>");
    pty_expect_text(pty, "\"core\": true");
    pty_keys(pty, "z");
    pty_expect_gone(pty, "\"core\": true");
    pty_keys(pty, "z");
    pty_expect_text(pty, "\"core\": true");
    stop(pty);
}

/* ---- out of the program ---- */

static void expect_copied(struct pty *pty, const char *keys, const char *wanted)
{
    pty_keys(pty, keys);
    pty_expect_text(pty, "copied");
    pty_expect_idle(pty);
    char *copied = sequences_clipboard(pty);
    assert_non_null(copied);
    if (!strstr(copied, wanted))
        fail_msg("copied: %s\nwanted: %s", copied, wanted);
    assert_null(strstr(copied, "hunter2"));
    free(copied);
}

static void test_copies(void **state)
{
    struct pty *pty = start(state, NULL);
    expect_copied(pty, "yi", FIRST);
    expect_copied(pty, "yc", "return issues.length;");
    expect_copied(pty, "ye", "Error: boom at line 2\n    at needle");
    expect_copied(pty, "yj", "\"errorText\":");
    expect_copied(pty, "/status:failed<Enter>yl", "status:failed");
    stop(pty);
}

static void test_the_secret_is_in_no_copy(void **state)
{
    struct pty *pty = start(state, NULL);
    pty_keys(pty, "<Down><Down><Enter>");
    pty_expect_text(pty, THIRD);
    pty_expect_text(pty, "The password?");
    expect_copied(pty, "yj", THIRD);
    pty_keys(pty, "<Tab>z23<Esc><Esc>/hunter2<Enter>");
    pty_expect_idle(pty);
    pty_keys(pty, "X");
    /* Typed by hand it is on the screen; nothing else may show it. */
    pty_keys(pty, "<C-c>");
    pty_expect_exit(pty, 0);
    pty_free(pty);
}

static char *read_file(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    if (getdelim(&text, &size, '\0', file) < 0)
        fail_msg("%s is empty", path);
    fclose(file);
    return text;
}

static void test_the_pager(void **state)
{
    char path[300], env_text[400];
    snprintf(path, sizeof path, "%s/paged", history_dir(*state));
    snprintf(env_text, sizeof env_text, "PAGER=cat >%s", path);
    const char *env[] = {env_text, NULL};
    struct pty *pty = start(state, env);
    pty_keys(pty, "<Enter>");
    pty_expect_text(pty, FIRST);
    pty_keys(pty, "|");
    for (int tries = 0; tries < 100 && access(path, R_OK) != 0; tries++)
        pty_wait_idle(pty, 20, 100);
    pty_expect_idle(pty);
    char *paged = read_file(path);
    assert_non_null(strstr(paged, FIRST));
    assert_non_null(strstr(paged, "return issues.length;"));
    assert_non_null(strstr(paged, "Error: boom at line 2"));
    assert_non_null(strstr(paged, "needle two"));
    assert_null(strstr(paged, "hunter2"));
    free(paged);
    unlink(path);
    pty_keys(pty, "<Down><Down>");
    pty_expect_text(pty, THIRD);
    pty_keys(pty, "|");
    for (int tries = 0; tries < 100 && access(path, R_OK) != 0; tries++)
        pty_wait_idle(pty, 20, 100);
    pty_expect_idle(pty);
    paged = read_file(path);
    assert_non_null(strstr(paged, THIRD));
    assert_null(strstr(paged, "hunter2"));
    free(paged);
    unlink(path);
    stop(pty);
}

static void test_the_secret_is_in_no_output(void **state)
{
    const char *path = history_path(*state);
    const char *const commands[][APP_WORDS] = {
        {"show", THIRD, path, "--json", NULL},
        {"show", THIRD, path, NULL},
        {"show", THIRD, path, "--tool-calls", NULL},
        {"list", path, "--json", "--meta", NULL},
        {"list", path, "--ndjson", NULL},
        {"list", path, NULL},
        {"stats", path, "--json", NULL},
    };
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        char *out, *err;
        assert_int_equal(app_run(commands[i], &out, &err), 0);
        assert_null(strstr(out, "hunter2"));
        assert_null(strstr(err, "hunter2"));
        free(out);
        free(err);
    }
    char *out;
    app_run((const char *const[]){"list", path, "--ndjson", NULL}, &out, NULL);
    assert_null(strstr(out, SECRET));
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_properties),
        cmocka_unit_test(test_tool_calls),
        cmocka_unit_test(test_logs_and_their_level),
        cmocka_unit_test(test_from_run_to_run),
        cmocka_unit_test(test_search_in_the_run),
        cmocka_unit_test(test_folding),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_the_secret_is_in_no_copy),
        cmocka_unit_test(test_the_pager),
        cmocka_unit_test(test_the_secret_is_in_no_output),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
