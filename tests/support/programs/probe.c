/*
 * A small full-screen program for the test of the test harness: it shows its size, what it is sent and a palette, and
 * ends well or badly on request. It speaks escape sequences itself, so that what reaches the terminal is known exactly.
 *
 *     q  restores the terminal, exit code 3        x  leaves the terminal as it is, exit code 4
 *     Ctrl-Z  restores, stops; draws again on fg   SIGTERM  as q
 */
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t was_resized, was_told_to_end;
static struct termios cooked;

static void on_resize(int signal)
{
    (void)signal;
    was_resized = 1;
}

static void on_end(int signal)
{
    (void)signal;
    was_told_to_end = 1;
}

static void enter(void)
{
    struct termios raw = cooked;
    cfmakeraw(&raw);
    tcsetattr(0, TCSANOW, &raw);
    printf("\033[?1049h\033[?1h\033[?25l\033[?2004h\033[2J");
}

static void leave(void)
{
    printf("\033[0m\033[?2004l\033[?25h\033[?1l\033[?1049l");
    fflush(stdout);
    tcsetattr(0, TCSANOW, &cooked);
}

static void draw(const char *keys)
{
    struct winsize size;
    ioctl(0, TIOCGWINSZ, &size);
    printf("\033[H\033[2Jsize %dx%d TERM=%s COLORTERM=%s TZ=%s EXTRA=%s\r\n", size.ws_col, size.ws_row,
           getenv("TERM"), getenv("COLORTERM") ? getenv("COLORTERM") : "-", getenv("TZ"),
           getenv("EXTRA") ? getenv("EXTRA") : "-");
    printf("keys%s\033[K\r\n", keys);
    printf("\033[1mB\033[22;2mD\033[22mN\033[7mR\033[27m\033[4mU\033[24m\033[31mr\033[38;5;2mg\033[48;2;1;2;"
           "3mt\033[0;3mI\033[0;38:2::9:8:7;48:5:200mc\033[0m\r\n");
    printf("a\033[4bz|\xe6\xbc\xa2|e\xcc\x81|\xe2\x96\x87|\033(0q\033(B|\r\n");
    fflush(stdout);
}

static void suspend(void)
{
    leave();
    raise(SIGTSTP);
    enter();
}

static void add_key(char keys[512], unsigned char key)
{
    size_t len = strlen(keys);
    snprintf(keys + len, 512 - len, " %02x", key);
}

static int end_with(int code)
{
    leave();
    return code;
}

int main(void)
{
    char keys[512] = "";
    tcgetattr(0, &cooked);
    sigaction(SIGWINCH, &(struct sigaction){.sa_handler = on_resize}, NULL);
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_end}, NULL);
    enter();
    draw(keys);
    for (;;) {
        struct pollfd in = {0, POLLIN, 0};
        int ready = poll(&in, 1, 100);
        unsigned char key = 0;
        if (ready > 0 && read(0, &key, 1) != 1)
            pause(); /* the terminal is gone: SIGHUP is on its way */
        if (was_told_to_end || (ready > 0 && key == 'q'))
            return end_with(3);
        if (key == 'x')
            return 4;
        if (key == 0x1a)
            suspend();
        else if (ready > 0)
            add_key(keys, key);
        if (ready > 0 || was_resized)
            draw(keys);
        was_resized = 0;
    }
}
