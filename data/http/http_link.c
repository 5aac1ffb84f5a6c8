/*
 * See http_link.h. Terms are made by the edits that the rail and the timeline use, so that a link can say nothing that could not be ticked, written down and read
 * again. What is not understood is told by its name alone: the value of an unknown parameter may be a session's.
 */
#include "data/http/http_link.h"

#include "data/base/needle.h"
#include "data/base/trim.h"
#include "data/base/utf8.h"
#include "data/http/http_url.h"

#include <stdio.h>
#include <stdlib.h>

enum { LEFT_OUT_MAX = 6, LEFT_OUT_NAME = 28 };

struct link {
    struct http_address *address;
    struct time_range range; /* the intersection of all bounds */
    int64_t recent_ms;       /* 0: none */
    char left_out[LEFT_OUT_MAX][LEFT_OUT_NAME];
    size_t left_out_count; /* may be greater */
};

/* ---- what is left out ---- */

/* At most LEFT_OUT_NAME - 1 bytes, made visible. */
static void visible(struct text name, char out[LEFT_OUT_NAME])
{
    size_t len = 0, n = 0;
    struct glyph glyph;
    bool is_cut = false;
    for (struct glyph_iter it = glyph_iter(name, false); glyph_next(&it, &glyph); len += n) {
        char piece[4];
        n = utf8_encode(glyph.ch, piece);
        is_cut = len + n + sizeof "…" > LEFT_OUT_NAME;
        if (is_cut)
            break;
        memcpy(out + len, piece, n);
    }
    memcpy(out + len, is_cut ? "…" : "", is_cut ? sizeof "…" : 1);
}

static void leave_out(struct link *link, struct text name)
{
    char shown[LEFT_OUT_NAME];
    visible(name, shown);
    for (size_t i = 0; i < link->left_out_count && i < LEFT_OUT_MAX; i++)
        if (!strcmp(link->left_out[i], shown))
            return;
    if (link->left_out_count < LEFT_OUT_MAX)
        memcpy(link->left_out[link->left_out_count], shown, sizeof shown);
    link->left_out_count++;
}

static void write_note(const struct link *link)
{
    struct buf note;
    buf_init(&note, sizeof link->address->note - 1);
    for (size_t i = 0; i < link->left_out_count && i < LEFT_OUT_MAX; i++)
        buf_printf(&note, "%s%s", i ? ", " : "left out of the link: ", link->left_out[i]);
    if (link->left_out_count > LEFT_OUT_MAX)
        buf_str(&note, " and more");
    snprintf(link->address->note, sizeof link->address->note, "%s", buf_cstr(&note));
    buf_release(&note);
}

/* ---- words ---- */

/* False where the filter cannot take it. */
static bool add_word(struct filter *filter, enum filter_key key, struct text word)
{
    if (!word.n)
        return true;
    if (filter_mark(filter, key, word) != MARK_INCLUDED)
        filter_toggle(filter, key, word);
    return filter_mark(filter, key, word) == MARK_INCLUDED;
}

static bool add_words(struct link *link, enum filter_key key, struct text list)
{
    bool is_whole = true;
    for (size_t at = 0; at <= list.n;) {
        const char *comma = memchr(list.s + at, ',', list.n - at);
        size_t end = comma ? (size_t)(comma - list.s) : list.n;
        struct text word = {list.s + at, end - at};
        is_whole = add_word(&link->address->filter, key, text_trim(word, TEXT_LIT(" "))) && is_whole;
        at = end + 1;
    }
    return is_whole;
}

static bool read_status(struct link *link, struct text value)
{
    return add_words(link, FILTER_STATUS, value);
}

static bool read_trigger(struct link *link, struct text value)
{
    return add_words(link, FILTER_TRIGGER, value);
}

static bool read_tool(struct link *link, struct text value)
{
    return add_words(link, FILTER_TOOL, value);
}

/* A text, commas and spaces included. */
static bool read_code(struct link *link, struct text value)
{
    return add_word(&link->address->filter, FILTER_CODE, value);
}

static bool read_elicitation(struct link *link, struct text value)
{
    struct filter *filter = &link->address->filter;
    bool is_true = text_eq_fold(value, TEXT_LIT("true"));
    if (!is_true && !text_eq_fold(value, TEXT_LIT("false")))
        return false;
    return add_word(filter, FILTER_ELICITATION, is_true ? TEXT_LIT("true") : TEXT_LIT("false"));
}

/* ---- times ---- */

static bool is_number(struct text text)
{
    size_t sign = text.n && text.s[0] == '-';
    for (size_t i = sign; i < text.n; i++)
        if (text.s[i] < '0' || text.s[i] > '9')
            return false;
    return text.n > sign;
}

/* Digits are epoch ms however few, as in the API; where they are too many, the end of time. `value` is NUL-terminated. */
static bool read_time(struct text value, int64_t *t)
{
    if (!is_number(value))
        return time_parse(value, TIME_LOCAL, t);
    *t = strtoll(value.s, NULL, 10);
    return true;
}

static void raise_start(struct link *link, int64_t t)
{
    if (t > link->range.from)
        link->range.from = t;
}

