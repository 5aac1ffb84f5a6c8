/*
 * A question as a form: what is read out of payloads of all kinds, what may be typed, and what becomes of
 * secrets.
 */
#include "data/text/answer_form.h"

#include "data/base/die.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct answer_form form;
    struct err err;
    struct buf out, secret;
};

static int setup(void **state)
{
    struct fixture *f = mem_new_array(1, sizeof *f);
    arena_init(&f->arena);
    buf_init(&f->out, 4 << 20);
    buf_init(&f->secret, 4 << 20);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    arena_release(&f->arena);
    buf_release(&f->out);
    buf_release(&f->secret);
    free(f);
    return 0;
}

static void read_payload(struct fixture *f, const char *payload)
{
    assert_int_equal(answer_form_read(text_of(payload), &f->arena, &f->form, &f->err), ERR_OK);
}

/* The form of {"properties": {…}, …}: what stands between the braces of the schema. */
static void read_schema(struct fixture *f, const char *inside)
{
    read_payload(
        f, arena_printf(&f->arena, "{\"kind\":\"form\",\"message\":\"m\",\"requestedSchema\":{%s}}", inside));
}

/* The field `v` of this schema. */
static const struct form_field *read_field(struct fixture *f, const char *property)
{
    read_schema(f, arena_printf(&f->arena, "\"type\":\"object\",\"properties\":{\"v\":%s}", property));
    assert_int_equal(f->form.count, 1);
    return &f->form.fields[0];
}

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
    struct fixture *f = *state;
    read_payload(
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
    struct fixture *f = *state;
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
        read_payload(f, (const char *)sqlite3_column_text(row, 0));
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
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        read_payload(f, payloads[i]);
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
    struct fixture *f = *state;
    assert_int_equal(answer_form_read(TEXT_NULL, &f->arena, &f->form, &f->err), ERR_OK);
    assert_int_equal(f->form.count, 0);
    assert_text(f->form.message, NULL);
}

static void an_address_to_go_to_is_no_form(void **state)
{
    struct fixture *f = *state;
    read_payload(f, "{\"kind\":\"url\",\"message\":\"Sign in to "
                    "crm\",\"url\":\"https://login.example.com/crm?state=abc\"}");
    assert_true(f->form.is_url);
    assert_text(f->form.url, "https://login.example.com/crm?state=abc");
    assert_int_equal(f->form.count, 0);
}

static void a_payload_may_be_json_in_json(void **state)
{
    struct fixture *f = *state;
    read_payload(f, "\"{\\\"message\\\":\\\"m\\\",\\\"requestedSchema\\\":{\\\"properties\\\":{\\\"v\\\":{"
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
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct form_field *field = read_field(f, rows[i].property);
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
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof properties / sizeof *properties; i++) {
        const struct form_field *field = read_field(f, properties[i]);
        assert_int_equal(field->choice_count, 2);
        assert_text(field->choices[0].value, "eu");
        assert_text(field->choices[0].label, "Europe");
        assert_text(field->choices[1].label, "America");
        assert_text(field->choices[1].json, "\"us\"");
    }
    const struct form_field *few = read_field(f, "{\"enum\":[\"eu\",\"us\"],\"enumNames\":[\"Europe\"]}");
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
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_text(read_field(f, rows[i].property)->preset, rows[i].preset);
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
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        assert_int_equal(answer_form_read(text_of(payloads[i]), &f->arena, &f->form, &f->err), ERR_CORRUPT);
        assert_int_equal(f->form.count, 0);
        assert_true(f->err.what[0] && f->err.hint[0]);
    }
}

static void ten_megabytes_are_too_much(void **state)
{
    struct fixture *f = *state;
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
    struct fixture *f = *state;
    buf_str(&f->out, "{\"requestedSchema\":");
    for (int i = 0; i < 100000; i++)
        buf_str(&f->out, "{\"a\":");
    assert_int_equal(answer_form_read(buf_as_text(&f->out), &f->arena, &f->form, &f->err), ERR_CORRUPT);
}

