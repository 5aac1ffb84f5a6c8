/*
 * The wire form of a place in the list: base64url without padding of {"createdAt":<ms>,"id":"<id>"} (executor-store.md, List semantics).
 */
#pragma once

#include "data/base/buf.h"
#include "data/run.h"

void cursor_encode(int64_t created_at, struct text id, struct buf *out);

/* False for anything that does not decode: the caller then treats the cursor as absent. Accepts padding and the plain base64 alphabet too;
 * at most 1 kB. key->duration_ms is DURATION_NONE. */
bool cursor_decode(struct text cursor, struct row_key *key);
