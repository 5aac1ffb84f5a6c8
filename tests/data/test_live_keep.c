/*
 * A file that is watched while its writers come and go: connections are kept between two looks, and neither does the last writer find them in its
 * way, nor does what it leaves or makes anew mislead them. The writer is another process, because locks are a process's; it is
 * started before there are threads, and told what to do through a pipe.
 */
#include "data/base/clock.h"
#include "data/source.h"
#include "tests/support/history.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 10000, TRIES = 5, WRITERS = 2 };

struct writer {
    pid_t pid;
    int orders, done;
};

struct fixture {
    struct history *history;
    struct writer writers[WRITERS]; /* the second for when the first one was killed */
    struct source *source;
    struct source_conn *conn;
    int runs;
};

/* ---- the writer ---- */

/* w: a run more; c: closes; each is answered. */
static void write_by_order(struct history *history, int orders, int done)
{
    char order;
    for (int i = 0; read(orders, &order, 1) == 1; i++) {
        char id[64];
        snprintf(id, sizeof id, "run %d of %d", i, (int)getpid());
        if (order == 'w')
            history_run(history, (struct history_run){.id = id});
        else
            history_close(history);
        if (write(done, &order, 1) != 1)
            break;
    }
    _exit(0);
}

static void start_writer(struct fixture *f, struct writer *writer)
{
    int orders[2], done[2];
    assert_int_equal(pipe(orders) | pipe(done), 0);
    writer->pid = fork();
    assert_true(writer->pid >= 0);
    if (writer->pid == 0) {
        close(orders[1]);
        write_by_order(f->history, orders[0], done[1]);
    }
    close(orders[0]);
    close(done[1]);
    writer->orders = orders[1];
    writer->done = done[0];
}

static void order(const struct writer *writer, char what)
{
    char answer;
    assert_int_equal(write(writer->orders, &what, 1), 1);
    assert_int_equal(read(writer->done, &answer, 1), 1);
}

static void add_run(struct fixture *f, int writer)
{
    order(&f->writers[writer], 'w');
    f->runs++;
}

/* ---- the reader ---- */

/* Until the index answers: before, the table itself does, and may be ahead of it. */
static void settle(struct source_conn *conn)
{
    struct arena arena;
    struct meta meta;
    struct meta_query query = {.wait_exact = true};
    arena_init(&arena);
    filter_init(&query.filter);
    assert_int_equal(conn_meta(conn, &query, NULL, &arena, &meta, NULL), ERR_OK);
    arena_release(&arena);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct err err;
    f->history = history_new();
    for (f->runs = 0; f->runs < 20; f->runs++)
        history_run(f->history, (struct history_run){0});
    history_close(f->history);
    for (int i = 0; i < WRITERS; i++)
        start_writer(f, &f->writers[i]);
    assert_int_equal(source_open(history_path(f->history), &(struct source_options){0}, &f->source, &err),
                     ERR_OK);
    assert_int_equal(source_connect(f->source, &f->conn, &err), ERR_OK);
    settle(f->conn);
    source_set_live(f->source, true);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    conn_close(f->conn);
    source_close(f->source);
    for (int i = 0; i < WRITERS; i++) {
        close(f->writers[i].orders);
        close(f->writers[i].done);
    }
    for (int i = 0; i < WRITERS; i++)
        waitpid(f->writers[i].pid, NULL, 0);
    history_free(f->history);
    free(f);
    return 0;
}

/* What the newest page has, where the whole is counted; -1: it is not, yet. */
static int shown_runs(struct fixture *f)
{
    struct arena arena;
    struct list_reply reply;
    struct list_query query = {.anchor = ANCHOR_FIRST, .after = 1000, .cutoff = TIME_NONE};
    arena_init(&arena);
    filter_init(&query.filter);
    enum err_code code = conn_list(f->conn, &query, NULL, &arena, &reply, NULL);
    int count =
        !code && reply.total.is_exact && reply.total.n == (int64_t)reply.count ? (int)reply.count : -1;
    arena_release(&arena);
    return count;
}

static void expect_all_runs(struct fixture *f)
{
    int64_t until = clock_ms() + PATIENCE_MS;
    source_refresh(f->source); /* at once: how soon is not what is asked here */
    int shown;
    while ((shown = shown_runs(f)) != f->runs && clock_ms() < until)
        usleep(5000);
    assert_int_equal(shown, f->runs);
}

/* ---- what is there ---- */

static bool exists_beside(const struct fixture *f, const char *suffix)
{
    char path[512];
    snprintf(path, sizeof path, "%s%s", history_path(f->history), suffix);
    return access(path, F_OK) == 0;
}

/* Whether this process has a -wal of the history open. */
static bool has_wal_open(void)
{
    bool is_open = false;
    DIR *dir = opendir("/proc/self/fd");
    for (struct dirent *entry; (entry = readdir(dir));) {
        char link[300], target[600];
        snprintf(link, sizeof link, "/proc/self/fd/%s", entry->d_name);
        ssize_t n = readlink(link, target, sizeof target - 1);
        target[n < 0 ? 0 : n] = '\0';
        is_open |= strstr(target, "-wal") != NULL;
    }
    closedir(dir);
    return is_open;
}

static void expect_wal_open(bool is_expected)
{
    int64_t until = clock_ms() + PATIENCE_MS;
    while (has_wal_open() != is_expected && clock_ms() < until)
        usleep(2000);
    assert_int_equal(has_wal_open(), is_expected);
}

/* ---- the tests ---- */

/* A close may meet a look, which lasts for a few ms; every one of a row of closes meets only what is held all the time. */
static void close_writer(struct fixture *f)
{
    order(&f->writers[0], 'c');
    for (int i = 1; i < TRIES && exists_beside(f, "-wal"); i++) {
        add_run(f, 0);
        order(&f->writers[0], 'c');
    }
    assert_false(exists_beside(f, "-wal"));
    assert_false(exists_beside(f, "-shm"));
}

static void writers_come_and_go(void **state)
{
    struct fixture *f = *state;
    for (int round = 0; round < 4; round++) {
        add_run(f, 0);
        expect_all_runs(f);
        expect_wal_open(true);
        close_writer(f);
        add_run(f, 0);
        expect_all_runs(f);
        close_writer(f);
        expect_all_runs(f);
    }
}

static void a_killed_writer_is_followed_by_another(void **state)
{
    struct fixture *f = *state;
    add_run(f, 0);
    expect_all_runs(f);
    expect_wal_open(true);
    kill(f->writers[0].pid, SIGKILL);
    add_run(f, 1);
    expect_all_runs(f);
    assert_true(exists_beside(f, "-wal"));
}

static void nothing_stays_open_when_live_ends(void **state)
{
    struct fixture *f = *state;
    add_run(f, 0);
    expect_all_runs(f);
    expect_wal_open(true);
    source_set_live(f->source, false);
    expect_wal_open(false);
    add_run(f, 0);
    (void)shown_runs(f);
    expect_wal_open(false); /* what still reads in the background is open for a moment */
}

static void nothing_stays_open_when_nobody_writes(void **state)
{
    struct fixture *f = *state;
    add_run(f, 0);
    expect_all_runs(f);
    expect_wal_open(true);
    expect_wal_open(false);
    add_run(f, 0);
    expect_all_runs(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(writers_come_and_go, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_killed_writer_is_followed_by_another, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_stays_open_when_live_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_stays_open_when_nobody_writes, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
