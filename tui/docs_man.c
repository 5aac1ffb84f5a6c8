/*
 * The man page. Its sentences stand here; everything that is a list comes from the table that the program
 * itself runs on.
 */
#include "tui/docs.h"
#include "tui/options.h"
#include "tui/script_args.h"

#include <stdio.h>

enum { FLAG_TEXT = 96 };

static void put_option(const char *flag, const char *value, const char *help, struct buf *out)
{
    buf_str(out, ".TP\n.B ");
    docgen_roff(text_of(flag), out);
    if (value && value[0]) {
        buf_str(out, " \\fI");
        docgen_roff(text_of(value), out);
        buf_str(out, "\\fR");
    }
    buf_char(out, '\n');
    docgen_roff(text_of(help), out);
    buf_char(out, '\n');
}

static void put_screen_options(struct buf *out)
{
    static const struct {
        const char *flag;
        char letter;
        const char *value, *help;
    } options[] = {
#define X(id, flag, letter, value, help) {"--" flag, letter, value, help},
        SCREEN_OPTIONS(X)
#undef X
    };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        char flag[FLAG_TEXT];
        if (options[i].letter)
            snprintf(flag, sizeof flag, "-%c, %s", options[i].letter, options[i].flag);
        else
            snprintf(flag, sizeof flag, "%s", options[i].flag);
        put_option(flag, options[i].value, options[i].help, out);
    }
}

static void put_script_options(enum script_command command, const char *heading, struct buf *out)
{
    static const struct {
        const char *flag, *value, *help;
        bool works_in[SCRIPT_COMMAND_COUNT];
    } options[] = {
#define X(id, flag, value, in_list, in_stats, in_show, in_export, help)                                      \
    {flag, value, help, {in_list, in_stats, in_show, in_export}},
        SCRIPT_OPTIONS(X)
#undef X
    };
    buf_printf(out, ".SS %s\n", heading);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (options[i].works_in[command])
            put_option(options[i].flag, options[i].value, options[i].help, out);
    }
}

static void put_command_option(const struct command_option *option, struct buf *out)
{
    char flag[FLAG_TEXT];
    snprintf(flag, sizeof flag, "%s%s%s", option->letter ? option->letter : "", option->letter ? ", " : "",
             option->name);
    put_option(flag, option->argument, option->help, out);
}

static void put_command(const struct command_info *info, struct buf *out)
{
    buf_str(out, ".SS ");
    docgen_roff(text_of(info->name), out);
    buf_char(out, ' ');
    docgen_roff(text_of(info->usage), out);
    buf_char(out, '\n');
    docgen_roff(text_of(info->summary), out);
    buf_str(out, ".\n");
    for (size_t i = 0; i < info->option_count; i++)
        put_command_option(&info->options[i], out);
    if (!info->notes)
        return;
    buf_str(out, ".PP\n.nf\n"); /* its line ends are those of --help */
    docgen_roff(text_of(info->notes), out);
    buf_str(out, ".fi\n");
}

static void put_commands(struct buf *out)
{
    buf_str(out, ".SH COMMANDS\nWithout the screen: the same questions for scripts, recording, serving, and "
                 "a history to try them on.\n");
    put_script_options(SCRIPT_LIST, "list [SOURCE]", out);
    put_script_options(SCRIPT_STATS, "stats [SOURCE]", out);
    put_script_options(SCRIPT_SHOW, "show ID [SOURCE]", out);
    put_script_options(SCRIPT_EXPORT, "export [SOURCE]", out);
    for (const struct command_info *const *info = docs_commands; *info; info++)
        put_command(*info, out);
}

