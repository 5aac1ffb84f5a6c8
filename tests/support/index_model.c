/*
 * See index_model.h.
 */
#include "tests/support/index_model.h"

#include "data/base/die.h"
#include "data/index/run_index_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const statuses[] = {
    "completed", "completed", "completed", "failed", "running", "waiting_for_interaction", "odd"};
static const char *const triggers[] = {"mcp", "mcp", "http", "cli", NULL, "cron", "unknown"};
static const char *const scopes[] = {"main-1", "main-1", "main-1", "other-2"};
static const char *const tools[] = {"github",     "github.issues", "github.issues.create", "githubber",
                                    "slack.post", "search",        "describe.tool"};
static const char *const codes[] = {"await alpha()", "return BETA", "alpha + beta", "nothing", ""};

#define PICK(rng, words) ((words)[rand_below(rng, sizeof(words) / sizeof *(words))])

void model_init(struct model *model, uint64_t seed, uint32_t spread)
{
    *model = (struct model){.spread = spread};
    rand_seed(&model->rng, seed);
}

void model_release(struct model *model)
{
    free(model->runs);
    model->runs = NULL;
    model->count = 0;
}

struct text model_run_id(const struct model_run *run)
{
    return text_of(run->id);
}

static int64_t random_duration(struct rand *rng)
{
    uint32_t kind = rand_below(rng, 10);
    if (kind == 0)
        return DURATION_NONE;
    if (kind == 1)
        return rand_between(rng, -500, 0);
    return kind < 4 ? rand_between(rng, 0, 5) * 1000 : rand_between(rng, 0, 60000);
}

struct model_run model_random_run(struct model *model)
{
    struct rand *rng = &model->rng;
    struct model_run run = {.rowid = ++model->last_rowid};
    rand_uuid(rng, run.id);
    snprintf(run.code, sizeof run.code, "%s", PICK(rng, codes));
    run.status = PICK(rng, statuses);
    run.trigger = PICK(rng, triggers);
    run.scope = PICK(rng, scopes);
    run.tool_count = rand_below(rng, MODEL_TOOLS + 1);
    for (size_t i = 0; i < run.tool_count; i++)
        run.tools[i] = PICK(rng, tools);
    run.has_interaction = rand_chance(rng, 0.2);
    run.created_at = MODEL_NOW - rand_below(rng, model->spread);
    run.duration_ms = random_duration(rng);
    return run;
}

static bool stands_before(const struct model_run *a, const struct model_run *b)
{
    if (a->created_at != b->created_at)
        return a->created_at < b->created_at;
    return text_cmp(model_run_id(a), model_run_id(b)) < 0;
}

size_t model_insert(struct model *model, const struct model_run *run)
{
    size_t at = model->count;
    while (at && stands_before(run, &model->runs[at - 1]))
        at--;
    model->runs = mem_resize(model->runs, model->count + 1, sizeof *model->runs);
    memmove(model->runs + at + 1, model->runs + at, (model->count - at) * sizeof *model->runs);
    model->runs[at] = *run;
    model->count++;
    return at;
}

void model_remove(struct model *model, size_t position)
{
    memmove(model->runs + position, model->runs + position + 1,
            (model->count - position - 1) * sizeof *model->runs);
    model->count--;
}

void model_add_runs(struct model *model, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct model_run run = model_random_run(model);
        model_insert(model, &run);
    }
}

const struct model_run *model_by_rowid(const struct model *model, int64_t rowid)
{
    for (size_t i = 0; i < model->count; i++)
        if (model->runs[i].rowid == rowid)
            return &model->runs[i];
    return NULL;
}

int model_compare_id(void *context, int64_t rowid, struct text id)
{
    const struct model_run *run = model_by_rowid(context, rowid);
    assert_non_null(run);
    return text_cmp(model_run_id(run), id);
}

/* ---- building ---- */

