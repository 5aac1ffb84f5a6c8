/*
 * How a bench begins: where `make bench` keeps what it measures, and which of its parts were asked for.
 */
#pragma once

#include <stdbool.h>

struct places {
    const char *build;   /* $BUILD, else "build" */
    char program[256];   /* the one that is measured */
    char directory[256]; /* of the big files: $BENCH_DIR */
};

/* Also sets the locale: a table's columns are measured by wcwidth. */
void places_find(struct places *places);

/* Without words on the command line every part is. */
bool part_is_wanted(const char *name, int argc, char **argv);
