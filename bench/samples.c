/*
 * See samples.h. Few enough to be kept whole: a quantile is then exact.
 */
#include "bench/samples.h"

#include "data/base/die.h"

#include <stdlib.h>
#include <string.h>

void samples_init(struct samples *samples)
{
    *samples = (struct samples){0};
}

void samples_release(struct samples *samples)
{
    free(samples->values);
    samples_init(samples);
}

void samples_add(struct samples *samples, double value)
{
    if (samples->n == samples->capacity) {
        samples->capacity = samples->capacity ? samples->capacity * 2 : 64;
        samples->values = mem_resize(samples->values, samples->capacity, sizeof *samples->values);
    }
    samples->values[samples->n++] = value;
}

bool samples_have_lost(const struct samples *samples)
{
    for (size_t i = 0; i < samples->n; i++)
        if (samples->values[i] < 0)
            return true;
    return false;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double samples_quantile(const struct samples *samples, double q)
{
    if (!samples->n)
        return 0;
    double *sorted = mem_new_array(samples->n, sizeof *sorted);
    memcpy(sorted, samples->values, samples->n * sizeof *sorted);
    qsort(sorted, samples->n, sizeof *sorted, compare);
    double value = sorted[(size_t)(q * (double)(samples->n - 1) + 0.5)];
    free(sorted);
    return value;
}
