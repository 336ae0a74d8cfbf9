// SPDX-License-Identifier: BSD-3-Clause
// romon-gw --reference: the keys of romon-gw.yaml and the menus, for docs/gateway.md. One thread.
#pragma once

#include <stdio.h>

void gw_reference_print(FILE *out);
