// SPDX-License-Identifier: BSD-3-Clause
// conf-doc FILE: writes docs/config.md. Runs in the build only.
#include <stdio.h>
#include <string.h>

#include "conf.h"

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: conf-doc FILE\n");
		return 2;
	}
	FILE *out = fopen(argv[1], "w");
	if (out == NULL) {
		fprintf(stderr, "conf-doc: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	int err = conf_schema_print(out);
	if (fclose(out) != 0 || err < 0) {
		fprintf(stderr, "conf-doc: %s: cannot be written\n", argv[1]);
		return 1;
	}
	return 0;
}
