/*
 * A projection on its way, and its steps: between the source_sqlite_build files only. A step reads in one transaction and brings what it reads into
 * the index at once. Where that transaction does not count in the end, the column that was being filled is begun anew: builder_reads.
 */
#pragma once

#include "data/sqlite/source_sqlite_build.h"
#include "data/sqlite/source_sqlite_feed.h"

enum { WORDS_BY_INDEX = 64 };

enum phase {
    PHASE_START,
    PHASE_CREATED,
    PHASE_STATUS,
    PHASE_CATCH_UP,
    PHASE_TRIGGER,
    PHASE_SCOPE,
    PHASE_QUESTIONS, /* and the order of the ties */
    PHASE_TIES,      /* those that are left */
    PHASE_PATHS,
    PHASE_CALLS,
    PHASE_PROOF,
    PHASE_DONE
};

/* One word of a dictionary column, while its rows are read. */
struct word_scan {
    char *word; /* owned; NULL: the null */
    uint16_t code;
    struct feed feed;
};

/* The runs of all scopes by ascending id, beside the ids of what belongs to them. */
struct id_merge {
    struct feed *scopes;
    size_t scope_count;
    uint32_t *heap; /* of those that are not at their end, by their next id; made anew in each transaction */
    size_t heap_count;
    struct feed child;
    bool is_open;
    bool is_matched;       /* the last child belongs to the run on top */
    struct reader *reader; /* during a body */
    struct feed_image *image;
};

/* The tool of each call by its rowid. */
struct call_codes {
    uint16_t *dense; /* from base on */
    int64_t base;
    size_t count;
    struct call_code { /* where rowids lie too far apart */
        int64_t rowid;
        uint16_t code;
    } * sparse;
    size_t room;
};

struct builder {
    struct run_index *index;
    struct follower *follower;
    enum phase phase;
    bool is_reading;         /* what the present phase put into the index is in question: it is begun anew */
    struct feed_image image; /* of the present piece of reading */
    enum phase broken_phase; /* the image broke there: SQLite is asked until the next phase */
    bool had_image;          /* something was read by one; */
    bool is_by_sql;          /* and the number of runs did not fit in the end: all by SQLite */

    struct feed feed; /* PHASE_CREATED, _PATHS */
    bool has_feed;

    struct word_scan words[WORDS_BY_INDEX];
    size_t word_count, word_at;
    bool has_words, is_by_table; /* other words than the index can be asked for: by the table */

    struct id_merge merge;
    bool is_at_end; /* the present walk along the ids has been gone */
    struct index_ties *ties;
    struct index_tie tie; /* PHASE_TIES: the next group */
    bool has_tie;

    int64_t last_call; /* later ones are the follower's */
    struct call_codes codes;
};

/* One piece of reading by body, whose context is the builder. `restart` puts the phase back to its beginning. Afterwards is_reading tells
 * that nothing counts. */
MUST_USE enum err_code builder_reads(struct builder *builder, const struct reading *reading, reader_body body,
                                     void (*restart)(struct builder *), struct err *err);

/* COLUMN_STATUS, _TRIGGER or _SCOPE: on to the next phase when it is complete. */
MUST_USE enum err_code build_words(struct builder *builder, const struct reading *reading, struct err *err);
void build_words_release(struct builder *builder);

/* What id_merge_next found. */
enum merge_step {
    MERGE_RUN,   /* a run of which nothing (more) is there */
    MERGE_CHILD, /* a child of the run */
    MERGE_LATE,  /* the time is up */
    MERGE_END,
};
void id_merge_init(struct id_merge *merge, const struct scope_list *scopes, enum feed_source child);
void id_merge_restart(struct id_merge *merge);
void id_merge_release(struct id_merge *merge);
MUST_USE enum err_code id_merge_begin(struct id_merge *merge, struct reader *reader, struct feed_image *image,
                                      int64_t until, struct err *err);
void id_merge_end(struct id_merge *merge); /* of the body */
MUST_USE enum err_code id_merge_next(struct id_merge *merge, int64_t until, enum merge_step *step,
                                     int64_t *run, int64_t *child, struct err *err);

bool id_merge_has_children(const struct id_merge *merge);

MUST_USE enum err_code build_questions(struct builder *builder, const struct reading *reading,
                                       struct err *err);
MUST_USE enum err_code build_ties(struct builder *builder, const struct reading *reading, struct err *err);
MUST_USE enum err_code build_paths(struct builder *builder, const struct reading *reading, struct err *err);
MUST_USE enum err_code build_calls(struct builder *builder, const struct reading *reading, struct err *err);
