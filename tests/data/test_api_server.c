/*
 * The test server as an oracle: in its real manner it gives the recorded answers of a real server, and by contract what that says. Its faults
 * are in test_api_server_faults.c.
 */
#include "data/base/buf.h"
#include "tests/support/api_server.h"
#include "tests/support/history.h"
#include "tests/support/plain_http.h"

#include <cjson/cJSON.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define FIXTURES "../shared/fixtures/"

/* ---- the recorded answers ---- */

static char *read_file(const char *path, size_t *n)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return NULL;
    size_t max = 1 << 22;
    char *bytes = malloc(max + 1);
    *n = fread(bytes, 1, max, file);
    bytes[*n] = '\0';
    fclose(file);
    return bytes;
}

static bool copy_file(const char *from, const char *to)
{
    size_t n;
    char *bytes = read_file(from, &n);
    if (!bytes)
        return false;
    FILE *file = fopen(to, "w");
    bool is_copied = file && fwrite(bytes, 1, n, file) == n;
    if (file)
        fclose(file);
    free(bytes);
    return is_copied;
}

static void assert_same_json(const char *name, const char *expected, const char *got)
{
    cJSON *a = cJSON_Parse(expected), *b = cJSON_Parse(got);
    if (!a || !b)
        fail_msg("%s: not JSON: %.200s", name, a ? got : expected);
    cJSON_DeleteItemFromObject(a, "traceId");
    cJSON_DeleteItemFromObject(b, "traceId");
    if (!cJSON_Compare(a, b, true))
        fail_msg("%s: %.2000s\nwas recorded as %.2000s", name, got, expected);
    cJSON_Delete(a);
    cJSON_Delete(b);
}

/* "# request: [-H Host: NAME ]GET TARGET", then the status line, perhaps after other remarks. */
struct recorded {
    char host[64];
    char target[512];
    int status;
};

static bool parse_headers(char *text, struct recorded *recorded)
{
    *recorded = (struct recorded){0};
    char *get = strstr(text, "GET /");
    char *end = strchr(text, '\n');
    if (!get || !end || get > end)
        return false; /* it was a POST */
    const char *host = strstr(text, "-H Host: ");
    if (host)
        snprintf(recorded->host, sizeof recorded->host, "Host: %.*s\r\n",
                 (int)strcspn(host + strlen("-H Host: "), " "), host + strlen("-H Host: "));
    snprintf(recorded->target, sizeof recorded->target, "%.*s", (int)(end - get - 4), get + 4);
    recorded->status = (int)strtol(strstr(text, "HTTP/1.1 ") + strlen("HTTP/1.1 "), NULL, 10);
    return true;
}

static void check_recorded(struct api_server *server, const char *headers_path)
{
    struct recorded recorded;
    struct plain_answer answer;
    size_t n;
    char *headers = read_file(headers_path, &n);
    char body_path[512];
    int stem = (int)(strlen(headers_path) - strlen(".headers"));
    if (!parse_headers(headers, &recorded)) {
        free(headers);
        return;
    }
    snprintf(body_path, sizeof body_path, "%.*s.json", stem, headers_path);
    char *body = read_file(body_path, &n);
    api_server_set_real(server, !strstr(headers_path, "/contract-"));
    plain_get(api_server_port(server), recorded.target, recorded.host, &answer);
    if (answer.status != recorded.status)
        fail_msg("%s: %d instead of %d", headers_path, answer.status, recorded.status);
    assert_true(answer.is_whole);
    if (body)
        assert_same_json(headers_path, body, answer.body);
    else
        assert_string_equal(answer.body, "Forbidden");
    plain_release(&answer);
    free(headers);
    free(body);
}

/* All but the two POSTs, which this server does not take, and the three that were recorded while a run was still going on and have no headers. */
static void test_recorded_answers(void **state)
{
    (void)state;
    struct history *h = history_new();
    char path[512];
    snprintf(path, sizeof path, "%s/fixture.db", history_dir(h));
    if (!copy_file(FIXTURES "executor-local.db", path)) {
        history_free(h);
        print_message("skipped: no fixtures in " FIXTURES "\n");
        skip();
    }
    struct api_server *server = api_server_start(path);
    glob_t files;
    assert_int_equal(glob(FIXTURES "executor-api/*.headers", 0, NULL, &files), 0);
    assert_true(files.gl_pathc > 40);
    for (size_t i = 0; i < files.gl_pathc; i++)
        check_recorded(server, files.gl_pathv[i]);
    globfree(&files);
    api_server_stop(server);
    history_free(h);
}

/* ---- a history of its own: ids in the order of their times, but "t1" to "t3" of one, written as 2, 3, 1 ---- */

