/*
 * B-trees as SQLite writes them, walked and compared with what SQLite itself says is in them, entry for entry; and bytes that SQLite
 * did not write.
 */
#include "data/base/arena.h"
#include "data/base/buf.h"
#include "data/base/rand.h"
#include "data/btree/btree_walk.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- a file in memory ---- */

struct file {
    sqlite3 *db;
    uint8_t *bytes;
    size_t size;
    struct btree_pages pages;
    size_t reads;
};

static void run(struct file *file, const char *sql)
{
    char *message = NULL;
    if (sqlite3_exec(file->db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
}

static struct file file_new(int page_size, int reserved)
{
    struct file file = {0};
    char pragma[64];
    assert_int_equal(sqlite3_open(":memory:", &file.db), SQLITE_OK);
    snprintf(pragma, sizeof pragma, "PRAGMA page_size = %d", page_size);
    run(&file, pragma);
    assert_int_equal(sqlite3_file_control(file.db, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved), SQLITE_OK);
    return file;
}

static bool read_page(void *context, uint32_t number, uint8_t *page)
{
    struct file *file = context;
    size_t at = (size_t)(number - 1) * file->pages.page_size;
    file->reads++;
    if (!number || at + file->pages.page_size > file->size)
        return false;
    memcpy(page, file->bytes + at, file->pages.page_size);
    return true;
}

/* The bytes as they are now. */
static void take_pages(struct file *file)
{
    sqlite3_int64 size;
    sqlite3_free(file->bytes);
    file->bytes = sqlite3_serialize(file->db, "main", &size, 0);
    assert_non_null(file->bytes);
    file->size = (size_t)size;
    uint32_t page_size = (uint32_t)file->bytes[16] << 8 | file->bytes[17];
    page_size = page_size == 1 ? 65536 : page_size;
    file->pages = (struct btree_pages){read_page, file, page_size, page_size - file->bytes[20],
                                       (uint32_t)(file->size / page_size)};
}

static void file_free(struct file *file)
{
    sqlite3_free(file->bytes);
    sqlite3_close(file->db);
}

static uint32_t root_of(struct file *file, const char *name)
{
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(file->db, "SELECT rootpage FROM sqlite_master WHERE name = ?", -1,
                                        &statement, NULL),
                     SQLITE_OK);
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    uint32_t root = (uint32_t)sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return root;
}

/* ---- what SQLite says ---- */

enum { ENTRIES_MAX = 20000 };

struct model {
    struct arena arena;
    struct btree_record *entries;
    size_t count;
};

static struct btree_value column_value(sqlite3_stmt *statement, int column, struct arena *arena)
{
    struct btree_value value = {.type = BTREE_NULL};
    struct text bytes = {NULL, 0};
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
        value.type = BTREE_INTEGER;
        value.integer = sqlite3_column_int64(statement, column);
        return value;
    case SQLITE_FLOAT:
        value.type = BTREE_REAL;
        value.real = sqlite3_column_double(statement, column);
        return value;
    case SQLITE_TEXT: value.type = BTREE_TEXT; break;
    case SQLITE_BLOB: value.type = BTREE_BLOB; break;
    default: return value;
    }
    bytes.s = sqlite3_column_blob(statement, column);
    bytes.n = (size_t)sqlite3_column_bytes(statement, column);
    value.bytes = bytes.s ? arena_text(arena, bytes) : TEXT_LIT("");
    return value;
}

/* The last column is the rowid. */
static void model_read(struct model *model, struct file *file, const char *sql)
{
    sqlite3_stmt *statement;
    arena_init(&model->arena);
    model->entries = calloc(ENTRIES_MAX, sizeof *model->entries);
    model->count = 0;
    assert_non_null(model->entries);
    if (sqlite3_prepare_v2(file->db, sql, -1, &statement, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(file->db));
    int columns = sqlite3_column_count(statement);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        assert_true(model->count < ENTRIES_MAX);
        struct btree_record *entry = &model->entries[model->count++];
        entry->count = (size_t)columns;
        for (int i = 0; i < columns; i++)
            entry->values[i] = column_value(statement, i, &model->arena);
        entry->rowid = sqlite3_column_int64(statement, columns - 1);
    }
    sqlite3_finalize(statement);
}

