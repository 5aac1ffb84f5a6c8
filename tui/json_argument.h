/*
 * JSON as an argument: written out, in a file (@FILE), or on standard input (-), where it is read by nobody
 * else and remembered by no shell.
 */
#pragma once

#include "data/base/buf.h"
#include "data/base/err.h"

/* Appends the JSON that `word` is or names. `what` names it in errors ("--schema"), which never repeat any of
 * it. ERR_USAGE: it is no JSON. ERR_TOO_BIG: more than out's limit. Else as files_read. */
MUST_USE enum err_code json_argument_read(const char *what, const char *word, struct buf *out,
                                          struct err *err);
