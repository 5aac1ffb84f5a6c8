/*
 * A question as a form: what is read out of payloads of all kinds.
 */
#include "data/base/die.h"
#include "tests/support/form_reader.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void assert_text(struct text text, const char *want)
{
    if (!want) {
        assert_null(text.s);
        return;
    }
    assert_non_null(text.s);
    assert_int_equal(text.n, strlen(want));
    assert_memory_equal(text.s, want, text.n);
}

/* ---- reading ---- */

static void the_executor_s_own_question_is_a_form(void **state)
{
    struct form_reader *f = *state;
    form_reader_payload(
        f, "{\"kind\":\"form\",\"message\":\"Approve echo for \\\"deploy v1.4\\\"?\",\"requestedSchema\":{"
           "\"type\":\"object\",\"properties\":{\"approved\":{\"type\":\"boolean\",\"title\":\"Approve\"},"
           "\"note\":{\"type\":\"string\",\"title\":\"Note\"}},\"required\":[\"approved\"]}}");
    assert_text(f->form.message, "Approve echo for \"deploy v1.4\"?");
    assert_false(f->form.is_url || f->form.is_whole || f->form.is_open);
    assert_int_equal(f->form.count, 2);
    assert_text(f->form.fields[0].name, "approved");
    assert_text(f->form.fields[0].title, "Approve");
    assert_int_equal(f->form.fields[0].kind, FORM_BOOLEAN);
    assert_true(f->form.fields[0].is_required);
    assert_int_equal(f->form.fields[1].kind, FORM_TEXT);
    assert_false(f->form.fields[1].is_required);
    answer_form_example(&f->form, &f->out);
    assert_string_equal(buf_cstr(&f->out), "{\"approved\":true}");
}

/* Every question of the real file can be read, and every answer that was taken then would be taken now. */
static void real_questions_and_answers_fit(void **state)
{
    static const char path[] = "../shared/fixtures/executor-local.db";
    struct form_reader *f = *state;
    sqlite3 *db;
    sqlite3_stmt *row;
    int questions = 0, answers = 0;
    if (access(path, R_OK) != 0) {
        printf("skipped: no %s\n", path);
        skip();
    }
    assert_int_equal(sqlite3_open_v2("file:../shared/fixtures/executor-local.db?immutable=1", &db,
                                     SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL),
                     SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db,
                           "SELECT payload_json, json_extract(response_json, '$.content'), kind FROM "
                           "execution_interaction",
                           -1, &row, NULL),
        SQLITE_OK);
    for (; sqlite3_step(row) == SQLITE_ROW; questions++) {
        form_reader_payload(f, (const char *)sqlite3_column_text(row, 0));
        assert_true(f->form.message.n > 0);
        assert_int_equal(f->form.is_url,
                         strcmp((const char *)sqlite3_column_text(row, 2), "UrlElicitation") == 0);
        const char *content = (const char *)sqlite3_column_text(row, 1);
        if (content && answer_form_check_content(&f->form, text_of(content), &f->err))
            fail_msg("%s: %s", content, f->err.what);
        answers += content != NULL;
    }
    sqlite3_finalize(row);
    sqlite3_close(db);
    assert_true(questions >= 10 && answers >= 3);
}

static void an_empty_schema_asks_for_yes_or_no_only(void **state)
{
    static const char *const payloads[] = {
        "{\"kind\":\"form\",\"message\":\"POST /issues\",\"requestedSchema\":{}}",
        "{\"kind\":\"form\",\"message\":\"POST /issues\"}",
        "{\"message\":\"POST /issues\",\"requestedSchema\":null}",
        "{\"message\":\"POST /issues\",\"requestedSchema\":{\"type\":\"object\",\"properties\":{}}}",
    };
    struct form_reader *f = *state;
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        form_reader_payload(f, payloads[i]);
        assert_int_equal(f->form.count, 0);
        assert_false(f->form.is_whole);
        buf_clear(&f->out);
        assert_int_equal(answer_form_content(&f->form, NULL, &f->out, &f->err), ERR_OK);
        assert_string_equal(buf_cstr(&f->out), "{}");
        assert_int_equal(answer_form_check_content(&f->form, TEXT_NULL, &f->err), ERR_OK);
        assert_int_equal(answer_form_check_content(&f->form, TEXT_LIT("{\"any\":1}"), &f->err), ERR_OK);
    }
}

static void no_payload_at_all_is_the_same(void **state)
{
    struct form_reader *f = *state;
    assert_int_equal(answer_form_read(TEXT_NULL, &f->arena, &f->form, &f->err), ERR_OK);
    assert_int_equal(f->form.count, 0);
    assert_text(f->form.message, NULL);
}

