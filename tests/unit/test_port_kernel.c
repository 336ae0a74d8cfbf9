// SPDX-License-Identifier: BSD-3-Clause
// What an interface is by ioctl: each question, each answer, and each that is refused. ioctl() stands in
// front of the C library's: the test is the kernel. No root.
#include <dlfcn.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "port_kernel.h"
#include "suite.h"

#define SOCK    42
#define N_WORDS 3 // of a mask of link modes

// The interface "eth0", as the kernel has it.
static struct {
	int index;
	short flags;
	int mtu;
	uint16_t hw_type;
	uint8_t mac[6];
	uint32_t speed;
	struct ethtool_channels channels;
	uint32_t ethtool_flags;
	char bus[ETHTOOL_BUSINFO_LEN];
} nic;

static unsigned long refused; // the request, or command of ethtool, that gets EOPNOTSUPP; 0 = none
static uint32_t n_flags_set;

static int no(int err)
{
	errno = err;
	return -1;
}

// The kernel tells the size of masks in a first round, as a negative number, and no more.
static int settings_tell(struct ethtool_link_settings *s)
{
	if (s->link_mode_masks_nwords == N_WORDS) {
		s->speed = nic.speed;
		return 0;
	}
	memset(s, 0, sizeof(*s));
	s->link_mode_masks_nwords = -N_WORDS;
	return 0;
}

static int ethtool(void *command)
{
	uint32_t cmd;

	memcpy(&cmd, command, sizeof(cmd));
	if (cmd == refused)
		return no(EOPNOTSUPP);
	switch (cmd) {
	case ETHTOOL_GLINKSETTINGS:
		return settings_tell(command);
	case ETHTOOL_GCHANNELS:
		memcpy(command, &nic.channels, sizeof(nic.channels));
		return 0;
	case ETHTOOL_GFLAGS:
		((struct ethtool_value *)command)->data = nic.ethtool_flags;
		return 0;
	case ETHTOOL_GDRVINFO:
		memcpy(((struct ethtool_drvinfo *)command)->bus_info, nic.bus, sizeof(nic.bus));
		return 0;
	}
	return no(EOPNOTSUPP);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;

	va_start(ap, request);
	struct ifreq *ifr = va_arg(ap, struct ifreq *);
	va_end(ap);
	CU_ASSERT_EQUAL(fd, SOCK);
	if (strcmp(ifr->ifr_name, "eth0") != 0)
		return no(ENODEV);
	if (request == refused)
		return no(EPERM);
	switch (request) {
	case SIOCGIFINDEX:
		ifr->ifr_ifindex = nic.index;
		return 0;
	case SIOCGIFFLAGS:
		ifr->ifr_flags = nic.flags;
		return 0;
	case SIOCSIFFLAGS:
		nic.flags = ifr->ifr_flags;
		n_flags_set++;
		return 0;
	case SIOCGIFMTU:
		ifr->ifr_mtu = nic.mtu;
		return 0;
	case SIOCGIFHWADDR:
		ifr->ifr_hwaddr.sa_family = nic.hw_type;
		memcpy(ifr->ifr_hwaddr.sa_data, nic.mac, sizeof(nic.mac));
		return 0;
	case SIOCETHTOOL:
		return ethtool(ifr->ifr_data);
	}
	return no(EINVAL);
}

static void begin(void)
{
	memset(&nic, 0, sizeof(nic));
	nic.index = 7;
	nic.flags = (short)(IFF_UP | IFF_MULTICAST);
	nic.mtu = 9000;
	nic.hw_type = ARPHRD_ETHER;
	memcpy(nic.mac, "\2\1\2\3\4\5", 6);
	refused = 0;
	n_flags_set = 0;
}

