/*
 * What the parts of bench_screen share: each measures a few of the promises and adds its rows.
 */
#pragma once

#include "bench/files.h"
#include "bench/samples.h"
#include "bench/stand.h"
#include "bench/table.h"
#include "bench/yardstick.h"

enum which_file { FILE_TINY, FILE_100K, FILE_1M, FILE_10M, FILE_WRITTEN, FILE_COUNT };
#define NEEDS(file) (1u << (file))

struct bench {
    const char *program, *directory;
    const char *dbpage; /* "LD_LIBRARY_PATH=…" to a library that has sqlite_dbpage; NULL: none is given */
    char first_page[256], echo[256], slow_line[256]; /* the yardsticks, and the line of a storm */
    char api_only
        [300]; /* environment: the indices are read through the API of SQLite, whatever else there is */
    struct bench_file files[FILE_COUNT];
    struct table table;
    double first_ms[FILE_COUNT], counts_ms[FILE_COUNT],
        exact_ms[FILE_COUNT]; /* from the start; 0: not measured */
};

void bench_start(struct bench *bench);   /* process start → rows */
void bench_exact(struct bench *bench);   /* → exact numbers, against a raw reading of the same pages */
void bench_filter(struct bench *bench);  /* change of filter → exact list, facets and histogram */
void bench_search(struct bench *bench);  /* code, against cat */
void bench_scroll(struct bench *bench);  /* what a frame takes, and whether its rows are there */
void bench_keys(struct bench *bench);    /* key → changed frame */
void bench_memory(struct bench *bench);  /* bytes a run, and scrolling */
void bench_live(struct bench *bench);    /* beside a writer */
void bench_bytes(struct bench *bench);   /* to the terminal */
void bench_storm(struct bench *bench);   /* held keys over a slow line */
void bench_again(struct bench *bench);   /* the second start on a file */
void bench_compare(struct bench *bench); /* what people use instead */

/* The file of a part: it is there. */
const struct bench_file *bench_file(const struct bench *bench, enum which_file which);
