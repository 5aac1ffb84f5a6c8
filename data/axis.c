/*
 * See histogram.h, axis_ticks. Steps under a day follow the local clock through a change of its offset: where the offset moves, the next
 * tick is the next round time of the new offset, so that labels stay round and no two ticks fall together. Days and longer steps are
 * counted in the calendar, each tick being the first instant of its day.
 */
#include "data/base/civil.h"
#include "data/histogram.h"

#include <stdio.h>

enum unit { UNIT_MS, UNIT_DAY, UNIT_MONTH, UNIT_YEAR };

struct step {
    enum unit unit;
    int64_t n;
};

static const struct step steps[] = {
    {UNIT_MS, 1 * SECOND_MS},
    {UNIT_MS, 2 * SECOND_MS},
    {UNIT_MS, 5 * SECOND_MS},
    {UNIT_MS, 10 * SECOND_MS},
    {UNIT_MS, 15 * SECOND_MS},
    {UNIT_MS, 30 * SECOND_MS},
    {UNIT_MS, 1 * MINUTE_MS},
    {UNIT_MS, 2 * MINUTE_MS},
    {UNIT_MS, 5 * MINUTE_MS},
    {UNIT_MS, 10 * MINUTE_MS},
    {UNIT_MS, 15 * MINUTE_MS},
    {UNIT_MS, 30 * MINUTE_MS},
    {UNIT_MS, 1 * HOUR_MS},
    {UNIT_MS, 2 * HOUR_MS},
    {UNIT_MS, 3 * HOUR_MS},
    {UNIT_MS, 4 * HOUR_MS},
    {UNIT_MS, 6 * HOUR_MS},
    {UNIT_MS, 12 * HOUR_MS},
    {UNIT_DAY, 1},
    {UNIT_DAY, 2},
    {UNIT_DAY, 7},
    {UNIT_DAY, 14},
    {UNIT_MONTH, 1},
    {UNIT_MONTH, 2},
    {UNIT_MONTH, 3},
    {UNIT_MONTH, 6},
    {UNIT_YEAR, 1},
    {UNIT_YEAR, 2},
    {UNIT_YEAR, 5},
    {UNIT_YEAR, 10},
    {UNIT_YEAR, 20},
    {UNIT_YEAR, 50},
    {UNIT_YEAR, 100},
    {UNIT_YEAR, 200},
    {UNIT_YEAR, 500},
    {UNIT_YEAR, 1000},
};
enum { STEP_COUNT = sizeof steps / sizeof *steps };

