/*
 * The writing half of run history: the three tables of executor-store.md in a SQLite file. Never linked into
 * a path that only reads.
 *
 *     store_open("data.db", &(struct store_options){.busy_timeout_ms = 2000}, &store, &err)
 *     store_create_run(store, &(struct run){.id = …, .scope_id = …, .code = …, .created_at = now, .started_at
 * = TIME_NONE}, &err) store_start_call(…)  store_finish_call(…)  store_ask(…)  store_answer(…)
 *     store_finish_run(store, ref, &(struct run_end){.status = TEXT_LIT("completed"), …}, &err)
 *     store_close(store)
 *
 * Ids and times are always the caller's: the same calls write the same rows. Texts are borrowed for the call;
 * TEXT_NULL and TIME_NONE are null. A run's id is taken to be unique among all scopes, because calls and
 * interactions carry no scope.
 *
 * Outside a batch every function is one transaction. A function that fails has changed nothing, inside a
 * batch too.
 *
 * Versions. The file may belong to an executor that keeps other tables in it and its own idea of user_version
 * (0, as seen), so neither user_version nor application_id is ours to set. What we need to remember stands in
 * a table of our own, executor_runs_note(key, value): 'version' is the version of our three tables. It is
 * written where we made or migrated them; a file whose tables were made by somebody else, and are complete,
 * is used as it is and gets nothing added.
 */
#pragma once

#include "data/base/err.h"
#include "data/run.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store; /* belongs to one thread at a time */

enum {
    STORE_VERSION = 1,
    STORE_TEXT_MAX = 64 << 20, /* bytes of a row; above: ERR_TOO_BIG */
};

struct store_options {
    int busy_timeout_ms; /* how long a write waits for somebody else's lock; 0: not at all (ERR_BUSY) */
    int cache_mb;        /* what a scratch file may keep in memory; 0: 128 */
    bool must_exist;     /* make neither a file nor tables: ERR_NOT_FOUND, ERR_NO_TABLES */
    bool
        is_private; /* a file that is made is its owner's alone, whatever the umask: a log may say anything; and its group's,
                       where the directory is that group's to write, and not everybody's */
    bool is_scratch; /* a file under construction that is thrown away when anything fails: no journal, no
                            syncs, exclusive; see     store_settle */
};

/* Opens or creates, in WAL mode. Tables that are missing are made, and old ones migrated, in one transaction:
 * all or nothing. Where it fails the tables are as they were. ERR_UNSUPPORTED: written by a newer version.
 * ERR_NO_TABLES: a table of that name lacks columns; the text says which. ERR_NOT_DATABASE, ERR_NOT_FOUND (no
 * such directory), ERR_DENIED, ERR_BUSY, ERR_CORRUPT, ERR_IO. */
MUST_USE enum err_code store_open(const char *path, const struct store_options *options, struct store **store,
                                  struct err *err);
void store_close(struct store *store); /* rolls an open batch back; NULL is fine */

/* Ends the construction of a scratch file: WAL mode, everything in the main file. Close it after that. */
MUST_USE enum err_code store_settle(struct store *store, struct err *err);

/* Many writes as one transaction. No nesting: a second begin is ERR_USAGE, and so is a commit without one. */
MUST_USE enum err_code store_begin(struct store *store, struct err *err);
MUST_USE enum err_code store_commit(struct store *store, struct err *err);
void store_rollback(struct store *store); /* nothing where there is no batch */

struct run_ref {
    struct text scope_id, id;
};

/* A new run. status null: running (else `pending`, or any other word); started_at null: created_at;
 * updated_at is created_at. Reads of *run also code, trigger_kind, trigger_meta_json. ERR_USAGE: the id is
 * taken. */
MUST_USE enum err_code store_create_run(struct store *store, const struct run *run, struct err *err);

/* running, pending, waiting_for_interaction … ERR_NOT_FOUND: no such run. */
MUST_USE enum err_code store_set_status(struct store *store, struct run_ref ref, struct text status,
                                        int64_t at, struct err *err);

/* The log so far of a run that goes on, and with it updated_at, which always moves: to `at`, or past what it was. ERR_NOT_FOUND: no such run,
 * or it has ended. */
MUST_USE enum err_code store_set_logs(struct store *store, struct run_ref ref, struct text logs_json,
                                      int64_t at, struct err *err);

struct run_end {
    struct text status; /* completed, failed, cancelled */
    struct text result_json, error_text, logs_json;
    int64_t completed_at; /* also updated_at */
    int64_t tool_call_count;
};
/* The end, in one write. ERR_NOT_FOUND. */
MUST_USE enum err_code store_finish_run(struct store *store, struct run_ref ref, const struct run_end *end,
                                        struct err *err);

