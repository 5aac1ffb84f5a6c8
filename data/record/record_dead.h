/*
 * Runs whose recorder was killed: nobody will write their end, so whoever comes by next does.
 */
#pragma once

#include "data/store/store.h"

/* Every run of the file that has not ended and whose recorder is dead (recorder.h) becomes `failed` with an
 * error text that says so; its open questions are cancelled and its running calls fail. Of at most
 * RECORD_DEAD_MAX runs at a time. *count (may be NULL): how many, also of those before an error. */
enum { RECORD_DEAD_MAX = 1000 };
MUST_USE enum err_code record_mark_abandoned(struct store *store, int64_t now, int64_t *count,
                                             struct err *err);
