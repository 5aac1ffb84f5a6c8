/*
 * See pty.h. One descriptor carries the terminal, another the keeper's words; pump() listens to both, and every wait is a
 * loop around it. The slave side stays open here too: its line settings and its unread input tell what no output tells.
 */
#include "tests/support/pty.h"

#include "data/base/buf.h"
#include "data/base/die.h"
#include "tests/support/pty_keeper.h"
#include "tests/support/slow_line.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <regex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum {
    RAW_MAX = 1 << 28,
    DRAIN_MAX = 1 << 16,
    PATH_TEXT = 256,
    ENV_TEXT = 1024,
    ENV_MAX = 48,
    ESCAPE_PAUSE = 80,
    LAST_WORDS = 100,
    KEY_TEXT = 32
};

struct pty {
    int master; /* -1 after a hang-up */
    int slave;
    int channel;
    pid_t keeper;
    pid_t program;
    bool is_stopped;
    bool has_exited;
    int status;
    struct screen *screen;
    struct buf raw;
    struct slow_line down, up; /* from the program to the screen, and back */
    size_t held_most;          /* bytes in `down` at a time */
    int64_t read_ns;
    struct termios before;
    char home[PATH_TEXT];
};

/* --- start --------------------------------------------------------------------------------------------------------- */

struct environment {
    char text[16][ENV_TEXT];
    int text_count;
    char *pointers[ENV_MAX + 1];
    int count;
};

static bool has_name(const struct environment *env, const char *entry)
{
    size_t n = strcspn(entry, "=") + 1;
    for (int i = 0; i < env->count; i++)
        if (strncmp(env->pointers[i], entry, n) == 0)
            return true;
    return false;
}

/* What is there already stays. */
static void add_entry(struct environment *env, const char *entry)
{
    if (env->count < ENV_MAX && !has_name(env, entry))
        env->pointers[env->count++] = (char *)(uintptr_t)entry;
}

static void add_env(struct environment *env, const char *name, const char *value)
{
    char *text = env->text[env->text_count++];
    snprintf(text, ENV_TEXT, "%s=%s", name, value);
    add_entry(env, text);
}

static void fill_env(struct environment *env, const struct pty *pty, const struct pty_options *options)
{
    static const char *const passed_on[] = {"PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS",
                                            "TSAN_OPTIONS"};
    char dir[PATH_TEXT + 16];
    for (const char *const *entry = options->env; entry && *entry; entry++)
        add_entry(env, *entry);
    add_env(env, "TERM", options->term ? options->term : "xterm-256color");
    add_env(env, "TZ", options->tz ? options->tz : "UTC");
    add_env(env, "LANG", options->lang ? options->lang : "C.UTF-8");
    add_env(env, "HOME", pty->home);
    snprintf(dir, sizeof dir, "%s/config", pty->home);
    add_env(env, "XDG_CONFIG_HOME", dir);
    snprintf(dir, sizeof dir, "%s/state", pty->home);
    add_env(env, "XDG_STATE_HOME", dir);
    if (options->has_true_colour)
        add_env(env, "COLORTERM", "truecolor");
    for (size_t i = 0; i < sizeof passed_on / sizeof passed_on[0]; i++)
        if (getenv(passed_on[i]))
            add_env(env, passed_on[i], getenv(passed_on[i]));
}

static void open_terminal(struct pty *pty, int cols, int rows)
{
    pty->master = posix_openpt(O_RDWR | O_NOCTTY);
    if (pty->master < 0 || grantpt(pty->master) != 0 || unlockpt(pty->master) != 0)
        die("no pseudo terminal: %s", strerror(errno));
    pty->slave = open(ptsname(pty->master), O_RDWR | O_NOCTTY);
    if (pty->slave < 0)
        die("no pseudo terminal: %s", strerror(errno));
    fcntl(pty->master, F_SETFD, FD_CLOEXEC);
    fcntl(pty->master, F_SETFL, O_NONBLOCK);
    fcntl(pty->slave, F_SETFD, FD_CLOEXEC);
    ioctl(pty->slave, TIOCSWINSZ,
          &(struct winsize){.ws_col = (unsigned short)cols, .ws_row = (unsigned short)rows});
    tcgetattr(pty->slave, &pty->before);
}

