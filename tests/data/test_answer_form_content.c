/*
 * Answers as JSON: what was typed, what somebody wrote, and what becomes of secrets.
 */
#include "tests/support/form_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* ---- contents ---- */

static const char all_kinds[] = "\"type\":\"object\",\"required\":[\"who\",\"ok\"],\"properties\":{\"who\":{"
                                "\"type\":\"string\"},\"n\":{\"type\":\"integer\"},"
                                "\"ok\":{\"type\":\"boolean\"},\"where\":{\"enum\":[\"eu\",7]},\"tags\":{"
                                "\"type\":\"array\",\"items\":{\"enum\":[\"x\",\"y\"]}},"
                                "\"more\":{},\"token\":{\"type\":\"string\",\"format\":\"password\"}}";

static void what_was_typed_becomes_an_object(void **state)
{
    struct form_reader *f = *state;
    form_reader_schema(f, all_kinds);
    struct text typed[] = {TEXT_LIT("O'\"\x1b\n"), TEXT_LIT(" 12345678901234567890 "),
                           TEXT_LIT("true"),       TEXT_LIT("7"),
                           TEXT_LIT("[ \"y\" ]"),  TEXT_LIT("{\"a\": 1}"),
                           TEXT_LIT("hunter2")};
    assert_int_equal(answer_form_content(&f->form, typed, &f->out, &f->err), ERR_OK);
    assert_string_equal(buf_cstr(&f->out),
                        "{\"who\":\"O'\\\"\\u001b\\n\",\"n\":12345678901234567890,\"ok\":true,\"where\":7,"
                        "\"tags\":[ \"y\" ],\"more\":{\"a\": 1},\"token\":\"hunter2\"}");
    assert_int_equal(answer_form_check_content(&f->form, buf_as_text(&f->out), &f->err), ERR_OK);
}

static void what_is_left_empty_is_left_out(void **state)
{
    struct form_reader *f = *state;
    form_reader_schema(f, all_kinds);
    struct text typed[7] = {TEXT_LIT("me"), TEXT_NULL, TEXT_LIT("false"), TEXT_LIT("")};
    assert_int_equal(answer_form_content(&f->form, typed, &f->out, &f->err), ERR_OK);
    assert_string_equal(buf_cstr(&f->out), "{\"who\":\"me\",\"ok\":false}");
    typed[0] = TEXT_LIT("");
    assert_int_equal(answer_form_content(&f->form, typed, &f->out, &f->err), ERR_USAGE);
    assert_string_equal(f->err.what, "who is required");
}

static void an_answer_that_somebody_wrote_is_checked(void **state)
{
    static const struct {
        const char *content, *what;
    } rows[] = {
        {"{\"who\":\"me\",\"ok\":true}", NULL},
        {" { \"ok\" : true , \"who\" : \"\" } ", NULL},
        {"{\"ok\":true}", "who is required"},
        {"{\"who\":\"me\",\"ok\":\"true\"}", "ok must be true or false"},
        {"{\"who\":5,\"ok\":true}", "who must be a text"},
        {"{\"who\":\"me\",\"ok\":true,\"n\":\"secret-looking\"}", "n must be a whole number"},
        {"{\"who\":\"me\",\"ok\":true,\"note\":1}", "\"note\" is no field of the question"},
        {"{\"who\":\"me\",\"ok\":true,\"ok\":false}", "ok is given twice"},
        {"{\"who\":\"me\",\"ok\":true,\"o\\u006b\":false}", "ok is given twice"},
        {"{\"who\":null,\"ok\":true}", "who must be a text"},
        {"[]", "the answer must be a JSON object"},
        {"yes", "the answer must be a JSON object"},
        {"", "the answer must be a JSON object"},
        {"{\"who\":\"me\",\"ok\":true", "the answer must be a JSON object"},
    };
    struct form_reader *f = *state;
    form_reader_schema(f, all_kinds);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum err_code code = answer_form_check_content(&f->form, text_of(rows[i].content), &f->err);
        if ((code == ERR_OK) != !rows[i].what || (code && strcmp(f->err.what, rows[i].what) != 0))
            fail_msg("%s: %s", rows[i].content, f->err.what);
    }
    assert_int_equal(answer_form_check_content(&f->form, TEXT_NULL, &f->err), ERR_USAGE);
    assert_string_equal(f->err.what, "who is required");
}

