/*
 * See http_feed.h. The rows are an array of pointers in their order, so a reader walks and halves it as it likes; an answer is sorted on its own
 * and merged in once, over no more of the array than it touches, so a page at either end of a long list costs little more than the page.
 */
#include "data/http/http_feed.h"

#include "data/base/die.h"
#include "data/http/http_held.h"
#include "data/http/http_ids.h"
#include "data/http/http_stretches.h"

#include <stdlib.h>
#include <string.h>

struct http_feed {
    struct feed_row **rows; /* each a held_row */
    size_t count, cap;
    struct http_ids ids;
    struct http_stretches complete;
    size_t bytes;
    uint64_t revision;
    uint64_t answer; /* number of the answer that is being taken in */
};

struct http_feed *http_feed_new(void)
{
    return mem_new_array(1, sizeof(struct http_feed));
}

void http_feed_free(struct http_feed *feed)
{
    if (!feed)
        return;
    for (size_t i = 0; i < feed->count; i++)
        free(feed->rows[i]);
    free(feed->rows);
    http_ids_release(&feed->ids);
    http_stretches_release(&feed->complete);
    free(feed);
}

const struct feed_row *const *http_feed_rows(const struct http_feed *feed, size_t *count)
{
    *count = feed->count;
    return (const struct feed_row *const *)feed->rows;
}

const struct feed_row *http_feed_find(const struct http_feed *feed, struct text id)
{
    return http_ids_find(&feed->ids, id);
}

size_t http_feed_bytes(const struct http_feed *feed)
{
    return feed->bytes;
}

uint64_t http_feed_revision(const struct http_feed *feed)
{
    return feed->revision;
}

static bool stands_before(const struct run_row *row, int64_t created_at, struct text id)
{
    return row->created_at != created_at ? row->created_at > created_at : text_cmp(row->id, id) > 0;
}

