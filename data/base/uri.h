/*
 * A file's name as part of a URI: file:a%3Fb.db. What acts in a URI is written as its byte.
 */
#pragma once

#include "data/base/buf.h"

void uri_add_path(struct buf *uri, const char *path);
