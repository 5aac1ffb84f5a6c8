/*
 * Why a process between: the leader of a session is in an orphaned process group, in which the kernel discards the stop of
 * Ctrl-Z; and when the last holder of the terminal's slave side exits, its line settings go with it before a test can
 * look at them. The keeper leads the session, passes a hang-up on to its job as shells do, and outlives the program.
 */
#include "tests/support/pty_keeper.h"

#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t was_hung_up;

/* SIGCHLD has nothing to note: it only interrupts pselect(). */
static void on_signal(int signal)
{
    was_hung_up |= signal == SIGHUP;
}

static void say(int channel, enum keeper_word word, int value)
{
    struct keeper_message message = {(int)word, value};
    if (write(channel, &message, sizeof message) != sizeof message)
        _exit(1);
}

static _Noreturn void become_program(const struct keeper_job *job, const sigset_t *mask)
{
    setpgid(0, 0);
    tcsetpgrp(job->terminal, getpid()); /* from the background, while SIGTTOU is still ignored */
    signal(SIGTTOU, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    signal(SIGCHLD, SIG_DFL);
    sigprocmask(SIG_SETMASK, mask, NULL);
    for (int fd = 0; fd <= 2; fd++)
        dup2(job->terminal, fd);
    if (job->dir && chdir(job->dir) != 0)
        _exit(126);
    execve(job->argv[0], job->argv, job->env);
    _exit(127);
}

/* *program becomes 0 with its end: from then on its id may be another's. */
static void report(const struct keeper_job *job, pid_t *program)
{
    int status;
    while (*program && waitpid(*program, &status, WNOHANG | WUNTRACED) == *program) {
        if (WIFSTOPPED(status)) {
            tcsetpgrp(job->terminal, getpid());
            say(job->channel, KEEPER_STOPPED, WSTOPSIG(status));
        } else {
            *program = 0;
            say(job->channel, KEEPER_EXITED, status);
        }
    }
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

/* However the test ended, by a failed assertion included: nothing stays behind. */
static _Noreturn void clean_up(const struct keeper_job *job, pid_t program)
{
    if (program) {
        kill(-program, SIGKILL);
        waitpid(program, NULL, 0);
    }
    nftw(job->home, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    _exit(0);
}

static void obey(const struct keeper_job *job, pid_t program)
{
    struct keeper_message message;
    if (read(job->channel, &message, sizeof message) != sizeof message)
        clean_up(job, program);
    if (message.word != KEEPER_FG || !program)
        return;
    tcsetpgrp(job->terminal, program);
    kill(-program, SIGCONT);
}

/* Both signals arrive only inside pselect(), so that none is missed between a look and the wait. Returns the mask before. */
static sigset_t hold_signals(void)
{
    sigset_t held, before;
    sigemptyset(&held);
    sigaddset(&held, SIGCHLD);
    sigaddset(&held, SIGHUP);
    sigprocmask(SIG_BLOCK, &held, &before);
    sigaction(SIGCHLD, &(struct sigaction){.sa_handler = on_signal}, NULL);
    sigaction(SIGHUP, &(struct sigaction){.sa_handler = on_signal}, NULL);
    signal(SIGTTOU, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    return before;
}

static _Noreturn void keep(const struct keeper_job *job, pid_t program)
{
    sigset_t none;
    sigemptyset(&none);
    for (;;) {
        fd_set readable;
        FD_ZERO(&readable);
        FD_SET(job->channel, &readable);
        int ready = pselect(job->channel + 1, &readable, NULL, NULL, NULL, &none);
        if (was_hung_up && program)
            kill(-program, SIGHUP);
        was_hung_up = 0;
        report(job, &program);
        if (ready > 0)
            obey(job, program);
    }
}

_Noreturn void keeper_run(const struct keeper_job *job)
{
    setsid();
    ioctl(job->terminal, TIOCSCTTY, 0);
    sigset_t before = hold_signals();
    pid_t program = fork();
    if (program < 0)
        _exit(1);
    if (program == 0)
        become_program(job, &before);
    setpgid(program, program);
    say(job->channel, KEEPER_STARTED, program);
    keep(job, program);
}
