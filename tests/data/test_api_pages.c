/*
 * Random questions to the application, all their pages one behind the other, against what SQL says of the same file: the order, nothing twice,
 * nothing left out, and the counts.
 */
#include "data/base/rand.h"
#include "tests/support/api_client.h"
#include "tests/support/history.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RUNS = 400, QUESTIONS = 150, LINE = 2000, IDS = 1 << 16 };
#define BASE INT64_C(1700000000000)

static const char *const statuses[] = {"pending",   "running", "waiting_for_interaction",
                                       "completed", "failed",  "cancelled"};
static const char *const triggers[] = {"cli", "http", "mcp", "odd", NULL};
static const char *const tools[] = {"github", "github.issues.list", "github.issues.create", "git",
                                    "search", "slack.post"};
static const char *const codes[] = {"return 1", "await Tools.Search()", "throw new Error('boom')",
                                    "// 100% _done_"};

#define PICK(rng, array) (array)[rand_below(rng, sizeof(array) / sizeof *(array))]

struct fixture {
    struct history *history;
    struct api *api;
    sqlite3 *db;
    struct rand rng;
    struct api_response response;
};

static void fill_run(struct fixture *f, int i)
{
    struct rand *rng = &f->rng;
    const char *status = PICK(rng, statuses);
    const char *id = history_run(
        f->history, (struct history_run){.status = status,
                                         .trigger = PICK(rng, triggers),
                                         .code = PICK(rng, codes),
                                         .scope = rand_chance(rng, 0.2) ? "other" : "scope-1",
                                         .created_at = BASE + rand_between(rng, 0, RUNS / 4) * 60000,
                                         .started_at = rand_chance(rng, 0.1) ? TIME_NONE : BASE,
                                         .duration = rand_between(rng, -2, 5) * 100 + (i % 3 == 0)});
    for (uint32_t calls = rand_below(rng, 4); calls; calls--)
        history_call(f->history, id, (struct history_call){.path = PICK(rng, tools)});
    if (rand_chance(rng, 0.2))
        history_question(f->history, id, (struct history_question){.status = "resolved"});
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct err err;
    rand_seed(&f->rng, 20261121);
    f->history = history_new();
    history_begin(f->history);
    for (int i = 0; i < RUNS; i++)
        fill_run(f, i);
    history_commit(f->history);
    history_close(f->history);
    sqlite3_open_v2(history_path(f->history), &f->db, SQLITE_OPEN_READONLY, NULL);
    api_response_init(&f->response);
    *state = f;
    return api_open(&(struct api_options){.path = history_path(f->history)}, &f->api, &err);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    api_response_release(&f->response);
    api_close(f->api);
    sqlite3_close(f->db);
    history_free(f->history);
    free(f);
    return 0;
}

/* ---- a question in both languages ---- */

struct question {
    char query[LINE], where[LINE], order[200];
};

static void PRINTF_LIKE(2, 3) add(char *text, const char *fmt, ...)
{
    va_list args;
    size_t n = strlen(text);
    va_start(args, fmt);
    vsnprintf(text + n, LINE - n, fmt, args);
    va_end(args);
}

static void ask_statuses(struct fixture *f, struct question *q)
{
    const char *one = PICK(&f->rng, statuses), *other = PICK(&f->rng, statuses);
    add(q->query, "&status=%s,bogus,%s", one, other);
    add(q->where, " AND status IN ('%s', '%s')", one, other);
}

static void ask_triggers(struct fixture *f, struct question *q)
{
    const char *one = PICK(&f->rng, triggers), *other = PICK(&f->rng, triggers);
    add(q->query, "&trigger=%s,%s", one ? one : "unknown", other ? other : "unknown");
    add(q->where, " AND coalesce(trigger_kind, 'unknown') IN ('%s', '%s')", one ? one : "unknown",
        other ? other : "unknown");
}

