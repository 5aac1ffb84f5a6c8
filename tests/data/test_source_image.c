/*
 * The pages of a snapshot read beside SQLite: whatever a writer does, before, meanwhile or all the time, they hold what SQLite reads in
 * the same transaction.
 */
#include "data/base/die.h"
#include "data/base/rand.h"
#include "tests/support/dbpage.h"
#include "tests/support/image_check.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define N(n) "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " #n ") "
#define ROWS                                                                                                 \
    "INSERT INTO execution SELECT lower(hex(randomblob(8))), 'scope-' || (i % 3), CASE abs(random()) % 3 "   \
    "WHEN 0 THEN 'failed' WHEN 1 THEN 'running' ELSE 'completed' END, printf('%.*c', abs(random()) % 300, "  \
    "'c'), CASE abs(random()) % 3 WHEN 0 THEN NULL ELSE 'cli' END, 1700000000000 + abs(random()) % 100000 "  \
    "FROM n"

static const char *const deeds[] = {
    N(1) ROWS,
    N(3) ROWS,
    N(3) ROWS,
    N(40) ROWS,
    "UPDATE execution SET status = 'completed' WHERE rowid % 7 = abs(random()) % 7",
    "UPDATE execution SET created_at = created_at + 1000 WHERE rowid % 19 = abs(random()) % 19",
    "DELETE FROM execution WHERE rowid % 13 = abs(random()) % 13",
    "DELETE FROM execution WHERE rowid < (SELECT max(rowid) FROM execution) - 300",
    "PRAGMA wal_checkpoint(PASSIVE)",
    "PRAGMA wal_checkpoint(RESTART)",
    "PRAGMA wal_checkpoint(TRUNCATE)",
    "VACUUM",
    /* more than the writer's cache holds: frames that belong to no commit, left, taken back or committed by another deed */
    "PRAGMA cache_size = 5; BEGIN; " N(60) ROWS,
    "ROLLBACK",
    "COMMIT",
    "COMMIT",
};
enum { DEEDS = sizeof deeds / sizeof deeds[0] };

/* BEGIN inside a transaction and COMMIT outside of one fail, which is as well. */
static void do_deed(sqlite3 *db, struct rand *rng)
{
    sqlite3_exec(db, deeds[rand_below(rng, DEEDS)], NULL, NULL, NULL);
}

static sqlite3 *open_writer(const struct image_file *file)
{
    sqlite3 *db;
    if (sqlite3_open(image_file_path(file), &db) != SQLITE_OK ||
        sqlite3_exec(db, "PRAGMA synchronous = 0; PRAGMA wal_autocheckpoint = 60", NULL, NULL, NULL) !=
            SQLITE_OK)
        die("%s", sqlite3_errmsg(db));
    return db;
}

/* A library with the table needs none of the care that the direct road takes: it always has an image. */
static bool has_dbpage(void)
{
    return sqlite3_compileoption_used("ENABLE_DBPAGE_VTAB");
}

/* ---- step by step ---- */

struct steps {
    sqlite3 *db;
    struct rand rng;
};

static void some_deeds(struct image_file *file, void *context)
{
    (void)file;
    struct steps *steps = context;
    for (uint32_t i = rand_below(&steps->rng, 5); i; i--)
        do_deed(steps->db, &steps->rng);
}

static size_t check_steps(int page_size, const char *journal_mode, int rounds, uint64_t seed)
{
    struct image_file *file = image_file_new(page_size, journal_mode);
    struct steps steps = {.db = open_writer(file)};
    size_t images = 0;
    rand_seed(&steps.rng, seed);
    for (int i = 0; i < rounds; i++) {
        struct image_check check = {.meanwhile = rand_chance(&steps.rng, 0.5) ? some_deeds : NULL,
                                    .context = &steps};
        some_deeds(file, &steps);
        image_file_check(file, &check);
        images += check.has_image;
    }
    sqlite3_close(steps.db);
    image_file_free(file);
    return images;
}

static void wal_step_by_step(void **state)
{
    (void)state;
    assert_int_equal(check_steps(512, "WAL", 40, 1), 40);
    assert_int_equal(check_steps(1024, "WAL", 40, 2), 40);
    assert_int_equal(check_steps(4096, "WAL", 40, 3), 40);
    assert_int_equal(check_steps(65536, "WAL", 10, 4), 10);
}

