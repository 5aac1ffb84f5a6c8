/*
 * See cmd_answer.h. The work is data/answer's; here are the words.
 */
#include "tui/cmd_answer.h"

#include "data/answer/answer.h"
#include "data/record/record_path.h"
#include "data/text/answer_form.h"
#include "tui/config.h"
#include "tui/json_argument.h"
#include "tui/script.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ADDRESS_MAX = 8192 };

enum { ANSWER_DB, ANSWER_SOURCE, ANSWER_SCOPE, ANSWER_CACERT };

static const struct command_option answer_options[] = {
    [ANSWER_DB] = {"--db", NULL, "FILE", "the file that the run is recorded in"},
    [ANSWER_SOURCE] = {"--source", NULL, "SOURCE", "a file, or the address of a server: https://host/api"},
    [ANSWER_SCOPE] = {"--scope", NULL, "ID", "the run must be of this scope"},
    [ANSWER_CACERT] = {"--cacert", NULL, "FILE", "certificates that a remote source is trusted by"},
};

const struct command_info answer_command = {
    .name = "answer",
    .usage = "ID accept|decline|cancel [JSON] [OPTIONS]",
    .summary = "answers a run that waits for a person",
    .options = answer_options,
    .option_count = sizeof answer_options / sizeof *answer_options,
    .notes =
        "ID is the run's, or the question's; the beginning of it is enough. JSON is an object with the\n"
        "fields that the question asks for: '{\"approved\":true}'. @FILE reads it from a file and - from\n"
        "standard input: use one of them for passwords and the like, since a command line is seen by\n"
        "everybody on the machine. What does not fit the question is refused, by the field's name.\n"
        "\n"
        "Without --db and --source the file is $EXECUTOR_RUNS_DB, else the one that record uses.\n"
        "Of answers that come at once one is taken; the others are told, and end with 1.\n"
        "\n"
        "Exit codes: 0, 1 (nothing waits there, or the source failed), 2 (usage, or the JSON does not "
        "fit).\n",
};

struct answering {
    const char *source, *cacert;
    struct answer_request request;
    struct buf content; /* may hold secrets: wiped */
};

/* ---- words ---- */

static enum err_code read_action(const char *word, enum answer_action *action, struct err *err)
{
    static const enum answer_action actions[] = {ANSWER_ACCEPT, ANSWER_DECLINE, ANSWER_CANCEL};
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (strcmp(word, answer_word(actions[i])) == 0) {
            *action = actions[i];
            return ERR_OK;
        }
    bool is_answer = strchr("{@-", word[0]); /* not to be repeated: it may be a secret */
    return err_set(err, ERR_USAGE, "answer: %.60s is neither accept, decline nor cancel",
                   is_answer ? "what stands behind the id" : word);
}

static enum err_code read_content(const char *word, struct answering *answering, struct err *err)
{
    if (answering->request.action != ANSWER_ACCEPT)
        return err_set(err, ERR_USAGE, "answer: %s takes no JSON", answer_word(answering->request.action));
    enum err_code code = json_argument_read("the answer", word, &answering->content, err);
    answering->request.content = buf_as_text(&answering->content);
    answering->request.is_in_sight = word[0] != '@' && strcmp(word, "-") != 0;
    return code;
}

static enum err_code read_words(const struct command_line *line, struct answering *answering, struct err *err)
{
    static const char *const missing[] = {"answer: which run?", "answer: accept, decline or cancel?"};
    if (line->word_count < 2)
        return err_set(err, ERR_USAGE, "%s", missing[line->word_count]);
    if (line->word_count > 3)
        return err_set(err, ERR_USAGE, "answer: one JSON object, with quotes around it for the shell");
    answering->request.run_id = line->words[0];
    enum err_code code = read_action(line->words[1], &answering->request.action, err);
    return !code && line->word_count == 3 ? read_content(line->words[2], answering, err) : code;
}

static void take_option(struct answering *answering, int option, const char *value)
{
    switch (option) {
    case ANSWER_DB:
    case ANSWER_SOURCE: answering->source = value; break;
    case ANSWER_SCOPE: answering->request.scope = value; break;
    default: answering->cacert = value; break;
    }
}

/* ---- the answer ---- */

/* A person wants to see that something happened; a script has the exit code. */
static void say_done(const struct answering *answering)
{
    static const char *const done[] = {
        [ANSWER_ACCEPT] = "accepted", [ANSWER_DECLINE] = "declined", [ANSWER_CANCEL] = "cancelled"};
    if (isatty(STDOUT_FILENO))
        printf("%s\n", done[answering->request.action]);
}

static enum err_code send(struct answering *answering, struct err *err)
{
    struct config config;
    struct buf address, complaints;
    buf_init(&address, ADDRESS_MAX);
    buf_init(&complaints, 16 * 1024);
    config_load(&config, &complaints);
    enum err_code code = record_path_find(answering->source, &address, err);
    if (!code) {
        struct http_settings http = config_http(&config, answering->cacert);
        code = answer_send(buf_cstr(&address), &http, &answering->request, NULL, err);
    }
    config_release(&config);
    buf_release(&complaints);
    buf_release(&address);
    return code;
}

static int answer(const struct command_line *line, struct answering *answering)
{
    struct err err;
    enum err_code code = read_words(line, answering, &err);
    if (code)
        return command_line_refuse(&answer_command, &err);
    code = send(answering, &err);
    if (code)
        return script_complain(&err);
    say_done(answering);
    return EXIT_OK;
}

int cmd_answer(int argc, char **argv)
{
    struct err err;
    struct answering answering = {0};
    struct command_line line = command_line_of(&answer_command, argc, argv);
    signal(SIGPIPE, SIG_IGN);
    for (int option; (option = command_line_next(&line, &err)) != LINE_END;) {
        if (option < 0)
            return command_line_leave(&line, option, &err);
        take_option(&answering, option, line.value);
    }
    buf_init(&answering.content, FORM_CONTENT_MAX);
    int exit_code = answer(&line, &answering);
    buf_wipe(&answering.content);
    return exit_code;
}
