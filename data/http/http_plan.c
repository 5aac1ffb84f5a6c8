/*
 * See http_plan.h. What can be sent is sent, since this server takes seconds for a list and everything that is decided here costs pages of runs that
 * nobody wanted. But nothing is sent that a server could read in another way than the filter means it: a comma inside a word, blanks
 * around it that may be trimmed, bytes that are no UTF-8. What is sent stands in a fixed order, because it is also the name under which
 * answers are kept.
 */
#include "data/http/http_plan.h"

#include "data/base/utf8.h"
#include "data/http/http_url.h"

#include <stdlib.h>

/* A list's text; longer ones, and longer code, make addresses that proxies refuse. */
enum { LIST_MAX = FILTER_TEXT_MAX, PATH_SHOWN = 60 };

struct planner {
    struct filter filter; /* without the keys that are left out */
    const struct http_known *known;
    struct http_plan *plan;
    struct arena *arena;
    struct err *err;
};

/* The words that a key leaves, or knows. A null one is a run without a trigger. */
struct words {
    struct text *items;
    size_t count;
};

static bool can_be_listed(struct text word)
{
    bool is_plain = word.n && (unsigned char)word.s[0] > ' ' && (unsigned char)word.s[word.n - 1] > ' ';
    return is_plain && !memchr(word.s, ',', word.n) && utf8_is_valid(word);
}

/* Sorted words as a list with commas, without duplicates; null above LIST_MAX. */
static struct text write_list(struct arena *arena, const struct text *sorted, size_t count)
{
    struct buf list;
    buf_init(&list, LIST_MAX);
    for (size_t i = 0; i < count; i++) {
        if (i && text_eq(sorted[i], sorted[i - 1]))
            continue;
        if (i)
            buf_char(&list, ',');
        buf_text(&list, sorted[i]);
    }
    struct text text = buf_is_cut(&list) ? TEXT_NULL : arena_text(arena, buf_as_text(&list));
    buf_release(&list);
    return text;
}

static int by_bytes(const void *a, const void *b)
{
    return text_cmp(*(const struct text *)a, *(const struct text *)b);
}

static int by_status(const void *a, const void *b)
{
    return (int)run_status_of(*(const struct text *)a) - (int)run_status_of(*(const struct text *)b);
}

/* ---- status and trigger: sets of words ---- */

static struct text word_of(const struct filter_term *term, size_t value)
{
    struct text word = text_of(term->values[value].text);
    return term->key == FILTER_TRIGGER && text_is(word, "unknown") ? TEXT_NULL : word;
}

static bool term_has(const struct filter_term *term, struct text word)
{
    for (size_t i = 0; i < term->count; i++)
        if (text_eq(word_of(term, i), word))
            return true;
    return false;
}

static struct words words_of_term(struct arena *arena, const struct filter_term *term)
{
    struct words words = {arena_array(arena, term->count, sizeof *words.items), term->count};
    for (size_t i = 0; i < term->count; i++)
        words.items[i] = word_of(term, i);
    return words;
}

/* Every word that a run can have by what is known. False: not known, or more than can be sent. */
static bool words_known(struct planner *p, enum filter_key key, struct words *words)
{
    static const char *const statuses[] = {
#define X(id, word, label, glyph, ascii, terminal) word,
        RUN_STATUSES(X)
#undef X
    };
    bool is_status = key == FILTER_STATUS;
    if (!p->known->has_counts || (is_status && p->known->has_other_statuses))
        return false;
    words->count = is_status ? STATUS_OTHER : p->known->trigger_count;
    words->items = arena_array(p->arena, words->count, sizeof *words->items);
    for (size_t i = 0; i < words->count; i++)
        words->items[i] = is_status ? text_of(statuses[i]) : p->known->triggers[i];
    return true;
}

static void keep(struct words *words, const struct filter_term *term)
{
    size_t kept = 0;
    for (size_t i = 0; i < words->count; i++)
        if (term_has(term, words->items[i]) != term->is_excluded)
            words->items[kept++] = words->items[i];
    words->count = kept;
}

static const struct filter_term *first_term(const struct filter *filter, enum filter_key key,
                                            bool is_excluded)
{
    for (size_t i = 0; i < filter->count; i++)
        if (filter->terms[i].key == key && filter->terms[i].is_excluded == is_excluded)
            return &filter->terms[i];
    return NULL;
}

/* A run whose trigger is the very word "unknown" cannot be asked for: in a list it stands for null. */
static bool can_send_word(enum filter_key key, struct text word)
{
    if (key == FILTER_STATUS)
        return run_status_of(word) != STATUS_OTHER;
    return text_is_null(word) || (!text_is(word, "unknown") && can_be_listed(word));
}