static int64_t nominal_ms(struct step step)
{
    static const int64_t unit_ms[] = {1, DAY_MS, 30 * DAY_MS, 365 * DAY_MS};
    return step.n * unit_ms[step.unit];
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t round_up(int64_t t, int64_t step, int64_t phase)
{
    return floor_div(t - phase + step - 1, step) * step + phase;
}

/* ---- under a day ---- */

static int64_t offset_at(int64_t t, enum time_mode mode)
{
    struct civil civil;
    return civil_of(t, mode, &civil) ? (int64_t)civil.offset_s * SECOND_MS : 0;
}

/* The first time from t on whose clock is a multiple of the step. */
static int64_t next_round_clock(int64_t t, int64_t step, enum time_mode mode)
{
    int64_t before = offset_at(t, mode);
    int64_t found = round_up(t, step, -before);
    int64_t after = offset_at(found, mode);
    if (after == before)
        return found;
    found = round_up(t, step, -after);
    for (int i = 0; i < 2 && offset_at(found, mode) != after; i++)
        found += step;
    return found;
}

/* ---- days and more ---- */

/* Days, months or years since 1970 on the calendar of the zone. */
static int64_t calendar_index(int64_t t, enum unit unit, enum time_mode mode)
{
    struct civil civil;
    if (!civil_of(t, mode, &civil))
        return 0;
    if (unit == UNIT_YEAR)
        return civil.year - 1970;
    if (unit == UNIT_MONTH)
        return (civil.year - 1970) * 12 + civil.month - 1;
    civil = (struct civil){.year = civil.year, .month = civil.month, .day = civil.day};
    return floor_div(civil_to_time(&civil, TIME_IN_UTC), DAY_MS);
}

/* The first instant of that day, month or year. */
static int64_t calendar_time(int64_t index, enum unit unit, enum time_mode mode)
{
    struct civil civil = {.year = 1970, .month = 1, .day = 1};
    if (unit == UNIT_YEAR) {
        civil.year += (int)index;
    } else if (unit == UNIT_MONTH) {
        int64_t years = floor_div(index, 12);
        civil.year += (int)years;
        civil.month += (int)(index - years * 12);
    } else if (civil_of(index * DAY_MS, TIME_IN_UTC, &civil)) {
        civil.ms = 0;
    }
    return civil_to_time(&civil, mode);
}

static int64_t next_calendar(int64_t t, struct step step, enum time_mode mode)
{
    /* Weeks begin on Monday; 1970 began on a Thursday. Decades are counted from the year 0. */
    int64_t phase = step.unit == UNIT_YEAR ? -1970 : step.unit == UNIT_DAY && step.n % 7 == 0 ? 4 : 0;
    int64_t index = round_up(calendar_index(t, step.unit, mode), step.n, phase);
    int64_t found = calendar_time(index, step.unit, mode);
    return found >= t ? found : calendar_time(index + step.n, step.unit, mode);
}

/* ---- the axis ---- */

static int64_t next_tick(int64_t t, struct step step, enum time_mode mode)
{
    return step.unit == UNIT_MS ? next_round_clock(t, step.n, mode) : next_calendar(t, step, mode);
}

/* False where the range has more than max_ticks. */
static bool fill(struct time_range range, struct step step, enum time_mode mode, int64_t *ticks,
                 size_t max_ticks, size_t *count)
{
    *count = 0;
    for (int64_t t = next_tick(range.from, step, mode); t < range.to; t = next_tick(t + 1, step, mode)) {
        if (*count == max_ticks)
            return false;
        ticks[(*count)++] = t;
    }
    return true;
}

size_t axis_ticks(struct time_range range, enum time_mode mode, int64_t *ticks, size_t max_ticks,
                  int64_t *step)
{
    size_t count = 0;
    *step = 0;
    if (!max_ticks || range.from >= range.to || range.from < FILTER_TIME_FIRST || range.to > FILTER_TIME_LAST)
        return 0;
    int64_t span = range.to - range.from;
    for (int i = 0; i < STEP_COUNT; i++) {
        *step = nominal_ms(steps[i]);
        bool is_far_too_many = span / *step / 2 > (int64_t)max_ticks;
        if (!is_far_too_many && fill(range, steps[i], mode, ticks, max_ticks, &count))
            break;
    }
    return count;
}

void axis_label(int64_t tick, int64_t step, enum time_mode mode, bool with_date, char out[TIME_TEXT])
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct civil c;
    char date[16] = "";
    if (!civil_of(tick, mode, &c)) {
        snprintf(out, TIME_TEXT, "%lld", (long long)tick);
        return;
    }
    const char *month = months[c.month - 1];
    /* Narrow, so that the compiler sees that every form fits. */
    const unsigned char day = (unsigned char)c.day, hour = (unsigned char)c.hour,
                        minute = (unsigned char)c.minute, second = (unsigned char)c.second;
    if (with_date)
        snprintf(date, sizeof date, "%s %02d ", month, day);
    if (step < MINUTE_MS)
        snprintf(out, TIME_TEXT, "%s%02d:%02d:%02d", date, hour, minute, second);
    else if (step < DAY_MS)
        snprintf(out, TIME_TEXT, "%s%02d:%02d", date, hour, minute);
    else if (step < 30 * DAY_MS)
        snprintf(out, TIME_TEXT, "%s %02d", month, day);
    else if (step < 365 * DAY_MS)
        snprintf(out, TIME_TEXT, "%s %04d", month, c.year);
    else
        snprintf(out, TIME_TEXT, "%04d", c.year);
}
