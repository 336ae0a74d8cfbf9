// SPDX-License-Identifier: BSD-3-Clause
// Kernel interfaces by ioctl, and the membership socket. Control thread.
#include <limits.h>
#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base_text.h"
#include "port_kernel.h"

// Where RoMON routers send Discover and Hello (docs/protocol.md section 1).
static const uint8_t romon_group[BASE_MAC_LEN] = {0x01, 0x80, 0xc2, 0x00, 0x88, 0xbf};

static int if_ioctl(int sock, unsigned long request, const char *ifname, struct ifreq *ifr)
{
	if (base_text_copy(ifr->ifr_name, sizeof(ifr->ifr_name), ifname) != 0)
		return -ENODEV;
	return ioctl(sock, request, ifr) == 0 ? 0 : -errno;
}

int port_if_read(int sock, const char *ifname, struct port_if *out)
{
	struct ifreq ifr = {0};
	int rc = if_ioctl(sock, SIOCGIFINDEX, ifname, &ifr);

	if (rc != 0)
		return rc;
	out->index = ifr.ifr_ifindex;
	rc = if_ioctl(sock, SIOCGIFFLAGS, ifname, &ifr);
	if (rc != 0)
		return rc;
	out->flags = (uint16_t)ifr.ifr_flags;
	rc = if_ioctl(sock, SIOCGIFMTU, ifname, &ifr);
	if (rc != 0)
		return rc;
	out->mtu = (uint32_t)ifr.ifr_mtu;
	rc = if_ioctl(sock, SIOCGIFHWADDR, ifname, &ifr);
	if (rc != 0)
		return rc;
	out->hw_type = ifr.ifr_hwaddr.sa_family;
	memcpy(out->mac.b, ifr.ifr_hwaddr.sa_data, BASE_MAC_LEN);
	return 0;
}

static int ethtool_ioctl(int sock, const char *ifname, void *command)
{
	struct ifreq ifr = {.ifr_data = command};

	return if_ioctl(sock, SIOCETHTOOL, ifname, &ifr);
}

uint32_t port_if_speed(int sock, const char *ifname)
{
	// Masks follow the struct: the kernel says how many words it wants in a first, failing round.
	union {
		struct ethtool_link_settings s;
		uint32_t words[sizeof(struct ethtool_link_settings) / 4 + 3 * SCHAR_MAX];
	} req = {.s = {.cmd = ETHTOOL_GLINKSETTINGS}};

	if (ethtool_ioctl(sock, ifname, &req) != 0 || req.s.link_mode_masks_nwords >= 0)
		return 0;
	req.s.cmd = ETHTOOL_GLINKSETTINGS;
	req.s.link_mode_masks_nwords = (int8_t)-req.s.link_mode_masks_nwords;
	if (ethtool_ioctl(sock, ifname, &req) != 0 || req.s.speed == (uint32_t)SPEED_UNKNOWN)
		return 0;
	return req.s.speed;
}

void port_if_queues_read(int sock, const char *ifname, struct port_if_queues *out)
{
	struct ethtool_channels channels = {.cmd = ETHTOOL_GCHANNELS};

	out->n_paired = 1;
	out->n_rx = 1;
	if (ethtool_ioctl(sock, ifname, &channels) != 0)
		return; // no channels to speak of: one queue
	if (channels.max_combined > 0 && channels.combined_count > 0)
		out->n_paired = channels.combined_count;
	out->n_rx = channels.combined_count + channels.rx_count;
	if (out->n_rx == 0)
		out->n_rx = 1;
}

int port_if_numa(int sock, const char *ifname)
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
	char path[64 + sizeof(info.bus_info)];
	int node = -1;

	if (ethtool_ioctl(sock, ifname, &info) != 0)
		return -1;
	info.bus_info[sizeof(info.bus_info) - 1] = '\0';
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/numa_node", info.bus_info);
	FILE *f = fopen(path, "re");
	if (f == NULL)
		return -1; // not a PCI device
	if (fscanf(f, "%d", &node) != 1)
		node = -1;
	fclose(f);
	return node;
}

bool port_if_strips_vlan(int sock, const char *ifname)
{
	struct ethtool_value flags = {.cmd = ETHTOOL_GFLAGS};

	return ethtool_ioctl(sock, ifname, &flags) == 0 && (flags.data & ETH_FLAG_RXVLAN) != 0;
}

int port_if_join(int ifindex, bool is_promiscuous)
{
	int sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0); // protocol 0: receives nothing
	struct packet_mreq mreq = {
		.mr_ifindex = ifindex,
		.mr_type = is_promiscuous ? PACKET_MR_PROMISC : PACKET_MR_MULTICAST,
		.mr_alen = is_promiscuous ? 0 : BASE_MAC_LEN,
	};

	if (sock < 0)
		return -errno;
	if (!is_promiscuous)
		memcpy(mreq.mr_address, romon_group, BASE_MAC_LEN);
	if (setsockopt(sock, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &mreq, sizeof(mreq)) == 0)
		return sock;
	int rc = -errno;
	close(sock);
	return rc;
}

void port_if_promisc_restore(int sock, const char *ifname, const struct port_if *before)
{
	struct ifreq ifr = {0};

	if ((before->flags & IFF_PROMISC) == 0 || if_ioctl(sock, SIOCGIFFLAGS, ifname, &ifr) != 0 ||
		(ifr.ifr_flags & IFF_PROMISC) != 0)
		return;
	ifr.ifr_flags = (short)(ifr.ifr_flags | IFF_PROMISC);
	if_ioctl(sock, SIOCSIFFLAGS, ifname, &ifr);
}
