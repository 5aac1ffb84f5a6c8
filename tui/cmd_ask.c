/*
 * See cmd_ask.h. The words, and what is printed; waiting is data/record/asking.c's.
 */
#include "tui/cmd_ask.h"

#include "data/record/asking.h"
#include "data/record/child.h"
#include "data/record/question.h"
#include "data/record/record_path.h"
#include "data/record/recording.h"
#include "data/text/answer_form.h"
#include "data/text/json_part.h"
#include "tui/json_argument.h"
#include "tui/script.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 8192 };

enum { ASK_MESSAGE, ASK_SCHEMA, ASK_URL, ASK_TIMEOUT, ASK_FIELD };

static const struct command_option ask_options[] = {
    [ASK_MESSAGE] = {"--message", "-m", "TEXT", "what the person is asked"},
    [ASK_SCHEMA] = {"--schema", NULL, "JSON",
                    "the fields that the answer has; @FILE, or - for standard input"},
    [ASK_URL] = {"--url", NULL, "URL", "an address to go to, instead of fields"},
    [ASK_TIMEOUT] = {"--timeout", NULL, "D",
                     "give up after 90s, 15m, 2h: without it, wait as long as it takes"},
    [ASK_FIELD] = {"--field", NULL, "NAME", "print the value of this field alone, a text without its quotes"},
};

const struct command_info ask_command = {
    .name = "ask",
    .usage = "--message TEXT [OPTIONS]",
    .summary = "makes the recorded run wait for a person, and prints the answer as JSON",
    .options = ask_options,
    .option_count = sizeof ask_options / sizeof *ask_options,
    .notes =
        "Inside of a command that was started by executor-runs record. The question is answered by\n"
        "executor-runs answer, by a on the run in the screen, or by a server's resume.\n"
        "\n"
        "The schema is one of MCP's elicitations: an object of texts, numbers, booleans and choices, as in\n"
        "'{\"type\":\"object\",\"properties\":{\"version\":{\"type\":\"string\"}},\"required\":[\"version\"]}"
        "'.\n"
        "Properties with \"format\":\"password\" or \"writeOnly\":true are secrets: only this command gets "
        "them.\n"
        "What it prints is the run's output, and in its log, unless it is caught: answer=$(executor-runs ask "
        "...)\n"
        "Without a schema the answer is yes or no.\n"
        "\n"
        "Exit codes: 0 accepted, 10 declined, 11 cancelled, 124 timed out, 1 (no recorded run, the run\n"
        "ended, or its file failed), 2 (usage). A signal takes the question back.\n",
};

struct ask_words {
    const char *message, *schema, *url, *timeout, *field;
};

/* ---- the question ---- */

static void take_option(struct ask_words *words, int option, const char *value)
{
    switch (option) {
    case ASK_MESSAGE: words->message = value; break;
    case ASK_SCHEMA: words->schema = value; break;
    case ASK_URL: words->url = value; break;
    case ASK_TIMEOUT: words->timeout = value; break;
    default: words->field = value; break;
    }
}

static enum err_code check_words(const struct command_line *line, const struct ask_words *words,
                                 struct err *err)
{
    if (line->word_count)
        return err_set(err, ERR_USAGE, "ask: what is %.60s? The question stands behind --message",
                       line->words[0]);
    if (!words->message || !words->message[0])
        return err_set(err, ERR_USAGE, "ask: --message is missing");
    if (words->schema && words->url)
        return err_set(err, ERR_USAGE, "ask: --schema and --url exclude each other");
    return ERR_OK;
}

static enum err_code read_timeout(const char *word, int64_t *timeout_ms, struct err *err)
{
    *timeout_ms = ASK_FOR_EVER;
    if (!word || span_parse(text_of(word), timeout_ms))
        return ERR_OK;
    return err_set(err, ERR_USAGE, "--timeout: %.40s is no span of time: 90s, 15m, 2h", word);
}

/* " --db FILE", where that is not what answer takes by itself; nothing where the shell would read it
 * otherwise. */
static void put_db(const char *path, struct buf *out)
{
    struct buf usual;
    buf_init(&usual, PATH_BYTES);
    bool is_usual = record_path_default(&usual) && strcmp(buf_cstr(&usual), path) == 0;
    bool is_plain = strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+,:@%") ==
                    strlen(path);
    if (!is_usual && is_plain)
        buf_printf(out, " --db %s", path);
    buf_release(&usual);
}