static void ask_tools(struct fixture *f, struct question *q)
{
    const char *one = PICK(&f->rng, tools), *below = rand_chance(&f->rng, 0.5) ? "github" : "github.issues";
    add(q->query, "&tool=%s,%s.*", one, below);
    add(q->where,
        " AND EXISTS (SELECT 1 FROM execution_tool_call c WHERE c.execution_id = e.id AND (c.tool_path IN "
        "('%s', '%s') OR substr(c.tool_path, 1, %zu) = '%s.'))",
        one, below, strlen(below) + 1, below);
}

static void ask_times(struct fixture *f, struct question *q)
{
    long long from = BASE + rand_between(&f->rng, 0, RUNS / 4) * 60000;
    long long to = BASE + rand_between(&f->rng, 0, RUNS / 4) * 60000;
    bool is_after = rand_chance(&f->rng, 0.3);
    add(q->query, "&%s=%lld&to=%lld", is_after ? "after" : "from", from, to);
    add(q->where, " AND created_at %s %lld AND created_at <= %lld", is_after ? ">" : ">=", from, to);
}

static void ask_code(struct fixture *f, struct question *q)
{
    static const char *const words[] = {"TOOLS", "_", "return", "nothing", "e"};
    const char *word = PICK(&f->rng, words);
    add(q->query, "&code=%s", word);
    add(q->where, " AND instr(lower(code), lower('%s')) > 0", word);
}

static void ask_elicitation(struct fixture *f, struct question *q)
{
    bool flag = rand_chance(&f->rng, 0.5);
    add(q->query, "&elicitation=%s", flag ? "true" : "false");
    add(q->where, " AND %s EXISTS (SELECT 1 FROM execution_interaction i WHERE i.execution_id = e.id)",
        flag ? "" : "NOT");
}

static void ask_sort(struct fixture *f, struct question *q)
{
    static const char *const orders[][2] = {
        {"", "created_at DESC, id DESC"},
        {"createdAt,asc", "created_at, id"},
        {"durationMs,desc", "completed_at - started_at DESC NULLS LAST, created_at DESC, id DESC"},
        {"durationMs,asc", "completed_at - started_at ASC NULLS LAST, created_at DESC, id DESC"}};
    uint32_t at = rand_below(&f->rng, 4);
    add(q->query, "&sort=%s", orders[at][0]);
    snprintf(q->order, sizeof q->order, "%s", orders[at][1]);
}

static void make_question(struct fixture *f, struct question *q)
{
    static void (*const parts[])(struct fixture *, struct question *) = {
        ask_statuses, ask_triggers, ask_tools, ask_times, ask_code, ask_elicitation};
    *q = (struct question){"", "1", ""};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (rand_chance(&f->rng, 0.3))
            parts[i](f, q);
    ask_sort(f, q);
}

/* ---- the answers ---- */

/* One column of all rows, a blank behind each. */
static char *sql_words(struct fixture *f, const char *fmt, ...)
{
    sqlite3_stmt *statement;
    char *words = calloc(1, IDS);
    va_list args;
    va_start(args, fmt);
    char *sql = sqlite3_vmprintf(fmt, args);
    va_end(args);
    if (sqlite3_prepare_v2(f->db, sql, -1, &statement, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sqlite3_errmsg(f->db), sql);
    for (size_t n = 0; sqlite3_step(statement) == SQLITE_ROW;)
        n += (size_t)snprintf(words + n, IDS - n, "%s ", sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    sqlite3_free(sql);
    return words;
}

static cJSON *get(struct fixture *f, const char *line)
{
    api_ask(f->api, line, &f->response);
    if (f->response.status != 200)
        fail_msg("%s: %d %s", line, f->response.status, buf_cstr(&f->response.body));
    cJSON *json = cJSON_Parse(buf_cstr(&f->response.body));
    assert_non_null(json);
    return json;
}

static int add_ids(const cJSON *page, char *ids)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(page, "executions"))
    {
        size_t n = strlen(ids);
        snprintf(ids + n, IDS - n, "%s ",
                 cJSON_GetObjectItem(cJSON_GetObjectItem(item, "execution"), "id")->valuestring);
    }
    return cJSON_GetArraySize(cJSON_GetObjectItem(page, "executions"));
}

