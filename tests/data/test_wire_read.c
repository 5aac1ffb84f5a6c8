/*
 * The API's JSON as values: what servers really sent, what ours writes, and what goes wrong.
 */
#include "data/base/die.h"
#include "data/wire.h"
#include "data/wire_clean.h"
#include "data/wire_read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ANSWERS "../shared/fixtures/executor-api/"

enum { OUT_MAX = 1 << 20, BODY_MAX = 4 << 20 };

static void assert_text(struct text got, const char *expected)
{
    if (!expected) {
        assert_null(got.s);
        return;
    }
    assert_non_null(got.s);
    assert_int_equal(got.n, strlen(expected));
    assert_memory_equal(got.s, expected, got.n);
}

static struct arena fresh(void)
{
    struct arena arena;
    arena_init(&arena);
    return arena;
}

static void must_read(const char *body, struct arena *arena, struct wire_page *page)
{
    struct err err = {0};
    if (wire_read_list(text_of(body), arena, page, &err) != ERR_OK)
        fail_msg("%s: %s", body, err.what);
}

/* ---- lists ---- */

static void test_list(void **state)
{
    (void)state;
    struct arena arena = fresh();
    struct wire_page page;
    must_read(
        "{\"executions\":[{\"execution\":{\"id\":\"r1\",\"scopeId\":\"s\",\"status\":\"failed\",\"code\":"
        "\"x\","
        "\"resultJson\":\"null\",\"errorText\":\"boom\",\"logsJson\":null,\"startedAt\":5,\"completedAt\":9,"
        "\"triggerKind\":\"cli\",\"triggerMetaJson\":\"{}\",\"toolCallCount\":3,\"createdAt\":4,"
        "\"updatedAt\":10},"
        "\"pendingInteraction\":null}],\"nextCursor\":\"abc\"}",
        &arena, &page);
    assert_int_equal(page.count, 1);
    assert_int_equal(page.broken, 0);
    const struct run *run = &page.items[0].run;
    assert_text(run->id, "r1");
    assert_text(run->scope_id, "s");
    assert_text(run->status, "failed");
    assert_text(run->code, "x");
    assert_text(run->result_json, "null");
    assert_text(run->error_text, "boom");
    assert_text(run->logs_json, NULL);
    assert_text(run->trigger_kind, "cli");
    assert_text(run->trigger_meta_json, "{}");
    assert_int_equal(run->started_at, 5);
    assert_int_equal(run->completed_at, 9);
    assert_int_equal(run->tool_call_count, 3);
    assert_int_equal(run->created_at, 4);
    assert_int_equal(run->updated_at, 10);
    assert_int_equal(page.items[0].pending, -1);
    assert_int_equal(page.items[0].interaction_count, 0);
    assert_text(page.next_cursor, "abc");
    assert_false(page.has_meta);
    arena_release(&arena);
}

static void test_what_cannot_stand_in_a_list_is_counted(void **state)
{
    (void)state;
    struct arena arena = fresh();
    struct wire_page page;
    must_read(
        "{\"new\":{},\"executions\":[{\"execution\":{\"createdAt\":4}},{\"execution\":{\"id\":\"a\"}},7,null,"
        "{},"
        "{\"execution\":{\"id\":\"b\",\"createdAt\":\"123\"}},{\"execution\":{\"id\":\"\",\"createdAt\":1}},"
        "{\"execution\":{\"id\":7,\"createdAt\":1}},{\"execution\":{\"id\":\"ok\",\"createdAt\":1}}],"
        "\"nextCursor\":\"\"}",
        &arena, &page);
    assert_int_equal(page.count, 1);
    assert_int_equal(page.broken, 8);
    assert_text(page.items[0].run.id, "ok");
    assert_text(page.next_cursor, NULL);
    arena_release(&arena);
}

static void test_other_types_are_null(void **state)
{
    (void)state;
    struct arena arena = fresh();
    struct wire_page page;
    must_read("{\"executions\":[{\"execution\":{\"id\":\"a\",\"createdAt\":1,\"status\":1,\"code\":[],"
              "\"startedAt\":\"5\","
              "\"completedAt\":true,\"toolCallCount\":null,\"triggerKind\":{}},\"pendingInteraction\":"
              "\"yes\"}],\"nextCursor\":5,\"meta\":[]}",
              &arena, &page);
    const struct run *run = &page.items[0].run;
    assert_text(run->status, NULL);
    assert_text(run->code, NULL);
    assert_text(run->trigger_kind, NULL);
    assert_true(run->started_at == TIME_NONE && run->completed_at == TIME_NONE);
    assert_int_equal(run->tool_call_count, 0);
    assert_int_equal(page.items[0].pending, -1);
    assert_text(page.next_cursor, NULL);
    assert_false(page.has_meta);
    arena_release(&arena);
}

