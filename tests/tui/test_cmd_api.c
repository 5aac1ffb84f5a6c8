/*
 * list, stats and show on the database of a real executor against what its own server answered: the same bytes but for white space. Skipped
 * where the recorded data is not at hand.
 */
#include "data/base/buf.h"
#include "data/base/files.h"
#include "tui/cmd_list.h"
#include "tui/cmd_show.h"
#include "tui/cmd_stats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#define DATABASE "../shared/fixtures/executor-local.db"
#define ANSWERS "../shared/fixtures/executor-api/"

enum { WORDS_MAX = 16, BYTES_MAX = 64 << 20 };

struct place {
    char directory[256], database[300], output[300];
};

static void copy_file(const char *from, const char *to)
{
    struct buf content;
    struct err err;
    buf_init(&content, BYTES_MAX);
    if (files_read(from, &content, &err) || files_replace(to, buf_as_text(&content), &err))
        fail_msg("%s", err.what);
    buf_release(&content);
}

static int make_place(void **state)
{
    if (access(DATABASE, R_OK) < 0)
        return 0; /* each test skips */
    struct place *place = calloc(1, sizeof *place);
    const char *tmp = getenv("TMPDIR");
    snprintf(place->directory, sizeof place->directory, "%s/test-cmd-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(place->directory));
    snprintf(place->database, sizeof place->database, "%s/data.db", place->directory);
    snprintf(place->output, sizeof place->output, "%s/output", place->directory);
    setenv("HOME", place->directory, 1);
    copy_file(DATABASE, place->database);
    *state = place;
    return 0;
}

static int drop_place(void **state)
{
    struct place *place = *state;
    if (!place)
        return 0;
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char path[320];
        snprintf(path, sizeof path, "%s%s", place->database, ends[i]);
        remove(path);
    }
    remove(place->output);
    rmdir(place->directory);
    free(place);
    return 0;
}

static struct place *place_of(void **state)
{
    if (!*state) {
        print_message("skipped: there is no %s\n", DATABASE);
        skip();
    }
    return *state;
}

typedef int command(int argc, char **argv);

/* Splits at spaces and puts the database behind the words. */
static int split(struct place *place, char *line, char **argv)
{
    int argc = 0;
    char *rest = line;
    for (char *word; (word = strsep(&rest, " "));)
        argv[argc++] = word;
    argv[argc++] = place->database;
    return argc;
}

/* What the command writes to standard output; release it. */
static struct buf output_of(struct place *place, command *run, const char *line, int expected_code)
{
    char words[512];
    char *argv[WORDS_MAX];
    snprintf(words, sizeof words, "%s", line);
    int argc = split(place, words, argv);
    fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    if (!freopen(place->output, "w", stdout))
        fail();
    int code = run(argc, argv);
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    assert_int_equal(code, expected_code);
    struct buf out;
    struct err err;
    buf_init(&out, BYTES_MAX);
    assert_int_equal(files_read(place->output, &out, &err), ERR_OK);
    return out;
}

static cJSON *answer_of(const char *name)
{
    char path[300];
    struct buf text;
    struct err err;
    snprintf(path, sizeof path, ANSWERS "%s.json", name);
    buf_init(&text, BYTES_MAX);
    assert_int_equal(files_read(path, &text, &err), ERR_OK);
    cJSON *json = cJSON_Parse(buf_cstr(&text));
    assert_non_null(json);
    buf_release(&text);
    return json;
}

static cJSON *json_of(struct place *place, command *run, const char *line)
{
    struct buf out = output_of(place, run, line, 0);
    cJSON *json = cJSON_Parse(buf_cstr(&out));
    if (!json)
        fail_msg("no JSON: %s", buf_cstr(&out));
    buf_release(&out);
    return json;
}

/* Equal with the order of keys, because both are printed by the same printer. */
static void assert_same(const cJSON *ours, const cJSON *theirs, const char *what)
{
    char *a = cJSON_PrintUnformatted(ours), *b = cJSON_PrintUnformatted(theirs);
    if (strcmp(a, b) != 0)
        fail_msg("%s\nours:   %.2000s\ntheirs: %.2000s", what, a, b);
    free(a);
    free(b);
}

static void assert_same_body(struct place *place, command *run, const char *line, const char *name)
{
    cJSON *ours = json_of(place, run, line), *theirs = answer_of(name);
    assert_same(ours, theirs, line);
    cJSON_Delete(ours);
    cJSON_Delete(theirs);
}

