/*
 * What stands in the rail. A value that a person filters by is always there, also when nothing was counted for it: or there
 * would be a tick that cannot be taken away.
 */
#include "widgets/rail.h"

#include <stdio.h>
#include <string.h>

struct builder {
    const struct filter *filter;
    const struct meta *meta; /* may be NULL */
    const char *scope;
    unsigned folded;
    struct arena *arena;
    struct rail_item *items;
    size_t count, max;
};

static void add(struct builder *b, struct rail_item item)
{
    if (b->count < b->max)
        b->items[b->count++] = item;
}

/* Adds a heading; true where the section is open. */
static bool add_heading_of(struct builder *b, enum rail_section section, bool is_narrowed)
{
    static const char *const titles[] = {
#define X(id, title) [id] = title,
        RAIL_SECTIONS(X)
#undef X
    };
    add(b, (struct rail_item){.kind = RAIL_HEADING,
                              .section = section,
                              .label = text_of(titles[section]),
                              .count = TALLY_UNKNOWN,
                              .is_narrowed = is_narrowed});
    return !(b->folded & (1u << section));
}

static bool add_heading(struct builder *b, enum rail_section section)
{
    return add_heading_of(b, section, false);
}

/* ---- facets of words: status, trigger, tool ---- */

static const struct {
    enum filter_key key;
    enum rail_section section;
} WORD_FACETS[] = {
    {FILTER_STATUS, SECTION_STATUS},
    {FILTER_TRIGGER, SECTION_TRIGGER},
    {FILTER_TOOL, SECTION_TOOLS},
};

static struct text capitalised(struct arena *arena, const char *word)
{
    char *copy = arena_strndup(arena, word, strlen(word));
    if (copy[0] >= 'a' && copy[0] <= 'z')
        copy[0] = (char)(copy[0] - 'a' + 'A');
    return text_of(copy);
}

static struct text label_of(struct builder *b, enum rail_section section, struct text value)
{
    if (section != SECTION_STATUS)
        return value;
    enum run_status status = run_status_of(value);
    return status == STATUS_OTHER ? value : capitalised(b->arena, run_status_label(status));
}

static bool has_value(const struct builder *b, size_t from, struct text value)
{
    for (size_t i = from; i < b->count; i++)
        if (text_eq(b->items[i].value, value))
            return true;
    return false;
}

static const struct facet *facet_of(const struct meta *meta, enum rail_section section)
{
    if (!meta)
        return NULL;
    if (section == SECTION_STATUS)
        return &meta->status;
    return section == SECTION_TRIGGER ? &meta->trigger : &meta->tools;
}

static bool is_narrowed(const struct builder *b, size_t facet)
{
    const struct facet *counted = facet_of(b->meta, WORD_FACETS[facet].section);
    return counted && counted->is_narrowed;
}

static void add_word(struct builder *b, size_t facet, size_t from, struct text value, struct tally count)
{
    enum rail_section section = WORD_FACETS[facet].section;
    if (text_is_null(value))
        value = TEXT_LIT("unknown");
    if (has_value(b, from, value))
        return;
    struct rail_item item = {.kind = RAIL_VALUE,
                             .section = section,
                             .value = value,
                             .label = label_of(b, section, value),
                             .mark = filter_mark(b->filter, WORD_FACETS[facet].key, value),
                             .count = count,
                             .is_narrowed = is_narrowed(b, facet)};
    bool is_asked_for = item.is_narrowed && item.mark == MARK_INCLUDED && section != SECTION_TOOLS;
    if (is_asked_for && count.n < 0)
        item.count = (struct tally){0, true}; /* its runs would be among those that were counted */
    add(b, item);
}

static struct tally value_tally(const struct facet *facet, int64_t count)
{
    if ((!facet->is_counted || facet->is_narrowed) && count == 0)
        return TALLY_UNKNOWN;
    return (struct tally){count, facet->is_counted || facet->is_narrowed};
}

static void add_own_words(struct builder *b, size_t facet, size_t from, struct tally none)
{
    for (size_t i = 0; i < b->filter->count; i++) {
        const struct filter_term *term = &b->filter->terms[i];
        for (size_t k = 0; term->key == WORD_FACETS[facet].key && k < term->count; k++)
            add_word(b, facet, from, text_of(term->values[k].text), none);
    }
}

static void add_six_statuses(struct builder *b, size_t facet, size_t from, struct tally none)
{
    for (int status = 0; status < STATUS_OTHER; status++)
        add_word(b, facet, from, text_of(run_status_word((enum run_status)status)), none);
}

static void add_words(struct builder *b, size_t facet)
{
    enum rail_section section = WORD_FACETS[facet].section;
    const struct facet *counted = facet_of(b->meta, section);
    struct tally none = counted ? value_tally(counted, 0) : TALLY_UNKNOWN;
    if (!add_heading_of(b, section, is_narrowed(b, facet)))
        return;
    size_t from = b->count;
    for (size_t i = 0; counted && i < counted->count; i++)
        add_word(b, facet, from, counted->values[i].word, value_tally(counted, counted->values[i].count));
    if (section == SECTION_STATUS)
        add_six_statuses(b, facet, from, none);
    add_own_words(b, facet, from,
                  section == SECTION_TOOLS ? TALLY_UNKNOWN : none); /* a pattern is not in the facet */
}

/* ---- the other sections ---- */

