/*
 * The API's counts, exact: one truth for `list --meta`, `stats` and the server.
 */
#pragma once

#include "data/meta_api.h"
#include "data/source.h"

struct api_meta_question {
    struct source_conn *conn;
    const struct filter *filter;
    const char *scope; /* NULL: all */
    int64_t now;
    struct cancel *cancel; /* may be NULL */
};

/* What the rail counts, each facet without its own terms; ERR_UNSUPPORTED where the source can only
 * estimate. */
MUST_USE enum err_code api_meta_read(const struct api_meta_question *question, struct arena *arena,
                                     struct meta *meta, struct err *err);

/* What the API counts, everything under the whole filter (meta_api.h), in its shapes, from what api_meta_read
 * answered. Where the source cannot tell the tools under their own terms, this reads every matching run's
 * calls. */
MUST_USE enum err_code api_meta_narrow(const struct api_meta_question *question, const struct meta *meta,
                                       struct arena *arena, struct meta *out, struct err *err);
