/*
 * The words of the list's fields, in the config, in the remembered state and on the command line:
 * "time,status,code".
 */
#pragma once

#include "data/base/buf.h"

/* The known words as bits (1u << enum list_field); unknown ones are skipped. 0 where none is known. */
unsigned fields_parse(struct text words);
void fields_format(unsigned fields, struct buf *out);
