// SPDX-License-Identifier: BSD-3-Clause
// Logging in: passwords that were right, and who has to wait. All tables have a fixed size. Any thread.
#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base_clock.h"
#include "base_hash.h"
#include "base_random.h"
#include "gw_auth.h"

#define RIGHTS_N       64
#define RIGHT_MS       60000
#define MAC_LEN        32
#define GUESSERS_N     1024
#define GUESSER_MS     600000 // without a wrong login: forgotten
#define ADDRESS_FREE   10     // wrong logins that nobody has to wait for
#define NAME_FREE      20     // more than of an address: guessing must not shut the user out
#define WAIT_FIRST     4000   // ms, doubled each time up to
#define ADDRESS_WAIT   60000
#define NAME_WAIT      5000
#define HASHES_AT_ONCE 2 // each takes some 10 MiB and tens of milliseconds of a CPU
#define HASH_WAIT_S    10

struct right {
	uint8_t mac[MAC_LEN]; // of name, password and hash: with another hash it is none
	uint64_t until_ms;    // 0 = empty
};

struct guesser {
	uint64_t key; // 0 = empty
	uint32_t n_wrong;
	uint64_t last_ms;  // wrong login
	uint64_t until_ms; // has to wait
};

struct gw_auth {
	struct gw_roll *roll;
	uint64_t seed;
	uint8_t mac_key[MAC_LEN]; // of this process; nothing outlives it
	sem_t hashes;
	pthread_mutex_t lock; // of all below
	uint32_t next_right;
	struct right rights[RIGHTS_N];
	struct guesser guessers[GUESSERS_N];
};

struct gw_auth *gw_auth_create(struct gw_roll *roll)
{
	struct gw_auth *auth = calloc(1, sizeof(*auth));

	if (auth == NULL)
		return NULL;
	auth->roll = roll;
	base_random_fill(&auth->seed, sizeof(auth->seed));
	base_random_fill(auth->mac_key, sizeof(auth->mac_key));
	sem_init(&auth->hashes, 0, HASHES_AT_ONCE);
	pthread_mutex_init(&auth->lock, NULL);
	return auth;
}

void gw_auth_destroy(struct gw_auth *auth)
{
	sem_destroy(&auth->hashes);
	pthread_mutex_destroy(&auth->lock);
	explicit_bzero(auth, sizeof(*auth));
	free(auth);
}

// ---- passwords that were right

static bool mac_of(const struct gw_auth *auth, const struct gw_login_try *t, const struct gw_user *user,
	uint8_t mac[MAC_LEN])
{
	const char *const parts[] = {t->name, t->password, user->hash};
	char text[GW_NAME_LEN + GW_PASSWORD_LEN + GW_HASH_LEN];
	size_t len = 0;

	for (size_t i = 0; i < BASE_ARRAY_LEN(parts); i++) {
		size_t n = strlen(parts[i]) + 1;

		memcpy(text + len, parts[i], n);
		len += n;
	}
	int rc = gnutls_hmac_fast(GNUTLS_MAC_SHA256, auth->mac_key, sizeof(auth->mac_key), text, len, mac);
	explicit_bzero(text, sizeof(text));
	return rc == 0;
}

// Under lock. The MAC is keyed by what nobody else knows: how long a comparison takes tells nothing of it.
static bool is_right(const struct gw_auth *auth, const uint8_t mac[MAC_LEN], uint64_t now_ms)
{
	for (uint32_t i = 0; i < RIGHTS_N; i++) {
		const struct right *r = &auth->rights[i];

		if (now_ms < r->until_ms && memcmp(r->mac, mac, MAC_LEN) == 0)
			return true;
	}
	return false;
}

// Under lock.
static void right_note(struct gw_auth *auth, const uint8_t mac[MAC_LEN])
{
	struct right *r = &auth->rights[auth->next_right];

	r->until_ms = base_mono_ms() + RIGHT_MS;
	memcpy(r->mac, mac, MAC_LEN);
	auth->next_right = (auth->next_right + 1) % RIGHTS_N;
}

// ---- who has to wait

static uint64_t address_key(const struct gw_auth *auth, const struct sockaddr *from)
{
	uint64_t bits = 0;

	if (from != NULL && from->sa_family == AF_INET)
		bits = ((const struct sockaddr_in *)from)->sin_addr.s_addr;
	else if (from != NULL && from->sa_family == AF_INET6) // a /64 is one guesser
		memcpy(&bits, &((const struct sockaddr_in6 *)from)->sin6_addr, sizeof(bits));
	return base_hash_mix(auth->seed ^ bits) | 1;
}