static void an_address_to_go_to_is_no_form(void **state)
{
    struct form_reader *f = *state;
    form_reader_payload(f, "{\"kind\":\"url\",\"message\":\"Sign in to "
                           "crm\",\"url\":\"https://login.example.com/crm?state=abc\"}");
    assert_true(f->form.is_url);
    assert_text(f->form.url, "https://login.example.com/crm?state=abc");
    assert_int_equal(f->form.count, 0);
}

static void a_payload_may_be_json_in_json(void **state)
{
    struct form_reader *f = *state;
    form_reader_payload(
        f, "\"{\\\"message\\\":\\\"m\\\",\\\"requestedSchema\\\":{\\\"properties\\\":{\\\"v\\\":{"
           "\\\"type\\\":\\\"number\\\"}}}}\"");
    assert_text(f->form.message, "m");
    assert_int_equal(f->form.fields[0].kind, FORM_NUMBER);
}

static void every_kind_of_property_is_told(void **state)
{
    static const struct {
        const char *property;
        enum form_kind kind;
        const char *hint;
    } rows[] = {
        {"{\"type\":\"string\"}", FORM_TEXT, ""},
        {"{\"type\":\"string\",\"minLength\":3,\"maxLength\":20}", FORM_TEXT, "3 to 20 characters"},
        {"{\"type\":\"string\",\"minLength\":3}", FORM_TEXT, "at least 3 characters"},
        {"{\"type\":\"string\",\"maxLength\":20}", FORM_TEXT, "at most 20 characters"},
        {"{\"type\":\"string\",\"minLength\":-1,\"maxLength\":\"x\"}", FORM_TEXT, ""},
        {"{\"type\":\"string\",\"format\":\"email\"}", FORM_TEXT, "an e-mail address"},
        {"{\"type\":\"string\",\"format\":\"date\"}", FORM_TEXT, "a date: 2026-11-21"},
        {"{\"type\":\"string\",\"format\":\"unheard-of\"}", FORM_TEXT, ""},
        {"{\"type\":\"integer\",\"minimum\":1,\"maximum\":10}", FORM_INTEGER, "a whole number from 1 to 10"},
        {"{\"type\":\"number\",\"minimum\":0.5}", FORM_NUMBER, "a number, at least 0.5"},
        {"{\"type\":\"number\",\"maximum\":1e3}", FORM_NUMBER, "a number, at most 1e3"},
        {"{\"type\":\"boolean\"}", FORM_BOOLEAN, "true or false"},
        {"{\"type\":\"string\",\"enum\":[\"a\",\"b\"]}", FORM_CHOICE, "one of 2"},
        {"{\"enum\":[1,2,3]}", FORM_CHOICE, "one of 3"},
        {"{\"type\":\"string\",\"oneOf\":[{\"const\":\"a\",\"title\":\"A\"}]}", FORM_CHOICE, "one of 1"},
        {"{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":[\"a\",\"b\"]},\"minItems\":1}",
         FORM_CHOICES, "at least 1 of them"},
        {"{\"type\":\"array\",\"items\":{\"anyOf\":[{\"const\":\"a\",\"title\":\"A\"}]}}", FORM_CHOICES, ""},
        {"{\"type\":\"array\",\"items\":{\"type\":\"string\"}}", FORM_JSON, "a JSON array"},
        {"{\"type\":\"object\",\"properties\":{}}", FORM_JSON, "a JSON object"},
        {"{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", FORM_JSON, "JSON"},
        {"{\"enum\":[]}", FORM_JSON, "JSON"},
        {"{\"enum\":[[1],[2]]}", FORM_JSON, "JSON"},
        {"{\"type\":[\"string\",\"null\"]}", FORM_JSON, "JSON"},
        {"{\"type\":\"file\"}", FORM_JSON, "JSON"},
        {"{}", FORM_JSON, "JSON"},
        {"true", FORM_JSON, "JSON"},
    };
    struct form_reader *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct form_field *field = form_reader_field(f, rows[i].property);
        if (field->kind != rows[i].kind || strcmp(field->hint, rows[i].hint) != 0)
            fail_msg("%s: kind %d, hint \"%s\"", rows[i].property, field->kind, field->hint);
    }
}

static void choices_have_labels_of_their_own(void **state)
{
    static const char *const properties[] = {
        "{\"type\":\"string\",\"enum\":[\"eu\",\"us\"],\"enumNames\":[\"Europe\",\"America\"]}",
        "{\"type\":\"string\",\"oneOf\":[{\"const\":\"eu\",\"title\":\"Europe\"},{\"const\":\"us\",\"title\":"
        "\"America\"}]}",
    };
    struct form_reader *f = *state;
    for (size_t i = 0; i < sizeof properties / sizeof *properties; i++) {
        const struct form_field *field = form_reader_field(f, properties[i]);
        assert_int_equal(field->choice_count, 2);
        assert_text(field->choices[0].value, "eu");
        assert_text(field->choices[0].label, "Europe");
        assert_text(field->choices[1].label, "America");
        assert_text(field->choices[1].json, "\"us\"");
    }
    const struct form_field *few =
        form_reader_field(f, "{\"enum\":[\"eu\",\"us\"],\"enumNames\":[\"Europe\"]}");
    assert_text(few->choices[1].label, "us");
}

