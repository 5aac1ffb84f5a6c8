/*
 * See run_index_file.h. A column is written as narrow as it can be: times as distances from the first of their block, calls as a number
 * a run. Every section begins at a multiple of 8. Reading checks whatever a pass over the columns relies on: times and with
 * them blocks ascend, codes have a word, the numbers of calls add up.
 */
#include "data/index/run_index_file.h"

#include "data/base/die.h"
#include "data/index/run_index_private.h"

#include <stdlib.h>
#include <string.h>

enum { LAYOUT = 1, BLOCK_RUNS = 4096, CODE_COLUMNS = 3 };
#define NULL_WORD UINT32_MAX

/* No byte of it is padding. */
struct pack_head {
    uint32_t layout;
    uint32_t runs, calls;
    uint32_t words[DICTIONARIES], word_bytes[DICTIONARIES];
    uint16_t uniform[CODE_COLUMNS]; /* where the width is 0 */
    uint8_t widths[CODE_COLUMNS];   /* of a status, a trigger, a scope: 0, 1 or 2 */
    uint8_t created_width;          /* 4: distances from the first of the block, behind those; 8: the times */
    uint8_t count_width;            /* of a run's number of calls: 1 or 4 */
    uint8_t tool_width;             /* 1 or 2 */
};

_Static_assert(sizeof(struct pack_head) == 56, "padding would be written");

static const enum index_column code_columns[CODE_COLUMNS] = {COLUMN_STATUS, COLUMN_TRIGGER, COLUMN_SCOPE};
static const enum index_column word_columns[DICTIONARIES] = {COLUMN_STATUS, COLUMN_TRIGGER, COLUMN_SCOPE,
                                                             COLUMN_TOOLS};

static size_t padded(size_t n)
{
    return (n + 7) & ~(size_t)7;
}

static size_t blocks_of(size_t runs)
{
    return (runs + BLOCK_RUNS - 1) / BLOCK_RUNS;
}

static size_t created_size(const struct pack_head *head)
{
    return head->created_width == 8 ? (size_t)head->runs * 8
                                    : blocks_of(head->runs) * 8 + padded((size_t)head->runs * 4);
}

static size_t packed_size(const struct pack_head *head)
{
    size_t size = padded(sizeof *head) + created_size(head) + padded(head->runs);
    for (size_t i = 0; i < DICTIONARIES; i++)
        size += padded((size_t)head->words[i] * 4) + padded(head->word_bytes[i]);
    for (size_t i = 0; i < CODE_COLUMNS; i++)
        size += padded((size_t)head->runs * head->widths[i]);
    return size + padded((size_t)head->runs * head->count_width) +
           padded((size_t)head->calls * head->tool_width);
}

/* ---- packing ---- */

static bool can_pack(const struct run_index *index)
{
    unsigned needed = COLUMNS_ALL & ~COLUMN_BIT(COLUMN_DURATION);
    bool is_usable = (run_index_ready(index) & needed) == needed && index->store.count;
    for (size_t i = 0; is_usable && i < DICTIONARIES; i++)
        is_usable = index_is_usable(index, word_columns[i]);
    return is_usable;
}

static bool are_blocks_short(const struct index_store *store)
{
    for (size_t from = 0; from < store->count; from += BLOCK_RUNS) {
        size_t last = store->count - from > BLOCK_RUNS ? from + BLOCK_RUNS - 1 : store->count - 1;
        if ((uint64_t)store->created[last] - (uint64_t)store->created[from] > UINT32_MAX)
            return false;
    }
    return true;
}

static uint32_t calls_of(const struct index_store *store, size_t run)
{
    return store->calls.offsets[run + 1] - store->calls.offsets[run];
}

static bool are_counts_small(const struct index_store *store)
{
    bool is_small = true;
    for (size_t i = 0; i < store->count && is_small; i++)
        is_small = calls_of(store, i) <= UINT8_MAX;
    return is_small;
}

static void measure_words(const struct dictionary *dictionary, uint32_t *words, uint32_t *bytes)
{
    *words = (uint32_t)dictionary->count;
    *bytes = 0;
    for (size_t i = 0; i < dictionary->count; i++)
        *bytes += (uint32_t)dictionary->words[i].n;
}

