/*
 * See script.h. Standard output is written in large pieces from our own buffer; SIGPIPE is ignored, so that a
 * reader who has seen enough
 * (`| head`) is an ordinary end and not a signal.
 */
#include "tui/script.h"

#include "tui/config.h"
#include "tui/link.h"
#include "tui/script_table.h"
#include "tui/source_path.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { SCRIPT_OUT_MAX = 1 << 30, COMPLAINTS_MAX = 16 * 1024, ADDRESS_MAX = 8192 };

/* What the person's terminal reads, not what the program works in: main() makes LC_CTYPE UTF-8 where it is
 * not. */
static bool is_utf8_locale(void)
{
    locale_t own = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    bool is_utf8 = own && strcmp(nl_langinfo_l(CODESET, own), "UTF-8") == 0;
    if (own)
        freelocale(own);
    return is_utf8;
}

static void write_visible_lines(struct text text)
{
    struct buf out;
    buf_init(&out, COMPLAINTS_MAX);
    table_lines(text, 0, !is_utf8_locale(), &out);
    fputs(buf_cstr(&out), stderr);
    buf_release(&out);
}

int script_complain(const struct err *err)
{
    struct buf text;
    buf_init(&text, COMPLAINTS_MAX);
    buf_printf(&text, "executor-runs: %s\n", err->what);
    if (err->hint[0])
        buf_printf(&text, "  %s\n", err->hint);
    write_visible_lines(buf_as_text(&text));
    buf_release(&text);
    return err->code == ERR_USAGE ? EXIT_USAGE : EXIT_FAILED;
}

static void say_notes(const struct report *notes)
{
    if (!notes->count)
        return;
    struct buf text;
    buf_init(&text, COMPLAINTS_MAX);
    report_write(notes, "executor-runs", &text);
    write_visible_lines(buf_as_text(&text));
    buf_release(&text);
}

/* The filter, the fields and the like are the screen's, but mistakes are said wherever the file is read. */
static void load_config(struct config *config)
{
    struct buf complaints;
    buf_init(&complaints, COMPLAINTS_MAX);
    config_load(config, &complaints);
    write_visible_lines(buf_as_text(&complaints));
    buf_release(&complaints);
}

static enum err_code find_source(const char *argument, const struct config *config, struct buf *address,
                                 struct err *err)
{
    enum err_code code = source_path_find(argument, config->source, address, err);
    if (!code && buf_is_cut(address))
        return err_set(err, ERR_TOO_BIG, "the source's name is longer than %d bytes", ADDRESS_MAX);
    return code;
}

/* What the link says counts as if it had been given by flags; only the place stays in the address. */
static enum err_code take_link(struct script *script, const struct http_address *link, struct buf *address,
                               struct err *err)
{
    struct script_args *args = &script->args;
    struct link_choice choice = {.filter = &args->filter, .sort = &args->sort, .has_sort = args->has_sort};
    if (link->note[0])
        report_add(&args->notes, 0, "%s", link->note);
    snprintf(script->run_id, sizeof script->run_id, "%s", link->run_id);
    if (!args->id && script->run_id[0])
        args->id = script->run_id;
    buf_clear(address);
    buf_str(address, link->plain);
    return link_follow(link, &choice, err);
}

static enum err_code follow_link(struct script *script, struct buf *address, struct err *err)
{
    if (!http_address_is(buf_cstr(address)))
        return ERR_OK;
    struct http_address link;
    enum err_code code = http_address_parse(buf_cstr(address), &link, err);
    if (!code)
        code = take_link(script, &link, address, err);
    http_address_release(&link);
    return code;
}

static enum err_code need_id(const struct script *script, enum script_command command, struct err *err)
{
    if (command != SCRIPT_SHOW || script->args.id)
        return ERR_OK;
    err_set(err, ERR_USAGE, "show needs the id of a run, and this address names none");
    return err_hint(err, "executor-runs show ID ADDRESS: the beginning of an id is enough.");
}

static enum err_code open_source(struct script *script, const struct config *config, const char *address,
                                 struct err *err)
{
    struct http_settings http = config_http(config, script->args.cacert);
    /* Pages by duration come from an order that takes the whole table to make: the background keeps it
     * between them. */
    struct source_options options = {.no_background = script->args.sort.field != SORT_DURATION,
                                     .http = &http};
    enum err_code code = source_open(address, &options, &script->source, err);
    return code ? code : source_connect(script->source, &script->conn, err);
}

static enum err_code find_and_open(struct script *script, enum script_command command, struct err *err)
{
    struct config config;
    struct buf address;
    load_config(&config);
    buf_init(&address, ADDRESS_MAX);
    enum err_code code = find_source(script->args.source, &config, &address, err);
    if (!code)
        code = follow_link(script, &address, err);
    if (!code)
        code = need_id(script, command, err);
    say_notes(&script->args.notes);
    if (!code)
        code = open_source(script, &config, buf_cstr(&address), err);
    buf_release(&address);
    config_release(&config);
    return code;
}

static int write_help(struct script *script, enum script_command command)
{
    struct err err;
    script_args_help(command, &script->out);
    return script_end(script, script_flush(script, &err), &err);
}

int script_start(struct script *script, enum script_command command, int argc, char **argv)
{
    struct err err;
    signal(SIGPIPE, SIG_IGN);
    *script = (struct script){.now = time_now(), .is_ascii = !is_utf8_locale()};
    buf_init(&script->out, SCRIPT_OUT_MAX);
    struct winsize size;
    if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        script->width = size.ws_col;
    enum err_code code = script_args_parse(command, argc, argv, script->now, &script->args, &err);
    if (code)
        return script_end(script, code, &err);
    if (script->args.want_help)
        return write_help(script, command);
    code = find_and_open(script, command, &err);
    return code ? script_end(script, code, &err) : SCRIPT_GO_ON;
}

/* False where it failed; errno says why. */
static bool write_all(struct text text)
{
    for (size_t at = 0; at < text.n;) {
        ssize_t n = write(STDOUT_FILENO, text.s + at, text.n - at);
        if (n < 0 && errno != EINTR)
            return false;
        at += n > 0 ? (size_t)n : 0;
    }
    return true;
}

enum err_code script_flush(struct script *script, struct err *err)
{
    if (buf_is_cut(&script->out))
        return err_set(err, ERR_TOO_BIG, "one answer is larger than %d MB", SCRIPT_OUT_MAX >> 20);
    bool is_written = script->is_pipe_closed || write_all(buf_as_text(&script->out));
    int why = errno;
    buf_clear(&script->out);
    if (is_written)
        return ERR_OK;
    script->is_pipe_closed = why == EPIPE;
    if (script->is_pipe_closed)
        return ERR_OK;
    return err_set(err, ERR_IO, "cannot write the output: %s", strerror(why));
}

int script_end(struct script *script, enum err_code code, const struct err *err)
{
    int exit_code = code ? script_complain(err) : EXIT_OK;
    if (script->conn)
        conn_close(script->conn);
    if (script->source)
        source_close(script->source);
    script_args_release(&script->args);
    buf_release(&script->out);
    return exit_code;
}
