/*
 * Everything the screen is made of: one struct, owned by the loop. update() changes it, layout and view read
 * it. No I/O happens behind any of these functions and `now` is always a parameter.
 */
#pragma once

#include "data/base/buf.h"
#include "data/base/utf8.h"
#include "data/filter/filter.h"
#include "data/filter/filter_complete.h"
#include "data/http/http_address.h"
#include "data/query.h"
#include "data/source.h"
#include "data/worker.h"
#include "keymap/keymap.h"
#include "tui/layout.h"
#include "tui/state_file.h"
#include "widgets/drawer.h"
#include "widgets/filterbar.h"
#include "widgets/list.h"
#include "widgets/menu.h"
#include "widgets/rail.h"
#include "widgets/statusbar.h"
#include "widgets/timeline.h"

/* What must follow a change of state; the loop does it. Bits. */
enum effect {
    EFFECT_ASK_LIST = 1 << 0,
    EFFECT_ASK_META = 1 << 1,
    EFFECT_ASK_DETAIL = 1 << 2,
    EFFECT_ASK_PEERS = 1 << 3,
    EFFECT_LIVE = 1 << 4,    /* tell the source whether live is on */
    EFFECT_REFRESH = 1 << 5, /* tell the source to look again */
    EFFECT_COPY = 1 << 6,    /* state.outgoing goes to the clipboard */
    EFFECT_PAGER = 1 << 7,   /* state.outgoing goes to $PAGER */
    EFFECT_SUSPEND = 1 << 8,
    EFFECT_REDRAW = 1 << 9,    /* send the whole frame again */
    EFFECT_SAVE = 1 << 10,     /* the fields changed: they are remembered */
    EFFECT_REMEMBER = 1 << 12, /* the line in the filter bar was applied: it is remembered */
    EFFECT_QUIT = 1 << 11,
    EFFECT_ANSWER = 1 << 13, /* state.answer.letter is sent */
    EFFECT_WATCH = 1 << 14,  /* whether the open question still is one */
};

enum focus { FOCUS_LIST, FOCUS_DRAWER, FOCUS_RAIL, FOCUS_TIMELINE };

enum overlay {
    OVERLAY_NONE,
    OVERLAY_FILTER, /* the filter bar is being typed in */
    OVERLAY_SEARCH, /* a search line in the drawer */
    OVERLAY_ANSWER, /* a run's question */
    OVERLAY_HELP,
    OVERLAY_PALETTE,
    OVERLAY_FIELDS,
    OVERLAY_SORT,
    OVERLAY_COPY,
};

/* Where the selection goes when the next window of rows lands. */
enum list_goal {
    GOAL_KEEP,   /* the selected run stays selected, on its line */
    GOAL_FOLLOW, /* to the first row, unless the selection has left the top by then */
    GOAL_FIRST,
    GOAL_LAST,
    GOAL_ANCHOR, /* the row that the question was anchored at */
    GOAL_FAILED, /* the failed row that was looked for; stays where there is none */
};

struct list_state {
    struct response *shown;  /* LANE_LIST; NULL until the first answer. Owned */
    size_t top;              /* index in its rows of the first visible one */
    ptrdiff_t selected;      /* index in its rows; -1: none */
    long pending;            /* lines that a move could not go yet, for lack of rows */
    uint64_t generation;     /* of the last question */
    bool is_asking;          /* it has not been answered */
    bool is_due;             /* the data changed meanwhile: it is put again when it was answered */
    bool is_of_older_filter; /* what is shown answers an older filter or sort */
    int64_t asked_at;
    int64_t answered_at; /* when what is shown came */
    enum list_goal goal;
    bool keeps_top; /* refresh at the very top: new rows are shown above the selected one */
    /* the next question's place */
    enum anchor_kind anchor;
    struct row_key key;
    int find_failed;
    bool is_seeking; /* the failed row has not been found yet, and more may become known */
    int more_failed; /* further steps to failed rows, pressed while one was being looked for */
    bool has_error;
    struct err err;
};

