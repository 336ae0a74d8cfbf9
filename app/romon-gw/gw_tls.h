// SPDX-License-Identifier: BSD-3-Clause
// The certificate of this process, for the binary API and for HTTPS: from files, or self-made. GnuTLS, since
// libmicrohttpd has no other. Any thread; loading: one at a time.
#pragma once

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#include "base_text.h"
#include "gw_conf.h"

#define GW_TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

// Load the files of the configuration, or those in the state folder, which are made where there are none.
// Handshakes from then on use it. 0, or -EINVAL with why: a sentence; what was loaded before stays.
BASE_MUST_USE int gw_tls_load(const struct gw_conf *conf, struct base_text *why);

// Of what was loaded last; valid until the process ends.
gnutls_certificate_credentials_t gw_tls_credentials(void);

// The same for libmicrohttpd: MHD_OPTION_HTTPS_CERT_CALLBACK.
int gw_tls_retrieve(gnutls_session_t session, const gnutls_datum_t *ca_names, int n_ca_names,
	const gnutls_pk_algorithm_t *algorithms, int n_algorithms, gnutls_pcert_st **certificates,
	unsigned int *n_certificates, gnutls_privkey_t *key);
