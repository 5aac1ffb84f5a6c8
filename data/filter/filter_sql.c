/*
 * See filter_sql.h. Every value is a parameter, never text in the statement. What is excluded is written `(…) IS NOT TRUE`: unlike NOT it
 * keeps the rows for which the condition is null, which is what "the others" means to a person.
 */
#include "data/filter/filter_sql.h"

#include "data/base/buf.h"

#include <stdarg.h>

struct writer {
    struct buf where;
    struct arena *arena;
    struct sql_binding *bindings;
    size_t count;
};

/* The most bindings a term's value needs (a tool prefix), and those of time and scope. */
enum { VALUE_BINDINGS = 3, OTHER_BINDINGS = 3, WHERE_MAX = 1 << 20 };

static void bind_text(struct writer *w, struct text text)
{
    w->bindings[w->count++] = (struct sql_binding){.is_text = true, .text = text};
}

static void bind_number(struct writer *w, int64_t number)
{
    w->bindings[w->count++] = (struct sql_binding){.number = number};
}

static void begin_condition(struct writer *w)
{
    if (w->where.len)
        buf_str(&w->where, " AND ");
}

/* `e.x IN (?,?)` for every value but `left_out`; "0" where none is left. */
static void write_in(struct writer *w, const char *column, const struct filter_term *term,
                     const char *left_out)
{
    size_t written = 0;
    for (size_t i = 0; i < term->count; i++) {
        if (left_out && strcmp(term->values[i].text, left_out) == 0)
            continue;
        buf_printf(&w->where, written++ ? ",?" : "%s IN (?", column);
        bind_text(w, text_of(term->values[i].text));
    }
    buf_str(&w->where, written ? ")" : "0");
}

static bool has_value(const struct filter_term *term, const char *word)
{
    for (size_t i = 0; i < term->count; i++)
        if (strcmp(term->values[i].text, word) == 0)
            return true;
    return false;
}

static void write_trigger(struct writer *w, const struct filter_term *term)
{
    write_in(w, "+e.trigger_kind", term, "unknown");
    if (has_value(term, "unknown"))
        buf_str(&w->where, " OR e.trigger_kind IS NULL");
}

/* A prefix is a range: '/' is the byte after '.', so that [prefix., prefix/) holds all that begins with "prefix.". */
static void write_tool_value(struct writer *w, struct text pattern)
{
    bool is_prefix = pattern.n >= 2 && memcmp(pattern.s + pattern.n - 2, ".*", 2) == 0;
    if (!is_prefix) {
        buf_str(&w->where, "+c.tool_path = ?");
        bind_text(w, pattern);
        return;
    }
    int n = (int)(pattern.n - 2);
    buf_str(&w->where, "+c.tool_path = ? OR (+c.tool_path >= ? AND +c.tool_path < ?)");
    bind_text(w, (struct text){pattern.s, (size_t)n});
    bind_text(w, (struct text){pattern.s, (size_t)n + 1});
    bind_text(w, text_of(arena_printf(w->arena, "%.*s/", n, pattern.s)));
}

static void write_tool(struct writer *w, const struct filter_term *term)
{
    buf_str(&w->where, "EXISTS (SELECT 1 FROM execution_tool_call c WHERE c.execution_id = e.id AND (");
    for (size_t i = 0; i < term->count; i++) {
        if (i)
            buf_str(&w->where, " OR ");
        write_tool_value(w, text_of(term->values[i].text));
    }
    buf_str(&w->where, "))");
}

static void write_duration(struct writer *w, const struct filter_value *value)
{
    static const char *const ops[] = {
        [OP_LT] = "<", [OP_LE] = "<=", [OP_EQ] = "=", [OP_GE] = ">=", [OP_GT] = ">",
    };
    buf_printf(&w->where, DURATION_SQL " %s ?", ops[value->op]);
    bind_number(w, value->ms);
}

/* The texts that begin with a prefix are a range too: up to the prefix with its last byte raised by one. */
static void write_id(struct writer *w, const char *prefix)
{
    char *end = arena_printf(w->arena, "%s", prefix);
    size_t n = strlen(end);
    while (n && (unsigned char)end[n - 1] == 0xFF)
        n--;
    buf_str(&w->where, n ? "(e.id >= ? AND e.id < ?)" : "e.id >= ?");
    bind_text(w, text_of(prefix));
    if (!n)
        return;
    end[n - 1] = (char)((unsigned char)end[n - 1] + 1);
    bind_text(w, (struct text){end, n});
}

