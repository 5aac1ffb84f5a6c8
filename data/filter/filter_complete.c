/*
 * See filter_complete.h. Two passes over the same candidates: first those that begin with what is typed, then those that hold it
 * elsewhere. A word without a key is completed to keys and, from two letters on, to whole terms, because people type `failed` before
 * they know that it is a status.
 */
#include "data/filter/filter_complete.h"

#include "data/base/needle.h"
#include "data/filter/filter_place.h"
#include "data/filter/filter_terms.h"

#include <stdio.h>

enum { LETTERS_FOR_TERMS = 2 };

/* The candidates as they gather. */
struct gather {
    struct text line;
    struct filter_place place;
    const struct meta *meta;
    struct arena *arena;
    struct needle *needle;
    bool wants_beginning; /* this pass: those that begin with what is typed, or those that do not */
    struct completion *items;
    size_t count, max;
};

static bool is_this_pass(const struct gather *g, struct text word)
{
    ptrdiff_t at = needle_find(g->needle, word, 0, NULL);
    return g->wants_beginning ? at == 0 : at > 0;
}

static bool is_gathered(const struct gather *g, struct text insert)
{
    for (size_t i = 0; i < g->count; i++)
        if (text_eq(g->items[i].insert, insert))
            return true;
    return false;
}

static void add(struct gather *g, struct text insert, const char *help, int64_t count)
{
    struct text there = {g->line.s + g->place.start, g->place.end - g->place.start};
    if (g->count >= g->max || text_eq(insert, there) || is_gathered(g, insert))
        return;
    struct text copy = arena_text(g->arena, insert);
    g->items[g->count++] = (struct completion){copy, copy, text_of(help), count};
}

/* Whether the value stands in the term already, in another place than under the cursor. */
static bool is_chosen(const struct gather *g, struct text value)
{
    for (size_t at = g->place.first_value, end; !g->place.is_word; at = end + 1) {
        end = filter_value_end(g->line, at);
        if (at != g->place.start && text_eq_fold((struct text){g->line.s + at, end - at}, value))
            return true;
        if (end >= g->line.n || g->line.s[end] != ',')
            return false;
    }
    return false;
}

/* A value as a candidate: behind its key the value alone, in a bare word the whole term. */
static void offer(struct gather *g, enum filter_key key, struct text value, const char *help, int64_t count)
{
    struct buf insert;
    if (g->count >= g->max || !filter_text_is_usable(key, value) || !is_this_pass(g, value))
        return;
    buf_init(&insert, FILTER_TEXT_MAX);
    if (g->place.is_word)
        buf_printf(&insert, "%s:", filter_key_word(key));
    filter_write_text(key, value, &insert);
    if (!buf_is_cut(&insert) && !is_chosen(g, buf_as_text(&insert)))
        add(g, buf_as_text(&insert), help, count);
    buf_release(&insert);
}

/* ---- what there is to offer ---- */

static void offer_keys(struct gather *g)
{
    static const char *const help[] = {
#define X(id, word, text) text,
        FILTER_KEYS(X)
#undef X
    };
    for (int k = 0; k < FILTER_KEY_COUNT; k++) {
        char insert[32];
        int n = snprintf(insert, sizeof insert, "%s:", filter_key_word((enum filter_key)k));
        struct text text = {insert, (size_t)n};
        if (is_this_pass(g, (struct text){insert, (size_t)n - 1}))
            add(g, text, help[k], -1);
    }
}

/* What a narrowed facet has no runs of may well have some under other terms. */
static int64_t known_count(const struct facet *facet, int64_t count)
{
    if (!facet->is_counted && !facet->is_narrowed)
        return -1;
    return facet->is_narrowed && !count ? -1 : count;
}

static int64_t count_in(const struct facet *facet, struct text word)
{
    if (!facet)
        return -1;
    return known_count(facet, facet_count(facet, word));
}

/* What the count beside it is of. */
static const char *help_of(const struct facet *facet, int64_t count, const char *help, const char *narrowed)
{
    return facet && facet->is_narrowed && count >= 0 ? narrowed : help;
}

static void offer_word(struct gather *g, enum filter_key key, struct text word, const struct facet *facet,
                       int64_t count)
{
    offer(g, key, word, help_of(facet, count, "", "filtered"), count);
}

static void offer_statuses(struct gather *g)
{
    const struct facet *facet = g->meta ? &g->meta->status : NULL;
    for (int s = 0; s < STATUS_OTHER; s++)
        offer_word(g, FILTER_STATUS, text_of(run_status_label((enum run_status)s)), facet,
                   count_in(facet, text_of(run_status_word((enum run_status)s))));
    for (size_t i = 0; facet && i < facet->count; i++)
        if (run_status_of(facet->values[i].word) == STATUS_OTHER)
            offer_word(g, FILTER_STATUS, facet->values[i].word, facet,
                       known_count(facet, facet->values[i].count));
}

static void offer_triggers(struct gather *g)
{
    static const char *const known[] = {"cli", "http", "mcp"};
    const struct facet *facet = g->meta ? &g->meta->trigger : NULL;
    for (size_t i = 0; facet && i < facet->count; i++)
        if (!text_is_null(facet->values[i].word) && facet->values[i].word.n)
            offer_word(g, FILTER_TRIGGER, facet->values[i].word, facet,
                       known_count(facet, facet->values[i].count));
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        offer_word(g, FILTER_TRIGGER, text_of(known[i]), facet, count_in(facet, text_of(known[i])));
    offer(g, FILTER_TRIGGER, TEXT_LIT("unknown"), "none was recorded", count_in(facet, TEXT_NULL));
}

