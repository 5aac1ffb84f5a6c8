/*
 * The second start on a file: what the first one has found out is there at once, and is checked behind the screen.
 */
#include "bench/bench_screen.h"

#include "data/base/die.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { STARTS = 7, STARTS_LARGEST = 3, SETTLE_MS = 3000, AT_ONCE_MS = 40, ROAD = 320 };

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void empty(const char *directory)
{
    nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    if (mkdir(directory, 0700) != 0)
        die("%s cannot be emptied", directory);
}

/* What lies in the cache, and whether somebody else might read it. */
static int64_t look_into(const char *cache, bool *is_private)
{
    char directory[ROAD + 32], path[ROAD + 320];
    int64_t bytes = 0;
    snprintf(directory, sizeof directory, "%s/executor-runs", cache);
    DIR *open = opendir(directory);
    *is_private = true;
    for (struct dirent *entry; open && (entry = readdir(open));) {
        struct stat st;
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
            continue;
        bytes += st.st_size;
        *is_private = *is_private && (st.st_mode & 0777) == 0600;
    }
    if (open)
        closedir(open);
    return bytes;
}

static bool has_ended(struct pty *pty, void *arg)
{
    (void)arg;
    return pty_has_exited(pty);
}

static void start_first(struct bench *bench, const char *path, const char *const *env)
{
    const char *argv[] = {bench->program, path, NULL};
    struct stand stand;
    stand_start_with(&stand, argv, env);
    stand_until_exact(&stand);
    stand_let_pass(&stand, SETTLE_MS);
    pty_keys(stand.pty, "q");
    pty_wait(stand.pty, has_ended, NULL, PTY_SOON);
    stand_stop(&stand);
}

static void measure(struct bench *bench, enum which_file which, int starts)
{
    const struct bench_file *file = bench_file(bench, which);
    char cache[ROAD], road[ROAD + 32], what[TABLE_CELL];
    snprintf(cache, sizeof cache, "%s/cache", bench->directory);
    snprintf(road, sizeof road, "XDG_CACHE_HOME=%s", cache);
    const char *env[] = {STAND_FROZEN, road, NULL}, *argv[] = {bench->program, file->path, NULL};
    struct samples facets, exact;
    samples_init(&facets);
    samples_init(&exact);
    empty(cache);
    start_first(bench, file->path, env);
    for (int i = 0; i < starts; i++) {
        struct stand stand;
        stand_start_with(&stand, argv, env);
        samples_add(&facets, stand_until_facets(&stand));
        samples_add(&exact, stand_until_exact(&stand));
        stand_stop(&stand);
    }
    bool is_private;
    int64_t bytes = look_into(cache, &is_private);
    nftw(cache, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    double median = samples_quantile(&facets, 0.5);
    snprintf(what, sizeof what, "start again → facets, %s", file->name);
    struct row *row = table_add(&bench->table, what);
    cell_set(row->measured, "%.1f ms (worst %.1f), all exact after %.0f", median,
             samples_quantile(&facets, 1), samples_quantile(&exact, 0.5));
    cell_set(row->yardstick, "cache of %.1f MB%s; the first start: exact after %.0f ms", (double)bytes / 1e6,
             is_private ? ", mode 0600" : ", NOT mode 0600", bench->exact_ms[which]);
    row_target(row, "at once: ≤ 40 ms, mode 0600", median <= AT_ONCE_MS && is_private);
    if (samples_have_lost(&facets) || samples_have_lost(&exact))
        row_fail(row, "they never came");
    samples_release(&facets);
    samples_release(&exact);
}

void bench_again(struct bench *bench)
{
    measure(bench, FILE_1M, STARTS);
    measure(bench, FILE_10M, STARTS_LARGEST);
}
