/*
 * Answers that are kept while the index moves: after every change they must be what a question asked for the first time gets. Several
 * blocks of runs, changes anywhere in them.
 */
#include "data/base/die.h"
#include "data/base/rand.h"
#include "data/index/run_index_kept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1700000000000)

enum {
    RUNS = 3 * 4096 + 6 /* a block's edge is crossed either way */,
    MANY_RUNS = 9 * 4096 + 2000 /* few blocks change */,
    STEPS = 80,
    CHANGES = 12
};

static const char *const statuses[] = {"completed", "failed", "running", "odd"};
static const char *const triggers[] = {"mcp", "http", NULL};
static const char *const scopes[] = {"main-1", "other-2"};
static const char *const tools[] = {"github", "github.issues.create", "search", "slack.post",
                                    "describe.tool"};

#define PICK(rng, words) ((words)[rand_below(rng, sizeof(words) / sizeof *(words))])

struct world {
    struct run_index *index;
    struct rand rng;
    uint32_t runs; /* at first */
    bool is_calm;  /* only the newest runs change */
    int64_t last_rowid;
};

static uint16_t code_of(struct world *world, enum index_column column, const char *word)
{
    return run_index_code(world->index, column, text_of(word));
}

static void load(struct world *world)
{
    struct index_row *rows = mem_new_array(world->runs, sizeof *rows);
    for (uint32_t i = 0; i < world->runs; i++)
        rows[i] = (struct index_row){.created_at = NOW - (int64_t)i * 60000, .rowid = world->runs - i};
    assert_int_equal(run_index_load(world->index, rows, world->runs, NULL), ERR_OK);
    run_index_publish(world->index);
    world->last_rowid = world->runs;
    free(rows);
}

static void fill(struct world *world)
{
    struct rand *rng = &world->rng;
    for (uint32_t i = 0; i < world->runs; i++) {
        run_index_put(world->index, COLUMN_STATUS, i, code_of(world, COLUMN_STATUS, PICK(rng, statuses)));
        run_index_put(world->index, COLUMN_TRIGGER, i, code_of(world, COLUMN_TRIGGER, PICK(rng, triggers)));
        run_index_put(world->index, COLUMN_SCOPE, i, code_of(world, COLUMN_SCOPE, PICK(rng, scopes)));
        if (rand_chance(rng, 0.2))
            run_index_put(world->index, COLUMN_INTERACTION, i, 0);
        for (uint32_t calls = rand_below(rng, 12) ? rand_below(rng, 4) : 20; calls; calls--)
            run_index_put(world->index, COLUMN_TOOLS, i, code_of(world, COLUMN_TOOLS, PICK(rng, tools)));
    }
    for (int column = COLUMN_STATUS; column <= COLUMN_TOOLS; column++)
        run_index_complete(world->index, (enum index_column)column, 0);
}

static void world_init(struct world *world, uint64_t seed, uint32_t runs)
{
    *world = (struct world){.index = run_index_new(), .runs = runs};
    rand_seed(&world->rng, seed);
    load(world);
    fill(world);
}

/* ---- changes ---- */

static struct index_row random_row(struct world *world)
{
    struct index_row row;
    size_t count = run_index_count(world->index);
    uint32_t at = rand_below(&world->rng, (uint32_t)count);
    if (world->is_calm || rand_chance(&world->rng, 0.5)) /* as a rule the newest */
        at = (uint32_t)count - 1 - at % 50;
    run_index_lock(world->index);
    assert_int_equal(run_index_rows(world->index, at, 1, &row), 1);
    run_index_unlock(world->index);
    return row;
}

static void change_runs(struct world *world)
{
    struct index_upsert upserts[CHANGES];
    struct index_merge merge;
    size_t count = 0;
    for (size_t i = 0; i < CHANGES; i++) {
        struct index_row row = random_row(world);
        bool is_new = rand_chance(&world->rng, 0.5);
        if (is_new && rand_chance(&world->rng, 0.7)) /* else late */
            row.created_at =
                NOW + rand_below(&world->rng, rand_chance(&world->rng, 0.2) ? 3 * 3600000 : 100000);
        upserts[count++] = (struct index_upsert){
            .created_at = row.created_at,
            .rowid = is_new ? ++world->last_rowid : row.rowid,
            .id = TEXT_LIT("x"),
            .status = code_of(world, COLUMN_STATUS, PICK(&world->rng, statuses)),
            .trigger = code_of(world, COLUMN_TRIGGER, PICK(&world->rng, triggers)),
            .scope = code_of(world, COLUMN_SCOPE, PICK(&world->rng, scopes)),
            .duration_ms = rand_chance(&world->rng, 0.3) ? DURATION_UNREAD : rand_below(&world->rng, 9000),
            .has_interaction = rand_chance(&world->rng, 0.2),
            .is_new = is_new,
        };
    }
    assert_int_equal(run_index_merge(world->index, upserts, count, NULL, NULL, &merge, NULL), ERR_OK);
}

