/*
 * Searching a SQLite file for what stands in the table only: every answer is compared with that of filter_matches over the runs as the test
 * knows them. The code of some is longer than a page, and some rows have payloads that are.
 */
#include "data/base/rand.h"
#include "data/source.h"
#include "tests/support/filter_of.h"
#include "tests/support/history.h"

#include <pthread.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { RUNS = 900, RUNS_MAX = 4000, PATIENCE_MS = 20000, WORDS = 7 };

static const char *const words[WORDS] = {"retry", "await", "github.issues", "grüße", "Σίσυφος", "x", "naïve"};
static const char *const statuses[] = {"completed", "failed", "running"};

struct known_run {
    char id[16], *code;
    const char *status;
    int64_t created_at;
    bool is_gone;
};

struct fixture {
    struct history *history;
    struct source *source;
    struct source_conn *conn, *meta_conn;
    struct arena arena;
    struct rand rand;
    struct known_run runs[RUNS_MAX];
    size_t count;
    atomic_uint events;
};

static void note_events(void *context, unsigned events)
{
    struct fixture *f = context;
    atomic_fetch_or(&f->events, events);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->history = history_new();
    arena_init(&f->arena);
    rand_seed(&f->rand, 11);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    if (f->conn)
        conn_close(f->conn);
    if (f->meta_conn)
        conn_close(f->meta_conn);
    if (f->source)
        source_close(f->source);
    history_free(f->history);
    arena_release(&f->arena);
    for (size_t i = 0; i < f->count; i++)
        free(f->runs[i].code);
    free(f);
    return 0;
}

/* ---- runs ---- */

static char *filler(struct rand *rand, size_t n)
{
    char *text = malloc(n + 1);
    for (size_t i = 0; i < n; i++)
        text[i] = "abcdefgh ij\n"[rand_below(rand, 12)];
    text[n] = '\0';
    return text;
}

/* One to three words at any place, "const" at the beginning of most. */
static char *any_code(struct rand *rand)
{
    static const size_t sizes[] = {0, 20, 60, 400, 480, 2000, 4100, 9000};
    char *code = filler(rand, sizes[rand_below(rand, 8)] + rand_below(rand, 90));
    struct buf out;
    buf_init(&out, 1 << 20);
    buf_str(&out, rand_below(rand, 10) ? "Const " : "");
    size_t cut = rand_below(rand, (uint32_t)strlen(code) + 1);
    buf_text(&out, (struct text){code, cut});
    for (uint32_t i = rand_below(rand, 4); i > 0; i--)
        buf_printf(&out, "%s ", words[rand_below(rand, WORDS)]);
    buf_text(&out, (struct text){code + cut, strlen(code) - cut});
    free(code);
    code = strdup(buf_cstr(&out));
    buf_release(&out);
    return code;
}

static void add_run(struct fixture *f, int64_t created_at)
{
    struct known_run *run = &f->runs[f->count];
    assert_true(f->count < RUNS_MAX);
    snprintf(run->id, sizeof run->id, "%c%c-%04zu", 'a' + (int)rand_below(&f->rand, 3),
             'a' + (int)rand_below(&f->rand, 3), f->count);
    run->code = any_code(&f->rand);
    run->status = statuses[rand_below(&f->rand, 3)];
    run->created_at = created_at;
    char *payload = rand_below(&f->rand, 2) ? filler(&f->rand, rand_below(&f->rand, 9000)) : NULL;
    history_run(f->history, (struct history_run){.id = run->id,
                                                 .scope = rand_below(&f->rand, 4) ? "one" : "two",
                                                 .code = run->code,
                                                 .status = run->status,
                                                 .result = payload,
                                                 .created_at = created_at});
    free(payload);
    f->count++;
}

static void add_runs(struct fixture *f, size_t count)
{
    history_begin(f->history);
    for (size_t i = 0; i < count; i++)
        add_run(f, 1000 + (int64_t)f->count);
    history_commit(f->history);
}

static void open_source_of(struct fixture *f)
{
    struct err err;
    struct source_options options = {.notify = note_events, .context = f};
    history_store(f->history);
    if (source_open(history_path(f->history), &options, &f->source, &err))
        fail_msg("%s (%s)", err.what, err.hint);
    assert_int_equal(source_connect(f->source, &f->conn, &err), ERR_OK);
    assert_int_equal(source_connect(f->source, &f->meta_conn, &err), ERR_OK);
}

