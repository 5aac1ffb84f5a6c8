/*
 * See term.h. Frames are compared with the last one here, cell by cell, before curses sees them: an idle tick
 * then costs no curses call at all. curses in turn sends only what differs on the terminal.
 *
 * Signals do nothing but note themselves and write a byte to a pipe. A crash restores the terminal with bytes
 * that were prepared while all was well, since nothing that allocates may run then.
 */
#include "tui/term.h"

#include "data/base/buf.h"
#include "data/base/die.h"
#include "data/base/utf8.h"
#include "tui/clipboard.h"
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

enum { PASTE_BEGIN = KEY_MAX + 1, PASTE_END, ALT_UP, ALT_DOWN, CTRL_LEFT, CTRL_RIGHT, PAIRS_MAX = 1024 };

struct pair {
    int fg, bg;
};

static struct {
    bool is_open;
    bool has_mouse;
    bool is_mouse_down;
    int colours; /* 0 mono, 8, 16, 256, or 1 << 24 */
    bool has_dim;
    FILE *in, *out;
    SCREEN *screen;
    struct surface shown; /* what curses was last given */
    struct pair pairs[PAIRS_MAX];
    int pair_count;
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
    rescue_add("\033[?2004l\033[?1002l\033[?1006l\033[?1000l");
    rescue_add(tigetstr("sgr0"));
    rescue_add(tigetstr("rmkx"));
    rescue_add(tigetstr("cnorm"));
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

/* ---- opening ---- */

bool term_is_dumb(void)
{
    const char *name = getenv("TERM");
    return !name || !*name || strcmp(name, "dumb") == 0;
}

bool term_is_mono(void)
{
    return term.colours == 0;
}

static int count_colours(const struct term_options *options)
{
    if (options->no_colour || !has_colors())
        return 0;
    start_color();
    use_default_colors();
    if (COLORS >= 1 << 24)
        return 1 << 24;
    return COLORS >= 256 ? 256 : COLORS >= 16 ? 16 : COLORS >= 8 ? 8 : 0;
}

static void modes_on(void)
{
    raw();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
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

/* Until it has come back from endwin() once, this curses sends every cursor movement by itself: some fifty writes a frame, which a slow line shows as
 * tearing. Nothing is to be seen of it on a screen that is still empty. */
static void flush_by_frames(void)
{
    endwin();
    refresh();
}

enum err_code term_open(const struct term_options *options, struct err *err)
{
    enum err_code code = open_tty(err);
    if (code == ERR_OK)
        code = open_pipe(err);
    if (code != ERR_OK)
        return code;
    signals_catch();
    set_escdelay(25); /* Alt comes as Esc + key (product.md, Keys) */
    term.screen = newterm(NULL, term.out, term.in);
    if (!term.screen) {
        err_set(err, ERR_USAGE, "the terminal '%s' is not in the terminfo database", getenv("TERM"));
        return err_hint(err, "Try TERM=xterm-256color.");
    }
    flush_by_frames();
    term.has_mouse = options->has_mouse;
    mouseinterval(0);
    term.colours = count_colours(options);
    const char *dim = tigetstr("dim");
    term.has_dim = dim && dim != (const char *)-1;
    define_key("\033[200~", PASTE_BEGIN);
    define_key("\033[201~", PASTE_END);
    define_key("\033[1;3A", ALT_UP);
    define_key("\033[1;3B", ALT_DOWN);
    define_key("\033[1;5D", CTRL_LEFT);
    define_key("\033[1;5C", CTRL_RIGHT);
    modes_on();
    rescue_prepare();
    surface_init(&term.shown, 0, 0, false);
    term.is_open = true;
    return ERR_OK;
}

void term_close(void)
{
    if (!term.is_open)
        return;
    term.is_open = false;
    modes_off();
    endwin();
    rescue_fd = -1;
    die_set_hook(NULL);
    surface_release(&term.shown);
    delscreen(term.screen);
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

static bool read_paste(struct term_event *event)
{
    event->kind = TERM_PASTE;
    event->paste_len = 0;
    wint_t ch;
    timeout(500); /* the end mark follows in the same burst; a terminal that forgets it must not hang us */
    for (int kind; (kind = get_wch(&ch)) != ERR;) {
        if (kind == KEY_CODE_YES && ch == PASTE_END)
            break;
        char bytes[4];
        size_t n = kind == OK ? utf8_encode((char32_t)ch, bytes) : 0;
        if (n && event->paste_len + n <= TERM_PASTE_MAX) {
            memcpy(event->paste + event->paste_len, bytes, n);
            event->paste_len += n;
        }
    }
    nodelay(stdscr, TRUE);
    event->paste[event->paste_len] = '\0';
    return true;
}

static bool read_mouse(struct term_event *event)
{
    MEVENT mouse;
    if (getmouse(&mouse) != OK)
        return false;
    event->kind = TERM_MOUSE;
    event->x = mouse.x;
    event->y = mouse.y;
    if (mouse.bstate & BUTTON4_PRESSED)
        event->button = MOUSE_WHEEL_UP;
    else if (mouse.bstate & BUTTON5_PRESSED)
        event->button = MOUSE_WHEEL_DOWN;
    else if (mouse.bstate & BUTTON1_DOUBLE_CLICKED)
        event->button = MOUSE_DOUBLE;
    else if (mouse.bstate & BUTTON1_RELEASED)
        event->button = MOUSE_RELEASE;
    else if (mouse.bstate & (BUTTON1_PRESSED | BUTTON1_CLICKED))
        event->button = MOUSE_PRESS;
    else if (term.is_mouse_down)
        event->button = MOUSE_DRAG;
    else
        return false;
    term.is_mouse_down = event->button == MOUSE_PRESS || event->button == MOUSE_DRAG;
    return true;
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

/* A lone Esc has already waited out its 25 ms inside curses; what lies behind it now was sent with it. */
static struct key key_after_esc(void)
{
    wint_t ch;
    int kind = get_wch(&ch);
    if (kind == OK && ch != 27)
        return key_of_char(ch, KEY_ALT);
    struct key key = kind == KEY_CODE_YES ? key_of_code(ch) : (struct key){0};
    if (key.named) {
        key.mods |= KEY_ALT;
        return key;
    }
    if (kind == KEY_CODE_YES)
        ungetch((int)ch); /* a paste, the mouse: not keys */
    if (kind == OK)
        unget_wch((wchar_t)ch);
    return key_named(NAMED_ESC, 0);
}

bool term_read(struct term_event *event)
{
    if (read_signal(event))
        return true;
    for (;;) {
        wint_t ch;
        int kind = get_wch(&ch);
        if (kind == ERR)
            return false;
        event->kind = TERM_KEY;
        if (kind == KEY_CODE_YES && ch == PASTE_BEGIN)
            return read_paste(event);
        if (kind == KEY_CODE_YES && ch == KEY_MOUSE) {
            if (read_mouse(event))
                return true;
            continue;
        }
        if (kind == KEY_CODE_YES && (ch == PASTE_END || ch == KEY_RESIZE))
            continue;
        event->key = kind == KEY_CODE_YES ? key_of_code(ch) : ch == 27 ? key_after_esc() : key_of_char(ch, 0);
        return true;
    }
}

/* ---- drawing ---- */

static int pair_of(int fg, int bg)
{
    if (fg < 0 && bg < 0)
        return 0;
    for (int i = 0; i < term.pair_count; i++)
        if (term.pairs[i].fg == fg && term.pairs[i].bg == bg)
            return i + 1;
    if (term.pair_count >= PAIRS_MAX - 1 || term.pair_count + 1 >= COLOR_PAIRS)
        return 0;
    term.pairs[term.pair_count] = (struct pair){fg, bg};
    term.pair_count++;
    init_extended_pair(term.pair_count, fg, bg);
    return term.pair_count;
}

static attr_t attrs_of(unsigned attrs)
{
    return (attrs & ATTR_BOLD ? A_BOLD : 0) | (attrs & ATTR_DIM ? A_DIM : 0) |
           (attrs & ATTR_UNDERLINE ? A_UNDERLINE : 0) | (attrs & ATTR_REVERSE ? A_REVERSE : 0) |
           (attrs & ATTR_ITALIC ? A_ITALIC : 0);
}

static bool cell_equal(const struct cell *a, const struct cell *b)
{
    return a->ch == b->ch && a->marks[0] == b->marks[0] && a->marks[1] == b->marks[1] &&
           a->style.ink == b->style.ink && a->style.ground == b->style.ground &&
           a->style.attrs == b->style.attrs;
}

static void cell_put(int x, int y, const struct cell *cell)
{
    if (!cell->ch)
        return; /* the right half came with its left one */
    struct term_look look = term_look(cell->style, term.colours, term.has_dim);
    int pair = pair_of(look.fg, look.bg);
    wchar_t text[4] = {(wchar_t)cell->ch, (wchar_t)cell->marks[0], (wchar_t)cell->marks[1], 0};
    cchar_t glyph;
    setcchar(&glyph, text, attrs_of(look.attrs), 0, &pair);
    mvadd_wch(y, x, &glyph);
}

static void cursor_put(const struct surface *surface)
{
    bool is_shown = surface->cursor_x >= 0 && surface->cursor_y >= 0;
    curs_set(is_shown ? 1 : 0);
    if (is_shown)
        move(surface->cursor_y, surface->cursor_x);
}

/* A row whose cells are all as they were is skipped; in another, the cells from the first change to the last
 * are given again, so that a wide glyph never loses a half. */
static void row_put(const struct surface *surface, int y, bool is_fresh)
{
    const struct cell *now = surface->cells + (size_t)y * (size_t)surface->width;
    const struct cell *then = term.shown.cells + (size_t)y * (size_t)surface->width;
    int first = 0, last = surface->width - 1;
    if (!is_fresh) {
        while (first <= last && cell_equal(&now[first], &then[first]))
            first++;
        while (last > first && cell_equal(&now[last], &then[last]))
            last--;
        while (first > 0 && first <= last && !now[first].ch)
            first--;
    }
    for (int x = first; x <= last; x++)
        cell_put(x, y, &now[x]);
}

void term_present(const struct surface *surface)
{
    bool is_fresh = term.shown.width != surface->width || term.shown.height != surface->height;
    if (is_fresh) {
        surface_resize(&term.shown, surface->width, surface->height);
        erase();
    }
    for (int y = 0; y < surface->height; y++)
        row_put(surface, y, is_fresh);
    memcpy(term.shown.cells, surface->cells,
           (size_t)surface->width * (size_t)surface->height * sizeof *surface->cells);
    cursor_put(surface);
    refresh();
}

void term_redraw(void)
{
    surface_resize(&term.shown, 0, 0);
    clearok(stdscr, TRUE);
}

/* ---- leaving for a while ---- */

static void leave(void)
{
    modes_off();
    endwin();
    rescue_fd = -1;
}

static void come_back(void)
{
    rescue_fd = fileno(term.out);
    refresh();
    modes_on();
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

int term_run_pager(const char *command, const char *path)
{
    leave();
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
        fwrite(bytes.data, 1, bytes.len, term.out);
        fflush(term.out);
    }
    buf_release(&bytes);
    return code;
}
