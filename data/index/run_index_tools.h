/*
 * Which runs called a tool that a filter's term names: one bit a run, found once and shared by the questions of both lanes and of the
 * next looks. Between the files of run_index only.
 */
#pragma once

#include "data/index/run_index_private.h"

enum { FEW_TOOLS = 10 };

/* A term as a question sees it. */
struct tool_test {
    const struct run_index *index;
    bool is_excluded;
    uint8_t *hits; /* by code of a word: 1 where the term names it */
    uint16_t few[FEW_TOOLS];
    size_t few_count;
    bool is_few;            /* `few` are all of them */
    struct tool_bits *bits; /* kept; NULL: nowhere to keep them */
};

/* Inside a section, which the test does not outlive. */
void tool_test_init(struct tool_test *test, const struct run_index *index, const struct filter_term *term);
void tool_test_release(struct tool_test *test);
/* The bits of a whole block: either kept or in `room`. */
const uint64_t *tool_test_block(const struct tool_test *test, size_t block,
                                uint64_t room[INDEX_BLOCK_RUNS / 64]);
bool tool_test_is_known(const struct tool_test *test, size_t block); /* the block's bits are kept */
bool tool_test_run(const struct tool_test *test, size_t position);   /* of one run */

struct kept_tools *kept_tools_new(void);
void kept_tools_free(struct kept_tools *kept);
size_t kept_tools_memory(struct kept_tools *kept);
