/*
 * The drawer: everything about one run, in three tabs. Properties; tool calls as a waterfall on the run's time scale; logs. A value that is told what
 * the person did and laid out anew after every change; drawing only reads it.
 *
 *     drawer_new → drawer_layout(input) whenever run, size, clock or mode changed → drawer_draw(…) … → drawer_free
 */
#pragma once

#include "data/query.h"
#include "data/text/run_doc.h"
#include "widgets/lineedit.h"
#include "widgets/surface.h"

/* X(id, title) */
#define DRAWER_TABS(X)                                                                                       \
    X(TAB_PROPERTIES, "Properties")                                                                          \
    X(TAB_CALLS, "Tool calls")                                                                               \
    X(TAB_LOGS, "Logs")

enum drawer_tab {
#define X(id, title) id,
    DRAWER_TABS(X)
#undef X
        DRAWER_TAB_COUNT,
};

struct drawer;

struct drawer *drawer_new(void);
void drawer_free(struct drawer *drawer);

struct drawer_input {
    const struct run_doc *doc;       /* borrowed until the next layout; NULL: nothing to show yet */
    const struct peers_reply *peers; /* NULL: not known */
    int64_t now;
    enum time_mode time_mode;
    int width, height; /* of the rectangle that it will be drawn in */
    bool ascii;
    const char *answer_key; /* that answers a waiting run; NULL: none does. Lives as long as the drawer */
};

/* Takes in what changed and clamps cursor and scroll. Another run: cursor to the top, folds as new; the same run again (live): folds, cursor and scroll
 * stay, but a cursor on the last line of a log goes with its end. Tab, log level and search are kept across runs. Cheap where nothing changed. */
void drawer_layout(struct drawer *drawer, const struct drawer_input *input);

enum drawer_tab drawer_tab(const struct drawer *drawer);
void drawer_set_tab(struct drawer *drawer, enum drawer_tab tab);
void drawer_move(struct drawer *drawer, long lines); /* the cursor line, scrolling as needed */
void drawer_page(struct drawer *drawer, int pages);
void drawer_to_edge(struct drawer *drawer, bool is_end);
void drawer_unfold(
    struct drawer
        *drawer); /* folds or unfolds what is under the cursor: a section, a JSON container, a call */
void drawer_fold_all(struct drawer *drawer); /* everything folded, or everything open where it already is */
void drawer_next_log_level(struct drawer *drawer); /* all, info up, warnings up, errors only */

/* Search in the current tab, folded parts included. The text is copied; an empty one ends the search. Jumps to the first match at or after the cursor;
 * false: there is none. */
bool drawer_search(struct drawer *drawer, struct text text);
bool drawer_search_step(struct drawer *drawer, int direction); /* +1, -1, around the end; false: no match */
struct text drawer_search_text(const struct drawer *drawer);   /* borrowed; n == 0: none */

/* The line under a point of the rectangle becomes the cursor line; for the mouse. */
void drawer_point(struct drawer *drawer, int y);

struct drawer_frame {
    bool is_focused;
    struct text id,
        status; /* of the run that is selected, whether its content is there or not; null: as in the content */
    int64_t position; /* "5 of 303": 1-based; -1 unknown */
    struct tally total;
    const char *wait;           /* "asking localhost:4788… 3 s", in place of what is not there; NULL none */
    const char *message, *hint; /* why it will not be; NULL none */
    const char *retry;          /* "r tries again", below it */
    const struct lineedit *search; /* the search line while it is typed in: takes the last line; NULL none */
};

void drawer_draw(struct surface *surface, struct rect rect, const struct drawer *drawer,
                 const struct drawer_frame *frame);
