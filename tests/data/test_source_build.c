/*
 * The projection against plain SQL, by either road: by the pages of the indices, and by SQLite. Histories are made at random, with many runs of one millisecond,
 * several scopes and odd words, and change while they are projected.
 */
#include "data/base/die.h"
#include "data/base/rand.h"
#include "data/index/run_index_private.h"
#include "data/sqlite/source_sqlite_builder.h"
#include "data/sqlite/source_sqlite_image.h"
#include "tests/support/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { BY_SQL, BY_IMAGE, ROADS };

struct fixture {
    struct history *history;
    struct source *source;
    struct read_slot slot;
    struct reading reading;
    struct rand rand;
    int runs;
    bool is_watched; /* its connections are kept */
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->history = history_new();
    read_slot_init(&f->slot);
    *state = f;
    return 0;
}

static void close_file(struct fixture *f)
{
    if (f->source)
        source_close(f->source);
    f->source = NULL;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    close_file(f);
    read_slot_release(&f->slot);
    history_free(f->history);
    free(f);
    return 0;
}

static void open_file(struct fixture *f, int road)
{
    struct err err;
    struct source_options options = {.no_background = true, .no_images = road == BY_SQL};
    close_file(f);
    if (source_open(history_path(f->history), &options, &f->source, &err))
        fail_msg("%s (%s)", err.what, err.hint);
    f->reading = (struct reading){(struct sqlite_source *)f->source, &f->slot, NULL, NULL};
    kept_allow(f->reading.source, f->is_watched);
}

/* ---- a history at random ---- */

static void add_run(struct fixture *f)
{
    static const char *const statuses[] = {"completed", "completed", "completed", "failed", "running", "odd"};
    static const char *const triggers[] = {"agent", "agent", "cli", NULL};
    static const char *const scopes[] = {"scope-1", "scope-1", "other", "scope-10"};
    char id[24];
    snprintf(id, sizeof id, "%08x-%d", (unsigned)rand_below(&f->rand, UINT32_MAX), f->runs++);
    const char *run =
        history_run(f->history, (struct history_run){.id = id,
                                                     .created_at = 1000 + rand_below(&f->rand, 60),
                                                     .status = statuses[rand_below(&f->rand, 6)],
                                                     .trigger = triggers[rand_below(&f->rand, 4)],
                                                     .scope = scopes[rand_below(&f->rand, 4)]});
    for (uint32_t n = rand_below(&f->rand, 5); n > 1; n--) {
        static const char *const paths[] = {"a.b", "a.c", "github.issues.list", "x"};
        history_call(f->history, run, (struct history_call){.path = paths[rand_below(&f->rand, 4)]});
    }
    if (rand_below(&f->rand, 5) == 0)
        history_question(f->history, run, (struct history_question){.status = "resolved"});
}

static void add_runs(struct fixture *f, int count)
{
    history_begin(f->history);
    for (int i = 0; i < count; i++)
        add_run(f);
    history_commit(f->history);
}

/* What an executor does: new runs, runs that go on. */
static void change(struct fixture *f, const struct builder *builder)
{
    (void)builder;
    add_runs(f, (int)rand_below(&f->rand, 4));
    history_sql(f->history,
                "UPDATE execution SET status = 'completed' WHERE status = 'running' AND rowid % 7 = 0");
    history_sql(f->history,
                "UPDATE execution SET status = 'running' WHERE status = 'odd' AND rowid % 11 = 0");
}

/* ---- the index against SQL ---- */

struct check {
    const struct run_index *index;
    const char *told;
};

#define ALL_SQL                                                                                              \
    "SELECT e.created_at, e.rowid, e.status, e.trigger_kind, e.scope_id, "                                   \
    "EXISTS (SELECT 1 FROM execution_interaction i WHERE i.execution_id = e.id), "                           \
    "(SELECT group_concat(tool_path) FROM (SELECT tool_path FROM execution_tool_call c "                     \
    "WHERE c.execution_id = e.id AND typeof(tool_path) = 'text' ORDER BY tool_path)) "                       \
    "FROM execution e WHERE e.created_at IS NOT NULL ORDER BY e.created_at, e.id"

