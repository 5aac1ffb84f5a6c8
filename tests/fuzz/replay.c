/*
 * The main of a fuzz target in the ordinary tests: every file of tests/fuzz/corpus/<name> is fed to the target once,
 * so that what a search once found stays fixed, on machines without libFuzzer as well.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 1 << 20, PATH_MAX_TEXT = 1024 };

static bool replay_file(const char *path, uint8_t *input)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    size_t size = fread(input, 1, INPUT_MAX, file);
    fclose(file);

    /* A block of exactly the right size, so that a sanitizer sees a read past its end. */
    uint8_t *exact = malloc(size ? size : 1);
    if (!exact)
        return false;
    memcpy(exact, input, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return true;
}

/* Returns how many files were fed, or -1 when one could not be read. Prints each name first: a crash names its file. */
static int replay_directory(const char *corpus, uint8_t *input)
{
    DIR *dir = opendir(corpus);
    int fed = 0;
    for (struct dirent *entry; fed >= 0 && dir && (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        char path[PATH_MAX_TEXT];
        snprintf(path, sizeof path, "%s/%s", corpus, entry->d_name);
        printf("replaying %s\n", path);
        fflush(stdout);
        fed = replay_file(path, input) ? fed + 1 : -1;
    }
    if (dir)
        closedir(dir);
    return fed;
}

static const char *target_name(const char *program)
{
    const char *base = strrchr(program, '/');
    base = base ? base + 1 : program;
    return strncmp(base, "fuzz_", 5) == 0 ? base + 5 : base;
}

int main(int argc, char **argv)
{
    char corpus[PATH_MAX_TEXT / 2];
    snprintf(corpus, sizeof corpus, "tests/fuzz/corpus/%s", argc > 1 ? argv[1] : target_name(argv[0]));

    static const uint8_t nothing[1];
    LLVMFuzzerTestOneInput(nothing, 0);

    uint8_t *input = malloc(INPUT_MAX);
    int fed = input ? replay_directory(corpus, input) : -1;
    free(input);
    if (fed < 0) {
        printf("[  FAILED  ] 1 test(s)\n");
        return 1;
    }
    printf("[  PASSED  ] %d test(s).\n", fed + 1);
    return 0;
}
