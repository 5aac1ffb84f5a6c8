/*
 * Time is cut into bins of five minutes, each with a weight: people work by day and on weekdays, machines never stop, some minutes burst,
 * and an incident draws retries. The runs are shared out by the running sum of the weights, so any number of them comes out exactly, in
 * order, with one bin in memory at a time.
 */
#include "data/demo/demo_parts.h"

#include "data/base/die.h"

#include <math.h>
#include <stdlib.h>

#define MACHINES 0.07 /* the weight of what clocks start, against 1 for people at their busiest */
enum { WALL_MS = 3 * HOUR_MS, TODAY_MS = 25 * MINUTE_MS, TODAY_AGE_MS = 4 * HOUR_MS };
enum {
    LIVELY_BINS = 12, /* the last hour is never empty */
    SNAP_MS = 45,     /* a clock's runs start so soon after its tick */
};

double demo_shape_people(int64_t t)
{
    static const uint8_t by_hour[24] = {4,  2,  2,  2,  3,  6,  18, 45, 82, 98, 100, 86,
                                        58, 80, 97, 92, 74, 50, 30, 22, 18, 14, 10,  6};
    int64_t day = t / DAY_MS - (t % DAY_MS < 0);
    int weekday = (int)(((day + 4) % 7 + 7) % 7); /* 0: Sunday */
    int64_t hour = (t - day * DAY_MS) / HOUR_MS;
    double share = by_hour[hour] / 100.0;
    return weekday == 0 || weekday == 6 ? share * 0.14 : share;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Incidents: a wall one fifth back, a quiet one further back, a short one today. */
static void place_incidents(struct demo_shape *shape, int64_t now)
{
    int64_t span = now - shape->start;
    int64_t wall = now - span * 23 / 100;
    while (demo_shape_people(wall) < 0.8 && wall - HOUR_MS > shape->start && now - wall < span / 2)
        wall -= HOUR_MS / 2;
    int64_t wall_ms = least(span / 60, WALL_MS);
    int64_t today = now - least(span / 5, TODAY_AGE_MS);
    int64_t today_ms = least(wall_ms, TODAY_MS);
    int64_t quiet = now - span * 61 / 100;
    shape->incidents[0] =
        (struct incident){wall, wall + wall_ms, "github",
                          "{\"message\":\"API rate limit exceeded for installation ID ~N.\",\"status\":429,"
                          "\"headers\":{\"retry-after\":\"~n\",\"x-ratelimit-remaining\":\"0\"}}"};
    shape->incidents[1] = (struct incident){today, today + today_ms, "crm",
                                            "503 Service Unavailable: index is being rebuilt (attempt ~n)"};
    shape->incidents[2] = (struct incident){quiet, quiet + 2 * wall_ms, "warehouse",
                                            "canceling statement due to statement timeout (query ~h)"};
}

const struct incident *demo_shape_incident(const struct demo_shape *shape, int64_t t)
{
    for (int i = 0; i < INCIDENT_COUNT; i++)
        if (t >= shape->incidents[i].from && t < shape->incidents[i].to)
            return &shape->incidents[i];
    return NULL;
}

static double bin_weight(const struct demo_shape *shape, struct rand *rng, size_t bin, double day_factor)
{
    int64_t t = shape->start + (int64_t)bin * SHAPE_BIN_MS + SHAPE_BIN_MS / 2;
    double weight = (demo_shape_people(t) * day_factor + MACHINES) * (0.55 + 0.9 * rand_unit(rng));
    if (bin + LIVELY_BINS >= shape->bin_count && weight < 0.4)
        weight = 0.3 + 0.2 * rand_unit(rng);
    if (shape->is_burst[bin])
        weight = weight * 5 + 1;
    if (!demo_shape_incident(shape, t))
        return weight;
    return weight < 0.5 ? 1 : weight * 2; /* what fails is tried again, and somebody looks into it */
}

void demo_shape_init(struct demo_shape *shape, struct rand *rng, int64_t now, int64_t days)
{
    size_t bins = (size_t)(days * DAY_MS / SHAPE_BIN_MS);
    int64_t last = now - ((now % SHAPE_BIN_MS) + SHAPE_BIN_MS) % SHAPE_BIN_MS;
    *shape = (struct demo_shape){.start = last - (int64_t)(bins - 1) * SHAPE_BIN_MS, .bin_count = bins};
    shape->until = mem_new_array(bins, sizeof *shape->until);
    shape->is_burst = mem_new_array(bins, sizeof *shape->is_burst);
    place_incidents(shape, now);
    double sum = 0, day_factor = 1;
    for (size_t bin = 0; bin < bins; bin++) {
        if (bin % (DAY_MS / SHAPE_BIN_MS) == 0)
            day_factor = 0.7 + 0.6 * rand_unit(rng);
        shape->is_burst[bin] = rand_chance(rng, 0.005) || bin + 4 == bins;
        shape->until[bin] = sum += bin_weight(shape, rng, bin, day_factor);
    }
    for (size_t bin = 0; bin < bins; bin++)
        shape->until[bin] /= sum;
    shape->until[bins - 1] = 1;
}

void demo_shape_release(struct demo_shape *shape)
{
    free(shape->until);
    free(shape->is_burst);
}

/* Where in its bin a run starts: a clock's at the tick; in a burst within ninety seconds, often with others in the same millisecond. */
static int64_t offset_in_bin(struct rand *rng, bool is_burst, double machines, int64_t room)
{
    int64_t offset;
    if (rand_chance(rng, is_burst ? machines * 0.1 : machines))
        offset = rand_below(rng, SNAP_MS);
    else if (is_burst)
        offset = 60000 + (rand_chance(rng, 0.4) ? rand_below(rng, 60) * 1500 : rand_below(rng, 90000));
    else
        offset = rand_below(rng, SHAPE_BIN_MS);
    return offset < room ? offset : rand_between(rng, 0, room - 1);
}

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int64_t *demo_shape_times(const struct demo_shape *shape, struct rand *rng, size_t bin, int64_t total,
                          int64_t now, size_t *count)
{
    int64_t before = bin ? llround(shape->until[bin - 1] * (double)total) : 0;
    *count = (size_t)(llround(shape->until[bin] * (double)total) - before);
    int64_t start = shape->start + (int64_t)bin * SHAPE_BIN_MS;
    int64_t room = now + 1 - start < SHAPE_BIN_MS ? now + 1 - start : SHAPE_BIN_MS;
    double machines = MACHINES / (MACHINES + demo_shape_people(start));
    if (bin + LIVELY_BINS >= shape->bin_count && machines > 0.2)
        machines = 0.2;
    int64_t *times = mem_new_array(*count, sizeof *times);
    for (size_t i = 0; i < *count; i++)
        times[i] = start + offset_in_bin(rng, shape->is_burst[bin], machines, room);
    qsort(times, *count, sizeof *times, by_time);
    for (size_t i = 1; i < *count; i++) /* two that one client sends at once */
        if (rand_chance(rng, shape->is_burst[bin] ? 0.1 : 0.01))
            times[i] = times[i - 1];
    return times;
}
