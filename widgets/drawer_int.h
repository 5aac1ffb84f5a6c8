/*
 * What a drawer is inside; for drawer*.c only.
 *
 * A tab is a list of blocks, each of some rows of one kind: facts, lines of code, lines of JSON, calls. A row wraps into one or more lines. Blocks are
 * listed anew at every layout, which is cheap because they do not hold their rows: what a row looks like is told by its kind's writer, to a pen, when it is
 * looked at. The search lists the blocks of the unfolded tab in the same way.
 */
#pragma once

#include "data/base/arena.h"
#include "widgets/drawer.h"
#include "widgets/drawer_pen.h"

/* ---- parts: what can be folded ---- */

struct part {
    uint64_t key;                 /* what it is of, the same in every document of the same run */
    const struct json_view *view; /* NULL: none */
    struct json_fold fold;        /* of the view */
    bool is_closed;
    bool is_whole; /* long code is shown to its end */
};

enum fixed_part { PART_TRIGGER, PART_ERROR, PART_CODE, PART_RESULT, PART_WAITING, PART_ASKED, PARTS_FIXED };
enum interaction_part { ASKED, ASKED_MESSAGE, ASKED_REQUEST, ASKED_RESPONSE, PARTS_AN_INTERACTION };
enum call_part { CALL_SELF, CALL_ARGS, CALL_RESULT, CALL_ERROR, PARTS_A_CALL };

/* A log entry whose JSON is unfolded. */
struct open_entry {
    size_t entry;
    struct text text, tail; /* the entry, and the JSON that it ends with; of the document's log */
    struct json_view *view; /* owned */
    struct part part;
};

/* ---- blocks ---- */

/* X(kind, the writer of its rows). */
#define BLOCK_KINDS(X)                                                                                       \
    X(BLOCK_BLANK, write_blank)                                                                              \
    X(BLOCK_FACT, write_fact)                                                                                \
    X(BLOCK_HEADING, write_heading)                                                                          \
    X(BLOCK_JSON, write_json)                                                                                \
    X(BLOCK_ERROR, write_error)                                                                              \
    X(BLOCK_PROSE, write_prose)                                                                              \
    X(BLOCK_CODE, write_code)                                                                                \
    X(BLOCK_MORE, write_more)                                                                                \
    X(BLOCK_CALL, write_call)                                                                                \
    X(BLOCK_LOG, write_log)

enum block_kind {
#define X(kind, writer) kind,
    BLOCK_KINDS(X)
#undef X
};

struct block {
    enum block_kind kind;
    int indent;
    uint64_t key;        /* the same in every document of the same run */
    struct part *part;   /* what it stands in and folds with; NULL none */
    size_t index;        /* of the fact, call, interaction; of a log's first row in the choice */
    size_t start, count; /* rows */
    const char *title;   /* of a heading */
    enum ink ink;        /* of a heading */
    const char *note;    /* of a heading, muted; NULL none */
};

struct block_list {
    struct block *items;
    size_t count, cap;
    size_t rows;
    bool is_unfolded; /* everything is listed, folded or not: for the search */
};

/* ---- facts: a label and a few words ---- */

enum { FACT_PIECES = 7, FACT_LABEL_CELLS = 12 };

struct piece {
    const char *words; /* ours; or NULL, and then: */
    struct text text;  /* from outside */
    struct style style;
};

struct fact {
    const char *label; /* "": goes on with the one before */
    struct text name;  /* in place of the label, from outside; null none */
    struct piece pieces[FACT_PIECES];
    int count;
    bool is_flush; /* no column for a label */
};

/* ---- the drawer ---- */

struct pos {
    size_t row;
    int line; /* of the row's lines */
};

struct place {
    struct pos cursor, top;
};

/* The calls' time scale. */
struct waterfall {
    int64_t start, span; /* ms; span ≥ 1 */
    int bar_w;           /* 0: no bars */
    int name_w;          /* with its glyph */
};

struct drawer {
    struct drawer_input in; /* of the last layout */
    enum drawer_tab tab;
    struct place places[DRAWER_TAB_COUNT];
    struct block_list blocks; /* of the tab */
    size_t tall_row;          /* the last row of very many lines that was measured … */
    int tall_lines;           /* … and its lines; 0: none */

    char *run_id;              /* whose folds these are; NULL none */
    const struct run_doc *doc; /* that the parts were made for */
    struct part *parts;
    size_t part_count;
    int name_cells; /* of the longest tool's name */

    struct arena words; /* of the facts and notes; since the last layout */
    struct fact *facts;
    size_t fact_count, fact_cap;
    struct waterfall waterfall;

    int log_level; /* index into the filter's steps */
    struct log_choice choice;
    struct open_entry *entries; /* by entry */
    size_t entry_count, entry_cap;

