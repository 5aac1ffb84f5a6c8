/*
 * Where everything is put together: commands by name, and the screen.
 */
#include "data/base/files.h"
#include "data/base/utf8.h"
#include "tui/cmd_answer.h"
#include "tui/cmd_ask.h"
#include "tui/cmd_demo.h"
#include "tui/cmd_export.h"
#include "tui/cmd_import.h"
#include "tui/cmd_list.h"
#include "tui/cmd_record.h"
#include "tui/cmd_serve.h"
#include "tui/cmd_show.h"
#include "tui/cmd_stats.h"
#include "tui/cmd_sweep.h"
#include "tui/cmd_tool.h"
#include "tui/config.h"
#include "tui/docs.h"
#include "tui/fields.h"
#include "tui/link.h"
#include "tui/loop.h"
#include "tui/options.h"
#include "tui/script.h"
#include "tui/source_path.h"
#include "tui/state_file.h"
#include "tui/term.h"

#include <langinfo.h>
#include <locale.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VERSION "0.1.0"

enum { ADDRESS_MAX = 8192 };

/* The README's tables, for whoever edits it by hand: --print-docs keys. */
static int print_docs(int argc, char **argv)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    bool is_known = argc == 2 && docs_write(argv[1], DOC_MARKDOWN, &out);
    fputs(is_known ? buf_cstr(&out) : "", stdout);
    buf_release(&out);
    return is_known ? EXIT_SUCCESS : EXIT_USAGE;
}

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"list", cmd_list},           {"stats", cmd_stats},   {"show", cmd_show},   {"demo", cmd_demo},
    {"record", cmd_record},       {"tool", cmd_tool},     {"ask", cmd_ask},     {"answer", cmd_answer},
    {"export", cmd_export},       {"import", cmd_import}, {"sweep", cmd_sweep}, {"serve", cmd_serve},
    {"--print-docs", print_docs},
};

/* Everything inside is UTF-8 and measured by wcwidth, so LC_CTYPE must be UTF-8 even where the person's is
 * not; then only ASCII is drawn. */
static bool locale_is_utf8(void)
{
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") == 0)
        return true;
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        setlocale(LC_CTYPE, "en_US.UTF-8");
    return false;
}

static int print_and_free(struct buf *out)
{
    fputs(buf_cstr(out), stdout);
    buf_release(out);
    return EXIT_SUCCESS;
}

/* ~ instead of the home directory: what a person would type. */
static void label_source(const char *address, char *out, size_t size)
{
    const char *home = getenv("HOME");
    size_t n = home ? strlen(home) : 0;
    if (n > 1 && strncmp(address, home, n) == 0 && address[n] == '/')
        snprintf(out, size, "~%s", address + n);
    else
        snprintf(out, size, "%s", address);
}

static int64_t frozen_clock(void)
{
    const char *now = getenv("EXECUTOR_RUNS_TEST_NOW");
    return now && *now ? strtoll(now, NULL, 10) : TIME_NONE;
}

static unsigned fields_to_show(const struct config *config, const struct saved_state *saved)
{
    const char *words = saved->fields ? saved->fields : config->fields;
    unsigned fields = words ? fields_parse(text_of(words)) : 0;
    return fields ? fields : LIST_FIELDS_DEFAULT;
}

/* What stands where in the header and on a copied command line, and the run to begin with. */
static void name_source(struct state *state, const char *address, const struct http_address *link,
                        int64_t now)
{
    snprintf(state->source_arg, sizeof state->source_arg, "%s", address);
    if (!link) {
        label_source(address, state->source_label, sizeof state->source_label);
        return;
    }
    snprintf(state->source_label, sizeof state->source_label, "%s", link->label);
    snprintf(state->opening.run_id, sizeof state->opening.run_id, "%s", link->run_id);
    if (link->note[0])
        state_say(state, now, INK_WARN, "%s", link->note);
}

static void fill_state(struct state *state, struct options *options, const struct config *config)
{
    state->ascii = options->is_ascii;
    state->cacert = options->cacert;
    state->time_mode = options->time;
    state->sort = options->sort;
    state->scope = options->scope;
    options->scope = NULL;
    state->rail.is_wanted = config->has_rail;
    state->live.is_on = options->is_live;
    filter_move(&state->filter, &options->filter);
    filter_history_push(&state->history, &state->filter);
}