static bool read_from(struct link *link, struct text value)
{
    int64_t t;
    if (!read_time(value, &t))
        return false;
    raise_start(link, t);
    return true;
}

/* The API's `after` is strictly newer, the filter's is at or after. */
static bool read_after(struct link *link, struct text value)
{
    int64_t t;
    if (!read_time(value, &t))
        return false;
    raise_start(link, time_after(t));
    return true;
}

/* The API's `to` is inclusive, the filter's `before` is not. */
static bool read_to(struct link *link, struct text value)
{
    int64_t t;
    if (!read_time(value, &t))
        return false;
    if (time_after(t) < link->range.to)
        link->range.to = time_after(t);
    return true;
}

static bool read_range(struct link *link, struct text value)
{
    link->recent_ms = 0;
    return text_eq_fold(value, TEXT_LIT("all")) || span_parse(value, &link->recent_ms);
}

/* ---- order and place ---- */

static bool read_sort(struct link *link, struct text value)
{
    const char *comma = memchr(value.s, ',', value.n);
    size_t n = comma ? (size_t)(comma - value.s) : value.n;
    struct text field = {value.s, n};
    struct text direction = comma ? (struct text){comma + 1, value.n - n - 1} : TEXT_LIT("desc");
    struct sort sort = {.is_ascending = text_eq_fold(direction, TEXT_LIT("asc"))};
    if (text_eq_fold(field, TEXT_LIT("durationMs")))
        sort.field = SORT_DURATION;
    else if (!text_eq_fold(field, TEXT_LIT("createdAt")))
        return false;
    if (!sort.is_ascending && !text_eq_fold(direction, TEXT_LIT("desc")))
        return false;
    link->address->has_sort = true;
    link->address->sort = sort;
    return true;
}

static bool read_run(struct link *link, struct text value)
{
    if (value.n >= sizeof link->address->run_id)
        return false;
    for (size_t i = 0; i < value.n; i++)
        if ((unsigned char)value.s[i] < ' ' || value.s[i] == 0x7f)
            return false;
    memcpy(link->address->run_id, value.s, value.n);
    link->address->run_id[value.n] = '\0';
    return true;
}

/* ---- parameters ---- */

/* `value` is neither empty nor null. False where it is not understood. */
static const struct parameter {
    const char *name;
    bool (*read)(struct link *link, struct text value);
} parameters[] = {
    {"status", read_status},
    {"trigger", read_trigger},
    {"tool", read_tool},
    {"code", read_code},
    {"elicitation", read_elicitation},
    {"from", read_from},
    {"to", read_to},
    {"after", read_after},
    {"range", read_range},
    {"sort", read_sort},
    {"executionId", read_run},
    {"execution", read_run},
    {"id", read_run},
};

static bool read_parameter(struct link *link, struct text name, struct text value)
{
    for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++)
        if (text_is(name, parameters[i].name))
            return parameters[i].read(link, value);
    return false;
}

/* "name=value", percent-encoded. A word alone could be a name or a value, so it is not repeated. */
static void read_pair(struct link *link, struct text pair)
{
    const char *equals = memchr(pair.s, '=', pair.n);
    if (!equals) {
        if (pair.n)
            leave_out(link, TEXT_LIT("a word without '='"));
        return;
    }
    struct buf name, value;
    buf_init(&name, HTTP_ADDRESS_MAX);
    buf_init(&value, HTTP_ADDRESS_MAX);
    size_t n = (size_t)(equals - pair.s);
    http_unescape((struct text){pair.s, n}, true, &name);
    http_unescape((struct text){equals + 1, pair.n - n - 1}, true, &value);
    struct text text = {buf_cstr(&value), value.len};
    if (text.n && !read_parameter(link, buf_as_text(&name), text))
        leave_out(link, name.len ? buf_as_text(&name) : TEXT_LIT("a value without a name"));
    buf_release(&name);
    buf_release(&value);
}

/* Bounds go before a span back from now: they say more. */
static void set_time(struct link *link)
{
    struct filter *filter = &link->address->filter;
    bool has_bounds = link->range.from != INT64_MIN || link->range.to != INT64_MAX;
    if (has_bounds)
        filter_set_range(filter, link->range);
    else if (link->recent_ms)
        filter_set_recent(filter, link->recent_ms);
    bool is_set = filter_keys_used(filter) & (1u << FILTER_AFTER | 1u << FILTER_BEFORE);
    if (link->recent_ms && (has_bounds || !is_set))
        leave_out(link, TEXT_LIT("range"));
    if (has_bounds && !is_set)
        leave_out(link, TEXT_LIT("from and to"));
}

void http_link_read(const char *query, struct text run_id, struct http_address *address)
{
    struct link link = {.address = address, .range = TIME_RANGE_ALL};
    struct text rest = text_of(query);
    if (run_id.n && !read_run(&link, run_id))
        leave_out(&link, TEXT_LIT("the run's id"));
    for (size_t at = 0; at < rest.n;) {
        const char *end = memchr(rest.s + at, '&', rest.n - at);
        size_t n = end ? (size_t)(end - rest.s) - at : rest.n - at;
        read_pair(&link, (struct text){rest.s + at, n});
        at += n + 1;
    }
    set_time(&link);
    write_note(&link);
}
