/*
 * The cache between two starts: what it shows before anything is counted, that the exact numbers come in any case, and every way in which a
 * file of the cache can be the wrong one.
 */
#include "data/base/die.h"
#include "data/sqlite/source_sqlite_cache.h"
#include "data/sqlite/source_sqlite_cache_file.h"
#include "tests/support/history.h"
#include "tests/support/index_model.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { RUNS = 40, PLACE = 600 };

struct fixture {
    struct history *history;
    struct arena arena;
    char base[PLACE / 4], place[PLACE / 2]; /* the cache's directory is not there yet */
};

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st, (void)type, (void)walk;
    return remove(path);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    const char *tmp = getenv("TMPDIR");
    snprintf(f->base, sizeof f->base, "%.100s/cache-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(f->base))
        return -1;
    snprintf(f->place, sizeof f->place, "%s/xdg/executor-runs", f->base);
    f->history = history_new();
    arena_init(&f->arena);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    history_free(f->history);
    arena_release(&f->arena);
    nftw(f->base, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(f);
    return 0;
}

static void add_runs(struct fixture *f, int count, const char *status)
{
    history_begin(f->history);
    for (int i = 0; i < count; i++) {
        const char *id = history_run(f->history, (struct history_run){.status = status, .trigger = "mcp"});
        history_call(f->history, id, (struct history_call){.path = "github.issues.list"});
    }
    history_commit(f->history);
}

/* ---- a source without a thread, so that nothing is counted behind the test's back ---- */

struct quiet {
    struct source *source;
    struct read_slot slot;
    struct reading reading;
    struct cache *cache;
};

static struct cache *new_cache(struct fixture *f)
{
    struct source_options options = {.cache_directory = f->place, .cache_runs_min = 1};
    return cache_new(&options, history_path(f->history));
}

static void quiet_open(struct fixture *f, struct quiet *quiet)
{
    struct source_options options = {.no_background = true};
    struct err err;
    if (source_open(history_path(f->history), &options, &quiet->source, &err))
        fail_msg("%s", err.what);
    read_slot_init(&quiet->slot);
    quiet->reading = (struct reading){.source = (struct sqlite_source *)quiet->source, .slot = &quiet->slot};
    quiet->cache = new_cache(f);
    assert_non_null(quiet->cache);
}

static void quiet_close(struct quiet *quiet)
{
    cache_free(quiet->cache);
    read_slot_release(&quiet->slot);
    source_close(quiet->source);
}

/* Counts the file and keeps the columns, as the thread would. */
static void keep(struct fixture *f)
{
    struct quiet quiet;
    struct follower follower = {0};
    struct run_index *index = run_index_new();
    struct builder *builder = builder_new(index, &follower);
    quiet_open(f, &quiet);
    while (!builder_is_done(builder))
        assert_int_equal(builder_step(builder, &quiet.reading, NULL), ERR_OK);
    while (cache_save_step(quiet.cache, index, &follower))
        ;
    builder_free(builder);
    follower_release(&follower);
    run_index_free(index);
    quiet_close(&quiet);
}

static struct meta_query query_of(const char *line)
{
    struct meta_query query = {.now = 100000000, .max_buckets = 20};
    struct filter_mistake mistake;
    assert_int_equal(filter_parse(text_of(line), TIME_IN_UTC, &query.filter, &mistake), ERR_OK);
    return query;
}

static bool answer(struct fixture *f, struct quiet *quiet, const char *line, struct meta *meta)
{
    struct meta_query query = query_of(line);
    *meta = meta_unknown();
    bool is_answered = cache_answer(quiet->cache, &quiet->reading, &query, &f->arena, meta);
    filter_release(&query.filter);
    return is_answered;
}

/* Whether a start now would show something; with a filter, from the columns. */
static bool shows(struct fixture *f, const char *line)
{
    struct quiet quiet;
    struct meta meta;
    quiet_open(f, &quiet);
    bool is_answered = answer(f, &quiet, line, &meta);
    quiet_close(&quiet);
    return is_answered;
}

static bool is_usable(struct fixture *f)
{
    return shows(f, "");
}

/* ---- the files of the cache ---- */

static size_t list_files(const char *directory, char names[8][PLACE])
{
    size_t count = 0;
    DIR *entries = opendir(directory);
    for (struct dirent *entry; entries && (entry = readdir(entries));)
        if (entry->d_name[0] != '.' && count < 8)
            snprintf(names[count++], PLACE, "%s/%s", directory, entry->d_name);
    if (entries)
        closedir(entries);
    return count;
}

static void the_file(struct fixture *f, char path[PLACE])
{
    char names[8][PLACE];
    assert_int_equal(list_files(f->place, names), 1);
    memcpy(path, names[0], PLACE);
}

static size_t read_whole(const char *path, uint8_t **bytes)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    *bytes = mem_new(1 << 20);
    size_t size = fread(*bytes, 1, 1 << 20, file);
    fclose(file);
    return size;
}