/* Before a rollback a file is locked whole, so a reader waits; none is refused for that. */
static void rollback_journal_step_by_step(void **state)
{
    (void)state;
    struct image_file *file = image_file_new(1024, "DELETE");
    struct image_check check = {0};
    for (int i = 0; i < 20; i++) {
        image_file_sql(file, deeds[i % 8]);
        image_file_check(file, &check);
        assert_true(check.has_image);
    }
    assert_true(check.entries > 100);
    image_file_free(file);
}

/* More frames than one block of the wal-index tells of, or two; a part of them in the main file already. */
static void many_frames(void **state)
{
    (void)state;
    struct image_file *file = image_file_new(512, "WAL");
    struct image_check check = {0};
    image_file_sql(file, "PRAGMA wal_autocheckpoint = 0");
    for (int i = 0; i < 30; i++) {
        image_file_sql(file, N(200) ROWS);
        if (i == 2)
            image_file_sql(file, "PRAGMA wal_checkpoint(PASSIVE)");
        if (i % 6 == 5)
            image_file_check(file, &check);
        assert_true(i < 5 || check.has_image);
    }
    char wal[320];
    struct stat st;
    snprintf(wal, sizeof wal, "%s-wal", image_file_path(file));
    assert_int_equal(stat(wal, &st), 0);
    assert_true(st.st_size > 9000 * (512 + 24));
    assert_int_equal(check.entries, 4 * 30 * 200);
    image_file_free(file);
}

/* By the table that some libraries have. */
static void by_dbpage_step_by_step(void **state)
{
    (void)state;
    size_t before = dbpage_reads();
    dbpage_add();
    assert_int_equal(check_steps(1024, "WAL", 20, 9), 20);
    assert_int_equal(check_steps(4096, "DELETE", 5, 10), 5);
    dbpage_remove();
    assert_true(dbpage_reads() > before + 25 * 4);
}

/* ---- all the time ---- */

static pid_t start_writer(const struct image_file *file, uint64_t seed)
{
    pid_t child = fork();
    if (child)
        return child;
    struct rand rng;
    rand_seed(&rng, seed);
    sqlite3 *db = open_writer(file);
    for (;;)
        do_deed(db, &rng);
}

static void writer_all_the_time(void **state)
{
    (void)state;
    struct image_file *file = image_file_new(1024, "WAL");
    size_t images = 0;
    image_file_sql(file, N(200) ROWS);
    pid_t child = start_writer(file, 7);
    for (int i = 0; i < 80; i++) {
        struct image_check check = {0};
        image_file_check(file, &check);
        images += check.has_image;
    }
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(images > 40);
    image_file_free(file);
}

/* ---- a commit at the worst moment ---- */

/* Called by SQLite without a context of ours. */
static struct {
    struct image_file *file;
    unsigned event; /* before the statement that takes the snapshot, or behind it */
    int left;       /* commits still to come */
    bool is_writing;
} ambush;

static int on_statement(unsigned event, void *context, void *statement, void *unused)
{
    (void)context, (void)unused;
    const char *sql = sqlite3_sql(statement);
    if (ambush.is_writing || event != ambush.event || !ambush.left ||
        strcmp(sql, "PRAGMA schema_version") != 0)
        return 0;
    ambush.left--;
    ambush.is_writing = true;
    image_file_sql(
        ambush.file,
        "UPDATE execution SET status = 'changed', created_at = created_at + 1 WHERE rowid % 3 = 0;" N(1)
            ROWS);
    ambush.is_writing = false;
    return 0;
}

static int watch_connection(sqlite3 *db, const char **message, const struct sqlite3_api_routines *api)
{
    (void)message, (void)api;
    return sqlite3_trace_v2(db, SQLITE_TRACE_STMT | SQLITE_TRACE_PROFILE, on_statement, NULL);
}

static bool is_read_in_spite_of(unsigned event, int commits)
{
    struct image_file *file = image_file_new(1024, "WAL");
    struct image_check check = {0};
    image_file_sql(file, N(100) ROWS);
    ambush.file = file;
    ambush.event = event;
    ambush.left = commits;
    sqlite3_auto_extension((void (*)(void))watch_connection);
    image_file_check(file, &check);
    sqlite3_cancel_auto_extension((void (*)(void))watch_connection);
    image_file_free(file);
    return check.has_image;
}

static void commit_between(void **state)
{
    (void)state;
    for (int commits = 0; commits < 5; commits++) {
        assert_true(is_read_in_spite_of(SQLITE_TRACE_STMT, commits));
        assert_true(is_read_in_spite_of(SQLITE_TRACE_PROFILE, commits));
    }
    assert_int_equal(is_read_in_spite_of(SQLITE_TRACE_STMT, 1000), has_dbpage());
    assert_int_equal(is_read_in_spite_of(SQLITE_TRACE_PROFILE, 1000), has_dbpage());
}