static void expect_pages(struct fixture *f, const struct question *q, int limit)
{
    char line[2 * LINE], next[600] = "";
    char *wanted = sql_words(f, "SELECT id FROM execution e WHERE %s ORDER BY %s", q->where, q->order);
    char *got = calloc(1, IDS);
    do {
        snprintf(line, sizeof line, "GET /executions?limit=%d%s%s%s", limit, q->query,
                 *next ? "&cursor=" : "", next);
        cJSON *page = get(f, line), *cursor = cJSON_GetObjectItem(page, "nextCursor");
        int rows = add_ids(page, got);
        assert_true(rows <= limit && (!cursor || rows == limit));
        assert_true(strlen(got) <= strlen(wanted));
        snprintf(next, sizeof next, "%s", cursor ? cursor->valuestring : "");
        cJSON_Delete(page);
    } while (*next);
    if (strcmp(got, wanted) != 0)
        fail_msg("[%s] in pages of %d gives\n%s, not\n%s", q->query, limit, got, wanted);
    free(got);
    free(wanted);
}

/* [{word: …, count: n}] as SQL writes it: "word=n ". */
static char *counts_of(const cJSON *meta, const char *facet, const char *word)
{
    char *words = calloc(1, IDS);
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(meta, facet))
    {
        size_t n = strlen(words);
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(item, word));
        int count = cJSON_GetObjectItem(item, "count")->valueint;
        if (count)
            snprintf(words + n, IDS - n, "%s=%d ", name ? name : "null", count);
    }
    return words;
}

static void expect_counts(const cJSON *meta, const char *facet, const char *word, char *wanted,
                          const char *query)
{
    char *got = counts_of(meta, facet, word);
    if (strcmp(got, wanted) != 0)
        fail_msg("[%s] %s: %s, not %s", query, facet, got, wanted);
    free(got);
    free(wanted);
}

static void expect_meta(struct fixture *f, const struct question *q)
{
    char line[2 * LINE];
    if (strstr(q->query, "&after="))
        return;
    snprintf(line, sizeof line, "GET /api/executions?limit=1%s", q->query);
    cJSON *page = get(f, line), *meta = cJSON_GetObjectItem(page, "meta");
    char *count = sql_words(f, "SELECT count(*) FROM execution e WHERE %s", q->where);
    assert_int_equal(cJSON_GetObjectItem(meta, "totalRowCount")->valueint, RUNS);
    if (cJSON_GetObjectItem(meta, "filterRowCount")->valueint != strtol(count, NULL, 10))
        fail_msg("[%s]: %d of %s", q->query, cJSON_GetObjectItem(meta, "filterRowCount")->valueint, count);
    free(count);
    expect_counts(
        meta, "statusCounts", "status",
        sql_words(f,
                  "SELECT status || '=' || count(*) FROM execution e WHERE %s GROUP BY status ORDER BY "
                  "instr('pending running waiting_for_interaction completed failed cancelled', status)",
                  q->where),
        q->query);
    expect_counts(
        meta, "triggerCounts", "triggerKind",
        sql_words(f,
                  "SELECT coalesce(trigger_kind, 'null') || '=' || count(*) FROM execution e WHERE %s GROUP "
                  "BY trigger_kind ORDER BY count(*) DESC, trigger_kind",
                  q->where),
        q->query);
    expect_counts(
        meta, "toolFacets", "toolPath",
        sql_words(
            f,
            "SELECT tool_path || '=' || count(*) FROM execution_tool_call WHERE execution_id IN (SELECT "
            "id FROM execution e WHERE %s) GROUP BY tool_path ORDER BY count(*) DESC, tool_path",
            q->where),
        q->query);
    cJSON_Delete(page);
}

static void test_pages_put_together_are_what_sql_says(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < QUESTIONS; i++) {
        struct question q;
        make_question(f, &q);
        expect_pages(f, &q, (int)rand_between(&f->rng, 3, 100));
    }
}

static void test_counts_are_what_sql_says(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < QUESTIONS; i++) {
        struct question q;
        make_question(f, &q);
        expect_meta(f, &q);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pages_put_together_are_what_sql_says, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_counts_are_what_sql_says, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
