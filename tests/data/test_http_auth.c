/*
 * Where secrets come from, what they are refused for, and that they stay where they belong: no error repeats one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

#include "data/base/die.h"
#include "data/http/http_auth.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- a directory, an address and settings ---- */

struct place {
    char dir[64];
    char file[96], other[96];
    struct http_address *local, *tls, *remote;
};

static struct http_address *address_of(const char *host, bool is_tls, bool is_loopback)
{
    struct http_address *address = mem_new_array(1, sizeof *address);
    snprintf(address->host, sizeof address->host, "%s", host);
    address->port = is_tls ? 443 : 80;
    address->is_tls = is_tls;
    address->is_loopback = is_loopback;
    return address;
}

static int setup(void **state)
{
    struct place *place = mem_new_array(1, sizeof *place);
    snprintf(place->dir, sizeof place->dir, "/tmp/http-auth-XXXXXX");
    *state = place;
    if (!mkdtemp(place->dir))
        return -1;
    snprintf(place->file, sizeof place->file, "%s/file", place->dir);
    snprintf(place->other, sizeof place->other, "%s/other", place->dir);
    place->local = address_of("localhost", false, true);
    place->tls = address_of("runs.example.org", true, false);
    place->remote = address_of("runs.example.org", false, false);
    unsetenv("EXECUTOR_RUNS_TOKEN");
    unsetenv("NETRC");
    setenv("HOME", place->dir, 1);
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;
    unlink(place->file);
    unlink(place->other);
    char netrc[96];
    snprintf(netrc, sizeof netrc, "%s/.netrc", place->dir);
    unlink(netrc);
    int code = rmdir(place->dir);
    free(place->local);
    free(place->tls);
    free(place->remote);
    free(place);
    return code;
}

static void write_bytes(const char *path, const char *bytes, size_t n, mode_t mode)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static void write_file(const char *path, const char *text)
{
    write_bytes(path, text, strlen(text), 0600);
}

/* ---- one question ---- */

struct asked {
    struct http_credentials got;
    struct err err;
    enum err_code code;
    char origin[200];
};

static struct asked ask(const struct http_address *address, const struct http_settings *settings)
{
    struct asked asked = {.err = {ERR_OK, "", ""}};
    struct http_auth *auth = http_auth_new(address, settings);
    asked.code = http_auth_get(auth, NULL, &asked.got, &asked.err);
    const char *origin = http_auth_origin(auth);
    snprintf(asked.origin, sizeof asked.origin, "%s", origin ? origin : "");
    http_auth_free(auth);
    return asked;
}

static void assert_nothing(const struct http_credentials *got)
{
    assert_null(got->bearer);
    assert_null(got->user);
    assert_null(got->cookie);
    assert_null(got->cookie_file);
    assert_null(got->netrc_file);
}

static void assert_refused(const struct http_address *address, const struct http_settings *settings,
                           enum err_code code, const char *what)
{
    struct asked asked = ask(address, settings);
    if (asked.code != code || !strstr(asked.err.what, what))
        fail_msg("code %d, '%s' does not say '%s'", asked.code, asked.err.what, what);
    assert_int_equal(asked.err.code, code);
    assert_null(strstr(asked.err.what, "s3cret"));
    assert_null(strstr(asked.err.hint, "s3cret"));
    assert_nothing(&asked.got);
}

static void assert_bearer(const struct http_address *address, const struct http_settings *settings,
                          const char *bearer, const char *origin)
{
    struct asked asked = ask(address, settings);
    if (asked.code != ERR_OK)
        fail_msg("%s", asked.err.what);
    assert_string_equal(asked.got.bearer, bearer);
    assert_string_equal(asked.origin, origin);
    assert_null(asked.got.user);
    assert_null(asked.got.netrc_file);
    http_credentials_release(&asked.got);
    assert_nothing(&asked.got);
}

/* ---- tokens ---- */

static void test_nothing_is_set(void **state)
{
    struct place *place = *state;
    const struct http_settings nothing = {0};
    for (int i = 0; i < 2; i++) {
        struct asked asked = ask(place->remote, i ? &nothing : NULL);
        assert_int_equal(asked.code, ERR_OK);
        assert_nothing(&asked.got);
        assert_string_equal(asked.origin, "");
    }
}

