/*
 * What may be typed into the fields of a form, and what is said of the rest.
 */
#include "tests/support/form_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* ---- typing ---- */

struct typing {
    const char *property, *typed, *why; /* why NULL: it may be typed */
};

static void assert_typings(struct form_reader *f, const struct typing *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char why[FORM_WHY];
        const struct form_field *field = form_reader_field(f, rows[i].property);
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
    struct form_reader *f = *state;
    char why[FORM_WHY];
    const struct form_field *field = form_reader_field(
        f, "{\"enum\":[\"alpha-alpha-alpha-alpha\",\"beta-beta-beta-beta-beta\",\"gamma-gamma-"
           "gamma-gamma\",\"delta-delta-delta-delta-d\","
           "\"epsilon\"]}");
    assert_false(answer_form_check(field, TEXT_LIT("x"), why));
    assert_string_equal(
        why, "must be one of alpha-alpha-alpha-alpha, beta-beta-beta-beta-beta, gamma-gamma-gamma-gamma ...");
}

static void a_list_of_choices_is_switched_one_by_one(void **state)
{
    struct form_reader *f = *state;
    const struct form_field *field =
        form_reader_field(f, "{\"type\":\"array\",\"items\":{\"enum\":[\"a,b\",\"c\\nd\",3]}}");
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

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, form_reader_set_up, form_reader_tear_down)
    const struct CMUnitTest tests[] = {
        T(texts_are_held_to_their_length_and_format), T(numbers_are_held_to_their_range),
        T(choices_and_the_rest_are_held_to_theirs),   T(many_choices_are_named_as_far_as_there_is_room),
        T(a_list_of_choices_is_switched_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
