/*
 * The least that anybody can do to show the first page: open the file, step through 50 rows and print them. What the screen's start is
 * measured against.
 */
#include <sqlite3.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    static const char sql[] = "SELECT created_at, status, trigger_kind, substr(code, 1, 40) FROM execution "
                              "ORDER BY created_at DESC LIMIT 50";
    sqlite3 *db;
    sqlite3_stmt *statement;
    if (argc != 2 ||
        sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
        return 1;
    while (sqlite3_step(statement) == SQLITE_ROW)
        printf("%lld %s %.5s %d\r\n", sqlite3_column_int64(statement, 0), sqlite3_column_text(statement, 1),
               (const char *)sqlite3_column_text(statement, 2), sqlite3_column_bytes(statement, 3));
    puts("that was the page");
    sqlite3_finalize(statement);
    return sqlite3_close(db) == SQLITE_OK ? 0 : 1;
}
