/*
 * Somebody at the keyboard for hours: moves, pages, filters, zooms, reads runs, switches live off and on, undoes; a key every one to three seconds,
 * now and then many at once. The same seed types the same keys.
 */
#pragma once

#include "bench/samples.h"
#include "bench/stand.h"
#include "data/base/rand.h"

struct person {
    struct rand rng;
    const char *at; /* what is left of what is being typed */
    int held;       /* so many more times of the same key, at once */
    char key[32];
    int64_t next_ns;
    long typed;
};

void person_init(struct person *person, uint64_t seed);
/* Types what is due by now, and notes how long it took until the screen moved. False: nothing is due yet. */
bool person_act(struct person *person, struct stand *stand, struct samples *times);
/* Milliseconds until the next key. */
int person_pause_ms(const struct person *person);
