/*
 * See cmd_tool.h. Keeping the books must never change what a script does: where a call cannot be written,
 * that is one line on standard error, and everything else is as it would have been.
 */
#include "tui/cmd_tool.h"

#include "data/base/uuid.h"
#include "data/record/child.h"
#include "data/record/record_result.h"
#include "data/record/recording.h"
#include "data/text/json_put.h"
#include "tui/json_argument.h"
#include "tui/script.h"
#include "tui/tool_spawn.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_MS = 2000, JSON_MAX = 16 << 20, ARGS_SHOWN = 64 << 10, PATH_LONGEST = 200 };

/* ---- words ---- */

enum { START_ARGS };

static const struct command_option start_options[] = {
    [START_ARGS] = {"--args", NULL, "JSON", "its arguments; @FILE, or - for standard input"},
};

const struct command_info tool_start_command = {
    .name = "tool start",
    .usage = "PATH [OPTIONS]",
    .summary = "begins a tool call of the recorded run, and prints its id",
    .options = start_options,
    .option_count = sizeof start_options / sizeof *start_options,
    .notes = "PATH is dotted: github.issues.create. Where nothing can be recorded an id is printed all the\n"
             "same, with a warning, and the exit code is 0: a script need not know whether it is recorded.\n"
             "\n"
             "Exit codes: 0, 2 (usage).\n",
};

enum { FINISH_FAILED, FINISH_RESULT };

static const struct command_option finish_options[] = {
    [FINISH_FAILED] = {"--failed", NULL, "TEXT", "it failed, and why"},
    [FINISH_RESULT] = {"--result", NULL, "JSON", "its result; @FILE, or - for standard input"},
};

const struct command_info tool_finish_command = {
    .name = "tool finish",
    .usage = "ID [OPTIONS]",
    .summary = "ends a tool call that tool start began",
    .options = finish_options,
    .option_count = sizeof finish_options / sizeof *finish_options,
    .notes = "Where it cannot be recorded there is a warning, and the exit code is 0.\n"
             "\n"
             "Exit codes: 0, 2 (usage).\n",
};

enum { RUN_ARGS };

static const struct command_option run_options[] = {
    [RUN_ARGS] = {"--args", NULL, "JSON", "the call's arguments; @FILE. Without it, the command's"},
};

const struct command_info tool_run_command = {
    .name = "tool run",
    .usage = "PATH [OPTIONS] -- COMMAND [ARG...]",
    .summary = "runs a command as a tool call of the recorded run",
    .options = run_options,
    .option_count = sizeof run_options / sizeof *run_options,
    .notes = "The command has this one's input, output and terminal, and gets its signals. A command that\n"
             "fails is a call that failed.\n"
             "\n"
             "Exit codes: the command's; 127 and 126 where it could not be run, 2 (usage).\n",
};

/* A facet of the rail, and a word of the filter's line: tool:github.issues.create */
static const char *flaw_of(const char *path)
{
    size_t n = strlen(path);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)path[i] <= ' ' || path[i] == 0x7f)
            return "has no blanks or control characters";
    bool has_empty = path[0] == '.' || path[n - 1] == '.' || strstr(path, "..");
    return has_empty ? "has a word on each side of a dot" : NULL;
}

static enum err_code need_path(const struct command_line *line, struct err *err)
{
    const char *name = line->info->name;
    if (line->word_count == 0 || !line->words[0][0])
        return err_set(err, ERR_USAGE, "%s: which tool? A dotted path, such as github.issues.create", name);
    if (strlen(line->words[0]) > PATH_LONGEST)
        return err_set(err, ERR_USAGE, "%s: a path has at most %d bytes", name, PATH_LONGEST);
    const char *flaw = flaw_of(line->words[0]);
    if (flaw)
        return err_set(err, ERR_USAGE, "%s: %.60s: a path %s", name, line->words[0], flaw);
    return ERR_OK;
}

static enum err_code only_one(const struct command_line *line, struct err *err)
{
    if (line->word_count < 2)
        return ERR_OK;
    return err_set(err, ERR_USAGE, "%s: %.60s is one word too many", line->info->name, line->words[1]);
}

/* ---- the books ---- */

static void warn(const char *what, const struct err *err)
{
    struct err told = *err;
    err_set(&told, ERR_IO, "%s is not recorded: %.250s", what, err->what);
    script_complain(&told);
}

struct call {
    char id[UUID_TEXT];
    struct text path, args;
    int64_t started_at;
};

