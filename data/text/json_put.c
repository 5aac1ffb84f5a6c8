/*
 * See json_put.h.
 */
#include "data/text/json_put.h"

#include "data/base/utf8.h"

static void put_escape(char32_t ch, struct buf *out)
{
    static const char letters[] = "\b\f\n\r\t\"\\", names[] = "bfnrt\"\\";
    const char *found = ch && ch < 0x80 ? strchr(letters, (int)ch) : NULL;
    if (found)
        buf_add(out, (char[]){'\\', names[found - letters]}, 2);
    else
        buf_printf(out, "\\u%04x", (unsigned)ch);
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* What acts on a terminal that the JSON is printed on: controls of both sets, line separators, bidi controls. */
static bool acts_on_terminals(char32_t ch)
{
    return ch < 0xa0 || ch == 0x061c || ch == 0x200e || ch == 0x200f || (ch >= 0x2028 && ch <= 0x202e) ||
           (ch >= 0x2066 && ch <= 0x2069);
}

/* One character that is not plain ASCII; returns its bytes. */
static size_t put_character(struct text rest, struct buf *out)
{
    char32_t ch;
    size_t n = utf8_decode(rest.s, rest.n, &ch);
    if (ch == UTF8_BAD)
        buf_str(out, "\uFFFD");
    else if (acts_on_terminals(ch))
        put_escape(ch, out);
    else
        buf_add(out, rest.s, n);
    return n;
}

void json_put_string(struct buf *out, struct text text)
{
    if (text_is_null(text)) {
        buf_str(out, "null");
        return;
    }
    buf_char(out, '"');
    for (size_t at = 0; at < text.n;) {
        size_t end = at;
        while (end < text.n && is_plain((unsigned char)text.s[end]))
            end++;
        buf_add(out, text.s + at, end - at);
        if (end < text.n)
            end += put_character((struct text){text.s + end, text.n - end}, out);
        at = end;
    }
    buf_char(out, '"');
}

void json_put_name(struct buf *out, struct text name)
{
    if (out->len && out->data[out->len - 1] != '{')
        buf_char(out, ',');
    json_put_string(out, name);
    buf_char(out, ':');
}
