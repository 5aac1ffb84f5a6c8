/*
 * See term_signals.h. State of its own, since a handler has no other place to reach it.
 */
#include "tui/term_signals.h"

#include "data/base/die.h"
#include "tui/term.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t is_resized, is_suspended, quit;
static volatile sig_atomic_t rescue_fd = -1;

static struct {
    int wake[2];
    struct termios before;
    char bytes[256];
    size_t len;
} rescue = {.wake = {-1, -1}};

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

/* ---- waking ---- */

int term_wake_fd(void)
{
    return rescue.wake[0];
}

void term_wake(void)
{
    char byte = 0;
    if (rescue.wake[1] >= 0 && write(rescue.wake[1], &byte, 1) < 0) {
        /* A full pipe is already readable. */
    }
}

void term_drain_wake(void)
{
    char bytes[64];
    while (read(rescue.wake[0], bytes, sizeof bytes) > 0) {
    }
}

static enum err_code open_pipe(struct err *err)
{
    if (pipe2(rescue.wake, O_NONBLOCK | O_CLOEXEC) != 0)
        return err_set(err, ERR_IO, "pipe: %s", strerror(errno));
    return ERR_OK;
}

/* ---- the way out of a crash ---- */

static void give_back(void)
{
    int fd = rescue_fd;
    if (fd < 0)
        return;
    rescue_fd = -1;
    if (write(fd, rescue.bytes, rescue.len) < 0) {
        /* Nothing is left to try. */
    }
    tcsetattr(fd, TCSANOW, &rescue.before);
}

static void on_fatal(int number)
{
    give_back();
    signal(number, SIG_DFL);
    raise(number);
}

void term_rescue_learn(int fd)
{
    tcgetattr(fd, &rescue.before);
}

void term_rescue_clear(void)
{
    rescue.len = 0;
}

void term_rescue_add(const char *bytes)
{
    size_t n = bytes ? strlen(bytes) : 0;
    if (n == 0 || n > sizeof rescue.bytes - rescue.len)
        return;
    memcpy(rescue.bytes + rescue.len, bytes, n);
    rescue.len += n;
}

void term_rescue_arm(int fd)
{
    rescue_fd = fd;
    die_set_hook(fd >= 0 ? give_back : NULL);
}

/* ---- signals ---- */

static void on_signal(int number)
{
    int saved = errno;
    if (number == SIGWINCH)
        is_resized = 1;
    else if (number == SIGTSTP)
        is_suspended = 1;
    else
        quit = number;
    term_wake();
    errno = saved;
}

enum err_code term_signals_catch(struct err *err)
{
    enum err_code code = open_pipe(err);
    if (code)
        return code;
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    static const int caught[] = {SIGWINCH, SIGTSTP, SIGTERM, SIGHUP, SIGINT, SIGQUIT};
    for (size_t i = 0; i < sizeof caught / sizeof *caught; i++)
        sigaction(caught[i], &action, NULL);
    struct sigaction fatal = {.sa_handler = on_fatal, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&fatal.sa_mask);
    for (size_t i = 0; i < sizeof fatal_signals / sizeof *fatal_signals; i++)
        sigaction(fatal_signals[i], &fatal, NULL);
    signal(SIGPIPE, SIG_IGN);
    return ERR_OK;
}

/* Ctrl-C and Ctrl-Z go to the whole group. */
static void set_handlers(void (*interrupt)(int), void (*stop)(int))
{
    struct sigaction action = {.sa_handler = interrupt, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGQUIT, &action, NULL);
    action.sa_handler = stop;
    sigaction(SIGTSTP, &action, NULL);
}

void term_signals_to_child(bool is_childs)
{
    if (is_childs)
        set_handlers(SIG_IGN, SIG_DFL);
    else
        set_handlers(on_signal, on_signal);
}

void term_signals_stop(void)
{
    struct sigaction ours, usual = {.sa_handler = SIG_DFL};
    sigemptyset(&usual.sa_mask);
    sigaction(SIGTSTP, &usual, &ours);
    raise(SIGTSTP);
    sigaction(SIGTSTP, &ours, NULL);
}

int term_signals_quit(void)
{
    return quit;
}

bool term_signals_take(enum term_signal *which, int *number)
{
    if (quit) {
        *which = SIGNAL_QUIT;
        *number = quit;
        quit = 0;
    } else if (is_suspended) {
        *which = SIGNAL_SUSPEND;
        is_suspended = 0;
    } else if (is_resized) {
        *which = SIGNAL_RESIZE;
        is_resized = 0;
    } else {
        return false;
    }
    return true;
}

void term_signals_resized(void)
{
    is_resized = 1;
    term_wake();
}
