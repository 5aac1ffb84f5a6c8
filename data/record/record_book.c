/*
 * See record_book.h. The file is open only while there is something to write to it, and a moment longer: a
 * run of days must not hold a file that is swept, replaced or removed meanwhile. Where the row is not there
 * at the end, it is made together with it.
 *
 * The log of a run that goes on is for those who look meanwhile, and for the case that there is no end,
 * because this process is killed. The end writes all of it again: so no attempt is worth a second one at
 * once.
 *
 * A lock is waited for in steps of random length, so that two hundred recorders that start with the same
 * minute do not all come back at the same moment; and as long as others get their writes done, there is a
 * queue and no lock, and it is worth standing in it. What waiting does not mend is tried again while the
 * command runs, because a person may, but it holds nobody up at the end.
 */
#include "data/record/record_book.h"

#include "data/base/clock.h"
#include "data/base/die.h"
#include "data/base/rand.h"
#include "data/record/process.h"
#include "data/record/record_dead.h"
#include "data/record/record_log.h"
#include "data/record/record_pace.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    BUSY_MS = 100,      /* that SQLite itself waits for a lock */
    FIRST_PAUSE_MS = 4, /* between two attempts, and twice as long each time */
    LONGEST_PAUSE_MS = 2000,
    LONGEST_LAST_PAUSE_MS = 60, /* once somebody waits for us */
    TIDY_MS = 100,              /* how long closing the file may take, once all is written */
    LOOK_MS = 50,               /* how often it is looked what the thread is at */
    LAST_ATTEMPTS = 4,          /* at the end, where it is no lock that is in the way */
};

struct record_book {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t moved;
    struct record_plan *plan;
    struct rand chance;
    int64_t started_ms;     /* clock_ms() at the beginning */
    atomic_bool has_output; /* that is not written; set under the mutex */
    /* Under the mutex. */
    const struct run_end *end; /* NULL: not told yet */
    int64_t output_at;         /* clock_ms() of the first output that is not written */
    bool is_given_up, is_done, is_begun, is_written;
    /* by clock_ms: when others were last seen to have written, or the thread to want nothing but its turn */
    int64_t moved_at;
    pid_t thread_id; /* 0: not known yet */
    struct err err;
    /* The thread's own. */
    struct store *store;
    char *log_path; /* the file's -wal, and how it was when it was last looked at */
    struct stat log;
    bool is_prepared, has_row, has_looked;
};

/* ---- what both sides know ---- */

static const struct run_end *end_of(struct record_book *book)
{
    pthread_mutex_lock(&book->mutex);
    const struct run_end *end = book->end;
    pthread_mutex_unlock(&book->mutex);
    return end;
}

static bool is_given_up(struct record_book *book)
{
    pthread_mutex_lock(&book->mutex);
    bool given_up = book->is_given_up;
    pthread_mutex_unlock(&book->mutex);
    return given_up;
}

static void tell(struct record_book *book, bool *what)
{
    pthread_mutex_lock(&book->mutex);
    *what = true;
    pthread_cond_broadcast(&book->moved);
    pthread_mutex_unlock(&book->mutex);
}

static void note_error(struct record_book *book, const struct err *err)
{
    pthread_mutex_lock(&book->mutex);
    book->err = *err;
    pthread_mutex_unlock(&book->mutex);
}

/* Waits for the end to be told, or for so long; negative: as long as it takes. */
static void await_end(struct record_book *book, int64_t ms)
{
    int64_t until = clock_ms() + ms;
    pthread_mutex_lock(&book->mutex);
    while (!book->end && !book->is_given_up && (ms < 0 || clock_ms() < until))
        if (ms < 0)
            pthread_cond_wait(&book->moved, &book->mutex);
        else
            clock_wait(&book->moved, &book->mutex, until - clock_ms());
    pthread_mutex_unlock(&book->mutex);
}

