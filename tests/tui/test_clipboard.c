/*
 * The bytes that carry a text to the clipboard, by each road.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tui/clipboard.h"

static void plain_is_osc_52(void **state)
{
    (void)state;
    struct buf out;
    struct err err;
    assert_int_equal(clipboard_bytes(TEXT_LIT("hello"), CLIPBOARD_PLAIN, &out, &err), ERR_OK);
    assert_string_equal(buf_cstr(&out), "\033]52;c;aGVsbG8=\a");
    buf_release(&out);
}

static void tmux_gets_both(void **state)
{
    (void)state;
    struct buf out;
    struct err err;
    assert_int_equal(clipboard_bytes(TEXT_LIT("hello"), CLIPBOARD_TMUX, &out, &err), ERR_OK);
    assert_string_equal(buf_cstr(&out), "\033]52;c;aGVsbG8=\a"
                                        "\033Ptmux;\033\033]52;c;aGVsbG8=\a\033\\");
    buf_release(&out);
}

/* What screen passes on, put together again, is the plain sequence. */
static void screen_gets_pieces(void **state)
{
    (void)state;
    char text[2000], joined[4000];
    size_t n = 0;
    memset(text, 'x', sizeof text);
    struct buf out, plain;
    struct err err;
    assert_int_equal(clipboard_bytes((struct text){text, sizeof text}, CLIPBOARD_SCREEN, &out, &err), ERR_OK);
    assert_int_equal(clipboard_bytes((struct text){text, sizeof text}, CLIPBOARD_PLAIN, &plain, &err),
                     ERR_OK);
    for (const char *at = buf_cstr(&out); *at;) {
        assert_memory_equal(at, "\033P", 2);
        const char *end = strstr(at + 2, "\033\\");
        assert_non_null(end);
        size_t piece = (size_t)(end - (at + 2));
        assert_in_range(piece, 1, 768 - 4);
        memcpy(joined + n, at + 2, piece);
        n += piece;
        at = end + 2;
    }
    assert_int_equal(n, plain.len);
    assert_memory_equal(joined, plain.data, n);
    buf_release(&out);
    buf_release(&plain);
}

static void what_is_too_much_is_refused_whole(void **state)
{
    (void)state;
    static char text[60000];
    memset(text, 'x', sizeof text);
    struct buf out;
    struct err err;
    assert_int_equal(clipboard_bytes((struct text){text, sizeof text}, CLIPBOARD_TMUX, &out, &err),
                     ERR_TOO_BIG);
    assert_int_equal(out.len, 0);
    buf_release(&out);
    assert_int_equal(clipboard_bytes((struct text){text, 56000}, CLIPBOARD_TMUX, &out, &err), ERR_OK);
    assert_false(buf_is_cut(&out));
    buf_release(&out);
    assert_int_equal(clipboard_bytes((struct text){text, 56000}, CLIPBOARD_SCREEN, &out, &err), ERR_OK);
    assert_false(buf_is_cut(&out));
    buf_release(&out);
}

/* No byte of the text itself stands in the sequence: it cannot end it, nor start another. */
static void any_bytes_are_harmless(void **state)
{
    (void)state;
    struct buf out;
    struct err err;
    assert_int_equal(clipboard_bytes(TEXT_LIT("\a\033]0;x\033\\\0\xff"), CLIPBOARD_PLAIN, &out, &err),
                     ERR_OK);
    assert_int_equal(strcspn(buf_cstr(&out), "\a"), out.len - 1);
    assert_null(strchr(buf_cstr(&out) + 1, '\033'));
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_is_osc_52),        cmocka_unit_test(tmux_gets_both),
        cmocka_unit_test(screen_gets_pieces),     cmocka_unit_test(what_is_too_much_is_refused_whole),
        cmocka_unit_test(any_bytes_are_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
