/*
 * Questions of a recorded command and their answers, as scripts and people meet them: exit codes, what is
 * printed, and what is in the file after it.
 */
#include "tests/support/app.h"
#include "tests/support/job.h"
#include "tests/support/served.h"

#include "data/base/die.h"
#include "data/record/process.h"

#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PENDING "SELECT count(*) FROM execution_interaction WHERE status = 'pending'"

static const char schema[] =
    "{\"type\":\"object\",\"required\":[\"approved\"],\"properties\":{\"approved\":{\"type\":\"boolean\"},"
    "\"note\":{\"type\":\"string\"},\"token\":{\"type\":\"string\",\"writeOnly\":true}}}";

/* The command's exit code; what it printed must be this. NULL: whatever. */
static int ends(struct job_process *process, const char *out_wanted, const char *err_wanted)
{
    char *out, *err;
    int code = job_wait(process, &out, &err);
    if (out_wanted)
        assert_string_equal(out, out_wanted);
    if (err_wanted && (*err_wanted ? !strstr(err, err_wanted) : *err != '\0'))
        fail_msg("exit %d, standard error: %s", code, err);
    free(out);
    free(err);
    return code;
}

static int does(const struct job *job, const char *const *words, const char *input, const char *out,
                const char *err)
{
    struct job_process process = job_start(job, words, input);
    return ends(&process, out, err);
}

static struct job_process ask(const struct job *job, const char *const *words)
{
    struct job_process asking = job_start(job, words, NULL);
    job_wait_for(job, PENDING);
    return asking;
}

/* ---- answers ---- */

static void an_answer_in_the_wrong_place_is_not_repeated(void **state)
{
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    assert_int_equal(does(&job, WORDS("answer", job.id, "{\"pin\":\"1234\"}"), NULL, "",
                          "what stands behind the id is neither accept, decline nor cancel"),
                     2);
    assert_int_equal(does(&job, WORDS("answer", job.id, "yes"), NULL, "", "yes is neither accept"), 2);
}

static void an_answer_comes_back_whole(void **state)
{
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    struct job_process asking = ask(&job, WORDS("ask", "--message", "Deploy?", "--schema", schema));
    job_expect(&job, "SELECT count(*) FROM execution WHERE status = 'waiting_for_interaction'", 1);
    job_expect(&job,
               "SELECT count(*) FROM execution_interaction WHERE kind = 'FormElicitation' AND purpose = "
               "'Deploy?' AND payload_json LIKE "
               "'{\"kind\":\"form\",\"message\":\"Deploy?\",\"requestedSchema\":{%}}'",
               1);
    assert_int_equal(does(&job, WORDS("answer", job.id, "accept", "-"),
                          "{\"approved\":true,\"token\":\"hunter2\"}\n", "", ""),
                     0);
    assert_int_equal(ends(&asking, "{\"approved\":true,\"token\":\"hunter2\"}\n", ""), 0);
    job_expect(&job, "SELECT count(*) FROM execution WHERE status = 'running'", 1);
    job_expect(&job, "SELECT count(*) FROM execution_interaction WHERE response_json LIKE '%hunter2%'", 0);
    char *out;
    assert_int_equal(job_do(&job, WORDS("show", job.id, history_path(job.history)), NULL, &out, NULL), 0);
    assert_null(strstr(out, "hunter2"));
    assert_non_null(strstr(out, "it is never shown"));
    assert_non_null(strstr(out, "\n  request\n    {\n")); /* laid out as other JSON is */
    free(out);
}

static void a_no_is_an_exit_code(void **state)
{
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    struct job_process declined = ask(&job, WORDS("ask", "--message", "1"));
    assert_int_equal(does(&job, WORDS("answer", job.id, "decline"), NULL, "", ""), 0);
    assert_int_equal(ends(&declined, "", ""), 10);
    struct job_process cancelled = ask(&job, WORDS("ask", "--message", "2"));
    assert_int_equal(does(&job, WORDS("answer", job.id, "cancel"), NULL, "", ""), 0);
    assert_int_equal(ends(&cancelled, "", ""), 11);
    job_expect(&job, "SELECT count(*) FROM execution WHERE status = 'running'", 1);
}

