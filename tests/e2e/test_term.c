/*
 * The terminal file alone, in a real terminal: which bytes are which key, what is a paste, what Esc is and what Alt.
 */
#include "tests/support/pty_expect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct pty *start_with(struct pty_options options, const char *mouse)
{
    char path[256];
    const char *build = getenv("BUILD");
    snprintf(path, sizeof path, "%s/tests/support/programs/term_echo", build ? build : "build");
    const char *argv[] = {path, mouse, NULL};
    options.argv = argv;
    struct pty *pty = pty_start(&options);
    pty_expect_text(pty, "ready.");
    return pty;
}

static struct pty *start(void)
{
    return start_with((struct pty_options){.cols = 100, .rows = 40}, NULL);
}

static void type(struct pty *pty, const char *bytes)
{
    pty_type(pty, bytes, strlen(bytes));
}

static void end(struct pty *pty)
{
    type(pty, "\003");
    pty_expect_exit(pty, 0);
    pty_expect_restored(pty);
    pty_free(pty);
}

struct heard {
    const char *bytes, *words;
};

static void expect_heard(struct pty *pty, const struct heard *heard, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        type(pty, heard[i].bytes);
        pty_expect_text(pty, heard[i].words);
        pty_expect_idle(pty);
    }
}

static void test_bytes_become_keys(void **state)
{
    (void)state;
    static const struct heard heard[] = {
        {"a", "key a."},
        {"Z", "key Z."},
        {" ", "key Space."},
        {"\r", "key Enter."},
        {"\t", "key Tab."},
        {"\177", "key Backspace."},
        {"\020", "key Ctrl-p."},
        {"\033OA", "key Up."},
        {"\033OB", "key Down."},
        {"\033OC", "key Right."},
        {"\033OD", "key Left."},
        {"\033[5~", "key PgUp."},
        {"\033[6~", "key PgDn."},
        {"\033OH", "key Home."},
        {"\033OF", "key End."},
        {"\033[3~", "key Delete."},
        {"\033[Z", "key Shift-Tab."},
        {"\033OP", "key F1."},
        {"\033[15~", "key F5."},
        {"\303\251", "key \303\251."},
        {"\346\227\245", "key \346\227\245."},
    };
    struct pty *pty = start();
    expect_heard(pty, heard, sizeof heard / sizeof *heard);
    end(pty);
}

static void test_alt_comes_as_esc_and_key(void **state)
{
    (void)state;
    static const struct heard heard[] = {
        {"\033k", "key Alt-k."},        {"\033j", "key Alt-j."},          {"\033\033OA", "key Alt-Up."},
        {"\033[1;3B", "key Alt-Down."}, {"\033[1;5C", "key Ctrl-Right."}, {"\033\r", "key Alt-Enter."},
    };
    struct pty *pty = start();
    expect_heard(pty, heard, sizeof heard / sizeof *heard);
    end(pty);
}

static void test_esc_alone_is_esc(void **state)
{
    (void)state;
    struct pty *pty = start();
    type(pty, "\033");
    pty_expect_text(pty, "key Esc.");
    usleep(60000); /* more than the 25 ms in which a key behind Esc is Alt */
    type(pty, "k");
    pty_expect_text(pty, "key k.");
    assert_false(pty_find(pty, "key Alt-k.", NULL, NULL));
    type(pty, "\033\033");
    pty_expect_line(pty, 3, "key Esc.");
    pty_expect_line(pty, 4, "key Esc.");
    end(pty);
}

static void test_a_paste_is_one_event(void **state)
{
    (void)state;
    struct pty *pty = start();
    type(pty, "\033[200~two\rlines \303\251\033[201~x");
    pty_expect_text(pty, "paste 12 two");
    pty_expect_text(pty, "key x.");
    assert_false(pty_find(pty, "key Enter.", NULL, NULL));
    end(pty);
}

/* Escape sequences and control characters inside a paste are not keys either. */
static void test_a_paste_cannot_press_keys(void **state)
{
    (void)state;
    struct pty *pty = start();
    type(pty, "\033[200~a\033OAb\003c\033[201~d");
    pty_expect_text(pty, "paste ");
    pty_expect_text(pty, "key d.");
    assert_false(pty_find(pty, "key Up.", NULL, NULL));
    type(pty, "\033\033[200~q\033[201~e");
    pty_expect_text(pty, "key Esc.");
    pty_expect_text(pty, "paste 1 q.");
    pty_expect_text(pty, "key e.");
    assert_false(pty_find(pty, "key q.", NULL, NULL));
    end(pty);
}

static void test_a_long_paste_is_cut(void **state)
{
    (void)state;
    struct pty *pty = start();
    type(pty, "\033[200~");
    for (int i = 0; i < 10; i++) {
        char block[1001];
        memset(block, 'y', 1000);
        block[1000] = '\0';
        type(pty, block);
    }
    type(pty, "\033[201~z");
    pty_expect_text(pty, "paste 4096 yyy");
    pty_expect_text(pty, "key z.");
    end(pty);
}

/* A terminal that forgets the end mark must not hang the program. */
static void test_a_paste_without_end(void **state)
{
    (void)state;
    struct pty *pty = start();
    type(pty, "\033[200~half");
    pty_expect_text(pty, "paste 4 half.");
    type(pty, "w");
    pty_expect_text(pty, "key w.");
    end(pty);
}

