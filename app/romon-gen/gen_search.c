// SPDX-License-Identifier: BSD-3-Clause
// Halving. Control thread.
#include "gen_search.h"

static int value_try(gen_search_fn trial, void *ctx, uint64_t value, struct gen_found *out)
{
	bool passes = false;
	int err = trial(ctx, value, &passes);

	out->n_trials++;
	if (err != 0)
		return err;
	if (passes)
		out->passed = value;
	else
		out->failed = value;
	return 0;
}

int gen_search_run(const struct gen_search *search, gen_search_fn trial, void *ctx, struct gen_found *out)
{
	*out = (struct gen_found){0};
	int err = value_try(trial, ctx, search->max, out);
	if (err != 0 || out->passed > 0 || search->max <= search->min)
		return err;
	err = value_try(trial, ctx, search->min, out);
	if (err != 0 || out->passed == 0)
		return err;
	while (err == 0 && out->failed - out->passed > 1 &&
		(double)(out->failed - out->passed) > search->precision * (double)out->failed)
		err = value_try(trial, ctx, out->passed + (out->failed - out->passed) / 2, out);
	return err;
}
