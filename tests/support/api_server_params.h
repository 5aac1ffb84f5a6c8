/*
 * The query of a list request as values, as strictly as the server's schema reads them.
 */
#pragma once

#include "data/base/arena.h"
#include "data/base/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum list_param {
    PARAM_LIMIT,
    PARAM_CURSOR,
    PARAM_STATUS,
    PARAM_TRIGGER,
    PARAM_TOOL,
    PARAM_FROM,
    PARAM_TO,
    PARAM_AFTER,
    PARAM_CODE,
    PARAM_SORT,
    PARAM_ELICITATION,
    PARAM_COUNT
};

enum list_sort { SORT_BY_CREATED, SORT_BY_DURATION };

struct list_params {
    const char *values[PARAM_COUNT];  /* NULL: absent or, but for those of the numbers, empty */
    double limit;                     /* 1..100; a NaN stays one */
    bool has_from, has_to, has_after; /* there, and a number */
    double from, to, after;
    bool has_cursor; /* there, and decodes */
    int64_t cursor_at;
    const char *cursor_id;
    enum list_sort sort;
    bool is_ascending;
};

/* False: not what the schema has; *issue is the body of a 400 that says so. Texts in the arena. */
bool list_params_read(const char *query, struct arena *arena, struct list_params *params, struct buf *issue);

void list_cursor_write(int64_t created_at, const char *id, struct buf *out);

/* Percent-decoding; what is no escape stays as it is. '+' is a space where `plus` says so. */
char *percent_decode(struct text text, bool plus, struct arena *arena);