struct fixture {
    struct history *h;
    struct api_server *server;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->h = history_new();
    history_run(f->h,
                (struct history_run){.id = "a", .created_at = 1000, .duration = 30, .status = "failed"});
    history_run(f->h, (struct history_run){.id = "t2", .created_at = 5000, .duration = 10, .trigger = "cli"});
    history_run(f->h, (struct history_run){.id = "t3", .created_at = 5000, .duration = 50, .trigger = "cli"});
    history_run(f->h, (struct history_run){.id = "t1", .created_at = 5000, .duration = 20, .trigger = "mcp"});
    history_run(f->h, (struct history_run){.id = "z", .created_at = 9000, .status = "running"});
    history_call(f->h, "a", (struct history_call){.path = "git.x"});
    history_call(f->h, "t1", (struct history_call){.path = "git"});
    history_call(f->h, "t2", (struct history_call){.path = "gitx.y"});
    history_question(f->h, "z", (struct history_question){.response_private = "{\"pin\":1}"});
    f->server = api_server_start(history_path(f->h));
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    api_server_stop(f->server);
    history_free(f->h);
    free(f);
    return 0;
}

static cJSON *get_json(struct fixture *f, const char *target)
{
    struct plain_answer answer;
    plain_get(api_server_port(f->server), target, NULL, &answer);
    if (answer.status != 200)
        fail_msg("%s: %d", target, answer.status);
    cJSON *json = cJSON_Parse(answer.body);
    assert_non_null(json);
    plain_release(&answer);
    return json;
}

static int status_of(struct fixture *f, const char *target)
{
    struct plain_answer answer;
    plain_get(api_server_port(f->server), target, NULL, &answer);
    int status = answer.status;
    plain_release(&answer);
    return status;
}

static void add_ids(const cJSON *json, struct buf *out)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(json, "executions"))
    {
        const cJSON *id = cJSON_GetObjectItem(cJSON_GetObjectItem(item, "execution"), "id");
        buf_printf(out, "%s%s", out->len ? " " : "", id->valuestring);
    }
}

static void expect_ids(struct fixture *f, const char *query, const char *expected)
{
    char target[256];
    struct buf ids;
    buf_init(&ids, 4096);
    snprintf(target, sizeof target, "/api/executions?%s", query);
    cJSON *json = get_json(f, target);
    add_ids(json, &ids);
    if (strcmp(buf_cstr(&ids), expected) != 0)
        fail_msg("%s: \"%s\" instead of \"%s\"", query, buf_cstr(&ids), expected);
    buf_release(&ids);
    cJSON_Delete(json);
}

/* Pages of two until there is no cursor, each after a bar; at most five. */
static void expect_pages(struct fixture *f, const char *query, const char *expected)
{
    char target[512], cursor[256] = "";
    struct buf ids;
    buf_init(&ids, 4096);
    for (int page = 0; page < 5 && (page == 0 || *cursor); page++) {
        snprintf(target, sizeof target, "/api/executions?limit=2&%s%s%s", query, *cursor ? "&cursor=" : "",
                 cursor);
        cJSON *json = get_json(f, target);
        assert_int_equal(cJSON_HasObjectItem(json, "meta"), page == 0);
        buf_str(&ids, page ? " |" : "");
        add_ids(json, &ids);
        const cJSON *next = cJSON_GetObjectItem(json, "nextCursor");
        snprintf(cursor, sizeof cursor, "%s", next ? next->valuestring : "");
        cJSON_Delete(json);
    }
    if (strcmp(buf_cstr(&ids), expected) != 0)
        fail_msg("%s: \"%s\" instead of \"%s\"", query, buf_cstr(&ids), expected);
    buf_release(&ids);
}

static void test_contract_order(void **state)
{
    expect_pages(*state, "", "z t3 | t2 t1 | a");
    expect_pages(*state, "sort=createdAt,asc", "a t1 | t2 t3 | z");
    expect_pages(*state, "sort=durationMs,desc", "t3 a | t1 t2 | z");
    expect_pages(*state, "sort=durationMs,asc", "t2 t1 | a t3 | z");
    expect_pages(*state, "sort=name,asc", "z t3 | t2 t1 | a");
}

/* Tied rows as written, while the cursor goes by id: t3 is skipped. Pages of the ascending order go back to its start. */
static void test_real_order(void **state)
{
    struct fixture *f = *state;
    api_server_set_real(f->server, true);
    expect_pages(f, "", "z t2 | t1 a");
    expect_pages(f, "sort=createdAt,asc", "a t2 | a t1");
    expect_pages(f, "sort=durationMs,desc", "t3 t1");
}

static void test_filters(void **state)
{
    struct fixture *f = *state;
    expect_ids(f, "status=failed,running", "z a");
    expect_ids(f, "status=bogus,failed", "a");
    expect_ids(f, "status=Failed", "z t3 t2 t1 a");
    expect_ids(f, "trigger=mcp,unknown", "z t1 a");
    expect_ids(f, "tool=git.*", "t1 a");
    expect_ids(f, "tool=git*,gitx.y", "t2");
    expect_ids(f, "from=5000&to=5000", "t3 t2 t1");
    expect_ids(f, "from=5001&to=5000", "");
    expect_ids(f, "after=1000", "z t3 t2 t1");
    expect_ids(f, "elicitation=true", "z");
    expect_ids(f, "elicitation=false&status=failed", "a");
    expect_ids(f, "code=RETURN+1&limit=1", "z");
    expect_ids(f, "code=return%202", "");
}

