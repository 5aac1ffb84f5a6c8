/*
 * A run and what belongs to it as a line: what is written is read back as it was, and what cannot be a run is
 * refused by name.
 */
#include "data/wire.h"
#include "data/wire_record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { OUT_MAX = 1 << 20 };

#define RUN_JSON                                                                                             \
    "\"execution\":{\"id\":\"r1\",\"scopeId\":\"s\",\"status\":\"running\",\"code\":\"x\",\"createdAt\":4}"

struct fixture {
    struct arena arena;
    struct run_record record;
    struct err err;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    arena_init(&f->arena);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    arena_release(&f->arena);
    free(f);
    return 0;
}

static void must_read(struct fixture *f, struct text line)
{
    if (wire_record_read(line, &f->arena, &f->record, &f->err))
        fail_msg("%.*s: %s", (int)line.n, line.s, f->err.what);
}

static void must_refuse(struct fixture *f, const char *line, enum err_code code, const char *why)
{
    assert_int_equal(wire_record_read(text_of(line), &f->arena, &f->record, &f->err), code);
    if (!strstr(f->err.what, why))
        fail_msg("%s: '%s' lacks '%s'", line, f->err.what, why);
    assert_null(f->record.run.id.s);
    assert_int_equal(f->record.call_count, 0);
}

static void test_written_and_read(void **state)
{
    struct fixture *f = *state;
    static const char nasty[] = "a\0b\"\\\n\x1b[31m\xe2\x80\xae \xf0\x9f\x98\x80";
    struct text odd = {nasty, sizeof nasty - 1};
    struct interaction asked[2] = {{.id = TEXT_LIT("i1"),
                                    .execution_id = TEXT_LIT("r"),
                                    .status = TEXT_LIT("resolved"),
                                    .kind = TEXT_LIT("FormElicitation"),
                                    .purpose = odd,
                                    .has_private_response = true,
                                    .created_at = 7,
                                    .updated_at = 8},
                                   {.id = TEXT_LIT("i2"),
                                    .execution_id = TEXT_LIT("r"),
                                    .status = TEXT_LIT("pending"),
                                    .kind = TEXT_LIT(""),
                                    .created_at = -7,
                                    .updated_at = INT64_MAX}};
    struct tool_call call = {.id = TEXT_LIT("c1"),
                             .execution_id = TEXT_LIT("r"),
                             .status = TEXT_LIT("running"),
                             .tool_path = TEXT_LIT("a.b"),
                             .args_json = odd,
                             .started_at = INT64_C(9007199254740993),
                             .completed_at = TIME_NONE,
                             .duration_ms = DURATION_NONE};
    struct run_detail detail = {.run = {.id = TEXT_LIT("r"),
                                        .scope_id = TEXT_LIT("s"),
                                        .status = TEXT_LIT("odd word"),
                                        .code = odd,
                                        .logs_json = TEXT_LIT(""),
                                        .started_at = TIME_NONE,
                                        .completed_at = -INT64_MAX,
                                        .tool_call_count = INT64_MAX,
                                        .created_at = INT64_C(9007199254740993),
                                        .updated_at = 2},
                                .interactions = asked,
                                .interaction_count = 2,
                                .pending = 1};
    struct buf first, second;
    buf_init(&first, OUT_MAX);
    buf_init(&second, OUT_MAX);
    wire_record(&detail, &call, 1, &first);
    must_read(f, buf_as_text(&first));
    assert_true(text_eq(f->record.run.code, odd));
    assert_true(f->record.run.created_at == INT64_C(9007199254740993));
    assert_null(f->record.run.error_text.s);
    assert_non_null(f->record.run.logs_json.s);
    assert_int_equal(f->record.interaction_count, 2);
    struct run_detail read = {.run = f->record.run,
                              .interactions = f->record.interactions,
                              .interaction_count = f->record.interaction_count,
                              .pending = -1};
    read.interactions[0].has_private_response = true; /* the one thing that is not read back */
    wire_record(&read, f->record.calls, f->record.call_count, &second);
    assert_string_equal(buf_cstr(&second), buf_cstr(&first));
    buf_release(&first);
    buf_release(&second);
}

