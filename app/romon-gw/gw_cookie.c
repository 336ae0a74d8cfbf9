// SPDX-License-Identifier: BSD-3-Clause
// Sessions of browsers, a table of fixed size. Any thread.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base_log.h"
#include "gw_cookie.h"
#include "gw_token.h"

LOG_TYPE("cookie");

#define IDLE_MS  3600000   // the page asks every few seconds: nobody looks
#define LIFE_MS  604800000 // a week
#define OF_USER  (GW_COOKIES_MAX / 4)
#define WHY_SIZE 256

struct gw_cookies {
	const char *users;
	pthread_mutex_t lock;                  // of all below
	struct stat file;                      // as it was when the sessions were last held against it
	struct gw_cookie list[GW_COOKIES_MAX]; // token "" = empty
};

struct gw_cookies *gw_cookies_create(const char *users)
{
	struct gw_cookies *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->users = users;
	pthread_mutex_init(&c->lock, NULL);
	return c;
}

void gw_cookies_destroy(struct gw_cookies *c)
{
	pthread_mutex_destroy(&c->lock);
	explicit_bzero(c, sizeof(*c));
	free(c);
}

static void end(struct gw_cookie *cookie)
{
	explicit_bzero(cookie, sizeof(*cookie));
}

// NULL: the file cannot be read, which the log says.
static struct gw_users *users_load(const struct gw_cookies *c)
{
	char buf[WHY_SIZE];
	struct base_text why;

	base_text_init(&why, buf, sizeof(buf));
	struct gw_users *users = gw_users_load(c->users, &why);
	if (users == NULL)
		LOG(ERROR, "%s: %s", c->users, buf);
	return users;
}

bool gw_cookies_user(const struct gw_cookies *c, const char *name, struct gw_cookie *out)
{
	struct gw_users *users = users_load(c);
	const struct gw_user *u = users == NULL ? NULL : gw_users_find(users, name);

	*out = (struct gw_cookie){0};
	if (u != NULL) {
		out->group = u->group;
		memcpy(out->name, u->name, sizeof(out->name));
		memcpy(out->hash, u->hash, sizeof(out->hash));
	}
	free(users);
	return u != NULL;
}

// Under lock. A file of users that changed ends the sessions of whom it changed; one that cannot be read,
// all.
static void file_look(struct gw_cookies *c)
{
	struct stat st = {0};

	if (stat(c->users, &st) == 0 && gw_users_is_same_file(&st, &c->file))
		return;
	c->file = st;
	struct gw_users *users = users_load(c);
	for (uint32_t i = 0; i < GW_COOKIES_MAX; i++) {
		struct gw_cookie *s = &c->list[i];
		const struct gw_user *u = users == NULL ? NULL : gw_users_find(users, s->name);

		if (u == NULL || strcmp(u->hash, s->hash) != 0)
			end(s);
		else
			s->group = u->group;
	}
	free(users);
}

static bool is_over(const struct gw_cookie *s, uint64_t now_ms)
{
	return s->token[0] == '\0' || now_ms - s->used_ms >= IDLE_MS || now_ms - s->since_ms >= LIFE_MS;
}

// Under lock. The place for a new session of that user.
static struct gw_cookie *place_find(struct gw_cookies *c, const char *name, uint64_t now_ms)
{
	struct gw_cookie *oldest = NULL, *own = NULL, *empty = NULL;
	uint32_t n_own = 0;

	for (uint32_t i = 0; i < GW_COOKIES_MAX; i++) {
		struct gw_cookie *s = &c->list[i];

		if (is_over(s, now_ms)) {
			empty = s;
			continue;
		}
		if (oldest == NULL || s->used_ms < oldest->used_ms)
			oldest = s;
		if (strcmp(s->name, name) != 0)
			continue;
		n_own++;
		if (own == NULL || s->used_ms < own->used_ms)
			own = s;
	}
	if (n_own >= OF_USER)
		return own;
	return empty != NULL ? empty : oldest;
}

void gw_cookies_open(struct gw_cookies *c, struct gw_cookie *cookie, uint64_t now_ms)
{
	gw_token_make(cookie->token, GW_COOKIE_LEN / 2);
	gw_token_make(cookie->csrf, GW_COOKIE_LEN / 2);
	cookie->since_ms = now_ms;
	cookie->used_ms = now_ms;
	pthread_mutex_lock(&c->lock);
	*place_find(c, cookie->name, now_ms) = *cookie;
	c->file = (struct stat){0}; // it may be of before a change that the others were held against
	pthread_mutex_unlock(&c->lock);
}

// Under lock. All are looked at: the time tells nothing of where it stands.
static struct gw_cookie *find(struct gw_cookies *c, const char *token)
{
	struct gw_cookie *found = NULL;

	for (uint32_t i = 0; i < GW_COOKIES_MAX; i++) {
		if (c->list[i].token[0] != '\0' && gw_token_is_same(c->list[i].token, token))
			found = &c->list[i];
	}
	return found;
}

bool gw_cookies_find(struct gw_cookies *c, const char *token, uint64_t now_ms, struct gw_cookie *out)
{
	pthread_mutex_lock(&c->lock);
	file_look(c);
	struct gw_cookie *s = find(c, token);
	if (s != NULL && is_over(s, now_ms)) {
		end(s);
		s = NULL;
	}
	if (s != NULL) {
		s->used_ms = now_ms;
		*out = *s;
	}
	pthread_mutex_unlock(&c->lock);
	return s != NULL;
}

void gw_cookies_close(struct gw_cookies *c, const char *token)
{
	pthread_mutex_lock(&c->lock);
	struct gw_cookie *s = find(c, token);
	if (s != NULL)
		end(s);
	pthread_mutex_unlock(&c->lock);
}
