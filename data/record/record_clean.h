/*
 * A line of a command's output as text to keep.
 */
#pragma once

#include "data/base/buf.h"
#include "data/base/text.h"

/* What is left standing of a line that overwrites itself by carriage returns: the last state. Returns at its
 * end belong to the line's end. */
struct text record_last_state(struct text line);

/* Appends the line (without its newline and returns) as a terminal would have left it standing, and without
 * what only acts on one: a backspace takes the character before it away, escape sequences, bells and shifts
 * are left out. What is no UTF-8, and NUL, becomes U+FFFD; other controls stay. */
void record_clean(struct text line, struct buf *out);
