/*
 * One set of made-up values for all widget tests, so that a golden of one widget can be read beside that of another.
 */
#include "tests/support/samples.h"

#include <assert.h>
#include <locale.h>
#include <stdlib.h>
#include <time.h>

void sample_locale(void)
{
    const char *locale = setlocale(LC_CTYPE, "C.UTF-8");
    assert(locale);
    setenv("TZ", "UTC", 1);
    tzset();
}

static const char *const CODES[] = {
    "const issues = await tools.github.issues.list({ owner: \"acme\", repo: \"billing\", state: \"open\" });",
    "throw new Error(\"rate limited: retry after 41s\")",
    "return await tools.crm.contacts.search({ query: \"smith\", limit: 20 })",
    "await tools.slack.chat.postMessage({ channel: \"#ops\", text: `deployed ${version}` })",
    "for (const id of stale) await tools.github.issues.update({ id, labels: [\"stale\"] })",
    "const pr = await tools.github.pulls.get({ number: 4812 }); return pr.mergeable",
};

static const char *const STATUSES[] = {"running",   "failed",    "waiting_for_interaction",
                                       "failed",    "completed", "completed",
                                       "failed",    "completed", "cancelled",
                                       "completed", "pending",   "completed"};

static const int64_t DURATIONS[] = {812, 41200, 5910, 5200, 96, 212, 1340, 2080, 63000, 7384000};

static struct run_row sample_row(struct arena *arena, size_t i)
{
    static const char *const kinds[] = {"mcp", "http", "mcp", "cli", NULL, "mcp"};
    struct run_row row = {
        .id = text_of(arena_printf(arena, "3f1c9a52-7be0-4c1d-9a52-%012zx", i)),
        .scope_id = text_of("acme-12ab34cd"),
        .status = text_of(STATUSES[i % 12]),
        .trigger_kind = text_of(kinds[i % 6]),
        .code_head = text_of(CODES[i % 6]),
        .created_at = SAMPLE_NOW - 48518 - (int64_t)i * 9283,
        .tool_call_count = (int64_t)(i * 7 % 9),
        .log_errors = i % 4 == 1   ? (int32_t)(i % 5)
                      : i % 4 == 3 ? 2
                                   : -1,
        .log_warnings = i % 4 == 1   ? (int32_t)(i % 3)
                        : i % 4 == 3 ? 1
                                     : -1,
    };
    bool is_over = run_status_is_terminal(run_status_of(row.status));
    row.started_at = text_is(row.status, "pending") ? TIME_NONE : row.created_at;
    row.completed_at = is_over ? row.created_at + DURATIONS[i % 10] : TIME_NONE;
    row.updated_at = is_over ? row.completed_at : row.created_at;
    return row;
}

struct run_row *sample_rows(struct arena *arena, size_t count)
{
    struct run_row *rows = arena_array(arena, count, sizeof(*rows));
    for (size_t i = 0; i < count; i++)
        rows[i] = sample_row(arena, i);
    return rows;
}

struct run_row *sample_hostile_rows(struct arena *arena, size_t *count)
{
    static const char *const texts[] = {
        "\x1b[31mred\x1b[0m \x1b]0;title\x07",
        "c1 \xc2\x9b\x33\x31m and \xc2\x85 next",
        "bidi \xe2\x80\xae evil \xe2\x81\xa6 isolate",
        "zero\xe2\x80\x8bwidth \xef\xbb\xbf bom",
        "漢字かな交じり文の長い列がここに続いていく、まだ続く、もっと続く",
        "emoji 🚀🔥 family 👨‍👩‍👧 flag 🇩🇪 done",
        "combining e\xcc\x81\xcc\x82\xcc\x83 a\xcc\x8a Z\xcd\xa7",
        "broken \xff\xfe \xc0\xaf \xed\xa0\x80 end",
        "tab\tline\nreturn\rdel\x7f",
    };
    *count = sizeof(texts) / sizeof(texts[0]);
    struct run_row *rows = sample_rows(arena, *count);
    for (size_t i = 0; i < *count; i++) {
        rows[i].code_head = text_of(texts[i]);
        if (i % 2 == 0)
            rows[i].status = text_of(texts[i]);
        if (i % 3 == 0)
            rows[i].trigger_kind = text_of(texts[i]);
        rows[i].tool_call_count = (int64_t)i * 123456;
        rows[i].log_errors = (int32_t)(i * i * 40);
    }
    rows[0].created_at = INT64_MAX - 7;
    rows[1].created_at = SAMPLE_NOW - 400 * DAY_MS;
    rows[2].completed_at = rows[2].started_at - 90000;
    return rows;
}

