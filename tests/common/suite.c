// SPDX-License-Identifier: BSD-3-Clause
// Runs a list of CUnit cases.
#include <CUnit/Basic.h>
#include <stdio.h>

#include "suite.h"

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
	CU_basic_run_tests();
	unsigned failed = CU_get_number_of_failures();
	unsigned ran = CU_get_number_of_tests_run();
	CU_cleanup_registry();
	return failed == 0 && ran == n_cases ? 0 : 1;
}
