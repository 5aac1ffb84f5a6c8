/*
 * How long somebody keeps reading a database in WAL mode, seen from outside: the kernel lists the locks on the -shm file, and a reader holds one
 * of SQLite's five read marks all the time. Looked at about every millisecond by a process of its own, so what is told is an upper bound: two
 * readings less than that apart count as one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct lockwatch_result {
    double longest_ms;     /* the longest time in which the process always held a read mark */
    double worst_gap_ms;   /* the second with the shortest pause: how long nobody of it read in one go */
    double share;          /* of the looks at which it read */
    int64_t wal_bytes;     /* the largest -wal */
    double looks_a_second; /* how often it was looked at */
};

struct lockwatch {
    pid_t child;
    int stop, pipe;
};

/* Watches what `reader` does with the file until lockwatch_stop(). */
void lockwatch_start(struct lockwatch *watch, const char *path, pid_t reader);
struct lockwatch_result lockwatch_stop(struct lockwatch *watch);