/* Names differ by case in JSON; of two alike the first counts. */
static void test_names(void **state)
{
    (void)state;
    struct arena arena = fresh();
    struct wire_page page;
    must_read("{\"Executions\":7,\"executions\":[{\"execution\":{\"ID\":\"no\",\"id\":\"a\",\"id\":\"b\","
              "\"createdAt\":1}}]}",
              &arena, &page);
    assert_text(page.items[0].run.id, "a");
    arena_release(&arena);
}

/* ---- values ---- */

static int64_t read_number(const char *number)
{
    struct arena arena = fresh();
    struct wire_page page;
    struct buf body;
    buf_init(&body, OUT_MAX);
    buf_printf(&body, "{\"executions\":[{\"execution\":{\"id\":\"a\",\"createdAt\":1,\"updatedAt\":%s}}]}",
               number);
    must_read(buf_cstr(&body), &arena, &page);
    assert_int_equal(page.count, 1);
    int64_t got = page.items[0].run.updated_at;
    buf_release(&body);
    arena_release(&arena);
    return got;
}

static void test_numbers(void **state)
{
    (void)state;
    assert_int_equal(read_number("1795226106849"), 1795226106849);
    assert_int_equal(read_number("-12.9"), -12);
    assert_int_equal(read_number("1.7952261068499e12"), 1795226106849);
    assert_true(read_number("9223372036854775808") == INT64_MAX);
    assert_true(read_number("-9223372036854775809") == -INT64_MAX);
    assert_true(read_number("1e999") == INT64_MAX);
    assert_true(read_number("-1e999") == -INT64_MAX);
    assert_true(read_number("null") == TIME_NONE);
    assert_int_equal(read_number("-0"), 0);
}

/* The tree builder's own room for a number is 64 bytes. */
static void test_long_numbers(void **state)
{
    (void)state;
    char digits[500];
    memset(digits, '9', sizeof digits - 1);
    digits[sizeof digits - 1] = '\0';
    assert_true(read_number(digits) == INT64_MAX);
    digits[0] = '-';
    assert_true(read_number(digits) == -INT64_MAX);
    memcpy(digits, "17.5", 4);
    assert_int_equal(read_number(digits), 17);
}

/* Newer builders have more room: what they are given shows it with any of them. */
static void test_long_numbers_are_written_shorter_in_place(void **state)
{
    (void)state;
    struct wire_clean clean;
    struct err err;
    char body[] = "[-0.5000000000000000000000000000000000000000000000000000000000000000000e+1,7]";
    char expected[sizeof body];
    snprintf(expected, sizeof expected, "[-5%*s,7]", (int)sizeof body - 7, "");
    assert_int_equal(wire_clean(text_of(body), &clean, &err), ERR_OK);
    assert_text(clean.text, expected);
    wire_clean_release(&clean);
    assert_int_equal(wire_clean(TEXT_LIT("[-0.5e+1]"), &clean, &err), ERR_OK);
    assert_null(clean.copy);
    wire_clean_release(&clean);
}

static void assert_read_code(const char *json, size_t n, const char *expected)
{
    struct arena arena = fresh();
    struct run_detail detail;
    struct err err = {0};
    struct buf body;
    buf_init(&body, OUT_MAX);
    buf_str(&body, "{\"execution\":{\"id\":\"a\",\"createdAt\":1,\"code\":\"");
    buf_add(&body, json, n);
    buf_str(&body, "\"}}");
    if (wire_read_detail(buf_as_text(&body), &arena, &detail, &err) != ERR_OK)
        fail_msg("%s: %s", json, err.what);
    assert_text(detail.run.code, expected);
    buf_release(&body);
    arena_release(&arena);
}
#define ASSERT_CODE(json, expected) assert_read_code(json, sizeof(json) - 1, expected)

