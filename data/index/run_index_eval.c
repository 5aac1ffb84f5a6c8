/*
 * A question's answer as a bitmap: what can be answered, and which runs match. Block by block, so that an answer that is kept can be
 * brought up to date where something changed.
 */
#include "data/index/run_index_block.h"

static bool can_answer(const struct run_index *index, const struct index_question *question, size_t term)
{
    switch (question->filter->terms[term].key) {
    case FILTER_STATUS: return index_is_usable(index, COLUMN_STATUS);
    case FILTER_TRIGGER: return index_is_usable(index, COLUMN_TRIGGER);
    case FILTER_TOOL: return index_is_usable(index, COLUMN_TOOLS);
    case FILTER_ELICITATION: return index_is_usable(index, COLUMN_INTERACTION);
    case FILTER_ID:
    case FILTER_CODE: return index_external_of(question, term) != NULL;
    default: return true;
    }
}

unsigned run_index_missing(const struct run_index *index, const struct index_question *question)
{
    unsigned missing = 0;
    for (size_t i = 0; i < question->filter->count; i++)
        if (index_term_counts(question, i) && !can_answer(index, question, i))
            missing |= 1u << question->filter->terms[i].key;
    if (question->scope && !index_is_usable(index, COLUMN_SCOPE))
        missing |= INDEX_MISSING_SCOPE;
    if (!index_is_ready(index, COLUMN_CREATED))
        missing |= INDEX_MISSING_ALL;
    return missing;
}

void run_index_result_init(struct index_result *result)
{
    *result = (struct index_result){0};
}

void run_index_result_release(struct index_result *result)
{
    bitmap_release(&result->bits);
    run_index_result_init(result);
}

void index_result_clear(struct index_result *result)
{
    struct bitmap own = result->bits;
    run_index_result_init(result);
    result->bits = own;
}

static void sum_searched(const struct index_block *block, size_t w, struct block_sum *sum)
{
    uint64_t candidates = block->candidates[w], unsearched = candidates & block->open[w];
    sum->candidates += (uint16_t)bit_count(candidates);
    sum->unsearched += (uint16_t)bit_count(unsearched);
    if (unsearched)
        sum->reach = (uint16_t)(w * 64 + 64 - (unsigned)__builtin_clzll(unsearched));
}

struct block_sum index_eval_block(const struct index_plan *plan, size_t from, struct bitmap *bits)
{
    struct index_block block;
    struct block_sum sum = {0};
    index_block_ask(&block, plan, from, true);
    for (size_t w = 0; w < block.words; w++) {
        uint64_t matches = block_matches(&block, w);
        bits->words[from / 64 + w] = matches;
        sum.matches += (uint16_t)bit_count(matches);
        if (plan->asks[TEST_REST])
            sum_searched(&block, w, &sum);
    }
    if (!plan->asks[TEST_REST])
        sum.candidates = sum.matches;
    return sum;
}

void index_result_add(struct index_result *result, size_t from, const struct block_sum *sum)
{
    result->count += sum->matches;
    result->candidates += sum->candidates;
    result->unsearched += sum->unsearched;
    result->is_partial |= sum->unsearched > 0;
    if (sum->reach && from + sum->reach > result->reach)
        result->reach = (uint32_t)(from + sum->reach);
}

unsigned run_index_eval(const struct run_index *index, const struct index_question *question,
                        struct index_result *result)
{
    unsigned missing = run_index_missing(index, question);
    index_result_clear(result);
    bitmap_resize(&result->bits, run_index_count(index));
    bitmap_clear(&result->bits);
    if (missing)
        return missing;
    struct index_plan plan;
    index_plan_init(&plan, index, question);
    for (size_t from = plan.from - plan.from % INDEX_BLOCK_RUNS; from < plan.to; from += INDEX_BLOCK_RUNS) {
        struct block_sum sum = index_eval_block(&plan, from, &result->bits);
        index_result_add(result, from, &sum);
    }
    index_plan_release(&plan);
    return 0;
}
