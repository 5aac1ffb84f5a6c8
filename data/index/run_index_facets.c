/*
 * See run_index_facets.h. A value that the filter names must be in its facet even when nothing has it any more: it is the box
 * that a person would untick.
 */
#include "data/index/run_index_facets.h"

#include "data/base/die.h"

#include <stdlib.h>
#include <string.h>

/* ---- a facet being gathered ---- */

struct gather {
    struct facet_value *values; /* words borrowed */
    size_t count, cap;
};

static void gather_add(struct gather *gather, struct text word, int64_t count)
{
    if (gather->count == gather->cap) {
        gather->cap = gather->cap ? gather->cap * 2 : 64;
        gather->values = mem_resize(gather->values, gather->cap, sizeof *gather->values);
    }
    gather->values[gather->count++] = (struct facet_value){word, count};
}

static bool gather_has(const struct gather *gather, struct text word)
{
    for (size_t i = 0; i < gather->count; i++)
        if (text_eq(gather->values[i].word, word))
            return true;
    return false;
}

static int by_count(const void *a, const void *b)
{
    const struct facet_value *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return text_cmp(x->word, y->word);
}

/* Orders the values from `first` on by count, and keeps at most max of those. */
static void gather_top(struct gather *gather, size_t first, size_t max)
{
    if (gather->count > first)
        qsort(gather->values + first, gather->count - first, sizeof *gather->values, by_count);
    if (gather->count - first > max)
        gather->count = first + max;
}

static struct facet gather_finish(struct gather *gather, struct arena *arena)
{
    struct facet facet = {.count = gather->count};
    facet.values = arena_array(arena, gather->count, sizeof *facet.values);
    for (size_t i = 0; i < gather->count; i++)
        facet.values[i] =
            (struct facet_value){arena_text(arena, gather->values[i].word), gather->values[i].count};
    free(gather->values);
    return facet;
}

/* The word that a filter's value stands for in the store. */
static struct text word_of_value(enum filter_key key, const struct filter_value *value)
{
    bool is_null = key == FILTER_TRIGGER && strcmp(value->text, "unknown") == 0;
    return is_null ? TEXT_NULL : text_of(value->text);
}

static int64_t calls_below(const struct index_counts *counts, struct text pattern)
{
    const struct dictionary *words = &counts->store->dictionaries[3];
    int64_t n = 0;
    for (size_t code = 0; code < words->count; code++)
        if (tool_pattern_matches(pattern, words->words[code]))
            n += counts->tools[code];
    return n;
}

static int64_t count_of(const struct index_counts *counts, enum filter_key key, struct text word)
{
    if (key == FILTER_TOOL)
        return calls_below(counts, word);
    const struct dictionary *words = &counts->store->dictionaries[key == FILTER_STATUS ? 0 : 1];
    const int64_t *by_code = key == FILTER_STATUS ? counts->status : counts->trigger;
    for (size_t code = 0; code < words->count; code++)
        if (text_eq(words->words[code], word))
            return by_code[code];
    return 0;
}

static void gather_named(struct gather *gather, const struct index_counts *counts,
                         const struct filter *filter, enum filter_key key)
{
    for (size_t i = 0; i < filter->count; i++) {
        const struct filter_term *term = &filter->terms[i];
        for (size_t j = 0; term->key == key && j < term->count; j++) {
            struct text word = word_of_value(key, &term->values[j]);
            if (!gather_has(gather, word))
                gather_add(gather, word, count_of(counts, key, word));
        }
    }
}

static void gather_words(struct gather *gather, const struct dictionary *words, const int64_t *counts,
                         bool with_zero)
{
    for (size_t code = 0; code < words->count; code++)
        if (with_zero || counts[code])
            gather_add(gather, words->words[code], counts[code]);
}

static struct facet status_facet(const struct index_counts *counts, const struct filter *filter,
                                 struct arena *arena)
{
    const struct dictionary *words = &counts->store->dictionaries[0];
    struct gather gather = {0};
    for (int status = 0; status < STATUS_OTHER; status++) {
        struct text word = text_of(run_status_word((enum run_status)status));
        gather_add(&gather, word, count_of(counts, FILTER_STATUS, word));
    }
    for (size_t code = 0; code < words->count; code++)
        if (run_status_of(words->words[code]) == STATUS_OTHER)
            gather_add(&gather, words->words[code], counts->status[code]);
    gather_top(&gather, STATUS_OTHER, FACET_VALUES_MAX);
    gather_named(&gather, counts, filter, FILTER_STATUS);
    return gather_finish(&gather, arena);
}

void index_facets_fill(const struct index_counts *counts, const struct filter *filter, struct arena *arena,
                       struct meta *meta)
{
    const struct dictionary *words = counts->store->dictionaries;
    meta->status = status_facet(counts, filter, arena);

    struct gather triggers = {0};
    gather_words(&triggers, &words[1], counts->trigger, true);
    gather_top(&triggers, 0, FACET_VALUES_MAX);
    gather_named(&triggers, counts, filter, FILTER_TRIGGER);
    meta->trigger = gather_finish(&triggers, arena);

    struct gather scopes = {0};
    gather_words(&scopes, &words[2], counts->scope, true);
    gather_top(&scopes, 0, FACET_VALUES_MAX);
    meta->scopes = gather_finish(&scopes, arena);

    struct gather tools = {0};
    gather_words(&tools, &words[3], counts->tools, false);
    gather_top(&tools, 0, FACET_TOOLS);
    gather_named(&tools, counts, filter, FILTER_TOOL);
    meta->tools = gather_finish(&tools, arena);
}

struct facet index_facet_called(const struct index_store *store, const int64_t *calls, struct arena *arena)
{
    struct gather tools = {0};
    gather_words(&tools, &store->dictionaries[3], calls, false);
    gather_top(&tools, 0, FACET_TOOLS);
    return gather_finish(&tools, arena);
}
