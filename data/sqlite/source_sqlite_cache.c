/*
 * See source_sqlite_cache.h. What is kept may be old, so it is never taken for the truth: it only fills the time until the file has been counted
 * again. That it is of this very file is told by device and inode, by the schema's version, which VACUUM moves, too, and by the run with
 * the greatest rowid, which in another history has another id.
 */
#include "data/sqlite/source_sqlite_cache.h"

#include "data/base/checksum.h"
#include "data/base/die.h"
#include "data/index/run_index_file.h"
#include "data/meta_pack.h"
#include "data/sqlite/source_sqlite_cache_file.h"

#include <stdlib.h>
#include <string.h>

enum { COUNTS_MAX = 8 << 20 };

enum state { NOT_LOOKED_AT, IS_OPEN, IS_OVER };

struct cache {
    char *directory, *path; /* the real path of the database */
    size_t runs_min;

    pthread_mutex_t mutex; /* guards what was kept */
    enum state state;
    struct cache_file file; /* while IS_OPEN */
    struct arena arena;     /* the texts of the counts */
    struct meta counts;
    struct run_index *columns; /* NULL: not read yet */
    bool is_broken;            /* what is in the file cannot be used */

    /* Of the thread that keeps. */
    struct cache_writer writer;
    uint64_t revision; /* of the index when it was last looked at, */
    int64_t looked_at; /* and when; 0: not yet */
};

struct cache *cache_new(const struct source_options *options, const char *path)
{
    char *real = options->cache_directory ? realpath(path, NULL) : NULL;
    if (!real)
        return NULL;
    struct cache *cache = mem_new_array(1, sizeof *cache);
    cache->directory = mem_strdup(options->cache_directory);
    cache->path = real;
    cache->runs_min = options->cache_runs_min ? options->cache_runs_min : CACHE_RUNS_MIN;
    pthread_mutex_init(&cache->mutex, NULL);
    arena_init(&cache->arena);
    cache->file.fd = -1;
    cache->writer = (struct cache_writer){.directory = -1, .fd = -1};
    return cache;
}

void cache_drop(struct cache *cache)
{
    if (!cache)
        return;
    pthread_mutex_lock(&cache->mutex);
    cache->state = IS_OVER;
    cache_file_close(&cache->file);
    arena_release(&cache->arena);
    run_index_free(cache->columns);
    cache->columns = NULL;
    pthread_mutex_unlock(&cache->mutex);
}

void cache_free(struct cache *cache)
{
    if (!cache)
        return;
    cache_drop(cache);
    cache_writer_stop(&cache->writer);
    pthread_mutex_destroy(&cache->mutex);
    free(cache->directory);
    free(cache->path);
    free(cache);
}

/* ---- whether it is of this file ---- */

static uint64_t sum_of_text(struct text text)
{
    return checksum_of(text.n ? text.s : "", text.n);
}

struct witness {
    const struct cache_identity *identity;
    bool is_same;
    int64_t last_run; /* the greatest rowid now */
};

static enum err_code witness_body(struct reader *reader, void *context, struct err *err)
{
    struct witness *witness = context;
    const struct cache_identity *identity = witness->identity;
    sqlite3_stmt *statement;
    witness->is_same = false;
    if (identity->device != reader->mark.main.device || identity->inode != reader->mark.main.inode ||
        identity->file_size > reader->mark.main.size || identity->schema_version != reader->schema_version)
        return ERR_OK;
    enum err_code code =
        reader_prepare(reader, "SELECT id, (SELECT max(rowid) FROM execution) FROM execution WHERE rowid = ?",
                       &statement, err);
    if (code)
        return code;
    sqlite3_bind_int64(statement, 1, identity->last_run);
    if (reader_step(reader, statement, &code, err)) {
        witness->is_same = sum_of_text(column_borrow(statement, 0)) == identity->last_id;
        witness->last_run = sqlite3_column_int64(statement, 1);
    }
    sqlite3_finalize(statement);
    return code;
}

/* ---- keeping ---- */

static bool identify(const struct cache *cache, const struct follower *follower,
                     struct cache_identity *identity)
{
    struct file_mark mark;
    if (file_mark_take(cache->path, &mark, NULL) || mark.main.device != follower->device ||
        mark.main.inode != follower->inode)
        return false;
    *identity =
        (struct cache_identity){mark.main.device,         mark.main.inode,    mark.main.size,
                                follower->schema_version, follower->last_run, sum_of_text(follower->last_id)};
    return true;
}