/* Waits for output that is not written yet; false: for the end. */
static bool await_output(struct record_book *book)
{
    pthread_mutex_lock(&book->mutex);
    while (!book->end && !book->is_given_up && !atomic_load(&book->has_output))
        pthread_cond_wait(&book->moved, &book->mutex);
    bool goes_on = !book->end && !book->is_given_up;
    pthread_mutex_unlock(&book->mutex);
    return goes_on;
}

static int64_t output_at(struct record_book *book)
{
    pthread_mutex_lock(&book->mutex);
    int64_t at = book->output_at;
    pthread_mutex_unlock(&book->mutex);
    return at;
}

/* From now on what comes is new. */
static void take_output(struct record_book *book)
{
    pthread_mutex_lock(&book->mutex);
    atomic_store(&book->has_output, false);
    pthread_mutex_unlock(&book->mutex);
}

/* ---- the file ---- */

static void close_store(struct record_book *book)
{
    store_close(book->store);
    book->store = NULL;
}

static enum err_code open_store(struct record_book *book, bool must_exist, struct err *err)
{
    struct record_plan *plan = book->plan;
    if (!book->is_prepared && plan->prepare) {
        enum err_code code = plan->prepare(plan->context, plan, err);
        if (code)
            return code;
    }
    book->is_prepared = true;
    if (book->store)
        return ERR_OK;
    return store_open(
        plan->path,
        &(struct store_options){.busy_timeout_ms = BUSY_MS, .is_private = true, .must_exist = must_exist},
        &book->store, err);
}

static struct run_ref ref_of(const struct record_book *book)
{
    return (struct run_ref){book->plan->run.scope_id, book->plan->run.id};
}

/* A row of that id is ours: an attempt that failed may have been written all the same. */
static enum err_code write_row(struct record_book *book, struct err *err)
{
    enum err_code code = store_create_run(book->store, &book->plan->run, err);
    return code == ERR_USAGE ? ERR_OK : code;
}

static enum err_code write_all(struct record_book *book, const struct run_end *end, struct err *err)
{
    enum err_code code = store_begin(book->store, err);
    if (!code)
        code = write_row(book, err);
    if (!code)
        code = store_end_run(book->store, ref_of(book), end, TEXT_LIT("the run ended"), err);
    if (!code)
        code = store_commit(book->store, err);
    if (code)
        store_rollback(book->store);
    return code;
}

static enum err_code write_end(struct record_book *book, const struct run_end *end, struct err *err)
{
    if (!book->has_row)
        return write_all(book, end, err);
    enum err_code code = store_end_run(book->store, ref_of(book), end, TEXT_LIT("the run ended"), err);
    bool is_gone = code == ERR_NOT_FOUND; /* swept, or the file was replaced */
    return is_gone ? write_all(book, end, err) : code;
}

/* Ends what dead recorders left, once. An error is theirs who come next. */
static void look_for_dead(struct record_book *book)
{
    struct err err;
    if (!book->has_looked)
        (void)!record_mark_abandoned(book->store, book->plan->run.created_at, NULL, &err);
    book->has_looked = true;
}

/* One attempt at whatever is to be written now: all where the end is known, else the row. */
static enum err_code attempt(struct record_book *book, const struct run_end *end, struct err *err)
{
    enum err_code code = open_store(book, false, err);
    if (!code)
        code = end ? write_end(book, end, err) : write_row(book, err);
    if (code) {
        note_error(book, err);
        if (code != ERR_BUSY)
            close_store(book);
        return code;
    }
    book->has_row = true;
    return ERR_OK;
}

/* ---- the thread ---- */

static int64_t pause_of(struct record_book *book, int tries, int64_t longest)
{
    int64_t pause = tries < 12 ? (int64_t)FIRST_PAUSE_MS << tries : longest;
    pause = pause < longest ? pause : longest;
    return rand_between(&book->chance, pause / 2, pause);
}

