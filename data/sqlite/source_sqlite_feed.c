/*
 * See source_sqlite_feed.h. SQLite hands out rows one at a time at a price of its own; a function of ours in the WHERE clause gets the same values
 * without it: it takes them and lets no row pass until the batch is full. That holds only where rows come in order from an index; where they
 * must be sorted first, it stands behind the sort.
 */
#include "data/sqlite/source_sqlite_feed_int.h"

#include "data/base/die.h"

#include <stdlib.h>
#include <string.h>

enum {
    BATCH_BYTES = 1 << 18,
    CLOCK_EVERY = 512,
    SQL_MAX = 1000,
    NAME_MAX_BYTES = 300,
    PROOF_EVERY = 64,
    PROOFS_AT_END = 8
};

#define FEED_POINTER "feed"

#define WORDS_OF(column)                                                                                     \
    {                                                                                                        \
        "execution", "NULL", column, column " IS ?3 AND rowid > ?2", NULL, "rowid", false, true              \
    }
#define TEXTS_OF(table, column)                                                                              \
    {                                                                                                        \
        table, column, column, column " = ?1 AND rowid > ?2", column " > ?1 AND " column " < x''",           \
            column ", rowid", false                                                                          \
    }
/* A file in UTF-16 orders them by its own bytes: so ids of two feeds can be compared, which are told by nothing but their order. */
#define KEY "CAST(?1 AS TEXT)"
#define IDS_OF(table)                                                                                        \
    {                                                                                                        \
        table, "CAST(execution_id AS BLOB)", "execution_id", "execution_id = " KEY " AND rowid > ?2",        \
            "execution_id > " KEY " AND execution_id < x''", "execution_id, rowid", .is_bytes = true         \
    }
#define BY_ROWID(column)                                                                                     \
    {                                                                                                        \
        "execution", column, NULL, "rowid > ?2", NULL, "rowid", false                                        \
    }

/* A BLOB where a text should be stands behind every text, and behind x'', too. */
static const struct feed_sql feed_sqls[FEED_SOURCES] = {
    [FEED_CREATED] = {"execution", "created_at", "created_at", "created_at = ?1 AND rowid > ?2",
                      "created_at > ?1 AND created_at <= 9223372036854775807", "created_at, rowid", true},
    [FEED_STATUS] = WORDS_OF("status"),
    [FEED_TRIGGER] = WORDS_OF("trigger_kind"),
    [FEED_SCOPE] = WORDS_OF("scope_id"),
    [FEED_RUN_IDS] = {"execution", "CAST(id AS BLOB)", "scope_id,id",
                      "scope_id = ?3 AND id = " KEY " AND rowid > ?2",
                      "scope_id = ?3 AND id > " KEY " AND id < x''", "id, rowid", .is_under_prefix = true,
                      .is_bytes = true},
    [FEED_CALL_IDS] = IDS_OF("execution_tool_call"),
    [FEED_INTERACTION_IDS] = IDS_OF("execution_interaction"),
    [FEED_CALL_PATHS] = TEXTS_OF("execution_tool_call", "tool_path"),
    [FEED_CREATED_BY_ROWID] = {"execution", "created_at", NULL,
                               "rowid > ?2 AND created_at <= 9223372036854775807", NULL, "rowid", true},
    [FEED_STATUS_BY_ROWID] = BY_ROWID("status"),
    [FEED_TRIGGER_BY_ROWID] = BY_ROWID("trigger_kind"),
    [FEED_SCOPE_BY_ROWID] = BY_ROWID("scope_id"),
};

const struct feed_sql *feed_sql_of(const struct feed *feed)
{
    return &feed_sqls[feed->source];
}

void feed_restart(struct feed *feed)
{
    free(feed->key);
    feed->key = mem_strdup("");
    feed->key_length = 0;
    feed->number = feed->rowid = INT64_MIN;
    feed->is_real = feed->is_end = false;
    feed->at = feed->count = feed->byte_count = 0;
}

