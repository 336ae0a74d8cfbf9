// SPDX-License-Identifier: BSD-3-Clause
// Sockets that listen. At the start.
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base_endpoint.h"
#include "gw_conf.h"
#include "gw_endpoint.h"
#include "gw_who.h"

// The address of the endpoint, to be freed, or NULL with why.
static struct addrinfo *resolve(const char *endpoint, const char *key, struct base_text *why)
{
	struct addrinfo hints = {
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	char host[GW_ENDPOINT_LEN];
	struct addrinfo *ai;

	snprintf(host, sizeof(host), "%s", endpoint[0] == '[' ? endpoint + 1 : endpoint);
	char *colon = strrchr(host, ':'); // the configuration was checked: there is one
	*colon = '\0';
	if (endpoint[0] == '[' && colon > host && colon[-1] == ']')
		colon[-1] = '\0';
	int err = getaddrinfo(host, colon + 1, &hints, &ai);
	if (err == 0)
		return ai;
	base_text_add(why, "%s %s: %s", key, endpoint, gai_strerror(err));
	return NULL;
}

int gw_endpoint_listen(const char *endpoint, const char *key, bool only_loopback, struct base_text *why)
{
	struct addrinfo *ai = resolve(endpoint, key, why);

	if (ai == NULL)
		return -EADDRNOTAVAIL;
	int fd = -EACCES;
	if (only_loopback && !gw_who_is_loopback(ai->ai_addr)) {
		base_text_add(why,
			"%s %s: passwords would cross the network in plain text; only loopback is served",
			key, endpoint);
	} else {
		fd = base_endpoint_listen(ai->ai_addr, ai->ai_addrlen, 0);
		if (fd < 0)
			base_text_add(why, "%s %s: %s", key, endpoint, strerror(-fd));
	}
	freeaddrinfo(ai);
	return fd;
}
