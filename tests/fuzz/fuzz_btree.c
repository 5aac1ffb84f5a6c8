/*
 * Any bytes as the pages of a file of 512 bytes each (the first five bytes: reserved bytes, kind, root, key): the walk ends after no
 * more pages than there are, and reads the same whether it is asked for one entry or many.
 */
#include "data/btree/btree_walk.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PAGE = 512, PREFIX = 5 };

struct input {
    const uint8_t *bytes;
    struct btree_pages pages;
    size_t reads;
};

static bool read_page(void *context, uint32_t number, uint8_t *page)
{
    struct input *input = context;
    if (!number || number > input->pages.page_count)
        abort();
    input->reads++;
    memcpy(page, input->bytes + (size_t)(number - 1) * PAGE, PAGE);
    return true;
}

/* Looks at every byte of an entry. */
static unsigned touch(const struct btree_record *record)
{
    unsigned sum = 0;
    for (size_t i = 0; i < record->count; i++)
        for (size_t k = 0; k < record->values[i].bytes.n; k++)
            sum += (unsigned char)record->values[i].bytes.s[k];
    return sum;
}

static size_t walk_singly(struct input *input, uint32_t root, enum btree_kind kind)
{
    struct btree_walk walk;
    struct btree_record record;
    size_t entries = 0;
    volatile unsigned sum = 0;
    input->reads = 0;
    btree_walk_start(&walk, &input->pages, root, kind);
    for (; btree_walk_next(&walk, &record); entries++)
        sum += touch(&record);
    btree_walk_end(&walk);
    (void)sum;
    if (input->reads > input->pages.page_count)
        abort();
    return entries;
}

static size_t walk_many(struct input *input, uint32_t root)
{
    struct btree_walk walk;
    struct btree_record record;
    int64_t values[7], rowids[7];
    size_t entries = 0, n;
    btree_walk_start(&walk, &input->pages, root, BTREE_INDEX);
    do {
        while ((n = btree_walk_integers(&walk, values, rowids, 7)) > 0)
            entries += n;
        for (n = btree_walk_next(&walk, &record); n; n = btree_walk_same(&walk, rowids, 7))
            entries += n;
    } while (walk.depth);
    btree_walk_end(&walk);
    return entries;
}

static void seek(struct input *input, uint32_t root, enum btree_kind kind, uint8_t number)
{
    struct btree_walk walk;
    struct btree_record record;
    struct btree_value key[2] = {{.type = kind == BTREE_TABLE ? BTREE_INTEGER : number % 5,
                                  .integer = number,
                                  .real = number,
                                  .bytes = {"some-key", number % 9}},
                                 {.type = BTREE_INTEGER, .integer = number * 100}};
    btree_walk_start(&walk, &input->pages, root, kind);
    btree_walk_seek(&walk, key, kind == BTREE_TABLE ? 1 : 2);
    while (btree_walk_next(&walk, &record))
        ;
    btree_walk_end(&walk);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < PREFIX + PAGE)
        return 0;
    struct input input = {.bytes = data + PREFIX};
    uint32_t count = (uint32_t)((size - PREFIX) / PAGE);
    input.pages = (struct btree_pages){read_page, &input, PAGE, PAGE - data[0] % 33, count};
    enum btree_kind kind = data[1] % 2 ? BTREE_TABLE : BTREE_INDEX;
    uint32_t root = ((uint32_t)data[2] << 8 | data[3]) % (count + 2);
    size_t entries = walk_singly(&input, root, kind);
    if (kind == BTREE_INDEX && walk_many(&input, root) != entries)
        abort();
    seek(&input, root, kind, data[4]);
    return 0;
}
