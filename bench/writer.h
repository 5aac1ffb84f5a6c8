/*
 * An executor that records beside the program: a process of its own that begins and ends runs with their calls at a steady pace, each change a
 * transaction, without ever waiting for a lock.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct writer_result {
    int commits, busy;          /* transactions; those that met a lock */
    double median_ms, worst_ms; /* of a commit */
    int64_t
        wal_bytes; /* of the -wal at its end: as large as it ever was, unless a reader kept it from being reset */
};

struct writer {
    pid_t child;
    int pipe;
};

/* `per_second` changes for `seconds`: every other one is a new run. */
void writer_start(struct writer *writer, const char *path, int per_second, int seconds);
/* Ended? Then *result is filled, once; no commits at all: it failed. */
bool writer_take(struct writer *writer, struct writer_result *result);
/* Before its end. */
void writer_stop(struct writer *writer);
/* Takes back what writers added, and empties the -wal. */
void writer_undo(const char *path);