/* 10,000 properties, the last one of which is a secret. */
static void too_many_fields_are_one_json_object(void **state)
{
    struct fixture *f = *state;
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
    struct fixture *f = *state;
    buf_str(&f->out, "{\"enum\":[0");
    for (int i = 1; i <= FORM_CHOICES_MAX; i++)
        buf_printf(&f->out, ",%d", i);
    buf_str(&f->out, "]}");
    assert_int_equal(read_field(f, buf_cstr(&f->out))->kind, FORM_JSON);
}

static void put_enum(struct fixture *f, const char *name, int count)
{
    buf_printf(&f->out, "\"%s\":{\"type\":\"array\",\"items\":{\"enum\":[0", name);
    for (int i = 1; i < count; i++)
        buf_printf(&f->out, ",%d", i);
    buf_str(&f->out, "]}}");
}

/* Each of them is cheap, and a form of sixty would hold the screen up for seconds. */
static void too_many_choices_of_all_fields_are_typed_as_json(void **state)
{
    struct fixture *f = *state;
    buf_str(&f->out, "{\"requestedSchema\":{\"properties\":{");
    put_enum(f, "a", 600);
    buf_char(&f->out, ',');
    put_enum(f, "b", 600);
    buf_char(&f->out, ',');
    put_enum(f, "c", 400);
    buf_str(&f->out, "}}}");
    read_payload(f, buf_cstr(&f->out));
    assert_int_equal(f->form.fields[0].kind, FORM_CHOICES);
    assert_int_equal(f->form.fields[1].kind, FORM_JSON);
    assert_true(f->form.fields[1].is_array);
    assert_int_equal(f->form.fields[2].kind, FORM_CHOICES);
}

static void a_list_has_a_longest(void **state)
{
    struct fixture *f = *state;
    char why[FORM_WHY];
    const struct form_field *field = read_field(f, "{\"type\":\"array\",\"items\":{\"enum\":[1]}}");
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
    struct fixture *f = *state;
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
    struct fixture *f = *state;
    read_payload(f, "{\"requestedSchema\":{\"type\":\"string\"}}");
    assert_true(f->form.is_whole);
    assert_int_equal(answer_form_check_content(&f->form, TEXT_LIT("{\"x\":1}"), &f->err), ERR_OK);
    assert_int_equal(answer_form_check_content(&f->form, TEXT_LIT("[1]"), &f->err), ERR_USAGE);
}

/* ---- typing ---- */

struct typing {
    const char *property, *typed, *why; /* why NULL: it may be typed */
};

static void assert_typings(struct fixture *f, const struct typing *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char why[FORM_WHY];
        const struct form_field *field = read_field(f, rows[i].property);
        bool is_fine = answer_form_check(field, text_of(rows[i].typed), why);
        if (is_fine != !rows[i].why || strcmp(why, rows[i].why ? rows[i].why : "") != 0)
            fail_msg("%s typed %s: %s", rows[i].property, rows[i].typed, why);
    }
}

#define ASSERT_TYPINGS(f, rows) assert_typings((f), (rows), sizeof(rows) / sizeof *(rows))

static void texts_are_held_to_their_length_and_format(void **state)
{
    static const char mail[] = "{\"type\":\"string\",\"format\":\"email\"}",
                      uri[] = "{\"type\":\"string\",\"format\":\"uri\"}",
                      date[] = "{\"type\":\"string\",\"format\":\"date\"}",
                      time[] = "{\"type\":\"string\",\"format\":\"date-time\"}",
                      bad_mail[] = "must be an e-mail address",
                      bad_uri[] = "must be an address with its scheme: https://example.org",
                      bad_date[] = "must be a date: 2026-11-21",
                      bad_time[] = "must be a time: 2026-11-21T14:02:11Z";
    static const struct typing rows[] = {
        {"{\"type\":\"string\"}", " as it is \n", NULL},
        {"{\"type\":\"string\",\"minLength\":5,\"maxLength\":5}", "Grüße", NULL},
        {"{\"type\":\"string\",\"minLength\":6}", "Grüße", "must be at least 6 characters long"},
        {"{\"type\":\"string\",\"maxLength\":4}", "Grüße", "must be at most 4 characters long"},
        {"{\"type\":\"string\",\"minLength\":6}", "", NULL},
        {mail, "a@b", NULL},
        {mail, "a@", bad_mail},
        {mail, "@b", bad_mail},
        {mail, "a b@c", bad_mail},
        {mail, "a@b@c", bad_mail},
        {uri, "https://example.org/x?y", NULL},
        {uri, "mailto:a@b", NULL},
        {uri, "example.org", bad_uri},
        {uri, "1http:x", bad_uri},
        {uri, "ht tp:x", bad_uri},
        {uri, "http:", bad_uri},
        {date, "2026-11-21", NULL},
        {date, "2026-02-30", bad_date},
        {date, "2026-11-21T10:00", bad_date},
        {date, "1795225856571", bad_date},
        {time, "2026-11-21T14:02:11Z", NULL},
        {time, "2026-11-21T14:02:11.123456789+01:00", NULL},
        {time, "2026-11-21T14:02:11.5Z", NULL},
        {time, "2026-11-21T14:02:11.Z", bad_time},
        {time, "2026-11-21T14:02:11", bad_time},
        {time, "2026-11-21T14:02Z", bad_time},
        {time, "2026-11-21T25:02:11Z", bad_time},
        {time, "2026-11-21T14:02:11.1234567890123456789012345678901234567890", bad_time},
    };
    ASSERT_TYPINGS(*state, rows);
}

