/*
 * What the files of the SQLite source share; nobody else includes this.
 *
 * All reading happens inside source_read(): it opens the file, hands the body a reader inside one read transaction, and closes the
 * file again. Nothing is kept open between two pieces of reading (source_sqlite_open.c says why), so a body must be short: whoever
 * has much to read calls source_read() in slices.
 */
#pragma once

#include "data/base/clock.h"
#include "data/sqlite/source_sqlite.h"

#include <pthread.h>
#include <sqlite3.h>
#include <time.h>

enum {
    SLICE_MS = 40,         /* what a slice of reading aims at; 100 is the most that a transaction may last */
    BUSY_STRETCH_MS = 800, /* reading goes on for at most so long, */
    GAP_MS = 25,           /* before it pauses for so long */
    BUSY_MS = 150,         /* how long we wait for a lock */
    VALUE_MAX = 256 << 20, /* the largest text that is read */
    SCOPES_MAX = 4096,     /* distinct scopes that are told apart */
    INTERACTIONS_MAX = 10000, /* of one run */
    CALLS_MAX = 100000,       /* of one run */
    KEPT_MAX =
        17, /* connections that stay open: the background's and a list's; of a server one for each lane */
};

/* ---- the file (source_sqlite_file.c) ---- */

struct file_stamp {
    bool exists;
    uint64_t device, inode;
    int64_t size;
    int64_t modified_ns, changed_ns;
};

/* How the file and its -wal look; two different marks: something was written. */
struct file_mark {
    struct file_stamp main, wal;
    uint64_t shm_inode; /* 0: none */
};

/* How a file is opened, decided from its mark and header. */
enum open_mode {
    OPEN_LOCKED,    /* with SQLite's locks; beside a -wal, its -shm is only read */
    OPEN_IMMUTABLE, /* WAL file without -wal: as it stands, without locks; what was read counts only if the mark is the same afterwards */
};

bool file_stamp_equal(const struct file_stamp *a, const struct file_stamp *b);
bool file_mark_equal(const struct file_mark *a, const struct file_mark *b);
bool file_has_wal(const struct file_mark *mark); /* one with something in it */
bool file_has_writer(const char *path);          /* somebody has written to the -wal in the last seconds */
/* Fills *mark; says in *err what forbids opening at all. `path` is the file's real path. */
MUST_USE enum err_code file_mark_take(const char *path, struct file_mark *mark, struct err *err);

/* A VFS that opens everything read-only and creates and deletes nothing; registered under a name of its own while it exists. */
struct guard_vfs;
struct guard_vfs *guard_vfs_new(void);
void guard_vfs_free(struct guard_vfs *guard);
const char *guard_vfs_name(const struct guard_vfs *guard);

/* The file name in an address: a plain path, or file:… without its query and decoded. Caller frees. */
char *file_path_of(const char *address);

/* ---- the tables (source_sqlite_schema.c) ---- */

struct schema {
    uint64_t device, inode; /* of the file that it was read from; 0, 0: not read yet */
    int64_t version;
    char *views; /* SQL that puts TEMP views in the place of what is missing; NULL: all is there. Owned */
    bool has_created_index; /* execution(created_at) */
    char note[140];         /* what is missing, for a person; "" */
};

void schema_release(struct schema *schema);
/* Reads the tables of the open file. ERR_NO_TABLES names what was looked for and what is there. */
struct reader;
MUST_USE enum err_code schema_read(struct reader *reader, struct schema *schema, struct err *err);

/* ---- reading (source_sqlite_open.c) ---- */

struct sqlite_source;

/* What an interrupt needs to reach; one for each connection and thread. */
struct read_slot {
    pthread_mutex_t mutex;
    sqlite3 *db; /* while it reads */
    atomic_bool is_interrupted;
};

void read_slot_init(struct read_slot *slot);
void read_slot_release(struct read_slot *slot);
void read_slot_interrupt(struct read_slot *slot); /* from any thread */

