/*
 * What a sweep deletes and keeps, and that to look beforehand writes nothing.
 */
#include "data/store/store_sweep.h"

#include "tests/support/stored.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct sweep_tally sweep(struct stored *f, int64_t before)
{
    struct store_sweep sweep = {.before = before};
    while (!sweep.is_done)
        assert_int_equal(store_sweep_some(f->store, &sweep, &f->err), ERR_OK);
    return sweep.gone;
}

static void test_sweep(void **state)
{
    struct stored *f = *state;
    struct sweep_tally tally;
    assert_int_equal(store_begin(f->store, &f->err), ERR_OK);
    for (int i = 0; i < 6 * STORE_SWEEP_MAX + 20; i++) {
        char id[16];
        snprintf(id, sizeof id, "r%d", i);
        history_run(f->history, (struct history_run){.id = id, .created_at = i / 2 + 1}); /* ties */
        history_call(f->history, id, (struct history_call){.id = id});
        history_question(f->history, id, (struct history_question){.id = id});
    }
    static const char *const open[] = {"running", "pending", "waiting_for_interaction", "of tomorrow"};
    for (int i = 0; i < 4; i++)
        history_run(f->history, (struct history_run){.id = open[i], .status = open[i], .created_at = 3 + i});
    assert_int_equal(store_commit(f->store, &f->err), ERR_OK);

    assert_int_equal(store_sweep_tally(f->store, 301, &tally, &f->err), ERR_OK);
    assert_int_equal(tally.runs, 600);
    assert_int_equal(tally.calls, 600);
    assert_int_equal(tally.questions, 600);
    assert_true(tally.oldest == 1 && tally.newest == 300);
    struct sweep_tally gone = sweep(f, 301);
    assert_memory_equal(&gone, &tally, sizeof gone);
    assert_int_equal(store_sweep_kept(f->store, 301, &tally, &f->err), ERR_OK);
    assert_int_equal(tally.runs, 4);
    assert_true(tally.oldest == 3 && tally.newest == 6);

    stored_expect(f, "SELECT count(*), min(created_at) FROM execution", "24|3");
    stored_expect(f, "SELECT count(*) FROM execution_tool_call", "20");
    stored_expect(f, "SELECT count(*) FROM execution_interaction", "20");
    stored_expect(
        f, "SELECT count(*) FROM execution_tool_call WHERE execution_id NOT IN (SELECT id FROM execution)",
        "0");
    assert_int_equal(sweep(f, 301).runs, 0);
    struct store_room room;
    assert_int_equal(store_read_room(f->store, &room, &f->err), ERR_OK);
    assert_true(room.unused > 0 && room.unused < room.total && room.unused % 4096 == 0);
}

static void check_preview(struct stored *f)
{
    struct sweep_tally ended, kept;
    assert_int_equal(store_sweep_preview(history_path(f->history), 20, &ended, &kept, &f->err), ERR_OK);
    assert_int_equal(ended.runs, 1);
    assert_int_equal(ended.calls, 1);
    assert_int_equal(ended.questions, 0);
    assert_int_equal(kept.runs, 1);
}

/* Beside a writer, and where nobody has the file open: then nothing is left beside it. */
static void test_sweep_preview_writes_nothing(void **state)
{
    struct stored *f = *state;
    struct stat before, after;
    char wal[300], shm[300];
    history_call(f->history, history_run(f->history, (struct history_run){.created_at = 10}),
                 (struct history_call){.path = "a.b"});
    history_run(f->history, (struct history_run){.created_at = 11, .status = "running"});
    history_run(f->history, (struct history_run){.created_at = 20});
    check_preview(f);
    history_close(f->history);
    assert_int_equal(stat(history_path(f->history), &before), 0);
    check_preview(f);
    assert_int_equal(stat(history_path(f->history), &after), 0);
    assert_memory_equal(&before.st_mtim, &after.st_mtim, sizeof before.st_mtim);
    snprintf(wal, sizeof wal, "%s-wal", history_path(f->history));
    snprintf(shm, sizeof shm, "%s-shm", history_path(f->history));
    assert_int_not_equal(access(wal, F_OK), 0);
    assert_int_not_equal(access(shm, F_OK), 0);

    struct sweep_tally ended, kept;
    assert_int_equal(store_sweep_preview("/no/such.db", 20, &ended, &kept, &f->err), ERR_NOT_FOUND);
    history_sql(f->history, "DROP TABLE execution_interaction");
    assert_int_equal(store_sweep_preview(history_path(f->history), 20, &ended, &kept, &f->err),
                     ERR_NO_TABLES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sweep, stored_set_up, stored_tear_down),
        cmocka_unit_test_setup_teardown(test_sweep_preview_writes_nothing, stored_set_up, stored_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
