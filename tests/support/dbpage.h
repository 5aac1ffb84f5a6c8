/*
 * The table sqlite_dbpage, as far as it is read here, for a library that was built without it.
 */
#pragma once

#include <stddef.h>

/* Every connection opened from now on has the table, until dbpage_remove(). */
void dbpage_add(void);
void dbpage_remove(void);
size_t dbpage_reads(void); /* pages given so far */
