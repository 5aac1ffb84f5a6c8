/*
 * See http_ids.h. Open addressing with linear probing; taking one out moves its followers up, so no markers of the dead gather while a live feed
 * comes and goes.
 */
#include "data/http/http_ids.h"

#include "data/base/die.h"
#include "data/base/hash.h"

#include <stdlib.h>

void http_ids_release(struct http_ids *ids)
{
    free(ids->slots);
    *ids = (struct http_ids){0};
}

/* The slot of the id, or the free one where it belongs. There must be slots. */
static size_t slot_of(const struct http_ids *ids, struct text id, uint64_t hash)
{
    size_t mask = ids->slot_count - 1;
    size_t at = hash & mask;
    for (; ids->slots[at].row; at = (at + 1) & mask)
        if (ids->slots[at].hash == hash && text_eq(ids->slots[at].row->row.id, id))
            break;
    return at;
}

static void grow(struct http_ids *ids)
{
    struct http_ids old = *ids;
    ids->slot_count = old.slot_count ? old.slot_count * 2 : 64;
    ids->slots = mem_new_array(ids->slot_count, sizeof *ids->slots);
    for (size_t i = 0; i < old.slot_count; i++)
        if (old.slots[i].row)
            ids->slots[slot_of(ids, old.slots[i].row->row.id, old.slots[i].hash)] = old.slots[i];
    free(old.slots);
}

struct feed_row *http_ids_find(const struct http_ids *ids, struct text id)
{
    return ids->slot_count ? ids->slots[slot_of(ids, id, text_hash(id))].row : NULL;
}

void http_ids_put(struct http_ids *ids, struct feed_row *row)
{
    if (ids->count * 2 >= ids->slot_count)
        grow(ids);
    uint64_t hash = text_hash(row->row.id);
    struct http_id_slot *slot = &ids->slots[slot_of(ids, row->row.id, hash)];
    ids->count += !slot->row;
    *slot = (struct http_id_slot){hash, row};
}

/* A follower that would not be found any more across the hole fills it and leaves a hole of its own. */
static void close_hole(struct http_ids *ids, size_t hole)
{
    size_t mask = ids->slot_count - 1;
    for (size_t at = (hole + 1) & mask; ids->slots[at].row; at = (at + 1) & mask) {
        size_t from_home = (at - (size_t)ids->slots[at].hash) & mask;
        if (from_home < ((at - hole) & mask))
            continue;
        ids->slots[hole] = ids->slots[at];
        hole = at;
    }
    ids->slots[hole].row = NULL;
}

void http_ids_remove(struct http_ids *ids, struct text id)
{
    if (!ids->slot_count)
        return;
    size_t at = slot_of(ids, id, text_hash(id));
    if (!ids->slots[at].row)
        return;
    close_hole(ids, at);
    ids->count--;
}