static void numbers_are_held_to_their_range(void **state)
{
    static const char whole[] = "{\"type\":\"integer\",\"minimum\":1,\"maximum\":10}",
                      must[] = "must be a whole number from 1 to 10";
    static const struct typing rows[] = {
        {whole, "1", NULL},
        {whole, " 10 ", NULL},
        {whole, "5.0", NULL},
        {whole, "0", "must be at least 1"},
        {whole, "11", "must be at most 10"},
        {whole, "1e99", "must be at most 10"},
        {whole, "1.5", must},
        {whole, "x", must},
        {whole, "\"5\"", must},
        {whole, "0x5", must},
        {whole, "5 6", must},
        {whole, "NaN", must},
        {"{\"type\":\"number\"}", "-1.5e-3", NULL},
        {"{\"type\":\"number\"}", "1e999", "must be a number"},
        {"{\"type\":\"number\"}", ".5", "must be a number"},
    };
    ASSERT_TYPINGS(*state, rows);
}

static void choices_and_the_rest_are_held_to_theirs(void **state)
{
    static const char list[] =
        "{\"type\":\"array\",\"items\":{\"enum\":[\"a\",\"b\",\"c\"]},\"minItems\":1,\"maxItems\":2}";
    static const struct typing rows[] = {
        {"{\"type\":\"boolean\"}", "true", NULL},
        {"{\"type\":\"boolean\"}", "yes", "must be true or false"},
        {"{\"type\":\"boolean\"}", "1", "must be true or false"},
        {"{\"enum\":[\"a\",\"b\"]}", "b", NULL},
        {"{\"enum\":[\"a\",\"b\"]}", "B", "must be one of a, b"},
        {"{\"enum\":[1,true]}", "1", NULL},
        {"{\"enum\":[1,true]}", "2", "must be one of 1, true"},
        {list, "[\"a\",\"c\"]", NULL},
        {list, "[]", "must be at least 1 of them"},
        {list, "[\"a\",\"b\",\"c\"]", "must be at most 2 of them"},
        {list, "[\"d\"]", "must be a list out of a, b, c"},
        {list, "a", "must be 1 to 2 of them"},
        {"{}", "{\"x\":[1,2]}", NULL},
        {"{}", "{x:1}", "must be JSON"},
        {"{\"type\":\"object\"}", "[1]", "must be a JSON object"},
        {"{\"type\":\"array\"}", "{}", "must be a JSON array"},
    };
    ASSERT_TYPINGS(*state, rows);
}

static void many_choices_are_named_as_far_as_there_is_room(void **state)
{
    struct fixture *f = *state;
    char why[FORM_WHY];
    const struct form_field *field =
        read_field(f, "{\"enum\":[\"alpha-alpha-alpha-alpha\",\"beta-beta-beta-beta-beta\",\"gamma-gamma-"
                      "gamma-gamma\",\"delta-delta-delta-delta-d\","
                      "\"epsilon\"]}");
    assert_false(answer_form_check(field, TEXT_LIT("x"), why));
    assert_string_equal(
        why, "must be one of alpha-alpha-alpha-alpha, beta-beta-beta-beta-beta, gamma-gamma-gamma-gamma ...");
}

