/*
 * Exact counts for the script commands.
 */
#pragma once

#include "tui/script.h"

/* What the rail counts: each facet without its own terms. */
MUST_USE enum err_code script_meta(struct script *script, struct arena *arena, struct meta *meta,
                                   struct err *err);

/* What the API counts (api_meta.h), from what script_meta answered. */
MUST_USE enum err_code script_meta_of_api(struct script *script, const struct meta *meta, struct arena *arena,
                                          struct meta *out, struct err *err);

/* A question for a list of the command line's filter, scope and sort: complete and exact, from the first row
 * on. Release with script_list_release. */
struct list_query script_list_query(const struct script *script);
void script_list_release(struct list_query *query);