struct meta_state {
    struct response *shown; /* LANE_META; NULL until the first answer. Owned */
    uint64_t generation;
    bool is_asking, is_due;  /* due: something changed while a question was out */
    bool is_overtaken;       /* the question that is out is of an older filter */
    bool is_of_older_filter; /* what is shown is */
    bool is_late;            /* the data changed; to be asked for at state_counts_due() */
    int64_t asked_at;
    int64_t took_ms; /* until the last answer came */
};

enum copy_kind { COPY_NONE, COPY_ID, COPY_JSON, COPY_CODE, COPY_ERROR, COPY_COMMAND, COPY_PAGER };

struct detail_state {
    struct arena asked_arena;
    struct response *shown; /* LANE_DETAIL; NULL none. Owned; peers below are of the same run */
    struct response *peers; /* LANE_PEERS */
    struct run_row
        asked; /* id, scope_id and updated_at of the row whose detail was asked for last, copied; an id alone may be in two scopes */
    uint64_t generation, peers_generation;
    bool is_asking;
    int64_t asked_at;
    int64_t
        missing_since; /* what is shown is of another run, or nothing is; TIME_NONE: it is of the run asked for */
    bool has_error;
    struct err err;
    enum copy_kind copy; /* to be done when the answer lands */
    bool is_for_answer;  /* its question is opened when it does */
};

struct answer_draft;
struct answer_letter;
enum { ANSWER_DRAFTS_MAX = 16, WATCH_MS = 2000 };

/* Questions that were opened, with what was typed for them: none of it outlives the screen. */
struct answer_state {
    struct answer_draft *drafts[ANSWER_DRAFTS_MAX]; /* the newest last; owned */
    size_t count;
    struct answer_draft *open;    /* of them; NULL none */
    struct answer_letter *letter; /* what EFFECT_ANSWER takes; owned */
    uint64_t generation;          /* of the last look at whether the question is still open */
    bool is_asking;
    int64_t watched_at;
    char key[40]; /* that opens the question, for the drawer */
};

struct timeline_state {
    bool has_cursor, has_selection;
    bool is_dragging;          /* a button went down on it and is not up again */
    int64_t cursor, selection; /* times inside the buckets meant */
};

struct rail_state {
    bool is_wanted;  /* the person's choice where it fits beside the list */
    bool is_overlay; /* opened over the list on a narrow screen */
    unsigned folded;
    struct arena arena;
    struct rail_item items[RAIL_ITEMS_MAX];
    size_t count, top, selected;
};

enum { BAR_CANDIDATES_MAX = 24 };

struct bar_state {
    struct lineedit edit;
    bool has_mistake;
    struct filter_mistake mistake;
    struct arena arena; /* of the candidates */
    struct completions completions;
    ptrdiff_t chosen;
    size_t at;   /* of the walk through the remembered filters; behind them: what is typed */
    char *typed; /* kept while walking; owned */
};

enum { MENU_ROWS_MAX = 256 };

struct menu_state {
    struct lineedit edit;
    struct arena arena;
    struct menu_row rows[MENU_ROWS_MAX];
    int values[MENU_ROWS_MAX]; /* what a row stands for: command, field, sort, copy kind; -1 headings */
    size_t count, top;
    ptrdiff_t selected;
};

struct live_state {
    bool is_on;
    int64_t cutoff; /* created_at of the newest row when it was switched on */
    int64_t since;  /* when that was */
};

/* The run that a link names is opened at the start. */
enum opening_step {
    OPENING_NONE,
    OPENING_RUN,   /* it was asked for */
    OPENING_PLACE, /* it is there, and the list was asked around it */
    OPENING_LATER, /* the source failed: when it answers */
};

struct opening {
    char run_id[128];
    enum opening_step step;
    struct row_key key; /* from OPENING_PLACE on */
};

enum {
    MESSAGE_MS = 4000,
    WAIT_MS = 1000, /* from then on it is said what is waited for */
    STALE_MS = 80,  /* what is of an older question is dimmed when the answer takes longer than this */
    HOLD_MS = 40,   /* a frame waits at most so long for answers that nobody at the keyboard asked for, */
    KEY_HOLD_MS =
        10, /* and so long for those that a key asked for: a quick source then needs one frame, and a slow one is not waited for */
};

