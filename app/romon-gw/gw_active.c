// SPDX-License-Identifier: BSD-3-Clause
// Who is logged in. Any thread.
#include <pthread.h>
#include <string.h>

#include "base_clock.h"
#include "base_text.h"
#include "gw_active.h"
#include "gw_who.h"
#include "schema.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct gw_active head = {.next = &head, .prev = &head}; // oldest first. Under lock
static uint64_t n_begun;                                       // under lock

void gw_active_begin(struct gw_active *a, const char *via, const struct sockaddr *from)
{
	gw_who_address(from, a->address, sizeof(a->address));
	a->via = via;
	a->wall_us = base_wall_us();
	pthread_mutex_lock(&lock);
	a->number = ++n_begun;
	a->prev = head.prev;
	a->next = &head;
	head.prev->next = a;
	head.prev = a;
	pthread_mutex_unlock(&lock);
}

void gw_active_end(struct gw_active *a)
{
	if (a->next == NULL)
		return;
	pthread_mutex_lock(&lock);
	a->prev->next = a->next;
	a->next->prev = a->prev;
	pthread_mutex_unlock(&lock);
	a->next = a->prev = NULL;
}

json_t *gw_active_list(void)
{
	json_t *rows = json_array();
	char key[24], when[SCHEMA_TIME_LEN];

	pthread_mutex_lock(&lock);
	for (const struct gw_active *a = head.next; a != &head; a = a->next) {
		snprintf(key, sizeof(key), "%llu", (unsigned long long)a->number);
		json_array_append_new(
			rows, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "key", key, "name", a->name,
				      "address", a->address, "via", a->via, "group", gw_group_name(a->group),
				      "when", schema_time(a->wall_us, when)));
	}
	pthread_mutex_unlock(&lock);
	return rows;
}
