/*
 * See uuid.h. All 256 bits of the generator's state come from the system, so that the id is as random as the
 * system is; it is used once.
 */
#include "data/base/uuid.h"

#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static void seed_by_clock(struct rand *rng)
{
    struct timespec wall, up;
    clock_gettime(CLOCK_REALTIME, &wall);
    clock_gettime(CLOCK_MONOTONIC, &up);
    uint64_t seed = (uint64_t)wall.tv_sec * UINT64_C(1000000007) ^ (uint64_t)wall.tv_nsec << 32;
    rand_seed(rng, seed ^ (uint64_t)up.tv_nsec << 16 ^ (uint64_t)getpid());
}

void uuid_new(char out[UUID_TEXT])
{
    struct rand rng;
    if (getrandom(rng.state, sizeof rng.state, GRND_NONBLOCK) != (ssize_t)sizeof rng.state)
        seed_by_clock(&rng);
    rand_uuid(&rng, out);
}
