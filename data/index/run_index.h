/*
 * The whole history as columns in memory: every filter, facet, histogram, rank and sort of a large file
 * without touching it (speed.md).
 *
 * A run's position is its rank in ascending (created_at, id) order. Columns are parallel arrays by position,
 * dictionary-coded; no ids and no code are held: what a row shows is fetched by rowid. About 30 bytes a run
 * with 2.5 tool calls, and at most 3 more for what is kept between questions: for each block of 4096 runs the
 * index knows which revision changed it last, and a list or the counts of a question are brought up to date by
 * looking at the blocks that changed since they were asked for.
 *
 * Threads: ONE writer thread (it builds and polls) and any number of readers. The writer's functions lock by
 * themselves, for short times. Readers put run_index_lock … run_index_unlock around whatever belongs
 * together; positions and borrowed texts are valid in between. Sections do not nest, and the writer must not
 * call a writing function inside one. Dictionaries, the not yet complete columns and the lookup belong to the
 * writer.
 *
 * The order of things, the writer's in the first five lines:
 *
 *     run_index_load × n, run_index_seal
 *     run_index_next_tie, run_index_order_tie × n, run_index_publish    COLUMN_CREATED is ready
 *     or first run_index_publish_unordered, and those later             the same for all but lists
 *     run_index_put × n, run_index_complete                             a column at a time, that one is ready
 *     run_index_put_durations × n                                       any thread, COLUMN_DURATION at the end
 *     run_index_merge, run_index_add_calls, run_index_remove            any time once published, columns ready or not
 *     run_index_lock, run_index_list_build, run_index_meta, …, run_index_unlock
 */
#pragma once

#include "data/base/bitmap.h"
#include "data/filter/filter.h"
#include "data/meta.h"
#include "data/query.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum index_column {
    COLUMN_CREATED, /* created_at, rowid and the order */
    COLUMN_STATUS,
    COLUMN_TRIGGER,
    COLUMN_SCOPE,
    COLUMN_INTERACTION,
    COLUMN_TOOLS,
    COLUMN_DURATION,
    COLUMN_COUNT,
};
#define COLUMN_BIT(column) (1u << (column))
#define COLUMNS_ALL ((1u << COLUMN_COUNT) - 1)

/* Runs, tool calls, different words of a dictionary, and their bytes. More runs are refused with ERR_TOO_BIG; more calls or words
 * make their column unusable: see run_index_code. */
enum {
    INDEX_RUNS_MAX = 1 << 30,
    INDEX_CALLS_MAX = 2000000000,
    INDEX_WORDS_MAX = 65000,
    INDEX_WORD_BYTES = 1 << 24,
};

struct run_index;

struct run_index *run_index_new(void); /* empty, nothing ready */
void run_index_free(struct run_index *index);

/* Any thread, no section needed. */
unsigned run_index_ready(const struct run_index *index);    /* COLUMN_BITs that readers can use */
uint64_t run_index_revision(const struct run_index *index); /* moves at every visible change: a column
                                                               completed, rows, calls, durations */
size_t run_index_count(const struct run_index *index);      /* runs; 0 until published */

void run_index_lock(struct run_index *index); /* a reader's section */
void run_index_unlock(struct run_index *index);

/* ======== building: the writer thread ======== */

/* Forgets everything; readers find nothing ready. */
void run_index_reset(struct run_index *index);
/* Takes over all that `from` holds, in one step for readers: a projection made anew behind the shown one.
 * `from` is empty afterwards. */
void run_index_take(struct run_index *index, struct run_index *from);

struct index_row {
    int64_t created_at;
    int64_t rowid;
    uint32_t position; /* filled by the functions that read; ignored by those that write */
};

/* Adds rows, in ascending or in descending order of (created_at, rowid) all of them; another order works, it costs a
 * sort. Each rowid once. */
MUST_USE enum err_code run_index_load(struct run_index *index, const struct index_row *rows, size_t count,
                                      struct err *err);
void run_index_seal(struct run_index *index); /* no more loads; the ties can be asked for */

/* Runs of one millisecond, whose order only their ids tell. Groups may be as large as the table. */
struct index_tie {
    uint32_t first, count; /* positions [first, first + count); count >= 2 */
    int64_t created_at;
};
bool run_index_next_tie(const struct run_index *index,
                        struct index_tie *tie); /* start with *tie = {0}; false at the end */
int64_t run_index_rowid(const struct run_index *index, uint32_t position); /* writer, or a section */
/* The rowids of the group by ascending id. False where they are not the group's own (the table moved): it stays as it is. Groups
 * that are not given stand by ascending rowid. Any time, as far as nobody uses the order: see run_index_publish_unordered. */
