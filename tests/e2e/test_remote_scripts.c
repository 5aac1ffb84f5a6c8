/*
 * The commands for scripts before a server: byte for byte what they say of the file, and how they end where there is none.
 */
#include "tests/support/app_remote.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WORDS = 8 };

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

/* What the words print, with the source for "@". Caller frees. */
static char *run(const char *const *words, const char *source, int *status)
{
    const char *argv[WORDS + 1] = {NULL};
    char *out, *err;
    for (int i = 0; words[i]; i++)
        argv[i] = strcmp(words[i], "@") ? words[i] : source;
    *status = app_run(argv, &out, &err);
    if (*status == 0)
        assert_string_equal(err, "");
    free(err);
    return out;
}

/* ---- the same as of the file ---- */

static const char *const commands[][WORDS] = {
    {"list", "@"},
    {"list", "@", "--json"},
    {"list", "@", "--ndjson"},
    {"list", "@", "--json", "--meta", "--limit", "60"},
    {"list", "@", "--json", "--status", "failed", "--limit", "100"},
    {"list", "@", "--json", "--tool", "github.*", "--from", "12h"},
    {"list", "@", "--json", "--elicitation", "true"},
    {"list", "@", "--json", "--filter", "duration:>5s -trigger:cli"},
    {"list", "@", "--json", "--filter", "-tool:slack.post -status:completed"},
    {"list", "@", "--code", "RUN 14"},
    {"list", "@", "--ndjson", "--sort", "createdAt,asc"},
    {"list", "@", "--ndjson", "--sort", "durationMs,desc"},
    {"export", "@"},
    {"export", "@", "--status", "failed", "--sort", "createdAt,asc"},
    {"stats", "@", "--json"},
    {"stats", "@", "--json", "--filter", "status:failed"},
    {"stats", "@", "--json", "--filter", "duration:>5s"},
    {"show", "00000003", "@"},
    {"show", "00000003", "@", "--json"},
    {"show", "00000003", "@", "--tool-calls"},
    {"show", "00000007-0000-4000-8000-000000000007", "@", "--json"},
};

static void join(const char *const *words, char *line, size_t size)
{
    size_t n = 0;
    for (int i = 0; words[i] && n < size; i++)
        n += (size_t)snprintf(line + n, size - n, "%s ", words[i]);
}

static void test_they_say_what_they_say_of_the_file(void **state)
{
    struct app_remote *remote = *state;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        char line[200];
        int of_file, of_server;
        char *expected = run(commands[i], history_path(remote->history), &of_file);
        char *got = run(commands[i], api_server_url(remote->server), &of_server);
        join(commands[i], line, sizeof line);
        if (of_file || of_server || strcmp(got, expected) != 0)
            fail_msg("%s: status %d, %d; %.600s instead of %.600s", line, of_file, of_server, got, expected);
        assert_true(strlen(got) > 100);
        free(expected);
        free(got);
    }
}

/* ---- a server with all of its deviations ---- */

static bool is_open(const cJSON *run)
{
    return cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(run, "completedAt"));
}

static int64_t number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    assert_true(cJSON_IsNumber(item));
    return (int64_t)item->valuedouble;
}

static void assert_same_run(const cJSON *got, cJSON *expected)
{
    if (is_open(expected)) {
        assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(got, "logsJson")));
        assert_int_equal(number(got, "toolCallCount"), 0);
        cJSON_ReplaceItemInObjectCaseSensitive(expected, "logsJson", cJSON_CreateNull());
        cJSON_ReplaceItemInObjectCaseSensitive(expected, "toolCallCount", cJSON_CreateNumber(0));
    }
    assert_true(cJSON_Compare(got, expected, true));
}

