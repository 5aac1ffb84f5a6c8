/*
 * The bookkeeping of one recorded run, on a thread of its own: the row as soon as the run begins, its log now
 * and then (record_pace.h), its end when that is told. Nothing that happens to the file (locked, full,
 * read-only, broken, gone) is of any consequence to the run; what could not be written is tried again, and in
 * the end told as one line.
 *
 *     struct record_book *book = record_book_start(&plan);
 *     …                                         the command runs; the row is there or is tried again
 *     record_book_output(book)                  each time it has printed something
 *     record_book_end(book, &end);
 *     if (!record_book_wait(book, RECORD_PATIENCE_MS, &err))
 *         …                                     err says why; the thread may still be stuck in the file: leave the process
 *     record_book_free(book);                   waits for the thread
 */
#pragma once

#include "data/base/buf.h"
#include "data/store/store.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    RECORD_PATIENCE_MS = 2000,
    /* so many times that, at most, while others are seen to get their writes done: one of many is in a
     * queue */
    RECORD_QUEUE = 5,
};

struct record_book;

/* All is borrowed until the book is freed, or the process ends. */
struct record_plan {
    const char *path;
    struct run run; /* as store_create_run takes it */
    /* Called first, on the thread: fills in what takes time to find out, and makes the place for the file.
     * Called again where it fails. May be NULL. */
    enum err_code (*prepare)(void *context, struct record_plan *plan, struct err *err);
    /* Called on the thread while the command runs, some time after record_book_output(): puts the log as it
     * is now, logs_json of the contract. NULL: the log comes with the end alone. */
    void (*log)(void *context, struct buf *logs_json);
    int64_t log_first_ms, log_every_ms; /* 0: as record_pace.h has them */
    void *context;
};

/* Starts the thread, on which every signal is blocked. NULL where there is no thread to be had. */
struct record_book *record_book_start(struct record_plan *plan);

/* The log that plan->log gives has more now. Costs next to nothing, as often as it is called; never waits for
 * the file. What cannot be written is left to the end, and is no error of the run's. */
void record_book_output(struct record_book *book);

/* Tells the end; tool_call_count is not read. Borrowed as the plan. */
void record_book_end(struct record_book *book, const struct run_end *end);

/* Waits until the end is written, or it is certain that it will not be, but no longer than so (and
 * RECORD_QUEUE times that). False: it is not, and err says whether the run or only its end is missing, and
 * why. */
bool record_book_wait(struct record_book *book, int64_t patience_ms, struct err *err);

/* Gives up what is not written, waits for the thread. NULL is fine. */
void record_book_free(struct record_book *book);
