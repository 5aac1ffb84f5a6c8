/*
 * The commands for scripts, as a shell meets them: what they write where, how they end, and what a pipe that closes early does.
 */
#include "tests/support/app.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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

static cJSON *parse(char *text)
{
    const char *end = NULL;
    cJSON *json = cJSON_ParseWithOpts(text, &end, false);
    if (!json)
        fail_msg("no JSON: %.200s", text);
    assert_string_equal(end, "\n");
    free(text);
    return json;
}

static cJSON *run_json(const char *const *argv)
{
    char *out, *err;
    assert_int_equal(app_run(argv, &out, &err), 0);
    assert_string_equal(err, "");
    free(err);
    return parse(out);
}

static int64_t number(const cJSON *json, const char *a, const char *b)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, a);
    item = b ? cJSON_GetObjectItemCaseSensitive(item, b) : item;
    assert_true(cJSON_IsNumber(item));
    return (int64_t)item->valuedouble;
}

static const char *word(const cJSON *json, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, key));
}

static void test_list_json_page_by_page(void **state)
{
    const char *path = history_path(*state);
    char cursor[200] = "";
    int seen = 0;
    for (int pages = 0; pages < 10; pages++) {
        const char *const first[] = {"list", path, "--json", "--limit", "60", NULL};
        const char *const later[] = {"list", path, "--json", "--limit", "60", "--cursor", cursor, NULL};
        cJSON *json = run_json(*cursor ? later : first);
        const cJSON *execution, *executions = cJSON_GetObjectItemCaseSensitive(json, "executions");
        assert_null(cJSON_GetObjectItemCaseSensitive(json, "meta"));
        cJSON_ArrayForEach(execution, executions)
        {
            char id[APP_ID];
            app_run_id(seen++, id);
            assert_string_equal(word(cJSON_GetObjectItemCaseSensitive(execution, "execution"), "id"), id);
        }
        const char *next = word(json, "nextCursor");
        snprintf(cursor, sizeof cursor, "%s", next ? next : "");
        cJSON_Delete(json);
        if (!*cursor)
            break;
    }
    assert_int_equal(seen, APP_RUNS);
}

static void test_meta_and_stats_agree_with_sql(void **state)
{
    const char *path = history_path(*state);
    cJSON *json =
        run_json((const char *const[]){"list", path, "--json", "--meta", "-f", "status:failed", NULL});
    const cJSON *meta = cJSON_GetObjectItemCaseSensitive(json, "meta");
    assert_int_equal(number(meta, "totalRowCount", NULL), app_count(path, "SELECT count(*) FROM execution"));
    assert_int_equal(number(meta, "filterRowCount", NULL),
                     app_count(path, "SELECT count(*) FROM execution WHERE status = 'failed'"));
    cJSON_Delete(json);

    json = run_json((const char *const[]){"stats", path, "--json", NULL});
    assert_true(cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(json, "meta")));
    assert_true(cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(json, "facets")));
    cJSON_Delete(json);
}

static void test_ndjson_is_an_execution_a_line(void **state)
{
    char *out;
    assert_int_equal(
        app_run((const char *const[]){"list", history_path(*state), "--ndjson", NULL}, &out, NULL), 0);
    int lines = 0;
    for (char *line = out, *end; (end = strchr(line, '\n')); line = end + 1, lines++) {
        *end = '\0';
        cJSON *json = cJSON_Parse(line);
        char id[APP_ID];
        app_run_id(lines, id);
        assert_string_equal(word(json, "id"), id);
        cJSON_Delete(json);
    }
    assert_int_equal(lines, APP_RUNS);
    free(out);
}

static void test_show(void **state)
{
    const char *path = history_path(*state);
    cJSON *json = run_json((const char *const[]){"show", "00000003", path, "--json", NULL});
    assert_string_equal(word(cJSON_GetObjectItemCaseSensitive(json, "execution"), "errorText"),
                        "Error: boom at line 2");
    cJSON_Delete(json);
    json = run_json((const char *const[]){"show", "00000003", path, "--tool-calls", NULL});
    assert_non_null(json);
    cJSON_Delete(json);
    json = run_json((const char *const[]){"show", "00000007", path, "--json", NULL});
    assert_true(cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(json, "pendingInteraction")));
    cJSON_Delete(json);
}