static void load_slices(struct model *model, struct run_index *index)
{
    struct index_row *rows = mem_new_array(model->count, sizeof *rows);
    for (size_t i = 0; i < model->count; i++) /* newest first */
        rows[i] = (struct index_row){.created_at = model->runs[model->count - 1 - i].created_at,
                                     .rowid = model->runs[model->count - 1 - i].rowid};
    for (size_t from = 0; from < model->count;) {
        size_t n = 1 + rand_below(&model->rng, (uint32_t)(model->count - from));
        assert_int_equal(run_index_load(index, rows + from, n, NULL), ERR_OK);
        from += n;
    }
    free(rows);
    run_index_seal(index);
}

void model_load(struct model *model, struct run_index *index)
{
    load_slices(model, index);
    for (struct index_tie tie = {0}; run_index_next_tie(index, &tie);) {
        int64_t *rowids = mem_new_array(tie.count, sizeof *rowids);
        for (size_t i = 0; i < tie.count; i++) {
            assert_int_equal(model->runs[tie.first + i].created_at, tie.created_at);
            rowids[i] = model->runs[tie.first + i].rowid;
        }
        assert_true(run_index_order_tie(index, &tie, rowids));
        free(rowids);
    }
    run_index_publish(index);
}

static const char *word_in(const struct model_run *run, enum index_column column)
{
    if (column == COLUMN_STATUS)
        return run->status;
    return column == COLUMN_TRIGGER ? run->trigger : run->scope;
}

static void put_run(struct run_index *index, enum index_column column, const struct model_run *run,
                    uint32_t at, uint16_t common)
{
    if (column == COLUMN_TOOLS) {
        for (size_t i = 0; i < run->tool_count; i++)
            run_index_put(index, column, at, run_index_code(index, column, text_of(run->tools[i])));
    } else if (column == COLUMN_INTERACTION) {
        if (run->has_interaction)
            run_index_put(index, column, at, 0);
    } else {
        uint16_t code = run_index_code(index, column, text_of(word_in(run, column)));
        if (code != common)
            run_index_put(index, column, at, code);
    }
}

void model_fill(struct model *model, struct run_index *index, enum index_column column)
{
    static const char *const common_words[COLUMN_COUNT] = {
        [COLUMN_STATUS] = "completed", [COLUMN_TRIGGER] = "mcp", [COLUMN_SCOPE] = "main-1"};
    uint16_t common = run_index_code(index, column, text_of(common_words[column]));
    size_t start = model->count ? rand_below(&model->rng, (uint32_t)model->count) : 0;
    for (size_t i = 0; i < model->count;
         i++) { /* not in the order of positions; no model has a multiple of 7919 runs */
        const struct model_run *run = &model->runs[(start + i * 7919) % model->count];
        uint32_t at = UINT32_MAX;
        assert_true(run_index_find_rowid(index, run->rowid, &at));
        put_run(index, column, run, at, common);
    }
    run_index_complete(index, column, common);
}

void model_build(struct model *model, struct run_index *index)
{
    model_load(model, index);
    for (int column = COLUMN_STATUS; column <= COLUMN_TOOLS; column++)
        model_fill(model, index, (enum index_column)column);
    run_index_lookup_free(index);
}

void model_read_durations(struct model *model, struct run_index *index, double share)
{
    struct index_duration *read = mem_new_array(model->count, sizeof *read);
    size_t n = 0;
    for (size_t i = 0; i < model->count; i++) {
        if (!rand_chance(&model->rng, share))
            continue;
        model->runs[i].is_read = true;
        uint32_t hint =
            rand_chance(&model->rng, 0.5) ? (uint32_t)i : rand_below(&model->rng, (uint32_t)model->count);
        read[n++] = (struct index_duration){{model->runs[i].created_at, model->runs[i].rowid, hint},
                                            model->runs[i].duration_ms};
    }
    run_index_put_durations(index, read, n);
    free(read);
}

