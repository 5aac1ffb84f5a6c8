/*
 * A screen without a terminal and with a source made of rows in memory: keys go into update(), its questions are answered from the rows, at once or when the
 * test says so.
 */
#pragma once

#include "tui/state.h"
#include "tui/update.h"

enum { FAKE_ROWS_MAX = 5000 };

struct fake_screen {
    struct state state;
    struct keymap keymap;
    int64_t now;
    struct run_row rows[FAKE_ROWS_MAX]; /* newest first; ids "run-00042" */
    size_t count;
    char ids[FAKE_ROWS_MAX][32];
    bool holds;             /* answers wait until fake_answer() */
    unsigned unanswered;    /* effects that wait */
    unsigned effects;       /* all effects since the last fake_clear_effects, asked ones included */
    unsigned list_questions;
};

struct fake_screen *fake_screen_new(int width, int height, size_t rows);
void fake_screen_free(struct fake_screen *fake);

/* "j", "<Down>", "Ctrl-d" …: one key in key-file spelling. */
void fake_key(struct fake_screen *fake, const char *key);
void fake_type(struct fake_screen *fake, const char *text); /* a printable key for each byte */
void fake_answer(struct fake_screen *fake);                 /* answers what waits */
void fake_arrive(struct fake_screen *fake, size_t n);       /* n new rows at the top, and SOURCE_CHANGED */
void fake_source(struct fake_screen *fake, unsigned events);

const char *fake_selected(const struct fake_screen *fake);  /* id of the selected run; "" none */
long fake_line(const struct fake_screen *fake);             /* its line in the list's view */