static void add_calls(struct world *world)
{
    struct index_call calls[CHANGES];
    for (size_t i = 0; i < CHANGES; i++) {
        struct index_row row = random_row(world);
        char path[20] = "search";
        if (rand_chance(&world->rng, 0.3)) /* the dictionary grows */
            snprintf(path, sizeof path, "tool.n%u", rand_below(&world->rng, 90));
        calls[i] = (struct index_call){row.created_at, row.rowid, code_of(world, COLUMN_TOOLS, path)};
    }
    assert_int_equal(run_index_add_calls(world->index, calls, CHANGES), CHANGES);
}

static void sweep(struct world *world)
{
    struct index_row rows[CHANGES];
    for (size_t i = 0; i < CHANGES; i++)
        rows[i] = random_row(world);
    run_index_remove(world->index, rows, rand_chance(&world->rng, 0.3) ? 1 : CHANGES);
}

static void read_durations(struct world *world)
{
    struct index_duration read[CHANGES];
    for (size_t i = 0; i < CHANGES; i++)
        read[i] = (struct index_duration){random_row(world), rand_below(&world->rng, 9000)};
    run_index_put_durations(world->index, read, CHANGES);
}

static void change(struct world *world)
{
    switch (rand_below(&world->rng, 6)) {
    case 0: add_calls(world); break;
    case 1: sweep(world); break;
    case 2: read_durations(world); break;
    default: change_runs(world); break;
    }
}

/* ---- comparing ---- */

static void assert_same_list(const struct index_list *kept, const struct index_list *fresh)
{
    assert_int_equal(kept->result.count, fresh->result.count);
    assert_int_equal(kept->result.candidates, fresh->result.candidates);
    assert_int_equal(kept->result.unsearched, fresh->result.unsearched);
    assert_int_equal(kept->result.is_partial, fresh->result.is_partial);
    assert_int_equal(kept->result.reach, fresh->result.reach);
    assert_int_equal(kept->result.bits.bits, fresh->result.bits.bits);
    for (size_t i = 0; i < fresh->result.bits.bits; i += 64)
        assert_int_equal(kept->result.bits.words[i / 64], fresh->result.bits.words[i / 64]);
    assert_int_equal(kept->ranks.total, fresh->ranks.total);
    assert_int_equal(kept->ranks.blocks, fresh->ranks.blocks);
    for (size_t i = 0; i < fresh->ranks.blocks; i++)
        assert_int_equal(kept->ranks.sums[i], fresh->ranks.sums[i]);
    for (size_t rank = 0; rank < fresh->result.count; rank += 97)
        assert_int_equal(run_index_list_at(kept, rank), run_index_list_at(fresh, rank));
    if (fresh->order && fresh->result.count)
        assert_memory_equal(kept->order, fresh->order, fresh->result.count * sizeof *fresh->order);
}

static void assert_same_facet(const struct facet *a, const struct facet *b)
{
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->is_counted, b->is_counted);
    for (size_t i = 0; i < a->count; i++) {
        assert_true(text_eq(a->values[i].word, b->values[i].word));
        assert_int_equal(a->values[i].count, b->values[i].count);
    }
}

static void assert_same_tally(struct tally a, struct tally b)
{
    assert_int_equal(a.n, b.n);
    assert_int_equal(a.is_exact, b.is_exact);
}

static void assert_same_meta(const struct meta *kept, const struct meta *fresh)
{
    assert_same_tally(kept->total, fresh->total);
    assert_same_tally(kept->filtered, fresh->filtered);
    assert_same_tally(kept->with_interaction, fresh->with_interaction);
    assert_same_tally(kept->without_interaction, fresh->without_interaction);
    for (int i = 0; i < PRESET_COUNT; i++)
        assert_same_tally(kept->presets[i], fresh->presets[i]);
    assert_same_facet(&kept->status, &fresh->status);
    assert_same_facet(&kept->trigger, &fresh->trigger);
    assert_same_facet(&kept->tools, &fresh->tools);
    assert_same_facet(&kept->scopes, &fresh->scopes);
    assert_int_equal(kept->histogram.start, fresh->histogram.start);
    assert_int_equal(kept->histogram.width, fresh->histogram.width);
    assert_int_equal(kept->histogram.count, fresh->histogram.count);
    assert_int_equal(kept->histogram_is_exact, fresh->histogram_is_exact);
    if (fresh->histogram.count)
        assert_memory_equal(kept->histogram.buckets, fresh->histogram.buckets,
                            fresh->histogram.count * sizeof *fresh->histogram.buckets);
}

