/*
 * utf8, needle, casefold: nothing from outside reaches a terminal as anything but text, columns stay aligned,
 * and searching finds what the API's `code=` finds.
 */
#include "data/base/needle.h"
#include "data/base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* The text as glyph_next shows it: marks after their base, '{' '}' around what was written out. */
static const char *shown(struct text text, bool ascii)
{
    static char out[512];
    size_t n = 0;
    bool in_escape = false;
    struct glyph glyph;
    for (struct glyph_iter it = glyph_iter(text, ascii); glyph_next(&it, &glyph);) {
        assert_true(n < sizeof out - 32);
        if (glyph.is_escape != in_escape)
            out[n++] = glyph.is_escape ? '{' : '}';
        in_escape = glyph.is_escape;
        n += utf8_encode(glyph.ch, out + n);
        for (int i = 0; i < GLYPH_MARKS && glyph.marks[i]; i++)
            n += utf8_encode(glyph.marks[i], out + n);
    }
    if (in_escape)
        out[n++] = '}';
    out[n] = '\0';
    return out;
}

#define assert_shown(literal, want) assert_string_equal(shown(TEXT_LIT(literal), false), want)
#define assert_shown_ascii(literal, want) assert_string_equal(shown(TEXT_LIT(literal), true), want)

static void decoding_is_strict(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        char32_t cp;
    } cases[] = {
        {"A", 1, 'A'},
        {"\xC3\x9F", 2, 0xDF},
        {"\xE2\x82\xAC", 3, 0x20AC},
        {"\xF0\x9F\x8C\x8D", 4, 0x1F30D},
        {"\xF4\x8F\xBF\xBF", 4, 0x10FFFF},
        {"\xED\x9F\xBF", 3, 0xD7FF},
        {"\xEE\x80\x80", 3, 0xE000},
        {"\x80", 1, UTF8_BAD},
        {"\xFF", 1, UTF8_BAD},
        {"\xC0\xAF", 1, UTF8_BAD},         /* overlong '/' */
        {"\xC1\xBF", 1, UTF8_BAD},         /* overlong */
        {"\xE0\x80\xAF", 1, UTF8_BAD},     /* overlong '/' */
        {"\xE0\x9F\xBF", 1, UTF8_BAD},     /* overlong U+07FF */
        {"\xF0\x80\x80\xAF", 1, UTF8_BAD}, /* overlong '/' */
        {"\xF0\x8F\xBF\xBF", 1, UTF8_BAD}, /* overlong U+FFFF */
        {"\xED\xA0\x80", 1, UTF8_BAD},     /* surrogate */
        {"\xED\xBF\xBF", 1, UTF8_BAD},     /* surrogate */
        {"\xF4\x90\x80\x80", 1, UTF8_BAD}, /* above U+10FFFF */
        {"\xF5\x80\x80\x80", 1, UTF8_BAD},
        {"\xC3", 1, UTF8_BAD}, /* cut */
        {"\xE2\x82", 1, UTF8_BAD},
        {"\xF0\x9F\x8C", 1, UTF8_BAD},
        {"\xC3"
         "A",
         1, UTF8_BAD},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char32_t cp;
        assert_int_equal(utf8_decode(cases[i].bytes, strlen(cases[i].bytes), &cp), cases[i].len);
        assert_int_equal(cp, cases[i].cp);
    }
    char32_t cp;
    assert_int_equal(utf8_decode("", 0, &cp), 0);
}

static void encoding_turns_decoding_round(void **state)
{
    (void)state;
    for (char32_t cp = 0; cp <= 0x110000; cp += cp < 0x3000 || (cp > 0xD700 && cp < 0xE100) ? 1 : 251) {
        char bytes[4];
        char32_t back;
        size_t n = utf8_encode(cp, bytes);
        bool is_character = cp <= 0x10FFFF && (cp < 0xD800 || cp > 0xDFFF);
        assert_int_equal(n > 0, is_character);
        if (n) {
            assert_int_equal(utf8_decode(bytes, n, &back), n);
            assert_int_equal(back, cp);
            assert_int_equal(utf8_step_back(bytes, n), 0);
        }
    }
}

