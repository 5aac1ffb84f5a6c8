/*
 * See record_clean.h. Sequences are those of ECMA-48: CSI up to its final byte; strings (OSC, DCS, SOS, PM,
 * APC) up to BEL or ST; others intermediates and a final byte. A string that does not end in its line is no
 * sequence: only its two bytes go, the text behind stays.
 */
#include "data/record/record_clean.h"

#include "data/base/utf8.h"

#define ESC '\x1b'
#define BEL '\a'
#define REPLACEMENT "\xEF\xBF\xBD"

static size_t skip_range(struct text t, size_t at, unsigned char low, unsigned char high)
{
    while (at < t.n && (unsigned char)t.s[at] >= low && (unsigned char)t.s[at] <= high)
        at++;
    return at;
}

/* Behind the BEL or ESC \ that ends the string; 0 where neither comes. */
static size_t string_end(struct text t, size_t at)
{
    for (; at < t.n; at++) {
        if (t.s[at] == BEL)
            return at + 1;
        if (t.s[at] == ESC)
            return at + 1 < t.n && t.s[at + 1] == '\\' ? at + 2 : 0;
    }
    return 0;
}

/* Behind the sequence whose ESC is at `at`. */
static size_t sequence_end(struct text t, size_t at)
{
    size_t next = at + 1;
    if (next >= t.n)
        return t.n;
    if (t.s[next] == '[') {
        size_t end = skip_range(t, skip_range(t, next + 1, 0x30, 0x3f), 0x20, 0x2f);
        return skip_range(t, end, 0x40, 0x7e) > end ? end + 1 : end;
    }
    if (strchr("]PX^_", t.s[next]) && t.s[next]) {
        size_t end = string_end(t, next + 1);
        return end ? end : next + 1;
    }
    size_t end = skip_range(t, next, 0x20, 0x2f);
    return skip_range(t, end, 0x30, 0x7e) > end ? end + 1 : end;
}

struct text record_last_state(struct text line)
{
    while (line.n && line.s[line.n - 1] == '\r')
        line.n--;
    const char *back = line.n ? memrchr(line.s, '\r', line.n) : NULL;
    return back ? (struct text){back + 1, (size_t)(line.s + line.n - back - 1)} : line;
}

/* The bell, and the shifts between character sets that terminals of old are told around every word. */
static bool is_dropped(char c)
{
    return c == BEL || c == '\x0e' || c == '\x0f';
}

static bool is_plain(char c)
{
    return (unsigned char)c < 0x80 && c != ESC && c != '\b' && c != '\0' && !is_dropped(c);
}

/* One character that is not plain; returns its bytes. `start`: where this line begins in out. */
static size_t put_other(struct text rest, size_t start, struct buf *out)
{
    if (is_dropped(rest.s[0]))
        return 1;
    if (rest.s[0] == ESC)
        return sequence_end(rest, 0);
    if (rest.s[0] == '\b') {
        if (out->len > start)
            out->len = start + utf8_step_back(out->data + start, out->len - start);
        return 1;
    }
    char32_t ch;
    size_t n = utf8_decode(rest.s, rest.n, &ch);
    if (ch == UTF8_BAD || ch == 0)
        buf_str(out, REPLACEMENT);
    else
        buf_add(out, rest.s, n);
    return n;
}

void record_clean(struct text t, struct buf *out)
{
    size_t start = out->len;
    for (size_t at = 0; at < t.n;) {
        size_t end = at;
        while (end < t.n && is_plain(t.s[end]))
            end++;
        buf_add(out, t.s + at, end - at);
        if (end < t.n)
            end += put_other((struct text){t.s + end, t.n - end}, start, out);
        at = end;
    }
}
