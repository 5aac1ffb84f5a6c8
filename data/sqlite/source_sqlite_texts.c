/*
 * See source_sqlite_texts.h.
 */
#include "data/sqlite/source_sqlite_texts.h"

static const char *sql_of(unsigned keys)
{
    if (keys == 1u << FILTER_CODE)
        return "SELECT rowid, code, NULL FROM execution WHERE rowid >= ? ORDER BY rowid";
    if (keys == 1u << FILTER_ID)
        return "SELECT rowid, NULL, id FROM execution WHERE rowid >= ? ORDER BY rowid";
    return "SELECT rowid, code, id FROM execution WHERE rowid >= ? ORDER BY rowid";
}

enum err_code row_texts_start(struct row_texts *texts, struct reader *reader, unsigned keys, struct err *err)
{
    *texts = (struct row_texts){.keys = keys};
    return row_steps_start(&texts->steps, reader, sql_of(keys), err);
}

enum err_code row_texts_find(struct row_texts *texts, int64_t rowid, struct err *err)
{
    enum err_code code = ERR_OK;
    texts->id = texts->code = TEXT_NULL;
    if (row_steps_find(&texts->steps, rowid, &code, err)) {
        texts->code = column_borrow(texts->steps.statement, 1);
        texts->id = column_borrow(texts->steps.statement, 2);
    }
    return code == ERR_TOO_BIG ? ERR_OK : code; /* a value above the limit is not searched */
}

void row_texts_end(struct row_texts *texts)
{
    row_steps_end(&texts->steps);
}
