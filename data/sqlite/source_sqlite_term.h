/*
 * A term that is searched: between source_sqlite_search.c and source_sqlite_scan.c only.
 */
#pragma once

#include "data/sqlite/source_sqlite_search.h"

#define SEARCHED_KEYS (1u << FILTER_CODE | 1u << FILTER_ID)

struct search_term {
    enum filter_key key;
    char **values;           /* owned */
    struct needle **needles; /* CODE */
    size_t count;
    struct bitmap hits, searched;
    uint64_t layout;
    int64_t used_at;
    bool is_wanted;
    bool is_scanned; /* at this moment, by the background thread: must not be freed */
    bool is_seeded;  /* ID: the primary key has been asked */
    size_t batch;    /* rows that one slice of the scan takes on; 0: not known yet */

    struct filter filter; /* whose other terms choose the runs to search */
    char *scope;          /* owned; NULL: all */
    int64_t now;
    bool for_facets;
};

/* Brings the positions up to date. Inside a section, or by the writer. */
void term_carry(struct search_term *term, const struct run_index *index);
