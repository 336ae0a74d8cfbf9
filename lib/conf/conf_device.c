// SPDX-License-Identifier: BSD-3-Clause
// What a device text names, by its form alone. Any thread; no state.
#include <ctype.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base_text.h"
#include "conf_device.h"

#define VDEV_PREFIX   "net_"
#define KVARGS_TOKENS ",=[]\"'" // have a meaning in a vdev's arguments
#define SHOWN_SIZE    64

// n_min..n_max hex digits; returns what comes behind, or NULL.
static const char *hex_skip(const char *p, size_t n_min, size_t n_max)
{
	size_t n = 0;

	while (n < n_max && isxdigit((unsigned char)p[n]))
		n++;
	return n < n_min ? NULL : p + n;
}

static const char *char_skip(const char *p, char c)
{
	return p != NULL && *p == c ? p + 1 : NULL;
}

// "bb:dd.f", and what follows must end it or be ",arguments".
static bool is_bus_address(const char *p)
{
	p = char_skip(hex_skip(p, 2, 2), ':');
	p = p == NULL ? NULL : char_skip(hex_skip(p, 2, 2), '.');
	return p != NULL && *p >= '0' && *p <= '7' && (p[1] == '\0' || p[1] == ',');
}

static bool is_pci(const char *text)
{
	if (is_bus_address(text))
		return true;
	const char *p = char_skip(hex_skip(text, 4, 8), ':');
	return p != NULL && is_bus_address(p);
}

static bool is_ifname(const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || len >= IFNAMSIZ || strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '/' || text[i] == ':' || isspace((unsigned char)text[i]))
			return false;
	}
	return true;
}

enum conf_device_kind conf_device_kind(const char *device)
{
	if (is_pci(device))
		return CONF_DEVICE_PCI;
	if (strncmp(device, VDEV_PREFIX, strlen(VDEV_PREFIX)) == 0) {
		bool has_name = isalpha((unsigned char)device[strlen(VDEV_PREFIX)]);

		return has_name && strlen(device) <= CONF_DEVICE_LEN_MAX ? CONF_DEVICE_VDEV
									 : CONF_DEVICE_INVALID;
	}
	return is_ifname(device) ? CONF_DEVICE_NETDEV : CONF_DEVICE_INVALID;
}

bool conf_device_problem(const char *device, char *text, size_t size)
{
	enum conf_device_kind kind = conf_device_kind(device);
	char shown[SHOWN_SIZE];

	base_text_escape(shown, sizeof(shown), device, strlen(device));
	if (kind == CONF_DEVICE_NETDEV && strpbrk(device, KVARGS_TOKENS) != NULL) {
		snprintf(text, size, "the interface name %s has one of %s: rename it", shown, KVARGS_TOKENS);
		return true;
	}
	if (kind != CONF_DEVICE_INVALID)
		return false;
	snprintf(text, size,
		"\"%s\" is neither the name of a network interface (at most %d characters, without '/', ':' and blanks), nor a PCI address like 0000:03:00.0, nor a DPDK device like net_pcap0,iface=eth0",
		shown, IFNAMSIZ - 1);
	return true;
}
