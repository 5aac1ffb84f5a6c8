/*
 * See cases.h. The expected ids stand in the table by hand; the oracle below, which filters and sorts the same runs in memory, must agree
 * with them, and then answers what the table does not spell out: every window around every row, and every count.
 */
#include "tests/conformance/cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BASE INT64_C(1000000000000)

enum { TOOLS_MAX = 3, WORDS_MAX = 64 };

struct sample {
    const char *id;
    int64_t created_at;
    const char *status, *trigger, *scope;
    int64_t duration;
    const char *tools[TOOLS_MAX];
    const char *question; /* the status of its interaction */
    const char *code;
};

/* In the order in which they are written: rowids do not follow time. */
static const struct sample samples[] = {
    {"a2", BASE + 2000, "failed", "http", "s1", 5000, {"github"}, NULL, "throw '100%_done'"},
    {"c1", BASE + 7000, "pending", "cli", "s1", DURATION_NONE, {NULL}, NULL, "x"},
    {"a3",
     BASE + 2000,
     "failed",
     "mcp",
     "s2",
     200,
     {"github.issues.list", "github.issues.list"},
     NULL,
     "grüße an alle"},
    {"a1",
     BASE + 1000,
     "completed",
     "cli",
     "s1",
     50,
     {"github.issues.create", "search"},
     NULL,
     "const GRÜßE = 1"},
    {"b4", BASE + 6000, "paused", "odd word", "s1", DURATION_NONE, {NULL}, NULL, "two\n  words"},
    {"a0",
     BASE + 2000,
     "completed",
     NULL,
     "s1",
     DURATION_NONE,
     {"git"},
     NULL,
     "100 percent, \\ and 'quotes'"},
    {"b1",
     BASE + 5000,
     "running",
     "cli",
     "s1",
     DURATION_NONE,
     {"github.issues.list"},
     NULL,
     "const issues = await list()"},
    {"ng", -1, "completed", "http", "s2", 0, {NULL}, "cancelled", "before 1970"},
    {"b3", BASE + 3000, "cancelled", "slack", "s3", -100, {NULL}, NULL, "TWO words"},
    {"b2",
     BASE + 4000,
     "waiting_for_interaction",
     "mcp",
     "s2",
     DURATION_NONE,
     {"search"},
     "pending",
     "ask()"},
    {"b5", BASE + 500, "completed", "http", "s3", 200, {"githubx.foo"}, "resolved", "İstanbul ẞ STRASSE"},
};
enum { SAMPLES = sizeof samples / sizeof *samples };

struct question {
    const char *filter; /* a line; "+TOOL": a tool that the grammar does not let one type */
    const char *scope;
    struct sort sort;
    const char *expected;
};

#define NEWEST                                                                                               \
    {                                                                                                        \
        SORT_CREATED, false                                                                                  \
    }
#define OLDEST                                                                                               \
    {                                                                                                        \
        SORT_CREATED, true                                                                                   \
    }
#define LONGEST                                                                                              \
    {                                                                                                        \
        SORT_DURATION, false                                                                                 \
    }
#define SHORTEST                                                                                             \
    {                                                                                                        \
        SORT_DURATION, true                                                                                  \
    }

