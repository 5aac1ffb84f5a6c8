/*
 * Columns of rows by the walk through a table's pages, compared with what SQLite says of them: short and long ones, in front of and behind
 * long ones; and bytes that SQLite did not write.
 */
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

enum { COLUMNS = 8, ROWS = 120 };

struct file {
    sqlite3 *db;
    uint8_t *bytes;
    sqlite3_int64 size;
    struct btree_pages pages;
    size_t reads;
};

static bool read_page(void *context, uint32_t number, uint8_t *page)
{
    struct file *file = context;
    size_t at = (size_t)(number - 1) * file->pages.page_size;
    file->reads++;
    if (!number || at + file->pages.page_size > (size_t)file->size)
        return false;
    memcpy(page, file->bytes + at, file->pages.page_size);
    return true;
}

static void run(struct file *file, const char *sql)
{
    char *message = NULL;
    if (sqlite3_exec(file->db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
}

static void bind_any(sqlite3_stmt *statement, int parameter, struct rand *rand)
{
    static const uint32_t sizes[] = {1, 10, 60, 480, 600, 5000, 20000};
    static char text[20000];
    uint32_t n = rand_below(rand, sizes[rand_below(rand, 7)]);
    for (uint32_t i = 0; i < n; i++)
        text[i] = (char)('a' + rand_below(rand, 26));
    switch (rand_below(rand, 6)) {
    case 0: sqlite3_bind_int64(statement, parameter, (int64_t)rand_next(rand) >> rand_below(rand, 64)); break;
    case 1: sqlite3_bind_double(statement, parameter, rand_unit(rand)); break;
    case 2: sqlite3_bind_blob(statement, parameter, text, (int)n, SQLITE_TRANSIENT); break;
    case 3: break;
    default: sqlite3_bind_text(statement, parameter, text, (int)n, SQLITE_TRANSIENT);
    }
}

static void add_rows(struct file *file, struct rand *rand, int columns)
{
    char sql[200];
    struct buf places;
    buf_init(&places, 100);
    for (int i = 0; i < columns; i++)
        buf_str(&places, ", ?");
    snprintf(sql, sizeof sql, "INSERT INTO t VALUES (%s)", buf_cstr(&places) + 2);
    buf_release(&places);
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(file->db, sql, -1, &statement, NULL), SQLITE_OK);
    for (int row = 0; row < ROWS; row++) {
        for (int i = 1; i <= columns; i++)
            bind_any(statement, i, rand);
        assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
    }
    sqlite3_finalize(statement);
}

static void file_make(struct file *file, struct rand *rand, int page_size)
{
    char sql[64];
    *file = (struct file){0};
    assert_int_equal(sqlite3_open(":memory:", &file->db), SQLITE_OK);
    snprintf(sql, sizeof sql, "PRAGMA page_size = %d", page_size);
    run(file, sql);
    run(file, "CREATE TABLE t(a, b, c, d, e, f, g)");
    add_rows(file, rand, COLUMNS - 1);
    run(file, "ALTER TABLE t ADD COLUMN h DEFAULT 'new'");
    add_rows(file, rand, COLUMNS);
    run(file, "DELETE FROM t WHERE rowid % 7 = 3");
    file->bytes = sqlite3_serialize(file->db, "main", &file->size, 0);
    file->pages = (struct btree_pages){read_page, file, (uint32_t)page_size, (uint32_t)page_size,
                                       (uint32_t)(file->size / page_size)};
}

static void file_free(struct file *file)
{
    sqlite3_free(file->bytes);
    sqlite3_close(file->db);
}

static uint32_t root_of_t(struct file *file)
{
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(file->db, "SELECT rootpage FROM sqlite_master WHERE name = 't'", -1,
                                        &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    uint32_t root = (uint32_t)sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return root;
}

static void check_value(const struct btree_value *value, sqlite3_stmt *statement, int column)
{
    int type = sqlite3_column_type(statement, column);
    if (type == SQLITE_NULL) {
        assert_int_equal(value->type, BTREE_NULL);
    } else if (type == SQLITE_INTEGER) {
        assert_int_equal(value->type, BTREE_INTEGER);
        assert_int_equal(value->integer, sqlite3_column_int64(statement, column));
    } else if (type == SQLITE_FLOAT) {
        assert_int_equal(value->type, BTREE_REAL);
        assert_true(value->real == sqlite3_column_double(statement, column));
    } else {
        assert_int_equal(value->type, type == SQLITE_TEXT ? BTREE_TEXT : BTREE_BLOB);
        size_t n = (size_t)sqlite3_column_bytes(statement, column);
        assert_int_equal(value->bytes.n, n);
        if (n)
            assert_memory_equal(value->bytes.s, sqlite3_column_blob(statement, column), n);
    }
}

static void check_row(struct btree_walk *walk, sqlite3_stmt *statement, bool is_old)
{
    for (size_t first = 0; first < COLUMNS; first++) {
        for (size_t count = 1; count <= BTREE_VALUES_MAX && first + count <= COLUMNS; count++) {
            struct btree_value values[BTREE_VALUES_MAX];
            bool is_read = btree_walk_columns(walk, first, count, values);
            assert_int_equal(is_read, !(is_old && first + count == COLUMNS));
            for (size_t i = 0; is_read && i < count; i++)
                check_value(&values[i], statement, (int)(first + i) + 1);
        }
    }
}

static void reads_what_sqlite_reads(void **state)
{
    (void)state;
    static const int page_sizes[] = {512, 1024, 4096, 65536};
    struct rand rand;
    rand_seed(&rand, 3);
    for (size_t i = 0; i < 4; i++) {
        struct file file;
        file_make(&file, &rand, page_sizes[i]);
        sqlite3_stmt *statement;
        assert_int_equal(
            sqlite3_prepare_v2(file.db, "SELECT rowid, * FROM t ORDER BY rowid", -1, &statement, NULL),
            SQLITE_OK);
        struct btree_walk walk;
        struct btree_record record;
        btree_walk_start(&walk, &file.pages, root_of_t(&file), BTREE_TABLE);
        while (sqlite3_step(statement) == SQLITE_ROW) {
            assert_true(btree_walk_next(&walk, &record));
            assert_int_equal(record.rowid, sqlite3_column_int64(statement, 0));
            check_row(&walk, statement, record.rowid <= ROWS);
        }
        assert_false(btree_walk_next(&walk, &record));
        assert_false(btree_walk_columns(&walk, 0, 1, record.values));
        assert_false(walk.is_broken);
        btree_walk_end(&walk);
        sqlite3_finalize(statement);
        file_free(&file);
    }
}

/* A row of many pages costs those up to the column. */
static void reads_no_page_behind_the_column(void **state)
{
    (void)state;
    struct file file = {0};
    assert_int_equal(sqlite3_open(":memory:", &file.db), SQLITE_OK);
    run(&file, "PRAGMA page_size = 4096; CREATE TABLE t(a, b, c);"
               "INSERT INTO t VALUES ('short', zeroblob(20000), zeroblob(400000))");
    file.bytes = sqlite3_serialize(file.db, "main", &file.size, 0);
    file.pages = (struct btree_pages){read_page, &file, 4096, 4096, (uint32_t)(file.size / 4096)};
    struct btree_walk walk;
    struct btree_record record;
    btree_walk_start(&walk, &file.pages, root_of_t(&file), BTREE_TABLE);
    assert_true(btree_walk_next(&walk, &record));
    size_t reads = file.reads;
    assert_true(btree_walk_columns(&walk, 0, 1, record.values));
    assert_int_equal(file.reads, reads);
    assert_true(btree_walk_columns(&walk, 1, 1, record.values));
    assert_int_equal(record.values[0].bytes.n, 20000);
    assert_in_range(file.reads - reads, 4, 5);
    btree_walk_end(&walk);
    file_free(&file);
}

static void any_bytes_end(void **state)
{
    (void)state;
    struct rand rand;
    rand_seed(&rand, 5);
    struct file file;
    file_make(&file, &rand, 512);
    uint8_t *good = malloc((size_t)file.size);
    memcpy(good, file.bytes, (size_t)file.size);
    uint32_t root = root_of_t(&file);
    for (int round = 0; round < 200; round++) {
        memcpy(file.bytes, good, (size_t)file.size);
        for (uint32_t i = rand_below(&rand, 400); i > 0; i--)
            file.bytes[rand_below(&rand, (uint32_t)file.size)] = (uint8_t)rand_next(&rand);
        struct btree_walk walk;
        struct btree_record record;
        btree_walk_start(&walk, &file.pages, root, BTREE_TABLE);
        while (btree_walk_next(&walk, &record)) {
            size_t first = rand_below(&rand, COLUMNS), sum = 0;
            if (btree_walk_columns(&walk, first, 2, record.values) && record.values[1].bytes.s)
                for (size_t i = 0; i < record.values[1].bytes.n; i++)
                    sum += (uint8_t)record.values[1].bytes.s[i];
            assert_true(sum < SIZE_MAX);
        }
        btree_walk_end(&walk);
    }
    free(good);
    file_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_sqlite_reads),
        cmocka_unit_test(reads_no_page_behind_the_column),
        cmocka_unit_test(any_bytes_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
