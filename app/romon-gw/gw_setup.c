// SPDX-License-Identifier: BSD-3-Clause
// The first user. Any thread.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_clock.h"
#include "base_log.h"
#include "gw_body.h"
#include "gw_setup.h"
#include "gw_token.h"

LOG_TYPE("setup");

#define TOKEN_BYTES 16
#define TOKEN_LEN   (2 * TOKEN_BYTES)
#define OFFER_MS    3600000
#define WHY_SIZE    256

static const char form[] =
	"<!doctype html><meta charset=\"utf-8\"><title>romon-gw</title><h1>The first user of romon-gw</h1><form method=\"post\"><p><label>Name <input name=\"name\" required maxlength=\"31\" autocomplete=\"username\"></label><p><label>Password <input name=\"password\" type=\"password\" required minlength=\"8\" autocomplete=\"new-password\"></label><p><button>Create</button></form>";

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char token[TOKEN_LEN + 1]; // "" = there is no offer. Under lock
static uint64_t until_ms;         // under lock

static bool has_users(const char *path, struct base_text *why)
{
	struct gw_users *users = gw_users_load(path, why);
	bool has = users == NULL || users->n > 0;

	free(users);
	return has;
}

void gw_setup_offer(const struct gw_conf *conf)
{
	char buf[WHY_SIZE];
	struct base_text why;
	bool has_tls = conf->https_listen[0] != '\0';

	base_text_init(&why, buf, sizeof(buf));
	if ((!has_tls && conf->http_listen[0] == '\0') || has_users(conf->users, &why))
		return;
	pthread_mutex_lock(&lock);
	gw_token_make(token, TOKEN_BYTES);
	until_ms = base_mono_ms() + OFFER_MS;
	pthread_mutex_unlock(&lock);
	// not by the log, which others may read
	fprintf(stderr,
		"Nobody can log in yet. Make the first user, within an hour:\n  http%s://%s/setup/%s\n"
		"or by `romon-gw user add NAME --group full`\n",
		has_tls ? "s" : "", has_tls ? conf->https_listen : conf->http_listen, token);
}

// Under lock.
static bool is_offered(const char *said)
{
	return token[0] != '\0' && base_mono_ms() < until_ms && gw_token_is_same(said, token);
}

// ---- the form

// -> "" or why not.
static void user_make(const char *path, const char *name, const char *password, struct base_text *why)
{
	struct gw_users *users = calloc(1, sizeof(*users));

	if (!gw_user_name_is_valid(name)) {
		base_text_add(why, "a name is 1 to %d characters of A-Z a-z 0-9 _ . -", GW_NAME_LEN - 1);
	} else if (strlen(password) < 8) {
		base_text_add(why, "a password has at least 8 characters");
	} else if (users == NULL || has_users(path, why)) {
		if (why->len == 0)
			base_text_add(why, "there is a user already");
	} else {
		users->n = 1;
		users->list[0].group = GW_GROUP_FULL;
		snprintf(users->list[0].name, sizeof(users->list[0].name), "%s", name);
		if (gw_user_password_set(&users->list[0], password) != 0 ||
			gw_users_save(path, users, why) != 0)
			base_text_add(why, "%s", why->len == 0 ? "the password cannot be hashed" : "");
	}
	free(users);
}

static enum MHD_Result html_send(struct gw_http *h, enum gw_status status, const char *text)
{
	struct gw_out out = {0};

	gw_out_text(&out, text);
	return gw_http_send(h, status, "text/html; charset=utf-8", &out, NULL);
}

enum MHD_Result gw_setup_answer(struct gw_http *h)
{
	char name[GW_NAME_LEN] = "", password[GW_PASSWORD_LEN] = "", buf[WHY_SIZE] = "";
	const char *path = h->shared->conf->users;
	bool is_post = gw_http_is(h, MHD_HTTP_METHOD_POST);
	struct base_text why;

	base_text_init(&why, buf, sizeof(buf));
	pthread_mutex_lock(&lock);
	bool is_ours = is_offered(h->path[0] == '/' ? h->path + 1 : "");
	if (is_ours && is_post) {
		(void)gw_body_field(h->body, h->body_len, "name", name, sizeof(name));
		(void)gw_body_field(h->body, h->body_len, "password", password, sizeof(password));
		user_make(path, name, password, &why);
		explicit_bzero(password, sizeof(password));
		if (why.len == 0)
			token[0] = '\0';
	}
	pthread_mutex_unlock(&lock);
	if (!is_ours)
		return gw_http_error(h, GW_STATUS_MISSING, "this link does not work, or not any more");
	if (!is_post)
		return html_send(h, GW_STATUS_OK, form);
	if (why.len > 0)
		return gw_http_error(h, GW_STATUS_BAD, buf);
	LOG(NOTICE, "the first user was made: %s", name);
	return html_send(h, GW_STATUS_OK,
		"<!doctype html><title>romon-gw</title><p>Done. <a href=\"/\">Log in</a> by that name.");
}