static const struct question questions[] = {
    /* order, ties by id */
    {"", NULL, NEWEST, "c1 b4 b1 b2 b3 a3 a2 a0 a1 b5 ng"},
    {"", NULL, OLDEST, "ng b5 a1 a0 a2 a3 b3 b2 b1 b4 c1"},
    {"", NULL, LONGEST, "a2 a3 b5 a1 ng b3 c1 b4 b1 b2 a0"},
    {"", NULL, SHORTEST, "b3 ng a1 a3 b5 a2 c1 b4 b1 b2 a0"},
    /* scopes */
    {"", "s2", NEWEST, "b2 a3 ng"},
    {"status:completed", "s1", NEWEST, "a0 a1"},
    {"", "s9", NEWEST, ""},
    {"", "s1", LONGEST, "a2 a1 c1 b4 b1 a0"},
    /* status */
    {"status:failed", NULL, NEWEST, "a3 a2"},
    {"status:failed,waiting", NULL, NEWEST, "b2 a3 a2"},
    {"status:paused", NULL, NEWEST, "b4"},
    {"status:nonsense", NULL, NEWEST, ""},
    {"-status:completed", NULL, NEWEST, "c1 b4 b1 b2 b3 a3 a2"},
    {"-status:completed,failed,nonsense", NULL, OLDEST, "b3 b2 b1 b4 c1"},
    /* trigger: unknown is null */
    {"trigger:cli", NULL, NEWEST, "c1 b1 a1"},
    {"trigger:unknown", NULL, NEWEST, "a0"},
    {"trigger:unknown,slack", NULL, NEWEST, "b3 a0"},
    {"-trigger:unknown", NULL, NEWEST, "c1 b4 b1 b2 b3 a3 a2 a1 b5 ng"},
    {"-trigger:cli", NULL, NEWEST, "b4 b2 b3 a3 a2 a0 b5 ng"},
    {"trigger:\"odd word\"", NULL, NEWEST, "b4"},
    /* tools: exact, or a prefix with a dot */
    {"tool:github", NULL, NEWEST, "a2"},
    {"tool:github.*", NULL, NEWEST, "b1 a3 a2 a1"},
    {"tool:git.*", NULL, NEWEST, "a0"},
    {"+git*", NULL, NEWEST, ""},
    {"tool:github.issues.*", NULL, NEWEST, "b1 a3 a1"},
    {"tool:github.issues.*,search", NULL, NEWEST, "b1 b2 a3 a1"},
    {"tool:search tool:github.*", NULL, NEWEST, "a1"},
    {"-tool:github.*", NULL, NEWEST, "c1 b4 b2 b3 a0 b5 ng"},
    {"tool:nothing", NULL, NEWEST, ""},
    /* interactions of any status */
    {"elicitation:true", NULL, NEWEST, "b2 b5 ng"},
    {"elicitation:false", NULL, NEWEST, "c1 b4 b1 b3 a3 a2 a0 a1"},
    {"-elicitation:true", NULL, NEWEST, "c1 b4 b1 b3 a3 a2 a0 a1"},
    /* durations: none matches nothing, and so every exclusion */
    {"duration:>=200ms", NULL, NEWEST, "a3 a2 b5"},
    {"duration:<0ms", NULL, NEWEST, "b3"},
    {"duration:<50ms", NULL, NEWEST, "b3 ng"},
    {"-duration:>100ms", NULL, NEWEST, "c1 b4 b1 b2 b3 a0 a1 ng"},
    {"duration:>10ms duration:<1s", NULL, LONGEST, "a3 b5 a1"},
    /* times: after is inclusive, before is not */
    {"after:1000000002000", NULL, NEWEST, "c1 b4 b1 b2 b3 a3 a2 a0"},
    {"before:1000000002000", NULL, NEWEST, "a1 b5 ng"},
    {"after:1000000002000 before:1000000002001", NULL, OLDEST, "a0 a2 a3"},
    {"after:1000000004000 before:1000000003000", NULL, NEWEST, ""},
    {"after:3s", NULL, NEWEST, "c1 b4 b1"},
    /* code: substring, any case, Unicode simple folding; % and _ are ordinary */
    {"code:grüße", NULL, NEWEST, "a3 a1"},
    {"code:GRÜßE", NULL, NEWEST, "a3 a1"},
    {"code:GRÜSSE", NULL, NEWEST, ""},
    {"code:%", NULL, NEWEST, "a2"},
    {"code:100_", NULL, NEWEST, ""},
    {"code:%_d", NULL, NEWEST, "a2"},
    {"two", NULL, NEWEST, "b4 b3"},
    {"\"two words\"", NULL, NEWEST, "b3"},
    {"two WORDS", NULL, NEWEST, "b4 b3"},
    {"-code:two", NULL, NEWEST, "c1 b1 b2 a3 a2 a0 a1 b5 ng"},
    {"code:\\", NULL, NEWEST, "a0"},
    {"code:'quotes'", NULL, NEWEST, "a0"},
    {"code:const,words", NULL, OLDEST, "a1 b3 b1 b4"},
    /* ids by their beginning */
    {"id:a", NULL, NEWEST, "a3 a2 a0 a1"},
    {"id:a3", NULL, NEWEST, "a3"},
    {"id:a3x", NULL, NEWEST, ""},
    {"-id:a,b", NULL, NEWEST, "c1 ng"},
    /* all together */
    {"status:failed trigger:mcp tool:github.issues.* duration:<1s code:an after:1000000001000", "s2", NEWEST,
     "a3"},
    {"status:completed,failed -trigger:unknown -tool:search -code:throw", NULL, SHORTEST, "ng a3 b5"},
    {"elicitation:true -status:waiting", NULL, LONGEST, "b5 ng"},
};
enum { QUESTIONS = sizeof questions / sizeof *questions };

