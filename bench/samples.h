/*
 * Measured times (or bytes) of one kind, and what can be said of them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct samples {
    double *values;
    size_t n, capacity;
};

void samples_init(struct samples *samples);
void samples_release(struct samples *samples);
void samples_add(struct samples *samples, double value);

/* A negative value among them: it never came. */
bool samples_have_lost(const struct samples *samples);

/* The value that the share q of them does not pass: 0.5 is the median, 1 the worst. 0 where there are none. */
double samples_quantile(const struct samples *samples, double q);
