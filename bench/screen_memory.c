/*
 * Memory: what a run takes is the difference between a tiny file and the large one; and a walk of thousands of pages down and up again must
 * leave nothing behind.
 */
#include "bench/bench_screen.h"

#include <stdio.h>

enum { PAGES = 3000, RUNS = 1000000 };

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
    stand_start(stand, bench->program, bench->files[file].path, true);
    stand_until_exact(stand);
    return settled_kb(stand);
}

void bench_memory(struct bench *bench)
{
    struct stand stand;
    long base = memory_of(bench, FILE_TINY, &stand);
    stand_stop(&stand);
    long large = memory_of(bench, FILE_1M, &stand);
    double a_run = (double)(large - base) * 1024 / RUNS;
    struct row *row = table_add(&bench->table, "memory, tiny file");
    cell_set(row->measured, "%.1f MB", (double)base / 1024);
    row = table_add(&bench->table, "memory, 1M runs");
    cell_set(row->measured, "%.1f MB, %.1f bytes a run", (double)large / 1024, a_run);
    cell_set(row->yardstick, "peak %.1f MB", (double)stand_memory_kb(&stand, "VmHWM") / 1024);
    row_target(row, "about 36 bytes a run", a_run <= 40);

    scroll(&stand, "<PgDn>"); /* the first time fills caches and the allocator's stock */
    scroll(&stand, "<PgUp>");
    long before = settled_kb(&stand);
    scroll(&stand, "<PgDn>");
    scroll(&stand, "<PgUp>");
    long after = settled_kb(&stand);
    stand_stop(&stand);
    char what[TABLE_CELL];
    snprintf(what, sizeof what, "memory after %d pages down and up, the second time", PAGES);
    row = table_add(&bench->table, what);
    cell_set(row->measured, "%+ld kB (%.1f MB)", after - before, (double)after / 1024);
    row_target(row, "flat", after - before < 512);
}