static int by_word(const void *a, const void *b)
{
    return text_cmp(*(const struct text *)a, *(const struct text *)b);
}

static void tools_of(const struct run_index *index, size_t at, char *tools, size_t size)
{
    struct text words[100];
    size_t count = 0, used = 0;
    for (uint32_t i = index->store.calls.offsets[at]; i < index->store.calls.offsets[at + 1]; i++)
        words[count++] = run_index_word(index, COLUMN_TOOLS, index->store.calls.tools[i]);
    if (count)
        qsort(words, count, sizeof *words, by_word);
    *tools = '\0';
    for (size_t i = 0; i < count; i++)
        used +=
            (size_t)snprintf(tools + used, size - used, "%s%.*s", i ? "," : "", (int)words[i].n, words[i].s);
}

static void assert_word(struct text word, sqlite3_stmt *statement, int column)
{
    struct text wanted = column_borrow(statement, column);
    if (!text_eq(word, wanted))
        fail_msg("%.*s is not %.*s", (int)word.n, word.s ? word.s : "", (int)wanted.n,
                 wanted.s ? wanted.s : "");
}

static void assert_run(const struct run_index *index, size_t at, sqlite3_stmt *statement)
{
    const struct index_store *store = &index->store;
    char tools[1000];
    assert_int_equal(store->created[at], sqlite3_column_int64(statement, 0));
    assert_int_equal(rowids_get(&store->rowids, at), sqlite3_column_int64(statement, 1));
    assert_word(run_index_word(index, COLUMN_STATUS, codes_get(&store->status, at)), statement, 2);
    assert_word(run_index_word(index, COLUMN_TRIGGER, codes_get(&store->trigger, at)), statement, 3);
    assert_word(run_index_word(index, COLUMN_SCOPE, codes_get(&store->scope, at)), statement, 4);
    assert_int_equal(store->interaction[at], sqlite3_column_int(statement, 5));
    tools_of(index, at, tools, sizeof tools);
    const char *wanted = (const char *)sqlite3_column_text(statement, 6);
    assert_string_equal(tools, wanted ? wanted : "");
}

static enum err_code check_body(struct reader *reader, void *context, struct err *err)
{
    const struct run_index *index = context;
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(reader, ALL_SQL, &statement, err);
    size_t at = 0;
    for (; !code && reader_step(reader, statement, &code, err); at++) {
        assert_true(at < index->store.count);
        assert_run(index, at, statement);
    }
    sqlite3_finalize(statement);
    assert_int_equal(at, index->store.count);
    return code;
}

static void must(enum err_code code, const struct err *err)
{
    if (code)
        fail_msg("%s (%s)", err->what, err->hint);
}

/* Projects, with `after` called after each step where it is given, and compares. */
static void project(struct fixture *f, int road, void (*after)(struct fixture *, const struct builder *))
{
    struct err err;
    open_file(f, road);
    struct run_index *index = run_index_new();
    struct follower follower = {0};
    struct builder *builder = builder_new(index, &follower);
    bool had_image = false;
    while (!builder_is_done(builder)) {
        must(builder_step(builder, &f->reading, &err), &err);
        had_image |= builder->had_image;
        if (after)
            after(f, builder);
    }
    assert_int_equal(had_image, road == BY_IMAGE);
    struct poll_result result;
    must(follower_poll(&follower, index, &f->reading, true, &result, &err), &err);
    assert_false(result.is_outgrown);
    assert_true(run_index_is_ordered(index));
    must(source_read(&f->reading, check_body, index, &err), &err);
    builder_free(builder);
    run_index_free(index);
    follower_release(&follower);
}

static void a_file_that_rests(void **state)
{
    struct fixture *f = *state;
    rand_seed(&f->rand, 1);
    add_runs(f, 3000);
    history_close(f->history);
    for (int road = 0; road < ROADS; road++)
        project(f, road, NULL);
}

static void a_file_that_is_written_to(void **state)
{
    struct fixture *f = *state;
    for (uint64_t seed = 2; seed < 5; seed++) {
        rand_seed(&f->rand, seed);
        add_runs(f, 200);
        project(f, BY_SQL, change);
        project(f, BY_IMAGE, change);
    }
}

