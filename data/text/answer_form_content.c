/*
 * A whole answer: made of what was typed, checked as somebody wrote it, and taken apart into what everybody
 * may read and what only the asker may. Names are compared decoded: a secret must not be missed because its
 * name is spelled with an escape.
 */
#include "data/text/answer_form.h"

#include "data/text/answer_form_int.h"
#include "data/text/json_part.h"
#include "data/text/json_put.h"

enum { NAME_SHOWN = 60 };

static int shown(struct text name)
{
    return (int)(name.n < NAME_SHOWN ? name.n : NAME_SHOWN);
}

static enum err_code refuse(const struct form_field *field, const char *why, struct err *err)
{
    struct text name = text_is_null(field->name) ? field->title : field->name;
    err_set(err, ERR_USAGE, "%.*s %s", shown(name), name.s, why);
    if (field->hint[0])
        err_hint(err, "%.*s: %s", shown(name), name.s, field->hint);
    return ERR_USAGE;
}

/* ---- from what was typed ---- */

static enum err_code add_typed(const struct form_field *field, struct text typed, struct buf *content,
                               struct err *err)
{
    char why[FORM_WHY];
    if (!answer_form_check(field, typed, why))
        return refuse(field, why, err);
    if (!typed.n)
        return ERR_OK;
    if (!text_is_null(field->name))
        json_put_name(content, field->name);
    return answer_form_value(field, typed, content, why) ? ERR_OK : refuse(field, why, err);
}

enum err_code answer_form_content(const struct answer_form *form, const struct text *typed,
                                  struct buf *content, struct err *err)
{
    enum err_code code = ERR_OK;
    if (!form->is_whole)
        buf_char(content, '{');
    for (size_t i = 0; !code && i < form->count; i++)
        code = add_typed(&form->fields[i], typed[i], content, err);
    if (!form->is_whole)
        buf_char(content, '}');
    if (!code && (buf_is_cut(content) || content->len > FORM_CONTENT_MAX))
        return err_set(err, ERR_TOO_BIG, "the answer is larger than %d kB", FORM_CONTENT_MAX >> 10);
    return code;
}

/* ---- as somebody wrote it ---- */

static size_t find_field(const struct answer_form *form, struct text key)
{
    size_t i = 0;
    while (i < form->count && !json_says(key, form->fields[i].name))
        i++;
    return i;
}

static enum err_code unknown_field(const struct answer_form *form, struct text key, struct err *err)
{
    struct buf names;
    buf_init(&names, 160);
    for (size_t i = 0; i < form->count; i++) {
        buf_str(&names, i ? ", " : "");
        buf_text(&names, form->fields[i].name);
    }
    err_set(err, ERR_USAGE, "%.*s is no field of the question", shown(key), key.s);
    err_hint(err, "Its fields: %s%s", buf_cstr(&names), buf_is_cut(&names) ? " ..." : "");
    buf_release(&names);
    return ERR_USAGE;
}

static enum err_code check_member(const struct answer_form *form, struct text key, struct text value,
                                  uint64_t *seen, struct err *err)
{
    char why[FORM_WHY];
    size_t i = find_field(form, key);
    if (i == form->count)
        return form->is_open ? ERR_OK : unknown_field(form, key, err);
    if (*seen >> i & 1)
        return refuse(&form->fields[i], "is given twice", err);
    *seen |= UINT64_C(1) << i;
    return answer_form_check_value(&form->fields[i], value, why) ? ERR_OK
                                                                 : refuse(&form->fields[i], why, err);
}

static enum err_code check_members(const struct answer_form *form, struct text content, struct err *err)
{
    struct json_scan scan = json_scan(content);
    struct text key, value;
    uint64_t seen = 0;
    json_next(&scan);
    while (json_next_member(&scan, &key, &value)) {
        enum err_code code = check_member(form, key, value, &seen, err);
        if (code)
            return code;
    }
    for (size_t i = 0; i < form->count; i++)
        if (form->fields[i].is_required && !(seen >> i & 1))
            return refuse(&form->fields[i], "is required", err);
    return ERR_OK;
}

