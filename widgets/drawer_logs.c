/*
 * The third tab: the log by level. An entry that ends in JSON is one line until it is unfolded.
 */
#include "widgets/drawer_int.h"

#include "data/base/die.h"
#include "data/base/timefmt.h"
#include "data/base/utf8.h"

#include <stdlib.h>

enum { WORD_CELLS = 5, TEXT_COLUMN = WORD_CELLS + 3, FACT_NO_LOG = 500 };

/* X(name, the gravest level that it leaves out + 1). */
#define LEVEL_STEPS(X)                                                                                       \
    X("all", 0)                                                                                              \
    X("info+", LOG_INFO)                                                                                     \
    X("warn+", LOG_WARN)                                                                                     \
    X("errors", LOG_ERROR)

static const struct level_step {
    const char *name;
    enum log_level from;
} STEPS[] = {
#define X(name, from) {name, (enum log_level)(from)},
    LEVEL_STEPS(X)
#undef X
};
enum { STEP_COUNT = sizeof STEPS / sizeof *STEPS };

/* ---- the filter ---- */

void drawer_choose_logs(struct drawer *drawer)
{
    log_choose(drawer->doc->log, LOG_LEVELS_FROM(STEPS[drawer->log_level].from), &drawer->choice);
}

void drawer_next_log_level(struct drawer *drawer)
{
    const struct block *block =
        drawer->tab == TAB_LOGS ? drawer_block_at(drawer, drawer->places[TAB_LOGS].cursor.row) : NULL;
    size_t line =
        block && block->kind == BLOCK_LOG
            ? drawer->choice.lines[block->index + drawer->places[TAB_LOGS].cursor.row - block->start]
            : 0;
    drawer->log_level = (drawer->log_level + 1) % STEP_COUNT;
    if (!drawer->doc)
        return;
    drawer_choose_logs(drawer);
    drawer->places[TAB_LOGS] = (struct place){.cursor = {log_choice_row(&drawer->choice, line), 0}};
    drawer_relist(drawer);
}

static size_t count_from(const struct log_lines *log, enum log_level from)
{
    size_t count = 0;
    for (unsigned level = from; level < LOG_LEVEL_COUNT; level++)
        count += log_lines_level_count(log, (enum log_level)level);
    return count;
}

void drawer_draw_levels(struct surface *surface, int x, int y, const struct drawer *drawer)
{
    int end = x + drawer_text_width(drawer);
    if (!drawer->doc || !log_lines_count(drawer->doc->log))
        return;
    for (int i = 0; i < STEP_COUNT && x < end; i++) {
        bool is_on = i == drawer->log_level;
        size_t count = count_from(drawer->doc->log, STEPS[i].from);
        char words[TIME_TEXT];
        count_format((int64_t)count, words);
        if (i)
            x += draw_str(surface, x, y, end - x, " · ", STYLE(INK_FAINT));
        struct style style =
            is_on ? (struct style){.ink = INK_STRONG, .attrs = ATTR_BOLD | ATTR_UNDERLINE} : STYLE(INK_MUTED);
        x += draw_str(surface, x, y, end - x, STEPS[i].name, style);
        x += draw_strf(surface, x, y, end - x, STYLE(is_on ? INK_STRONG : INK_MUTED), " %s", words);
    }
}

/* ---- entries that are unfolded ---- */

/* A guess that costs nothing: a row is drawn by it. Unfolding finds out. */
bool log_entry_may_unfold(struct text entry)
{
    while (entry.n && (entry.s[entry.n - 1] == ' ' || entry.s[entry.n - 1] == '\n'))
        entry.n--;
    return entry.n > 2 && (entry.s[entry.n - 1] == '}' || entry.s[entry.n - 1] == ']');
}

static size_t entry_index(const struct drawer *drawer, size_t entry)
{
    size_t i = 0;
    while (i < drawer->entry_count && drawer->entries[i].entry < entry)
        i++;
    return i;
}

struct open_entry *drawer_entry(const struct drawer *drawer, size_t entry)
{
    size_t i = entry_index(drawer, entry);
    return i < drawer->entry_count && drawer->entries[i].entry == entry ? &drawer->entries[i] : NULL;
}

static void entry_release(struct open_entry *open)
{
    json_fold_release(&open->part.fold);
    json_view_free(open->view);
}