static void an_empty_file(void **state)
{
    struct fixture *f = *state;
    (void)history_store(f->history);
    for (int road = 0; road < ROADS; road++)
        project(f, road, NULL);
}

/* Runs whose id no walk along the ids of texts finds, among others of their millisecond. */
static void ids_that_are_no_texts(void **state)
{
    struct fixture *f = *state;
    rand_seed(&f->rand, 20);
    add_runs(f, 200);
    history_sql(f->history, "UPDATE execution SET id = CAST(id AS BLOB) WHERE rowid % 50 = 0");
    history_sql(f->history, "UPDATE execution SET scope_id = CAST(scope_id AS BLOB) WHERE rowid = 7");
    history_sql(f->history,
                "DELETE FROM execution_tool_call WHERE execution_id NOT IN (SELECT id FROM execution "
                "WHERE typeof(scope_id) = 'text')");
    history_sql(f->history,
                "DELETE FROM execution_interaction WHERE execution_id NOT IN (SELECT id FROM execution "
                "WHERE typeof(scope_id) = 'text')");
    for (int road = 0; road < ROADS; road++)
        project(f, road, NULL);
}

static void calls_whose_rowids_lie_far_apart(void **state)
{
    struct fixture *f = *state;
    rand_seed(&f->rand, 21);
    add_runs(f, 100);
    history_sql(f->history, "UPDATE execution_tool_call SET rowid = rowid * 10000000");
    history_sql(f->history, "UPDATE execution SET rowid = rowid * 10000000000");
    for (int road = 0; road < ROADS; road++)
        project(f, road, NULL);
}

/* A time that is no integer breaks the image of the times; the other columns have theirs. */
static void an_image_that_breaks(void **state)
{
    struct fixture *f = *state;
    rand_seed(&f->rand, 22);
    add_runs(f, 300);
    history_sql(f->history, "UPDATE execution SET created_at = 900.5 WHERE rowid = 100");
    for (int road = 0; road < ROADS; road++)
        project(f, road, NULL);
}

static void delete_behind_the_times(struct fixture *f, const struct builder *builder)
{
    if (builder->phase == PHASE_STATUS && !builder->is_by_sql)
        history_sql(f->history, "DELETE FROM execution WHERE rowid IN (5, 6)");
}

/* Rows went while they were read: their number tells, and the rest is read by SQLite. */
static void a_number_of_runs_that_does_not_fit(void **state)
{
    struct fixture *f = *state;
    rand_seed(&f->rand, 23);
    add_runs(f, 300);
    project(f, BY_IMAGE, delete_behind_the_times);
}

/* While the file is watched its connections are kept, and one piece of reading finds what an earlier one left behind on its own. */
static void connections_that_are_kept(void **state)
{
    struct fixture *f = *state;
    rand_seed(&f->rand, 24);
    add_runs(f,
             5000); /* of one scope more than a batch: its statement is at work when the next feed begins */
    f->is_watched = true;
    for (int road = 0; road < ROADS; road++)
        project(f, road, change);
}

