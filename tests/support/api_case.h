/*
 * The application over a history in a test: asked by request lines (api_client.h), the last response kept.
 * The writer is this process's own, open before the file is served.
 */
#pragma once

#include "tests/support/api_client.h"
#include "tests/support/history.h"

struct api_case {
    struct history *history;
    struct api *api; /* NULL: not yet */
    struct api_response response;
};

/* Of a test whose state this is; nothing is served yet. */
int api_case_set_up(void **state);
int api_case_tear_down(void **state);

void api_case_serve(struct api_case *f, const char *scope); /* NULL: all */
/* The body of the answer, which must have that status; until the next one. */
const char *api_case_ask(struct api_case *f, const char *line, int status);
const char *api_case_body(struct api_case *f);
