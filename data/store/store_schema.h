/*
 * What stands between a SQLite file and the store: the tables, their version, and SQLite's errors in our
 * words.
 */
#pragma once

#include "data/base/err.h"

struct sqlite3;

/* See store_open: checks, makes, migrates; one transaction, or nothing. */
MUST_USE enum err_code store_schema_prepare(struct sqlite3 *db, const char *path, struct err *err);

/* Checks alone. ERR_NO_TABLES: some are missing; else as above. */
MUST_USE enum err_code store_schema_check(struct sqlite3 *db, const char *path, struct err *err);

/* Runs SQL that gives no rows. */
MUST_USE enum err_code store_exec(struct sqlite3 *db, const char *path, const char *sql, struct err *err);

/* What the connection's last failure means for a person. Never ERR_OK. */
enum err_code store_sql_error(struct sqlite3 *db, const char *path, struct err *err);