/* Empty where there is something that cannot be counted. */
static struct cache_bytes pack_counts(struct run_index *index)
{
    struct filter all = {0};
    struct index_question question = {.filter = &all};
    struct index_meta_options options = {.max_buckets = HISTOGRAM_MAX};
    struct arena arena;
    struct meta meta;
    struct buf out;
    arena_init(&arena);
    buf_init(&out, COUNTS_MAX);
    run_index_lock(index);
    bool is_counted = !run_index_meta(index, &question, &options, &arena, &meta) && meta.progress >= 1;
    run_index_unlock(index);
    if (is_counted)
        meta_pack(&meta, &out);
    struct cache_bytes counts = {.size = buf_is_cut(&out) ? 0 : out.len};
    counts.bytes = counts.size ? (uint8_t *)buf_take(&out) : NULL;
    buf_release(&out);
    arena_release(&arena);
    return counts;
}

static struct cache_bytes pack_columns(const struct run_index *index)
{
    struct cache_bytes columns = {0};
    if (run_index_count(index) <= CACHE_COLUMNS_MAX)
        columns.bytes = run_index_pack(index, &columns.size);
    return columns;
}

/* The very same is in the file already. */
static bool is_kept(struct cache *cache, const struct cache_identity *identity,
                    const struct cache_bytes parts[CACHE_PARTS])
{
    struct cache_file file;
    pthread_mutex_lock(&cache->mutex);
    bool is_same = !cache->is_broken;
    cache->is_broken = false;
    pthread_mutex_unlock(&cache->mutex);
    if (!is_same || !cache_file_open(&file, cache->directory, cache->path))
        return false;
    is_same = memcmp(&file.identity, identity, sizeof *identity) == 0;
    for (int part = 0; part < CACHE_PARTS; part++)
        is_same =
            is_same && file.sizes[part] == parts[part].size &&
            (!parts[part].size || file.checksums[part] == checksum_of(parts[part].bytes, parts[part].size));
    cache_file_close(&file);
    return is_same;
}

static bool has_changed(const struct cache *cache, const struct run_index *index)
{
    return run_index_count(index) >= cache->runs_min &&
           (!cache->looked_at || run_index_revision(index) != cache->revision);
}

static void start_saving(struct cache *cache, struct run_index *index, const struct follower *follower)
{
    struct cache_identity identity;
    cache->looked_at = clock_ms();
    cache->revision = run_index_revision(index);
    if (!identify(cache, follower, &identity))
        return;
    struct cache_bytes parts[CACHE_PARTS] = {[CACHE_COUNTS] = pack_counts(index)};
    if (!parts[CACHE_COUNTS].size)
        return;
    parts[CACHE_COLUMNS] = pack_columns(index);
    if (!is_kept(cache, &identity, parts)) {
        cache_writer_start(&cache->writer, cache->directory, cache->path, &identity, parts);
        return;
    }
    for (int part = 0; part < CACHE_PARTS; part++)
        free(parts[part].bytes);
}

bool cache_save_step(struct cache *cache, struct run_index *index, const struct follower *follower)
{
    if (!cache)
        return false;
    if (cache_writer_is_busy(&cache->writer)) {
        cache_writer_step(&cache->writer);
        return true;
    }
    if (!has_changed(cache, index) || (cache->looked_at && clock_ms() - cache->looked_at < CACHE_EVERY_MS))
        return false;
    start_saving(cache, index, follower);
    return true;
}

void cache_save_rest(struct cache *cache, struct run_index *index, const struct follower *follower)
{
    if (!cache)
        return;
    if (!cache_writer_is_busy(&cache->writer) && has_changed(cache, index))
        start_saving(cache, index, follower);
    while (cache_writer_is_busy(&cache->writer))
        cache_writer_step(&cache->writer);
}

/* ---- answering ---- */

static void fill_tally(struct tally *known, struct tally estimate)
{
    if (!known->is_exact)
        *known = (struct tally){estimate.n, false};
}

static void fill_facet(struct facet *known, struct facet estimate)
{
    if (known->is_counted)
        return;
    *known = estimate;
    known->is_counted = false;
}

