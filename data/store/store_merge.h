/*
 * Runs that come from another file, into one that may have them already: in an older version, in the same, in
 * a newer one. The same lines again change nothing, and lines in any order lead to the same end.
 */
#pragma once

#include "data/store/store.h"

enum store_merged { MERGE_ADDED, MERGE_UPDATED, MERGE_UNCHANGED };

/* One transaction, or a step of the batch. Nothing is ever taken away:
 *   run          one that has ended is newer than one that has not; else the later updated_at, then the greater tool_call_count counts. An older
 *                one, and one that is no newer, leave the row as it is
 *   tool call    added where it is new; one that has ended replaces a running one
 *   interaction  added where it is new; one that is not pending any more, or is of a later updated_at, replaces the other. A secret answer
 *                that is there stays there
 * ERR_USAGE: the run is in another scope already, or a call or interaction belongs to another run; the text
 * says which. */
MUST_USE enum err_code store_merge(struct store *store, const struct run_record *record,
                                   enum store_merged *merged, struct err *err);
