/*
 * What a terminal would show: bytes go in, cells come out. libvterm does the emulation; this adds what the version in
 * Debian lacks (dim, REP) and keeps the private modes that a program switched, so that a test can ask whether it
 * switched them back.
 *
 * Rows and columns count from 0. A position outside the screen is a blank cell.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct screen;

enum colour_kind { COLOUR_DEFAULT, COLOUR_INDEXED, COLOUR_RGB };

struct colour {
    enum colour_kind kind;
    uint8_t index;   /* of the 256, for COLOUR_INDEXED */
    uint8_t r, g, b; /* for COLOUR_RGB */
};

enum { CELL_TEXT = 28 };

struct cell {
    char text
        [CELL_TEXT]; /* UTF-8 with its combining marks; "" for an empty cell and for the right half of a wide one */
    int width;       /* 1 or 2; 0 for the right half of a wide one */
    struct colour fg;
    struct colour bg;
    bool bold;
    bool dim;
    bool italic;
    bool underline;
    bool blink;
    bool reverse;
    bool strike;
};

struct screen_cursor {
    int row;
    int col;
    bool is_visible;
};

struct screen *screen_new(int cols, int rows);
void screen_free(struct screen *screen);
void screen_resize(struct screen *screen, int cols, int rows);
void screen_feed(struct screen *screen, const char *bytes, size_t n);

int screen_cols(const struct screen *screen);
int screen_rows(const struct screen *screen);
struct cell screen_cell(struct screen *screen, int row, int col);
struct screen_cursor screen_cursor(struct screen *screen);

/* The row as UTF-8 without blanks at its end. Caller frees. */
char *screen_line(struct screen *screen, int row);
/* All rows, each ended by a newline. Caller frees. */
char *screen_text(struct screen *screen);

/* Whether a DEC private mode (1049 alternate screen, 25 cursor, 2004 bracketed paste, …) is set now. */
bool screen_mode(const struct screen *screen, int mode);
/* Whether every private mode is as a fresh terminal has it. If not, *mode gets one that is not. */
bool screen_is_restored(const struct screen *screen, int *mode);

/* A key as the terminal would send it in its present mode: "Up" "Down" "Left" "Right" "Home" "End" "PgUp" "PgDn" "Ins" "Del"
 * "F1".."F12", with "S-" "A-" "C-" before. Writes the bytes and returns their number, 0 for a name it does not know. */
size_t screen_key(struct screen *screen, const char *name, char *out, size_t size);

/* What the terminal answers to questions (device attributes, cursor position) since the last call. */
size_t screen_answer(struct screen *screen, char *out, size_t size);