static void write_value(struct writer *w, enum filter_key key, const struct filter_value *value)
{
    switch (key) {
    case FILTER_DURATION: write_duration(w, value); break;
    case FILTER_ID: write_id(w, value->text); break;
    case FILTER_CODE:
        buf_str(&w->where, "code_contains(e.code, ?)");
        bind_text(w, text_of(value->text));
        break;
    default:
        buf_printf(&w->where, "%sEXISTS (SELECT 1 FROM execution_interaction i WHERE i.execution_id = e.id)",
                   value->flag ? "" : "NOT ");
    }
}

static void write_any_of(struct writer *w, const struct filter_term *term)
{
    switch (term->key) {
    case FILTER_STATUS: write_in(w, "+e.status", term, NULL); return;
    case FILTER_TRIGGER: write_trigger(w, term); return;
    case FILTER_TOOL: write_tool(w, term); return;
    default: break;
    }
    for (size_t i = 0; i < term->count; i++) {
        if (i)
            buf_str(&w->where, " OR ");
        write_value(w, term->key, &term->values[i]);
    }
}

static void write_time(struct writer *w, struct time_range range)
{
    if (range.from != INT64_MIN) {
        begin_condition(w);
        buf_str(&w->where, "e.created_at >= ?");
        bind_number(w, range.from);
    }
    if (range.to != INT64_MAX) {
        begin_condition(w);
        buf_str(&w->where, "e.created_at < ?");
        bind_number(w, range.to);
    }
}

static bool is_time(const struct filter_term *term)
{
    return term->key == FILTER_AFTER || term->key == FILTER_BEFORE;
}

static bool has_id_prefix(const struct filter *filter, unsigned keys)
{
    for (size_t i = 0; i < filter->count; i++)
        if (filter->terms[i].key == FILTER_ID && !filter->terms[i].is_excluded && keys & 1u << FILTER_ID)
            return true;
    return false;
}

/* The primary key begins with the scope: worth its index only where the beginning of the id is known too. */
static void write_scope(struct writer *w, const char *scope, bool use_index)
{
    begin_condition(w);
    buf_str(&w->where, use_index ? "e.scope_id = ?" : "+e.scope_id = ?");
    bind_text(w, text_of(scope));
}

static size_t most_bindings(const struct filter *filter)
{
    size_t n = OTHER_BINDINGS;
    for (size_t i = 0; i < filter->count; i++)
        n += filter->terms[i].count * VALUE_BINDINGS;
    return n;
}

/* Times that are not asked for stay out of the range. */
static struct time_range range_of_keys(const struct filter *filter, int64_t now, unsigned keys)
{
    struct time_range range = filter_time_range(filter, now);
    bool has_both = keys & 1u << FILTER_AFTER && keys & 1u << FILTER_BEFORE;
    return has_both ? range : TIME_RANGE_ALL;
}

struct filter_sql filter_sql_make(const struct filter *filter, const struct filter_sql_options *options,
                                  struct arena *arena)
{
    struct writer w = {.arena = arena};
    buf_init(&w.where, WHERE_MAX);
    w.bindings = arena_array(arena, most_bindings(filter), sizeof *w.bindings);
    write_time(&w, range_of_keys(filter, options->now, options->keys));
    if (options->scope)
        write_scope(&w, options->scope, has_id_prefix(filter, options->keys));
    for (size_t i = 0; i < filter->count; i++) {
        const struct filter_term *term = &filter->terms[i];
        if (is_time(term) || !(options->keys & 1u << term->key))
            continue;
        begin_condition(&w);
        buf_char(&w.where, '(');
        write_any_of(&w, term);
        buf_str(&w.where, term->is_excluded ? ") IS NOT TRUE" : ")");
    }
    if (!w.where.len)
        buf_char(&w.where, '1');
    struct filter_sql sql = {arena_strndup(arena, w.where.data, w.where.len), w.bindings, w.count};
    buf_release(&w.where);
    return sql;
}
