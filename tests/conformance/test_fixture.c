/*
 * A real executor's file against that executor's own recorded answers, where those follow the contract (its duration sort does not). Skipped
 * where the fixtures are not there.
 */
#include "data/cursor.h"
#include "data/source.h"
#include "tests/support/answers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct recorded {
    const char *file; /* in executor-api/ */
    const char *filter, *cursor;
    bool is_oldest_first;
    size_t limit;
    int64_t after; /* strictly newer; 0: not asked */
};

static const struct recorded lists[] = {
    {"list-all", "", NULL, false, 100, 0},
    {"list-default", "", NULL, false, 25, 0},
    {"list-first-page", "", NULL, false, 10, 0},
    {"list-cursor-page", "",
     "eyJjcmVhdGVkQXQiOjE3OTUyMjYxMDY3MjIsImlkIjoiMDA3ODBjMmUtOWFjOS00YTQ2LTg1ZmYtOWJlZjQxNmZhZjYxIn0", false,
     10, 0},
    {"list-sort-created-asc", "", NULL, true, 10, 0},
    {"list-after", "", NULL, false, 25, INT64_C(1795226106833)},
    {"list-status-failed", "status:failed", NULL, false, 50, 0},
    {"list-status-two", "status:running,waiting", NULL, false, 50, 0},
    {"list-trigger-unknown", "trigger:unknown", NULL, false, 25, 0},
    {"list-tool-glob", "tool:github.*", NULL, false, 50, 0},
    {"list-elicitation-true", "elicitation:true", NULL, false, 50, 0},
    {"list-code-unicode", "code:世界", NULL, false, 25, 0},
    {"list-empty", "code:no-such-text-anywhere", NULL, false, 25, 0},
};

static const char *const details[] = {"detail",
                                      "detail-failed",
                                      "detail-large-result",
                                      "detail-log-levels",
                                      "detail-pending",
                                      "detail-null-trigger",
                                      "detail-pending-url",
                                      "detail-running",
                                      "detail-trigger-meta"};

static const char *const calls[] = {"tool-calls", "tool-calls-failed", "tool-calls-five",
                                    "tool-calls-pending", "tool-calls-running"};

struct fixture {
    struct source *source;
    struct source_conn *conn;
    struct arena arena;
};

static bool open_fixture(struct fixture *f, bool no_background)
{
    struct source_options options = {.no_background = no_background};
    struct err err;
    if (!answers_are_here())
        return false;
    assert_int_equal(source_open(FIXTURES "executor-local.db", &options, &f->source, &err), ERR_OK);
    assert_int_equal(source_connect(f->source, &f->conn, &err), ERR_OK);
    arena_init(&f->arena);
    return true;
}

static void close_fixture(struct fixture *f)
{
    conn_close(f->conn);
    source_close(f->source);
    arena_release(&f->arena);
}

static const cJSON *field(const cJSON *object, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!value)
        fail_msg("no field %s", name);
    return value;
}

static void expect_text(const cJSON *object, const char *name, struct text text)
{
    const cJSON *value = field(object, name);
    if (cJSON_IsNull(value))
        assert_true(text_is_null(text));
    else if (!text_is(text, value->valuestring))
        fail_msg("%s: %.*s, not %s", name, (int)text.n, text.s ? text.s : "null", value->valuestring);
}

static void expect_time(const cJSON *object, const char *name, int64_t t)
{
    const cJSON *value = field(object, name);
    assert_true(cJSON_IsNull(value) ? t == TIME_NONE : (int64_t)value->valuedouble == t);
}

static void expect_run(const cJSON *json, const struct run *run)
{
    expect_text(json, "id", run->id);
    expect_text(json, "scopeId", run->scope_id);
    expect_text(json, "status", run->status);
    expect_text(json, "code", run->code);
    expect_text(json, "resultJson", run->result_json);
    expect_text(json, "errorText", run->error_text);
    expect_text(json, "logsJson", run->logs_json);
    expect_text(json, "triggerKind", run->trigger_kind);
    expect_text(json, "triggerMetaJson", run->trigger_meta_json);
    expect_time(json, "startedAt", run->started_at);
    expect_time(json, "completedAt", run->completed_at);
    expect_time(json, "createdAt", run->created_at);
    expect_time(json, "updatedAt", run->updated_at);
    expect_time(json, "toolCallCount", run->tool_call_count);
}

static void expect_detail(const cJSON *json, const struct run_detail *detail)
{
    expect_run(field(json, "execution"), &detail->run);
    const cJSON *pending = field(json, "pendingInteraction");
    assert_true(cJSON_IsNull(pending) == (detail->pending < 0));
    if (detail->pending < 0)
        return;
    const struct interaction *interaction = &detail->interactions[detail->pending];
    expect_text(pending, "id", interaction->id);
    expect_text(pending, "kind", interaction->kind);
    expect_text(pending, "purpose", interaction->purpose);
    expect_text(pending, "payloadJson", interaction->payload_json);
    expect_time(pending, "createdAt", interaction->created_at);
}

