/*
 * The only command that writes a history. Progress goes to standard error, and only to a person's terminal.
 * Signals are blocked and asked for (sigtimedwait) between two batches or steps: no handler, and the sleep
 * between two steps ends the moment one comes.
 */
#include "tui/cmd_demo.h"

#include "data/base/timefmt.h"
#include "data/demo/demo.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_USAGE = 2 };

/* X(id, name, argument or NULL, help) */
#define DEMO_OPTIONS(X)                                                                                      \
    X(OPTION_RUNS, "runs", "N", "how many runs (48000)")                                                     \
    X(OPTION_DAYS, "days", "D", "over how many days (30)")                                                   \
    X(OPTION_SEED, "seed", "S", "another number, another history (1)")                                       \
    X(OPTION_NOW, "now", "MS", "the time at which it ends, in epoch ms (the clock's)")                       \
    X(OPTION_SCOPES, "scopes", "N", "how many scopes share the file (1)")                                    \
    X(OPTION_SMALL, "small", NULL, "tiny payloads, for files of many millions of runs")                      \
    X(OPTION_LARGE, "large", NULL, "payloads of some kB each, about 7 kB a run")                             \
    X(OPTION_FORCE, "force", NULL, "replace FILE even if it is no demo")                                     \
    X(OPTION_FOLLOW, "follow", NULL, "keep adding runs until interrupted; a demo that is there is kept")     \
    X(OPTION_UNTIL, "until", "MS",                                                                           \
      "with --follow: what happens from --now until then, at once, and no more")                             \
    X(OPTION_HELP, "help", NULL, "this text")

enum demo_option {
    OPTION_BEFORE_FIRST = 255,
#define X(id, name, argument, help) id,
    DEMO_OPTIONS(X)
#undef X
};

const struct demo_option_help demo_option_help[] = {
#define X(id, name, argument, help) {"--" name, argument, help},
    DEMO_OPTIONS(X)
#undef X
        {NULL, NULL, NULL}};

static const struct option long_options[] = {
#define X(id, name, argument, help) {name, argument == NULL ? no_argument : required_argument, NULL, id},
    DEMO_OPTIONS(X)
#undef X
        {NULL, 0, NULL, 0}};

struct demo_command {
    const char *path;
    struct demo_options options;
    int64_t until; /* TIME_NONE: follows the clock until a signal comes */
    bool follow, help;
    sigset_t signals;
};

static int print_error(const struct err *err)
{
    fprintf(stderr, "executor-runs: %s\n", err->what);
    if (err->hint[0])
        fprintf(stderr, "%s\n", err->hint);
    return err->code == ERR_USAGE ? EXIT_USAGE : EXIT_FAILURE;
}

static void print_help(void)
{
    puts("usage: executor-runs demo FILE.db [options]\n");
    for (const struct demo_option_help *row = demo_option_help; row->option; row++)
        printf("  %-10s %-3s %s\n", row->option, row->argument ? row->argument : "", row->help);
}

/* ---- words ---- */

/* A whole number that is not negative; the range is demo_write's matter. */
static bool number_of(const char *word, int64_t *number)
{
    char *end;
    errno = 0;
    *number = strtoll(word, &end, 10);
    return errno == 0 && *end == '\0' && end != word && *number >= 0;
}

static enum err_code take_number(struct demo_command *command, int option, const char *word, struct err *err)
{
    int64_t number;
    if (!number_of(word, &number))
        return err_set(err, ERR_USAGE, "demo: %s is no number", word);
    switch (option) {
    case OPTION_RUNS: command->options.runs = number; break;
    case OPTION_DAYS: command->options.days = number; break;
    case OPTION_SEED: command->options.seed = (uint64_t)number; break;
    case OPTION_NOW: command->options.now = number; break;
    case OPTION_UNTIL: command->until = number; break;
    default: command->options.scopes = number > DEMO_SCOPES_MAX ? DEMO_SCOPES_MAX + 1 : (int)number; break;
    }
    return ERR_OK;
}

static enum err_code take_payload(struct demo_command *command, enum demo_payload payload, struct err *err)
{
    if (command->options.payload != PAYLOAD_ORDINARY && command->options.payload != payload)
        return err_set(err, ERR_USAGE, "demo: --small and --large exclude each other");
    command->options.payload = payload;
    return ERR_OK;
}

static enum err_code take_option(struct demo_command *command, int option, char **argv, struct err *err)
{
    switch (option) {
    case OPTION_SMALL: return take_payload(command, PAYLOAD_SMALL, err);
    case OPTION_LARGE: return take_payload(command, PAYLOAD_LARGE, err);
    case OPTION_FORCE: command->options.force = true; return ERR_OK;
    case OPTION_FOLLOW: command->follow = true; return ERR_OK;
    case OPTION_HELP: command->help = true; return ERR_OK;
    case ':': return err_set(err, ERR_USAGE, "demo: %s wants a value", argv[optind - 1]);
    case '?': return err_set(err, ERR_USAGE, "demo: unknown option %s", argv[optind - 1]);
    default: return take_number(command, option, optarg, err);
    }
}

static enum err_code read_words(int argc, char **argv, struct demo_command *command, struct err *err)
{
    optind = 0; /* main may have been through another argv before */
    enum err_code code = ERR_OK;
    for (int option; !code && (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1;)
        code = take_option(command, option, argv, err);
    if (code || command->help)
        return code;
    if (argc - optind != 1) {
        code = err_set(err, ERR_USAGE, argc == optind ? "demo: which file?" : "demo: one file at a time");
        err_hint(err, "usage: executor-runs demo FILE.db [--runs N] [--days D] [--seed S] [--follow]; --help "
                      "says more");
        return code;
    }
    command->path = argv[optind];
    return ERR_OK;
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
    const struct demo_command *command = context;
    if (isatty(STDERR_FILENO)) {
        char runs[TIME_TEXT];
        count_format(done, runs);
        fprintf(stderr, "\r%s: %s runs, %d %%%s", command->path, runs, (int)(done * 100 / total),
                done == total ? "\n" : "");
    }
    return !is_stopped(&command->signals, 0);
}

static enum err_code write_history(struct demo_command *command, struct err *err)
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

static enum err_code follow(struct demo_command *command, struct err *err)
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

static enum err_code follow_until(const struct demo_command *command, struct err *err)
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
    struct demo_command command = {
        .until = TIME_NONE,
        .options = {.runs = DEMO_RUNS, .days = DEMO_DAYS, .seed = DEMO_SEED, .now = time_now(), .scopes = 1}};
    enum err_code code = read_words(argc, argv, &command, &err);
    if (!code && command.help) {
        print_help();
        return EXIT_SUCCESS;
    }
    if (code)
        return print_error(&err);
    sigset_t before;
    sigemptyset(&command.signals);
    sigaddset(&command.signals, SIGINT);
    sigaddset(&command.signals, SIGTERM);
    sigaddset(&command.signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &command.signals, &before);
    code = write_history(&command, &err);
    if (!code && command.follow)
        code = command.until == TIME_NONE ? follow(&command, &err) : follow_until(&command, &err);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return code ? print_error(&err) : EXIT_SUCCESS;
}
