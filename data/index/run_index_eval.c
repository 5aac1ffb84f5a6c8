/*
 * A filter on the columns. Each term over words becomes a table by code, made by asking filter_matches about each word once, so that
 * the meaning of a filter is written in one place; a run then costs a look into each table. Runs go through in blocks that
 * stay in the first cache, a column at a time.
 */
#include "data/base/die.h"
#include "data/index/run_index_private.h"

#include <stdlib.h>
#include <string.h>

bool index_term_counts(const struct index_question *question, size_t term)
{
    return !(question->without & 1u << question->filter->terms[term].key);
}

static const struct index_external *external_of(const struct index_question *question, size_t term)
{
    for (size_t i = 0; i < question->external_count; i++)
        if (question->externals[i].term == term)
            return &question->externals[i];
    return NULL;
}

static bool can_answer(const struct run_index *index, const struct index_question *question, size_t term)
{
    switch (question->filter->terms[term].key) {
    case FILTER_STATUS: return index_is_usable(index, COLUMN_STATUS);
    case FILTER_TRIGGER: return index_is_usable(index, COLUMN_TRIGGER);
    case FILTER_TOOL: return index_is_usable(index, COLUMN_TOOLS);
    case FILTER_ELICITATION: return index_is_usable(index, COLUMN_INTERACTION);
    case FILTER_ID:
    case FILTER_CODE: return external_of(question, term) != NULL;
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

/* ---- plan ---- */

static uint8_t *lut_of(uint8_t **lut)
{
    if (!*lut)
        *lut = mem_new_array((size_t)UINT16_MAX + 1, 1);
    return *lut;
}

static const struct dictionary *words_of(const struct index_plan *plan, enum index_column column)
{
    return index_dictionary((struct index_store *)plan->store, column);
}

/* One term over every word of its column. */
static void plan_word_term(struct index_plan *plan, size_t term)
{
    const struct filter *filter = plan->question->filter;
    bool is_status = filter->terms[term].key == FILTER_STATUS;
    struct filter one = {&filter->terms[term], 1};
    const struct dictionary *words = words_of(plan, is_status ? COLUMN_STATUS : COLUMN_TRIGGER);
    uint8_t *lut = lut_of(&plan->luts[is_status ? 0 : 1]);
    for (size_t code = 0; code < words->count; code++) {
        struct filter_subject subject = {.status = words->words[code], .trigger_kind = words->words[code]};
        if (!filter_matches(&one, &subject, 0))
            lut[code] = is_status ? FAILS_STATUS : FAILS_TRIGGER;
    }
}

static void plan_tool_term(struct index_plan *plan, size_t term, uint32_t bit)
{
    const struct filter_term *asked = &plan->question->filter->terms[term];
    const struct dictionary *words = words_of(plan, COLUMN_TOOLS);
    if (!plan->tool_terms)
        plan->tool_terms = mem_new_array((size_t)UINT16_MAX + 1, sizeof *plan->tool_terms);
    for (size_t code = 0; code < words->count; code++)
        for (size_t i = 0; i < asked->count; i++)
            if (tool_pattern_matches(text_of(asked->values[i].text), words->words[code]))
                plan->tool_terms[code] |= bit;
    if (asked->is_excluded)
        plan->tool_unwanted |= bit;
    else
        plan->tool_wanted |= bit;
}

static void plan_interaction_term(struct index_plan *plan, size_t term)
{
    struct filter one = {&plan->question->filter->terms[term], 1};
    for (int has = 0; has < 2; has++) {
        struct filter_subject subject = {.has_interaction = has};
        if (!filter_matches(&one, &subject, 0))
            plan->interaction[has] = FAILS_ELICITATION;
    }
    plan->asks_interaction = true;
}

static void plan_term(struct index_plan *plan, size_t term)
{
    switch (plan->question->filter->terms[term].key) {
    case FILTER_STATUS:
    case FILTER_TRIGGER: plan_word_term(plan, term); break;
    case FILTER_TOOL: plan_tool_term(plan, term, 1u << term % 32); break;
    case FILTER_ELICITATION: plan_interaction_term(plan, term); break;
    case FILTER_DURATION:
    case FILTER_ID:
    case FILTER_CODE: plan->asks_rest = true; break;
    default: break; /* times are one range */
    }
}

static void plan_scope(struct index_plan *plan)
{
    const struct dictionary *words = words_of(plan, COLUMN_SCOPE);
    uint8_t *lut = lut_of(&plan->luts[2]);
    memset(lut, FAILS_SCOPE, (size_t)UINT16_MAX + 1);
    for (size_t code = 0; code < words->count; code++)
        if (text_is(words->words[code], plan->question->scope))
            lut[code] = 0;
}

static void plan_time(struct index_plan *plan)
{
    const struct index_question *question = plan->question;
    struct time_range range = TIME_RANGE_ALL;
    if (!(question->without & (1u << FILTER_AFTER | 1u << FILTER_BEFORE)))
        range = filter_time_range(question->filter, question->now);
    plan->from = range.from == INT64_MIN ? 0 : index_lower_bound(plan->store, range.from);
    plan->to = range.to == INT64_MAX ? plan->store->count : index_lower_bound(plan->store, range.to);
    if (plan->to < plan->from)
        plan->to = plan->from;
}

void index_plan_init(struct index_plan *plan, const struct run_index *index,
                     const struct index_question *question)
{
    *plan = (struct index_plan){.store = &index->store, .question = question};
    for (size_t i = 0; i < question->filter->count; i++)
        if (index_term_counts(question, i))
            plan_term(plan, i);
    if (question->scope)
        plan_scope(plan);
    plan_time(plan);
}

void index_plan_release(struct index_plan *plan)
{
    for (size_t i = 0; i < 3; i++)
        free(plan->luts[i]);
    free(plan->tool_terms);
}

/* ---- a block ---- */

struct block {
    size_t from, to; /* positions */
    bool only_matches;
    uint8_t *fails; /* fails[i] is of position from + i */
};

static void block_codes(const struct block *block, const struct code_column *codes, const uint8_t *lut)
{
    size_t n = block->to - block->from;
    if (!lut)
        return;
    if (codes->narrow)
        for (size_t i = 0; i < n; i++)
            block->fails[i] |= lut[codes->narrow[block->from + i]];
    else if (codes->wide)
        for (size_t i = 0; i < n; i++)
            block->fails[i] |= lut[codes->wide[block->from + i]];
    else if (lut[codes->uniform])
        for (size_t i = 0; i < n; i++)
            block->fails[i] |= lut[codes->uniform];
}

static void block_interaction(const struct block *block, const struct index_plan *plan)
{
    const uint8_t *has = plan->store->interaction + block->from;
    for (size_t i = 0; plan->asks_interaction && i < block->to - block->from; i++)
        block->fails[i] |= plan->interaction[has[i]];
}

static void block_time(const struct block *block, const struct index_plan *plan)
{
    for (size_t i = block->from; i < block->to && i < plan->from; i++)
        block->fails[i - block->from] |= FAILS_TIME;
    for (size_t i = block->from > plan->to ? block->from : plan->to; i < block->to; i++)
        block->fails[i - block->from] |= FAILS_TIME;
}

/* The runs of a block that a dear test is worth: those that have not failed for certain so often that it can change nothing.
 * A list without a branch a run: which runs are on it is as good as random. */
struct worthy {
    size_t count;
    uint16_t at[PLAN_BLOCK];
};

static void find_worthy(const struct block *block, struct worthy *worthy)
{
    size_t n = block->to - block->from, count = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned fails = block->fails[i] & ~(unsigned)FAILS_OPEN;
        unsigned settled = block->only_matches ? fails : fails & (fails - 1);
        worthy->at[count] = (uint16_t)i;
        count += settled == 0;
    }
    worthy->count = count;
}

static void block_tools(const struct block *block, const struct index_plan *plan)
{
    const struct call_column *calls = &plan->store->calls;
    struct worthy worthy;
    find_worthy(block, &worthy);
    for (size_t i = 0; i < worthy.count; i++) {
        size_t at = block->from + worthy.at[i];
        uint32_t met = 0, end = calls->offsets[at + 1];
        for (uint32_t call = calls->offsets[at]; call < end; call++)
            met |= plan->tool_terms[calls->tools[call]];
        bool is_match = (met & plan->tool_wanted) == plan->tool_wanted && !(met & plan->tool_unwanted);
        block->fails[worthy.at[i]] |= is_match ? 0 : FAILS_TOOLS;
    }
}

static uint8_t duration_fails(const struct index_plan *plan, const struct filter_term *term, size_t at)
{
    int64_t ms = durations_get(&plan->store->durations, at);
    if (ms == DURATION_UNREAD)
        return FAILS_OPEN;
    bool is_any = false;
    for (size_t i = 0; i < term->count && !is_any; i++)
        is_any = duration_compare(term->values[i].op, ms, term->values[i].ms);
    return is_any == term->is_excluded ? FAILS_REST : 0;
}

static uint8_t external_fails(const struct index_external *external, bool is_excluded, size_t at)
{
    if (external->searched && !bitmap_get(external->searched, at))
        return FAILS_OPEN;
    return bitmap_get(external->hits, at) == is_excluded ? FAILS_REST : 0;
}

static void block_rest_term(const struct block *block, const struct index_plan *plan, size_t number)
{
    const struct filter_term *term = &plan->question->filter->terms[number];
    const struct index_external *external = external_of(plan->question, number);
    bool is_duration = term->key == FILTER_DURATION;
    struct worthy worthy;
    find_worthy(block, &worthy);
    for (size_t i = 0; i < worthy.count; i++) {
        size_t at = block->from + worthy.at[i];
        block->fails[worthy.at[i]] |=
            is_duration ? duration_fails(plan, term, at) : external_fails(external, term->is_excluded, at);
    }
}

static bool is_rest(enum filter_key key)
{
    return key == FILTER_DURATION || key == FILTER_ID || key == FILTER_CODE;
}

static void block_rest(const struct block *block, const struct index_plan *plan)
{
    const struct filter *filter = plan->question->filter;
    for (size_t i = 0; i < filter->count; i++)
        if (is_rest(filter->terms[i].key) && index_term_counts(plan->question, i))
            block_rest_term(block, plan, i);
    for (size_t i = 0; i < block->to - block->from; i++) /* what fails for certain is not open */
        if (block->fails[i] & FAILS_REST)
            block->fails[i] &= (uint8_t)~FAILS_OPEN;
}

void index_plan_block(const struct index_plan *plan, size_t from, size_t to, bool only_matches,
                      uint8_t *fails)
{
    const struct index_store *store = plan->store;
    struct block block = {from, to, only_matches, fails};
    memset(fails, 0, to - from);
    block_time(&block, plan);
    block_codes(&block, &store->status, plan->luts[0]);
    block_codes(&block, &store->trigger, plan->luts[1]);
    block_codes(&block, &store->scope, plan->luts[2]);
    block_interaction(&block, plan);
    if (plan->tool_terms)
        block_tools(&block, plan);
    if (plan->asks_rest)
        block_rest(&block, plan);
}

/* ---- the answer ---- */

void run_index_result_init(struct index_result *result)
{
    *result = (struct index_result){0};
}

void run_index_result_release(struct index_result *result)
{
    bitmap_release(&result->bits);
    run_index_result_init(result);
}

static void result_clear(struct index_result *result, size_t bits)
{
    struct bitmap own = result->bits;
    run_index_result_init(result);
    bitmap_resize(&own, bits);
    bitmap_clear(&own);
    result->bits = own;
}

/* One word of the answer: at most 64 runs from a multiple of 64 on. */
static void result_word(struct index_result *result, size_t from, size_t n, const uint8_t *fails)
{
    uint64_t word = 0;
    for (size_t i = 0; i < n; i++)
        word |= (uint64_t)(fails[i] == 0) << i;
    result->bits.words[from / 64] = word;
    result->count += (size_t)__builtin_popcountll(word);
}

static void count_candidates(struct index_result *result, size_t from, size_t to, const uint8_t *fails)
{
    for (size_t i = 0; i < to - from; i++) {
        if (fails[i] & (uint8_t) ~(FAILS_REST | FAILS_OPEN))
            continue;
        result->candidates++;
        if (!(fails[i] & FAILS_OPEN))
            continue;
        result->unsearched++;
        result->reach = (uint32_t)(from + i + 1);
    }
}

static bool asks_only_time(const struct index_plan *plan)
{
    return !plan->luts[0] && !plan->luts[1] && !plan->luts[2] && !plan->tool_terms &&
           !plan->asks_interaction && !plan->asks_rest;
}

static void eval_blocks(const struct index_plan *plan, struct index_result *result)
{
    uint8_t fails[PLAN_BLOCK];
    for (size_t from = plan->from & ~(size_t)63, to; from < plan->to; from = to) {
        to = plan->to - from > PLAN_BLOCK ? from + PLAN_BLOCK : plan->to;
        index_plan_block(plan, from, to, true, fails);
        for (size_t at = from; at < to; at += 64)
            result_word(result, at, to - at < 64 ? to - at : 64, fails + (at - from));
        if (plan->asks_rest)
            count_candidates(result, from, to, fails);
    }
}

unsigned run_index_eval(const struct run_index *index, const struct index_question *question,
                        struct index_result *result)
{
    unsigned missing = run_index_missing(index, question);
    result_clear(result, run_index_count(index));
    if (missing)
        return missing;
    struct index_plan plan;
    index_plan_init(&plan, index, question);
    if (asks_only_time(&plan)) {
        bitmap_set_range(&result->bits, plan.from, plan.to);
        result->count = plan.to - plan.from;
    } else {
        eval_blocks(&plan, result);
    }
    if (!plan.asks_rest)
        result->candidates = result->count;
    result->is_partial = result->unsearched > 0;
    index_plan_release(&plan);
    return 0;
}
