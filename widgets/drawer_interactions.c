/*
 * What a run asked a person: the message, the fields or the address that it asked for, and what was answered. Of the private part of an answer only that
 * it exists is known here.
 */
#include "widgets/drawer_int.h"

#include "data/base/timefmt.h"

enum { INDENT = 2, FACT_URL = 300, FACT_PURPOSE, FACT_PRIVATE, FACT_ANSWERED, FACT_FIELD };

static const char *glyph_of(const struct interaction *interaction, bool ascii, enum ink *ink)
{
    enum run_status status = STATUS_OTHER;
    if (text_is(interaction->status, "pending"))
        status = STATUS_WAITING;
    else if (text_is(interaction->status, "resolved"))
        status = STATUS_COMPLETED;
    else if (text_is(interaction->status, "cancelled"))
        status = STATUS_CANCELLED;
    *ink = ink_of_status(status);
    return run_status_glyph(status, ascii);
}

/* "◐ FormElicitation · pending · 2m 03s ago" */
static void list_asked(struct drawer *drawer, struct block_list *list, size_t i)
{
    const struct interaction *interaction = drawer->doc->interactions[i].interaction;
    struct part *part = drawer_interaction_part(drawer, i, ASKED);
    struct fact *fact = drawer_fact(drawer, "");
    char ago[TIME_TEXT];
    enum ink ink;
    const char *glyph = glyph_of(interaction, drawer->in.ascii, &ink);
    time_format_ago(interaction->created_at, drawer->in.now, ago);
    fact->is_flush = true;
    fact_words(drawer, fact, STYLE(ink), "%s ", glyph);
    fact_text(fact, interaction->kind, STYLE(INK_STRONG));
    fact_words(drawer, fact, STYLE(INK_MUTED), " · ");
    fact_text(fact, interaction->status, STYLE(ink));
    fact_words(drawer, fact, STYLE(INK_MUTED), " · asked %s", ago);
    drawer_list_fact(drawer, list, INDENT, BLOCK_FACT, part->key);
}

static void list_field(struct drawer *drawer, struct block_list *list, const struct schema_field *field,
                       uint64_t key)
{
    struct fact *fact = drawer_fact(drawer, "");
    fact->name = field->name;
    if (field->type.s)
        fact_text(fact, field->type, STYLE(INK_MUTED));
    if (field->options.s) {
        fact_words(drawer, fact, STYLE(INK_MUTED), "%sone of ", field->type.s ? ", " : "");
        fact_text(fact, field->options, STYLE(INK_MUTED));
    }
    fact_words(drawer, fact, STYLE(INK_MUTED), "%s%s", field->is_required ? ", required" : "",
               field->is_secret ? ", secret" : "");
    if (field->title.s && !text_eq(field->title, field->name)) {
        fact_words(drawer, fact, STYLE(INK_MUTED), " · ");
        fact_text(fact, field->title, STYLE(INK_DEFAULT));
    }
    drawer_list_fact(drawer, list, INDENT * 2, FACT_FIELD, key);
}

static void list_flush(struct drawer *drawer, struct block_list *list, unsigned role, uint64_t key)
{
    drawer->facts[drawer->fact_count - 1].is_flush = true;
    drawer_list_fact(drawer, list, INDENT * 2, role, key);
}

static void list_asked_for(struct drawer *drawer, struct block_list *list, const struct interaction_doc *doc,
                           uint64_t key)
{
    if (doc->url.s) {
        fact_text(drawer_fact(drawer, ""), doc->url,
                  (struct style){.ink = INK_ACCENT, .attrs = ATTR_UNDERLINE});
        list_flush(drawer, list, FACT_URL, key);
    }
    for (size_t f = 0; f < doc->field_count; f++)
        list_field(drawer, list, &doc->fields[f], key + f);
}

static void list_answer(struct drawer *drawer, struct block_list *list, const struct interaction *interaction,
                        uint64_t key)
{
    char took[TIME_TEXT];
    int64_t wait;
    if (!text_is(interaction->status, "pending") && interaction->created_at != TIME_NONE &&
        interaction->updated_at != TIME_NONE &&
        !__builtin_sub_overflow(interaction->updated_at, interaction->created_at, &wait)) {
        duration_format(wait, took);
        fact_words(drawer, drawer_fact(drawer, ""), STYLE(INK_MUTED), "answered after %s", took);
        list_flush(drawer, list, FACT_ANSWERED, key);
    }
    if (interaction->has_private_response) {
        fact_words(drawer, drawer_fact(drawer, ""), STYLE(INK_MUTED), "private answer: recorded, not shown");
        list_flush(drawer, list, FACT_PRIVATE, key);
    }
}

static bool is_purpose_told(const struct interaction_doc *doc)
{
    struct text purpose = doc->interaction->purpose;
    struct json_span span;
    if (!purpose.n || json_view_count(doc->message) != 1)
        return !purpose.n;
    struct json_spans it = json_spans(doc->message, 0, false);
    return json_span_next(&it, &span) && text_eq(span.text, purpose);
}

static void list_one(struct drawer *drawer, struct block_list *list, size_t i)
{
    const struct interaction_doc *doc = &drawer->doc->interactions[i];
    uint64_t key = drawer_interaction_part(drawer, i, ASKED)->key;
    list_asked(drawer, list, i);
    blocks_json(list, drawer_interaction_part(drawer, i, ASKED_MESSAGE), BLOCK_PROSE, INDENT * 2);
    if (!is_purpose_told(doc)) {
        fact_text(drawer_fact(drawer, ""), doc->interaction->purpose, STYLE(INK_MUTED));
        list_flush(drawer, list, FACT_PURPOSE, key);
    }
    list_asked_for(drawer, list, doc, key);
    drawer_payload(drawer, list, drawer_interaction_part(drawer, i, ASKED_REQUEST), "request",
                   doc->interaction->payload_json);
    drawer_payload(drawer, list, drawer_interaction_part(drawer, i, ASKED_RESPONSE), "response",
                   doc->interaction->response_json);
    list_answer(drawer, list, doc->interaction, key);
}

void drawer_list_waiting(struct drawer *drawer, struct block_list *list)
{
    struct part *part = &drawer->parts[PART_WAITING];
    ptrdiff_t pending = drawer->doc->detail->detail.pending;
    if (pending < 0 || (size_t)pending >= drawer->doc->interaction_count)
        return;
    blocks_blank(list);
    const char *key = drawer->in.answer_key;
    blocks_heading(list, part, 0, "Waiting for an answer",
                   key ? drawer_words(drawer, "%s answers", key) : NULL);
    if (!part->is_closed || list->is_unfolded)
        list_one(drawer, list, (size_t)pending);
}

void drawer_list_interactions(struct drawer *drawer, struct block_list *list)
{
    struct part *part = &drawer->parts[PART_ASKED];
    ptrdiff_t pending = drawer->doc->detail->detail.pending;
    size_t count = drawer->doc->interaction_count - (pending >= 0);
    if (!drawer->doc->interaction_count || !count)
        return;
    blocks_blank(list);
    blocks_heading(list, part, 0, pending >= 0 ? "Earlier interactions" : "Interactions",
                   count > 1 ? drawer_words(drawer, "%zu, newest first", count) : NULL);
    if (part->is_closed && !list->is_unfolded)
        return;
    bool is_first = true;
    for (size_t i = 0; i < drawer->doc->interaction_count; i++) {
        if ((ptrdiff_t)i == pending)
            continue;
        if (!is_first)
            blocks_blank(list);
        list_one(drawer, list, i);
        is_first = false;
    }
}