static void one_field_is_printed_as_it_is(void **state)
{
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    struct job_process text =
        ask(&job, WORDS("ask", "--message", "1", "--schema", schema, "--field", "note"));
    assert_int_equal(
        does(&job,
             WORDS("answer", job.id, "accept", "{\"approved\":true,\"note\":\"a \\\"b\\\"\\n\\u00fc\"}"),
             NULL, "", ""),
        0);
    assert_int_equal(ends(&text, "a \"b\"\n\xc3\xbc\n", ""), 0);
    struct job_process flag =
        ask(&job, WORDS("ask", "--message", "2", "--schema", schema, "--field", "approved"));
    assert_int_equal(does(&job, WORDS("answer", job.id, "accept", "{\"approved\":false}"), NULL, "", ""), 0);
    assert_int_equal(ends(&flag, "false\n", ""), 0);
    struct job_process none =
        ask(&job, WORDS("ask", "--message", "3", "--schema", schema, "--field", "note"));
    assert_int_equal(does(&job, WORDS("answer", job.id, "accept", "{\"approved\":false}"), NULL, "", ""), 0);
    assert_int_equal(ends(&none, "\n", ""), 0);
}

static void an_address_to_go_to_is_answered_with_yes(void **state)
{
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    struct job_process asking =
        ask(&job, WORDS("ask", "--message", "Sign in", "--url", "https://login.example.com/?s=1"));
    job_expect(&job,
               "SELECT count(*) FROM execution_interaction WHERE kind = 'UrlElicitation' AND payload_json = "
               "'{\"kind\":\"url\",\"message\":\"Sign in\",\"url\":\"https://login.example.com/?s=1\"}'",
               1);
    assert_int_equal(does(&job, WORDS("answer", job.id, "accept"), NULL, "", ""), 0);
    assert_int_equal(ends(&asking, "{}\n", ""), 0);
}

static void nobody_answers(void **state)
{
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    assert_int_equal(does(&job, WORDS("ask", "--message", "Deploy?", "--timeout", "300ms"), NULL, "",
                          "nobody answered within 300ms"),
                     124);
    job_expect(
        &job,
        "SELECT count(*) FROM execution_interaction WHERE status = 'cancelled' AND response_json IS NULL", 1);
    job_expect(&job, "SELECT count(*) FROM execution WHERE status = 'running'", 1);
    assert_int_equal(does(&job, WORDS("answer", job.id, "accept"), NULL, "", "too late: the question"), 1);
}

static void two_questions_are_answered_one_by_one(void **state)
{
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    struct job_process first = ask(&job, WORDS("ask", "--message", "first"));
    struct job_process second = job_start(&job, WORDS("ask", "--message", "second"), NULL);
    job_wait_for(&job, "SELECT count(*) = 2 FROM execution_interaction WHERE status = 'pending'");
    assert_int_equal(does(&job, WORDS("answer", job.id, "decline"), NULL, "", ""), 0);
    assert_int_equal(ends(&second, "", ""), 10);
    job_expect(&job, "SELECT count(*) FROM execution WHERE status = 'waiting_for_interaction'", 1);
    assert_int_equal(does(&job, WORDS("answer", job.id, "cancel"), NULL, "", ""), 0);
    assert_int_equal(ends(&first, "", ""), 11);
    job_expect(&job, "SELECT count(*) FROM execution WHERE status = 'running'", 1);
}

static void of_two_answers_at_once_one_is_taken(void **state)
{
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    struct job_process asking = ask(&job, WORDS("ask", "--message", "Deploy?"));
    struct job_process yes = job_start(&job, WORDS("answer", job.id, "accept"), NULL);
    struct job_process no = job_start(&job, WORDS("answer", job.id, "decline"), NULL);
    int said_yes = ends(&yes, "", NULL), said_no = ends(&no, "", NULL), taken = ends(&asking, NULL, "");
    assert_int_equal(said_yes + said_no, 1);
    assert_int_equal(taken, said_yes == 0 ? 0 : 10);
}