static void close_entry(struct drawer *drawer, struct open_entry *open)
{
    size_t i = (size_t)(open - drawer->entries);
    entry_release(open);
    memmove(open, open + 1, (drawer->entry_count - i - 1) * sizeof *open);
    drawer->entry_count--;
}

static void open_entry(struct drawer *drawer, size_t entry)
{
    struct text text = log_lines_entry(drawer->doc->log, entry), tail = log_json_tail(text);
    if (text_is_null(tail))
        tail = (struct text){text.s + text.n, 0};
    if (drawer->entry_count == drawer->entry_cap) {
        drawer->entry_cap = drawer->entry_cap ? drawer->entry_cap * 2 : 8;
        drawer->entries = mem_resize(drawer->entries, drawer->entry_cap, sizeof *drawer->entries);
    }
    size_t i = entry_index(drawer, entry);
    struct open_entry *open = &drawer->entries[i];
    memmove(open + 1, open, (drawer->entry_count - i) * sizeof *open);
    drawer->entry_count++;
    *open = (struct open_entry){.entry = entry, .text = text, .tail = tail};
    open->view = json_view_new(tail, RUN_DOC_FIT_CELLS);
    open->part = (struct part){.key = drawer_key(entry, FACT_NO_LOG + 1), .view = open->view};
    json_fold_init(&open->part.fold, open->view);
}

void drawer_toggle_entry(struct drawer *drawer, size_t entry)
{
    struct open_entry *open = drawer_entry(drawer, entry);
    if (open)
        close_entry(drawer, open);
    else if (entry != SIZE_MAX && log_entry_may_unfold(log_lines_entry(drawer->doc->log, entry)))
        open_entry(drawer, entry);
}

static size_t entries_of(const struct log_lines *log)
{
    for (size_t line = log_lines_count(log); line > 0; line--) {
        struct log_line last = log_lines_at(log, line - 1);
        if (!last.is_note)
            return last.entry + 1;
    }
    return 0;
}

void drawer_keep_entries(struct drawer *drawer, const struct run_doc *doc)
{
    size_t count = doc ? entries_of(doc->log) : 0, kept = 0;
    for (size_t i = 0; i < drawer->entry_count; i++) {
        struct open_entry *open = &drawer->entries[i];
        struct text text = open->entry < count ? log_lines_entry(doc->log, open->entry) : TEXT_NULL;
        if (!text_eq(text, open->text)) {
            entry_release(open);
            continue;
        }
        open->tail.s = text.s + (open->tail.s - open->text.s);
        open->text = text;
        drawer->entries[kept++] = *open;
    }
    drawer->entry_count = kept;
}

/* ---- the list ---- */

static void list_range(struct block_list *list, size_t from, size_t to)
{
    blocks_add(list,
               &(struct block){
                   .kind = BLOCK_LOG, .key = drawer_key(from, BLOCK_LOG), .index = from, .count = to - from});
}

/* The first row of the choice whose line is of the entry; and the one behind its last. False: the level hides it. */
static bool rows_of_entry(const struct drawer *drawer, const struct open_entry *open, size_t from,
                          size_t *first, size_t *end)
{
    const struct log_choice *choice = &drawer->choice;
    size_t low = from, high = choice->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct log_line line = log_lines_at(drawer->doc->log, choice->lines[middle]);
        bool is_leading_note = line.is_note && middle == 0;
        if (is_leading_note || line.entry < open->entry)
            low = middle + 1;
        else
            high = middle;
    }
    *first = *end = low;
    while (*end < choice->count && log_lines_at(drawer->doc->log, choice->lines[*end]).entry == open->entry)
        (*end)++;
    return *end > *first;
}

/* Rows that hold nothing but the tail give way to the JSON. */
static size_t rows_before_tail(const struct drawer *drawer, const struct open_entry *open, size_t first,
                               size_t end)
{
    size_t row = first + 1;
    while (row < end && log_lines_at(drawer->doc->log, drawer->choice.lines[row]).text.s < open->tail.s)
        row++;
    return row;
}

