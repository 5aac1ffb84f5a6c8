/*
 * See cmd_import.h. Lines are read and understood before the file is locked, some dozens at a time, so that a
 * writer beside this one never waits for a slow pipe and never long; what has come is written before more is
 * waited for. A line that is wrong is told and passed over, as its neighbours are runs of their own; a file
 * that cannot be written ends it, and the same lines again go on from there.
 */
#include "tui/cmd_import.h"

#include "data/base/clock.h"
#include "data/base/files.h"
#include "data/base/timefmt.h"
#include "data/record/record_path.h"
#include "data/store/store_merge.h"
#include "data/wire_record.h"
#include "tui/line_input.h"
#include "tui/script.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BATCH_RUNS = 64,
    BATCH_BYTES = 1 << 20, /* of lines */
    COMPLAINTS_MAX = 20,
    BUSY_MS = 10000,
    PATH_BYTES = 4096,
    ID_BYTES = 200, /* the longest id that is taken; a UUID has 36 */
};

enum { IMPORT_DB, IMPORT_SCOPE };

static const struct command_option options[] = {
    [IMPORT_DB] = {"--db", NULL, "FILE", "the file to write (the one that record writes)"},
    [IMPORT_SCOPE] = {"--scope", NULL, "ID", "put every run into this scope, whatever its line says"},
};

const struct command_info import_command = {
    .name = "import",
    .usage = "[--db FILE] [FILE.ndjson|-]",
    .summary = "brings runs in that export wrote",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .notes = "Reads a run a line: what `export` and `list --ndjson` write, and items of the API's lists. A "
             "run that is\n"
             "there already is left as it is, or replaced by a newer version of itself; nothing is ever "
             "taken away, so\n"
             "that the same lines again change nothing. A line that is wrong is told and passed over.\n"
             "The secret part of an answer is not in such lines, and never brought in.\n"
             "An executor waits for no lock: stop it before you name its own file.\n"
             "\nExit codes: 0, 1 (lines were refused, or the file cannot be read or written), 2 (usage).\n",
};

struct import {
    const char *db, *scope, *input; /* borrowed from argv; NULL where not named */
    const char *label;              /* of the input, for complaints */
    char path[PATH_BYTES];
    struct store *store;
    struct stop stop;
    struct line_input lines;
    struct arena arena; /* of the batch */
    struct run_record records[BATCH_RUNS];
    int64_t numbers[BATCH_RUNS]; /* their lines */
    size_t count, bytes;
    int64_t merged[MERGE_UNCHANGED + 1], refused;
};

/* ---- lines ---- */

static void complain(struct import *import, int64_t number, const struct err *why)
{
    struct err told = *why;
    if (++import->refused > COMPLAINTS_MAX)
        return;
    err_set(&told, ERR_IO, "%s:%" PRId64 ": %s", import->label, number, why->what);
    err_hint(&told, "%s", why->hint);
    (void)script_complain(&told);
}

static bool is_blank(struct text line)
{
    for (size_t i = 0; i < line.n; i++)
        if (!strchr(" \t\r", line.s[i]) || !line.s[i])
            return false;
    return true;
}

static struct text without_mark(const struct import *import)
{
    struct text line = import->lines.line;
    bool has_mark = import->lines.number == 1 && line.n >= 3 && memcmp(line.s, "\xef\xbb\xbf", 3) == 0;
    return has_mark ? (struct text){line.s + 3, line.n - 3} : line;
}

static enum err_code choose_scope(const struct import *import, struct run *run, struct err *err)
{
    if (import->scope)
        run->scope_id = text_of(import->scope);
    if (!text_is_null(run->scope_id))
        return ERR_OK;
    err_set(err, ERR_USAGE, "execution.scopeId is missing");
    return err_hint(err, "--scope ID says which one it is.");
}

