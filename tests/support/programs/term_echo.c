/*
 * The terminal file with nothing behind it: says what it read, an event a line, and draws every ink and ground in the last two.
 * Ctrl-c ends it, "c" copies, "m" in place of arguments asks for the mouse.
 */
#include "data/base/utf8.h"
#include "tui/term.h"

#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct echo {
    struct surface surface;
    int line;
    bool is_over;
};

static void say(struct echo *echo, const char *words)
{
    int room = echo->surface.height - 2;
    struct rect all = {0, 0, echo->surface.width, echo->surface.height};
    if (echo->line >= room) {
        draw_fill(&echo->surface, all, STYLE(INK_DEFAULT));
        echo->line = 0;
    }
    draw_text(&echo->surface, 0, echo->line++, all.w, text_of(words), STYLE(INK_DEFAULT));
}

static void say_key(struct echo *echo, struct key key)
{
    char name[KEY_TEXT], words[KEY_TEXT + 8];
    key_format(key, KEY_FORM_FILE, name);
    snprintf(words, sizeof words, "key %s.", name);
    say(echo, words);
    echo->is_over = key_equal(key, key_char('c', KEY_CTRL));
    struct err err;
    if (key_equal(key, key_char('c', 0)) && term_copy(TEXT_LIT("hello"), &err) != ERR_OK)
        say(echo, err.what);
}

static void say_event(struct echo *echo, const struct term_event *event)
{
    static const char *const buttons[] = {"press", "drag", "release", "double", "wheel-up", "wheel-down"};
    char words[TERM_PASTE_MAX + 64];
    switch (event->kind) {
    case TERM_KEY: say_key(echo, event->key); return;
    case TERM_PASTE: snprintf(words, sizeof words, "paste %zu %s.", event->paste_len, event->paste); break;
    case TERM_MOUSE:
        snprintf(words, sizeof words, "%s %d %d.", buttons[event->button], event->x, event->y);
        break;
    case TERM_RESIZE:
        surface_resize(&echo->surface, event->width, event->height);
        echo->line = 0;
        snprintf(words, sizeof words, "size %dx%d.", event->width, event->height);
        break;
    case TERM_SUSPEND: term_suspend(); return;
    case TERM_QUIT: echo->is_over = true; return;
    }
    say(echo, words);
}

static void draw_styles(struct echo *echo)
{
    int y = echo->surface.height - 2;
    for (int ink = 0; ink < INK_COUNT; ink++)
        draw_str(&echo->surface, ink, y, 1, "#", STYLE((uint8_t)ink));
    for (int ground = 0; ground < GROUND_COUNT; ground++)
        draw_str(&echo->surface, ground, y + 1, 1, "#", style_on(STYLE(INK_DEFAULT), (uint8_t)ground));
}

static void run(struct echo *echo)
{
    struct pollfd fds[] = {{.fd = term_input_fd(), .events = POLLIN},
                           {.fd = term_wake_fd(), .events = POLLIN}};
    struct term_event event;
    while (!echo->is_over) {
        draw_styles(echo);
        term_present(&echo->surface);
        poll(fds, 2, -1);
        if (fds[1].revents & POLLIN)
            term_drain_wake();
        while (!echo->is_over && term_read(&event))
            say_event(echo, &event);
    }
}

int main(int argc, char **argv)
{
    (void)argv;
    setlocale(LC_CTYPE, "");
    struct term_options options = {.no_colour = getenv("NO_COLOR") != NULL, .has_mouse = argc > 1};
    struct err err;
    if (term_open(&options, &err) != ERR_OK) {
        fprintf(stderr, "%s\n%s\n", err.what, err.hint);
        return EXIT_FAILURE;
    }
    struct echo echo = {.line = 0};
    int width, height;
    term_size(&width, &height);
    surface_init(&echo.surface, width, height, false);
    say(&echo, "ready.");
    run(&echo);
    term_close();
    surface_release(&echo.surface);
    return EXIT_SUCCESS;
}
