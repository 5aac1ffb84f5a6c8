/*
 * See options.h. One table feeds getopt_long and the help text.
 */
#include "tui/options.h"

#include "data/base/die.h"
#include "data/http/http_address.h"
#include "tui/secret_flag.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *flag;
    int letter;
    const char *value, *help;
} table[] = {
#define X(id, flag, letter, value, help) {flag, letter, value, help},
    SCREEN_OPTIONS(X)
#undef X
};

enum { FIRST_LONG = 256 };

static enum err_code parse_filter(const char *line, const char *whose, struct options *options,
                                  struct err *err)
{
    struct filter_mistake mistake;
    filter_release(&options->filter);
    if (filter_parse(text_of(line), options->time, &options->filter, &mistake) == ERR_OK)
        return ERR_OK;
    err_set(err, ERR_USAGE, "in the %s '%s', at '%.*s': %s", whose, line, (int)(mistake.end - mistake.start),
            line + mistake.start, mistake.what);
    return err_hint(err, "The grammar is told by executor-runs --help and in the README.");
}

static enum err_code parse_sort(const char *word, struct options *options, struct err *err)
{
    static const struct {
        const char *word;
        struct sort sort;
    } sorts[] = {
        {"createdAt,desc", {SORT_CREATED, false}},
        {"createdAt,asc", {SORT_CREATED, true}},
        {"durationMs,desc", {SORT_DURATION, false}},
        {"durationMs,asc", {SORT_DURATION, true}},
    };
    for (size_t i = 0; i < sizeof sorts / sizeof *sorts; i++)
        if (strcmp(word, sorts[i].word) == 0) {
            options->sort = sorts[i].sort;
            options->has_sort = true;
            return ERR_OK;
        }
    err_set(err, ERR_USAGE, "--sort %s: there is no such order", word);
    return err_hint(err, "createdAt,desc createdAt,asc durationMs,desc durationMs,asc");
}

static enum err_code take(enum screen_option option, const char *value, struct options *options,
                          const char **filter, struct err *err)
{
    switch (option) {
    case SCREEN_FILTER: *filter = value; break;
    case SCREEN_SCOPE:
        free(options->scope);
        options->scope = mem_strdup(value);
        break;
    case SCREEN_SORT: return parse_sort(value, options, err);
    case SCREEN_LIVE: options->is_live = true; break;
    case SCREEN_UTC: options->time = TIME_IN_UTC; break;
    case SCREEN_VIM: options->is_vim = true; break;
    case SCREEN_MOUSE: options->has_mouse = true; break;
    case SCREEN_ASCII: options->is_ascii = true; break;
    case SCREEN_NO_CACHE: options->has_cache = false; break;
    case SCREEN_CACERT: options->cacert = value; break;
    case SCREEN_HELP: options->want_help = true; break;
    case SCREEN_VERSION: options->want_version = true; break;
    case SCREEN_OPTION_COUNT: break;
    }
    return ERR_OK;
}

static enum screen_option option_of(int code)
{
    if (code >= FIRST_LONG)
        return (enum screen_option)(code - FIRST_LONG);
    for (int i = 0; i < SCREEN_OPTION_COUNT; i++)
        if (table[i].letter == code)
            return (enum screen_option)i;
    return SCREEN_OPTION_COUNT;
}

/* getopt leaves in optopt which one it was; of an unknown long one only the word is left. What stands behind an = is not
 * repeated: it may have been a secret. */
static enum err_code complain(char kind, const char *word, struct err *err)
{
    char name[64];
    enum screen_option option = option_of(optopt);
    struct text flag = {word, strcspn(word, "=")};
    if (secret_flag_refuse(flag, err))
        return err->code;
    if (optopt >= FIRST_LONG)
        snprintf(name, sizeof name, "--%s", table[option].flag);
    else if (optopt)
        snprintf(name, sizeof name, "-%c", optopt);
    else
        snprintf(name, sizeof name, "%.*s", (int)flag.n, flag.s);
    if (kind == ':')
        err_set(err, ERR_USAGE, "%s wants a value: %s", name, table[option].value);
    else if (optopt >= FIRST_LONG)
        err_set(err, ERR_USAGE, "%s takes no value", name);
    else
        err_set(err, ERR_USAGE, "unknown option %s", name);
    return err_hint(err, "executor-runs --help lists the options.");
}

