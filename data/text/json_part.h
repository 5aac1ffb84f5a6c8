/*
 * Parts of a JSON text by name and in order, over borrowed text and without a tree. Meant for texts that
 * json_check has passed; in a broken one the walk ends at the break. Values are as they are spelled ("raw"):
 * strings with their quotes and escapes.
 *
 *     struct json_scan scan = json_scan(object);
 *     struct text key, value;
 *     if (json_open(&scan, JSON_OBJECT_OPEN))
 *         while (json_next_member(&scan, &key, &value))
 *             use(key, value);
 */
#pragma once

#include "data/base/arena.h"
#include "data/base/text.h"
#include "data/text/json_scan.h"

#include <stdbool.h>
#include <stdint.h>

/* Reads the first token: whether it is this one. */
bool json_open(struct json_scan *scan, enum json_token bracket);

/* The next member of an object, or element of an array, whose bracket was read. False at its end, or where it
 * is broken. */
bool json_next_member(struct json_scan *scan, struct text *key, struct text *value);
bool json_next_element(struct json_scan *scan, struct text *value);

/* The first value of that name; null where the text is null, no object, or has no such name. */
struct text json_member(struct text object, const char *name);

/* What kind of value a raw one is: the token that it starts with. JSON_END for null text. */
enum json_token json_kind(struct text raw);

/* Whether raw is a string that says this, however it is escaped. */
bool json_says(struct text raw, struct text words);

/* A string decoded (NUL-terminated), in the arena; null where raw is none. */
struct text json_decode(struct arena *arena, struct text raw);

/* Whether raw is a whole number that fits. */
bool json_whole(struct text raw, int64_t *number);
