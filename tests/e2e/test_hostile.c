/*
 * What a run holds was written by somebody else. Every column of every table is filled with what a terminal would obey; the program is walked through all of
 * it, and the raw bytes that it sent hold nothing but its own sequences. Each payload uses numbers or kinds that the program never sends, so that even one that
 * is harmless by itself would be seen.
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

#include <cmocka.h>

static const char *const payloads[] = {
    "\033]0;PWNED\a",                              /* the window's title */
    "\033]52;c;UFdORUQ=\a",                        /* the clipboard */
    "\033]8;;http://pwned\033\\x\033]8;;\033\\",   /* a link */
    "\033[31337m\033[2J\033[99999;1H",             /* colours, clearing, moving */
    "\033P+q544e\033\\\033_G\033\\\033^x\033\\",   /* DCS, APC, PM */
    "\033c\033[!p\033[?1049l\033[?47h\033#8\033Z", /* resets, screens, patterns, questions */
    "\033[6n\033[c\033[>c\033[21t\005",            /* questions whose answers would be typed */
    "\033[5i\033[4i\033%G\033N\033O\033(1",        /* printing, character sets */
    "\x9b"
    "31337m\x9d"
    "0;PWNED\x9c\x90q\x9c", /* C1 as bytes */
    "\xc2\x9b"
    "31337m\xc2\x9d"
    "0;PWNED\xc2\x9c", /* C1 in UTF-8 */
    "\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c"
    "\x1d\x1e\x1f\x7f",
    "\xc2\x80\xc2\x81\xc2\x82\xc2\x83\xc2\x84\xc2\x85\xc2\x86\xc2\x87\xc2\x88\xc2\x89\xc2\x8a\xc2\x8b\xc2"
    "\x8c\xc2\x8d\xc2\x8e\xc2\x8f",
    "\xc2\x90\xc2\x91\xc2\x92\xc2\x93\xc2\x94\xc2\x95\xc2\x96\xc2\x97\xc2\x98\xc2\x99\xc2\x9a\xc2\x9b\xc2"
    "\x9c\xc2\x9d\xc2\x9e\xc2\x9f",
    "\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x90\x91\x92\x93\x94\x95\x96\x97\x98"
    "\x99\x9a\x9b\x9c\x9d\x9e\x9f",
    "\xe2\x80\xae"
    "desrever\xe2\x80\xac\xe2\x81\xa6iso\xe2\x81\xa9\xd8\x9c\xe2\x80\x8f\xe2\x80\x8e", /* bidi */
    "a\xe2\x80\x8b"
    "b\xef\xbb\xbf"
    "c\xe2\x81\xa0"
    "d\xc2\xad"
    "e\xe2\x80\x8d"
    "f\xf3\xa0\x81\x81",                                                              /* zero width, tags */
    "\xff\xfe\xc0\xaf\xe0\x80\xaf\xed\xa0\x80\xf4\x90\x80\x80\xe2\x82\xf0\x9f\x98",   /* broken UTF-8 */
    "漢字かな\xf0\x9f\x98\x80\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb 한국어 Ａ", /* wide */
    "e\xcc\x81\xcc\x80\xcc\x82\xcc\x83\xcc\x84 \xcc\x81lone "
    "a\xef\xb8\x8f\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa", /* combining */
    "line\nfeed\r\nand\rreturn\ttab\v\f",
    "%s%n%d \\e[31m \\x1b]0;x\\a ^[[31m ${HOME} `id` $(id)",
    "",
};
enum { PAYLOADS = sizeof payloads / sizeof *payloads };

/* "…" as JSON, with what JSON can hold escaped or, where not is_escaped, as the raw bytes that JSON does not allow. */
static char *quoted(const char *text, bool is_escaped)
{
    char *json = NULL;
    size_t n;
    FILE *out = open_memstream(&json, &n);
    fputc('"', out);
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"' || *p == '\\')
            fprintf(out, "\\%c", *p);
        else if (is_escaped && *p < ' ')
            fprintf(out, "\\u%04x", *p);
        else
            fputc(*p, out);
    }
    fputc('"', out);
    fclose(out);
    return json;
}

static char *format(const char *form, const char *a)
{
    char *text = NULL;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    for (const char *p = form; *p; p++)
        if (*p == '@')
            fputs(a, out);
        else
            fputc(*p, out);
    fclose(out);
    return text;
}

