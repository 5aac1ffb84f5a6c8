/*
 * The histories that are measured, made once by the program's own demo and kept under build/bench; and how long reading them takes at the least.
 */
#pragma once

#include "data/base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct bench_file {
    const char *name; /* "1M" */
    const char *runs; /* of `demo --runs` */
    bool is_small;    /* tiny payloads */
    char path[256];
    int64_t bytes; /* 0: not there */
};

/* Makes what is missing, by the program. Dies where that fails. */
void files_make(struct bench_file *files, size_t count, const char *program, const char *directory);

/* Reads every page of an index of the file with plain pread(), as its b-tree links them. Returns ms; *pages is their number (may be NULL). */
double files_pread_index(const char *path, const char *index, int64_t *pages);
/* One query, stepped to its end. ms. */
double files_query(const char *path, const char *sql);
/* Asks the kernel to forget the pages that it keeps of the file: the next reading comes from the disk. */
void files_make_cold(const char *path);
/* Reads all of it once: what comes next is measured without the disk. */
void files_make_warm(const char *path);
