/*
 * The list of runs. Columns: glyph, _time, status, via, tools, log, duration, code; they give way by width in the order log, via, tools,
 * duration (product.md, List).
 */
#pragma once

#include "data/query.h"
#include "widgets/surface.h"

/* X(id, word in the config and the menu, heading). The order is the screen's. */
#define LIST_FIELDS(X)                                                                                       \
    X(FIELD_TIME, "time", "_time")                                                                           \
    X(FIELD_STATUS, "status", "status")                                                                      \
    X(FIELD_VIA, "via", "via")                                                                               \
    X(FIELD_TOOLS, "tools", "tools")                                                                         \
    X(FIELD_LOG, "log", "log")                                                                               \
    X(FIELD_DURATION, "duration", "duration")                                                                \
    X(FIELD_SCOPE, "scope", "scope")                                                                         \
    X(FIELD_ID, "id", "id")                                                                                  \
    X(FIELD_CODE, "code", "code")

enum list_field {
#define X(id, word, heading) id,
    LIST_FIELDS(X)
#undef X
        LIST_FIELD_COUNT,
};
#define LIST_FIELDS_DEFAULT                                                                                  \
    (1u << FIELD_TIME | 1u << FIELD_STATUS | 1u << FIELD_VIA | 1u << FIELD_TOOLS | 1u << FIELD_LOG |         \
     1u << FIELD_DURATION | 1u << FIELD_CODE)

enum { SLOW_MS = 5000 }; /* durations above it stand out */

enum list_phase {
    LIST_READY,
    LIST_LOADING,   /* nothing to show yet */
    LIST_SEARCHING, /* rows, if any, come in while a search goes on: progress, looked_at, reach */
    LIST_PAUSED,    /* a search that goes on when it is asked to: looked_at, reach */
    LIST_NO_RUNS,   /* the history is empty */
    LIST_NO_MATCH,  /* message: what to widen */
    LIST_ERROR,     /* message, hint: what, and how to retry */
};

struct list_model {
    const struct run_row *rows; /* a window of the list; NULL where count is 0 */
    size_t count;
    size_t top;         /* index in rows of the first visible one */
    ptrdiff_t selected; /* index in rows; -1 none */
    bool is_focused;
    bool is_stale; /* of an older question: dimmed until the new rows land */
    bool
        is_last; /* the list ends after rows[count-1]: "end of history" is said below it where there is room */
    unsigned fields; /* 1u << enum list_field */
    struct sort sort;
    enum time_mode time_mode;
    int64_t now;                     /* ages of running rows, relative times */
    const struct needle *code_match; /* highlighted in the code column; may be NULL */
    /* live */
    bool is_live;
    bool has_divider; /* newest-first only; in another order a note in the heading line says what it would */
    int64_t
        cutoff; /* the divider stands before the first row created at or before this; rows from there on are dimmed, failures stay red */
    int64_t live_since; /* "live since 14:00:03" */
    int64_t new_count;  /* "12 new above"; -1 unknown */
    /* states */
    enum list_phase phase;
    const char *message, *hint; /* display text; may be NULL */
    char retry[24],
        further[24];     /* keys, "r" and "PgDn": of asking again, of looking further; "" there is none */
    char as_of[12];      /* LIST_ERROR over rows: "14:02:11", when they were read; "" unknown */
    const char *source;  /* "localhost:4788": who is asked; NULL untold */
    int64_t waited_ms;   /* since the rows were asked for that are waited for; 0: not for long */
    double progress;     /* 0..1 where LIST_SEARCHING */
    int64_t reach;       /* "back to Nov 03"; TIME_NONE unknown */
    int64_t looked_at;   /* "of the 1,400 newest"; 0 unknown */
    int64_t rank, total; /* scroll bar: 0-based number of rows[0], rows of the whole list; total < 0: none */
};

/* Run rows that a list of this height shows (the heading takes one line). */
size_t list_capacity(int height);
void list_draw(struct surface *surface, struct rect rect, const struct list_model *model);
/* The run row (index in model->rows) at a surface line, for the mouse; -1. */
ptrdiff_t list_row_at(struct rect rect, const struct list_model *model, int y);
/* Whether the divider is on screen: it then costs one line of the capacity. */
bool list_divider_visible(const struct list_model *model, int height);
