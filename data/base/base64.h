/*
 * Base64, in both alphabets: base64url without padding is what cursors are written in; a terminal's clipboard wants the plain one.
 */
#pragma once

#include "data/base/buf.h"

#include <stdbool.h>

void base64url_encode(struct text bytes, struct buf *out);
void base64_encode(struct text bytes, struct buf *out); /* plain alphabet, padded */

/* False where the text is not base64: a foreign character, a length no encoder makes, bits left over. What was decoded until then is in
 * out. */
bool base64_decode(struct text text, struct buf *out);
