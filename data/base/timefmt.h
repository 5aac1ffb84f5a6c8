/*
 * Times, durations and counts as people write and read them. Pure but for the process's TZ (call time_init() once at the
 * start; localtime_r is used after that).
 *
 * A time is an int64_t of epoch milliseconds; TIME_NONE stands for SQL null.
 */
#pragma once

#include "data/base/text.h"

#include <stdbool.h>
#include <stdint.h>

#define TIME_NONE INT64_MIN
#define DURATION_NONE INT64_MIN

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS INT64_C(60000)
#define HOUR_MS INT64_C(3600000)
#define DAY_MS INT64_C(86400000)

enum time_mode {
    TIME_LOCAL, /* the zone of TZ */
    TIME_IN_UTC,
    TIME_RELATIVE, /* "2m ago"; wherever an absolute time is needed, local */
};

enum { TIME_TEXT = 48 }; /* every formatter below writes at most this many bytes, NUL included */

void time_init(void);   /* tzset */
int64_t time_now(void); /* the wall clock; only main, loop and the sources' own threads call it */

/* "CET", "UTC"; the abbreviation in force at t. A zone without letters ("+0530") is given as "UTC+05:30". */
void time_zone_name(int64_t t, enum time_mode mode, char out[TIME_TEXT]);

/* Each is total: a time far outside the calendar is written as its number. */
void time_format_row(int64_t t, enum time_mode mode, int64_t now,
                     char out[TIME_TEXT]); /* "Nov 21 14:02:11.482"; another year
                                        than now's: "2025-11-21 14:02:11" padded to the same 19 cells; relative: "2m 03s ago" */
void time_format_short(int64_t t, enum time_mode mode,
                       char out[TIME_TEXT]); /* "14:02:11.482" (narrow list) */
void time_format_clock(int64_t t, enum time_mode mode, char out[TIME_TEXT]); /* "14:03 CET" */
void time_format_full(int64_t t, enum time_mode mode,
                      char out[TIME_TEXT]); /* "2026-11-21 14:02:11.482 CET" */
void time_format_iso(int64_t t, enum time_mode mode,
                     char out[TIME_TEXT]);                         /* shortest form that time_parse reads back
                                        to the same ms in the same mode: "2026-11-21", "2026-11-21T14:02", …:11, ….482; with an
                                        offset where the local hour is ambiguous */
void time_format_ago(int64_t t, int64_t now, char out[TIME_TEXT]); /* "2h 54m ago", "in 3s", "now" */

/* Reads an absolute time: ISO dates and times (date only = its start; 'T' or a space; optional seconds, fraction of 1..3 digits, 'Z' or
 * ±hh:mm), or epoch ms (11 digits and more). In TIME_LOCAL a time without offset is of TZ; a time in a DST gap moves forward. */
bool time_parse(struct text text, enum time_mode mode, int64_t *out);

/* "15m" "1h" "24h" "7d" "2w" "90s" "500ms" "1h30m"; also "1.5h". Positive, at most 100 years. */
bool span_parse(struct text text, int64_t *ms);
/* The form span_parse reads back exactly, in the largest units that divide: "24h" stays "24h", "7d", "90s", "2w" for 14d. */
void span_format(int64_t ms, char out[TIME_TEXT]);
/* How a bucket width is said: "15 min", "1 s", "3 h", "1 day", "30 days". */
void span_format_words(int64_t ms, char out[TIME_TEXT]);

/* A run's duration in at most 7 cells: "0ms" "812ms" "5.20s" "41.2s" "2m 03s" "1h 04m" "3d 02h"; negative with "-"; DURATION_NONE: "–". */
void duration_format(int64_t ms, char out[TIME_TEXT]);

/* "47,201". */
void count_format(int64_t n, char out[TIME_TEXT]);
/* "47k", "1.2M": at most 4 cells, for an axis. */
void count_format_short(int64_t n, char out[TIME_TEXT]);
