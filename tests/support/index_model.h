/*
 * A history as plain structs, and the index of it: what the tests of run_index compare with. Slow and obvious on purpose.
 */
#pragma once

#include "data/base/rand.h"
#include "data/index/run_index.h"

#define MODEL_NOW INT64_C(1700000000000)

enum { MODEL_TOOLS = 6 };

struct model_run {
    char id[40], code[40];
    const char *status, *trigger, *scope; /* trigger NULL: null */
    const char *tools[MODEL_TOOLS];       /* a path for each call */
    size_t tool_count;
    bool has_interaction;
    bool is_read; /* the index has been told its duration */
    int64_t created_at, rowid, duration_ms;
};

/* Sorted ascending by (created_at, id). */
struct model {
    struct rand rng;
    struct model_run *runs;
    size_t count;
    int64_t last_rowid;
    uint32_t spread; /* runs are created within that many ms before MODEL_NOW: 1 ties them all */
};

void model_init(struct model *model, uint64_t seed, uint32_t spread);
void model_release(struct model *model);
void model_add_runs(struct model *model, size_t count); /* random ones, kept in order */
struct model_run model_random_run(struct model *model);
size_t model_insert(struct model *model, const struct model_run *run); /* its position */
void model_remove(struct model *model, size_t position);
struct text model_run_id(const struct model_run *run);
const struct model_run *model_by_rowid(const struct model *model, int64_t rowid); /* NULL: none */

/* Build an index the way a source does: slices newest first, ties by id, columns in an order of chance with the most common word left out. */
void model_load(struct model *model, struct run_index *index); /* up to publish */
void model_fill(struct model *model, struct run_index *index, enum index_column column);
void model_build(struct model *model, struct run_index *index); /* everything but durations */
void model_read_durations(struct model *model, struct run_index *index,
                          double share);                          /* of the runs, by chance; 1: all */
int model_compare_id(void *model, int64_t rowid, struct text id); /* an index_compare_id */
struct index_upsert model_upsert(struct run_index *index, const struct model_run *run, bool is_new);

/* Every column of the index says what the model says (of those that are ready). */
void assert_index_is_model(struct run_index *index, const struct model *model);

bool model_matches(const struct model_run *run, const struct filter *filter, const char *scope);

/* A filter line of words that occur in a model, up to `most` terms. keys: bits of the keys it may use. */
enum { MODEL_LINE_MAX = 1024 };
void model_filter(struct model *model, size_t most, unsigned keys, char line[MODEL_LINE_MAX],
                  struct filter *filter);

/* The hits of the filter's CODE and ID terms, as a source would find them. With is_whole everything was searched; else a part of
 * the positions, by chance. */
struct model_externals {
    struct index_external list[FILTER_TERMS_MAX];
    struct bitmap hits[FILTER_TERMS_MAX], searched[FILTER_TERMS_MAX];
    size_t count;
};
void model_search(struct model *model, const struct filter *filter, bool is_whole,
                  struct model_externals *externals);
void model_externals_release(struct model_externals *externals);
