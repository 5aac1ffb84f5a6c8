/*
 * See term.h. curses knows the terminal (terminfo), its modes and its keys; what is drawn is told by tui/frame.h, in fewer bytes. Keys are
 * read through a pad: reading through a window would draw it.
 *
 * Nothing here waits for the terminal but leaving it, and that not for long. A frame is only made when the one before has been
 * handed over and the terminal has been heard of (tui/pace.h): what is drawn is always the newest state.
 *
 * Signals do nothing but note themselves and write a byte to a pipe. A crash restores the terminal with bytes
 * that were prepared while all was well, since nothing that allocates may run then.
 */
#include "tui/term.h"

#include "data/base/buf.h"
#include "data/base/clock.h"
#include "data/base/die.h"
#include "data/base/utf8.h"
#include "tui/clipboard.h"
#include "tui/frame.h"
#include "tui/outbox.h"
#include "tui/pace.h"
#include "tui/term_caps.h"
#include "tui/term_style.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

enum { PASTE_BEGIN = KEY_MAX + 1, PASTE_END, ALT_UP, ALT_DOWN, CTRL_LEFT, CTRL_RIGHT, ANSWER };

enum {
    MOUSE_MAX = 8,
    SPLIT_MS = 150,       /* what a sequence that came in pieces is waited for, while an answer is out */
    FINISH_MS = 500,      /* what is not taken by then is not shown any more */
    ANSWER_MS = 2000,     /* an answer that comes after we left would be typed into the shell */
    FIRST_ANSWER_MS = 300 /* and one of a terminal that may never give any */
};

static struct {
    bool is_open;
    bool has_mouse;
    bool is_mouse_down;
    MEVENT mouse[MOUSE_MAX]; /* not yet handed out, the oldest last */
    int mouse_count;
    FILE *in, *out;
    SCREEN *screen;
    WINDOW *keys;      /* a pad */
    int key_wait;      /* ms */
    bool was_esc;      /* the last of them */
    bool is_esc_alone; /* nothing had been sent with it */
    struct term_caps caps;
    struct frame frame;
    struct outbox outbox;
    struct pace pace;
    int wake[2];
    struct termios before;
    char rescue[256]; /* leaves the alternate screen, shows the cursor, resets attributes, mouse and paste */
    size_t rescue_len;
} term = {.wake = {-1, -1}};

static volatile sig_atomic_t signal_resize, signal_suspend, signal_quit;
static volatile sig_atomic_t rescue_fd = -1;

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

/* ---- ways out ---- */

static void rescue(void)
{
    int fd = rescue_fd;
    if (fd < 0)
        return;
    rescue_fd = -1;
    if (write(fd, term.rescue, term.rescue_len) < 0) {
        /* Nothing is left to try. */
    }
    tcsetattr(fd, TCSANOW, &term.before);
}

static void on_fatal(int number)
{
    rescue();
    signal(number, SIG_DFL);
    raise(number);
}

static void on_signal(int number)
{
    int saved = errno;
    if (number == SIGWINCH)
        signal_resize = 1;
    else if (number == SIGTSTP)
        signal_suspend = 1;
    else
        signal_quit = number;
    term_wake();
    errno = saved;
}

static void rescue_add(const char *bytes)
{
    size_t n = bytes && bytes != (const char *)-1 ? strlen(bytes) : 0;
    if (n == 0 || n > sizeof term.rescue - term.rescue_len)
        return;
    memcpy(term.rescue + term.rescue_len, bytes, n);
    term.rescue_len += n;
}

static void rescue_prepare(void)
{
    term.rescue_len = 0;
    rescue_add("\030"); /* ends a sequence that was cut */
    rescue_add("\033[?2004l\033[?1002l\033[?1006l\033[?1000l");
    rescue_add(term.caps.region);
    rescue_add(term.caps.reset);
    rescue_add(tigetstr("rmkx"));
    rescue_add(term.caps.show);
    rescue_add(tigetstr("rmcup"));
    rescue_fd = fileno(term.out);
    die_set_hook(rescue);
}

static void signals_catch(void)
{
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
}

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

static void wait_for_keys(int ms)
{
    term.key_wait = ms;
    wtimeout(term.keys, ms);
}

