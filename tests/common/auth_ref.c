// SPDX-License-Identifier: BSD-3-Clause
// Puts together what a digest covers, byte by byte as the documentation says, and hands it to OpenSSL.
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "auth_ref.h"

struct bytes {
	uint8_t at[AUTH_REF_FRAME_MAX + 400];
	size_t len;
};

static void add(struct bytes *b, const void *from, size_t len)
{
	memcpy(b->at + b->len, from, len);
	b->len += len;
}

// The secret as the scheme wants it.
static void add_secret(struct bytes *b, enum auth_pad pad, const char *secret)
{
	size_t len = strlen(secret);
	size_t want = pad == AUTH_PAD_PAD16 ? 16 : pad == AUTH_PAD_PAD64 ? 64 : len;
	uint8_t padded[64] = {0};

	memcpy(padded, secret, len < want ? len : want);
	add(b, padded, want);
}

static void covered(struct bytes *b, const struct auth_scheme *s, const uint8_t *eth, const uint8_t *romon,
	uint32_t len, const char *secret)
{
	bool has_source = s->cover == AUTH_COVER_SOURCE_ROMON || s->cover == AUTH_COVER_SOURCE_ETHERNET;

	if (has_source)
		add(b, eth + 6, 6);
	if (s->cover == AUTH_COVER_ETHERNET || s->cover == AUTH_COVER_SOURCE_ETHERNET) {
		add(b, eth, 12);
		add(b, "\x88\xbf", 2);
	}
	uint32_t field = 4u + s->digest_off;
	add(b, romon, field);
	if (s->field == AUTH_FIELD_ZERO)
		add(b, (uint8_t[16]){0}, 16);
	if (s->field == AUTH_FIELD_SECRET)
		add_secret(b, AUTH_PAD_PAD16, secret);
	add(b, romon + field + 16, len - field - 16);
}

void auth_ref_digest(const struct auth_scheme *s, const uint8_t *eth, const uint8_t *romon, uint32_t len,
	const char *secret, uint8_t out[16])
{
	static struct bytes b, key;
	unsigned out_len = 16;

	b.len = 0;
	key.len = 0;
	add_secret(&key, (enum auth_pad)s->pad, secret);
	if (s->keyed == AUTH_KEYED_PREFIX || s->keyed == AUTH_KEYED_BOTH)
		add(&b, key.at, key.len);
	covered(&b, s, eth, romon, len, secret);
	if (s->keyed == AUTH_KEYED_SUFFIX || s->keyed == AUTH_KEYED_BOTH)
		add(&b, key.at, key.len);
	if (s->keyed == AUTH_KEYED_HMAC)
		HMAC(EVP_md5(), key.at, (int)key.len, b.at, b.len, out, &out_len);
	else if (EVP_Digest(b.at, b.len, out, &out_len, EVP_md5(), NULL) != 1)
		abort();
}