/* Every character there is: what comes out can be sent, and it takes the cells it says. */
static void every_character_can_be_sent(void **state)
{
    (void)state;
    for (char32_t cp = 0; cp <= 0x10FFFF; cp++) {
        char bytes[4];
        size_t n = utf8_encode(cp, bytes);
        struct glyph glyph;
        for (int ascii = 0; ascii < 2; ascii++)
            for (struct glyph_iter it = glyph_iter((struct text){bytes, n}, ascii);
                 glyph_next(&it, &glyph);) {
                bool is_sendable =
                    glyph.ch >= 0x20 && glyph.ch != 0x7F && !(glyph.ch >= 0x80 && glyph.ch < 0xA1) &&
                    wcwidth((wchar_t)glyph.ch) == glyph.width && (glyph.width == 1 || glyph.width == 2);
                if (!is_sendable || (ascii && glyph.ch > 0x7E))
                    fail_msg("U+%04X yields U+%04X of width %d", (unsigned)cp, (unsigned)glyph.ch,
                             glyph.width);
                for (int i = 0; i < GLYPH_MARKS; i++)
                    assert_true(glyph.marks[i] == 0 || wcwidth((wchar_t)glyph.marks[i]) == 0);
            }
    }
}

static void every_byte_alone_can_be_sent(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        char c = (char)byte;
        struct glyph glyph;
        struct glyph_iter it = glyph_iter((struct text){&c, 1}, false);
        assert_true(glyph_next(&it, &glyph));
        assert_true(glyph.ch >= 0x20 && glyph.ch != 0x7F && (glyph.ch < 0x80 || glyph.ch > 0xA0));
        assert_int_equal(glyph.is_escape, byte < 0x20 || byte >= 0x7F);
    }
}

static void controls_and_sequences_are_pictures(void **state)
{
    (void)state;
    assert_shown("\x1B[31mred\x1B[0m", "{␛}[31mred{␛}[0m");
    assert_shown("\x1B]0;owned\x07", "{␛}]0;owned{␇}");
    assert_shown("\x1B]52;c;aGk=\x1B\\", "{␛}]52;c;aGk={␛}\\");
    assert_shown("a\tb\r\nc", "a{␉}b{␍␊}c");
    assert_shown("a\0b\x7F", "a{␀}b{␡}");
    assert_shown("\xC2\x9B"
                 "31m",
                 "{<U+009B>}31m");
    assert_shown("\xC2\x85", "{<U+0085>}");
    assert_shown("\x9B"
                 "31m",
                 "{<9B>}31m");
    assert_shown_ascii("a\x1B[1m\0\x7F", "a{^[}[1m{^@^?}");
}

static void hiding_and_reordering_is_written_out(void **state)
{
    (void)state;
    assert_shown("a\u202Eb", "a{<U+202E>}b");
    assert_shown("\u2066x\u2069", "{<U+2066>}x{<U+2069>}");
    assert_shown("\u200E\u200F\u061C", "{<U+200E><U+200F><U+061C>}");
    assert_shown("zero\u200Bwidth\u200D\uFEFF\u00AD", "zero{<U+200B>}width{<U+200D><U+FEFF><U+00AD>}");
    assert_shown("\u2028\u2029\u3164", "{<U+2028><U+2029><U+3164>}");
    assert_shown("\U000E0041", "{<U+E0041>}");
    assert_shown("\U0010FFFF", "{<U+10FFFF>}");
    assert_shown("\xED\xA0\x80", "{<ED><A0><80>}");
    assert_shown("\xC0\xAF/", "{<C0><AF>}/");
    assert_shown("caf\xC3", "caf{<C3>}");
    assert_shown("a\u00A0b", "a b");
}

