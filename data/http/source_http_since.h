/*
 * How many runs came since live was switched on.
 */
#pragma once

#include "data/http/source_http_news.h"

/* Under the lock: of the rows that are held, where all of that time are, else of what the server counted, or of what was known before rows came into doubt. -1: not known. */
void http_since_count(struct http_source *source, const struct plan_rows *rows, int64_t cutoff,
                      struct arena *arena, struct list_reply *reply);

/* Where too few rows of what is shown are held: asks the server to count, or for those rows where it cannot. *is_changed where other numbers came of that. */
MUST_USE enum err_code http_since_look(struct follower *follower, bool *is_changed, struct err *err);

/* Of the clock: when the numbers may be asked for again; INT64_MAX: they are not old. */
int64_t http_since_at(const struct follower *follower);
