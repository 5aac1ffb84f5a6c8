/*
 * A run with all that belongs to it, read from a line of JSON. Made for what goes into a file for good:
 * nothing is guessed, a field of the wrong type or a missing one that the tables need is refused by its name,
 * and whole numbers are exact in all of their 64 bits.
 *
 * Three forms are read: {"execution":…,"interactions":[…],"toolCalls":[…]} as wire_record writes it, an item
 * of the API's list or its detail ({"execution":…,"pendingInteraction":…}), and an execution alone. Unknown
 * keys are passed over; of a key that stands there twice the last one counts.
 *
 * NULs in texts are kept; lone surrogates and bytes that are not UTF-8 become U+FFFD. The secret part of an
 * answer is never copied.
 */
#pragma once

#include "data/base/err.h"
#include "data/run.h"

enum {
    WIRE_RECORD_MAX = 64 << 20,        /* bytes of a line */
    WIRE_RECORD_CHILDREN_MAX = 100000, /* interactions of a run, and tool calls of it */
};

/* run.scope_id is null where the line has none, and tool_call_count 0. Times that are missing: an updatedAt
 * is the createdAt beside it. Texts are in the arena. ERR_CORRUPT: no JSON, from which byte on;
 * ERR_UNSUPPORTED: JSON that is something else; ERR_USAGE: a run with a field that cannot be; ERR_TOO_BIG.
 * *record is empty then. */
MUST_USE enum err_code wire_record_read(struct text line, struct arena *arena, struct run_record *record,
                                        struct err *err);