struct index_upsert model_upsert(struct run_index *index, const struct model_run *run, bool is_new)
{
    return (struct index_upsert){
        .created_at = run->created_at,
        .rowid = run->rowid,
        .id = model_run_id(run),
        .status = run_index_code(index, COLUMN_STATUS, text_of(run->status)),
        .trigger = run_index_code(index, COLUMN_TRIGGER, text_of(run->trigger)),
        .scope = run_index_code(index, COLUMN_SCOPE, text_of(run->scope)),
        .duration_ms = run->is_read ? run->duration_ms : DURATION_UNREAD,
        .has_interaction = run->has_interaction,
        .is_new = is_new,
    };
}

/* ---- comparing ---- */

static void assert_word(struct run_index *index, enum index_column column, size_t at, const char *expected)
{
    if (!index_is_ready(index, column))
        return;
    uint16_t code = codes_get(index_codes(&index->store, column), at);
    assert_true(text_eq(run_index_word(index, column, code), text_of(expected)));
}

static void assert_calls(struct run_index *index, size_t at, const struct model_run *run)
{
    const struct call_column *calls = &index->store.calls;
    if (!index_is_ready(index, COLUMN_TOOLS))
        return;
    assert_int_equal(calls->offsets[at + 1] - calls->offsets[at], run->tool_count);
    for (size_t i = 0; i < run->tool_count; i++) {
        struct text tool = run_index_word(index, COLUMN_TOOLS, calls->tools[calls->offsets[at] + i]);
        assert_true(text_is(tool, run->tools[i]));
    }
}

void assert_index_is_model(struct run_index *index, const struct model *model)
{
    struct index_row *rows = mem_new_array(model->count + 1, sizeof *rows);
    run_index_lock(index);
    assert_int_equal(run_index_count(index), model->count);
    assert_int_equal(run_index_rows(index, 0, model->count + 1, rows), model->count);
    for (size_t i = 0; i < model->count; i++) {
        const struct model_run *run = &model->runs[i];
        int64_t ms = 0;
        assert_int_equal(rows[i].created_at, run->created_at);
        assert_int_equal(rows[i].rowid, run->rowid);
        assert_int_equal(rows[i].position, i);
        assert_word(index, COLUMN_STATUS, i, run->status);
        assert_word(index, COLUMN_TRIGGER, i, run->trigger);
        assert_word(index, COLUMN_SCOPE, i, run->scope);
        assert_calls(index, i, run);
        if (index_is_ready(index, COLUMN_INTERACTION))
            assert_int_equal(index->store.interaction[i], run->has_interaction);
        assert_int_equal(run_index_duration(index, (uint32_t)i, &ms), run->is_read);
        if (run->is_read)
            assert_int_equal(ms, run->duration_ms);
    }
    run_index_unlock(index);
    free(rows);
}

bool model_matches(const struct model_run *run, const struct filter *filter, const char *scope)
{
    struct text paths[MODEL_TOOLS];
    for (size_t i = 0; i < run->tool_count; i++)
        paths[i] = text_of(run->tools[i]);
    struct filter_subject subject = {
        .id = model_run_id(run),
        .status = text_of(run->status),
        .trigger_kind = text_of(run->trigger),
        .code = text_of(run->code),
        .created_at = run->created_at,
        .duration_ms = run->duration_ms,
        .tool_paths = paths,
        .tool_count = run->tool_count,
        .has_interaction = run->has_interaction,
    };
    return (!scope || strcmp(run->scope, scope) == 0) && filter_matches(filter, &subject, MODEL_NOW);
}

/* ---- filters ---- */

