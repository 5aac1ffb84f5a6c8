/*
 * See needle.h. The search goes character by character only where it must. The needle is looked through once
 * for two neighbours (or one character) that every match must hold as plain ASCII bytes; the haystack is then
 * swept for those many bytes at a time, and only a hit is compared, from the hit to both sides. Since every
 * match has exactly one such place and places keep the order of matches, the first hit that compares is the
 * first match.
 *
 * 's' and 'k' are no such characters: U+017F and U+212A fold to them, so a match may hold them as other
 * bytes.
 */
#include "data/base/needle.h"

#include "data/base/die.h"
#include "data/base/utf8.h"

#include <stdint.h>
#include <stdlib.h>

struct needle {
    size_t count;    /* characters */
    size_t probe_at; /* which of them is swept for; == count: none can be */
    unsigned char probe[2];
    unsigned char mask[2]; /* ORed to a haystack byte first: 0x20 where the probe is a letter; 0xFF lets any
                              byte pass */
    char32_t chars[];      /* folded */
};

/* A broken byte equals itself and no character. */
static size_t next_folded(struct text t, size_t at, char32_t *cp)
{
    unsigned char byte = (unsigned char)t.s[at];
    if (byte < 0x80) {
        *cp = char_fold(byte);
        return 1;
    }
    size_t len = utf8_decode(t.s + at, t.n - at, cp);
    *cp = *cp == UTF8_BAD ? 0x110000u + byte : char_fold(*cp);
    return len;
}

static bool is_plain(char32_t cp)
{
    return cp < 0x80 && cp != 's' && cp != 'k';
}

/* How common a byte is in code, roughly: smaller is rarer and makes the better probe. */
static int commonness(char32_t cp)
{
    static const char common[] = "qzjxvbgwyphmfdulcnoaritet ";
    const char *place = cp ? strchr(common, (int)cp) : NULL;
    return place ? (int)(place - common) + 2 : cp >= '0' && cp <= '9' ? 4 : 1;
}

static unsigned char mask_of(char32_t cp)
{
    return cp >= 'a' && cp <= 'z' ? 0x20 : 0;
}

static void choose_probe(struct needle *needle)
{
    int best = INT32_MAX;
    needle->probe_at = needle->count;
    for (size_t i = 0; i < needle->count; i++) {
        if (!is_plain(needle->chars[i]))
            continue;
        bool has_pair = i + 1 < needle->count && is_plain(needle->chars[i + 1]);
        int cost = commonness(needle->chars[i]) * (has_pair ? commonness(needle->chars[i + 1]) : 100);
        if (cost >= best)
            continue;
        best = cost;
        needle->probe_at = i;
        needle->probe[0] = (unsigned char)needle->chars[i];
        needle->mask[0] = mask_of(needle->chars[i]);
        needle->probe[1] = has_pair ? (unsigned char)needle->chars[i + 1] : 0xFF;
        needle->mask[1] = has_pair ? mask_of(needle->chars[i + 1]) : 0xFF;
    }
}

struct needle *needle_new(struct text text)
{
    struct needle *needle = mem_new(sizeof *needle + text.n * sizeof needle->chars[0]);
    *needle = (struct needle){0};
    for (size_t at = 0; at < text.n;)
        at += next_folded(text, at, &needle->chars[needle->count++]);
    choose_probe(needle);
    return needle;
}

void needle_free(struct needle *needle)
{
    free(needle);
}

/* Compares chars[first..] forwards from `at`; the end of the match, or -1. */
static ptrdiff_t match_forward(const struct needle *needle, size_t first, struct text hay, size_t at)
{
    for (size_t i = first; i < needle->count; i++) {
        char32_t cp;
        if (at >= hay.n)
            return -1;
        at += next_folded(hay, at, &cp);
        if (cp != needle->chars[i])
            return -1;
    }
    return (ptrdiff_t)at;
}

/* Compares chars[..last) backwards from `at`; the start of the match, or -1. */
static ptrdiff_t match_backward(const struct needle *needle, size_t last, struct text hay, size_t at)
{
    for (size_t i = last; i > 0; i--) {
        char32_t cp;
        if (at == 0)
            return -1;
        size_t end = at;
        at = utf8_step_back(hay.s, at);
        next_folded((struct text){hay.s, end}, at, &cp);
        if (cp != needle->chars[i - 1])
            return -1;
    }
    return (ptrdiff_t)at;
}

static uint64_t repeat(unsigned char byte)
{
    return byte * UINT64_C(0x0101010101010101);
}

/* 0x80 in every byte of the word that equals the probe. */
static uint64_t equal_bytes(const char *at, uint64_t mask, uint64_t probe)
{
    const uint64_t low = UINT64_C(0x7F7F7F7F7F7F7F7F);
    uint64_t word;
    memcpy(&word, at, sizeof word);
    word = (word | mask) ^ probe;
    return ~(((word & low) + low) | word | low);
}

static bool is_probe(const struct needle *needle, struct text hay, size_t at)
{
    if (((unsigned char)hay.s[at] | needle->mask[0]) != needle->probe[0])
        return false;
    unsigned char next = at + 1 < hay.n ? (unsigned char)hay.s[at + 1] : 0;
    return (next | needle->mask[1]) == needle->probe[1];
}