static void marks_stay_on_their_base(void **state)
{
    (void)state;
    assert_shown("e\u0301x", "e\u0301x");
    assert_shown("\u0301x", " \u0301x");
    assert_shown("\n\u0301x", "{␊} \u0301x");
    assert_shown("e\u0301\u0302\u0303\u0304x", "e\u0301\u0302x");
    assert_shown("\u2764\uFE0F!", "\u2764!");
    assert_shown("\uFE0F", "{<U+FE0F>}");
    assert_shown_ascii("e\u0301x", "ex");
    assert_shown_ascii("Grüße 世!", "Gr{??}e {??}!");
    assert_int_equal(text_width(TEXT_LIT("e\u0301\u0302\u0303x"), false), 2);
}

static void widths_are_those_of_the_terminal_library(void **state)
{
    (void)state;
    assert_int_equal(text_width(TEXT_LIT(""), false), 0);
    assert_int_equal(text_width(TEXT_NULL, false), 0);
    assert_int_equal(text_width(TEXT_LIT("世界🌍"), false), 6);
    assert_int_equal(text_width(TEXT_LIT("世界🌍"), true), 6);
    assert_int_equal(text_width(TEXT_LIT("a\u202Eb"), false), 10);
    assert_int_equal(text_width(TEXT_LIT("\x1B["), false), 2);
    assert_int_equal(text_width(TEXT_LIT("\x1B["), true), 3);
}

static void clipping_splits_nothing(void **state)
{
    (void)state;
    int used;
    struct text text = TEXT_LIT("a世e\u0301\u202Ez");
    static const struct {
        int cells;
        size_t bytes;
        int used;
    } cases[] = {{0, 0, 0}, {1, 1, 1},  {2, 1, 1},    {3, 4, 3},    {4, 7, 4},
                 {5, 7, 4}, {11, 7, 4}, {12, 10, 12}, {13, 11, 13}, {99, 11, 13}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(text_clip(text, cases[i].cells, false, &used), cases[i].bytes);
        assert_int_equal(used, cases[i].used);
    }
    assert_int_equal(text_clip(text, 4, false, NULL), 7);
    assert_int_equal(text_clip(text, -1, false, &used), 0);
}

static void cutting_splits_no_character(void **state)
{
    (void)state;
    struct text text = TEXT_LIT("aü世🌍\x82\x82\x82\x82z");
    static const size_t cuts[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 12, 13, 14, 15};
    for (size_t max = 0; max < sizeof cuts / sizeof *cuts; max++)
        assert_int_equal(utf8_cut(text, max), cuts[max]);
    assert_int_equal(utf8_cut(text, 99), text.n);
}

static void one_broken_byte_makes_a_text_invalid(void **state)
{
    (void)state;
    assert_true(utf8_is_valid(TEXT_NULL));
    assert_true(utf8_is_valid(TEXT_LIT("aü世🌍")));
    assert_false(utf8_is_valid(TEXT_LIT("\xFF"
                                        "a")));
    assert_false(utf8_is_valid(TEXT_LIT("a\xC3")));
    assert_false(utf8_is_valid(TEXT_LIT("a\xC0\x80z"))); /* overlong */
}

static void stepping_back_undoes_stepping_forward(void **state)
{
    (void)state;
    static const struct text texts[] = {
        TEXT_LIT("plain"),
        TEXT_LIT("a世e\u0301\u0302x"),
        TEXT_LIT("\u0301\u0302a"),
        TEXT_LIT("\n\u0301b\x1B"),
        TEXT_LIT("\xFF\xC3\xE2\x82"),
        TEXT_LIT("x\u202E\u0301y"),
        TEXT_LIT("\u2764\uFE0F\uFE0F\u0301"),
        TEXT_LIT("\uFE0F\u0301\uFE0F"),
        TEXT_LIT("世\x80\x80\u0301"),
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t starts[32], count = 0;
        for (size_t at = 0; at < texts[i].n; at = text_step_forward(texts[i], at))
            starts[count++] = at;
        size_t at = texts[i].n;
        while (count > 0) {
            at = text_step_back(texts[i], at);
            assert_int_equal(at, starts[--count]);
        }
        assert_int_equal(text_step_back(texts[i], 0), 0);
        assert_int_equal(text_step_forward(texts[i], texts[i].n), texts[i].n);
    }
}

