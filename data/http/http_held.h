/*
 * A row as an http_feed holds it: one allocation, its texts behind it, freed with free().
 */
#pragma once

#include "data/http/http_feed.h"

struct held_row {
    struct feed_row shown; /* the first member: what the feed hands out is this */
    uint64_t answer;       /* the last one that had the run */
    bool is_gone;          /* still in the array, already out of the table */
    char bytes[];
};

static inline struct held_row *held_of(struct feed_row *row)
{
    return (struct held_row *)row;
}

/* Copies the texts, NUL-terminated; nulls stay nulls. `answer` is 0. */
struct held_row *held_new(const struct run_detail *detail);
/* Whether both say the same of a run. */
bool held_is_same(const struct feed_row *a, const struct feed_row *b);