struct asker {
    const char *line, *scope;
    struct sort sort;
    struct index_list list;
    struct filter filter;
    struct index_external externals[FILTER_TERMS_MAX];
    size_t external_count;
    uint64_t external_version;
};

static void answer(struct world *world, const struct asker *asker, int64_t now, struct index_list *list,
                   struct arena *arena, struct meta *meta)
{
    struct index_question question = {.filter = &asker->filter,
                                      .now = now,
                                      .scope = asker->scope,
                                      .externals = asker->externals,
                                      .external_count = asker->external_count,
                                      .external_version = asker->external_version};
    struct index_meta_options options = {.max_buckets = 60};
    run_index_lock(world->index);
    assert_int_equal(run_index_list_build(world->index, &question, asker->sort, list), 0);
    assert_int_equal(run_index_meta(world->index, &question, &options, arena, meta), 0);
    run_index_unlock(world->index);
}

/* As if nobody had ever asked anything. */
static void answer_anew(struct world *world, const struct asker *asker, int64_t now, struct index_list *list,
                        struct arena *arena, struct meta *meta)
{
    struct kept_answers *kept = world->index->kept;
    struct kept_tools *tools_kept = world->index->tools;
    world->index->kept = kept_answers_new();
    world->index->tools = kept_tools_new();
    answer(world, asker, now, list, arena, meta);
    kept_answers_free(world->index->kept);
    kept_tools_free(world->index->tools);
    world->index->kept = kept;
    world->index->tools = tools_kept;
}

static void ask(struct world *world, struct asker *asker, int64_t now)
{
    struct index_list fresh;
    struct meta kept_meta, fresh_meta;
    struct arena arena;
    arena_init(&arena);
    run_index_list_init(&fresh);
    answer(world, asker, now, &asker->list, &arena, &kept_meta);
    answer_anew(world, asker, now, &fresh, &arena, &fresh_meta);
    assert_same_list(&asker->list, &fresh);
    assert_same_meta(&kept_meta, &fresh_meta);
    assert_int_equal(fresh_meta.filtered.n, fresh.result.count);
    run_index_list_release(&fresh);
    arena_release(&arena);
}

static void asker_init(struct asker *asker)
{
    struct filter_mistake mistake;
    run_index_list_init(&asker->list);
    if (filter_parse(text_of(asker->line), TIME_IN_UTC, &asker->filter, &mistake))
        fail_msg("<%s> did not parse: %s", asker->line, mistake.what);
}

static void kept_answers_are_those_of_a_new_question(void **state)
{
    (void)state;
    struct sort newest = {SORT_CREATED, false}, oldest = {SORT_CREATED, true},
                longest = {SORT_DURATION, false};
    struct asker askers[] = {
        {.line = "", .sort = newest},
        {.line = "status:failed,running tool:github.*", .sort = oldest, .scope = "main-1"},
        {.line = "after:2h", .sort = newest},
        {.line = "after:3d trigger:unknown", .sort = newest},
        {.line = "duration:>3s -tool:search", .sort = newest},
        {.line = "elicitation:true", .sort = longest},
        {.line = "", .sort = longest},
        {.line = "-status:failed", .sort = {SORT_DURATION, true}},
    };
    enum { ASKERS = sizeof askers / sizeof *askers };
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct world world;
        world_init(&world, seed, seed == 3 ? MANY_RUNS : RUNS);
        for (size_t i = 0; i < ASKERS; i++)
            asker_init(&askers[i]);
        for (int step = 0; step < STEPS; step++) {
            for (uint32_t i = rand_below(&world.rng, 3); i; i--)
                change(&world);
            world.is_calm = rand_chance(&world.rng, 0.8);
            /* two of them in turn, for a while: the index has only the last few answers */
            ask(&world, &askers[(seed + (uint64_t)step / 10 + (uint64_t)step % 2) % ASKERS],
                NOW + step * 300000);
        }
        for (size_t i = 0; i < ASKERS; i++) {
            run_index_list_release(&askers[i].list);
            filter_release(&askers[i].filter);
        }
        run_index_free(world.index);
    }
}