static void test_details_are_the_servers(void **state)
{
    struct place *place = place_of(state);
    static const char *const names[] = {"detail",
                                        "detail-failed",
                                        "detail-large-result",
                                        "detail-log-levels",
                                        "detail-null-trigger",
                                        "detail-pending",
                                        "detail-pending-url",
                                        "detail-trigger-meta"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        cJSON *theirs = answer_of(names[i]);
        const cJSON *id = cJSON_GetObjectItem(cJSON_GetObjectItem(theirs, "execution"), "id");
        char line[200];
        snprintf(line, sizeof line, "show %s --json", id->valuestring);
        assert_same_body(place, cmd_show, line, names[i]);
        cJSON_Delete(theirs);
    }
}

static void test_tool_calls_are_the_servers(void **state)
{
    struct place *place = place_of(state);
    assert_same_body(place, cmd_show, "show 73940693-cc32-4468-a434-93122bad5422 --tool-calls",
                     "tool-calls-failed");
    assert_same_body(place, cmd_show, "show 68abcf02 --json --tool-calls", "tool-calls-five");
    assert_same_body(place, cmd_show, "show 7424c0a4-2cec-4016-8153-658266b30dea --tool-calls",
                     "tool-calls-empty");
}

/* Rows of one millisecond come in another order from the server (it says so itself: executions-api.md), so they are put in ours. */
static int by_order(const void *a, const void *b)
{
    const cJSON *one = cJSON_GetObjectItem(*(cJSON *const *)a, "execution");
    const cJSON *two = cJSON_GetObjectItem(*(cJSON *const *)b, "execution");
    double t1 = cJSON_GetObjectItem(one, "createdAt")->valuedouble,
           t2 = cJSON_GetObjectItem(two, "createdAt")->valuedouble;
    if (t1 < t2 || t1 > t2)
        return t1 < t2 ? 1 : -1;
    return strcmp(cJSON_GetObjectItem(two, "id")->valuestring, cJSON_GetObjectItem(one, "id")->valuestring);
}

static cJSON *sorted_executions(cJSON *body)
{
    cJSON *rows[200] = {NULL};
    size_t count = 0;
    cJSON *list = cJSON_GetObjectItem(body, "executions");
    while (cJSON_GetArraySize(list) > 0 && count < 200)
        rows[count++] = cJSON_DetachItemFromArray(list, 0);
    qsort(rows, count, sizeof(cJSON *), by_order);
    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(list, rows[i]);
    return list;
}

static void assert_same_list(struct place *place, const char *line, const char *name)
{
    cJSON *ours = json_of(place, cmd_list, line), *theirs = answer_of(name);
    assert_same(sorted_executions(ours), sorted_executions(theirs), line);
    assert_int_equal(cJSON_HasObjectItem(ours, "nextCursor"), cJSON_HasObjectItem(theirs, "nextCursor"));
    assert_int_equal(cJSON_HasObjectItem(ours, "meta"), cJSON_HasObjectItem(theirs, "meta"));
    cJSON_Delete(ours);
    cJSON_Delete(theirs);
}

static void test_lists_are_the_servers(void **state)
{
    struct place *place = place_of(state);
    assert_same_list(place, "list --json --meta", "list-default");
    assert_same_list(place, "list --json --meta --limit 100", "list-all");
    assert_same_list(place, "list --json --meta --limit 10", "list-first-page");
    assert_same_list(place, "list --json --meta --code no-such-text-anywhere", "list-empty");
    assert_same_list(place, "list --json --meta --code 世界", "list-code-unicode");
    assert_same_list(place, "list --json --meta --status failed --limit 50", "list-status-failed");
    assert_same_list(place, "list --json --meta --status running,waiting_for_interaction --limit 50",
                     "list-status-two");
    assert_same_list(place, "list --json --meta --tool github.* --limit 50", "list-tool-glob");
    assert_same_list(place, "list --json --meta --trigger unknown", "list-trigger-unknown");
    assert_same_list(place, "list --json --meta --elicitation true --limit 50", "list-elicitation-true");
    assert_same_list(place, "list --json --meta --after 1795226106833", "list-after");
    assert_same_list(
        place,
        "list --json --meta --limit 10 --cursor "
        "eyJjcmVhdGVkQXQiOjE3OTUyMjYxMDY3MjIsImlkIjoiMDA3ODBjMmUtOWFjOS00YTQ2LTg1ZmYtOWJlZjQxNmZhZjYxIn0",
        "list-cursor-page");
    assert_same_list(place, "list --json --limit 0 --meta", "bad-limit-0");
    assert_same_list(place, "list --json --limit 1000 --meta", "bad-limit-1000");
}

