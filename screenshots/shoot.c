/*
 * usage: shoot SCENES PROGRAM HOME NAME OUT
 *
 * Plays one scene with the real program in a real terminal of the emulator and writes OUT/NAME.png and OUT/NAME.svg. HOME is
 * the program's home directory, so that a picture shows ~/.executor/data.db and not a path of the machine it was made on.
 */
#include "data/base/die.h"
#include "screenshots/render.h"
#include "screenshots/scene.h"
#include "tests/support/api_server.h"
#include "tests/support/pty.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { QUIET = 250, PATH_TEXT = 512 };

struct shoot {
    const char *program;
    char home[PATH_TEXT];
    struct scene scene;
    struct api_server *server; /* NULL where the scene has none */
    const char *env[SCENE_ENV + 2];
};

static void serve(struct shoot *shoot)
{
    char path[PATH_TEXT];
    snprintf(path, sizeof path, "%s/.executor/data.db", shoot->home + strlen("HOME="));
    shoot->server = api_server_start_at(path, shoot->scene.port);
}

static struct pty *start(struct shoot *shoot)
{
    struct scene *scene = &shoot->scene;
    int count = 0;
    shoot->env[count++] = shoot->home;
    for (int i = 0; i < scene->env_count; i++)
        shoot->env[count++] = scene->env[i];

    const char *argv[SCENE_WORDS + 2] = {shoot->program};
    scene_split(scene->args, argv + 1);
    return pty_start(&(struct pty_options){
        .argv = argv,
        .cols = scene->cols,
        .rows = scene->rows,
        .has_true_colour = scene->has_true_colour,
        .env = shoot->env,
    });
}

/* ~ is the home of the scene. */
static void write_homes(const struct shoot *shoot, const char **words, char paths[][PATH_TEXT])
{
    for (int i = 0; words[i]; i++) {
        if (words[i][0] != '~')
            continue;
        snprintf(paths[i], PATH_TEXT, "%s%s", shoot->home + strlen("HOME="), words[i] + 1);
        words[i] = paths[i];
    }
}

static bool unserve(struct shoot *shoot)
{
    if (shoot->server)
        api_server_suspend(shoot->server);
    return shoot->server != NULL;
}

/* The program once more, beside the one on the screen: a writer. */
static bool run_beside(struct shoot *shoot, char *line)
{
    const char *argv[SCENE_WORDS + 2] = {shoot->program};
    char paths[SCENE_WORDS][PATH_TEXT];
    scene_split(line, argv + 1);
    write_homes(shoot, argv + 1, paths);
    pid_t pid;
    int status;
    char *const *words = (char *const *)(uintptr_t)argv;
    char *const *env = (char *const *)(uintptr_t)shoot->env;
    return posix_spawn(&pid, shoot->program, NULL, NULL, words, env) == 0 &&
           waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool take_step(struct shoot *shoot, struct pty *pty, struct step *step)
{
    switch (step->kind) {
    case STEP_KEYS: pty_keys(pty, step->value); return pty_wait_idle(pty, QUIET, PTY_SOON);
    case STEP_WAIT: return pty_wait_text(pty, step->value, PTY_SOON);
    case STEP_GONE: return pty_wait_gone(pty, step->value, PTY_SOON);
    case STEP_RUN: return run_beside(shoot, step->value);
    case STEP_UNSERVE: return unserve(shoot);
    }
    return false;
}

static bool play(struct shoot *shoot, struct pty *pty)
{
    for (int i = 0; i < shoot->scene.step_count; i++) {
        struct step *step = &shoot->scene.steps[i];
        if (take_step(shoot, pty, step))
            continue;
        fprintf(stderr, "shoot: in vain: %s\n", step->value);
        pty_dump(pty, stderr);
        return false;
    }
    return pty_wait_idle(pty, QUIET, PTY_SOON);
}

static bool render(struct pty *pty, const char *out, const char *name)
{
    char path[PATH_TEXT];
    snprintf(path, sizeof path, "%s/%s.png", out, name);
    bool is_written = render_png(pty_screen(pty), path);
    snprintf(path, sizeof path, "%s/%s.svg", out, name);
    return render_svg(pty_screen(pty), path) && is_written;
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: shoot SCENES PROGRAM HOME NAME OUT\n");
        return 2;
    }
    struct shoot *shoot = mem_new_array(1, sizeof *shoot);
    shoot->program = argv[2];
    snprintf(shoot->home, sizeof shoot->home, "HOME=%s", argv[3]);
    bool is_done = scene_read(argv[1], argv[4], &shoot->scene);
    if (is_done) {
        if (shoot->scene.port)
            serve(shoot);
        struct pty *pty = start(shoot);
        is_done = play(shoot, pty) && render(pty, argv[5], argv[4]);
        pty_free(pty);
        api_server_stop(shoot->server);
    }
    free(shoot);
    return is_done ? 0 : 1;
}
