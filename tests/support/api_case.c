/*
 * See api_case.h.
 */
#include "tests/support/api_case.h"

#include "data/base/die.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

int api_case_set_up(void **state)
{
    struct api_case *f = mem_new_array(1, sizeof *f);
    f->history = history_new();
    api_response_init(&f->response);
    *state = f;
    return 0;
}

int api_case_tear_down(void **state)
{
    struct api_case *f = *state;
    api_response_release(&f->response);
    api_close(f->api);
    history_free(f->history);
    free(f);
    return 0;
}

void api_case_serve(struct api_case *f, const char *scope)
{
    struct err err;
    history_store(f->history);
    if (api_open(&(struct api_options){.path = history_path(f->history), .scope = scope}, &f->api, &err))
        fail_msg("%s (%s)", err.what, err.hint);
}

const char *api_case_body(struct api_case *f)
{
    return buf_cstr(&f->response.body);
}

const char *api_case_ask(struct api_case *f, const char *line, int status)
{
    api_ask(f->api, line, &f->response);
    if (f->response.status != status)
        fail_msg("%s: %d, not %d: %s", line, f->response.status, status, api_case_body(f));
    return api_case_body(f);
}