static void test_strings(void **state)
{
    (void)state;
    ASSERT_CODE("a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00漢", "a\"\\/\b\f\n\r\té😀漢");
    ASSERT_CODE("a\\u0000b", "a\uFFFDb");
    ASSERT_CODE("a\\\\u0000b", "a\\u0000b");
    ASSERT_CODE("a\\\\\\u0000b", "a\\\uFFFDb");
    ASSERT_CODE("\\ud83d", "\uFFFD");
    ASSERT_CODE("\\ud83d x \\ude00", "\uFFFD x \uFFFD");
    ASSERT_CODE("\\uD83D\\uD83D\\uDE00\\uDE00", "\uFFFD😀\uFFFD");
    ASSERT_CODE("\\ud83d\\n\\u0041", "\uFFFD\nA");
    ASSERT_CODE("a\xff\xc3 b", "a\xff\xc3 b");
    ASSERT_CODE("\x1b[2J\n", "\x1b[2J\n");
    ASSERT_CODE("", "");
}

static void test_a_name_is_not_cut_either(void **state)
{
    (void)state;
    struct arena arena = fresh();
    struct wire_page page;
    must_read("{\"executions\":[{\"execution\":{\"id\\u0000\":\"no\",\"id\":\"a\",\"createdAt\":1}}]}",
              &arena, &page);
    assert_text(page.items[0].run.id, "a");
    arena_release(&arena);
}

/* ---- questions ---- */

static const char question[] = "{\"execution\":{\"id\":\"r\",\"createdAt\":1},\"pendingInteraction\":{\"id\":"
                               "\"q\",\"executionId\":\"r\",\"status\":\"pending\","
                               "\"kind\":\"FormElicitation\",\"purpose\":\"why\",\"payloadJson\":\"{}\","
                               "\"responseJson\":null,\"responsePrivateJson\":%s,"
                               "\"createdAt\":7,\"updatedAt\":8}}";

static bool holds(struct text text, const char *word)
{
    return text.s && memmem(text.s, text.n, word, strlen(word));
}

static bool detail_tells(const struct run_detail *detail, const char *word)
{
    const struct interaction *asked = &detail->interactions[0];
    return holds(detail->run.id, word) || holds(asked->id, word) || holds(asked->execution_id, word) ||
           holds(asked->status, word) || holds(asked->kind, word) || holds(asked->purpose, word) ||
           holds(asked->payload_json, word) || holds(asked->response_json, word);
}

static void read_question(const char *secret, struct arena *arena, struct run_detail *detail)
{
    struct err err;
    struct buf body;
    buf_init(&body, OUT_MAX);
    buf_printf(&body, question, secret);
    assert_int_equal(wire_read_detail(buf_as_text(&body), arena, detail, &err), ERR_OK);
    buf_release(&body);
}

static void test_the_secret_is_known_to_exist_and_never_copied(void **state)
{
    (void)state;
    static const char *const secrets[] = {"\"s3cret\"", "{\"s3cret\":1}", "\"s3cret\\u0000\"", "0", "false"};
    struct run_detail detail;
    struct arena arena = fresh();
    read_question("null", &arena, &detail);
    size_t used = arena.total;
    assert_false(detail.interactions[0].has_private_response);
    arena_release(&arena);
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        arena = fresh();
        read_question(secrets[i], &arena, &detail);
        assert_true(detail.interactions[0].has_private_response);
        assert_int_equal(detail.pending, 0);
        assert_int_equal(detail.interaction_count, 1);
        assert_text(detail.interactions[0].purpose, "why");
        assert_false(detail_tells(&detail, "s3cret"));
        assert_int_equal(arena.total, used);
        arena_release(&arena);
    }
}

/* ---- tool calls ---- */

static void test_tool_calls_are_ordered(void **state)
{
    (void)state;
    struct arena arena = fresh();
    struct tool_call *calls;
    size_t count;
    struct err err;
    struct text body =
        TEXT_LIT("{\"toolCalls\":[{\"id\":\"c\",\"startedAt\":2,\"durationMs\":7},{\"id\":\"b\","
                 "\"startedAt\":2,\"namespace\":\"n\"},"
                 "{\"startedAt\":1},{\"id\":\"a\",\"startedAt\":3},{\"id\":\"z\",\"startedAt\":1}]}");
    assert_int_equal(wire_read_tool_calls(body, &arena, &calls, &count, &err), ERR_OK);
    assert_int_equal(count, 4);
    assert_text(calls[0].id, "z");
    assert_text(calls[1].id, "b");
    assert_text(calls[1].namespace_, "n");
    assert_true(calls[1].duration_ms == DURATION_NONE);
    assert_text(calls[2].id, "c");
    assert_int_equal(calls[2].duration_ms, 7);
    assert_text(calls[3].id, "a");
    assert_int_equal(wire_read_tool_calls(TEXT_LIT("{\"toolCalls\":[]}"), &arena, &calls, &count, &err),
                     ERR_OK);
    assert_null(calls);
    arena_release(&arena);
}

