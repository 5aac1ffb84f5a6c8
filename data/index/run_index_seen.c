/*
 * See run_index_seen.h.
 */
#include "data/index/run_index_seen.h"

#include "data/base/die.h"

#include <stdlib.h>
#include <string.h>

static size_t words_of_block(const struct seen_externals *seen)
{
    return seen->count * 2 * BLOCK_WORDS;
}

void seen_resize(struct seen_externals *seen, const struct index_plan *plan)
{
    size_t blocks = (plan->store->count + INDEX_BLOCK_RUNS - 1) / INDEX_BLOCK_RUNS;
    seen->count = plan->question->external_count <= SEEN_MAX ? plan->question->external_count : 0;
    if (seen->count)
        seen->words = mem_resize(seen->words, blocks * words_of_block(seen), sizeof *seen->words);
    seen->blocks = blocks;
}

void seen_release(struct seen_externals *seen)
{
    free(seen->words);
    *seen = (struct seen_externals){0};
}

/* Externals say nothing past the end of their bitmaps, and all is searched where that is not told. */
static void block_words(const struct bitmap *bitmap, size_t block, uint64_t words[BLOCK_WORDS])
{
    size_t first = block * BLOCK_WORDS, end = bitmap ? (bitmap->bits + 63) / 64 : 0;
    size_t n = first < end ? end - first : 0;
    n = n < BLOCK_WORDS ? n : BLOCK_WORDS;
    memset(words, bitmap ? 0 : UINT8_MAX, BLOCK_WORDS * sizeof *words);
    if (n)
        memcpy(words, bitmap->words + first, n * sizeof *words);
}

bool seen_stands(const struct seen_externals *seen, const struct index_plan *plan, size_t block)
{
    const uint64_t *noted = seen->count ? seen->words + block * words_of_block(seen) : NULL;
    if (seen->count < plan->question->external_count)
        return false;
    for (size_t i = 0; i < seen->count; i++, noted += 2 * BLOCK_WORDS) {
        uint64_t now[2 * BLOCK_WORDS];
        block_words(plan->question->externals[i].hits, block, now);
        block_words(plan->question->externals[i].searched, block, now + BLOCK_WORDS);
        if (memcmp(now, noted, sizeof now) != 0)
            return false;
    }
    return true;
}

void seen_note(struct seen_externals *seen, const struct index_plan *plan, size_t block)
{
    uint64_t *noted = seen->count ? seen->words + block * words_of_block(seen) : NULL;
    for (size_t i = 0; i < seen->count; i++, noted += 2 * BLOCK_WORDS) {
        block_words(plan->question->externals[i].hits, block, noted);
        block_words(plan->question->externals[i].searched, block, noted + BLOCK_WORDS);
    }
}