/* An id is a word that is typed, shown and put into links; one that is a page of text, or a line's end, is somebody's mistake or worse. */
static enum err_code check_id(const char *name, struct text id, struct err *err)
{
    if (id.n > ID_BYTES)
        return err_set(err, ERR_USAGE, "%s is longer than %d bytes", name, ID_BYTES);
    for (size_t i = 0; i < id.n; i++)
        if ((unsigned char)id.s[i] < ' ' || id.s[i] == 0x7f)
            return err_set(err, ERR_USAGE, "%s has a control character", name);
    return ERR_OK;
}

static enum err_code check_ids(const struct run_record *record, struct err *err)
{
    enum err_code code = check_id("execution.id", record->run.id, err);
    if (!code)
        code = check_id("execution.scopeId", record->run.scope_id, err);
    for (size_t i = 0; !code && i < record->interaction_count; i++)
        code = check_id("an interaction's id", record->interactions[i].id, err);
    for (size_t i = 0; !code && i < record->call_count; i++)
        code = check_id("a tool call's id", record->calls[i].id, err);
    return code;
}

static void take_line(struct import *import)
{
    struct err err = {0};
    struct text line = without_mark(import);
    if (is_blank(line))
        return;
    struct run_record *record = &import->records[import->count];
    enum err_code code = wire_record_read(line, &import->arena, record, &err);
    if (!code)
        code = choose_scope(import, &record->run, &err);
    if (!code)
        code = check_ids(record, &err);
    import->bytes += line.n;
    if (code)
        complain(import, import->lines.number, &err);
    else
        import->numbers[import->count++] = import->lines.number;
}

/* ---- batches ---- */

/* What is wrong with a run, and not with the file. */
static bool is_about_line(enum err_code code)
{
    return code == ERR_USAGE || code == ERR_TOO_BIG;
}

static enum err_code merge_all(struct import *import, int64_t merged[], struct err *err)
{
    for (size_t i = 0; i < import->count; i++) {
        enum store_merged how;
        enum err_code code = store_merge(import->store, &import->records[i], &how, err);
        if (code && !is_about_line(code))
            return code;
        if (code)
            complain(import, import->numbers[i], err);
        else
            merged[how]++;
    }
    return ERR_OK;
}

/* Others get their turn: a quarter of the time is theirs. */
static void let_others(struct import *import, int64_t started)
{
    int64_t held = clock_ms() - started;
    (void)stop_after(&import->stop, held < 200 ? 1 + (int)held / 4 : 50);
}

static enum err_code write_batch(struct import *import, struct err *err)
{
    int64_t merged[MERGE_UNCHANGED + 1] = {0}, started = clock_ms();
    enum err_code code = import->count ? store_begin(import->store, err) : ERR_OK;
    if (!code && import->count) {
        started = clock_ms();
        code = merge_all(import, merged, err);
        if (!code)
            code = store_commit(import->store, err);
        if (code)
            store_rollback(import->store);
        let_others(import, started);
    }
    for (size_t i = 0; !code && i <= MERGE_UNCHANGED; i++)
        import->merged[i] += merged[i];
    import->count = import->bytes = 0;
    arena_release(&import->arena);
    return code;
}

static void refuse_long_line(struct import *import)
{
    struct err err;
    err_set(&err, ERR_TOO_BIG, "is longer than %d MB", WIRE_RECORD_MAX >> 20);
    complain(import, import->lines.number, &err);
}

static enum err_code import_lines(struct import *import, struct err *err)
{
    enum err_code code = ERR_OK;
    enum input_result result = INPUT_LINE;
    while (!code && result != INPUT_END && !stop_after(&import->stop, 0)) {
        result = line_input_next(&import->lines, import->bytes == 0, err);
        if (result == INPUT_FAILED)
            return err_set(err, ERR_IO, "%s: cannot be read: %s", import->label, strerror(errno));
        if (result == INPUT_LINE)
            take_line(import);
        else if (result == INPUT_TOO_LONG)
            refuse_long_line(import);
        if (result != INPUT_LINE || import->count == BATCH_RUNS || import->bytes >= BATCH_BYTES)
            code = write_batch(import, err);
    }
    return code;
}

