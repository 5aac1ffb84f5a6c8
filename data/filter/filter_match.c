/*
 * See filter.h. The meaning of a filter, written for clearness: the SQL form and the columns in memory are
 * tested against it.
 */
#include "data/filter/filter.h"

#include "data/base/utf8.h"

bool tool_pattern_matches(struct text pattern, struct text path)
{
    bool is_prefix = pattern.n >= 2 && pattern.s[pattern.n - 1] == '*' && pattern.s[pattern.n - 2] == '.';
    if (!is_prefix)
        return text_eq(pattern, path);
    size_t n = pattern.n - 2;
    if (!path.s || path.n < n || (n && memcmp(path.s, pattern.s, n) != 0))
        return false;
    return path.n == n || path.s[n] == '.';
}

bool duration_compare(enum compare_op op, int64_t duration_ms, int64_t bound_ms)
{
    if (duration_ms == DURATION_NONE)
        return false;
    switch (op) {
    case OP_LT: return duration_ms < bound_ms;
    case OP_LE: return duration_ms <= bound_ms;
    case OP_EQ: return duration_ms == bound_ms;
    case OP_GE: return duration_ms >= bound_ms;
    case OP_GT: return duration_ms > bound_ms;
    }
    return false;
}

static bool trigger_matches(const char *wanted, struct text trigger)
{
    bool wants_null = strcmp(wanted, "unknown") == 0;
    return wants_null ? text_is_null(trigger) : text_is(trigger, wanted);
}

static bool any_tool_matches(const char *pattern, const struct filter_subject *subject)
{
    for (size_t i = 0; i < subject->tool_count; i++)
        if (tool_pattern_matches(text_of(pattern), subject->tool_paths[i]))
            return true;
    return false;
}

static bool code_matches(const char *wanted, struct text code)
{
    struct needle *needle = needle_new(text_of(wanted));
    bool is_found = !text_is_null(code) && needle_find(needle, code, 0, NULL) >= 0;
    needle_free(needle);
    return is_found;
}

static bool id_matches(const char *prefix, struct text id)
{
    size_t n = strlen(prefix);
    return id.n >= n && memcmp(id.s, prefix, n) == 0;
}

static bool value_matches(enum filter_key key, const struct filter_value *value,
                          const struct filter_subject *subject)
{
    switch (key) {
    case FILTER_STATUS: return text_is(subject->status, value->text);
    case FILTER_TRIGGER: return trigger_matches(value->text, subject->trigger_kind);
    case FILTER_TOOL: return any_tool_matches(value->text, subject);
    case FILTER_ELICITATION: return subject->has_interaction == value->flag;
    case FILTER_DURATION: return duration_compare(value->op, subject->duration_ms, value->ms);
    case FILTER_ID: return id_matches(value->text, subject->id);
    case FILTER_CODE: return code_matches(value->text, subject->code);
    default: return true; /* times are one range, tested once */
    }
}

static bool term_matches(const struct filter_term *term, const struct filter_subject *subject)
{
    if (term->key == FILTER_AFTER || term->key == FILTER_BEFORE)
        return true;
    bool is_any = false;
    for (size_t i = 0; i < term->count && !is_any; i++)
        is_any = value_matches(term->key, &term->values[i], subject);
    return is_any != term->is_excluded;
}

bool filter_matches(const struct filter *filter, const struct filter_subject *subject, int64_t now)
{
    struct time_range range = filter_time_range(filter, now);
    if (subject->created_at < range.from || (range.to != INT64_MAX && subject->created_at >= range.to))
        return false;
    for (size_t i = 0; i < filter->count; i++)
        if (!term_matches(&filter->terms[i], subject))
            return false;
    return true;
}