static void test_the_environment_goes_first(void **state)
{
    struct place *place = *state;
    write_file(place->file, "from-file\n");
    struct http_settings settings = {
        .token_file = place->file, .token_command = "echo from-command", .user_file = "/nowhere"};
    setenv("EXECUTOR_RUNS_TOKEN", " from-environment \n", 1);
    assert_bearer(place->tls, &settings, "from-environment", "the token of $EXECUTOR_RUNS_TOKEN");
    setenv("EXECUTOR_RUNS_TOKEN", " ", 1);
    assert_refused(place->tls, &settings, ERR_NOT_FOUND, "the token of $EXECUTOR_RUNS_TOKEN is empty");
    setenv("EXECUTOR_RUNS_TOKEN", "", 1);
    char origin[200];
    snprintf(origin, sizeof origin, "the token in %s", place->file);
    assert_bearer(place->tls, &settings, "from-file", origin);
    settings.token_file = NULL;
    assert_bearer(place->tls, &settings, "from-command", "the token of token_command");
}

static void test_files_of_tokens(void **state)
{
    struct place *place = *state;
    struct http_settings settings = {.token_file = place->file};
    char origin[200];
    snprintf(origin, sizeof origin, "the token in %s", place->file);
    write_file(place->file, "\t to.ken== \r\nsecond line\n");
    assert_bearer(place->local, &settings, "to.ken==", origin);
    write_file(place->file, "no-end-of-line");
    assert_bearer(place->local, &settings, "no-end-of-line", origin);
    write_file(place->file, "\ns3cret\n");
    assert_refused(place->local, &settings, ERR_NOT_FOUND, "is empty");
    write_file(place->file, "s3cret\x1b[2J\n");
    assert_refused(place->local, &settings, ERR_IO, "control characters");
    write_bytes(place->file, "s3cret", 6, 0640);
    assert_refused(place->local, &settings, ERR_DENIED, "others can read it");
    write_bytes(place->file, "s3cret", 6, 0604);
    struct asked asked = ask(place->local, &settings);
    assert_non_null(strstr(asked.err.hint, "chmod 600"));
    char *big = mem_new_array(HTTP_SECRET_MAX + 1, 1);
    memset(big, 'x', HTTP_SECRET_MAX + 1);
    write_bytes(place->file, big, HTTP_SECRET_MAX + 1, 0600);
    assert_refused(place->local, &settings, ERR_TOO_BIG, "16385 bytes");
    free(big);
    settings.token_file = place->dir;
    assert_refused(place->local, &settings, ERR_IO, "not a plain file");
    settings.token_file = "/dev/zero";
    assert_refused(place->local, &settings, ERR_IO, "not a plain file");
    settings.token_file = "/nowhere/token";
    assert_refused(place->local, &settings, ERR_NOT_FOUND, "/nowhere/token");
    assert_int_equal(mkfifo(place->other, 0600), 0);
    settings.token_file = place->other;
    assert_refused(place->local, &settings, ERR_IO, "not a plain file");
}

/* ---- the others ---- */

static void test_user_and_password(void **state)
{
    struct place *place = *state;
    struct http_settings settings = {.user_file = place->file};
    write_file(place->file, "ann:pass: word \r\nmore\n");
    struct asked asked = ask(place->tls, &settings);
    assert_int_equal(asked.code, ERR_OK);
    assert_string_equal(asked.got.user, "ann:pass: word ");
    assert_null(asked.got.bearer);
    http_credentials_release(&asked.got);
    write_file(place->file, "s3cret\n");
    assert_refused(place->tls, &settings, ERR_IO, "user:password");
    write_bytes(place->file, "ann:s3cret\n", 11, 0644);
    assert_refused(place->tls, &settings, ERR_DENIED, "others can read it");
}

static void test_cookies(void **state)
{
    struct place *place = *state;
    struct http_settings settings = {.cookie_file = place->file};
    write_file(place->file, "# mine\n\na=1\r\nb=two words \n");
    struct asked asked = ask(place->tls, &settings);
    assert_int_equal(asked.code, ERR_OK);
    assert_string_equal(asked.got.cookie, "a=1; b=two words");
    assert_null(asked.got.cookie_file);
    http_credentials_release(&asked.got);
    write_file(place->file, "runs.example.org\tFALSE\t/\tTRUE\t0\tsid\ts3cret\n");
    asked = ask(place->tls, &settings);
    assert_int_equal(asked.code, ERR_OK);
    assert_string_equal(asked.got.cookie_file, place->file);
    assert_null(asked.got.cookie);
    http_credentials_release(&asked.got);
    static const char *const bad[] = {"", "# only a comment\n", "s3cret\n", "=s3cret\n", "a=s3cret\x01\n"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        write_file(place->file, bad[i]);
        assert_refused(place->tls, &settings, ERR_IO, "holds no cookies");
    }
    /* Beside a token, not in its place. */
    write_file(place->file, "a=1\n");
    setenv("EXECUTOR_RUNS_TOKEN", "t", 1);
    asked = ask(place->tls, &settings);
    assert_string_equal(asked.got.bearer, "t");
    assert_string_equal(asked.got.cookie, "a=1");
    http_credentials_release(&asked.got);
}