static void modes_on(void)
{
    raw();
    noecho();
    nonl();
    keypad(term.keys, TRUE);
    wait_for_keys(0);
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
    tcgetattr(fileno(term.out), &term.before);
    return ERR_OK;
}

static enum err_code open_pipe(struct err *err)
{
    if (pipe(term.wake) != 0)
        return err_set(err, ERR_IO, "pipe: %s", strerror(errno));
    for (int i = 0; i < 2; i++) {
        fcntl(term.wake[i], F_SETFL, O_NONBLOCK);
        fcntl(term.wake[i], F_SETFD, FD_CLOEXEC);
    }
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
    term.keys = newpad(1, 1);
    mouseinterval(0);
    define_key("\033[200~", PASTE_BEGIN);
    define_key("\033[201~", PASTE_END);
    define_key("\033[1;3A", ALT_UP);
    define_key("\033[1;3B", ALT_DOWN);
    define_key("\033[1;5D", CTRL_LEFT);
    define_key("\033[1;5C", CTRL_RIGHT);
    define_key("\033[0n", ANSWER);
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
        code = open_pipe(err);
    if (code != ERR_OK)
        return code;
    signals_catch();
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

/* ---- waking ---- */

int term_input_fd(void)
{
    return fileno(term.in);
}

int term_wake_fd(void)
{
    return term.wake[0];
}

void term_wake(void)
{
    char byte = 0;
    if (term.wake[1] >= 0 && write(term.wake[1], &byte, 1) < 0) {
        /* A full pipe is already readable. */
    }
}

void term_drain_wake(void)
{
    char bytes[64];
    while (read(term.wake[0], bytes, sizeof bytes) > 0) {
    }
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
    if (signal_quit) {
        *event = (struct term_event){.kind = TERM_QUIT, .signal = signal_quit};
        signal_quit = 0;
        return true;
    }
    if (signal_suspend) {
        signal_suspend = 0;
        event->kind = TERM_SUSPEND;
        return true;
    }
    if (signal_resize) {
        signal_resize = 0;
        event->kind = TERM_RESIZE;
        size_of_terminal(&event->width, &event->height);
        resizeterm(event->height, event->width);
        term_redraw();
        return true;
    }
    return false;
}

/* The rest of an answer of which the beginning was read as keys. What is something else is given back. */
static bool match_rest(const char *rest)
{
    wint_t read[4];
    int n = 0, before = term.key_wait;
    bool is_alike = true;
    wait_for_keys(SPLIT_MS);
    while (is_alike && rest[n]) {
        int kind = wget_wch(term.keys, &read[n]);
        is_alike = kind == OK && read[n] == (wint_t)rest[n];
        if (kind == KEY_CODE_YES)
            ungetch((int)read[n]);
        else if (kind == OK)
            n++;
    }
    wait_for_keys(before);
    while (!is_alike && n > 0)
        unget_wch((wchar_t)read[--n]);
    return is_alike;
}

static bool is_anything_read(void)
{
    wint_t ch;
    int kind = wget_wch(term.keys, &ch);
    if (kind == KEY_CODE_YES)
        ungetch((int)ch);
    else if (kind == OK)
        unget_wch((wchar_t)ch);
    return kind != ERR;
}

/* curses knows an answer by its bytes unless they come in pieces: then its Esc has been a key of its own. */
static bool is_answer(int kind, wint_t ch)
{
    bool was_esc = term.was_esc;
    term.was_esc = kind == OK && ch == 27;
    term.is_esc_alone = false;
    if (kind == KEY_CODE_YES)
        return ch == ANSWER;
    if (kind != OK || !term.pace.is_asked)
        return false;
    term.is_esc_alone = ch == 27 && !is_anything_read();
    return (ch == 27 && match_rest("[0n")) || (ch == '[' && was_esc && match_rest("0n"));
}

/* As wget_wch, without what the terminal answers to us. */
static int next_input(wint_t *ch)
{
    for (;;) {
        int kind = wget_wch(term.keys, ch);
        if (!is_answer(kind, *ch))
            return kind;
        pace_answered(&term.pace, clock_ms());
    }
}

static bool read_paste(struct term_event *event)
{
    event->kind = TERM_PASTE;
    event->paste_len = 0;
    wint_t ch;
    wait_for_keys(
        500); /* the end mark follows in the same burst; a terminal that forgets it must not hang us */
    for (int kind; (kind = next_input(&ch)) != ERR;) {
        if (kind == KEY_CODE_YES && ch == PASTE_END)
            break;
        char bytes[4];
        size_t n = kind == OK ? utf8_encode((char32_t)ch, bytes) : 0;
        if (n && event->paste_len + n <= TERM_PASTE_MAX) {
            memcpy(event->paste + event->paste_len, bytes, n);
            event->paste_len += n;
        }
    }
    wait_for_keys(0);
    event->paste[event->paste_len] = '\0';
    return true;
}

/* curses hands out the newest first of what came in one burst. */
static void gather_mouse(void)
{
    while (term.mouse_count < MOUSE_MAX && getmouse(&term.mouse[term.mouse_count]) == OK)
        term.mouse_count++;
}

static bool take_mouse(const MEVENT *mouse, struct term_event *event)
{
    event->kind = TERM_MOUSE;
    event->x = mouse->x;
    event->y = mouse->y;
    if (mouse->bstate & BUTTON4_PRESSED)
        event->button = MOUSE_WHEEL_UP;
    else if (mouse->bstate & BUTTON5_PRESSED)
        event->button = MOUSE_WHEEL_DOWN;
    else if (mouse->bstate & BUTTON1_DOUBLE_CLICKED)
        event->button = MOUSE_DOUBLE;
    else if (mouse->bstate & BUTTON1_RELEASED)
        event->button = MOUSE_RELEASE;
    else if (mouse->bstate & (BUTTON1_PRESSED | BUTTON1_CLICKED))
        event->button = MOUSE_PRESS;
    else if (term.is_mouse_down)
        event->button = MOUSE_DRAG;
    else
        return false;
    term.is_mouse_down = event->button == MOUSE_PRESS || event->button == MOUSE_DRAG;
    return true;
}

static bool read_mouse(struct term_event *event)
{
    while (term.mouse_count > 0)
        if (take_mouse(&term.mouse[--term.mouse_count], event))
            return true;
    return false;
}

static struct key key_of_code(wint_t code)
{
    static const struct {
        wint_t code;
        enum named_key named;
        unsigned mods;
    } table[] = {
        {KEY_UP, NAMED_UP, 0},
        {KEY_DOWN, NAMED_DOWN, 0},
        {KEY_LEFT, NAMED_LEFT, 0},
        {KEY_RIGHT, NAMED_RIGHT, 0},
        {KEY_PPAGE, NAMED_PAGE_UP, 0},
        {KEY_NPAGE, NAMED_PAGE_DOWN, 0},
        {KEY_HOME, NAMED_HOME, 0},
        {KEY_END, NAMED_END, 0},
        {KEY_ENTER, NAMED_ENTER, 0},
        {KEY_BACKSPACE, NAMED_BACKSPACE, 0},
        {KEY_DC, NAMED_DELETE, 0},
        {KEY_IC, NAMED_INSERT, 0},
        {KEY_BTAB, NAMED_TAB, KEY_SHIFT},
        {KEY_SR, NAMED_UP, KEY_SHIFT},
        {KEY_SF, NAMED_DOWN, KEY_SHIFT},
        {KEY_SLEFT, NAMED_LEFT, KEY_SHIFT},
        {KEY_SRIGHT, NAMED_RIGHT, KEY_SHIFT},
        {ALT_UP, NAMED_UP, KEY_ALT},
        {ALT_DOWN, NAMED_DOWN, KEY_ALT},
        {CTRL_LEFT, NAMED_LEFT, KEY_CTRL},
        {CTRL_RIGHT, NAMED_RIGHT, KEY_CTRL},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].code == code)
            return key_named(table[i].named, table[i].mods);
    if (code >= KEY_F(1) && code <= KEY_F(12))
        return key_named((enum named_key)(NAMED_F1 + (code - KEY_F(1))), 0);
    return (struct key){0};
}

