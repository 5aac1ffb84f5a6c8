/*
 * Between the parts of answer alone.
 */
#pragma once

#include "data/answer/answer.h"
#include "data/text/answer_form.h"

MUST_USE enum err_code answer_local(const char *path, const struct answer_request *request, struct err *err);
MUST_USE enum err_code answer_remote(const char *address, const struct http_settings *http,
                                     const struct answer_request *request, struct cancel *cancel,
                                     struct err *err);

/* Whether the request answers this question; only what is accepted is held to the form. */
MUST_USE enum err_code answer_check(const struct answer_request *request, const struct interaction *asked,
                                    struct arena *arena, struct answer_form *form, struct err *err);
