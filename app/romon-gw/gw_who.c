// SPDX-License-Identifier: BSD-3-Clause
// Who asks. Any thread.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

#include "gw_who.h"

bool gw_who_address(const struct sockaddr *from, char *text, size_t size)
{
	bool is_six = from != NULL && from->sa_family == AF_INET6;

	text[0] = '\0';
	if (is_six)
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)from)->sin6_addr, text, (socklen_t)size);
	else if (from != NULL && from->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)from)->sin_addr, text, (socklen_t)size);
	return is_six;
}

bool gw_who_is_loopback(const struct sockaddr *from)
{
	if (from != NULL && from->sa_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)from)->sin_addr.s_addr) >> IN_CLASSA_NSHIFT ==
		       IN_LOOPBACKNET;
	return from != NULL && from->sa_family == AF_INET6 &&
	       IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)from)->sin6_addr);
}

const char *gw_who(const char *name, const struct sockaddr *from, char who[GW_WHO_LEN])
{
	char text[INET6_ADDRSTRLEN];
	bool is_six = gw_who_address(from, text, sizeof(text));

	snprintf(who, GW_WHO_LEN, is_six ? "%.*s@[%s]" : "%.*s@%s", GW_NAME_LEN - 1, name, text);
	return who;
}
