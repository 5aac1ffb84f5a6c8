/*
 * See yardstick.h.
 */
#include "bench/yardstick.h"

#include "bench/stand.h"
#include "data/base/die.h"

#include <unistd.h>

enum { ECHO_KEYS = 200 };

void yardstick_need(const char *program)
{
    if (access(program, X_OK) != 0)
        die("%s: the yardstick is not there; build and measure by `make bench`", program);
}

double yardstick_echo(const char *program, struct samples *samples)
{
    struct stand stand;
    stand_start(&stand, program, "", true);
    stand_rest(&stand, 50);
    for (int i = 0; i < ECHO_KEYS; i++)
        samples_add(samples, stand_key(&stand, "x", REGION_ALL));
    stand_stop(&stand);
    return samples_quantile(samples, 0.5);
}
