/*
 * Preloaded, it keeps the program from reading pages past the API of SQLite: neither by the table sqlite_dbpage nor by the file handles that it
 * asks for right after that. What the API takes can then be measured with the same program and the same library.
 */
#include <dlfcn.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

static _Thread_local bool wants_pages;

int sqlite3_prepare_v2(sqlite3 *db, const char *sql, int n, sqlite3_stmt **statement, const char **tail)
{
    int (*real)(sqlite3 *, const char *, int, sqlite3_stmt **, const char **);
    *(void **)&real = dlsym(RTLD_NEXT, "sqlite3_prepare_v2");
    wants_pages = strstr(sql, "sqlite_dbpage") != NULL;
    *statement = NULL;
    return wants_pages ? SQLITE_ERROR : real(db, sql, n, statement, tail);
}

int sqlite3_file_control(sqlite3 *db, const char *name, int what, void *argument)
{
    int (*real)(sqlite3 *, const char *, int, void *);
    *(void **)&real = dlsym(RTLD_NEXT, "sqlite3_file_control");
    bool is_refused = wants_pages && what == SQLITE_FCNTL_FILE_POINTER;
    return is_refused ? SQLITE_ERROR : real(db, name, what, argument);
}