/* ---- meta ---- */

static void test_meta(void **state)
{
    (void)state;
    struct arena arena = fresh();
    struct wire_page page;
    must_read("{\"executions\":[],\"meta\":{\"totalRowCount\":9,\"filterRowCount\":\"x\",\"statusCounts\":[{"
              "\"status\":\"pending\",\"count\":0},"
              "{\"status\":\"odd\",\"count\":4},{\"count\":3}],\"triggerCounts\":[{\"triggerKind\":\"cli\","
              "\"count\":2},{\"triggerKind\":null,\"count\":1}],"
              "\"interactionCounts\":{\"withElicitation\":1},\"chartBucketMs\":30000,\"chartData\":[{"
              "\"bucketStart\":60000,\"counts\":"
              "{\"failed\":2,\"odd\":3,\"other\":4,\"running\":1e99,\"completed\":-1}},{\"counts\":{}},{"
              "\"bucketStart\":0}]}}",
              &arena, &page);
    assert_true(page.has_meta);
    const struct wire_meta *meta = &page.meta;
    assert_int_equal(meta->total.n, 9);
    assert_true(meta->total.is_exact);
    assert_int_equal(meta->filtered.n, -1);
    assert_true(meta->status.is_counted && meta->trigger.is_counted && !meta->tools.is_counted);
    assert_int_equal(meta->status.count, 2);
    assert_text(meta->status.values[1].word, "odd");
    assert_int_equal(meta->status.values[1].count, 4);
    assert_int_equal(meta->trigger.count, 2);
    assert_text(meta->trigger.values[1].word, NULL);
    assert_int_equal(meta->trigger.values[1].count, 1);
    assert_int_equal(meta->with_interaction.n, 1);
    assert_int_equal(meta->without_interaction.n, -1);
    assert_int_equal(meta->chart_width, 30000);
    assert_int_equal(meta->chart_count, 2);
    assert_int_equal(meta->chart[0].start, 60000);
    assert_int_equal(meta->chart[0].counts.counts[STATUS_FAILED], 2);
    assert_int_equal(meta->chart[0].counts.counts[STATUS_OTHER], 7);
    assert_true(meta->chart[0].counts.counts[STATUS_RUNNING] == UINT32_MAX);
    assert_int_equal(meta->chart[0].counts.counts[STATUS_COMPLETED], 0);
    arena_release(&arena);
}

/* ---- what is no such answer ---- */

static void assert_fails(const char *body, enum err_code code, const char *what)
{
    struct arena arena = fresh();
    struct wire_page page;
    struct err err = {0};
    assert_int_equal(wire_read_list(text_of(body), &arena, &page, &err), code);
    assert_int_equal(err.code, code);
    if (!strstr(err.what, what))
        fail_msg("%s: \"%s\" lacks \"%s\"", body, err.what, what);
    assert_true(err.hint[0]);
    assert_null(page.items);
    assert_int_equal(page.count, 0);
    assert_int_equal(wire_read_list(text_of(body), &arena, &page, NULL), code);
    arena_release(&arena);
}

static void test_what_is_not_json(void **state)
{
    (void)state;
    assert_fails("<html>", ERR_CORRUPT, "not JSON at byte 1 of 6");
    assert_fails("oops", ERR_CORRUPT, "not JSON at byte 1 of 4");
    assert_fails("{\"executions\":[]} x", ERR_CORRUPT, "not JSON at byte 19 of 19");
    assert_fails("{\"executions\":[]}{}", ERR_CORRUPT, "not JSON at byte 18 of 19");
    assert_fails("{\"executions\":[1 2]}", ERR_CORRUPT, "not JSON at byte");
    assert_fails("{\"executions\":[NaN]}", ERR_CORRUPT, "not JSON at byte 16");
    assert_fails("{\"executions\":[\"\\uZZZZ\"]}", ERR_CORRUPT, "not JSON at byte 17");
    assert_fails("{\"executions\":[\"\\x\"]}", ERR_CORRUPT, "not JSON at byte");
    assert_fails("", ERR_CORRUPT, "empty");
    assert_fails(" \n ", ERR_CORRUPT, "empty");
}

