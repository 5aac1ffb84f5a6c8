/*
 * Whether the lists that are shown hold what the server has, for live.
 */
#pragma once

#include "data/http/source_http_news.h"

/* Compares what is held with what the server counts, and asks again for what differs, where that is due; *is_changed where that changed anything, also where a part of it failed. */
MUST_USE enum err_code http_check_look(struct follower *follower, bool *is_changed, struct err *err);

/* Of the clock: when there is something to compare; INT64_MAX: not before something changes, or a look finds that it was long ago. */
int64_t http_check_at(const struct follower *follower);