/* Facets as one text: values with equal counts stand in no particular order. */
static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_facet(cJSON *meta, const char *name)
{
    cJSON *facet = cJSON_GetObjectItem(meta, name);
    char *texts[64] = {NULL};
    size_t count = 0;
    for (cJSON *at = facet->child; at && count < 64; at = at->next)
        texts[count++] = cJSON_PrintUnformatted(at);
    qsort(texts, count, sizeof texts[0], by_text);
    cJSON *sorted = cJSON_CreateArray();
    for (size_t i = 0; i < count; i++) {
        cJSON_AddItemToArray(sorted, cJSON_CreateString(texts[i]));
        free(texts[i]);
    }
    cJSON_ReplaceItemInObject(meta, name, sorted);
}

static void assert_same_meta(struct place *place, const char *line, const char *name)
{
    cJSON *ours = json_of(place, cmd_list, line), *theirs = answer_of(name);
    cJSON *bodies[] = {cJSON_GetObjectItem(ours, "meta"), cJSON_GetObjectItem(theirs, "meta")};
    for (int i = 0; i < 2; i++) {
        assert_non_null(bodies[i]);
        sort_facet(bodies[i], "triggerCounts");
        sort_facet(bodies[i], "toolFacets");
    }
    assert_same(bodies[0], bodies[1], line);
    cJSON_Delete(ours);
    cJSON_Delete(theirs);
}

static void test_meta_is_the_servers(void **state)
{
    struct place *place = place_of(state);
    assert_same_meta(place, "list --json --meta", "list-default");
    assert_same_meta(place, "list --json --meta --status failed", "list-status-failed");
    assert_same_meta(place, "list --json --meta --status running,waiting_for_interaction", "list-status-two");
    assert_same_meta(place, "list --json --meta --tool github.*", "list-tool-glob");
    assert_same_meta(place, "list --json --meta --trigger unknown", "list-trigger-unknown");
    assert_same_meta(place, "list --json --meta --elicitation true", "list-elicitation-true");
    assert_same_meta(place, "list --json --meta --code 世界", "list-code-unicode");
    assert_same_meta(place, "list --json --meta --code no-such-text-anywhere", "list-empty");
}

static void test_stats_say_the_same_and_count_siblings(void **state)
{
    struct place *place = place_of(state);
    cJSON *stats = json_of(place, cmd_stats, "stats --json --status failed");
    cJSON *list = json_of(place, cmd_list, "list --json --meta --status failed");
    assert_same(cJSON_GetObjectItem(stats, "meta"), cJSON_GetObjectItem(list, "meta"), "stats");
    cJSON *all = json_of(place, cmd_stats, "stats --json");
    /* Ticking one status does not zero its siblings. */
    assert_same(cJSON_GetObjectItem(cJSON_GetObjectItem(stats, "facets"), "statusCounts"),
                cJSON_GetObjectItem(cJSON_GetObjectItem(all, "facets"), "statusCounts"), "facets");
    cJSON_Delete(stats);
    cJSON_Delete(list);
    cJSON_Delete(all);
}

static void test_pages_by_cursor_make_the_whole_list(void **state)
{
    struct place *place = place_of(state);
    static const char *const sorts[] = {"createdAt,desc", "createdAt,asc", "durationMs,desc",
                                        "durationMs,asc"};
    for (size_t s = 0; s < sizeof sorts / sizeof sorts[0]; s++) {
        char line[300], cursor[200] = "";
        snprintf(line, sizeof line, "list --json --limit 100 --sort %s", sorts[s]);
        cJSON *all = json_of(place, cmd_list, line), *joined = cJSON_CreateArray();
        do {
            snprintf(line, sizeof line, "list --json --limit 5 --sort %s%s%s", sorts[s],
                     cursor[0] ? " --cursor " : "", cursor);
            cJSON *page = json_of(place, cmd_list, line);
            cJSON *rows = cJSON_GetObjectItem(page, "executions");
            while (cJSON_GetArraySize(rows) > 0)
                cJSON_AddItemToArray(joined, cJSON_DetachItemFromArray(rows, 0));
            const cJSON *next = cJSON_GetObjectItem(page, "nextCursor");
            snprintf(cursor, sizeof cursor, "%s", next ? next->valuestring : "");
            cJSON_Delete(page);
        } while (cursor[0] && cJSON_GetArraySize(joined) < 200);
        assert_same(joined, cJSON_GetObjectItem(all, "executions"), sorts[s]);
        cJSON_Delete(all);
        cJSON_Delete(joined);
    }
}