void feed_init(struct feed *feed, enum feed_source source, struct text prefix, size_t room)
{
    *feed = (struct feed){.source = source, .prefix = prefix, .room = room};
    feed_restart(feed);
}

void feed_release(struct feed *feed)
{
    feed_end(feed);
    free(feed->key);
    free(feed->index);
    free(feed->entries);
    free(feed->bytes);
    *feed = (struct feed){0};
}

/* ---- taking entries ---- */

/* The first bytes as a number of the same order. */
static uint64_t head_of(struct text text)
{
    uint64_t head = 0;
    memcpy(&head, text.s, text.n < sizeof head ? text.n : sizeof head);
    return __builtin_bswap64(head);
}

void feed_put_text(struct feed *feed, struct feed_entry *entry, struct text text)
{
    const struct feed_entry *last = feed->count ? entry - 1 : NULL;
    if (last && text_eq(text, feed_text(feed, last))) {
        entry->number = last->number;
        entry->at = last->at;
        entry->length = last->length;
        return;
    }
    if (feed->byte_count + text.n >=
        feed->byte_room) { /* some room for an empty text, too: it is not the null */
        feed->byte_room = 2 * (feed->byte_count + text.n) + 1;
        feed->bytes = mem_resize(feed->bytes, feed->byte_room, 1);
    }
    if (text.n)
        memcpy(feed->bytes + feed->byte_count, text.s, text.n);
    entry->number = text.n ? head_of(text) : 0;
    entry->at = (uint32_t)feed->byte_count;
    entry->length = (uint32_t)text.n;
    feed->byte_count += text.n;
}

bool feed_is_full(const struct feed *feed)
{
    if (feed->count == feed->room || feed->byte_count >= BATCH_BYTES)
        return true;
    return feed->count % CLOCK_EVERY == 0 && clock_ms() >= feed->until;
}

static struct text text_value(const struct feed *feed, sqlite3_value *value)
{
    if (sqlite3_value_type(value) == SQLITE_NULL)
        return TEXT_NULL;
    const char *s =
        feed_sql_of(feed)->is_bytes ? sqlite3_value_blob(value) : (const char *)sqlite3_value_text(value);
    return (struct text){s ? s : "", (size_t)sqlite3_value_bytes(value)};
}

/* Whether the batch is full. The feed is bound, not registered with the function: a connection that is kept outlives it. */
void sql_feed_take(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    struct feed *feed = sqlite3_value_pointer(values[0], FEED_POINTER);
    if (!feed)
        return;
    struct feed_entry *entry = &feed->entries[feed->count];
    *entry = (struct feed_entry){.rowid = sqlite3_value_int64(values[2]), .length = FEED_NULL};
    if (feed_sql_of(feed)->is_number) {
        entry->number = (uint64_t)sqlite3_value_int64(values[1]);
        feed->is_real = sqlite3_value_type(values[1]) == SQLITE_FLOAT;
        feed->real = feed->is_real ? sqlite3_value_double(values[1]) : 0;
    } else {
        struct text text = text_value(feed, values[1]);
        if (text.s)
            feed_put_text(feed, entry, text);
    }
    feed->count++;
    sqlite3_result_int(context, feed_is_full(feed));
}

/* The batch's last entry is where the next one begins. */
static void remember_last(struct feed *feed)
{
    if (!feed->count)
        return;
    const struct feed_entry *last = &feed->entries[feed->count - 1];
    struct text text = feed_text(feed, last);
    feed->number = (int64_t)last->number;
    feed->rowid = last->rowid;
    free(feed->key);
    feed->key = mem_strndup(text.s ? text.s : "", text.n);
    feed->key_length = text.n;
}

/* ---- statements ---- */

#define INDEX_SQL                                                                                            \
    "SELECT l.name FROM pragma_index_list(?1) l WHERE l.partial = 0 AND (SELECT group_concat(name) FROM "    \
    "(SELECT name FROM pragma_index_info(l.name) ORDER BY seqno)) = ?2 AND NOT EXISTS (SELECT 1 FROM "       \
    "pragma_index_xinfo(l.name) x WHERE x.key AND (x.\"desc\" OR x.coll <> 'BINARY'))"