/* An address may have a password in it. */
static const char *repeatable(const char *source)
{
    return http_address_is(source) ? "an address" : source;
}

static enum err_code read_flags(int argc, char **argv, struct options *options, const char **filter,
                                struct err *err)
{
    struct option longs[SCREEN_OPTION_COUNT + 1] = {0};
    for (int i = 0; i < SCREEN_OPTION_COUNT; i++)
        longs[i] = (struct option){table[i].flag, *table[i].value ? required_argument : no_argument, NULL,
                                   FIRST_LONG + i};
    opterr = 0;
    optind = 0; /* from the start, whatever was read before */
    for (int code; (code = getopt_long(argc, argv, ":f:hV", longs, NULL)) != -1;) {
        if (code == ':' || code == '?')
            return complain((char)code, argv[optind - 1], err);
        enum err_code result = take(option_of(code), optarg, options, filter, err);
        if (result != ERR_OK)
            return result;
    }
    return ERR_OK;
}

enum err_code options_parse(int argc, char **argv, const struct config *config, struct options *options,
                            struct err *err)
{
    *options = (struct options){
        .is_live = config->is_live,
        .is_vim = config->is_vim,
        .has_mouse = config->has_mouse,
        .is_ascii = config->is_ascii,
        .has_cache = config->has_cache,
        .time = config->time,
        .scope = config->scope ? mem_strdup(config->scope) : NULL,
    };
    filter_init(&options->filter);
    const char *filter = config->filter;
    enum err_code code = read_flags(argc, argv, options, &filter, err);
    if (code != ERR_OK)
        return code;
    if (argc - optind > 1) {
        err_set(err, ERR_USAGE, "one source at a time: '%s' and '%s' were given", repeatable(argv[optind]),
                repeatable(argv[optind + 1]));
        return err_hint(err, "A filter goes behind -f: executor-runs -f 'status:failed' SOURCE");
    }
    options->source = optind < argc ? argv[optind] : NULL;
    options->has_filter = filter && filter != config->filter;
    return filter ? parse_filter(filter, filter == config->filter ? "config file's filter" : "filter",
                                 options, err)
                  : ERR_OK;
}

void options_release(struct options *options)
{
    filter_release(&options->filter);
    free(options->scope);
}

void options_help(struct buf *out)
{
    buf_str(
        out,
        "executor-runs: what ran, what failed, why, and is it happening now.\n\n"
        "  executor-runs [OPTIONS] [SOURCE]        the screen\n"
        "  executor-runs list|stats|show …         the same for scripts; each command has its own --help\n"
        "  executor-runs record -- COMMAND …       runs a command and records it\n"
        "  executor-runs tool|ask …                from inside of it: its tool calls, a question to a "
        "person\n"
        "  executor-runs answer ID …               answers such a question; on the screen: a\n"
        "  executor-runs sweep|export|import …     deletes old runs; carries runs from file to file\n"
        "  executor-runs serve FILE.db             answers the executions API from a file\n"
        "  executor-runs demo FILE.db              makes a demo history\n\n"
        "SOURCE is a SQLite file, or the address of an executor: https://host/api, also as a link\n"
        "copied from its web page. Without one: $EXECUTOR_RUNS_SOURCE, the config's source,\n"
        "$EXECUTOR_DATA_DIR/data.db, ~/.executor/data.db, and what `record` wrote on this machine.\n"
        "A token for an address stands in $EXECUTOR_RUNS_TOKEN, or in token_file or token_command of "
        "the config.\n\n");
    for (int i = 0; i < SCREEN_OPTION_COUNT; i++) {
        char flag[64];
        snprintf(flag, sizeof flag, "--%s%s%s", table[i].flag, *table[i].value ? " " : "", table[i].value);
        if (table[i].letter)
            buf_printf(out, "  -%c, %-18s %s\n", table[i].letter, flag, table[i].help);
        else
            buf_printf(out, "      %-18s %s\n", flag, table[i].help);
    }
    buf_str(out, "\nFilter: words and key:value, all required; a comma is any of; a leading - excludes.\n");
#define X(id, word, help) buf_printf(out, "  %-12s %s\n", word ":", help);
    FILTER_KEYS(X)
#undef X
    buf_str(out, "\nOn the screen ? shows the keys.\n");
}