static void test_other_forms(void **state)
{
    struct fixture *f = *state;
    must_read(f, text_of("{" RUN_JSON ",\"pendingInteraction\":{\"id\":\"i\",\"status\":\"pending\",\"kind\":"
                         "\"k\",\"createdAt\":5,\"responsePrivateJson\":\"{}\"}}"));
    assert_int_equal(f->record.interaction_count, 1);
    assert_true(text_is(f->record.interactions[0].execution_id, "r1"));
    assert_true(f->record.interactions[0].updated_at == 5);
    must_read(f, text_of("{" RUN_JSON ",\"pendingInteraction\":null,\"toolCalls\":null}"));
    assert_int_equal(f->record.interaction_count + f->record.call_count, 0);
    must_read(f, text_of(" {\"code\":\"\",\"id\":\"alone\",\"status\":\"failed\",\"createdAt\":9.0,\"more\":"
                         "[{\"id\":3}],\"\\u0073copeId\":\"s\"} "));
    assert_true(text_is(f->record.run.id, "alone"));
    assert_true(text_is(f->record.run.scope_id, "s"));
    assert_true(f->record.run.updated_at == 9 && f->record.run.started_at == TIME_NONE);
    assert_int_equal(f->record.run.tool_call_count, 0);
    must_read(f, text_of("{" RUN_JSON ",\"toolCalls\":[{\"id\":\"c\",\"status\":\"s\",\"toolPath\":\"p\","
                         "\"startedAt\":1}, {\"id\":\"d\",\"status\":\"s\",\"toolPath\":\"p\",\"startedAt\":"
                         "2}]}"));
    assert_int_equal(f->record.call_count, 2);
    assert_true(text_is(f->record.calls[1].id, "d"));
}

static void test_broken_text_is_replaced(void **state)
{
    struct fixture *f = *state;
    must_read(f,
              text_of("{\"id\":\"\\ud800x\\u0000\",\"status\":\"\xff\xfe\",\"code\":\"\",\"createdAt\":1}"));
    assert_int_equal(f->record.run.id.n, 5);
    assert_memory_equal(f->record.run.id.s, "\uFFFDx\0", 5);
    assert_true(text_is(f->record.run.status, "\uFFFD\uFFFD"));
}

static void test_refused(void **state)
{
    struct fixture *f = *state;
    must_refuse(f, "", ERR_CORRUPT, "too early");
    must_refuse(f, "{\"execution\":{\"id\":\"r", ERR_CORRUPT, "byte 20 on");
    must_refuse(f, "{\"id\":1,}", ERR_CORRUPT, "byte 9 on");
    must_refuse(f, "{\"id\":1", ERR_CORRUPT, "too early, at byte 7");
    must_refuse(f, "{} {}", ERR_CORRUPT, "byte 4 on");
    must_refuse(f, "[1]", ERR_UNSUPPORTED, "no object");
    must_refuse(f, "{}", ERR_UNSUPPORTED, "empty object");
    must_refuse(f, "{\"executions\":[],\"nextCursor\":\"x\"}", ERR_UNSUPPORTED, "executions, nextCursor");
    must_refuse(f, "{\"execution\":{}}", ERR_USAGE, "execution.id is missing");
    must_refuse(f, "{\"id\":\"\",\"status\":\"s\",\"code\":\"\",\"createdAt\":1}", ERR_USAGE,
                "execution.id is empty");
    must_refuse(f, "{\"id\":\"a\",\"status\":\"s\",\"code\":\"\",\"createdAt\":\"1\"}", ERR_USAGE,
                "execution.createdAt is no number");
    must_refuse(f, "{\"id\":\"a\",\"status\":\"s\",\"code\":\"\",\"createdAt\":1.5}", ERR_USAGE,
                "execution.createdAt is no whole number");
    must_refuse(f, "{\"id\":\"a\",\"status\":\"s\",\"code\":\"\",\"createdAt\":9223372036854775808}",
                ERR_USAGE, "64 bits");
    must_refuse(f, "{\"id\":\"a\",\"status\":7,\"code\":\"\",\"createdAt\":1}", ERR_USAGE,
                "execution.status is no text");
    must_refuse(f, "{" RUN_JSON ",\"toolCalls\":{}}", ERR_USAGE, "toolCalls is no array");
    must_refuse(f, "{" RUN_JSON ",\"toolCalls\":[3]}", ERR_USAGE, "toolCalls[0] is no object");
    must_refuse(f, "{" RUN_JSON ",\"interactions\":[{\"id\":\"i\"}]}", ERR_USAGE,
                "interactions[0].status is missing");
    must_refuse(f,
                "{" RUN_JSON ",\"toolCalls\":[{\"id\":\"c\",\"executionId\":\"r2\",\"status\":\"s\","
                "\"toolPath\":\"p\",\"startedAt\":1}]}",
                ERR_USAGE, "toolCalls[0].executionId is another run's");
}

static void test_too_many_children(void **state)
{
    struct fixture *f = *state;
    struct buf line;
    buf_init(&line, OUT_MAX);
    buf_str(&line, "{" RUN_JSON ",\"toolCalls\":[");
    for (int i = 0; i <= WIRE_RECORD_CHILDREN_MAX; i++)
        buf_str(&line, i ? ",{}" : "{}");
    buf_str(&line, "]}");
    must_refuse(f, buf_cstr(&line), ERR_TOO_BIG, "toolCalls has 100001 items");
    buf_release(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_written_and_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_forms, setup, teardown),
        cmocka_unit_test_setup_teardown(test_broken_text_is_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_many_children, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