static void add_run(struct history *h, int i)
{
    const char *bad = payloads[i % PAYLOADS];
    char *json = quoted(bad, i < PAYLOADS);
    char number[20];
    snprintf(number, sizeof number, "id@-%d", i);
    char *id = format(number, bad), *path = format("ns@.to@ol", bad),
         *object = format("{@:@,\"in\":[@,{@:\"\\u001b]0;PWNED\\u0007\\u009b31337m\"}]}", json);
    char *logs = format("[@,\"[error] \\u001b[31337mred\",\"[warn] \\u202e\",@]", json);
    char *question =
        format("{\"message\":@,\"url\":@,\"requestedSchema\":{\"properties\":{@:{\"type\":@}}}}", json);
    char *scope = format("scope@", bad);
    int64_t at = APP_NOW - 1000 - (int64_t)i * 1000;
    /* Some keep a known status, so that they are drawn in all the ways that known ones are. */
    history_run(h, (struct history_run){.id = id,
                                        .scope = i % 3 ? "scope-1" : scope,
                                        .status = i % 2 && *bad ? bad : "failed",
                                        .code = bad,
                                        .trigger = bad,
                                        .trigger_meta = object,
                                        .created_at = at,
                                        .duration = 10,
                                        .result = i % 4 ? object : bad,
                                        .error = bad,
                                        .logs = i % 5 ? logs : bad,
                                        .tool_call_count = 2});
    history_call(h, id,
                 (struct history_call){.path = *path ? path : "x",
                                       .namespace_ = *bad ? bad : NULL,
                                       .status = i % 2 && *bad ? bad : "failed",
                                       .started_at = at + 1,
                                       .duration = 3,
                                       .args = object,
                                       .result = bad,
                                       .error = bad});
    history_call(
        h, id,
        (struct history_call){
            .path = "plain.tool", .started_at = at + 2, .duration = 3, .args = bad, .result = object});
    history_question(h, id,
                     (struct history_question){.status = i % 2 ? "pending" : "resolved",
                                               .kind = *bad ? bad : NULL,
                                               .purpose = bad,
                                               .payload = question,
                                               .response = object,
                                               .response_private = bad,
                                               .created_at = at + 3});
    free(json);
    free(id);
    free(path);
    free(object);
    free(logs);
    free(question);
    free(scope);
}

static int set_up(void **state)
{
    struct history *h = history_new();
    history_begin(h);
    for (int i = 0; i < 2 * PAYLOADS; i++)
        add_run(h, i);
    history_commit(h);
    /* What a store never writes: NUL in a text, a blob, a number. */
    history_sql(h, "INSERT INTO execution(id, scope_id, status, code, error_text, logs_json, created_at, "
                   "updated_at) VALUES"
                   "(CAST(x'6e756c00006964' AS TEXT), 'scope-1', CAST(x'6600001b5d303b5057' AS TEXT), "
                   "CAST(x'1b5b33313333376d001b63' AS TEXT), x'1b5d303b505707', "
                   "x'5b22001b5d225d', 1795266180000, 1),"
                   "('numbers', 7, 8.5, 9, 10, 11, 1795266181000, 'text')");
    history_close(h);
    *state = h;
    return 0;
}

static int tear_down(void **state)
{
    history_free(*state);
    return 0;
}

static void stop(struct pty *pty, unsigned allowed)
{
    sequences_expect(pty, allowed);
    pty_keys(pty, "<C-c>");
    pty_expect_exit(pty, 0);
    pty_expect_restored(pty);
    pty_free(pty);
}

static int column_of(struct pty *pty, const char *label)
{
    int row, col;
    return pty_find(pty, label, &row, &col) ? col : -1;
}

/* The right half of a wide character is no blank. */
static bool is_blank(struct cell cell)
{
    return cell.width == 1 && (!cell.text[0] || strcmp(cell.text, " ") == 0);
}

/* The rule left of the list, and the blank before each run's glyph, are where they are in every row. */
static void assert_columns(struct pty *pty)
{
    int head = app_list_head(pty), time = column_of(pty, "_time"), rule = time - 4;
    int status = column_of(pty, "status"), via = column_of(pty, "via");
    for (int row = head + 1; row < screen_rows(pty_screen(pty)) - 1; row++) {
        if (!strchr("0123456789", pty_cell(pty, row, time + 7).text[0]) ||
            !*pty_cell(pty, row, time + 7).text)
            continue;
        const char *cell = pty_cell(pty, row, rule).text;
        assert_true(strcmp(cell, "│") == 0 || strcmp(cell, "▐") == 0);
        assert_string_equal(pty_cell(pty, row, time + 9).text, ":"); /* Nov 21 13:02:11.000 */
        assert_string_equal(pty_cell(pty, row, time + 12).text, ":");
        assert_true(is_blank(pty_cell(pty, row, status - 1)) && is_blank(pty_cell(pty, row, via - 1)));
    }
}

static void walk(struct pty *pty, int pages)
{
    assert_true(pty_wait_text(pty, "_time", PTY_SOON));
    assert_true(app_is_exact(pty));
    for (int i = 0; i < pages; i++) {
        assert_columns(pty);
        pty_keys(pty, "<PgDn>");
        pty_expect_idle(pty);
    }
    assert_columns(pty);
}

static void test_the_list_and_the_rail(void **state)
{
    struct pty *pty = app_start(*state, &(struct app_options){.cols = 160, .rows = 30});
    walk(pty, 3);
    pty_keys(pty, "<Tab>");
    for (int i = 0; i < 100; i++)
        pty_keys(pty, "<Down>");
    pty_expect_idle(pty);
    assert_columns(pty);
    stop(pty, SEQUENCES_PLAIN);
}