static size_t count_lines(struct buf *out)
{
    size_t lines = 0;
    for (size_t i = 0; i < out->len; i++)
        lines += out->data[i] == '\n';
    return lines;
}

static void test_ndjson_is_every_execution_on_a_line(void **state)
{
    struct place *place = place_of(state);
    cJSON *theirs = answer_of("list-all");
    cJSON *rows = sorted_executions(theirs);
    struct buf out = output_of(place, cmd_list, "list --ndjson", 0);
    assert_int_equal(count_lines(&out), (size_t)cJSON_GetArraySize(rows));
    char *rest = out.data;
    for (cJSON *row = rows->child; row; row = row->next) {
        cJSON *ours = cJSON_Parse(strsep(&rest, "\n"));
        assert_same(ours, cJSON_GetObjectItem(row, "execution"), "ndjson");
        cJSON_Delete(ours);
    }
    buf_release(&out);
    out = output_of(place, cmd_list, "list --ndjson --limit 3", 0);
    assert_int_equal(count_lines(&out), 3);
    buf_release(&out);
    cJSON_Delete(theirs);
}

static void assert_prints(struct place *place, command *run, const char *line, const char *part)
{
    struct buf out = output_of(place, run, line, 0);
    if (!strstr(buf_cstr(&out), part))
        fail_msg("%s: %s", line, buf_cstr(&out));
    buf_release(&out);
}

static void test_tables_for_people(void **state)
{
    struct place *place = place_of(state);
    assert_prints(place, cmd_list, "list",
                  "2026-11-21 01:55:06.849  completed   http          0  -            75ms  78b8f68c  return "
                  "'burst 7'\n");
    assert_prints(place, cmd_list, "list --limit 3",
                  "\nand more: --limit N shows them, `stats` counts them\n");
    assert_prints(place, cmd_list, "list -f code:no-such-text", "no run matches\n");
    assert_prints(place, cmd_show, "show 5f9d4ed9", "status      waiting_for_interaction\n");
    assert_prints(place, cmd_show, "show 5f9d4ed9",
                  "\nTOOL CALLS\n      56ms  completed   crm.contacts.search\n");
    assert_prints(place, cmd_stats, "stats --status failed", " of 42 runs\n");
    assert_prints(place, cmd_stats, "stats", "\nTRIGGER\n");
    assert_prints(place, cmd_stats, "stats",
                  "between 2026-11-21 01:50:51.306 UTC and 2026-11-21 01:55:06.849 UTC\n");
}

static void test_exit_codes(void **state)
{
    struct place *place = place_of(state);
    struct buf out = output_of(place, cmd_show, "show ffffffff", 1);
    assert_int_equal(out.len, 0);
    buf_release(&out);
    out = output_of(place, cmd_list, "list --limit abc", 2);
    assert_int_equal(out.len, 0);
    buf_release(&out);
    out = output_of(place, cmd_list, "list --scope nowhere --json", 0);
    assert_string_equal(buf_cstr(&out), "{\"executions\":[]}\n");
    buf_release(&out);
}

static void test_a_closed_pipe_ends_quietly(void **state)
{
    struct place *place = place_of(state);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[1]);
    char line[] = "list --ndjson";
    char *argv[WORDS_MAX];
    int argc = split(place, line, argv);
    int code = cmd_list(argc, argv);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    assert_int_equal(code, 0);
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    tzset();
    unsetenv("XDG_CONFIG_HOME");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_details_are_the_servers),
        cmocka_unit_test(test_tool_calls_are_the_servers),
        cmocka_unit_test(test_lists_are_the_servers),
        cmocka_unit_test(test_meta_is_the_servers),
        cmocka_unit_test(test_stats_say_the_same_and_count_siblings),
        cmocka_unit_test(test_pages_by_cursor_make_the_whole_list),
        cmocka_unit_test(test_ndjson_is_every_execution_on_a_line),
        cmocka_unit_test(test_tables_for_people),
        cmocka_unit_test(test_exit_codes),
        cmocka_unit_test(test_a_closed_pipe_ends_quietly),
    };
    return cmocka_run_group_tests(tests, make_place, drop_place);
}
