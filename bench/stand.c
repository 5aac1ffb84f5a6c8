/*
 * See stand.h. A region is compared by a hash of its cells: what is asked is only whether it changed.
 */
#include "bench/stand.h"

#include "data/base/die.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HEAD_ROWS = 9, RAIL_COLS = 30, LIST_LAST_ROW = STAND_ROWS - 2, QUIET_MS = 150 };
#define ABOUT "\xe2\x89\x88"   /* ≈ */
#define UNKNOWN "\xe2\x80\xa6" /* … */

int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static double ms_between(int64_t from_ns, int64_t to_ns)
{
    return (double)(to_ns - from_ns) / 1e6;
}

void stand_start(struct stand *stand, const char *program, const char *file, bool is_frozen)
{
    const char *argv[] = {program, file, NULL};
    const char *frozen[] = {STAND_FROZEN, NULL};
    stand_start_with(stand, argv, is_frozen ? frozen : NULL);
}

void stand_start_with(struct stand *stand, const char *const *argv, const char *const *env)
{
    struct pty_options options = {.argv = argv, .cols = STAND_COLS, .rows = STAND_ROWS, .env = env};
    stand->started_ns = now_ns();
    stand->pty = pty_start(&options);
}

void stand_stop(struct stand *stand)
{
    pty_free(stand->pty);
    stand->pty = NULL;
}

/* ---- regions ---- */

struct box {
    int row, col, rows, cols;
};

static struct box box_of(enum region region)
{
    switch (region) {
    case REGION_ALL: break;
    case REGION_BAR: return (struct box){1, 0, 1, STAND_COLS};
    case REGION_TIMELINE: return (struct box){1, 0, HEAD_ROWS - 1, STAND_COLS};
    case REGION_RAIL: return (struct box){HEAD_ROWS, 0, LIST_LAST_ROW - HEAD_ROWS + 1, RAIL_COLS};
    case REGION_LIST:
        return (struct box){HEAD_ROWS, RAIL_COLS, LIST_LAST_ROW - HEAD_ROWS + 1, STAND_COLS - RAIL_COLS};
    case REGION_ROWS:
        return (struct box){HEAD_ROWS + 1, RAIL_COLS, LIST_LAST_ROW - HEAD_ROWS, STAND_COLS - RAIL_COLS - 1};
    case REGION_BODY: return (struct box){HEAD_ROWS, 0, LIST_LAST_ROW - HEAD_ROWS + 1, STAND_COLS};
    }
    return (struct box){0, 0, STAND_ROWS, STAND_COLS};
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    return (hash ^ value) * UINT64_C(1099511628211);
}

static uint64_t mix_cell(uint64_t hash, const struct cell *cell, bool has_colours)
{
    hash = mix(hash, ' ');
    for (const char *at = cell->text; *at; at++)
        hash = mix(hash, (unsigned char)*at);
    if (!has_colours)
        return hash;
    hash = mix(hash, (uint64_t)cell->fg.kind << 8 | cell->fg.index);
    hash = mix(hash, (uint64_t)cell->bg.kind << 8 | cell->bg.index);
    return mix(hash, (uint64_t)cell->bold << 3 | (uint64_t)cell->dim << 2 | (uint64_t)cell->reverse << 1 |
                         (uint64_t)cell->underline);
}

static uint64_t hash_of(struct stand *stand, enum region region)
{
    struct box box = box_of(region);
    uint64_t hash = UINT64_C(14695981039346656037);
    for (int row = box.row; row < box.row + box.rows; row++)
        for (int col = box.col; col < box.col + box.cols; col++) {
            struct cell cell = pty_cell(stand->pty, row, col);
            hash = mix_cell(hash, &cell, region != REGION_ROWS);
        }
    return hash;
}

static bool box_has(struct stand *stand, struct box box, const char *text)
{
    for (int row = box.row; row < box.row + box.rows; row++)
        for (int col = box.col; col < box.col + box.cols; col++)
            if (strcmp(pty_cell(stand->pty, row, col).text, text) == 0)
                return true;
    return false;
}

/* ---- waiting ---- */

static bool is_full(struct pty *pty, void *arg)
{
    (void)arg;
    struct stand stand = {.pty = pty};
    return box_has(&stand, (struct box){LIST_LAST_ROW, RAIL_COLS, 1, 30}, ":");
}

static double until(struct stand *stand, bool (*holds)(struct pty *, void *), void *arg, int timeout_ms)
{
    return pty_wait(stand->pty, holds, arg, timeout_ms)
               ? ms_between(stand->started_ns, pty_read_ns(stand->pty))
               : -1;
}

double stand_until_rows(struct stand *stand)
{
    return until(stand, is_full, NULL, PTY_SOON);
}

