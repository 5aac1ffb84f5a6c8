/*
 * A checksum that tells bytes of a file that were cut, mixed up or changed by accident, at the speed of memory. Not for secrets: who wants
 * to can make other bytes with the same one. What is in a file must not change it from one version to the next.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

uint64_t checksum_of(const void *bytes, size_t n);