static void the_wish_for_more_is_granted_where_the_schema_says_so(void **state)
{
    struct form_reader *f = *state;
    form_reader_schema(f, "\"properties\":{\"a\":{\"type\":\"string\"}},\"additionalProperties\":true");
    assert_int_equal(answer_form_check_content(&f->form, TEXT_LIT("{\"b\":1}"), &f->err), ERR_OK);
}

static void a_huge_answer_is_too_big(void **state)
{
    struct form_reader *f = *state;
    form_reader_schema(f, "\"properties\":{\"a\":{\"type\":\"string\"}}");
    buf_str(&f->secret, "{\"a\":\"");
    buf_fill(&f->secret, 'x', FORM_CONTENT_MAX);
    buf_str(&f->secret, "\"}");
    assert_int_equal(answer_form_check_content(&f->form, buf_as_text(&f->secret), &f->err), ERR_TOO_BIG);
    struct text typed = {f->secret.data + 6, FORM_CONTENT_MAX};
    assert_int_not_equal(answer_form_content(&f->form, &typed, &f->out, &f->err), ERR_OK);
}

/* ---- secrets ---- */

static void what_is_written_only_is_secret(void **state)
{
    static const struct {
        const char *property;
        bool is_secret;
    } rows[] = {
        {"{\"type\":\"string\",\"format\":\"password\"}", true},
        {"{\"type\":\"string\",\"writeOnly\":true}", true},
        {"{\"type\":\"string\",\"write\\u004fnly\" : true}", true},
        {"{\"type\":\"object\",\"properties\":{\"in\":{\"format\":\"password\"}}}", true},
        {"{\"type\":\"string\",\"writeOnly\":false}", false},
        {"{\"type\":\"string\",\"title\":\"format\",\"description\":\"password\"}", false},
        {"{\"type\":\"string\"}", false},
    };
    struct form_reader *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (form_reader_field(f, rows[i].property)->is_secret != rows[i].is_secret)
            fail_msg("%s", rows[i].property);
}

static void secrets_are_taken_apart_and_put_together(void **state)
{
    struct form_reader *f = *state;
    form_reader_schema(f, all_kinds);
    answer_form_split(&f->form, TEXT_LIT("{\"t\\u006fken\":\"hunter2\",\"who\":\"me\",\"ok\":true}"), &f->out,
                      &f->secret);
    assert_string_equal(buf_cstr(&f->out), "{\"who\":\"me\",\"ok\":true}");
    assert_string_equal(buf_cstr(&f->secret), "{\"t\\u006fken\":\"hunter2\"}");
    struct buf whole;
    buf_init(&whole, 1000);
    answer_form_join(buf_as_text(&f->out), buf_as_text(&f->secret), &whole);
    assert_string_equal(buf_cstr(&whole), "{\"who\":\"me\",\"ok\":true,\"t\\u006fken\":\"hunter2\"}");
    buf_clear(&whole);
    answer_form_join(TEXT_NULL, TEXT_NULL, &whole);
    assert_string_equal(buf_cstr(&whole), "{}");
    buf_release(&whole);
}

static void an_answer_without_secrets_has_no_secret_part(void **state)
{
    struct form_reader *f = *state;
    form_reader_schema(f, all_kinds);
    answer_form_split(&f->form, TEXT_LIT("{\"who\":\"me\"}"), &f->out, &f->secret);
    assert_string_equal(buf_cstr(&f->out), "{\"who\":\"me\"}");
    assert_string_equal(buf_cstr(&f->secret), "");
}

static void an_error_never_quotes_a_value(void **state)
{
    struct form_reader *f = *state;
    form_reader_schema(f,
                       "\"properties\":{\"pin\":{\"type\":\"integer\",\"maximum\":9999,\"writeOnly\":true}}");
    assert_int_equal(answer_form_check_content(&f->form, TEXT_LIT("{\"pin\":\"hunter2\"}"), &f->err),
                     ERR_USAGE);
    assert_null(strstr(f->err.what, "hunter2"));
    assert_null(strstr(f->err.hint, "hunter2"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, form_reader_set_up, form_reader_tear_down)
    const struct CMUnitTest tests[] = {
        T(what_was_typed_becomes_an_object),
        T(what_is_left_empty_is_left_out),
        T(an_answer_that_somebody_wrote_is_checked),
        T(the_wish_for_more_is_granted_where_the_schema_says_so),
        T(a_huge_answer_is_too_big),
        T(what_is_written_only_is_secret),
        T(secrets_are_taken_apart_and_put_together),
        T(an_answer_without_secrets_has_no_secret_part),
        T(an_error_never_quotes_a_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
