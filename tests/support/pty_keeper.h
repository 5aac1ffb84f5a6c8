/*
 * The keeper of a program under test: what a shell is to its jobs. Used by pty.c only.
 */
#pragma once

#include <sys/types.h>

enum keeper_word {
    KEEPER_STARTED = 's', /* value: the program's process id */
    KEEPER_STOPPED = 't',
    KEEPER_EXITED = 'x', /* value: its status as of waitpid() */
    KEEPER_FG = 'f',     /* to the keeper: bring it to the foreground and continue it */
};

struct keeper_message {
    int word; /* enum keeper_word */
    int value;
};

struct keeper_job {
    char *const *argv;
    char *const *env;
    const char *dir;  /* NULL: stays */
    const char *home; /* removed with all in it at the end */
    int terminal;     /* the slave side */
    int channel;      /* a stream socket; its end ends the keeper, the program and home */
};

/* In a freshly forked process: never returns. */
_Noreturn void keeper_run(const struct keeper_job *job);