/* Where a person looks on, how to answer: what is recorded does not look on. */
static void say_how(const struct answer_form *form)
{
    struct err note;
    struct buf rest;
    struct recording recording;
    if (!isatty(STDERR_FILENO) || recording_find(&recording, &note))
        return;
    buf_init(&rest, 200);
    buf_str(&rest, form->count ? " '" : "");
    if (form->count)
        answer_form_example(form, &rest);
    buf_str(&rest, form->count ? "'" : "");
    put_db(recording.path, &rest);
    err_set(&note, ERR_OK, "waiting for: executor-runs answer %.8s accept%s", recording.ref.id.s,
            buf_is_cut(&rest) ? "" : buf_cstr(&rest));
    script_complain(&note);
    buf_release(&rest);
}

/* What is asked here must be answerable there. */
static enum err_code check_payload(const struct buf *payload, struct err *err)
{
    struct arena arena;
    struct answer_form form;
    struct err why;
    arena_init(&arena);
    enum err_code code = answer_form_read(buf_as_text(payload), &arena, &form, &why);
    if (buf_is_cut(payload) || code)
        code = err_set(err, ERR_USAGE, "--schema: %s", code ? why.what : "too long");
    else if (form.is_whole)
        code = err_set(err, ERR_USAGE, "--schema: it must be an object of at most %d properties",
                       FORM_FIELDS_MAX);
    else
        say_how(&form);
    arena_release(&arena);
    return code;
}

static enum err_code make_payload(const struct ask_words *words, struct buf *payload, struct err *err)
{
    struct buf schema;
    buf_init(&schema, FORM_PAYLOAD_MAX);
    enum err_code code = words->schema ? json_argument_read("--schema", words->schema, &schema, err) : ERR_OK;
    if (!code) {
        question_payload(words->message, words->url, buf_as_text(&schema), payload);
        code = check_payload(payload, err);
    }
    buf_release(&schema);
    return code;
}

/* ---- the answer ---- */

/* Decoded where it is a text; nothing where the field was left out. */
static void put_field(struct text content, const char *name, struct buf *out)
{
    struct text raw = json_member(content, name);
    struct arena arena;
    arena_init(&arena);
    struct text text = json_decode(&arena, raw);
    buf_text(out, text_is_null(text) ? raw : text);
    arena_release(&arena);
}

static bool write_all(struct text text)
{
    while (text.n) {
        ssize_t n = write(STDOUT_FILENO, text.s, text.n);
        if (n < 0 && errno != EINTR)
            return false;
        text.s += n > 0 ? n : 0;
        text.n -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

static int print_answer(const struct ask_outcome *outcome, const char *field)
{
    struct buf out;
    buf_init(&out, 4 * FORM_CONTENT_MAX);
    if (field)
        put_field(buf_as_text(&outcome->content), field, &out);
    else
        buf_text(&out, buf_as_text(&outcome->content));
    buf_char(&out, '\n');
    bool is_written = write_all(buf_as_text(&out));
    buf_wipe(&out);
    struct err err;
    if (is_written)
        return EXIT_OK;
    err_set(&err, ERR_IO, "cannot write the answer: %s", strerror(errno));
    return script_complain(&err);
}

static int end(const struct ask_outcome *outcome, const struct ask_words *words, const struct err *err)
{
    switch (outcome->end) {
    case ASK_END_ACCEPTED: return print_answer(outcome, words->field);
    case ASK_END_DECLINED: return ASK_DECLINED;
    case ASK_END_CANCELLED: return ASK_CANCELLED;
    case ASK_END_TIMED_OUT:
        fprintf(stderr, "executor-runs: nobody answered within %s\n", words->timeout);
        return ASK_TIMED_OUT;
    case ASK_END_SIGNAL: child_leave(&(struct child_end){.signal = outcome->signal});
    case ASK_END_FAILED: break;
    }
    return script_complain(err);
}

static int ask(const struct command_line *line, const struct ask_words *words, struct buf *payload)
{
    struct err err;
    struct ask_outcome outcome;
    struct ask_question question = {.payload = payload, .message = words->message, .is_url = words->url};
    enum err_code code = check_words(line, words, &err);
    if (!code)
        code = read_timeout(words->timeout, &question.timeout_ms, &err);
    if (!code)
        code = make_payload(words, payload, &err);
    if (code)
        return command_line_refuse(&ask_command, &err);
    ask_wait(&question, &outcome, &err);
    int exit_code = end(&outcome, words, &err);
    ask_outcome_release(&outcome);
    return exit_code;
}

int cmd_ask(int argc, char **argv)
{
    struct err err;
    struct buf payload;
    struct ask_words words = {0};
    struct command_line line = command_line_of(&ask_command, argc, argv);
    for (int option; (option = command_line_next(&line, &err)) != LINE_END;) {
        if (option < 0)
            return command_line_leave(&line, option, &err);
        take_option(&words, option, line.value);
    }
    buf_init(&payload, FORM_PAYLOAD_MAX);
    int exit_code = ask(&line, &words, &payload);
    buf_release(&payload);
    return exit_code;
}