static void what_does_not_fit_leaves_the_question_open(void **state)
{
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    struct job_process asking = ask(&job, WORDS("ask", "--message", "Deploy?", "--schema", schema));
    assert_int_equal(
        does(&job, WORDS("answer", job.id, "accept"), NULL, "", "approved (required: true or false)"), 2);
    assert_int_equal(does(&job, WORDS("answer", job.id, "accept", "{\"approved\":1}"), NULL, "",
                          "approved must be true or false"),
                     2);
    assert_int_equal(does(&job, WORDS("answer", job.id, "accept", "{approved}"), NULL, "", "no JSON"), 2);
    assert_int_equal(does(&job,
                          WORDS("answer", job.id, "accept", "{\"approved\":true,\"token\":\"hunter2\"}"),
                          NULL, "", "command line"),
                     2);
    assert_int_equal(does(&job, WORDS("answer", job.id, "accept", "-"), "{\"token\":5,\"approved\":true}", "",
                          "token must be a text"),
                     2);
    job_expect(&job, PENDING, 1);
    assert_int_equal(does(&job, WORDS("answer", job.id, "decline"), NULL, "", ""), 0);
    assert_int_equal(ends(&asking, "", ""), 10);
}

/* ---- ends without an answer ---- */

static void a_signal_takes_the_question_back(void **state)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct job_process asking = ask(&job, WORDS("ask", "--message", "Deploy?"));
        kill(asking.pid, signals[i]);
        assert_int_equal(ends(&asking, "", ""), 128 + signals[i]);
        job_expect(&job, PENDING, 0);
        job_expect(&job, "SELECT count(*) FROM execution WHERE status = 'running'", 1);
    }
}

static void a_run_that_is_swept_asks_no_more(void **state)
{
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    struct job_process asking = ask(&job, WORDS("ask", "--message", "Deploy?"));
    history_sql(*state, "BEGIN; DELETE FROM execution_interaction; DELETE FROM execution; COMMIT");
    assert_int_equal(ends(&asking, "", "was removed"), 1);
}

static void a_run_that_ends_ends_its_question(void **state)
{
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    struct job_process asking = ask(&job, WORDS("ask", "--message", "Deploy?"));
    history_sql(*state, "BEGIN; UPDATE execution SET status = 'failed'; UPDATE execution_interaction SET "
                        "status = 'cancelled'; COMMIT");
    assert_int_equal(ends(&asking, "", "the run has ended"), 1);
    assert_int_equal(does(&job, WORDS("ask", "--message", "Again?"), NULL, "", "has ended, or was removed"),
                     1);
}

static void a_killed_recorder_ends_the_question(void **state)
{
    struct job job = job_new(*state, JOB_RECORDER_DEAD);
    assert_int_equal(does(&job, WORDS("ask", "--message", "Deploy?"), NULL, "", "recorder was killed"), 1);
    job_expect(&job, "SELECT count(*) FROM execution_interaction", 0);
    /* and one that is killed meanwhile */
    pid_t recorder = fork();
    if (recorder == 0) {
        pause();
        _exit(0);
    }
    char sql[200];
    struct process process;
    assert_true(process_read(recorder, &process));
    snprintf(sql, sizeof sql,
             "UPDATE execution SET trigger_meta_json = json_set(trigger_meta_json, '$.recorder.pid', %d, "
             "'$.recorder.start', %lld)",
             (int)recorder, (long long)process.start);
    history_sql(*state, sql);
    struct job_process asking = ask(&job, WORDS("ask", "--message", "Deploy?"));
    kill(recorder, SIGKILL);
    waitpid(recorder, NULL, 0);
    assert_int_equal(ends(&asking, "", "recorder was killed"), 1);
}

static void a_file_that_is_gone_ends_the_question(void **state)
{
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    struct job_process asking = ask(&job, WORDS("ask", "--message", "Deploy?"));
    unlink(history_path(*state));
    assert_int_equal(ends(&asking, "", "file is gone"), 1);
}

static void outside_of_a_recorded_run_nothing_is_asked(void **state)
{
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    assert_int_equal(does(NULL, WORDS("ask", "--message", "Deploy?"), NULL, "", "this is no recorded run"),
                     1);
    unlink(history_path(*state));
    assert_int_equal(does(&job, WORDS("ask", "--message", "Deploy?"), NULL, "", "cannot be opened"), 1);
    assert_int_equal(access(history_path(*state), F_OK), -1);
}

/* ---- as record runs it ---- */