static void keep_row(struct record_book *book)
{
    struct err err;
    for (int tries = 0; !end_of(book) && !is_given_up(book); tries++) {
        if (attempt(book, NULL, &err) == ERR_OK) {
            tell(book, &book->is_begun);
            look_for_dead(book);
            return;
        }
        await_end(book, pause_of(book, tries, LONGEST_PAUSE_MS));
    }
}

/* An end that comes before that finds the file open, and no log written for nothing. */
static int64_t soon_ms(const struct record_book *book)
{
    return book->plan->log_first_ms ? book->plan->log_first_ms : RECORD_LOG_FIRST_MS;
}

/* By the clock that nobody sets, as the end's time is. */
static int64_t run_now(const struct record_book *book)
{
    return book->plan->run.created_at + (clock_ms() - book->started_ms);
}

/* A file or a row that is not there any more is made by the end, not by this. */
static enum err_code write_log(struct record_book *book, struct text logs)
{
    struct err err;
    enum err_code code = open_store(book, true, &err);
    if (!code)
        code = store_set_logs(book->store, ref_of(book), logs, run_now(book), &err);
    close_store(book);
    return code;
}

/* Returns how long to leave it at that. */
static int64_t keep_log_once(struct record_book *book)
{
    int64_t start = clock_ms();
    struct buf logs;
    buf_init(&logs, RECORD_JSON_MAX);
    take_output(book);
    book->plan->log(book->plan->context, &logs);
    enum err_code code = buf_is_cut(&logs) ? ERR_OK : write_log(book, buf_as_text(&logs));
    size_t bytes = logs.len;
    buf_release(&logs);
    if (code && code != ERR_NOT_FOUND && code != ERR_NO_TABLES)
        record_book_output(book);
    int64_t every = book->plan->log_every_ms ? book->plan->log_every_ms : RECORD_LOG_EVERY_MS;
    return record_pace(every, clock_ms() - start, bytes);
}

/* Until the end is told. */
static void keep_log(struct record_book *book)
{
    int64_t next_at = 0;
    while (book->plan->log && await_output(book)) {
        int64_t at = output_at(book) + soon_ms(book), now = clock_ms();
        at = at > next_at ? at : next_at;
        await_end(book, at > now ? at - now : 0);
        if (end_of(book) || is_given_up(book))
            return;
        int64_t pause = keep_log_once(book);
        next_at = clock_ms() + pause;
    }
}

static void pause_ms(int64_t ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

/* Every write of somebody else is seen in the log. */
static void watch_others(struct record_book *book)
{
    struct stat now = {0};
    stat(book->log_path, &now);
    bool has_moved = now.st_size != book->log.st_size || now.st_mtim.tv_sec != book->log.st_mtim.tv_sec ||
                     now.st_mtim.tv_nsec != book->log.st_mtim.tv_nsec;
    book->log = now;
    if (!has_moved)
        return;
    pthread_mutex_lock(&book->mutex);
    book->moved_at = clock_ms();
    pthread_mutex_unlock(&book->mutex);
}

static bool keep_end(struct record_book *book, const struct run_end *end)
{
    struct err err;
    for (int tries = 0, others = 0; !is_given_up(book); tries++) {
        enum err_code code = attempt(book, end, &err);
        if (code == ERR_OK)
            return true;
        others += code != ERR_BUSY;
        watch_others(book);
        if (others == LAST_ATTEMPTS || (code != ERR_BUSY && code != ERR_IO))
            return false;
        pause_ms(pause_of(book, tries, LONGEST_LAST_PAUSE_MS));
    }
    return false;
}

static void *keep(void *argument)
{
    struct record_book *book = argument;
    pthread_mutex_lock(&book->mutex);
    book->thread_id = gettid();
    pthread_mutex_unlock(&book->mutex);
    keep_row(book);
    await_end(book, soon_ms(book));
    if (!end_of(book))
        close_store(book);
    keep_log(book);
    await_end(book, -1);
    const struct run_end *end = end_of(book);
    if (end && keep_end(book, end)) {
        tell(book, &book->is_written);
        look_for_dead(book);
    }
    close_store(book);
    tell(book, &book->is_done);
    return NULL;
}

/* ---- the other side ---- */

static void release(struct record_book *book)
{
    pthread_cond_destroy(&book->moved);
    pthread_mutex_destroy(&book->mutex);
    free(book->log_path);
    free(book);
}

/* Signals are for whoever runs the command; and one that a full disk or a limit sends (SIGXFSZ) is an error
 * here and nothing more. */
static bool start_thread(struct record_book *book)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    bool is_started = pthread_create(&book->thread, NULL, keep, book) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return is_started;
}

