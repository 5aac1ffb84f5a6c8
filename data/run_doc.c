/*
 * See run_doc.h.
 */
#include "data/run_doc.h"

#include "data/base/die.h"

#include <stdlib.h>

struct run_doc {
    const struct detail_reply *detail;
};

struct run_doc *run_doc_new(const struct detail_reply *detail)
{
    struct run_doc *doc = mem_new(sizeof *doc);
    doc->detail = detail;
    return doc;
}

void run_doc_free(struct run_doc *doc)
{
    free(doc);
}
