/*
 * A command's options as one table: the command line, --help, the README and the man page are read off it.
 *
 *     struct command_line line = command_line_of(&sweep_command, argc, argv);
 *     for (int option; (option = command_line_next(&line, &err)) != LINE_END;) {
 *         if (option < 0)
 *             return command_line_leave(&line, option, &err);      --help was asked for, or a mistake was made
 *         switch (option) { case SWEEP_DB: path = line.value; break; … }
 *     }
 *     line.words, line.word_count: what is no option, in its order
 */
#pragma once

#include "data/base/buf.h"
#include "data/base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct command_option {
    const char *name;     /* "--db" */
    const char *letter;   /* "-d"; NULL: none */
    const char *argument; /* "FILE"; NULL: takes none */
    const char *help;
};

struct command_info {
    const char *name;    /* "record", "tool start" */
    const char *usage;   /* what follows the name: "[OPTIONS] -- COMMAND [ARG…]" */
    const char *summary; /* one line: "runs a command and records it" */
    const struct command_option *options;
    size_t option_count; /* --help is always there and not among them */
    /* the first word that is no option ends them: the rest is somebody else's command line */
    bool stops_at_word;
    const char *notes; /* paragraphs behind the options, with line ends; NULL: none */
};

enum { LINE_END = -1, LINE_WRONG = -2, LINE_HELP = -3 };

struct command_line {
    const struct command_info *info;
    int argc;
    char **argv; /* words are moved to its front */
    int at;
    const char *value; /* of the option that was read; borrowed from argv */
    char **words;
    int word_count;
};

/* argv[0] is the command's own name. */
struct command_line command_line_of(const struct command_info *info, int argc, char **argv);

/* The next option, as its index in the table; LINE_END, LINE_WRONG with an ERR_USAGE in err, LINE_HELP.
 * Options are written --db FILE, --db=FILE or -d FILE; behind -- there are none. */
int command_line_next(struct command_line *line, struct err *err);

/* Prints the help, or the mistake, and returns the exit code. */
int command_line_leave(const struct command_line *line, int option, const struct err *err);

/* Prints a mistake of another kind and returns the exit code; err is ERR_USAGE where it has no hint yet: it
 * gets the usual one. */
int command_line_refuse(const struct command_info *info, struct err *err);

/* The text of --help. */
void command_line_help(const struct command_info *info, struct buf *out);