static void model_release(struct model *model)
{
    arena_release(&model->arena);
    free(model->entries);
}

static void expect_one(const struct btree_value *value, const struct btree_value *expected)
{
    assert_int_equal(value->type, expected->type);
    if (value->type == BTREE_INTEGER)
        assert_true(value->integer == expected->integer);
    if (value->type == BTREE_REAL)
        assert_true(value->real == expected->real);
    if (value->type == BTREE_TEXT || value->type == BTREE_BLOB)
        assert_true(text_eq(value->bytes, expected->bytes));
}

static void expect_entry(const struct btree_record *record, const struct btree_record *expected)
{
    assert_int_equal(record->count, expected->count);
    assert_true(record->rowid == expected->rowid);
    for (size_t i = 0; i < record->count; i++)
        expect_one(&record->values[i], &expected->values[i]);
}

static void expect_end(struct btree_walk *walk)
{
    struct btree_record record;
    assert_false(btree_walk_next(walk, &record));
    assert_false(btree_walk_next(walk, &record));
    assert_int_equal(btree_walk_same(walk, &(int64_t){0}, 1), 0);
    assert_int_equal(btree_walk_integers(walk, &(int64_t){0}, &(int64_t){0}, 1), 0);
    assert_false(walk->is_broken);
    btree_walk_end(walk);
}

/* ---- ways to read it ---- */

static void expect_all(struct file *file, uint32_t root, const struct model *model)
{
    struct btree_walk walk;
    struct btree_record record;
    btree_walk_start(&walk, &file->pages, root, BTREE_INDEX);
    for (size_t i = 0; i < model->count; i++) {
        assert_true(btree_walk_next(&walk, &record));
        expect_entry(&record, &model->entries[i]);
    }
    expect_end(&walk);
}

static size_t take_integers(struct btree_walk *walk, const struct model *model, size_t at, size_t max)
{
    int64_t values[500], rowids[500];
    size_t n = btree_walk_integers(walk, values, rowids, max);
    assert_true(n <= max && n <= model->count - at);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(model->entries[at + i].values[0].type, BTREE_INTEGER);
        assert_true(values[i] == model->entries[at + i].values[0].integer);
        assert_true(rowids[i] == model->entries[at + i].rowid);
    }
    if (n < max && at + n < model->count)
        assert_int_not_equal(model->entries[at + n].values[0].type, BTREE_INTEGER);
    return n;
}

static bool is_same(const struct btree_value *a, const struct btree_value *b)
{
    if (a->type != b->type || a->type == BTREE_NULL)
        return a->type == b->type;
    if (a->type == BTREE_INTEGER || a->type == BTREE_REAL)
        return a->type == BTREE_INTEGER ? a->integer == b->integer : a->real == b->real;
    return text_eq(a->bytes, b->bytes);
}

static size_t take_same(struct btree_walk *walk, const struct model *model, size_t at, size_t max)
{
    int64_t rowids[500];
    size_t n = btree_walk_same(walk, rowids, max);
    assert_true(n <= max && n <= model->count - at);
    const struct btree_value *value = &model->entries[at - 1].values[0];
    for (size_t i = 0; i < n; i++) {
        assert_true(is_same(&model->entries[at + i].values[0], value));
        assert_true(rowids[i] == model->entries[at + i].rowid);
    }
    if (n < max && at + n < model->count && value->bytes.n < 50)
        assert_false(is_same(&model->entries[at + n].values[0], value));
    return n;
}

/* By all three calls, mixed. */
static void expect_all_mixed(struct file *file, uint32_t root, const struct model *model, struct rand *rng)
{
    struct btree_walk walk;
    struct btree_record record;
    bool has_last = false;
    btree_walk_start(&walk, &file->pages, root, BTREE_INDEX);
    for (size_t at = 0; at < model->count;) {
        size_t max = 1 + rand_below(rng, rand_chance(rng, 0.5) ? 4 : 500);
        uint32_t way = rand_below(rng, 3);
        if (way == 0 && model->entries[0].count == 2) {
            at += take_integers(&walk, model, at, max);
            has_last = false;
        } else if (way == 1 && has_last) {
            at += take_same(&walk, model, at, max);
        } else {
            assert_true(btree_walk_next(&walk, &record));
            expect_entry(&record, &model->entries[at++]);
            has_last = model->entries[0].count == 2;
        }
    }
    expect_end(&walk);
}