static void an_interface_is_read(void)
{
	struct port_if got;

	begin();
	nic.flags = (short)0x8043; // the highest bit is no sign
	memset(&got, 0xff, sizeof(got));
	CU_ASSERT_EQUAL(port_if_read(SOCK, "eth0", &got), 0);
	CU_ASSERT_EQUAL(got.index, 7);
	CU_ASSERT_EQUAL(got.flags, 0x8043);
	CU_ASSERT_EQUAL(got.mtu, 9000);
	CU_ASSERT_EQUAL(got.hw_type, ARPHRD_ETHER);
	CU_ASSERT_EQUAL(memcmp(got.mac.b, nic.mac, 6), 0);
}

static void whatever_cannot_be_read_of_it_is_an_error(void)
{
	static const unsigned long requests[] = {SIOCGIFINDEX, SIOCGIFFLAGS, SIOCGIFMTU, SIOCGIFHWADDR};
	struct port_if got;

	begin();
	for (size_t i = 0; i < BASE_ARRAY_LEN(requests); i++) {
		refused = requests[i];
		CU_ASSERT_EQUAL(port_if_read(SOCK, "eth0", &got), -EPERM);
	}
	refused = 0;
	CU_ASSERT_EQUAL(port_if_read(SOCK, "eth1", &got), -ENODEV);
	CU_ASSERT_EQUAL(port_if_read(SOCK, "eth0-is-too-long-a-name", &got), -ENODEV);
}

static void speed_is_told_where_it_is_known(void)
{
	begin();
	nic.speed = 25000;
	CU_ASSERT_EQUAL(port_if_speed(SOCK, "eth0"), 25000);
	nic.speed = (uint32_t)SPEED_UNKNOWN; // no link
	CU_ASSERT_EQUAL(port_if_speed(SOCK, "eth0"), 0);
	nic.speed = 10;
	CU_ASSERT_EQUAL(port_if_speed(SOCK, "eth0"), 10);
	refused = ETHTOOL_GLINKSETTINGS;
	CU_ASSERT_EQUAL(port_if_speed(SOCK, "eth0"), 0);
	refused = 0;
	CU_ASSERT_EQUAL(port_if_speed(SOCK, "eth1"), 0);
}

static void queues_are(
	uint32_t max_combined, uint32_t combined, uint32_t rx, uint32_t n_paired, uint32_t n_rx)
{
	struct port_if_queues q;

	memset(&q, 0xff, sizeof(q));
	nic.channels = (struct ethtool_channels){
		.max_combined = max_combined, .combined_count = combined, .rx_count = rx};
	port_if_queues_read(SOCK, "eth0", &q);
	CU_ASSERT_EQUAL(q.n_paired, n_paired);
	CU_ASSERT_EQUAL(q.n_rx, n_rx);
}

static void queues_are_those_that_receive(void)
{
	struct port_if_queues q;

	begin();
	queues_are(8, 4, 0, 4, 4);
	queues_are(8, 1, 0, 1, 1);
	queues_are(8, 4, 2, 4, 6); // two that have no partner
	queues_are(0, 0, 3, 1, 3); // of receive and transmit apart
	queues_are(0, 5, 0, 1, 5); // says so, but cannot have them
	queues_are(8, 0, 0, 1, 1); // none at all cannot be
	refused = ETHTOOL_GCHANNELS;
	memset(&q, 0xff, sizeof(q));
	port_if_queues_read(SOCK, "eth0", &q);
	CU_ASSERT(q.n_paired == 1 && q.n_rx == 1);
}

static void tags_are_taken_off_where_rxvlan_is_on(void)
{
	begin();
	CU_ASSERT_FALSE(port_if_strips_vlan(SOCK, "eth0"));
	nic.ethtool_flags = ETH_FLAG_RXVLAN;
	CU_ASSERT(port_if_strips_vlan(SOCK, "eth0"));
	nic.ethtool_flags = ~(uint32_t)ETH_FLAG_RXVLAN;
	CU_ASSERT_FALSE(port_if_strips_vlan(SOCK, "eth0"));
	nic.ethtool_flags = ETH_FLAG_RXVLAN;
	refused = ETHTOOL_GFLAGS;
	CU_ASSERT_FALSE(port_if_strips_vlan(SOCK, "eth0"));
}