static void make_home(struct pty *pty)
{
    const char *top = getenv("TMPDIR");
    snprintf(pty->home, sizeof pty->home, "%s/executor-runs-home-XXXXXX", top && *top ? top : "/tmp");
    if (!mkdtemp(pty->home))
        die("cannot make %s: %s", pty->home, strerror(errno));
}

static void start_keeper(struct pty *pty, const struct pty_options *options)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        die("socketpair: %s", strerror(errno));
    struct environment env = {0};
    fill_env(&env, pty, options);

    pty->keeper = fork();
    if (pty->keeper < 0)
        die("fork: %s", strerror(errno));
    if (pty->keeper == 0) {
        close(ends[0]);
        close(pty->master);
        keeper_run(&(struct keeper_job){
            .argv = (char *const *)(uintptr_t)options->argv,
            .env = env.pointers,
            .dir = options->dir,
            .home = pty->home,
            .terminal = pty->slave,
            .channel = ends[1],
        });
    }
    close(ends[1]);
    pty->channel = ends[0];
}

static bool pump(struct pty *pty, int timeout_ms);

struct pty *pty_start(const struct pty_options *options)
{
    struct pty *pty = mem_new_array(1, sizeof *pty);
    int cols = options->cols ? options->cols : 80;
    int rows = options->rows ? options->rows : 24;
    pty->status = -1;
    pty->screen = screen_new(cols, rows);
    buf_init(&pty->raw, RAW_MAX);
    slow_line_init(&pty->down, options->delay_ms, options->bytes_per_second);
    slow_line_init(&pty->up, options->delay_ms, 0);
    make_home(pty);
    open_terminal(pty, cols, rows);
    start_keeper(pty, options);
    while (!pty->program && pump(pty, PTY_SOON))
        ;
    return pty;
}

void pty_free(struct pty *pty)
{
    if (!pty)
        return;
    close(pty->channel);
    waitpid(pty->keeper, NULL, 0);
    if (pty->master >= 0)
        close(pty->master);
    close(pty->slave);
    screen_free(pty->screen);
    buf_release(&pty->raw);
    slow_line_release(&pty->down);
    slow_line_release(&pty->up);
    free(pty);
}

/* --- the pump ------------------------------------------------------------------------------------------------------ */

static int64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t clock_ms(void)
{
    return clock_ns() / 1000000;
}

/* All that is there is read before it is emulated: what the emulator takes is no part of when it came. */
static void read_terminal(struct pty *pty)
{
    char bytes[8192];
    size_t before = pty->raw.len;
    ssize_t n = 1;
    while (pty->raw.len - before < DRAIN_MAX && (n = read(pty->master, bytes, sizeof bytes)) > 0) {
        pty->read_ns = clock_ns();
        buf_add(&pty->raw, bytes, (size_t)n);
    }
    if (pty->raw.len == before)
        return;
    slow_line_in(&pty->down, buf_cstr(&pty->raw) + before, pty->raw.len - before, clock_ms());
    if (slow_line_held(&pty->down) > pty->held_most)
        pty->held_most = slow_line_held(&pty->down);
}

/* What comes out of the line is shown, and what the terminal answers goes back. True when something did. */
static bool move_on_the_line(struct pty *pty)
{
    char bytes[1024];
    struct text shown = slow_line_out(&pty->down, clock_ms());
    if (shown.n)
        screen_feed(pty->screen, shown.s, shown.n);
    size_t n = screen_answer(pty->screen, bytes, sizeof bytes);
    if (n)
        slow_line_in(&pty->up, bytes, n, clock_ms());
    struct text answer = slow_line_out(&pty->up, clock_ms());
    if (answer.n && pty->master >= 0 && write(pty->master, answer.s, answer.n) < 0)
        return true; /* a program that does not read gets no answer, as in life */
    return shown.n || answer.n;
}

static bool is_line_busy(const struct pty *pty)
{
    return slow_line_held(&pty->down) || slow_line_held(&pty->up);
}

