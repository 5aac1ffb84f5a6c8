/*
 * The program's own small files, in the places of the XDG base directories. Nothing is ever written anywhere
 * else.
 */
#pragma once

#include "data/base/buf.h"
#include "data/base/err.h"

/* "$XDG_CONFIG_HOME/executor-runs/<name>", or below ~/.config; "$XDG_STATE_HOME/executor-runs/<name>", or
 * below ~/.local/state; "$XDG_DATA_HOME/executor-runs/<name>", or below ~/.local/share. A variable that is not an absolute path counts as unset. Appends to out; false where
 * there is no home either. */
bool files_config_path(const char *name, struct buf *out);
bool files_state_path(const char *name, struct buf *out);
bool files_data_path(const char *name, struct buf *out);
/* "$XDG_CACHE_HOME/executor-runs", or below ~/.cache; by the same rules. */
bool files_cache_directory(struct buf *out);

/* Reads a whole file into out, whose limit is the greatest size: ERR_TOO_BIG beyond. ERR_NOT_FOUND where
 * there is none. */
MUST_USE enum err_code files_read(const char *path, struct buf *out, struct err *err);

/* Replaces the file in one step, readable by its owner alone; makes the missing directories above it. A crash
 * leaves the old or the new content, never a part. */
MUST_USE enum err_code files_replace(const char *path, struct text content, struct err *err);

/* Makes the missing directories above the file, for their owner alone. ERR_DENIED, ERR_IO. */
MUST_USE enum err_code files_make_directories(const char *path, struct err *err);
