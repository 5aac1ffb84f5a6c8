/*
 * Colours by meaning, on every kind of terminal: what a colour says is there without colours too, and nothing is sent that the terminal does not
 * have. The same rows each time: 0 running and selected, 1 completed, 3 failed.
 */
#include "tests/support/app.h"
#include "tests/support/pty_expect.h"
#include "tests/support/sequences.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int set_up(void **state)
{
    *state = app_history();
    return 0;
}

static int tear_down(void **state)
{
    history_free(*state);
    return 0;
}

static bool has_terminfo(const char *term)
{
    static const char *const roots[] = {"/usr/share/terminfo", "/lib/terminfo", "/etc/terminfo"};
    char path[128];
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        snprintf(path, sizeof path, "%s/%c/%s", roots[i], term[0], term);
        if (access(path, R_OK) == 0)
            return true;
    }
    printf("skip: there is no terminfo entry %s here\n", term);
    return false;
}

static struct pty *start(void **state, const char *term, const char *const *env, const char *const *args)
{
    struct pty *pty = app_start(*state, &(struct app_options){.term = term, .env = env, .args = args});
    assert_true(app_list_row(pty, 10) > 0);
    assert_true(app_is_exact(pty));
    return pty;
}

static void stop(struct pty *pty)
{
    pty_keys(pty, "<C-c>");
    pty_expect_exit(pty, 0);
    pty_expect_restored(pty);
    pty_free(pty);
}

/* The first letter of a word in the row of run i. */
static struct cell word_cell(struct pty *pty, int i, const char *word)
{
    int row = app_list_row(pty, i);
    for (int col = 0; col < screen_cols(pty_screen(pty)); col++) {
        struct cell cell = pty_cell(pty, row, col);
        bool is_glyph = strcmp(cell.text, word) == 0;
        if (is_glyph || (cell.text[0] == word[0] && pty_cell(pty, row, col + 1).text[0] == word[1]))
            return cell;
    }
    fail_msg("no %s in the row of run %d", word, i);
    return (struct cell){0};
}

static struct cell selected_cell(struct pty *pty)
{
    return word_cell(pty, 0, "running");
}

/* No cell of the screen has a colour. */
static void assert_no_colour(struct pty *pty)
{
    for (int row = 0; row < screen_rows(pty_screen(pty)); row++)
        for (int col = 0; col < screen_cols(pty_screen(pty)); col++) {
            struct cell cell = pty_cell(pty, row, col);
            assert_int_equal(cell.fg.kind, COLOUR_DEFAULT);
            assert_int_equal(cell.bg.kind, COLOUR_DEFAULT);
        }
}

static void test_256_colours(void **state)
{
    struct pty *pty = start(state, "xterm-256color", NULL, NULL);
    struct cell failed = word_cell(pty, 3, "failed"), done = word_cell(pty, 1, "completed");
    assert_int_equal(failed.fg.kind, COLOUR_INDEXED);
    assert_int_equal(failed.fg.index, 203);
    assert_int_equal(done.fg.kind, COLOUR_INDEXED);
    assert_int_not_equal(done.fg.index, failed.fg.index);
    assert_int_equal(selected_cell(pty).bg.kind, COLOUR_INDEXED);
    assert_int_equal(failed.bg.kind, COLOUR_DEFAULT);
    pty_keys(pty, "<Down><Down><Down>");
    assert_true(app_is_selected(pty, 3));
    assert_int_equal(selected_cell(pty).bg.kind, COLOUR_DEFAULT);
    sequences_expect(pty, SEQUENCES_PLAIN);
    stop(pty);
}

static void test_the_whole_selected_row_has_its_ground(void **state)
{
    struct pty *pty = start(state, "xterm-256color", NULL, NULL);
    int row = app_list_row(pty, 0), first, cols = screen_cols(pty_screen(pty));
    assert_true(pty_find(pty, "Nov 21 13:03:04.000", NULL, &first));
    struct colour ground = selected_cell(pty).bg;
    for (int col = first; col < cols - 1; col++) {
        struct cell cell = pty_cell(pty, row, col);
        assert_int_equal(cell.bg.kind, ground.kind);
        assert_int_equal(cell.bg.index, ground.index);
    }
    stop(pty);
}

static void test_16_colours(void **state)
{
    if (!has_terminfo("xterm-16color"))
        skip();
    struct pty *pty = start(state, "xterm-16color", NULL, NULL);
    struct cell failed = word_cell(pty, 3, "failed");
    assert_int_equal(failed.fg.kind, COLOUR_INDEXED);
    assert_int_equal(failed.fg.index, 1);
    assert_int_equal(word_cell(pty, 2, "\xe2\x9c\x93").fg.index, 2); /* ✓ */
    assert_true(selected_cell(pty).reverse);
    for (int row = 0; row < screen_rows(pty_screen(pty)); row++)
        for (int col = 0; col < screen_cols(pty_screen(pty)); col++) {
            struct cell cell = pty_cell(pty, row, col);
            assert_true(cell.fg.kind == COLOUR_DEFAULT ||
                        (cell.fg.kind == COLOUR_INDEXED && cell.fg.index < 16));
            assert_true(cell.bg.kind == COLOUR_DEFAULT ||
                        (cell.bg.kind == COLOUR_INDEXED && cell.bg.index < 16));
        }
    stop(pty);
}