/* Null where a list cannot say it. */
static struct text write_words(struct planner *p, enum filter_key key, struct words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        if (!can_send_word(key, words->items[i]))
            return TEXT_NULL;
        if (text_is_null(words->items[i]))
            words->items[i] = TEXT_LIT("unknown");
    }
    if (words->count)
        qsort(words->items, words->count, sizeof *words->items, key == FILTER_STATUS ? by_status : by_bytes);
    return write_list(p->arena, words->items, words->count);
}

/* What the terms of a key leave. False where nothing can be said of it, or nothing need be. */
static bool words_left(struct planner *p, enum filter_key key, struct words *words)
{
    const struct filter_term *included = first_term(&p->filter, key, false);
    if (!included && !first_term(&p->filter, key, true))
        return false;
    if (included)
        *words = words_of_term(p->arena, included);
    else if (!words_known(p, key, words)) {
        p->plan->is_sufficient = false;
        p->plan->wants_counts |= !p->known->has_counts;
        return false;
    }
    size_t before = words->count;
    for (size_t i = 0; i < p->filter.count; i++)
        if (p->filter.terms[i].key == key)
            keep(words, &p->filter.terms[i]);
    return included || words->count < before;
}

static struct text plan_words(struct planner *p, enum filter_key key)
{
    struct words words;
    if (!words_left(p, key, &words))
        return TEXT_NULL;
    if (!words.count)
        p->plan->is_nothing = true;
    struct text list = write_words(p, key, &words);
    if (text_is_null(list))
        p->plan->is_sufficient = false;
    return list;
}

/* ---- tool ---- */

static enum err_code cannot_list(struct planner *p, struct text path)
{
    (void)err_set(
        p->err, ERR_UNSUPPORTED,
        "the remote source cannot be asked for tool:\"%.*s\": a path in its list of tools has no comma and "
        "no blanks around it",
        (int)utf8_cut(path, PATH_SHOWN), path.s);
    return err_hint(p->err, "leave that path out of the filter, or name what is above it: tool:prefix.*");
}

static enum err_code write_tools(struct planner *p, const struct filter_term *term, struct text *list)
{
    struct words paths = words_of_term(p->arena, term);
    for (size_t i = 0; i < paths.count; i++)
        if (!can_be_listed(paths.items[i]))
            return cannot_list(p, paths.items[i]);
    qsort(paths.items, paths.count, sizeof *paths.items, by_bytes);
    *list = write_list(p->arena, paths.items, paths.count);
    if (text_is_null(*list))
        return err_set(p->err, ERR_TOO_BIG,
                       "the filter names more tools than a remote source can be asked for");
    return ERR_OK;
}

static bool is_asked(const struct http_plan *plan, struct text tools, bool is_excluded)
{
    if (!is_excluded && text_eq(plan->main.tool, tools))
        return true;
    for (size_t i = 0; i < plan->side_count; i++)
        if (plan->sides[i].is_excluded == is_excluded && text_eq(plan->sides[i].params.tool, tools))
            return true;
    return false;
}

static enum err_code plan_tools(struct planner *p, const struct filter_term *term)
{
    struct http_plan *plan = p->plan;
    struct text tools = TEXT_NULL;
    enum err_code code = write_tools(p, term, &tools);
    if (code || is_asked(plan, tools, term->is_excluded))
        return code;
    plan->is_nothing |= is_asked(plan, tools, !term->is_excluded);
    if (!term->is_excluded && text_is_null(plan->main.tool)) {
        plan->main.tool = tools;
        return ERR_OK;
    }
    if (plan->side_count == HTTP_SIDES_MAX)
        return err_set(p->err, ERR_TOO_BIG,
                       "a filter over a remote source holds at most %d terms with tool:", HTTP_SIDES_MAX);
    plan->sides[plan->side_count++] =
        (struct http_side){.params = {.tool = tools}, .is_excluded = term->is_excluded};
    return ERR_OK;
}

/* ---- the others ---- */

static void plan_elicitation(struct http_plan *plan, const struct filter_term *term)
{
    struct text wanted = term->values[0].flag != term->is_excluded ? TEXT_LIT("true") : TEXT_LIT("false");
    struct text *sent = &plan->main.elicitation;
    plan->is_nothing |= !text_is_null(*sent) && !text_eq(*sent, wanted);
    *sent = wanted;
}