/* ---- the whole ---- */

static void say_counts(const struct import *import)
{
    static const char *const words[] = {"added", "updated", "unchanged", "refused"};
    const int64_t counts[] = {import->merged[MERGE_ADDED], import->merged[MERGE_UPDATED],
                              import->merged[MERGE_UNCHANGED], import->refused};
    struct buf text;
    buf_init(&text, 400);
    for (size_t i = 0; i < 4; i++) {
        char number[TIME_TEXT];
        count_format(counts[i], number);
        buf_printf(&text, "%s%s %s", i ? ", " : "", number, words[i]);
    }
    if (import->refused > COMPLAINTS_MAX)
        fprintf(stderr, "executor-runs: … and more lines that were refused\n");
    printf("%s%s\n", buf_cstr(&text), import->stop.caught ? "; stopped before the end" : "");
    fflush(stdout);
    buf_release(&text);
}

static enum err_code open_input(const struct import *import, int *fd, struct err *err)
{
    bool is_standard = !import->input || strcmp(import->input, "-") == 0;
    *fd = is_standard ? STDIN_FILENO : open(import->input, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (*fd >= 0 && fstat(*fd, &status) == 0 && S_ISDIR(status.st_mode))
        return err_set(err, ERR_IO, "%s: is a directory", import->label);
    if (*fd >= 0)
        return ERR_OK;
    return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: cannot be read: %s", import->label,
                   strerror(errno));
}

static enum err_code open_store(struct import *import, struct err *err)
{
    struct buf path;
    buf_init(&path, PATH_BYTES - 1);
    enum err_code code = record_path_find(import->db, &path, err);
    if (!code)
        snprintf(import->path, sizeof import->path, "%s", buf_cstr(&path));
    buf_release(&path);
    if (!code)
        code = files_make_directories(import->path, err);
    if (code)
        return code;
    return store_open(import->path, &(struct store_options){.busy_timeout_ms = BUSY_MS, .is_private = true},
                      &import->store, err);
}

static int run_import(struct import *import)
{
    struct err err = {0};
    int fd = -1;
    arena_init(&import->arena);
    stop_begin(&import->stop);
    enum err_code code = open_input(import, &fd, &err);
    if (!code)
        code = open_store(import, &err);
    line_input_init(&import->lines, fd, WIRE_RECORD_MAX, &import->stop);
    if (!code) {
        code = import_lines(import, &err);
        say_counts(import);
    }
    line_input_release(&import->lines);
    arena_release(&import->arena);
    store_close(import->store);
    int exit_code = code ? script_complain(&err) : import->refused ? EXIT_FAILED : EXIT_OK;
    if (fd > STDIN_FILENO)
        close(fd);
    stop_end(&import->stop);
    return exit_code;
}

static enum err_code take_words(struct import *import, const struct command_line *line, struct err *err)
{
    if (line->word_count > 1)
        return err_set(err, ERR_USAGE, "one file at a time: %.80s is one too many", line->words[1]);
    import->input = line->word_count ? line->words[0] : NULL;
    import->label = import->input && strcmp(import->input, "-") != 0 ? import->input : "standard input";
    if (import->scope && !import->scope[0])
        return err_set(err, ERR_USAGE, "--scope: is empty");
    if (!import->input && isatty(STDIN_FILENO))
        return err_set(err, ERR_USAGE, "which file? Standard input is this terminal (- reads from it)");
    return ERR_OK;
}

int cmd_import(int argc, char **argv)
{
    struct err err = {0};
    struct import import = {0};
    struct command_line line = command_line_of(&import_command, argc, argv);
    for (int option; (option = command_line_next(&line, &err)) != LINE_END;) {
        if (option < 0)
            return command_line_leave(&line, option, &err);
        if (option == IMPORT_DB)
            import.db = line.value;
        else
            import.scope = line.value;
    }
    if (take_words(&import, &line, &err))
        return command_line_refuse(&import_command, &err);
    return run_import(&import);
}
