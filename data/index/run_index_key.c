/*
 * See run_index_key.h.
 */
#include "data/index/run_index_key.h"

#include "data/base/die.h"

#include <stdlib.h>

/* A duration that is not read is told run by run, so that column's completion changes nothing. */
static unsigned usable_columns(const struct run_index *index)
{
    unsigned usable = 0;
    for (int column = COLUMN_CREATED; column < COLUMN_DURATION; column++)
        if (index_is_usable(index, (enum index_column)column))
            usable |= COLUMN_BIT(column);
    return usable;
}

void index_key_release(struct index_key *key)
{
    filter_release(&key->filter);
    free(key->scope);
    *key = (struct index_key){0};
}

void index_key_set(struct index_key *key, const struct run_index *index,
                   const struct index_question *question)
{
    index_key_release(key);
    key->index = index;
    filter_copy(&key->filter, question->filter);
    key->scope = question->scope ? mem_strdup(question->scope) : NULL;
    key->without = question->without;
    key->missing = run_index_missing(index, question);
    key->usable = usable_columns(index);
    key->external_count = question->external_count;
    key->external_version = question->external_version;
}

bool index_key_fits(const struct index_key *key, const struct run_index *index,
                    const struct index_question *question)
{
    return key->index == index && key->without == question->without &&
           key->external_count == question->external_count && key->usable == usable_columns(index) &&
           key->missing == run_index_missing(index, question) &&
           text_eq(text_of(key->scope), text_of(question->scope)) &&
           filter_equal(&key->filter, question->filter);
}
