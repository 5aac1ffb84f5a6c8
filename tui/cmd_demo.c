/*
 * The only command that writes a history. Progress goes to standard error, and only to a person's terminal.
 * Signals are blocked and asked for (sigtimedwait) between two batches or steps: no handler, and the sleep
 * between two steps ends the moment one comes.
 */
#include "tui/cmd_demo.h"

#include "data/base/timefmt.h"
#include "data/demo/demo.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    DEMO_RUN_COUNT,
    DEMO_DAY_COUNT,
    DEMO_SEED_NUMBER,
    DEMO_NOW,
    DEMO_SCOPE_COUNT,
    DEMO_SMALL,
    DEMO_LARGE,
    DEMO_FORCE,
    DEMO_FOLLOW,
    DEMO_UNTIL
};

static const struct command_option options[] = {
    [DEMO_RUN_COUNT] = {"--runs", NULL, "N", "how many runs (48000)"},
    [DEMO_DAY_COUNT] = {"--days", NULL, "D", "over how many days (30)"},
    [DEMO_SEED_NUMBER] = {"--seed", NULL, "S", "another number, another history (1)"},
    [DEMO_NOW] = {"--now", NULL, "MS", "the time at which it ends, in epoch ms (the clock's)"},
    [DEMO_SCOPE_COUNT] = {"--scopes", NULL, "N", "how many scopes share the file (1)"},
    [DEMO_SMALL] = {"--small", NULL, NULL, "tiny payloads, for files of many millions of runs"},
    [DEMO_LARGE] = {"--large", NULL, NULL, "payloads of some kB each, about 7 kB a run"},
    [DEMO_FORCE] = {"--force", NULL, NULL, "replace FILE even if it is no demo"},
    [DEMO_FOLLOW] = {"--follow", NULL, NULL,
                     "keep adding runs until interrupted; a demo that is there is kept"},
    [DEMO_UNTIL] = {"--until", NULL, "MS",
                    "with --follow: what happens from --now until then, at once, and no more"},
};

const struct command_info demo_command = {
    .name = "demo",
    .usage = "FILE.db [OPTIONS]",
    .summary = "makes up a realistic history",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
};

struct demo_run {
    const char *path;
    struct demo_options options;
    int64_t until; /* TIME_NONE: follows the clock until a signal comes */
    bool follow;
    sigset_t signals;
};

/* ---- words ---- */

/* A whole number that is not negative; the range is demo_write's matter. */
static bool number_of(const char *word, int64_t *number)
{
    char *end;
    errno = 0;
    *number = strtoll(word, &end, 10);
    return errno == 0 && *end == '\0' && end != word && *number >= 0;
}

static enum err_code take_number(struct demo_run *command, int option, const char *word, struct err *err)
{
    int64_t number;
    if (!number_of(word, &number))
        return err_set(err, ERR_USAGE, "demo: %s is no number", word);
    switch (option) {
    case DEMO_RUN_COUNT: command->options.runs = number; break;
    case DEMO_DAY_COUNT: command->options.days = number; break;
    case DEMO_SEED_NUMBER: command->options.seed = (uint64_t)number; break;
    case DEMO_NOW: command->options.now = number; break;
    case DEMO_UNTIL: command->until = number; break;
    default: command->options.scopes = number > DEMO_SCOPES_MAX ? DEMO_SCOPES_MAX + 1 : (int)number; break;
    }
    return ERR_OK;
}

static enum err_code take_payload(struct demo_run *command, enum demo_payload payload, struct err *err)
{
    if (command->options.payload != PAYLOAD_ORDINARY && command->options.payload != payload)
        return err_set(err, ERR_USAGE, "demo: --small and --large exclude each other");
    command->options.payload = payload;
    return ERR_OK;
}

static enum err_code take_option(struct demo_run *command, int option, const char *value, struct err *err)
{
    switch (option) {
    case DEMO_SMALL: return take_payload(command, PAYLOAD_SMALL, err);
    case DEMO_LARGE: return take_payload(command, PAYLOAD_LARGE, err);
    case DEMO_FORCE: command->options.force = true; return ERR_OK;
    case DEMO_FOLLOW: command->follow = true; return ERR_OK;
    default: return take_number(command, option, value, err);
    }
}