/* The longest says most; of two as long the smaller, so that their order does not matter. */
static void plan_code(struct http_plan *plan, const struct filter_term *term)
{
    struct text code = text_of(term->values[0].text), *sent = &plan->main.code;
    bool can_send = !term->is_excluded && term->count == 1 && utf8_is_valid(code) && code.n <= LIST_MAX;
    bool is_first = text_is_null(*sent);
    if (!can_send || !is_first)
        plan->is_sufficient = false;
    if (can_send && (is_first || code.n > sent->n || (code.n == sent->n && text_cmp(code, *sent) < 0)))
        *sent = code;
}

static enum err_code plan_term(struct planner *p, const struct filter_term *term)
{
    switch (term->key) {
    case FILTER_TOOL: return plan_tools(p, term);
    case FILTER_ELICITATION: plan_elicitation(p->plan, term); break;
    case FILTER_CODE: plan_code(p->plan, term); break;
    case FILTER_ID:
    case FILTER_DURATION: p->plan->is_sufficient = false; break;
    default: break; /* status and trigger are sets, the times are one range */
    }
    return ERR_OK;
}

/* ---- the whole ---- */

static struct filter filter_without(const struct filter *filter, unsigned keys, struct arena *arena)
{
    struct filter left = {arena_array(arena, filter->count, sizeof *left.terms), 0};
    for (size_t i = 0; i < filter->count; i++)
        if (!(keys & 1u << filter->terms[i].key))
            left.terms[left.count++] = filter->terms[i];
    return left;
}

static void make_nothing(struct http_plan *plan)
{
    plan->main = (struct http_params){0};
    plan->side_count = 0;
    plan->is_nothing = true;
    plan->is_sufficient = plan->is_difference = plan->wants_counts = false;
}

enum err_code http_plan_make(const struct filter *filter, int64_t now, const struct http_known *known,
                             unsigned without, struct http_plan *plan, struct arena *arena, struct err *err)
{
    struct planner p = {filter_without(filter, without, arena), known, plan, arena, err};
    *plan = (struct http_plan){.is_sufficient = true, .now = now};
    plan->range = filter_time_range(&p.filter, now);
    plan->is_nothing = plan->range.from >= plan->range.to;
    plan->rest = filter_without(&p.filter, 1u << FILTER_TOOL | 1u << FILTER_ELICITATION, arena);
    plan->main.status = plan_words(&p, FILTER_STATUS);
    plan->main.trigger = plan_words(&p, FILTER_TRIGGER);
    for (size_t i = 0; i < p.filter.count; i++) {
        enum err_code code = plan_term(&p, &p.filter.terms[i]);
        if (code)
            return code;
    }
    plan->is_difference = plan->is_sufficient && plan->side_count == 1 && plan->sides[0].is_excluded &&
                          text_is_null(plan->main.tool);
    plan->is_sufficient = plan->is_sufficient && !plan->side_count;
    if (plan->is_nothing)
        make_nothing(plan);
    return ERR_OK;
}

void http_plan_set_scope(struct http_plan *plan, const char *scope, struct text server_scope)
{
    plan->scope = TEXT_NULL;
    if (!scope || text_is(server_scope, scope))
        return;
    plan->scope = text_of(scope);
    plan->is_sufficient = plan->is_difference = false;
    if (!text_is_null(server_scope))
        make_nothing(plan);
}

struct http_plan http_plan_minus(const struct http_plan *plan)
{
    struct http_plan minus = *plan;
    minus.main.tool = plan->sides[0].params.tool;
    minus.side_count = 0;
    minus.is_sufficient = true;
    minus.is_difference = false;
    return minus;
}

bool http_plan_matches(const struct http_plan *plan, const struct filter_subject *subject,
                       struct text scope_id)
{
    if (plan->is_nothing || (!text_is_null(plan->scope) && !text_eq(plan->scope, scope_id)))
        return false;
    return filter_matches(&plan->rest, subject, plan->now);
}

static void write_param(const char *name, struct text value, struct buf *out, bool *is_first)
{
    if (text_is_null(value))
        return;
    buf_printf(out, *is_first ? "%s=" : "&%s=", name);
    http_escape(value, out);
    *is_first = false;
}

void http_params_write(const struct http_params *params, struct buf *out)
{
    bool is_first = true;
    write_param("status", params->status, out, &is_first);
    write_param("trigger", params->trigger, out, &is_first);
    write_param("tool", params->tool, out, &is_first);
    write_param("code", params->code, out, &is_first);
    write_param("elicitation", params->elicitation, out, &is_first);
}