static void put_files(struct buf *out)
{
    buf_str(out, ".SH FILES\n");
    put_option(
        "~/.executor/data.db", NULL,
        "The history that is opened where no source is named: in $EXECUTOR_DATA_DIR where that is set.", out);
    put_option("$XDG_DATA_HOME/executor-runs/runs.db", NULL,
               "What record writes, where no --db is given; opened by the screen where there is no "
               "executor's history.",
               out);
    put_option("$XDG_CONFIG_HOME/executor-runs/config", NULL, "key = value lines; # starts a comment.", out);
    put_option("$XDG_CONFIG_HOME/executor-runs/keys", NULL,
               "context key command lines, above the built-in keys.", out);
    put_option("$XDG_STATE_HOME/executor-runs/state", NULL, "Used filters and chosen fields.", out);
    put_option(
        "$XDG_CACHE_HOME/executor-runs/", NULL,
        "Times, statuses, triggers, scopes and tool paths of large files, for estimates at the next start.",
        out);
    buf_str(out, "Nothing is ever written beside a history that is only looked at.\n");
}

static void put_environment(struct buf *out)
{
    buf_str(out, ".SH ENVIRONMENT\n");
    put_option("EXECUTOR_RUNS_SOURCE", NULL, "The source, where none is named.", out);
    put_option("EXECUTOR_DATA_DIR", NULL, "The executor's directory.", out);
    put_option("EXECUTOR_RUNS_TOKEN", NULL, "The bearer token for a remote source.", out);
    put_option("NETRC", NULL, "Instead of ~/.netrc, for a remote source.", out);
    put_option("CURL_CA_BUNDLE, SSL_CERT_FILE, SSL_CERT_DIR", NULL,
               "The certificates that are trusted, where --cacert names none.", out);
    put_option("https_proxy, http_proxy, all_proxy, no_proxy", NULL,
               "The way to a remote source, as for curl.", out);
    put_option("EXECUTOR_RUNS_DB", NULL, "The file that is recorded in, where no --db is given.", out);
    put_option("EXECUTOR_TRIGGER", NULL, "What record says started its command, where no --trigger is given.",
               out);
    put_option("EXECUTOR_RUNS_RUN, EXECUTOR_RUNS_SCOPE", NULL,
               "Set by record for its command: the run that tool and ask belong to.", out);
    put_option("TZ", NULL, "The zone of all times.", out);
    put_option("NO_COLOR", NULL, "No colours.", out);
    put_option("PAGER", NULL, "What a run is read in; less without it.", out);
}

void docs_man(struct buf *out)
{
    buf_str(out, ".TH EXECUTOR\\-RUNS 1\n.SH NAME\nexecutor\\-runs \\- what ran, what failed, why, and is it "
                 "happening now\n"
                 ".SH SYNOPSIS\n.B executor\\-runs\n[OPTIONS] [SOURCE]\n.br\n.B executor\\-runs "
                 "list|stats|show|record|tool|ask|answer|sweep|export|import|serve|demo\n\\&...\n"
                 ".SH DESCRIPTION\nReads the run history of an executor, from its SQLite file or from its "
                 "/executions API, and shows it: a list "
                 "that scrolls "
                 "without end, counts by facet, a timeline, every run with its tool calls and logs, live.\n"
                 ".PP\nSOURCE is a file, or an address: https://host/api, also as a link copied from the web "
                 "page. Without one: $EXECUTOR_RUNS_SOURCE, the config's source, $EXECUTOR_DATA_DIR/data.db, "
                 "~/.executor/data.db, and what record wrote on this machine.\n.SH OPTIONS\n");
    put_screen_options(out);
    put_commands(out);
    buf_str(out, ".SH FILTERS\nWords are all required, a comma is any\\-of, a leading \\- excludes.\n");
    (void)docs_write("grammar", DOC_ROFF, out);
    buf_str(out, ".SH SETTINGS\n");
    (void)docs_write("settings", DOC_ROFF, out);
    buf_str(out, ".SH KEYS\n");
    (void)docs_write("keys", DOC_ROFF, out);
    put_files(out);
    put_environment(out);
    buf_str(out, ".SH EXIT STATUS\n0; 1 where the source failed or there is no such run; 2 for a wrong "
                 "command line.\n");
}
