/*
 * A question made ready for the columns, and asked of a block of runs: one bit a run and test. Between the files of run_index only.
 */
#pragma once

#include "data/index/run_index_tools.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { BLOCK_WORDS = INDEX_BLOCK_RUNS / 64 };

/* Which of 64 bytes are `value`: bit i is of byte i. */
static inline uint64_t bytes_equal(const uint8_t *bytes, uint8_t value)
{
    uint64_t bits = 0;
#ifdef __SSE2__
    __m128i wanted = _mm_set1_epi8((char)value);
    for (int i = 0; i < 4; i++) {
        __m128i some = _mm_loadu_si128((const __m128i *)(const void *)(bytes + i * 16));
        bits |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(some, wanted)) << i * 16;
    }
#else
    for (int i = 0; i < 64; i++)
        bits |= (uint64_t)(bytes[i] == value) << i;
#endif
    return bits;
}

/* The 64 bytes of a column from word `w` of a block on; past the end of the block zeros, in `tail`. */
const uint8_t *block_bytes(const uint8_t *column, size_t from, size_t count, size_t w, uint8_t tail[64]);

/* ---- the question: run_index_plan.c ---- */

/* The kinds of tests; a facet is counted without its own kind. The dear ones are last. */
enum index_test {
    TEST_TIME,
    TEST_SCOPE,
    TEST_STATUS,
    TEST_TRIGGER,
    TEST_ELICITATION,
    TEST_TOOLS,
    TEST_REST, /* duration, code, id */
    TEST_COUNT,
};

enum { FEW_CODES = 6 };
/* Which codes of a column pass. */
struct code_test {
    uint8_t *fails; /* by code, of every code that the column may hold: 1 or 0. NULL: all pass */
    uint8_t few[FEW_CODES];
    size_t few_count;
    bool is_few;     /* the codes in `few` decide, of a narrow column: */
    bool few_passes; /* they alone pass, or they alone fail */
};

struct index_plan {
    const struct run_index *index;
    const struct index_store *store;
    const struct index_question *question;
    struct code_test codes[TEST_COUNT]; /* of TEST_SCOPE, _STATUS, _TRIGGER */
    bool asks[TEST_COUNT];
    bool interaction_fails[2];
    struct tool_test tools[FILTER_TERMS_MAX];
    size_t tool_count;
    size_t from, to; /* positions inside the time range */
};
void index_plan_init(struct index_plan *plan, const struct run_index *index,
                     const struct index_question *question);
void index_plan_release(struct index_plan *plan);
/* The positions inside the question's time range. */
void index_question_range(const struct run_index *index, const struct index_question *question, size_t *from,
                          size_t *to);
bool index_term_counts(const struct index_question *question, size_t term); /* not taken out by `without` */
const struct index_external *index_external_of(const struct index_question *question, size_t term);

/* ---- a block: run_index_block.c ---- */

/* Bit i of word w is of the run at from + 64 w + i; past the end of the block `twice` is set. */
struct index_block {
    size_t from, count, words; /* from is a multiple of INDEX_BLOCK_RUNS */
    bool only_matches;
    uint64_t fails[TEST_COUNT][BLOCK_WORDS]; /* of the kinds that are asked */
    uint64_t once[BLOCK_WORDS];              /* fails at least one kind of test */
    uint64_t twice[BLOCK_WORDS];             /* at least two */
    uint64_t open[BLOCK_WORDS];              /* not known yet: not searched, or the duration not read */
    uint64_t candidates[BLOCK_WORDS];        /* where TEST_REST is asked: fail nothing else */
};
/* Asks it of the block that begins at `from`. With only_matches a run that failed is not put to the dear tests: only the union of its fails
 * is right. Else a run that failed two kinds is not put to them. */
void index_block_ask(struct index_block *block, const struct index_plan *plan, size_t from,
                     bool only_matches);

static inline uint64_t block_matches(const struct index_block *block, size_t w)
{
    return ~(block->once[w] | block->open[w]);
}
/* Those that fail nothing but tests of one kind (which is asked). */
static inline uint64_t block_without(const struct index_block *block, enum index_test kind, size_t w)
{
    return ~(block->twice[w] | block->open[w]) & (~block->once[w] | block->fails[kind][w]);
}

/* ---- the answer: run_index_eval.c ---- */

/* Of the runs of a block. */
struct block_sum {
    uint16_t matches, candidates, unsearched;
    uint16_t reach; /* 1 + the number of the last unsearched one; 0: none */
};
void index_result_clear(struct index_result *result); /* nothing matches; the bits stay as they are */
/* Puts one block's matches into the bitmap. */
struct block_sum index_eval_block(const struct index_plan *plan, size_t from, struct bitmap *bits);
/* The same of all blocks into the result. */
void index_result_add(struct index_result *result, size_t from, const struct block_sum *sum);
