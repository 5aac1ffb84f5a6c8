/*
 * The level that a line of output gives itself: log_scan.h knows the levels, and here is what programs call
 * them.
 */
#pragma once

#include "data/base/text.h"
#include "data/text/log_scan.h"

#include <stdbool.h>
#include <stddef.h>

/* Looks at the line's beginning, behind a time where it starts with one, for
 *   [warn]  (error)            in brackets, any case           ERROR  WARN|  a word in capitals
 *   error:  Warning:           any case, before a colon        <3>           the kernel's and systemd's
 *   level=warn                 among name=value pairs          E1121 10:00   glog's
 *   {"level":"error"}          or severity, or 10 … 60, of an object
 * False: it has none. *rest (may be NULL) is the line without what says nothing but the level: "[warn] " in
 * the log's own form, and <3>. */
bool record_level_of(struct text line, enum log_level *level, struct text *rest);
