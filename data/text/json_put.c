/*
 * See json_put.h. Answers are hundreds of kB of strings, and most of their bytes stay as they are: those are
 * copied eight at a time.
 */
#include "data/text/json_put.h"

#include "data/base/utf8.h"

#include <endian.h>

/* Of so many bytes the string is put together at once; each of them becomes six at most. */
enum { PIECE = 1024, WORD = sizeof(uint64_t), ROOM = 6 * PIECE + WORD };
#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The high bit of each byte that cannot stay as it is, or at least of the first such one: below 20, above 7e,
 * a quote, a backslash. */
static uint64_t odd_bytes(uint64_t word)
{
    uint64_t quote = word ^ EACH('"'), backslash = word ^ EACH('\\'), del = word ^ EACH(0x7f);
    uint64_t low = word - EACH(0x20), equal = (quote - EACH(1)) | (backslash - EACH(1)) | (del - EACH(1));
    return (word | low | equal) & EACH(0x80);
}

/* Copies words up to the first byte that is odd; returns how many bytes count. */
static size_t copy_plain(const char *from, size_t n, char *to)
{
    size_t at = 0;
    for (; n - at >= WORD; at += WORD) {
        uint64_t word;
        memcpy(&word, from + at, WORD);
        memcpy(to + at, &word, WORD);
        uint64_t odd = le64toh(odd_bytes(word));
        if (odd)
            return at + (size_t)__builtin_ctzll(odd) / 8;
    }
    return at;
}

/* What acts on a terminal that the JSON is printed on: controls of both sets, line separators, bidi
 * controls. */
static bool acts_on_terminals(char32_t ch)
{
    return ch < 0xa0 || ch == 0x061c || ch == 0x200e || ch == 0x200f || (ch >= 0x2028 && ch <= 0x202e) ||
           (ch >= 0x2066 && ch <= 0x2069);
}

static size_t put_bytes(const char *bytes, size_t n, char *to)
{
    memcpy(to, bytes, n);
    return n;
}

static size_t put_escape(char32_t ch, char *to)
{
    static const char digits[] = "0123456789abcdef";
    to[0] = '\\';
    switch (ch) {
    case '"':
    case '\\': to[1] = (char)ch; return 2;
    case '\n': to[1] = 'n'; return 2;
    case '\t': to[1] = 't'; return 2;
    case '\r': to[1] = 'r'; return 2;
    case '\b': to[1] = 'b'; return 2;
    case '\f': to[1] = 'f'; return 2;
    default: break;
    }
    char hex[] = {'u', digits[ch >> 12 & 15], digits[ch >> 8 & 15], digits[ch >> 4 & 15], digits[ch & 15]};
    return 1 + put_bytes(hex, sizeof hex, to + 1);
}

/* One character, whatever it is; *taken: its bytes. Returns how many were put. */
static size_t put_character(struct text rest, size_t *taken, char *to)
{
    unsigned char c = (unsigned char)rest.s[0];
    char32_t ch = c;
    *taken = 1;
    if (c >= 0x80)
        *taken = utf8_decode(rest.s, rest.n, &ch);
    else if (c >= 0x20 && c != 0x7f && c != '"' && c != '\\')
        return put_bytes(rest.s, 1, to);
    if (ch == UTF8_BAD)
        return put_bytes("\uFFFD", sizeof "\uFFFD" - 1, to);
    return acts_on_terminals(ch) ? put_escape(ch, to) : put_bytes(rest.s, *taken, to);
}

/* Returns how many bytes of the text were put: PIECE, and what a last character has beyond. */
static size_t put_piece(struct text text, struct buf *out)
{
    char piece[ROOM];
    size_t at = 0, len = 0;
    while (at < text.n && at < PIECE) {
        size_t plain = copy_plain(text.s + at, (text.n < PIECE ? text.n : PIECE) - at, piece + len),
               taken = 0;
        at += plain;
        len += plain;
        if (at < text.n && at < PIECE)
            len += put_character((struct text){text.s + at, text.n - at}, &taken, piece + len);
        at += taken;
    }
    buf_add(out, piece, len);
    return at;
}

void json_put_string(struct buf *out, struct text text)
{
    if (text_is_null(text)) {
        buf_str(out, "null");
        return;
    }
    buf_char(out, '"');
    for (size_t at = 0; at < text.n;)
        at += put_piece((struct text){text.s + at, text.n - at}, out);
    buf_char(out, '"');
}

void json_put_integer(struct buf *out, int64_t n)
{
    char text[24];
    size_t at = sizeof text;
    uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    do {
        text[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (n < 0)
        text[--at] = '-';
    buf_add(out, text + at, sizeof text - at);
}

void json_put_name(struct buf *out, struct text name)
{
    if (out->len && out->data[out->len - 1] != '{')
        buf_char(out, ',');
    json_put_string(out, name);
    buf_char(out, ':');
}
