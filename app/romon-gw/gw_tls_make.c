// SPDX-License-Identifier: BSD-3-Clause
// A certificate that signs itself. At the start.
#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base_random.h"
#include "base_text.h"
#include "gw_tls_make.h"

#define SERIAL_LEN 16
#define YEARS      10
#define YEAR_S     31557600
#define EARLY_S    86400 // clocks of clients differ

// Who may be called by it.
static int names_set(gnutls_x509_crt_t crt)
{
	const struct in_addr v4 = {htonl(INADDR_LOOPBACK)};
	const struct in6_addr v6 = IN6ADDR_LOOPBACK_INIT;
	char host[256] = "";

	if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0')
		base_text_copy(host, sizeof(host), "romon-gw");
	int rc = gnutls_x509_crt_set_dn_by_oid(
		crt, GNUTLS_OID_X520_COMMON_NAME, 0, host, (unsigned)strlen(host));
	if (rc == 0)
		rc = gnutls_x509_crt_set_subject_alt_name(
			crt, GNUTLS_SAN_DNSNAME, "localhost", 9, GNUTLS_FSAN_SET);
	if (rc == 0)
		rc = gnutls_x509_crt_set_subject_alt_name(
			crt, GNUTLS_SAN_DNSNAME, host, (unsigned)strlen(host), GNUTLS_FSAN_APPEND);
	if (rc == 0)
		rc = gnutls_x509_crt_set_subject_alt_name(
			crt, GNUTLS_SAN_IPADDRESS, &v4, sizeof(v4), GNUTLS_FSAN_APPEND);
	if (rc == 0)
		rc = gnutls_x509_crt_set_subject_alt_name(
			crt, GNUTLS_SAN_IPADDRESS, &v6, sizeof(v6), GNUTLS_FSAN_APPEND);
	return rc;
}

static int fields_set(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
	uint8_t serial[SERIAL_LEN];
	time_t now = time(NULL);

	base_random_fill(serial, sizeof(serial));
	serial[0] = (serial[0] & 0x7f) | 0x40; // positive, and not shorter
	int rc = names_set(crt);
	if (rc == 0)
		rc = gnutls_x509_crt_set_version(crt, 3);
	if (rc == 0)
		rc = gnutls_x509_crt_set_serial(crt, serial, sizeof(serial));
	if (rc == 0)
		rc = gnutls_x509_crt_set_activation_time(crt, now - EARLY_S);
	if (rc == 0)
		rc = gnutls_x509_crt_set_expiration_time(crt, now + YEARS * (time_t)YEAR_S);
	if (rc == 0)
		rc = gnutls_x509_crt_set_basic_constraints(crt, 1, 0); // it signs itself, and nothing below
	if (rc == 0)
		rc = gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_SERVER, 0);
	if (rc == 0)
		rc = gnutls_x509_crt_set_key_usage(
			crt, GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_KEY_CERT_SIGN);
	if (rc == 0)
		rc = gnutls_x509_crt_set_key(crt, key);
	return rc == 0 ? gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0) : rc;
}

int gw_tls_make(char certificate[GW_TLS_PEM_LEN], char key_pem[GW_TLS_PEM_LEN])
{
	size_t certificate_len = GW_TLS_PEM_LEN, key_len = GW_TLS_PEM_LEN;
	gnutls_x509_privkey_t key = NULL;
	gnutls_x509_crt_t crt = NULL;

	int rc = gnutls_x509_privkey_init(&key);
	if (rc == 0)
		rc = gnutls_x509_crt_init(&crt);
	if (rc == 0)
		rc = gnutls_x509_privkey_generate(
			key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	if (rc == 0)
		rc = fields_set(crt, key);
	if (rc == 0)
		rc = gnutls_x509_crt_export(crt, GNUTLS_X509_FMT_PEM, certificate, &certificate_len);
	if (rc == 0)
		rc = gnutls_x509_privkey_export_pkcs8(
			key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, key_pem, &key_len);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
	return rc;
}
