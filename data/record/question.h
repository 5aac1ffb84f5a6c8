/*
 * A question that a recorded run puts to a person, as it stands in the run's file: for those who ask and wait
 * for the answer.
 */
#pragma once

#include "data/base/buf.h"
#include "data/store/store_question.h"

#include <stdbool.h>

/* {"kind":"form","message":…,"requestedSchema":…}, or "url" with its address. A schema that is null or empty
 * has no fields. */
void question_payload(const char *message, const char *url, struct text schema_json, struct buf *payload);

/* For store_ask(); its texts are the arguments'. */
struct interaction question_row(const char *id, const char *message, bool is_url, const struct buf *payload);

/* Cancelled without an answer. ERR_NOT_FOUND: it is not open any more, and may have been answered. */
MUST_USE enum err_code question_take_back(struct store *store, struct run_ref ref, const char *id,
                                          struct err *err);

/* The content of an answer that accepts, with its secrets; inits the buffer, which is to be wiped. */
void question_content(const struct store_question *answered, struct buf *content);
void question_wipe_secret(const struct store_question *question);
