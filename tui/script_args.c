/*
 * See script_args.h. What the API forgives is forgiven here too (an unknown status, a sort or a cursor that
 * means nothing), but said aloud, because the one who typed it is still there. What the API refuses is a
 * usage error.
 *
 * The flags become a filter of their own, which is joined with the typed one in its written form:
 * parse(format(f)) = f.
 */
#include "tui/script_args.h"

#include "data/base/nearest.h"
#include "data/cursor.h"
#include "tui/link.h"
#include "tui/secret_flag.h"

#include <errno.h>
#include <stdlib.h>

enum script_option {
#define X(id, flag, value, in_list, in_stats, in_show, in_export, help) id,
    SCRIPT_OPTIONS(X)
#undef X
        SCRIPT_OPTION_COUNT,
};

struct option_info {
    const char *flag, *value;
    bool works_in[SCRIPT_COMMAND_COUNT];
    const char *help;
};

static const struct option_info options[SCRIPT_OPTION_COUNT] = {
#define X(id, flag, value, in_list, in_stats, in_show, in_export, help)                                      \
    [id] = {flag, value, {in_list, in_stats, in_show, in_export}, help},
    SCRIPT_OPTIONS(X)
#undef X
};

static const char *const command_names[SCRIPT_COMMAND_COUNT] = {"list", "stats", "show", "export"};

/* What is collected while the words are read, one by one. */
struct reader {
    enum script_command command;
    int64_t now;
    struct script_args *args;
    struct err *err;
    struct text filter_line;
    struct filter flags;
    const char *code;
    int64_t from, to; /* inclusive */
};

static enum err_code usage(const struct reader *reader, const char *flag, const char *value,
                           const char *expected)
{
    err_set(reader->err, ERR_USAGE, "%s %.80s: expected %s", flag, value, expected);
    return err_hint(reader->err, "executor-runs %s --help lists the options.",
                    command_names[reader->command]);
}

/* ---- values ---- */

static bool next_word(struct text *list, struct text *word)
{
    while (list->n) {
        const char *comma = memchr(list->s, ',', list->n);
        *word = (struct text){list->s, comma ? (size_t)(comma - list->s) : list->n};
        size_t taken = comma ? word->n + 1 : word->n;
        *list = (struct text){list->s + taken, list->n - taken};
        if (word->n)
            return true;
    }
    return false;
}

static enum err_code add_word(struct reader *reader, enum filter_key key, struct text word)
{
    if (filter_mark(&reader->flags, key, word) == MARK_INCLUDED)
        return ERR_OK;
    filter_toggle(&reader->flags, key, word);
    if (filter_mark(&reader->flags, key, word) == MARK_INCLUDED)
        return ERR_OK;
    return err_set(reader->err, ERR_USAGE, "'%.*s' is one value too many, or too long",
                   (int)(word.n < 80 ? word.n : 80), word.s);
}

static enum err_code read_set(struct reader *reader, enum filter_key key, const char *value)
{
    struct text list = text_of(value);
    for (struct text word; next_word(&list, &word);) {
        if (key == FILTER_STATUS && run_status_of(run_status_canonical(word)) == STATUS_OTHER) {
            report_add(&reader->args->notes, 0,
                       "--status: unknown status '%.*s' is dropped (-f takes any word)",
                       (int)(word.n < 80 ? word.n : 80), word.s);
            continue;
        }
        enum err_code code = add_word(reader, key, word);
        if (code)
            return code;
    }
    return ERR_OK;
}

static bool read_integer(const char *value, int64_t *n)
{
    char *end;
    if (!(value[0] == '-' || (value[0] >= '0' && value[0] <= '9')))
        return false;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (*end || end == value || errno)
        return false;
    *n = number;
    return true;
}

