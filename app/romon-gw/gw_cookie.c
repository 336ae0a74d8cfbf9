// SPDX-License-Identifier: BSD-3-Clause
// Sessions of browsers, a table of fixed size. Any thread.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gw_cookie.h"
#include "gw_token.h"

#define IDLE_MS 3600000   // the page asks every few seconds: nobody looks
#define LIFE_MS 604800000 // a week
#define OF_USER (GW_COOKIES_MAX / 4)

struct gw_cookies {
	struct gw_roll *roll;
	pthread_mutex_t lock;                  // of all below
	struct gw_cookie list[GW_COOKIES_MAX]; // token "" = empty
};

struct gw_cookies *gw_cookies_create(struct gw_roll *roll)
{
	struct gw_cookies *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->roll = roll;
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

// Is he in the file of users, by the same password? *s has the group that he is of now, then.
static bool is_user(const struct gw_cookies *c, struct gw_cookie *s)
{
	struct gw_user now;

	if (!gw_roll_find(c->roll, s->user.name, &now) || now.group == GW_GROUP_NONE ||
		strcmp(now.hash, s->user.hash) != 0)
		return false;
	s->user.group = now.group;
	return true;
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
		if (strcmp(s->user.name, name) != 0)
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
	*place_find(c, cookie->user.name, now_ms) = *cookie;
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
	struct gw_cookie *s = find(c, token);
	if (s != NULL && (is_over(s, now_ms) || !is_user(c, s))) {
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