static void a_list_of_choices_is_switched_one_by_one(void **state)
{
    struct fixture *f = *state;
    const struct form_field *field =
        read_field(f, "{\"type\":\"array\",\"items\":{\"enum\":[\"a,b\",\"c\\nd\",3]}}");
    answer_form_toggle(field, TEXT_NULL, 2, &f->out);
    assert_string_equal(buf_cstr(&f->out), "[3]");
    answer_form_toggle(field, TEXT_LIT("[3.0]"), 0, &f->secret);
    assert_string_equal(buf_cstr(&f->secret), "[\"a,b\",3]");
    bool marks[FORM_CHOICES_MAX];
    answer_form_marks(field, buf_as_text(&f->secret), marks);
    assert_true(marks[0] && !marks[1] && marks[2] && !marks[3]);
    answer_form_marks(field, TEXT_LIT("[\"c\\u000ad\",3.0,\"a,b \"]"), marks);
    assert_true(!marks[0] && marks[1] && marks[2]);
    answer_form_marks(field, TEXT_NULL, marks);
    assert_false(marks[0] || marks[1] || marks[2]);
    buf_clear(&f->out);
    answer_form_toggle(field, TEXT_LIT("[3]"), 2, &f->out);
    assert_string_equal(buf_cstr(&f->out), "");
}

/* ---- contents ---- */

static const char all_kinds[] = "\"type\":\"object\",\"required\":[\"who\",\"ok\"],\"properties\":{\"who\":{"
                                "\"type\":\"string\"},\"n\":{\"type\":\"integer\"},"
                                "\"ok\":{\"type\":\"boolean\"},\"where\":{\"enum\":[\"eu\",7]},\"tags\":{"
                                "\"type\":\"array\",\"items\":{\"enum\":[\"x\",\"y\"]}},"
                                "\"more\":{},\"token\":{\"type\":\"string\",\"format\":\"password\"}}";

static void what_was_typed_becomes_an_object(void **state)
{
    struct fixture *f = *state;
    read_schema(f, all_kinds);
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
    struct fixture *f = *state;
    read_schema(f, all_kinds);
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
    struct fixture *f = *state;
    read_schema(f, all_kinds);
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
    struct fixture *f = *state;
    read_schema(f, "\"properties\":{\"a\":{\"type\":\"string\"}},\"additionalProperties\":true");
    assert_int_equal(answer_form_check_content(&f->form, TEXT_LIT("{\"b\":1}"), &f->err), ERR_OK);
}

static void a_huge_answer_is_too_big(void **state)
{
    struct fixture *f = *state;
    read_schema(f, "\"properties\":{\"a\":{\"type\":\"string\"}}");
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
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (read_field(f, rows[i].property)->is_secret != rows[i].is_secret)
            fail_msg("%s", rows[i].property);
}

static void secrets_are_taken_apart_and_put_together(void **state)
{
    struct fixture *f = *state;
    read_schema(f, all_kinds);
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
    struct fixture *f = *state;
    read_schema(f, all_kinds);
    answer_form_split(&f->form, TEXT_LIT("{\"who\":\"me\"}"), &f->out, &f->secret);
    assert_string_equal(buf_cstr(&f->out), "{\"who\":\"me\"}");
    assert_string_equal(buf_cstr(&f->secret), "");
}

static void an_error_never_quotes_a_value(void **state)
{
    struct fixture *f = *state;
    read_schema(f, "\"properties\":{\"pin\":{\"type\":\"integer\",\"maximum\":9999,\"writeOnly\":true}}");
    assert_int_equal(answer_form_check_content(&f->form, TEXT_LIT("{\"pin\":\"hunter2\"}"), &f->err),
                     ERR_USAGE);
    assert_null(strstr(f->err.what, "hunter2"));
    assert_null(strstr(f->err.hint, "hunter2"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
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
        T(texts_are_held_to_their_length_and_format),
        T(numbers_are_held_to_their_range),
        T(choices_and_the_rest_are_held_to_theirs),
        T(many_choices_are_named_as_far_as_there_is_room),
        T(a_list_of_choices_is_switched_one_by_one),
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
