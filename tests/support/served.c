/*
 * See served.h. Where it listens stands in its first line on standard output.
 */
#include "tests/support/served.h"

#include "data/base/die.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct served {
    pid_t pid;
    FILE *out;
    char url[200];
    int port;
};

static pid_t spawn(const char *const *argv, int out)
{
    static const char *const env[] = {"HOME=/nonexistent", "PATH=/usr/bin:/bin", "LANG=C.UTF-8", NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
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

struct served *served_start(const char *program, const char *file, const char *scope)
{
    const char *argv[] = {program, "serve", "--db", file, "--listen", "127.0.0.1:0", scope ? "--scope" : NULL,
                          scope,   NULL};
    struct served *served = mem_new_array(1, sizeof *served);
    int pipes[2];
    if (pipe2(pipes, O_CLOEXEC) != 0)
        die("served: %s", strerror(errno));
    served->pid = spawn(argv, pipes[1]);
    close(pipes[1]);
    served->out = fdopen(pipes[0], "r");
    read_address(served);
    return served;
}

void served_stop(struct served *served)
{
    int status = 0;
    kill(served->pid, SIGTERM);
    if (waitpid(served->pid, &status, 0) != served->pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        die("served: it ended with status %d", status);
    fclose(served->out);
    free(served);
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
