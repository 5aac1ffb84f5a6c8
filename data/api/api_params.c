/*
 * See api_params.h. The filter is built term by term rather than through a filter line: a value of the API is
 * taken as it is, whatever the grammar of the screen would make of it.
 */
#include "data/api/api_params.h"

#include "data/api/api_body.h"
#include "data/base/checksum.h"
#include "data/base/die.h"
#include "data/cursor.h"
#include "data/filter/filter_terms.h"

#include <math.h>
#include <stdlib.h>

enum api_param_name {
#define X(id, name) id,
    API_PARAMS(X)
#undef X
        API_PARAM_COUNT,
};

static const char *const names[API_PARAM_COUNT] = {
#define X(id, name) name,
    API_PARAMS(X)
#undef X
};

struct reader {
    struct api_list_params *params;
    struct buf *issues;
    const char *values[API_PARAM_COUNT]; /* NULL: absent */
};

static bool refuse(struct reader *reader, enum api_param_name name, const char *tag, const char *message)
{
    struct api_issue issue = {tag, names[name], message};
    api_body_issues(&issue, 1, reader->issues);
    return false;
}

/* ---- which there are ---- */

static int param_of(const char *name)
{
    for (int i = 0; i < API_PARAM_COUNT; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

static bool read_param(struct reader *reader, const struct api_param *param)
{
    int at = param_of(param->name);
    if (at < 0)
        return true;
    if (reader->values[at])
        return refuse(reader, (enum api_param_name)at, "Type", "Expected string, actual an array");
    if (strlen(param->value) > API_VALUE_MAX)
        return refuse(reader, (enum api_param_name)at, "Refinement", "Expected at most 4096 bytes");
    reader->values[at] = param->value;
    return true;
}

static bool read_all(struct reader *reader, const struct api_request *request)
{
    if (request->param_count > API_PARAMS_MAX) {
        api_body_issues(&(struct api_issue){"Refinement", "", "Expected at most 64 parameters"}, 1,
                        reader->issues);
        return false;
    }
    for (size_t i = 0; i < request->param_count; i++)
        if (!read_param(reader, &request->params[i]))
            return false;
    return true;
}

/* Empty and absent are the same, but for numbers: an empty text is none. */
static const char *value_of(const struct reader *reader, enum api_param_name name)
{
    const char *value = reader->values[name];
    return value && *value ? value : NULL;
}

/* ---- numbers ---- */

/* A whole number, rounded up or down where it is none; those beyond are the ends of int64_t. */
static bool read_number(const char *value, bool is_up, int64_t *n)
{
    char *end;
    if (!*value || strspn(value, "+-.0123456789eE") != strlen(value))
        return false;
    double number = strtod(value, &end);
    if (*end || isnan(number))
        return false;
    if (number >= 9.2e18 || number <= -9.2e18)
        *n = number > 0 ? INT64_MAX : INT64_MIN;
    else if (strspn(value, "-0123456789") == strlen(value))
        *n = strtoll(value, NULL, 10);
    else
        *n = (int64_t)(is_up ? ceil(number) : floor(number));
    return true;
}

static bool refuse_number(struct reader *reader, enum api_param_name name)
{
    struct buf unable, actual;
    buf_init(&unable, API_VALUE_MAX + 64);
    buf_init(&actual, API_VALUE_MAX + 64);
    buf_printf(&unable, "Unable to decode \"%s\" into a number", reader->values[name]);
    buf_printf(&actual, "Expected undefined, actual \"%s\"", reader->values[name]);
    struct api_issue issues[] = {{"Transformation", names[name], buf_cstr(&unable)},
                                 {"Type", names[name], buf_cstr(&actual)}};
    api_body_issues(issues, 2, reader->issues);
    buf_release(&unable);
    buf_release(&actual);
    return false;
}

static bool read_limit(struct reader *reader)
{
    int64_t limit = API_LIMIT_DEFAULT;
    const char *value = reader->values[API_LIMIT];
    if (value && !read_number(value, false, &limit))
        return refuse_number(reader, API_LIMIT);
    reader->params->limit = (size_t)(limit < 1 ? 1 : limit > API_LIMIT_MAX ? API_LIMIT_MAX : limit);
    return true;
}

static void add_time(struct filter *filter, enum filter_key key, int64_t ms)
{
    struct filter_term *term = filter_add_term(filter, key, false);
    (void)filter_add_value(term, (struct filter_value){.ms = ms});
}

/* `from` and `to` are inclusive, `after` is not; an `after` that is no number is none. */
static bool read_times(struct reader *reader)
{
    int64_t from = INT64_MIN, to = INT64_MAX, after;
    const char *value = reader->values[API_FROM];
    if (value && !read_number(value, true, &from))
        return refuse_number(reader, API_FROM);
    value = reader->values[API_TO];
    if (value && !read_number(value, false, &to))
        return refuse_number(reader, API_TO);
    value = value_of(reader, API_AFTER);
    if (value && read_number(value, false, &after) && time_after(after) > from)
        from = time_after(after);
    if (from != INT64_MIN)
        add_time(&reader->params->filter, FILTER_AFTER, from);
    if (to != INT64_MAX)
        add_time(&reader->params->filter, FILTER_BEFORE, time_after(to));
    return true;
}

/* ---- sets ---- */

static bool next_word(const char **list, struct text *word)
{
    while (**list) {
        *word = (struct text){*list, strcspn(*list, ",")};
        *list += word->n + ((*list)[word->n] == ',');
        if (word->n)
            return true;
    }
    return false;
}

static bool add_word(struct reader *reader, enum filter_key key, struct filter_term **term, struct text word)
{
    if (!*term)
        *term = filter_add_term(&reader->params->filter, key, false);
    return filter_add_value(*term, (struct filter_value){.text = mem_strndup(word.s, word.n)});
}

static bool read_set(struct reader *reader, enum api_param_name name, enum filter_key key)
{
    const char *list = reader->values[name] ? reader->values[name] : "";
    struct filter_term *term = NULL;
    for (struct text word; next_word(&list, &word);) {
        if (key == FILTER_STATUS && run_status_of(word) == STATUS_OTHER)
            continue;
        if (!add_word(reader, key, &term, word))
            return refuse(reader, name, "Refinement", "Expected at most 64 different words");
    }
    return true;
}

/* ---- the rest ---- */

static void read_code(struct reader *reader)
{
    const char *code = value_of(reader, API_CODE);
    if (!code)
        return;
    struct filter_term *term = filter_add_term(&reader->params->filter, FILTER_CODE, false);
    (void)filter_add_value(term, (struct filter_value){.text = mem_strdup(code)});
}

static void read_elicitation(struct reader *reader)
{
    const char *value = value_of(reader, API_ELICITATION);
    bool is_true = value && strcmp(value, "true") == 0;
    if (!is_true && !(value && strcmp(value, "false") == 0))
        return;
    struct filter_term *term = filter_add_term(&reader->params->filter, FILTER_ELICITATION, false);
    (void)filter_add_value(term, (struct filter_value){.flag = is_true});
}

static void read_sort(struct reader *reader)
{
    static const struct {
        const char *word;
        struct sort sort;
    } sorts[] = {{"createdAt,asc", {SORT_CREATED, true}},
                 {"durationMs,asc", {SORT_DURATION, true}},
                 {"durationMs,desc", {SORT_DURATION, false}}};
    const char *value = value_of(reader, API_SORT);
    reader->params->sort = (struct sort){SORT_CREATED, false};
    for (size_t i = 0; value && i < sizeof sorts / sizeof *sorts; i++)
        if (strcmp(value, sorts[i].word) == 0)
            reader->params->sort = sorts[i].sort;
}

static void read_cursor(struct reader *reader)
{
    const char *value = value_of(reader, API_CURSOR);
    reader->params->has_cursor = value && cursor_decode(text_of(value), &reader->params->cursor);
    reader->params->wants_meta = !reader->params->has_cursor && !value_of(reader, API_AFTER);
}

/* The values in a fixed order, each with its length before it, so that no two requests run into one. */
static uint64_t fingerprint_of(const struct reader *reader)
{
    struct buf line;
    buf_init(&line, API_PARAM_COUNT * (API_VALUE_MAX + 32));
    buf_printf(&line, "%zu", reader->params->limit);
    for (int i = 0; i < API_PARAM_COUNT; i++) {
        const char *value = i == API_LIMIT ? NULL : reader->values[i];
        buf_printf(&line, ";%zu:%s", value ? strlen(value) : 0, value ? value : "");
    }
    uint64_t fingerprint = checksum_of(line.data, line.len);
    buf_release(&line);
    return fingerprint ? fingerprint : 1;
}

bool api_list_params_read(const struct api_request *request, struct api_list_params *params,
                          struct buf *issues)
{
    struct reader reader = {.params = params, .issues = issues};
    *params = (struct api_list_params){.limit = API_LIMIT_DEFAULT};
    filter_init(&params->filter);
    if (!read_all(&reader, request) || !read_limit(&reader) || !read_times(&reader) ||
        !read_set(&reader, API_STATUS, FILTER_STATUS) || !read_set(&reader, API_TRIGGER, FILTER_TRIGGER) ||
        !read_set(&reader, API_TOOL, FILTER_TOOL))
        return false;
    read_code(&reader);
    read_elicitation(&reader);
    read_sort(&reader);
    read_cursor(&reader);
    params->fingerprint = fingerprint_of(&reader);
    return true;
}

void api_list_params_release(struct api_list_params *params)
{
    filter_release(&params->filter);
}
