// SPDX-License-Identifier: BSD-3-Clause
// Runs a list of CUnit cases. SUITE_STOP in the environment: no further than the first that fails.
#include <CUnit/Basic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "suite.h"

static bool stops_at_a_failure(CU_pSuite suite, size_t n_cases)
{
	for (unsigned i = 1; i <= n_cases; i++) {
		CU_basic_run_test(suite, CU_get_test_at_pos(suite, i));
		if (CU_get_number_of_failures() > 0)
			return true;
	}
	return false;
}

int suite_run(const char *name, const struct suite_case *cases, size_t n_cases)
{
	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	CU_pSuite suite = CU_add_suite(name, NULL, NULL);
	for (size_t i = 0; suite != NULL && i < n_cases; i++) {
		if (CU_add_test(suite, cases[i].name, cases[i].fn) == NULL)
			suite = NULL;
	}
	if (suite == NULL) {
		fprintf(stderr, "%s: %s\n", name, CU_get_error_msg());
		CU_cleanup_registry();
		return 1;
	}
	CU_basic_set_mode(CU_BRM_VERBOSE);
	if (getenv("SUITE_STOP") != NULL) {
		int rc = stops_at_a_failure(suite, n_cases) ? 1 : 0;
		CU_cleanup_registry();
		return rc;
	}
	CU_basic_run_tests();
	unsigned failed = CU_get_number_of_failures();
	unsigned ran = CU_get_number_of_tests_run();
	CU_cleanup_registry();
	return failed == 0 && ran == n_cases ? 0 : 1;
}