static int run_screen(struct options *options, const struct config *config, const char *address,
                      const struct http_address *link, struct err *err)
{
    struct keymap keymap;
    struct saved_state saved;
    struct buf complaints;
    buf_init(&complaints, 16 * 1024);
    config_load_keys(options->is_vim, &keymap, &complaints);
    saved_state_load(&saved);
    struct state state;
    state_init(&state);
    fill_state(&state, options, config);
    int64_t frozen_now = frozen_clock(), now = frozen_now != TIME_NONE ? frozen_now : time_now();
    name_source(&state, address, link, now);
    state.keymap = &keymap;
    state.remembered = &saved;
    state.fields = fields_to_show(config, &saved);
    if (complaints.len)
        state_say(&state, now, INK_WARN, "%s", buf_cstr(&complaints));
    const char *pager = getenv("PAGER");
    struct http_settings http = config_http(config, options->cacert);
    struct buf cache;
    buf_init(&cache, ADDRESS_MAX);
    bool has_cache = options->has_cache && files_cache_directory(&cache) && !buf_is_cut(&cache);
    struct loop_options loop = {
        .address = address,
        .http = &http,
        .cache_directory = has_cache ? buf_cstr(&cache) : NULL,
        .frozen_now = frozen_now,
        .pager = pager && *pager ? pager : "less",
        .saved = &saved,
        .terminal = {.no_colour = getenv("NO_COLOR") && *getenv("NO_COLOR"), .has_mouse = options->has_mouse},
    };
    enum err_code code = loop_run(&state, &loop, err);
    state_release(&state);
    buf_release(&cache);
    saved_state_release(&saved);
    if (complaints.len)
        fputs(buf_cstr(&complaints), stderr);
    buf_release(&complaints);
    return code == ERR_OK ? EXIT_SUCCESS : script_complain(err);
}

/* What the link says goes into the options; only the place stays in the address. */
static int run_on_link(struct options *options, const struct config *config, const char *address,
                       struct err *err)
{
    struct http_address link;
    struct link_choice choice = {.filter = &options->filter,
                                 .is_default = !options->has_filter,
                                 .sort = &options->sort,
                                 .has_sort = options->has_sort};
    enum err_code code = http_address_parse(address, &link, err);
    if (code == ERR_OK)
        code = link_follow(&link, &choice, err);
    int status = code == ERR_OK ? run_screen(options, config, link.plain, &link, err) : script_complain(err);
    http_address_release(&link);
    return status;
}

static int run(struct options *options, const struct config *config, struct err *err)
{
    struct buf address;
    buf_init(&address, ADDRESS_MAX);
    int status;
    enum err_code code = source_path_find(options->source, config->source, &address, err);
    if (code == ERR_OK && buf_is_cut(&address))
        code = err_set(err, ERR_TOO_BIG, "the source's name is longer than %d bytes", ADDRESS_MAX);
    if (code != ERR_OK)
        status = script_complain(err);
    else if (http_address_is(buf_cstr(&address)))
        status = run_on_link(options, config, buf_cstr(&address), err);
    else
        status = run_screen(options, config, buf_cstr(&address), NULL, err);
    buf_release(&address);
    return status;
}

static int screen(int argc, char **argv, bool is_utf8)
{
    struct config config;
    struct options options;
    struct buf complaints, help;
    struct err err;
    buf_init(&complaints, 16 * 1024);
    config_load(&config, &complaints);
    fputs(buf_cstr(&complaints), stderr);
    int status = EXIT_SUCCESS;
    enum err_code code = options_parse(argc, argv, &config, &options, &err);
    options.is_ascii = options.is_ascii || !is_utf8;
    if (code != ERR_OK) {
        status = script_complain(&err);
    } else if (options.want_help) {
        buf_init(&help, 64 * 1024);
        options_help(&help);
        status = print_and_free(&help);
    } else if (options.want_version) {
        puts("executor-runs " VERSION);
    } else {
        status = run(&options, &config, &err);
    }
    options_release(&options);
    config_release(&config);
    buf_release(&complaints);
    return status;
}

/* Large blocks come from the system and go back to it. Left alone, the allocator learns from the first ones that were freed to keep all that follow,
 * and what filling the index took for a moment stays for good: as much as the index itself. */
static void give_memory_back(void)
{
    mallopt(M_MMAP_THRESHOLD, 512 * 1024);
}

int main(int argc, char **argv)
{
    give_memory_back();
    bool is_utf8 = locale_is_utf8();
    time_init();
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    return screen(argc, argv, is_utf8);
}
