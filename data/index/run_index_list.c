/*
 * A filtered and sorted list, kept between questions: where only some blocks of runs changed, only those are evaluated anew. A list
 * that is shown while the history grows is asked for many times a second.
 */
#include "data/base/die.h"
#include "data/index/run_index_block.h"
#include "data/index/run_index_key.h"
#include "data/index/run_index_seen.h"
#include "data/index/run_index_sort.h"

#include <stdlib.h>

/* What a list was made for, and how its answer is put together. */
struct index_list_key {
    struct index_key question;
    uint64_t revision;
    size_t from, to; /* positions of the time range */
    size_t blocks;
    struct block_sum *sums; /* of each block */
    struct seen_externals seen;
};

void run_index_list_init(struct index_list *list)
{
    *list = (struct index_list){0};
}

static void key_free(struct index_list_key *key)
{
    if (!key)
        return;
    index_key_release(&key->question);
    free(key->sums);
    seen_release(&key->seen);
    free(key);
}

void run_index_list_release(struct index_list *list)
{
    run_index_result_release(&list->result);
    bitmap_ranks_release(&list->ranks);
    free(list->order);
    key_free(list->key);
    run_index_list_init(list);
}

/* ---- the matches ---- */

static size_t clip(size_t position, size_t from, size_t end)
{
    return position < from ? from : position < end ? position : end;
}

/* Whether the time range cuts the block of [from, end) where it did not, or no longer where it did. */
static bool range_moved(const struct index_list_key *key, const struct index_plan *plan, size_t from,
                        size_t end)
{
    return clip(key->from, from, end) != clip(plan->from, from, end) ||
           clip(key->to, from, end) != clip(plan->to, from, end);
}

/* The same runs as when the list was made, as far as the question can see. */
static bool block_stands(const struct run_index *index, const struct index_list_key *key,
                         const struct index_plan *plan, bool by_duration, size_t block)
{
    size_t from = block * INDEX_BLOCK_RUNS, end = from + INDEX_BLOCK_RUNS;
    return block < key->blocks && !range_moved(key, plan, from, end) &&
           !index_block_changed(index, block, plan->asks[TEST_REST] || by_duration, key->revision) &&
           (key->question.external_version == plan->question->external_version ||
            seen_stands(&key->seen, plan, block));
}

static void block_unset(struct bitmap *bits, size_t from)
{
    for (size_t at = from; at < from + INDEX_BLOCK_RUNS && at < bits->bits; at += 64)
        bits->words[at / 64] = 0;
}

static struct block_sum update_block(const struct index_plan *plan, size_t from, struct bitmap *bits)
{
    if (from < plan->to && from + INDEX_BLOCK_RUNS > plan->from)
        return index_eval_block(plan, from, bits);
    block_unset(bits, from);
    return (struct block_sum){0};
}

static size_t blocks_of(const struct run_index *index)
{
    return (index->store.count + INDEX_BLOCK_RUNS - 1) / INDEX_BLOCK_RUNS;
}

/* Evaluates the blocks that changed, and tells which; returns the first of them. */
static size_t update_blocks(const struct run_index *index, const struct index_plan *plan,
                            struct index_list *list, bool *changed)
{
    struct index_list_key *key = list->key;
    size_t first = blocks_of(index);
    seen_resize(&key->seen, plan);
    key->sums = mem_resize(key->sums, first, sizeof *key->sums);
    index_result_clear(&list->result);
    bitmap_resize(&list->result.bits, index->store.count);
    /* The counts begin at the other end: what they find is shared. */
    for (size_t block = first; block-- > 0;) {
        size_t from = block * INDEX_BLOCK_RUNS;
        changed[block] = !block_stands(index, key, plan, list->sort.field == SORT_DURATION, block);
        if (changed[block]) {
            key->sums[block] = update_block(plan, from, &list->result.bits);
            seen_note(&key->seen, plan, block);
            first = block;
        }
        index_result_add(&list->result, from, &key->sums[block]);
    }
    key->blocks = blocks_of(index);
    return first;
}

static void update_matches(const struct run_index *index, const struct index_question *question,
                           struct index_list *list, bool *changed)
{
    struct index_plan plan;
    index_plan_init(&plan, index, question);
    size_t first = update_blocks(index, &plan, list, changed);
    bitmap_ranks_update(&list->ranks, &list->result.bits, first * INDEX_BLOCK_RUNS);
    list->key->from = plan.from;
    list->key->to = plan.to;
    list->key->revision = run_index_revision(index);
    list->key->question.external_version = question->external_version;
    index_plan_release(&plan);
}

static void forget_order(struct index_list *list)
{
    free(list->order);
    list->order = NULL;
}

static void update_list(const struct run_index *index, const struct index_question *question,
                        struct index_list *list)
{
    bool *changed = mem_new_array(blocks_of(index), sizeof *changed);
    size_t had = list->result.count;
    update_matches(index, question, list, changed);
    if (list->order)
        index_reorder_by_duration(index, list, had, changed, blocks_of(index));
    else if (list->sort.field == SORT_DURATION)
        index_order_by_duration(index, list);
    free(changed);
}

/* A list for another question, or of other columns, begins anew. */
static void list_begin(const struct run_index *index, const struct index_question *question,
                       struct index_list *list)
{
    forget_order(list);
    key_free(list->key);
    list->key = mem_new_array(1, sizeof *list->key);
    index_key_set(&list->key->question, index, question);
    index_result_clear(&list->result);
    bitmap_resize(&list->result.bits, run_index_count(index));
    bitmap_clear(&list->result.bits);
    bitmap_ranks_build(&list->ranks, &list->result.bits);
}

/* The same matches in the same order: relative times slide without changing anything as a rule. */
static bool list_stands(const struct run_index *index, const struct index_question *question,
                        const struct index_list *list)
{
    size_t from, to;
    index_question_range(index, question, &from, &to);
    return list->key->revision == run_index_revision(index) &&
           list->key->question.external_version == question->external_version && list->key->from == from &&
           list->key->to == to;
}

static bool is_sort(struct sort a, struct sort b)
{
    return a.field == b.field && a.is_ascending == b.is_ascending;
}

unsigned run_index_list_build(const struct run_index *index, const struct index_question *question,
                              struct sort sort, struct index_list *list)
{
    if (!list->key || !index_key_fits(&list->key->question, index, question))
        list_begin(index, question, list);
    unsigned missing = list->key->question.missing;
    if (missing || (is_sort(list->sort, sort) && list_stands(index, question, list)))
        return missing;
    if (!is_sort(list->sort, sort))
        forget_order(list);
    list->sort = sort;
    update_list(index, question, list);
    return 0;
}