static void test_the_rail_in_full(void **state)
{
    struct pty *pty = app_start(*state, &(struct app_options){.cols = 300, .rows = 100});
    walk(pty, 1);
    stop(pty, SEQUENCES_PLAIN);
}

/* Every run's every tab, from top to bottom, all unfolded. */
static void test_the_drawer(void **state)
{
    struct pty *pty = app_start(*state, &(struct app_options){.cols = 140, .rows = 60});
    assert_true(pty_wait_text(pty, "13:03:04.000", PTY_SOON));
    pty_keys(pty, "<Enter>");
    pty_expect_text(pty, "Properties");
    pty_keys(pty, "<Tab>");
    for (int i = 0; i < 2 * PAYLOADS + 2; i++) {
        pty_keys(pty, "1zzG<PgUp>2zG3G");
        pty_expect_idle(pty);
        pty_keys(pty, "<C-n>");
    }
    pty_expect_text(pty, "46 of 46");
    stop(pty, SEQUENCES_PLAIN);
}

static void test_ascii_of_all_that(void **state)
{
    static const char *const args[] = {"--ascii", NULL};
    struct pty *pty = app_start(*state, &(struct app_options){.cols = 160, .rows = 60, .args = args});
    assert_true(pty_wait_text(pty, "_time", PTY_SOON));
    pty_expect_idle(pty);
    pty_keys(pty, "<PgDn>g<Enter>");
    for (int i = 0; i < 2 * PAYLOADS + 2; i++)
        pty_keys(pty, "123<Down>");
    pty_expect_idle(pty);
    stop(pty, SEQUENCES_ASCII);
}

/* Completions, messages, copies, menus: the words of the file come by other roads too. */
static void test_the_other_roads(void **state)
{
    struct pty *pty = app_start(*state, &(struct app_options){.cols = 120, .rows = 40});
    assert_true(pty_wait_text(pty, "_time", PTY_SOON));
    assert_true(app_is_exact(pty));
    static const char *const keys[] = {"/status:", "/trigger:", "/tool:"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        pty_keys(pty, keys[i]);
        pty_expect_idle(pty);
        for (int tab = 0; tab < 12; tab++)
            pty_keys(pty, "<Tab>");
        pty_expect_idle(pty);
        pty_keys(pty, "<Enter>");
        pty_expect_idle(pty);
        pty_keys(pty, "<Esc>X");
        pty_expect_idle(pty);
    }
    pty_keys(pty, "<Tab><Home><Down><Down><Down><Down><Down><Down><Down><Down><Down>");
    for (int i = 0; i < 20; i++)
        pty_keys(pty, "<Down><Space><Space>");
    pty_expect_idle(pty);
    pty_keys(pty, "Xg<Tab><Tab>yiyjycyeyl<Down>yiyjycye<Down>yjyc");
    pty_expect_idle(pty);
    stop(pty, SEQUENCES_CLIPBOARD);
}

/* A terminal that is written to by the shell: the table escapes too; JSON must be JSON. */
static void test_the_script_commands(void **state)
{
    const char *path = history_path(*state);
    const char *const commands[][APP_WORDS] = {
        {"list", path, "--limit", "100", NULL},
        {"stats", path, NULL},
        {"show", "numbers", path, NULL},
        {"show", "idline", path, NULL},
    };
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        char *out, *err;
        size_t at = 0;
        app_run(commands[i], &out, &err);
        const char *wrong = sequences_check(out, strlen(out), SEQUENCES_PLAIN, &at);
        if (wrong)
            fail_msg("%s: %s: %.40s", commands[i][0], wrong, out + at);
        wrong = sequences_check(err, strlen(err), SEQUENCES_PLAIN, &at);
        if (wrong)
            fail_msg("%s, to standard error: %s: %.40s", commands[i][0], wrong, err + at);
        free(out);
        free(err);
    }
}

static void test_hostile_names_of_files(void **state)
{
    (void)state;
    static const char name[] = "/tmp/executor-runs-\033]0;PWNED\a\xe2\x80\xae\x9b"
                               "31337m.db";
    char *out, *err;
    size_t at;
    assert_int_equal(app_run((const char *const[]){"list", name, NULL}, &out, &err), 1);
    const char *wrong = sequences_check(err, strlen(err), SEQUENCES_PLAIN, &at);
    if (wrong)
        fail_msg("%s: %s", wrong, err);
    free(out);
    free(err);
    struct pty *pty = app_start_file(name, &(struct app_options){.cols = 200});
    pty_expect_exit(pty, 1);
    sequences_expect(pty, SEQUENCES_PLAIN);
    pty_free(pty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_list_and_the_rail),
        cmocka_unit_test(test_the_rail_in_full),
        cmocka_unit_test(test_the_drawer),
        cmocka_unit_test(test_ascii_of_all_that),
        cmocka_unit_test(test_the_other_roads),
        cmocka_unit_test(test_the_script_commands),
        cmocka_unit_test(test_hostile_names_of_files),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
