/*
 * A term that is searched, and the scan: between source_sqlite_search.c, _scan.c, _scan_rows.c and _prefix.c only.
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
    uint64_t version; /* what searches.version was when the bits changed last: no two terms share one */
    int64_t used_at;
    size_t holders; /* who read the table for it at this moment: it must not be freed */
    bool is_seeded; /* ID: the primary key has been asked */
};

/* All below with the mutex of `searches` held. */

/* Brings the positions up to date. Inside a section, or by the writer. */
void term_carry(struct searches *searches, struct search_term *term, const struct run_index *index);
void term_changed(struct searches *searches, struct search_term *term);
/* Remembers the terms of a filter, as far as there is room, and carries them. Inside a section of an index that is ready. */
void terms_obtain(struct searches *searches, const struct run_index *index, const struct filter *filter);
/* The term that is remembered for one of a filter; NULL: none. */
struct search_term *term_find(const struct searches *searches, const struct filter_term *asked);
bool want_is(const struct search_want *want, const struct filter *filter, const char *scope);
void want_set(struct search_want *want, const struct filter *filter, const char *scope);
void want_release(struct search_want *want);

struct scanner *scanner_new(void);
void scanner_free(struct scanner *scanner);

/* The beginning of an id, by the primary key: all its hits at once. Locks by itself; the term is held. */
MUST_USE enum err_code prefix_step(struct searches *searches, struct run_index *index,
                                   struct search_term *term, const struct scope_list *scopes,
                                   const struct reading *reading, struct err *err);
