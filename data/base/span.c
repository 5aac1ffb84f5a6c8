/*
 * See timefmt.h: lengths of time, and counts.
 */
#include "data/base/timefmt.h"

#include <stdio.h>

static const struct unit {
    const char *name;  /* as typed */
    const char *words; /* after a number; NULL: not said in words */
    int64_t ms;
} units[] = {
    {"w", NULL, 7 * DAY_MS}, {"d", "day", DAY_MS},  {"h", "h", HOUR_MS},
    {"m", "min", MINUTE_MS}, {"s", "s", SECOND_MS}, {"ms", "ms", 1},
};
enum { UNIT_COUNT = sizeof units / sizeof *units };

#define SPAN_MAX (36525 * DAY_MS)

/* "12" or "1.5", in thousandths. At most 13 digits before the point, so that a year of milliseconds fits. */
static bool take_decimal(const char **at, const char *end, int64_t *thousandths)
{
    const char *p = *at;
    int64_t value = 0;
    int digits = 0, fraction = -1;
    for (; p < end && ((*p >= '0' && *p <= '9') || (*p == '.' && fraction < 0 && digits)); p++) {
        if (*p == '.') {
            fraction = 0;
            continue;
        }
        value = value * 10 + (*p - '0');
        if (fraction < 0 ? ++digits > 13 : ++fraction > 3)
            return false;
    }
    if (!digits || fraction == 0)
        return false;
    for (int i = fraction < 0 ? 0 : fraction; i < 3; i++)
        value *= 10;
    *at = p;
    *thousandths = value;
    return true;
}

/* The unit at `at`, searched from `first` on: units only get smaller in "1h30m". UNIT_COUNT: none. */
static int take_unit(const char **at, const char *end, int first)
{
    size_t n = 0;
    while (*at + n < end && (*at)[n] >= 'a' && (*at)[n] <= 'z')
        n++;
    int i = first;
    while (i < UNIT_COUNT && !text_is((struct text){*at, n}, units[i].name))
        i++;
    *at += n;
    return i;
}

bool span_parse(struct text text, int64_t *ms)
{
    const char *at = text.s ? text.s : "", *end = at + text.n;
    int64_t total = 0;
    for (int unit = -1; at < end;) {
        int64_t thousandths, product;
        if (!take_decimal(&at, end, &thousandths))
            return false;
        unit = take_unit(&at, end, unit + 1);
        if (unit == UNIT_COUNT || __builtin_mul_overflow(thousandths, units[unit].ms, &product))
            return false;
        total += (product + 500) / 1000;
        if (total > SPAN_MAX)
            return false;
    }
    *ms = total;
    return total > 0;
}

/* One of the next unit is said in this one: 24h and 7d are how people ask for a day and a week. */
static const struct unit *largest_unit(int64_t ms)
{
    for (int i = 0; i < UNIT_COUNT; i++)
        if (ms % units[i].ms == 0 && !(ms == units[i].ms && units[i].ms >= DAY_MS))
            return &units[i];
    return &units[UNIT_COUNT - 1];
}

void span_format(int64_t ms, char out[TIME_TEXT])
{
    const struct unit *unit = largest_unit(ms);
    if (ms == 0)
        snprintf(out, TIME_TEXT, "0s");
    else
        snprintf(out, TIME_TEXT, "%lld%s", (long long)(ms / unit->ms), unit->name);
}

void span_format_words(int64_t ms, char out[TIME_TEXT])
{
    int i = 0;
    while (i < UNIT_COUNT - 1 && (!units[i].words || ms == 0 || ms % units[i].ms))
        i++;
    int64_t n = ms / units[i].ms;
    bool is_plural = units[i].ms == DAY_MS && n != 1;
    snprintf(out, TIME_TEXT, "%lld %s%s", (long long)n, units[i].words, is_plural ? "s" : "");
}

/* Parts are cut off, not rounded, so that 59.99s never turns into 60.0s. */
static int format_duration(unsigned long long ms, const char *sign, char out[TIME_TEXT])
{
    unsigned long long s = ms / 1000, days = s / 86400;
    if (ms < 1000)
        return snprintf(out, TIME_TEXT, "%s%llums", sign, ms);
    if (s < 10)
        return snprintf(out, TIME_TEXT, "%s%llu.%02llus", sign, s, ms / 10 % 100);
    if (s < 60)
        return snprintf(out, TIME_TEXT, "%s%llu.%01llus", sign, s, ms / 100 % 10);
    if (s < 3600)
        return snprintf(out, TIME_TEXT, "%s%llum %02llus", sign, s / 60, s % 60);
    if (days == 0)
        return snprintf(out, TIME_TEXT, "%s%lluh %02llum", sign, s / 3600, s / 60 % 60);
    if (days < 100 && !(days >= 10 && *sign))
        return snprintf(out, TIME_TEXT, "%s%llud %02lluh", sign, days, s / 3600 % 24);
    if (days < 100000)
        return snprintf(out, TIME_TEXT, "%s%llud", sign, days);
    if (days / 365 < 10000)
        return snprintf(out, TIME_TEXT, "%s%lluy", sign, days / 365);
    return snprintf(out, TIME_TEXT, "%s>9999y", sign);
}

void duration_format(int64_t ms, char out[TIME_TEXT])
{
    if (ms == DURATION_NONE)
        snprintf(out, TIME_TEXT, "–");
    else
        format_duration(ms < 0 ? -(unsigned long long)ms : (unsigned long long)ms, ms < 0 ? "-" : "", out);
}

void count_format(int64_t n, char out[TIME_TEXT])
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%lld", (long long)n);
    int at = 0;
    for (int i = 0; i < len; i++) {
        out[at++] = digits[i];
        int left = len - 1 - i;
        if (left && left % 3 == 0 && digits[i] != '-')
            out[at++] = ',';
    }
    out[at] = '\0';
}

void count_format_short(int64_t n, char out[TIME_TEXT])
{
    static const char suffixes[] = "kMGTPE";
    const char *sign = n < 0 ? "-" : "";
    unsigned long long rest = n < 0 ? -(unsigned long long)n : (unsigned long long)n, tenth = 0;
    int suffix = -1;
    for (; rest >= 1000; rest /= 1000, suffix++)
        tenth = rest % 1000 / 100;
    if (suffix < 0)
        snprintf(out, TIME_TEXT, "%s%llu", sign, rest);
    else if (rest < 10 && tenth)
        snprintf(out, TIME_TEXT, "%s%llu.%llu%c", sign, rest, tenth, suffixes[suffix]);
    else
        snprintf(out, TIME_TEXT, "%s%llu%c", sign, rest, suffixes[suffix]);
}
