/*
 * See served.h. Where it listens stands in its first line on standard output.
 */
#include "tests/support/served.h"

#include "data/base/die.h"
#include "tests/support/caught.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS_MAX = 16 };

struct served {
    pid_t pid;
    FILE *out, *err;
    char url[200];
    int port;
};

static pid_t spawn(const char *const *argv, int out, int err)
{
    static const char *const env[] = {"HOME=/nonexistent", "PATH=/usr/bin:/bin", "LANG=C.UTF-8", NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
    int failed = posix_spawn(&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv,
                             (char *const *)(uintptr_t)env);
    posix_spawn_file_actions_destroy(&actions);
    if (failed)
        die("served: %s: %s", argv[0], strerror(failed));
    return pid;
}

static void read_address(struct served *served)
{
    char line[300];
    const char *url = fgets(line, sizeof line, served->out) ? strstr(line, "http://") : NULL;
    if (!url)
        die("served: it does not say where");
    snprintf(served->url, sizeof served->url, "%.*s", (int)strcspn(url, " \n"), url);
    const char *colon = strrchr(served->url, ':');
    served->port = (int)strtol(colon + 1, NULL, 10);
}

static size_t add_words(const char **argv, size_t argc, const char *const *words)
{
    bool has_listen = false;
    for (; words && *words; words++) {
        has_listen |= strcmp(*words, "--listen") == 0;
        argv[argc++] = *words;
        if (argc + 3 > WORDS_MAX)
            die("served: too many words");
    }
    if (!has_listen) {
        argv[argc++] = "--listen";
        argv[argc++] = "127.0.0.1:0";
    }
    return argc;
}

struct served *served_start(const char *program, const char *file, const char *const *words)
{
    const char *argv[WORDS_MAX] = {program, "serve", "--db", file};
    argv[add_words(argv, 4, words)] = NULL;
    struct served *served = mem_new_array(1, sizeof *served);
    int pipes[2];
    served->err = caught_new();
    if (pipe2(pipes, O_CLOEXEC) != 0)
        die("served: %s", strerror(errno));
    served->pid = spawn(argv, pipes[1], fileno(served->err));
    close(pipes[1]);
    served->out = fdopen(pipes[0], "r");
    read_address(served);
    return served;
}

int served_end(struct served *served, int signal, char **err)
{
    int status = 0;
    kill(served->pid, signal);
    if (waitpid(served->pid, &status, 0) != served->pid)
        die("served: it is not there");
    caught_take(served->err, err);
    fclose(served->out);
    free(served);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void served_stop(struct served *served)
{
    int status = served_end(served, SIGTERM, NULL);
    if (status)
        die("served: it ended with status %d", status);
}

const char *served_url(const struct served *served)
{
    return served->url;
}

int served_port(const struct served *served)
{
    return served->port;
}

pid_t served_pid(const struct served *served)
{
    return served->pid;
}