    struct buf search;     /* the text; empty: none */
    struct needle *needle; /* NULL: none */
};

/* ---- geometry ---- */

enum { DRAWER_PAD_LEFT = 1, DRAWER_PAD_RIGHT = 2, DRAWER_HEAD_LINES = 3 };
int drawer_text_width(const struct drawer *drawer);  /* cells of a row */
int drawer_fixed_lines(const struct drawer *drawer); /* lines of the tab above what scrolls */
int drawer_body_height(const struct drawer *drawer); /* lines of what scrolls; ≥ 1 */

/* ---- drawer_blocks.c ---- */

uint64_t drawer_key(uint64_t of, unsigned role);
void blocks_add(struct block_list *list,
                const struct block *block); /* one without rows is not added; takes the start */
void blocks_blank(struct block_list *list); /* unless there is one, or nothing before it */
void blocks_heading(struct block_list *list, struct part *part, int indent, const char *title,
                    const char *note);
void blocks_json(struct block_list *list, struct part *part, enum block_kind kind, int indent);
void drawer_list_blocks(struct drawer *drawer,
                        struct block_list *list); /* of the tab; replaces what the list held */
void drawer_relist(
    struct drawer *drawer); /* after something was folded: the blocks anew, the place clamped */
const struct block *drawer_block_at(const struct drawer *drawer, size_t row);
void drawer_write_row(const struct drawer *drawer, const struct block *block, size_t i, struct pen *pen);
int drawer_row_lines(struct drawer *drawer, size_t row);

/* ---- drawer_parts.c ---- */

void drawer_take_doc(
    struct drawer *drawer); /* another document: parts for it, folded as they were where it is the same run */
void drawer_drop_doc(struct drawer *drawer);
struct part *drawer_call_part(struct drawer *drawer, size_t call, enum call_part which);
struct part *drawer_interaction_part(struct drawer *drawer, size_t interaction, enum interaction_part which);

/* ---- drawer_scroll.c ---- */

struct place *drawer_place(struct drawer *drawer);
struct pos drawer_step(struct drawer *drawer, struct pos from, long lines);
void drawer_clamp(struct drawer *drawer);
void drawer_go(struct drawer *drawer, struct pos pos,
               int margin); /* the cursor; lines to keep around it where it was out of sight */
void drawer_keep_place(struct drawer *drawer, const struct block *old,
                       size_t i); /* after the blocks changed: back to that row */

/* ---- facts: drawer_facts.c ---- */

struct fact *drawer_fact(struct drawer *drawer, const char *label);
void fact_words(struct drawer *drawer, struct fact *fact, struct style style, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void fact_text(struct fact *fact, struct text text, struct style style);
void drawer_list_fact(struct drawer *drawer, struct block_list *list, int indent, unsigned role, uint64_t of);
void drawer_list_outcome(struct drawer *drawer, struct block_list *list);       /* status, duration */
void drawer_list_circumstances(struct drawer *drawer, struct block_list *list); /* times, trigger */
void drawer_fact_peers(struct drawer *drawer, struct block_list *list, const char *label);
void drawer_fact_time(struct drawer *drawer, struct block_list *list, const char *label, int64_t t);
const char *drawer_words(struct drawer *drawer, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *drawer_bytes(struct drawer *drawer, size_t n); /* "12.3 kB" */

/* ---- the tabs ---- */

void drawer_list_properties(struct drawer *drawer, struct block_list *list);
void drawer_list_interactions(struct drawer *drawer, struct block_list *list); /* but for the pending one */
void drawer_list_waiting(struct drawer *drawer, struct block_list *list);      /* the pending one */
void drawer_list_calls(struct drawer *drawer, struct block_list *list);
void drawer_list_logs(struct drawer *drawer, struct block_list *list);
void drawer_payload(struct drawer *drawer, struct block_list *list, struct part *part, const char *title,
                    struct text raw);

void drawer_scale(struct drawer *drawer);
void drawer_draw_axis(struct surface *surface, int x, int y, const struct drawer *drawer);
void drawer_draw_levels(struct surface *surface, int x, int y, const struct drawer *drawer);

void drawer_choose_logs(struct drawer *drawer);
void drawer_toggle_entry(struct drawer *drawer, size_t entry);
void drawer_keep_entries(struct drawer *drawer,
                         const struct run_doc *doc); /* those that the new document's log still has */
struct open_entry *drawer_entry(const struct drawer *drawer, size_t entry); /* NULL: not unfolded */
bool log_entry_may_unfold(struct text entry);

enum { WRAPPED_WORDS_MAX = 65536 }; /* a longer line of text is data, and breaks anywhere */

/* ---- writers: one for each kind of block ---- */

#define X(kind, writer)                                                                                      \
    void writer(const struct drawer *drawer, const struct block *block, size_t i, struct pen *pen);
BLOCK_KINDS(X)
#undef X