/* ---- states of a file ---- */

static void expect_image(struct image_file *file, bool has_image)
{
    struct image_check check = {0};
    image_file_check(file, &check);
    assert_int_equal(check.has_image, has_image);
    if (has_image)
        assert_int_equal(check.entries, 4 * 50);
}

/* No -wal: opened as immutable. */
static void nobody_writes(void **state)
{
    (void)state;
    struct image_file *file = image_file_new(4096, "WAL");
    image_file_sql(file, N(50) ROWS);
    image_file_close_writer(file);
    expect_image(file, true);
    image_file_free(file);
}

/* A writer that died: what of its -wal counts only SQLite knows, but an empty one has nothing. Locks are a process's, so another one
 * has to die. */
static void writer_died(void **state)
{
    (void)state;
    for (int is_empty = 0; is_empty < 2; is_empty++) {
        struct image_file *file = image_file_new(4096, "WAL");
        image_file_close_writer(file);
        pid_t child = fork();
        if (!child) {
            sqlite3_exec(open_writer(file), N(50) ROWS, NULL, NULL, NULL);
            if (is_empty)
                sqlite3_exec(open_writer(file), "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
            _exit(0);
        }
        assert_int_equal(waitpid(child, NULL, 0), child);
        expect_image(file, is_empty || has_dbpage());
        image_file_free(file);
    }
}

static void utf16_is_left_to_sqlite(void **state)
{
    (void)state;
    struct image_file *file = image_file_new(4096, "WAL; PRAGMA encoding = 'UTF-16'");
    image_file_sql(file, N(50) ROWS);
    expect_image(file, false);
    image_file_free(file);
}

/* ---- roots ---- */

struct root_case {
    const char *name;
    bool is_there;
};

static enum err_code roots_body(struct reader *reader, void *context, struct err *err)
{
    (void)context;
    static const struct root_case cases[] = {
        {"by_time", true},
        {"execution", true},
        {"execution(created_at)", true},
        {"EXECUTION(Created_At)", true},
        {"sqlite_autoindex_execution_1", true},
        {"execution(scope_id,id)", true},
        {"execution(id,scope_id)", false},
        {"execution(scope_id)", false},
        {"execution(nothing)", false},
        {"nothing(created_at)", false},
        {"nothing", false},
        {"downward", false},
        {"x(a)", false},
        {"folded", false},
        {"folded_too", false},
        {"x(b)", false},
        {"partial", false},
        {"x(c)", false},
        {"expression", false},
        {"mixed", false},
        {"wr_a", false},
        {"wr(a)", false},
        {"seen", false},
        {"x(d)", true},
        {"x(d,b)", false},
        {"x(d,a)", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t root;
        enum err_code code = image_root(reader, cases[i].name, &root, err);
        if (code)
            return code;
        if (!root != !cases[i].is_there)
            fail_msg("%s: root %u", cases[i].name, root);
    }
    return ERR_OK;
}

static void roots(void **state)
{
    (void)state;
    struct image_file *file = image_file_new(4096, "WAL");
    image_file_sql(file,
                   "CREATE TABLE x(a, b COLLATE NOCASE, c, d); CREATE INDEX downward ON x(a DESC);"
                   "CREATE INDEX folded ON x(b); CREATE INDEX folded_too ON x(a COLLATE RTRIM);"
                   "CREATE INDEX partial ON x(c) WHERE c > 0; CREATE INDEX expression ON x(c + 1);"
                   "CREATE INDEX mixed ON x(c, a + 1); CREATE INDEX y ON x(d); CREATE INDEX z ON x(d, a);"
                   "CREATE INDEX yy ON x(d, b);"
                   "CREATE TABLE wr(a, b, c PRIMARY KEY) WITHOUT ROWID; CREATE INDEX wr_a ON wr(a);"
                   "CREATE VIEW seen AS SELECT 1 AS a");
    image_file_read(file, roots_body, NULL);
    image_file_free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wal_step_by_step),
        cmocka_unit_test(rollback_journal_step_by_step),
        cmocka_unit_test(many_frames),
        cmocka_unit_test(by_dbpage_step_by_step),
        cmocka_unit_test(writer_all_the_time),
        cmocka_unit_test(commit_between),
        cmocka_unit_test(nobody_writes),
        cmocka_unit_test(writer_died),
        cmocka_unit_test(utf16_is_left_to_sqlite),
        cmocka_unit_test(roots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
