/*
 * A filter made into tables. Each term over words becomes a table by code, made by asking filter_matches about each word once, so that
 * the meaning of a filter is written in one place. Tables are as large as their dictionary: a question is asked many times a
 * second, and most dictionaries hold a handful of words.
 */
#include "data/base/die.h"
#include "data/index/run_index_block.h"

#include <stdlib.h>
#include <string.h>

bool index_term_counts(const struct index_question *question, size_t term)
{
    return !(question->without & 1u << question->filter->terms[term].key);
}

const struct index_external *index_external_of(const struct index_question *question, size_t term)
{
    for (size_t i = 0; i < question->external_count; i++)
        if (question->externals[i].term == term)
            return &question->externals[i];
    return NULL;
}

static enum index_column column_of(enum index_test kind)
{
    return kind == TEST_STATUS ? COLUMN_STATUS : kind == TEST_TRIGGER ? COLUMN_TRIGGER : COLUMN_SCOPE;
}

static const struct code_column *codes_of(const struct index_plan *plan, enum index_test kind)
{
    return index_codes((struct index_store *)plan->store, column_of(kind));
}

static const struct dictionary *words_of(const struct index_plan *plan, enum index_column column)
{
    return index_dictionary((struct index_store *)plan->store, column);
}

/* A narrow column cannot hold more than a byte, and a uniform one holds one code. */
static size_t table_size(const struct code_column *codes)
{
    bool is_small = codes->narrow || (!codes->wide && codes->uniform <= UINT8_MAX);
    return is_small ? (size_t)UINT8_MAX + 1 : (size_t)UINT16_MAX + 1;
}

static uint8_t *table_of(struct index_plan *plan, enum index_test kind, uint8_t others)
{
    size_t size = table_size(codes_of(plan, kind));
    uint8_t **fails = &plan->codes[kind].fails;
    if (!*fails) {
        *fails = mem_new(size);
        memset(*fails, others, size);
    }
    plan->asks[kind] = true;
    return *fails;
}

/* Codes that a table has no room for do not occur. */
static size_t words_in_table(const struct index_plan *plan, enum index_test kind)
{
    size_t words = words_of(plan, column_of(kind))->count, size = table_size(codes_of(plan, kind));
    return words < size ? words : size;
}

static void plan_word_term(struct index_plan *plan, size_t term)
{
    const struct filter *filter = plan->question->filter;
    enum index_test kind = filter->terms[term].key == FILTER_STATUS ? TEST_STATUS : TEST_TRIGGER;
    struct filter one = {&filter->terms[term], 1};
    const struct text *words = words_of(plan, column_of(kind))->words;
    uint8_t *fails = table_of(plan, kind, 0);
    for (size_t code = 0; code < words_in_table(plan, kind); code++) {
        struct filter_subject subject = {.status = words[code], .trigger_kind = words[code]};
        if (!filter_matches(&one, &subject, 0))
            fails[code] = 1;
    }
}

static void plan_scope(struct index_plan *plan)
{
    const struct text *words = words_of(plan, COLUMN_SCOPE)->words;
    uint8_t *fails = table_of(plan, TEST_SCOPE, 1);
    for (size_t code = 0; code < words_in_table(plan, TEST_SCOPE); code++)
        if (text_is(words[code], plan->question->scope))
            fails[code] = 0;
}

static bool list_few(struct code_test *test, size_t words, bool passes)
{
    test->few_count = 0;
    test->few_passes = passes;
    for (size_t code = 0; code < words; code++) {
        if (test->fails[code] == passes)
            continue;
        if (test->few_count == FEW_CODES)
            return false;
        test->few[test->few_count++] = (uint8_t)code;
    }
    return true;
}

/* Comparing with a few codes, 16 runs at a time, is quicker than a look into the table for each. */
static void find_few(struct index_plan *plan, enum index_test kind)
{
    struct code_test *test = &plan->codes[kind];
    size_t words = words_in_table(plan, kind);
    test->is_few =
        codes_of(plan, kind)->narrow && (list_few(test, words, true) || list_few(test, words, false));
}

static void plan_tool_term(struct index_plan *plan, size_t term)
{
    tool_test_init(&plan->tools[plan->tool_count++], plan->index, &plan->question->filter->terms[term]);
    plan->asks[TEST_TOOLS] = true;
}

static void plan_interaction_term(struct index_plan *plan, size_t term)
{
    struct filter one = {&plan->question->filter->terms[term], 1};
    for (int has = 0; has < 2; has++) {
        struct filter_subject subject = {.has_interaction = has};
        plan->interaction_fails[has] |= !filter_matches(&one, &subject, 0);
    }
    plan->asks[TEST_ELICITATION] = true;
}

static void plan_term(struct index_plan *plan, size_t term)
{
    switch (plan->question->filter->terms[term].key) {
    case FILTER_STATUS:
    case FILTER_TRIGGER: plan_word_term(plan, term); break;
    case FILTER_TOOL: plan_tool_term(plan, term); break;
    case FILTER_ELICITATION: plan_interaction_term(plan, term); break;
    case FILTER_DURATION:
    case FILTER_ID:
    case FILTER_CODE: plan->asks[TEST_REST] = true; break;
    default: break; /* times are one range */
    }
}

void index_question_range(const struct run_index *index, const struct index_question *question, size_t *from,
                          size_t *to)
{
    const struct index_store *store = &index->store;
    struct time_range range = TIME_RANGE_ALL;
    if (!(question->without & (1u << FILTER_AFTER | 1u << FILTER_BEFORE)))
        range = filter_time_range(question->filter, question->now);
    *from = range.from == INT64_MIN ? 0 : index_lower_bound(store, range.from);
    *to = range.to == INT64_MAX ? store->count : index_lower_bound(store, range.to);
    if (*to < *from)
        *to = *from;
}

void index_plan_init(struct index_plan *plan, const struct run_index *index,
                     const struct index_question *question)
{
    *plan = (struct index_plan){.index = index, .store = &index->store, .question = question};
    for (size_t i = 0; i < question->filter->count; i++)
        if (index_term_counts(question, i))
            plan_term(plan, i);
    if (question->scope)
        plan_scope(plan);
    for (enum index_test kind = TEST_SCOPE; kind <= TEST_TRIGGER; kind++)
        if (plan->asks[kind])
            find_few(plan, kind);
    index_question_range(index, question, &plan->from, &plan->to);
    plan->asks[TEST_TIME] = plan->from > 0 || plan->to < plan->store->count;
}

void index_plan_release(struct index_plan *plan)
{
    for (size_t kind = 0; kind < TEST_COUNT; kind++)
        free(plan->codes[kind].fails);
    for (size_t i = 0; i < plan->tool_count; i++)
        tool_test_release(&plan->tools[i]);
}
