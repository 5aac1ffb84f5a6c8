/*
 * See filter.h. The canonical line. What is written without quotes is exactly what the parser reads back
 * without them; the two share the rules in filter_terms.h. Control characters are written as escapes, so that
 * the line stays one line in a history file and on a command line.
 */
#include "data/filter/filter_terms.h"

#include <stdio.h>

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

static bool is_ident(char c, bool is_first)
{
    bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    return is_letter || (!is_first && ((c >= '0' && c <= '9') || c == '-'));
}

size_t filter_key_length(struct text word)
{
    size_t n = 0;
    while (n < word.n && is_ident(word.s[n], n == 0))
        n++;
    return n && n < word.n && word.s[n] == ':' ? n : 0;
}

bool filter_is_bare(struct text word)
{
    size_t n = filter_key_length(word);
    enum filter_key key;
    if (!n)
        return true;
    if (filter_key_of((struct text){word.s, n}, &key))
        return false;
    return word.n >= n + 3 && word.s[n + 1] == '/' && word.s[n + 2] == '/';
}

bool filter_has_stray_star(struct text tool)
{
    if (tool.n > 2 && tool.s[tool.n - 1] == '*' && tool.s[tool.n - 2] == '.')
        tool.n--;
    return memchr(tool.s, '*', tool.n) != NULL;
}

/* Whether a value can stand behind a key or a comma as it is. */
static bool is_plain(enum filter_key key, struct text value)
{
    if (!value.n || value.s[0] == '"')
        return false;
    for (size_t i = 0; i < value.n; i++)
        if (value.s[i] == ' ' || value.s[i] == ',' || is_control(value.s[i]))
            return false;
    return key != FILTER_TOOL || !filter_has_stray_star(value);
}

static void write_escaped(char c, struct buf *out)
{
    switch (c) {
    case '"':
    case '\\': buf_printf(out, "\\%c", c); break;
    case '\n': buf_str(out, "\\n"); break;
    case '\t': buf_str(out, "\\t"); break;
    case '\r': buf_str(out, "\\r"); break;
    default:
        if (is_control(c))
            buf_printf(out, "\\x%02x", (unsigned)c);
        else
            buf_char(out, c);
    }
}

void filter_write_text(enum filter_key key, struct text value, struct buf *out)
{
    if (is_plain(key, value)) {
        buf_text(out, value);
        return;
    }
    buf_char(out, '"');
    for (size_t i = 0; i < value.n; i++)
        write_escaped(value.s[i], out);
    buf_char(out, '"');
}

static void write_duration(const struct filter_value *value, struct buf *out)
{
    static const char *const ops[] = {
        [OP_LT] = "<", [OP_LE] = "<=", [OP_EQ] = "=", [OP_GE] = ">=", [OP_GT] = ">",
    };
    char span[TIME_TEXT] = "0ms";
    if (value->ms)
        span_format(value->ms, span);
    buf_printf(out, "%s%s", ops[value->op], span);
}

static void write_time(const struct filter_value *value, enum time_mode mode, struct buf *out)
{
    char text[TIME_TEXT];
    if (value->is_relative)
        span_format(value->ms, text);
    else
        time_format_iso(value->ms, mode == TIME_IN_UTC ? TIME_IN_UTC : TIME_LOCAL, text);
    buf_str(out, text);
}

/* The store's word is too long to type, so it is not what a person should read either. */
static bool is_waiting(enum filter_key key, const struct filter_value *value)
{
    return key == FILTER_STATUS && run_status_of(text_of(value->text)) == STATUS_WAITING;
}

static void write_value(enum filter_key key, const struct filter_value *value, enum time_mode mode,
                        struct buf *out)
{
    switch (key) {
    case FILTER_ELICITATION: buf_str(out, value->flag ? "true" : "false"); break;
    case FILTER_DURATION: write_duration(value, out); break;
    case FILTER_AFTER:
    case FILTER_BEFORE: write_time(value, mode, out); break;
    default: filter_write_text(key, is_waiting(key, value) ? TEXT_LIT("waiting") : text_of(value->text), out);
    }
}

static bool can_drop_key(const struct filter_term *term)
{
    const char *first = term->values[0].text;
    if (term->key != FILTER_CODE || first[0] == '-' || !filter_is_bare(text_of(first)))
        return false;
    for (size_t i = 0; i < term->count; i++)
        if (!is_plain(term->key, text_of(term->values[i].text)))
            return false;
    return true;
}

static void write_term(const struct filter_term *term, enum time_mode mode, struct buf *out)
{
    if (term->is_excluded)
        buf_char(out, '-');
    if (!can_drop_key(term))
        buf_printf(out, "%s:", filter_key_word(term->key));
    for (size_t i = 0; i < term->count; i++) {
        if (i)
            buf_char(out, ',');
        write_value(term->key, &term->values[i], mode, out);
    }
}

void filter_format(const struct filter *filter, enum time_mode mode, struct buf *out)
{
    for (size_t i = 0; i < filter->count; i++) {
        if (i)
            buf_char(out, ' ');
        write_term(&filter->terms[i], mode, out);
    }
}

bool filter_fits(const struct filter *filter)
{
    /* A time takes at most this many bytes more in a zone with an offset than in UTC. */
    enum { ZONE_SLACK = 32 };
    size_t slack = 0;
    for (size_t i = 0; i < filter->count; i++)
        if (filter->terms[i].key == FILTER_AFTER || filter->terms[i].key == FILTER_BEFORE)
            slack += ZONE_SLACK;
    struct buf line;
    buf_init(&line, FILTER_TEXT_MAX);
    filter_format(filter, TIME_IN_UTC, &line);
    bool fits = !buf_is_cut(&line) && line.len + slack <= FILTER_TEXT_MAX;
    buf_release(&line);
    return fits;
}
