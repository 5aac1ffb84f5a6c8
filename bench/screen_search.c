/*
 * Searching the code of all runs. A word that many runs have: until the screen is full of them. One that none has: the whole file, from the disk,
 * where cat is the yardstick, and from memory. Each needle is new, since what one found is known for the next.
 */
#include "bench/bench_screen.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { ROUNDS = 3, STILL_MS = 150 };

static const char *const common[] = {"code:slack", "code:retry", "code:customer", "code:invoice",
                                     "code:console"};
static const char *const rare_cold[ROUNDS] = {"code:xqzvkw1", "code:xqyvkw2", "code:xqwvkw3"};
static const char *const rare_warm[ROUNDS] = {"code:zqkxvw1", "code:zqjxvw2", "code:zqhxvw3"};

/* The file to nowhere, as cat does it. */
static double cat(const char *path)
{
    enum { CHUNK = 128 * 1024 };
    static char bytes[CHUNK];
    int64_t start = now_ns();
    int in = open(path, O_RDONLY | O_CLOEXEC), out = open("/dev/null", O_WRONLY | O_CLOEXEC);
    posix_fadvise(in, 0, 0, POSIX_FADV_SEQUENTIAL);
    ssize_t n = 1;
    while (n > 0 && (n = read(in, bytes, CHUNK)) > 0)
        n = write(out, bytes, (size_t)n);
    close(in);
    close(out);
    return (double)(now_ns() - start) / 1e6;
}

static void type_filter(struct stand *stand, const char *filter)
{
    pty_keys(stand->pty, "/");
    pty_keys(stand->pty, filter);
    stand_rest(stand, 50);
}

/* The scan goes on behind the rows: they count as there when they stay. They are full ones, or the word would not be common. */
static void search_common(struct bench *bench, struct stand *stand)
{
    struct samples times;
    samples_init(&times);
    for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
        type_filter(stand, common[i]);
        samples_add(&times, stand_still(stand, "<Enter>", REGION_ROWS, STILL_MS));
        stand_settle(stand, "X");
    }
    struct row *row = table_add(&bench->table, "code search, first screen of a common word, 1M");
    double median = samples_quantile(&times, 0.5);
    cell_set(row->measured, "%.1f ms (worst %.1f)", median, samples_quantile(&times, 1));
    row_target(row, "≤ 5 ms", median <= 5);
    if (samples_have_lost(&times))
        row_fail(row, "it never came");
    samples_release(&times);
}

static void say_whole(struct bench *bench, const char *what, const struct samples *ours,
                      const struct samples *cats, bool has_target)
{
    struct row *row = table_add(&bench->table, what);
    double median = samples_quantile(ours, 0.5), yardstick = samples_quantile(cats, 0.5);
    cell_set(row->measured, "%.0f ms (best %.0f, worst %.0f)", median, samples_quantile(ours, 0),
             samples_quantile(ours, 1));
    cell_set(row->yardstick, "cat %.0f ms (best %.0f), ×%.2f", yardstick, samples_quantile(cats, 0),
             median / yardstick);
    if (has_target)
        row_target(row, "≤ ×1.2", median <= yardstick * 1.2);
    if (samples_have_lost(ours))
        row_fail(row, "it did not end within its time");
}

static void search_rare(struct bench *bench, struct stand *stand, bool is_cold)
{
    const char *path = bench_file(bench, FILE_1M)->path;
    struct samples ours, cats;
    samples_init(&ours);
    samples_init(&cats);
    for (int i = 0; i < ROUNDS; i++) {
        if (is_cold)
            files_make_cold(path);
        samples_add(&cats, cat(path));
        type_filter(stand, is_cold ? rare_cold[i] : rare_warm[i]);
        if (is_cold)
            files_make_cold(path);
        samples_add(&ours, stand_settle_within(stand, "<Enter>", 120000));
        stand_settle(stand, "X");
    }
    say_whole(bench,
              is_cold ? "code search, whole file for a rare word, 1M, file not in memory"
                      : "code search, whole file for a rare word, 1M",
              &ours, &cats, is_cold);
    samples_release(&ours);
    samples_release(&cats);
}

void bench_search(struct bench *bench)
{
    struct stand stand;
    files_make_warm(bench_file(bench, FILE_1M)->path);
    stand_start(&stand, bench->program, bench_file(bench, FILE_1M)->path, true);
    stand_until_exact(&stand);
    search_common(bench, &stand);
    search_rare(bench, &stand, false);
    search_rare(bench, &stand, true);
    stand_stop(&stand);
    files_make_warm(bench_file(bench, FILE_1M)->path);
}
