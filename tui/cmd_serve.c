/*
 * See cmd_serve.h. The signals are blocked in every thread and waited for here; what else happens, happens in
 * data/serve and data/api.
 */
#include "tui/cmd_serve.h"

#include "data/http/http_address.h"
#include "data/serve/serve.h"
#include "tui/config.h"
#include "tui/script.h"
#include "tui/source_path.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { PATH_BYTES_MAX = 8192, COMPLAINTS_MAX = 16 * 1024 };

enum { SERVE_DB, SERVE_LISTEN, SERVE_TOKEN_FILE, SERVE_SCOPE };

static const struct command_option options[] = {
    [SERVE_DB] = {"--db", NULL, "FILE", "the file that is served (what the screen opens by itself)"},
    [SERVE_LISTEN] = {"--listen", NULL, "HOST:PORT",
                      "where to listen (" SERVE_LISTEN_DEFAULT
                      "); [::1]:4788 is IPv6, port 0 one that is free"},
    [SERVE_TOKEN_FILE] = {"--token-file", NULL, "FILE",
                          "its first line is the token that every request must bring; demanded where other "
                          "machines can ask"},
    [SERVE_SCOPE] = {"--scope", NULL, "ID", "serve the runs of this scope alone"},
};

const struct command_info serve_command = {
    .name = "serve",
    .usage = "[FILE] [OPTIONS]",
    .summary = "answers the /executions API from a file, so that it can be watched from elsewhere",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .notes =
        "The file is only read, but for answers to questions of runs that `executor-runs record` made. The\n"
        "address stands on standard output, problems on standard error. SIGTERM and SIGINT end it within a\n"
        "second; SIGHUP reads the token file again, and ends it where there is none.\n"
        "\n"
        "From another machine:  ssh -L 4788:127.0.0.1:4788 HOST\n"
        "and then               executor-runs http://127.0.0.1:4788/api\n",
};

struct serve_run {
    const char *file, *listen, *token_file, *scope; /* NULL: not given */
    struct buf path;
    struct api *api;
    struct serve *serve;
    sigset_t signals;
};

/* ---- the command line ---- */

static enum err_code take_words(const struct command_line *line, struct serve_run *run, struct err *err)
{
    if (!line->word_count)
        return ERR_OK;
    if (line->word_count > 1 || run->file)
        return err_set(err, ERR_USAGE, "serve: %s is one file too many", line->words[run->file ? 0 : 1]);
    run->file = line->words[0];
    return ERR_OK;
}

/* SCRIPT_GO_ON, or the exit code. */
static int read_line(int argc, char **argv, struct serve_run *run)
{
    struct err err = {0};
    struct command_line line = command_line_of(&serve_command, argc, argv);
    for (int option; (option = command_line_next(&line, &err)) != LINE_END;) {
        switch (option) {
        case SERVE_DB: run->file = line.value; break;
        case SERVE_LISTEN: run->listen = line.value; break;
        case SERVE_TOKEN_FILE: run->token_file = line.value; break;
        case SERVE_SCOPE: run->scope = line.value; break;
        default: return command_line_leave(&line, option, &err);
        }
    }
    return take_words(&line, run, &err) ? command_line_refuse(&serve_command, &err) : SCRIPT_GO_ON;
}

/* ---- the file ---- */

static enum err_code find_file(struct serve_run *run, struct err *err)
{
    struct config config;
    struct buf complaints;
    buf_init(&complaints, COMPLAINTS_MAX);
    config_load(&config, &complaints);
    fputs(buf_cstr(&complaints), stderr);
    enum err_code code = source_path_find(run->file, config.source, &run->path, err);
    config_release(&config);
    buf_release(&complaints);
    if (code)
        return code;
    if (buf_is_cut(&run->path))
        return err_set(err, ERR_TOO_BIG, "the file's name is longer than %d bytes", PATH_BYTES_MAX);
    if (!http_address_is(buf_cstr(&run->path)))
        return ERR_OK;
    err_set(err, ERR_USAGE, "serve: a file can be served, not an address: %s", buf_cstr(&run->path));
    return err_hint(err, "executor-runs serve --db FILE.db");
}

/* ---- serving ---- */

static void answer(void *context, const struct api_request *request, struct api_response *response)
{
    api_answer(context, request, response);
}

static uint64_t revision(void *context)
{
    return api_revision(context);
}

static bool wait_for_move(void *context, uint64_t seen, int timeout_ms)
{
    return api_wait(context, seen, timeout_ms);
}

static void stop(void *context)
{
    api_stop(context);
}

static void say(void *context, const char *line)
{
    (void)context;
    struct err err;
    err_set(&err, ERR_IO, "%s", line);
    script_complain(&err);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static enum err_code start(struct serve_run *run, struct err *err)
{
    struct serve_options serve = {.token_file = run->token_file,
                                  .times = SERVE_TIMES,
                                  .heartbeat_ms = SERVE_HEARTBEAT_MS,
                                  .held_max = SERVE_HELD_MAX,
                                  .say = say};
    enum err_code code =
        serve_address_parse(run->listen ? run->listen : SERVE_LISTEN_DEFAULT, &serve.address, err);
    if (!code)
        code = find_file(run, err);
    serve.name = base_name(buf_cstr(&run->path));
    struct api_options api = {.path = buf_cstr(&run->path), .scope = run->scope};
    if (!code)
        code = api_open(&api, &run->api, err);
    serve.application = (struct serve_application){
        .context = run->api, .answer = answer, .revision = revision, .wait = wait_for_move, .stop = stop};
    return code ? code : serve_start(&serve, &run->serve, err);
}

static void say_where(struct serve_run *run)
{
    char where[SERVE_ADDRESS_TEXT];
    serve_where(run->serve, where);
    printf("serving %s at http://%s/api\n", base_name(buf_cstr(&run->path)), where);
    fflush(stdout);
}

/* Until one of them says that it is the end. */
static void obey_signals(struct serve_run *run)
{
    for (int signal; sigwait(&run->signals, &signal) == 0;) {
        struct err err;
        if (signal != SIGHUP || !run->token_file)
            return;
        if (serve_reload(run->serve, &err))
            script_complain(&err);
        else
            say(NULL, "the token file was read again");
    }
}

static enum err_code run_until_signal(struct serve_run *run, struct err *err)
{
    sigset_t before;
    sigemptyset(&run->signals);
    sigaddset(&run->signals, SIGINT);
    sigaddset(&run->signals, SIGTERM);
    sigaddset(&run->signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &run->signals, &before);
    signal(SIGPIPE, SIG_IGN);
    enum err_code code = start(run, err);
    if (!code) {
        say_where(run);
        obey_signals(run);
        serve_stop(run->serve);
    }
    api_close(run->api);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code;
}

/* An answer is a few blocks of a hundred kB: given back to the kernel each time they cost more than what is
 * in them. */
static void keep_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
    mallopt(M_TRIM_THRESHOLD, 8 << 20);
}

int cmd_serve(int argc, char **argv)
{
    keep_memory();
    struct err err = {0};
    struct serve_run run = {0};
    int status = read_line(argc, argv, &run);
    if (status != SCRIPT_GO_ON)
        return status;
    buf_init(&run.path, PATH_BYTES_MAX);
    enum err_code code = run_until_signal(&run, &err);
    buf_release(&run.path);
    if (!code)
        return EXIT_OK;
    return code == ERR_USAGE ? command_line_refuse(&serve_command, &err) : script_complain(&err);
}
