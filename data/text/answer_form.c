/*
 * A payload as a form. It comes from whoever asks, a server's user code included, so every number of things
 * has a maximum, and what is not understood is left to the person to type as JSON instead of being guessed.
 *
 * A property is secret where anything within it says so: a secret that is taken for an ordinary text would be
 * shown to everybody, the other way round nothing is lost.
 */
#include "data/text/answer_form.h"

#include "data/base/utf8.h"
#include "data/text/answer_form_int.h"
#include "data/text/json_part.h"

#include <stdio.h>

struct reader {
    struct arena *arena;
    struct answer_form *form;
    struct text required;
    struct err *err;
};

/* ---- small looks ---- */

static struct text string_member(const struct reader *reader, struct text object, const char *name)
{
    return json_decode(reader->arena, json_member(object, name));
}

static bool is_listed(struct text array, struct text word)
{
    struct json_scan scan = json_scan(array);
    struct text value;
    if (json_open(&scan, JSON_ARRAY_OPEN))
        while (json_next_element(&scan, &value))
            if (json_says(value, word))
                return true;
    return false;
}

/* Whether "writeOnly":true or "format":"password" stands anywhere within. */
static bool holds_secret(struct text schema)
{
    struct json_scan scan = json_scan(schema);
    bool is_marked = false, is_format = false;
    for (enum json_token token; (token = json_next(&scan)) > JSON_END;) {
        if (token == JSON_COLON)
            continue;
        if ((is_marked && token == JSON_TRUE) ||
            (is_format && json_says(json_raw(&scan), TEXT_LIT("password"))))
            return true;
        is_marked = token == JSON_STRING && json_says(json_raw(&scan), TEXT_LIT("writeOnly"));
        is_format = token == JSON_STRING && json_says(json_raw(&scan), TEXT_LIT("format"));
    }
    return false;
}

static size_t count_elements(struct text array)
{
    struct json_scan scan = json_scan(array);
    struct text value;
    size_t count = 0;
    if (json_open(&scan, JSON_ARRAY_OPEN))
        while (count <= FORM_CHOICES_MAX && json_next_element(&scan, &value))
            count++;
    return count;
}

/* ---- choices ---- */

static bool is_scalar(struct text raw)
{
    return json_kind(raw) >= JSON_STRING;
}

static struct form_choice choice_of(const struct reader *reader, struct text raw, struct text label)
{
    struct text value = json_decode(reader->arena, raw);
    if (text_is_null(value))
        value = raw;
    struct form_choice choice = {.value = value, .label = text_is_null(label) ? value : label, .json = raw};
    choice.is_number = answer_form_number(raw, &choice.number);
    return choice;
}

/* {"const": value, "title": label}, or where titles are apart the value itself. */
static bool read_choice(const struct reader *reader, struct text element, bool is_titled, struct text label,
                        struct form_choice *choice)
{
    struct text raw = is_titled ? json_member(element, "const") : element;
    *choice = choice_of(reader, raw, is_titled ? string_member(reader, element, "title") : label);
    return is_scalar(raw);
}

static size_t count_choices(const struct answer_form *form)
{
    size_t count = 0;
    for (size_t i = 0; i < form->count; i++)
        count += form->fields[i].choice_count;
    return count;
}

/* False where they are too many, or something else than plain values. */
static bool read_choices(const struct reader *reader, struct text array, struct text names, bool is_titled,
                         struct form_field *field)
{
    size_t count = count_elements(array), at = 0;
    if (count == 0 || count > FORM_CHOICES_MAX - count_choices(reader->form))
        return false;
    struct form_choice *choices = arena_array(reader->arena, count, sizeof *choices);
    struct json_scan scan = json_scan(array), name_scan = json_scan(names);
    struct text element, name;
    json_next(&scan);
    bool has_names = json_open(&name_scan, JSON_ARRAY_OPEN);
    while (at < count && json_next_element(&scan, &element)) {
        has_names = has_names && json_next_element(&name_scan, &name);
        struct text label = has_names ? json_decode(reader->arena, name) : TEXT_NULL;
        if (!read_choice(reader, element, is_titled, label, &choices[at++]))
            return false;
    }
    field->choices = choices;
    field->choice_count = at;
    return true;
}