MUST_USE bool run_index_order_tie(struct run_index *index, const struct index_tie *tie,
                                  const int64_t *rowids);

/* The same for all groups at once: tell the rowids of all runs by ascending id. Nothing may be merged or removed from when `ties` is made until
 * it orders them. 8 bytes a run. */
struct index_ties;
struct index_ties *run_index_ties_new(struct run_index *index); /* NULL: no run shares its millisecond */
void run_index_ties_free(struct index_ties *ties);
void run_index_ties_see(struct index_ties *ties, const int64_t *rowids, size_t count);
/* The next group of which not all were seen: like run_index_next_tie. Its order is another's task. */
bool run_index_ties_left(const struct index_ties *ties, struct index_tie *tie);
void run_index_ties_order(struct run_index *index,
                          struct index_ties *ties); /* groups of which all were seen; once */

void run_index_publish(struct run_index *index); /* COLUMN_CREATED is ready; the order of ties is final */
/* COLUMN_CREATED is ready for counting; run_index_is_ordered is false, and no list may be made, until run_index_publish
 * says that the ties are in order. */
void run_index_publish_unordered(struct run_index *index);
bool run_index_is_ordered(const struct run_index *index); /* any thread */

/* rowid → position: made at the first call (a dense array or sorted pairs, about 4–12 bytes a run), kept up
 * by merges, freed by run_index_lookup_free. False: no such run. The writer only. */
bool run_index_find_rowid(struct run_index *index, int64_t rowid, uint32_t *position);
void run_index_lookup_free(struct run_index *index);
/* The same by (created_at, rowid), without a lookup: a binary search, and a walk through the runs of that
 * millisecond. Writer, or a section. */
bool run_index_find(const struct run_index *index, int64_t created_at, int64_t rowid, uint32_t *position);

/* The code of a word of COLUMN_STATUS, _TRIGGER (null is a word like any other), _SCOPE or _TOOLS; new words
 * are added. When a dictionary is full, INDEX_CODE_OVERFLOW: such runs and calls are held, but the column
 * answers no filter and its facet is never exact (it stays "not ready" to eval and meta), so that nothing is
 * ever answered wrongly. The writer only. */
enum { INDEX_CODE_OVERFLOW = 0xFFFE };
uint16_t run_index_code(struct run_index *index, enum index_column column, struct text word);
/* The other way; borrowed, null for the null word and for no such code. Writer, or a section. */
struct text run_index_word(const struct run_index *index, enum index_column column, uint16_t code);

/* Takes back all values of a column that is not complete; of TOOLS only those that were put, not those that were added. */
void run_index_clear(struct run_index *index, enum index_column column);
/* Fills a column that is not complete yet. STATUS, TRIGGER, SCOPE: the code, the last one wins. INTERACTION:
 * code is ignored, sets the flag. TOOLS: adds ONE call of that tool to the run; any order. Does nothing on a
 * complete column. */
void run_index_put(struct run_index *index, enum index_column column, uint32_t position, uint16_t code);
/* The same for many runs by their rowids; those that are not there are left out. Not for TOOLS. */
void run_index_put_rowids(struct run_index *index, enum index_column column, const int64_t *rowids,
                          size_t count, uint16_t code);
/* TOOLS: one call of each tool to the run beside it; calls of one run as a rule one after the other. */
struct index_run_call {
    int64_t run;
    uint16_t tool;
};
void run_index_put_calls(struct run_index *index, const struct index_run_call *calls, size_t count);
/* The column is complete: runs without a value get default_code (STATUS, TRIGGER, SCOPE: the most common one,
 * which then need not be put at all; for the others it is ignored). Readers can use it from now on. DURATION
 * completes by itself: see run_index_put_durations. */
void run_index_complete(struct run_index *index, enum index_column column, uint16_t default_code);

/* Durations come from a scan of the table, in any order, from ANY thread (it locks; not inside a section).
 * Rows that are not there any more are skipped. When none is missing COLUMN_DURATION becomes ready. */
struct index_duration {
    struct index_row row; /* as run_index_rows gave it: position is where to look first */
    int64_t ms;           /* completed_at − started_at, may be negative; DURATION_NONE */
};
void run_index_put_durations(struct run_index *index, const struct index_duration *durations, size_t count);

/* ======== live: the writer thread ======== */

#define DURATION_UNREAD INT64_MAX

