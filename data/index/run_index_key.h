/*
 * What an answer was made for: whether a kept one still answers. Between the files of run_index only.
 */
#pragma once

#include "data/index/run_index_private.h"

struct index_key {
    const struct run_index *index; /* NULL: answers nothing */
    struct filter filter;
    char *scope;
    unsigned without, missing, usable;
    size_t external_count;
    uint64_t external_version; /* the caller's to compare */
};

void index_key_set(struct index_key *key, const struct run_index *index,
                   const struct index_question *question); /* releases what it was before */
void index_key_release(struct index_key *key);
/* Whether the question is the same and the same columns answer it; times relative to now may have slid, searches gone on, and runs
 * changed. */
bool index_key_fits(const struct index_key *key, const struct run_index *index,
                    const struct index_question *question);