#define NOW (BASE + 8000)

/* ---- the history ---- */

static void fill_one(struct history *history, const struct sample *sample)
{
    bool is_none = sample->duration == DURATION_NONE;
    int64_t ended = is_none ? TIME_NONE : sample->created_at + sample->duration;
    bool is_over = run_status_is_terminal(run_status_of(text_of(sample->status)));
    int64_t calls = 0;
    while (calls < TOOLS_MAX && sample->tools[calls])
        calls++;
    history_run(history, (struct history_run){.id = sample->id,
                                              .scope = sample->scope,
                                              .status = sample->status,
                                              .code = sample->code,
                                              .trigger = sample->trigger,
                                              .created_at = sample->created_at,
                                              .started_at = sample->created_at,
                                              .completed_at = ended,
                                              .tool_call_count = is_over ? calls : 0});
    for (int i = 0; i < TOOLS_MAX && sample->tools[i]; i++)
        history_call(history, sample->id,
                     (struct history_call){.path = sample->tools[i], .started_at = sample->created_at});
    if (sample->question)
        history_question(history, sample->id,
                         (struct history_question){.status = sample->question, .payload = "{}"});
}

/* Runs of other scopes are written all the same: that they are not there is for the source to see to. */
void conformance_fill(struct history *history, const struct conformance_limits *limits)
{
    history_begin(history);
    for (int i = 0; i < SAMPLES; i++)
        if (!limits->six_statuses || run_status_of(text_of(samples[i].status)) != STATUS_OTHER)
            fill_one(history, &samples[i]);
    history_commit(history);
}

/* ---- the oracle ---- */

static bool is_served(const struct sample *sample, const struct conformance_limits *limits)
{
    if (limits->six_statuses && run_status_of(text_of(sample->status)) == STATUS_OTHER)
        return false;
    return !limits->scope || strcmp(limits->scope, sample->scope) == 0;
}

static bool matches(const struct sample *sample, const struct filter *filter, const char *scope)
{
    struct text tools[TOOLS_MAX];
    size_t count = 0;
    while (count < TOOLS_MAX && sample->tools[count]) {
        tools[count] = text_of(sample->tools[count]);
        count++;
    }
    struct filter_subject subject = {.id = text_of(sample->id),
                                     .status = text_of(sample->status),
                                     .trigger_kind = text_of(sample->trigger),
                                     .code = text_of(sample->code),
                                     .created_at = sample->created_at,
                                     .duration_ms = sample->duration,
                                     .tool_paths = tools,
                                     .tool_count = count,
                                     .has_interaction = sample->question != NULL};
    return (!scope || strcmp(scope, sample->scope) == 0) && filter_matches(filter, &subject, NOW);
}

/* Newest first. */
static int by_created(const struct sample *a, const struct sample *b)
{
    if (a->created_at != b->created_at)
        return a->created_at > b->created_at ? -1 : 1;
    return -strcmp(a->id, b->id);
}

static int by_duration(const struct sample *a, const struct sample *b, bool is_ascending)
{
    bool a_none = a->duration == DURATION_NONE, b_none = b->duration == DURATION_NONE;
    if (a_none != b_none)
        return a_none ? 1 : -1;
    if (a->duration != b->duration)
        return (a->duration < b->duration) == is_ascending ? -1 : 1;
    return by_created(a, b);
}

static int in_order(const struct sample *a, const struct sample *b, struct sort sort)
{
    if (sort.field == SORT_DURATION)
        return by_duration(a, b, sort.is_ascending);
    return sort.is_ascending ? -by_created(a, b) : by_created(a, b);
}

struct solution {
    const struct question *question;
    struct filter filter;
    const struct sample *rows[SAMPLES];
    size_t count;
};