static void add_word(struct model *model, enum filter_key key, char *line)
{
    static const char *const words[FILTER_KEY_COUNT][8] = {
        [FILTER_STATUS] = {"failed", "completed", "running", "waiting", "odd", "cancelled", "never",
                           "failed"},
        [FILTER_TRIGGER] = {"mcp", "http", "unknown", "cron", "never", "cli", "mcp", "unknown"},
        [FILTER_TOOL] = {"github.*", "github.issues.*", "github", "search", "never", "slack.*", "never.*",
                         "search"},
        [FILTER_ELICITATION] = {"true", "false", "true", "false", "true", "false", "true", "false"},
        [FILTER_DURATION] = {">5s", "<=2000ms", "<0ms", ">=0ms", "=3s", "<1s", ">20s", "<30s"},
        [FILTER_ID] = {"0", "7", "a", "ab", "f", "1", "zz", "3"},
        [FILTER_CODE] = {"alpha", "beta", "a", "never", "nothing", "await", "return", "b"},
    };
    size_t len = strlen(line);
    struct rand *rng = &model->rng;
    if (key == FILTER_AFTER || key == FILTER_BEFORE)
        snprintf(line + len, MODEL_LINE_MAX - len, "%lld",
                 (long long)(MODEL_NOW - rand_below(rng, model->spread + 2)));
    else
        snprintf(line + len, MODEL_LINE_MAX - len, "%s", words[key][rand_below(rng, 8)]);
}

static void add_term(struct model *model, enum filter_key key, char *line)
{
    static const char *const names[] = {
#define X(id, word, help) word,
        FILTER_KEYS(X)
#undef X
    };
    struct rand *rng = &model->rng;
    bool has_one = key == FILTER_ELICITATION || key == FILTER_AFTER || key == FILTER_BEFORE;
    size_t len = strlen(line), values = has_one ? 1 : 1 + rand_below(rng, 3);
    snprintf(line + len, MODEL_LINE_MAX - len, " %s%s:", rand_chance(rng, 0.3) ? "-" : "", names[key]);
    for (size_t i = 0; i < values; i++) {
        if (i)
            strncat(line, ",", MODEL_LINE_MAX - strlen(line) - 1);
        add_word(model, key, line);
    }
}

void model_filter(struct model *model, size_t most, unsigned keys, char line[MODEL_LINE_MAX],
                  struct filter *filter)
{
    struct filter_mistake mistake;
    size_t terms = rand_below(&model->rng, (uint32_t)most + 1);
    line[0] = '\0';
    while (terms) {
        enum filter_key key = (enum filter_key)rand_below(&model->rng, FILTER_KEY_COUNT);
        if (!(keys & 1u << key))
            continue;
        add_term(model, key, line);
        terms--;
    }
    if (filter_parse(text_of(line), TIME_IN_UTC, filter, &mistake))
        fail_msg("<%s> did not parse: %s", line, mistake.what);
}

void model_search(struct model *model, const struct filter *filter, bool is_whole,
                  struct model_externals *externals)
{
    memset(externals, 0, sizeof *externals);
    for (size_t term = 0; term < filter->count; term++) {
        struct filter_term asked = filter->terms[term];
        if (asked.key != FILTER_CODE && asked.key != FILTER_ID)
            continue;
        asked.is_excluded = false;
        struct filter one = {&asked, 1};
        struct bitmap *hits = &externals->hits[externals->count],
                      *searched = &externals->searched[externals->count];
        bitmap_resize(hits, model->count);
        bitmap_resize(searched, model->count);
        for (size_t i = 0; i < model->count; i++) {
            bool is_searched = is_whole || rand_chance(&model->rng, 0.7);
            if (is_searched)
                bitmap_set(searched, i);
            if (is_searched && model_matches(&model->runs[i], &one, NULL))
                bitmap_set(hits, i);
        }
        externals->list[externals->count++] = (struct index_external){term, hits, is_whole ? NULL : searched};
    }
}

void model_externals_release(struct model_externals *externals)
{
    for (size_t i = 0; i < externals->count; i++) {
        bitmap_release(&externals->hits[i]);
        bitmap_release(&externals->searched[i]);
    }
}