static void check_list(struct fixture *f, const struct recorded *recorded)
{
    struct list_query query = {.now = INT64_C(1795230000000),
                               .sort = {SORT_CREATED, recorded->is_oldest_first},
                               .after = recorded->limit,
                               .want_full = true,
                               .wait_exact = true,
                               .cutoff = TIME_NONE};
    struct filter_mistake mistake;
    struct list_reply reply = {0};
    struct err err;
    assert_int_equal(filter_parse(text_of(recorded->filter), TIME_IN_UTC, &query.filter, &mistake), ERR_OK);
    if (recorded->after)
        filter_set_range(&query.filter, (struct time_range){recorded->after + 1, INT64_MAX});
    if (recorded->cursor) {
        query.anchor = ANCHOR_AFTER;
        assert_true(cursor_decode(text_of(recorded->cursor), &query.key));
    }
    if (conn_list(f->conn, &query, NULL, &f->arena, &reply, &err) != ERR_OK)
        fail_msg("%s: %s", recorded->file, err.what);
    cJSON *json = answers_body(recorded->file);
    const cJSON *executions = field(json, "executions");
    assert_int_equal(reply.count, cJSON_GetArraySize(executions));
    for (size_t i = 0; i < reply.count; i++)
        expect_detail(cJSON_GetArrayItem(executions, (int)i), &reply.full[i]);
    bool has_next = cJSON_GetObjectItemCaseSensitive(json, "nextCursor") != NULL;
    assert_true(recorded->is_oldest_first || reply.is_last == !has_next);
    cJSON_Delete(json);
    filter_release(&query.filter);
}

static void check_detail(struct fixture *f, const char *name)
{
    cJSON *json = answers_body(name);
    struct detail_query query = {.id = field(field(json, "execution"), "id")->valuestring};
    struct detail_reply reply;
    struct err err;
    if (conn_detail(f->conn, &query, NULL, &f->arena, &reply, &err) != ERR_OK)
        fail_msg("%s: %s", name, err.what);
    expect_detail(json, &reply.detail);
    cJSON_Delete(json);
}

static void check_calls(struct fixture *f, const char *name)
{
    cJSON *json = answers_body(name);
    const cJSON *recorded = field(json, "toolCalls");
    struct detail_query query = {.id = field(cJSON_GetArrayItem(recorded, 0), "executionId")->valuestring};
    struct detail_reply reply;
    struct err err;
    assert_int_equal(conn_detail(f->conn, &query, NULL, &f->arena, &reply, &err), ERR_OK);
    assert_int_equal(reply.call_count, cJSON_GetArraySize(recorded));
    for (size_t i = 0; i < reply.call_count; i++) {
        const cJSON *call = cJSON_GetArrayItem(recorded, (int)i);
        expect_text(call, "id", reply.calls[i].id);
        expect_text(call, "status", reply.calls[i].status);
        expect_text(call, "toolPath", reply.calls[i].tool_path);
        expect_text(call, "namespace", reply.calls[i].namespace_);
        expect_text(call, "argsJson", reply.calls[i].args_json);
        expect_text(call, "resultJson", reply.calls[i].result_json);
        expect_text(call, "errorText", reply.calls[i].error_text);
        expect_time(call, "startedAt", reply.calls[i].started_at);
        expect_time(call, "durationMs", reply.calls[i].duration_ms);
    }
    cJSON_Delete(json);
}

/* The server counts every facet after all filters; without a filter that is the same. */
static void check_meta(struct fixture *f)
{
    struct meta_query query = {.now = INT64_C(1795230000000), .want_api_chart = true, .wait_exact = true};
    struct meta meta;
    struct err err;
    filter_init(&query.filter);
    assert_int_equal(conn_meta(f->conn, &query, NULL, &f->arena, &meta, &err), ERR_OK);
    cJSON *json = answers_body("list-all");
    const cJSON *recorded = field(json, "meta"), *item;
    expect_time(recorded, "totalRowCount", meta.total.n);
    expect_time(recorded, "filterRowCount", meta.filtered.n);
    expect_time(recorded, "chartBucketMs", meta.histogram.width);
    expect_time(field(recorded, "interactionCounts"), "withElicitation", meta.with_interaction.n);
    expect_time(field(recorded, "interactionCounts"), "withoutElicitation", meta.without_interaction.n);
    size_t i = 0;
    cJSON_ArrayForEach(item, field(recorded, "statusCounts"))
    {
        expect_text(item, "status", meta.status.values[i].word);
        expect_time(item, "count", meta.status.values[i++].count);
    }
    assert_int_equal(meta.trigger.count, cJSON_GetArraySize(field(recorded, "triggerCounts")));
    int64_t called = 0, counted = 0;
    cJSON_ArrayForEach(item, field(recorded, "toolFacets")) called +=
        (int64_t)field(item, "count")->valuedouble;
    for (i = 0; i < meta.tools.count; i++)
        counted += meta.tools.values[i].count;
    assert_int_equal(counted, called);
    cJSON_ArrayForEach(item, field(recorded, "chartData"))
    {
        int64_t start = (int64_t)field(item, "bucketStart")->valuedouble;
        size_t bucket = (size_t)((start - meta.histogram.start) / meta.histogram.width);
        assert_true(bucket < meta.histogram.count);
        const cJSON *failed = cJSON_GetObjectItemCaseSensitive(field(item, "counts"), "failed");
        assert_int_equal(meta.histogram.buckets[bucket].counts[STATUS_FAILED], failed ? failed->valueint : 0);
    }
    cJSON_Delete(json);
}

static void answers_as_recorded(bool no_background)
{
    struct fixture f = {0};
    if (!open_fixture(&f, no_background)) {
        print_message("skipped: no fixtures in " FIXTURES "\n");
        skip();
    }
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        check_list(&f, &lists[i]);
    for (size_t i = 0; i < sizeof details / sizeof *details; i++)
        check_detail(&f, details[i]);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        check_calls(&f, calls[i]);
    check_meta(&f);
    close_fixture(&f);
}

static void answers_as_recorded_by_sql(void **state)
{
    (void)state;
    answers_as_recorded(true);
}

static void answers_as_recorded_by_the_index(void **state)
{
    (void)state;
    answers_as_recorded(false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_as_recorded_by_sql),
        cmocka_unit_test(answers_as_recorded_by_the_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