/* Behind an entry comes the next one; behind all that begin with a value, the first that does not. */
static void expect_seeks(struct file *file, uint32_t root, const struct model *model, struct rand *rng,
                         size_t times)
{
    struct btree_walk walk;
    struct btree_record record;
    btree_walk_start(&walk, &file->pages, root, BTREE_INDEX);
    for (size_t i = 0; i < times; i++) {
        size_t at = rand_below(rng, (uint32_t)model->count);
        const struct btree_record *key = &model->entries[at++];
        size_t count = rand_chance(rng, 0.5) ? key->count : 1;
        while (count == 1 && at < model->count && is_same(&model->entries[at].values[0], &key->values[0]))
            at++;
        btree_walk_seek(&walk, key->values, count);
        for (size_t n = 0; n < 5 && at < model->count; n++, at++) {
            assert_true(btree_walk_next(&walk, &record));
            expect_entry(&record, &model->entries[at]);
        }
        if (at == model->count)
            assert_false(btree_walk_next(&walk, &record));
        assert_false(walk.is_broken);
    }
    btree_walk_end(&walk);
}

static void expect_index(struct file *file, const char *name, const char *sql, struct rand *rng)
{
    struct model model;
    uint32_t root = root_of(file, name);
    model_read(&model, file, sql);
    expect_all(file, root, &model);
    for (int i = 0; i < 3; i++)
        expect_all_mixed(file, root, &model, rng);
    if (model.count)
        expect_seeks(file, root, &model, rng, 60);
    model_release(&model);
}

/* ---- content ---- */

#define COUNT(n) "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " #n ") "

/* Times that come twice, words that come often and null, long ids, rows deleted in between. */
static void write_history(struct file *file)
{
    run(file, "BEGIN; CREATE TABLE t(at INTEGER, word TEXT, id TEXT, any BLOB);"
              "CREATE INDEX t_at ON t(at); CREATE INDEX t_word ON t(word); CREATE INDEX t_id ON t(word, id);"
              "CREATE INDEX t_any ON t(any);");
    run(file, COUNT(3000) "INSERT INTO t SELECT 1700000000000 + (i * 7919) % 5003 * 50, "
                          "CASE i % 7 WHEN 0 THEN NULL WHEN 1 THEN 'failed' ELSE 'completed' END, "
                          "printf('%08x-%d', (i * 2654435761) % 4294967296, i), "
                          "CASE i % 11 WHEN 0 THEN i WHEN 1 THEN i * 0.37 WHEN 2 THEN NULL "
                          "WHEN 3 THEN zeroblob(i % 700) WHEN 4 THEN printf('%.*c', i % 900, 'x') "
                          "WHEN 5 THEN i % 2 WHEN 6 THEN -i * 1000003 WHEN 7 THEN '' "
                          "ELSE printf('%d', i % 50) END FROM n");
    run(file, "UPDATE t SET rowid = rowid + 5000000000 WHERE rowid % 97 = 0");
    run(file, "DELETE FROM t WHERE rowid % 5 = 0; COMMIT");
}

static void expect_history(struct file *file, struct rand *rng)
{
    take_pages(file);
    expect_index(file, "t_at", "SELECT at, rowid FROM t INDEXED BY t_at ORDER BY 1, 2", rng);
    expect_index(file, "t_word", "SELECT word, rowid FROM t INDEXED BY t_word ORDER BY 1, 2", rng);
    expect_index(file, "t_id", "SELECT word, id, rowid FROM t INDEXED BY t_id ORDER BY 1, 2, 3", rng);
    expect_index(file, "t_any", "SELECT any, rowid FROM t INDEXED BY t_any ORDER BY 1, 2", rng);
}

static void page_shapes(void **state)
{
    (void)state;
    static const struct {
        int page_size, reserved;
    } shapes[] = {{512, 0}, {512, 32}, {1024, 8}, {4096, 0}, {4096, 255}, {65536, 0}, {65536, 16}};
    struct rand rng;
    rand_seed(&rng, 1);
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct file file = file_new(shapes[i].page_size, shapes[i].reserved);
        write_history(&file);
        expect_history(&file, &rng);
        assert_int_equal(file.pages.page_size, shapes[i].page_size);
        assert_int_equal(file.pages.usable, shapes[i].page_size - shapes[i].reserved);
        file_free(&file);
    }
}

