// SPDX-License-Identifier: BSD-3-Clause
// The one way in which a unit test program is run: a list of named cases through CUnit.
//
//	static const struct suite_case cases[] = {
//		SUITE_CASE(learn_ignores_unverified_frame),
//	};
//	SUITE_MAIN("nbr", cases)
#pragma once

#include <CUnit/CUnit.h>
#include <stddef.h>

// Built under AddressSanitizer: times mean nothing, and it makes mlock() do nothing.
#if defined(__SANITIZE_ADDRESS__)
#define SUITE_HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SUITE_HAS_ASAN 1
#endif
#endif
#ifndef SUITE_HAS_ASAN
#define SUITE_HAS_ASAN 0
#endif

struct suite_case {
	const char *name;
	void (*fn)(void);
};

#define SUITE_CASE(fn)  \
	{               \
#fn, fn \
	}

#define SUITE_MAIN(name, cases)                                                    \
	int main(void)                                                             \
	{                                                                          \
		return suite_run(name, cases, sizeof(cases) / sizeof((cases)[0])); \
	}

// Run all cases; prints a line per failed check and CUnit's summary. 0 when all passed, else 1.
int suite_run(const char *name, const struct suite_case *cases, size_t n_cases);