/* Who reads and what stops it. */
struct reading {
    struct sqlite_source *source;
    struct read_slot *slot;
    struct cancel *cancel;   /* may be NULL */
    struct session *session; /* keeps the file open between the pieces of one answer; NULL: opened for each */
};
bool reading_is_stopped(const struct reading *reading);
/* ERR_CANCELLED where stopped. */
MUST_USE enum err_code reading_check(const struct reading *reading, struct err *err);

struct kept;

struct reader {
    const struct reading *reading;
    sqlite3 *db;
    struct kept *kept; /* it stays open behind this reading; NULL: it does not */
    enum open_mode mode;
    struct file_mark mark; /* as it was before the transaction */
    int64_t schema_version;
    bool has_created_index;
    bool has_rollback_journal; /* not a WAL file */
    uint64_t
        content; /* what was there just before the transaction, at the least: the same number, the same content; 0: not known */
};

/* The pieces of one answer follow each other at once, so they may share a reader, for as long as a transaction may last. */
struct session {
    struct reader reader;
    bool is_open;
    int64_t opened_at;
};
void reading_pause(
    const struct reading *reading); /* closes what the session holds; before any wait, and at the end */

/* One short piece of reading; must start over from nothing when called again. */
typedef enum err_code (*reader_body)(struct reader *reader, void *context, struct err *err);

/* Runs body in one read transaction; again where the file was changed in the meantime in a way that locks do not prevent. */
MUST_USE enum err_code source_read(const struct reading *reading, reader_body body, void *context,
                                   struct err *err);

/* Prepares, and explains a failure. *statement is NULL then. */
MUST_USE enum err_code reader_prepare(struct reader *reader, const char *sql, sqlite3_stmt **statement,
                                      struct err *err);
/* The same, for statements that are used at every look: kept with the connection where that is kept. Put back, never finalized. */
MUST_USE enum err_code reader_recall(struct reader *reader, const char *sql, sqlite3_stmt **statement,
                                     struct err *err);
void reader_put_back(struct reader *reader, sqlite3_stmt *statement); /* may be NULL */
/* True for a row; false at the end or where it failed: then *code says which. */
bool reader_step(struct reader *reader, sqlite3_stmt *statement, enum err_code *code, struct err *err);
/* The one number that a query gives; *number stays as it is where there is no row. */
MUST_USE enum err_code reader_number(struct reader *reader, const char *sql, int64_t *number,
                                     struct err *err);
/* The error of a result code of SQLite; explain_result where there is no reader: `what` is SQLite's own text. */
enum err_code explain_result(const char *path, int result, const char *what, struct err *err);
enum err_code reader_error(struct reader *reader, int result, struct err *err);

struct text column_text(sqlite3_stmt *statement, int column,
                        struct arena *arena);                   /* a copy; null stays null */
struct text column_borrow(sqlite3_stmt *statement, int column); /* until the next step */
int64_t column_time(sqlite3_stmt *statement,
                    int column); /* TIME_NONE for null; any other type as SQLite converts it */
void bind_text(sqlite3_stmt *statement, int parameter,
               struct text text); /* borrowed until the statement ends */

/* ---- connections that stay open while the file is watched (source_sqlite_keep.c) ---- */

void source_make_way_for_writer(struct sqlite_source *source, bool for_writing);
void kept_allow(struct sqlite_source *source, bool keeps);
/* Closes those at rest that are not needed any more: of other files than the mark's (NULL: of all), or unused for a second. */
void kept_sweep(struct sqlite_source *source, const struct file_mark *mark);
/* Makes the reader one of a kept connection, its transaction begun. False: open a fresh one. */
bool kept_resume(struct reader *reader);
void kept_adopt(
    struct reader *reader); /* a fresh one, its transaction begun: kept from now on, where that may be */
