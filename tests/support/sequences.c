/*
 * See sequences.h. An allow-list: what is not known to be harmless is reported, however harmless it may be. Numbers are short in everything
 * that curses sends, so a test's own sequences give themselves away by a long one even where their kind is allowed.
 */
#include "tests/support/sequences.h"

#include "data/base/base64.h"
#include "data/base/die.h"
#include "tests/support/pty.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uchar.h>

#include <cmocka.h>

enum { DIGITS_MAX = 4, PARAMETERS_MAX = 64 };

struct reader {
    const char *at, *end;
    unsigned allowed;
};

static int peek(const struct reader *r)
{
    return r->at < r->end ? (unsigned char)*r->at : -1;
}

/* ---- text ---- */

static bool is_hidden(char32_t ch)
{
    static const struct {
        char32_t first, last;
    } hidden[] = {
        {0x80, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},     {0x180e, 0x180e},
        {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},   {0xfeff, 0xfeff},
        {0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0xe0000, 0xe0fff}, {0xd800, 0xdfff},
    };
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        if (ch >= hidden[i].first && ch <= hidden[i].last)
            return true;
    return false;
}

static int length_of(unsigned char lead)
{
    return lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
}

static const char *read_character(struct reader *r)
{
    static const char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = (unsigned char)*r->at;
    int n = length_of(lead);
    if (n == 0 || r->end - r->at < n)
        return "broken UTF-8";
    char32_t ch = n == 1 ? lead : lead & (0x7fU >> n);
    for (int i = 1; i < n; i++) {
        if ((r->at[i] & 0xc0) != 0x80)
            return "broken UTF-8";
        ch = ch << 6 | (r->at[i] & 0x3fU);
    }
    r->at += n;
    if (ch < least[n] || ch > 0x10ffff)
        return "broken UTF-8";
    if (is_hidden(ch))
        return "a control, format or bidi character";
    if (n > 1 && (r->allowed & SEQUENCES_ASCII))
        return "text beyond ASCII";
    return NULL;
}

/* ---- sequences ---- */

static bool has_wide_number(const char *parameters, const char *end)
{
    int digits = 0;
    for (; parameters < end; parameters++) {
        digits = *parameters >= '0' && *parameters <= '9' ? digits + 1 : 0;
        if (digits > DIGITS_MAX)
            return true;
    }
    return false;
}

static bool is_known_mode(const char *parameters, size_t n)
{
    static const char *const modes[] = {"?1",    "?7",    "?12",   "?25",   "?12;25", "?1049",     "?2004",
                                        "?1000", "?1002", "?1006", "?1034", "4",      "?1006;1000"};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strlen(modes[i]) == n && memcmp(modes[i], parameters, n) == 0)
            return true;
    return false;
}

static bool is_known_csi(const char *parameters, const char *final)
{
    size_t n = (size_t)(final - parameters);
    bool has_mark = memchr(parameters, '?', n) || memchr(parameters, '>', n) || memchr(parameters, '<', n);
    switch (*final) {
    case 'h':
    case 'l': return is_known_mode(parameters, n);
    case 't': return n == 6 && (memcmp(parameters, "22;0;0", n) == 0 || memcmp(parameters, "23;0;0", n) == 0);
    case 'm': return !has_mark;
    case 'n': return n == 1 && *parameters == '5'; /* are you well? */
    default: return !has_mark && !memchr(parameters, ':', n) && strchr("HJKABCDGd@PXLMSTrbIZ", *final);
    }
}

static const char *read_csi(struct reader *r)
{
    const char *parameters = r->at;
    while (peek(r) >= '0' && peek(r) <= '?')
        r->at++;
    if (peek(r) < '@' || peek(r) > '~')
        return "a broken or unknown CSI";
    const char *final = r->at++;
    if (final - parameters > PARAMETERS_MAX || has_wide_number(parameters, final))
        return "a CSI with odd numbers";
    return is_known_csi(parameters, final) ? NULL : "an unknown CSI";
}