static struct meta ask_meta(struct fixture *f, const char *line)
{
    struct meta_query query = {.now = 1, .wait_exact = true};
    struct meta meta;
    struct err err;
    query.filter = filter_of(line);
    if (conn_meta(f->meta_conn, &query, NULL, &f->arena, &meta, &err))
        fail_msg("%s: %s", line, err.what);
    filter_release(&query.filter);
    return meta;
}

/* Until the index answers, and knows what happens. */
static void settle(struct fixture *f)
{
    assert_true(ask_meta(f, "").total.is_exact);
}

/* ---- what is expected ---- */

static bool matches(const struct known_run *run, const struct filter *filter)
{
    struct filter_subject subject = {.id = text_of(run->id),
                                     .status = text_of(run->status),
                                     .code = text_of(run->code),
                                     .created_at = run->created_at,
                                     .duration_ms = DURATION_NONE};
    return !run->is_gone && filter_matches(filter, &subject, 1);
}

static int newest_first(const void *a, const void *b)
{
    const struct known_run *const *x = a, *const *y = b;
    if ((*x)->created_at != (*y)->created_at)
        return (*x)->created_at < (*y)->created_at ? 1 : -1;
    return -strcmp((*x)->id, (*y)->id);
}

/* Ids, newest first, joined. */
static const char *expected_ids(struct fixture *f, const struct filter *filter, size_t rows)
{
    const struct known_run **found = calloc(f->count + 1, sizeof *found);
    size_t count = 0;
    for (size_t i = 0; i < f->count; i++)
        if (matches(&f->runs[i], filter))
            found[count++] = &f->runs[i];
    qsort(found, count, sizeof *found, newest_first);
    struct buf out;
    buf_init(&out, 1 << 20);
    buf_printf(&out, "%zu:", count);
    for (size_t i = 0; i < count && i < rows; i++)
        buf_printf(&out, " %s", found[i]->id);
    const char *ids = arena_printf(&f->arena, "%s", buf_cstr(&out));
    buf_release(&out);
    free(found);
    return ids;
}

static struct list_reply list_of(struct fixture *f, const char *line, size_t rows, bool wait_exact)
{
    struct list_query query = {.now = 1, .after = rows, .wait_exact = wait_exact, .cutoff = TIME_NONE};
    struct list_reply reply;
    struct err err;
    query.filter = filter_of(line);
    if (conn_list(f->conn, &query, NULL, &f->arena, &reply, &err))
        fail_msg("%s: %s", line, err.what);
    filter_release(&query.filter);
    return reply;
}

static const char *ids_of(struct fixture *f, const struct list_reply *reply)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    buf_printf(&out, "%lld:", (long long)reply->total.n);
    for (size_t i = 0; i < reply->count; i++)
        buf_printf(&out, " %s", reply->rows[i].id.s);
    const char *ids = arena_printf(&f->arena, "%s", buf_cstr(&out));
    buf_release(&out);
    return ids;
}

static void expect_right(struct fixture *f, const char *line)
{
    struct filter filter = filter_of(line);
    const char *expected = expected_ids(f, &filter, 300);
    struct list_reply reply = list_of(f, line, 300, true);
    const char *ids = ids_of(f, &reply);
    if (strcmp(ids, expected) != 0)
        fail_msg("[%s]:\n%s\nnot\n%s", line, ids, expected);
    filter_release(&filter);
    arena_release(&f->arena);
}

static int64_t count_of(const struct facet *facet, const char *word)
{
    for (size_t i = 0; i < facet->count; i++)
        if (text_is(facet->values[i].word, word))
            return facet->values[i].count;
    return 0;
}

/* The status facet counts without the filter's own status. */
static void expect_right_facet(struct fixture *f, const char *line)
{
    struct filter filter = filter_of(line), others;
    filter_copy(&others, &filter);
    filter_clear_key(&others, FILTER_STATUS);
    struct meta meta = ask_meta(f, line);
    int64_t total = 0, by_status[3] = {0};
    for (size_t i = 0; i < f->count; i++) {
        total += matches(&f->runs[i], &filter);
        for (int s = 0; s < 3; s++)
            by_status[s] += strcmp(f->runs[i].status, statuses[s]) == 0 && matches(&f->runs[i], &others);
    }
    assert_true(meta.filtered.is_exact);
    assert_int_equal(meta.filtered.n, total);
    for (int s = 0; s < 3; s++)
        assert_int_equal(count_of(&meta.status, statuses[s]), by_status[s]);
    filter_release(&filter);
    filter_release(&others);
    arena_release(&f->arena);
}