/* What a schema says of its choices, in any of the ways that are in use. */
static bool find_choices(const struct reader *reader, struct text schema, struct form_field *field)
{
    static const char *const titled[] = {"oneOf", "anyOf"};
    struct text array = json_member(schema, "enum");
    if (!text_is_null(array))
        return read_choices(reader, array, json_member(schema, "enumNames"), false, field);
    for (size_t i = 0; i < sizeof titled / sizeof *titled; i++) {
        array = json_member(schema, titled[i]);
        if (!text_is_null(array))
            return read_choices(reader, array, TEXT_NULL, true, field);
    }
    return false;
}

static bool names_choices(struct text schema)
{
    return !text_is_null(json_member(schema, "enum")) || !text_is_null(json_member(schema, "oneOf")) ||
           !text_is_null(json_member(schema, "anyOf"));
}

/* ---- kinds ---- */

static enum form_kind kind_of_type(struct text type)
{
    static const struct {
        struct text word;
        enum form_kind kind;
    } kinds[] = {
        {TEXT_LIT("string"), FORM_TEXT},
        {TEXT_LIT("integer"), FORM_INTEGER},
        {TEXT_LIT("number"), FORM_NUMBER},
        {TEXT_LIT("boolean"), FORM_BOOLEAN},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (json_says(type, kinds[i].word))
            return kinds[i].kind;
    return FORM_JSON;
}

static enum form_kind read_kind(const struct reader *reader, struct text schema, struct form_field *field)
{
    struct text type = json_member(schema, "type");
    field->is_object = json_says(type, TEXT_LIT("object"));
    field->is_array = json_says(type, TEXT_LIT("array"));
    if (field->is_array)
        return find_choices(reader, json_member(schema, "items"), field) ? FORM_CHOICES : FORM_JSON;
    if (names_choices(schema))
        return find_choices(reader, schema, field) ? FORM_CHOICE : FORM_JSON;
    return kind_of_type(type);
}

static enum form_format format_of(struct text format)
{
    static const struct {
        struct text word;
        enum form_format format;
    } formats[] = {
        {TEXT_LIT("email"), FORM_FORMAT_EMAIL},
        {TEXT_LIT("uri"), FORM_FORMAT_URI},
        {TEXT_LIT("date"), FORM_FORMAT_DATE},
        {TEXT_LIT("date-time"), FORM_FORMAT_DATE_TIME},
    };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (json_says(format, formats[i].word))
            return formats[i].format;
    return FORM_FORMAT_NONE;
}

static int64_t limit_of(struct text schema, const char *name, int64_t otherwise)
{
    int64_t limit;
    return json_whole(json_member(schema, name), &limit) && limit >= 0 ? limit : otherwise;
}

static struct text number_member(struct text schema, const char *name)
{
    struct text raw = json_member(schema, name);
    return json_kind(raw) == JSON_NUMBER ? raw : TEXT_NULL;
}

static void read_limits(struct text schema, struct form_field *field)
{
    bool is_list = field->kind == FORM_CHOICES;
    field->least_length = limit_of(schema, is_list ? "minItems" : "minLength", 0);
    field->most_length = limit_of(schema, is_list ? "maxItems" : "maxLength", INT64_MAX);
    field->minimum = number_member(schema, "minimum");
    field->maximum = number_member(schema, "maximum");
    field->format = format_of(json_member(schema, "format"));
}

/* ---- hints ---- */

static void hint_lengths(const struct form_field *field, const char *what, char hint[FORM_WHY])
{
    long long least = field->least_length, most = field->most_length;
    if (least > 0 && most < INT64_MAX)
        snprintf(hint, FORM_WHY, "%lld to %lld %s", least, most, what);
    else if (least > 0)
        snprintf(hint, FORM_WHY, "at least %lld %s", least, what);
    else if (most < INT64_MAX)
        snprintf(hint, FORM_WHY, "at most %lld %s", most, what);
}

static void hint_range(const struct form_field *field, const char *what, char hint[FORM_WHY])
{
    enum { SHOWN = 24 };
    struct text low = field->minimum, high = field->maximum;
    int low_n = (int)(low.n < SHOWN ? low.n : SHOWN), high_n = (int)(high.n < SHOWN ? high.n : SHOWN);
    if (low.s && high.s)
        snprintf(hint, FORM_WHY, "%s from %.*s to %.*s", what, low_n, low.s, high_n, high.s);
    else if (low.s)
        snprintf(hint, FORM_WHY, "%s, at least %.*s", what, low_n, low.s);
    else if (high.s)
        snprintf(hint, FORM_WHY, "%s, at most %.*s", what, high_n, high.s);
    else
        snprintf(hint, FORM_WHY, "%s", what);
}

static void hint_text(const struct form_field *field, char hint[FORM_WHY])
{
    static const char *const formats[] = {
        [FORM_FORMAT_NONE] = "",
        [FORM_FORMAT_EMAIL] = "an e-mail address",
        [FORM_FORMAT_URI] = "an address with its scheme: https://example.org",
        [FORM_FORMAT_DATE] = "a date: 2026-11-21",
        [FORM_FORMAT_DATE_TIME] = "a time: 2026-11-21T14:02:11Z",
    };
    snprintf(hint, FORM_WHY, "%s", formats[field->format]);
    if (field->format == FORM_FORMAT_NONE)
        hint_lengths(field, "characters", hint);
}

static void write_hint(const struct form_field *field, char hint[FORM_WHY])
{
    switch (field->kind) {
    case FORM_TEXT: hint_text(field, hint); break;
    case FORM_INTEGER: hint_range(field, "a whole number", hint); break;
    case FORM_NUMBER: hint_range(field, "a number", hint); break;
    case FORM_BOOLEAN: snprintf(hint, FORM_WHY, "true or false"); break;
    case FORM_CHOICE: snprintf(hint, FORM_WHY, "one of %zu", field->choice_count); break;
    case FORM_CHOICES: hint_lengths(field, "of them", hint); break;
    case FORM_JSON:
        snprintf(hint, FORM_WHY, "%s",
                 field->is_object  ? "a JSON object"
                 : field->is_array ? "a JSON array"
                                   : "JSON");
        break;
    }
}

/* ---- fields ---- */

/* The default as it would be typed, where it passes. A secret has none: it would stand on the screen. */
static struct text preset_of(const struct reader *reader, struct text raw, const struct form_field *field)
{
    char why[FORM_WHY];
    if (text_is_null(raw) || field->is_secret)
        return TEXT_NULL;
    bool is_plain = field->kind == FORM_TEXT || field->kind == FORM_CHOICE;
    struct text typed = is_plain ? json_decode(reader->arena, raw) : raw;
    if (text_is_null(typed) && field->kind == FORM_CHOICE)
        typed = raw;
    return typed.n && answer_form_check(field, typed, why) ? typed : TEXT_NULL;
}

static void read_field(const struct reader *reader, struct text key, struct text schema,
                       struct form_field *field)
{
    struct text name = json_decode(reader->arena, key), title = string_member(reader, schema, "title");
    *field = (struct form_field){
        .name = name,
        .title = title.n ? title : name,
        .description = string_member(reader, schema, "description"),
        .is_required = is_listed(reader->required, name),
        .is_secret = holds_secret(schema),
    };
    field->kind = read_kind(reader, schema, field);
    read_limits(schema, field);
    write_hint(field, field->hint);
    field->preset = preset_of(reader, json_member(schema, "default"), field);
}

static bool has_name(const struct answer_form *form, struct text name)
{
    for (size_t i = 0; i < form->count; i++)
        if (text_eq(form->fields[i].name, name))
            return true;
    return false;
}

static void make_whole(const struct reader *reader, struct text schema, const char *why)
{
    struct answer_form *form = reader->form;
    form->fields = arena_array(reader->arena, 1, sizeof *form->fields);
    form->count = 1;
    form->is_whole = true;
    form->fields[0] = (struct form_field){
        .title = TEXT_LIT("Answer"),
        .description = text_of(why),
        .kind = FORM_JSON,
        .is_required = true,
        .is_secret = holds_secret(schema),
        .is_object = true,
    };
    write_hint(&form->fields[0], form->fields[0].hint);
}

static enum err_code read_fields(const struct reader *reader, struct text properties)
{
    struct answer_form *form = reader->form;
    struct json_scan scan = json_scan(properties);
    struct text key, value;
    form->fields = arena_array(reader->arena, FORM_FIELDS_MAX, sizeof *form->fields);
    if (!json_open(&scan, JSON_OBJECT_OPEN))
        return ERR_OK;
    while (json_next_member(&scan, &key, &value)) {
        if (form->count == FORM_FIELDS_MAX) {
            make_whole(reader, properties,
                       "More fields than a form has room for: the whole answer as one JSON object.");
            return ERR_OK;
        }
        struct text name = json_decode(reader->arena, key);
        if (has_name(form, name) || !utf8_is_valid(name))
            return err_set(reader->err, ERR_CORRUPT,
                           "the question names a field twice, or not in UTF-8: it cannot be answered safely");
        read_field(reader, key, value, &form->fields[form->count++]);
    }
    return ERR_OK;
}

static enum err_code read_schema(struct reader *reader, struct text schema)
{
    struct text type = json_member(schema, "type"), properties = json_member(schema, "properties");
    bool is_none = text_is_null(schema) || json_kind(schema) == JSON_NULL;
    bool is_form =
        json_kind(schema) == JSON_OBJECT_OPEN && (text_is_null(type) || json_says(type, TEXT_LIT("object")));
    if (!is_none && !is_form) {
        make_whole(reader, schema, "The question asks for no fields: the answer is a JSON object.");
        return ERR_OK;
    }
    reader->required = json_member(schema, "required");
    enum err_code code = read_fields(reader, properties);
    reader->form->is_open = reader->form->count == 0 || reader->form->is_whole ||
                            json_kind(json_member(schema, "additionalProperties")) == JSON_TRUE;
    return code;
}

/* ---- the payload ---- */

/* It may be JSON in a JSON string. */
static struct text unwrapped(struct arena *arena, struct text payload)
{
    return json_check(payload) == JSON_STRING ? json_decode(arena, payload) : payload;
}

static enum err_code check_payload(struct text payload, struct err *err)
{
    if (payload.n > FORM_PAYLOAD_MAX)
        return err_set(err, ERR_TOO_BIG, "the question is larger than %d kB", FORM_PAYLOAD_MAX >> 10);
    if (json_check(payload) != JSON_OBJECT_OPEN)
        return err_set(err, ERR_CORRUPT, "the question cannot be read: it is no JSON object");
    return ERR_OK;
}

static enum err_code read_payload(struct reader *reader, struct text payload)
{
    struct answer_form *form = reader->form;
    struct text schema = json_member(payload, "requestedSchema");
    form->message = string_member(reader, payload, "message");
    form->url = string_member(reader, payload, "url");
    form->is_url = !text_is_null(form->url) && text_is_null(schema);
    return read_schema(reader, schema);
}

enum err_code answer_form_read(struct text payload_json, struct arena *arena, struct answer_form *form,
                               struct err *err)
{
    *form = (struct answer_form){.is_open = true};
    struct reader reader = {.arena = arena, .form = form, .err = err};
    if (text_is_null(payload_json))
        return ERR_OK;
    struct text payload = payload_json.n > FORM_PAYLOAD_MAX ? payload_json : unwrapped(arena, payload_json);
    enum err_code code = check_payload(payload, err);
    if (!code)
        code = read_payload(&reader, payload);
    if (code) {
        err_hint(err, "It can still be declined or cancelled.");
        *form = (struct answer_form){.is_open = true, .message = form->message};
    }
    return code;
}