static void write_whole(const char *path, const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static mode_t mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(lstat(path, &st), 0);
    return st.st_mode & 07777;
}

/* ---- what it shows ---- */

static void what_was_counted_is_shown_as_estimates(void **state)
{
    struct fixture *f = *state;
    struct quiet quiet;
    struct meta meta;
    add_runs(f, RUNS, "completed");
    add_runs(f, 3, "failed");
    assert_false(is_usable(f));
    keep(f);
    quiet_open(f, &quiet);
    assert_true(answer(f, &quiet, "", &meta));
    assert_int_equal(meta.total.n, RUNS + 3);
    assert_int_equal(facet_count(&meta.status, TEXT_LIT("failed")), 3);
    assert_int_equal(facet_count(&meta.trigger, TEXT_LIT("mcp")), RUNS + 3);
    assert_int_equal(facet_count(&meta.tools, TEXT_LIT("github.issues.list")), RUNS + 3);
    assert_true(meta.histogram.count > 0);
    assert_false(meta.total.is_exact || meta.filtered.is_exact || meta.histogram_is_exact);
    assert_false(meta.status.is_counted || meta.trigger.is_counted || meta.tools.is_counted);
    assert_true(answer(f, &quiet, "status:failed", &meta));
    assert_int_equal(meta.filtered.n, 3);
    assert_false(answer(f, &quiet, "duration:>1s", &meta)); /* what is not kept is not guessed */
    assert_false(answer(f, &quiet, "code:first", &meta));
    cache_drop(quiet.cache);
    assert_false(answer(f, &quiet, "", &meta));
    quiet_close(&quiet);
}

static void what_is_known_exactly_stays(void **state)
{
    struct fixture *f = *state;
    struct quiet quiet;
    add_runs(f, RUNS, "completed");
    keep(f);
    quiet_open(f, &quiet);
    struct facet_value values[] = {{TEXT_LIT("failed"), 7}};
    struct meta_query query = query_of("");
    struct meta meta = meta_unknown();
    meta.total = (struct tally){77, true};
    meta.extent = (struct time_range){5, 6};
    meta.status = (struct facet){.values = values, .count = 1, .is_counted = true};
    assert_true(cache_answer(quiet.cache, &quiet.reading, &query, &f->arena, &meta));
    assert_int_equal(meta.total.n, 77);
    assert_true(meta.total.is_exact);
    assert_int_equal(meta.extent.to, 6);
    assert_ptr_equal(meta.status.values, values);
    assert_true(meta.status.is_counted);
    assert_int_equal(meta.filtered.n, RUNS);
    assert_false(meta.filtered.is_exact || meta.trigger.is_counted);
    quiet_close(&quiet);
}

static void the_file_is_the_users_alone_and_tells_no_ids(void **state)
{
    struct fixture *f = *state;
    char path[PLACE];
    uint8_t *bytes;
    history_run(f->history, (struct history_run){.id = "11112222-3333-4444-5555-666677778888",
                                                 .code = "the code",
                                                 .result = "\"the result\"",
                                                 .logs = "[\"[log] the log\"]"});
    mode_t mask = umask(0);
    keep(f);
    umask(mask);
    the_file(f, path);
    assert_int_equal(mode_of(path), 0600);
    assert_int_equal(mode_of(f->place), 0700);
    size_t size = read_whole(path, &bytes);
    static const char *const secrets[] = {"11112222", "the code", "the result", "the log"};
    for (size_t i = 0; i < 4; i++)
        assert_null(memmem(bytes, size, secrets[i], strlen(secrets[i])));
    assert_non_null(memmem(bytes, size, "completed", 9));
    free(bytes);
}

/* ---- the wrong one ---- */

