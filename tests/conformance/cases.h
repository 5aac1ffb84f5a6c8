/*
 * What every source must answer: one history, and one table of questions with their answers (executor-store.md, List semantics). A
 * test opens a source of its kind over that history and calls conformance_check().
 */
#pragma once

#include "data/source.h"
#include "tests/support/history.h"

/* What the source under test has of the history, and can tell of it. All zero: all of it. */
struct conformance_limits {
    const char *scope;         /* it serves the runs of this one alone */
    bool six_statuses;         /* it cannot serve a run with a status outside the contract's six */
    bool open_questions_alone; /* with a run comes the question that is open, not those that were answered */
    bool
        meta_may_be_inexact; /* its counts need not be exact, even where that is asked for: those that say so must be right */
};

/* Writes the history, in an order that is neither that of time nor that of ids. */
void conformance_fill(struct history *history, const struct conformance_limits *limits);

struct conformance {
    struct source_conn *conn;
    bool
        wait_exact; /* ask for complete answers; else those that say they are partial, or not exact, are not looked at */
    bool check_meta; /* totals and facets, too */
    int every;       /* ask only every n-th question; 0: all */
    int repeats; /* a partial answer is asked for again so often, as the screen does, and must be complete by then; 0: not looked at */
    struct conformance_limits limits;
};

/* Runs the whole table; a wrong answer fails the running test and names the case. */
void conformance_check(const struct conformance *conformance);