/* A tree of keys a page holds four of has many levels. */
static void many_levels_of_long_keys(void **state)
{
    (void)state;
    struct rand rng;
    rand_seed(&rng, 2);
    struct file file = file_new(512, 0);
    run(&file, "CREATE TABLE t(key TEXT); CREATE INDEX t_key ON t(key);" COUNT(
                   2000) "INSERT INTO t SELECT printf('%.*c%d', 90 + i % 13 * (i % 3) * 200, 'k', i) FROM n");
    take_pages(&file);
    expect_index(&file, "t_key", "SELECT key, rowid FROM t ORDER BY 1, 2", &rng);
    file_free(&file);
}

static void every_serial_type(void **state)
{
    (void)state;
    struct rand rng;
    rand_seed(&rng, 3);
    struct file file = file_new(4096, 0);
    run(&file,
        "CREATE TABLE t(v); CREATE INDEX t_v ON t(v);"
        "INSERT INTO t VALUES (NULL), (NULL), (0), (1), (2), (-1), (127), (128), (-128), (-129), (32767), "
        "(32768), (-32768), (-32769), (8388607), (8388608), (-8388608), (-8388609), (2147483647), "
        "(2147483648), (-2147483648), (-2147483649), (140737488355327), (140737488355328), "
        "(-140737488355328), (-140737488355329), (9223372036854775807), (-9223372036854775807 - 1), (0.5), "
        "(-0.5), (1e300), (-1e300), (9007199254740993), (9007199254740992.0), (9223372036854775807.0), "
        "(9e999), (-9e999), (''), ('a'), ('a'), ('b'), (x''), (x'00'), (x'00ff'), (char(0) || 'x'), "
        "(printf('%.57c', 'y')), (printf('%.58c', 'y')), (printf('%.58c', 'y')), (printf('%.5000c', 'y')), "
        "(zeroblob(57)), (zeroblob(58)), (zeroblob(20000));"
        "INSERT INTO t(rowid, v) VALUES (-1, 'a'), (-9223372036854775807, 1), (9223372036854775807, 1)");
    take_pages(&file);
    expect_index(&file, "t_v", "SELECT v, rowid FROM t INDEXED BY t_v ORDER BY 1, 2", &rng);
    file_free(&file);
}

static void empty_index(void **state)
{
    (void)state;
    struct file file = file_new(1024, 0);
    struct btree_walk walk;
    struct btree_value key = {.type = BTREE_INTEGER, .integer = 5};
    run(&file, "CREATE TABLE t(v); CREATE INDEX t_v ON t(v)");
    take_pages(&file);
    btree_walk_start(&walk, &file.pages, root_of(&file, "t_v"), BTREE_INDEX);
    btree_walk_seek(&walk, &key, 1);
    expect_end(&walk);
    btree_walk_start(&walk, &file.pages, root_of(&file, "t"), BTREE_TABLE);
    expect_end(&walk);
    file_free(&file);
}

/* Keys that are in no entry: the next one is the first that SQLite sorts behind them. */
static void seek_between(void **state)
{
    (void)state;
    struct file file = file_new(512, 0);
    struct model model;
    run(&file, "CREATE TABLE t(v); CREATE INDEX t_v ON t(v);" COUNT(
                   500) "INSERT INTO t SELECT CASE i % 4 WHEN 0 THEN i WHEN 1 THEN i + 0.5 WHEN 2 THEN "
                        "printf('%04d', i) ELSE CAST(printf('%04d', i) AS BLOB) END FROM n");
    take_pages(&file);
    model_read(&model, &file,
               "SELECT x.v, (SELECT rowid FROM t WHERE v > x.v ORDER BY v, rowid LIMIT 1) FROM (SELECT NULL "
               "AS v UNION ALL SELECT i + 0.25 FROM (SELECT rowid AS i FROM t) UNION ALL SELECT "
               "printf('%03dx', rowid) FROM t UNION ALL SELECT CAST(rowid || '!' AS BLOB) FROM t) x "
               "WHERE x.v IS NOT NULL");
    struct btree_walk walk;
    btree_walk_start(&walk, &file.pages, root_of(&file, "t_v"), BTREE_INDEX);
    for (size_t i = 0; i < model.count; i++) {
        struct btree_record record;
        btree_walk_seek(&walk, model.entries[i].values, 1);
        bool is_there = model.entries[i].values[1].type == BTREE_INTEGER;
        assert_int_equal(btree_walk_next(&walk, &record), is_there);
        if (is_there)
            assert_true(record.rowid == model.entries[i].rowid);
    }
    btree_walk_end(&walk);
    model_release(&model);
    file_free(&file);
}

