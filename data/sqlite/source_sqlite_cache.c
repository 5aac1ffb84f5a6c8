/*
 * See source_sqlite_cache.h. What is kept may be old, so it is never taken for the truth: it only fills the time until the columns have been read
 * again. That it is of this very file is told by device and inode, by the schema's version, which VACUUM moves, too, and by the run with
 * the greatest rowid, which in another history has another id.
 */
#include "data/sqlite/source_sqlite_cache.h"

#include "data/base/checksum.h"
#include "data/base/die.h"
#include "data/index/run_index_file.h"
#include "data/sqlite/source_sqlite_cache_file.h"

#include <stdlib.h>
#include <string.h>

struct cache {
    char *directory, *path; /* the real path of the database */
    size_t runs_min;
    struct run_index *index; /* the columns of the last time; nothing is ready where there are none */
    struct cache_writer writer;
    uint64_t kept;     /* checksum of the columns that are in the file; 0: not known */
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
    cache->index = run_index_new();
    cache->writer = (struct cache_writer){.directory = -1, .fd = -1};
    return cache;
}

void cache_free(struct cache *cache)
{
    if (!cache)
        return;
    cache_writer_stop(&cache->writer);
    run_index_free(cache->index);
    free(cache->directory);
    free(cache->path);
    free(cache);
}

/* ---- the columns of the last time ---- */

static uint64_t sum_of_text(struct text text)
{
    return checksum_of(text.n ? text.s : "", text.n);
}

struct witness {
    const struct cache_identity *identity;
    bool is_same;
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
    enum err_code code = reader_prepare(reader, "SELECT id FROM execution WHERE rowid = ?", &statement, err);
    if (code)
        return code;
    sqlite3_bind_int64(statement, 1, identity->last_run);
    if (reader_step(reader, statement, &code, err))
        witness->is_same = sum_of_text(column_borrow(statement, 0)) == identity->last_id;
    sqlite3_finalize(statement);
    return code;
}

static bool is_same_file(const struct cache_identity *identity, const struct reading *reading)
{
    struct witness witness = {.identity = identity};
    struct err err; /* whoever reads next meets it again, and says so */
    return source_read(reading, witness_body, &witness, &err) == ERR_OK && witness.is_same;
}

bool cache_load(struct cache *cache, const struct reading *reading)
{
    struct cache_file file;
    if (!cache || !cache_file_open(&file, cache->directory, cache->path))
        return false;
    uint8_t *columns = is_same_file(&file.identity, reading) ? cache_file_read(&file) : NULL;
    bool is_loaded = columns && run_index_unpack(cache->index, columns, file.size);
    if (is_loaded)
        cache->kept = file.checksum;
    free(columns);
    cache_file_close(&file);
    return is_loaded;
}

void cache_drop(struct cache *cache)
{
    if (cache)
        run_index_reset(cache->index);
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

static bool has_changed(const struct cache *cache, const struct run_index *index)
{
    size_t runs = run_index_count(index);
    return runs >= cache->runs_min && runs <= CACHE_RUNS_MAX &&
           (!cache->looked_at || run_index_revision(index) != cache->revision);
}

static void start_saving(struct cache *cache, const struct run_index *index, const struct follower *follower)
{
    size_t size;
    struct cache_identity identity;
    cache->looked_at = clock_ms();
    cache->revision = run_index_revision(index);
    uint8_t *columns = identify(cache, follower, &identity) ? run_index_pack(index, &size) : NULL;
    if (!columns)
        return;
    uint64_t sum = checksum_of(columns, size);
    if (sum == cache->kept) {
        free(columns);
        return;
    }
    cache->kept = sum;
    cache_writer_start(&cache->writer, cache->directory, cache->path, &identity, columns, size);
}

bool cache_save_step(struct cache *cache, const struct run_index *index, const struct follower *follower)
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

void cache_save_rest(struct cache *cache, const struct run_index *index, const struct follower *follower)
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
    for (int i = 0; i < PRESET_COUNT; i++)
        fill_tally(&known->presets[i], estimate->presets[i]);
    fill_facet(&known->status, estimate->status);
    fill_facet(&known->trigger, estimate->trigger);
    fill_facet(&known->tools, estimate->tools);
    fill_facet(&known->scopes, estimate->scopes);
    if (!known->histogram_is_exact)
        known->histogram = estimate->histogram;
}

bool cache_answer(struct cache *cache, const struct meta_query *query, struct arena *arena, struct meta *meta)
{
    unsigned unknown = 1u << FILTER_DURATION | 1u << FILTER_ID | 1u << FILTER_CODE;
    if (!cache || filter_keys_used(&query->filter) & unknown)
        return false;
    struct index_question question = {.filter = &query->filter, .now = query->now, .scope = query->scope};
    struct index_meta_options options = {query->max_buckets, query->bucket_width, query->want_api_chart};
    struct meta estimate;
    run_index_lock(cache->index);
    bool is_answered = !run_index_meta(cache->index, &question, &options, arena, &estimate);
    run_index_unlock(cache->index);
    if (is_answered)
        fill_meta(meta, &estimate);
    return is_answered;
}
