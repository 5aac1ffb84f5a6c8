/*
 * What a link to the web page, or to the API's list, says beside the address: its query, and the run in its path.
 */
#pragma once

#include "data/http/http_address.h"

/* `query` without its '?', percent-encoded, or NULL; run_id decoded, or null. Fills filter, sort, run_id and note; the filter must be initialised. */
void http_link_read(const char *query, struct text run_id, struct http_address *address);
