/*
 * What can be folded, and how it stays folded when the document is read again. Parts are known by what they are of (a call's id, not its number), since a
 * run that goes on gets further calls between the ones that are there.
 */
#include "widgets/drawer_int.h"

#include "data/base/die.h"

#include <stdlib.h>

#define KEY_BASIS UINT64_C(14695981039346656037)

static uint64_t key_of_id(struct text id, unsigned role)
{
    uint64_t key = KEY_BASIS;
    for (size_t i = 0; i < id.n; i++)
        key = (key ^ (unsigned char)id.s[i]) * UINT64_C(1099511628211);
    return drawer_key(key, role);
}

static size_t calls_at(const struct run_doc *doc)
{
    return PARTS_FIXED + doc->interaction_count * PARTS_AN_INTERACTION;
}

struct part *drawer_interaction_part(struct drawer *drawer, size_t interaction, enum interaction_part which)
{
    return &drawer->parts[PARTS_FIXED + interaction * PARTS_AN_INTERACTION + which];
}

struct part *drawer_call_part(struct drawer *drawer, size_t call, enum call_part which)
{
    return &drawer->parts[calls_at(drawer->doc) + call * PARTS_A_CALL + which];
}

static void part_init(struct part *part, uint64_t key, const struct json_view *view, bool is_closed)
{
    *part = (struct part){.key = key, .view = view, .is_closed = is_closed};
    if (view)
        json_fold_init(&part->fold, view);
}

static void init_fixed(struct drawer *drawer)
{
    const struct run_doc *doc = drawer->doc;
    const struct json_view *views[PARTS_FIXED] = {
        [PART_TRIGGER] = doc->trigger, [PART_ERROR] = doc->error, [PART_RESULT] = doc->result};
    for (unsigned i = 0; i < PARTS_FIXED; i++)
        part_init(&drawer->parts[i], drawer_key(KEY_BASIS, i), views[i], false);
}

static void init_interactions(struct drawer *drawer)
{
    for (size_t i = 0; i < drawer->doc->interaction_count; i++) {
        const struct interaction_doc *doc = &drawer->doc->interactions[i];
        const struct json_view *views[] = {[ASKED] = NULL,
                                           [ASKED_MESSAGE] = doc->message,
                                           [ASKED_REQUEST] = doc->request,
                                           [ASKED_RESPONSE] = doc->response};
        for (unsigned which = 0; which < PARTS_AN_INTERACTION; which++)
            part_init(drawer_interaction_part(drawer, i, which), key_of_id(doc->interaction->id, 100 + which),
                      views[which], which == ASKED_REQUEST);
    }
}

static void init_calls(struct drawer *drawer)
{
    for (size_t i = 0; i < drawer->doc->call_count; i++) {
        const struct call_doc *doc = &drawer->doc->calls[i];
        const struct json_view *views[] = {[CALL_SELF] = NULL,
                                           [CALL_ARGS] = doc->args,
                                           [CALL_RESULT] = doc->result,
                                           [CALL_ERROR] = doc->error};
        for (unsigned which = 0; which < PARTS_A_CALL; which++)
            part_init(drawer_call_part(drawer, i, which), key_of_id(doc->call->id, 200 + which), views[which],
                      which == CALL_SELF);
    }
}

/* ---- from one document to the next ---- */

static bool folds_alike(const struct json_fold *fold, const struct json_view *view)
{
    size_t lines = json_view_count(fold->view);
    if (!view || json_view_count(view) != lines)
        return false;
    for (size_t line = 0; line < lines; line++)
        if (json_fold_is_folded(fold, line) &&
            json_view_line(view, line).mate != json_view_line(fold->view, line).mate)
            return false;
    return true;
}

static void part_inherit(struct part *part, struct part *old)
{
    part->is_closed = old->is_closed;
    part->is_whole = old->is_whole;
    if (!old->view || !old->fold.folded || !folds_alike(&old->fold, part->view))
        return;
    part->fold = old->fold;
    part->fold.view = part->view;
    old->fold = (struct json_fold){0};
}

static struct part *find_part(struct part *parts, size_t count, uint64_t key, size_t hint)
{
    for (size_t i = 0; i < count; i++) {
        struct part *part = &parts[(hint + i) % count];
        if (part->key == key)
            return part;
    }
    return NULL;
}

static void free_parts(struct part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        json_fold_release(&parts[i].fold);
    free(parts);
}

static void inherit(struct drawer *drawer, struct part *old, size_t old_count)
{
    size_t hint = 0;
    for (size_t i = 0; i < drawer->part_count; i++) {
        struct part *found = find_part(old, old_count, drawer->parts[i].key, hint);
        if (!found)
            continue;
        part_inherit(&drawer->parts[i], found);
        hint = (size_t)(found - old) + 1;
    }
}

static void make_parts(struct drawer *drawer)
{
    const struct run_doc *doc = drawer->doc;
    drawer->part_count = calls_at(doc) + doc->call_count * PARTS_A_CALL;
    drawer->parts = mem_new_array(drawer->part_count, sizeof *drawer->parts);
    init_fixed(drawer);
    init_interactions(drawer);
    init_calls(drawer);
}

static bool is_of_run(const struct drawer *drawer, struct text id)
{
    return drawer->run_id && text_is(id, drawer->run_id);
}

static void start_afresh(struct drawer *drawer, struct text id)
{
    drawer_drop_doc(drawer);
    memset(drawer->places, 0, sizeof drawer->places);
    drawer->run_id = mem_strndup(id.s ? id.s : "", id.n);
}

void drawer_take_doc(struct drawer *drawer)
{
    const struct run_doc *doc = drawer->in.doc;
    struct text id = doc->detail->detail.run.id;
    if (!is_of_run(drawer, id))
        start_afresh(drawer, id);
    struct part *old = drawer->parts;
    size_t old_count = drawer->part_count;
    drawer_keep_entries(drawer, doc);
    drawer->doc = doc;
    make_parts(drawer);
    inherit(drawer, old, old_count);
    free_parts(old, old_count);
}

void drawer_drop_doc(struct drawer *drawer)
{
    drawer_keep_entries(drawer, NULL);
    free_parts(drawer->parts, drawer->part_count);
    free(drawer->run_id);
    drawer->parts = NULL;
    drawer->part_count = 0;
    drawer->run_id = NULL;
    drawer->doc = NULL;
    drawer->blocks.count = drawer->blocks.rows = 0;
}
