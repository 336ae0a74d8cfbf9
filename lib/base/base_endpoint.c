// SPDX-License-Identifier: BSD-3-Clause
// Addresses with ports. Any thread.
#include "base_endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG 64

static bool port_parse(const char *text, uint16_t *out)
{
	size_t len = strspn(text, "0123456789");
	unsigned long port = strtoul(text, NULL, 10);

	*out = htons((uint16_t)port);
	return len > 0 && len <= 5 && text[len] == '\0' && port >= 1 && port <= UINT16_MAX;
}

socklen_t base_endpoint_parse(const char *text, struct sockaddr_storage *out)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
	char host[INET6_ADDRSTRLEN];
	const char *colon = strrchr(text, ':');
	size_t len = colon != NULL ? (size_t)(colon - text) : 0;
	bool is_v6 = len >= 2 && text[0] == '[' && text[len - 1] == ']';
	uint16_t port;

	if (is_v6) {
		text++;
		len -= 2;
	}
	if (len == 0 || len >= sizeof(host) || !port_parse(colon + 1, &port))
		return 0;
	memcpy(host, text, len);
	host[len] = '\0';
	memset(out, 0, sizeof(*out));
	if (is_v6) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = port;
		return inet_pton(AF_INET6, host, &v6->sin6_addr) == 1 ? sizeof(*v6) : 0;
	}
	v4->sin_family = AF_INET;
	v4->sin_port = port;
	return inet_pton(AF_INET, host, &v4->sin_addr) == 1 ? sizeof(*v4) : 0;
}

int base_endpoint_listen(const struct sockaddr *at, socklen_t len, int flags)
{
	int fd = socket(at->sa_family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	int one = 1;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, at, len) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	int err = -errno;
	close(fd);
	return err;
}