static void test_8_colours(void **state)
{
    if (!has_terminfo("xterm"))
        skip();
    struct pty *pty = start(state, "xterm", NULL, NULL);
    struct cell failed = word_cell(pty, 3, "failed");
    assert_int_equal(failed.fg.kind, COLOUR_INDEXED);
    assert_int_equal(failed.fg.index, 1);
    assert_true(selected_cell(pty).reverse);
    sequences_expect(pty, SEQUENCES_PLAIN);
    stop(pty);
}

static void test_direct_colour(void **state)
{
    if (!has_terminfo("xterm-direct"))
        skip();
    struct pty *pty = start(state, "xterm-direct", NULL, NULL);
    struct cell failed = word_cell(pty, 3, "failed");
    assert_int_equal(failed.fg.kind, COLOUR_RGB);
    assert_true(failed.fg.r > 200 && failed.fg.g < 160 && failed.fg.b < 160);
    assert_int_equal(selected_cell(pty).bg.kind, COLOUR_RGB);
    sequences_expect(pty, SEQUENCES_PLAIN);
    stop(pty);
}

static void test_mono_tells_by_shape(struct pty *pty)
{
    assert_no_colour(pty);
    assert_true(selected_cell(pty).reverse);
    assert_false(word_cell(pty, 1, "completed").reverse);
    assert_true(word_cell(pty, 3, "failed").bold);
}

static void test_no_color(void **state)
{
    static const char *const env[] = {"NO_COLOR=1", NULL};
    struct pty *pty = start(state, "xterm-256color", env, NULL);
    test_mono_tells_by_shape(pty);
    pty_keys(pty, "?");
    pty_expect_text(pty, "undo");
    assert_no_colour(pty);
    stop(pty);

    /* no-color.org: an empty one does not count. */
    static const char *const empty[] = {"NO_COLOR=", NULL};
    pty = start(state, "xterm-256color", empty, NULL);
    assert_int_equal(word_cell(pty, 3, "failed").fg.kind, COLOUR_INDEXED);
    stop(pty);
}

static void test_vt100(void **state)
{
    if (!has_terminfo("vt100"))
        skip();
    struct pty *pty = start(state, "vt100", NULL, NULL);
    test_mono_tells_by_shape(pty);
    sequences_expect(pty, SEQUENCES_SHIFTS);
    pty_keys(pty, "q");
    pty_expect_exit(pty, 0);
    pty_free(pty);
}

static void check_ascii(struct pty *pty)
{
    pty_keys(pty, "?");
    pty_expect_text(pty, "undo");
    pty_keys(pty, "<Esc><Enter>");
    pty_expect_idle(pty);
    pty_keys(pty, "23<Esc>/status:<Tab><Esc>v<Esc>s<Esc>:<Esc><Tab><Tab><Left><Space><Left><Esc>bb");
    pty_expect_idle(pty);
    sequences_expect(pty, SEQUENCES_ASCII);
}

static void test_ascii_sends_nothing_else(void **state)
{
    static const char *const args[] = {"--ascii", NULL};
    struct pty *pty = start(state, "xterm-256color", NULL, args);
    check_ascii(pty);
    stop(pty);

    /* By itself where the locale is not UTF-8. */
    pty = app_start(*state, &(struct app_options){.lang = "C"});
    assert_true(app_list_row(pty, 10) > 0);
    check_ascii(pty);
    stop(pty);
}

static void test_a_terminal_that_cannot(void **state)
{
    struct pty *pty = app_start(*state, &(struct app_options){.term = "dumb"});
    pty_expect_text(pty, "TERM=dumb cannot show a screen");
    pty_expect_exit(pty, 2);
    pty_expect_restored(pty);
    pty_free(pty);

    pty = app_start(*state, &(struct app_options){.term = "no-such-terminal"});
    pty_expect_text(pty, "no-such-terminal");
    pty_expect_exit(pty, 2);
    pty_expect_restored(pty);
    pty_free(pty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_256_colours),
        cmocka_unit_test(test_the_whole_selected_row_has_its_ground),
        cmocka_unit_test(test_16_colours),
        cmocka_unit_test(test_8_colours),
        cmocka_unit_test(test_direct_colour),
        cmocka_unit_test(test_no_color),
        cmocka_unit_test(test_vt100),
        cmocka_unit_test(test_ascii_sends_nothing_else),
        cmocka_unit_test(test_a_terminal_that_cannot),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
