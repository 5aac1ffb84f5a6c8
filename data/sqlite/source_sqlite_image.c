/*
 * See source_sqlite_image.h. SQLite steps an index at ten times the cost of reading its pages; what it guarantees of a snapshot, its
 * locks, is used here, and its machine is not. Whatever does not look as expected gives no image, and SQLite is asked in the usual way.
 */
#include "data/sqlite/source_sqlite_image.h"

#include "data/base/die.h"
#include "data/sqlite/source_sqlite_image_wal.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_HEADER = 100, UTF8 = 1, ATTEMPTS = 8, NAME_MAX_BYTES = 512, COLUMNS_MAX = BTREE_VALUES_MAX - 1 };

struct image {
    struct btree_pages pages;
    sqlite3_stmt *statement;     /* sqlite_dbpage; NULL: directly */
    sqlite3_file *main, *wal;    /* the connection's; wal: NULL without an overlay */
    struct wal_overlay *overlay; /* NULL: the main file is all */
};

/* ---- pages ---- */

static bool read_by_table(void *context, uint32_t number, uint8_t *page)
{
    struct image *image = context;
    sqlite3_bind_int64(image->statement, 1, number);
    bool is_read = sqlite3_step(image->statement) == SQLITE_ROW;
    const void *bytes = is_read ? sqlite3_column_blob(image->statement, 0) : NULL;
    is_read = bytes && sqlite3_column_bytes(image->statement, 0) == (int)image->pages.page_size;
    if (is_read)
        memcpy(page, bytes, image->pages.page_size);
    sqlite3_reset(image->statement);
    return is_read;
}

static bool read_directly(void *context, uint32_t number, uint8_t *page)
{
    struct image *image = context;
    uint32_t frame = image->overlay ? wal_overlay_find(image->overlay, number) : 0;
    if (frame)
        return wal_overlay_read(image->overlay, image->wal, frame, number, page);
    int64_t at = (int64_t)(number - 1) * image->pages.page_size;
    return image->main->pMethods->xRead(image->main, page, (int)image->pages.page_size, at) == SQLITE_OK;
}

/* ---- the file's header ---- */

static uint32_t page_size_of(const uint8_t *header)
{
    uint32_t size = (uint32_t)header[16] << 8 | header[17];
    return size == 1 ? 65536 : size;
}

static bool is_page_size(uint32_t size)
{
    return size >= 512 && size <= 65536 && (size & (size - 1)) == 0;
}

/* What page 1 of the snapshot says, which need not be what the main file says. */
static bool take_header(struct image *image)
{
    uint8_t *page = mem_new(image->pages.page_size);
    bool is_fit = image->pages.read(image, 1, page) && memcmp(page, "SQLite format 3", 16) == 0 &&
                  page_size_of(page) == image->pages.page_size && page[59] == UTF8 && !page[56] &&
                  !page[57] && !page[58];
    image->pages.usable = image->pages.page_size - page[20];
    free(page);
    return is_fit;
}

/* ---- by sqlite_dbpage ---- */

static enum err_code open_by_table(struct reader *reader, struct image *image, bool *is_open, struct err *err)
{
    int64_t page_size = 0, page_count = 0;
    enum err_code code = reader_number(reader, "PRAGMA page_size", &page_size, err);
    if (!code)
        code = reader_number(reader, "PRAGMA page_count", &page_count, err);
    image->pages.read = read_by_table;
    image->pages.page_size = (uint32_t)page_size;
    image->pages.page_count = (uint32_t)page_count;
    *is_open = !code && is_page_size(image->pages.page_size) && take_header(image);
    return code;
}

/* ---- directly ---- */

static bool is_at_work(sqlite3 *db)
{
    for (sqlite3_stmt *s = sqlite3_next_stmt(db, NULL); s; s = sqlite3_next_stmt(db, s))
        if (sqlite3_stmt_busy(s))
            return true;
    return false;
}

static enum err_code run(struct reader *reader, const char *sql, struct err *err)
{
    int result = sqlite3_exec(reader->db, sql, NULL, NULL, NULL);
    return result == SQLITE_OK ? ERR_OK : reader_error(reader, result, err);
}