static void read_keeper(struct pty *pty)
{
    struct keeper_message message;
    if (read(pty->channel, &message, sizeof message) != sizeof message)
        die("the keeper of the program under test is gone");
    switch ((enum keeper_word)message.word) {
    case KEEPER_STARTED: pty->program = message.value; break;
    case KEEPER_STOPPED: pty->is_stopped = true; break;
    case KEEPER_EXITED:
        pty->has_exited = true;
        pty->status = message.value;
        break;
    case KEEPER_FG: break;
    }
}

/* Takes in what comes within the time. False when nothing did, and nothing is on its way. */
static bool pump(struct pty *pty, int timeout_ms)
{
    struct pollfd fds[2] = {{pty->channel, POLLIN, 0}, {pty->master, POLLIN, 0}};
    bool was_busy = is_line_busy(pty);
    int n = poll(fds, pty->master >= 0 ? 2 : 1, was_busy && timeout_ms > 5 ? 5 : timeout_ms);
    if (n <= 0)
        return move_on_the_line(pty) || was_busy;
    if (fds[1].revents & POLLIN)
        read_terminal(pty);
    if (fds[0].revents)
        read_keeper(pty);
    move_on_the_line(pty);
    return true;
}

/* --- in ------------------------------------------------------------------------------------------------------------ */

static int unread_input(struct pty *pty)
{
    int n = 0;
    return ioctl(pty->slave, FIONREAD, &n) == 0 ? n : 0;
}

static bool input_is_read(struct pty *pty, void *arg)
{
    (void)arg;
    return unread_input(pty) == 0;
}

void pty_type(struct pty *pty, const char *bytes, size_t n)
{
    int64_t deadline = clock_ms() + PTY_SOON;
    while (n > 0 && pty->master >= 0 && !pty->has_exited && clock_ms() < deadline) {
        ssize_t written = write(pty->master, bytes, n);
        if (written > 0) {
            bytes += written;
            n -= (size_t)written;
        } else {
            pump(pty, 10);
        }
    }
}

static void pause_behind_escape(struct pty *pty)
{
    pty_wait(pty, input_is_read, NULL, PTY_SOON);
    int64_t until = clock_ms() + ESCAPE_PAUSE;
    for (int64_t now = clock_ms(); now < until; now = clock_ms())
        pump(pty, (int)(until - now));
}

/* The bytes of a name such as "C-c" or "Down"; 0 for a name that nobody knows. */
static size_t named_key(struct pty *pty, const char *name, char out[KEY_TEXT])
{
    const char *plain = strcmp(name, "lt") == 0 ? "<" : strcmp(name, "Space") == 0 ? " " : NULL;
    if (plain)
        return (size_t)snprintf(out, KEY_TEXT, "%s", plain);
    bool is_letter = name[0] && name[1] == '-' && name[2] && !name[3];
    if (is_letter && name[0] == 'C')
        return (size_t)snprintf(out, KEY_TEXT, "%c", name[2] & 0x1f);
    if (is_letter && name[0] == 'A')
        return (size_t)snprintf(out, KEY_TEXT, "\033%c", name[2]);
    return screen_key(pty->screen, name, out, KEY_TEXT);
}

static const char *type_named(struct pty *pty, const char *at)
{
    const char *end = strchr(at, '>');
    char name[KEY_TEXT] = "", bytes[KEY_TEXT];
    if (end && end - at < KEY_TEXT)
        memcpy(name, at + 1, (size_t)(end - at - 1));
    size_t n = named_key(pty, name, bytes);
    if (n == 0)
        die("no key of this name: %.20s", at);
    pty_type(pty, bytes, n);
    if (strcmp(name, "Esc") == 0)
        pause_behind_escape(pty);
    return end + 1;
}

void pty_keys(struct pty *pty, const char *keys)
{
    while (*keys) {
        size_t plain = strcspn(keys, "<");
        pty_type(pty, keys, plain);
        keys += plain;
        if (*keys)
            keys = type_named(pty, keys);
    }
}

void pty_resize(struct pty *pty, int cols, int rows)
{
    while (pump(pty, 0))
        ; /* what was drawn for the old size belongs on the old size */
    screen_resize(pty->screen, cols, rows);
    ioctl(pty->master, TIOCSWINSZ,
          &(struct winsize){.ws_col = (unsigned short)cols, .ws_row = (unsigned short)rows});
}