void kept_give(struct reader *reader); /* instead of closing it, where reader->kept */
/* Fresh readers are opened one at a time while connections are kept: or one that is not used would pass on to the next what it was
 * mixed up with. */
bool kept_begin_opening(struct sqlite_source *source); /* what kept_end_opening wants to know */
void kept_end_opening(struct sqlite_source *source, bool has_begun);
/* Whether a fresh reader may have been mixed up with a kept connection of files that are gone. closed: kept_closed() before it was
 * opened. */
uint64_t kept_closed(struct sqlite_source *source);
bool kept_is_in_the_way(struct reader *reader, uint64_t closed);

/* The SQL function code_contains(text, needle) of filter_sql.h. */
void sql_code_contains(sqlite3_context *context, int count, sqlite3_value **values);
/* feed_take(feed, value, rowid) of source_sqlite_feed.h. */
void sql_feed_take(sqlite3_context *context, int count, sqlite3_value **values);

/* ---- the source ---- */

struct sqlite_source {
    struct source base;
    struct source_options options;
    char *path; /* as given */
    struct guard_vfs *guard;
    pthread_mutex_t opening; /* held while a connection is opened beside kept ones; taken before `mutex` */

    pthread_mutex_t mutex; /* guards what follows */
    struct schema schema;
    bool has_rollback_journal;
    struct err last_err; /* of the last piece of reading; ERR_OK where it went well */
    int64_t read_at;
    int active;         /* readers at this moment */
    uint64_t opened;    /* readers so far */
    int64_t closed_at;  /* clock_ms() when one last opened or closed */
    int64_t busy_since; /* when reading began that went on without a gap */
    int writers;        /* in this process, for which nothing may be open here */
    int64_t gap_until;  /* of a server: nobody begins to read before */
    bool keeps;         /* connections may stay open: the file is watched */
    struct kept *kept[KEPT_MAX];
    size_t kept_count;
    uint64_t kept_closed; /* so far */

    struct background *background; /* NULL while the source opens */
};

struct ranked_list;

struct sqlite_conn {
    struct source_conn base;
    struct sqlite_source *source;
    struct read_slot slot;
    struct ranked_list *ranked; /* the list by the index, kept between questions; NULL: none yet */
};

/* Wakes the background thread where there is one: something went wrong, or was asked for. */
void source_wake(struct sqlite_source *source);
/* The index does not fit the table any more, or not even the file: it is made anew. */
void source_is_outgrown(struct sqlite_source *source, bool is_other_file);

/* ---- the answers ---- */

enum err_code sqlite_list(struct sqlite_conn *, const struct reading *, const struct list_query *,
                          struct arena *, struct list_reply *, struct err *);
enum err_code sqlite_meta(struct sqlite_conn *, const struct reading *, const struct meta_query *,
                          struct arena *, struct meta *, struct err *);
enum err_code sqlite_detail(const struct reading *, const struct detail_query *, struct arena *,
                            struct detail_reply *, struct err *);
enum err_code sqlite_peers(const struct reading *, const struct peers_query *, struct arena *,
                           struct peers_reply *, struct err *);

/* ---- rows (source_sqlite_rows.c) ---- */

/* A run as a list holds on to it before its row is read. */
struct place {
    int64_t rowid, created_at;
    int64_t duration_ms; /* read only when sorted by duration */
    struct text id;      /* null where only the rowid is known */
};

/* Reads the rows of places[0..count) as far as time allows, from *done on; those that are not there any more, or are others by now,
 * are left out, and *vanished counts them. */
struct row_batch {
    const struct place *places;
    size_t count;
    bool want_full, want_calls;
    struct arena *arena;
    struct run_row *rows;    /* count of them */
    struct run_detail *full; /* count of them where want_full */
    size_t done;             /* places looked at */
    size_t filled;           /* rows written */
    size_t vanished;
};
MUST_USE enum err_code rows_read(struct reader *reader, struct row_batch *batch, int64_t deadline,
                                 struct err *err);

