/*
 * Memory: what a run takes beyond what the program takes anyhow, and a walk of thousands of pages down and up again, which must leave
 * nothing behind.
 */
#include "bench/bench_screen.h"

#include <stdio.h>

enum { PAGES = 1000, BASE_MB = 24 };

static void scroll(struct stand *stand, const char *key)
{
    for (int i = 0; i < PAGES; i++)
        stand_key(stand, key, REGION_LIST);
}

static long settled_kb(struct stand *stand)
{
    stand_rest(stand, 300);
    return stand_memory_kb(stand, "VmRSS");
}

static long memory_of(struct bench *bench, enum which_file file, struct stand *stand)
{
    stand_start(stand, bench->program, bench_file(bench, file)->path, true);
    stand_until_exact(stand);
    return settled_kb(stand);
}

static struct row *say_memory(struct bench *bench, const char *name, long kb, long peak_kb, double runs)
{
    char what[TABLE_CELL];
    snprintf(what, sizeof what, "memory, %s", name);
    struct row *row = table_add(&bench->table, what);
    cell_set(row->measured, "%.1f MB, %.1f bytes a run beyond %d MB", (double)kb / 1024,
             (double)(kb - BASE_MB * 1024) * 1024 / runs, BASE_MB);
    cell_set(row->yardstick, "peak %.1f MB", (double)peak_kb / 1024);
    return row;
}

static void measure_walk(struct bench *bench, struct stand *stand)
{
    scroll(stand, "<PgDn>"); /* the first time fills caches and the allocator's stock */
    scroll(stand, "<PgUp>");
    long before = settled_kb(stand);
    scroll(stand, "<PgDn>");
    scroll(stand, "<PgUp>");
    long after = settled_kb(stand);
    char what[TABLE_CELL];
    snprintf(what, sizeof what, "memory after %d pages down and up, the second time", PAGES);
    struct row *row = table_add(&bench->table, what);
    cell_set(row->measured, "%+ld kB (%.1f MB)", after - before, (double)after / 1024);
    row_target(row, "flat", after - before < 512);
}

void bench_memory(struct bench *bench)
{
    struct stand stand;
    long kb = memory_of(bench, FILE_TINY, &stand);
    struct row *row = table_add(&bench->table, "memory, tiny file");
    cell_set(row->measured, "%.1f MB", (double)kb / 1024);
    stand_stop(&stand);

    kb = memory_of(bench, FILE_1M, &stand);
    row = say_memory(bench, "1M runs", kb, stand_memory_kb(&stand, "VmHWM"), 1e6);
    row_target(row, "≤ 36 bytes a run beyond 24 MB", (double)(kb - BASE_MB * 1024) * 1024 <= 36e6);
    measure_walk(bench, &stand);
    stand_stop(&stand);

    kb = memory_of(bench, FILE_10M, &stand);
    row = say_memory(bench, "10M runs", kb, stand_memory_kb(&stand, "VmHWM"), 1e7);
    row_target(row, "≤ 400 MB", kb <= 400 * 1024);
    stand_stop(&stand);
}