struct histogram sample_histogram(struct arena *arena, size_t count)
{
    int64_t width = 15 * MINUTE_MS;
    int64_t end = bucket_start(SAMPLE_NOW, width) + width;
    struct histogram histogram = {.start = end - (int64_t)count * width, .width = width, .count = count};
    histogram.buckets = arena_array(arena, count, sizeof(*histogram.buckets));
    for (size_t i = 0; i < count; i++) {
        uint32_t *counts = histogram.buckets[i].counts;
        size_t percent = i * 100 / count;
        if (percent >= 27 && percent < 33)
            continue;
        counts[STATUS_COMPLETED] = (uint32_t)(8 + (i * 37 % 11) + (percent > 60 ? 6 : 0));
        counts[STATUS_FAILED] = i % 5 == 0;
        if (percent >= 62 && percent < 74) {
            counts[STATUS_FAILED] = (uint32_t)(14 + i * 13 % 11);
            counts[STATUS_COMPLETED] = (uint32_t)(3 + i * 7 % 9);
        }
        counts[STATUS_WAITING] = i % 17 == 3;
        counts[STATUS_CANCELLED] = i % 23 == 4 ? 2 : 0;
    }
    if (count)
        histogram.buckets[count - 1].counts[STATUS_RUNNING] = 3;
    return histogram;
}

static void facet_add(struct facet *facet, const char *word, int64_t count)
{
    facet->values[facet->count++] = (struct facet_value){text_of(word), count};
}

static struct facet facet_new(struct arena *arena)
{
    return (struct facet){.values = arena_array(arena, 32, sizeof(struct facet_value)), .is_counted = true};
}

struct meta sample_meta(struct arena *arena)
{
    struct meta meta = {
        .total = {48112, true},
        .filtered = {2221, true},
        .status = facet_new(arena),
        .trigger = facet_new(arena),
        .tools = facet_new(arena),
        .scopes = facet_new(arena),
        .with_interaction = {12, true},
        .without_interaction = {48100, true},
        .presets = {{48112, true}, {41, true}, {160, true}, {2221, true}, {13873, true}, {44002, true}},
        .extent = {SAMPLE_NOW - 31 * DAY_MS, SAMPLE_NOW},
        .histogram = sample_histogram(arena, 96),
        .histogram_is_exact = true,
        .progress = 1,
    };
    facet_add(&meta.status, "pending", 0);
    facet_add(&meta.status, "running", 3);
    facet_add(&meta.status, "waiting_for_interaction", 9);
    facet_add(&meta.status, "completed", 47201);
    facet_add(&meta.status, "failed", 312);
    facet_add(&meta.status, "cancelled", 12);
    facet_add(&meta.trigger, "mcp", 2221);
    facet_add(&meta.trigger, "cli", 1064);
    facet_add(&meta.trigger, "http", 747);
    facet_add(&meta.trigger, NULL, 9);
    facet_add(&meta.tools, "github.issues.list", 418);
    facet_add(&meta.tools, "slack.chat.postMessage", 197);
    facet_add(&meta.tools, "crm.contacts.search", 88);
    facet_add(&meta.tools, "search", 61);
    facet_add(&meta.scopes, "acme-12ab34cd", 48112);
    return meta;
}
