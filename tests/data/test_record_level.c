/*
 * The level that a program's line says of itself, in the ways that programs have.
 */
#include "data/record/record_level.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *line, *level, *rest; /* rest NULL: the line as it is */
} cases[] = {
    {"[error] own form", "error", "own form"},
    {"[debug]", "debug", ""},
    {"ERROR disk", "error", NULL},
    {"ERROR", "error", NULL},
    {"ERROR:root:no", "error", NULL},
    {"WARN  slow", "warn", NULL},
    {"WARNING: slow", "warn", NULL},
    {"Warning: slow", "warn", NULL},
    {"warning: unused variable", "warn", NULL},
    {"error: no such thing", "error", NULL},
    {"fatal: not a git repository", "error", NULL},
    {"FATAL|x", "error", NULL},
    {"INFO x", "info", NULL},
    {"NOTICE x", "info", NULL},
    {"TRACE x", "debug", NULL},
    {"LOG:  database system is ready", "log", NULL},
    {"[INFO] x", "info", NULL},
    {"[ WARN ] x", "warn", NULL},
    {"[warning] x", "warn", NULL},
    {"(error) x", "error", NULL},
    {"  ERROR indented", "error", NULL},
    {"2026-11-21 10:00:00,123 ERROR x", "error", NULL},
    {"2026-11-21T10:00:00.123Z info starting", "info", NULL},
    {"[2026-11-21 10:00:00] WARN x", "warn", NULL},
    {"10:00:00 [debug] x", "debug", NULL},
    {"2026/11/21 10:00:00 level=warn msg=x", "warn", NULL},
    {"level=error msg=x", "error", NULL},
    {"time=\"2026-11-21\" level=\"info\" msg=x", "info", NULL},
    {"ts=1 lvl=dbug lvl=error", NULL, NULL},
    {"severity=CRITICAL x", "error", NULL},
    {"{\"level\":\"error\",\"msg\":\"x\"}", "error", NULL},
    {"{\"msg\":\"x\",\"level\":30}", "info", NULL},
    {"{\"severity\":\"WARNING\"}", "warn", NULL},
    {"{\"level\":7}", NULL, NULL},
    {"{\"level\":", NULL, NULL},
    {"{\"msg\":\"level\"}", NULL, NULL},
    {"<3>disk", "error", "disk"},
    {"<4>slow", "warn", "slow"},
    {"<30>daemon", "info", "daemon"},
    {"<7>x", "debug", "x"},
    {"<999>x", NULL, NULL},
    {"<b>x", NULL, NULL},
    {"<>x", NULL, NULL},
    {"E1121 10:00:00.000000 1 file.cc:12] x", "error", NULL},
    {"I1121 10:00:00.000000 1 file.cc:12] x", "info", NULL},
    {"E1121 no time", NULL, NULL},
    {"error handling is done", NULL, NULL},
    {"Info about the thing", NULL, NULL},
    {"ERRORS were found", NULL, NULL},
    {"DEBUG=1 make", NULL, NULL},
    {"information is nice", NULL, NULL},
    {"sub-level=error", NULL, NULL},
    {"[x] y", NULL, NULL},
    {"[", NULL, NULL},
    {"", NULL, NULL},
    {"12 ERROR", NULL, NULL},
    {"all is well", NULL, NULL},
};

static void test_levels(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum log_level level;
        struct text rest, line = text_of(cases[i].line);
        bool has_level = record_level_of(line, &level, &rest);
        if (has_level != (cases[i].level != NULL) ||
            (has_level && strcmp(log_level_word(level), cases[i].level) != 0))
            fail_msg("'%s' is %s", cases[i].line, has_level ? log_level_word(level) : "nothing");
        if (!text_is(rest, cases[i].rest ? cases[i].rest : cases[i].line))
            fail_msg("'%s' leaves '%.*s'", cases[i].line, (int)rest.n, rest.s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_levels)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
