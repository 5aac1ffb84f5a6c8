/*
 * See cmd_sweep.h. Made for a cron job on a machine that records: it takes turns with whoever writes, ends
 * between two steps when it is told to, and has nothing to complain of where nothing was recorded yet. Only
 * the file that record writes, unless one is named: an executor's own history is its executor's matter.
 */
#include "tui/cmd_sweep.h"

#include "data/base/clock.h"
#include "data/base/timefmt.h"
#include "data/record/record_dead.h"
#include "data/record/record_path.h"
#include "data/store/store_sweep.h"
#include "tui/script.h"
#include "tui/stop.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BUSY_MS = 10000, PATH_BYTES = 4096, SAID_MAX = 16 * 1024 };

enum { SWEEP_OLDER_THAN, SWEEP_DB, SWEEP_DRY_RUN };

static const struct command_option options[] = {
    [SWEEP_OLDER_THAN] = {"--older-than", NULL, "SPAN", "runs created longer ago than this: 30d, 12h, 8w"},
    [SWEEP_DB] = {"--db", NULL, "FILE", "the file to sweep (the one that record writes)"},
    [SWEEP_DRY_RUN] = {"--dry-run", NULL, NULL, "only say what would go; writes nothing"},
};

const struct command_info sweep_command = {
    .name = "sweep",
    .usage = "--older-than SPAN [--db FILE] [--dry-run]",
    .summary = "deletes recorded runs that are old",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .notes =
        "Deletes runs that have ended, with their tool calls and questions; runs that have not ended are "
        "kept.\n"
        "Runs whose recorder was killed on this machine are marked as failed first. The file does not "
        "become\n"
        "smaller: what is free in it is used for the next runs. (`sqlite3 FILE VACUUM` gives it back, while\n"
        "nobody records.) Without --db, a file that is not there is no error: nothing was recorded yet.\n"
        "An executor waits for no lock: stop it before you name its own file.\n"
        "\nExit codes: 0, 1 (the file cannot be read or written), 2 (usage).\n",
};

struct sweep {
    const char *db; /* borrowed; NULL where not named */
    char path[PATH_BYTES];
    int64_t span; /* 0: not given */
    bool is_dry;
    int64_t before;
    int64_t abandoned; /* runs that were marked */
    struct sweep_tally gone, kept;
    struct store_room room;
    struct stop stop;
};

/* ---- what is said ---- */

static void put_count(int64_t n, const char *what, struct buf *out)
{
    char number[TIME_TEXT];
    count_format(n, number);
    buf_printf(out, "%s %s%s", number, what, n == 1 ? "" : "s");
}

static void put_range(const struct sweep_tally *tally, struct buf *out)
{
    char text[TIME_TEXT];
    time_format_full(tally->oldest, TIME_LOCAL, text);
    buf_printf(out, "created %s", text);
    if (tally->newest == tally->oldest)
        return;
    time_format_full(tally->newest, TIME_LOCAL, text);
    buf_printf(out, " to %s", text);
}

static void put_gone(const struct sweep *sweep, struct buf *out)
{
    const struct sweep_tally *gone = &sweep->gone;
    buf_printf(out, "%s: ", sweep->path);
    if (!gone->runs) {
        buf_printf(out, "no run that has ended is older; %s\n",
                   sweep->is_dry ? "nothing would be deleted" : "nothing was deleted");
        return;
    }
    put_count(gone->runs, "run", out);
    buf_str(out, " (");
    put_count(gone->calls, "tool call", out);
    buf_str(out, ", ");
    put_count(gone->questions, "question", out);
    buf_str(out, "), ");
    put_range(gone, out);
    buf_printf(out, ", %s\n", sweep->is_dry ? "would be deleted" : "deleted");
}

static void put_kept(const struct sweep *sweep, struct buf *out)
{
    if (sweep->abandoned) {
        put_count(sweep->abandoned, "run", out);
        buf_str(out, " whose recorder is dead marked as failed\n");
    }
    if (!sweep->kept.runs)
        return;
    put_count(sweep->kept.runs, "run", out);
    buf_printf(out, " as old, but not ended, %s: ", sweep->is_dry ? "would be kept" : "kept");
    put_range(&sweep->kept, out);
    buf_char(out, '\n');
}

static void say(struct sweep *sweep)
{
    struct buf out;
    buf_init(&out, SAID_MAX);
    put_gone(sweep, &out);
    put_kept(sweep, &out);
    if (sweep->gone.runs && !sweep->is_dry && sweep->room.total)
        buf_printf(&out, "the file keeps its %.1f MB: %.1f MB of them are free for new runs\n",
                   (double)sweep->room.total / 1e6, (double)sweep->room.unused / 1e6);
    if (sweep->stop.caught)
        buf_str(&out, "stopped before the end: the next sweep goes on\n");
    fputs(buf_cstr(&out), stdout);
    fflush(stdout);
    buf_release(&out);
}

