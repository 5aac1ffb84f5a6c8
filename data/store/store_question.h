/*
 * Questions as those read them who wait for an answer, or give one. What is read here is about to be written
 * to, and a reader's snapshot may be older than that. No lock is held between two calls.
 */
#pragma once

#include "data/store/store.h"

enum {
    STORE_META_READ_MAX = 64 << 10,    /* characters of a run's metadata; the rest is left out */
    STORE_PAYLOAD_READ_MAX = 2 << 20,  /* of a question's payload */
    STORE_RESPONSE_READ_MAX = 8 << 20, /* of either part of its answer */
};

/* Texts are in the arena. */
struct store_run {
    struct text scope_id, id, status, trigger_meta_json;
    int64_t completed_at;
};

/* The run of that id, or the only one that begins so. scope null: any. ERR_NOT_FOUND; ERR_USAGE: several
 * begin so. */
MUST_USE enum err_code store_find_run(struct store *store, struct text scope, struct text prefix,
                                      struct arena *arena, struct store_run *run, struct err *err);

struct store_question {
    struct interaction asked;
    struct text secret; /* response_private_json: for the asker alone */
};

/* A question of the run: by its id, or where that is null the newest that is pending, else the newest.
 * ERR_NOT_FOUND. */
MUST_USE enum err_code store_read_question(struct store *store, struct text run_id,
                                           struct text interaction_id, struct arena *arena,
                                           struct store_question *question, struct err *err);

/* The run that a question belongs to, by the beginning of the question's id. ERR_NOT_FOUND; ERR_USAGE:
 * several begin so. */
MUST_USE enum err_code store_find_asker(struct store *store, struct text prefix, struct arena *arena,
                                        struct text *run_id, struct text *interaction_id, struct err *err);

/* A number that is another one after somebody else has changed the file. */
MUST_USE enum err_code store_data_version(struct store *store, int64_t *version, struct err *err);
