/*
 * See timefmt.h: times as text. Every formatter is total: a history can hold any 64-bit number, and a row
 * that cannot be dated is shown with its number rather than not at all.
 */
#include "data/base/timefmt.h"

#include "data/base/civil.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void time_init(void)
{
    tzset();
}

int64_t time_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * SECOND_MS + now.tv_nsec / 1000000;
}

static void format_number(int64_t t, char out[TIME_TEXT])
{
    if (t == TIME_NONE)
        snprintf(out, TIME_TEXT, "–");
    else
        snprintf(out, TIME_TEXT, "%lld", (long long)t);
}

/* Zones without letters are called by their offset in the tz database: "+0530", "-03". */
static void format_zone(const struct civil *civil, char out[TIME_TEXT])
{
    const char *name = civil->zone;
    if (name[0] != '+' && name[0] != '-') {
        snprintf(out, TIME_TEXT, "%.20s", name);
        return;
    }
    int minutes = abs(civil->offset_s) / 60;
    snprintf(out, TIME_TEXT, "UTC%c%02d:%02d", civil->offset_s < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

void time_zone_name(int64_t t, enum time_mode mode, char out[TIME_TEXT])
{
    struct civil civil;
    if (civil_of(t, mode, &civil))
        format_zone(&civil, out);
    else
        snprintf(out, TIME_TEXT, "UTC");
}

void time_format_row(int64_t t, enum time_mode mode, int64_t now, char out[TIME_TEXT])
{
    struct civil c, today;
    if (mode == TIME_RELATIVE && t != TIME_NONE) {
        time_format_ago(t, now, out);
        return;
    }
    if (!civil_of(t, mode, &c)) {
        format_number(t, out);
        return;
    }
    if (civil_of(now, mode, &today) && today.year == c.year)
        snprintf(out, TIME_TEXT, "%s %02d %02d:%02d:%02d.%03d", months[c.month - 1], c.day, c.hour, c.minute,
                 c.second, c.ms);
    else
        snprintf(out, TIME_TEXT, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute,
                 c.second);
}

void time_format_short(int64_t t, enum time_mode mode, char out[TIME_TEXT])
{
    struct civil c;
    if (civil_of(t, mode, &c))
        snprintf(out, TIME_TEXT, "%02d:%02d:%02d.%03d", c.hour, c.minute, c.second, c.ms);
    else
        format_number(t, out);
}

void time_format_clock(int64_t t, enum time_mode mode, char out[TIME_TEXT])
{
    struct civil c;
    if (!civil_of(t, mode, &c)) {
        format_number(t, out);
        return;
    }
    char zone[TIME_TEXT];
    format_zone(&c, zone);
    snprintf(out, TIME_TEXT, "%02d:%02d %.24s", c.hour, c.minute, zone);
}

void time_format_full(int64_t t, enum time_mode mode, char out[TIME_TEXT])
{
    struct civil c;
    if (!civil_of(t, mode, &c)) {
        format_number(t, out);
        return;
    }
    char zone[TIME_TEXT];
    format_zone(&c, zone);
    snprintf(out, TIME_TEXT, "%04d-%02d-%02d %02d:%02d:%02d.%03d %.20s", c.year, c.month, c.day, c.hour,
             c.minute, c.second, c.ms, zone);
}

/* Without an offset; parts that are zero at the end are left out. */
static int format_iso_bare(const struct civil *c, char out[TIME_TEXT])
{
    int n = snprintf(out, TIME_TEXT, "%04d-%02d-%02d", c->year, c->month, c->day);
    if (c->hour || c->minute || c->second || c->ms)
        n += snprintf(out + n, TIME_TEXT - (size_t)n, "T%02d:%02d", c->hour, c->minute);
    if (c->second || c->ms)
        n += snprintf(out + n, TIME_TEXT - (size_t)n, ":%02d", c->second);
    if (c->ms)
        n += snprintf(out + n, TIME_TEXT - (size_t)n, ".%03d", c->ms);
    return n;
}

static bool reads_back(const char *text, enum time_mode mode, int64_t t)
{
    int64_t back;
    return time_parse(text_of(text), mode, &back) && back == t;
}

void time_format_iso(int64_t t, enum time_mode mode, char out[TIME_TEXT])
{
    struct civil c;
    if (!civil_of(t, mode, &c)) {
        format_number(t, out);
        return;
    }
    int n = format_iso_bare(&c, out);
    if (reads_back(out, mode, t))
        return;
    int minutes = abs(c.offset_s) / 60;
    if (n == 10)
        n += snprintf(out + n, TIME_TEXT - (size_t)n, "T00:00");
    snprintf(out + n, TIME_TEXT - (size_t)n, "%c%02d:%02d", c.offset_s < 0 ? '-' : '+', minutes / 60,
             minutes % 60);
    if (reads_back(out, mode, t))
        return;
    /* An offset with seconds, as before the zones were made. */
    civil_of(t, TIME_IN_UTC, &c);
    n = format_iso_bare(&c, out);
    snprintf(out + n, TIME_TEXT - (size_t)n, "%s", n == 10 ? "T00:00Z" : "Z");
}

void time_format_ago(int64_t t, int64_t now, char out[TIME_TEXT])
{
    int64_t past;
    if (t == TIME_NONE || __builtin_sub_overflow(now, t, &past) || past == INT64_MIN) {
        format_number(t, out);
        return;
    }
    int64_t s = (past < 0 ? -past : past) / SECOND_MS;
    const char *before = past < 0 ? "in " : "", *after = past < 0 ? "" : " ago";
    if (s == 0)
        snprintf(out, TIME_TEXT, "now");
    else if (s < 60)
        snprintf(out, TIME_TEXT, "%s%llds%s", before, (long long)s, after);
    else if (s < 3600)
        snprintf(out, TIME_TEXT, "%s%lldm %02llds%s", before, (long long)s / 60, (long long)s % 60, after);
    else if (s < 86400)
        snprintf(out, TIME_TEXT, "%s%lldh %02lldm%s", before, (long long)s / 3600, (long long)s / 60 % 60,
                 after);
    else if (s < 100 * 86400)
        snprintf(out, TIME_TEXT, "%s%lldd %02lldh%s", before, (long long)s / 86400, (long long)s / 3600 % 24,
                 after);
    else
        snprintf(out, TIME_TEXT, "%s%lldd%s", before, (long long)s / 86400, after);
}