void pty_signal(struct pty *pty, int signal)
{
    if (!pty->has_exited && pty->program > 0)
        kill(pty->program, signal);
}

void pty_continue(struct pty *pty)
{
    struct keeper_message message = {KEEPER_FG, 0};
    pty->is_stopped = false;
    if (write(pty->channel, &message, sizeof message) != sizeof message)
        die("the keeper of the program under test is gone");
}

void pty_hang_up(struct pty *pty)
{
    close(pty->master);
    pty->master = -1;
}

/* --- waiting --------------------------------------------------------------------------------------------------------- */

/* What a program wrote just before its end may still be on its way. */
static void read_last_words(struct pty *pty)
{
    while (pump(pty, LAST_WORDS))
        ;
}

bool pty_wait(struct pty *pty, bool (*holds)(struct pty *, void *), void *arg, int timeout_ms)
{
    int64_t deadline = clock_ms() + timeout_ms;
    for (;;) {
        if (holds(pty, arg))
            return true;
        int64_t left = deadline - clock_ms();
        if (left <= 0)
            return false;
        if (pty->has_exited) {
            read_last_words(pty);
            return holds(pty, arg);
        }
        /* At least every 10 ms: a condition may be about something that sends no word, such as a file. */
        pump(pty, left < 10 ? (int)left : 10);
    }
}

static bool has_text(struct pty *pty, void *text)
{
    return pty_find(pty, text, NULL, NULL);
}

static bool lacks_text(struct pty *pty, void *text)
{
    return !has_text(pty, text);
}

bool pty_wait_text(struct pty *pty, const char *text, int timeout_ms)
{
    return pty_wait(pty, has_text, (void *)(uintptr_t)text, timeout_ms);
}

bool pty_wait_gone(struct pty *pty, const char *text, int timeout_ms)
{
    return pty_wait(pty, lacks_text, (void *)(uintptr_t)text, timeout_ms);
}

struct line_wanted {
    int row;
    const char *text;
};

static bool line_has_text(struct pty *pty, void *arg)
{
    struct line_wanted *wanted = arg;
    char *line = pty_screen_line(pty, wanted->row);
    bool has = strstr(line, wanted->text) != NULL;
    free(line);
    return has;
}

bool pty_wait_line(struct pty *pty, int row, const char *text, int timeout_ms)
{
    return pty_wait(pty, line_has_text, &(struct line_wanted){row, text}, timeout_ms);
}

static bool matches(struct pty *pty, void *regex)
{
    char *text = screen_text(pty->screen);
    bool does = regexec(regex, text, 0, NULL, 0) == 0;
    free(text);
    return does;
}

bool pty_wait_match(struct pty *pty, const char *pattern, int timeout_ms)
{
    regex_t regex;
    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NEWLINE | REG_NOSUB) != 0)
        die("no regular expression: %s", pattern);
    bool does = pty_wait(pty, matches, &regex, timeout_ms);
    regfree(&regex);
    return does;
}

bool pty_wait_idle(struct pty *pty, int quiet_ms, int timeout_ms)
{
    int64_t deadline = clock_ms() + timeout_ms;
    if (!pty_wait(pty, input_is_read, NULL, timeout_ms))
        return false;
    while (pump(pty, quiet_ms))
        if (clock_ms() >= deadline)
            return false;
    return true;
}

static bool has_stopped(struct pty *pty, void *arg)
{
    (void)arg;
    return pty->is_stopped;
}

bool pty_wait_stopped(struct pty *pty, int timeout_ms)
{
    if (!pty_wait(pty, has_stopped, NULL, timeout_ms))
        return false;
    read_last_words(pty);
    return true;
}

static bool has_ended(struct pty *pty, void *arg)
{
    (void)arg;
    return pty->has_exited;
}

bool pty_wait_exit(struct pty *pty, int timeout_ms)
{
    if (!pty_wait(pty, has_ended, NULL, timeout_ms))
        return false;
    read_last_words(pty);
    return true;
}

/* --- out ------------------------------------------------------------------------------------------------------------- */

struct screen *pty_screen(struct pty *pty)
{
    return pty->screen;
}