/* The end of a run that nobody goes on with: as store_finish_run, and in the same transaction its open questions are cancelled, its
 * running calls failed (error_text `unfinished`, unless they have one), and tool_call_count is the number of its calls (end's is not
 * read). ERR_NOT_FOUND. */
MUST_USE enum err_code store_end_run(struct store *store, struct run_ref ref, const struct run_end *end,
                                     struct text unfinished, struct err *err);

/* A run of which nobody will tell the end becomes `failed` with error_text `why`, and its questions and calls end with it; result and logs
 * stay. Not where it has ended meanwhile or is gone: *changed is false then. */
MUST_USE enum err_code store_abandon_run(struct store *store, struct run_ref ref, struct text why, int64_t at,
                                         bool *changed, struct err *err);

/* A run that has not ended and whose trigger metadata names a recorder. */
struct store_open_run {
    struct text scope_id, id, trigger_meta_json;
};
enum {
    STORE_OPEN_RUNS_MAX = 4096,
    STORE_OPEN_META_MAX = 64 << 10, /* bytes: longer metadata is no recorder's */
    STORE_OPEN_BYTES_MAX = 16 << 20,
};
/* At most STORE_OPEN_RUNS_MAX of them, and about STORE_OPEN_BYTES_MAX together; all in the arena. */
MUST_USE enum err_code store_open_runs(struct store *store, struct arena *arena, struct store_open_run **runs,
                                       size_t *count, struct err *err);

/* A call that begins: `running`. Reads of *call id, execution_id, tool_path, namespace_ (null: the path's
 * first segment), args_json, started_at. */
MUST_USE enum err_code store_start_call(struct store *store, const struct tool_call *call, struct err *err);

/* The same from inside a run whose row somebody else writes: it may not be there yet, and then the call waits for it. ERR_NOT_FOUND, and nothing is
 * written: the run has ended. execution_id is ref.id. */
MUST_USE enum err_code store_start_call_inside(struct store *store, struct run_ref ref,
                                               const struct tool_call *call, struct err *err);

struct call_end {
    struct text status; /* completed, failed */
    struct text result_json, error_text;
    int64_t
        completed_at; /* duration_ms becomes completed_at − started_at; a clock that stepped back gives 0 */
};
/* ERR_NOT_FOUND: no such call, or it is not running any more. */
MUST_USE enum err_code store_finish_call(struct store *store, struct text id, const struct call_end *end,
                                         struct err *err);

/* A question: a `pending` interaction, and its run is waiting_for_interaction. Reads of *question id, kind,
 * purpose, payload_json, created_at; execution_id is ref.id. ERR_NOT_FOUND: no such run, or it has ended. */
MUST_USE enum err_code store_ask(struct store *store, struct run_ref ref, const struct interaction *question,
                                 struct err *err);

struct answer {
    bool is_cancelled; /* the answer "cancel": the interaction becomes `cancelled`, else `resolved` */
    struct text response_json, response_private_json;
    int64_t at;
};
/* The answer. Its run is running again where it waits and nothing else is asked; one that is not waiting stays as it is.
 * ERR_NOT_FOUND: no such pending interaction (any more), or no such run. */
MUST_USE enum err_code store_answer(struct store *store, struct run_ref ref, struct text interaction_id,
                                    const struct answer *answer, struct err *err);

/* Whole rows exactly as given, nulls included: for histories that are made up or brought from elsewhere. */
MUST_USE enum err_code store_import_run(struct store *store, const struct run *run, struct err *err);
MUST_USE enum err_code store_import_call(struct store *store, const struct tool_call *call, struct err *err);
/* has_private_response is not read: `secret` is the column's value. */
MUST_USE enum err_code store_import_interaction(struct store *store, const struct interaction *interaction,
                                                struct text secret, struct err *err);

/* Notes of our own about the file (not 'version'): what kind of a file it is. */
MUST_USE enum err_code store_set_note(struct store *store, const char *key, const char *value,
                                      struct err *err);

/* Reads a note without opening a store: nothing is made, changed or left beside the file. `value` is "" where there is no such note, no
 * such file, or no database in it. Notes that are only in the file's -wal are not seen. */
enum { STORE_NOTE_TEXT = 64 }; /* the rest of a longer note is left out */
void store_read_note(const char *path, const char *key, char value[STORE_NOTE_TEXT]);