// fopen() in front of the C library's, for the one file that lib/port reads by it.
static char opened[128];
static const char *numa_text; // of that file; NULL = there is none

FILE *fopen(const char *path, const char *mode)
{
	FILE *(*libc)(const char *, const char *);

	*(void **)&libc = dlsym(RTLD_NEXT, "fopen");
	if (strncmp(path, "/sys/", strlen("/sys/")) != 0)
		return libc(path, mode);
	CU_ASSERT_STRING_EQUAL(mode, "re");
	snprintf(opened, sizeof(opened), "%s", path);
	return numa_text == NULL ? NULL : fmemopen((void *)(uintptr_t)numa_text, strlen(numa_text), "r");
}

static void the_numa_node_is_that_of_its_pci_device(void)
{
	begin();
	snprintf(nic.bus, sizeof(nic.bus), "0000:03:00.0");
	numa_text = "1\n";
	CU_ASSERT_EQUAL(port_if_numa(SOCK, "eth0"), 1);
	CU_ASSERT_STRING_EQUAL(opened, "/sys/bus/pci/devices/0000:03:00.0/numa_node");
	numa_text = "-1\n"; // one socket
	CU_ASSERT_EQUAL(port_if_numa(SOCK, "eth0"), -1);
	numa_text = "none\n";
	CU_ASSERT_EQUAL(port_if_numa(SOCK, "eth0"), -1);
	numa_text = NULL; // a virtual interface
	CU_ASSERT_EQUAL(port_if_numa(SOCK, "eth0"), -1);
	numa_text = "1\n";
	memset(nic.bus, 'x', sizeof(nic.bus)); // without an end
	CU_ASSERT_EQUAL(port_if_numa(SOCK, "eth0"), 1);
	CU_ASSERT_EQUAL(strlen(opened), strlen("/sys/bus/pci/devices//numa_node") + ETHTOOL_BUSINFO_LEN - 1);
	refused = ETHTOOL_GDRVINFO;
	CU_ASSERT_EQUAL(port_if_numa(SOCK, "eth0"), -1);
}

static void promiscuous_mode_is_given_back_to_whom_had_it(void)
{
	struct port_if before = {.flags = IFF_UP | IFF_PROMISC};

	begin();
	port_if_promisc_restore(SOCK, "eth0", &before);
	CU_ASSERT_EQUAL(nic.flags, IFF_UP | IFF_MULTICAST | IFF_PROMISC); // the others as they are now
	CU_ASSERT_EQUAL(n_flags_set, 1);
	port_if_promisc_restore(SOCK, "eth0", &before); // it has it
	CU_ASSERT_EQUAL(n_flags_set, 1);
	begin();
	before.flags = IFF_UP;
	port_if_promisc_restore(SOCK, "eth0", &before);
	CU_ASSERT_EQUAL(n_flags_set, 0);
	before.flags = IFF_UP | IFF_PROMISC;
	refused = SIOCGIFFLAGS;
	port_if_promisc_restore(SOCK, "eth0", &before);
	CU_ASSERT_EQUAL(n_flags_set, 0);
}

static const struct suite_case cases[] = {
	SUITE_CASE(an_interface_is_read),
	SUITE_CASE(whatever_cannot_be_read_of_it_is_an_error),
	SUITE_CASE(speed_is_told_where_it_is_known),
	SUITE_CASE(queues_are_those_that_receive),
	SUITE_CASE(tags_are_taken_off_where_rxvlan_is_on),
	SUITE_CASE(the_numa_node_is_that_of_its_pci_device),
	SUITE_CASE(promiscuous_mode_is_given_back_to_whom_had_it),
};

SUITE_MAIN("port kernel", cases)
