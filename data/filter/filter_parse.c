/*
 * See filter.h. Reads a line word by word. Quotes mean something only at the beginning of a value, so that
 * code can be typed as it stands (`Error("boom")`); a mistake is reported for the very bytes that are wrong,
 * with what would be right.
 */
#include "data/base/nearest.h"
#include "data/filter/filter_terms.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

struct parser {
    struct text line;
    size_t at;
    enum time_mode mode;
    struct filter *filter;
    struct filter_mistake *mistake;
};

/* A key and what stands before it. */
struct head {
    size_t start; /* of the word, its '-' included */
    enum filter_key key;
    bool is_excluded;
    bool is_bare;         /* no key was written */
    bool is_plain_number; /* duration_ms: */
};

/* A value as it stands between its key or comma and the next one. */
struct piece {
    size_t start, end; /* in the line, quotes included */
    bool is_quoted;
    struct buf text; /* without quotes and escapes */
};

PRINTF_LIKE(4, 5)
static enum err_code wrong(struct parser *p, size_t start, size_t end, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    p->mistake->start = start;
    p->mistake->end = end;
    vsnprintf(p->mistake->what, sizeof p->mistake->what, fmt, args);
    va_end(args);
    return ERR_USAGE;
}

static enum err_code too_big(struct parser *p, size_t start, size_t end, const char *what)
{
    (void)wrong(p, start, end, "%s", what);
    return ERR_TOO_BIG;
}

/* As much of a quoted word as a message has room for, cut between characters. */
static int quotable(struct text word)
{
    size_t n = word.n < 32 ? word.n : 32;
    while (n > 0 && n < word.n && ((unsigned char)word.s[n] & 0xC0) == 0x80)
        n--;
    return (int)n;
}

static bool at_end_of_word(const struct parser *p)
{
    return p->at >= p->line.n || filter_is_space(p->line.s[p->at]);
}

static struct text span(const struct parser *p, size_t start, size_t end)
{
    return (struct text){p->line.s + start, end - start};
}

static size_t word_end(const struct parser *p, size_t from)
{
    while (from < p->line.n && !filter_is_space(p->line.s[from]))
        from++;
    return from;
}

/* ---- keys ---- */