static void test_netrc(void **state)
{
    struct place *place = *state;
    char home_netrc[96], origin[200];
    struct http_settings settings = {.netrc_file = place->file};
    snprintf(home_netrc, sizeof home_netrc, "%s/.netrc", place->dir);
    snprintf(origin, sizeof origin, "the password in %s", home_netrc);
    write_file(place->file,
               "machine other.example login a password b\nmachine RUNS.example.org login a password b\n");
    struct asked asked = ask(place->tls, &settings);
    assert_string_equal(asked.got.netrc_file, place->file);
    http_credentials_release(&asked.got);
    asked = ask(place->local, &settings); /* not a word about this host */
    assert_int_equal(asked.code, ERR_OK);
    assert_nothing(&asked.got);
    assert_string_equal(asked.origin, "");
    settings.netrc_file = "/nowhere/netrc";
    assert_refused(place->tls, &settings, ERR_NOT_FOUND, "/nowhere/netrc");

    asked = ask(place->local, NULL); /* nobody named one, and there is none */
    assert_int_equal(asked.code, ERR_OK);
    assert_nothing(&asked.got);
    write_bytes(home_netrc, "default login a password b\n", 27, 0644);
    asked = ask(place->local, NULL);
    assert_string_equal(asked.got.netrc_file, home_netrc);
    assert_string_equal(asked.origin, origin);
    http_credentials_release(&asked.got);
    setenv("NETRC", place->file, 1);
    asked = ask(place->tls, NULL);
    assert_string_equal(asked.got.netrc_file, place->file);
    http_credentials_release(&asked.got);
}

/* ---- to whom ---- */

static void test_plain_http(void **state)
{
    struct place *place = *state;
    write_file(place->file, "ann:s3cret");
    const struct http_settings kinds[] = {
        {.token_file = "/nowhere"},  {.token_command = "touch /nowhere/ran"},
        {.user_file = place->file},  {.cookie_file = place->file},
        {.netrc_file = place->file},
    };
    for (size_t i = 0; i < COUNT(kinds); i++) {
        assert_refused(place->remote, &kinds[i], ERR_DENIED, "plain http");
        struct asked asked = ask(place->remote, &kinds[i]);
        assert_non_null(strstr(asked.err.hint, "plain_http = runs.example.org"));
    }
    setenv("EXECUTOR_RUNS_TOKEN", "s3cret", 1);
    assert_refused(place->remote, NULL, ERR_DENIED, "plain http");
    assert_bearer(place->local, NULL, "s3cret", "the token of $EXECUTOR_RUNS_TOKEN");
    static const char *const no[] = {"", "example.org", "runs.example.org.evil", "runs.example",
                                     "other, more"};
    static const char *const yes[] = {"runs.example.org", "other, RUNS.example.ORG", "a,runs.example.org,b"};
    struct http_settings settings = {0};
    for (size_t i = 0; i < COUNT(no); i++) {
        settings.plain_http = no[i];
        assert_refused(place->remote, &settings, ERR_DENIED, "plain http");
    }
    for (size_t i = 0; i < COUNT(yes); i++) {
        settings.plain_http = yes[i];
        assert_bearer(place->remote, &settings, "s3cret", "the token of $EXECUTOR_RUNS_TOKEN");
    }
}

static void test_a_netrc_that_nobody_named_stays_here(void **state)
{
    struct place *place = *state;
    write_file(place->file, "default login a password s3cret\n");
    setenv("NETRC", place->file, 1);
    struct asked asked = ask(place->remote, NULL);
    assert_int_equal(asked.code, ERR_OK);
    assert_nothing(&asked.got);
}

static void test_own_origin(void **state)
{
    struct place *place = *state;
    struct http_auth *auth = http_auth_new(place->tls, NULL);
    assert_true(http_auth_is_for(auth, true, "Runs.Example.Org", 443));
    assert_false(http_auth_is_for(auth, false, "runs.example.org", 443));
    assert_false(http_auth_is_for(auth, true, "runs.example.org", 8443));
    assert_false(http_auth_is_for(auth, true, "runs.example.org.", 443));
    assert_false(http_auth_is_for(auth, true, "evil.example.org", 443));
    http_auth_free(auth);
    struct http_address *six = address_of("::1", false, true);
    auth = http_auth_new(six, NULL);
    assert_true(http_auth_is_for(auth, false, "[::1]", 80));
    http_auth_free(auth);
    free(six);
}