static void test_a_raw_nul_is_not_json(void **state)
{
    (void)state;
    struct arena arena = fresh();
    struct wire_page page;
    struct err err;
    assert_int_equal(wire_read_list(TEXT_LIT("{\"executions\":[\"a\0b\"]}"), &arena, &page, &err),
                     ERR_CORRUPT);
    assert_non_null(strstr(err.what, "byte 18 of 22"));
    arena_release(&arena);
}

/* Wherever an answer is cut, it is said to be cut. */
static void test_what_was_cut_short(void **state)
{
    (void)state;
    static const char body[] = "{\"executions\": [ {\"execution\": {\"id\":\"a\\u00e9\", "
                               "\"createdAt\":-1.5e3,\"x\":true,\"y\":null}, \"z\":[]} ] }";
    char expected[64];
    for (size_t n = 1; n < sizeof body - 1; n++) {
        char *cut = mem_strndup(body, n);
        snprintf(expected, sizeof expected, "cut short: its JSON ends too early, at byte %zu", n);
        assert_fails(cut, ERR_CORRUPT, expected);
        free(cut);
    }
}

static void test_other_json(void **state)
{
    (void)state;
    assert_fails("{\"name\":\"s3cret\",\"version\":1}", ERR_UNSUPPORTED,
                 "not a list of runs: its keys are name, version");
    assert_fails("{\"executions\":{}}", ERR_UNSUPPORTED, "its keys are executions");
    assert_fails("{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1}", ERR_UNSUPPORTED,
                 "a, b, c, d, e, f");
    assert_fails("{}", ERR_UNSUPPORTED, "an empty object");
    assert_fails("[{\"executions\":[]}]", ERR_UNSUPPORTED, "an array");
    assert_fails("\"executions\"", ERR_UNSUPPORTED, "a single value");
    assert_fails("null", ERR_UNSUPPORTED, "a single value");
}

static void test_deep_nesting(void **state)
{
    (void)state;
    char body[100001];
    memset(body, '[', sizeof body - 1);
    body[sizeof body - 1] = '\0';
    assert_fails(body, ERR_CORRUPT, "not JSON at byte");
}

static void test_too_many_values(void **state)
{
    (void)state;
    size_t n = 2 * (size_t)WIRE_VALUES_MAX + 20;
    char *body = mem_new(n + 1);
    for (size_t i = 0; i < n; i++)
        body[i] = i % 2 ? ',' : '0';
    body[n] = '\0';
    memcpy(body, "[", 1);
    assert_fails(body, ERR_TOO_BIG, "more than");
    free(body);
}

static void test_other_bodies_fail_empty(void **state)
{
    (void)state;
    struct arena arena = fresh();
    struct run_detail detail = {.interaction_count = 7};
    struct tool_call *calls = (struct tool_call *)&detail;
    struct wire_scope scope = {.id = TEXT_LIT("x")};
    size_t count = 5;
    struct err err;
    assert_int_equal(wire_read_detail(TEXT_LIT("{\"execution\":{\"id\":\"a\"},\"pendingInteraction\":{}}"),
                                      &arena, &detail, &err),
                     ERR_UNSUPPORTED);
    assert_int_equal(detail.interaction_count, 0);
    assert_int_equal(detail.pending, -1);
    assert_null(detail.run.id.s);
    assert_int_equal(wire_read_tool_calls(TEXT_LIT("{\"toolCalls\":7}"), &arena, &calls, &count, &err),
                     ERR_UNSUPPORTED);
    assert_true(!calls && !count);
    assert_int_equal(wire_read_scope(TEXT_LIT("{\"name\":\"n\"}"), &arena, &scope, &err), ERR_UNSUPPORTED);
    assert_null(scope.id.s);
    assert_int_equal(wire_read_scope(TEXT_LIT("{\"id\":"), &arena, &scope, &err), ERR_CORRUPT);
    arena_release(&arena);
}

/* ---- scopes and errors ---- */

