// SPDX-License-Identifier: BSD-3-Clause
// Frames stored as text (tests/vectors/*.hex): pairs of hex digits, white space between them, '#' to the
// end of a line is a comment. Tests only.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base_err.h"

#define HEXFILE_BYTES_MAX 2048
#define HEXFILE_NAME_LEN  64
#define HEXFILE_N_MAX     64

struct hexfile {
	char name[HEXFILE_NAME_LEN]; // without folder and ".hex"
	uint32_t len;
	uint8_t bytes[HEXFILE_BYTES_MAX];
};

// Read one file; its name is path's last part. 0, or -EINVAL (not hex, an odd number of digits, or
// nothing), -EFBIG, -ENAMETOOLONG, or what opening gave.
BASE_MUST_USE int hexfile_load(struct hexfile *out, const char *path);

// Read every *.hex of the folder that the environment variable ROMOND_VECTORS names (meson sets it), in name
// order, into files. Returns how many, or -errno; -ENOENT when there are none or the variable is not set.
BASE_MUST_USE int hexfile_load_vectors(struct hexfile files[HEXFILE_N_MAX]);

// The file of that name among n, or NULL.
const struct hexfile *hexfile_find(const struct hexfile *files, int n, const char *name);
