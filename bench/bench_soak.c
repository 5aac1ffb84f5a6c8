/*
 * usage: bench_soak          SOAK_MINUTES (60), BENCH_DIR
 *
 * Three days in small: live on a copy of the 100k file while 50 runs a second come in and end, with a person at the keyboard. Memory and frame times
 * of the end are held against those of the beginning. A line for each sixth of the time; what goes wrong is a result, too.
 */
#include "bench/files.h"
#include "bench/results.h"
#include "bench/samples.h"
#include "bench/soak_person.h"
#include "bench/stand.h"
#include "bench/start.h"
#include "bench/table.h"
#include "bench/writer.h"
#include "data/base/die.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BLOCKS = 6,
    RUNS_A_SECOND = 50,
    MINUTES = 60,
    MINUTES_MAX = 7 * 24 * 60,
    SEED = 4,
    SPARE_KB = 1024,
    RUN_BYTES = 36
};

/* As it stood at the end of a block of minutes. */
struct block {
    double minutes;
    long rss_kb, anon_kb, peak_kb;
    int fds, threads;
    double cpu_ms, seconds;
    size_t bytes;
    int64_t wal_bytes;
    struct samples keys;
};

struct soak {
    const char *program;
    char path[300];
    int minutes;
    struct stand stand;
    struct writer writer;
    struct writer_result written;
    struct person person;
    bool is_written, has_ended;
    struct block blocks[BLOCKS + 1]; /* the first is to get warm */
    int block_count;
    struct table table;
};

/* ---- what it takes ---- */

static int entries_of(pid_t pid, const char *what)
{
    char path[64];
    int count = 0;
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, what);
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory && (entry = readdir(directory));)
        count += entry->d_name[0] != '.';
    if (directory)
        closedir(directory);
    return count;
}

static void look(struct soak *soak, struct block *block)
{
    char wal[310];
    struct stat st;
    pid_t pid = pty_pid(soak->stand.pty);
    block->rss_kb = stand_memory_kb(&soak->stand, "VmRSS");
    block->anon_kb = stand_memory_kb(&soak->stand, "RssAnon");
    block->peak_kb = stand_memory_kb(&soak->stand, "VmHWM");
    block->fds = entries_of(pid, "fd");
    block->threads = entries_of(pid, "task");
    snprintf(wal, sizeof wal, "%s-wal", soak->path);
    block->wal_bytes = stat(wal, &st) == 0 ? st.st_size : 0;
}

/* ---- the time ---- */

/* False: the program has ended. */
static bool live_for(struct soak *soak, double minutes, struct block *block)
{
    int64_t start = now_ns(), end = start + (int64_t)(minutes * 60e9);
    double cpu = stand_cpu_ms(&soak->stand);
    size_t bytes = stand_bytes(&soak->stand);
    while (now_ns() < end && !pty_has_exited(soak->stand.pty)) {
        if (!person_act(&soak->person, &soak->stand, &block->keys)) {
            int ms = person_pause_ms(&soak->person);
            stand_let_pass(&soak->stand, ms < 200 ? ms + 1 : 200);
        }
        soak->is_written = soak->is_written || writer_take(&soak->writer, &soak->written);
    }
    block->minutes = minutes;
    if (pty_has_exited(soak->stand.pty))
        return false;
    block->seconds = (double)(now_ns() - start) / 1e9;
    block->cpu_ms = stand_cpu_ms(&soak->stand) - cpu;
    block->bytes = stand_bytes(&soak->stand) - bytes;
    look(soak, block);
    return true;
}

static void say_block(struct soak *soak, const struct block *block, double from)
{
    char what[TABLE_CELL];
    snprintf(what, sizeof what, "live, minute %.3g to %.3g", from, from + block->minutes);
    struct row *row = table_add(&soak->table, what);
    cell_set(row->measured,
             "%.1f MB (heap %.1f), %d fds, %d threads; %.1f %% of a core, %.1f kB/s; -wal %.1f MB",
             (double)block->rss_kb / 1024, (double)block->anon_kb / 1024, block->fds, block->threads,
             block->cpu_ms / block->seconds / 10, (double)block->bytes / block->seconds / 1e3,
             (double)block->wal_bytes / 1e6);
    cell_set(row->yardstick, "key → frame %.1f ms, 99 %% %.1f, worst %.1f (%zu)",
             samples_quantile(&block->keys, 0.5), samples_quantile(&block->keys, 0.99),
             samples_quantile(&block->keys, 1), block->keys.n);
    table_write_from(&soak->table, soak->table.count - 1, stderr);
}

static void live(struct soak *soak)
{
    double length = (double)soak->minutes / BLOCKS, from = 0;
    while (soak->block_count <= BLOCKS && !soak->has_ended) {
        struct block *block = &soak->blocks[soak->block_count];
        bool is_warming = soak->block_count == 0;
        soak->has_ended = !live_for(soak, is_warming ? length / 2 : length, block);
        if (soak->has_ended)
            break;
        soak->block_count++;
        if (!is_warming)
            say_block(soak, block, from);
        from += block->minutes;
    }
}

/* ---- the end against the beginning ---- */