static void a_default_is_proposed_where_it_passes(void **state)
{
    static const struct {
        const char *property, *preset;
    } rows[] = {
        {"{\"type\":\"string\",\"default\":\"Gr\\u00fc\\u00dfe\"}", "Grüße"},
        {"{\"type\":\"string\",\"default\":5}", NULL},
        {"{\"type\":\"string\",\"maxLength\":2,\"default\":\"abc\"}", NULL},
        {"{\"type\":\"integer\",\"default\":5}", "5"},
        {"{\"type\":\"integer\",\"default\":5.5}", NULL},
        {"{\"type\":\"boolean\",\"default\":false}", "false"},
        {"{\"enum\":[1,2],\"default\":2}", "2"},
        {"{\"enum\":[\"a\"],\"default\":\"a\"}", "a"},
        {"{\"enum\":[\"a\"],\"default\":\"b\"}", NULL},
        {"{\"type\":\"array\",\"items\":{\"enum\":[\"a\",\"b\"]},\"default\":[\"b\"]}", "[\"b\"]"},
        {"{\"default\":{\"x\":1}}", "{\"x\":1}"},
        {"{\"type\":\"string\",\"format\":\"password\",\"default\":\"hunter2\"}", NULL},
    };
    struct form_reader *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_text(form_reader_field(f, rows[i].property)->preset, rows[i].preset);
}

/* ---- hostile payloads ---- */

static void what_is_no_object_is_told(void **state)
{
    static const char *const payloads[] = {"",
                                           "null",
                                           "[]",
                                           "{",
                                           "{\"message\":\"m\"",
                                           "{}x",
                                           "\"x\"",
                                           "{\"message\":\"m\",}",
                                           "\x1b[2J",
                                           "{\"requestedSchema\":{\"properties\":{\"a\":}}}"};
    struct form_reader *f = *state;
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        assert_int_equal(answer_form_read(text_of(payloads[i]), &f->arena, &f->form, &f->err), ERR_CORRUPT);
        assert_int_equal(f->form.count, 0);
        assert_true(f->err.what[0] && f->err.hint[0]);
    }
}

static void ten_megabytes_are_too_much(void **state)
{
    struct form_reader *f = *state;
    size_t n = 10 << 20;
    char *payload = mem_new(n);
    memset(payload, '[', n);
    assert_int_equal(answer_form_read((struct text){payload, n}, &f->arena, &f->form, &f->err), ERR_TOO_BIG);
    assert_int_equal(f->form.count, 0);
    assert_true(f->arena.total < 4096);
    free(payload);
}

static void a_deep_one_is_refused_and_not_followed(void **state)
{
    struct form_reader *f = *state;
    buf_str(&f->out, "{\"requestedSchema\":");
    for (int i = 0; i < 100000; i++)
        buf_str(&f->out, "{\"a\":");
    assert_int_equal(answer_form_read(buf_as_text(&f->out), &f->arena, &f->form, &f->err), ERR_CORRUPT);
}

/* 10,000 properties, the last one of which is a secret. */
static void too_many_fields_are_one_json_object(void **state)
{
    struct form_reader *f = *state;
    buf_str(&f->out, "{\"message\":\"m\",\"requestedSchema\":{\"properties\":{");
    for (int i = 0; i < 10000; i++)
        buf_printf(&f->out, "%s\"p%d\":{\"type\":\"string\"%s}", i ? "," : "", i,
                   i == 9999 ? ",\"writeOnly\":true" : "");
    buf_str(&f->out, "}}}");
    assert_int_equal(answer_form_read(buf_as_text(&f->out), &f->arena, &f->form, &f->err), ERR_OK);
    assert_true(f->form.is_whole);
    assert_int_equal(f->form.count, 1);
    assert_true(f->form.fields[0].is_secret);
    assert_true(f->arena.total < 1 << 20);
    buf_clear(&f->out);
    assert_int_equal(
        answer_form_content(&f->form, (struct text[]){TEXT_LIT("{\"p9999\":\"s\"}")}, &f->out, &f->err),
        ERR_OK);
    struct buf open;
    buf_init(&open, 100);
    answer_form_split(&f->form, buf_as_text(&f->out), &open, &f->secret);
    assert_string_equal(buf_cstr(&open), "{}");
    assert_string_equal(buf_cstr(&f->secret), "{\"p9999\":\"s\"}");
    buf_release(&open);
}

