/*
 * The list's columns give way by width in the order of product.md; the code takes what is left. A table of stages, tried
 * from the richest down, says it all: a new column is a line here and not a case somewhere.
 */
#include "widgets/list_columns.h"

enum {
    FULL_TIME_WIDTH =
        84, /* narrower lists have the short time, as there the date would cost half of the code */
    TIME_CELLS = 19,
    TIME_SHORT_CELLS = 12,
    CODE_CELLS = 16, /* less than this says nothing: another column goes first */
    CODE_CELLS_MIN = 10,
    FIRST_X = LIST_GLYPH_X + 2,
};

#define BIT(field) (1u << (field))

/* Cells of each column and of the gap before it. The gap after the duration holds the "…" of one that still grows. */
static const struct {
    int w, gap;
} SHAPES[LIST_FIELD_COUNT] = {
    [FIELD_TIME] = {TIME_CELLS, 0}, [FIELD_STATUS] = {9, 2}, [FIELD_VIA] = {7, 2},
    [FIELD_TOOLS] = {5, 1},         [FIELD_LOG] = {6, 2},    [FIELD_DURATION] = {8, 1},
    [FIELD_SCOPE] = {14, 3},        [FIELD_ID] = {8, 3},     [FIELD_CODE] = {0, 3},
};

/* What is left out at each stage, and the code that must then fit (0: none is shown). */
static const struct {
    unsigned dropped;
    int code;
} STAGES[] = {
    {0, CODE_CELLS},
    {BIT(FIELD_ID), CODE_CELLS},
    {BIT(FIELD_ID) | BIT(FIELD_SCOPE), CODE_CELLS},
    {BIT(FIELD_ID) | BIT(FIELD_SCOPE) | BIT(FIELD_LOG), CODE_CELLS},
    {BIT(FIELD_ID) | BIT(FIELD_SCOPE) | BIT(FIELD_LOG) | BIT(FIELD_VIA), CODE_CELLS},
    {BIT(FIELD_ID) | BIT(FIELD_SCOPE) | BIT(FIELD_LOG) | BIT(FIELD_VIA) | BIT(FIELD_TOOLS), CODE_CELLS_MIN},
    {BIT(FIELD_ID) | BIT(FIELD_SCOPE) | BIT(FIELD_LOG) | BIT(FIELD_VIA) | BIT(FIELD_TOOLS) | BIT(FIELD_CODE),
     0},
    {BIT(FIELD_ID) | BIT(FIELD_SCOPE) | BIT(FIELD_LOG) | BIT(FIELD_VIA) | BIT(FIELD_TOOLS) |
         BIT(FIELD_DURATION),
     1},
};
enum { STAGE_COUNT = sizeof(STAGES) / sizeof(STAGES[0]) };

static int cells_of(int field, int time_cells)
{
    return field == FIELD_TIME ? time_cells : SHAPES[field].w;
}

/* Places the fields and returns where the code begins, or would begin. */
static int place(struct list_columns *columns, unsigned fields, int time_cells)
{
    int x = FIRST_X;
    *columns = (struct list_columns){.is_time_short = time_cells == TIME_SHORT_CELLS};
    for (int field = 0; field < FIELD_CODE; field++) {
        if (!(fields & BIT(field)))
            continue;
        x += x > FIRST_X ? SHAPES[field].gap : 0;
        columns->x[field] = x;
        columns->w[field] = cells_of(field, time_cells);
        x += columns->w[field];
    }
    return x;
}

static bool fits(struct list_columns *columns, unsigned fields, int time_cells, int width, int code)
{
    int end = place(columns, fields, time_cells);
    if (!(fields & BIT(FIELD_CODE)))
        return end <= width;
    int gap = end > FIRST_X ? SHAPES[FIELD_CODE].gap : 0;
    if (!(fields & BIT(FIELD_DURATION)) && gap)
        gap--;
    if (end + gap + code > width)
        return false;
    columns->x[FIELD_CODE] = end + gap;
    columns->w[FIELD_CODE] = width - end - gap;
    return true;
}

/* Without the code there may be room for the date again. */
static bool fits_stage(struct list_columns *columns, unsigned fields, int time_cells, int width, int stage)
{
    unsigned shown = fields & ~STAGES[stage].dropped;
    bool drops_code = STAGES[stage].dropped & BIT(FIELD_CODE);
    if (drops_code)
        return fits(columns, shown, TIME_CELLS, width, 0);
    return fits(columns, shown, time_cells, width, STAGES[stage].code);
}

struct list_columns list_columns_for(unsigned fields, int width, enum time_mode time_mode)
{
    bool is_short = width < FULL_TIME_WIDTH || time_mode == TIME_RELATIVE;
    int time_cells = is_short ? TIME_SHORT_CELLS : TIME_CELLS;
    struct list_columns columns;

    for (int stage = 0; stage < STAGE_COUNT; stage++)
        if (fits_stage(&columns, fields, time_cells, width, stage))
            return columns;
    place(&columns, fields & (BIT(FIELD_TIME) | BIT(FIELD_STATUS)), TIME_SHORT_CELLS);
    return columns;
}
