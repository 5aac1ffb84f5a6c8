/*
 * See job.h.
 */
#include "tests/support/job.h"

#include "data/base/buf.h"
#include "data/base/clock.h"
#include "data/base/die.h"
#include "data/record/recorder.h"
#include "tests/support/app.h"
#include "tests/support/caught.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS = 32, WAIT_MS = 20000, MORE_THAN_A_PID = 1 << 29 };

char *job_meta(enum job_recorder recorder)
{
    struct recorder self;
    struct buf meta;
    if (recorder == JOB_RECORDER_NONE)
        return NULL;
    recorder_self(&self);
    if (recorder == JOB_RECORDER_DEAD)
        self.pid = MORE_THAN_A_PID;
    buf_init(&meta, 4096);
    buf_str(&meta, "{\"recorder\":");
    recorder_write(&self, &meta);
    buf_char(&meta, '}');
    return buf_take(&meta);
}

struct job job_new(struct history *h, enum job_recorder recorder)
{
    char *meta = job_meta(recorder);
    int64_t now = time_now();
    struct job job = {h, history_run(h, (struct history_run){.status = "running",
                                                             .code = "make deploy",
                                                             .trigger = "cli",
                                                             .trigger_meta = meta,
                                                             .created_at = now})};
    history_close(h);
    free(meta);
    return job;
}

/* ---- processes ---- */

static FILE *input_of(const char *text)
{
    FILE *file = caught_new();
    fputs(text, file);
    rewind(file);
    return file;
}

static void fill_environment(const struct job *job, struct buf texts[3], const char *env[WORDS])
{
    int n = 0;
    env[n++] = "TZ=UTC";
    env[n++] = "LANG=C.UTF-8";
    env[n++] = "HOME=/nonexistent";
    env[n++] = "PATH=/usr/bin:/bin";
    for (int i = 0; i < 3; i++)
        buf_init(&texts[i], 4096);
    if (job) {
        buf_printf(&texts[0], "EXECUTOR_RUNS_RUN=%s", job->id);
        buf_printf(&texts[1], "EXECUTOR_RUNS_SCOPE=scope-1");
        buf_printf(&texts[2], "EXECUTOR_RUNS_DB=%s", history_path(job->history));
        for (int i = 0; i < 3; i++)
            env[n++] = buf_cstr(&texts[i]);
    }
    env[n] = NULL;
}

struct job_process job_start(const struct job *job, const char *const *args, const char *input)
{
    const char *argv[WORDS + 1] = {app_program()}, *env[WORDS];
    struct buf texts[3];
    int argc = 1;
    while (*args && argc < WORDS)
        argv[argc++] = *args++;
    fill_environment(job, texts, env);
    struct job_process process = {.out = caught_new(), .err = caught_new()};
    FILE *in = input_of(input ? input : "");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fileno(in), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fileno(process.out), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fileno(process.err), STDERR_FILENO);
    if (posix_spawn(&process.pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv,
                    (char *const *)(uintptr_t)env) != 0)
        die("tests: cannot start %s", argv[0]);
    posix_spawn_file_actions_destroy(&actions);
    for (int i = 0; i < 3; i++)
        buf_release(&texts[i]);
    fclose(in);
    return process;
}

int job_wait(struct job_process *process, char **out, char **err)
{
    int status;
    while (waitpid(process->pid, &status, 0) < 0)
        if (errno != EINTR)
            die("tests: no such process");
    caught_take(process->out, out);
    caught_take(process->err, err);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int job_do(const struct job *job, const char *const *args, const char *input, char **out, char **err)
{
    struct job_process process = job_start(job, args, input);
    return job_wait(&process, out, err);
}

void job_expect(const struct job *job, const char *sql, int64_t number)
{
    int64_t found = app_count(history_path(job->history), sql);
    if (found != number)
        die("tests: %s: %d, not %d", sql, (int)found, (int)number);
}

int64_t job_wait_for(const struct job *job, const char *sql)
{
    for (int64_t end = clock_ms() + WAIT_MS; clock_ms() < end; usleep(10000)) {
        int64_t number = app_count(history_path(job->history), sql);
        if (number)
            return number;
    }
    die("tests: never: %s", sql);
}
