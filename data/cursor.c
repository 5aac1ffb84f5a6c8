/*
 * See cursor.h. The object is tiny and of one form, so a small strict reader serves it: a cursor comes from outside, and all that it
 * may hold is a number and an id. Keys may come in either order, because other writers of the same contract order them as they like.
 */
#include "data/cursor.h"

#include "data/base/base64.h"
#include "data/base/utf8.h"

#include <stdio.h>

enum { CURSOR_MAX = 1024, JSON_MAX = 8192 };

void cursor_encode(int64_t created_at, struct text id, struct buf *out)
{
    struct buf json;
    buf_init(&json, JSON_MAX);
    buf_printf(&json, "{\"createdAt\":%lld,\"id\":\"", (long long)created_at);
    for (size_t i = 0; i < id.n; i++) {
        unsigned char c = (unsigned char)id.s[i];
        if (c == '"' || c == '\\')
            buf_printf(&json, "\\%c", c);
        else if (c < 0x20)
            buf_printf(&json, "\\u%04x", c);
        else
            buf_char(&json, id.s[i]);
    }
    buf_str(&json, "\"}");
    base64url_encode(buf_as_text(&json), out);
    buf_release(&json);
}

struct reader {
    struct text rest;
};

static void take(struct reader *r, size_t n)
{
    r->rest.s += n;
    r->rest.n -= n;
}

static void skip_space(struct reader *r)
{
    while (r->rest.n && r->rest.s[0] && strchr(" \t\r\n", r->rest.s[0]))
        take(r, 1);
}

static bool expect(struct reader *r, char c)
{
    skip_space(r);
    if (!r->rest.n || r->rest.s[0] != c)
        return false;
    take(r, 1);
    return true;
}

static bool read_integer(struct reader *r, int64_t *n)
{
    bool is_negative = expect(r, '-');
    int64_t value = 0;
    size_t digits = 0;
    for (; digits < r->rest.n && r->rest.s[digits] >= '0' && r->rest.s[digits] <= '9'; digits++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, r->rest.s[digits] - '0', &value))
            return false;
    bool has_leading_zero = digits > 1 && r->rest.s[0] == '0';
    take(r, digits);
    *n = is_negative ? -value : value;
    return digits && !has_leading_zero;
}

static bool read_hex4(struct reader *r, char32_t *unit)
{
    *unit = 0;
    if (r->rest.n < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        char c = r->rest.s[i];
        bool is_digit = c >= '0' && c <= '9';
        char lower = (char)(c | 0x20);
        if (!is_digit && (lower < 'a' || lower > 'f'))
            return false;
        *unit = *unit << 4 | (char32_t)(is_digit ? c - '0' : lower - 'a' + 10);
    }
    take(r, 4);
    return true;
}

/* \uXXXX, and a second one where the first is half of a pair. NUL is refused: a key ends at it. */
static bool read_unicode(struct reader *r, struct buf *out)
{
    char32_t unit, low;
    char bytes[4];
    if (!read_hex4(r, &unit) || unit == 0)
        return false;
    if (unit >= 0xD800 && unit < 0xDC00) {
        if (r->rest.n < 6 || r->rest.s[0] != '\\' || r->rest.s[1] != 'u')
            return false;
        take(r, 2);
        if (!read_hex4(r, &low) || low < 0xDC00 || low > 0xDFFF)
            return false;
        unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
    size_t n = utf8_encode(unit, bytes);
    buf_add(out, bytes, n);
    return n > 0;
}

static bool read_escape(struct reader *r, struct buf *out)
{
    static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    if (!r->rest.n)
        return false;
    char c = r->rest.s[0];
    take(r, 1);
    if (c == 'u')
        return read_unicode(r, out);
    const char *found = c ? strchr(names, c) : NULL;
    if (found)
        buf_char(out, meant[found - names]);
    return found != NULL;
}

static bool read_string(struct reader *r, struct buf *out)
{
    if (!expect(r, '"'))
        return false;
    while (r->rest.n && r->rest.s[0] != '"') {
        char c = r->rest.s[0];
        if ((unsigned char)c < 0x20)
            return false;
        take(r, 1);
        if (c != '\\')
            buf_char(out, c);
        else if (!read_escape(r, out))
            return false;
    }
    return expect(r, '"');
}

/* One `"name": value`. Each name may come once. */
static bool read_member(struct reader *r, struct row_key *key, unsigned *seen)
{
    struct buf text;
    buf_init(&text, CURSOR_MAX);
    bool is_good = read_string(r, &text) && expect(r, ':');
    unsigned member = text_is(buf_as_text(&text), "createdAt") ? 1
                      : text_is(buf_as_text(&text), "id")      ? 2
                                                               : 0;
    buf_clear(&text);
    is_good = is_good && member && !(*seen & member);
    *seen |= member;
    skip_space(r);
    if (is_good && member == 1)
        is_good = read_integer(r, &key->created_at);
    if (is_good && member == 2) {
        is_good = read_string(r, &text);
        snprintf(key->id, sizeof key->id, "%s", buf_cstr(&text));
    }
    buf_release(&text);
    return is_good;
}

static bool read_object(struct reader *r, struct row_key *key)
{
    unsigned seen = 0;
    if (!expect(r, '{') || !read_member(r, key, &seen) || !expect(r, ',') || !read_member(r, key, &seen) ||
        !expect(r, '}'))
        return false;
    skip_space(r);
    return r->rest.n == 0;
}

bool cursor_decode(struct text cursor, struct row_key *key)
{
    struct buf json;
    *key = (struct row_key){.duration_ms = DURATION_NONE};
    if (!cursor.n || cursor.n > CURSOR_MAX)
        return false;
    buf_init(&json, CURSOR_MAX);
    bool is_good = base64_decode(cursor, &json);
    if (is_good) {
        struct reader r = {buf_as_text(&json)};
        is_good = !memchr(r.rest.s, '\0', r.rest.n) && read_object(&r, key);
    }
    buf_release(&json);
    return is_good;
}
