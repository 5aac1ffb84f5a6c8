/*
 * See command_line.h. Not getopt: the words of `record` belong to the command that it runs, a wrong option is
 * answered with the one that was probably meant, and no state is left between two command lines.
 */
#include "tui/command_line.h"

#include "data/base/nearest.h"
#include "tui/script.h"
#include "tui/secret_flag.h"

#include <stdio.h>
#include <string.h>

enum { HELP_MAX = 64 * 1024, OPTIONS_MAX = 32, WORD_SHOWN = 80 };

struct command_line command_line_of(const struct command_info *info, int argc, char **argv)
{
    return (struct command_line){.info = info, .argc = argc, .argv = argv, .at = 1, .words = argv + 1};
}

/* Words come to stand in front, in their order: argv[1] … are free, since their options were read. */
static void keep_word(struct command_line *line, char *word)
{
    line->words[line->word_count++] = word;
}

static int end_with_rest(struct command_line *line)
{
    while (line->at < line->argc)
        keep_word(line, line->argv[line->at++]);
    return LINE_END;
}

static int find_option(const struct command_info *info, struct text flag)
{
    for (size_t i = 0; i < info->option_count; i++) {
        const struct command_option *option = &info->options[i];
        if (text_is(flag, option->name) || (option->letter && text_is(flag, option->letter)))
            return (int)i;
    }
    return text_is(flag, "--help") || text_is(flag, "-h") ? LINE_HELP : LINE_WRONG;
}

/* What stands behind an = is not repeated: it may have been a secret. */
static int unknown(const struct command_info *info, struct text flag, struct err *err)
{
    if (secret_flag_refuse(flag, err))
        return LINE_WRONG;
    const char *names[OPTIONS_MAX];
    size_t count = 0;
    for (; count < info->option_count && count < OPTIONS_MAX; count++)
        names[count] = info->options[count].name;
    const char *near = nearest_word(flag, names, count);
    err_set(err, ERR_USAGE, "%s has no option %.*s", info->name,
            (int)(flag.n < WORD_SHOWN ? flag.n : WORD_SHOWN), flag.s);
    if (near)
        err_hint(err, "Did you mean %s? executor-runs %s --help lists the options.", near, info->name);
    return LINE_WRONG;
}

static int read_option(struct command_line *line, struct err *err)
{
    const char *word = line->argv[line->at++];
    const char *sign = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;
    struct text flag = {word, sign ? (size_t)(sign - word) : strlen(word)};
    int at = find_option(line->info, flag);
    if (at == LINE_WRONG)
        return unknown(line->info, flag, err);
    const struct command_option *option = at == LINE_HELP ? NULL : &line->info->options[at];
    bool takes_value = option && option->argument;
    if (sign && !takes_value) {
        err_set(err, ERR_USAGE, "%.*s takes no value", (int)flag.n, flag.s);
        return LINE_WRONG;
    }
    line->value = sign ? sign + 1 : NULL;
    if (takes_value && !sign) {
        if (line->at == line->argc) {
            err_set(err, ERR_USAGE, "%s needs a value: %s: %s", option->name, option->argument, option->help);
            return LINE_WRONG;
        }
        line->value = line->argv[line->at++];
    }
    return at;
}

int command_line_next(struct command_line *line, struct err *err)
{
    for (; line->at < line->argc; line->at++) {
        char *word = line->argv[line->at];
        if (strcmp(word, "--") == 0) {
            line->at++;
            return end_with_rest(line);
        }
        if (word[0] == '-' && word[1])
            return read_option(line, err);
        if (line->info->stops_at_word)
            return end_with_rest(line);
        keep_word(line, word);
    }
    return LINE_END;
}

int command_line_leave(const struct command_line *line, int option, const struct err *err)
{
    struct err told = err ? *err : (struct err){0};
    if (option == LINE_WRONG)
        return command_line_refuse(line->info, &told);
    struct buf help;
    buf_init(&help, HELP_MAX);
    command_line_help(line->info, &help);
    fputs(buf_cstr(&help), stdout);
    buf_release(&help);
    return EXIT_OK;
}

int command_line_refuse(const struct command_info *info, struct err *err)
{
    if (err->code == ERR_USAGE && !err->hint[0])
        err_hint(err, "usage: executor-runs %s %s; --help says more", info->name, info->usage);
    return script_complain(err);
}

/* The flags of an option, "--db FILE" or "-f, --filter FILTER". */
static void put_flags(const struct command_option *option, struct buf *out)
{
    if (option->letter)
        buf_printf(out, "%s, ", option->letter);
    buf_str(out, option->name);
    if (option->argument)
        buf_printf(out, " %s", option->argument);
}

static void put_row(const struct command_option *option, size_t width, struct buf *out)
{
    size_t start = out->len;
    buf_str(out, "  ");
    put_flags(option, out);
    size_t n = out->len - start;
    buf_fill(out, ' ', n < width ? width - n : 2);
    buf_printf(out, "%s\n", option->help);
}

static size_t widest(const struct command_option *options, size_t count)
{
    size_t width = 0;
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(options[i].name) + (options[i].argument ? strlen(options[i].argument) + 1 : 0) +
                   (options[i].letter ? strlen(options[i].letter) + 2 : 0);
        width = n > width ? n : width;
    }
    return width + 4;
}

void command_line_help(const struct command_info *info, struct buf *out)
{
    static const struct command_option help = {"--help", NULL, NULL, "this help"};
    buf_printf(out, "executor-runs %s %s: %s\n\n", info->name, info->usage, info->summary);
    size_t width = widest(info->options, info->option_count);
    width = width < 12 ? 12 : width;
    for (size_t i = 0; i < info->option_count; i++)
        put_row(&info->options[i], width, out);
    put_row(&help, width, out);
    if (info->notes)
        buf_printf(out, "\n%s", info->notes);
}