static void list_none(struct drawer *drawer, struct block_list *list)
{
    const struct run *run = &drawer->doc->detail->detail.run;
    struct fact *fact = drawer_fact(drawer, "");
    const char *words = "This run logged nothing.";
    if (log_lines_count(drawer->doc->log))
        words = "No entry of this level.";
    else if (text_is_null(run->logs_json) && !run_status_is_terminal(run_status_of(run->status)))
        words = "No log yet: it may come only when the run ends.";
    fact->is_flush = true;
    fact_words(drawer, fact, STYLE(INK_MUTED), "%s", words);
    drawer_list_fact(drawer, list, 0, FACT_NO_LOG, 0);
}

void drawer_list_logs(struct drawer *drawer, struct block_list *list)
{
    size_t from = 0, first, end;
    for (size_t i = 0; i < drawer->entry_count && !list->is_unfolded; i++) {
        struct open_entry *open = &drawer->entries[i];
        if (!rows_of_entry(drawer, open, from, &first, &end))
            continue;
        list_range(list, from, rows_before_tail(drawer, open, first, end));
        blocks_json(list, &open->part, BLOCK_JSON, TEXT_COLUMN);
        from = end;
    }
    list_range(list, from, drawer->choice.count);
    if (!drawer->choice.count)
        list_none(drawer, list);
}

/* ---- a row ---- */

static struct style style_of_word(enum log_level level)
{
    static const uint8_t inks[LOG_LEVEL_COUNT] = {INK_FAINT, INK_MUTED, INK_ACCENT, INK_WARN, INK_FAILED};
    bool is_grave = level == LOG_WARN || level == LOG_ERROR;
    return is_grave ? STYLE_BOLD(inks[level]) : STYLE(inks[level]);
}

static struct style style_of_text(const struct log_line *line)
{
    static const uint8_t inks[LOG_LEVEL_COUNT] = {INK_MUTED, INK_DEFAULT, INK_DEFAULT, INK_WARN, INK_FAILED};
    bool is_stack =
        line->is_continuation && line->text.n && (line->text.s[0] == ' ' || line->text.s[0] == '\t');
    return STYLE(is_stack ? INK_MUTED : inks[line->level]);
}

/* One line of an entry that can be unfolded: its end is a keypress away. */
static void write_clipped(struct pen *pen, struct text text, struct style style)
{
    int room = pen->width - pen->col, used;
    if (text_width((struct text){text.s, utf8_cut(text, 4096)}, pen->ascii) <= room && text.n <= 4096) {
        pen_text(pen, text, style);
        return;
    }
    if (pen->gathered)
        buf_text(pen->gathered, text);
    text.n = text_clip(text, room > 1 ? room - 1 : 0, pen->ascii, &used);
    struct buf *gathered = pen->gathered;
    pen->gathered = NULL;
    pen_text(pen, text, style);
    pen_words(pen, "…", STYLE(INK_MUTED));
    pen->gathered = gathered;
}

static struct text before_tail(struct text text, const struct open_entry *open)
{
    if (text.s <= open->tail.s && text.s + text.n > open->tail.s)
        text.n = (size_t)(open->tail.s - text.s);
    return text;
}

void write_log(const struct drawer *drawer, const struct block *block, size_t i, struct pen *pen)
{
    const struct log_lines *log = drawer->doc->log;
    struct log_line line = log_lines_at(log, drawer->choice.lines[block->index + i]);
    if (line.is_note) {
        pen->by_words = true;
        pen_text(pen, line.text, STYLE(INK_WARN));
        return;
    }
    const struct open_entry *open = drawer_entry(drawer, line.entry);
    bool may_unfold = !line.is_continuation && log_entry_may_unfold(log_lines_entry(log, line.entry));
    if (!line.is_continuation && pen_is_drawing(pen))
        draw_str(pen->surface, pen->x, pen_line_y(pen), WORD_CELLS, log_level_word(line.level),
                 style_of_word(line.level));
    if (may_unfold && pen_is_drawing(pen))
        draw_str(pen->surface, pen->x + WORD_CELLS + 1, pen_line_y(pen), 1, open ? "▾" : "▸",
                 STYLE(INK_MUTED));
    pen_gap(pen, TEXT_COLUMN);
    pen->hang = TEXT_COLUMN;
    pen->has_tabs = true;
    pen->by_words = line.text.n <= WRAPPED_WORDS_MAX;
    if (open)
        pen_text(pen, before_tail(line.text, open), style_of_text(&line));
    else if (may_unfold)
        write_clipped(pen, line.text, style_of_text(&line));
    else
        pen_text(pen, line.text, style_of_text(&line));
}