/* ---- the command ---- */

static int read_pid(const char *path)
{
    char line[32] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    fclose(file);
    return (int)strtol(line, NULL, 10);
}

static void test_a_command(void **state)
{
    struct place *place = *state;
    char command[300];
    struct http_settings settings = {.token_command = command};
    snprintf(command, sizeof command,
             "printf '  s3cret \\nmore\\n'; echo noise >&2; cat; test ! -t 0 && test ! -t 2");
    assert_bearer(place->local, &settings, "s3cret", "the token of token_command");
    snprintf(command, sizeof command, "echo s3cret; exit 3");
    assert_refused(place->local, &settings, ERR_IO, "status 3");
    snprintf(command, sizeof command, "echo s3cret; kill -9 $$");
    assert_refused(place->local, &settings, ERR_IO, "signal 9");
    snprintf(command, sizeof command, "/nowhere/s3cret-program");
    assert_refused(place->local, &settings, ERR_NOT_FOUND, "status 127");
    snprintf(command, sizeof command, "true");
    assert_refused(place->local, &settings, ERR_NOT_FOUND, "is empty");
    snprintf(command, sizeof command, "yes s3cret");
    assert_refused(place->local, &settings, ERR_TOO_BIG, "more than a token");
    snprintf(command, sizeof command, "head -c 20000 /dev/zero");
    assert_refused(place->local, &settings, ERR_TOO_BIG, "more than a token");
    /* What stays behind with the pipe in its hand holds up nobody. */
    snprintf(command, sizeof command, "sleep 5 & echo $! > %s; echo s3cret", place->other);
    assert_bearer(place->local, &settings, "s3cret", "the token of token_command");
    int pid = read_pid(place->other);
    assert_true(pid > 1);
    assert_int_equal(kill(pid, SIGKILL), 0);
}

/* Nothing of ours is open in it: a listing of its descriptors has the standard ones, and the listing's own. */
static void test_a_command_inherits_nothing(void **state)
{
    struct place *place = *state;
    if (access("/proc/self/fd", X_OK)) {
        print_message("skipped: there is no /proc here\n");
        skip();
    }
    int leak = open("/dev/null", O_RDONLY); /* without O_CLOEXEC */
    assert_true(leak > 2);
    struct http_settings settings = {.token_command = "exec ls -m /proc/self/fd"};
    assert_bearer(place->local, &settings, "0, 1, 2, 3", "the token of token_command");
    close(leak);
    settings.token_command = "echo $(readlink /proc/$$/fd/0 /proc/$$/fd/2)";
    assert_bearer(place->local, &settings, "/dev/null /dev/null", "the token of token_command");
}

static void test_a_command_that_hangs(void **state)
{
    struct place *place = *state;
    char command[300];
    struct http_settings settings = {.token_command = command, .timeout_ms = 200};
    /* A child of the shell, which must go with it. */
    snprintf(command, sizeof command, "sleep 30 & echo $! > %s; wait", place->other);
    assert_refused(place->local, &settings, ERR_IO, "did not end within");
    int pid = read_pid(place->other);
    assert_true(pid > 1);
    /* It is gone, or a zombie that waits for whoever adopts orphans here. */
    char path[64], stat_line[256] = "", *end;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    for (int tries = 0; tries < 2000 && kill(pid, 0) == 0; tries++) {
        FILE *file = fopen(path, "r");
        if (file) {
            end = fgets(stat_line, sizeof stat_line, file);
            fclose(file);
            if (end && strstr(stat_line, ") Z "))
                return;
        }
        usleep(1000);
    }
    assert_int_equal(kill(pid, 0), -1);
}

struct waiter {
    struct http_auth *auth;
    struct cancel cancel;
    struct http_credentials got;
    struct err err;
    enum err_code code;
    pthread_t thread;
};

static void *wait_for_token(void *context)
{
    struct waiter *waiter = context;
    waiter->code = http_auth_get(waiter->auth, &waiter->cancel, &waiter->got, &waiter->err);
    return NULL;
}

