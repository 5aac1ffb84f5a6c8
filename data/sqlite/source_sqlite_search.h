/*
 * What has been found so far of the terms that need the table itself: code, and the beginning of an id. A scan goes through the
 * runs that the other terms let through, the newest first, all terms of a question in one pass; what it found is kept, so that a question
 * put again gets more, and a needle that contains an older one only looks at that one's hits.
 */
#pragma once

#include "data/sqlite/source_sqlite_build.h"

enum { SEARCHES_MAX = 8 }; /* terms that are remembered */

struct search_term;
struct scanner;

/* The question whose runs the background searches: the one that was asked last. */
struct search_want {
    struct filter filter;
    char *scope; /* owned; NULL: all */
    int64_t now;
    bool for_facets;
    bool is_wanted;
    uint64_t serial; /* of the question: another one, another number */
    int64_t since;   /* clock_ms() when it came */
    uint64_t asked;  /* how often it was wanted: what was wanted meanwhile is not done yet */
};

struct searches {
    pthread_mutex_t mutex; /* taken before the index's section, and never held while a filter is evaluated */
    struct search_term *terms[SEARCHES_MAX];
    size_t count;
    uint64_t version; /* moves with every hit */
    int64_t clock;    /* of use */
    struct search_want want;
    struct scanner *scanner; /* the background's own */
};

void searches_init(struct searches *searches);
void searches_release(struct searches *searches);
uint64_t searches_version(struct searches *searches);
bool searches_is_young(
    struct searches *searches); /* a question has just come: whoever put it looks at the screen */

/* The externals of a filter's CODE and ID terms as they stood when they were collected. One a lane, kept between its questions: what has
 * not changed since is not copied again. */
struct search_externals {
    struct index_external items[FILTER_TERMS_MAX];
    size_t count;
    uint64_t version; /* index_question.external_version */
    struct search_copy {
        struct bitmap hits, searched;
        uint64_t version;
    } copies[SEARCHES_MAX];
};
void search_externals_init(struct search_externals *externals);
void search_externals_release(struct search_externals *externals);

/* Fills *externals and puts it into the question; new terms are made. Locks: those of `searches`, and a section of the index, which goes
 * on afterwards (for the positions): the caller ends it with run_index_unlock. */
void searches_collect(struct searches *searches, struct run_index *index, struct index_question *question,
                      struct search_externals *externals);
/* Some runs are still to be searched for this question: the background goes on with it, and drops what older questions wanted.
 * for_facets: also the runs that fail one other kind of term only, because facets are counted without their own. */
void searches_want(struct searches *searches, const struct index_question *question, bool for_facets);

/* Where nobody has wanted this question yet: searches the newest runs by the caller's own connection, for a few milliseconds or
 * until `rows` of them match, so that the first answer to a common word is a full screen. What goes wrong shows when the rows are read. */
void searches_look(struct searches *searches, struct run_index *index, const struct index_question *question,
                   const struct reading *reading, size_t rows);

/* The background thread: one slice of the scan that was wanted last; *is_idle where there is nothing to scan. */
MUST_USE enum err_code searches_step(struct searches *searches, struct run_index *index,
                                     struct scope_list *scopes, const struct reading *reading, bool *is_idle,
                                     struct err *err);