static enum err_code read_time(struct reader *reader, const char *flag, const char *value, int64_t *t)
{
    int64_t span;
    if (read_integer(value, t) || time_parse(text_of(value), reader->args->times, t))
        return ERR_OK;
    if (!span_parse(text_of(value), &span))
        return usage(reader, flag, value,
                     "epoch ms, an ISO date or time, or a span back from now (15m, 24h, 7d)");
    *t = reader->now - span;
    return ERR_OK;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static enum err_code read_range(struct reader *reader, enum script_option option, const char *value)
{
    int64_t t;
    enum err_code code = read_time(reader, options[option].flag, value, &t);
    if (code)
        return code;
    if (option == OPTION_FROM)
        reader->from = later(reader->from, t);
    else if (option == OPTION_TO)
        reader->to = t < reader->to ? t : reader->to;
    else
        reader->from = later(reader->from, t < INT64_MAX ? t + 1 : t);
    reader->args->has_after |= option == OPTION_AFTER;
    return ERR_OK;
}

static enum err_code read_elicitation(struct reader *reader, const char *value)
{
    bool is_true = strcmp(value, "true") == 0;
    if (!is_true && strcmp(value, "false") != 0)
        return usage(reader, "--elicitation", value, "true or false");
    filter_clear_key(&reader->flags, FILTER_ELICITATION);
    filter_set_flag(&reader->flags, FILTER_ELICITATION, is_true);
    return ERR_OK;
}

static void read_sort(struct reader *reader, const char *value)
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
    reader->args->sort = sorts[0].sort;
    reader->args->has_sort = true;
    for (size_t i = 0; i < sizeof sorts / sizeof sorts[0]; i++) {
        if (strcmp(value, sorts[i].word) != 0)
            continue;
        reader->args->sort = sorts[i].sort;
        return;
    }
    report_add(&reader->args->notes, 0,
               "--sort: '%.80s' is none of createdAt,desc createdAt,asc durationMs,desc "
               "durationMs,asc; newest first",
               value);
}

static enum err_code read_limit(struct reader *reader, const char *value)
{
    int64_t n;
    if (!read_integer(value, &n))
        return usage(reader, "--limit", value, "a whole number");
    reader->args->limit = n < 1 ? 1 : n;
    return ERR_OK;
}

static void read_cursor(struct reader *reader, const char *value)
{
    struct script_args *args = reader->args;
    args->has_cursor = true;
    args->is_cursor_good = cursor_decode(text_of(value), &args->cursor);
    if (!args->is_cursor_good)
        report_add(&args->notes, 0, "--cursor: '%.80s' does not decode; the first page", value);
}

static enum err_code read_form(struct reader *reader, enum script_form form)
{
    if (reader->args->form != OUTPUT_TABLE && reader->args->form != form)
        return err_set(reader->err, ERR_USAGE, "--json or --ndjson, not both");
    reader->args->form = form;
    return ERR_OK;
}

/* ---- options ---- */

static enum err_code apply(struct reader *reader, enum script_option option, const char *value)
{
    struct script_args *args = reader->args;
    switch (option) {
    case OPTION_FILTER: reader->filter_line = text_of(value); return ERR_OK;
    case OPTION_STATUS: return read_set(reader, FILTER_STATUS, value);
    case OPTION_TRIGGER: return read_set(reader, FILTER_TRIGGER, value);
    case OPTION_TOOL: return read_set(reader, FILTER_TOOL, value);
    case OPTION_CODE: reader->code = value; return ERR_OK;
    case OPTION_FROM:
    case OPTION_TO:
    case OPTION_AFTER: return read_range(reader, option, value);
    case OPTION_ELICITATION: return read_elicitation(reader, value);
    case OPTION_SORT: read_sort(reader, value); return ERR_OK;
    case OPTION_LIMIT: return read_limit(reader, value);
    case OPTION_CURSOR: read_cursor(reader, value); return ERR_OK;
    case OPTION_SCOPE: args->scope = value; return ERR_OK;
    case OPTION_META: args->want_meta = true; return ERR_OK;
    case OPTION_TOOL_CALLS: args->want_tool_calls = true; return ERR_OK;
    case OPTION_JSON: return read_form(reader, OUTPUT_JSON);
    case OPTION_NDJSON: return read_form(reader, OUTPUT_NDJSON);
    case OPTION_UTC: return ERR_OK; /* seen before the others: find_times */
    case OPTION_CACERT: args->cacert = value; return ERR_OK;
    case OPTION_HELP: args->want_help = true; return ERR_OK;
    case SCRIPT_OPTION_COUNT: break;
    }
    return ERR_OK;
}

