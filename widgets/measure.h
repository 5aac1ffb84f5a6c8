/*
 * Arithmetic of layouts.
 */
#pragma once

static inline int min_int(int a, int b)
{
    return a < b ? a : b;
}

static inline int max_int(int a, int b)
{
    return a > b ? a : b;
}