static void expect_end(const char *const *argv, int status, const char *message)
{
    char *out, *err;
    int ended = app_run(argv, &out, &err);
    if (ended != status || !strstr(err, message))
        fail_msg("%s %s: status %d, not %d: %s", argv[0], argv[1], ended, status, err);
    assert_string_equal(out, "");
    free(out);
    free(err);
}

static void test_how_they_end(void **state)
{
    const char *path = history_path(*state);
    expect_end((const char *const[]){"list", "/no/such/file.db", NULL}, 1, "no such file");
    expect_end((const char *const[]){"stats", "/dev/null", NULL}, 1, "/dev/null");
    expect_end((const char *const[]){"show", "zzz", path, NULL}, 1, "no such run");
    expect_end((const char *const[]){"show", "000000", path, NULL}, 2, "several runs");
    expect_end((const char *const[]){"list", path, "--bogus", NULL}, 2, "--bogus");
    expect_end((const char *const[]){"list", path, "-f", "stauts:failed", NULL}, 2, "stauts");
    expect_end((const char *const[]){"list", path, "--limit", "many", NULL}, 2, "many");
    expect_end((const char *const[]){"--no-such-option", path, NULL}, 2, "--no-such-option");
    /* No terminal to draw on: it says what is there for scripts. */
    expect_end((const char *const[]){path, NULL}, 2, "list");
}

static void test_help_and_version(void **state)
{
    (void)state;
    static const char *const commands[][3] = {{"--help"},           {"--version"},       {"list", "--help"},
                                              {"stats", "--help"},  {"show", "--help"},  {"demo", "--help"},
                                              {"export", "--help"}, {"import", "--help"}};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        char *out, *err;
        assert_int_equal(app_run(commands[i], &out, &err), 0);
        assert_true(strlen(out) > 10);
        assert_string_equal(err, "");
        free(out);
        free(err);
    }
}

/* head -1 has enough: no complaint, and a quiet end. */
static void test_a_pipe_that_closes(void **state)
{
    (void)state;
    char *out, path[] = "/tmp/executor-runs-scripts-XXXXXX", now[32], command[1024], line[4096];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    fclose(fdopen(fd, "r"));
    snprintf(now, sizeof now, "%" PRId64, APP_NOW);
    assert_int_equal(
        app_run((const char *const[]){"demo", path, "--force", "--runs", "2000", "--now", now, NULL}, &out,
                NULL),
        0);
    free(out);
    static const char *const words[] = {"list --ndjson", "list --limit 2000", "export"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        snprintf(command, sizeof command, "( %s %s %s 2>%s.err; echo $? >%s.status ) | head -1",
                 app_program(), words[i], path, path, path);
        FILE *pipe = popen(command, "r");
        assert_non_null(fgets(line, sizeof line, pipe));
        while (fgets(line, sizeof line, pipe)) {
        }
        assert_int_equal(pclose(pipe), 0);
        snprintf(command, sizeof command, "test ! -s %s.err && grep -qxE '0|141' %s.status", path, path);
        assert_int_equal(system(command), 0);
    }
    snprintf(command, sizeof command, "rm -f %s %s.err %s.status", path, path, path);
    assert_int_equal(system(command), 0);
}

static void test_a_full_disk_is_an_error(void **state)
{
    char command[1024];
    snprintf(command, sizeof command, "%s list %s --ndjson 2>/dev/null >/dev/full", app_program(),
             history_path(*state));
    int status = system(command);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list_json_page_by_page),
        cmocka_unit_test(test_meta_and_stats_agree_with_sql),
        cmocka_unit_test(test_ndjson_is_an_execution_a_line),
        cmocka_unit_test(test_show),
        cmocka_unit_test(test_how_they_end),
        cmocka_unit_test(test_help_and_version),
        cmocka_unit_test(test_a_pipe_that_closes),
        cmocka_unit_test(test_a_full_disk_is_an_error),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