static void sort_rows(struct solution *answer)
{
    for (size_t i = 1; i < answer->count; i++)
        for (size_t j = i; j && in_order(answer->rows[j], answer->rows[j - 1], answer->question->sort) < 0;
             j--) {
            const struct sample *row = answer->rows[j];
            answer->rows[j] = answer->rows[j - 1];
            answer->rows[j - 1] = row;
        }
}

static struct solution answer_of(const struct question *question, const struct conformance_limits *limits)
{
    struct solution answer = {.question = question};
    struct filter_mistake mistake;
    if (question->filter[0] == '+')
        filter_toggle(&answer.filter, FILTER_TOOL, text_of(question->filter + 1));
    else if (filter_parse(text_of(question->filter), TIME_IN_UTC, &answer.filter, &mistake) != ERR_OK)
        fail_msg("%s: %s", question->filter, mistake.what);
    for (int i = 0; i < SAMPLES; i++)
        if (is_served(&samples[i], limits) && matches(&samples[i], &answer.filter, question->scope))
            answer.rows[answer.count++] = &samples[i];
    sort_rows(&answer);
    return answer;
}

static void join_ids(const struct solution *answer, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < answer->count; i++)
        snprintf(out + strlen(out), size - strlen(out), "%s%s", i ? " " : "", answer->rows[i]->id);
}

/* ---- asking ---- */

struct check {
    const struct conformance *source;
    const struct solution *answer;
    struct arena arena;
    char what[160]; /* for a failure */
};