static struct key key_of_char(wint_t ch, unsigned mods)
{
    switch (ch) {
    case '\r':
    case '\n': return key_named(NAMED_ENTER, mods);
    case '\t': return key_named(NAMED_TAB, mods);
    case 27: return key_named(NAMED_ESC, mods);
    case 8:
    case 127: return key_named(NAMED_BACKSPACE, mods);
    case 0: return key_char(' ', mods | KEY_CTRL);
    default: break;
    }
    if (ch < 32)
        return key_char((char32_t)(ch + (ch <= 26 ? 'a' - 1 : '@')), mods | KEY_CTRL);
    return key_char((char32_t)ch, mods);
}

/* A lone Esc has already waited out its 25 ms inside curses; what lies behind it now was sent with it, unless it came while the rest
 * of an answer was waited for. */
static struct key key_after_esc(void)
{
    wint_t ch;
    if (term.is_esc_alone)
        return key_named(NAMED_ESC, 0);
    int kind = wget_wch(term.keys, &ch);
    if (kind == OK && ch != 27)
        return key_of_char(ch, KEY_ALT);
    struct key key = kind == KEY_CODE_YES ? key_of_code(ch) : (struct key){0};
    if (kind == KEY_CODE_YES && ch == ANSWER) {
        pace_answered(&term.pace, clock_ms());
    } else if (key.named) {
        key.mods |= KEY_ALT;
        return key;
    } else if (kind == KEY_CODE_YES) {
        ungetch((int)ch); /* a paste, the mouse: not keys */
    }
    if (kind == OK)
        unget_wch((wchar_t)ch);
    return key_named(NAMED_ESC, 0);
}