struct index_upsert {
    int64_t created_at, rowid;
    struct text id;                  /* of a new run */
    uint16_t status, trigger, scope; /* codes; also where the column is not complete yet */
    int64_t duration_ms;  /* DURATION_NONE; DURATION_UNREAD: leave it as it is (a new run's is then read by a
                             scan) */
    bool has_interaction; /* true sets it, false leaves it as it is */
    bool is_new;          /* false: the run is known, and must be found by created_at and rowid */
};

struct index_merge {
    size_t inserted, changed; /* changed: known runs of which anything differs now */
    size_t
        lost; /* known runs that were not found: the index does not follow the table any more, make it anew */
    size_t moved; /* inserted before others: positions shifted (see run_index_carry) */
};

/* Where a new run shares its millisecond with others, their ids are asked for: the sign of (id of the run
 * `rowid`) − id. Called without a lock held. NULL: new runs stand after those that are there. */
typedef int index_compare_id(void *context, int64_t rowid, struct text id);

/* New and changed runs, any order; one visible step. New runs whose rowid is at their created_at already
 * count as changed. */
MUST_USE enum err_code run_index_merge(struct run_index *index, const struct index_upsert *upserts,
                                       size_t count, index_compare_id *compare, void *context,
                                       struct index_merge *merge, struct err *err);

struct index_call {
    int64_t created_at, rowid; /* of the run */
    uint16_t tool;
};
/* New calls of runs that are there; whether COLUMN_TOOLS is complete or not. Returns how many found their
 * run. */
size_t run_index_add_calls(struct run_index *index, const struct index_call *calls, size_t count);

/* Takes runs out (a sweep). Returns how many were there. */
size_t run_index_remove(struct run_index *index, const struct index_row *rows, size_t count);

/* Runs whose status can still change (not terminal, unknown words included), oldest first: at most max of
 * them. Returns how many there are. Writer, or a section; 0 before COLUMN_STATUS is ready. */
size_t run_index_open_runs(const struct run_index *index, struct index_row *rows, size_t max);

/* ======== reading: inside a section ======== */

size_t run_index_memory(const struct run_index *index); /* bytes held, transient ones included */

/* Rows [from, from + count) by position, ascending; returns how many there were. For scans of the table. */
size_t run_index_rows(const struct run_index *index, uint32_t from, size_t count, struct index_row *rows);
/* False: not read yet. Else *ms is the duration or DURATION_NONE. */
bool run_index_duration(const struct run_index *index, uint32_t position, int64_t *ms);
/* Positions in [from, to) whose duration has not been read: how far a scan still has to go. */
size_t run_index_durations_missing(const struct run_index *index, uint32_t from, uint32_t to);

/* Positions of existing runs move when others are inserted before them or taken out. `layout` counts that; a
 * caller that keeps a bitmap by position keeps the layout beside it, and brings it up to date with
 * run_index_carry: true, and *layout is the current one and the bitmap has run_index_count bits (new runs: 0,
 * listed in *added where it is not NULL: same size, bits of the runs that came since). False: too much
 * happened since (at most INDEX_MOVES_KEPT runs are remembered) or the index was made anew: start over. */
enum { INDEX_MOVES_KEPT = 4096 };
uint64_t run_index_layout(const struct run_index *index);
MUST_USE bool run_index_carry(const struct run_index *index, uint64_t *layout, struct bitmap *bitmap,
                              struct bitmap *added);

/* What a CODE or ID term of the filter matched so far, found by the source. hits: positions whose run matches
 * any of the term's values (exclusion is applied here). Only `searched` positions count; NULL: all of them
 * were searched, however many there are. Both borrowed. */
struct index_external {
    size_t term; /* index in filter->terms */
    const struct bitmap *hits;
    const struct bitmap *searched;
};

struct index_question {
    const struct filter *filter;
    int64_t now;
    const char *scope; /* NULL: all */
    unsigned without;  /* bits (1u << filter_key) of keys whose terms are ignored: candidates for a search */
    const struct index_external *externals;
    size_t external_count;
    uint64_t external_version; /* the caller moves it whenever the externals' content changes */
};

/* Bits (1u << filter_key) of keys that cannot be answered now, because their column is not complete or no
 * external was given for a CODE or ID term; and two more. 0: it can be answered. A DURATION term is never
 * missing: unread durations make the answer partial. */
#define INDEX_MISSING_SCOPE (1u << FILTER_KEY_COUNT)
#define INDEX_MISSING_ALL (1u << (FILTER_KEY_COUNT + 1)) /* nothing published yet */
unsigned run_index_missing(const struct run_index *index, const struct index_question *question);

