/*
 * See shown.h.
 */
#include "tests/support/shown.h"

#include <stdio.h>

/* Two structs of one name: this file uses the emulator's. */
#define cell screen_cell_of_terminal
#include "tests/support/screen.h"
#undef cell

struct shown *shown_new(int width, int height)
{
    return (struct shown *)screen_new(width, height);
}

static struct screen *screen_of(struct shown *shown)
{
    return (struct screen *)shown;
}

void shown_free(struct shown *shown)
{
    screen_free(screen_of(shown));
}

void shown_resize(struct shown *shown, int width, int height)
{
    screen_resize(screen_of(shown), width, height);
}

void shown_feed(struct shown *shown, const char *bytes, size_t n)
{
    screen_feed(screen_of(shown), bytes, n);
}

static int number_of(const struct colour *colour)
{
    switch (colour->kind) {
    case COLOUR_INDEXED: return colour->index;
    case COLOUR_RGB: return colour->r << 16 | colour->g << 8 | colour->b;
    case COLOUR_DEFAULT: break;
    }
    return -1;
}

struct shown_cell shown_cell(struct shown *shown, int x, int y)
{
    struct screen_cell_of_terminal from = screen_cell(screen_of(shown), y, x);
    struct shown_cell cell = {.pen = {.fg = number_of(&from.fg), .bg = number_of(&from.bg)}};
    snprintf(cell.text, sizeof cell.text, "%s", from.text);
    cell.pen.attrs = (from.bold ? ATTR_BOLD : 0u) | (from.dim ? ATTR_DIM : 0u) |
                     (from.italic ? ATTR_ITALIC : 0u) | (from.underline ? ATTR_UNDERLINE : 0u) |
                     (from.reverse ? ATTR_REVERSE : 0u);
    return cell;
}

void shown_cursor(struct shown *shown, int *x, int *y, bool *is_visible)
{
    struct screen_cursor cursor = screen_cursor(screen_of(shown));
    *x = cursor.col;
    *y = cursor.row;
    *is_visible = cursor.is_visible;
}