static bool read_input(struct term_event *event)
{
    for (;;) {
        wint_t ch;
        if (read_mouse(event))
            return true;
        int kind = next_input(&ch);
        if (kind == ERR)
            return false;
        event->kind = TERM_KEY;
        if (kind == KEY_CODE_YES && ch == PASTE_BEGIN)
            return read_paste(event);
        if (kind == KEY_CODE_YES && ch == KEY_MOUSE)
            gather_mouse();
        if (kind == KEY_CODE_YES && (ch == KEY_MOUSE || ch == PASTE_END || ch == KEY_RESIZE))
            continue;
        event->key = kind == KEY_CODE_YES ? key_of_code(ch) : ch == 27 ? key_after_esc() : key_of_char(ch, 0);
        return true;
    }
}

bool term_read(struct term_event *event)
{
    return read_signal(event) || read_input(event);
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
        if (fd.revents & (POLLHUP | POLLERR | POLLNVAL) || signal_quit == SIGHUP)
            return;
        while (fd.revents & POLLIN && read_input(&event)) {
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
    rescue_fd = -1;
}

void term_close(void)
{
    if (!term.is_open)
        return;
    term.is_open = false;
    leave();
    die_set_hook(NULL);
    outbox_close(&term.outbox);
    frame_release(&term.frame);
    delwin(term.keys);
    delscreen(term.screen);
}

static void come_back(void)
{
    rescue_fd = fileno(term.out);
    refresh();
    modes_on();
    pace_init(&term.pace);
    ask();
    int width, height;
    size_of_terminal(&width, &height);
    resizeterm(height, width);
    signal_resize = 1; /* the terminal may have another size by now */
    term_wake();
    term_redraw();
}

void term_suspend(void)
{
    leave();
    struct sigaction ours, usual = {.sa_handler = SIG_DFL};
    sigemptyset(&usual.sa_mask);
    sigaction(SIGTSTP, &usual, &ours);
    raise(SIGTSTP);
    sigaction(SIGTSTP, &ours, NULL);
    come_back();
}

/* Ctrl-C and Ctrl-Z in the pager go to its whole group: the one is the pager's alone, the other stops us as well. */
static void pager_signals(void (*interrupt)(int), void (*stop)(int))
{
    struct sigaction action = {.sa_handler = interrupt, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGQUIT, &action, NULL);
    action.sa_handler = stop;
    sigaction(SIGTSTP, &action, NULL);
}

int term_run_pager(const char *command, const char *path)
{
    leave();
    pager_signals(SIG_IGN, SIG_DFL);
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
    pager_signals(on_signal, on_signal);
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