struct record_book *record_book_start(struct record_plan *plan)
{
    struct record_book *book = mem_new_array(1, sizeof *book);
    book->plan = plan;
    book->started_ms = clock_ms();
    size_t n = strlen(plan->path) + sizeof "-wal";
    book->log_path = mem_new(n);
    snprintf(book->log_path, n, "%s-wal", plan->path);
    rand_seed(&book->chance, (uint64_t)clock_ms() << 24 ^ (uint64_t)getpid());
    pthread_mutex_init(&book->mutex, NULL);
    clock_cond_init(&book->moved);
    if (start_thread(book))
        return book;
    release(book);
    return NULL;
}

/* Most calls come while the last one's output waits, and see so without the mutex. */
void record_book_output(struct record_book *book)
{
    if (atomic_load_explicit(&book->has_output, memory_order_relaxed))
        return;
    pthread_mutex_lock(&book->mutex);
    book->output_at = clock_ms();
    atomic_store(&book->has_output, true);
    pthread_cond_broadcast(&book->moved);
    pthread_mutex_unlock(&book->mutex);
}

void record_book_end(struct record_book *book, const struct run_end *end)
{
    pthread_mutex_lock(&book->mutex);
    book->end = end;
    pthread_cond_broadcast(&book->moved);
    pthread_mutex_unlock(&book->mutex);
}

/* It is not held up by a lock or a disk, but waits for a processor. */
static bool is_runnable(pid_t thread)
{
    struct process process;
    return process_read_thread(thread, &process) && process.state == 'R';
}

/* Under the mutex. */
static int64_t patience_left(struct record_book *book, int64_t start, int64_t patience_ms)
{
    int64_t now = clock_ms();
    if (book->is_written)
        return start + (patience_ms < TIDY_MS ? patience_ms : TIDY_MS) - now;
    if (is_runnable(book->thread_id))
        book->moved_at = now;
    int64_t last = start + RECORD_QUEUE * patience_ms;
    int64_t until = (book->moved_at > start ? book->moved_at : start) + patience_ms;
    return (until < last ? until : last) - now;
}

/* Under the mutex. */
static void explain(const struct record_book *book, struct err *err)
{
    const char *what = book->is_begun ? "the end of this run" : "this run";
    char silent[sizeof err->what];
    snprintf(silent, sizeof silent, "%s: does not answer", book->plan->path);
    err_set(err, book->err.code ? book->err.code : ERR_BUSY, "%s is not recorded: %s", what,
            book->err.code ? book->err.what : silent);
}

bool record_book_wait(struct record_book *book, int64_t patience_ms, struct err *err)
{
    int64_t start = clock_ms();
    pthread_mutex_lock(&book->mutex);
    for (int64_t left = patience_ms; !book->is_done && left > 0;
         left = patience_left(book, start, patience_ms))
        clock_wait(&book->moved, &book->mutex, left);
    bool is_written = book->is_written;
    if (!is_written)
        explain(book, err);
    pthread_mutex_unlock(&book->mutex);
    return is_written;
}

void record_book_free(struct record_book *book)
{
    if (!book)
        return;
    pthread_mutex_lock(&book->mutex);
    book->is_given_up = true;
    pthread_cond_broadcast(&book->moved);
    pthread_mutex_unlock(&book->mutex);
    pthread_join(book->thread, NULL);
    release(book);
}