static void space_is_folded(void **state)
{
    (void)state;
    char out[64];
    static const struct {
        struct text in;
        size_t max;
        const char *want;
    } cases[] = {
        {TEXT_LIT("  a \t\n b  "), 63, "a b"},
        {TEXT_LIT("a\u00A0\u2003\u3000\r\nb"), 63, "a b"},
        {TEXT_LIT(" \n "), 63, ""},
        {TEXT_NULL, 63, ""},
        {TEXT_LIT("abc"), 2, "ab"},
        {TEXT_LIT("ab  cd"), 3, "ab"},
        {TEXT_LIT("ab  cd"), 4, "ab c"},
        {TEXT_LIT("aü"), 2, "a"},
        {TEXT_LIT("aü"), 3, "aü"},
        {TEXT_LIT("x"), 0, ""},
        {TEXT_LIT("\xFF \xC3"), 63, "\xFF \xC3"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(text_fold_space(cases[i].in, out, cases[i].max), strlen(cases[i].want));
        assert_string_equal(out, cases[i].want);
    }
}

/* ---- needle ---- */

static ptrdiff_t find(struct text needle_text, struct text hay, size_t from, size_t *len)
{
    struct needle *needle = needle_new(needle_text);
    ptrdiff_t at = needle_find(needle, hay, from, len);
    needle_free(needle);
    return at;
}
#define FIND(needle, hay) find(TEXT_LIT(needle), TEXT_LIT(hay), 0, NULL)

static void folding_is_unicode_simple(void **state)
{
    (void)state;
    assert_int_equal(FIND("GRÜßE", "viele grüße"), 6);
    assert_int_equal(FIND("grüße", "viele GRÜßE"), 6);
    assert_int_equal(FIND("GRÜSSE", "viele grüße"), -1);
    assert_int_equal(FIND("grüße", "VIELE GRÜẞE"), 6);
    assert_int_equal(FIND("ΣΑΣ", "σας"), 0);
    assert_int_equal(FIND("ключ", "КЛЮЧ"), 0);
    assert_int_equal(FIND("i", "İ"), -1); /* dotted: only full or Turkic folding */
    assert_int_equal(FIND("ı", "I"), -1);
    assert_int_equal(FIND("%_", "100%_"), 3);
    assert_true(text_eq_fold(TEXT_LIT("Waiting"), TEXT_LIT("wAITING")));
    assert_true(text_eq_fold(TEXT_LIT("\u212A"), TEXT_LIT("k")));
    assert_false(text_eq_fold(TEXT_LIT("a"), TEXT_LIT("ab")));
    assert_false(text_eq_fold(TEXT_LIT(""), TEXT_NULL));
    assert_true(text_eq_fold(TEXT_NULL, TEXT_NULL));
    assert_int_equal(char_fold(0x1E9E), 0xDF);
    assert_int_equal(char_fold(0x10FFFF), 0x10FFFF);
    for (char32_t cp = 0; cp < 0x20000; cp++)
        assert_int_equal(char_fold(char_fold(cp)), char_fold(cp));
}

static void matches_of_other_lengths_are_measured(void **state)
{
    (void)state;
    size_t len = 0;
    assert_int_equal(find(TEXT_LIT("task"), TEXT_LIT("a TAſ\u212A b"), 0, &len), 2);
    assert_int_equal(len, strlen("TAſ\u212A"));
    assert_int_equal(find(TEXT_LIT("K"), TEXT_LIT("xxk"), 0, &len), 2);
    assert_int_equal(len, 1);
    assert_int_equal(find(TEXT_LIT("ks"), TEXT_LIT("\u212Aſ"), 0, &len), 0);
    assert_int_equal(len, strlen("\u212Aſ"));
    assert_int_equal(find(TEXT_LIT(""), TEXT_LIT("abc"), 2, &len), 2);
    assert_int_equal(len, 0);
    assert_int_equal(find(TEXT_LIT(""), TEXT_LIT("abc"), 4, NULL), -1);
    assert_int_equal(find(TEXT_LIT("a"), TEXT_NULL, 0, NULL), -1);
}

static void bytes_are_not_characters(void **state)
{
    (void)state;
    assert_int_equal(FIND("\xFF", "a\xFE\xFF"), 2);
    assert_int_equal(FIND("\xC3", "ü"), -1); /* half of a character is not in it */
    assert_int_equal(FIND("\xBC", "ü"), -1);
    assert_int_equal(FIND("b\0c", "ab\0C"), 1);
    assert_int_equal(FIND("\xA0x", "\u00A0x"), -1);
}

/* The plain meaning of needle_find, on texts small enough to try them all. */
static ptrdiff_t find_slowly(struct text needle, struct text hay, size_t from)
{
    for (size_t at = from; at <= hay.n; at++) {
        char32_t cp;
        if (at > 0 && at < hay.n &&
            utf8_step_back(hay.s, at) +
                    utf8_decode(hay.s + utf8_step_back(hay.s, at), hay.n - utf8_step_back(hay.s, at), &cp) >
                at)
            continue;
        for (size_t end = at; end <= hay.n; end++)
            if (text_eq_fold(needle, (struct text){hay.s + at, end - at}))
                return (ptrdiff_t)at;
    }
    return -1;
}

static void the_quick_search_finds_what_the_plain_one_finds(void **state)
{
    (void)state;
    static const char *const pieces[] = {"a", "A", "b",    "s", "K", "ſ", "\u212A",
                                         "ü", "Ü", "\xFF", "[", "{", "@", "`"};
    unsigned seed = 7;
    for (int round = 0; round < 20000; round++) {
        char hay[128] = "", word[32] = "";
        for (int i = rand_r(&seed) % 24; i > 0; i--)
            strncat(hay, pieces[(unsigned)rand_r(&seed) % 14], 4);
        for (int i = 1 + rand_r(&seed) % 4; i > 0; i--)
            strncat(word, pieces[(unsigned)rand_r(&seed) % 14], 4);
        ptrdiff_t want = find_slowly(text_of(word), text_of(hay), 0);
        ptrdiff_t got = find(text_of(word), text_of(hay), 0, NULL);
        if (got != want)
            fail_msg("'%s' in '%s': %td, not %td", word, hay, got, want);
    }
}

static void all_matches_of_a_long_text_are_found(void **state)
{
    (void)state;
    enum { SIZE = 1 << 20, STEP = 1013 };
    char *hay = malloc(SIZE);
    memset(hay, 'e', SIZE);
    for (size_t at = 0; at + 16 < SIZE; at += STEP)
        memcpy(hay + at, "HttpApiDecode", 13);
    struct needle *needle = needle_new(TEXT_LIT("httpapidecode"));
    size_t len, want = 0;
    for (ptrdiff_t at = needle_find(needle, (struct text){hay, SIZE}, 0, &len); at >= 0;
         at = needle_find(needle, (struct text){hay, SIZE}, (size_t)at + 1, &len), want += STEP)
        assert_int_equal(at, want);
    assert_true(want > SIZE - STEP);
    needle_free(needle);
    free(hay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoding_is_strict),
        cmocka_unit_test(encoding_turns_decoding_round),
        cmocka_unit_test(every_character_can_be_sent),
        cmocka_unit_test(every_byte_alone_can_be_sent),
        cmocka_unit_test(controls_and_sequences_are_pictures),
        cmocka_unit_test(hiding_and_reordering_is_written_out),
        cmocka_unit_test(marks_stay_on_their_base),
        cmocka_unit_test(widths_are_those_of_the_terminal_library),
        cmocka_unit_test(clipping_splits_nothing),
        cmocka_unit_test(cutting_splits_no_character),
        cmocka_unit_test(one_broken_byte_makes_a_text_invalid),
        cmocka_unit_test(stepping_back_undoes_stepping_forward),
        cmocka_unit_test(space_is_folded),
        cmocka_unit_test(folding_is_unicode_simple),
        cmocka_unit_test(matches_of_other_lengths_are_measured),
        cmocka_unit_test(bytes_are_not_characters),
        cmocka_unit_test(the_quick_search_finds_what_the_plain_one_finds),
        cmocka_unit_test(all_matches_of_a_long_text_are_found),
    };
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