/* Sixteen bytes at once; compilers have an instruction for each line of it. */
typedef uint8_t sixteen __attribute__((vector_size(16)));

static sixteen sixteen_of(unsigned char byte)
{
    return (sixteen){0} + byte;
}

static sixteen load(const char *at)
{
    sixteen bytes;
    memcpy(&bytes, at, sizeof bytes);
    return bytes;
}

static bool is_any(sixteen bytes)
{
    uint64_t halves[2];
    memcpy(halves, &bytes, sizeof halves);
    return halves[0] | halves[1];
}

/* The next place at or after `at` where the probe stands; hay.n where there is none. */
static size_t next_probe(const struct needle *needle, struct text hay, size_t at)
{
    const sixteen probe[2] = {sixteen_of(needle->probe[0]), sixteen_of(needle->probe[1])};
    const sixteen mask[2] = {sixteen_of(needle->mask[0]), sixteen_of(needle->mask[1])};
    while (at + 2 * sizeof(sixteen) < hay.n) {
        const char *s = hay.s + at;
        sixteen first =
            (sixteen)((load(s) | mask[0]) == probe[0]) & (sixteen)((load(s + 1) | mask[1]) == probe[1]);
        sixteen second =
            (sixteen)((load(s + 16) | mask[0]) == probe[0]) & (sixteen)((load(s + 17) | mask[1]) == probe[1]);
        if (is_any(first | second))
            break;
        at += 2 * sizeof(sixteen);
    }
    while (at < hay.n && !is_probe(needle, hay, at))
        at++;
    return at;
}

static ptrdiff_t find_by_probe(const struct needle *needle, struct text hay, size_t from, size_t *end)
{
    for (size_t at = next_probe(needle, hay, from); at < hay.n; at = next_probe(needle, hay, at + 1)) {
        ptrdiff_t start = match_backward(needle, needle->probe_at, hay, at);
        if (start < (ptrdiff_t)from)
            continue;
        ptrdiff_t stop = match_forward(needle, needle->probe_at, hay, at);
        if (stop >= 0) {
            *end = (size_t)stop;
            return start;
        }
    }
    return -1;
}

/* Past the ASCII bytes that a needle starting outside ASCII cannot start in. */
static size_t skip_ascii(struct text hay, size_t at)
{
    uint64_t word;
    while (at + sizeof word <= hay.n) {
        memcpy(&word, hay.s + at, sizeof word);
        if (word & repeat(0x80))
            break;
        at += sizeof word;
    }
    while (at < hay.n && (unsigned char)hay.s[at] < 0x80)
        at++;
    return at;
}

/* Past the bytes that neither are this ASCII letter nor belong to a character outside ASCII, which may fold to it. */
static size_t skip_others(struct text hay, size_t at, unsigned char letter)
{
    uint64_t word;
    while (at + sizeof word <= hay.n) {
        memcpy(&word, hay.s + at, sizeof word);
        if ((word & repeat(0x80)) || equal_bytes(hay.s + at, repeat(0x20), repeat(letter)))
            break;
        at += sizeof word;
    }
    while (at < hay.n && (unsigned char)hay.s[at] < 0x80 && ((unsigned char)hay.s[at] | 0x20) != letter)
        at++;
    return at;
}

static ptrdiff_t find_by_char(const struct needle *needle, struct text hay, size_t from, size_t *end)
{
    bool starts_outside_ascii = needle->chars[0] >= 0x80;
    for (size_t at = from, step; at < hay.n; at += step) {
        at = starts_outside_ascii ? skip_ascii(hay, at)
                                  : skip_others(hay, at, (unsigned char)needle->chars[0]);
        if (at >= hay.n)
            return -1;
        char32_t cp;
        step = next_folded(hay, at, &cp);
        if (cp != needle->chars[0])
            continue;
        ptrdiff_t stop = match_forward(needle, 1, hay, at + step);
        if (stop >= 0) {
            *end = (size_t)stop;
            return (ptrdiff_t)at;
        }
    }
    return -1;
}

ptrdiff_t needle_find(const struct needle *needle, struct text haystack, size_t from, size_t *match_len)
{
    if (from > haystack.n)
        return -1;
    size_t end = from;
    ptrdiff_t start = (ptrdiff_t)from;
    if (needle->count && needle->probe_at < needle->count)
        start = find_by_probe(needle, haystack, from, &end);
    else if (needle->count)
        start = find_by_char(needle, haystack, from, &end);
    if (match_len && start >= 0)
        *match_len = end - (size_t)start;
    return start;
}

bool text_eq_fold(struct text a, struct text b)
{
    if (!a.s || !b.s)
        return !a.s && !b.s;
    size_t i = 0, j = 0;
    while (i < a.n && j < b.n) {
        char32_t left, right;
        i += next_folded(a, i, &left);
        j += next_folded(b, j, &right);
        if (left != right)
            return false;
    }
    return i == a.n && j == b.n;
}
