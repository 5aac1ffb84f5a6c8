/*
 * A whole run as plain text, to be read in a pager: what is asked and what went wrong first, JSON unwrapped
 * and indented, logs a line each.
 */
#pragma once

#include "data/query.h"

/* Appends to out. Every byte is safe to send to a terminal. The secret part of an answer is not in any value
 * that gets here. */
void readable_run(const struct detail_reply *detail, enum time_mode mode, struct buf *out);