/* The namespace that lies one segment behind what is typed: github.* for git, github.issues.* for github.i. Its calls are not known: the
 * facet holds only the paths that are called most. */
static void offer_namespace(struct gather *g, struct text path)
{
    size_t dots = 0, at = 0;
    for (size_t i = 0; i < g->place.typed.n; i++)
        dots += g->place.typed.s[i] == '.';
    for (; at < path.n && (path.s[at] != '.' || dots-- > 0); at++)
        continue;
    if (!at || at >= path.n)
        return;
    const char *pattern = arena_printf(g->arena, "%.*s.*", (int)at, path.s);
    offer(g, FILTER_TOOL, text_of(pattern), "and everything below", -1);
}

static void offer_tools(struct gather *g)
{
    const struct facet *facet = g->meta ? &g->meta->tools : NULL;
    for (size_t i = 0; facet && i < facet->count; i++) {
        int64_t count = known_count(facet, facet->values[i].count);
        offer_namespace(g, facet->values[i].word);
        offer(g, FILTER_TOOL, facet->values[i].word, help_of(facet, count, "calls", "calls, filtered"),
              count);
    }
}

static int64_t count_of(const struct meta *meta, struct tally tally)
{
    return meta && tally.is_exact ? tally.n : -1;
}

static void offer_flags(struct gather *g)
{
    static const struct meta nothing;
    const struct meta *meta = g->meta ? g->meta : &nothing;
    int64_t with = count_of(g->meta, meta->with_interaction),
            without = count_of(g->meta, meta->without_interaction);
    if (is_this_pass(g, TEXT_LIT("true")))
        add(g, TEXT_LIT("true"), "a person was asked", with);
    if (is_this_pass(g, TEXT_LIT("false")))
        add(g, TEXT_LIT("false"), "nobody was asked", without);
}

static void offer_times(struct gather *g)
{
    static const struct {
        enum time_preset preset;
        const char *label;
        int64_t span;
    } presets[] = {
#define X(id, label, span) {id, label, span},
        TIME_PRESETS(X)
#undef X
    };
    bool is_after = g->place.key == FILTER_AFTER;
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++) {
        char span[TIME_TEXT];
        if (!presets[i].span)
            continue;
        span_format(presets[i].span, span);
        if (is_this_pass(g, text_of(span)))
            add(g, text_of(span), is_after ? presets[i].label : "ago and earlier",
                is_after && g->meta ? count_of(g->meta, g->meta->presets[presets[i].preset]) : -1);
    }
}

/* A number alone wants a unit. */
static void offer_units(struct gather *g)
{
    static const char *const units[][2] = {
        {"m", "minutes ago"}, {"h", "hours ago"}, {"d", "days ago"}, {"w", "weeks ago"}};
    struct text typed = g->place.typed;
    if (!typed.n || typed.n > 3 || !g->wants_beginning)
        return;
    for (size_t i = 0; i < typed.n; i++)
        if (typed.s[i] < '0' || typed.s[i] > '9')
            return;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        add(g, text_of(arena_printf(g->arena, "%.*s%s", (int)typed.n, typed.s, units[i][0])), units[i][1],
            -1);
}

static void offer_durations(struct gather *g)
{
    static const char *const spans[] = {">1s", ">5s", ">30s", ">1m", ">5m", "<=1s", "<=200ms"};
    static const char *const numbers[] = {">1000", ">5000", ">30000", "<=1000", "<=200"};
    size_t n = g->place.is_plain_number ? sizeof numbers / sizeof *numbers : sizeof spans / sizeof *spans;
    const char *const *forms = g->place.is_plain_number ? numbers : spans;
    for (size_t i = 0; i < n; i++)
        if (is_this_pass(g, text_of(forms[i])))
            add(g, text_of(forms[i]), forms[i][0] == '>' ? "slower" : "as quick or quicker", -1);
}

static void offer_for_word(struct gather *g)
{
    offer_keys(g);
    if (g->place.typed.n < LETTERS_FOR_TERMS)
        return;
    offer_statuses(g);
    offer_triggers(g);
    offer_tools(g);
}

static void offer_all(struct gather *g)
{
    if (g->place.is_word) {
        offer_for_word(g);
        return;
    }
    switch (g->place.key) {
    case FILTER_STATUS: offer_statuses(g); break;
    case FILTER_TRIGGER: offer_triggers(g); break;
    case FILTER_TOOL: offer_tools(g); break;
    case FILTER_ELICITATION: offer_flags(g); break;
    case FILTER_DURATION: offer_durations(g); break;
    case FILTER_AFTER:
    case FILTER_BEFORE:
        offer_times(g);
        offer_units(g);
        break;
    default: break;
    }
}

struct completions filter_complete(struct text line, size_t cursor, const struct meta *meta, size_t max,
                                   struct arena *arena)
{
    struct gather g = {.line = line, .meta = meta, .arena = arena};
    g.max = max < COMPLETIONS_MAX ? max : COMPLETIONS_MAX;
    if (!g.max || !filter_place_of(line, cursor, &g.place))
        return (struct completions){.start = cursor, .end = cursor};
    g.items = arena_array(arena, g.max, sizeof *g.items);
    g.needle = needle_new(g.place.typed);
    g.wants_beginning = true;
    offer_all(&g);
    g.wants_beginning = false;
    if (g.place.typed.n)
        offer_all(&g);
    needle_free(g.needle);
    return (struct completions){g.place.start, g.place.end, g.items, g.count};
}