#define expect(check, claim)                                                                                 \
    do {                                                                                                     \
        if (!(claim))                                                                                        \
            fail_msg("%s [%s] sort %d%s: %s", (check)->what, (check)->answer->question->filter,              \
                     (check)->answer->question->sort.field,                                                  \
                     (check)->answer->question->sort.is_ascending ? " asc" : "", #claim);                    \
    } while (0)

static struct list_query query_of(const struct check *check)
{
    struct list_query query = {.now = NOW,
                               .scope = (char *)check->answer->question->scope,
                               .sort = check->answer->question->sort,
                               .wait_exact = check->source->wait_exact,
                               .cutoff = TIME_NONE};
    query.filter = check->answer->filter;
    return query;
}

static struct list_reply ask(struct check *check, const struct list_query *query)
{
    struct list_reply reply;
    struct err err;
    int left = check->source->repeats;
    do {
        arena_release(&check->arena);
        if (conn_list(check->source->conn, query, NULL, &check->arena, &reply, &err) != ERR_OK)
            fail_msg("%s [%s]: %s (%s)", check->what, check->answer->question->filter, err.what, err.hint);
    } while (reply.is_partial && left-- > 0);
    return reply;
}

static bool can_judge(const struct check *check, const struct list_reply *reply)
{
    bool must_be_complete = check->source->wait_exact || check->source->repeats;
    expect(check, !must_be_complete || !reply->is_partial);
    return !reply->is_partial;
}

static struct row_key key_of(const struct sample *sample)
{
    struct row_key key = {.created_at = sample->created_at, .duration_ms = sample->duration};
    snprintf(key.id, sizeof key.id, "%s", sample->id);
    return key;
}

/* The reply's rows are those of the answer from `first` on. */
static void expect_rows(struct check *check, const struct list_reply *reply, size_t first, size_t count)
{
    expect(check, reply->count == count);
    for (size_t i = 0; i < count; i++)
        expect(check, text_is(reply->rows[i].id, check->answer->rows[first + i]->id));
    expect(check, reply->is_first == (first == 0));
    expect(check, reply->is_last == (first + count == check->answer->count));
    expect(check, reply->rank.n < 0 || !reply->rank.is_exact || reply->rank.n == (int64_t)first);
    expect(check,
           reply->total.n < 0 || !reply->total.is_exact || reply->total.n == (int64_t)check->answer->count);
}

/* The window of a query whose anchor is row `at` of the answer. */
static void expect_window(struct check *check, const struct list_query *query, const struct list_reply *reply,
                          size_t at)
{
    size_t count = check->answer->count;
    size_t before = at < query->before ? at : query->before;
    size_t after = count - at < query->after ? count - at : query->after;
    expect_rows(check, reply, at - before, before + after);
    expect(check, !after || reply->anchor == (ptrdiff_t)before);
}

static void check_whole(struct check *check)
{
    struct list_query query = query_of(check);
    query.after = 100;
    snprintf(check->what, sizeof check->what, "whole");
    struct list_reply reply = ask(check, &query);
    if (can_judge(check, &reply)) {
        expect_rows(check, &reply, 0, check->answer->count);
        expect(check, reply.anchor == (check->answer->count ? 0 : -1));
    }
    query.anchor = ANCHOR_LAST;
    query.before = 2;
    query.after = 3;
    snprintf(check->what, sizeof check->what, "last");
    reply = ask(check, &query);
    if (can_judge(check, &reply) && check->answer->count)
        expect_window(check, &query, &reply, check->answer->count - 1);
}

/* Pages by cursor, as a script reads them. */
static void check_pages(struct check *check, size_t size)
{
    struct list_query query = query_of(check);
    query.after = size;
    size_t first = 0;
    do {
        snprintf(check->what, sizeof check->what, "page of %zu from %zu", size, first);
        struct list_reply reply = ask(check, &query);
        if (!can_judge(check, &reply))
            return;
        size_t left = check->answer->count - first;
        expect_rows(check, &reply, first, left < size ? left : size);
        if (reply.count) {
            query.anchor = ANCHOR_AFTER;
            query.key = run_row_key(&reply.rows[reply.count - 1]);
        }
        first += reply.count;
    } while (first < check->answer->count);
    snprintf(check->what, sizeof check->what, "behind the last page");
    struct list_reply reply = ask(check, &query);
    if (can_judge(check, &reply) && check->answer->count)
        expect(check, reply.count == 0 && reply.is_last);
}

static size_t first_not_before(const struct solution *answer, const struct sample *sample)
{
    size_t at = 0;
    while (at < answer->count && in_order(answer->rows[at], sample, answer->question->sort) < 0)
        at++;
    return at;
}

/* Around every run, in the list or not. */
static void check_keys(struct check *check)
{
    struct list_query query = query_of(check);
    query.anchor = ANCHOR_KEY;
    query.before = 2;
    query.after = 2;
    for (int i = 0; i < SAMPLES; i++) {
        snprintf(check->what, sizeof check->what, "around %s", samples[i].id);
        query.key = key_of(&samples[i]);
        struct list_reply reply = ask(check, &query);
        if (!can_judge(check, &reply))
            continue;
        size_t at = first_not_before(check->answer, &samples[i]);
        bool is_there = at < check->answer->count && check->answer->rows[at] == &samples[i];
        expect(check, reply.anchor_found == is_there);
        if (at == check->answer->count && at)
            at--;
        if (check->answer->count)
            expect_window(check, &query, &reply, at);
        else
            expect(check, reply.count == 0 && reply.anchor == -1);
    }
}

/* A key that no run has: where it would stand, also among runs of its millisecond. */
static void check_lost_key(struct check *check)
{
    if (check->answer->question->sort.field != SORT_CREATED || !check->answer->count)
        return;
    struct sample lost = {.id = "a1z", .created_at = BASE + 2000, .duration = DURATION_NONE};
    struct list_query query = query_of(check);
    query.anchor = ANCHOR_AFTER;
    query.key = key_of(&lost);
    query.after = 1;
    snprintf(check->what, sizeof check->what, "after a run that is gone");
    struct list_reply reply = ask(check, &query);
    if (!can_judge(check, &reply))
        return;
    size_t at = first_not_before(check->answer, &lost);
    expect(check, reply.count == (at < check->answer->count));
    expect(check, !reply.count || text_is(reply.rows[0].id, check->answer->rows[at]->id));
}

static void check_times(struct check *check)
{
    struct list_query query = query_of(check);
    if (query.sort.field != SORT_CREATED)
        return;
    query.anchor = ANCHOR_TIME;
    query.before = 1;
    query.after = 1;
    for (int i = 0; i < 2 * SAMPLES && check->answer->count; i++) {
        int64_t t = samples[i / 2].created_at + i % 2;
        snprintf(check->what, sizeof check->what, "at time %lld", (long long)t);
        query.key.created_at = t;
        struct list_reply reply = ask(check, &query);
        if (!can_judge(check, &reply))
            continue;
        size_t at = 0;
        while (at < check->answer->count &&
               (query.sort.is_ascending ? check->answer->rows[at]->created_at < t
                                        : check->answer->rows[at]->created_at > t))
            at++;
        expect_window(check, &query, &reply, at < check->answer->count ? at : at - 1);
    }
}

static void check_failed(struct check *check, int direction)
{
    struct list_query query = query_of(check);
    query.anchor = ANCHOR_KEY;
    query.find_failed = direction;
    query.after = 1;
    for (size_t i = 0; i < check->answer->count; i++) {
        snprintf(check->what, sizeof check->what, "failed %+d from %s", direction,
                 check->answer->rows[i]->id);
        query.key = key_of(check->answer->rows[i]);
        struct list_reply reply = ask(check, &query);
        if (!can_judge(check, &reply))
            continue;
        ptrdiff_t at = (ptrdiff_t)i + direction;
        while (at >= 0 && at < (ptrdiff_t)check->answer->count &&
               strcmp(check->answer->rows[at]->status, "failed") != 0)
            at += direction;
        bool is_there = at >= 0 && at < (ptrdiff_t)check->answer->count;
        expect(check, reply.anchor_found == is_there);
        expect_window(check, &query, &reply, is_there ? (size_t)at : i);
    }
}

static void check_cutoff(struct check *check)
{
    struct list_query query = query_of(check);
    query.after = 1;
    query.cutoff = BASE + 1000;
    snprintf(check->what, sizeof check->what, "cutoff");
    struct list_reply reply = ask(check, &query);
    int64_t newer = 0, failed = 0;
    for (size_t i = 0; i < check->answer->count; i++) {
        bool is_newer = check->answer->rows[i]->created_at > query.cutoff;
        newer += is_newer;
        failed += is_newer && strcmp(check->answer->rows[i]->status, "failed") == 0;
    }
    if (!can_judge(check, &reply))
        return;
    expect(check, reply.new_count == -1 || reply.new_count == newer);
    expect(check, reply.new_failed == -1 || reply.new_failed == failed);
}

static void check_full(struct check *check)
{
    struct list_query query = query_of(check);
    query.after = 100;
    query.want_full = true;
    snprintf(check->what, sizeof check->what, "full");
    struct list_reply reply = ask(check, &query);
    if (!can_judge(check, &reply))
        return;
    expect_rows(check, &reply, 0, check->answer->count);
    for (size_t i = 0; i < reply.count; i++) {
        const struct sample *sample = check->answer->rows[i];
        const struct run_detail *full = &reply.full[i];
        expect(check, text_is(full->run.id, sample->id) && text_is(full->run.code, sample->code));
        expect(check, text_eq(full->run.trigger_kind, text_of(sample->trigger)));
        expect(check, run_duration(&full->run) == sample->duration);
        bool is_pending = sample->question && strcmp(sample->question, "pending") == 0;
        bool is_told = is_pending || (sample->question && !check->source->limits.open_questions_alone);
        expect(check, full->interaction_count == is_told);
        expect(check, full->pending == (is_pending ? 0 : -1));
    }
}

/* ---- totals and facets ---- */

struct counted {
    const char *word;
    int64_t count;
};

struct counts {
    struct counted items[WORDS_MAX];
    size_t size;
};

static void count_word(struct counts *counts, const char *word)
{
    for (size_t i = 0; i < counts->size; i++) {
        if (counts->items[i].word ? word && strcmp(counts->items[i].word, word) == 0 : !word) {
            counts->items[i].count++;
            return;
        }
    }
    counts->items[counts->size++] = (struct counted){word, 1};
}

/* The filter without the terms of some keys. */
static struct filter without(const struct filter *filter, unsigned keys)
{
    struct filter copy;
    filter_copy(&copy, filter);
    for (int key = 0; key < FILTER_KEY_COUNT; key++)
        if (keys & 1u << key)
            filter_clear_key(&copy, (enum filter_key)key);
    return copy;
}

static int64_t count_of(const struct counts *counts, struct text word)
{
    for (size_t i = 0; i < counts->size; i++)
        if (counts->items[i].word ? text_is(word, counts->items[i].word) : text_is_null(word))
            return counts->items[i].count;
    return 0;
}

/* A tool value may also be a pattern of the filter's own: then all calls below it count. */
static int64_t count_of_tool(const struct counts *counts, struct text pattern)
{
    int64_t count = 0;
    for (size_t i = 0; i < counts->size; i++)
        if (tool_pattern_matches(pattern, text_of(counts->items[i].word)))
            count += counts->items[i].count;
    return count;
}

static bool needs_exact(const struct check *check)
{
    return check->source->wait_exact && !check->source->limits.meta_may_be_inexact;
}

static bool matches_here(const struct check *check, const struct sample *sample, const struct filter *filter,
                         const char *scope)
{
    return is_served(sample, &check->source->limits) && matches(sample, filter, scope);
}

/* Every value has its count, and no counted value is missing. */
static void expect_facet(struct check *check, const struct meta *meta, const struct facet *facet,
                         const struct counts *counts)
{
    snprintf(check->what, sizeof check->what, "meta: facet %zu of status, trigger, tools, scopes",
             (size_t)(facet - &meta->status));
    if (!facet->is_counted) {
        expect(check, !needs_exact(check));
        return;
    }
    size_t found = 0;
    bool is_tools = facet == &meta->tools;
    for (size_t i = 0; i < facet->count; i++) {
        struct text word = facet->values[i].word;
        expect(check,
               facet->values[i].count == (is_tools ? count_of_tool(counts, word) : count_of(counts, word)));
        found += count_of(counts, word) > 0;
    }
    expect(check, found == counts->size);
}

static void count_samples(const struct check *check, unsigned keys,
                          const char *(*word)(const struct sample *), bool all_scopes, struct counts *counts)
{
    struct filter filter = without(&check->answer->filter, keys);
    const char *scope = all_scopes ? NULL : check->answer->question->scope;
    counts->size = 0;
    for (int i = 0; i < SAMPLES; i++)
        if (matches_here(check, &samples[i], &filter, scope))
            count_word(counts, word(&samples[i]));
    filter_release(&filter);
}

static const char *status_of(const struct sample *sample)
{
    return sample->status;
}

static const char *trigger_of(const struct sample *sample)
{
    return sample->trigger;
}

static const char *scope_of(const struct sample *sample)
{
    return sample->scope;
}

static void count_tools(const struct check *check, struct counts *counts)
{
    struct filter filter = without(&check->answer->filter, 1u << FILTER_TOOL);
    counts->size = 0;
    for (int i = 0; i < SAMPLES; i++)
        for (int t = 0; t < TOOLS_MAX && samples[i].tools[t]; t++)
            if (matches_here(check, &samples[i], &filter, check->answer->question->scope))
                count_word(counts, samples[i].tools[t]);
    filter_release(&filter);
}

static void expect_tally(struct check *check, const char *name, struct tally tally, int64_t n)
{
    snprintf(check->what, sizeof check->what, "meta: %s, %lld of %lld", name, (long long)tally.n,
             (long long)n);
    expect(check, tally.is_exact || !needs_exact(check));
    expect(check, !tally.is_exact || tally.n == n);
}

static void check_interactions(struct check *check, const struct meta *meta)
{
    struct filter filter = without(&check->answer->filter, 1u << FILTER_ELICITATION);
    int64_t with = 0, all = 0;
    for (int i = 0; i < SAMPLES; i++) {
        if (!matches_here(check, &samples[i], &filter, check->answer->question->scope))
            continue;
        all++;
        with += samples[i].question != NULL;
    }
    filter_release(&filter);
    expect_tally(check, "with", meta->with_interaction, with);
    expect_tally(check, "without", meta->without_interaction, all - with);
}

static void check_presets(struct check *check, const struct meta *meta)
{
    static const int64_t spans[] = {
#define X(id, label, span) span,
        TIME_PRESETS(X)
#undef X
    };
    struct filter filter = without(&check->answer->filter, 1u << FILTER_AFTER | 1u << FILTER_BEFORE);
    for (int p = 0; p < PRESET_COUNT; p++) {
        int64_t n = 0;
        for (int i = 0; i < SAMPLES; i++)
            n += (!spans[p] || samples[i].created_at >= NOW - spans[p]) &&
                 matches_here(check, &samples[i], &filter, check->answer->question->scope);
        expect_tally(check, "preset", meta->presets[p], n);
    }
    filter_release(&filter);
}

static void check_histogram(struct check *check, const struct meta *meta)
{
    const struct histogram *histogram = &meta->histogram;
    snprintf(check->what, sizeof check->what, "meta: histogram");
    if (!meta->histogram_is_exact) {
        expect(check, !needs_exact(check) || !check->answer->count);
        return;
    }
    int64_t counted = 0;
    for (size_t b = 0; b < histogram->count; b++) {
        int64_t start = histogram->start + (int64_t)b * histogram->width;
        uint32_t statuses[STATUS_COUNT] = {0};
        for (size_t i = 0; i < check->answer->count; i++)
            if (bucket_start(check->answer->rows[i]->created_at, histogram->width) == start)
                statuses[run_status_of(text_of(check->answer->rows[i]->status))]++;
        for (int s = 0; s < STATUS_COUNT; s++)
            expect(check, histogram->buckets[b].counts[s] == statuses[s]);
        counted += bucket_total(&histogram->buckets[b]);
    }
    expect(check, counted == (int64_t)check->answer->count);
}

static void check_meta(struct check *check)
{
    struct meta_query query = {.now = NOW,
                               .scope = (char *)check->answer->question->scope,
                               .max_buckets = 50,
                               .wait_exact = check->source->wait_exact};
    query.filter = check->answer->filter;
    struct meta meta;
    struct err err;
    snprintf(check->what, sizeof check->what, "meta");
    arena_release(&check->arena);
    if (conn_meta(check->source->conn, &query, NULL, &check->arena, &meta, &err) != ERR_OK)
        fail_msg("meta [%s]: %s (%s)", check->answer->question->filter, err.what, err.hint);
    int64_t total = 0;
    for (int i = 0; i < SAMPLES; i++)
        total += is_served(&samples[i], &check->source->limits) &&
                 (!query.scope || strcmp(query.scope, samples[i].scope) == 0);
    expect_tally(check, "total", meta.total, total);
    expect_tally(check, "filtered", meta.filtered, (int64_t)check->answer->count);
    struct counts counts;
    count_samples(check, 1u << FILTER_STATUS, status_of, false, &counts);
    expect_facet(check, &meta, &meta.status, &counts);
    count_samples(check, 1u << FILTER_TRIGGER, trigger_of, false, &counts);
    expect_facet(check, &meta, &meta.trigger, &counts);
    count_samples(check, 0, scope_of, true, &counts);
    expect_facet(check, &meta, &meta.scopes, &counts);
    count_tools(check, &counts);
    expect_facet(check, &meta, &meta.tools, &counts);
    check_interactions(check, &meta);
    check_presets(check, &meta);
    check_histogram(check, &meta);
}

/* ---- the table ---- */

/* The ids that the table has by hand, of the runs that are served. */
static void expected_ids(const struct question *question, const struct conformance_limits *limits, char *out,
                         size_t size)
{
    out[0] = '\0';
    for (const char *id = question->expected; *id; id += strspn(id, " ")) {
        size_t n = strcspn(id, " ");
        for (int i = 0; i < SAMPLES; i++)
            if (strlen(samples[i].id) == n && memcmp(samples[i].id, id, n) == 0 &&
                is_served(&samples[i], limits))
                snprintf(out + strlen(out), size - strlen(out), "%s%s", *out ? " " : "", samples[i].id);
        id += n;
    }
}

static void check_question(const struct conformance *conformance, const struct question *question)
{
    struct solution answer = answer_of(question, &conformance->limits);
    struct check check = {.source = conformance, .answer = &answer};
    char ids[SAMPLES * 8], expected[SAMPLES * 8];
    arena_init(&check.arena);
    join_ids(&answer, ids, sizeof ids);
    expected_ids(question, &conformance->limits, expected, sizeof expected);
    if (strcmp(ids, expected) != 0)
        fail_msg("[%s]: the oracle says \"%s\", the table \"%s\"", question->filter, ids, expected);
    check_whole(&check);
    for (size_t size = 1; size <= 3; size += 2)
        check_pages(&check, size);
    check_keys(&check);
    check_lost_key(&check);
    check_times(&check);
    check_failed(&check, 1);
    check_failed(&check, -1);
    check_cutoff(&check);
    check_full(&check);
    if (conformance->check_meta)
        check_meta(&check);
    arena_release(&check.arena);
    filter_release(&answer.filter);
}

void conformance_check(const struct conformance *conformance)
{
    for (int i = 0; i < QUESTIONS; i += conformance->every ? conformance->every : 1)
        check_question(conformance, &questions[i]);
}
