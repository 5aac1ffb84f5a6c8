/*
 * What has been found so far of the terms that need the table itself: code, and the beginning of an id. A scan goes through the
 * runs that the other terms let through, the newest first; what it found is kept, so that a question put again gets more, and a needle
 * that contains an older one only looks at that one's hits.
 */
#pragma once

#include "data/sqlite/source_sqlite_build.h"

enum { SEARCHES_MAX = 8 }; /* terms that are remembered */

struct search_term;

struct searches {
    pthread_mutex_t mutex; /* taken before the index's section */
    struct search_term *terms[SEARCHES_MAX];
    size_t count;
    uint64_t version; /* moves with every hit: index_question.external_version */
    int64_t clock;    /* of use */
};

void searches_init(struct searches *searches);
void searches_release(struct searches *searches);

/* The externals of a filter's CODE and ID terms, made where they are new. Between searches_lock and _unlock, inside a section of
 * the index. */
struct search_externals {
    struct index_external items[FILTER_TERMS_MAX];
    size_t count;
    uint64_t version;
};
void searches_lock(struct searches *searches);
void searches_unlock(struct searches *searches);
void searches_collect(struct searches *searches, const struct run_index *index,
                      const struct index_question *question, struct search_externals *externals);
/* Some runs are still to be searched for this question: the background goes on with it, and drops what older questions wanted.
 * for_facets: also the runs that fail one other kind of term only, because facets are counted without their own. Same lock. */
void searches_want(struct searches *searches, const struct index_question *question, bool for_facets);

/* The background thread: one slice of the scan that was wanted last; *is_idle where there is nothing to scan. */
MUST_USE enum err_code searches_step(struct searches *searches, struct run_index *index,
                                     struct scope_list *scopes, const struct reading *reading, bool *is_idle,
                                     struct err *err);