/* Words that people bring from elsewhere. */
static const char *synonym(struct text word)
{
    static const char *const pairs[][2] = {
        {"from", "after"},
        {"since", "after"},
        {"to", "before"},
        {"until", "before"},
        {"via", "trigger"},
        {"kind", "trigger"},
        {"source", "code"},
        {"text", "code"},
        {"took", "duration"},
        {"run", "id"},
        {"interaction", "elicitation"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (word.n == strlen(pairs[i][0]) && strncasecmp(word.s, pairs[i][0], word.n) == 0)
            return pairs[i][1];
    return NULL;
}

static const char *nearest_key(struct text word)
{
    static const char *const keys[] = {
#define X(id, name, help) name,
        FILTER_KEYS(X)
#undef X
    };
    const char *known = synonym(word);
    return known ? known : nearest_word(word, keys, FILTER_KEY_COUNT);
}

static enum err_code unknown_key(struct parser *p, struct text word)
{
    const char *near = nearest_key(word);
    int n = quotable(word);
    if (near)
        return wrong(p, p->at, p->at + word.n, "unknown key '%.*s': did you mean %s?", n, word.s, near);
    return wrong(p, p->at, p->at + word.n,
                 "unknown key '%.*s': to find it in the code, put the word in quotes", n, word.s);
}

static enum err_code read_minus(struct parser *p, struct head *head)
{
    head->is_excluded = p->line.s[p->at] == '-';
    if (!head->is_excluded)
        return ERR_OK;
    p->at++;
    if (at_end_of_word(p))
        return wrong(p, head->start, p->at, "a '-' excludes the word behind it; to find a dash, write \"-\"");
    if (p->line.s[p->at] == '-')
        return wrong(p, head->start, p->at + 1,
                     "one '-' excludes; to find text that begins with one, put it in quotes");
    return ERR_OK;
}

/* Reads `-key:` and stands at the first value. */
static enum err_code read_head(struct parser *p, struct head *head)
{
    *head = (struct head){.start = p->at, .key = FILTER_CODE, .is_bare = true};
    enum err_code code = read_minus(p, head);
    if (code)
        return code;
    struct text word = span(p, p->at, word_end(p, p->at));
    if (filter_is_bare(word))
        return ERR_OK;
    size_t n = filter_key_length(word);
    word.n = n;
    if (!filter_key_of(word, &head->key))
        return unknown_key(p, word);
    head->is_bare = false;
    head->is_plain_number = n != strlen(filter_key_word(head->key));
    p->at += n + 1;
    return ERR_OK;
}

/* ---- values ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What stands behind a backslash; a backslash that escapes nothing is itself, so that regular expressions can
 * be pasted. */
static size_t read_escape(struct text rest, char *c)
{
    static const char names[] = "\"\\ntr", meant[] = "\"\\\n\t\r";
    const char *found = rest.n > 1 && rest.s[1] ? strchr(names, rest.s[1]) : NULL;
    if (found) {
        *c = meant[found - names];
        return 2;
    }
    if (rest.n > 3 && rest.s[1] == 'x' && hex_digit(rest.s[2]) >= 0 && hex_digit(rest.s[3]) >= 0) {
        *c = (char)(hex_digit(rest.s[2]) * 16 + hex_digit(rest.s[3]));
        if (*c)
            return 4;
    }
    *c = '\\';
    return 1;
}

static enum err_code read_quoted(struct parser *p, struct piece *piece)
{
    for (p->at++; p->at < p->line.n && p->line.s[p->at] != '"';) {
        char c = p->line.s[p->at];
        p->at += c == '\\' ? read_escape(span(p, p->at, p->line.n), &c) : 1;
        buf_char(&piece->text, c);
    }
    if (p->at >= p->line.n)
        return wrong(p, piece->start, p->line.n, "the quote is not closed");
    piece->end = ++p->at;
    if (!at_end_of_word(p) && p->line.s[p->at] != ',')
        return wrong(p, p->at, word_end(p, p->at), "a space or a comma must follow the closing quote");
    return ERR_OK;
}

static enum err_code read_piece(struct parser *p, struct piece *piece)
{
    piece->start = p->at;
    piece->is_quoted = p->at < p->line.n && p->line.s[p->at] == '"';
    if (piece->is_quoted)
        return read_quoted(p, piece);
    while (!at_end_of_word(p) && p->line.s[p->at] != ',')
        p->at++;
    piece->end = p->at;
    buf_text(&piece->text, span(p, piece->start, piece->end));
    return ERR_OK;
}

static enum err_code empty_value(struct parser *p, const struct head *head, const struct piece *piece)
{
    static const char *const help[] = {
#define X(id, word, text) text,
        FILTER_KEYS(X)
#undef X
    };
    bool is_after_comma = piece->start > head->start && p->line.s[piece->start - 1] == ',';
    if (piece->is_quoted)
        return wrong(p, piece->start, piece->end,
                     "empty text is in every run: write something between the quotes");
    if (is_after_comma || (!at_end_of_word(p) && p->line.s[p->at] == ','))
        return wrong(p, is_after_comma ? piece->start - 1 : piece->start,
                     is_after_comma ? piece->start : piece->start + 1,
                     "a value is missing beside the comma; to find a comma, put it in quotes");
    return wrong(p, head->start, piece->start, "%s needs a value: %s", filter_key_word(head->key),
                 help[head->key]);
}

static enum err_code read_text_value(struct parser *p, const struct head *head, const struct piece *piece,
                                     struct filter_value *value)
{
    struct text text = buf_as_text(&piece->text);
    if (!text.n && (!piece->is_quoted || !filter_text_is_usable(head->key, text)))
        return empty_value(p, head, piece);
    if (head->key == FILTER_TOOL && !piece->is_quoted && filter_has_stray_star(text))
        return wrong(p, piece->start, piece->end, "'*' stands only behind a whole prefix: tool:github.*");
    value->text = filter_canonical_text(head->key, text);
    return ERR_OK;
}

static bool is_number(struct text text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.s[i] < '0' || text.s[i] > '9')
            return false;
    return text.n > 0;
}

static bool read_op(struct text *text, enum compare_op *op)
{
    static const struct {
        const char *sign;
        enum compare_op op;
    } ops[] = {{"<=", OP_LE}, {">=", OP_GE}, {"<", OP_LT}, {">", OP_GT}, {"=", OP_EQ}};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        size_t n = strlen(ops[i].sign);
        if (text->n < n || memcmp(text->s, ops[i].sign, n) != 0)
            continue;
        *op = ops[i].op;
        *text = (struct text){text->s + n, text->n - n};
        return true;
    }
    return false;
}

