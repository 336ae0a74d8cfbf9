// SPDX-License-Identifier: BSD-3-Clause
// A certificate that signs itself. At the start.
#pragma once

#include "base_err.h"

#define GW_TLS_PEM_LEN 4096

// For localhost and the name of this machine, for ten years, by a new P-256 key. 0 or an error of GnuTLS.
BASE_MUST_USE int gw_tls_make(char certificate[GW_TLS_PEM_LEN], char key[GW_TLS_PEM_LEN]);
