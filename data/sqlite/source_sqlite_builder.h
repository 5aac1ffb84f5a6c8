/*
 * A projection on its way, and its steps: between the source_sqlite_build files only. Each step reads one slice into the batch, and
 * brings it into the index when the slice counts.
 */
#pragma once

#include "data/sqlite/source_sqlite_build.h"

enum { BATCH = 20000, CLOCK_EVERY = 512, WORDS_BY_INDEX = 64 };

enum phase {
    PHASE_START,
    PHASE_CREATED,
    PHASE_TIES,
    PHASE_STATUS,
    PHASE_CATCH_UP,
    PHASE_TRIGGER,
    PHASE_SCOPE,
    PHASE_QUESTIONS,
    PHASE_PATHS,
    PHASE_CALLS,
    PHASE_DONE
};

/* One word of a dictionary column, while its rows are read. */
struct word_scan {
    char *word; /* owned; NULL: the null */
    size_t length;
    uint16_t code;
    int64_t after; /* rowids up to here have been read */
    bool is_done;
};

struct builder {
    struct run_index *index;
    struct follower *follower;
    enum phase phase;

    /* What a slice read, before it counts. */
    struct index_row rows[BATCH];
    struct text texts[BATCH];
    size_t count;
    bool is_end;
    struct arena arena; /* the texts */

    int64_t created, rowid; /* PHASE_CREATED: the last row read */
    struct index_tie tie;
    bool has_tie;

    struct word_scan words[WORDS_BY_INDEX];
    size_t word_count, word_at;
    bool has_words, is_by_table; /* more words than can be read one by one: by the table */

    char *text; /* PHASE_QUESTIONS, _PATHS, _CALLS: the last key read. Owned */
    size_t text_length;
    uint16_t *
        call_codes; /* tool of a call by rowid, from call_base on; NULL: the path is read from the call's row */
    int64_t call_base;
    size_t call_count;
};

/* The batch of a slice; filled inside a body. fill: a statement whose columns 0 and 1 are created_at and rowid, and 2, where
 * has_text, a text. */
void batch_begin(struct builder *builder);
MUST_USE enum err_code batch_fill(struct reader *reader, struct builder *builder, sqlite3_stmt *statement,
                                  bool has_text, struct err *err);

/* COLUMN_STATUS, _TRIGGER or _SCOPE: on to the next phase when it is complete. */
MUST_USE enum err_code build_words(struct builder *builder, const struct reading *reading,
                                   enum index_column column, struct err *err);
void build_words_release(struct builder *builder);

MUST_USE enum err_code build_questions(struct builder *builder, const struct reading *reading,
                                       struct err *err);
MUST_USE enum err_code build_paths(struct builder *builder, const struct reading *reading, struct err *err);
MUST_USE enum err_code build_calls(struct builder *builder, const struct reading *reading, struct err *err);
