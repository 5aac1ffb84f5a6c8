/*
 * A scene: how a picture comes about. scenes.txt is read line by line; the first word says what the line is, the rest of
 * it is the value. Lines in front of the first scene hold for every scene.
 *
 *     scene NAME          begins one                      size 120x36
 *     args WORDS          of the program, split at blanks  env NAME=VALUE     true-colour
 *     serve PORT          a server on loopback with the history, there before the program is
 *     keys KEYS           as of pty_keys()                 wait TEXT          gone TEXT
 *     run WORDS           the program once more, with these arguments, until it ends; ~ is its home
 *     unserve             the server goes
 *
 * Steps (keys, wait, gone, run, unserve) are taken in the order of the lines. # begins a comment.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { SCENE_STEPS = 48, SCENE_WORDS = 24, SCENE_ENV = 12, SCENE_LINE = 256 };

enum step_kind { STEP_KEYS, STEP_WAIT, STEP_GONE, STEP_RUN, STEP_UNSERVE };

struct step {
    enum step_kind kind;
    char value[SCENE_LINE];
};

struct scene {
    int cols;
    int rows;
    bool has_true_colour;
    int port; /* 0: no server */
    char args[SCENE_LINE];
    char env[SCENE_ENV][SCENE_LINE];
    int env_count;
    struct step steps[SCENE_STEPS];
    int step_count;
};

/* False, with what is wrong on standard error, where the file or the scene cannot be read. */
bool scene_read(const char *path, const char *name, struct scene *scene);

/* Splits at blanks, in place; words ends in NULL. Returns the number of words. */
int scene_split(char *line, const char *words[SCENE_WORDS + 1]);
