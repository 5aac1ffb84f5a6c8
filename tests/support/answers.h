/*
 * What a real executor answered, as recorded beside its file in the fixtures next to the repository; tests
 * skip with a word where they are not there.
 */
#pragma once

#include <stdbool.h>

#include <cjson/cJSON.h>

#define FIXTURES "../shared/fixtures/"

bool answers_are_here(void);
/* What stands in executor-api/NAME.KIND; NUL-terminated, the caller frees. */
char *answers_read(const char *name, const char *kind);
/* The body; the caller deletes it. */
cJSON *answers_body(const char *name);
/* "GET /api/…": what was asked; the caller frees. */
char *answers_request(const char *name);
