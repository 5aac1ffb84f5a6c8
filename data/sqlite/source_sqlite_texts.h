/*
 * The texts of many rows that a search looks into, by ascending rowid, most of which are neighbours.
 *
 *     row_texts_start(&texts, reader, 1u << FILTER_CODE, &err)
 *     code = row_texts_find(&texts, rowid, &err)        texts.code: what the row has
 *     row_texts_end(&texts)
 */
#pragma once

#include "data/filter/filter.h"
#include "data/sqlite/source_sqlite_step.h"

struct row_texts {
    struct row_steps steps;
    unsigned keys;
    struct text id, code; /* null where the row is not there, has none, or a larger one than is read; borrowed
                             until the next call */
};

/* keys: bits (1u << FILTER_CODE) and (1u << FILTER_ID) of what is wanted. To be ended also where it failed. */
MUST_USE enum err_code row_texts_start(struct row_texts *texts, struct reader *reader, unsigned keys,
                                       struct err *err);
/* A row that is not there is no error. */
MUST_USE enum err_code row_texts_find(struct row_texts *texts, int64_t rowid, struct err *err);
void row_texts_end(struct row_texts *texts);
