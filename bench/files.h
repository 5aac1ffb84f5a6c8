/*
 * The histories that are measured, made once by the program's own demo and kept in BENCH_DIR; and how long reading them takes at the least.
 */
#pragma once

#include "data/base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct bench_file {
    const char *name;    /* "1M" */
    const char *runs;    /* of `demo --runs` */
    const char *payload; /* an option of `demo`: "--small", "--large"; NULL: neither */
    double gb;           /* about so large, to ask for the room before it is made */
    char path[256];
    int64_t bytes; /* 0: not there */
};

/* Makes those of the files that are wanted (bit i: files[i]) and missing, by the program. Dies where that fails or where the directory has
 * no room for them. */
void files_make(struct bench_file *files, size_t count, unsigned wanted, const char *program,
                const char *directory);
/* Copies a file; dies where that fails. */
void files_copy(const char *from, const char *to);

/* Reads every page of an index of the file with plain pread(), as its b-tree links them. Returns ms; *pages is their number (may be NULL). */
double files_pread_index(const char *path, const char *index, int64_t *pages);
/* One query, stepped to its end. ms. */
double files_query(const char *path, const char *sql);
/* The name by which SQLite reads the file without leaving anything beside it: nobody writes to it while it is measured. */
enum { FILES_URI = 800 };
void files_uri(const char *path, char uri[FILES_URI]);
/* Takes away what others have left beside the file; nobody has it open. */
void files_sweep(const char *path);
/* Asks the kernel to forget the pages that it keeps of the file: the next reading comes from the disk. */
void files_make_cold(const char *path);
/* Reads all of it once: what comes next is measured without the disk. */
void files_make_warm(const char *path);