static struct pack_head measure(const struct index_store *store)
{
    struct pack_head head = {.layout = LAYOUT,
                             .runs = (uint32_t)store->count,
                             .calls = (uint32_t)store->calls.count,
                             .created_width = are_blocks_short(store) ? 4 : 8,
                             .count_width = are_counts_small(store) ? 1 : 4,
                             .tool_width = store->dictionaries[3].count <= UINT8_MAX + 1 ? 1 : 2};
    for (size_t i = 0; i < DICTIONARIES; i++)
        measure_words(&store->dictionaries[i], &head.words[i], &head.word_bytes[i]);
    for (size_t i = 0; i < CODE_COLUMNS; i++) {
        const struct code_column *codes = index_codes((struct index_store *)store, code_columns[i]);
        head.widths[i] = codes->narrow ? 1 : codes->wide ? 2 : 0;
        head.uniform[i] = codes->uniform;
    }
    return head;
}

/* The next section; what is behind it up to the multiple of 8 is zero already. */
static uint8_t *section(uint8_t **at, size_t size)
{
    uint8_t *start = *at;
    *at += padded(size);
    return start;
}

static void put(uint8_t **at, const void *bytes, size_t size)
{
    if (size)
        memcpy(section(at, size), bytes, size);
}

static void pack_words(uint8_t **at, const struct dictionary *dictionary, size_t bytes)
{
    uint8_t *lengths = section(at, dictionary->count * 4), *texts = section(at, bytes);
    for (size_t i = 0; i < dictionary->count; i++) {
        struct text word = dictionary->words[i];
        uint32_t length = text_is_null(word) ? NULL_WORD : (uint32_t)word.n;
        memcpy(lengths + 4 * i, &length, sizeof length);
        if (word.n)
            memcpy(texts, word.s, word.n);
        texts += word.n;
    }
}

static void pack_created(uint8_t **at, const struct index_store *store, int width)
{
    if (width == 8) {
        put(at, store->created, store->count * 8);
        return;
    }
    uint8_t *firsts = section(at, blocks_of(store->count) * 8), *distances = section(at, store->count * 4);
    for (size_t i = 0; i < store->count; i++) {
        int64_t first = store->created[i - i % BLOCK_RUNS];
        uint32_t distance = (uint32_t)((uint64_t)store->created[i] - (uint64_t)first);
        memcpy(distances + 4 * i, &distance, sizeof distance);
        if (i % BLOCK_RUNS == 0)
            memcpy(firsts + i / BLOCK_RUNS * 8, &first, sizeof first);
    }
}

static void pack_codes(uint8_t **at, const struct index_store *store, const struct code_column *codes)
{
    if (codes->narrow)
        put(at, codes->narrow, store->count);
    else if (codes->wide)
        put(at, codes->wide, store->count * 2);
}

static void pack_calls(uint8_t **at, const struct index_store *store, const struct pack_head *head)
{
    uint8_t *counts = section(at, store->count * head->count_width);
    for (size_t i = 0; i < store->count; i++) {
        uint32_t count = calls_of(store, i);
        if (head->count_width == 1)
            counts[i] = (uint8_t)count;
        else
            memcpy(counts + 4 * i, &count, sizeof count);
    }
    if (head->tool_width == 2) {
        put(at, store->calls.tools, store->calls.count * 2);
        return;
    }
    uint8_t *tools = section(at, store->calls.count);
    for (size_t i = 0; i < store->calls.count; i++)
        tools[i] = (uint8_t)store->calls.tools[i];
}

uint8_t *run_index_pack(const struct run_index *index, size_t *size)
{
    const struct index_store *store = &index->store;
    if (!can_pack(index))
        return NULL;
    struct pack_head head = measure(store);
    *size = packed_size(&head);
    uint8_t *bytes = mem_new_array(*size, 1), *at = bytes;
    put(&at, &head, sizeof head);
    for (size_t i = 0; i < DICTIONARIES; i++)
        pack_words(&at, &store->dictionaries[i], head.word_bytes[i]);
    pack_created(&at, store, head.created_width);
    for (size_t i = 0; i < CODE_COLUMNS; i++)
        pack_codes(&at, store, index_codes((struct index_store *)store, code_columns[i]));
    put(&at, store->interaction, store->count);
    pack_calls(&at, store, &head);
    return bytes;
}

