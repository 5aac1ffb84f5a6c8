/*
 * Any bytes are columns or are not; those that are can be counted, and written again are the same.
 */
#include "data/index/run_index_file.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(struct run_index *index)
{
    struct filter all = {0};
    struct index_question question = {.filter = &all, .now = INT64_C(1700000000000)};
    struct index_meta_options options = {.max_buckets = 50};
    struct arena arena;
    struct meta meta;
    arena_init(&arena);
    run_index_lock(index);
    if (run_index_meta(index, &question, &options, &arena, &meta) != 0)
        abort();
    run_index_unlock(index);
    arena_release(&arena);
}

/* A column may have been written wider than it had to be; what comes out of what was written from it may not differ any more. */
static void write_again(const struct run_index *index)
{
    size_t size, last_size;
    uint8_t *bytes = run_index_pack(index, &size);
    struct run_index *copy = run_index_new();
    if (!bytes || !run_index_unpack(copy, bytes, size))
        abort();
    uint8_t *last = run_index_pack(copy, &last_size);
    if (!last || last_size != size || memcmp(last, bytes, size) != 0)
        abort();
    free(last);
    free(bytes);
    run_index_free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct run_index *index = run_index_new();
    if (run_index_unpack(index, data, size)) {
        count(index);
        write_again(index);
    }
    run_index_free(index);
    return 0;
}
