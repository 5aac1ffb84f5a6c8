/*
 * gzip by zlib, which is loaded when something is to be served and done without where it is not there. The
 * only file that includes zlib.h is its .c.
 */
#pragma once

#include "data/base/text.h"

#include <stdbool.h>

struct serve_gzip; /* the functions of zlib; read only after loading: any thread */

struct serve_gzip *serve_gzip_load(void); /* NULL: there is none */
void serve_gzip_free(struct serve_gzip *gzip);

/* *packed is the caller's, who frees it. False where it would not be smaller. */
bool serve_gzip_pack(const struct serve_gzip *gzip, struct text bytes, char **packed, size_t *size);