/* An index of just these columns, for a FROM clause; "" where there is none. */
static enum err_code find_index(struct feed *feed, struct err *err)
{
    const struct feed_sql *sql = feed_sql_of(feed);
    char clause[NAME_MAX_BYTES] = "";
    enum err_code code = ERR_OK;
    sqlite3_stmt *statement = NULL;
    if (sql->index)
        code = reader_prepare(feed->reader, INDEX_SQL, &statement, err);
    if (code)
        return code;
    bind_text(statement, 1, text_of(sql->table));
    bind_text(statement, 2, text_of(sql->index));
    if (statement && reader_step(feed->reader, statement, &code, err) &&
        sqlite3_column_bytes(statement, 0) < NAME_MAX_BYTES / 3)
        sqlite3_snprintf(NAME_MAX_BYTES, clause, "INDEXED BY \"%w\"", sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    if (!code)
        feed->index = mem_strdup(clause);
    return code;
}

static enum err_code prepare(struct feed *feed, const char *condition, sqlite3_stmt **statement,
                             struct err *err)
{
    const struct feed_sql *sql = feed_sql_of(feed);
    char text[SQL_MAX];
    if (*feed->index || !sql->index) {
        sqlite3_snprintf(sizeof text, text,
                         "SELECT 1 FROM %s %s WHERE %s AND feed_take(?4, %s, rowid) ORDER BY %s", sql->table,
                         feed->index, condition, sql->value, sql->sorted);
        if (sqlite3_prepare_v2(feed->reader->db, text, -1, statement, NULL) == SQLITE_OK)
            return ERR_OK;
    }
    sqlite3_snprintf(sizeof text, text,
                     "SELECT feed_take(?4, v, r) FROM (SELECT %s AS v, rowid AS r FROM %s WHERE %s ORDER BY "
                     "%s LIMIT -1)",
                     sql->value, sql->table, condition, sql->sorted);
    return reader_prepare(feed->reader, text, statement, err);
}

static void bind(struct feed *feed, sqlite3_stmt *statement)
{
    if (feed_sql_of(feed)->is_number && feed->is_real)
        sqlite3_bind_double(statement, 1, feed->real);
    else if (feed_sql_of(feed)->is_number)
        sqlite3_bind_int64(statement, 1, feed->number);
    else if (feed_sql_of(feed)->is_bytes) /* a copy: the key moves on while the statement runs */
        sqlite3_bind_blob64(statement, 1, feed->key, feed->key_length, SQLITE_TRANSIENT);
    else
        sqlite3_bind_text64(statement, 1, feed->key, feed->key_length, SQLITE_TRANSIENT, SQLITE_UTF8);
    sqlite3_bind_int64(statement, 2, feed->rowid);
    bind_text(statement, 3, feed->prefix);
    sqlite3_bind_pointer(statement, 4, feed, FEED_POINTER, NULL);
}

static enum err_code begin_by_sql(struct feed *feed, struct err *err)
{
    const struct feed_sql *sql = feed_sql_of(feed);
    enum err_code code = feed->index ? ERR_OK : find_index(feed, err);
    if (!code && sql->same)
        code = prepare(feed, sql->same, &feed->statements[0], err);
    if (!code && sql->behind)
        code = prepare(feed, sql->behind, &feed->statements[1], err);
    for (size_t i = 0; !code && i < 2; i++)
        if (feed->statements[i])
            bind(feed, feed->statements[i]);
    return code;
}

enum err_code feed_begin(struct feed *feed, struct reader *reader, struct feed_image *image, struct err *err)
{
    feed->reader = reader;
    feed->image = image;
    if (!feed->entries)
        feed->entries = mem_new_array(feed->room, sizeof *feed->entries);
    bool is_by_image;
    enum err_code code = feed_image_begin(feed, &is_by_image, err);
    return code || is_by_image ? code : begin_by_sql(feed, err);
}

void feed_end(struct feed *feed)
{
    feed_image_end(feed);
    for (size_t i = 0; i < 2; i++) {
        sqlite3_finalize(feed->statements[i]);
        feed->statements[i] = NULL;
    }
    feed->reader = NULL;
}

/* ---- filling ---- */

/* Steps until the batch is full, or, and then it is finalized, there is nothing more. */
static enum err_code drain(struct feed *feed, sqlite3_stmt **statement, struct err *err)
{
    enum err_code code = ERR_OK;
    while (*statement) {
        bool is_row = reader_step(feed->reader, *statement, &code, err);
        if (code)
            return code;
        if (!is_row) {
            sqlite3_finalize(*statement);
            *statement = NULL;
        } else if (feed_is_full(feed)) {
            return ERR_OK;
        }
    }
    return ERR_OK;
}

static enum err_code fill_by_sql(struct feed *feed, struct err *err)
{
    enum err_code code = ERR_OK;
    for (size_t i = 0; !code && i < 2 && !(feed->count && feed_is_full(feed)); i++)
        code = drain(feed, &feed->statements[i], err);
    feed->is_end = !code && !feed->statements[0] && !feed->statements[1];
    return code;
}

/* ---- the proof of an image ---- */

/* A feed by SQLite that stands where this one does. */
static void copy_place(struct feed *copy, const struct feed *feed)
{
    feed_init(copy, feed->source, feed->prefix, 1);
    copy->number = feed->number;
    copy->rowid = feed->rowid;
    free(copy->key);
    copy->key = mem_strndup(feed->key, feed->key_length);
    copy->key_length = feed->key_length;
    copy->index = feed->index ? mem_strdup(feed->index) : NULL;
}

static bool is_same_entry(const struct feed *a, const struct feed *b)
{
    const struct feed_entry *x = &a->entries[0], *y = &b->entries[0];
    return x->rowid == y->rowid && x->number == y->number && text_eq(feed_text(a, x), feed_text(b, y));
}

/* Whether SQLite finds the batch's first entry, or, where nothing is expected, none behind the place `before`. */
static enum err_code prove(struct feed *feed, struct feed *before, bool is_expected, struct err *err)
{
    before->until = INT64_MAX;
    enum err_code code = feed_begin(before, feed->reader, NULL, err);
    if (!code)
        code = fill_by_sql(before, err);
    feed_end(before);
    if (!code && (before->count != is_expected || (is_expected && !is_same_entry(before, feed))))
        feed->image->is_broken = true;
    if (!feed->index && before->index)
        feed->index = mem_strdup(before->index);
    return code;
}

static enum err_code prove_end(struct feed *feed, struct err *err)
{
    struct feed last;
    if (feed->image->is_broken || !feed->is_end || feed->image->proofs_at_end++ >= PROOFS_AT_END)
        return ERR_OK;
    copy_place(&last, feed);
    enum err_code code = prove(feed, &last, false, err);
    feed_release(&last);
    return code;
}

static enum err_code fill_by_image(struct feed *feed, struct err *err)
{
    bool is_due = feed->image->batches++ % PROOF_EVERY == 0;
    struct feed before = {0};
    if (is_due)
        copy_place(&before, feed);
    feed_image_fill(feed);
    enum err_code code = ERR_OK;
    if (is_due && !feed->image->is_broken)
        code = prove(feed, &before, feed->count > 0, err);
    if (is_due)
        feed_release(&before);
    remember_last(feed);
    return code ? code : prove_end(feed, err);
}

enum err_code feed_fill(struct feed *feed, int64_t until, struct err *err)
{
    feed->at = feed->count = feed->byte_count = 0;
    feed->until = until;
    if (feed->walk)
        return fill_by_image(feed, err);
    enum err_code code = fill_by_sql(feed, err);
    remember_last(feed);
    return code;
}