/* A transaction anew; *is_known where *head is its snapshot. */
static enum err_code begin_anew(struct reader *reader, const struct image *image, struct wal_head *head,
                                bool *is_known, struct err *err)
{
    struct wal_head before;
    enum err_code code = run(reader, "COMMIT", err);
    bool has_head = !code && wal_head_read(image->main, image->wal, &before);
    if (!code)
        code = run(reader, "BEGIN", err);
    int64_t version = 0;
    if (!code)
        code = reader_number(reader, "PRAGMA schema_version", &version, err);
    if (!code && version != reader->schema_version)
        code = err_set(err, ERR_BUSY, "%s: its tables were changed while it was read",
                       reader->reading->source->path);
    *is_known =
        !code && has_head && wal_head_read(image->main, image->wal, head) && wal_head_equal(&before, head);
    return code;
}

static bool open_wal(struct image *image, const struct wal_head *head)
{
    if (head->page_size)
        image->pages.page_size = head->page_size;
    if (head->page_count)
        image->pages.page_count = head->page_count;
    if (head->frames == head->backfilled)
        return true;
    image->overlay = image->wal ? wal_overlay_new(image->main, head) : NULL;
    return image->overlay;
}

static enum err_code open_snapshot(struct reader *reader, struct image *image, bool *is_open, struct err *err)
{
    struct wal_head head;
    bool is_known = false;
    enum err_code code = ERR_OK;
    if (!wal_head_read(image->main, image->wal, &head) || is_at_work(reader->db))
        return ERR_OK;
    for (int i = 0; i < ATTEMPTS && !code && !is_known; i++)
        code = begin_anew(reader, image, &head, &is_known, err);
    *is_open = is_known && open_wal(image, &head);
    return code;
}

/* Under the lock of the transaction a file does not change from one kind of journal to the other. */
static enum err_code open_directly(struct reader *reader, struct image *image, bool *is_open, struct err *err)
{
    uint8_t header[FILE_HEADER];
    sqlite3_file_control(reader->db, "main", SQLITE_FCNTL_FILE_POINTER, &image->main);
    sqlite3_file_control(reader->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &image->wal);
    if (image->wal && !image->wal->pMethods)
        image->wal = NULL;
    sqlite3_int64 size = 0;
    if (!image->main || !image->main->pMethods ||
        image->main->pMethods->xRead(image->main, header, FILE_HEADER, 0) != SQLITE_OK ||
        image->main->pMethods->xFileSize(image->main, &size) != SQLITE_OK)
        return ERR_OK;
    image->pages.read = read_directly;
    image->pages.page_size = page_size_of(header);
    if (!is_page_size(image->pages.page_size) || size / image->pages.page_size > UINT32_MAX)
        return ERR_OK;
    image->pages.page_count = (uint32_t)(size / image->pages.page_size);
    enum err_code code = ERR_OK;
    bool is_wal = header[18] == 2 && reader->mode != OPEN_IMMUTABLE;
    *is_open = !is_wal;
    if (is_wal)
        code = open_snapshot(reader, image, is_open, err);
    *is_open = *is_open && !code && is_page_size(image->pages.page_size) && take_header(image);
    return code;
}

/* ---- the image ---- */

enum err_code image_open(struct reader *reader, struct image **image, struct err *err)
{
    bool is_open = false;
    *image = mem_new_array(1, sizeof **image);
    (*image)->pages.context = *image;
    int result = sqlite3_prepare_v2(reader->db, "SELECT data FROM sqlite_dbpage WHERE pgno = ?", -1,
                                    &(*image)->statement, NULL);
    enum err_code code = result == SQLITE_OK ? open_by_table(reader, *image, &is_open, err)
                                             : open_directly(reader, *image, &is_open, err);
    if (code || !is_open) {
        image_close(*image);
        *image = NULL;
    }
    return code;
}

void image_close(struct image *image)
{
    if (!image)
        return;
    sqlite3_finalize(image->statement);
    wal_overlay_free(image->overlay);
    free(image);
}

const struct btree_pages *image_pages(const struct image *image)
{
    return &image->pages;
}