/* LINE_END, or what the command ends with. */
static int read_words(struct command_line *line, struct demo_run *command, struct err *err)
{
    for (int option; (option = command_line_next(line, err)) != LINE_END;) {
        if (option < 0)
            return option;
        if (take_option(command, option, line->value, err))
            return LINE_WRONG;
    }
    if (line->word_count == 1) {
        command->path = line->words[0];
        return LINE_END;
    }
    err_set(err, ERR_USAGE, line->word_count ? "demo: one file at a time" : "demo: which file?");
    return LINE_WRONG;
}

/* ---- writing ---- */

/* Waits for a signal for so long; true where one came. */
static bool is_stopped(const sigset_t *signals, int64_t wait_ms)
{
    struct timespec wait = {wait_ms / 1000, (wait_ms % 1000) * 1000000};
    return sigtimedwait(signals, NULL, &wait) > 0;
}

static bool show_progress(void *context, int64_t done, int64_t total)
{
    const struct demo_run *command = context;
    if (isatty(STDERR_FILENO)) {
        char runs[TIME_TEXT];
        count_format(done, runs);
        fprintf(stderr, "\r%s: %s runs, %d %%%s", command->path, runs, (int)(done * 100 / total),
                done == total ? "\n" : "");
    }
    return !is_stopped(&command->signals, 0);
}

static enum err_code write_history(struct demo_run *command, struct err *err)
{
    bool is_demo;
    enum err_code code = demo_check(command->path, &is_demo, err);
    if (code || (is_demo && command->follow && !command->options.force))
        return code;
    code = demo_write(command->path, &command->options, show_progress, command, err);
    if (code == ERR_CANCELLED && isatty(STDERR_FILENO))
        fputc('\n', stderr);
    return code;
}

static enum err_code follow(struct demo_run *command, struct err *err)
{
    struct demo_follow *follow;
    enum err_code code = demo_follow_open(command->path, command->options.seed, time_now(), &follow, err);
    if (code)
        return code;
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "%s: adding runs; Ctrl-C stops\n", command->path);
    int64_t wait_ms = 1;
    do {
        code = demo_follow_step(follow, time_now(), &wait_ms, err);
    } while ((!code || code == ERR_BUSY) && !is_stopped(&command->signals, wait_ms));
    demo_follow_close(follow);
    return code == ERR_BUSY ? ERR_OK : code;
}

static enum err_code follow_until(const struct demo_run *command, struct err *err)
{
    struct demo_follow *follow;
    enum err_code code =
        demo_follow_open(command->path, command->options.seed, command->options.now, &follow, err);
    if (code)
        return code;
    int64_t wait_ms = 1;
    for (int64_t now = command->options.now; !code && now <= command->until; now += wait_ms)
        code = demo_follow_step(follow, now, &wait_ms, err);
    demo_follow_close(follow);
    return code;
}

int cmd_demo(int argc, char **argv)
{
    struct err err;
    struct demo_run command = {
        .until = TIME_NONE,
        .options = {.runs = DEMO_RUNS, .days = DEMO_DAYS, .seed = DEMO_SEED, .now = time_now(), .scopes = 1}};
    struct command_line line = command_line_of(&demo_command, argc, argv);
    int end = read_words(&line, &command, &err);
    if (end != LINE_END)
        return command_line_leave(&line, end, &err);
    sigset_t before;
    sigemptyset(&command.signals);
    sigaddset(&command.signals, SIGINT);
    sigaddset(&command.signals, SIGTERM);
    sigaddset(&command.signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &command.signals, &before);
    enum err_code code = write_history(&command, &err);
    if (!code && command.follow)
        code = command.until == TIME_NONE ? follow(&command, &err) : follow_until(&command, &err);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return code ? command_line_refuse(&demo_command, &err) : EXIT_SUCCESS;
}