/* ---- unpacking ---- */

/* The sizes fit the bytes exactly, so that no section can reach beyond them. */
static bool is_head_sound(const struct pack_head *head, size_t size)
{
    bool is_sound = head->layout == LAYOUT && head->runs && head->runs <= INDEX_RUNS_MAX &&
                    head->calls <= INDEX_CALLS_MAX &&
                    (head->created_width == 4 || head->created_width == 8) &&
                    (head->count_width == 1 || head->count_width == 4) &&
                    (head->tool_width == 1 || head->tool_width == 2);
    for (size_t i = 0; i < DICTIONARIES; i++)
        is_sound = is_sound && head->words[i] <= INDEX_WORDS_MAX && head->word_bytes[i] <= INDEX_WORD_BYTES;
    for (size_t i = 0; i < CODE_COLUMNS; i++)
        is_sound = is_sound && head->widths[i] <= 2;
    return is_sound && packed_size(head) == size;
}

static const uint8_t *next(const uint8_t **at, size_t size)
{
    const uint8_t *start = *at;
    *at += padded(size);
    return start;
}

static uint32_t number_at(const uint8_t *bytes, size_t i)
{
    uint32_t number;
    memcpy(&number, bytes + 4 * i, sizeof number);
    return number;
}

/* Codes are the order in which words come, so a word that comes twice is a mistake. */
static bool unpack_words(struct run_index *index, enum index_column column, const uint8_t **at, size_t count,
                         size_t bytes)
{
    const uint8_t *lengths = next(at, count * 4), *texts = next(at, bytes);
    for (size_t i = 0; i < count; i++) {
        uint32_t length = number_at(lengths, i);
        size_t n = length == NULL_WORD ? 0 : length;
        if (n > bytes)
            return false;
        struct text word = length == NULL_WORD ? TEXT_NULL : (struct text){(const char *)texts, n};
        if (run_index_code(index, column, word) != i)
            return false;
        texts += n;
        bytes -= n;
    }
    return !bytes;
}

static bool unpack_block(int64_t *created, size_t count, int64_t first, const uint8_t *distances)
{
    uint32_t before = 0;
    bool is_sound = number_at(distances, 0) == 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t distance = number_at(distances, i);
        is_sound &= distance >= before;
        before = distance;
        created[i] = (int64_t)((uint64_t)first + distance);
    }
    return is_sound && created[count - 1] >= first; /* it may have come around */
}

static bool unpack_created(struct index_store *store, const uint8_t **at, int width)
{
    size_t count = store->count;
    bool is_sound = true;
    if (width == 8) {
        memcpy(store->created, next(at, count * 8), count * 8);
        for (size_t i = 1; i < count; i++)
            is_sound &= store->created[i - 1] <= store->created[i];
        return is_sound;
    }
    const uint8_t *firsts = next(at, blocks_of(count) * 8), *distances = next(at, count * 4);
    for (size_t from = 0; from < count && is_sound; from += BLOCK_RUNS) {
        int64_t first;
        memcpy(&first, firsts + from / BLOCK_RUNS * 8, sizeof first);
        size_t n = count - from > BLOCK_RUNS ? BLOCK_RUNS : count - from;
        is_sound = (!from || store->created[from - 1] <= first) &&
                   unpack_block(store->created + from, n, first, distances + 4 * from);
    }
    return is_sound;
}

static bool unpack_codes(struct index_store *store, struct code_column *codes, const uint8_t **at, int width,
                         size_t words)
{
    size_t count = store->count, greatest = codes->uniform;
    if (width == 1) {
        codes->narrow = mem_new(count);
        memcpy(codes->narrow, next(at, count), count);
        greatest = 0;
        for (size_t i = 0; i < count; i++)
            greatest = codes->narrow[i] > greatest ? codes->narrow[i] : greatest;
    } else if (width == 2) {
        codes->wide = mem_new_array(count, sizeof *codes->wide);
        memcpy(codes->wide, next(at, count * 2), count * 2);
        greatest = 0;
        for (size_t i = 0; i < count; i++)
            greatest = codes->wide[i] > greatest ? codes->wide[i] : greatest;
    }
    return greatest < words && !(width == 1 && greatest == NARROW_UNSET);
}