static void add_interactions(struct builder *b)
{
    static const struct {
        const char *value, *label;
    } answers[] = {{"true", "Elicited"}, {"false", "No elicitation"}};
    if (!add_heading(b, SECTION_INTERACTIONS))
        return;
    for (int i = 0; i < 2; i++) {
        struct tally count = !b->meta ? TALLY_UNKNOWN
                             : i      ? b->meta->without_interaction
                                      : b->meta->with_interaction;
        struct text value = text_of(answers[i].value);
        add(b, (struct rail_item){.kind = RAIL_VALUE,
                                  .section = SECTION_INTERACTIONS,
                                  .value = value,
                                  .label = text_of(answers[i].label),
                                  .mark = filter_mark(b->filter, FILTER_ELICITATION, value),
                                  .count = count});
    }
}

static bool has_time(const struct filter *filter)
{
    return filter_keys_used(filter) & (1u << FILTER_AFTER | 1u << FILTER_BEFORE);
}

/* "Nov 21 09:00", without the time where `date_only`. */
static void format_end(const struct builder *b, int64_t t, bool date_only, char out[TIME_TEXT])
{
    char row[TIME_TEXT];
    int64_t now = b->meta && b->meta->extent.from < b->meta->extent.to ? b->meta->extent.to : t;
    time_format_row(t, TIME_LOCAL, now, row);
    int date = row[0] >= '0' && row[0] <= '9' ? 10 : 6;
    snprintf(out, TIME_TEXT, "%.*s", date_only ? date : date + 6, row);
}

/* "Nov 21 09:00 – 11:13", "Nov 03 – Nov 21", "since Nov 21 09:00": what fits beside a count. */
static const char *range_label(const struct builder *b, struct time_range range)
{
    char from[TIME_TEXT], to[TIME_TEXT];
    bool has_from = range.from != INT64_MIN, has_to = range.to != INT64_MAX;
    if (has_from && has_to) {
        bool is_long = range.to - range.from > DAY_MS;
        format_end(b, range.from, is_long, from);
        format_end(b, is_long ? range.to - 1 : range.to, is_long, to);
        const char *clock = strrchr(to, ' ');
        return arena_printf(b->arena, "%s – %s", from, is_long || !clock ? to : clock + 1);
    }
    format_end(b, has_from ? range.from : range.to, false, from);
    return arena_printf(b->arena, "%s %s", has_from ? "since" : "until", from);
}

static const char *custom_label(const struct builder *b)
{
    int64_t recent = filter_recent(b->filter);
    char span[TIME_TEXT];
    if (recent > 0) {
        span_format(recent, span);
        return arena_printf(b->arena, "last %s", span);
    }
    if (filter_has_relative_time(b->filter))
        return "other range";
    return range_label(b, filter_time_range(b->filter, 0));
}

static void add_preset(struct builder *b, int preset, const char *label, bool is_on, struct tally count)
{
    add(b, (struct rail_item){.kind = RAIL_VALUE,
                              .section = SECTION_TIME,
                              .label = text_of(label),
                              .preset = preset,
                              .mark = is_on ? MARK_INCLUDED : MARK_NONE,
                              .count = count});
}

static void add_times(struct builder *b)
{
    static const struct {
        const char *label;
        int64_t span;
    } presets[] = {
#define X(id, label, span) [id] = {label, span},
        TIME_PRESETS(X)
#undef X
    };
    int64_t recent = filter_recent(b->filter);
    bool is_custom = has_time(b->filter);
    if (!add_heading(b, SECTION_TIME))
        return;
    for (int i = 0; i < PRESET_COUNT; i++) {
        bool is_on = recent == presets[i].span;
        add_preset(b, i, presets[i].label, is_on, b->meta ? b->meta->presets[i] : TALLY_UNKNOWN);
        is_custom = is_custom && !is_on;
    }
    if (is_custom)
        add_preset(b, -1, custom_label(b), true, TALLY_UNKNOWN);
}

static void add_scope(struct builder *b, struct text value, struct text label, bool is_on, struct tally count)
{
    add(b, (struct rail_item){.kind = RAIL_VALUE,
                              .section = SECTION_SCOPE,
                              .value = value,
                              .label = label,
                              .mark = is_on ? MARK_INCLUDED : MARK_NONE,
                              .count = count});
}

static void add_scopes(struct builder *b)
{
    const struct facet *scopes = b->meta ? &b->meta->scopes : NULL;
    bool has_choice = scopes && (scopes->count >= 2 || b->scope); /* a chosen one can always be left */
    if (!has_choice || !add_heading(b, SECTION_SCOPE))
        return;
    add_scope(b, TEXT_NULL, TEXT_LIT("all scopes"), !b->scope, TALLY_UNKNOWN);
    for (size_t i = 0; i < scopes->count; i++) {
        const struct facet_value *value = &scopes->values[i];
        add_scope(b, value->word, value->word, b->scope && text_is(value->word, b->scope),
                  value_tally(scopes, value->count));
    }
}

static void add_codes(struct builder *b)
{
    if (!add_heading(b, SECTION_CODE))
        return;
    for (size_t i = 0; i < b->filter->count; i++) {
        const struct filter_term *term = &b->filter->terms[i];
        for (size_t k = 0; term->key == FILTER_CODE && k < term->count; k++) {
            struct text text = text_of(term->values[k].text);
            add(b, (struct rail_item){.kind = RAIL_VALUE,
                                      .section = SECTION_CODE,
                                      .value = text,
                                      .label = text,
                                      .mark = term->is_excluded ? MARK_EXCLUDED : MARK_INCLUDED,
                                      .count = TALLY_UNKNOWN});
        }
    }
}

size_t rail_items(const struct filter *filter, const struct meta *meta, const char *scope, unsigned folded,
                  struct arena *arena, struct rail_item *items, size_t max)
{
    struct builder b = {filter, meta, scope, folded, arena, items, 0, max};
    add_words(&b, 0);
    add_words(&b, 1);
    add_interactions(&b);
    add_words(&b, 2);
    add_times(&b);
    add_scopes(&b);
    add_codes(&b);
    return b.count;
}
