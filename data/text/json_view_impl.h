/*
 * What a json_view is inside; for json_view*.c only.
 *
 * All lines' content stands in `bytes`, line after line, as records: a kind, and for those with a text its
 * length (7 bits a byte, low first) and its bytes. Spaces and punctuation follow from the kinds, so a record
 * costs about as much as the token it came from, and joining lines is forgetting where they began.
 */
#pragma once

#include "data/text/json_view.h"

enum json_record {
    RECORD_OBJECT_OPEN,
    RECORD_OBJECT_CLOSE,
    RECORD_ARRAY_OPEN,
    RECORD_ARRAY_CLOSE,
    RECORD_OBJECT_EMPTY,
    RECORD_ARRAY_EMPTY,
    RECORD_BLOCK_OPEN,
    RECORD_BLOCK_CLOSE,
    RECORD_COMMA,
    RECORD_WRAPPED,
    RECORD_WITH_TEXT, /* from here on */
    RECORD_KEY = RECORD_WITH_TEXT,
    RECORD_STRING, /* with its quotes, but for a line of a block */
    RECORD_NUMBER,
    RECORD_WORD,
    RECORD_TEXT,
    RECORD_NOTE,
};

#define NO_LINE UINT32_MAX

struct view_line {
    uint32_t start; /* in bytes; ends where the next one starts */
    uint32_t mate;
    uint32_t items;
    uint16_t depth;
    uint8_t kind;
};

struct json_view {
    unsigned char *bytes;
    size_t size, bytes_cap;
    struct view_line *lines;
    size_t count, lines_cap;
    bool is_json;
};

size_t json_view_line_end(const struct json_view *view, size_t line);

/* Reads the record at `at`; text is empty where it has none. Returns where the next one starts. */
size_t json_record_read(const struct json_view *view, size_t at, enum json_record *record, struct text *text);