static enum err_code unknown_option(const struct reader *reader, struct text flag)
{
    const char *words[SCRIPT_OPTION_COUNT];
    size_t count = 0;
    if (secret_flag_refuse(flag, reader->err))
        return reader->err->code;
    for (int i = 0; i < SCRIPT_OPTION_COUNT; i++) {
        if (options[i].works_in[reader->command])
            words[count++] = options[i].flag;
    }
    const char *command = command_names[reader->command];
    const char *near = nearest_word(flag, words, count);
    err_set(reader->err, ERR_USAGE, "%s has no option %.*s", command, (int)(flag.n < 80 ? flag.n : 80),
            flag.s);
    if (near)
        return err_hint(reader->err, "Did you mean %s? executor-runs %s --help lists the options.", near,
                        command);
    return err_hint(reader->err, "executor-runs %s --help lists the options.", command);
}

static bool find_option(const struct reader *reader, struct text flag, enum script_option *option)
{
    if (text_is(flag, "-h"))
        flag = TEXT_LIT("--help");
    if (text_is(flag, "-f"))
        flag = TEXT_LIT("--filter");
    for (int i = 0; i < SCRIPT_OPTION_COUNT; i++) {
        if (!options[i].works_in[reader->command] || !text_is(flag, options[i].flag))
            continue;
        *option = (enum script_option)i;
        return true;
    }
    return false;
}

/* Reads the option at argv[*at], and its value where that is the next word; *at is left on the last word
 * taken. */
static enum err_code read_option(struct reader *reader, int argc, char **argv, int *at)
{
    const char *word = argv[*at];
    const char *sign = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;
    struct text flag = {word, sign ? (size_t)(sign - word) : strlen(word)};
    enum script_option option;
    if (!find_option(reader, flag, &option))
        return unknown_option(reader, flag);
    bool takes_value = options[option].value[0] != '\0';
    if (!takes_value && sign)
        return err_set(reader->err, ERR_USAGE, "%s takes no value", options[option].flag);
    const char *value = sign ? sign + 1 : "";
    if (takes_value && !sign) {
        if (*at + 1 >= argc)
            return err_set(reader->err, ERR_USAGE, "%s needs a value: %s", options[option].flag,
                           options[option].help);
        value = argv[++*at];
    }
    return apply(reader, option, value);
}

static enum err_code read_positional(struct reader *reader, const char *word)
{
    struct script_args *args = reader->args;
    if (reader->command == SCRIPT_SHOW && !args->id)
        args->id = word;
    else if (!args->source)
        args->source = word;
    else
        return err_set(reader->err, ERR_USAGE, "one word too many: %.80s",
                       http_address_is(word) ? "an address" : word); /* one may have a password in it */
    return ERR_OK;
}

/* It holds for times that stand before it, too. */
static enum time_mode find_times(const struct reader *reader, int argc, char **argv)
{
    for (int at = 1; at < argc && strcmp(argv[at], "--") != 0; at++) {
        enum script_option option;
        if (argv[at][0] != '-' || !find_option(reader, text_of(argv[at]), &option))
            continue;
        if (option == OPTION_UTC)
            return TIME_IN_UTC;
        at += options[option].value[0] != '\0';
    }
    return TIME_LOCAL;
}

static enum err_code read_words(struct reader *reader, int argc, char **argv)
{
    bool is_literal = false;
    for (int at = 1; at < argc; at++) {
        enum err_code code = ERR_OK;
        if (!is_literal && strcmp(argv[at], "--") == 0)
            is_literal = true;
        else if (!is_literal && argv[at][0] == '-' && argv[at][1])
            code = read_option(reader, argc, argv, &at);
        else
            code = read_positional(reader, argv[at]);
        if (code)
            return code;
    }
    return ERR_OK;
}

/* ---- the whole ---- */

static enum err_code wrong_filter(const struct reader *reader, const struct filter_mistake *mistake)
{
    struct text line = reader->filter_line;
    size_t n = mistake->end - mistake->start;
    err_set(reader->err, ERR_USAGE, "-f: %s", mistake->what);
    if (mistake->end <= line.n && n > 0 && n < 80)
        return err_hint(reader->err, "It is about: %.*s", (int)n, line.s + mistake->start);
    return ERR_USAGE;
}

