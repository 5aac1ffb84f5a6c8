/*
 * Run history behind the remote /executions API (executions-api.md).
 */
#pragma once

#include "data/source.h"

/* No request is made here: the first question makes it. */
MUST_USE enum err_code source_http_open(const char *address, const struct source_options *options,
                                        struct source **source, struct err *err);
