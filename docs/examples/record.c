/*
 * A program that records itself: a run with a log, a tool call that works, one that fails, and, where it is
 * asked to, a question to a person.
 *
 *     cc record.c $(pkg-config --cflags --libs executor-runs) -o record
 *     ./record            then look at it: executor-runs
 *     ./record ask        and answer it: executor-runs answer ID accept '{"copies": 3}'
 *
 * It is as good C++ as it is C.
 */
#include <executor_runs.h>

#include <stdio.h>
#include <string.h>

static void say_error(struct executor_runs *runs)
{
    char why[400];
    executor_runs_error(runs, why, sizeof why);
    if (why[0])
        fprintf(stderr, "not all was recorded: %s\n", why);
}

static void call_tools(struct executor_runs_run *run)
{
    struct executor_runs_call *list = executor_runs_call_begin(run, "s3.objects.list", "{\"bucket\":\"in\"}");
    executor_runs_log(run, EXECUTOR_RUNS_INFO, "12 objects in the bucket");
    executor_runs_call_finish(list, "{\"count\":12}", NULL);

    struct executor_runs_call *copy = executor_runs_call_begin(run, "s3.objects.copy", NULL);
    executor_runs_log(run, EXECUTOR_RUNS_WARN, "the copy was refused\nit is tried again tomorrow");
    executor_runs_call_finish(copy, NULL, "403 Forbidden");
}

static void ask(struct executor_runs_run *run)
{
    struct executor_runs_question question;
    struct executor_runs_answer answer;
    memset(&question, 0, sizeof question);
    question.message = "How many copies?";
    question.schema_json =
        "{\"type\":\"object\",\"properties\":{\"copies\":{\"type\":\"integer\",\"minimum\":1}}}";
    question.timeout_ms = 10000;
    if (executor_runs_ask(run, &question, &answer) != EXECUTOR_RUNS_OK)
        executor_runs_log(run, EXECUTOR_RUNS_WARN, "nobody answered");
    else
        executor_runs_log(run, EXECUTOR_RUNS_LOG, answer.content_json ? answer.content_json : "no");
    executor_runs_answer_free(&answer);
}

int main(int argc, char **argv)
{
    struct executor_runs_start start;
    memset(&start, 0, sizeof start);
    start.code = "copy all that came in";
    start.name = "example";
    start.meta_json = "{\"dataset\":\"2026-11\"}";

    struct executor_runs *runs = executor_runs_open(NULL);
    struct executor_runs_run *run = executor_runs_begin(runs, &start);
    printf("%s\n", executor_runs_id(run));
    fflush(stdout);
    call_tools(run);
    if (argc > 1 && strcmp(argv[1], "ask") == 0)
        ask(run);
    executor_runs_finish(run, EXECUTOR_RUNS_COMPLETED, "{\"copied\":0}", NULL);
    say_error(runs);
    executor_runs_close(runs);
    return 0;
}