/* "0", "0s", "0ms": a span is positive, a bound need not be. */
static bool is_zero(struct text text)
{
    static const char *const forms[] = {"0", "0ms", "0s", "0m", "0h"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (text_is(text, forms[i]))
            return true;
    return false;
}

static bool read_milliseconds(struct text text, int64_t *ms)
{
    char with_unit[32];
    if (!is_number(text) || text.n > 20)
        return false;
    int n = snprintf(with_unit, sizeof with_unit, "%.*sms", (int)text.n, text.s);
    return span_parse((struct text){with_unit, (size_t)n}, ms);
}

static enum err_code read_duration(struct parser *p, const struct head *head, const struct piece *piece,
                                   struct filter_value *value)
{
    struct text text = buf_as_text(&piece->text);
    if (!text.n)
        return empty_value(p, head, piece);
    const char *word = head->is_plain_number ? "duration_ms" : "duration";
    const char *unit = head->is_plain_number ? "" : "s";
    if (!read_op(&text, &value->op))
        return wrong(p, piece->start, piece->end, "say which side: %s:>5%s or %s:<=5%s", word, unit, word,
                     unit);
    if (is_zero(text))
        return ERR_OK;
    if (head->is_plain_number ? read_milliseconds(text, &value->ms) : span_parse(text, &value->ms))
        return ERR_OK;
    if (head->is_plain_number)
        return wrong(p, piece->start, piece->end, "duration_ms takes a plain number: duration_ms:>200");
    if (is_number(text))
        return wrong(p, piece->start, piece->end, "%.*s needs a unit: ms s m h d", quotable(text), text.s);
    return wrong(p, piece->start, piece->end, "that is no duration: 200ms 5s 1m30s 2h");
}

static enum err_code read_time(struct parser *p, const struct head *head, const struct piece *piece,
                               struct filter_value *value)
{
    struct text text = buf_as_text(&piece->text);
    const char *word = filter_key_word(head->key);
    if (!text.n)
        return empty_value(p, head, piece);
    value->is_relative = span_parse(text, &value->ms);
    if (!value->is_relative &&
        !time_parse(text, p->mode == TIME_IN_UTC ? TIME_IN_UTC : TIME_LOCAL, &value->ms)) {
        if (is_number(text) && text.n < 4)
            return wrong(p, piece->start, piece->end, "%.*s needs a unit: %s:%.*sm, h, d or w", (int)text.n,
                         text.s, word, (int)text.n, text.s);
        return wrong(p, piece->start, piece->end,
                     "that is no time: %s:1h %s:7d %s:2026-04-11 %s:2026-04-11T09:30", word, word, word,
                     word);
    }
    if (!value->is_relative && (value->ms < FILTER_TIME_FIRST || value->ms > FILTER_TIME_LAST))
        return wrong(p, piece->start, piece->end, "that time is outside the years 1 to 9999");
    return ERR_OK;
}

static enum err_code read_flag(struct parser *p, const struct head *head, const struct piece *piece,
                               struct filter_value *value)
{
    struct text text = buf_as_text(&piece->text);
    if (!text.n)
        return empty_value(p, head, piece);
    value->flag = text.n == 4 && strncasecmp(text.s, "true", 4) == 0;
    if (value->flag || (text.n == 5 && strncasecmp(text.s, "false", 5) == 0))
        return ERR_OK;
    return wrong(p, piece->start, piece->end, "elicitation is true or false");
}

static enum err_code read_value(struct parser *p, const struct head *head, const struct piece *piece,
                                struct filter_value *value)
{
    *value = (struct filter_value){0};
    switch (head->key) {
    case FILTER_ELICITATION: return read_flag(p, head, piece, value);
    case FILTER_DURATION: return read_duration(p, head, piece, value);
    case FILTER_AFTER:
    case FILTER_BEFORE: return read_time(p, head, piece, value);
    default: return read_text_value(p, head, piece, value);
    }
}

static bool takes_one(enum filter_key key)
{
    return key == FILTER_AFTER || key == FILTER_BEFORE || key == FILTER_ELICITATION;
}

static enum err_code read_and_add(struct parser *p, const struct head *head, struct filter_term *term)
{
    struct piece piece;
    struct filter_value value;
    buf_init(&piece.text, FILTER_TEXT_MAX);
    enum err_code code = read_piece(p, &piece);
    if (!code)
        code = read_value(p, head, &piece, &value);
    buf_release(&piece.text);
    if (code)
        return code;
    if (term->count && takes_one(head->key)) {
        free(value.text);
        return wrong(p, piece.start, piece.end, "%s takes one value", filter_key_word(head->key));
    }
    if (!filter_add_value(term, value))
        return too_big(p, piece.start, piece.end, "too many values behind one key");
    return ERR_OK;
}

static enum err_code read_term(struct parser *p)
{
    struct head head;
    enum err_code code = read_head(p, &head);
    if (code)
        return code;
    struct filter_term *term = filter_add_term(p->filter, head.key, head.is_excluded);
    if (!term)
        return too_big(p, head.start, word_end(p, p->at), "too many words in one filter");
    while (!(code = read_and_add(p, &head, term)) && p->at < p->line.n && p->line.s[p->at] == ',')
        p->at++;
    return code;
}

static enum err_code read_line(struct parser *p)
{
    const char *nul = p->line.n ? memchr(p->line.s, '\0', p->line.n) : NULL;
    if (p->line.n > FILTER_TEXT_MAX)
        return too_big(p, FILTER_TEXT_MAX, p->line.n, "the filter is too long");
    if (nul)
        return wrong(p, (size_t)(nul - p->line.s), (size_t)(nul - p->line.s) + 1,
                     "a NUL byte cannot be searched for");
    for (;;) {
        while (p->at < p->line.n && filter_is_space(p->line.s[p->at]))
            p->at++;
        if (p->at == p->line.n)
            break;
        enum err_code code = read_term(p);
        if (code)
            return code;
    }
    return filter_fits(p->filter) ? ERR_OK : too_big(p, 0, p->line.n, "the filter is too long");
}

enum err_code filter_parse(struct text line, enum time_mode mode, struct filter *filter,
                           struct filter_mistake *mistake)
{
    struct parser p = {.line = line, .mode = mode, .filter = filter, .mistake = mistake};
    filter_init(filter);
    *mistake = (struct filter_mistake){0};
    enum err_code code = read_line(&p);
    if (code)
        filter_release(filter);
    return code;
}