static void test_scope(void **state)
{
    (void)state;
    struct arena arena = fresh();
    struct wire_scope scope;
    struct err err;
    assert_int_equal(
        wire_read_scope(
            TEXT_LIT("\xef\xbb\xbf{\"id\":\"acme-1\",\"name\":\"acme\",\"dir\":null,\"stack\":[]}"), &arena,
            &scope, &err),
        ERR_OK);
    assert_text(scope.id, "acme-1");
    assert_text(scope.name, "acme");
    assert_text(scope.dir, NULL);
    arena_release(&arena);
}

static void test_errors(void **state)
{
    (void)state;
    struct arena arena = fresh();
    struct wire_error error;
    assert_true(wire_read_error(TEXT_LIT("{\"_tag\":\"InternalError\",\"traceId\":\"t\",\"executionId\":5}"),
                                &arena, &error));
    assert_text(error.tag, "InternalError");
    assert_text(error.trace_id, "t");
    assert_text(error.execution_id, NULL);
    assert_text(error.message, NULL);
    assert_true(wire_read_error(TEXT_LIT("{\"message\":\"one\\ntwo\"}"), &arena, &error));
    assert_text(error.message, "one");
    assert_true(wire_read_error(
        TEXT_LIT("{\"message\":\"all\",\"issues\":[{\"message\":\"this\"},{\"message\":\"that\"}]}"), &arena,
        &error));
    assert_text(error.message, "this");
    assert_false(wire_read_error(TEXT_LIT("[]"), &arena, &error));
    assert_false(wire_read_error(TEXT_LIT("Forbidden"), &arena, &error));
    assert_false(wire_read_error(TEXT_NULL, &arena, &error));
    arena_release(&arena);
}

/* ---- what ours writes is read back ---- */

static struct run full_run(void)
{
    return (struct run){.id = TEXT_LIT("r1"),
                        .scope_id = TEXT_LIT("s\u2028"),
                        .status = TEXT_LIT("odd"),
                        .code = TEXT_LIT("a\"\\\n\x1b \x7f 漢 😀 \u202e"),
                        .result_json = TEXT_LIT("{\"a\":\"\\u0000\"}"),
                        .error_text = TEXT_LIT(""),
                        .logs_json = TEXT_NULL,
                        .started_at = -5,
                        .completed_at = TIME_NONE,
                        .trigger_kind = TEXT_NULL,
                        .trigger_meta_json = TEXT_LIT("[]"),
                        .tool_call_count = INT64_C(9007199254740991),
                        .created_at = 1795226106849,
                        .updated_at = TIME_NONE};
}

static void test_a_list_is_read_back(void **state)
{
    (void)state;
    struct interaction asked = {.id = TEXT_LIT("q"),
                                .kind = TEXT_LIT("k"),
                                .has_private_response = true,
                                .created_at = 1,
                                .updated_at = TIME_NONE};
    struct run_detail details[] = {{.run = full_run(), .pending = -1},
                                   {.run = full_run(), .interactions = &asked, .interaction_count = 1}};
    struct run_row next = {.id = TEXT_LIT("r1"), .created_at = 5};
    struct buf out, again;
    buf_init(&out, OUT_MAX);
    buf_init(&again, OUT_MAX);
    wire_list_open(&out);
    wire_list_item(&details[0], true, &out);
    wire_list_item(&details[1], false, &out);
    wire_list_close(&next, NULL, &out);

    struct arena arena = fresh();
    struct wire_page page;
    must_read(buf_cstr(&out), &arena, &page);
    assert_int_equal(page.count, 2);
    wire_list_open(&again);
    wire_list_item(&page.items[0], true, &again);
    wire_list_item(&page.items[1], false, &again);
    wire_list_close(&next, NULL, &again);
    assert_string_equal(buf_cstr(&again), buf_cstr(&out));
    assert_true(text_eq(page.items[0].run.code, details[0].run.code));
    assert_true(page.items[1].interactions[0].has_private_response);
    assert_true(page.next_cursor.n > 0);
    buf_release(&out);
    buf_release(&again);
    arena_release(&arena);
}