/* The columns of `execution e` that read_run reads. */
#define RUN_COLUMNS                                                                                          \
    "e.id, e.scope_id, e.status, e.code, e.result_json, e.error_text, e.logs_json, e.started_at, "           \
    "e.completed_at, "                                                                                       \
    "e.trigger_kind, e.trigger_meta_json, e.tool_call_count, e.created_at, e.updated_at"
void read_run(sqlite3_stmt *statement, struct arena *arena, struct run *run);
struct call_list {
    struct tool_call *calls;
    size_t count;
};
/* All calls of a run, by started_at, ties by id; NULL where it has none. */
MUST_USE enum err_code calls_read(struct reader *reader, struct text run_id, struct arena *arena,
                                  struct call_list *calls, struct err *err);
/* All interactions of detail->run. */
MUST_USE enum err_code interactions_read(struct reader *reader, struct arena *arena,
                                         struct run_detail *detail, struct err *err);

/* ---- slices of the table by created_at (source_sqlite_slices.c) ---- */

/* A walk through [from, to] in pieces that take about half a SLICE_MS each, whatever is done with them. */
struct slices {
    bool is_down;
    int64_t end;  /* the last created_at, included */
    int64_t edge; /* what is on its far side has not been looked at */
    bool is_edge_included;
    int64_t far; /* the present slice goes to here, included */
    bool is_last, is_done;
    size_t chunk; /* rows a slice */
    int64_t seen; /* rows passed, roughly */
    int64_t started;
};
struct slices slices_start(struct time_range range, bool is_down); /* range.to inclusive here */
MUST_USE enum err_code slices_next(struct reader *reader, struct slices *slices,
                                   struct err *err); /* fills far, is_last */
void slices_pass(struct slices *slices);             /* the present slice has been read: on to the next */
/* The condition `e.created_at … ? AND e.created_at … ?` of the present slice, and its two values. */
const char *slices_condition(const struct slices *slices);
int slices_bind(const struct slices *slices, sqlite3_stmt *statement, int parameter); /* the next parameter */

struct filter_sql;
int filter_bind(const struct filter_sql *filter, sqlite3_stmt *statement); /* from 1 on; the next parameter */

/* ---- the list by SQL (source_sqlite_pages.c) ---- */

/* A list as the two roads give it before its rows are read. */
struct page {
    struct place *places;
    size_t count;
    ptrdiff_t anchor;
    bool anchor_found, is_first, is_last;
    bool is_partial; /* the time was up before enough rows were found */
    double progress;
    int64_t reach;
    int64_t looked_at; /* where partial: runs, roughly */
    struct tally total, rank;
    int64_t new_count, new_failed;
    uint64_t device,
        inode; /* of the file that the index was made from; 0, 0: places come from the table itself */
};

/* ---- the list by the index (source_sqlite_ranked.c) ---- */

/* False: the index cannot answer yet, use the other road. True: *code says how it went. Waits, where the query wants it exact. */
bool ranked_find(struct sqlite_conn *conn, const struct reading *reading, const struct list_query *query,
                 struct arena *arena, struct page *page, enum err_code *code, struct err *err);
void ranked_list_free(struct ranked_list *ranked);
/* The same for totals and facets. */
bool ranked_meta(struct sqlite_conn *conn, const struct reading *reading, const struct meta_query *query,
                 struct arena *arena, struct meta *meta, enum err_code *code, struct err *err);
/* Until everything has been counted: what was counted the last time fills what is not known exactly (source_sqlite_cache.h). */
void ranked_recall(struct sqlite_conn *conn, const struct reading *reading, const struct meta_query *query,
                   struct arena *arena, struct meta *meta);

/* Keyset pages; exact as far as they go. Stops at the deadline where the query does not wait_exact. Places in the arena. */
MUST_USE enum err_code pages_find(const struct reading *reading, const struct list_query *query,
                                  int64_t deadline, struct arena *arena, struct page *page, struct err *err);