static void test_first_pages_have_meta(void **state)
{
    struct fixture *f = *state;
    cJSON *json = get_json(f, "/api/executions?trigger=cli");
    const cJSON *meta = cJSON_GetObjectItem(json, "meta");
    assert_int_equal(cJSON_GetObjectItem(meta, "totalRowCount")->valueint, 5);
    assert_int_equal(cJSON_GetObjectItem(meta, "filterRowCount")->valueint, 2);
    assert_int_equal(cJSON_GetObjectItem(meta, "chartBucketMs")->valueint, 30000);
    cJSON_Delete(json);
    for (int is_real = 0; is_real < 2; is_real++) {
        api_server_set_real(f->server, is_real);
        json = get_json(f, "/api/executions?cursor=nonsense");
        assert_int_equal(cJSON_HasObjectItem(json, "meta"), !is_real);
        cJSON_Delete(json);
        json = get_json(f, "/api/executions?after=1");
        assert_false(cJSON_HasObjectItem(json, "meta"));
        cJSON_Delete(json);
    }
}

static void test_mistakes(void **state)
{
    static const struct {
        const char *target;
        int by_contract, really;
    } mistakes[] = {{"/api/executions/nobody", 404, 500},
                    {"/api/executions/nobody/tool-calls", 404, 500},
                    {"/api/nowhere", 404, 500},
                    {"/api/executions?limit=abc", 400, 500},
                    {"/api/executions?limit=1&limit=2", 400, 500},
                    {"/api/executions?to=", 400, 500},
                    {"/api/executions?limit=-1", 200, 200},
                    {"/apis", 200, 200}};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        api_server_set_real(f->server, false);
        assert_int_equal(status_of(f, mistakes[i].target), mistakes[i].by_contract);
        api_server_set_real(f->server, true);
        assert_int_equal(status_of(f, mistakes[i].target), mistakes[i].really);
    }
}

static void test_foreign_status(void **state)
{
    struct fixture *f = *state;
    history_run(f->h, (struct history_run){.id = "odd", .created_at = 500, .status = "paused"});
    assert_int_equal(status_of(f, "/api/executions/odd"), 200);
    expect_ids(f, "to=1000", "a odd");
    api_server_set_real(f->server, true);
    assert_int_equal(status_of(f, "/api/executions/odd"), 500);
    assert_int_equal(status_of(f, "/api/executions?to=1000"), 500);
    expect_ids(f, "limit=2", "z t2");
}

static void test_private_answer_is_served(void **state)
{
    cJSON *json = get_json(*state, "/api/executions/z");
    const cJSON *pending = cJSON_GetObjectItem(json, "pendingInteraction");
    assert_string_equal(cJSON_GetObjectItem(pending, "responsePrivateJson")->valuestring, "{\"pin\":1}");
    cJSON_Delete(json);
}

static void test_changes_show_at_once(void **state)
{
    struct fixture *f = *state;
    expect_ids(f, "limit=1", "z");
    history_run(f->h, (struct history_run){.id = "new", .created_at = 10000});
    expect_ids(f, "limit=1", "new");
    history_sql(f->h, "DELETE FROM execution WHERE id = 'new'");
    expect_ids(f, "limit=1", "z");
}

static void test_scope(void **state)
{
    struct fixture *f = *state;
    history_run(f->h, (struct history_run){.id = "other", .created_at = 1, .scope = "b-c-12345678"});
    cJSON *json = get_json(f, "/api/scope");
    assert_string_equal(cJSON_GetObjectItem(json, "id")->valuestring, "b-c-12345678");
    assert_string_equal(cJSON_GetObjectItem(json, "name")->valuestring, "b-c");
    assert_true(cJSON_IsString(cJSON_GetObjectItem(json, "dir")));
    cJSON_Delete(json);
    expect_ids(f, "", "z t3 t2 t1 a other");
    api_server_set_scope(f->server, "b-c-12345678");
    expect_ids(f, "", "other");
    api_server_set_scope(f->server, NULL);
    expect_ids(f, "to=1000", "a other");
}

static void test_base(void **state)
{
    struct fixture *f = *state;
    struct plain_answer answer;
    plain_get(api_server_port(f->server), "/runs?status=failed", NULL, &answer);
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.head, "Content-Type: text/html"));
    plain_release(&answer);
    api_server_set_base(f->server, "/team/api");
    cJSON_Delete(get_json(f, "/team/api/executions"));
    plain_get(api_server_port(f->server), "/api/executions", NULL, &answer);
    assert_non_null(strstr(answer.head, "Content-Type: text/html"));
    plain_release(&answer);
}

int main(void)
{
#define FRESH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded_answers),
        FRESH(test_contract_order),
        FRESH(test_real_order),
        FRESH(test_filters),
        FRESH(test_first_pages_have_meta),
        FRESH(test_mistakes),
        FRESH(test_foreign_status),
        FRESH(test_private_answer_is_served),
        FRESH(test_changes_show_at_once),
        FRESH(test_scope),
        FRESH(test_base),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