static bool has_text(struct pty *pty, void *text)
{
    return pty_find(pty, text, NULL, NULL);
}

double stand_until_text(struct stand *stand, const char *text)
{
    return until(stand, has_text, (void *)(uintptr_t)text, PTY_SOON);
}

/* The header has counted, and none of the marks by which the screen says that it is not sure yet is there. */
bool stand_is_exact(struct stand *stand)
{
    char *header = pty_screen_line(stand->pty, 0);
    bool has_counted = strstr(header, " runs") && !strstr(header, UNKNOWN " runs") &&
                       !strstr(header, "counting") && !strstr(header, ABOUT);
    free(header);
    return has_counted && !box_has(stand, box_of(REGION_TIMELINE), ABOUT) &&
           !box_has(stand, box_of(REGION_RAIL), ABOUT);
}

static bool is_exact(struct pty *pty, void *arg)
{
    (void)arg;
    struct stand stand = {.pty = pty};
    return stand_is_exact(&stand);
}

/* A screen without rows claims nothing yet. */
double stand_until_exact(struct stand *stand)
{
    return stand_until_rows(stand) < 0 ? -1 : until(stand, is_exact, NULL, 3 * PTY_SOON);
}

/* ---- the facets, by the words of the rail ---- */

struct facets {
    bool has_trigger, has_open, has_about;
};

/* From "Status" to "Interactions": where a number is not known yet stands a sign instead. */
static struct facets read_facets(struct stand *stand)
{
    struct facets facets = {0};
    bool is_inside = false, is_trigger = false;
    for (int row = HEAD_ROWS; row <= LIST_LAST_ROW; row++) {
        char *line = pty_screen_line(stand->pty, row);
        bool is_head = strstr(line, "\xe2\x96\xbe ") != NULL; /* ▾ */
        is_trigger = is_head ? strstr(line, " Trigger") != NULL : is_trigger;
        is_inside = is_head ? is_trigger || strstr(line, " Status") : is_inside;
        free(line);
        if (is_head || !is_inside)
            continue;
        struct box numbers = {row, RAIL_COLS - 12, 1, 11};
        facets.has_trigger |= is_trigger;
        facets.has_open |= box_has(stand, numbers, UNKNOWN);
        facets.has_about |= box_has(stand, numbers, ABOUT);
    }
    return facets;
}

static bool have_numbers(struct pty *pty, void *arg)
{
    (void)arg;
    struct stand stand = {.pty = pty};
    struct facets facets = read_facets(&stand);
    return facets.has_trigger && !facets.has_open;
}

double stand_until_facets(struct stand *stand)
{
    return stand_until_rows(stand) < 0 ? -1 : until(stand, have_numbers, NULL, 3 * PTY_SOON);
}

static bool are_counted(struct pty *pty, void *arg)
{
    (void)arg;
    struct stand stand = {.pty = pty};
    char *header = pty_screen_line(pty, 0);
    bool is_sure = strstr(header, " runs") && !strstr(header, UNKNOWN " runs") && !strstr(header, ABOUT);
    free(header);
    if (!is_sure || box_has(&stand, box_of(REGION_TIMELINE), ABOUT))
        return false;
    struct facets facets = read_facets(&stand);
    return facets.has_trigger && !facets.has_open && !facets.has_about;
}

double stand_until_counts(struct stand *stand)
{
    return stand_until_rows(stand) < 0 ? -1 : until(stand, are_counted, NULL, 3 * PTY_SOON);
}

void stand_rest(struct stand *stand, int quiet_ms)
{
    if (!pty_wait_idle(stand->pty, quiet_ms, quiet_ms * 10))
        return; /* it has much to say; what comes next is measured all the same */
}

/* ---- keys ---- */

struct change {
    struct stand *stand;
    enum region region;
    uint64_t hash;
    int64_t seen_ns, changed_ns;
    int quiet_ms;
    int64_t first_ns;
    int count, frames;
};

/* Looks at the cells only when something has come. */
static bool look(struct change *change)
{
    int64_t read_ns = pty_read_ns(change->stand->pty);
    if (read_ns == change->seen_ns)
        return false;
    change->seen_ns = read_ns;
    change->frames++;
    uint64_t hash = hash_of(change->stand, change->region);
    bool has_changed = hash != change->hash;
    change->hash = hash;
    if (has_changed) {
        change->first_ns = change->count++ ? change->first_ns : read_ns;
        change->changed_ns = read_ns;
    }
    return has_changed;
}

static bool has_changed(struct pty *pty, void *arg)
{
    (void)pty;
    return look(arg);
}

static struct change change_from_here(struct stand *stand, enum region region)
{
    return (struct change){stand, region, hash_of(stand, region), pty_read_ns(stand->pty), 0, QUIET_MS, 0,
                           0,     0};
}

