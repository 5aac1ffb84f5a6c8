/*
 * Where an index begins, and whether a walk reads it as SQLite does: only columns of a table, all rows, ascending, in byte order.
 */
#include "data/sqlite/source_sqlite_image.h"

/* An index is fit where its last column is the rowid and every other a plain one. */
#define PLAIN_SQL                                                                                            \
    " AND NOT EXISTS (SELECT 1 FROM pragma_index_xinfo(m.name, 'main') c WHERE c.desc OR c.cid < -1 OR "     \
    "c.coll <> 'BINARY' COLLATE NOCASE OR (c.cid = -1) <> (c.key = 0))"                                      \
    " AND (SELECT count(*) FROM pragma_index_xinfo(m.name, 'main') c WHERE c.cid = -1) = 1"                  \
    " AND EXISTS (SELECT 1 FROM pragma_index_list(m.tbl_name, 'main') l WHERE l.name = m.name AND NOT "      \
    "l.partial)"

#define BY_NAME                                                                                              \
    "SELECT m.rootpage FROM main.sqlite_master m WHERE m.name = ?1 AND (m.type = 'table' OR (m.type = "      \
    "'index'" PLAIN_SQL "))"

#define BY_COLUMNS                                                                                           \
    "SELECT m.rootpage FROM main.sqlite_master m WHERE m.type = 'index' AND m.tbl_name = "                   \
    "substr(?1, 1, instr(?1, '(') - 1) COLLATE NOCASE" PLAIN_SQL                                             \
    " AND (SELECT group_concat(name) FROM (SELECT c.name FROM pragma_index_xinfo(m.name, 'main') c "         \
    "WHERE c.key ORDER BY c.seqno)) = trim(substr(?1, instr(?1, '(') + 1), ')') COLLATE NOCASE LIMIT 1"

enum err_code image_root(struct reader *reader, const char *name, uint32_t *root, struct err *err)
{
    *root = 0;
    sqlite3_stmt *statement;
    enum err_code code = reader_prepare(reader, strchr(name, '(') ? BY_COLUMNS : BY_NAME, &statement, err);
    if (code)
        return code;
    bind_text(statement, 1, text_of(name));
    if (reader_step(reader, statement, &code, err))
        *root = (uint32_t)sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return code;
}
