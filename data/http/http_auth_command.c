/*
 * A secret from a command of the person's own: a password manager, a cloud's login program. It has no terminal, so that it can neither write over the
 * screen nor wait for a key that goes elsewhere, and nothing of ours but a pipe. It is ended with all that it started, unless it ends by itself:
 * what it then leaves running (an agent) it means to.
 */
#include "data/base/clock.h"
#include "data/http/http_auth_int.h"

#include "data/base/die.h"
#include "data/base/timefmt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_MS = 20, OPEN_FILES_MAX = 65536 };

/* ---- the child, between fork and exec: nothing that takes a lock ---- */

static void close_from(int first)
{
#ifdef SYS_close_range
    if (syscall(SYS_close_range, (unsigned)first, ~0U, 0U) == 0)
        return;
#endif
    long open_max = sysconf(_SC_OPEN_MAX);
    int end = open_max > 0 && open_max < OPEN_FILES_MAX ? (int)open_max : OPEN_FILES_MAX;
    for (int fd = first; fd < end; fd++)
        close(fd);
}

static void signals_default(void)
{
    static const int ignored_here[] = {SIGPIPE, SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP, SIGCHLD};
    sigset_t none;
    for (size_t i = 0; i < sizeof ignored_here / sizeof *ignored_here; i++)
        signal(ignored_here[i], SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void child(const char *command, int out)
{
    setsid();
    signals_default();
    int null = open("/dev/null", O_RDWR);
    if (null < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(null, STDIN_FILENO) < 0 ||
        dup2(null, STDERR_FILENO) < 0)
        _exit(126);
    close_from(3);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

/* ---- the parent ---- */

struct running {
    pid_t pid;
    int out;
    int status;
    bool has_ended, has_closed; /* the shell; its standard output, by all who had it */
    char *text;
    size_t n;
};

/* Moves a pipe's end out of the way of the standard descriptors, which a closed terminal may have left free. */
static int above_standard(int fd)
{
    if (fd > STDERR_FILENO)
        return fd;
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    close(fd);
    return moved;
}

static enum err_code start(const char *command, struct running *run, struct err *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return err_set(err, ERR_IO, "token_command cannot be run: %s", strerror(errno));
    ends[0] = above_standard(ends[0]);
    ends[1] = above_standard(ends[1]);
    run->pid = fork();
    if (run->pid == 0)
        child(command, ends[1]);
    int number = errno;
    close(ends[1]);
    if (run->pid < 0) {
        close(ends[0]);
        return err_set(err, ERR_IO, "token_command cannot be run: %s", strerror(number));
    }
    run->out = ends[0];
    fcntl(run->out, F_SETFL, O_NONBLOCK);
    run->text = mem_new_array(HTTP_SECRET_MAX + 2, 1);
    return ERR_OK;
}

static void take_output(struct running *run)
{
    ssize_t got = -1;
    while (run->n <= HTTP_SECRET_MAX &&
           (got = read(run->out, run->text + run->n, HTTP_SECRET_MAX + 1 - run->n)) > 0)
        run->n += (size_t)got;
    run->has_closed = got == 0;
}

static void look(struct running *run)
{
    struct pollfd wait = {.fd = run->has_closed ? -1 : run->out, .events = POLLIN};
    poll(&wait, 1, LOOK_MS);
    run->has_ended = waitpid(run->pid, &run->status, WNOHANG) == run->pid;
    take_output(run); /* after the look at the shell: what it wrote before it ended is then complete */
}

static void kill_all(struct running *run)
{
    kill(-run->pid, SIGKILL);
    kill(run->pid, SIGKILL); /* it may not lead a group yet */
    while (waitpid(run->pid, &run->status, 0) < 0 && errno == EINTR)
        ;
}

static enum err_code wait_for(struct running *run, int64_t limit_ms, struct cancel *cancel, struct err *err)
{
    char span[TIME_TEXT];
    int64_t end = clock_ms() + limit_ms;
    while (!run->has_ended) {
        if (cancel_requested(cancel))
            return err_set(err, ERR_CANCELLED, "cancelled");
        if (clock_ms() >= end) {
            span_format_words(limit_ms, span);
            err_set(err, ERR_IO, "token_command did not end within %s", span);
            return err_hint(err, "It has no terminal, so it cannot ask anything: run it by hand first.");
        }
        if (run->n > HTTP_SECRET_MAX)
            return err_set(err, ERR_TOO_BIG, "token_command prints more than a token (over %d bytes)",
                           HTTP_SECRET_MAX);
        look(run);
    }
    return ERR_OK;
}

static enum err_code judge(const struct running *run, struct err *err)
{
    if (run->n > HTTP_SECRET_MAX)
        return err_set(err, ERR_TOO_BIG, "token_command prints more than a token (over %d bytes)",
                       HTTP_SECRET_MAX);
    if (WIFSIGNALED(run->status))
        err_set(err, ERR_IO, "token_command was ended by signal %d", WTERMSIG(run->status));
    else if (WEXITSTATUS(run->status) == 127)
        err_set(err, ERR_NOT_FOUND, "token_command failed with status 127: no such command");
    else if (WEXITSTATUS(run->status))
        err_set(err, ERR_IO, "token_command failed with status %d", WEXITSTATUS(run->status));
    else
        return ERR_OK;
    return err_hint(err, "Run it by hand: it must print the token, and needs no terminal.");
}

enum err_code secret_run(const char *command, int64_t limit_ms, struct cancel *cancel, char **text,
                         struct err *err)
{
    struct running run = {.pid = -1};
    enum err_code code = start(command, &run, err);
    if (code != ERR_OK)
        return code;
    code = wait_for(&run, limit_ms, cancel, err);
    if (!run.has_ended)
        kill_all(&run);
    else
        code = judge(&run, err);
    close(run.out);
    if (code == ERR_OK) {
        *text = run.text;
        return ERR_OK;
    }
    explicit_bzero(run.text, HTTP_SECRET_MAX + 2);
    free(run.text);
    return code;
}
