/*
 * See term.h. curses knows the terminal (terminfo), its modes and its keys; what is drawn is told by tui/frame.h, in fewer bytes.
 *
 * Nothing here waits for the terminal but leaving it, and that not for long. A frame is only made when the one before has been
 * handed over and the terminal has been heard of (tui/pace.h): what is drawn is always the newest state.
 */
#include "tui/term.h"

#include "data/base/buf.h"
#include "data/base/clock.h"
#include "tui/clipboard.h"
#include "tui/frame.h"
#include "tui/outbox.h"
#include "tui/pace.h"
#include "tui/term_caps.h"
#include "tui/term_keys.h"
#include "tui/term_signals.h"
#include "tui/term_style.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

enum {
    FINISH_MS = 500,      /* what is not taken by then is not shown any more */
    ANSWER_MS = 2000,     /* an answer that comes after we left would be typed into the shell */
    FIRST_ANSWER_MS = 300 /* and one of a terminal that may never give any */
};

static struct {
    bool is_open;
    bool has_mouse;
    FILE *in, *out;
    SCREEN *screen;
    struct term_keys keys;
    struct term_caps caps;
    struct frame frame;
    struct outbox outbox;
    struct pace pace;
} term;

/* ---- modes ---- */

bool term_is_dumb(void)
{
    const char *name = getenv("TERM");
    return !name || !*name || strcmp(name, "dumb") == 0;
}

bool term_is_mono(void)
{
    return term.frame.terminal.colours == TERM_MONO;
}

static void modes_on(void)
{
    raw();
    noecho();
    nonl();
    term_keys_start(&term.keys);
    fputs("\033[?2004h", term.out);
    if (term.has_mouse)
        mousemask(BUTTON1_PRESSED | BUTTON1_RELEASED | BUTTON1_CLICKED | BUTTON1_DOUBLE_CLICKED |
                      BUTTON4_PRESSED | BUTTON5_PRESSED | REPORT_MOUSE_POSITION,
                  NULL);
    if (term.has_mouse)
        fputs("\033[?1002h", term.out);
    fflush(term.out);
}

static void modes_off(void)
{
    fputs("\033[?2004l", term.out);
    if (term.has_mouse)
        fputs("\033[?1002l", term.out);
    fflush(term.out);
}

static enum err_code open_tty(struct err *err)
{
    if (!isatty(STDOUT_FILENO)) {
        err_set(err, ERR_USAGE, "standard output is not a terminal");
        return err_hint(err, "For scripts there are: executor-runs list, stats and show (--json).");
    }
    term.out = stdout;
    term.in = stdin;
    if (!isatty(STDIN_FILENO))
        term.in = fopen("/dev/tty", "r");
    if (!term.in)
        return err_set(err, ERR_IO, "there is no terminal to read keys from: %s", strerror(errno));
    if (term_is_dumb()) {
        err_set(err, ERR_USAGE, "TERM=%s cannot show a screen", getenv("TERM") ? getenv("TERM") : "");
        return err_hint(err, "Set TERM to what your terminal is (xterm-256color, tmux-256color, linux), or "
                             "use executor-runs list.");
    }
    term_rescue_learn(fileno(term.out));
    return ERR_OK;
}

/* ---- what the terminal can do ---- */

static const char *capability(const char *name)
{
    const char *found = tigetstr((char *)(uintptr_t)name);
    return found == (const char *)-1 ? NULL : found;
}

static size_t info_string(const char *name, int a, int b, char out[CAPS_TEXT])
{
    const char *found = capability(name);
    const char *filled = found ? tparm(found, a, b, 0, 0, 0, 0, 0, 0, 0) : NULL;
    size_t n = filled ? strlen(filled) : 0;
    if (n > CAPS_TEXT)
        n = 0;
    memcpy(out, filled ? filled : "", n);
    return n;
}

static bool info_flag(const char *name)
{
    return tigetflag((char *)(uintptr_t)name) > 0;
}

static int info_number(const char *name)
{
    return tigetnum((char *)(uintptr_t)name);
}

static size_t unusual_move(int x, int y, char out[FRAME_MOVE_TEXT])
{
    char bytes[CAPS_TEXT];
    size_t n = info_string("cup", y, x, bytes);
    n = n < FRAME_MOVE_TEXT ? n : 0;
    memcpy(out, bytes, n);
    return n;
}

