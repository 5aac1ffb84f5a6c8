/*
 * A scan on its way: between source_sqlite_scan.c, which says what is to be searched, and source_sqlite_scan_rows.c, which reads the rows.
 */
#pragma once

#include "data/sqlite/source_sqlite_term.h"

/* Bits by the number of a term in the question. */
struct scan_row {
    struct index_row row;
    uint8_t open;         /* not known before */
    uint8_t looked, hits; /* found out now */
    bool is_match;        /* no term fails */
};
_Static_assert(SEARCHES_MAX <= 8, "a bit each");

/* Whose runs are candidates: those of the list; then also those that count for a facet. */
enum stage { STAGE_LIST, STAGE_FACETS };

struct scanner {
    struct search_want question;             /* a copy of what is wanted */
    struct search_term *terms[SEARCHES_MAX]; /* of the question; held while a step lasts */
    bool is_excluded[SEARCHES_MAX];
    size_t term_count;

    struct bitmap candidates; /* not known to be settled */
    uint64_t layout;
    enum stage stage;
    bool has_candidates, is_fresh; /* is_fresh: evaluated in this step */

    /* A batch: rows that are read in one sweep, a slice after the other. */
    size_t batch;          /* rows that are chosen at a time */
    struct scan_row *rows; /* BATCH_MAX of them */
    size_t count;
    size_t sorted; /* rows up to here are, chunk by chunk */
    uint64_t rows_layout;
    int64_t batch_ms; /* it took so far */

    /* A slice of it: rows [begin, done). */
    size_t begin, done, matches;
    size_t chunk, enough; /* rows of the first chunk; matches that end the slice at the end of a chunk */
    int64_t budget_ms, took_ms;
    size_t column_of[2]; /* of the columns read: code, id */
};

/* Takes the newest candidates that are not settled, at most scanner->batch. Inside a section, under the mutex. */
void scanner_choose_rows(struct scanner *scanner, const struct run_index *index);
/* Reads a slice of them, [begin, done), and notes what was found. Locks by itself. */
MUST_USE enum err_code scanner_read_rows(struct searches *searches, struct scanner *scanner,
                                         struct run_index *index, const struct reading *reading,
                                         struct err *err);
