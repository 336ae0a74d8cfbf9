// SPDX-License-Identifier: BSD-3-Clause
// What a device text names, and whether that is there. Control thread, or preflight without EAL.
#include <ctype.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base_text.h"
#include "port.h"
#include "port_kernel.h"

#define VDEV_PREFIX   "net_"
#define PCI_TEXT_LEN  16        // "00000000:00:00.0" has a domain of up to eight digits
#define KVARGS_TOKENS ",=[]\"'" // have a meaning in a vdev's arguments

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

enum port_kind port_kind_of(const char *device)
{
	if (is_pci(device))
		return PORT_KIND_PCI;
	if (strncmp(device, VDEV_PREFIX, strlen(VDEV_PREFIX)) == 0) {
		bool has_name = isalpha((unsigned char)device[strlen(VDEV_PREFIX)]);

		return has_name && strlen(device) <= CONF_DEVICE_LEN_MAX ? PORT_KIND_VDEV : PORT_KIND_INVALID;
	}
	return is_ifname(device) ? PORT_KIND_AF_XDP : PORT_KIND_INVALID;
}

// "/sys/bus/pci/devices/DDDD:BB:DD.F", with what of it is asked for.
static void pci_path(const char *device, const char *what, char *path, size_t path_size)
{
	int len = (int)strcspn(device, ",");
	bool has_domain = len > (int)strlen("bb:dd.f");

	snprintf(path, path_size, "/sys/bus/pci/devices/%s%.*s/%s", has_domain ? "" : "0000:", len, device,
		what);
}

bool port_is_present(const char *device)
{
	char path[64 + PCI_TEXT_LEN];

	switch (port_kind_of(device)) {
	case PORT_KIND_INVALID:
		return false;
	case PORT_KIND_PCI:
		pci_path(device, "", path, sizeof(path));
		return access(path, F_OK) == 0;
	case PORT_KIND_VDEV:
		return true;
	case PORT_KIND_AF_XDP:
	case PORT_KIND_AF_PACKET:
		return if_nametoindex(device) != 0;
	}
	return false;
}

// A PCI device must be in the hands of a driver that lets DPDK at it.
static int pci_preflight(const char *device, char error[PORT_ERROR_LEN])
{
	static const char *const good[] = {
		"vfio-pci", "igb_uio", "uio_pci_generic", "mlx4_core", "mlx5_core"};
	char path[64 + PCI_TEXT_LEN];
	char driver[256];

	if (!port_is_present(device)) {
		snprintf(error, PORT_ERROR_LEN, "there is no PCI device %.40s (lspci lists them)", device);
		return -ENODEV;
	}
	pci_path(device, "driver", path, sizeof(path));
	ssize_t n = readlink(path, driver, sizeof(driver) - 1);
	if (n <= 0) {
		snprintf(error, PORT_ERROR_LEN,
			"PCI device %.40s has no driver: bind it with dpdk-devbind.py --bind=vfio-pci",
			device);
		return -ENXIO;
	}
	driver[n] = '\0';
	const char *slash = strrchr(driver, '/');
	const char *name = slash == NULL ? driver : slash + 1;
	for (size_t i = 0; i < BASE_ARRAY_LEN(good); i++) {
		if (strcmp(name, good[i]) == 0)
			return 0;
	}
	snprintf(error, PORT_ERROR_LEN,
		"PCI device %.40s belongs to the kernel driver %.40s: name its network interface instead, or "
		"bind "
		"the device with dpdk-devbind.py --bind=vfio-pci",
		device, name);
	return -EBUSY;
}

static int netdev_preflight(const char *ifname, char error[PORT_ERROR_LEN])
{
	struct port_if state;

	if (strpbrk(ifname, KVARGS_TOKENS) != NULL) {
		snprintf(error, PORT_ERROR_LEN, "the interface name %s has one of %s: rename it", ifname,
			KVARGS_TOKENS);
		return -EINVAL;
	}
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock < 0) {
		int err = errno;

		snprintf(error, PORT_ERROR_LEN, "cannot look at interface %s: %s", ifname, strerror(err));
		return -err;
	}
	int rc = port_if_read(sock, ifname, &state);
	close(sock);
	if (rc == 0 && state.hw_type != ARPHRD_ETHER) {
		snprintf(error, PORT_ERROR_LEN, "%s is not an Ethernet interface (its type is %u)", ifname,
			state.hw_type);
		return -EMEDIUMTYPE;
	}
	return 0;
}

int port_preflight(const char *device, char error[PORT_ERROR_LEN])
{
	char shown[64];

	error[0] = '\0';
	switch (port_kind_of(device)) {
	case PORT_KIND_PCI:
		return pci_preflight(device, error);
	case PORT_KIND_VDEV:
		return 0;
	case PORT_KIND_AF_XDP:
	case PORT_KIND_AF_PACKET:
		return netdev_preflight(device, error);
	case PORT_KIND_INVALID:
		break;
	}
	base_text_escape(shown, sizeof(shown), device, strlen(device));
	snprintf(error, PORT_ERROR_LEN,
		"\"%s\" is neither the name of a network interface (at most 15 characters, without '/', ':' "
		"and "
		"blanks), nor a PCI address like 0000:03:00.0, nor a DPDK device like net_pcap0,iface=eth0",
		shown);
	return -EINVAL;
}
