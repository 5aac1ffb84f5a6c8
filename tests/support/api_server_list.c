/*
 * Plain loops over all rows, on purpose: this is what answers are checked against, so it is written to be read next to the contract, not
 * to be fast.
 */
#include "tests/support/api_server_list.h"

#include "data/base/die.h"
#include "data/base/needle.h"
#include "data/base/timefmt.h"
#include "tests/support/api_server_json.h"
#include "tests/support/api_server_meta.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct list {
    struct served_file *file;
    const struct list_params *params;
    bool is_real;
    struct needle *code;
    sqlite3_stmt *code_of;
    const struct served_run **rows; /* that the filter lets pass, sorted */
    size_t count;
};

/* ---- filter ---- */

/* Calls fits() for each word between commas that is not empty; true where one fits. */
typedef bool (*word_fits)(struct text word, const void *subject);

static bool any_word(const char *words, word_fits fits, const void *subject)
{
    while (*words) {
        size_t n = strcspn(words, ",");
        if (n && fits((struct text){words, n}, subject))
            return true;
        words += n + (words[n] == ',');
    }
    return false;
}

static bool is_word(struct text word, const void *subject)
{
    (void)word, (void)subject;
    return true;
}

static bool is_status(struct text word, const void *subject)
{
    (void)subject;
    for (int i = 0; i < JSON_STATUSES; i++)
        if (text_is(word, json_status_word(i)))
            return true;
    return false;
}

static bool fits_status(struct text word, const void *subject)
{
    return text_is(word, ((const struct served_run *)subject)->status);
}

static bool fits_trigger(struct text word, const void *subject)
{
    const char *trigger = ((const struct served_run *)subject)->trigger;
    return trigger ? text_is(word, trigger) : text_is(word, "unknown");
}

static bool fits_path(struct text word, const void *subject)
{
    const char *path = subject;
    if (word.n < 2 || memcmp(word.s + word.n - 2, ".*", 2) != 0)
        return text_is(word, path);
    size_t n = word.n - 2;
    return strncmp(path, word.s, n) == 0 && (path[n] == '.' || path[n] == '\0');
}

static bool fits_tools(const struct list *list, const struct served_run *run)
{
    const char *tools = list->params->values[PARAM_TOOL];
    for (size_t i = 0; i < run->call_count; i++)
        if (any_word(tools, fits_path, list->file->runs.paths[run->calls[i].path]))
            return true;
    return false;
}

static bool fits_code(const struct list *list, const struct served_run *run)
{
    sqlite3_reset(list->code_of);
    sqlite3_bind_int64(list->code_of, 1, run->rowid);
    if (sqlite3_step(list->code_of) != SQLITE_ROW)
        return false;
    const char *code = (const char *)sqlite3_column_text(list->code_of, 0);
    struct text text = {code, (size_t)sqlite3_column_bytes(list->code_of, 0)};
    return needle_find(list->code, text, 0, NULL) >= 0;
}

static bool fits_times(const struct list_params *params, const struct served_run *run)
{
    double created_at = (double)run->created_at;
    return !(params->has_from && !(created_at >= params->from)) &&
           !(params->has_to && !(created_at <= params->to)) &&
           !(params->has_after && !(created_at > params->after));
}

static bool fits_elicitation(const char *value, const struct served_run *run)
{
    if (strcmp(value, "true") == 0)
        return run->was_asked;
    return strcmp(value, "false") != 0 || !run->was_asked;
}

/* The unknown words are dropped: a set that has none left is no filter. */
static bool fits(const struct list *list, const struct served_run *run)
{
    const char *const *values = list->params->values;
    const char *status = values[PARAM_STATUS], *trigger = values[PARAM_TRIGGER], *tool = values[PARAM_TOOL];
    if (!fits_times(list->params, run))
        return false;
    if (status && any_word(status, is_status, NULL) &&
        !(json_status_index(run->status) >= 0 && any_word(status, fits_status, run)))
        return false;
    if (trigger && any_word(trigger, is_word, NULL) && !any_word(trigger, fits_trigger, run))
        return false;
    if (tool && any_word(tool, is_word, NULL) && !fits_tools(list, run))
        return false;
    if (values[PARAM_ELICITATION] && !fits_elicitation(values[PARAM_ELICITATION], run))
        return false;
    return !list->code || fits_code(list, run);
}

/* ---- order ---- */

struct order {
    enum list_sort sort;
    bool is_ascending, is_real;
};

