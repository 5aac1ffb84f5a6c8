/*
 * Facts: a label and a few words. A time in as many forms as there is room for, a duration with where it stands among its peers.
 */
#include "widgets/drawer_int.h"

#include "data/base/die.h"
#include "data/base/utf8.h"

#include <stdarg.h>
#include <stdio.h>

enum { SLOW_PERCENT = 90 };

/* ---- making one ---- */

const char *drawer_words(struct drawer *drawer, const char *fmt, ...)
{
    char words[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(words, sizeof words, fmt, args);
    va_end(args);
    return arena_printf(&drawer->words, "%s", words);
}

const char *drawer_bytes(struct drawer *drawer, size_t n)
{
    if (n < 1000)
        return drawer_words(drawer, "%zu byte%s", n, n == 1 ? "" : "s");
    double size = (double)n / 1000;
    const char *unit = "kB";
    if (size >= 999.5) {
        size /= 1000;
        unit = "MB";
    }
    return drawer_words(drawer, size < 99.5 ? "%.1f %s" : "%.0f %s", size, unit);
}

struct fact *drawer_fact(struct drawer *drawer, const char *label)
{
    if (drawer->fact_count == drawer->fact_cap) {
        drawer->fact_cap = drawer->fact_cap ? drawer->fact_cap * 2 : 32;
        drawer->facts = mem_resize(drawer->facts, drawer->fact_cap, sizeof *drawer->facts);
    }
    struct fact *fact = &drawer->facts[drawer->fact_count++];
    *fact = (struct fact){.label = label};
    return fact;
}

void fact_words(struct drawer *drawer, struct fact *fact, struct style style, const char *fmt, ...)
{
    char words[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(words, sizeof words, fmt, args);
    va_end(args);
    if (fact->count < FACT_PIECES)
        fact->pieces[fact->count++] =
            (struct piece){.words = arena_printf(&drawer->words, "%s", words), .style = style};
}

void fact_text(struct fact *fact, struct text text, struct style style)
{
    if (fact->count < FACT_PIECES)
        fact->pieces[fact->count++] = (struct piece){.text = text, .style = style};
}

/* Lists the fact made last. `role` and `of` make its key. */
void drawer_list_fact(struct drawer *drawer, struct block_list *list, int indent, unsigned role, uint64_t of)
{
    blocks_add(list, &(struct block){.kind = BLOCK_FACT,
                                     .indent = indent,
                                     .key = drawer_key(of, role),
                                     .index = drawer->fact_count - 1,
                                     .count = 1});
}

void write_fact(const struct drawer *drawer, const struct block *block, size_t i, struct pen *pen)
{
    (void)i;
    const struct fact *fact = &drawer->facts[block->index];
    if (!fact->is_flush) {
        int column = pen->col + FACT_LABEL_CELLS;
        pen->hang = column;
        if (fact->name.s)
            pen_text(pen, fact->name, STYLE(INK_DEFAULT));
        else if (pen_is_drawing(pen))
            draw_str(pen->surface, pen->x + pen->col, pen_line_y(pen), FACT_LABEL_CELLS - 1, fact->label,
                     STYLE(INK_MUTED));
        pen_gap(pen, column > pen->col ? column - pen->col : 1);
    }
    pen->by_words = true;
    for (int p = 0; p < fact->count; p++) {
        if (fact->pieces[p].words)
            pen_words(pen, fact->pieces[p].words, fact->pieces[p].style);
        else
            pen_text(pen, fact->pieces[p].text, fact->pieces[p].style);
    }
}

/* ---- times ---- */

struct time_forms {
    char local[TIME_TEXT], utc[TIME_TEXT], ago[TIME_TEXT];
};

static bool is_dated(const char *full)
{
    return strlen(full) > 23 && full[4] == '-' && full[10] == ' ';
}

/* "10:09:31Z", with its date where that is another one there. */
static void short_utc(const char *local, const char *utc, char out[TIME_TEXT])
{
    bool is_same_day = strncmp(local, utc, 10) == 0;
    snprintf(out, TIME_TEXT, "%.*sZ", is_same_day ? 8 : 19, is_same_day ? utc + 11 : utc);
}

static void short_local(const char *utc, const char *local, char out[TIME_TEXT])
{
    bool is_same_day = strncmp(local, utc, 10) == 0;
    snprintf(out, TIME_TEXT, "%.*s%.24s", is_same_day ? 8 : 19, is_same_day ? local + 11 : local, local + 23);
}

static bool zones_differ(int64_t t)
{
    char here[TIME_TEXT], utc[TIME_TEXT];
    time_zone_name(t, TIME_LOCAL, here);
    time_zone_name(t, TIME_IN_UTC, utc);
    return strcmp(here, utc) != 0;
}

/* The forms in the order of the mode; how many there are. */
static int time_forms(const struct drawer *drawer, int64_t t, char forms[3][TIME_TEXT])
{
    char local[TIME_TEXT], utc[TIME_TEXT];
    time_format_full(t, TIME_LOCAL, local);
    time_format_full(t, TIME_IN_UTC, utc);
    if (!is_dated(local) || !is_dated(utc)) {
        snprintf(forms[0], TIME_TEXT, "%s", local);
        return 1;
    }
    enum time_mode mode = drawer->in.time_mode;
    int count = 0;
    if (mode == TIME_RELATIVE)
        time_format_ago(t, drawer->in.now, forms[count++]);
    snprintf(forms[count++], TIME_TEXT, "%s", mode == TIME_IN_UTC ? utc : local);
    if (zones_differ(t) && mode == TIME_IN_UTC)
        short_local(utc, local, forms[count++]);
    else if (zones_differ(t))
        short_utc(local, utc, forms[count++]);
    if (mode != TIME_RELATIVE)
        time_format_ago(t, drawer->in.now, forms[count++]);
    return count;
}

/* What does not fit on the line goes: the other zone first. */
static int time_forms_that_fit(int room, char forms[3][TIME_TEXT], int count)
{
    int taken = 0;
    for (int i = 0; i < count; i++)
        taken += (int)strlen(forms[i]) + (i ? 3 : 0);
    if (count == 3 && taken > room) {
        taken -= (int)strlen(forms[1]) + 3;
        memmove(forms[1], forms[2], sizeof forms[1]);
        count = 2;
    }
    return count == 2 && taken > room ? 1 : count;
}

void drawer_fact_time(struct drawer *drawer, struct block_list *list, const char *label, int64_t t)
{
    char forms[3][TIME_TEXT];
    struct fact *fact = drawer_fact(drawer, label);
    int count = t == TIME_NONE ? 0 : time_forms(drawer, t, forms);
    count = time_forms_that_fit(drawer_text_width(drawer) - FACT_LABEL_CELLS, forms, count);
    if (count == 0)
        fact_words(drawer, fact, STYLE(INK_MUTED), "not yet");
    for (int i = 0; i < count; i++)
        fact_words(drawer, fact, STYLE(i ? INK_MUTED : INK_DEFAULT), "%s%s", i ? " · " : "", forms[i]);
    drawer_list_fact(drawer, list, 0, BLOCK_FACT,
                     (uint64_t)(unsigned char)label[0] << 8 | (unsigned char)label[1]);
}

/* ---- the run's ---- */

static void fact_status(struct drawer *drawer, struct block_list *list)
{
    struct text word = drawer->doc->detail->detail.run.status;
    enum run_status status = run_status_of(word);
    struct style style = STYLE_BOLD(ink_of_status(status));
    struct fact *fact = drawer_fact(drawer, "status");
    fact_words(drawer, fact, style, "%s ", run_status_glyph(status, drawer->in.ascii));
    if (status == STATUS_OTHER)
        fact_text(fact, word.n ? word : TEXT_LIT("(empty)"), style);
    else
        fact_words(drawer, fact, style, "%s", run_status_label(status));
    drawer_list_fact(drawer, list, 0, BLOCK_FACT, 1);
}

/* Both bounded: a history can hold any two numbers. */
static int64_t span_between(int64_t from, int64_t to)
{
    int64_t span;
    return from == TIME_NONE || to == TIME_NONE || __builtin_sub_overflow(to, from, &span) ? DURATION_NONE
                                                                                           : span;
}

static void fact_duration(struct drawer *drawer, struct block_list *list)
{
    const struct run *run = &drawer->doc->detail->detail.run;
    bool is_over = run_status_is_terminal(run_status_of(run->status));
    int64_t duration = span_between(run->started_at, run->completed_at);
    struct fact *fact = drawer_fact(drawer, "duration");
    char words[TIME_TEXT];
    if (duration != DURATION_NONE || is_over || run->started_at == TIME_NONE) {
        duration_format(duration, words);
        fact_words(drawer, fact, STYLE(duration == DURATION_NONE ? INK_MUTED : INK_STRONG), "%s", words);
    } else {
        duration_format(span_between(run->started_at, drawer->in.now), words);
        fact_words(drawer, fact, STYLE(INK_RUNNING), "%s", words);
        fact_words(drawer, fact, STYLE(INK_MUTED), " so far");
    }
    drawer_list_fact(drawer, list, 0, BLOCK_FACT, 2);
}

static void words_of_rank(const struct peers_reply *peers, char out[64], bool *is_slow)
{
    int64_t percent = (int64_t)((double)peers->faster * 100 / (double)peers->count);
    *is_slow = percent >= SLOW_PERCENT;
    if (peers->faster == 0)
        snprintf(out, 64, "no slower than any");
    else if (percent == 0)
        snprintf(out, 64, "slower than under 1%%");
    else
        snprintf(out, 64, "slower than %lld%%", (long long)percent);
}

void drawer_fact_peers(struct drawer *drawer, struct block_list *list, const char *label)
{
    const struct peers_reply *peers = drawer->in.peers;
    if (!peers || !peers->count)
        return;
    struct fact *fact = drawer_fact(drawer, label);
    char rank[64], count[TIME_TEXT], p50[TIME_TEXT], p95[TIME_TEXT];
    bool is_slow = false, has_duration = run_duration(&drawer->doc->detail->detail.run) != DURATION_NONE;
    words_of_rank(peers, rank, &is_slow);
    is_slow = is_slow && has_duration;
    struct style style = STYLE(is_slow ? INK_WARN : INK_MUTED);
    count_format((int64_t)peers->count, count);
    duration_format(peers->p50_ms, p50);
    duration_format(peers->p95_ms, p95);
    if (peers->count == 1 && has_duration)
        fact_words(drawer, fact, style, "the only finished run of this code");
    else if (!has_duration)
        fact_words(drawer, fact, style, "%s runs of this code", count);
    else if (peers->is_complete)
        fact_words(drawer, fact, style, "%s of runs of this code", rank);
    else
        fact_words(drawer, fact, style, "%s of the %s newest runs of this code", rank, count);
    if (peers->count > 1)
        fact_words(drawer, fact, style, " · p50 %s · p95 %s", p50, p95);
    fact->is_flush = !*label;
    drawer_list_fact(drawer, list, *label || drawer->tab == TAB_CALLS ? 0 : FACT_LABEL_CELLS, BLOCK_FACT, 3);
}

static void fact_scope(struct drawer *drawer, struct block_list *list)
{
    const struct run *run = &drawer->doc->detail->detail.run;
    fact_text(drawer_fact(drawer, "scope"), run->scope_id, STYLE(INK_DEFAULT));
    drawer_list_fact(drawer, list, 0, BLOCK_FACT, 4);
    if (text_width(run->id, drawer->in.ascii) + 20 <= drawer->in.width)
        return;
    fact_text(drawer_fact(drawer, "id"), run->id, STYLE(INK_DEFAULT));
    drawer_list_fact(drawer, list, 0, BLOCK_FACT, 5);
}

static void fact_calls(struct drawer *drawer, struct block_list *list)
{
    const struct detail_reply *detail = drawer->doc->detail;
    int64_t listed = (int64_t)detail->call_count, counted = detail->detail.run.tool_call_count;
    char count[TIME_TEXT], other[TIME_TEXT];
    struct fact *fact = drawer_fact(drawer, "tool calls");
    count_format(listed > counted ? listed : counted, count);
    count_format(listed, other);
    if (detail->lacks_calls && counted <= 0)
        fact_words(drawer, fact, STYLE(INK_MUTED), "%s", drawer->in.ascii ? "..." : "…");
    else
        fact_words(drawer, fact, STYLE(INK_DEFAULT), "%s", count);
    if (counted > listed && !detail->lacks_calls)
        fact_words(drawer, fact, STYLE(INK_MUTED), " · %s of them recorded", other);
    drawer_list_fact(drawer, list, 0, BLOCK_FACT, 6);
}

static void fact_trigger(struct drawer *drawer, struct block_list *list)
{
    struct text kind = drawer->doc->detail->detail.run.trigger_kind;
    struct part *metadata = &drawer->parts[PART_TRIGGER];
    struct fact *fact = drawer_fact(drawer, "trigger");
    if (kind.s)
        fact_text(fact, kind, STYLE(INK_TRIGGER));
    else
        fact_words(drawer, fact, STYLE(INK_MUTED), "unknown");
    drawer_list_fact(drawer, list, 0, BLOCK_FACT, 7);
    list->items[list->count - 1].part = metadata;
    if (!metadata->is_closed || list->is_unfolded)
        blocks_json(list, metadata, BLOCK_JSON, drawer_text_width(drawer) < 50 ? 2 : FACT_LABEL_CELLS);
}

void drawer_list_outcome(struct drawer *drawer, struct block_list *list)
{
    fact_status(drawer, list);
    fact_duration(drawer, list);
    drawer_fact_peers(drawer, list, "");
}

void drawer_list_circumstances(struct drawer *drawer, struct block_list *list)
{
    const struct run *run = &drawer->doc->detail->detail.run;
    blocks_blank(list);
    drawer_fact_time(drawer, list, "created", run->created_at);
    drawer_fact_time(drawer, list, "started", run->started_at);
    drawer_fact_time(drawer, list, "ended", run->completed_at);
    blocks_blank(list);
    fact_scope(drawer, list);
    fact_calls(drawer, list);
    fact_trigger(drawer, list);
}