/* The id of the run in a file of one; caller frees. */
static char *only_run(const struct job *job)
{
    sqlite3 *db;
    sqlite3_stmt *row;
    assert_int_equal(sqlite3_open_v2(history_path(job->history), &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT id FROM execution", -1, &row, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    char *id = mem_strdup((const char *)sqlite3_column_text(row, 0));
    sqlite3_finalize(row);
    sqlite3_close(db);
    return id;
}

/* A file with the tables, and nothing in them. */
static struct job empty_file(struct history *h)
{
    (void)history_store(h);
    history_close(h);
    return (struct job){h, ""};
}

/* A command that asks at once, and what is in the file of its run afterwards. */
static void a_recorded_script_asks_and_goes_on(void **state)
{
    struct job job = empty_file(*state);
    char script[3 * PATH_MAX];
    snprintf(script, sizeof script,
             "id=$(%s tool start a.b); v=$(%s ask -m 'Which?' --schema '%s' --field note) || exit; echo "
             "\"got $v\"; %s tool finish $id",
             app_program(), app_program(), "{\"properties\":{\"note\":{\"type\":\"string\"}}}",
             app_program());
    struct job_process recording =
        job_start(NULL, WORDS("record", "--db", history_path(*state), "--", "sh", "-c", script), NULL);
    job_wait_for(&job, PENDING);
    job_expect(&job, "SELECT count(*) FROM execution WHERE status = 'waiting_for_interaction'", 1);
    char *id = only_run(&job);
    assert_int_equal(does(NULL,
                          WORDS("answer", id, "accept", "{\"note\":\"v1.4\"}", "--db", history_path(*state)),
                          NULL, "", ""),
                     0);
    assert_int_equal(ends(&recording, "got v1.4\n", ""), 0);
    job_expect(&job, "SELECT count(*) FROM execution WHERE status = 'completed' AND tool_call_count = 1", 1);
    job_expect(&job, "SELECT count(*) FROM execution_tool_call WHERE status = 'completed'", 1);
    job_expect(&job, "SELECT count(*) FROM execution_interaction WHERE status = 'resolved'", 1);
    free(id);
}

/* The first file of a machine is made beside the command, which has a call at once. */
static void the_very_first_call_is_not_lost(void **state)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/new.db", history_dir(*state));
    for (int i = 0; i < 3; i++)
        assert_int_equal(does(NULL,
                              WORDS("record", "--db", path, "--", app_program(), "tool", "start", "a.b"),
                              NULL, NULL, ""),
                         0);
    assert_int_equal(
        app_count(path,
                  "SELECT count(*) FROM execution_tool_call c JOIN execution e ON e.id = c.execution_id "
                  "WHERE tool_call_count = 1 AND c.status = 'failed'"),
        3);
}

static void a_recorder_that_is_killed_leaves_nobody_waiting(void **state)
{
    struct job job = empty_file(*state);
    struct job_process recording = job_start(
        NULL, WORDS("record", "--db", history_path(*state), "--", app_program(), "ask", "-m", "Deploy?"),
        NULL);
    job_wait_for(&job, PENDING);
    char *id = only_run(&job);
    kill(recording.pid, SIGKILL);
    assert_int_equal(ends(&recording, NULL, NULL), 128 + SIGKILL);
    assert_int_equal(does(NULL, WORDS("answer", id, "decline", "--db", history_path(*state)), NULL, "", NULL),
                     1);
    free(id);
}

/* Nobody can take back the question of an ask that was killed outright; it ends with its run. */
static void what_a_killed_ask_leaves_ends_with_the_run(void **state)
{
    struct job job = empty_file(*state);
    char script[2 * PATH_MAX + 200];
    snprintf(script, sizeof script,
             "%s ask -m 1 & sleep 0.5; kill -9 $!; wait $!; echo $?; %s ask -m 2 --timeout 100ms; echo $?",
             app_program(), app_program());
    assert_int_equal(does(NULL, WORDS("record", "--db", history_path(*state), "--", "sh", "-c", script), NULL,
                          "137\n124\n", NULL),
                     0);
    job_expect(&job, "SELECT count(*) FROM execution_interaction WHERE status = 'cancelled'", 2);
    job_expect(&job, "SELECT count(*) FROM execution WHERE status = 'completed'", 1);
}

static void a_question_is_answered_through_a_server(void **state)
{
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    struct served *server = served_start(app_program(), history_path(*state), NULL);
    struct job_process asking = ask(&job, WORDS("ask", "-m", "Deploy?", "--schema", schema));
    const char *address = served_url(server);
    assert_int_equal(does(NULL, WORDS("answer", job.id, "accept", "{\"note\":1}", "--source", address), NULL,
                          "", "note must be a text"),
                     2);
    assert_int_equal(does(NULL, WORDS("answer", job.id, "accept", "-", "--source", address),
                          "{\"approved\":true,\"token\":\"hunter2\"}", "", ""),
                     0);
    assert_int_equal(ends(&asking, "{\"approved\":true,\"token\":\"hunter2\"}\n", ""), 0);
    assert_int_equal(
        does(NULL, WORDS("answer", job.id, "decline", "--source", address), NULL, "", "does not wait"), 1);
    served_stop(server);
}

/* ---- words ---- */

static void mistakes_are_named(void **state)
{
    static const struct {
        const char *words[8], *err;
    } rows[] = {
        {{"ask"}, "--message is missing"},
        {{"ask", "Deploy?"}, "what is Deploy?"},
        {{"ask", "--message", "x", "--schema", "{"}, "--schema: that is no JSON"},
        {{"ask", "--message", "x", "--schema", "[]"}, "--schema: it must be an object"},
        {{"ask", "--message", "x", "--schema", "{\"type\":\"string\"}"}, "--schema: it must be an object"},
        {{"ask", "--message", "x", "--schema", "{}", "--url", "u"}, "exclude each other"},
        {{"ask", "--message", "x", "--timeout", "soon"}, "soon is no span of time"},
        {{"ask", "--mesage", "x"}, "Did you mean --message"},
        {{"answer"}, "which run?"},
        {{"answer", "a"}, "accept, decline or cancel?"},
        {{"answer", "a", "yes"}, "yes is neither accept"},
        {{"answer", "a", "decline", "{}"}, "decline takes no JSON"},
        {{"answer", "a", "accept", "{}", "{}"}, "one JSON object"},
        {{"tool"}, "start, finish or run?"},
        {{"tool", "stop"}, "tool stop"},
        {{"tool", "start"}, "which tool?"},
        {{"tool", "start", "a", "b"}, "b is one word too many"},
        {{"tool", "start", "a", "--args", "x"}, "--args: that is no JSON"},
        {{"tool", "finish"}, "which call?"},
        {{"tool", "finish", "x", "--result", "{"}, "--result: that is no JSON"},
        {{"tool", "run", "a.b"}, "which command?"},
        {{"tool", "run", "a.b", "--args", "-", "--", "true"}, "standard input is the command's"},
    };
    struct job job = job_new(*state, JOB_RECORDER_ALIVE);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(does(&job, rows[i].words, NULL, "", rows[i].err), 2);
    job_expect(
        &job,
        "SELECT (SELECT count(*) FROM execution_interaction) + (SELECT count(*) FROM execution_tool_call)",
        0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, history_set_up, history_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_answer_comes_back_whole),
        TEST(an_answer_in_the_wrong_place_is_not_repeated),
        TEST(a_no_is_an_exit_code),
        TEST(one_field_is_printed_as_it_is),
        TEST(an_address_to_go_to_is_answered_with_yes),
        TEST(nobody_answers),
        TEST(two_questions_are_answered_one_by_one),
        TEST(of_two_answers_at_once_one_is_taken),
        TEST(what_does_not_fit_leaves_the_question_open),
        TEST(a_signal_takes_the_question_back),
        TEST(a_run_that_is_swept_asks_no_more),
        TEST(a_run_that_ends_ends_its_question),
        TEST(a_killed_recorder_ends_the_question),
        TEST(a_file_that_is_gone_ends_the_question),
        TEST(outside_of_a_recorded_run_nothing_is_asked),
        TEST(a_recorded_script_asks_and_goes_on),
        TEST(the_very_first_call_is_not_lost),
        TEST(a_recorder_that_is_killed_leaves_nobody_waiting),
        TEST(what_a_killed_ask_leaves_ends_with_the_run),
        TEST(a_question_is_answered_through_a_server),
        TEST(mistakes_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
