/*
 * A command run by child_run() in a process of its own, so that what its parent sees of it is seen: output,
 * status, order.
 *
 *     struct recorded r;
 *     recorded_run(&(struct recorded_options){.argv = (const char *[]){"sh", "-c", "echo hi", NULL}}, &r);
 *     assert_string_equal(r.out, "hi\n");
 *     recorded_free(&r);
 *
 * Nothing here asserts; it dies where the machine has no process or pipe.
 */
#pragma once

#include "data/record/child.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct recorded_options {
    const char *const *argv;
    const char *const *env; /* whole; NULL: ours */
    bool is_one_place;      /* standard error goes where standard output goes */
    bool is_out_unread;     /* nobody reads standard output: its pipe has no reader from the start */
    int in;                 /* standard input; 0: /dev/null */
    void (*prepare)(void);  /* in the process of the recorder, before child_run; may be NULL */
    void (*leave)(void);    /* there, after child_run; may be NULL */
    /* Here, when the command runs. */
    void (*meanwhile)(pid_t recorder, pid_t command, void *arg);
    void *arg;
};

struct recorded {
    char *out, *err; /* what the readers got; NUL-terminated */
    size_t out_len, err_len;
    char *log; /* what the watcher was told; see recorded_stream */
    size_t log_len;
    enum err_code code;
    struct child_end end;
    int status;               /* of the recorder, as of waitpid */
    long max_rss_kb;          /* of the recorder alone */
    int64_t ended_ms, eof_ms; /* clock_ms(): the recorder ended; the last reader saw the end */
};

void recorded_run(const struct recorded_options *options, struct recorded *result);
void recorded_free(struct recorded *result);
/* What the watcher was told of one stream, or in order of both (-1); caller frees. */
char *recorded_stream(const struct recorded *result, int stream, size_t *n);
