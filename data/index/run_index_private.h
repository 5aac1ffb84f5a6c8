/*
 * What the files of run_index share: the columns and how they are read. Not for others.
 *
 * A column is as narrow as its values allow and widens when one comes that does not fit: codes 0, 1 or 2 bytes a run, rowids 4 or 8,
 * durations 4 or 8. So a strange file costs memory, never exactness.
 */
#pragma once

#include "data/base/arena.h"
#include "data/index/run_index.h"

#include <pthread.h>
#include <stdatomic.h>

enum { CODE_UNSET = 0xFFFF, NARROW_UNSET = 0xFF };

/* No array: every run has the code `uniform`. */
struct code_column {
    uint8_t *narrow;
    uint16_t *wide;
    uint16_t uniform;
};

/* At most one of the arrays is there. */
struct rowid_column {
    uint32_t *narrow;
    int64_t *wide;
};

struct duration_column {
    int32_t *narrow;
    int64_t *wide;
    size_t unread;
};
enum { NARROW_DURATION_NONE = INT32_MIN, NARROW_DURATION_UNREAD = INT32_MAX };

/* Calls of one run that came one after the other. */
struct call_group {
    uint32_t position;
    uint32_t count : 31; /* of the next ones in tools */
    uint32_t is_put : 1; /* by run_index_put */
};

/* Calls of run i: tools[offsets[i]] up to tools[offsets[i + 1]]. Until the column is complete they are collected as groups instead. */
struct call_column {
    uint32_t *offsets; /* NULL until complete */
    uint16_t *tools;
    size_t count, cap;
    struct call_group *groups; /* NULL once complete */
    size_t group_count, group_cap;
};

struct dictionary {
    struct arena arena;
    struct text *words;
    size_t count, cap;
    uint32_t *slots; /* open addressing: code + 1, 0 is free */
    size_t slot_count;
    bool is_overflowed;
};

enum { DICTIONARIES = 4 }; /* of STATUS, TRIGGER, SCOPE, TOOLS */

struct lookup {
    uint32_t *positions; /* dense: [rowid - base], else positions by ascending rowid; NULL: not made */
    int64_t base;
    size_t count;
    bool is_dense;
};

/* The last moves, a ring by number: layout n is the state before move n. */
struct move_log {
    uint32_t positions[INDEX_MOVES_KEPT];
    bool removed[INDEX_MOVES_KEPT];
    uint64_t layout;
};

struct index_store {
    size_t loaded; /* until sealed: runs in created and rowids, which alone have room for them */
    bool is_unsealed, loads_up, loads_down; /* and the order they came in so far */
    size_t count, cap;                      /* runs; room in every column */
    int64_t *created;
    struct rowid_column rowids;
    struct code_column status, trigger, scope;
    uint8_t *interaction; /* 0 or 1 */
    struct call_column calls;
    struct duration_column durations;
    struct dictionary dictionaries[DICTIONARIES];
    struct lookup lookup;
};

/* For each INDEX_BLOCK_RUNS runs the revision that last changed one of them. */
enum { INDEX_BLOCK_RUNS = 4096 };
struct index_stamps {
    uint64_t *runs, *durations; /* blocks past `count` never changed */
    size_t count;
};

struct kept_answers;
struct kept_tools;

struct run_index {
    pthread_rwlock_t lock;
    atomic_uint ready;
    _Atomic uint64_t revision;
    atomic_size_t shown; /* runs that readers may see */
    atomic_bool is_unordered;
    struct index_store store;
    struct move_log moves;
    struct index_stamps stamps;
    struct kept_answers *kept; /* has a lock of its own: run_index_kept.h */
    struct kept_tools *tools;  /* so has this: run_index_tools.h */
};

/* A change that readers can see: lock, change, unlock. Ending it moves the revision. */
void index_write_begin(struct run_index *index);
void index_write_end(struct run_index *index);
void index_set_ready(struct run_index *index, enum index_column column);