/* ---- what is done ---- */

static enum err_code mark_abandoned(struct sweep *sweep, struct store *store, struct err *err)
{
    int64_t some = RECORD_DEAD_MAX;
    enum err_code code = ERR_OK;
    while (!code && some == RECORD_DEAD_MAX && !stop_after(&sweep->stop, 0)) {
        code = record_mark_abandoned(store, time_now(), &some, err);
        sweep->abandoned += some;
    }
    return code;
}

/* Half of the time is everybody else's. */
static enum err_code delete_old(struct sweep *sweep, struct store *store, struct err *err)
{
    struct store_sweep state = {.before = sweep->before};
    enum err_code code = ERR_OK;
    int64_t pause = 0;
    while (!code && !state.is_done && !stop_after(&sweep->stop, (int)pause)) {
        int64_t started = clock_ms();
        code = store_sweep_some(store, &state, err);
        pause = clock_ms() - started;
        pause = pause < 2 ? 2 : pause > 100 ? 100 : pause;
    }
    sweep->gone = state.gone;
    return code;
}

static enum err_code sweep_file(struct sweep *sweep, struct err *err)
{
    struct store *store;
    enum err_code code = store_open(
        sweep->path, &(struct store_options){.busy_timeout_ms = BUSY_MS, .must_exist = true}, &store, err);
    if (code)
        return code;
    code = mark_abandoned(sweep, store, err);
    if (!code)
        code = delete_old(sweep, store, err);
    if (!code)
        code = store_sweep_kept(store, sweep->before, &sweep->kept, err);
    if (!code)
        code = store_read_room(store, &sweep->room, err);
    store_close(store);
    return code;
}

static enum err_code find_file(struct sweep *sweep, bool *is_there, struct err *err)
{
    struct buf path;
    buf_init(&path, PATH_BYTES - 1);
    enum err_code code = record_path_find(sweep->db, &path, err);
    if (!code)
        snprintf(sweep->path, sizeof sweep->path, "%s", buf_cstr(&path));
    buf_release(&path);
    *is_there = !code && (access(sweep->path, F_OK) == 0 || errno != ENOENT);
    if (!code && !*is_there && sweep->db)
        code = err_set(err, ERR_NOT_FOUND, "%s: no such file", sweep->path);
    return code;
}

static int run_sweep(struct sweep *sweep)
{
    struct err err = {0};
    bool is_there;
    enum err_code code = find_file(sweep, &is_there, &err);
    if (code)
        return script_complain(&err);
    if (!is_there) {
        printf("%s: is not there: nothing was recorded yet\n", sweep->path);
        return EXIT_OK;
    }
    sweep->before = time_now() - sweep->span;
    stop_begin(&sweep->stop);
    if (sweep->is_dry)
        code = store_sweep_preview(sweep->path, sweep->before, &sweep->gone, &sweep->kept, &err);
    else
        code = sweep_file(sweep, &err);
    if (!code || sweep->gone.runs)
        say(sweep);
    int exit_code = code ? script_complain(&err) : EXIT_OK;
    stop_end(&sweep->stop);
    return exit_code;
}

static enum err_code take_option(struct sweep *sweep, int option, const char *value, struct err *err)
{
    if (option == SWEEP_DB)
        sweep->db = value;
    else if (option == SWEEP_DRY_RUN)
        sweep->is_dry = true;
    else if (!span_parse(text_of(value), &sweep->span) || sweep->span <= 0)
        return err_set(err, ERR_USAGE, "--older-than %.80s: expected a span such as 30d, 12h or 8w", value);
    return ERR_OK;
}

int cmd_sweep(int argc, char **argv)
{
    struct err err = {0};
    struct sweep sweep = {0};
    struct command_line line = command_line_of(&sweep_command, argc, argv);
    for (int option; (option = command_line_next(&line, &err)) != LINE_END;) {
        if (option < 0)
            return command_line_leave(&line, option, &err);
        if (take_option(&sweep, option, line.value, &err))
            return command_line_refuse(&sweep_command, &err);
    }
    if (line.word_count)
        err_set(&err, ERR_USAGE, "sweep takes no %.80s: --db names the file", line.words[0]);
    else if (!sweep.span)
        err_set(&err, ERR_USAGE, "sweep needs --older-than SPAN");
    else
        return run_sweep(&sweep);
    return command_line_refuse(&sweep_command, &err);
}