static void fill_meta(struct meta *known, const struct meta *estimate)
{
    if (!known->total.is_exact)
        known->extent = estimate->extent;
    fill_tally(&known->total, estimate->total);
    fill_tally(&known->filtered, estimate->filtered);
    fill_tally(&known->with_interaction, estimate->with_interaction);
    fill_tally(&known->without_interaction, estimate->without_interaction);
    for (int i = 0; i < PRESET_COUNT; i++) /* what seeks in the table have told is newer */
        if (known->presets[i].n < 0)
            fill_tally(&known->presets[i], estimate->presets[i]);
    fill_facet(&known->status, estimate->status);
    fill_facet(&known->trigger, estimate->trigger);
    fill_facet(&known->tools, estimate->tools);
    fill_facet(&known->scopes, estimate->scopes);
    if (!known->histogram_is_exact)
        known->histogram = estimate->histogram;
}

/* Runs that came since have the rowids after the greatest: of them no more is known than their number. */
static void add_newer(struct meta *counts, int64_t from, int64_t to)
{
    int64_t newer;
    if (__builtin_sub_overflow(to, from, &newer) || newer < 0 || newer > INDEX_RUNS_MAX)
        return;
    counts->total.n += newer;
    counts->filtered.n += newer;
}

static bool read_counts(struct cache *cache)
{
    uint8_t *counts = cache_file_read(&cache->file, CACHE_COUNTS);
    struct text bytes = {(const char *)counts, cache->file.sizes[CACHE_COUNTS]};
    bool is_read = counts && meta_unpack(bytes, &cache->arena, &cache->counts);
    cache->is_broken = !is_read;
    free(counts);
    return is_read;
}

/* What was kept is looked for when the first question comes; where the database cannot be read just then, when the next does. */
static void open_kept(struct cache *cache, const struct reading *reading)
{
    struct err err; /* whoever reads next meets it again, and says so */
    if (cache->state != NOT_LOOKED_AT)
        return;
    cache->state = IS_OVER;
    if (!cache_file_open(&cache->file, cache->directory, cache->path))
        return;
    struct witness witness = {.identity = &cache->file.identity};
    if (source_read(reading, witness_body, &witness, &err))
        cache->state = NOT_LOOKED_AT;
    else if (witness.is_same && read_counts(cache))
        cache->state = IS_OPEN;
    if (cache->state == IS_OPEN)
        add_newer(&cache->counts, cache->file.identity.last_run, witness.last_run);
    if (cache->state != IS_OPEN)
        cache_file_close(&cache->file);
}

static bool recall(const struct cache *cache, const struct meta_query *query, struct arena *arena,
                   struct meta *meta)
{
    bool is_everything = !query->filter.count && !query->scope && !query->want_api_chart;
    if (is_everything)
        *meta = meta_recall(&cache->counts, query->now, query->max_buckets, query->bucket_width, arena);
    return is_everything;
}

static struct run_index *columns_of(struct cache *cache)
{
    if (cache->columns)
        return cache->columns;
    cache->columns = run_index_new();
    uint8_t *bytes = cache_file_read(&cache->file, CACHE_COLUMNS);
    bool is_read = bytes && run_index_unpack(cache->columns, bytes, cache->file.sizes[CACHE_COLUMNS]);
    if (!is_read && cache->file.sizes[CACHE_COLUMNS])
        cache->is_broken = true;
    free(bytes);
    return cache->columns;
}

static bool count_columns(struct cache *cache, const struct meta_query *query, struct arena *arena,
                          struct meta *meta)
{
    unsigned not_kept = 1u << FILTER_DURATION | 1u << FILTER_ID | 1u << FILTER_CODE;
    bool is_newer = filter_time_range(&query->filter, query->now).from >= cache->counts.extent.to;
    if (is_newer || filter_keys_used(&query->filter) & not_kept)
        return false;
    struct run_index *columns = columns_of(cache);
    struct index_question question = {.filter = &query->filter, .now = query->now, .scope = query->scope};
    struct index_meta_options options = {query->max_buckets, query->bucket_width, query->want_api_chart};
    run_index_lock(columns);
    bool is_counted = !run_index_meta(columns, &question, &options, arena, meta);
    run_index_unlock(columns);
    return is_counted;
}

bool cache_answer(struct cache *cache, const struct reading *reading, const struct meta_query *query,
                  struct arena *arena, struct meta *meta)
{
    struct meta estimate;
    if (!cache)
        return false;
    pthread_mutex_lock(&cache->mutex);
    open_kept(cache, reading);
    bool is_answered = cache->state == IS_OPEN && (recall(cache, query, arena, &estimate) ||
                                                   count_columns(cache, query, arena, &estimate));
    pthread_mutex_unlock(&cache->mutex);
    if (is_answered)
        fill_meta(meta, &estimate);
    return is_answered;
}
