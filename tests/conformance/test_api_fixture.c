/*
 * A real executor's file, and that executor's own recorded answers: ours must be the same JSON wherever the
 * real server keeps to the contract. Where it does not (its 500s, its duration sort), what the contract has
 * instead. Skipped where the fixtures are not there.
 */
#include "data/base/die.h"
#include "tests/support/answers.h"
#include "tests/support/api_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct api *api; /* NULL: no fixtures */
    struct api_response response;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new_array(1, sizeof *f);
    struct err err;
    api_response_init(&f->response);
    *state = f;
    if (!answers_are_here())
        return 0;
    return api_open(&(struct api_options){.path = FIXTURES "executor-local.db"}, &f->api, &err);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    api_response_release(&f->response);
    api_close(f->api);
    free(f);
    return 0;
}

static struct fixture *fixture_of(void **state)
{
    struct fixture *f = *state;
    if (!f->api) {
        print_message("  no fixtures beside the repository: skipped\n");
        skip();
    }
    return f;
}

static cJSON *ask(struct fixture *f, const char *line, int status)
{
    api_ask(f->api, line, &f->response);
    if (f->response.status != status)
        fail_msg("%s: %d, not %d: %s", line, f->response.status, status, buf_cstr(&f->response.body));
    assert_string_equal(f->response.content_type, "application/json");
    cJSON *json = cJSON_Parse(buf_cstr(&f->response.body));
    if (!json)
        fail_msg("%s: no JSON: %s", line, buf_cstr(&f->response.body));
    return json;
}

/* ---- comparing ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Values with the same count come in any order: the array as a sorted one of texts. */
static void sort_array(cJSON *object, const char *name)
{
    cJSON *array = cJSON_GetObjectItemCaseSensitive(object, name), *item;
    int count = cJSON_GetArraySize(array), i = 0;
    if (!array)
        return;
    char **texts = mem_new_array((size_t)count + 1, sizeof *texts);
    cJSON_ArrayForEach(item, array) texts[i++] = cJSON_PrintUnformatted(item);
    qsort(texts, (size_t)count, sizeof *texts, by_text);
    cJSON *sorted = cJSON_CreateArray();
    for (i = 0; i < count; i++) {
        cJSON_AddItemToArray(sorted, cJSON_CreateString(texts[i]));
        free(texts[i]);
    }
    free(texts);
    cJSON_ReplaceItemInObjectCaseSensitive(object, name, sorted);
}

static void expect_same(const char *name, cJSON *ours, cJSON *theirs)
{
    cJSON *metas[] = {cJSON_GetObjectItemCaseSensitive(ours, "meta"),
                      cJSON_GetObjectItemCaseSensitive(theirs, "meta")};
    for (int i = 0; i < 2; i++) {
        sort_array(metas[i], "triggerCounts");
        sort_array(metas[i], "toolFacets");
    }
    if (cJSON_Compare(ours, theirs, true))
        return;
    char *got = cJSON_Print(ours), *wanted = cJSON_Print(theirs);
    size_t at = 0;
    while (got[at] && got[at] == wanted[at])
        at++;
    at = at > 200 ? at - 200 : 0;
    fail_msg("%s differs:\nours   …%.500s\ntheirs …%.500s", name, got + at, wanted + at);
}

/* names ends in NULL. */
static void expect_recorded(struct fixture *f, const char *const *names)
{
    for (; *names; names++) {
        char *request = answers_request(*names);
        cJSON *ours = ask(f, request, 200), *theirs = answers_body(*names);
        expect_same(*names, ours, theirs);
        cJSON_Delete(ours);
        cJSON_Delete(theirs);
        free(request);
    }
}

static void lists_are_the_real_servers(void **state)
{
    static const char *const names[] = {"list-all",
                                        "list-default",
                                        "list-first-page",
                                        "list-cursor-page",
                                        "list-sort-created-asc",
                                        "list-after",
                                        "list-status-failed",
                                        "list-status-two",
                                        "list-trigger-unknown",
                                        "list-tool-glob",
                                        "list-elicitation-true",
                                        "list-code-unicode",
                                        "list-empty",
                                        "bad-limit-0",
                                        "bad-limit-1000",
                                        "bad-limit-minus1",
                                        "bad-limit-float",
                                        "bad-status",
                                        "bad-sort",
                                        "bad-after",
                                        NULL};
    expect_recorded(fixture_of(state), names);
}

static void runs_and_calls_are_the_real_servers(void **state)
{
    static const char *const names[] = {"detail",
                                        "detail-failed",
                                        "detail-large-result",
                                        "detail-log-levels",
                                        "detail-pending",
                                        "detail-null-trigger",
                                        "detail-pending-url",
                                        "detail-running",
                                        "detail-trigger-meta",
                                        "tool-calls",
                                        "tool-calls-empty",
                                        "tool-calls-failed",
                                        "tool-calls-five",
                                        "tool-calls-pending",
                                        "tool-calls-running",
                                        NULL};
    expect_recorded(fixture_of(state), names);
}

/* Where the real server has a 500, or its schema's words, this is what the contract has. */
static void mistakes_are_answered_by_contract(void **state)
{
    static const char *const bad[] = {"bad-limit-abc", "bad-limit-empty", "bad-limit-nan", "bad-limit-twice",
                                      "bad-from-abc"};
    struct fixture *f = fixture_of(state);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *request = answers_request(bad[i]);
        cJSON *json = ask(f, request, 400);
        assert_string_equal(cJSON_GetObjectItem(json, "_tag")->valuestring, "HttpApiDecodeError");
        assert_true(cJSON_GetArraySize(cJSON_GetObjectItem(json, "issues")) > 0);
        cJSON_Delete(json);
        free(request);
    }
    cJSON *ours = ask(f, "GET /api/executions?limit=abc", 400),
          *theirs = answers_body("contract-bad-limit-400");
    assert_true(
        cJSON_Compare(cJSON_GetObjectItem(ours, "issues"), cJSON_GetObjectItem(theirs, "issues"), true));
    cJSON_Delete(ours);
    cJSON_Delete(theirs);
    static const char *const unknown[] = {"not-found", "not-found-tool-calls"};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        char *request = answers_request(unknown[i]);
        ours = ask(f, request, 404);
        theirs = answers_body("contract-not-found-404");
        expect_same(unknown[i], ours, theirs);
        cJSON_Delete(ours);
        cJSON_Delete(theirs);
        free(request);
    }
}

/* One that does not decode counts as absent: so the first page comes, and meta with it. */
static void a_broken_cursor_is_none(void **state)
{
    struct fixture *f = fixture_of(state);
    static const char *const lines[] = {"GET /api/executions?cursor=%%%not-base64",
                                        "GET /api/executions?cursor=Zm9v"};
    for (size_t i = 0; i < 2; i++) {
        cJSON *ours = ask(f, lines[i], 200), *theirs = answers_body("list-default");
        expect_same(lines[i], ours, theirs);
        cJSON_Delete(ours);
        cJSON_Delete(theirs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lists_are_the_real_servers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(runs_and_calls_are_the_real_servers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(mistakes_are_answered_by_contract, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_broken_cursor_is_none, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