static void damage_is_noticed(void **state)
{
    struct fixture *f = *state;
    char path[PLACE];
    uint8_t *bytes;
    add_runs(f, RUNS, "completed");
    keep(f);
    the_file(f, path);
    size_t size = read_whole(path, &bytes);
    assert_true(is_usable(f));
    for (size_t at = 0; at < size; at += at < 110 || at > size - 300 ? 1 : 97) {
        bytes[at] ^= 0x10;
        write_whole(path, bytes, size);
        if (is_usable(f) && shows(f, "status:completed"))
            fail_msg("byte %zu of %zu was changed", at, size);
        bytes[at] ^= 0x10;
    }
    static const size_t lengths[] = {0, 1, 50, 4000, 4200, 4201};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        write_whole(path, bytes, lengths[i]);
        assert_false(is_usable(f));
    }
    write_whole(path, bytes, size - 1);
    assert_false(is_usable(f));
    write_whole(path, bytes, size);
    assert_true(is_usable(f));
    free(bytes);
}

static void another_files_columns_are_noticed(void **state)
{
    struct fixture *f = *state, other = *f;
    char path[PLACE], others[8][PLACE];
    uint8_t *bytes;
    add_runs(f, RUNS, "completed");
    keep(f);
    the_file(f, path);
    size_t size = read_whole(path, &bytes);
    other.history = history_new();
    arena_init(&other.arena);
    add_runs(&other, RUNS, "failed");
    keep(&other);
    assert_int_equal(list_files(f->place, others), 2);
    write_whole(strcmp(others[0], path) == 0 ? others[1] : others[0], bytes, size);
    struct cache_file file;
    assert_false(cache_file_open(&file, f->place, history_path(other.history)));
    assert_false(is_usable(&other));
    assert_true(is_usable(f));
    history_free(other.history);
    arena_release(&other.arena);
    free(bytes);
}

static void another_history_in_the_same_file_is_noticed(void **state)
{
    static const char *const changes[] = {
        "UPDATE execution SET id = 'other' WHERE rowid = (SELECT max(rowid) FROM execution)",
        "DELETE FROM execution WHERE rowid = (SELECT max(rowid) FROM execution)",
        "VACUUM",
        "CREATE TABLE another (x)",
    };
    struct fixture *f = *state;
    add_runs(f, RUNS, "completed");
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        keep(f);
        assert_true(is_usable(f));
        history_sql(f->history, changes[i]);
        if (is_usable(f))
            fail_msg("%s", changes[i]);
    }
}

static void more_runs_leave_it_usable(void **state)
{
    struct fixture *f = *state;
    struct quiet quiet;
    struct meta meta;
    add_runs(f, RUNS, "completed");
    keep(f);
    add_runs(f, 5, "failed");
    history_sql(f->history, "DELETE FROM execution WHERE rowid < 3"); /* a sweep takes the oldest */
    quiet_open(f, &quiet);
    assert_true(answer(f, &quiet, "", &meta));
    assert_int_equal(meta.total.n, RUNS + 5); /* the swept ones are not known of yet, */
    assert_int_equal(meta.filtered.n, RUNS + 5);
    assert_int_equal(facet_count(&meta.status, TEXT_LIT("completed")), RUNS); /* nor what the new ones are */
    assert_false(meta.total.is_exact);
    meta.presets[PRESET_1H] = (struct tally){33, false};
    struct meta_query query = query_of("");
    assert_true(cache_answer(quiet.cache, &quiet.reading, &query, &f->arena, &meta));
    assert_int_equal(meta.presets[PRESET_1H].n, 33); /* what the table says is newer */
    assert_true(answer(f, &quiet, "after:1970-01-01T00:00:20", &meta));
    assert_int_equal(meta.filtered.n, RUNS - 20 + 1);
    assert_false(
        answer(f, &quiet, "after:1970-01-01T00:00:41", &meta)); /* there was nothing yet: not even a guess */
    quiet_close(&quiet);
}

static void files_that_others_could_write_are_not_read(void **state)
{
    struct fixture *f = *state;
    char path[PLACE], aside[PLACE + 8];
    add_runs(f, RUNS, "completed");
    keep(f);
    the_file(f, path);
    static const mode_t modes[] = {0620, 0602};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(chmod(path, modes[i]), 0);
        assert_false(is_usable(f));
    }
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(chmod(f->place, 0777), 0);
    assert_false(is_usable(f));
    assert_int_equal(chmod(f->place, 0700), 0);
    assert_true(is_usable(f));

    snprintf(aside, sizeof aside, "%s.aside", path);
    assert_int_equal(rename(path, aside), 0);
    assert_int_equal(symlink(aside, path), 0);
    assert_false(is_usable(f));
    keep(f); /* puts its own in the place of the link, and leaves what it pointed to */
    struct stat st;
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISREG(st.st_mode));
    assert_true(is_usable(f));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0); /* nobody waits for its other end */
    assert_false(is_usable(f));

    snprintf(aside, sizeof aside, "%.500s.aside", f->place);
    assert_int_equal(rename(f->place, aside), 0);
    assert_int_equal(symlink(aside, f->place), 0);
    keep(f);
    assert_false(is_usable(f));
}