static int compare_times(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int newest_first(const struct served_run *a, const struct served_run *b)
{
    int order = compare_times(b->created_at, a->created_at);
    return order ? order : strcmp(b->id, a->id);
}

static bool has_duration(const struct served_run *run)
{
    return run->started_at != TIME_NONE && run->completed_at != TIME_NONE;
}

static int by_duration(const struct served_run *a, const struct served_run *b, bool is_ascending)
{
    if (!has_duration(a) || !has_duration(b))
        return has_duration(b) - has_duration(a);
    double x = (double)a->completed_at - (double)a->started_at;
    double y = (double)b->completed_at - (double)b->started_at;
    int order = (x > y) - (x < y);
    return is_ascending ? order : -order;
}

static int by_contract(const struct served_run *a, const struct served_run *b, const struct order *order)
{
    if (order->sort == SORT_BY_CREATED)
        return order->is_ascending ? newest_first(b, a) : newest_first(a, b);
    int by = by_duration(a, b, order->is_ascending);
    return by ? by : newest_first(a, b);
}

/* Ties stay in insertion order, in either direction; "duration" is the time of the end. */
static int as_really(const struct served_run *a, const struct served_run *b, const struct order *order)
{
    int by = order->sort == SORT_BY_CREATED ? compare_times(a->created_at, b->created_at)
                                            : compare_times(a->completed_at, b->completed_at);
    if (!by)
        return compare_times(a->rowid, b->rowid);
    return order->is_ascending ? by : -by;
}

static int compare(const void *a, const void *b, void *context)
{
    const struct order *order = context;
    const struct served_run *x = *(const struct served_run *const *)a;
    const struct served_run *y = *(const struct served_run *const *)b;
    return (order->is_real ? as_really : by_contract)(x, y, order);
}

/* ---- page ---- */

/* A cursor knows no duration: the row that it names does. */
static bool is_past_cursor(const struct list *list, const struct served_run *run)
{
    const struct list_params *params = list->params;
    struct served_run last = {.created_at = params->cursor_at,
                              .id = params->cursor_id,
                              .started_at = TIME_NONE,
                              .completed_at = TIME_NONE};
    if (list->is_real)
        return newest_first(run, &last) > 0;
    if (params->sort == SORT_BY_DURATION) {
        const struct served_run *named = served_run_find(&list->file->runs, params->cursor_id);
        last = named ? *named : last;
    }
    struct order order = {params->sort, params->is_ascending, false};
    return by_contract(run, &last, &order) > 0;
}

static void select_rows(struct list *list)
{
    const struct served_runs *runs = &list->file->runs;
    list->rows = mem_new_array(runs->count + 1, sizeof(const struct served_run *));
    for (size_t i = 0; i < runs->count; i++)
        if (fits(list, &runs->runs[i]))
            list->rows[list->count++] = &runs->runs[i];
    struct order order = {list->params->sort, list->params->is_ascending, list->is_real};
    qsort_r(list->rows, list->count, sizeof(const struct served_run *), compare, &order);
}

static size_t drop_before_cursor(const struct list *list, const struct served_run **page)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++)
        if (!list->params->has_cursor || is_past_cursor(list, list->rows[i]))
            page[count++] = list->rows[i];
    return count;
}

/* A limit that is no number takes no rows and finds no more, as a JavaScript slice does. */
static bool write_page(const struct list *list, struct buf *out)
{
    const struct served_run **page = mem_new_array(list->count + 1, sizeof(const struct served_run *));
    size_t count = drop_before_cursor(list, page);
    double limit = list->params->limit;
    size_t shown = isnan(limit) ? 0 : (size_t)limit;
    bool is_foreign = false;
    buf_str(out, "{\"executions\":[");
    for (size_t i = 0; i < count && i < shown; i++) {
        if (i)
            buf_char(out, ',');
        json_detail(list->file, page[i]->rowid, list->is_real, &is_foreign, out);
    }
    buf_char(out, ']');
    bool can_go_on = !list->is_real || list->params->sort == SORT_BY_CREATED;
    if ((double)count > limit && can_go_on) {
        buf_str(out, ",\"nextCursor\":\"");
        list_cursor_write(page[shown - 1]->created_at, page[shown - 1]->id, out);
        buf_char(out, '"');
    }
    free(page);
    return !(list->is_real && is_foreign);
}

/* The contract has no broken cursor; the real server only finds out after it has decided against meta. */
static bool wants_meta(const struct list *list)
{
    const struct list_params *params = list->params;
    bool has_cursor = list->is_real ? params->values[PARAM_CURSOR] != NULL : params->has_cursor;
    return !has_cursor && !params->values[PARAM_AFTER];
}

bool list_write(struct served_file *file, const struct list_params *params, bool is_real, struct buf *out)
{
    struct list list = {.file = file, .params = params, .is_real = is_real};
    if (params->values[PARAM_CODE]) {
        list.code = needle_new(text_of(params->values[PARAM_CODE]));
        list.code_of = served_prepare(file, "SELECT code FROM execution WHERE rowid = ?1");
    }
    select_rows(&list);
    bool is_ok = write_page(&list, out);
    if (wants_meta(&list)) {
        buf_str(out, ",\"meta\":");
        meta_write(&file->runs, list.rows, list.count, out);
    }
    buf_char(out, '}');
    sqlite3_finalize(list.code_of);
    needle_free(list.code);
    free(list.rows);
    return is_ok;
}
