/*
 * One run made ready to be shown: its JSON parsed, its logs split, its code scanned. Built by the lane that fetched it, since a result may be megabytes;
 * the screen only walks over it. Immutable once made.
 *
 * A view of a text that is null has no lines. Errors and messages are views too: most are plain text, some are JSON.
 */
#pragma once

#include "data/query.h"
#include "data/text/code_tokens.h"
#include "data/text/json_view.h"
#include "data/text/log_lines.h"

enum {
    RUN_DOC_FIT_CELLS = 48, /* how wide a list of scalars may be on one line */
    RUN_DOC_CALLS_BYTES =
        32 << 20,            /* payloads of calls and interactions in all; what comes after has no view */
    RUN_DOC_FIELDS_MAX = 64, /* of a requested schema */
};

struct call_doc {
    const struct tool_call *call;
    struct json_view *args, *result, *error; /* NULL: over RUN_DOC_CALLS_BYTES */
};

/* What a requested schema asks for. All decoded. */
struct schema_field {
    struct text name;
    struct text type;    /* "boolean"; null where it says none */
    struct text title;   /* its title, else its description; may be null */
    struct text options; /* the JSON of its enum; null: none */
    bool is_required;
    bool is_secret; /* its answer is told to the run alone */
};

struct interaction_doc {
    const struct interaction *interaction;
    struct json_view *message; /* of the payload, else the purpose */
    struct text url;           /* null: none */
    struct schema_field *fields;
    size_t field_count;
    struct json_view *request, *response; /* NULL: over RUN_DOC_CALLS_BYTES */
};

struct run_doc {
    const struct detail_reply *detail; /* borrowed */
    struct arena arena;
    struct json_view *trigger, *result, *error;
    struct code_view *code;
    struct log_lines *log;
    struct call_doc *calls; /* parallel to detail->calls */
    size_t call_count;
    struct interaction_doc *interactions; /* parallel to detail->detail.interactions */
    size_t interaction_count;
};

/* Borrows the reply's texts: the doc must not outlive the arena they are in. Caller frees. */
struct run_doc *run_doc_new(const struct detail_reply *detail);
void run_doc_free(struct run_doc *doc); /* NULL is allowed */
