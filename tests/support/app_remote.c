/* See app_remote.h. */
#include "tests/support/app_remote.h"

#include "data/base/die.h"
#include "tests/support/pty_expect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ENV_MAX = 8 };

static void write_line(const char *dir, const char *line)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/executor-runs/config", dir);
    FILE *file = fopen(path, "a");
    if (!file || fprintf(file, "%s\n", line) < 0 || fclose(file) != 0)
        die("tests: %s: %s", path, strerror(errno));
}

struct app_remote *app_remote_new(void)
{
    struct app_remote *remote = mem_new_array(1, sizeof *remote);
    remote->history = history_new();
    app_fill(remote->history);
    remote->server = api_server_start(history_path(remote->history));
    const char *dir = history_dir(remote->history);
    char path[4200];
    snprintf(path, sizeof path, "%s/executor-runs", dir);
    if (mkdir(path, 0700) != 0)
        die("tests: %s: %s", path, strerror(errno));
    snprintf(remote->settings, sizeof remote->settings, "XDG_CONFIG_HOME=%s", dir);
    write_line(dir, "poll = 1s");
    return remote;
}

void app_remote_free(struct app_remote *remote)
{
    if (!remote)
        return;
    api_server_stop(remote->server);
    history_free(remote->history);
    free(remote);
}

void app_remote_set(struct app_remote *remote, const char *line)
{
    write_line(history_dir(remote->history), line);
}

struct pty *app_remote_start_at(const struct app_remote *remote, const char *behind,
                                const struct app_options *options)
{
    char address[1024];
    const char *env[ENV_MAX + 2] = {remote->settings};
    struct app_options with_settings = *options;
    for (int i = 0; options->env && options->env[i] && i < ENV_MAX; i++)
        env[i + 1] = options->env[i];
    with_settings.env = env;
    snprintf(address, sizeof address, "%s%s", api_server_url(remote->server), behind ? behind : "");
    return app_start_file(address, &with_settings);
}

struct pty *app_remote_start(const struct app_remote *remote, const struct app_options *options)
{
    return app_remote_start_at(remote, NULL, options);
}

void app_remote_expect_runs_(struct pty *pty, const char *count, const char *file, int line)
{
    char text[64];
    snprintf(text, sizeof text, " %s runs", count);
    pty_expect_line_(pty, 0, text, file, line);
    pty_expect_gone_(pty, "counting", file, line);
    pty_expect_idle_(pty, file, line);
}