static void test_tool_calls_are_read_back(void **state)
{
    (void)state;
    struct tool_call calls[] = {{.id = TEXT_LIT("a"),
                                 .tool_path = TEXT_LIT("x.y"),
                                 .args_json = TEXT_LIT("{}"),
                                 .started_at = 1,
                                 .completed_at = TIME_NONE,
                                 .duration_ms = DURATION_NONE},
                                {.id = TEXT_LIT("b"),
                                 .result_json = TEXT_LIT("1"),
                                 .error_text = TEXT_LIT("e"),
                                 .started_at = 1,
                                 .completed_at = 4,
                                 .duration_ms = 3}};
    struct buf out, again;
    buf_init(&out, OUT_MAX);
    buf_init(&again, OUT_MAX);
    wire_tool_calls(calls, 2, &out);
    struct arena arena = fresh();
    struct tool_call *got;
    size_t count;
    struct err err;
    assert_int_equal(wire_read_tool_calls(buf_as_text(&out), &arena, &got, &count, &err), ERR_OK);
    wire_tool_calls(got, count, &again);
    assert_string_equal(buf_cstr(&again), buf_cstr(&out));
    buf_release(&out);
    buf_release(&again);
    arena_release(&arena);
}

static void test_meta_is_read_back(void **state)
{
    (void)state;
    struct facet_value words[] = {{TEXT_LIT("failed"), 4}, {TEXT_LIT("odd"), 2}},
                       triggers[] = {{TEXT_NULL, 3}};
    struct bucket buckets[] = {{{1, 0, 0, 0, 0, 0, 5}}, {{0}}, {{0, 0, 0, 7, 0, 0, 0}}};
    struct meta meta = {.total = {9, true},
                        .filtered = {6, true},
                        .status = {words, 2, true, false},
                        .trigger = {triggers, 1, true, false},
                        .with_interaction = {1, true},
                        .without_interaction = {5, true},
                        .histogram = {.start = -60000, .width = 30000, .count = 3, .buckets = buckets}};
    struct buf out;
    buf_init(&out, OUT_MAX);
    wire_list_open(&out);
    wire_list_close(NULL, &meta, &out);
    struct arena arena = fresh();
    struct wire_page page;
    must_read(buf_cstr(&out), &arena, &page);
    assert_int_equal(page.meta.total.n, 9);
    assert_int_equal(page.meta.filtered.n, 6);
    assert_text(page.meta.status.values[1].word, "odd");
    assert_text(page.meta.trigger.values[0].word, NULL);
    assert_int_equal(page.meta.without_interaction.n, 5);
    assert_int_equal(page.meta.chart_count, 2);
    assert_int_equal(page.meta.chart[0].start, -60000);
    assert_memory_equal(&page.meta.chart[0].counts, &buckets[0], sizeof buckets[0]);
    assert_int_equal(page.meta.chart[1].start, 0);
    assert_memory_equal(&page.meta.chart[1].counts, &buckets[2], sizeof buckets[2]);
    buf_release(&out);
    arena_release(&arena);
}

/* ---- what the reference server sent ---- */

static bool load(const char *name, struct buf *out)
{
    char path[256], *block = mem_new(BODY_MAX);
    snprintf(path, sizeof path, ANSWERS "%s.json", name);
    FILE *file = fopen(path, "rb");
    buf_init(out, BODY_MAX);
    if (file) {
        buf_add(out, block, fread(block, 1, BODY_MAX, file));
        fclose(file);
    }
    free(block);
    return file != NULL;
}

static void check_list(const char *name)
{
    struct buf body;
    struct wire_page page;
    struct arena arena = fresh();
    assert_true(load(name, &body));
    must_read(buf_cstr(&body), &arena, &page);
    assert_int_equal(page.broken, 0);
    for (size_t i = 0; i < page.count; i++) {
        assert_int_equal(page.items[i].run.id.n, 36);
        assert_int_not_equal(run_status_of(page.items[i].run.status), STATUS_OTHER);
        assert_true(page.items[i].run.created_at > INT64_C(1795000000000));
        assert_non_null(page.items[i].run.code.s);
    }
    if (page.has_meta) {
        assert_true(page.meta.total.is_exact && page.meta.filtered.is_exact);
        assert_true(page.meta.status.is_counted && page.meta.trigger.is_counted &&
                    page.meta.tools.is_counted);
        int64_t sum = 0;
        for (size_t i = 0; i < page.meta.chart_count; i++)
            sum += bucket_total(&page.meta.chart[i].counts);
        assert_int_equal(sum, page.meta.filtered.n);
    }
    buf_release(&body);
    arena_release(&arena);
}