static void test_a_resize_is_told_with_its_size(void **state)
{
    (void)state;
    struct pty *pty = start();
    pty_resize(pty, 63, 17);
    pty_expect_text(pty, "size 63x17.");
    pty_resize(pty, 120, 50);
    pty_expect_text(pty, "size 120x50.");
    end(pty);
}

static void test_the_mouse(void **state)
{
    (void)state;
    static const struct heard heard[] = {
        {"\033[<0;5;7M", "press 4 6."},       {"\033[<32;6;7M", "drag 5 6."},
        {"\033[<0;9;7m", "release 8 6."},     {"\033[<64;3;3M", "wheel-up 2 2."},
        {"\033[<65;3;3M", "wheel-down 2 2."},
    };
    struct pty *pty = start_with((struct pty_options){.cols = 100, .rows = 40}, "mouse");
    expect_heard(pty, heard, sizeof heard / sizeof *heard);
    end(pty);
}

/* What the terminal answers to our own question is no key, however it comes: in pieces, behind an Esc, inside a paste. */
static void test_answers_are_no_keys(void **state)
{
    (void)state;
    struct pty *pty = start();
    type(pty, "\033[0na\033[0n");
    pty_expect_text(pty, "key a.");
    type(pty, "\033[200~one\033[0ntwo\033[201~");
    pty_expect_text(pty, "paste 6 onetwo.");
    type(pty, "\033\033[0n");
    pty_expect_text(pty, "key Esc.");
    type(pty, "b");
    pty_expect_text(pty, "key b.");
    pty_expect_idle(pty);
    assert_false(pty_find(pty, "Alt-[", NULL, NULL) || pty_find(pty, "key 0.", NULL, NULL));
    assert_false(pty_find(pty, "key n.", NULL, NULL));
    end(pty);
}

/* The line is so long that the terminal's answer is still awaited when one comes in pieces. */
static void test_an_answer_in_pieces(void **state)
{
    (void)state;
    struct pty *pty = start_with((struct pty_options){.cols = 100, .rows = 40, .delay_ms = 1000}, NULL);
    type(pty, "\033[");
    usleep(40000); /* more than what a sequence is waited for */
    type(pty, "0nx");
    pty_expect_text(pty, "key x.");
    assert_false(pty_find(pty, "key 0.", NULL, NULL) || pty_find(pty, "key n.", NULL, NULL));
    end(pty);
}

/* Meanwhile an Esc and a key that comes later than a sequence would are still two keys. */
static void test_esc_is_alone_while_an_answer_is_out(void **state)
{
    (void)state;
    struct pty *pty = start_with((struct pty_options){.cols = 100, .rows = 40, .delay_ms = 1500}, NULL);
    type(pty, "\033");
    usleep(60000); /* as in test_esc_alone_is_esc */
    type(pty, "k");
    pty_expect_text(pty, "key k.");
    assert_true(pty_find(pty, "key Esc.", NULL, NULL));
    assert_false(pty_find(pty, "key Alt-k.", NULL, NULL));
    type(pty, "\033j");
    pty_expect_text(pty, "key Alt-j.");
    end(pty);
}

static size_t count_bytes(struct pty *pty, size_t from, const char *what)
{
    size_t n, found = 0;
    const char *bytes = pty_raw_bytes(pty, from, &n);
    for (size_t i = 0; i + strlen(what) <= n; i++)
        found += memcmp(bytes + i, what, strlen(what)) == 0;
    return found;
}

static void test_a_copy_goes_out_once(void **state)
{
    (void)state;
    struct pty *pty = start();
    type(pty, "c");
    pty_expect_text(pty, "key c.");
    pty_expect_idle(pty);
    assert_int_equal(count_bytes(pty, 0, "\033]52;c;aGVsbG8=\a"), 1);
    end(pty);
}

static void test_it_starts_on_every_kind_of_terminal(void **state)
{
    (void)state;
    static const char *const terms[] = {"xterm",  "xterm-256color", "linux",        "vt100",
                                        "screen", "tmux-256color",  "xterm-16color"};
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        struct pty *pty = start_with((struct pty_options){.cols = 100, .rows = 40, .term = terms[i]}, NULL);
        type(pty, "a\033k");
        pty_expect_text(pty, "key a.");
        pty_expect_text(pty, "key Alt-k.");
        pty_expect_text(pty, "##########");
        type(pty, "\003");
        pty_expect_exit(pty, 0);
        pty_free(pty);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_become_keys),
        cmocka_unit_test(test_alt_comes_as_esc_and_key),
        cmocka_unit_test(test_esc_alone_is_esc),
        cmocka_unit_test(test_a_paste_is_one_event),
        cmocka_unit_test(test_a_paste_cannot_press_keys),
        cmocka_unit_test(test_a_long_paste_is_cut),
        cmocka_unit_test(test_a_paste_without_end),
        cmocka_unit_test(test_a_resize_is_told_with_its_size),
        cmocka_unit_test(test_the_mouse),
        cmocka_unit_test(test_answers_are_no_keys),
        cmocka_unit_test(test_an_answer_in_pieces),
        cmocka_unit_test(test_esc_is_alone_while_an_answer_is_out),
        cmocka_unit_test(test_a_copy_goes_out_once),
        cmocka_unit_test(test_it_starts_on_every_kind_of_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
