/*
 * `executor-runs record` as a cron job or a shell starts it: in a directory of its own, with an environment
 * of its own, its output in files.
 *
 *     struct bench *b = bench_new();
 *     pid_t pid = bench_record(b, (const char *const[]){"--db", bench_db(b), "true", NULL}, NULL);
 *     assert_int_equal(bench_wait(pid), 0);
 *     assert_true(bench_is(b, "SELECT status FROM execution", "completed"));
 *     bench_free(b);
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct bench;

struct bench *bench_new(void);
void bench_free(struct bench *b); /* removes the directory with all that is in it */
/* Of a test whose state is a bench. */
int bench_set_up(void **state);
int bench_tear_down(void **state);
const char *bench_dir(const struct bench *b);
void bench_set_db(struct bench *b, const char *path);            /* another file to look into; borrowed */
const char *bench_db(const struct bench *b);                     /* not made yet */
const char *bench_path(const struct bench *b, const char *name); /* in the directory; lives as long as it */

struct bench_start {
    const char *const *env; /* instead of PATH, HOME (the directory) and LANG; ends in NULL */
    const char *name;       /* of the files: NAME.out and NAME.err; NULL: "run" */
    void (*in_child)(const struct bench *b); /* before the program starts; may be NULL */
};
/* Starts `executor-runs record` with these words; start may be NULL. Standard input is /dev/null. */
pid_t bench_record(struct bench *b, const char *const *words, const struct bench_start *start);

/* Its exit status, or 128 + the signal. Fails the test where it does not end. */
int bench_wait(pid_t pid);
/* The same at once, with its greatest resident set and that of what it waited for. */
int bench_wait_rss(pid_t pid, long *kb);

/* What stands in a file of the directory (caller frees; NUL-terminated); "" where there is none. */
char *bench_read(const struct bench *b, const char *name, size_t *n);
bool bench_file_is(const struct bench *b, const char *name, const char *expected);
/* Exactly one line that says that `what` ("this run") is not recorded, and nothing else. */
bool bench_has_warned(const struct bench *b, const char *name, const char *what);

/* The first column of the query's first row, as text; caller frees. "" where there is no row, or no file
 * yet. */
char *bench_sql(const char *path, const char *sql);
bool bench_is(const struct bench *b, const char *sql, const char *expected); /* says what it is instead */
/* The same, once it holds; false where it does not come. */
bool bench_becomes(const struct bench *b, const char *sql, const char *expected);
bool bench_exists(const struct bench *b, const char *name); /* a file of the directory, waited for */