struct index_result {
    struct bitmap bits; /* positions that match; what is not searched or not read does not match */
    size_t count;
    bool is_partial; /* some runs that the other terms let through were not searched or their duration not
                        read */
    uint32_t reach;  /* where partial: all positions >= reach are answered; 0 where complete */
    size_t
        candidates; /* runs that the other terms let through: what a search has to look at, searched or not */
    size_t unsearched; /* of them, those not answered yet: progress = 1 − unsearched / candidates */
};
void run_index_result_init(struct index_result *result);
void run_index_result_release(struct index_result *result);
/* Evaluates; returns run_index_missing, and then where not 0 the result is empty. Semantics: filter_matches
 * (filter.h). */
unsigned run_index_eval(const struct run_index *index, const struct index_question *question,
                        struct index_result *result);

struct index_meta_options {
    size_t max_buckets;   /* 0: no histogram */
    int64_t bucket_width; /* 0: chosen */
    bool want_api_chart; /* range = span of the filtered rows, width = bucket_width_of_api; and meta.called */
};
/* Everything of struct meta, texts copied into the arena; the counts of the last few questions are kept in the index. Returns run_index_missing: where not 0, only total and extent
 * are known; the rest is unknown (-1, not counted, no values). Answers still open (index_result) make every number but total inexact. A
 * facet whose own column is not ready is not counted; a histogram without COLUMN_STATUS puts all runs under STATUS_OTHER and is
 * not exact. Its range: the filter's, an open end closed by the extent, or by `now` where the filter has a relative time.
 * At most 1000 values of trigger, of scopes and of other statuses, and what the filter names. progress: the share of columns
 * (without DURATION) that are ready. */
unsigned run_index_meta(const struct run_index *index, const struct index_question *question,
                        const struct index_meta_options *options, struct arena *arena, struct meta *meta);

/* A filtered, sorted list, kept by the caller between questions (one a lane): made anew only when the question
 * changed, and brought up to date when the index did. */
struct index_list {
    struct index_result result;
    struct bitmap_ranks ranks;
    uint32_t *order; /* SORT_DURATION: positions in list order; else NULL */
    struct sort sort;
    struct index_list_key *key; /* what it was made for */
};
void run_index_list_init(struct index_list *list);
void run_index_list_release(struct index_list *list);
/* Returns run_index_missing; where not 0 the list is empty. SORT_DURATION with unread durations: those stand
 * last, as if they had none, and list->result.is_partial is true. */
unsigned run_index_list_build(const struct run_index *index, const struct index_question *question,
                              struct sort sort, struct index_list *list);

/* Ranks are 0-based numbers in the list's own order. All below need the list to be of this section's
 * revision. */
uint32_t run_index_list_at(const struct index_list *list,
                           size_t rank); /* its position; rank < result.count */
/* How many rows of the list stand strictly before a position in the list's order: its rank where it is in the
 * list. */
size_t run_index_list_rank(const struct run_index *index, const struct index_list *list, uint32_t position);
/* Rows [rank, rank + count), clamped; returns how many. */
size_t run_index_list_rows(const struct run_index *index, const struct index_list *list, size_t rank,
                           size_t count, struct index_row *rows);

/* Where a question's anchor is. */
struct index_anchor {
    enum anchor_kind kind;
    int64_t created_at;  /* KEY, AFTER, TIME */
    int64_t duration_ms; /* KEY, AFTER under SORT_DURATION: DURATION_NONE for none */
    struct text id;      /* KEY, AFTER */
    bool has_rowid;      /* KEY, AFTER: the caller knows the run's rowid, so ids need not be compared */
    int64_t rowid;       /* where has_rowid */
    int64_t rank;        /* RANK; clamped */
    index_compare_id
        *compare;  /* finds the id, or its place, among the runs of its millisecond where the rowid
                                  does not; NULL: then it stands before them in the list's order */
    void *context; /* (it is called inside the section) */
};
/* The rank of the anchor row, in 0 .. result.count; == count: it would stand behind the last row (or the list
 * is empty). *found (may be NULL): KEY: that very run is in the list; others: there is a row at that rank. */
size_t run_index_list_anchor(const struct run_index *index, const struct index_list *list,
                             const struct index_anchor *anchor, bool *found);

/* The rank of the next (direction +1) or previous (−1) run of that status strictly after / before `rank`;
 * BITMAP_NONE where there is none or COLUMN_STATUS is not ready. rank may be -1 or count to start outside. */
size_t run_index_list_find_status(const struct run_index *index, const struct index_list *list,
                                  ptrdiff_t rank, int direction, enum run_status status);

/* Rows of the list created after the cutoff, and those of them that failed (−1 without COLUMN_STATUS). */
void run_index_list_count_after(const struct run_index *index, const struct index_list *list, int64_t cutoff,
                                int64_t *total, int64_t *failed);
