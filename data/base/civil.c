/*
 * See civil.h. mktime() is not used: which of two times it takes in an ambiguous hour is unspecified and
 * depends on calls made before, and a filter must mean the same each time it is read.
 */
#include "data/base/civil.h"

#include <time.h>

enum { DAY_S = 86400 };

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

bool civil_of(int64_t t, enum time_mode mode, struct civil *civil)
{
    if (t == TIME_NONE)
        return false;
    time_t seconds = (time_t)floor_div(t, SECOND_MS);
    struct tm tm;
    if (!(mode == TIME_IN_UTC ? gmtime_r(&seconds, &tm) : localtime_r(&seconds, &tm)))
        return false;
    if (tm.tm_year < -1900 || tm.tm_year > 9999 - 1900)
        return false;
    *civil = (struct civil){.year = tm.tm_year + 1900,
                            .month = tm.tm_mon + 1,
                            .day = tm.tm_mday,
                            .hour = tm.tm_hour,
                            .minute = tm.tm_min,
                            .second = tm.tm_sec,
                            .ms = (int)(t - (int64_t)seconds * SECOND_MS),
                            .offset_s = (int)tm.tm_gmtoff,
                            .zone = mode == TIME_IN_UTC ? "UTC"
                                    : tm.tm_zone        ? tm.tm_zone
                                                        : ""};
    return true;
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar, with years that begin in March. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = floor_div(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static int64_t offset_at(int64_t seconds)
{
    time_t t = (time_t)seconds;
    struct tm tm;
    return localtime_r(&t, &tm) ? tm.tm_gmtoff : 0;
}

/* `clock` is what the local clock shows, counted as if it were UTC. The offsets a day before and after are
 * those on both sides of a change, if there is one. */
static int64_t local_to_utc(int64_t clock)
{
    int64_t before = offset_at(clock - DAY_S), after = offset_at(clock + DAY_S);
    bool is_before = offset_at(clock - before) == before;
    bool is_after = offset_at(clock - after) == after;
    if (is_before && is_after)
        return clock - (before > after ? before : after);
    return clock - (is_after ? after : before);
}

int64_t civil_to_time(const struct civil *civil, enum time_mode mode)
{
    int64_t seconds = days_of(civil->year, civil->month, civil->day) * DAY_S + civil->hour * 3600 +
                      civil->minute * 60 + civil->second;
    if (mode != TIME_IN_UTC)
        seconds = local_to_utc(seconds);
    return seconds * SECOND_MS + civil->ms;
}

int civil_days_in_month(int year, int month)
{
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && is_leap ? 29 : days[month - 1];
}