char *pty_screen_line(struct pty *pty, int row)
{
    return screen_line(pty->screen, row);
}

struct cell pty_cell(struct pty *pty, int row, int col)
{
    return screen_cell(pty->screen, row, col);
}

struct screen_cursor pty_cursor(struct pty *pty)
{
    return screen_cursor(pty->screen);
}

/* Whether the text stands in the row from that column on, cell by cell. */
static bool stands_at(struct pty *pty, const char *text, int row, int col)
{
    while (*text && col < screen_cols(pty->screen)) {
        struct cell cell = screen_cell(pty->screen, row, col);
        const char *shown = cell.text[0] || cell.width == 0 ? cell.text : " ";
        size_t n = strlen(shown);
        if (strncmp(text, shown, n) != 0)
            return false;
        text += n;
        col++;
    }
    return !*text;
}

bool pty_find(struct pty *pty, const char *text, int *row, int *col)
{
    for (int y = 0; y < screen_rows(pty->screen); y++) {
        for (int x = 0; x < screen_cols(pty->screen); x++) {
            if (!stands_at(pty, text, y, x))
                continue;
            if (row)
                *row = y;
            if (col)
                *col = x;
            return true;
        }
    }
    return false;
}

const char *pty_raw_bytes(struct pty *pty, size_t from, size_t *n)
{
    *n = from < pty->raw.len ? pty->raw.len - from : 0;
    return buf_cstr(&pty->raw) + (*n ? from : pty->raw.len);
}

size_t pty_held_most(struct pty *pty)
{
    size_t most = pty->held_most;
    pty->held_most = slow_line_held(&pty->down);
    return most;
}

int64_t pty_read_ns(const struct pty *pty)
{
    return pty->read_ns;
}

pid_t pty_pid(const struct pty *pty)
{
    return pty->program;
}

const char *pty_home(const struct pty *pty)
{
    return pty->home;
}

bool pty_is_stopped(const struct pty *pty)
{
    return pty->is_stopped;
}

bool pty_has_exited(const struct pty *pty)
{
    return pty->has_exited;
}

int pty_exit_status(const struct pty *pty)
{
    return pty->status;
}

static const char *mode_left_behind(int mode)
{
    switch (mode) {
    case 25: return "the cursor is hidden";
    case 47:
    case 1047:
    case 1049: return "the alternate screen is still shown";
    case 1: return "cursor keys are still in application mode";
    case 2004: return "bracketed paste is still on";
    case 1004: return "focus reports are still on";
    case 1000:
    case 1002:
    case 1003:
    case 1006: return "the mouse is still reported";
    default: return "a private mode is not as it was";
    }
}

bool pty_is_restored(struct pty *pty, const char **why)
{
    const char *ignored = NULL;
    why = why ? why : &ignored;
    int mode = 0;
    if (!screen_is_restored(pty->screen, &mode)) {
        *why = mode_left_behind(mode);
        return false;
    }
    struct termios now;
    tcgetattr(pty->slave, &now);
    bool is_same = now.c_iflag == pty->before.c_iflag && now.c_oflag == pty->before.c_oflag &&
                   now.c_cflag == pty->before.c_cflag && now.c_lflag == pty->before.c_lflag &&
                   memcmp(now.c_cc, pty->before.c_cc, sizeof now.c_cc) == 0;
    if (!is_same)
        *why = "the line settings are not as they were";
    return is_same;
}

void pty_dump(struct pty *pty, FILE *out)
{
    int cols = screen_cols(pty->screen), rows = screen_rows(pty->screen);
    struct screen_cursor cursor = pty_cursor(pty);
    fprintf(out, "--- %dx%d, cursor %d,%d %s, ", cols, rows, cursor.row, cursor.col,
            cursor.is_visible ? "shown" : "hidden");
    if (pty->has_exited)
        fprintf(out, "ended with wait status 0x%x\n", (unsigned)pty->status);
    else
        fprintf(out, "%s\n", pty->is_stopped ? "stopped" : "running");
    for (int row = 0; row < rows; row++) {
        char *line = pty_screen_line(pty, row);
        fprintf(out, "%3d |%s\n", row, line);
        free(line);
    }
    fprintf(out, "---\n");
    fflush(out);
}