static const char *const lines[] = {
    "code:retry",
    "retry await",
    "await retry GRÜSSE",
    "code:retry,await",
    "-code:retry",
    "-code:retry -code:await",
    "retry -code:await",
    "GRÜßE",
    "code:ΣΊΣΥΦΟΣ",
    "code:\"const \"",
    "id:a",
    "id:ab,c",
    "-id:a retry",
    "id:bc-0 await",
    "-id:c github.issues",
    "-github.issues naïve",
    "id:b -id:ba",
    "status:failed retry",
    "-status:failed retry await",
    "status:running -code:x",
    "after:1970-01-01T00:00:02Z x",
    "code:nowhere",
    "retry retry -code:retry",
};
enum { LINES = sizeof lines / sizeof *lines };

/* ---- tests ---- */

static void finds_what_the_filter_means(void **state)
{
    struct fixture *f = *state;
    add_runs(f, RUNS);
    open_source_of(f);
    settle(f);
    for (size_t i = 0; i < LINES; i++) {
        if (i % 2)
            expect_right(f, lines[i]);
        expect_right_facet(f, lines[i]);
        expect_right(f, lines[i]);
    }
}

/* Longer, shorter and other needles use what the ones before them found, however far those came. */
static void finds_it_letter_by_letter(void **state)
{
    struct fixture *f = *state;
    static const char *const typed[] = {"r",      "re",      "ret",  "retr", "retry",  "retr",
                                        "retry ", "retry a", "etry", "r",    "github", "github.i"};
    add_runs(f, RUNS);
    open_source_of(f);
    settle(f);
    for (size_t i = 0; i < sizeof typed / sizeof *typed; i++) {
        char line[32];
        snprintf(line, sizeof line, "code:\"%s\"", typed[i]);
        (void)list_of(f, line, 40, false);
        if (i % 3 == 2)
            expect_right(f, line);
    }
    for (size_t i = 0; i < sizeof typed / sizeof *typed; i++) {
        char line[32];
        snprintf(line, sizeof line, "code:\"%s\"", typed[i]);
        expect_right(f, line);
    }
}

/* The first answer to a common word has runs already: on a machine that is not too slow for it, a full screen of the newest. */
static void shows_runs_at_once(void **state)
{
    struct fixture *f = *state;
    add_runs(f, RUNS);
    open_source_of(f);
    settle(f);
    struct filter filter = filter_of("code:const");
    const char *expected = strchr(expected_ids(f, &filter, 50), ' ');
    struct list_reply reply = list_of(f, "code:const", 50, false);
    assert_true(reply.count > 0 && reply.is_first);
    if (reply.count == 50)
        assert_string_equal(strchr(ids_of(f, &reply), ' '), expected);
    filter_release(&filter);
    expect_right(f, "code:const");
}

/* An answer on the way holds only runs that match, its progress never falls, and it ends. */
static void comes_to_an_end(void **state)
{
    struct fixture *f = *state;
    add_runs(f, RUNS);
    open_source_of(f);
    settle(f);
    struct filter filter = filter_of("naïve -code:await");
    double progress = 0;
    for (int waited = 0;; waited++) {
        struct list_reply reply = list_of(f, "naïve -code:await", 300, false);
        for (size_t i = 0; i < reply.count; i++) {
            size_t at = 0;
            while (strcmp(f->runs[at].id, reply.rows[i].id.s) != 0)
                at++;
            assert_true(matches(&f->runs[at], &filter));
        }
        assert_true(reply.progress >= progress);
        progress = reply.progress;
        if (!reply.is_partial)
            break;
        assert_true(waited < PATIENCE_MS);
        usleep(1000);
    }
    assert_true(progress >= 1);
    filter_release(&filter);
    expect_right(f, "naïve -code:await");
}

static void change(struct fixture *f)
{
    char sql[100];
    history_begin(f->history);
    for (uint32_t i = rand_below(&f->rand, 20); i > 0; i--) /* late ones, too */
        add_run(f, 1000 + rand_below(&f->rand, (uint32_t)f->count + 20));
    history_commit(f->history);
    if (rand_below(&f->rand, 3))
        return;
    struct known_run *run = &f->runs[rand_below(&f->rand, (uint32_t)f->count)];
    run->is_gone = true;
    snprintf(sql, sizeof sql, "DELETE FROM execution WHERE id = '%s'", run->id);
    history_sql(f->history, sql);
}

