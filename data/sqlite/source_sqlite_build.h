/*
 * The background half of the SQLite source: it projects the table into the index in memory, and follows it there. Everything here
 * belongs to the source's one background thread, which is the index's writer.
 */
#pragma once

#include "data/index/run_index.h"
#include "data/sqlite/source_sqlite_int.h"

/* The scopes of the file: with one of them an id is looked up by the primary key. */
struct scope_list {
    struct text *words; /* owned; a NUL may stand in one */
    size_t count;
    size_t recent; /* where the last id was found */
};
void scope_list_release(struct scope_list *scopes);
void scope_list_add(struct scope_list *scopes,
                    struct text scope); /* nothing where it is there, or SCOPES_MAX are */

/* Finds runs by id, one after the other; made and finished inside a body. */
struct run_finder {
    struct reader *reader;
    struct scope_list *scopes;
    sqlite3_stmt *statement;
};
MUST_USE enum err_code run_finder_start(struct run_finder *finder, struct reader *reader,
                                        struct scope_list *scopes, struct err *err);
void run_finder_end(struct run_finder *finder);
/* *rowid is 0 and *is_there false where no scope has it. */
MUST_USE enum err_code run_finder_find(struct run_finder *finder, struct text id, int64_t *rowid,
                                       bool *is_there, struct err *err);

/* What the index was last brought up to. */
struct follower {
    struct scope_list scopes;
    int64_t last_run, last_call, last_question; /* the greatest rowids; 0: none */
    struct text last_id; /* of the run last_run: rowids are used again. Owned; a NUL may stand in it */
    int64_t schema_version;
    uint64_t device, inode;
    uint64_t content; /* reader.content of the last poll; 0: not known */
    int64_t *
        suspects; /* runs that may have changed while their statuses were read: looked at by the first poll */
    size_t suspect_count, suspects_seen;
    bool has_polled;
    struct open_run { /* runs that can still change, by rowid, with the code of their status */
        int64_t rowid;
        uint16_t status;
    } * known;
    size_t known_count;
    int64_t counted_at; /* clock_ms() of the last count(*), and */
    int64_t count_took; /* how many ms it took */
};
void follower_release(struct follower *follower);
/* Takes the state of the table before the projection begins. */
MUST_USE enum err_code follower_start(struct follower *follower, const struct reading *reading,
                                      struct err *err);

struct poll_result {
    bool is_changed;  /* something in the index is different now */
    bool is_same;     /* nothing at all was written since the last poll */
    bool is_outgrown; /* the index cannot follow (other file, other schema, rows gone): project anew */
};
/* Brings the index up to date; needs COLUMN_CREATED and COLUMN_STATUS ready. want_count: count all rows, too. */
MUST_USE enum err_code follower_poll(struct follower *follower, struct run_index *index,
                                     const struct reading *reading, bool want_count,
                                     struct poll_result *result, struct err *err);

/* A projection on its way. */
struct builder;
struct builder *builder_new(struct run_index *index,
                            struct follower *follower); /* both borrowed; resets the index */
void builder_free(struct builder *builder);
bool builder_is_done(const struct builder *builder);
bool builder_can_follow(const struct builder *builder); /* follower_poll may be called from now on */
/* One slice. After an error the projection goes on where it stood when it is called again. */
MUST_USE enum err_code builder_step(struct builder *builder, const struct reading *reading, struct err *err);

/* Reads one slice of the durations that are missing, the newest runs first; *is_done where there are none left. */
MUST_USE enum err_code durations_step(struct run_index *index, const struct reading *reading, bool *is_done,
                                      struct err *err);
