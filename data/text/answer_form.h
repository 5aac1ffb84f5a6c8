/*
 * A question to a person as a form: what an interaction's payload asks for, what may be typed into each
 * field, and the answer's content as JSON. The schema is the one that MCP allows for elicitations: an object
 * of texts (length, format, choices), numbers, booleans and lists of choices; whatever else a property asks
 * for is a FORM_JSON field, typed as JSON. Pure.
 *
 *     struct answer_form form;
 *     if (answer_form_read(interaction->payload_json, &arena, &form, &err) == ERR_OK)
 *         for (size_t i = 0; i < form.count; i++)
 *             ask(&form.fields[i]);
 *     answer_form_content(&form, typed, &content, &err)
 *
 * Values that are typed never stand in an error: they may be secrets.
 */
#pragma once

#include "data/base/arena.h"
#include "data/base/buf.h"
#include "data/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FORM_FIELDS_MAX = 64, /* a schema of more is one field, the whole content: see is_whole */
    FORM_CHOICES_MAX =
        1000, /* of all fields; one that goes beyond is typed as JSON. Also the items of a list */
    FORM_PAYLOAD_MAX = 1 << 20, /* bytes; above: ERR_TOO_BIG */
    FORM_CONTENT_MAX = 1 << 20, /* bytes of an answer; above: ERR_TOO_BIG */
    FORM_WHY = 120,
};

enum form_kind {
    FORM_TEXT,    /* as it is */
    FORM_INTEGER, /* as JSON spells numbers; spaces around are fine */
    FORM_NUMBER,
    FORM_BOOLEAN, /* true or false */
    FORM_CHOICE,  /* the value of one of the choices */
    FORM_CHOICES, /* a JSON array of choices' values: answer_form_marks, answer_form_toggle */
    FORM_JSON,    /* any JSON */
};

enum form_format {
    FORM_FORMAT_NONE,
    FORM_FORMAT_EMAIL,
    FORM_FORMAT_URI,
    FORM_FORMAT_DATE,
    FORM_FORMAT_DATE_TIME
};

struct form_choice {
    struct text value; /* as typed: a string decoded, anything else as it is spelled */
    struct text label; /* what to show; never null */
    struct text json;  /* as it goes into the content */
    double number;     /* is_number: its value */
    bool is_number;
};

struct form_field {
    struct text name;        /* the property */
    struct text title;       /* what to show; the name where the schema has none. Never null */
    struct text description; /* null: none */
    enum form_kind kind;
    bool is_required;
    bool is_secret;     /* not to be shown while it is typed, nor afterwards: see answer_form_split */
    struct text preset; /* the schema's default as it would be typed; null: none, or one that does not pass */
    struct form_choice *choices; /* FORM_CHOICE, FORM_CHOICES */
    size_t choice_count;
    enum form_format format;           /* FORM_TEXT */
    int64_t least_length, most_length; /* FORM_TEXT: characters; FORM_CHOICES: items. 0 and INT64_MAX: any */
    struct text minimum, maximum;      /* FORM_INTEGER, FORM_NUMBER: as spelled; null: none */
    bool is_object, is_array;          /* FORM_JSON that must be one */
    char hint[FORM_WHY];               /* what is allowed: "a whole number from 1 to 10"; may be "" */
};

struct answer_form {
    struct text message; /* null: none */
    struct text url;     /* is_url: where to go; the answer has no content */
    struct form_field *fields;
    size_t count;
    bool is_url;
    /* The schema is no form, or too much of one: a single FORM_JSON field without a name is the whole
     * content. */
    bool is_whole;
    bool is_open; /* content may have names that the schema has not */
};

/* A null payload and a missing or empty schema are a form without fields: only yes or no is asked. Texts are
 * in the arena or in the payload. ERR_CORRUPT: no JSON object, or a name twice or not in UTF-8; ERR_TOO_BIG.
 * Then *form is without fields and is_whole is false: declining stays possible. */
MUST_USE enum err_code answer_form_read(struct text payload_json, struct arena *arena,
                                        struct answer_form *form, struct err *err);

/* Whether this may be typed; null and "" are a field left out. `why` is "" where it may, else what is wrong:
 * "must be at least 3 characters long". */
bool answer_form_check(const struct form_field *field, struct text typed, char why[FORM_WHY]);

/* FORM_CHOICES: which of the choices the typed list has; the list with one added or taken away, in the
 * schema's order ("" where none is left). */
void answer_form_marks(const struct form_field *field, struct text typed, bool marks[FORM_CHOICES_MAX]);
void answer_form_toggle(const struct form_field *field, struct text typed, size_t choice, struct buf *out);

/* The content of what was typed, an object; null and "" are left out. typed: form->count texts. ERR_USAGE
 * names the first field that is wrong. */
MUST_USE enum err_code answer_form_content(const struct answer_form *form, const struct text *typed,
                                           struct buf *content, struct err *err);

/* Whether an object that somebody wrote is an answer; null is {}. ERR_USAGE names the field that is wrong,
 * ERR_TOO_BIG. */
MUST_USE enum err_code answer_form_check_content(const struct answer_form *form, struct text content_json,
                                                 struct err *err);

/* The part of a checked content that everybody may read, an object, and the object of the secret fields (""
 * where there are none). */
void answer_form_split(const struct answer_form *form, struct text content_json, struct buf *open,
                       struct buf *secret);

/* The two put together again; secret may be null or empty. */
void answer_form_join(struct text open, struct text secret, struct buf *content);

/* A line of JSON that would be an answer to the required fields (to all, where none is): {"approved":true}.
 * For a person to copy. */
void answer_form_example(const struct answer_form *form, struct buf *out);
