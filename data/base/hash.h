/*
 * A hash of bytes for tables in memory (FNV-1a, folded so that the low bits serve as a mask). Not for secrets, and not for a file: it may
 * change from one version to the next.
 */
#pragma once

#include "data/base/text.h"

#include <stdint.h>

static inline uint64_t text_hash(struct text text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < text.n; i++)
        hash = (hash ^ (unsigned char)text.s[i]) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 32;
}