static size_t unusual_colour(int colour, bool is_ground, char out[PEN_TEXT])
{
    char bytes[CAPS_TEXT];
    size_t n = info_string(is_ground ? "setab" : "setaf", colour, 0, bytes);
    memcpy(out, bytes, n);
    return n;
}

static void frame_open(const struct term_options *options)
{
    static const struct terminfo info = {info_string, info_flag, info_number};
    struct termios now;
    bool feeds_straight =
        tcgetattr(fileno(term.out), &now) == 0 && !(now.c_oflag & OPOST && now.c_oflag & ONLCR);
    term_caps_read(&term.caps, &info, options->no_colour, feeds_straight);
    term.caps.terminal.move = unusual_move;
    term.caps.terminal.pens.colour = unusual_colour;
    frame_init(&term.frame, &term.caps.terminal);
    frame_forget(&term.frame);
}

/* ---- opening ---- */

static void rescue_prepare(void)
{
    term_rescue_clear();
    term_rescue_add("\030"); /* ends a sequence that was cut */
    term_rescue_add("\033[?2004l\033[?1002l\033[?1006l\033[?1000l");
    term_rescue_add(term.caps.region);
    term_rescue_add(term.caps.reset);
    term_rescue_add(capability("rmkx"));
    term_rescue_add(term.caps.show);
    term_rescue_add(capability("rmcup"));
    term_rescue_arm(fileno(term.out));
}

/* curses draws its own, empty, screen once: entering the terminal's second one belongs to that. */
static enum err_code screen_open(struct err *err)
{
    set_escdelay(25); /* Alt comes as Esc + key (product.md, Keys) */
    term.screen = newterm(NULL, term.out, term.in);
    if (!term.screen) {
        err_set(err, ERR_USAGE, "the terminal '%s' is not in the terminfo database", getenv("TERM"));
        return err_hint(err, "Try TERM=xterm-256color.");
    }
    refresh();
    curs_set(0);
    term_keys_open(&term.keys, &term.pace);
    return ERR_OK;
}

/* Before anything that the answer would have to wait behind. */
static void ask(void)
{
    buf_str(&term.outbox.bytes, PACE_QUESTION);
    pace_sent(&term.pace, strlen(PACE_QUESTION));
    pace_asked(&term.pace, clock_ms());
}

enum err_code term_open(const struct term_options *options, struct err *err)
{
    enum err_code code = open_tty(err);
    if (code == ERR_OK)
        code = term_signals_catch(err);
    if (code == ERR_OK)
        code = screen_open(err);
    if (code != ERR_OK)
        return code;
    term.has_mouse = options->has_mouse;
    modes_on();
    frame_open(options);
    outbox_open(&term.outbox, fileno(term.out));
    pace_init(&term.pace);
    ask();
    rescue_prepare();
    term.is_open = true;
    return ERR_OK;
}

int term_input_fd(void)
{
    return fileno(term.in);
}

/* ---- reading ---- */

