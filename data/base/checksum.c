/*
 * Four sums side by side, each of every fourth word, so that no multiplication waits for the one before: the shape of XXH64. A step is
 * a bijection of the sum it goes into, so no single wrong word goes unseen.
 */
#include "data/base/checksum.h"

#include <string.h>

enum { LANES = 4 };
static const uint64_t odd = UINT64_C(0x9e3779b185ebca87), other_odd = UINT64_C(0xc2b2ae3d27d4eb4f);

static uint64_t rotated(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static uint64_t stirred(uint64_t sum, uint64_t word)
{
    return rotated(sum + word * other_odd, 31) * odd;
}

static uint64_t word_at(const unsigned char *bytes, size_t n)
{
    uint64_t word = 0;
    memcpy(&word, bytes, n);
    return word;
}

uint64_t checksum_of(const void *start, size_t n)
{
    const unsigned char *bytes = start;
    uint64_t sums[LANES] = {odd, other_odd, ~odd, ~other_odd}, sum = n;
    size_t left = n;
    for (; left >= sizeof sums; left -= sizeof sums, bytes += sizeof sums)
        for (int lane = 0; lane < LANES; lane++) {
            uint64_t word;
            memcpy(&word, bytes + 8 * lane, sizeof word);
            sums[lane] = stirred(sums[lane], word);
        }
    for (int lane = 0; lane < LANES; lane++)
        sum = stirred(sum, sums[lane]);
    for (; left >= sizeof sum; left -= sizeof sum, bytes += sizeof sum)
        sum = stirred(sum, word_at(bytes, sizeof sum));
    sum = stirred(sum, word_at(bytes, left));
    sum = (sum ^ sum >> 33) * other_odd;
    return sum ^ sum >> 29;
}