/* A change of the data asks for rows and for counts, and neither the news nor the first of the answers is worth a frame of its
 * own. */
struct frame_state {
    bool is_urgent;     /* something has happened that is to be seen at once */
    int64_t held_until; /* else: until when the answers are waited for; TIME_NONE: they are not */
    bool is_of_key; /* a key asked: its frame waits for all that it asked for, also beyond the first answer */
};

struct state {
    /* asked for at the start and remembered */
    char source_label[512];            /* "~/.executor/data.db" */
    char source_arg[HTTP_ADDRESS_MAX]; /* as the command line of this screen names it */
    const char *cacert;                /* borrowed; --cacert of the command line, or NULL */
    bool ascii;
    const struct keymap *keymap;          /* borrowed */
    const struct saved_state *remembered; /* borrowed; NULL: nothing is */
    unsigned fields;
    enum time_mode time_mode;
    struct sort sort;
    char *scope; /* owned; NULL: all */

    /* the question */
    struct filter filter;
    struct filter_history history;

    /* the screen */
    int width, height;
    enum focus focus;
    enum overlay overlay;
    enum overlay under_help; /* the line that was being typed when help was opened: it comes back */
    bool has_drawer;
    struct list_state list;
    struct meta_state meta;
    struct detail_state detail;
    struct timeline_state timeline;
    struct rail_state rail;
    struct bar_state bar;
    struct menu_state menu;
    struct answer_state answer;
    struct live_state live;
    struct opening opening;
    struct frame_state frame;
    struct drawer *drawer; /* owned */
    struct source_status source;
    struct needle *code_needle; /* of the filter's code terms, for the list's highlight; owned; NULL none */

    char message[400];
    enum ink message_ink;
    int64_t message_until; /* 0: none */

    struct buf outgoing; /* what EFFECT_COPY and EFFECT_PAGER carry */
    char outgoing_name[40];
    uint64_t generations; /* the last one given out */
};

void state_init(struct state *state);
void state_release(struct state *state);

/* The rows that are shown, never NULL behind a count of 0. */
const struct run_row *state_rows(const struct state *state, size_t *count);
const struct run_row *state_selected(const struct state *state); /* NULL: none */
const struct list_reply *state_list(const struct state *state);  /* NULL: none yet */
const struct meta *state_meta(const struct state *state);        /* NULL: none yet */
/* What the drawer shows: of the selected run, or for a moment of the one before it. NULL: it is not there. */
const struct response *state_detail(const struct state *state, int64_t now);
bool state_has_detail_of(const struct state *state, const struct run_row *row);
size_t state_list_capacity(const struct state *state); /* run rows that fit, the divider's line taken off */
bool state_is_newest_first(const struct state *state);
void state_list_model(const struct state *state, int64_t now, struct list_model *model);

void state_say(struct state *state, int64_t now, enum ink ink, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* The contexts that a key passes now, innermost first. */
struct key_chain state_key_chain(const struct state *state);
struct key_chain state_key_chain_under(const struct state *state,
                                       enum overlay overlay); /* as if that was open */

/* When the data's own changes may next ask for counts. */
int64_t state_counts_due(const struct state *state);

/* Since when the person waits for rows: what is on the screen is not what was asked for. TIME_NONE: not. */
int64_t state_waiting_since(const struct state *state);

/* The selected run waits for one, as far as is known. */
bool state_awaits_answer(const struct state *state);
/* Until the open question is to be looked at again, in ms; -1: not at all. */
int64_t state_watch_wait(const struct state *state, int64_t now);

/* An answer is out without which the screen is not what was asked for. */
bool state_lacks_answers(const struct state *state);

/* For how long the next frame may wait, in ms; 0: it is due. */
int64_t state_frame_wait(const struct state *state, int64_t now);

/* When the frame changes by itself next (ages, the clock, a message that goes, the end of a wait): ms from now, -1 never. */
int64_t state_next_tick(const struct state *state, int64_t now);
