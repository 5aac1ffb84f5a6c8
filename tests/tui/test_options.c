/*
 * The command line of the screen: every option, every way of getting one wrong, and what the config file says where none is given.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tests/support/samples.h"
#include "tui/options.h"

enum { ARGS_MAX = 16 };

struct line {
    struct config config;
    struct options options;
    struct err err;
    char text[400];
    char *argv[ARGS_MAX];
    int argc;
};

/* Words by spaces; an underscore stands for a space inside one. */
static enum err_code parse(struct line *line, const char *words)
{
    snprintf(line->text, sizeof line->text, "executor-runs %s", words);
    line->argc = 0;
    char *rest = NULL;
    for (char *word = strtok_r(line->text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        for (char *c = word; *c; c++)
            *c = *c == '_' ? ' ' : *c;
        line->argv[line->argc++] = word;
    }
    line->argv[line->argc] = NULL;
    return options_parse(line->argc, line->argv, &line->config, &line->options, &line->err);
}

static int setup(void **state)
{
    struct line *line = calloc(1, sizeof *line);
    config_init(&line->config);
    *state = line;
    return 0;
}

static int teardown(void **state)
{
    struct line *line = *state;
    options_release(&line->options);
    config_release(&line->config);
    free(line);
    return 0;
}

static void nothing_is_the_built_in_defaults(void **state)
{
    struct line *line = *state;
    assert_int_equal(parse(line, ""), ERR_OK);
    assert_null(line->options.source);
    assert_true(filter_is_empty(&line->options.filter));
    assert_null(line->options.scope);
    assert_int_equal(line->options.sort.field, SORT_CREATED);
    assert_false(line->options.sort.is_ascending);
    assert_false(line->options.is_live || line->options.is_vim || line->options.has_mouse ||
                 line->options.is_ascii);
    assert_true(line->options.has_cache);
    assert_false(line->options.want_help || line->options.want_version);
}

static void every_option_is_taken(void **state)
{
    struct line *line = *state;
    assert_int_equal(
        parse(line, "--filter status:failed_after:1h --scope acme --sort durationMs,asc --live --utc --vim "
                    "--mouse --ascii --no-cache --help --version data.db"),
        ERR_OK);
    const struct options *options = &line->options;
    assert_int_equal(options->filter.count, 2);
    assert_string_equal(options->scope, "acme");
    assert_int_equal(options->sort.field, SORT_DURATION);
    assert_true(options->sort.is_ascending);
    assert_true(options->is_live && options->is_vim && options->has_mouse && options->is_ascii);
    assert_false(options->has_cache);
    assert_true(options->want_help && options->want_version);
    assert_int_equal(options->time, TIME_IN_UTC);
    assert_string_equal(options->source, "data.db");
}

static void short_and_joined_forms(void **state)
{
    struct line *line = *state;
    assert_int_equal(parse(line, "data.db -f status:failed"), ERR_OK);
    assert_string_equal(line->options.source, "data.db");
    assert_int_equal(line->options.filter.count, 1);
    options_release(&line->options);
    assert_int_equal(parse(line, "-fstatus:failed --sort=createdAt,asc -hV"), ERR_OK);
    assert_int_equal(line->options.filter.count, 1);
    assert_true(line->options.sort.is_ascending && line->options.want_help && line->options.want_version);
    options_release(&line->options);
    assert_int_equal(parse(line, "--live -- -f"), ERR_OK);
    assert_string_equal(line->options.source, "-f");
}

static void the_last_of_an_option_counts(void **state)
{
    struct line *line = *state;
    assert_int_equal(parse(line, "-f status:failed -f trigger:cli --scope a --scope b"), ERR_OK);
    assert_int_equal(line->options.filter.terms[0].key, FILTER_TRIGGER);
    assert_string_equal(line->options.scope, "b");
}

static void every_order_by_its_words(void **state)
{
    struct line *line = *state;
    static const struct {
        const char *words;
        enum sort_field field;
        bool is_ascending;
    } orders[] = {
        {"--sort createdAt,desc", SORT_CREATED, false},
        {"--sort createdAt,asc", SORT_CREATED, true},
        {"--sort durationMs,desc", SORT_DURATION, false},
        {"--sort durationMs,asc", SORT_DURATION, true},
    };
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        options_release(&line->options);
        assert_int_equal(parse(line, orders[i].words), ERR_OK);
        assert_int_equal(line->options.sort.field, orders[i].field);
        assert_int_equal(line->options.sort.is_ascending, orders[i].is_ascending);
    }
}

/* Each mistake names the word that is wrong. */
static void mistakes_are_named(void **state)
{
    struct line *line = *state;
    static const struct {
        const char *words, *names;
    } mistakes[] = {
        {"--nosuch", "--nosuch"},
        {"--nosuch=5 data.db", "--nosuch"},
        {"-x", "-x"},
        {"-Vx", "-x"},
        {"-xV data.db", "-x"},
        {"--sort", "--sort"},
        {"-f", "-f"},
        {"--sort createdAt", "createdAt"},
        {"--sort id,asc", "id,asc"},
        {"--live=yes", "--live"},
        {"--s a", "--s"},
        {"a.db b.db", "b.db"},
        {"-f stat:failed", "stat"},
        {"-f status:", "status:"},
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        options_release(&line->options);
        assert_int_equal(parse(line, mistakes[i].words), ERR_USAGE);
        if (!strstr(line->err.what, mistakes[i].names))
            fail_msg("%s: '%s' does not name %s", mistakes[i].words, line->err.what, mistakes[i].names);
        assert_true(line->err.hint[0]);
    }
}

