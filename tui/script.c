/*
 * See script.h. Standard output is written in large pieces from our own buffer; SIGPIPE is ignored, so that a
 * reader who has seen enough
 * (`| head`) is an ordinary end and not a signal.
 */
#include "tui/script.h"

#include "tui/config.h"
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

static enum err_code open_source(struct script *script, struct err *err)
{
    struct config config;
    struct buf address;
    load_config(&config);
    buf_init(&address, ADDRESS_MAX);
    struct http_settings http = config_http(&config, script->args.cacert);
    /* Pages by duration come from an order that takes the whole table to make: the background keeps it
     * between them. */
    struct source_options options = {.no_background = script->args.sort.field != SORT_DURATION,
                                     .http = &http};
    enum err_code code = find_source(script->args.source, &config, &address, err);
    if (!code)
        code = source_open(buf_cstr(&address), &options, &script->source, err);
    buf_release(&address);
    config_release(&config);
    return code ? code : source_connect(script->source, &script->conn, err);
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
    say_notes(&script->args.notes);
    code = open_source(script, &err);
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