enum err_code answer_form_check_content(const struct answer_form *form, struct text content_json,
                                        struct err *err)
{
    struct text content = text_is_null(content_json) ? TEXT_LIT("{}") : content_json;
    if (content.n > FORM_CONTENT_MAX)
        return err_set(err, ERR_TOO_BIG, "the answer is larger than %d kB", FORM_CONTENT_MAX >> 10);
    if (json_check(content) != JSON_OBJECT_OPEN) {
        struct buf example;
        buf_init(&example, 160);
        answer_form_example(form, &example);
        err_set(err, ERR_USAGE, "the answer must be a JSON object");
        if (!buf_is_cut(&example))
            err_hint(err, "Such as %s", buf_cstr(&example));
        buf_release(&example);
        return ERR_USAGE;
    }
    return form->is_whole ? ERR_OK : check_members(form, content, err);
}

/* ---- two parts ---- */

static void add_member(struct buf *object, struct text key, struct text value)
{
    buf_char(object, object->len ? ',' : '{');
    buf_text(object, key);
    buf_char(object, ':');
    buf_text(object, value);
}

void answer_form_split(const struct answer_form *form, struct text content_json, struct buf *open,
                       struct buf *secret)
{
    bool is_secret_whole = form->is_whole && form->fields[0].is_secret;
    struct json_scan scan = json_scan(content_json);
    struct text key, value;
    if (json_open(&scan, JSON_OBJECT_OPEN))
        while (json_next_member(&scan, &key, &value)) {
            size_t i = form->is_whole ? form->count : find_field(form, key);
            bool is_secret = is_secret_whole || (i < form->count && form->fields[i].is_secret);
            add_member(is_secret ? secret : open, key, value);
        }
    buf_str(open, open->len ? "}" : "{}");
    buf_str(secret, secret->len ? "}" : "");
}

void answer_form_join(struct text open, struct text secret, struct buf *content)
{
    struct text parts[] = {open, secret}, key, value;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct json_scan scan = json_scan(parts[i]);
        if (json_open(&scan, JSON_OBJECT_OPEN))
            while (json_next_member(&scan, &key, &value))
                add_member(content, key, value);
    }
    buf_str(content, content->len ? "}" : "{}");
}

/* ---- an example ---- */

static void put_number_example(const struct form_field *field, struct buf *out)
{
    struct text limit = text_is_null(field->minimum) ? field->maximum : field->minimum;
    buf_text(out, text_is_null(limit) ? TEXT_LIT("1") : limit);
}

static void put_text_example(const struct form_field *field, struct buf *out)
{
    static const char *const examples[] = {
        [FORM_FORMAT_NONE] = "...",
        [FORM_FORMAT_EMAIL] = "someone@example.org",
        [FORM_FORMAT_URI] = "https://example.org",
        [FORM_FORMAT_DATE] = "2026-11-21",
        [FORM_FORMAT_DATE_TIME] = "2026-11-21T14:02:11Z",
    };
    json_put_string(out, text_of(examples[field->format]));
}

static void put_example(const struct form_field *field, struct buf *out)
{
    struct text first = field->choice_count ? field->choices[0].json : TEXT_LIT("null");
    switch (field->kind) {
    case FORM_TEXT: put_text_example(field, out); break;
    case FORM_INTEGER:
    case FORM_NUMBER: put_number_example(field, out); break;
    case FORM_BOOLEAN: buf_str(out, "true"); break;
    case FORM_CHOICE: buf_text(out, first); break;
    case FORM_CHOICES:
        buf_char(out, '[');
        buf_text(out, first);
        buf_char(out, ']');
        break;
    case FORM_JSON: buf_str(out, field->is_array ? "[]" : "{}"); break;
    }
}

void answer_form_example(const struct answer_form *form, struct buf *out)
{
    bool has_required = false;
    for (size_t i = 0; i < form->count; i++)
        has_required = has_required || form->fields[i].is_required;
    buf_char(out, '{');
    for (size_t i = 0; !form->is_whole && i < form->count; i++)
        if (form->fields[i].is_required || !has_required) {
            json_put_name(out, form->fields[i].name);
            put_example(&form->fields[i], out);
        }
    buf_char(out, '}');
}
