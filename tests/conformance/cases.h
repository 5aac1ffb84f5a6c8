/*
 * What every source must answer: one history, and one table of questions with their answers (executor-store.md, List semantics). A
 * test opens a source of its kind over that history and calls conformance_check().
 */
#pragma once

#include "data/source.h"
#include "tests/support/history.h"

/* Writes the history, in an order that is neither that of time nor that of ids. */
void conformance_fill(struct history *history);

struct conformance {
    struct source_conn *conn;
    bool
        wait_exact; /* ask for complete answers; else those that say they are partial, or not exact, are not looked at */
    bool check_meta; /* totals and facets, too */
    int every;       /* ask only every n-th question; 0: all */
};

/* Runs the whole table; a wrong answer fails the running test and names the case. */
void conformance_check(const struct conformance *conformance);
