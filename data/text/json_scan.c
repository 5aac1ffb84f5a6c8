/*
 * See json_scan.h. Strict about structure, lenient inside strings: raw control bytes and broken UTF-8 there
 * are what real programs write, and showing them is more use than refusing the whole text.
 */
#include "data/text/json_scan.h"

#include "data/base/utf8.h"

struct json_scan json_scan(struct text text)
{
    return (struct json_scan){.text = text.s ? text : TEXT_LIT("")};
}

struct text json_raw(const struct json_scan *scan)
{
    return (struct text){scan->text.s + scan->start, scan->end - scan->start};
}

static bool is_digit_at(struct text t, size_t at)
{
    return at < t.n && t.s[at] >= '0' && t.s[at] <= '9';
}

static size_t skip_digits(struct text t, size_t at)
{
    while (is_digit_at(t, at))
        at++;
    return at;
}

/* The end of the number that starts at `at`; 0 where there is none. */
static size_t number_end(struct text t, size_t at)
{
    if (t.s[at] == '-')
        at++;
    if (!is_digit_at(t, at))
        return 0;
    at = t.s[at] == '0' ? at + 1 : skip_digits(t, at);
    if (at < t.n && t.s[at] == '.') {
        if (!is_digit_at(t, at + 1))
            return 0;
        at = skip_digits(t, at + 1);
    }
    if (at < t.n && (t.s[at] == 'e' || t.s[at] == 'E')) {
        at++;
        if (at < t.n && (t.s[at] == '+' || t.s[at] == '-'))
            at++;
        if (!is_digit_at(t, at))
            return 0;
        at = skip_digits(t, at);
    }
    return at;
}

/* Behind the closing quote; 0 where there is none. */
static size_t string_end(struct text t, size_t at)
{
    for (at++; at < t.n; at++) {
        if (t.s[at] == '"')
            return at + 1;
        if (t.s[at] == '\\')
            at++;
    }
    return 0;
}

static enum json_token token_to(struct json_scan *scan, enum json_token token, size_t end)
{
    if (end == 0)
        return JSON_BROKEN;
    scan->end = end;
    return token;
}

static enum json_token word(struct json_scan *scan, enum json_token token, struct text spelling)
{
    struct text t = scan->text;
    size_t at = scan->start;
    bool is_it = t.n - at >= spelling.n && memcmp(t.s + at, spelling.s, spelling.n) == 0;
    return token_to(scan, token, is_it ? at + spelling.n : 0);
}

enum json_token json_next(struct json_scan *scan)
{
    struct text t = scan->text;
    size_t at = scan->end;
    while (at < t.n && (t.s[at] == ' ' || t.s[at] == '\n' || t.s[at] == '\r' || t.s[at] == '\t'))
        at++;
    scan->start = scan->end = at;
    if (at == t.n)
        return JSON_END;
    switch (t.s[at]) {
    case '{': return token_to(scan, JSON_OBJECT_OPEN, at + 1);
    case '}': return token_to(scan, JSON_OBJECT_CLOSE, at + 1);
    case '[': return token_to(scan, JSON_ARRAY_OPEN, at + 1);
    case ']': return token_to(scan, JSON_ARRAY_CLOSE, at + 1);
    case ',': return token_to(scan, JSON_COMMA, at + 1);
    case ':': return token_to(scan, JSON_COLON, at + 1);
    case '"': return token_to(scan, JSON_STRING, string_end(t, at));
    case 't': return word(scan, JSON_TRUE, TEXT_LIT("true"));
    case 'f': return word(scan, JSON_FALSE, TEXT_LIT("false"));
    case 'n': return word(scan, JSON_NULL, TEXT_LIT("null"));
    default: return token_to(scan, JSON_NUMBER, number_end(t, at));
    }
}

bool json_skip(struct json_scan *scan, enum json_token first)
{
    int depth = 0;
    for (enum json_token token = first;; token = json_next(scan)) {
        if (token <= JSON_END)
            return false;
        if (token == JSON_OBJECT_OPEN || token == JSON_ARRAY_OPEN)
            depth++;
        else if (token == JSON_OBJECT_CLOSE || token == JSON_ARRAY_CLOSE)
            depth--;
        if (depth <= 0)
            return depth == 0;
        if (depth > JSON_DEPTH_MAX)
            return false;
    }
}

/* ---- the whole text ---- */

enum expected { VALUE, VALUE_OR_CLOSE, KEY, KEY_OR_CLOSE, COLON, COMMA_OR_CLOSE };

struct checker {
    enum expected expected;
    int depth;
    bool is_object[JSON_DEPTH_MAX];
};

static bool check_open(struct checker *c, bool is_object)
{
    if (c->depth == JSON_DEPTH_MAX)
        return false;
    c->is_object[c->depth++] = is_object;
    c->expected = is_object ? KEY_OR_CLOSE : VALUE_OR_CLOSE;
    return true;
}

