/*
 * One transaction of a reader in which indices are read twice, from their pages and by SQLite, and must be equal, entry for entry.
 * What differs ends the test program.
 *
 *     struct image_file *file = image_file_new(4096);
 *     image_file_sql(file, "INSERT …");
 *     struct image_check check = {0};
 *     image_file_check(file, &check); assert_true(check.has_image)
 */
#pragma once

#include "data/sqlite/source_sqlite_image.h"

struct image_file;

/* A small run history in a directory of its own, its writer, and a reader. */
struct image_file *image_file_new(int page_size, const char *journal_mode);
void image_file_free(struct image_file *file);
const char *image_file_path(const struct image_file *file);
/* Anything that fails ends the test, but for SQLITE_BUSY and SQLITE_LOCKED. */
void image_file_sql(struct image_file *file, const char *sql);
void image_file_close_writer(struct image_file *file);

struct image_check {
    void (*meanwhile)(struct image_file *, void *context); /* called when the image is open; may be NULL */
    void *context;
    bool has_image;
    size_t entries; /* compared */
};
void image_file_check(struct image_file *file, struct image_check *check);

/* Runs in the reader's transaction. */
void image_file_read(struct image_file *file, reader_body body, void *context);
