/*
 * Counting in the making: between source_http_meta.c, _counts.c, _complete.c, _difference.c and _chart.c only.
 */
#pragma once

#include "data/http/source_http_int.h"

/* A question that some of the numbers come from: the filter without the terms of a facet's own key. */
enum meta_part {
    PART_MAIN,
    PART_STATUS,
    PART_TRIGGER,
    PART_TOOLS,
    PART_INTERACTIONS,
    PART_TIMES,
    PART_ALL, /* no filter: how far the history reaches */
    PART_COUNT,
};

/* Of the rows of a part that are held. */
struct counts {
    bool is_whole;
    int64_t n, held;                              /* rows that match, of those that are held */
    struct facet status, trigger;           /* of the rows that match */
    struct facet held_status, held_trigger; /* of all that are held */
    int64_t oldest, newest;                       /* where n */
};

struct part {
    bool is_own; /* false: the filter has no such term, the main question is this one */
    struct http_plan plan;
    const char *key;
    struct counts *counts; /* made when it is first needed */
    /* Where the plan is a difference: what its main list has too many. */
    struct http_plan minus;
    const char *minus_key;
    struct wire_meta *difference; /* made when it is first needed */
    bool is_unsound;              /* the two do not fit together */
};

struct counting {
    const struct http_work *work;
    const struct meta_query *query;
    struct part parts[PART_COUNT];
    int missing;               /* questions that could not be asked yet */
    int64_t ask_again_ms;      /* when they may be */
    const char *scope_id;      /* "" not known */
    struct facet *tools; /* counted call by call, for a script; else NULL */
};

struct part *counting_part(struct counting *counting, enum meta_part at);
const struct wire_meta *counting_look(struct counting *counting, const struct part *part, bool *is_exact);

/* What the server says where it was asked exactly the filter's question; NULL: it was not, or has not answered. */
const struct wire_meta *counting_own_look(struct counting *counting, enum meta_part at, bool *is_exact);
/* `from` less `less`, in the arena: without tools, of which both only name the most called. False: their charts do not fit, or the data changed between them. */
bool meta_difference(const struct wire_meta *from, const struct wire_meta *less, struct arena *arena,
                     struct wire_meta *out);

/* ---- from the rows that are held; all but counting_complete under the lock ---- */

/* Of a part's list, made once. */
const struct counts *counting_counts(struct counting *counting, struct part *part);
void counting_word(struct facet *counts, struct text word, int64_t n, struct arena *arena);
/* The list of the runs that ever asked a person. */
extern const struct http_params counting_asked;

/* Fetches all that the counts of a filter need which the server cannot count. */
MUST_USE enum err_code counting_complete(struct counting *counting, struct err *err);
struct tally counting_runs(struct counting *counting, enum meta_part at);
void counting_facet(struct counting *counting, enum meta_part at, struct facet *facet);
void counting_interactions(struct counting *counting, struct meta *meta);
/* Runs created at or after `from`, without the filter's time terms. False: not all of them are held. */
bool counting_since(struct counting *counting, int64_t from, struct tally *tally);
/* Of n that the server counted by its part of the filter: as many as the rows that are held let expect. */
int64_t counting_share(struct counting *counting, struct part *part, int64_t n);
/* The histogram and the extent. */
void counting_chart(struct counting *counting, struct meta *meta);