/* Where the flags ask for times, their range; both ends are inclusive there. */
static void close_range(struct reader *reader)
{
    if (reader->from == INT64_MIN && reader->to == INT64_MAX)
        return;
    int64_t to = reader->to == INT64_MAX ? INT64_MAX : reader->to + 1;
    filter_set_range(&reader->flags, (struct time_range){reader->from, to});
}

static enum err_code join_filters(struct reader *reader)
{
    struct filter typed;
    struct filter_mistake mistake;
    enum err_code code = filter_parse(reader->filter_line, reader->args->times, &typed, &mistake);
    if (code)
        return wrong_filter(reader, &mistake);
    filter_move(&reader->args->filter, &typed);
    return filter_join(&reader->args->filter, &reader->flags, reader->err);
}

static enum err_code finish(struct reader *reader)
{
    struct script_args *args = reader->args;
    if (args->want_help)
        return ERR_OK;
    if (reader->command == SCRIPT_SHOW && args->id && !args->source && http_address_is(args->id)) {
        args->source = args->id; /* a link may name its run itself */
        args->id = NULL;
    }
    if (reader->command == SCRIPT_SHOW && !args->id && !args->source) {
        err_set(reader->err, ERR_USAGE, "show needs the id of a run");
        return err_hint(reader->err, "executor-runs show ID [SOURCE]: the beginning of an id is enough.");
    }
    if (reader->code)
        filter_set_code(&reader->flags, text_of(reader->code));
    close_range(reader);
    if (!args->limit)
        args->limit =
            args->form == OUTPUT_NDJSON || reader->command == SCRIPT_EXPORT ? LIMIT_NONE : LIMIT_DEFAULT;
    if (args->form == OUTPUT_JSON && args->limit > LIMIT_MAX)
        args->limit = LIMIT_MAX;
    return join_filters(reader);
}

enum err_code script_args_parse(enum script_command command, int argc, char **argv, int64_t now,
                                struct script_args *args, struct err *err)
{
    *args = (struct script_args){.sort = {SORT_CREATED, false}};
    filter_init(&args->filter);
    struct reader reader = {
        .command = command, .now = now, .args = args, .err = err, .from = INT64_MIN, .to = INT64_MAX};
    filter_init(&reader.flags);
    args->times = find_times(&reader, argc, argv);
    enum err_code code = read_words(&reader, argc, argv);
    if (!code)
        code = finish(&reader);
    filter_release(&reader.flags);
    return code;
}

void script_args_release(struct script_args *args)
{
    filter_release(&args->filter);
}

void script_args_help(enum script_command command, struct buf *out)
{
    static const char *const lines[SCRIPT_COMMAND_COUNT] = {
        "executor-runs list [SOURCE] [OPTIONS]: the runs that match, newest first",
        "executor-runs stats [SOURCE] [OPTIONS]: what the runs that match add up to",
        "executor-runs show ID [SOURCE] [OPTIONS]: one run, by the beginning of its id or by a link",
        "executor-runs export [SOURCE] [OPTIONS]: the runs that match, a line of JSON each, for import",
    };
    buf_printf(out, "%s\n\n", lines[command]);
    for (int i = 0; i < SCRIPT_OPTION_COUNT; i++) {
        if (!options[i].works_in[command])
            continue;
        size_t n = strlen(options[i].flag) + strlen(options[i].value) + 1;
        buf_printf(out, "  %s %s", options[i].flag, options[i].value);
        buf_fill(out, ' ', n < 24 ? 24 - n : 1);
        buf_printf(out, "%s\n", options[i].help);
    }
    if (command == SCRIPT_EXPORT)
        buf_str(out, "\nA line is {\"execution\":…,\"interactions\":[…],\"toolCalls\":[…]}, newest run "
                     "first. The secret part of an\n"
                     "answer is never in it. A server tells of pending interactions only.\n");
    buf_str(out, "\nSOURCE is a SQLite file, or the address of an executor: https://host/api, also as a\n"
                 "link copied from its web page. A token for it stands in $EXECUTOR_RUNS_TOKEN, or in\n"
                 "token_file or token_command of the config.\n");
    buf_str(out, "\nExit codes: 0, 1 (the source failed, or there is no such run), 2 (usage).\n");
}