static void size_of_terminal(int *width, int *height)
{
    struct winsize size;
    if (ioctl(fileno(term.out), TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row) {
        *width = size.ws_col;
        *height = size.ws_row;
        return;
    }
    *width = COLS;
    *height = LINES;
}

void term_size(int *width, int *height)
{
    size_of_terminal(width, height);
}

static bool read_signal(struct term_event *event)
{
    enum term_signal which;
    if (!term_signals_take(&which, &event->signal))
        return false;
    event->kind = which == SIGNAL_QUIT ? TERM_QUIT : which == SIGNAL_SUSPEND ? TERM_SUSPEND : TERM_RESIZE;
    if (which == SIGNAL_RESIZE) {
        size_of_terminal(&event->width, &event->height);
        resizeterm(event->height, event->width);
        term_redraw();
    }
    return true;
}

bool term_read(struct term_event *event)
{
    return read_signal(event) || term_keys_read(&term.keys, event);
}

/* ---- drawing ---- */

int term_output_fd(void)
{
    return outbox_is_empty(&term.outbox) ? -1 : term.outbox.fd;
}

void term_flush(void)
{
    outbox_push(&term.outbox);
}

bool term_is_ready(void)
{
    return outbox_push(&term.outbox) && pace_is_open(&term.pace, clock_ms());
}

int64_t term_wait(void)
{
    return pace_wait(&term.pace, clock_ms());
}

static void send_out(size_t bytes)
{
    pace_sent(&term.pace, bytes);
    if (pace_wants_to_ask(&term.pace))
        ask();
    outbox_push(&term.outbox);
}

void term_present(const struct surface *surface)
{
    size_t before = term.outbox.bytes.len;
    frame_encode(&term.frame, surface, &term.outbox.bytes);
    send_out(term.outbox.bytes.len - before);
}

void term_redraw(void)
{
    frame_forget(&term.frame);
}

/* ---- leaving for a while ---- */

/* Throws away what a terminal that is stuck will not take: it would keep us from leaving. */
static void finish_output(void)
{
    const char *reset = term.caps.reset;
    buf_str(&term.outbox.bytes, reset);
    if (outbox_finish(&term.outbox, FINISH_MS))
        return;
    outbox_drop(&term.outbox);
    tcflush(fileno(term.out), TCOFLUSH);
    buf_str(&term.outbox.bytes, "\030"); /* ends a sequence that was cut */
    buf_str(&term.outbox.bytes, term.caps.region);
    buf_str(&term.outbox.bytes, reset);
    outbox_finish(&term.outbox, FINISH_MS);
    outbox_drop(&term.outbox);
}

/* An answer that comes later would be typed into whatever reads the terminal next. What is typed meanwhile is lost. Where the
 * pace would not wait for it any more, nothing is waited for. */
static void await_answer(void)
{
    struct term_event event;
    int64_t end = clock_ms() + (term.pace.has_answered ? ANSWER_MS : FIRST_ANSWER_MS);
    (void)pace_is_open(&term.pace, clock_ms());
    for (int64_t now; term.pace.is_asked && (now = clock_ms()) < end;) {
        struct pollfd fd = {.fd = fileno(term.in), .events = POLLIN};
        poll(&fd, 1, (int)(end - now));
        if (fd.revents & (POLLHUP | POLLERR | POLLNVAL) || term_signals_quit() == SIGHUP)
            return;
        while (fd.revents & POLLIN && term_keys_read(&term.keys, &event)) {
        }
    }
    if (term.pace.is_asked)
        tcflush(fileno(term.in), TCIFLUSH);
}

static void leave(void)
{
    finish_output();
    await_answer();
    modes_off();
    endwin();
    term_rescue_arm(-1);
}

void term_close(void)
{
    if (!term.is_open)
        return;
    term.is_open = false;
    leave();
    outbox_close(&term.outbox);
    frame_release(&term.frame);
    term_keys_close(&term.keys);
    delscreen(term.screen);
}

static void come_back(void)
{
    term_rescue_arm(fileno(term.out));
    refresh();
    modes_on();
    pace_init(&term.pace);
    ask();
    int width, height;
    size_of_terminal(&width, &height);
    resizeterm(height, width);
    term_signals_resized(); /* the terminal may have another size by now */
    term_redraw();
}

void term_suspend(void)
{
    leave();
    term_signals_stop();
    come_back();
}

int term_run_pager(const char *command, const char *path)
{
    leave();
    term_signals_to_child(true);
    pid_t child = fork();
    if (child == 0) {
        for (int number = 1; number < 32; number++)
            signal(number, SIG_DFL);
        int fd = open(path, O_RDONLY);
        if (fd < 0 || dup2(fd, STDIN_FILENO) < 0)
            _exit(127);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    int status = -1;
    if (child > 0)
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
    term_signals_to_child(false);
    come_back();
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- clipboard ---- */

enum err_code term_copy(struct text text, struct err *err)
{
    struct buf bytes;
    const char *name = getenv("TERM");
    enum clipboard_road road = getenv("TMUX")                            ? CLIPBOARD_TMUX
                               : name && strncmp(name, "screen", 6) == 0 ? CLIPBOARD_SCREEN
                                                                         : CLIPBOARD_PLAIN;
    enum err_code code = clipboard_bytes(text, road, &bytes, err);
    if (code == ERR_OK) {
        buf_add(&term.outbox.bytes, bytes.data, bytes.len);
        send_out(bytes.len);
    }
    buf_release(&bytes);
    return code;
}
