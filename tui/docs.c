/*
 * See docs.h. Nothing is typed here that another table says already.
 */
#include "tui/docs.h"

#include "data/base/die.h"
#include "data/filter/filter.h"
#include "tui/cmd_answer.h"
#include "tui/cmd_ask.h"
#include "tui/cmd_demo.h"
#include "tui/cmd_import.h"
#include "tui/cmd_record.h"
#include "tui/cmd_serve.h"
#include "tui/cmd_sweep.h"
#include "tui/cmd_tool.h"
#include "tui/config.h"
#include "tui/options.h"
#include "tui/script_args.h"

#include <stdlib.h>
#include <string.h>

const struct command_info *const docs_commands[] = {
    &record_command,
    &tool_start_command,
    &tool_finish_command,
    &tool_run_command,
    &ask_command,
    &answer_command,
    &sweep_command,
    &import_command,
    &demo_command,
    &serve_command,
    NULL,
};

typedef void write_doc(enum doc_form form, struct buf *out);

static void write_keys(enum doc_form form, struct buf *out)
{
    struct keymap *keymap = mem_new(sizeof *keymap);
    keymap_init(keymap, false);
    docgen_keys(keymap, form, out);
    free(keymap);
}

static void write_grammar(enum doc_form form, struct buf *out)
{
    static const struct doc_row rows[] = {
#define X(id, word, help) {word ":", help},
        FILTER_KEYS(X)
#undef X
    };
    docgen_rows("Filter", rows, sizeof rows / sizeof rows[0], form, out);
}

static void write_options(enum doc_form form, struct buf *out)
{
    static const struct doc_row rows[] = {
#define X(id, flag, letter, value, help) {value[0] ? "--" flag " " value : "--" flag, help},
        SCREEN_OPTIONS(X)
#undef X
    };
    docgen_rows("Option", rows, sizeof rows / sizeof rows[0], form, out);
}

static void write_settings(enum doc_form form, struct buf *out)
{
    docgen_rows("Setting", config_rows(), SETTING_COUNT, form, out);
}

static void write_script_options(enum script_command command, enum doc_form form, struct buf *out)
{
    if (form == DOC_MARKDOWN)
        buf_str(out, "```\n");
    script_args_help(command, out);
    if (form == DOC_MARKDOWN)
        buf_str(out, "```\n");
}

static void write_list(enum doc_form form, struct buf *out)
{
    write_script_options(SCRIPT_LIST, form, out);
}

static void write_show(enum doc_form form, struct buf *out)
{
    write_script_options(SCRIPT_SHOW, form, out);
}

static bool write_command(const char *name, struct buf *out)
{
    for (const struct command_info *const *info = docs_commands; *info; info++) {
        if (strcmp((*info)->name, name) != 0)
            continue;
        buf_str(out, "```\n");
        command_line_help(*info, out);
        buf_str(out, "```\n");
        return true;
    }
    return false;
}

bool docs_write(const char *name, enum doc_form form, struct buf *out)
{
    static const struct {
        const char *name;
        write_doc *write;
    } docs[] = {
#define X(name) {#name, write_##name},
        DOCS(X)
#undef X
    };
    if (strcmp(name, "man") == 0) {
        docs_man(out);
        return true;
    }
    for (size_t i = 0; i < sizeof docs / sizeof docs[0]; i++) {
        if (strcmp(docs[i].name, name) != 0)
            continue;
        docs[i].write(form, out);
        return true;
    }
    return write_command(name, out);
}