double stand_key(struct stand *stand, const char *key, enum region region)
{
    struct change change = change_from_here(stand, region);
    int64_t start = now_ns();
    pty_keys(stand->pty, key);
    if (!pty_wait(stand->pty, has_changed, &change, STAND_LOST_MS))
        return -1;
    return ms_between(start, change.changed_ns);
}

static bool has_settled(struct pty *pty, void *arg)
{
    struct change *change = arg;
    look(change);
    return change->changed_ns && ms_between(pty_read_ns(pty), now_ns()) > QUIET_MS &&
           stand_is_exact(change->stand);
}

double stand_settle(struct stand *stand, const char *key)
{
    return stand_settle_within(stand, key, 3 * PTY_SOON);
}

double stand_settle_within(struct stand *stand, const char *key, int timeout_ms)
{
    struct change change = change_from_here(stand, REGION_ALL);
    int64_t start = now_ns();
    pty_keys(stand->pty, key);
    if (!pty_wait(stand->pty, has_settled, &change, timeout_ms))
        return -1;
    return ms_between(start, change.changed_ns);
}

static bool is_still(struct pty *pty, void *arg)
{
    struct change *change = arg;
    (void)pty;
    look(change);
    return change->changed_ns && ms_between(change->changed_ns, now_ns()) > change->quiet_ms;
}

double stand_still(struct stand *stand, const char *keys, enum region region, int quiet_ms)
{
    struct change change = change_from_here(stand, region);
    change.quiet_ms = quiet_ms;
    int64_t start = now_ns();
    pty_keys(stand->pty, keys);
    if (!pty_wait(stand->pty, is_still, &change, PTY_SOON))
        return -1;
    return ms_between(start, change.changed_ns);
}

static bool is_over(struct pty *pty, void *arg)
{
    struct change *change = arg;
    look(change);
    int64_t since = change->changed_ns ? change->changed_ns : change->first_ns;
    return ms_between(since, now_ns()) > change->quiet_ms * (change->changed_ns ? 1 : 4) &&
           ms_between(pty_read_ns(pty), now_ns()) > 1;
}

struct answer stand_ask(struct stand *stand, const char *keys, enum region region, int quiet_ms)
{
    struct change change = change_from_here(stand, region);
    double ui = stand_ui_cpu_ms(stand), cpu = stand_cpu_ms(stand);
    size_t bytes = stand_bytes(stand);
    int64_t start = change.first_ns = now_ns();
    change.quiet_ms = quiet_ms;
    pty_keys(stand->pty, keys);
    pty_wait(stand->pty, is_over, &change, STAND_LOST_MS);
    bool has_changed = change.count > 0;
    return (struct answer){has_changed ? ms_between(start, change.first_ns) : -1,
                           has_changed ? ms_between(start, change.changed_ns) : -1,
                           change.count,
                           change.frames,
                           stand_ui_cpu_ms(stand) - ui,
                           stand_cpu_ms(stand) - cpu,
                           stand_bytes(stand) - bytes};
}

/* ---- what it takes ---- */

static bool is_past(struct pty *pty, void *until_ns)
{
    (void)pty;
    return now_ns() >= *(int64_t *)until_ns;
}

void stand_let_pass(struct stand *stand, int ms)
{
    int64_t until_ns = now_ns() + (int64_t)ms * 1000000;
    pty_wait(stand->pty, is_past, &until_ns, 2 * ms);
}

double stand_ui_cpu_ms(struct stand *stand)
{
    char path[64];
    unsigned long long ns = 0;
    int pid = (int)pty_pid(stand->pty);
    snprintf(path, sizeof path, "/proc/%d/task/%d/schedstat", pid, pid);
    FILE *file = fopen(path, "r");
    if (file && fscanf(file, "%llu", &ns) != 1)
        ns = 0;
    if (file)
        fclose(file);
    return (double)ns / 1e6;
}

size_t stand_bytes(struct stand *stand)
{
    size_t n;
    pty_raw_bytes(stand->pty, 0, &n);
    return n;
}

double stand_cpu_ms(struct stand *stand)
{
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid(pty_pid(stand->pty), &clock) != 0 || clock_gettime(clock, &used) != 0)
        die("the program has no clock");
    return (double)used.tv_sec * 1e3 + (double)used.tv_nsec / 1e6;
}

long stand_memory_kb(struct stand *stand, const char *name)
{
    char path[64], line[256];
    long value = -1;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pty_pid(stand->pty));
    FILE *file = fopen(path, "r");
    while (file && value < 0 && fgets(line, sizeof line, file))
        if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
            value = strtol(line + strlen(name) + 1, NULL, 10);
    if (file)
        fclose(file);
    return value;
}
