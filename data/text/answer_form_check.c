/*
 * What may stand in a field. What was typed is made JSON first, so that the form on the screen and an answer
 * that somebody wrote as JSON are held to the same rules by the same code.
 */
#include "data/text/answer_form.h"

#include "data/base/timefmt.h"
#include "data/base/utf8.h"
#include "data/text/answer_form_int.h"
#include "data/text/json_part.h"
#include "data/text/json_put.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static bool PRINTF_LIKE(2, 3) wrong(char why[FORM_WHY], const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(why, FORM_WHY, fmt, args);
    va_end(args);
    return false;
}

/* ---- texts ---- */

static int64_t count_characters(struct text text)
{
    int64_t count = 0;
    char32_t ch;
    for (size_t at = 0; at < text.n; count++)
        at += utf8_decode(text.s + at, text.n - at, &ch);
    return count;
}

static bool has_space(struct text text)
{
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.s[i] <= ' ' || text.s[i] == 0x7f)
            return true;
    return false;
}

static bool is_email(struct text text)
{
    const char *at = memchr(text.s, '@', text.n);
    return at && at > text.s && at < text.s + text.n - 1 && !has_space(text) &&
           !memchr(at + 1, '@', text.n - (size_t)(at + 1 - text.s));
}

static bool is_uri(struct text text)
{
    static const char scheme[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.";
    const char *colon = memchr(text.s, ':', text.n);
    if (!colon || colon == text.s || colon == text.s + text.n - 1 || has_space(text))
        return false;
    for (const char *at = text.s; at < colon; at++)
        if (!strchr(scheme, *at))
            return false;
    return strchr(scheme, text.s[0]) - scheme < 52;
}

/* '0' in the pattern is a digit, anything else itself. */
static bool looks_like(struct text text, const char *pattern)
{
    for (size_t i = 0; pattern[i]; i++)
        if (i >= text.n || (pattern[i] == '0' ? text.s[i] < '0' || text.s[i] > '9' : text.s[i] != pattern[i]))
            return false;
    return true;
}

static bool is_date(struct text text)
{
    int64_t t;
    return text.n == 10 && looks_like(text, "0000-00-00") && time_parse(text, TIME_IN_UTC, &t);
}

static bool has_zone(struct text text)
{
    return text.s[text.n - 1] == 'Z' || looks_like((struct text){text.s + text.n - 5, 5}, "00:00");
}

/* ".123456": 7. A point without digits counts as none, which time_parse then refuses. */
static size_t fraction_length(struct text text)
{
    size_t n = 1;
    if (!text.n || text.s[0] != '.')
        return 0;
    while (n < text.n && text.s[n] >= '0' && text.s[n] <= '9')
        n++;
    return n > 1 ? n : 0;
}

/* As RFC 3339 has it; of a fraction only the milliseconds are read. */
static bool is_date_time(struct text text)
{
    enum { SECONDS = 19, MILLISECONDS = 4, ZONE_MAX = 6 };
    char plain[SECONDS + MILLISECONDS + ZONE_MAX];
    int64_t t;
    if (text.n <= SECONDS || !looks_like(text, "0000-00-00T00:00:00") || !has_zone(text))
        return false;
    size_t fraction = fraction_length((struct text){text.s + SECONDS, text.n - SECONDS});
    size_t kept = SECONDS + (fraction < MILLISECONDS ? fraction : MILLISECONDS);
    size_t zone = text.n - SECONDS - fraction;
    if (zone > ZONE_MAX)
        return false;
    memcpy(plain, text.s, kept);
    memcpy(plain + kept, text.s + text.n - zone, zone);
    return time_parse((struct text){plain, kept + zone}, TIME_IN_UTC, &t);
}

static bool check_format(enum form_format format, struct text text, char why[FORM_WHY])
{
    switch (format) {
    case FORM_FORMAT_EMAIL: return is_email(text) || wrong(why, "must be an e-mail address");
    case FORM_FORMAT_URI:
        return is_uri(text) || wrong(why, "must be an address with its scheme: https://example.org");
    case FORM_FORMAT_DATE: return is_date(text) || wrong(why, "must be a date: 2026-11-21");
    case FORM_FORMAT_DATE_TIME:
        return is_date_time(text) || wrong(why, "must be a time: 2026-11-21T14:02:11Z");
    case FORM_FORMAT_NONE: break;
    }
    return true;
}

static bool check_text(const struct form_field *field, struct text text, char why[FORM_WHY])
{
    int64_t count = count_characters(text);
    if (count < field->least_length)
        return wrong(why, "must be at least %lld characters long", (long long)field->least_length);
    if (count > field->most_length)
        return wrong(why, "must be at most %lld characters long", (long long)field->most_length);
    return check_format(field->format, text, why);
}

/* ---- numbers ---- */

enum { NUMBER_MAX = 400 };

bool answer_form_number(struct text raw, double *number)
{
    char digits[NUMBER_MAX + 1];
    if (json_check(raw) != JSON_NUMBER || raw.n > NUMBER_MAX)
        return false;
    memcpy(digits, raw.s, raw.n);
    digits[raw.n] = '\0';
    *number = strtod(digits, NULL);
    return isfinite(*number);
}

static bool check_number(const struct form_field *field, struct text raw, char why[FORM_WHY])
{
    double number, limit;
    if (!answer_form_number(raw, &number))
        return wrong(why, "must be %s", field->hint);
    if (field->kind == FORM_INTEGER && floor(number) != number)
        return wrong(why, "must be %s", field->hint);
    if (answer_form_number(field->minimum, &limit) && number < limit)
        return wrong(why, "must be at least %.*s", field->minimum.n < 40 ? (int)field->minimum.n : 40,
                     field->minimum.s);
    if (answer_form_number(field->maximum, &limit) && number > limit)
        return wrong(why, "must be at most %.*s", field->maximum.n < 40 ? (int)field->maximum.n : 40,
                     field->maximum.s);
    return true;
}

/* ---- choices ---- */

/* A value that is held against many choices: what there is to find out about it is found out once. */
struct given {
    struct text raw;
    double number;
    bool is_number, is_plain; /* is_plain: what stands there is what is meant */
};

static struct given given_of(struct text raw)
{
    struct given given = {.raw = raw, .is_plain = !memchr(raw.s, '\\', raw.n)};
    given.is_number = answer_form_number(raw, &given.number);
    return given;
}

static bool is_choice(const struct form_choice *choice, const struct given *given)
{
    bool is_plain = choice->json.n == choice->value.n + 2; /* its quotes */
    if (choice->is_number)
        return given->is_number && choice->number == given->number;
    if (json_kind(choice->json) == JSON_STRING && !(is_plain && given->is_plain))
        return json_says(given->raw, choice->value);
    return text_eq(choice->json, given->raw);
}

static bool find_choice(const struct form_field *field, struct text raw)
{
    struct given given = given_of(raw);
    for (size_t i = 0; i < field->choice_count; i++)
        if (is_choice(&field->choices[i], &given))
            return true;
    return false;
}

/* "must be one of a, b, c …": as many as there is room for. */
static bool wrong_choice(const struct form_field *field, char why[FORM_WHY])
{
    enum { TAIL = 5 };
    struct buf list;
    buf_init(&list, FORM_WHY - TAIL);
    buf_str(&list, field->kind == FORM_CHOICES ? "must be a list out of " : "must be one of ");
    const struct form_choice *choices = field->choices;
    for (size_t i = 0; choices && i < field->choice_count && !buf_is_cut(&list); i++) {
        size_t before = list.len;
        buf_str(&list, i ? ", " : "");
        buf_text(&list, choices[i].value);
        list.len = buf_is_cut(&list) ? before : list.len;
    }
    wrong(why, "%.*s%s", (int)list.len, list.data, buf_is_cut(&list) ? " ..." : "");
    buf_release(&list);
    return false;
}

static bool check_choices(const struct form_field *field, struct text raw, char why[FORM_WHY])
{
    struct json_scan scan = json_scan(raw);
    struct text element;
    int64_t count = 0;
    if (!json_open(&scan, JSON_ARRAY_OPEN))
        return wrong_choice(field, why);
    for (; json_next_element(&scan, &element); count++)
        if (count == FORM_CHOICES_MAX || !find_choice(field, element))
            return wrong_choice(field, why);
    if (count < field->least_length)
        return wrong(why, "must be at least %lld of them", (long long)field->least_length);
    if (count > field->most_length)
        return wrong(why, "must be at most %lld of them", (long long)field->most_length);
    return true;
}

/* ---- values ---- */

static bool check_json(const struct form_field *field, struct text raw, char why[FORM_WHY])
{
    enum json_token kind = json_kind(raw);
    bool is_wrong =
        (field->is_object && kind != JSON_OBJECT_OPEN) || (field->is_array && kind != JSON_ARRAY_OPEN);
    return !is_wrong || wrong(why, "must be %s", field->hint);
}

static bool check_string(const struct form_field *field, struct text raw, char why[FORM_WHY])
{
    struct arena arena;
    arena_init(&arena);
    struct text text = json_decode(&arena, raw);
    bool is_fine = text_is_null(text) ? wrong(why, "must be a text") : check_text(field, text, why);
    arena_release(&arena);
    return is_fine;
}

bool answer_form_check_value(const struct form_field *field, struct text raw, char why[FORM_WHY])
{
    enum json_token kind = json_kind(raw);
    why[0] = '\0';
    switch (field->kind) {
    case FORM_TEXT: return check_string(field, raw, why);
    case FORM_INTEGER:
    case FORM_NUMBER: return check_number(field, raw, why);
    case FORM_BOOLEAN: return kind == JSON_TRUE || kind == JSON_FALSE || wrong(why, "must be true or false");
    case FORM_CHOICE: return find_choice(field, raw) || wrong_choice(field, why);
    case FORM_CHOICES: return check_choices(field, raw, why);
    case FORM_JSON: return check_json(field, raw, why);
    }
    return true;
}

/* ---- what was typed ---- */

static struct text trimmed(struct text text)
{
    while (text.n && (unsigned char)text.s[0] <= ' ')
        text = (struct text){text.s + 1, text.n - 1};
    while (text.n && (unsigned char)text.s[text.n - 1] <= ' ')
        text.n--;
    return text;
}

static bool choice_json(const struct form_field *field, struct text typed, struct buf *raw,
                        char why[FORM_WHY])
{
    for (size_t i = 0; i < field->choice_count; i++)
        if (text_eq(field->choices[i].value, typed)) {
            buf_text(raw, field->choices[i].json);
            return true;
        }
    return wrong_choice(field, why);
}

bool answer_form_value(const struct form_field *field, struct text typed, struct buf *raw, char why[FORM_WHY])
{
    size_t before = raw->len;
    why[0] = '\0';
    if (field->kind == FORM_CHOICE)
        return choice_json(field, typed, raw, why);
    if (field->kind == FORM_TEXT) {
        json_put_string(raw, typed);
    } else {
        typed = trimmed(typed);
        if (json_check(typed) == JSON_BROKEN)
            return wrong(why, "must be %s", field->hint[0] ? field->hint : "JSON");
        buf_text(raw, typed);
    }
    return !buf_is_cut(raw)
               ? answer_form_check_value(field, (struct text){raw->data + before, raw->len - before}, why)
               : wrong(why, "is too long");
}

bool answer_form_check(const struct form_field *field, struct text typed, char why[FORM_WHY])
{
    why[0] = '\0';
    if (!typed.n)
        return !field->is_required || wrong(why, "is required");
    struct buf raw;
    buf_init(&raw, FORM_CONTENT_MAX);
    bool is_fine = answer_form_value(field, typed, &raw, why);
    buf_release(&raw);
    return is_fine;
}

/* ---- lists of choices ---- */

void answer_form_marks(const struct form_field *field, struct text typed, bool marks[FORM_CHOICES_MAX])
{
    struct json_scan scan = json_scan(typed);
    struct text element;
    memset(marks, 0, FORM_CHOICES_MAX * sizeof *marks);
    if (!json_open(&scan, JSON_ARRAY_OPEN))
        return;
    while (json_next_element(&scan, &element)) {
        struct given given = given_of(element);
        for (size_t i = 0; i < field->choice_count; i++)
            marks[i] |= is_choice(&field->choices[i], &given);
    }
}

void answer_form_toggle(const struct form_field *field, struct text typed, size_t choice, struct buf *out)
{
    bool marks[FORM_CHOICES_MAX];
    answer_form_marks(field, typed, marks);
    for (size_t i = 0; i < field->choice_count; i++)
        if (marks[i] != (i == choice)) {
            buf_char(out, out->len ? ',' : '[');
            buf_text(out, field->choices[i].json);
        }
    if (out->len)
        buf_char(out, ']');
}
