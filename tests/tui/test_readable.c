/*
 * A run as the pager gets it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tui/readable.h"

static struct tool_call call = {
    .status = {"failed", 6},
    .tool_path = {"github.issues.list", 18},
    .args_json = {"{\"repo\":\"acme/api\"}", 19},
    .error_text = {"rate limited", 12},
    .duration_ms = 108,
};
static struct interaction asked = {
    .status = {"pending", 7},
    .kind = {"FormElicitation", 15},
    .payload_json = {"{\"message\":\"Approve?\"}", 22},
    .created_at = 1000,
    .has_private_response = true,
};

static struct detail_reply sample(void)
{
    return (struct detail_reply){
        .detail = {.run = {.id = TEXT_LIT("r-1"),
                           .status = TEXT_LIT("failed"),
                           .code = TEXT_LIT("return 1;\x1b[31m\nreturn 2;"),
                           .result_json = TEXT_LIT("null"),
                           .error_text = TEXT_LIT("Error: boom"),
                           .logs_json = TEXT_LIT("[\"[warn] two\\nlines\",\"[error] gone\"]"),
                           .started_at = 0,
                           .completed_at = 1500},
                   .interactions = &asked,
                   .interaction_count = 1},
        .calls = &call,
        .call_count = 1,
    };
}

static const char *read_it(struct detail_reply reply, struct buf *out)
{
    buf_init(out, 1 << 20);
    readable_run(&reply, TIME_IN_UTC, out);
    return buf_cstr(out);
}

static void everything_of_a_run_is_in_it(void **state)
{
    (void)state;
    struct buf out;
    const char *text = read_it(sample(), &out);
    assert_non_null(strstr(text, "run r-1\nstatus failed "));
    assert_non_null(strstr(text, "\n--- asked FormElicitation   pending "));
    assert_non_null(strstr(text, "\"message\": \"Approve?\""));
    assert_non_null(strstr(text, "\n--- error\nError: boom\n"));
    assert_non_null(strstr(text, "return 2;"));
    assert_non_null(strstr(text, "\n--- call github.issues.list   failed   108ms\n"));
    assert_non_null(strstr(text, "\"repo\": \"acme/api\""));
    assert_non_null(strstr(text, "rate limited"));
    buf_release(&out);
}

static void a_log_is_a_line_each(void **state)
{
    (void)state;
    struct buf out;
    assert_non_null(strstr(read_it(sample(), &out), "\n--- logs\n[warn] two\nlines\n[error] gone\n"));
    buf_release(&out);
}

static void a_result_of_nothing_is_left_out(void **state)
{
    (void)state;
    struct buf out;
    struct detail_reply reply = sample();
    assert_null(strstr(read_it(reply, &out), "--- result"));
    buf_release(&out);
    reply.detail.run.result_json = TEXT_LIT("{\"ok\":\"{\\\"in\\\":1}\"}");
    assert_non_null(strstr(read_it(reply, &out), "--- result\n{\n  \"ok\": (json) "));
    buf_release(&out);
}

static void no_control_character_is_left(void **state)
{
    (void)state;
    struct buf out;
    const char *text = read_it(sample(), &out);
    for (; *text; text++)
        assert_true((unsigned char)*text >= ' ' || *text == '\n');
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_of_a_run_is_in_it),
        cmocka_unit_test(a_log_is_a_line_each),
        cmocka_unit_test(a_result_of_nothing_is_left_out),
        cmocka_unit_test(no_control_character_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