/* ---- tables ---- */

static void table_rows(void **state)
{
    (void)state;
    struct file file = file_new(1024, 0);
    struct model model;
    struct btree_walk walk;
    struct btree_record record;
    run(&file, "CREATE TABLE t(a, b, c, d, e);" COUNT(
                   2000) "INSERT INTO t(rowid, a, b, c, d, e) SELECT i * 3 - 1000, i, 'b' || i, NULL, "
                         "CASE i % 50 WHEN 0 THEN zeroblob(3000) ELSE i * 0.5 END, 1 FROM n");
    take_pages(&file);
    uint32_t root = root_of(&file, "t");
    model_read(&model, &file, "SELECT a, b, c, rowid FROM t ORDER BY rowid");
    btree_walk_start(&walk, &file.pages, root, BTREE_TABLE);
    for (size_t i = 0; i < model.count; i++) {
        assert_true(btree_walk_next(&walk, &record));
        assert_true(record.rowid == model.entries[i].rowid);
        assert_int_equal(record.count, (i + 1) % 50 ? 4 : 3); /* a long value leaves its page */
        for (size_t k = 0; k < 3; k++)
            expect_one(&record.values[k], &model.entries[i].values[k]);
    }
    assert_false(btree_walk_next(&walk, &record));
    for (int64_t rowid = -1003; rowid < 5010; rowid += 7) {
        struct btree_value key = {.type = BTREE_INTEGER, .integer = rowid};
        btree_walk_seek(&walk, &key, 1);
        int64_t next = rowid < -997 ? -997 : -997 + ((rowid + 997) / 3 + 1) * 3;
        assert_int_equal(btree_walk_next(&walk, &record), next <= 5000);
        if (next <= 5000)
            assert_true(record.rowid == next);
    }
    btree_walk_end(&walk);
    model_release(&model);
    file_free(&file);
}

/* The schema's own table begins behind the file's header. */
static void table_on_page_one(void **state)
{
    (void)state;
    struct file file = file_new(512, 0);
    struct btree_walk walk;
    struct btree_record record;
    run(&file, "CREATE TABLE one(a); CREATE TABLE two(b)");
    take_pages(&file);
    btree_walk_start(&walk, &file.pages, 1, BTREE_TABLE);
    assert_true(btree_walk_next(&walk, &record) && btree_walk_next(&walk, &record));
    assert_true(text_is(record.values[0].bytes, "table") && text_is(record.values[1].bytes, "two"));
    expect_end(&walk);
    file_free(&file);
}

/* ---- bytes that are not so ---- */

/* Reads to the end, by whatever way; true where it was told that the tree is broken. */
static bool walk_through(struct file *file, uint32_t root, enum btree_kind kind, size_t *entries)
{
    struct btree_walk walk;
    struct btree_record record;
    int64_t values[64], rowids[64];
    btree_walk_start(&walk, &file->pages, root, kind);
    *entries = 0;
    while (btree_walk_next(&walk, &record)) {
        *entries += 1 + btree_walk_same(&walk, rowids, 64);
        if (kind == BTREE_INDEX)
            *entries += btree_walk_integers(&walk, values, rowids, 64);
    }
    bool is_broken = walk.is_broken;
    btree_walk_end(&walk);
    return is_broken;
}

static void file_to_break(struct file *file)
{
    *file = file_new(512, 0);
    run(file, "CREATE TABLE t(v); CREATE INDEX t_v ON t(v);" COUNT(
                  3000) "INSERT INTO t SELECT CASE WHEN i % 20 THEN i ELSE printf('%.*c', i % 1000, 'z') END "
                        "FROM n");
    take_pages(file);
}

