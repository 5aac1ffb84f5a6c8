/*
 * What the parts of bench_screen share: each measures one promise and adds its rows.
 */
#pragma once

#include "bench/files.h"
#include "bench/samples.h"
#include "bench/stand.h"
#include "bench/table.h"
#include "bench/yardstick.h"

enum which_file { FILE_TINY, FILE_48K, FILE_1M, FILE_WRITTEN, FILE_COUNT };

struct bench {
    const char *program;
    char first_page[256], echo[256]; /* the yardsticks */
    struct bench_file files[FILE_COUNT];
    struct table table;
};

void bench_start(struct bench *bench);  /* process start → rows → exact numbers */
void bench_keys(struct bench *bench);   /* key → changed frame, and the bytes that takes */
void bench_filter(struct bench *bench); /* filter → exact list and facets */
void bench_memory(struct bench *bench); /* bytes a run, and scrolling */
void bench_live(struct bench *bench);   /* beside a writer */