/* Its order is every page's, its pages repeat nothing, and only what it does not tell of a run that has not ended is missing. */
static void test_a_real_one_tells_less_of_runs_that_have_not_ended(void **state)
{
    struct app_remote *remote = *state;
    static const char *const orders[] = {"createdAt,desc", "createdAt,asc", "durationMs,desc"};
    api_server_set_real(remote->server, true);
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        const char *const words[] = {"list", "@", "--ndjson", "--sort", orders[i], NULL};
        int status, lines = 0;
        char *expected = run(words, history_path(remote->history), &status), *next_expected = expected;
        char *got = run(words, api_server_url(remote->server), &status), *next_got = got;
        assert_int_equal(status, 0);
        for (; *next_expected && *next_got; lines++) {
            cJSON *run_expected = cJSON_ParseWithOpts(next_expected, (const char **)&next_expected, false);
            cJSON *run_got = cJSON_ParseWithOpts(next_got, (const char **)&next_got, false);
            assert_same_run(run_got, run_expected);
            cJSON_Delete(run_expected);
            cJSON_Delete(run_got);
            next_expected += strspn(next_expected, "\n"), next_got += strspn(next_got, "\n");
        }
        assert_int_equal(lines, APP_RUNS);
        assert_true(!*next_expected && !*next_got);
        free(expected);
        free(got);
    }
}

/* ---- how they end ---- */

static void expect_end(struct app_remote *remote, const char *const *words, int status, const char *message)
{
    const char *argv[WORDS + 1] = {NULL};
    char *out, *err;
    for (int i = 0; words[i]; i++)
        argv[i] = strcmp(words[i], "@") ? words[i] : api_server_url(remote->server);
    int ended = app_run(argv, &out, &err);
    if (ended != status || !strstr(err, message))
        fail_msg("%s: status %d, not %d: %s", argv[0], ended, status, err);
    assert_string_equal(out, "");
    free(out);
    free(err);
}

static const char *const each[][WORDS] = {
    {"list", "@"}, {"list", "@", "--json", "--meta"}, {"stats", "@"}, {"show", "00000003", "@"}};

static void expect_each_ends(struct app_remote *remote, int status, const char *message)
{
    for (size_t i = 0; i < sizeof each / sizeof *each; i++)
        expect_end(remote, each[i], status, message);
}

static void test_how_they_end(void **state)
{
    struct app_remote *remote = *state;
    expect_end(remote, (const char *const[]){"show", "zzz", "@", NULL}, 1, "there is no run zzz");
    expect_end(remote, (const char *const[]){"show", "000000", "@", NULL}, 2, "more than one run");
    expect_end(remote, (const char *const[]){"list", "@", "--filter", "stauts:failed", NULL}, 2, "stauts");

    api_server_require_bearer(remote->server, "tok-7f3a9c51e2");
    expect_each_ends(remote, 1, "EXECUTOR_RUNS_TOKEN");
    api_server_require_nothing(remote->server);

    api_server_set_base(remote->server, "/elsewhere/api");
    expect_each_ends(remote, 1, "that is a web page");
    api_server_set_base(remote->server, "/api");

    api_server_fault(remote->server, &(struct api_fault){.kind = API_FAULT_ANSWER,
                                                         .status = 502,
                                                         .content_type = "text/html",
                                                         .body = "<html><h1>Bad gateway</h1>"});
    expect_each_ends(remote, 1, "502");
    api_server_clear_faults(remote->server);

    api_server_suspend(remote->server);
    expect_each_ends(remote, 1, "nothing listens at 127.0.0.1:");
}

/* A link names the run, and is no other source for that. */
static void test_a_link_names_the_run(void **state)
{
    struct app_remote *remote = *state;
    char link[200], id[APP_ID], *out;
    app_run_id(3, id);
    snprintf(link, sizeof link, "%s/runs?status=failed&executionId=%s", api_server_url(remote->server), id);
    assert_int_equal(app_run((const char *const[]){"show", link, "--json", NULL}, &out, NULL), 0);
    assert_non_null(strstr(out, id));
    assert_non_null(strstr(out, "boom at line 2"));
    free(out);
    assert_int_equal(app_run((const char *const[]){"list", link, "--ndjson", NULL}, &out, NULL), 0);
    int lines = 0;
    for (const char *at = out; (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, 36);
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_they_say_what_they_say_of_the_file),
        cmocka_unit_test(test_a_real_one_tells_less_of_runs_that_have_not_ended),
        cmocka_unit_test(test_a_link_names_the_run),
        cmocka_unit_test(test_how_they_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