static void test_cancelled_while_it_runs(void **state)
{
    struct place *place = *state;
    char command[300];
    struct http_settings settings = {.token_command = command};
    snprintf(command, sizeof command, "echo x > %s; sleep 30", place->other);
    struct waiter waiters[2] = {{0}, {0}};
    struct http_auth *auth = http_auth_new(place->local, &settings);
    waiters[0].auth = waiters[1].auth = auth;
    pthread_create(&waiters[0].thread, NULL, wait_for_token, &waiters[0]);
    while (access(place->other, F_OK))
        usleep(1000);
    pthread_create(&waiters[1].thread, NULL, wait_for_token, &waiters[1]);
    usleep(5000);                  /* it most likely waits by now */
    for (int i = 1; i >= 0; i--) { /* who waits goes first, while it still runs */
        atomic_store(&waiters[i].cancel.requested, true);
        pthread_join(waiters[i].thread, NULL);
        assert_int_equal(waiters[i].code, ERR_CANCELLED);
        assert_nothing(&waiters[i].got);
    }
    http_auth_free(auth);
}

/* Several ask at once: one runs it, all get what it said, be it a token or a failure. */
static void asked_by_many(struct place *place, const char *end, enum err_code code)
{
    enum { MANY = 4 };
    char command[400];
    struct http_settings settings = {.token_command = command};
    snprintf(command, sizeof command, "echo x >> %s; sleep 0.2; echo $(wc -l < %s); %s", place->other,
             place->other, end);
    write_file(place->other, "");
    struct waiter waiters[MANY] = {{0}};
    struct http_auth *auth = http_auth_new(place->local, &settings);
    waiters[0].auth = auth;
    pthread_create(&waiters[0].thread, NULL, wait_for_token, &waiters[0]);
    struct stat about = {0};
    while (stat(place->other, &about) || !about.st_size)
        usleep(1000);
    for (int i = 1; i < MANY; i++) {
        waiters[i].auth = auth;
        pthread_create(&waiters[i].thread, NULL, wait_for_token, &waiters[i]);
    }
    for (int i = 0; i < MANY; i++) {
        pthread_join(waiters[i].thread, NULL);
        assert_int_equal(waiters[i].code, code);
        if (code == ERR_OK)
            assert_string_equal(waiters[i].got.bearer, "1");
        else
            assert_non_null(strstr(waiters[i].err.what, "status 4"));
        http_credentials_release(&waiters[i].got);
    }
    assert_int_equal(stat(place->other, &about), 0);
    assert_int_equal(about.st_size, 2);
    http_auth_free(auth);
}

static void test_many_ask(void **state)
{
    asked_by_many(*state, "exit 0", ERR_OK);
    asked_by_many(*state, "exit 4", ERR_IO);
}

static void test_expire(void **state)
{
    struct place *place = *state;
    struct http_settings settings = {.token_file = place->file};
    struct http_credentials got;
    write_file(place->file, "one\n");
    struct http_auth *auth = http_auth_new(place->local, &settings);
    assert_int_equal(http_auth_get(auth, NULL, &got, NULL), ERR_OK);
    http_credentials_release(&got);
    write_file(place->file, "two\n");
    assert_int_equal(http_auth_get(auth, NULL, &got, NULL), ERR_OK);
    assert_string_equal(got.bearer, "one"); /* read once */
    http_credentials_release(&got);
    assert_true(http_auth_expire(auth));
    assert_int_equal(http_auth_get(auth, NULL, &got, NULL), ERR_OK);
    assert_string_equal(got.bearer, "two");
    http_credentials_release(&got);
    assert_true(http_auth_expire(auth));
    unlink(place->file);
    assert_int_equal(http_auth_get(auth, NULL, &got, NULL), ERR_NOT_FOUND);
    write_file(place->file, "three\n");
    assert_int_equal(http_auth_get(auth, NULL, &got, NULL), ERR_OK); /* and asked again after a failure */
    assert_string_equal(got.bearer, "three");
    http_credentials_release(&got);
    http_auth_free(auth);
    setenv("EXECUTOR_RUNS_TOKEN", "t", 1);
    auth = http_auth_new(place->local, &settings);
    assert_false(http_auth_expire(auth)); /* the environment stays as it is */
    http_auth_free(auth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_is_set, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_environment_goes_first, setup, teardown),
        cmocka_unit_test_setup_teardown(test_files_of_tokens, setup, teardown),
        cmocka_unit_test_setup_teardown(test_user_and_password, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cookies, setup, teardown),
        cmocka_unit_test_setup_teardown(test_netrc, setup, teardown),
        cmocka_unit_test_setup_teardown(test_plain_http, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_netrc_that_nobody_named_stays_here, setup, teardown),
        cmocka_unit_test_setup_teardown(test_own_origin, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_command, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_command_inherits_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_command_that_hangs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cancelled_while_it_runs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_ask, setup, teardown),
        cmocka_unit_test_setup_teardown(test_expire, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