static void check_detail(const char *name, bool is_pending)
{
    struct buf body;
    struct run_detail detail;
    struct err err = {0};
    struct arena arena = fresh();
    assert_true(load(name, &body));
    assert_int_equal(wire_read_detail(buf_as_text(&body), &arena, &detail, &err), ERR_OK);
    assert_int_equal(detail.run.id.n, 36);
    assert_int_equal(detail.pending, is_pending ? 0 : -1);
    buf_release(&body);
    arena_release(&arena);
}

static void check_calls(const char *name, size_t expected)
{
    struct buf body;
    struct tool_call *calls;
    size_t count;
    struct err err = {0};
    struct arena arena = fresh();
    assert_true(load(name, &body));
    assert_int_equal(wire_read_tool_calls(buf_as_text(&body), &arena, &calls, &count, &err), ERR_OK);
    assert_int_equal(count, expected);
    buf_release(&body);
    arena_release(&arena);
}

static void check_error(const char *name, const char *tag)
{
    struct buf body;
    struct wire_error error;
    struct arena arena = fresh();
    assert_true(load(name, &body));
    assert_true(wire_read_error(buf_as_text(&body), &arena, &error));
    assert_text(error.tag, tag);
    buf_release(&body);
    arena_release(&arena);
}

static void test_recorded_answers(void **state)
{
    (void)state;
    struct buf probe;
    bool has_answers = load("list-all", &probe);
    buf_release(&probe);
    if (!has_answers) {
        print_message("skipped: no recorded answers in " ANSWERS "\n");
        return;
    }
    static const char *const lists[] = {"bad-after",
                                        "bad-cursor-garbage",
                                        "bad-cursor",
                                        "bad-limit-0",
                                        "bad-limit-1000",
                                        "bad-limit-float",
                                        "bad-limit-minus1",
                                        "bad-limit-nan",
                                        "bad-sort",
                                        "bad-status",
                                        "list-after",
                                        "list-all",
                                        "list-code-unicode",
                                        "list-cursor-page",
                                        "list-default",
                                        "list-elicitation-true",
                                        "list-empty",
                                        "list-first-page",
                                        "list-sort-created-asc",
                                        "list-sort-duration-desc",
                                        "list-status-failed",
                                        "list-status-two",
                                        "list-tool-glob",
                                        "list-trigger-unknown"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        check_list(lists[i]);
    check_detail("detail", false);
    check_detail("detail-failed", false);
    check_detail("detail-large-result", false);
    check_detail("detail-log-levels", false);
    check_detail("detail-null-trigger", false);
    check_detail("detail-trigger-meta", false);
    check_detail("detail-running", false);
    check_detail("detail-running-live", false);
    check_detail("detail-pending", true);
    check_detail("detail-pending-url", true);
    check_detail("list-item-inline-pending", true);
    check_calls("tool-calls", 2);
    check_calls("tool-calls-empty", 0);
    check_calls("tool-calls-five", 5);
    check_calls("tool-calls-failed", 1);
    check_calls("tool-calls-pending", 2);
    check_calls("tool-calls-running", 1);
    check_calls("tool-calls-running-live", 2);
    check_error("not-found", "InternalError");
    check_error("not-found-tool-calls", "InternalError");
    check_error("resume-not-waiting", "InternalError");
    check_error("contract-not-found-404", "ExecutionNotFoundError");
    check_error("contract-bad-limit-400", "HttpApiDecodeError");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_what_cannot_stand_in_a_list_is_counted),
        cmocka_unit_test(test_other_types_are_null),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_long_numbers),
        cmocka_unit_test(test_long_numbers_are_written_shorter_in_place),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_a_name_is_not_cut_either),
        cmocka_unit_test(test_the_secret_is_known_to_exist_and_never_copied),
        cmocka_unit_test(test_tool_calls_are_ordered),
        cmocka_unit_test(test_meta),
        cmocka_unit_test(test_what_is_not_json),
        cmocka_unit_test(test_a_raw_nul_is_not_json),
        cmocka_unit_test(test_what_was_cut_short),
        cmocka_unit_test(test_other_json),
        cmocka_unit_test(test_deep_nesting),
        cmocka_unit_test(test_too_many_values),
        cmocka_unit_test(test_other_bodies_fail_empty),
        cmocka_unit_test(test_scope),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_a_list_is_read_back),
        cmocka_unit_test(test_tool_calls_are_read_back),
        cmocka_unit_test(test_meta_is_read_back),
        cmocka_unit_test(test_recorded_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
