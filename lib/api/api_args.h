// SPDX-License-Identifier: BSD-3-Clause
// Reads the arguments of a command with bounds and gives the same sentence for the same mistake
// everywhere. Any thread.
#pragma once

#include <stdint.h>

#include "api_proto.h"

// Each returns 0, or -EINVAL with err (bad-argument) set. An argument that was left out or is null gives
// the fallback.
BASE_MUST_USE int api_args_u64(json_t *args, const char *key, uint64_t min, uint64_t max, uint64_t fallback,
	uint64_t *out, struct api_error *err);
BASE_MUST_USE int api_args_bool(
	json_t *args, const char *key, bool fallback, bool *out, struct api_error *err);

// *out points into args: it lives as long as args.
BASE_MUST_USE int api_args_text(
	json_t *args, const char *key, const char *fallback, const char **out, struct api_error *err);

// Refuse arguments other than names[0..n): a mistyped one must not silently do nothing.
BASE_MUST_USE int api_args_only(json_t *args, const char *const *names, size_t n, struct api_error *err);
