/*
 * What goes out as JSON, byte by byte where it matters, and the API's counts from ours.
 */
#include "data/meta_api.h"
#include "data/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { OUT_MAX = 1 << 16 };

static struct run sample_run(void)
{
    return (struct run){.id = TEXT_LIT("r1"),
                        .scope_id = TEXT_LIT("s"),
                        .status = TEXT_LIT("running"),
                        .code = TEXT_LIT("x"),
                        .started_at = 5,
                        .completed_at = TIME_NONE,
                        .created_at = 1795226106849,
                        .updated_at = -1};
}

static void assert_out(struct buf *out, const char *expected)
{
    assert_false(buf_is_cut(out));
    assert_string_equal(buf_cstr(out), expected);
    buf_release(out);
}

static void assert_contains(struct buf *out, const char *expected)
{
    if (!strstr(buf_cstr(out), expected))
        fail_msg("%s\nlacks %s", buf_cstr(out), expected);
}

#define SAMPLE_JSON                                                                                          \
    "{\"id\":\"r1\",\"scopeId\":\"s\",\"status\":\"running\",\"code\":\"x\",\"resultJson\":null,"            \
    "\"errorText\":null,\"logsJson\":null,\"startedAt\":5,\"completedAt\":null,\"triggerKind\":null,"        \
    "\"triggerMetaJson\":null,\"toolCallCount\":0,\"createdAt\":1795226106849,\"updatedAt\":-1}"

static void test_execution(void **state)
{
    (void)state;
    struct run run = sample_run();
    struct buf out;
    buf_init(&out, OUT_MAX);
    wire_execution(&run, &out);
    assert_out(&out, SAMPLE_JSON);
}

static void test_numbers_are_whole(void **state)
{
    (void)state;
    struct run run = sample_run();
    run.tool_call_count = INT64_MAX;
    run.updated_at = INT64_C(9007199254740993);
    struct buf out;
    buf_init(&out, OUT_MAX);
    wire_execution(&run, &out);
    assert_contains(&out, "\"toolCallCount\":9223372036854775807,");
    assert_contains(&out, "\"updatedAt\":9007199254740993}");
    buf_release(&out);
}

static void assert_string_form(struct text text, const char *expected)
{
    struct run run = sample_run();
    run.code = text;
    struct buf out;
    buf_init(&out, OUT_MAX);
    wire_execution(&run, &out);
    assert_contains(&out, expected);
    buf_release(&out);
}

static void test_strings(void **state)
{
    (void)state;
    assert_string_form(TEXT_LIT("a\"b\\c/\n\r\t\b\f"), "\"code\":\"a\\\"b\\\\c/\\n\\r\\t\\b\\f\",");
    assert_string_form(TEXT_LIT("\x1b[31m\x01"), "\"code\":\"\\u001b[31m\\u0001\",");
    assert_string_form(TEXT_LIT("a\0b"), "\"code\":\"a\\u0000b\",");
    assert_string_form(TEXT_LIT("漢 é 😀 \x7f"), "\"code\":\"漢 é 😀 \\u007f\",");
    assert_string_form(TEXT_LIT("\xc2\x9b[2J \u202e \u2069"), "\"code\":\"\\u009b[2J \\u202e \\u2069\",");
    assert_string_form(TEXT_LIT("a\xff\xc3"), "\"code\":\"a\uFFFD\uFFFD\",");
    assert_string_form(TEXT_LIT(""), "\"code\":\"\",");
}

static void test_pending_interaction_never_tells_the_secret(void **state)
{
    (void)state;
    struct interaction questions[] = {{.id = TEXT_LIT("old"), .updated_at = 1},
                                      {.id = TEXT_LIT("q"),
                                       .execution_id = TEXT_LIT("r1"),
                                       .status = TEXT_LIT("pending"),
                                       .kind = TEXT_LIT("FormElicitation"),
                                       .payload_json = TEXT_LIT("{}"),
                                       .has_private_response = true,
                                       .created_at = 7,
                                       .updated_at = 8}};
    struct run_detail detail = {
        .run = sample_run(), .interactions = questions, .interaction_count = 2, .pending = 1};
    struct buf out;
    buf_init(&out, OUT_MAX);
    wire_detail(&detail, &out);
    assert_out(&out,
               "{\"execution\":" SAMPLE_JSON ",\"pendingInteraction\":{\"id\":\"q\",\"executionId\":\"r1\","
               "\"status\":\"pending\",\"kind\":\"FormElicitation\",\"purpose\":null,\"payloadJson\":\"{}\","
               "\"responseJson\":null,\"responsePrivateJson\":null,\"hasPrivateResponse\":true,"
               "\"createdAt\":7,\"updatedAt\":8}}");
    questions[1].has_private_response = false;
    buf_init(&out, OUT_MAX);
    wire_detail(&detail, &out);
    assert_contains(&out, "\"responsePrivateJson\":null,\"createdAt\":7");
    buf_release(&out);
}