static enum err_code write_start(const struct recording *recording, const struct call *call, struct err *err)
{
    struct store *store;
    struct tool_call row = {.id = text_of(call->id),
                            .tool_path = call->path,
                            .args_json = call->args,
                            .started_at = call->started_at};
    enum err_code code = recording_open(recording, PATIENCE_MS, &store, err);
    if (!code)
        code = store_start_call_inside(store, recording->ref, &row, err);
    store_close(store);
    return code;
}

/* Whether it is in the books now. */
static bool start_call(const struct call *call)
{
    struct err err;
    struct recording recording;
    enum err_code code = recording_find(&recording, &err);
    if (!code)
        code = write_start(&recording, call, &err);
    if (code)
        warn("the tool call", &err);
    return code == ERR_OK;
}

static void finish_call(const char *id, const struct call_end *end)
{
    struct err err;
    struct store *store = NULL;
    struct recording recording;
    enum err_code code = recording_find(&recording, &err);
    if (!code)
        code = recording_open(&recording, PATIENCE_MS, &store, &err);
    if (!code)
        code = store_finish_call(store, text_of(id), end, &err);
    store_close(store);
    if (code)
        warn("the tool call's end", &err);
}

/* ---- start ---- */

static int start(struct call *call, const char *args)
{
    struct err err;
    struct buf json;
    buf_init(&json, JSON_MAX);
    enum err_code code = args ? json_argument_read("--args", args, &json, &err) : ERR_OK;
    call->args = args && !code ? buf_as_text(&json) : TEXT_NULL;
    if (code == ERR_USAGE) {
        buf_release(&json);
        return command_line_refuse(&tool_start_command, &err);
    }
    if (code)
        warn("what the call was given", &err);
    (void)start_call(call);
    buf_release(&json);
    puts(call->id);
    return EXIT_OK;
}

static int tool_start(int argc, char **argv)
{
    struct err err;
    const char *args = NULL;
    struct command_line line = command_line_of(&tool_start_command, argc, argv);
    for (int option; (option = command_line_next(&line, &err)) != LINE_END; args = line.value)
        if (option < 0)
            return command_line_leave(&line, option, &err);
    if (need_path(&line, &err) || only_one(&line, &err))
        return command_line_refuse(&tool_start_command, &err);
    struct call call = {.path = text_of(line.words[0]), .started_at = time_now()};
    uuid_new(call.id);
    return start(&call, args);
}

/* ---- finish ---- */

static int finish(const char *id, const char *failed, const char *result)
{
    struct err err;
    struct buf json;
    buf_init(&json, JSON_MAX);
    enum err_code code = result ? json_argument_read("--result", result, &json, &err) : ERR_OK;
    if (code == ERR_USAGE) {
        buf_release(&json);
        return command_line_refuse(&tool_finish_command, &err);
    }
    if (code)
        warn("the call's result", &err);
    struct call_end end = {.status = failed ? TEXT_LIT("failed") : TEXT_LIT("completed"),
                           .result_json = result && !code ? buf_as_text(&json) : TEXT_NULL,
                           .error_text = text_of(failed),
                           .completed_at = time_now()};
    finish_call(id, &end);
    buf_release(&json);
    return EXIT_OK;
}

static int tool_finish(int argc, char **argv)
{
    struct err err;
    const char *failed = NULL, *result = NULL;
    struct command_line line = command_line_of(&tool_finish_command, argc, argv);
    for (int option; (option = command_line_next(&line, &err)) != LINE_END;) {
        if (option < 0)
            return command_line_leave(&line, option, &err);
        *(option == FINISH_FAILED ? &failed : &result) = line.value;
    }
    if (line.word_count == 0 || !line.words[0][0]) {
        err_set(&err, ERR_USAGE, "tool finish: which call? The id that tool start printed is missing");
        return command_line_refuse(&tool_finish_command, &err);
    }
    return only_one(&line, &err) ? command_line_refuse(&tool_finish_command, &err)
                                 : finish(line.words[0], failed, result);
}

/* ---- run ---- */

/* {"argv":["make","test"]}, as far as it is not too long. */
static void put_argv(char *const *argv, struct buf *out)
{
    buf_str(out, "{\"argv\":[");
    for (size_t i = 0; argv[i]; i++) {
        buf_str(out, i ? "," : "");
        json_put_string(out, text_of(argv[i]));
    }
    buf_str(out, "]}");
}

