/*
 * Tables for people, as lines of text: every byte from outside is made visible, so that a terminal is safe
 * from what it shows.
 */
#pragma once

#include "data/base/buf.h"
#include "data/base/text.h"

#include <stdbool.h>

enum table_align { ALIGN_LEFT, ALIGN_RIGHT };

/* Appends the text in exactly `cells` cells, clipped or padded; 0 cells: all of it. */
void table_cell(struct text text, int cells, enum table_align align, bool is_ascii, struct buf *out);

/* Appends the text line by line, each behind `indent` spaces and with its end; tabs become spaces. A last
 * line without an end gets one; an empty text gives nothing. */
void table_lines(struct text text, int indent, bool is_ascii, struct buf *out);