static bool check_value(struct checker *c, enum json_token token)
{
    if (token == JSON_OBJECT_OPEN || token == JSON_ARRAY_OPEN)
        return check_open(c, token == JSON_OBJECT_OPEN);
    c->expected = COMMA_OR_CLOSE;
    return token >= JSON_STRING;
}

static bool check_close(struct checker *c, enum json_token token)
{
    if (c->depth == 0 || token != (c->is_object[c->depth - 1] ? JSON_OBJECT_CLOSE : JSON_ARRAY_CLOSE))
        return false;
    c->depth--;
    c->expected = COMMA_OR_CLOSE;
    return true;
}

static bool check_token(struct checker *c, enum json_token token)
{
    switch (c->expected) {
    case VALUE_OR_CLOSE: return token == JSON_ARRAY_CLOSE ? check_close(c, token) : check_value(c, token);
    case VALUE: return check_value(c, token);
    case COLON: c->expected = VALUE; return token == JSON_COLON;
    case COMMA_OR_CLOSE:
        if (token != JSON_COMMA)
            return check_close(c, token);
        c->expected = c->depth && c->is_object[c->depth - 1] ? KEY : VALUE;
        return c->depth > 0;
    case KEY_OR_CLOSE:
        if (token == JSON_OBJECT_CLOSE)
            return check_close(c, token);
        break;
    case KEY: break;
    }
    c->expected = COLON;
    return token == JSON_STRING;
}

enum json_token json_check_place(struct text text, size_t *broken_at)
{
    struct checker checker;
    checker.expected = VALUE;
    checker.depth = 0;
    struct json_scan scan = json_scan(text);
    enum json_token first = json_next(&scan);
    for (enum json_token token = first;; token = json_next(&scan)) {
        bool is_good = token > JSON_END && check_token(&checker, token);
        *broken_at = scan.start;
        if (!is_good)
            return JSON_BROKEN;
        if (checker.depth > 0 || checker.expected != COMMA_OR_CLOSE)
            continue;
        bool is_whole = json_next(&scan) == JSON_END;
        *broken_at = scan.start;
        return is_whole ? first : JSON_BROKEN;
    }
}

enum json_token json_check(struct text text)
{
    size_t broken_at;
    return json_check_place(text, &broken_at);
}

/* ---- strings ---- */

/* Four hex digits at `at`; -1 where there are none. */
static long hex4(struct text t, size_t at)
{
    long value = 0;
    if (t.n < at + 4)
        return -1;
    for (size_t i = at; i < at + 4; i++) {
        char c = t.s[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* \uXXXX at `at`, a pair of surrogates included. Returns the bytes read, 0 where it is none. */
static size_t decode_u(struct text t, size_t at, char32_t *cp)
{
    long unit = hex4(t, at + 2);
    if (unit < 0)
        return 0;
    *cp = (char32_t)unit;
    if (unit < 0xD800 || unit > 0xDFFF)
        return 6;
    bool has_second = unit <= 0xDBFF && at + 8 <= t.n && t.s[at + 6] == '\\' && t.s[at + 7] == 'u';
    long second = has_second ? hex4(t, at + 8) : -1;
    if (second >= 0xDC00 && second <= 0xDFFF) {
        *cp = 0x10000 + ((char32_t)(unit - 0xD800) << 10) + (char32_t)(second - 0xDC00);
        return 12;
    }
    *cp = 0xFFFD;
    return 6;
}

/* The escape or the plain character at `at`. Returns the bytes read; *len and piece get what it stands for. */
static size_t decode_one(struct text t, size_t at, char piece[4], size_t *len)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    char32_t cp;
    size_t n;
    const char *simple;
    *len = 1;
    if (t.s[at] == '\\' && at + 1 < t.n) {
        if (t.s[at + 1] == 'u' && (n = decode_u(t, at, &cp)) != 0) {
            *len = utf8_encode(cp, piece);
            return n;
        }
        if (t.s[at + 1] != '\0' && (simple = strchr(from, t.s[at + 1])) != NULL) {
            piece[0] = to[simple - from];
            return 2;
        }
    }
    n = utf8_decode(t.s + at, t.n - at, &cp);
    memcpy(piece, t.s + at, n);
    *len = n;
    return n;
}

size_t json_unescape_head(struct text raw, char *out, size_t max)
{
    if (raw.n < 2)
        return 0;
    struct text t = {raw.s + 1, raw.n - 2};
    size_t len = 0;
    for (size_t at = 0, step, more; at < t.n; at += step) {
        char piece[4];
        step = decode_one(t, at, piece, &more);
        if (len + more > max)
            break;
        memcpy(out + len, piece, more);
        len += more;
    }
    return len;
}

size_t json_unescape(struct text raw, char *out)
{
    if (raw.n >= 2 && !memchr(raw.s, '\\', raw.n)) {
        memcpy(out, raw.s + 1, raw.n - 2);
        return raw.n - 2;
    }
    return json_unescape_head(raw, out, raw.n);
}