static inline bool index_is_ready(const struct run_index *index, enum index_column column)
{
    return run_index_ready(index) & COLUMN_BIT(column);
}

void index_reserve(struct index_store *store, size_t count); /* room in every column that has an array */

struct dictionary *index_dictionary(struct index_store *store, enum index_column column);
struct code_column *index_codes(struct index_store *store,
                                enum index_column column); /* STATUS, TRIGGER, SCOPE */
/* Ready, and no word was lost. */
bool index_is_usable(const struct run_index *index, enum index_column column);

static inline uint16_t codes_get(const struct code_column *codes, size_t at)
{
    if (codes->narrow)
        return codes->narrow[at] == NARROW_UNSET ? CODE_UNSET : codes->narrow[at];
    return codes->wide ? codes->wide[at] : codes->uniform;
}
void codes_set(struct index_store *store, struct code_column *codes, size_t at, uint16_t code);

static inline int64_t rowids_get(const struct rowid_column *rowids, size_t at)
{
    return rowids->narrow ? rowids->narrow[at] : rowids->wide[at];
}
void rowids_set(struct index_store *store, size_t at, int64_t rowid);

static inline int64_t durations_get(const struct duration_column *durations, size_t at)
{
    if (!durations->narrow)
        return durations->wide[at];
    int32_t ms = durations->narrow[at];
    if (ms == NARROW_DURATION_NONE)
        return DURATION_NONE;
    return ms == NARROW_DURATION_UNREAD ? DURATION_UNREAD : ms;
}
void durations_set(struct index_store *store, size_t at,
                   int64_t ms); /* keeps `unread` right for an existing value */

/* The first position with created >= t / created > t. */
size_t index_lower_bound(const struct index_store *store, int64_t t);
size_t index_upper_bound(const struct index_store *store, int64_t t);

/* Opens gaps: element i of `at` (ascending, in old positions) goes before old element at[i]; its place is at[i] + i afterwards.
 * data has room for count + gaps elements of `size` bytes. */
void index_open_gaps(void *data, size_t size, size_t count, const uint32_t *at, size_t gaps);
/* Takes elements out: positions ascending, each once. */
void index_close_gaps(void *data, size_t size, size_t count, const uint32_t *at, size_t gaps);

void calls_collect(struct index_store *store, uint32_t position, uint16_t tool, bool is_put);
void calls_take_back(struct call_column *calls); /* those that were put */
void calls_sort_in(struct index_store *store);   /* collected groups → offsets */
void calls_open_gaps(struct index_store *store, const uint32_t *at, size_t gaps);  /* before count grows */
void calls_close_gaps(struct index_store *store, const uint32_t *at, size_t gaps); /* before count shrinks */
enum { NO_POSITION = INT32_MAX /* above INDEX_RUNS_MAX */ };

static inline bool lookup_dense(const struct lookup *lookup, int64_t rowid, uint32_t *position)
{
    uint64_t at = (uint64_t)rowid - (uint64_t)lookup->base;
    if (rowid < lookup->base || at >= lookup->count || lookup->positions[at] == NO_POSITION)
        return false;
    *position = lookup->positions[at];
    return true;
}

void lookup_make(struct index_store *store); /* where it is not made yet; not of an empty store */
void lookup_free(struct lookup *lookup);

void index_forget_moves(struct move_log *moves); /* no bitmap from before can be carried over */
void index_log_move(struct move_log *moves, uint32_t position, bool removed);

/* ---- what changed when: run_index_stamps.c. Inside a change that readers can see ---- */

void index_touch_run(struct run_index *index, size_t position); /* it differs */
void index_touch_from(struct run_index *index,
                      size_t position); /* all from here on may be others: runs came before them, or went */
void index_touch_duration(struct run_index *index, size_t position); /* it was read */
/* Whether anything about the block's runs may have changed after a revision; the reading of durations counts only where it is asked for. */
bool index_block_changed(const struct run_index *index, size_t block, bool with_durations, uint64_t since);