/* Another index in its place, and the sort turned round: nothing of before may show. */
static void nothing_is_kept_across_a_new_projection(void **state)
{
    (void)state;
    struct sort newest = {SORT_CREATED, false};
    struct asker asker = {.line = "status:failed", .sort = newest};
    struct world world, other;
    world_init(&world, 21, RUNS);
    world_init(&other, 22, RUNS);
    asker_init(&asker);
    ask(&world, &asker, NOW);
    run_index_take(world.index, other.index);
    ask(&world, &asker, NOW);
    asker.sort.is_ascending = true;
    ask(&world, &asker, NOW);
    asker.sort.field = SORT_DURATION; /* none read: partial, */
    ask(&world, &asker, NOW);
    asker.sort.field = SORT_CREATED; /* which the other order does not mind */
    ask(&world, &asker, NOW);
    run_index_reset(world.index);
    load(&world);
    fill(&world);
    ask(&world, &asker, NOW);
    run_index_list_release(&asker.list);
    filter_release(&asker.filter);
    run_index_free(world.index);
    run_index_free(other.index);
}

/* A clock ahead of ours: its run is outside the chart until our time has come that far, though nothing changes. */
static void a_run_of_the_future_comes_into_the_chart(void **state)
{
    (void)state;
    struct asker asker = {.line = "after:2h", .sort = {SORT_CREATED, false}};
    struct world world;
    struct index_merge merge;
    world_init(&world, 41, RUNS);
    struct index_upsert ahead = {
        .created_at = NOW + 100 * MINUTE_MS, .rowid = RUNS + 1, .duration_ms = 5, .is_new = true};
    assert_int_equal(run_index_merge(world.index, &ahead, 1, NULL, NULL, &merge, NULL), ERR_OK);
    asker_init(&asker);
    ask(&world, &asker, NOW);
    ask(&world, &asker, NOW + 110 * MINUTE_MS);
    run_index_list_release(&asker.list);
    filter_release(&asker.filter);
    run_index_free(world.index);
}

/* Searches by the rule that the contract has: the version moves with their bits, and the bits with the runs. */
struct search {
    struct bitmap hits, searched;
    uint64_t layout;
};

static void search_some(struct world *world, struct search *search)
{
    bitmap_resize(&search->hits, run_index_count(world->index));
    bitmap_resize(&search->searched, run_index_count(world->index));
    for (uint32_t n = 1 + rand_below(&world->rng, 40); n; n--) {
        size_t at = rand_below(&world->rng, (uint32_t)search->hits.bits);
        if (rand_chance(&world->rng, 0.7))
            at = search->hits.bits - 1 - at % 300;
        bitmap_set(&search->searched, at);
        if (rand_chance(&world->rng, 0.4))
            bitmap_set(&search->hits, at);
    }
}

static void follow_runs(struct world *world, struct search *search)
{
    uint64_t layout = search->layout;
    run_index_lock(world->index);
    assert_true(run_index_carry(world->index, &layout, &search->hits, NULL));
    assert_true(run_index_carry(world->index, &search->layout, &search->searched, NULL));
    run_index_unlock(world->index);
}

static void check_searches(const char *line, size_t terms)
{
    struct asker asker = {.line = line, .sort = {SORT_CREATED, false}, .external_count = terms};
    struct search searches[SEEN_MAX + 1];
    struct world world;
    memset(searches, 0, sizeof searches);
    world_init(&world, 31 + terms, RUNS);
    asker_init(&asker);
    for (size_t i = 0; i < terms; i++) {
        searches[i].layout = run_index_layout(world.index);
        size_t term = asker.filter.count - terms + i; /* the codes are the last of the terms */
        assert_int_equal(asker.filter.terms[term].key, FILTER_CODE);
        asker.externals[i] = (struct index_external){
            .term = term, .hits = &searches[i].hits, .searched = &searches[i].searched};
    }
    asker.externals[0].searched = NULL; /* that one is through */
    for (int step = 0; step < STEPS; step++) {
        if (rand_chance(&world.rng, 0.5))
            change(&world);
        for (size_t i = 0; i < terms; i++)
            follow_runs(&world, &searches[i]);
        search_some(&world, &searches[rand_below(&world.rng, (uint32_t)terms)]);
        asker.external_version++;
        ask(&world, &asker, NOW);
    }
    for (size_t i = 0; i < terms; i++) {
        bitmap_release(&searches[i].hits);
        bitmap_release(&searches[i].searched);
    }
    run_index_list_release(&asker.list);
    filter_release(&asker.filter);
    run_index_free(world.index);
}

static void searches_that_go_on_are_seen(void **state)
{
    (void)state;
    check_searches("code:a status:failed", 1);
    check_searches("-code:a -code:b", 2);
    check_searches("-code:a -code:b -code:c -code:d -code:e", SEEN_MAX + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_answers_are_those_of_a_new_question),
        cmocka_unit_test(nothing_is_kept_across_a_new_projection),
        cmocka_unit_test(a_run_of_the_future_comes_into_the_chart),
        cmocka_unit_test(searches_that_go_on_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