static uint64_t name_key(const struct gw_auth *auth, const char *name)
{
	return base_hash_mix(~auth->seed ^ base_hash_name(name)) | 1;
}

// Under lock. The place of that key, or with is_new the one that is best given away.
static struct guesser *guesser_find(struct gw_auth *auth, uint64_t key, uint64_t now_ms, bool is_new)
{
	struct guesser *oldest = &auth->guessers[0];

	for (uint32_t i = 0; i < GUESSERS_N; i++) {
		struct guesser *g = &auth->guessers[i];

		if (g->key == key && now_ms - g->last_ms < GUESSER_MS)
			return g;
		if (g->last_ms < oldest->last_ms)
			oldest = g;
	}
	if (!is_new)
		return NULL;
	*oldest = (struct guesser){.key = key};
	return oldest;
}

// Under lock. 0 = not at all.
static uint64_t wait_ms(struct gw_auth *auth, uint64_t key, uint64_t now_ms)
{
	const struct guesser *g = guesser_find(auth, key, now_ms, false);

	return g == NULL || g->until_ms <= now_ms ? 0 : g->until_ms - now_ms;
}

// Under lock.
static void wrong_note(struct gw_auth *auth, uint64_t key, uint32_t n_free, uint64_t most_ms)
{
	uint64_t now_ms = base_mono_ms();
	struct guesser *g = guesser_find(auth, key, now_ms, true);

	g->n_wrong++;
	g->last_ms = now_ms;
	if (g->n_wrong < n_free)
		return;
	uint32_t doubled = g->n_wrong - n_free;
	uint64_t more_ms = (uint64_t)WAIT_FIRST << (doubled < 4 ? doubled : 4);
	g->until_ms = now_ms + (more_ms < most_ms ? more_ms : most_ms);
}

// ---- logging in

// At the cost of one hash.
static enum gw_login password_look(struct gw_auth *auth, struct gw_login_try *t, const struct gw_user *user)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += HASH_WAIT_S;
	if (sem_timedwait(&auth->hashes, &until) != 0) {
		t->wait_s = 1;
		return GW_LOGIN_WAIT;
	}
	bool is_his = gw_user_check(user, t->password);
	sem_post(&auth->hashes);
	return is_his ? GW_LOGIN_RIGHT : GW_LOGIN_WRONG;
}

// user: as the file has him now; NULL: nobody can have that name, or that password.
static enum gw_login user_look(struct gw_auth *auth, struct gw_login_try *t, const struct gw_user *user)
{
	uint64_t now_ms = base_mono_ms(), address = address_key(auth, t->from);
	uint64_t name = name_key(auth, t->name);
	bool is_possible = user != NULL;
	uint8_t mac[MAC_LEN];

	if (is_possible && !mac_of(auth, t, user, mac))
		return GW_LOGIN_FAILED;
	pthread_mutex_lock(&auth->lock);
	bool is_known = is_possible && is_right(auth, mac, now_ms);
	uint64_t left_ms = wait_ms(auth, address, now_ms), name_ms = wait_ms(auth, name, now_ms);
	pthread_mutex_unlock(&auth->lock);
	if (is_known)
		return GW_LOGIN_RIGHT;
	if (left_ms > 0 || name_ms > 0) {
		t->wait_s = (uint32_t)((left_ms > name_ms ? left_ms : name_ms) / 1000 + 1);
		return GW_LOGIN_WAIT;
	}
	enum gw_login rc = is_possible ? password_look(auth, t, user) : GW_LOGIN_WRONG;
	pthread_mutex_lock(&auth->lock);
	if (rc == GW_LOGIN_RIGHT) {
		right_note(auth, mac);
	} else if (rc == GW_LOGIN_WRONG) {
		wrong_note(auth, address, ADDRESS_FREE, ADDRESS_WAIT);
		wrong_note(auth, name, NAME_FREE, NAME_WAIT);
	}
	pthread_mutex_unlock(&auth->lock);
	return rc;
}

enum gw_login gw_auth_login(struct gw_auth *auth, struct gw_login_try *t)
{
	bool is_possible = strlen(t->name) < GW_NAME_LEN && strlen(t->password) < GW_PASSWORD_LEN;
	struct gw_user user;

	t->user = (struct gw_user){.group = GW_GROUP_NONE};
	if (is_possible && !gw_roll_find(auth->roll, t->name, &user))
		return GW_LOGIN_FAILED;
	enum gw_login rc = user_look(auth, t, is_possible ? &user : NULL);
	if (rc == GW_LOGIN_RIGHT)
		t->user = user;
	return rc;
}
