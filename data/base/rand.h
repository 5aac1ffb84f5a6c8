/*
 * Chance that can be repeated: the same seed gives the same sequence on every machine. Not for secrets.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct rand {
    uint64_t state[4];
};

void rand_seed(struct rand *rng, uint64_t seed);
uint64_t rand_next(struct rand *rng);
uint32_t rand_below(struct rand *rng, uint32_t n); /* 0 .. n−1; 0 for n = 0 */
int64_t rand_between(struct rand *rng, int64_t first,
                     int64_t last); /* both included; first where last < first */
double rand_unit(struct rand *rng); /* [0, 1) */
bool rand_chance(struct rand *rng, double p);

enum { UUID_TEXT = 37 };                               /* NUL included */
void rand_uuid(struct rand *rng, char out[UUID_TEXT]); /* version 4, lower case */
