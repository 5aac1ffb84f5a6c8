/*
 * The table of list semantics once more: our own client over our own server over a file. Whatever the file
 * says, and the client makes of the API, must come out as if the file had been opened here.
 */
#include "data/source.h"
#include "tests/conformance/cases.h"
#include "tests/support/app.h"
#include "tests/support/served.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { PARTS_MAX = 2000 };

struct road {
    bool is_script;    /* the client has no threads */
    bool is_patient;   /* complete answers are asked for; else partial ones are asked for again */
    const char *scope; /* NULL: all are served */
    bool has_writer;   /* else the file lies still */
};

static void check_road(void **state)
{
    const struct road *road = *state;
    struct history *history = history_new();
    struct conformance conformance = {
        .wait_exact = road->is_patient,
        .check_meta = true,
        .repeats = road->is_patient ? 0 : PARTS_MAX,
        .limits = {.scope = road->scope, .open_questions_alone = true, .meta_may_be_inexact = true}};
    conformance_fill(history, &conformance.limits);
    if (!road->has_writer)
        history_close(history);
    const char *const scoped[] = {"--scope", road->scope, NULL};
    struct served *served = served_start(app_program(), history_path(history), road->scope ? scoped : NULL);
    struct http_settings settings = {.poll_ms = 20};
    struct source_options options = {.http = &settings, .no_background = road->is_script};
    struct source *source;
    struct err err;
    if (source_open(served_url(served), &options, &source, &err) ||
        source_connect(source, &conformance.conn, &err))
        fail_msg("%s: %s", served_url(served), err.what);
    conformance_check(&conformance);
    conn_close(conformance.conn);
    source_close(source);
    served_stop(served);
    history_free(history);
}

static const struct road by_script = {.is_script = true, .is_patient = true};
static const struct road by_screen = {.is_patient = false};
static const struct road beside_a_writer = {.is_script = true, .is_patient = true, .has_writer = true};
static const struct road of_one_scope[] = {
    {.is_script = true, .is_patient = true, .scope = "s1"},
    {.is_script = true, .is_patient = true, .scope = "s2"},
    {.is_script = true, .is_patient = true, .scope = "s3"},
};

#define ROAD(name, road)                                                                                     \
    {                                                                                                        \
        name, check_road, NULL, NULL, (void *)(road)                                                         \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROAD("by_script", &by_script),
        ROAD("by_screen", &by_screen),
        ROAD("beside_a_writer", &beside_a_writer),
        ROAD("of_one_scope: s1", &of_one_scope[0]),
        ROAD("of_one_scope: s2", &of_one_scope[1]),
        ROAD("of_one_scope: s3", &of_one_scope[2]),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
