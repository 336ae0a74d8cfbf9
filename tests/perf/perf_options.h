// SPDX-License-Identifier: BSD-3-Clause
// What the benches in C have in common: options that are numbers, and the rates of a side as JSON.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct perf_number {
	int letter;
	uint32_t min;
	uint32_t max;
	uint32_t *value;
};

// Takes options up to the next one that is no number, and returns its letter; '?' where an option is wrong,
// -1 at the end. letters: as for getopt().
static inline int perf_option_next(
	int argc, char **argv, const char *letters, const struct perf_number *numbers, size_t n_numbers)
{
	int opt;

	while ((opt = getopt(argc, argv, letters)) != -1) {
		size_t i = 0;

		while (i < n_numbers && numbers[i].letter != opt)
			i++;
		if (i == n_numbers)
			return opt;
		uint32_t value = (uint32_t)strtoul(optarg, NULL, 10);
		if (value < numbers[i].min || value > numbers[i].max)
			return '?';
		*numbers[i].value = value;
	}
	return -1;
}

// "NAME": [RATE, ...] of each trial.
static inline void perf_rates_print(const char *name, const double *rates, uint32_t n_trials)
{
	printf("\"%s\": [", name);
	for (uint32_t t = 0; t < n_trials; t++)
		printf("%s%.0f", t > 0 ? ", " : "", rates[t]);
	printf("]");
}
