/*
 * A text as a JSON string, quotes included: the one place where text becomes JSON.
 */
#pragma once

#include "data/base/buf.h"
#include "data/base/text.h"

#include <stdint.h>

/* What JSON must escape is, and what acts on a terminal that the JSON is printed on (controls, line
 * separators, bidi controls); bytes that are not UTF-8 become U+FFFD. TEXT_NULL is null, without quotes. */
void json_put_string(struct buf *out, struct text text);

void json_put_integer(struct buf *out, int64_t n);

/* A name with its colon, behind a comma unless it follows the brace that opens its object. */
void json_put_name(struct buf *out, struct text name);