static const char *read_osc(struct reader *r)
{
    if ((r->allowed & SEQUENCES_RESUMED) && r->end - r->at >= 4 && memcmp(r->at, "104\a", 4) == 0) {
        r->at += 4;
        return NULL;
    }
    if (!(r->allowed & SEQUENCES_CLIPBOARD) || r->end - r->at < 5 || memcmp(r->at, "52;c;", 5) != 0)
        return "an OSC";
    r->at += 5;
    while (peek(r) != -1 && (peek(r) == '+' || (peek(r) >= '/' && peek(r) <= '9') || peek(r) == '=' ||
                             (peek(r) >= 'A' && peek(r) <= 'Z') || (peek(r) >= 'a' && peek(r) <= 'z')))
        r->at++;
    if (peek(r) != '\a')
        return "an OSC 52 of something other than base64";
    r->at++;
    return NULL;
}

static const char *read_escape(struct reader *r)
{
    int kind = peek(r);
    r->at++;
    if (kind == '[')
        return read_csi(r);
    if (kind == ']')
        return read_osc(r);
    if (kind == '(' || kind == ')') {
        kind = peek(r);
        r->at++;
        return kind == 'B' || kind == '0' ? NULL : "an unknown character set";
    }
    return kind > 0 && strchr("=>78M", kind) ? NULL : "an unknown escape";
}

static const char *read_one(struct reader *r)
{
    int byte = peek(r);
    if (byte == 27) {
        r->at++;
        return read_escape(r);
    }
    if (byte >= ' ' && byte != 127)
        return read_character(r);
    r->at++;
    if (byte == '\r' || byte == '\n' || byte == '\b' || byte == '\t')
        return NULL;
    bool is_shift = byte == 14 || byte == 15 || byte == 0;
    return is_shift && (r->allowed & SEQUENCES_SHIFTS) ? NULL : "a control character";
}

const char *sequences_check(const char *bytes, size_t n, unsigned allowed, size_t *at)
{
    struct reader r = {bytes, bytes + n, allowed};
    while (r.at < r.end) {
        *at = (size_t)(r.at - bytes);
        const char *wrong = read_one(&r);
        if (wrong)
            return wrong;
    }
    return NULL;
}

/* ---- of a pty ---- */

void sequences_expect_(struct pty *pty, unsigned allowed, const char *file, int line)
{
    (void)pty_wait_idle(pty, 60, PTY_SOON); /* not in the middle of a frame */
    size_t n, at = 0;
    const char *bytes = pty_raw_bytes(pty, 0, &n);
    const char *wrong = sequences_check(bytes, n, allowed, &at);
    if (!wrong)
        return;
    print_error("%s:%d: %s at byte %zu of %zu:", file, line, wrong, at, n);
    for (size_t i = at > 24 ? at - 24 : 0; i < n && i < at + 24; i++)
        print_error(i == at ? " >%02x" : " %02x", (unsigned char)bytes[i]);
    print_error("\n");
    pty_dump(pty, stderr);
    _fail(file, line);
}

char *sequences_clipboard(struct pty *pty)
{
    static const char opening[] = "\033]52;c;";
    size_t n;
    const char *bytes = pty_raw_bytes(pty, 0, &n), *end = bytes + n, *last = NULL;
    for (const char *p = bytes; (p = memmem(p, (size_t)(end - p), opening, sizeof opening - 1));)
        last = p += sizeof opening - 1;
    const char *bell = last ? memchr(last, '\a', (size_t)(end - last)) : NULL;
    if (!bell)
        return NULL;
    struct buf decoded;
    buf_init(&decoded, 1 << 20);
    char *text = NULL;
    if (base64_decode((struct text){last, (size_t)(bell - last)}, &decoded))
        text = mem_strdup(buf_cstr(&decoded));
    buf_release(&decoded);
    return text;
}
