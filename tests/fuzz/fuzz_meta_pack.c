/*
 * Any bytes are counts or are not; those that are can be shown at any width, and written again are the same.
 */
#include "data/meta_pack.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct meta meta;
    struct buf again;
    arena_init(&arena);
    buf_init(&again, size + 1);
    if (meta_unpack((struct text){(const char *)data, size}, &arena, &meta)) {
        for (size_t buckets = 0; buckets < 5000; buckets += 1 + buckets * 3)
            (void)meta_recall(&meta, INT64_C(1700000000000), buckets, 0, &arena);
        meta_pack(&meta, &again);
        if (again.len != size || memcmp(again.data, data, size) != 0)
            abort();
    }
    buf_release(&again);
    arena_release(&arena);
    return 0;
}
