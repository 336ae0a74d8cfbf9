// SPDX-License-Identifier: BSD-3-Clause
// /metrics. The thread of the connection.
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_clock.h"
#include "gw_metrics.h"
#include "gw_metrics_own.h"
#include "metrics.h"

#define SHARED_MS 1000 // however many ask, romond is asked once in it
#define WHY_SIZE  512

// What romond answered last, and what we are like, for all who ask.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; // held while romond is asked
static struct metrics_facts kept;                        // under lock, as all that follows
static json_t *own;                                      // of ourselves
static uint64_t until_ms;
static uint32_t epoch;          // of the link: a romond that went away is no romond of before
static uint64_t last_answer_ms; // of the wall clock; 0 = none
static uint64_t n_scrapes, n_failed;

// ---- who may

// One of IPv4 that came in by a socket of IPv6.
static bool is_mapped_loopback(const struct sockaddr *from)
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)from;

	return from != NULL && from->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six->sin6_addr) &&
	       six->sin6_addr.s6_addr[12] == IN_LOOPBACKNET;
}

bool gw_metrics_is_open(const struct gw_http *h)
{
	const struct sockaddr *from = gw_http_from(h);

	switch (h->shared->conf->metrics_access) {
	case GW_ACCESS_ALL:
		return true;
	case GW_ACCESS_LOOPBACK:
		return gw_who_is_loopback(from) || is_mapped_loopback(from);
	case GW_ACCESS_INVALID:
	case GW_ACCESS_LOGIN:
		break;
	}
	return false;
}

// ---- what is told

static json_t *ask(void *ctx, const char *cmd, json_t *args)
{
	char buf[WHY_SIZE];
	struct base_text why;

	base_text_init(&why, buf, sizeof(buf));
	return gw_link_ask(ctx, cmd, args, &why);
}

// Under lock.
static void kept_renew(const struct gw_shared *shared)
{
	if (base_mono_ms() < until_ms && gw_link_epoch(shared->link) == epoch)
		return;
	metrics_facts_fini(&kept);
	metrics_gather(&kept, ask, shared->link, shared->conf->metrics_nodes);
	json_decref(own);
	own = json_object();
	gw_metrics_own_add(own);
	epoch = gw_link_epoch(shared->link);
	until_ms = kept.is_up ? base_mono_ms() + SHARED_MS : 0;
	if (kept.is_up)
		last_answer_ms = base_wall_us() / 1000;
}

// The facts of now, to be given back by metrics_facts_fini().
static void facts_get(const struct gw_shared *shared, struct metrics_facts *facts)
{
	pthread_mutex_lock(&lock);
	kept_renew(shared);
	*facts = kept;
	for (size_t i = 0; i < METRICS_N_SOURCES; i++)
		json_incref(facts->from[i]);
	json_t *o = metrics_exporter(facts, "romon-gw");
	json_object_set_new(o, "scrapes", json_integer((json_int_t)++n_scrapes));
	json_object_set_new(o, "scrapes-failed", json_integer((json_int_t)(n_failed += !facts->is_up)));
	if (last_answer_ms > 0)
		json_object_set_new(o, "last-answer-ms", json_integer((json_int_t)last_answer_ms));
	json_object_update(o, own);
	pthread_mutex_unlock(&lock);
	facts->from[METRICS_FROM_EXPORTER] = o;
}

enum MHD_Result gw_metrics_answer(struct gw_http *h)
{
	enum metrics_format format = metrics_accept(
		MHD_lookup_connection_value(h->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT));
	struct gw_out out = {0};
	struct metrics_facts facts;

	if (h->path[0] != '\0' && strcmp(h->path, "/") != 0)
		return gw_http_error(h, GW_STATUS_MISSING, "there is nothing below /metrics");
	if (!gw_http_is(h, MHD_HTTP_METHOD_GET) && !gw_http_is(h, MHD_HTTP_METHOD_HEAD))
		return gw_http_error(h, GW_STATUS_BAD, "/metrics is only read");
	FILE *file = open_memstream(&out.bytes, &out.len);
	if (file == NULL)
		return gw_http_error(h, GW_STATUS_INTERNAL, "out of memory");
	facts_get(h->shared, &facts);
	metrics_write(file, format, &facts);
	metrics_facts_fini(&facts);
	if (fclose(file) != 0) {
		free(out.bytes);
		return gw_http_error(h, GW_STATUS_INTERNAL, "out of memory");
	}
	return gw_http_send(h, GW_STATUS_OK, metrics_content_type(format), &out, NULL);
}