static void kinds_are_told_apart(void **state)
{
    (void)state;
    struct file file;
    file_to_break(&file);
    size_t entries;
    assert_false(walk_through(&file, root_of(&file, "t_v"), BTREE_INDEX, &entries));
    assert_int_equal(entries, 3000);
    assert_true(walk_through(&file, root_of(&file, "t"), BTREE_INDEX, &entries));
    assert_true(walk_through(&file, root_of(&file, "t_v"), BTREE_TABLE, &entries));
    assert_true(walk_through(&file, 0, BTREE_INDEX, &entries));
    assert_true(walk_through(&file, file.pages.page_count + 1, BTREE_INDEX, &entries));
    file_free(&file);
}

static void missing_pages_break_the_walk(void **state)
{
    (void)state;
    struct file file;
    file_to_break(&file);
    size_t entries;
    file.size /= 2;
    assert_true(walk_through(&file, root_of(&file, "t_v"), BTREE_INDEX, &entries));
    file.size *= 2;
    file.pages.page_count /= 2;
    assert_true(walk_through(&file, root_of(&file, "t_v"), BTREE_INDEX, &entries));
    file_free(&file);
}

/* Every child is the root itself, or the same one: a circle, and a tree as large as a product. */
static void circles_end(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        struct file file;
        file_to_break(&file);
        uint32_t root = root_of(&file, "t_v");
        uint8_t *page = file.bytes + (size_t)(root - 1) * 512;
        size_t entries;
        assert_int_equal(page[0], 2);
        uint32_t child =
            way ? (uint32_t)page[8] << 24 | (uint32_t)page[9] << 16 | (uint32_t)page[10] << 8 | page[11]
                : root;
        for (size_t i = 0; i < page[4]; i++) {
            uint8_t *cell = page + ((size_t)page[12 + 2 * i] << 8 | page[13 + 2 * i]);
            cell[2] = (uint8_t)(child >> 8);
            cell[3] = (uint8_t)child;
        }
        file.reads = 0;
        bool is_broken = walk_through(&file, root, BTREE_INDEX, &entries);
        assert_true(is_broken || way == 1);
        assert_true(file.reads <= file.pages.page_count);
        file_free(&file);
    }
}

/* Any change of bytes ends in an end; the sanitizers see to the rest. */
static void any_bytes_end(void **state)
{
    (void)state;
    struct rand rng;
    rand_seed(&rng, 4);
    struct file file;
    file_to_break(&file);
    uint32_t root = root_of(&file, "t_v");
    uint8_t *kept = malloc(file.size);
    assert_non_null(kept);
    memcpy(kept, file.bytes, file.size);
    size_t broken = 0;
    for (int round = 0; round < 400; round++) {
        for (uint32_t i = 1 + rand_below(&rng, 30); i; i--)
            file.bytes[512 + rand_below(&rng, (uint32_t)file.size - 512)] = (uint8_t)rand_next(&rng);
        if (rand_chance(&rng, 0.3))
            file.bytes[(size_t)(root - 1) * 512 + rand_below(&rng, 40)] = (uint8_t)rand_next(&rng);
        size_t entries;
        file.reads = 0;
        broken += walk_through(&file, root, BTREE_INDEX, &entries);
        assert_true(file.reads <= file.pages.page_count);
        struct btree_walk walk;
        struct btree_value key = {.type = BTREE_INTEGER, .integer = rand_below(&rng, 3000)};
        btree_walk_start(&walk, &file.pages, root, BTREE_INDEX);
        btree_walk_seek(&walk, &key, 1);
        btree_walk_end(&walk);
        memcpy(file.bytes, kept, file.size);
    }
    assert_true(broken > 50 && broken < 400);
    free(kept);
    file_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(page_shapes),
        cmocka_unit_test(many_levels_of_long_keys),
        cmocka_unit_test(every_serial_type),
        cmocka_unit_test(empty_index),
        cmocka_unit_test(seek_between),
        cmocka_unit_test(table_rows),
        cmocka_unit_test(table_on_page_one),
        cmocka_unit_test(kinds_are_told_apart),
        cmocka_unit_test(missing_pages_break_the_walk),
        cmocka_unit_test(circles_end),
        cmocka_unit_test(any_bytes_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