size_t http_feed_position(const struct http_feed *feed, int64_t created_at, struct text id)
{
    size_t low = 0;
    for (size_t high = feed->count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (stands_before(&feed->rows[middle]->row, created_at, id))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The first row created before `at`: the null id stands behind all others of its time. */
static size_t position_older(const struct http_feed *feed, int64_t at)
{
    return http_feed_position(feed, at, TEXT_NULL);
}

/* ---- taking an answer in ---- */

/* What an answer changes, before the array is touched. */
struct batch {
    struct feed_row **rows; /* to be merged in */
    size_t count;
    size_t first, end; /* the part of the array that changes; first > end: none */
    size_t new_count;
};

static void batch_touch(struct batch *batch, size_t first, size_t end)
{
    batch->first = first < batch->first ? first : batch->first;
    batch->end = end > batch->end ? end : batch->end;
}

/* Its place in the array is given up when the batch is merged in. */
static void let_go(struct http_feed *feed, struct feed_row *row)
{
    held_of(row)->is_gone = true;
    feed->bytes -= row->bytes;
}

/* An older copy still tells that the run is there. */
static void take(struct http_feed *feed, struct batch *batch, const struct run_detail *detail)
{
    struct feed_row *old = http_ids_find(&feed->ids, detail->run.id);
    if (old)
        held_of(old)->answer = feed->answer;
    if (old && detail->run.updated_at < old->row.updated_at)
        return;
    struct held_row *held = held_new(detail);
    if (old && held_is_same(old, &held->shown)) {
        free(held);
        return;
    }
    held->answer = feed->answer;
    feed->bytes += held->shown.bytes;
    http_ids_put(&feed->ids, &held->shown);
    batch->rows[batch->count++] = &held->shown;
    size_t place = http_feed_position(feed, held->shown.row.created_at, held->shown.row.id);
    batch_touch(batch, place, place);
    batch->new_count += !old;
    if (!old)
        return;
    let_go(feed, old);
    place = http_feed_position(feed, old->row.created_at, old->row.id);
    batch_touch(batch, place, place + 1);
}

static void drop_unnamed(struct http_feed *feed, struct batch *batch, struct time_range complete)
{
    if (complete.from >= complete.to)
        return;
    size_t end = position_older(feed, complete.from);
    for (size_t i = complete.to == INT64_MAX ? 0 : position_older(feed, complete.to); i < end; i++) {
        struct held_row *held = held_of(feed->rows[i]);
        if (held->answer == feed->answer)
            continue;
        http_ids_remove(&feed->ids, held->shown.row.id);
        let_go(feed, &held->shown);
        batch_touch(batch, i, i + 1);
    }
}

/* Frees those that are gone, moves the others to `kept`; how many there are. */
static size_t keep_living(struct feed_row *const *rows, size_t count, struct feed_row **kept)
{
    size_t living = 0;
    for (size_t i = 0; i < count; i++) {
        if (held_of(rows[i])->is_gone)
            free(rows[i]);
        else
            kept[living++] = rows[i];
    }
    return living;
}

static int order_rows(const void *a, const void *b)
{
    const struct run_row *x = &(*(struct feed_row *const *)a)->row;
    const struct run_row *y = &(*(struct feed_row *const *)b)->row;
    if (x->created_at != y->created_at)
        return x->created_at > y->created_at ? -1 : 1;
    return text_cmp(y->id, x->id);
}

/* Makes room for `wanted` rows in place of [first, end). */
static void open_room(struct http_feed *feed, size_t first, size_t end, size_t wanted)
{
    size_t count = feed->count - (end - first) + wanted;
    if (count > feed->cap) {
        feed->cap = count + count / 2;
        feed->rows = mem_resize(feed->rows, feed->cap, sizeof(struct feed_row *));
    }
    if (feed->count > end)
        memmove(feed->rows + first + wanted, feed->rows + end,
                (feed->count - end) * sizeof(struct feed_row *));
    feed->count = count;
}

static void merge(struct http_feed *feed, struct batch *batch)
{
    if (batch->first > batch->end)
        return;
    size_t end = batch->end < feed->count ? batch->end : feed->count;
    size_t touched = end - batch->first;
    struct feed_row **ours = mem_new_array(touched + 1, sizeof(struct feed_row *));
    size_t our_count = touched ? keep_living(feed->rows + batch->first, touched, ours) : 0;
    size_t count = keep_living(batch->rows, batch->count, batch->rows);
    if (count)
        qsort(batch->rows, count, sizeof(struct feed_row *), order_rows);
    open_room(feed, batch->first, end, our_count + count);
    for (size_t i = 0, j = 0; i + j < our_count + count;) {
        struct feed_row **place = &feed->rows[batch->first + i + j];
        bool is_ours = j == count || (i < our_count && order_rows(&ours[i], &batch->rows[j]) < 0);
        *place = is_ours ? ours[i++] : batch->rows[j++];
    }
    feed->revision++;
    free(ours);
}

size_t http_feed_add(struct http_feed *feed, const struct run_detail *runs, size_t count,
                     struct time_range complete)
{
    struct batch batch = {.rows = mem_new_array(count + 1, sizeof(struct feed_row *)), .first = SIZE_MAX};
    feed->answer++;
    for (size_t i = 0; i < count; i++)
        take(feed, &batch, &runs[i]);
    drop_unnamed(feed, &batch, complete);
    merge(feed, &batch);
    feed->revision += http_stretches_add(&feed->complete, complete);
    free(batch.rows);
    return batch.new_count;
}

bool http_feed_put(struct http_feed *feed, const struct run_detail *run)
{
    return http_feed_add(feed, run, 1, (struct time_range){0, 0}) > 0;
}

/* ---- taking out ---- */

static void forget(struct http_feed *feed, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        http_ids_remove(&feed->ids, feed->rows[i]->row.id);
        feed->bytes -= feed->rows[i]->bytes;
        free(feed->rows[i]);
    }
    open_room(feed, first, end, 0);
    feed->revision++;
}

bool http_feed_remove(struct http_feed *feed, struct text id)
{
    const struct feed_row *row = http_ids_find(&feed->ids, id);
    if (!row)
        return false;
    size_t place = http_feed_position(feed, row->row.created_at, row->row.id);
    forget(feed, place, place + 1);
    return true;
}

static uint64_t distance(int64_t a, int64_t b)
{
    return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}

/* The rows that stay, [*first, *end). The newest goes only where it is newer than `around`, the oldest only where it is older. */
static void choose_kept(const struct http_feed *feed, int64_t around, size_t max_bytes, size_t range[2])
{
    size_t bytes = feed->bytes;
    size_t first = 0, end = feed->count;
    while (bytes > max_bytes && first < end) {
        const struct feed_row *newest = feed->rows[first], *oldest = feed->rows[end - 1];
        uint64_t ahead = distance(newest->row.created_at, around);
        uint64_t behind = distance(oldest->row.created_at, around);
        if (!ahead && !behind)
            break;
        bool is_newest = newest->row.created_at > around && ahead >= behind;
        bytes -= is_newest ? newest->bytes : oldest->bytes;
        first += is_newest;
        end -= !is_newest;
    }
    range[0] = first;
    range[1] = end;
}

/* INT64_MAX alone is no range (http_stretches.h): what goes there takes the millisecond before with it. */
void http_feed_trim(struct http_feed *feed, int64_t around, size_t max_bytes)
{
    size_t kept[2];
    choose_kept(feed, around, max_bytes, kept);
    if (kept[1] < feed->count) {
        int64_t newest_gone = feed->rows[kept[1]]->row.created_at;
        http_stretches_cut(&feed->complete, (struct time_range){INT64_MIN, newest_gone + 1});
        forget(feed, kept[1], feed->count);
    }
    if (kept[0] > 0) {
        int64_t oldest_gone = feed->rows[kept[0] - 1]->row.created_at;
        oldest_gone -= oldest_gone == INT64_MAX;
        http_stretches_cut(&feed->complete, (struct time_range){oldest_gone, INT64_MAX});
        forget(feed, 0, kept[0]);
    }
}

/* ---- what is complete ---- */

bool http_feed_stretch(const struct http_feed *feed, int64_t at, struct time_range *stretch)
{
    return http_stretches_find(&feed->complete, at, stretch);
}

bool http_feed_covers(const struct http_feed *feed, struct time_range range)
{
    return http_stretches_cover(&feed->complete, range);
}

bool http_feed_newest_gap(const struct http_feed *feed, struct time_range range, struct time_range *gap)
{
    return http_stretches_newest_gap(&feed->complete, range, gap);
}

bool http_feed_oldest_gap(const struct http_feed *feed, struct time_range range, struct time_range *gap)
{
    return http_stretches_oldest_gap(&feed->complete, range, gap);
}

void http_feed_claim(struct http_feed *feed, struct time_range range)
{
    feed->revision += http_stretches_add(&feed->complete, range);
}

void http_feed_doubt(struct http_feed *feed, struct time_range range)
{
    feed->revision += http_stretches_cut(&feed->complete, range);
}