static void expect_soon(struct fixture *f, const char *line)
{
    struct filter filter = filter_of(line);
    const char *expected = expected_ids(f, &filter, 300);
    for (int waited = 0;; waited += 5) {
        struct list_reply reply = list_of(f, line, 300, true);
        const char *ids = ids_of(f, &reply);
        if (strcmp(ids, expected) == 0)
            break;
        if (waited > PATIENCE_MS)
            fail_msg("[%s]:\n%s\nnot\n%s", line, ids, expected);
        usleep(5000);
    }
    filter_release(&filter);
    arena_release(&f->arena);
}

static void stays_right_while_others_write(void **state)
{
    struct fixture *f = *state;
    add_runs(f, RUNS);
    open_source_of(f);
    settle(f);
    source_set_live(f->source, true);
    for (int step = 0; step < 40; step++) {
        const char *line = lines[rand_below(&f->rand, LINES)];
        (void)list_of(f, line, 60, false);
        change(f);
        (void)list_of(f, lines[rand_below(&f->rand, LINES)], 60, false);
        if (step % 8 != 7)
            continue;
        source_refresh(f->source);
        expect_soon(f, line);
    }
    for (size_t i = 0; i < LINES; i++)
        expect_soon(f, lines[i]);
}

struct nagger {
    struct source_conn *conn;
    atomic_bool is_over;
};

static void *nag(void *context)
{
    struct nagger *nagger = context;
    for (unsigned i = 0; !atomic_load(&nagger->is_over); i++) {
        usleep(50 + i * 37 % 900);
        nagger->conn->ops->interrupt(nagger->conn);
    }
    return NULL;
}

/* Two lanes ask for different things, one of them is interrupted all the time. */
static void survives_interruption(void **state)
{
    struct fixture *f = *state;
    add_runs(f, RUNS);
    open_source_of(f);
    settle(f);
    struct nagger nagger = {.conn = f->conn};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, nag, &nagger), 0);
    for (size_t i = 0; i < 200; i++) {
        struct list_query query = {.now = 1, .after = 50, .cutoff = TIME_NONE};
        struct list_reply reply;
        struct err err;
        query.filter = filter_of(lines[i % LINES]);
        enum err_code code = conn_list(f->conn, &query, NULL, &f->arena, &reply, &err);
        assert_true(code == ERR_OK || code == ERR_CANCELLED);
        filter_release(&query.filter);
        if (i % 50 == 49)
            expect_right_facet(f, lines[(i + 7) % LINES]);
        arena_release(&f->arena);
    }
    atomic_store(&nagger.is_over, true);
    pthread_join(thread, NULL);
    for (size_t i = 0; i < LINES; i++)
        expect_right(f, lines[i]);
}

/* More words than are remembered at once. */
static void answers_more_words_than_it_remembers(void **state)
{
    struct fixture *f = *state;
    add_runs(f, 200);
    open_source_of(f);
    settle(f);
    expect_right(f, "a b c d e f g h -code:q -code:z");
    expect_right(f, "a b c d e f g h");
    expect_right(f, "h g f e d c b a");
}

/* What comes behind the ids with a beginning is not told by the same bytes there as in UTF-8. */
static void finds_ids_in_another_encoding(void **state)
{
    static const char *const ids[] = {"ab",       "abz",          "ab\uff21", "ab\u01fe",
                                      "ab\u01ff", "ab\U0001f600", "ac",       "aa"};
    struct fixture *f = *state;
    sqlite3 *db;
    history_close(f->history);
    assert_int_equal(unlink(history_path(f->history)), 0);
    assert_int_equal(sqlite3_open(history_path(f->history), &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "PRAGMA encoding='UTF-16le'; CREATE TABLE t(a); DROP TABLE t", NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        struct known_run *run = &f->runs[f->count++];
        snprintf(run->id, sizeof run->id, "%s", ids[i]);
        run->code = strdup("const");
        run->status = statuses[0];
        run->created_at = 1000 + (int64_t)i;
        history_run(f->history, (struct history_run){.id = run->id,
                                                     .code = run->code,
                                                     .status = run->status,
                                                     .created_at = run->created_at});
    }
    open_source_of(f);
    settle(f);
    expect_right(f, "id:ab");
    expect_right(f, "-id:ab");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_what_the_filter_means, set_up, tear_down),
        cmocka_unit_test_setup_teardown(finds_it_letter_by_letter, set_up, tear_down),
        cmocka_unit_test_setup_teardown(shows_runs_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(comes_to_an_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stays_right_while_others_write, set_up, tear_down),
        cmocka_unit_test_setup_teardown(survives_interruption, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answers_more_words_than_it_remembers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(finds_ids_in_another_encoding, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
