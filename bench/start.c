/*
 * See start.h.
 */
#include "bench/start.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void places_find(struct places *places)
{
    const char *build = getenv("BUILD"), *files = getenv("BENCH_DIR");
    bool has_files = files && *files;
    setlocale(LC_CTYPE, "C.UTF-8");
    places->build = build && *build ? build : "build";
    snprintf(places->program, sizeof places->program, "%s/executor-runs", places->build);
    snprintf(places->directory, sizeof places->directory, "%s%s", has_files ? files : places->build,
             has_files ? "" : "/bench/files");
}

bool part_is_wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return true;
    return argc == 1;
}