static bool unpack_interactions(struct index_store *store, const uint8_t **at)
{
    uint8_t all = 0;
    memcpy(store->interaction, next(at, store->count), store->count);
    for (size_t i = 0; i < store->count; i++)
        all |= store->interaction[i];
    return all <= 1;
}

static bool unpack_offsets(struct index_store *store, const uint8_t **at, int width)
{
    uint32_t *offsets = store->calls.offsets;
    const uint8_t *counts = next(at, store->count * (size_t)width);
    uint64_t sum = 0;
    for (size_t i = 0; i < store->count; i++) {
        offsets[i] = (uint32_t)sum;
        sum += width == 1 ? counts[i] : number_at(counts, i);
        if (sum > store->calls.count)
            return false;
    }
    offsets[store->count] = (uint32_t)sum;
    return sum == store->calls.count;
}

static bool unpack_tools(struct index_store *store, const uint8_t **at, int width, size_t words)
{
    uint16_t *tools = store->calls.tools;
    size_t count = store->calls.count, greatest = 0;
    const uint8_t *codes = next(at, count * (size_t)width);
    if (width == 2)
        memcpy(tools, codes, count * 2);
    for (size_t i = 0; i < count; i++) {
        if (width == 1)
            tools[i] = codes[i];
        greatest = tools[i] > greatest ? tools[i] : greatest;
    }
    return !count || greatest < words;
}

/* What nobody asks of such an index is zero, and as long as nobody does takes no memory. */
static void make_room(struct index_store *store, const struct pack_head *head)
{
    store->count = store->cap = head->runs;
    store->created = mem_new_array(head->runs, sizeof *store->created);
    store->rowids.narrow = mem_new_array(head->runs, sizeof *store->rowids.narrow);
    store->durations.narrow = mem_new_array(head->runs, sizeof *store->durations.narrow);
    store->durations.unread = head->runs;
    store->interaction = mem_new_array(head->runs, 1);
    store->calls.count = store->calls.cap = head->calls;
    store->calls.offsets = mem_new_array((size_t)head->runs + 1, sizeof *store->calls.offsets);
    store->calls.tools = mem_new_array(head->calls, sizeof *store->calls.tools);
}

static bool unpack(struct run_index *index, const struct pack_head *head, const uint8_t *at)
{
    struct index_store *store = &index->store;
    bool is_sound = true;
    (void)next(&at, sizeof *head);
    for (size_t i = 0; i < DICTIONARIES && is_sound; i++)
        is_sound = unpack_words(index, word_columns[i], &at, head->words[i], head->word_bytes[i]);
    if (!is_sound)
        return false;
    make_room(store, head);
    is_sound = unpack_created(store, &at, head->created_width);
    for (size_t i = 0; i < CODE_COLUMNS && is_sound; i++) {
        struct code_column *codes = index_codes(store, code_columns[i]);
        codes->uniform = head->uniform[i];
        is_sound = unpack_codes(store, codes, &at, head->widths[i], head->words[i]);
    }
    return is_sound && unpack_interactions(store, &at) && unpack_offsets(store, &at, head->count_width) &&
           unpack_tools(store, &at, head->tool_width, head->words[3]);
}

bool run_index_unpack(struct run_index *index, const uint8_t *bytes, size_t size)
{
    struct pack_head head;
    if (size < sizeof head)
        return false;
    memcpy(&head, bytes, sizeof head);
    if (!is_head_sound(&head, size))
        return false;
    struct run_index *fresh = run_index_new();
    bool is_sound = unpack(fresh, &head, bytes);
    if (is_sound) {
        for (int column = 0; column < COLUMN_COUNT; column++)
            if (column != COLUMN_DURATION)
                index_set_ready(fresh, (enum index_column)column);
        run_index_take(index, fresh);
    }
    run_index_free(fresh);
    return is_sound;
}