static struct text args_of(const char *args, char *const *argv, struct buf *json, struct err *err)
{
    if (!args) {
        put_argv(argv, json);
        return buf_is_cut(json) ? TEXT_NULL : buf_as_text(json);
    }
    return json_argument_read("--args", args, json, err) ? TEXT_NULL : buf_as_text(json);
}

static void finish_run(const struct call *call, const struct tool_end *ended)
{
    bool has_failed = ended->signal || ended->exit_status;
    struct buf why, result;
    buf_init(&why, 200);
    buf_init(&result, 200);
    if (ended->start_errno)
        buf_printf(&why, "could not be started: %s", strerror(ended->start_errno));
    else
        record_exit_words(ended->exit_status, ended->signal, &why);
    buf_char(&result, '{');
    record_exit_json(ended->exit_status, ended->signal, &result);
    buf_char(&result, '}');
    finish_call(call->id, &(struct call_end){
                              .status = has_failed ? TEXT_LIT("failed") : TEXT_LIT("completed"),
                              .result_json = buf_as_text(&result),
                              .error_text = has_failed ? buf_as_text(&why) : TEXT_NULL,
                              .completed_at = time_now(),
                          });
    buf_release(&why);
    buf_release(&result);
}

/* The command goes first: what is written about it meanwhile costs it nothing. */
static _Noreturn void run(struct call *call, char *const *argv)
{
    struct tool_end ended;
    struct tool_spawn spawn;
    tool_spawn_start(argv, &spawn);
    bool is_recorded = start_call(call);
    tool_spawn_wait(&spawn, &ended);
    if (ended.start_errno)
        fprintf(stderr, "executor-runs: %s: %s\n", argv[0], strerror(ended.start_errno));
    if (is_recorded)
        finish_run(call, &ended);
    child_leave(&(struct child_end){
        .start_errno = ended.start_errno, .exit_status = ended.exit_status, .signal = ended.signal});
}

static enum err_code check_run(const struct command_line *line, const char *args, struct err *err)
{
    if (need_path(line, err))
        return err->code;
    if (line->word_count < 2)
        return err_set(err, ERR_USAGE, "tool run: which command? It stands behind --");
    if (args && strcmp(args, "-") == 0)
        return err_set(err, ERR_USAGE,
                       "tool run: standard input is the command's; give --args as JSON or @FILE");
    return ERR_OK;
}

static int run_line(struct command_line *line, const char *args)
{
    struct err err = {0};
    struct buf json;
    struct call call = {.path = text_of(line->words[0]), .started_at = time_now()};
    char **command = line->words + 1;
    line->words[line->word_count] = NULL; /* words were moved to the front */
    buf_init(&json, args ? JSON_MAX : ARGS_SHOWN);
    call.args = args_of(args, command, &json, &err);
    if (err.code == ERR_USAGE) {
        buf_release(&json);
        return command_line_refuse(&tool_run_command, &err);
    }
    if (err.code)
        warn("what the call was given", &err);
    uuid_new(call.id);
    run(&call, command);
}

static int tool_run(int argc, char **argv)
{
    struct err err;
    const char *args = NULL;
    struct command_line line = command_line_of(&tool_run_command, argc, argv);
    for (int option; (option = command_line_next(&line, &err)) != LINE_END; args = line.value)
        if (option < 0)
            return command_line_leave(&line, option, &err);
    return check_run(&line, args, &err) ? command_line_refuse(&tool_run_command, &err)
                                        : run_line(&line, args);
}

/* ---- the three ---- */

static const struct {
    const char *word;
    const struct command_info *info;
    int (*run)(int argc, char **argv);
} parts[] = {
    {"start", &tool_start_command, tool_start},
    {"finish", &tool_finish_command, tool_finish},
    {"run", &tool_run_command, tool_run},
};

static int help(void)
{
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        printf("executor-runs %s %s: %s\n", parts[i].info->name, parts[i].info->usage,
               parts[i].info->summary);
    puts("\nInside of a command that was started by executor-runs record. Each has a --help of its own.");
    return EXIT_OK;
}

int cmd_tool(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcmp(word, parts[i].word) == 0)
            return parts[i].run(argc - 1, argv + 1);
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return help();
    struct err err;
    err_set(&err, ERR_USAGE,
            word[0] ? "tool %.40s: it is start, finish or run" : "tool: start, finish or run?", word);
    err_hint(&err, "executor-runs tool --help says more.");
    return script_complain(&err);
}