/* Begins the file anew, in another encoding. */
static void begin_in(struct fixture *f, const char *encoding)
{
    char sql[100];
    sqlite3 *db;
    history_close(f->history);
    assert_int_equal(unlink(history_path(f->history)), 0);
    assert_int_equal(sqlite3_open(history_path(f->history), &db), SQLITE_OK);
    snprintf(sql, sizeof sql, "PRAGMA encoding='%s'; CREATE TABLE t(a); DROP TABLE t", encoding);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void assert_is_in(struct fixture *f, const char *encoding)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(history_path(f->history), &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA encoding", -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal(sqlite3_column_text(statement, 0), encoding);
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

/* There the ids stand in another order than that of UTF-8, and what belongs to a run is found all the same. */
static void ids_of_another_encoding(void **state)
{
    static const char *const encodings[] = {"UTF-16le", "UTF-16be"};
    static const char *const signs[] = {"a", "\u0100", "\u00e9", "\uff21", "\U0001f600", "\u4e2d", "z"};
    struct fixture *f = *state;
    for (size_t i = 0; i < 2; i++) {
        begin_in(f, encodings[i]);
        rand_seed(&f->rand, 25 + i);
        add_runs(f, 300);
        for (size_t sign = 0; sign < sizeof signs / sizeof *signs; sign++) {
            static const char *const children[] = {"execution_tool_call", "execution_interaction"};
            char sql[200];
            snprintf(sql, sizeof sql, "UPDATE execution SET id = '%s' || id WHERE rowid %% 7 = %zu",
                     signs[sign], sign);
            history_sql(f->history, sql);
            for (size_t child = 0; child < 2; child++) {
                snprintf(sql, sizeof sql,
                         "UPDATE %s SET execution_id = '%s' || execution_id WHERE '%s' || execution_id IN "
                         "(SELECT id FROM execution)",
                         children[child], signs[sign], signs[sign]);
                history_sql(f->history, sql);
            }
        }
        assert_is_in(f, encodings[i]);
        project(f, BY_SQL, NULL);
        history_close(f->history);
        project(f, BY_SQL, NULL);
        close_file(f);
    }
}

/* ---- feeds ---- */

struct feed_job {
    struct feed *feed;
    bool by_image;
};

static enum err_code feed_body(struct reader *reader, void *context, struct err *err)
{
    struct feed_job *job = context;
    struct feed_image image = {0};
    enum err_code code = job->by_image ? image_open(reader, &image.image, err) : ERR_OK;
    if (!code)
        code = feed_begin(job->feed, reader, &image, err);
    if (!code)
        code = feed_fill(job->feed, 0, err);
    feed_end(job->feed);
    assert_false(image.is_broken);
    image_close(image.image);
    return code;
}

/* Each batch in a transaction of its own, and of any size: no entry is left out and none comes twice. */
static size_t read_feed(struct fixture *f, enum feed_source source, struct text prefix, int road, size_t room,
                        int64_t *rowids)
{
    struct feed feed;
    struct err err;
    size_t count = 0;
    feed_init(&feed, source, prefix, room);
    while (!feed.is_end) {
        must(source_read(&f->reading, feed_body, &(struct feed_job){&feed, road == BY_IMAGE}, &err), &err);
        for (size_t i = 0; i < feed.count; i++)
            rowids[count++] = feed.entries[i].rowid;
    }
    feed_release(&feed);
    return count;
}

static void feeds_go_on_behind_the_last_entry(void **state)
{
    struct fixture *f = *state;
    rand_seed(&f->rand, 30);
    add_runs(f, 60);
    history_sql(f->history, "UPDATE execution_tool_call SET tool_path = '' WHERE rowid = 3");
    open_file(f, BY_IMAGE);
    static const struct {
        enum feed_source source;
        const char *prefix;
    } feeds[] = {{FEED_CREATED, NULL},        {FEED_STATUS, "completed"}, {FEED_TRIGGER, NULL},
                 {FEED_RUN_IDS, "scope-1"},   {FEED_CALL_IDS, NULL},      {FEED_CALL_PATHS, NULL},
                 {FEED_INTERACTION_IDS, NULL}};
    for (size_t i = 0; i < sizeof feeds / sizeof *feeds; i++) {
        int64_t wanted[500], rowids[500];
        struct text prefix = text_of(feeds[i].prefix);
        size_t count = read_feed(f, feeds[i].source, prefix, BY_SQL, 500, wanted);
        assert_true(count > 5);
        for (int road = 0; road < ROADS; road++)
            for (size_t room = 1; room <= 3; room++) {
                assert_int_equal(read_feed(f, feeds[i].source, prefix, road, room, rowids), count);
                assert_memory_equal(rowids, wanted, count * sizeof *rowids);
            }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_that_rests, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_is_written_to, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_empty_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ids_that_are_no_texts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(calls_whose_rowids_lie_far_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_image_that_breaks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_number_of_runs_that_does_not_fit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(connections_that_are_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ids_of_another_encoding, set_up, tear_down),
        cmocka_unit_test_setup_teardown(feeds_go_on_behind_the_last_entry, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