static void a_place_that_cannot_be_had_is_no_error(void **state)
{
    struct fixture *f = *state;
    add_runs(f, RUNS, "completed");
    int fd = open(f->base, O_RDONLY | O_DIRECTORY);
    assert_int_equal(close(openat(fd, "xdg", O_CREAT | O_WRONLY, 0600)), 0); /* a file in the way */
    close(fd);
    keep(f);
    assert_false(is_usable(f));
    snprintf(f->place, sizeof f->place, "none");
    keep(f);
    assert_false(is_usable(f));
    assert_int_equal(access("none", F_OK), -1);
}

/* ---- room ---- */

static void touch_at(const char *path, time_t when)
{
    struct timespec times[2] = {{.tv_sec = when}, {.tv_sec = when}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void the_oldest_go_first(void **state)
{
    struct fixture *f = *state, others[3] = {*f, *f, *f};
    char names[8][PLACE], mine[3][PLACE], path[PLACE];
    for (int i = 0; i < 3; i++) {
        others[i].history = history_new();
        arena_init(&others[i].arena);
        add_runs(&others[i], RUNS, "completed");
        keep(&others[i]);
        size_t count = list_files(f->place, names);
        assert_int_equal(count, (size_t)i + 1);
        for (size_t j = 0; j < count; j++) {
            bool is_known = false;
            for (int k = 0; k < i; k++)
                is_known |= strcmp(names[j], mine[k]) == 0;
            if (!is_known)
                memcpy(mine[i], names[j], PLACE);
        }
    }
    struct stat st;
    assert_int_equal(stat(mine[0], &st), 0);
    size_t size = (size_t)st.st_size;
    for (int i = 0; i < 3; i++)
        touch_at(mine[i], 1000 * (i + 1));
    assert_true(is_usable(&others[0])); /* used now */

    snprintf(path, sizeof path, "%s/notes.txt", f->place);
    write_whole(path, (const uint8_t *)"", 0);
    cache_directory_prune(f->place, 3 * size + 3000);
    assert_int_equal(list_files(f->place, names), 4);
    cache_directory_prune(f->place, 2 * size + 3000);
    assert_int_equal(access(mine[1], F_OK), -1);
    assert_int_equal(list_files(f->place, names), 3);
    assert_true(is_usable(&others[0]) && is_usable(&others[2]));

    history_free(others[2].history);
    cache_directory_prune(f->place, 3 * size);
    assert_int_equal(access(mine[2], F_OK), -1);
    assert_int_equal(access(mine[0], F_OK), 0);

    snprintf(path, sizeof path, "%.500s.4711", mine[0]); /* half written */
    write_whole(path, (const uint8_t *)"", 0);
    cache_directory_prune(f->place, 3 * size);
    assert_int_equal(access(path, F_OK), 0);
    touch_at(path, 1000);
    cache_directory_prune(f->place, 3 * size);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(list_files(f->place, names), 2);
    history_free(others[0].history);
    history_free(others[1].history);
    for (int i = 0; i < 3; i++)
        arena_release(&others[i].arena);
}

/* ---- with the thread ---- */

static void open_counting(struct fixture *f, bool no_background, struct source **source,
                          struct source_conn **conn)
{
    struct source_options options = {
        .no_background = no_background, .cache_directory = f->place, .cache_runs_min = 10};
    struct err err;
    assert_int_equal(source_open(history_path(f->history), &options, source, &err), ERR_OK);
    assert_int_equal(source_connect(*source, conn, &err), ERR_OK);
}

/* Whether this process has a file of the cache open. */
static bool is_cache_open(const struct fixture *f)
{
    char name[PLACE], target[PLACE];
    bool is_open = false;
    DIR *entries = opendir("/proc/self/fd");
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        snprintf(name, sizeof name, "/proc/self/fd/%.20s", entry->d_name);
        ssize_t n = readlink(name, target, sizeof target - 1);
        target[n > 0 ? n : 0] = '\0';
        is_open = is_open || strncmp(target, f->place, strlen(f->place)) == 0;
    }
    if (entries)
        closedir(entries);
    return is_open;
}

/* Asks as the screen does, until nothing more is to be learnt. */
static struct meta ask_until_exact(struct fixture *f, const char *line, int64_t exact)
{
    struct source *source;
    struct source_conn *conn;
    struct err err;
    struct meta meta, first;
    struct meta_query query = query_of(line);
    bool is_first = true;
    open_counting(f, false, &source, &conn);
    do {
        assert_int_equal(conn_meta(conn, &query, NULL, &f->arena, &meta, &err), ERR_OK);
        if (meta.filtered.is_exact)
            assert_int_equal(meta.filtered.n, exact);
        if (is_first)
            first = meta;
        is_first = false;
    } while (meta.progress < 1 || !meta.filtered.is_exact || !meta.tools.is_counted);
    for (int i = 0; i < 1000 && is_cache_open(f); i++) /* what was kept is let go of */
        usleep(5000);
    assert_false(is_cache_open(f));
    conn_close(conn);
    source_close(source);
    filter_release(&query.filter);
    return first;
}

static void estimates_give_way_to_what_is_counted(void **state)
{
    struct fixture *f = *state;
    add_runs(f, RUNS, "failed");
    keep(f);
    add_runs(f, 5, "failed");
    static const char *const lines[] = {"", "status:failed", "tool:github.*", "duration:>=0ms"};
    for (int round = 0; round < 12; round++) {
        struct meta first = ask_until_exact(f, lines[round % 4], RUNS + 5);
        assert_true(first.filtered.n <= RUNS + 5);
    }
}

static int64_t exact_runs(struct fixture *f, bool no_background)
{
    struct source *source;
    struct source_conn *conn;
    struct err err;
    struct meta meta;
    struct meta_query query = query_of("status:completed");
    query.wait_exact = true;
    open_counting(f, no_background, &source, &conn);
    assert_int_equal(conn_meta(conn, &query, NULL, &f->arena, &meta, &err), ERR_OK);
    assert_true(meta.filtered.is_exact && meta.status.is_counted && meta.progress >= 1);
    conn_close(conn);
    source_close(source);
    filter_release(&query.filter);
    return meta.filtered.n;
}

static void the_exact_numbers_come_in_any_case(void **state)
{
    struct fixture *f = *state;
    char path[PLACE], names[8][PLACE];
    uint8_t *bytes, *later;
    add_runs(f, 9, "completed");
    assert_int_equal(exact_runs(f, false), 9);
    assert_int_equal(list_files(f->place, names), 0); /* too few to be worth it */
    add_runs(f, RUNS - 9, "completed");
    assert_int_equal(exact_runs(f, true), RUNS);
    assert_int_equal(list_files(f->place, names), 0); /* scripts keep nothing */
    assert_int_equal(exact_runs(f, false), RUNS);
    the_file(f, path);
    size_t size = read_whole(path, &bytes);
    add_runs(f, 5, "completed");
    assert_int_equal(exact_runs(f, false), RUNS + 5);
    size_t later_size = read_whole(path, &later);
    assert_true(later_size != size || memcmp(bytes, later, size) != 0);
    history_sql(f->history, "UPDATE execution SET status = 'failed' WHERE rowid <= 10");
    assert_int_equal(exact_runs(f, false), RUNS - 5);
    free(bytes);
    free(later);
}

static void what_stayed_the_same_is_not_written_again(void **state)
{
    struct fixture *f = *state;
    char path[PLACE];
    struct stat before, after;
    add_runs(f, RUNS, "completed");
    assert_int_equal(exact_runs(f, false), RUNS);
    the_file(f, path);
    assert_int_equal(stat(path, &before), 0);
    assert_int_equal(exact_runs(f, false), RUNS);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_was_counted_is_shown_as_estimates),
        TEST(what_is_known_exactly_stays),
        TEST(the_file_is_the_users_alone_and_tells_no_ids),
        TEST(damage_is_noticed),
        TEST(another_files_columns_are_noticed),
        TEST(another_history_in_the_same_file_is_noticed),
        TEST(more_runs_leave_it_usable),
        TEST(files_that_others_could_write_are_not_read),
        TEST(a_place_that_cannot_be_had_is_no_error),
        TEST(the_oldest_go_first),
        TEST(estimates_give_way_to_what_is_counted),
        TEST(the_exact_numbers_come_in_any_case),
        TEST(what_stayed_the_same_is_not_written_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
