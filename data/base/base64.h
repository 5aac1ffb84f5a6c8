/*
 * Base64: base64url without padding is written; the plain alphabet and padding are read too.
 */
#pragma once

#include "data/base/buf.h"

#include <stdbool.h>

void base64url_encode(struct text bytes, struct buf *out);

/* False where the text is not base64: a foreign character, a length no encoder makes, bits left over. What was decoded until then is in
 * out. */
bool base64_decode(struct text text, struct buf *out);