static void test_tool_calls(void **state)
{
    (void)state;
    struct tool_call call = {.id = TEXT_LIT("c"),
                             .execution_id = TEXT_LIT("r1"),
                             .status = TEXT_LIT("running"),
                             .tool_path = TEXT_LIT("a.b"),
                             .namespace_ = TEXT_LIT("a"),
                             .args_json = TEXT_LIT("{}"),
                             .started_at = 1,
                             .completed_at = TIME_NONE,
                             .duration_ms = DURATION_NONE};
    struct buf out;
    buf_init(&out, OUT_MAX);
    wire_tool_calls(&call, 1, &out);
    assert_out(
        &out,
        "{\"toolCalls\":[{\"id\":\"c\",\"executionId\":\"r1\",\"status\":\"running\",\"toolPath\":\"a.b\","
        "\"namespace\":\"a\",\"argsJson\":\"{}\",\"resultJson\":null,\"errorText\":null,\"startedAt\":1,"
        "\"completedAt\":null,\"durationMs\":null}]}");
    buf_init(&out, OUT_MAX);
    wire_tool_calls(NULL, 0, &out);
    assert_out(&out, "{\"toolCalls\":[]}");
}

static void test_list_without_more_has_neither_cursor_nor_meta(void **state)
{
    (void)state;
    struct run_detail detail = {.run = sample_run(), .pending = -1};
    struct buf out;
    buf_init(&out, OUT_MAX);
    wire_list_open(&out);
    wire_list_item(&detail, true, &out);
    wire_list_item(&detail, false, &out);
    wire_list_close(NULL, NULL, &out);
    assert_out(&out, "{\"executions\":[{\"execution\":" SAMPLE_JSON ",\"pendingInteraction\":null},"
                     "{\"execution\":" SAMPLE_JSON ",\"pendingInteraction\":null}]}");
}

static void test_list_with_more_ends_in_the_cursor_of_its_last_row(void **state)
{
    (void)state;
    struct run_row last = {.id = TEXT_LIT("00780c2e-9ac9-4a46-85ff-9bef416faf61"),
                           .created_at = 1795226106722};
    struct buf out;
    buf_init(&out, OUT_MAX);
    wire_list_open(&out);
    wire_list_close(&last, NULL, &out);
    assert_out(&out,
               "{\"executions\":[],\"nextCursor\":\"eyJjcmVhdGVkQXQiOjE3OTUyMjYxMDY3MjIsImlkIjoiMDA3ODBjMmUt"
               "OWFjOS00YTQ2LTg1ZmYtOWJlZjQxNmZhZjYxIn0\"}");
}

/* ---- meta ---- */

struct sample_meta {
    struct facet_value statuses[7], triggers[3], tools[2];
    struct bucket buckets[3];
    struct meta meta;
};

static void make_meta(struct sample_meta *sample)
{
    *sample = (struct sample_meta){.triggers = {{TEXT_LIT("mcp"), 6}, {TEXT_NULL, 3}, {TEXT_LIT("cli"), 1}},
                                   .tools = {{TEXT_LIT("a.b"), 12}, {TEXT_LIT("z"), 0}}};
    for (int i = 0; i < STATUS_OTHER; i++)
        sample->statuses[i].word = text_of(run_status_word((enum run_status)i));
    sample->statuses[STATUS_FAILED].count = 2;
    sample->statuses[STATUS_COMPLETED].count = 7;
    sample->statuses[STATUS_OTHER] = (struct facet_value){TEXT_LIT("odd"), 1};
    sample->buckets[0].counts[STATUS_FAILED] = 2;
    sample->buckets[2].counts[STATUS_OTHER] = 1;
    sample->meta =
        (struct meta){.total = {20, true},
                      .filtered = {10, true},
                      .status = {sample->statuses, 7, true},
                      .trigger = {sample->triggers, 3, true},
                      .tools = {sample->tools, 2, true},
                      .with_interaction = {4, true},
                      .without_interaction = {6, true},
                      .histogram = {.start = 60000, .width = 30000, .count = 3, .buckets = sample->buckets}};
}

