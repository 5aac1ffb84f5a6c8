/*
 * See base64.h. Decoding is strict about left-over bits, so that one text of bytes has one encoding and a damaged cursor is noticed.
 */
#include "data/base/base64.h"

#include <stdint.h>

#define ALPHANUMERIC "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static const char url_alphabet[] = ALPHANUMERIC "-_";
static const char plain_alphabet[] = ALPHANUMERIC "+/";

static void encode(const char *alphabet, struct text bytes, struct buf *out)
{
    for (size_t i = 0; i < bytes.n; i += 3) {
        uint32_t group = 0;
        size_t n = bytes.n - i < 3 ? bytes.n - i : 3;
        for (size_t k = 0; k < 3; k++)
            group = group << 8 | (k < n ? (unsigned char)bytes.s[i + k] : 0);
        for (size_t k = 0; k <= n; k++)
            buf_char(out, alphabet[group >> (18 - 6 * k) & 63]);
    }
}

void base64url_encode(struct text bytes, struct buf *out)
{
    encode(url_alphabet, bytes, out);
}

void base64_encode(struct text bytes, struct buf *out)
{
    encode(plain_alphabet, bytes, out);
    buf_fill(out, '=', (3 - bytes.n % 3) % 3);
}

static int value_of(char c)
{
    if (c == '+')
        return 62;
    if (c == '/')
        return 63;
    const char *found = c ? strchr(url_alphabet, c) : NULL;
    return found ? (int)(found - url_alphabet) : -1;
}

/* Takes away the padding; false where it does not fill a group of four. */
static bool trim_padding(struct text *text)
{
    size_t whole = text->n;
    while (text->n && whole - text->n < 2 && text->s[text->n - 1] == '=')
        text->n--;
    return whole == text->n || whole % 4 == 0;
}

bool base64_decode(struct text text, struct buf *out)
{
    uint32_t bits = 0;
    int count = 0;
    if (!trim_padding(&text))
        return false;
    for (size_t i = 0; i < text.n; i++) {
        int value = value_of(text.s[i]);
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            buf_char(out, (char)(bits >> count & 0xFF));
        }
    }
    return count < 6 && (bits & ((1u << count) - 1)) == 0;
}
