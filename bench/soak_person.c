/*
 * See soak_person.h. Every habit ends where it began, in the list; Escape closes whatever a surprise has opened, and nothing here quits.
 */
#include "bench/soak_person.h"

#include <stdio.h>
#include <string.h>

enum { PAUSE_LEAST = 1000, PAUSE_MOST = 3000, HELD_MOST = 25, STILL_MS = 20, NS_IN_MS = 1000000 };

static const struct habit {
    int weight;
    bool is_held; /* the key is held down instead of pressed */
    const char *keys;
} habits[] = {
    {20, false, "<Down>"},
    {8, false, "<Up>"},
    {8, true, "<Down>"},
    {10, false, "<PgDn>"},
    {6, true, "<PgDn>"},
    {4, false, "<PgUp>"},
    {5, false, "<Home>"},
    {2, false, "<End><Home>"},
    {5, false, "e"},
    {3, false, "/status:failed<Enter>X"},
    {2, false, "/tool:github.* status:completed<Enter>uUX"},
    {2, false, "/after:30d trigger:cli<Enter><PgDn>X"},
    {1, false, "/code:retry<Enter><Down>X"},
    {4, false, "<Tab><Down><Down><Space><Space><S-Tab>"},
    {3, false, "<S-Tab><Left><Left>++--0<Tab>"},
    {2, false, "<S-Tab><Left><Left><Left>g"},
    {8, false, "<Enter><C-n><C-n>231<Esc>"},
    {2, false, "jj"},
    {2, false, "?<PgDn><Esc>"},
    {1, false, "bb"},
    {1, false, "ttt"},
    {2, false, "<Esc><Esc>X<Home>"},
};
enum { HABITS = sizeof habits / sizeof *habits };

void person_init(struct person *person, uint64_t seed)
{
    *person = (struct person){.at = "", .next_ns = now_ns()};
    rand_seed(&person->rng, seed);
}

static const struct habit *pick(struct rand *rng)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < HABITS; i++)
        sum += (uint32_t)habits[i].weight;
    uint32_t draw = rand_below(rng, sum);
    size_t i = 0;
    while (draw >= (uint32_t)habits[i].weight)
        draw -= (uint32_t)habits[i++].weight;
    return &habits[i];
}

/* The next key: one byte, or a name in angle brackets. */
static void next_key(struct person *person)
{
    if (person->held > 0) {
        person->held--;
        return;
    }
    if (!*person->at) {
        const struct habit *habit = pick(&person->rng);
        person->at = habit->keys;
        person->held = habit->is_held ? 5 + (int)rand_below(&person->rng, HELD_MOST) : 0;
    }
    size_t n = *person->at == '<' ? strcspn(person->at, ">") + 1 : 1;
    snprintf(person->key, sizeof person->key, "%.*s", (int)n, person->at);
    person->at += n;
}

/* Words are typed at a typist's pace. */
static int64_t pause_ms(struct person *person, bool is_word)
{
    if (person->held > 0)
        return 33;
    return is_word ? 90 : PAUSE_LEAST + rand_below(&person->rng, PAUSE_MOST - PAUSE_LEAST);
}

bool person_act(struct person *person, struct stand *stand, struct samples *times)
{
    if (now_ns() < person->next_ns)
        return false;
    next_key(person);
    struct answer answer = stand_ask(stand, person->key, REGION_ALL, STILL_MS);
    if (answer.first_ms >= 0)
        samples_add(times, answer.first_ms);
    person->typed++;
    bool is_word = person->key[0] != '<' && *person->at && *person->at != '<';
    person->next_ns = now_ns() + pause_ms(person, is_word) * NS_IN_MS;
    return true;
}

int person_pause_ms(const struct person *person)
{
    int64_t ms = (person->next_ns - now_ns()) / NS_IN_MS;
    return ms > 0 ? (int)ms : 0;
}