#define ZEROS "\"pending\":0,\"running\":0,\"waiting_for_interaction\":0,\"completed\":0,"

static void test_meta(void **state)
{
    (void)state;
    struct sample_meta sample;
    make_meta(&sample);
    struct buf out;
    buf_init(&out, OUT_MAX);
    wire_meta(&sample.meta, &out);
    assert_out(
        &out,
        "{\"totalRowCount\":20,\"filterRowCount\":10,\"statusCounts\":[{\"status\":\"pending\",\"count\":0},"
        "{\"status\":\"running\",\"count\":0},{\"status\":\"waiting_for_interaction\",\"count\":0},"
        "{\"status\":\"completed\",\"count\":7},{\"status\":\"failed\",\"count\":2},"
        "{\"status\":\"cancelled\",\"count\":0},{\"status\":\"odd\",\"count\":1}],"
        "\"triggerCounts\":[{\"triggerKind\":\"mcp\",\"count\":6},{\"triggerKind\":null,\"count\":3},"
        "{\"triggerKind\":\"cli\",\"count\":1}],"
        "\"toolFacets\":[{\"toolPath\":\"a.b\",\"count\":12},{\"toolPath\":\"z\",\"count\":0}],"
        "\"interactionCounts\":{\"withElicitation\":4,\"withoutElicitation\":6},\"chartBucketMs\":30000,"
        "\"chartData\":[{\"bucketStart\":60000,\"counts\":{" ZEROS "\"failed\":2,\"cancelled\":0}},"
        "{\"bucketStart\":120000,\"counts\":{" ZEROS "\"failed\":0,\"cancelled\":0,\"other\":1}}]}");
}

static struct meta api_meta(const struct meta *meta, const char *line, struct arena *arena)
{
    struct filter filter;
    struct filter_mistake mistake;
    assert_int_equal(filter_parse(text_of(line), TIME_IN_UTC, &filter, &mistake), ERR_OK);
    struct meta made = meta_of_api(meta, &filter, arena);
    filter_release(&filter);
    return made;
}

static void test_api_counts_hold_under_their_own_terms(void **state)
{
    (void)state;
    struct sample_meta sample;
    make_meta(&sample);
    struct arena arena;
    arena_init(&arena);
    struct meta made = api_meta(&sample.meta, "status:failed -trigger:cli elicitation:true", &arena);
    assert_int_equal(made.status.count, 6); /* the six stay, others go where no run is left */
    assert_int_equal(made.status.values[STATUS_FAILED].count, 2);
    assert_int_equal(made.status.values[STATUS_COMPLETED].count, 0);
    assert_int_equal(made.trigger.count, 2);
    assert_true(text_is_null(made.trigger.values[1].word));
    assert_int_equal(made.with_interaction.n, 4);
    assert_int_equal(made.without_interaction.n, 0);
    assert_int_equal(made.tools.count, 1);
    assert_int_equal(sample.meta.status.values[STATUS_COMPLETED].count, 7); /* the given one is untouched */
    arena_release(&arena);
}

static void test_shape_keeps_the_counts(void **state)
{
    (void)state;
    struct sample_meta sample;
    make_meta(&sample);
    struct arena arena;
    arena_init(&arena);
    struct meta made = meta_in_shape(&sample.meta, &arena);
    assert_int_equal(made.status.count, 7);
    assert_int_equal(made.trigger.count, 3);
    assert_int_equal(made.tools.count, 1);
    sample.meta.histogram = (struct histogram){.width = 0};
    made = api_meta(&sample.meta, "trigger:unknown", &arena);
    assert_int_equal(made.histogram.width, 30000);
    assert_int_equal(made.trigger.count, 1);
    assert_int_equal(made.trigger.values[0].count, 3);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_execution),
        cmocka_unit_test(test_numbers_are_whole),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_pending_interaction_never_tells_the_secret),
        cmocka_unit_test(test_tool_calls),
        cmocka_unit_test(test_list_without_more_has_neither_cursor_nor_meta),
        cmocka_unit_test(test_list_with_more_ends_in_the_cursor_of_its_last_row),
        cmocka_unit_test(test_meta),
        cmocka_unit_test(test_api_counts_hold_under_their_own_terms),
        cmocka_unit_test(test_shape_keeps_the_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
