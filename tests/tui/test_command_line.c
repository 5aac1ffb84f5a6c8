/*
 * A table is a command line: what is read, what is left, and what a mistake is answered with.
 */
#include "tui/command_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { CAKE_DB, CAKE_FORCE, CAKE_FILTER };

static const struct command_option options[] = {
    [CAKE_DB] = {"--db", NULL, "FILE", "the file"},
    [CAKE_FORCE] = {"--force", NULL, NULL, "replaces"},
    [CAKE_FILTER] = {"--filter", "-f", "FILTER", "which"},
};
static const struct command_info cake = {.name = "cake",
                                         .usage = "[OPTIONS] [FILE]…",
                                         .summary = "bakes",
                                         .options = options,
                                         .option_count = 3,
                                         .notes = "Eat it.\n"};
static const struct command_info wrap = {.name = "wrap",
                                         .usage = "[OPTIONS] -- COMMAND",
                                         .summary = "wraps",
                                         .options = options,
                                         .option_count = 3,
                                         .stops_at_word = true};

/* "db=a force" and the words after a |, as one line. */
static void read_all(const struct command_info *info, const char *const given[], char out[256],
                     struct err *err)
{
    char words[16][64] = {"cake"}, *argv[16] = {words[0]};
    int argc = 1, option;
    while (given[argc - 1]) {
        argv[argc] = words[argc];
        snprintf(words[argc], sizeof words[argc], "%s", given[argc - 1]);
        argc++;
    }
    struct command_line line = command_line_of(info, argc, argv);
    struct buf text;
    buf_init(&text, 255);
    while ((option = command_line_next(&line, err)) >= 0)
        buf_printf(&text, "%s=%s ", options[option].name, line.value ? line.value : "");
    buf_str(&text, option == LINE_WRONG ? "wrong" : option == LINE_HELP ? "help" : "|");
    for (int i = 0; option == LINE_END && i < line.word_count; i++)
        buf_printf(&text, " %s", line.words[i]);
    memcpy(out, buf_cstr(&text), text.len + 1);
    buf_release(&text);
}

#define READ(info, ...) read_all(info, (const char *const[]){__VA_ARGS__, NULL}, out, &err)

static void test_options_and_words_in_any_order(void **state)
{
    (void)state;
    char out[256];
    struct err err;
    READ(&cake, "one", "--db", "x", "two", "--force", "-f", "a b", "three");
    assert_string_equal(out, "--db=x --force= --filter=a b | one two three");
    READ(&cake, "--db=x=y", "-", "--filter=");
    assert_string_equal(out, "--db=x=y --filter= | -");
    READ(&cake, "--force", "--", "--db", "x");
    assert_string_equal(out, "--force= | --db x");
}

static void test_the_rest_is_somebody_elses(void **state)
{
    (void)state;
    char out[256];
    struct err err;
    READ(&wrap, "--force", "make", "--db", "x", "--", "--help");
    assert_string_equal(out, "--force= | make --db x -- --help");
    READ(&wrap, "--", "--db", "x");
    assert_string_equal(out, "| --db x");
}

static void test_mistakes_name_the_word(void **state)
{
    (void)state;
    char out[256];
    struct err err;
    READ(&cake, "--forse");
    assert_string_equal(out, "wrong");
    assert_string_equal(err.what, "cake has no option --forse");
    assert_non_null(strstr(err.hint, "Did you mean --force?"));
    READ(&cake, "--db");
    assert_string_equal(err.what, "--db needs a value: FILE: the file");
    READ(&cake, "--force=yes");
    assert_string_equal(err.what, "--force takes no value");
    READ(&cake, "--tokn=secret");
    assert_null(strstr(err.what, "secret"));
    READ(&cake, "--token=secret");
    assert_null(strstr(err.what, "secret"));
    assert_non_null(strstr(err.hint, "EXECUTOR_RUNS_TOKEN"));
    assert_int_equal(err.code, ERR_USAGE);
}

static void test_help(void **state)
{
    (void)state;
    char out[256];
    struct err err;
    struct buf text;
    READ(&cake, "--db", "x", "--help");
    assert_string_equal(out, "--db=x help");
    buf_init(&text, 4096);
    command_line_help(&cake, &text);
    assert_string_equal(buf_cstr(&text), "executor-runs cake [OPTIONS] [FILE]…: bakes\n\n"
                                         "  --db FILE            the file\n"
                                         "  --force              replaces\n"
                                         "  -f, --filter FILTER  which\n"
                                         "  --help               this help\n\n"
                                         "Eat it.\n");
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_and_words_in_any_order),
        cmocka_unit_test(test_the_rest_is_somebody_elses),
        cmocka_unit_test(test_mistakes_name_the_word),
        cmocka_unit_test(test_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
