/*
 * Who records a run: written, read back, and told dead from alive. The processes are real ones.
 */
#include "data/record/recorder.h"

#include "data/record/record_dead.h"
#include "tests/support/history.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A process that does nothing until it is killed, as a recorder. */
static pid_t start_other(struct recorder *other)
{
    int pipe_fds[2];
    assert_int_equal(pipe(pipe_fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        recorder_self(other);
        if (write(pipe_fds[1], other, sizeof *other) != sizeof *other)
            _exit(1);
        for (;;)
            pause();
    }
    assert_int_equal(read(pipe_fds[0], other, sizeof *other), sizeof *other);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    return pid;
}

static void reap(pid_t pid)
{
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static struct recorder read_back(const char *json)
{
    struct recorder recorder;
    assert_true(recorder_parse(text_of(json), &recorder));
    return recorder;
}

static void test_is_read_back(void **state)
{
    (void)state;
    struct recorder self;
    recorder_self(&self);
    assert_int_equal(self.pid, getpid());
    assert_true(self.start > 0 && self.pid_namespace > 0);
    assert_int_equal(strlen(self.boot_id), 36);
    assert_int_equal(strlen(self.machine), 16);
    assert_true(self.host[0]);
    struct buf meta;
    buf_init(&meta, 4096);
    buf_str(&meta, "{\"cwd\":\"/tmp\",\"recorder\":");
    recorder_write(&self, &meta);
    buf_str(&meta, ",\"x\":1}");
    struct recorder again = read_back(buf_cstr(&meta));
    assert_memory_equal(&again, &self, sizeof self);
    buf_release(&meta);
}

static void test_what_is_no_recorder(void **state)
{
    (void)state;
    static const char *const none[] = {
        "",
        "{}",
        "[1]",
        "{\"recorder\":7}",
        "{\"recorder\":{}}",
        "{\"recorder\":{\"pid\":0,\"bootId\":\"b\",\"machine\":\"m\"}}",
        "{\"recorder\":{\"pid\":1.5,\"bootId\":\"b\",\"machine\":\"m\"}}",
        "{\"recorder\":{\"pid\":12,\"machine\":\"m\"}}",
        "{\"recorder\":{\"pid\":12,\"bootId\":\"b\",\"machine\":\"0123456789abcdef0\"}}", /* too long */
        "{\"recorder\":{\"pid\":12,\"bootId\":\"b\",\"machine\":\"m\"",
        "{\"a\":{\"recorder\":{\"pid\":12,\"bootId\":\"b\",\"machine\":\"m\"}}}",
    };
    struct recorder recorder;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (recorder_parse(text_of(none[i]), &recorder))
            fail_msg("taken for a recorder: %s", none[i]);
    assert_false(recorder_parse(TEXT_NULL, &recorder));
    recorder = read_back("{\"recorder\":{\"pid\":12,\"bootId\":\"b\",\"machine\":\"m\",\"new\":[1,2]}}");
    assert_int_equal(recorder.pid, 12);
    assert_int_equal(recorder.start, 0);
}

static void test_alive_and_dead(void **state)
{
    (void)state;
    struct recorder self, other;
    recorder_self(&self);
    assert_int_equal(recorder_state(&self, &self), RECORDER_ALIVE);
    pid_t pid = start_other(&other);
    assert_int_equal(recorder_state(&self, &other), RECORDER_ALIVE);
    struct recorder earlier = other; /* the pid was somebody else's before */
    earlier.start--;
    assert_int_equal(recorder_state(&self, &earlier), RECORDER_DEAD);
    kill(pid, SIGSTOP);
    assert_int_equal(recorder_state(&self, &other), RECORDER_ALIVE);
    kill(pid, SIGKILL);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(recorder_state(&self, &other), RECORDER_DEAD); /* still listed */
    reap(pid);
    assert_int_equal(recorder_state(&self, &other), RECORDER_DEAD);
}

static void test_who_cannot_be_told(void **state)
{
    (void)state;
    struct recorder self, other;
    recorder_self(&self);
    other = self;
    other.machine[0] ^= 1;
    assert_int_equal(recorder_state(&self, &other), RECORDER_UNKNOWN);
    other.boot_id[0] ^= 1;
    assert_int_equal(recorder_state(&self, &other), RECORDER_UNKNOWN);
    other = self;
    other.boot_id[0] ^= 1;
    other.pid_namespace++;
    assert_int_equal(recorder_state(&self, &other), RECORDER_DEAD);
    other = self;
    other.pid_namespace++;
    assert_int_equal(recorder_state(&self, &other), RECORDER_UNKNOWN);
    other = self;
    other.start = 0;
    assert_int_equal(recorder_state(&self, &other), RECORDER_UNKNOWN);
    other = self;
    self.start = 0; /* /proc is not that of our processes */
    assert_int_equal(recorder_state(&self, &other), RECORDER_UNKNOWN);
    self.boot_id[0] = '\0';
    assert_int_equal(recorder_state(&self, &other), RECORDER_UNKNOWN);
}

static void test_scope(void **state)
{
    (void)state;
    struct recorder self = {.host = "build-7", .machine = "0123456789abcdef"};
    char scope[RECORDER_SCOPE];
    recorder_scope(&self, scope);
    assert_string_equal(scope, "build-7-01234567");
}

/* ---- runs that were left alone ---- */

static const char *abandoned_run(struct history *h, const struct recorder *recorder, const char *status)
{
    struct buf meta;
    buf_init(&meta, 4096);
    buf_str(&meta, "{\"recorder\":");
    recorder_write(recorder, &meta);
    buf_char(&meta, '}');
    const char *id = history_run(
        h, (struct history_run){.status = status, .trigger_meta = buf_cstr(&meta), .created_at = 5000});
    buf_release(&meta);
    return id;
}

static void expect(struct history *h, const char *sql, const char *id, const char *expected)
{
    sqlite3 *db;
    sqlite3_stmt *stmt;
    assert_int_equal(sqlite3_open(history_path(h), &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    sqlite3_bind_text(stmt, 1, id, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(stmt, 0), expected);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
}

static int64_t mark(struct history *h, int64_t now)
{
    struct err err;
    int64_t count;
    assert_int_equal(record_mark_abandoned(history_store(h), now, &count, &err), ERR_OK);
    return count;
}

#define FACTS                                                                                                \
    "SELECT status || ' ' || completed_at || ' ' || updated_at || ' ' || tool_call_count FROM execution "    \
    "WHERE id = ?1"

static void test_marks_what_is_abandoned(void **state)
{
    (void)state;
    struct history *h = history_new();
    struct recorder self, dead;
    recorder_self(&self);
    dead = self;
    dead.start--;
    const char *waiting = abandoned_run(h, &dead, "waiting_for_interaction");
    const char *alive = abandoned_run(h, &self, "running");
    const char *ended = abandoned_run(h, &dead, "completed");
    const char *foreign = history_run(h, (struct history_run){.status = "running"});
    const char *question = history_question(h, waiting, (struct history_question){.created_at = 6000});
    const char *call =
        history_call(h, waiting, (struct history_call){.status = "running", .started_at = 5500});
    const char *done = history_call(h, waiting, (struct history_call){.started_at = 5400, .duration = 7});
    assert_int_equal(mark(h, 9000), 1);
    expect(h, FACTS, waiting, "failed 9000 9000 2");
    expect(h, "SELECT substr(error_text, 1, 23) FROM execution WHERE id = ?1", waiting,
           "the recorder was killed");
    expect(h, "SELECT status || ' ' || updated_at FROM execution_interaction WHERE id = ?1", question,
           "cancelled 9000");
    expect(h,
           "SELECT status || ' ' || duration_ms || ' ' || substr(error_text, 1, 12) FROM execution_tool_call "
           "WHERE id = ?1",
           call, "failed 3500 the recorder");
    expect(h, "SELECT status || ' ' || duration_ms FROM execution_tool_call WHERE id = ?1", done,
           "completed 7");
    expect(h, "SELECT status FROM execution WHERE id = ?1", alive, "running");
    expect(h, "SELECT status FROM execution WHERE id = ?1", ended, "completed");
    expect(h, "SELECT status FROM execution WHERE id = ?1", foreign, "running");
    assert_int_equal(mark(h, 9001), 0);
    history_free(h);
}

/* A clock that was set back: the end is not before the beginning. */
static void test_marks_by_a_clock_that_stepped_back(void **state)
{
    (void)state;
    struct history *h = history_new();
    struct recorder dead;
    recorder_self(&dead);
    dead.start--;
    const char *id = abandoned_run(h, &dead, "running");
    assert_int_equal(mark(h, 4000), 1);
    expect(h, FACTS, id, "failed 5000 5000 0");
    history_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_read_back),
        cmocka_unit_test(test_what_is_no_recorder),
        cmocka_unit_test(test_alive_and_dead),
        cmocka_unit_test(test_who_cannot_be_told),
        cmocka_unit_test(test_scope),
        cmocka_unit_test(test_marks_what_is_abandoned),
        cmocka_unit_test(test_marks_by_a_clock_that_stepped_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
