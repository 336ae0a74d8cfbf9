// SPDX-License-Identifier: BSD-3-Clause
// The connection to romond. Any thread, one at a time.
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "api_client.h"
#include "base_clock.h"
#include "gw_link.h"
#include "schema.h"

#define TIMEOUT_MS 5000
#define SILENT_MS  1000 // after a time-out: those who waited behind it do not each wait as long

struct gw_link {
	const char *socket;
	pthread_mutex_t lock;
	struct api_client *client; // NULL = not connected. Under lock
	uint64_t silent_until_ms;  // under lock
	atomic_uint epoch;
};

struct gw_link *gw_link_create(const char *socket)
{
	struct gw_link *link = calloc(1, sizeof(*link));

	if (link == NULL)
		return NULL;
	link->socket = socket;
	pthread_mutex_init(&link->lock, NULL);
	return link;
}

void gw_link_destroy(struct gw_link *link)
{
	api_client_close(link->client);
	pthread_mutex_destroy(&link->lock);
	free(link);
}

// Under lock.
static void disconnect(struct gw_link *link)
{
	api_client_close(link->client);
	link->client = NULL;
	atomic_fetch_add(&link->epoch, 1);
}

// Has romond ended the connection since the last question? Under lock.
static void end_look(struct gw_link *link)
{
	char byte;

	// nothing waits to be read between two questions, but for the end
	if (link->client != NULL && recv(api_client_fd(link->client), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0)
		disconnect(link);
}

uint32_t gw_link_epoch(struct gw_link *link)
{
	if (pthread_mutex_trylock(&link->lock) == 0) {
		end_look(link);
		pthread_mutex_unlock(&link->lock);
	}
	return atomic_load(&link->epoch);
}

// May it be asked twice? What changes something may have been done before the connection broke.
static bool is_repeatable(const char *cmd)
{
	const struct schema_command *command = schema_command_find(cmd);

	return command != NULL && command->tier == API_TIER_READ;
}

static int ask_once(struct gw_link *link, const struct gw_ask *ask, json_t **data, struct api_error *err)
{
	if (link->client == NULL)
		link->client = api_client_connect(link->socket, TIMEOUT_MS);
	if (link->client == NULL)
		return -errno;
	api_client_for(link->client, ask->on_behalf);
	int rc = api_client_call(link->client, ask->cmd, ask->args, TIMEOUT_MS, data, err);
	if (rc != 0 && rc != -EREMOTEIO)
		disconnect(link);
	return rc;
}

static void failure_tell(
	const struct gw_link *link, const char *cmd, int rc, struct api_error *err, struct base_text *why)
{
	if (rc == -EREMOTEIO)
		base_text_add(why, "%s", err->message);
	else if (rc == -ENOENT || rc == -ECONNREFUSED)
		base_text_add(why, "romond does not run: nobody serves %s", link->socket);
	else
		base_text_add(why, "romond does not answer on %s: %s%s", link->socket, strerror(-rc),
			is_repeatable(cmd) ? "" : "; look whether it was done");
}

json_t *gw_link_ask_as(struct gw_link *link, struct gw_ask *ask, struct base_text *why)
{
	struct api_error err = {0};
	json_t *data = NULL;

	pthread_mutex_lock(&link->lock);
	end_look(link);
	bool was_connected = link->client != NULL;
	bool is_silent = base_mono_ms() < link->silent_until_ms;
	int rc = is_silent ? -ETIMEDOUT : ask_once(link, ask, &data, &err);
	// romond may have been started anew since we looked
	if (was_connected && link->client == NULL && rc != -ETIMEDOUT && is_repeatable(ask->cmd))
		rc = ask_once(link, ask, &data, &err);
	if (rc == -ETIMEDOUT && !is_silent)
		link->silent_until_ms = base_mono_ms() + SILENT_MS;
	pthread_mutex_unlock(&link->lock);
	if (rc != 0)
		failure_tell(link, ask->cmd, rc, &err, why);
	ask->code = rc == -EREMOTEIO ? err.code : API_ERROR_INVALID;
	ask->extra = err.extra;
	return data;
}

json_t *gw_link_ask(struct gw_link *link, const char *cmd, json_t *args, struct base_text *why)
{
	struct gw_ask ask = {.cmd = cmd, .args = args};
	json_t *data = gw_link_ask_as(link, &ask, why);

	json_decref(ask.extra);
	return data;
}
