/*
 * The distance is that of Damerau and Levenshtein in its simple form (optimal string alignment): swapped letters are the commonest slip of
 * the fingers and count as one change.
 */
#include "data/base/nearest.h"

enum { WORD_MAX = 63 };

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_swap(struct text a, struct text b, size_t i, size_t j)
{
    return i > 1 && j > 1 && lower(a.s[i - 1]) == lower(b.s[j - 2]) && lower(a.s[i - 2]) == lower(b.s[j - 1]);
}

static size_t distance(struct text a, struct text b)
{
    size_t rows[3][WORD_MAX + 1];
    size_t *older = rows[0], *old = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b.n; j++)
        old[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t change = old[j - 1] + (lower(a.s[i - 1]) != lower(b.s[j - 1]));
            row[j] = min_size(change, min_size(old[j], row[j - 1]) + 1);
            if (is_swap(a, b, i, j))
                row[j] = min_size(row[j], older[j - 2] + 1);
        }
        size_t *spare = older;
        older = old;
        old = row;
        row = spare;
    }
    return old[b.n];
}

static const char *only_beginning(struct text word, const char *const *words, size_t count)
{
    const char *found = NULL;
    for (size_t i = 0; i < count; i++) {
        if (strncmp(words[i], word.s, word.n) != 0)
            continue;
        if (found)
            return NULL;
        found = words[i];
    }
    return found;
}

const char *nearest_word(struct text word, const char *const *words, size_t count)
{
    if (!word.n || word.n > WORD_MAX)
        return NULL;
    const char *best = NULL;
    size_t best_distance = min_size((word.n + 3) / 4 + 1, word.n);
    for (size_t i = 0; i < count; i++) {
        struct text candidate = text_of(words[i]);
        size_t d = candidate.n > WORD_MAX ? best_distance : distance(word, candidate);
        if (d >= best_distance)
            continue;
        best_distance = d;
        best = words[i];
    }
    return best ? best : only_beginning(word, words, count);
}