static void too_many_choices_are_typed_as_json(void **state)
{
    struct form_reader *f = *state;
    buf_str(&f->out, "{\"enum\":[0");
    for (int i = 1; i <= FORM_CHOICES_MAX; i++)
        buf_printf(&f->out, ",%d", i);
    buf_str(&f->out, "]}");
    assert_int_equal(form_reader_field(f, buf_cstr(&f->out))->kind, FORM_JSON);
}

static void put_enum(struct form_reader *f, const char *name, int count)
{
    buf_printf(&f->out, "\"%s\":{\"type\":\"array\",\"items\":{\"enum\":[0", name);
    for (int i = 1; i < count; i++)
        buf_printf(&f->out, ",%d", i);
    buf_str(&f->out, "]}}");
}

/* Each of them is cheap, and a form of sixty would hold the screen up for seconds. */
static void too_many_choices_of_all_fields_are_typed_as_json(void **state)
{
    struct form_reader *f = *state;
    buf_str(&f->out, "{\"requestedSchema\":{\"properties\":{");
    put_enum(f, "a", 600);
    buf_char(&f->out, ',');
    put_enum(f, "b", 600);
    buf_char(&f->out, ',');
    put_enum(f, "c", 400);
    buf_str(&f->out, "}}}");
    form_reader_payload(f, buf_cstr(&f->out));
    assert_int_equal(f->form.fields[0].kind, FORM_CHOICES);
    assert_int_equal(f->form.fields[1].kind, FORM_JSON);
    assert_true(f->form.fields[1].is_array);
    assert_int_equal(f->form.fields[2].kind, FORM_CHOICES);
}

static void a_list_has_a_longest(void **state)
{
    struct form_reader *f = *state;
    char why[FORM_WHY];
    const struct form_field *field = form_reader_field(f, "{\"type\":\"array\",\"items\":{\"enum\":[1]}}");
    buf_str(&f->out, "[1");
    for (int i = 1; i < FORM_CHOICES_MAX; i++)
        buf_str(&f->out, ",1");
    buf_char(&f->out, ']');
    assert_true(answer_form_check(field, buf_as_text(&f->out), why));
    f->out.len--;
    buf_str(&f->out, ",1]");
    assert_false(answer_form_check(field, buf_as_text(&f->out), why));
}

static void a_name_twice_is_refused(void **state)
{
    struct form_reader *f = *state;
    enum err_code code = answer_form_read(TEXT_LIT("{\"requestedSchema\":{\"properties\":{\"a\":{\"type\":"
                                                   "\"string\"},\"\\u0061\":{\"writeOnly\":true}}}}"),
                                          &f->arena, &f->form, &f->err);
    assert_int_equal(code, ERR_CORRUPT);
    assert_int_equal(f->form.count, 0);
    code = answer_form_read(TEXT_LIT("{\"requestedSchema\":{\"properties\":{\"a\xfc\":{}}}}"), &f->arena,
                            &f->form, &f->err);
    assert_int_equal(code, ERR_CORRUPT);
}

static void a_schema_that_is_no_object_takes_an_object_whole(void **state)
{
    struct form_reader *f = *state;
    form_reader_payload(f, "{\"requestedSchema\":{\"type\":\"string\"}}");
    assert_true(f->form.is_whole);
    assert_int_equal(answer_form_check_content(&f->form, TEXT_LIT("{\"x\":1}"), &f->err), ERR_OK);
    assert_int_equal(answer_form_check_content(&f->form, TEXT_LIT("[1]"), &f->err), ERR_USAGE);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, form_reader_set_up, form_reader_tear_down)
    const struct CMUnitTest tests[] = {
        T(the_executor_s_own_question_is_a_form),
        T(real_questions_and_answers_fit),
        T(an_empty_schema_asks_for_yes_or_no_only),
        T(no_payload_at_all_is_the_same),
        T(an_address_to_go_to_is_no_form),
        T(a_payload_may_be_json_in_json),
        T(every_kind_of_property_is_told),
        T(choices_have_labels_of_their_own),
        T(a_default_is_proposed_where_it_passes),
        T(what_is_no_object_is_told),
        T(ten_megabytes_are_too_much),
        T(a_deep_one_is_refused_and_not_followed),
        T(too_many_fields_are_one_json_object),
        T(too_many_choices_are_typed_as_json),
        T(too_many_choices_of_all_fields_are_typed_as_json),
        T(a_list_has_a_longest),
        T(a_name_twice_is_refused),
        T(a_schema_that_is_no_object_takes_an_object_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