static void say_memory(struct soak *soak, const struct block *first, const struct block *last)
{
    double runs = (last->minutes * (BLOCKS - 1)) * 60 * RUNS_A_SECOND;
    double growth_kb = (double)(last->rss_kb - first->rss_kb), allowed = runs * RUN_BYTES / 1024 + SPARE_KB;
    struct row *row = table_add(&soak->table, "an hour of live: memory, its last sixth against its first");
    cell_set(row->measured, "%.1f → %.1f MB, %.0f bytes for each of %.0f new runs",
             (double)first->rss_kb / 1024, (double)last->rss_kb / 1024, growth_kb * 1024 / runs, runs);
    cell_set(row->yardstick, "peak %.1f MB", (double)last->peak_kb / 1024);
    row_target(row, "flat: ≤ 36 bytes a new run, and 1 MB", growth_kb <= allowed);
}

static void say_times(struct soak *soak, const struct block *first, const struct block *last)
{
    double before = samples_quantile(&first->keys, 0.5), after = samples_quantile(&last->keys, 0.5);
    double slow = samples_quantile(&first->keys, 0.99), slow_after = samples_quantile(&last->keys, 0.99);
    struct row *row =
        table_add(&soak->table, "an hour of live: key → frame, its last sixth against its first");
    cell_set(row->measured, "%.2f → %.2f ms, 99 %% %.1f → %.1f", before, after, slow, slow_after);
    row_target(row, "flat: median ≤ ×1.25 + 0.5 ms", after <= before * 1.25 + 0.5);
}

static void say_rest(struct soak *soak, const struct block *first, const struct block *last)
{
    struct row *row = table_add(
        &soak->table, "an hour of live: files, threads, processor, its last sixth against its first");
    double share = first->cpu_ms / first->seconds / 10, share_after = last->cpu_ms / last->seconds / 10;
    cell_set(row->measured, "%d → %d fds, %d → %d threads, %.2f → %.2f %% of a core", first->fds, last->fds,
             first->threads, last->threads, share, share_after);
    row_target(row, "flat",
               last->fds <= first->fds + 1 && last->threads <= first->threads + 1 &&
                   share_after <= share * 1.5 + 0.5);
}

static void say_writer(struct soak *soak)
{
    struct row *row = table_add(&soak->table, "an hour of live: the writer beside it");
    const struct writer_result *written = &soak->written;
    cell_set(row->measured, "%d commits, %.3f ms, worst %.1f; %d locks met; -wal %.1f MB", written->commits,
             written->median_ms, written->worst_ms, written->busy, (double)written->wal_bytes / 1e6);
    row_target(row, "no lock met", written->busy == 0);
    if (!written->commits)
        row_fail(row, "it did not come to its end");
}

static void say_end(struct soak *soak)
{
    if (soak->has_ended) {
        struct row *row = table_add(&soak->table, "an hour of live: the program");
        char why[64];
        snprintf(why, sizeof why, "it ended, status %d, in part %d after %ld keys",
                 pty_exit_status(soak->stand.pty), soak->block_count, soak->person.typed);
        row_fail(row, why);
        pty_dump(soak->stand.pty, stderr);
    }
    if (soak->block_count == BLOCKS + 1) {
        const struct block *first = &soak->blocks[1], *last = &soak->blocks[BLOCKS];
        say_memory(soak, first, last);
        say_times(soak, first, last);
        say_rest(soak, first, last);
    }
    say_writer(soak);
}

/* ---- one soak ---- */

static bool has_written(struct pty *pty, void *arg)
{
    struct soak *soak = arg;
    (void)pty;
    soak->is_written = soak->is_written || writer_take(&soak->writer, &soak->written);
    return soak->is_written;
}

static void remove_copy(const struct soak *soak)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    char path[320];
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(path, sizeof path, "%s%s", soak->path, ends[i]);
        unlink(path);
    }
}

static void run(struct soak *soak)
{
    int seconds = (int)(soak->minutes * 60.0 * (1 + 0.5 / BLOCKS)) + 5;
    stand_start(&soak->stand, soak->program, soak->path, false);
    stand_until_exact(&soak->stand);
    pty_keys(soak->stand.pty, "j");
    person_init(&soak->person, SEED);
    writer_start(&soak->writer, soak->path, 2 * RUNS_A_SECOND, seconds);
    live(soak);
    pty_wait(soak->stand.pty, has_written, soak, soak->has_ended ? 0 : 30000);
    if (!soak->is_written)
        writer_stop(&soak->writer);
    say_end(soak);
    stand_stop(&soak->stand);
}

int main(void)
{
    struct places places;
    const char *minutes = getenv("SOAK_MINUTES");
    char about[256];
    struct bench_file file = {"100k", "100000", "--large", 0.7};
    struct soak soak = {0};
    places_find(&places);
    soak.program = places.program;
    soak.minutes = minutes && *minutes ? (int)strtol(minutes, NULL, 10) : MINUTES;
    if (soak.minutes < 1 || soak.minutes > MINUTES_MAX)
        die("SOAK_MINUTES: from 1 to %d", MINUTES_MAX);
    files_make(&file, 1, 1, places.program, places.directory);
    snprintf(soak.path, sizeof soak.path, "%s/soak.db", places.directory);
    remove_copy(&soak);
    files_copy(file.path, soak.path);
    run(&soak);
    remove_copy(&soak);
    for (int i = 0; i <= BLOCKS; i++)
        samples_release(&soak.blocks[i].keys);
    snprintf(
        about, sizeof about,
        "%d minutes of live on a copy of the 100k file, %d runs a second come in and end; seed %d, %ld keys.",
        soak.minutes, RUNS_A_SECOND, SEED, soak.person.typed);
    table_write(&soak.table, stdout);
    results_machine(places.directory, stdout);
    puts(about);
    if (soak.minutes >= MINUTES)
        results_write("An hour of live", places.directory, about, &soak.table);
    return results_status(&soak.table);
}
