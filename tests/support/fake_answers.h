/*
 * Answers of a source whose runs lie in memory: filter, order, anchors, facets and histogram as data/query.h says them, the plain way.
 */
#pragma once

#include "tests/support/fake_screen.h"

/* Takes the request. code: ERR_OK, or what the source answers with instead. */
struct response *fake_answer_to(const struct fake_screen *fake, struct request *request, enum err_code code);
