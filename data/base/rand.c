/*
 * xoshiro256** seeded by splitmix64 (Blackman and Vigna): small, quick, and good enough that made-up
 * histories show no pattern. The C library's rand() differs between systems, and a demo or a failing test
 * must come out the same everywhere.
 */
#include "data/base/rand.h"

static uint64_t splitmix(uint64_t *x)
{
    uint64_t z = *x += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint64_t rotate(uint64_t x, int by)
{
    return (x << by) | (x >> (64 - by));
}

void rand_seed(struct rand *rng, uint64_t seed)
{
    for (int i = 0; i < 4; i++)
        rng->state[i] = splitmix(&seed);
}

uint64_t rand_next(struct rand *rng)
{
    uint64_t *s = rng->state;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

uint32_t rand_below(struct rand *rng, uint32_t n)
{
    return (uint32_t)(((rand_next(rng) >> 32) * n) >> 32);
}

int64_t rand_between(struct rand *rng, int64_t first, int64_t last)
{
    if (last <= first)
        return first;
    uint64_t span = (uint64_t)last - (uint64_t)first + 1;
    uint64_t draw = rand_next(rng);
    return (int64_t)((uint64_t)first + (span ? draw % span : draw));
}

double rand_unit(struct rand *rng)
{
    return (double)(rand_next(rng) >> 11) * 0x1p-53;
}

bool rand_chance(struct rand *rng, double p)
{
    return rand_unit(rng) < p;
}

void rand_uuid(struct rand *rng, char out[UUID_TEXT])
{
    static const char hex[] = "0123456789abcdef";
    uint64_t high = (rand_next(rng) & ~UINT64_C(0xf000)) | UINT64_C(0x4000);
    uint64_t low = (rand_next(rng) & ~(UINT64_C(3) << 62)) | (UINT64_C(1) << 63);
    int at = 0;
    for (int nibble = 0; nibble < 32; nibble++) {
        if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20)
            out[at++] = '-';
        uint64_t half = nibble < 16 ? high : low;
        out[at++] = hex[(half >> (60 - 4 * (nibble & 15))) & 15];
    }
    out[at] = '\0';
}
