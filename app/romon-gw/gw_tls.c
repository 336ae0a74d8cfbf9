// SPDX-License-Identifier: BSD-3-Clause
// The certificate of this process. Any thread; loading: one at a time.
//
// A certificate that was replaced stays in memory, some KiB: a handshake may just be using it.
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base_file.h"
#include "base_log.h"
#include "gw_tls.h"
#include "gw_tls_make.h"

LOG_TYPE("tls");

#define CHAIN_MAX 8
#define PEM_MAX   65536

struct loaded {
	struct loaded *before; // which it took the place of
	gnutls_certificate_credentials_t credentials;
	gnutls_privkey_t key;
	unsigned int n;
	gnutls_pcert_st chain[CHAIN_MAX];
};

struct pem {
	char certificate[PEM_MAX];
	char key[PEM_MAX];
};

static _Atomic(struct loaded *) current;

gnutls_certificate_credentials_t gw_tls_credentials(void)
{
	return atomic_load(&current)->credentials;
}

int gw_tls_retrieve(gnutls_session_t session, const gnutls_datum_t *ca_names, int n_ca_names,
	const gnutls_pk_algorithm_t *algorithms, int n_algorithms, gnutls_pcert_st **certificates,
	unsigned int *n_certificates, gnutls_privkey_t *key)
{
	struct loaded *l = atomic_load(&current);

	(void)session;
	(void)ca_names;
	(void)n_ca_names;
	(void)algorithms;
	(void)n_algorithms;
	*certificates = l->chain;
	*n_certificates = l->n;
	*key = l->key;
	return 0;
}

// ---- files

// The text of the file; is_secret: others may not read it. 0 or -errno with why.
static int file_read(const char *path, bool is_secret, char out[PEM_MAX], struct base_text *why)
{
	struct stat st;

	base_text_add(why, "%s: ", path);
	int fd = base_file_open(path, PEM_MAX - 1, &st, why);
	if (fd < 0)
		return fd;
	ssize_t n = 0;
	if (is_secret && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		base_text_add(why, "may be read or written by others than its owner: chmod 600 it");
		n = -EACCES;
	} else {
		n = base_file_read(fd, out, PEM_MAX - 1);
		if (n < 0)
			base_text_add(why, "cannot be read: %s", strerror((int)-n));
	}
	close(fd);
	if (n < 0)
		return (int)n;
	out[n] = '\0';
	base_text_init(why, why->buf, why->size);
	return 0;
}

static int file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return -errno;
	bool is_written = write(fd, text, strlen(text)) == (ssize_t)strlen(text) && fsync(fd) == 0;
	int rc = is_written ? 0 : -errno;
	close(fd);
	if (rc != 0)
		unlink(path);
	return rc;
}

// Made anew, kept in the two files where the folder lets us.
static int made_read(const char *certificate, const char *key, struct pem *pem, struct base_text *why)
{
	int rc = gw_tls_make(pem->certificate, pem->key);

	if (rc != 0) {
		base_text_add(why, "no certificate can be made: %s", gnutls_strerror(rc));
		return -EINVAL;
	}
	rc = file_write(key, pem->key);
	if (rc == 0)
		rc = file_write(certificate, pem->certificate);
	if (rc == 0)
		LOG(NOTICE, "made a certificate that signs itself: %s", certificate);
	else
		LOG(WARNING, "%s: %s: the certificate is made anew at each start", certificate,
			strerror(-rc));
	return 0;
}

static int pem_read(const struct gw_conf *conf, struct pem *pem, struct base_text *why)
{
	char certificate[PATH_MAX], key[PATH_MAX];

	if (conf->certificate[0] != '\0') {
		int rc = file_read(conf->certificate, false, pem->certificate, why);

		return rc != 0 ? rc : file_read(conf->key, true, pem->key, why);
	}
	if (snprintf(certificate, sizeof(certificate), "%s/certificate.pem", conf->state) >= PATH_MAX ||
		snprintf(key, sizeof(key), "%s/key.pem", conf->state) >= PATH_MAX) {
		base_text_add(why, "state %s: the path is too long", conf->state);
		return -ENAMETOOLONG;
	}
	(void)mkdir(conf->state, 0700); // its parent is there, or made_read() says so
	if (access(key, F_OK) != 0 || access(certificate, F_OK) != 0) {
		(void)unlink(key); // one without the other is of no use
		(void)unlink(certificate);
		return made_read(certificate, key, pem, why);
	}
	int rc = file_read(certificate, false, pem->certificate, why);
	return rc != 0 ? rc : file_read(key, true, pem->key, why);
}

// ---- loading

static gnutls_datum_t datum(char *text)
{
	return (gnutls_datum_t){.data = (unsigned char *)text, .size = (unsigned)strlen(text)};
}

static int loaded_fill(struct loaded *l, struct pem *pem)
{
	gnutls_datum_t certificate = datum(pem->certificate), key = datum(pem->key);
	unsigned int n = CHAIN_MAX;
	int rc = gnutls_certificate_allocate_credentials(&l->credentials);
	if (rc == 0)
		rc = gnutls_certificate_set_x509_key_mem2( // looks whether they belong together
			l->credentials, &certificate, &key, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (rc >= 0)
		rc = gnutls_pcert_list_import_x509_raw(l->chain, &n, &certificate, GNUTLS_X509_FMT_PEM, 0);
	if (rc >= 0)
		l->n = n;
	if (rc >= 0)
		rc = gnutls_privkey_init(&l->key);
	if (rc >= 0)
		rc = gnutls_privkey_import_x509_raw(l->key, &key, GNUTLS_X509_FMT_PEM, NULL, 0);
	return rc < 0 ? rc : 0;
}

// Of what was filled, or a part of it.
static void loaded_free(struct loaded *l)
{
	if (l == NULL)
		return;
	for (unsigned int i = 0; i < l->n; i++)
		gnutls_pcert_deinit(&l->chain[i]);
	if (l->key != NULL)
		gnutls_privkey_deinit(l->key);
	if (l->credentials != NULL)
		gnutls_certificate_free_credentials(l->credentials);
	free(l);
}

int gw_tls_load(const struct gw_conf *conf, struct base_text *why)
{
	struct pem *pem = calloc(1, sizeof(*pem));
	struct loaded *l = calloc(1, sizeof(*l));
	int rc = pem == NULL || l == NULL ? -ENOMEM : pem_read(conf, pem, why);

	if (rc == 0) {
		rc = loaded_fill(l, pem);
		if (rc != 0)
			base_text_add(
				why, "the certificate or its key cannot be used: %s", gnutls_strerror(rc));
	}
	if (pem != NULL)
		explicit_bzero(pem, sizeof(*pem));
	free(pem);
	if (rc != 0) {
		loaded_free(l);
		return -EINVAL;
	}
	l->before = atomic_load(&current);
	atomic_store(&current, l);
	return 0;
}
