// SPDX-License-Identifier: BSD-3-Clause
// conf-doc: prints docs/config.md. Runs in the build only; scripts/check-docs calls it.
#include <stdio.h>

#include "conf.h"

int main(void)
{
	int err = conf_schema_print(stdout);

	return err < 0 || fflush(stdout) != 0 ? 1 : 0;
}
