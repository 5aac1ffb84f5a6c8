/*
 * A screen without a terminal and with a source made of rows in memory: keys go into update(), its questions are answered from the rows, at once or when the
 * test says so: late, in another order, or not well.
 */
#pragma once

#include "tui/answer_post.h"
#include "tui/state.h"
#include "tui/update.h"

enum { FAKE_ROWS_MAX = 5000, FAKE_QUESTIONS_MAX = 64 };

struct fake_screen {
    struct state state;
    struct keymap keymap;
    struct saved_state saved;
    int64_t start, now;                 /* epoch ms; now moves as the test likes */
    struct run_row rows[FAKE_ROWS_MAX]; /* newest first; ids "run-00042" */
    size_t count;
    char ids[FAKE_ROWS_MAX][32];
    bool holds;       /* questions wait until fake_answer() */
    bool is_partial;  /* lists are answered as if a search went on */
    size_t looked_at; /* it came so far, through the first rows of the list's order; 0: through all, untold */
    bool is_paused;   /* it rests there */
    bool has_calls_later; /* a run that is asked for first comes without its calls where that is welcome */
    bool is_narrowed;     /* status, trigger and tools are counted under their own terms too */
    enum err_code fails;  /* what every question is answered with; ERR_OK: properly */
    struct request *questions[FAKE_QUESTIONS_MAX]; /* not yet answered, the oldest first; owned */
    size_t question_count;
    const struct interaction *question; /* of every waiting run; NULL none */
    const char *question_meta;          /* trigger metadata of such a run */
    struct answer_letter *letter;       /* the last answer that was to be sent; owned */
    bool is_refreshing;                 /* the source was told to look again */
    unsigned effects;                   /* all since the last time that the test cleared it */
    unsigned list_questions, detail_questions;
    struct surface surface;
};

struct fake_screen *fake_screen_new(int width, int height, size_t rows);
/* As if a link had said a filter and an open run; questions wait. */
struct fake_screen *fake_screen_on_link(size_t rows, const char *filter, const char *run_id);
void fake_screen_free(struct fake_screen *fake);

/* For cmocka: a screen of 120×36 with 1000 rows for each test. */
int fake_setup(void **state);
int fake_teardown(void **state);
#define FAKE_CASE(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

/* "j", "Down", "Ctrl-d" …: one key in key-file spelling; with times: again and again. */
void fake_key(struct fake_screen *fake, const char *key);
void fake_keys(struct fake_screen *fake, const char *key, int times);
void fake_type(struct fake_screen *fake, const char *text); /* a printable key for each byte */
void fake_paste(struct fake_screen *fake, const char *text);
void fake_resize(struct fake_screen *fake, int width, int height);
void fake_event(struct fake_screen *fake, const struct term_event *event);
void fake_filter(struct fake_screen *fake, const char *line); /* typed into the bar and applied */

void fake_answer(struct fake_screen *fake);                                   /* answers what waits */
void fake_answer_at(struct fake_screen *fake, size_t at, enum err_code code); /* one of the questions */
void fake_arrive(struct fake_screen *fake, size_t n); /* n new rows at the top, and SOURCE_CHANGED */
void fake_grow(struct fake_screen *fake, size_t n);   /* the same, and nobody is told */
void fake_source(struct fake_screen *fake, unsigned events);

const char *fake_selected(const struct fake_screen *fake); /* id of the selected run; "" none */
long fake_line(const struct fake_screen *fake);            /* its line in the list's view */
const char *fake_line_of_filter(struct fake_screen *fake, char out[FILTER_TEXT_MAX]);

const struct surface *fake_draw(struct fake_screen *fake); /* borrowed; the frame as it is now */
char *fake_text(struct fake_screen *fake); /* the frame as text, with its inks; caller frees */
bool fake_shows(struct fake_screen *fake, const char *text);