/* Whoever gives one is told the place, and what they gave is not said again. */
static void a_secret_has_no_option(void **state)
{
    struct line *line = *state;
    static const struct {
        const char *words, *place;
    } secrets[] = {
        {"--token=s3cret http://host", "EXECUTOR_RUNS_TOKEN"},
        {"--token s3cret", "token_command"},
        {"--password=s3cret", "user_file"},
        {"--user=me:s3cret", "user_file"},
        {"--cookie=s3cret", "cookie_file"},
        {"--tokken=s3cret", "--help"},
    };
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        options_release(&line->options);
        assert_int_equal(parse(line, secrets[i].words), ERR_USAGE);
        assert_non_null(strstr(line->err.hint, secrets[i].place));
        assert_null(strstr(line->err.what, "s3cret"));
        assert_null(strstr(line->err.hint, "s3cret"));
    }
}

static void what_the_command_line_says_is_told_from_the_config(void **state)
{
    struct line *line = *state;
    struct report report;
    report_clear(&report);
    config_read(&line->config, TEXT_LIT("filter = status:failed\n"), &report);
    assert_int_equal(parse(line, "--cacert ca.pem"), ERR_OK);
    assert_string_equal(line->options.cacert, "ca.pem");
    assert_false(line->options.has_filter || line->options.has_sort);
    options_release(&line->options);
    assert_int_equal(parse(line, "-f trigger:cli --sort createdAt,desc"), ERR_OK);
    assert_null(line->options.cacert);
    assert_true(line->options.has_filter && line->options.has_sort);
}

static void config_gives_the_defaults(void **state)
{
    struct line *line = *state;
    struct report report;
    report_clear(&report);
    config_read(&line->config,
                TEXT_LIT("scope = acme\nfilter = status:failed\nkeys = vim\ntime = utc\nlive = yes\nmouse = "
                         "yes\nascii = yes\n"),
                &report);
    assert_int_equal(report.count, 0);
    assert_int_equal(parse(line, ""), ERR_OK);
    const struct options *options = &line->options;
    assert_string_equal(options->scope, "acme");
    assert_int_equal(options->filter.count, 1);
    assert_int_equal(options->time, TIME_IN_UTC);
    assert_true(options->is_live && options->is_vim && options->has_mouse && options->is_ascii);
    options_release(&line->options);
    assert_int_equal(parse(line, "--scope other -f trigger:cli"), ERR_OK);
    assert_string_equal(line->options.scope, "other");
    assert_int_equal(line->options.filter.terms[0].key, FILTER_TRIGGER);
}

/* Who has not typed it must be told where it stands. */
static void a_mistake_of_the_config_file_is_told_as_such(void **state)
{
    struct line *line = *state;
    struct report report;
    report_clear(&report);
    config_read(&line->config, TEXT_LIT("filter = stat:failed\n"), &report);
    assert_int_equal(parse(line, ""), ERR_USAGE);
    assert_non_null(strstr(line->err.what, "config"));
}

/* A time of the filter is in the zone that is asked for, wherever that option stands. */
static void times_of_the_filter_are_of_the_shown_zone(void **state)
{
    struct line *line = *state;
    setenv("TZ", "Etc/GMT-3", 1);
    tzset();
    assert_int_equal(parse(line, "-f after:2026-11-21T03:00 --utc"), ERR_OK);
    int64_t utc = line->options.filter.terms[0].values[0].ms;
    options_release(&line->options);
    assert_int_equal(parse(line, "-f after:2026-11-21T03:00"), ERR_OK);
    assert_int_equal(utc - line->options.filter.terms[0].values[0].ms, 3 * HOUR_MS);
    sample_locale();
}

static void help_lists_every_option_and_filter_key(void **state)
{
    (void)state;
    struct buf help;
    buf_init(&help, 64 * 1024);
    options_help(&help);
    static const char *const words[] = {
#define X(id, flag, letter, value, help) "--" flag,
        SCREEN_OPTIONS(X)
#undef X
#define X(id, word, help) "  " word ":",
            FILTER_KEYS(X)
#undef X
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        assert_non_null(strstr(buf_cstr(&help), words[i]));
    buf_release(&help);
}

int main(void)
{
    sample_locale();
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(nothing_is_the_built_in_defaults),
        CASE(every_option_is_taken),
        CASE(short_and_joined_forms),
        CASE(the_last_of_an_option_counts),
        CASE(every_order_by_its_words),
        CASE(mistakes_are_named),
        CASE(a_secret_has_no_option),
        CASE(what_the_command_line_says_is_told_from_the_config),
        CASE(config_gives_the_defaults),
        CASE(a_mistake_of_the_config_file_is_told_as_such),
        CASE(times_of_the_filter_are_of_the_shown_zone),
        CASE(help_lists_every_option_and_filter_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
