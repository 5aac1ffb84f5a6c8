/*
 * The answers that an index keeps: those of the last few questions, because a person goes back and forth between two filters, and
 * because the screen asks the same one again at every change of the history.
 */
#include "data/base/die.h"
#include "data/index/run_index_kept.h"

#include <stdlib.h>

enum { KEPT_ANSWERS = 3 };

struct kept_answers {
    pthread_mutex_t lock;
    struct kept_answer answers[KEPT_ANSWERS];
    struct call_sums sums;
    uint64_t clock;
};

struct kept_answers *kept_answers_new(void)
{
    struct kept_answers *answers = mem_new_array(1, sizeof *answers);
    if (pthread_mutex_init(&answers->lock, NULL))
        die("cannot make a lock");
    return answers;
}

void kept_answers_free(struct kept_answers *answers)
{
    for (size_t i = 0; i < KEPT_ANSWERS; i++)
        kept_release(&answers->answers[i]);
    call_sums_release(&answers->sums);
    pthread_mutex_destroy(&answers->lock);
    free(answers);
}

static size_t memory_of(const struct kept_answer *kept)
{
    size_t bytes = kept->stretch_count * (sizeof *kept->stretches + kept->slots * sizeof *kept->counters);
    for (size_t i = 0; i < kept->stretch_count; i++)
        bytes += kept->stretches[i].bar_cap * sizeof *kept->stretches[i].bars;
    bytes += kept->seen.blocks * kept->seen.count * 2 * BLOCK_WORDS * sizeof *kept->seen.words;
    return bytes + kept->slots * sizeof *kept->totals +
           kept->at_any_time.cap * sizeof *kept->at_any_time.words;
}

size_t kept_answers_memory(struct kept_answers *answers)
{
    size_t bytes = sizeof *answers;
    pthread_mutex_lock(&answers->lock);
    bytes += answers->sums.blocks * answers->sums.room * sizeof *answers->sums.counters;
    for (size_t i = 0; i < KEPT_ANSWERS; i++)
        bytes += memory_of(&answers->answers[i]);
    pthread_mutex_unlock(&answers->lock);
    return bytes;
}

struct kept_answer *kept_take(struct kept_answers *answers, const struct run_index *index,
                              const struct index_question *question, int64_t width)
{
    if (pthread_mutex_trylock(&answers->lock))
        return NULL;
    struct kept_answer *oldest = &answers->answers[0], *found = NULL;
    for (size_t i = 0; i < KEPT_ANSWERS && !found; i++) {
        struct kept_answer *kept = &answers->answers[i];
        if (kept->width == width && index_key_fits(&kept->key, index, question))
            found = kept;
        else if (kept->used < oldest->used)
            oldest = kept;
    }
    if (!found) {
        kept_release(oldest);
        found = oldest;
        kept_begin(found, index, question, width);
    }
    found->used = ++answers->clock;
    return found;
}

const struct call_sums *kept_sums(struct kept_answers *answers, const struct run_index *index)
{
    if (!index_is_usable(index, COLUMN_TOOLS))
        return NULL;
    call_sums_update(&answers->sums, index);
    return answers->sums.counters ? &answers->sums : NULL;
}

void kept_give_back(struct kept_answers *answers)
{
    pthread_mutex_unlock(&answers->lock);
}
