/*
 * The config file, the remembered state and the choice of the source: all that the program reads and writes of its own. Every test has a
 * home of its own below $TMPDIR.
 */
#include "data/base/files.h"
#include "tui/config.h"
#include "tui/source_path.h"
#include "tui/state_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATH_LENGTH = 512 };

struct home {
    char path[PATH_LENGTH];
};

static int make_home(void **state)
{
    struct home *home = calloc(1, sizeof *home);
    const char *tmp = getenv("TMPDIR");
    snprintf(home->path, sizeof home->path, "%s/test-config-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(home->path));
    setenv("HOME", home->path, 1);
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("XDG_STATE_HOME");
    unsetenv("XDG_DATA_HOME");
    unsetenv("EXECUTOR_RUNS_SOURCE");
    unsetenv("EXECUTOR_DATA_DIR");
    *state = home;
    return 0;
}

static void below(const struct home *home, const char *name, char out[2 * PATH_LENGTH])
{
    snprintf(out, 2 * PATH_LENGTH, "%s/%s", home->path, name);
}

static int drop_home(void **state)
{
    struct home *home = *state;
    static const char *const files[] = {".config/executor-runs/config",
                                        ".config/executor-runs/keys",
                                        ".config/executor-runs",
                                        ".config",
                                        ".local/state/executor-runs/state",
                                        ".local/state/executor-runs",
                                        ".local/state",
                                        ".local/share/executor-runs/runs.db",
                                        ".local/share/executor-runs",
                                        ".local/share",
                                        ".local",
                                        ".executor/data.db",
                                        ".executor",
                                        "data.db"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[2 * PATH_LENGTH];
        below(home, files[i], path);
        remove(path);
    }
    int left = rmdir(home->path); /* anything more in it was not asked for */
    free(home);
    return left;
}

static void put_file(const struct home *home, const char *name, const char *content)
{
    char path[2 * PATH_LENGTH];
    struct err err;
    below(home, name, path);
    assert_int_equal(files_replace(path, text_of(content), &err), ERR_OK);
}

/* ---- config ---- */

static void test_defaults(void **state)
{
    (void)state;
    struct config config;
    struct buf complaints;
    buf_init(&complaints, 4096);
    config_load(&config, &complaints);
    assert_int_equal(complaints.len, 0);
    assert_null(config.source);
    assert_false(config.is_vim);
    assert_true(config.has_rail && config.has_cache);
    assert_int_equal(config.time, TIME_LOCAL);
    config_release(&config);
    buf_release(&complaints);
}

static void test_every_setting_is_read(void **state)
{
    put_file(*state, ".config/executor-runs/config",
             "# mine\n"
             "source = ~/runs/file#1.db   # a comment\r\n"
             "scope=acme-1\n"
             "filter = status:failed after:1h\n"
             "  keys = vim\n"
             "time = utc\n"
             "fields = status,code\n"
             "live = yes\n"
             "rail = no\n"
             "cache = no\n"
             "mouse = on\n"
             "ascii = true\n");
    struct config config;
    struct buf complaints;
    buf_init(&complaints, 4096);
    config_load(&config, &complaints);
    assert_string_equal(buf_cstr(&complaints), "");
    char source[2 * PATH_LENGTH];
    below(*state, "runs/file#1.db", source);
    assert_string_equal(config.source, source);
    assert_string_equal(config.scope, "acme-1");
    assert_string_equal(config.filter, "status:failed after:1h");
    assert_string_equal(config.fields, "status,code");
    assert_true(config.is_vim && config.is_live && config.has_mouse && config.is_ascii);
    assert_false(config.has_rail || config.has_cache);
    assert_int_equal(config.time, TIME_IN_UTC);
    config_release(&config);
    buf_release(&complaints);
}

static void test_where_the_secrets_of_a_remote_source_stand(void **state)
{
    put_file(*state, ".config/executor-runs/config",
             "token_file = ~/secret/token\n"
             "token_command = pass show executor/token\n"
             "user_file = ~/user\n"
             "cookie_file = /etc/cookies\n"
             "netrc_file = ~/netrc\n"
             "cacert = ~/ca.pem\n"
             "plain_http = inner.example.org,10.0.0.7\n"
             "timeout = 90s\n"
             "poll = 1m\n");
    struct config config;
    struct buf complaints;
    buf_init(&complaints, 4096);
    config_load(&config, &complaints);
    assert_string_equal(buf_cstr(&complaints), "");
    struct http_settings http = config_http(&config, NULL);
    char path[2 * PATH_LENGTH];
    below(*state, "secret/token", path);
    assert_string_equal(http.token_file, path);
    assert_string_equal(http.token_command, "pass show executor/token");
    below(*state, "user", path);
    assert_string_equal(http.user_file, path);
    assert_string_equal(http.cookie_file, "/etc/cookies");
    below(*state, "netrc", path);
    assert_string_equal(http.netrc_file, path);
    below(*state, "ca.pem", path);
    assert_string_equal(http.cacert, path);
    assert_string_equal(http.plain_http, "inner.example.org,10.0.0.7");
    assert_int_equal(http.timeout_ms, 90 * SECOND_MS);
    assert_int_equal(http.poll_ms, MINUTE_MS);
    assert_string_equal(config_http(&config, "/other.pem").cacert, "/other.pem");
    config_release(&config);
    buf_release(&complaints);
}

static void test_nothing_is_set_for_a_remote_source(void **state)
{
    (void)state;
    struct config config;
    config_init(&config);
    struct http_settings http = config_http(&config, NULL), none = {0};
    assert_memory_equal(&http, &none, sizeof http);
    config_release(&config);
}

static void assert_config_mistake(const char *text, unsigned line, const char *part)
{
    struct config config;
    struct report report;
    config_init(&config);
    config_read(&config, text_of(text), &report);
    assert_int_equal(report.count, 1);
    if (report.mistakes[0].line != line || !strstr(report.mistakes[0].what, part))
        fail_msg("line %u: %s", report.mistakes[0].line, report.mistakes[0].what);
    config_release(&config);
}

static void test_config_mistakes(void **state)
{
    (void)state;
    assert_config_mistake("\ntiem = utc", 2, "unknown setting 'tiem': did you mean time?");
    assert_config_mistake("time = mars", 1, "time is local, utc or relative");
    assert_config_mistake("keys = emacs", 1, "keys is default or vim");
    assert_config_mistake("live = maybe", 1, "live is yes or no");
    assert_config_mistake("live", 1, "key = value");
    assert_config_mistake("timeout = soon", 1, "timeout is a time from 1s to 24h");
    assert_config_mistake("poll = 10ms", 1, "poll is a time from 1s to 24h");
    assert_config_mistake("poll = 2d", 1, "poll is a time from 1s to 24h");
}

static void test_good_lines_count_beside_mistakes(void **state)
{
    put_file(*state, ".config/executor-runs/config", "nonsense\nkeys = vim\n");
    put_file(*state, ".config/executor-runs/keys", "list x sort\nlist x live\n");
    struct config config;
    struct buf complaints;
    buf_init(&complaints, 4096);
    config_load(&config, &complaints);
    assert_true(config.is_vim);
    assert_non_null(strstr(buf_cstr(&complaints), "executor-runs/config:1: a line is: key = value\n"));
    struct keymap keymap;
    buf_clear(&complaints);
    config_load_keys(config.is_vim, &keymap, &complaints);
    assert_non_null(strstr(buf_cstr(&complaints), "executor-runs/keys:2: x in list is already sort"));
    const struct key_chain list = KEY_CHAIN(CONTEXT_LIST, CONTEXT_EVERYWHERE);
    assert_int_equal(keymap_lookup(&keymap, &list, key_char('x', 0)), COMMAND_SORT);
    assert_int_equal(keymap_lookup(&keymap, &list, key_char('j', 0)), COMMAND_MOVE_DOWN);
    config_release(&config);
    buf_release(&complaints);
}

static void test_documents_list_every_setting(void **state)
{
    (void)state;
    assert_string_equal(config_rows()[SETTING_SOURCE].word, "source");
    for (int i = 0; i < SETTING_COUNT; i++)
        assert_true(config_rows()[i].help[0]);
}

/* ---- files ---- */

static void test_xdg_places(void **state)
{
    (void)state;
    struct buf path;
    buf_init(&path, 4096);
    setenv("XDG_CONFIG_HOME", "/somewhere/conf", 1);
    assert_true(files_config_path("keys", &path));
    assert_string_equal(buf_cstr(&path), "/somewhere/conf/executor-runs/keys");
    buf_clear(&path);
    setenv("XDG_STATE_HOME", "relative/does/not/count", 1);
    setenv("HOME", "/home/x", 1);
    assert_true(files_state_path("state", &path));
    assert_string_equal(buf_cstr(&path), "/home/x/.local/state/executor-runs/state");
    unsetenv("HOME");
    assert_false(files_state_path("state", &path));
    buf_release(&path);
}

static void test_a_file_is_private_and_replaced_whole(void **state)
{
    put_file(*state, ".local/state/executor-runs/state", "a long first content\n");
    put_file(*state, ".local/state/executor-runs/state", "short");
    char path[2 * PATH_LENGTH];
    below(*state, ".local/state/executor-runs/state", path);
    struct stat facts;
    assert_int_equal(stat(path, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
    struct buf content;
    struct err err;
    buf_init(&content, 100);
    assert_int_equal(files_read(path, &content, &err), ERR_OK);
    assert_string_equal(buf_cstr(&content), "short");
    buf_release(&content);
    buf_init(&content, 4);
    assert_int_equal(files_read(path, &content, &err), ERR_TOO_BIG);
    buf_release(&content);
}

/* ---- state ---- */

static void test_state_comes_back(void **state)
{
    (void)state;
    struct saved_state saved, later;
    struct err err;
    saved_state_load(&saved);
    assert_null(saved.fields);
    assert_int_equal(saved_state_add_filter(&saved, TEXT_LIT("status:failed"), &err), ERR_OK);
    assert_int_equal(saved_state_add_filter(&saved, TEXT_LIT("tool:a"), &err), ERR_OK);
    assert_int_equal(saved_state_add_filter(&saved, TEXT_LIT("status:failed"), &err), ERR_OK);
    assert_int_equal(saved_state_set_fields(&saved, TEXT_LIT("via,code"), &err), ERR_OK);
    saved_state_load(&later);
    assert_string_equal(later.fields, "via,code");
    assert_int_equal(later.filter_count, 2);
    assert_string_equal(later.filters[0], "tool:a");
    assert_string_equal(later.filters[1], "status:failed");
    saved_state_release(&later);
    saved_state_release(&saved);
}

static void test_two_screens_keep_each_others_filters(void **state)
{
    (void)state;
    struct saved_state one, two;
    struct err err;
    saved_state_load(&one);
    saved_state_load(&two);
    assert_int_equal(saved_state_add_filter(&one, TEXT_LIT("one"), &err), ERR_OK);
    assert_int_equal(saved_state_add_filter(&two, TEXT_LIT("two"), &err), ERR_OK);
    assert_int_equal(two.filter_count, 2);
    assert_string_equal(two.filters[0], "one");
    saved_state_release(&one);
    saved_state_release(&two);
}

static void test_state_is_bounded_and_skips_what_no_line_holds(void **state)
{
    (void)state;
    struct saved_state saved;
    saved_state_init(&saved);
    struct buf text;
    buf_init(&text, 1 << 20);
    buf_str(&text, "garbage\nfuture = thing\nfilter = \n");
    for (int i = 0; i < STATE_FILTERS_MAX + 5; i++)
        buf_printf(&text, "filter = id:%d\n", i);
    buf_str(&text, "filter = ");
    buf_fill(&text, 'x', STATE_LINE_MAX + 1);
    saved_state_read(&saved, buf_as_text(&text));
    assert_int_equal(saved.filter_count, STATE_FILTERS_MAX);
    assert_string_equal(saved.filters[0], "id:5");
    buf_release(&text);
    struct err err;
    assert_int_equal(saved_state_add_filter(&saved, TEXT_LIT("two\nlines"), &err), ERR_OK);
    assert_string_equal(saved.filters[STATE_FILTERS_MAX - 1], "id:204");
    saved_state_release(&saved);
}

static void test_without_a_home_only_memory_remembers(void **state)
{
    (void)state;
    struct saved_state saved;
    struct err err;
    char *home = strdup(getenv("HOME"));
    unsetenv("HOME");
    saved_state_load(&saved);
    assert_int_equal(saved_state_add_filter(&saved, TEXT_LIT("one"), &err), ERR_NOT_FOUND);
    assert_int_equal(saved_state_add_filter(&saved, TEXT_LIT("two"), &err), ERR_NOT_FOUND);
    assert_int_equal(saved.filter_count, 2);
    saved_state_release(&saved);
    setenv("HOME", home, 1);
    free(home);
}

/* ---- the source ---- */

static void assert_source(const char *argument, const char *configured, const char *expected)
{
    struct buf path;
    struct err err;
    buf_init(&path, 4096);
    assert_int_equal(source_path_find(argument, configured, &path, &err), ERR_OK);
    assert_string_equal(buf_cstr(&path), expected);
    buf_release(&path);
}

static void test_source_by_precedence(void **state)
{
    char file[2 * PATH_LENGTH];
    put_file(*state, ".local/share/executor-runs/runs.db", "");
    below(*state, ".local/share/executor-runs/runs.db", file);
    assert_source(NULL, NULL, file); /* what was recorded here */
    put_file(*state, ".executor/data.db", "");
    below(*state, ".executor/data.db", file);
    assert_source(NULL, NULL, file);
    put_file(*state, "data.db", "");
    setenv("EXECUTOR_DATA_DIR", ((struct home *)*state)->path, 1);
    below(*state, "data.db", file);
    assert_source(NULL, NULL, file);
    assert_source(NULL, "configured.db", "configured.db");
    setenv("EXECUTOR_RUNS_SOURCE", "variable.db", 1);
    assert_source(NULL, "configured.db", "variable.db");
    assert_source("argument.db", "configured.db", "argument.db");
    setenv("EXECUTOR_RUNS_SOURCE", "", 1);
    assert_source("", "configured.db", "configured.db");
}

static void assert_no_source(const char *looked_for)
{
    struct buf path;
    struct err err;
    buf_init(&path, 4096);
    assert_int_equal(source_path_find(NULL, NULL, &path, &err), ERR_NOT_FOUND);
    if (!strstr(err.what, looked_for))
        fail_msg("%s", err.what);
    assert_non_null(strstr(err.hint, "executor-runs demo demo.db"));
    buf_release(&path);
}

static void test_no_source_says_what_was_looked_for(void **state)
{
    assert_no_source("/.executor/data.db, nor ");
    assert_no_source("/.local/share/executor-runs/runs.db");
    /* A data directory that was named is not replaced by another one. */
    put_file(*state, ".executor/data.db", "");
    put_file(*state, ".local/share/executor-runs/runs.db", "");
    setenv("EXECUTOR_DATA_DIR", "/nowhere", 1);
    assert_no_source("/nowhere/data.db ($EXECUTOR_DATA_DIR)");
}

#define IN_HOME(test) cmocka_unit_test_setup_teardown(test, make_home, drop_home)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_HOME(test_defaults),
        IN_HOME(test_every_setting_is_read),
        IN_HOME(test_where_the_secrets_of_a_remote_source_stand),
        IN_HOME(test_nothing_is_set_for_a_remote_source),
        IN_HOME(test_config_mistakes),
        IN_HOME(test_good_lines_count_beside_mistakes),
        IN_HOME(test_documents_list_every_setting),
        IN_HOME(test_xdg_places),
        IN_HOME(test_a_file_is_private_and_replaced_whole),
        IN_HOME(test_state_comes_back),
        IN_HOME(test_two_screens_keep_each_others_filters),
        IN_HOME(test_state_is_bounded_and_skips_what_no_line_holds),
        IN_HOME(test_without_a_home_only_memory_remembers),
        IN_HOME(test_source_by_precedence),
        IN_HOME(test_no_source_says_what_was_looked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
