/*
 * Runs a command so that neither it nor whoever started us can tell that somebody watches, and hands what it
 * writes to a watcher.
 *
 *     struct child_end end;
 *     child_run(&(struct child_options){.argv = argv, .environment = environment}, &watch, &end, &err)
 *     … keep what there is to keep …
 *     child_leave(&end);
 *
 * Where standard output is no terminal the command stays in our process group and session and writes into
 * pipes (and to a terminal of its own as standard error, where that alone is one); where it is one, the
 * command gets a session with a terminal of its own (child_pty.c, child_monitor.c).
 *
 * To be called once in a process, on its first thread, before there is any other: it forks, and the command
 * dies with that thread as it would die by a SIGKILL of its own. Signal mask and dispositions of the command
 * are those of the moment of the call: change none before. `started` is the first moment at which threads may
 * be made; they inherit a mask that blocks every signal, and that is how they must stay, since the signals
 * are taken here. SIGPIPE is blocked from then on.
 *
 * What the command inherits is the command's from then on: descriptors above 2 that do not close on exec are
 * closed here, standard input leads nowhere, nor does standard output once the command has closed it.
 * Standard error stays.
 *
 * What the command had written before it ended has been passed on when child_run returns; for what its
 * descendants write later a process is left behind that passes it on and ends with the last of them. Nothing
 * of that is told to the watcher.
 */
#pragma once

#include "data/base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

enum child_stream { CHILD_OUT, CHILD_ERR };

/* Called on the thread of child_run. Neither may block: the command waits meanwhile. Either may be NULL. */
struct child_watch {
    void *context;
    /* Bytes that were passed on just now, in the order in which they were written: exactly, among both
     * streams, where both go to the same place and one thread wrote them. A terminal's bytes are CHILD_OUT,
     * as the terminal gets them. At most CHILD_OUTPUT_MAX at a time. Bytes that nobody took (the reader is
     * gone) are not told of. */
    void (*output)(void *context, enum child_stream stream, const char *bytes, size_t n);
    /* Once, when the command runs; never where it could not be started. */
    void (*started)(void *context, pid_t pid);
};

enum { CHILD_OUTPUT_MAX = 64 * 1024 };

struct child_options {
    char *const *argv;        /* ends in NULL; argv[0] is looked for in our PATH where it has no slash */
    char *const *environment; /* whole; ends in NULL */
};

struct child_end {
    /* not 0: could not be started, exit_status is 127 or 126 and standard error has been told why (so has the
     * watcher) */
    int start_errno;
    int exit_status; /* where signal is 0 */
    int signal;      /* that ended it; 0: none */
    bool has_core;
    /* SIGTERM or SIGHUP came, or it ended of a SIGINT or SIGQUIT: to us, or from the terminal */
    bool was_interrupted;
    int interrupted_by; /* which */
    /* by enum child_stream: why our own output did not take all of it (a full disk); 0: it did, or nobody
     * reads it any more */
    int lost_errno[2];
    struct rusage usage;          /* of the command and the descendants it waited for */
    int64_t out_bytes, err_bytes; /* passed on */
};

/* Returns when the command has ended. ERR_IO where there is no process, pipe or terminal to be had: then
 * nothing was run, *end is empty, and signals are as they were. */
MUST_USE enum err_code child_run(const struct child_options *options, const struct child_watch *watch,
                                 struct child_end *end, struct err *err);

/* Not all that it wrote could be passed on: what it would have been told by its write, it was not. */
static inline bool child_has_lost(const struct child_end *end)
{
    return end->lost_errno[CHILD_OUT] || end->lost_errno[CHILD_ERR];
}

/* Ends this process as the command ended: with the same code, or by the same signal (without a core of our
 * own). With 1 where output of it was lost, and it says nothing of that: it ended well, or by the pipe that
 * was closed therefore. */
_Noreturn void child_leave(const struct child_end *end);
