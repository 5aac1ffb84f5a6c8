/* See scene.h. */
#include "screenshots/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    const char *path;
    int line;
    const char *wanted;
    bool is_in_other; /* in a scene that is not wanted */
    bool is_found;
    struct scene *scene;
};

static bool complain(const struct reader *reader, const char *what, const char *about)
{
    fprintf(stderr, "%s:%d: %s: %s\n", reader->path, reader->line, what, about);
    return false;
}

static bool take_scene(struct reader *reader, const char *name)
{
    reader->is_in_other = strcmp(name, reader->wanted) != 0;
    reader->is_found |= !reader->is_in_other;
    return true;
}

static bool take_size(struct reader *reader, const char *value)
{
    char *x;
    reader->scene->cols = (int)strtol(value, &x, 10);
    reader->scene->rows = *x == 'x' ? (int)strtol(x + 1, NULL, 10) : 0;
    return (reader->scene->cols > 0 && reader->scene->rows > 0) || complain(reader, "no size", value);
}

static bool take_env(struct reader *reader, const char *value)
{
    if (reader->scene->env_count == SCENE_ENV)
        return complain(reader, "too many variables", value);
    snprintf(reader->scene->env[reader->scene->env_count++], SCENE_LINE, "%s", value);
    return true;
}

static bool take_port(struct reader *reader, const char *value)
{
    reader->scene->port = (int)strtol(value, NULL, 10);
    return reader->scene->port > 0 || complain(reader, "no port", value);
}

static bool take_step(struct reader *reader, enum step_kind kind, const char *value)
{
    if (reader->scene->step_count == SCENE_STEPS)
        return complain(reader, "too many steps", value);
    struct step *step = &reader->scene->steps[reader->scene->step_count++];
    step->kind = kind;
    snprintf(step->value, sizeof step->value, "%s", value);
    return true;
}

static bool take_line(struct reader *reader, const char *word, const char *value)
{
    static const char *const steps[] = {"keys", "wait", "gone", "run", "unserve"};
    if (strcmp(word, "scene") == 0)
        return take_scene(reader, value);
    if (reader->is_in_other)
        return true;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (strcmp(word, steps[i]) == 0)
            return take_step(reader, (enum step_kind)i, value);
    if (strcmp(word, "size") == 0)
        return take_size(reader, value);
    if (strcmp(word, "env") == 0)
        return take_env(reader, value);
    if (strcmp(word, "serve") == 0)
        return take_port(reader, value);
    if (strcmp(word, "true-colour") == 0)
        return reader->scene->has_true_colour = true;
    if (strcmp(word, "args") != 0)
        return complain(reader, "unknown word", word);
    snprintf(reader->scene->args, sizeof reader->scene->args, "%s", value);
    return true;
}

static bool take_raw_line(struct reader *reader, char *line)
{
    line[strcspn(line, "\n")] = '\0';
    line += strspn(line, " \t");
    if (!*line || *line == '#')
        return true;
    char *value = line + strcspn(line, " \t");
    if (*value)
        *value++ = '\0';
    return take_line(reader, line, value + strspn(value, " \t"));
}

bool scene_read(const char *path, const char *name, struct scene *scene)
{
    *scene = (struct scene){.cols = 80, .rows = 24};
    struct reader reader = {.path = path, .wanted = name, .scene = scene};
    FILE *file = fopen(path, "r");
    if (!file)
        return complain(&reader, "cannot read", path);
    char line[SCENE_LINE];
    bool is_good = true;
    while (is_good && fgets(line, sizeof line, file)) {
        reader.line++;
        is_good = take_raw_line(&reader, line);
    }
    fclose(file);
    return is_good && (reader.is_found || complain(&reader, "no such scene", name));
}

int scene_split(char *line, const char *words[SCENE_WORDS + 1])
{
    int count = 0;
    while (count < SCENE_WORDS) {
        line += strspn(line, " ");
        if (!*line)
            break;
        words[count++] = line;
        line += strcspn(line, " ");
        if (*line)
            *line++ = '\0';
    }
    words[count] = NULL;
    return count;
}
