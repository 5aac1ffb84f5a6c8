/*
 * The list request: filter, order, page and counts, as the contract has them or as the real server does (executions-api.md).
 */
#pragma once

#include "tests/support/api_server_params.h"
#include "tests/support/api_server_runs.h"

/* In a file that was entered. False: a status outside the six stands in the page, which the real server fails at. */
bool list_write(struct served_file *file, const struct list_params *params, bool is_real, struct buf *out);
