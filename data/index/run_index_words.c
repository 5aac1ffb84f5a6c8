/*
 * The dictionaries of run_index: word ↔ code. What they hold came from outside, so they are bounded, and a word that does not fit
 * any more makes its column unusable rather than wrong.
 */
#include "data/base/die.h"
#include "data/base/hash.h"
#include "data/index/run_index_private.h"

#include <stdlib.h>
#include <string.h>

struct dictionary *index_dictionary(struct index_store *store, enum index_column column)
{
    switch (column) {
    case COLUMN_STATUS: return &store->dictionaries[0];
    case COLUMN_TRIGGER: return &store->dictionaries[1];
    case COLUMN_SCOPE: return &store->dictionaries[2];
    case COLUMN_TOOLS: return &store->dictionaries[3];
    default: return NULL;
    }
}

bool index_is_usable(const struct run_index *index, enum index_column column)
{
    struct index_store *store = (struct index_store *)&index->store;
    const struct dictionary *dictionary = index_dictionary(store, column);
    return index_is_ready(index, column) && !(dictionary && dictionary->is_overflowed);
}

/* The slot of the word, or the free one where it belongs. There is always a free slot. */
static uint32_t *slot_of(const struct dictionary *dictionary, struct text word)
{
    size_t mask = dictionary->slot_count - 1;
    for (size_t i = text_hash(word) & mask;; i = (i + 1) & mask) {
        uint32_t *slot = &dictionary->slots[i];
        if (!*slot || text_eq(dictionary->words[*slot - 1], word))
            return slot;
    }
}

static void grow_slots(struct dictionary *dictionary)
{
    free(dictionary->slots);
    dictionary->slot_count = dictionary->slot_count ? dictionary->slot_count * 2 : 64;
    dictionary->slots = mem_new_array(dictionary->slot_count, sizeof *dictionary->slots);
    for (size_t i = 0; i < dictionary->count; i++)
        *slot_of(dictionary, dictionary->words[i]) = (uint32_t)i + 1;
}

static void add_word(struct dictionary *dictionary, struct text word)
{
    if (dictionary->count == dictionary->cap) {
        dictionary->cap = dictionary->cap ? dictionary->cap * 2 : 32;
        dictionary->words = mem_resize(dictionary->words, dictionary->cap, sizeof *dictionary->words);
    }
    dictionary->words[dictionary->count++] = arena_text(&dictionary->arena, word);
    *slot_of(dictionary, word) = (uint32_t)dictionary->count;
}

uint16_t run_index_code(struct run_index *index, enum index_column column, struct text word)
{
    struct dictionary *dictionary = index_dictionary(&index->store, column);
    if (!dictionary)
        return INDEX_CODE_OVERFLOW;
    if (dictionary->count * 2 >= dictionary->slot_count)
        grow_slots(dictionary);
    uint32_t *slot = slot_of(dictionary, word);
    if (*slot)
        return (uint16_t)(*slot - 1);
    bool has_room = dictionary->count < INDEX_WORDS_MAX && word.n <= INDEX_WORD_BYTES &&
                    dictionary->arena.total <= INDEX_WORD_BYTES - word.n;
    pthread_rwlock_wrlock(&index->lock); /* readers look words up */
    if (has_room)
        add_word(dictionary, word);
    else
        dictionary->is_overflowed = true;
    pthread_rwlock_unlock(&index->lock);
    return has_room ? (uint16_t)(dictionary->count - 1) : INDEX_CODE_OVERFLOW;
}

struct text run_index_word(const struct run_index *index, enum index_column column, uint16_t code)
{
    struct index_store *store = (struct index_store *)&index->store;
    const struct dictionary *dictionary = index_dictionary(store, column);
    return dictionary && code < dictionary->count ? dictionary->words[code] : TEXT_NULL;
}
