// SPDX-License-Identifier: BSD-3-Clause
// Network interfaces by netlink. Every length in an answer is checked, though the kernel wrote it. Control
// thread.
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base_text.h"
#include "port_link.h"

#define ANSWER_SIZE 32768 // of one message or a part of a dump
#define WAIT_S      2     // for an answer of the kernel, which comes at once

// The family "netdev" of generic netlink is younger than the headers of Debian 12.
#define NETDEV_FAMILY           "netdev"
#define NETDEV_DEV_GET          1
#define NETDEV_ATTR_IFINDEX     1
#define NETDEV_ATTR_RX_METADATA 5
#define NETDEV_RX_METADATA_VLAN 4u // NETDEV_XDP_RX_METADATA_VLAN_TAG

union answer {
	struct nlmsghdr header;
	char bytes[ANSWER_SIZE];
};

struct request {
	struct nlmsghdr header;
	union {
		struct ifinfomsg link;
		struct genlmsghdr generic;
	};
	char attrs[64];
};

static int netlink_open(int protocol)
{
	struct timeval wait = {.tv_sec = WAIT_S};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) == 0)
		return fd;
	int rc = -errno;
	close(fd);
	return rc;
}

int port_link_open(void)
{
	return netlink_open(NETLINK_ROUTE);
}

static void attr_add(struct request *r, uint16_t type, const void *value, size_t len)
{
	size_t at = NLMSG_ALIGN(r->header.nlmsg_len);
	struct rtattr attr = {.rta_type = type, .rta_len = (uint16_t)RTA_LENGTH(len)};
	char *p = (char *)r + at;

	memcpy(p, &attr, sizeof(attr));
	memcpy(p + RTA_LENGTH(0), value, len);
	r->header.nlmsg_len = (uint32_t)(at + RTA_ALIGN(attr.rta_len));
}

static bool attr_is_ok(const struct rtattr *a, size_t left)
{
	return left >= sizeof(*a) && a->rta_len >= sizeof(*a) && a->rta_len <= left;
}

// Attributes from first on, left bytes; walks them all.
#define ATTRS_EACH(a, first, left)                                                         \
	for (const struct rtattr *a = (first); attr_is_ok(a, left);                        \
		(left) -= RTA_ALIGN(a->rta_len) < (left) ? RTA_ALIGN(a->rta_len) : (left), \
				 a = (const struct rtattr *)((const char *)a + RTA_ALIGN(a->rta_len)))

static uint16_t attr_type(const struct rtattr *a)
{
	return a->rta_type & NLA_TYPE_MASK;
}

static const void *attr_data(const struct rtattr *a)
{
	return (const char *)a + RTA_LENGTH(0);
}

static size_t attr_len(const struct rtattr *a)
{
	return a->rta_len - RTA_LENGTH(0);
}

static uint32_t attr_u32(const struct rtattr *a)
{
	uint32_t value = 0;

	if (attr_len(a) >= sizeof(value))
		memcpy(&value, attr_data(a), sizeof(value));
	return value;
}

static void attr_text(const struct rtattr *a, char *out, size_t size)
{
	size_t len = strnlen(attr_data(a), attr_len(a));

	if (len >= size)
		len = size - 1;
	memcpy(out, attr_data(a), len);
	out[len] = '\0';
}

// NLMSG_OK(), which compares without regard to signs. left: bytes from m on.
static bool is_whole(const struct nlmsghdr *m, int left)
{
	return left >= (int)sizeof(*m) && m->nlmsg_len >= sizeof(*m) && m->nlmsg_len <= (uint32_t)left;
}

typedef void (*message_fn)(const struct nlmsghdr *m, void *ctx);

// Send, and read the answer to its end. 0 or -errno.
static int netlink_ask(int fd, struct request *r, message_fn fn, void *ctx)
{
	static union answer answer; // control thread only
	static uint32_t sequence;
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

	r->header.nlmsg_seq = ++sequence;
	if (sendto(fd, r, r->header.nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return -errno;
	for (;;) {
		ssize_t n = recv(fd, answer.bytes, sizeof(answer.bytes), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		int left = (int)n; // negative behind a last message that is not filled up
		for (struct nlmsghdr *m = &answer.header; is_whole(m, left); m = NLMSG_NEXT(m, left)) {
			if (m->nlmsg_seq != sequence)
				continue; // of a question that was given up
			if (m->nlmsg_type == NLMSG_DONE)
				return 0;
			if (m->nlmsg_type == NLMSG_ERROR && m->nlmsg_len >= NLMSG_LENGTH(sizeof(int))) {
				int err;

				memcpy(&err, NLMSG_DATA(m), sizeof(err));
				return err;
			}
			fn(m, ctx);
			if ((r->header.nlmsg_flags & NLM_F_DUMP) == 0)
				return 0;
		}
	}
}

// NLMSG_DATA() of a message that stays as it is.
static const void *body_of(const struct nlmsghdr *m)
{
	return (const char *)m + NLMSG_HDRLEN;
}

static const struct ifinfomsg *link_of(const struct nlmsghdr *m, const struct rtattr **first, size_t *left)
{
	if (m->nlmsg_len < NLMSG_LENGTH(sizeof(struct ifinfomsg)))
		return NULL;
	const struct ifinfomsg *info = body_of(m);
	*first = (const struct rtattr *)((const char *)info + NLMSG_ALIGN(sizeof(*info)));
	*left = m->nlmsg_len - NLMSG_LENGTH(sizeof(*info));
	return info;
}

static void kinds_read(const struct rtattr *info, struct port_link_info *out)
{
	size_t left = attr_len(info);

	ATTRS_EACH(a, attr_data(info), left)
	{
		if (attr_type(a) == IFLA_INFO_KIND)
			attr_text(a, out->kind, sizeof(out->kind));
		else if (attr_type(a) == IFLA_INFO_SLAVE_KIND)
			attr_text(a, out->part_kind, sizeof(out->part_kind));
	}
}

static void xdp_read(const struct rtattr *xdp, struct port_link_info *out)
{
	size_t left = attr_len(xdp);
	uint32_t drv = 0;
	uint32_t skb = 0;
	uint32_t hw = 0;

	ATTRS_EACH(a, attr_data(xdp), left)
	{
		if (attr_type(a) == IFLA_XDP_DRV_PROG_ID)
			drv = attr_u32(a);
		else if (attr_type(a) == IFLA_XDP_SKB_PROG_ID)
			skb = attr_u32(a);
		else if (attr_type(a) == IFLA_XDP_HW_PROG_ID)
			hw = attr_u32(a);
	}
	out->is_xdp_native = drv != 0;
	out->xdp_id = drv != 0 ? drv : skb != 0 ? skb : hw;
}

static void link_take(const struct nlmsghdr *m, void *ctx)
{
	struct port_link_info *out = ctx;
	const struct rtattr *first;
	size_t left;

	if (link_of(m, &first, &left) == NULL)
		return;
	ATTRS_EACH(a, first, left)
	{
		if (attr_type(a) == IFLA_MASTER)
			out->master = (int)attr_u32(a);
		else if (attr_type(a) == IFLA_LINKINFO)
			kinds_read(a, out);
		else if (attr_type(a) == IFLA_XDP)
			xdp_read(a, out);
	}
}

static void link_request(struct request *r, int ifindex, uint16_t flags)
{
	uint32_t mask = RTEXT_FILTER_SKIP_STATS;

	*r = (struct request){.header = {.nlmsg_len = NLMSG_LENGTH(sizeof(r->link)),
				      .nlmsg_type = RTM_GETLINK,
				      .nlmsg_flags = NLM_F_REQUEST | flags},
		.link = {.ifi_family = AF_UNSPEC, .ifi_index = ifindex}};
	attr_add(r, IFLA_EXT_MASK, &mask, sizeof(mask));
}

int port_link_read(int rtnl, int ifindex, struct port_link_info *out)
{
	struct request r;

	*out = (struct port_link_info){.master = 0};
	link_request(&r, ifindex, 0);
	return netlink_ask(rtnl, &r, link_take, out);
}

struct upper_search {
	uint32_t lower;
	char found[PORT_UPPER_LEN];
};

static void upper_take(const struct nlmsghdr *m, void *ctx)
{
	// those that hand on frames which they get from the interface below
	static const char *const kinds[] = {"macvlan", "macvtap", "ipvlan", "ipvtap", "vlan", "macsec"};
	struct upper_search *s = ctx;
	struct port_link_info info = {.master = 0};
	const struct rtattr *first;
	char name[IFNAMSIZ] = "";
	bool is_on_ours = false;
	bool is_elsewhere = false; // what it stands on is in another namespace
	size_t left;

	if (link_of(m, &first, &left) == NULL || s->found[0] != '\0')
		return;
	ATTRS_EACH(a, first, left)
	{
		if (attr_type(a) == IFLA_IFNAME)
			attr_text(a, name, sizeof(name));
		else if (attr_type(a) == IFLA_LINK)
			is_on_ours = attr_u32(a) == s->lower;
		else if (attr_type(a) == IFLA_LINK_NETNSID)
			is_elsewhere = true;
		else if (attr_type(a) == IFLA_LINKINFO)
			kinds_read(a, &info);
	}
	for (size_t i = 0; i < BASE_ARRAY_LEN(kinds) && is_on_ours && !is_elsewhere; i++) {
		if (strcmp(info.kind, kinds[i]) == 0)
			snprintf(s->found, sizeof(s->found), "%s %s", info.kind, name);
	}
}

int port_link_upper(int rtnl, int ifindex, char out[PORT_UPPER_LEN])
{
	struct upper_search s = {.lower = (uint32_t)ifindex};
	struct request r;

	link_request(&r, 0, NLM_F_DUMP);
	int rc = netlink_ask(rtnl, &r, upper_take, &s);
	base_text_copy(out, PORT_UPPER_LEN, s.found);
	return rc;
}

// ---- generic netlink -------------------------------------------------------------------------------------

struct generic_search {
	uint16_t type; // of the attribute that is wanted
	uint64_t value;
};

static void generic_take(const struct nlmsghdr *m, void *ctx)
{
	struct generic_search *s = ctx;
	const char *body = body_of(m);

	if (m->nlmsg_len < NLMSG_LENGTH(GENL_HDRLEN))
		return;
	size_t left = m->nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN);
	ATTRS_EACH(a, (const struct rtattr *)(body + GENL_HDRLEN), left)
	{
		size_t len = attr_len(a) < sizeof(s->value) ? attr_len(a) : sizeof(s->value);

		if (attr_type(a) == s->type)
			memcpy(&s->value, attr_data(a), len); // little-endian hosts, as DPDK's drivers here
	}
}

static int generic_ask(int fd, uint16_t family, uint8_t command, uint16_t attr, const void *value, size_t len,
	struct generic_search *s)
{
	struct request r = {.header = {.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN),
				    .nlmsg_type = family,
				    .nlmsg_flags = NLM_F_REQUEST},
		.generic = {.cmd = command, .version = 1}};

	r.header.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	attr_add(&r, attr, value, len);
	return netlink_ask(fd, &r, generic_take, s);
}

bool port_link_tells_tags(int ifindex)
{
	struct generic_search family = {.type = CTRL_ATTR_FAMILY_ID};
	struct generic_search metadata = {.type = NETDEV_ATTR_RX_METADATA};
	uint32_t index = (uint32_t)ifindex;
	int fd = netlink_open(NETLINK_GENERIC);

	if (fd < 0)
		return false;
	int rc = generic_ask(fd, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME, NETDEV_FAMILY,
		sizeof(NETDEV_FAMILY), &family);
	if (rc == 0)
		rc = generic_ask(fd, (uint16_t)family.value, NETDEV_DEV_GET, NETDEV_ATTR_IFINDEX, &index,
			sizeof(index), &metadata);
	close(fd);
	return rc == 0 && (metadata.value & NETDEV_RX_METADATA_VLAN) != 0;
}

// ---- word of changes -------------------------------------------------------------------------------------

int port_watch_open(void)
{
	struct sockaddr_nl groups = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&groups, sizeof(groups)) == 0)
		return fd;
	int rc = -errno;
	close(fd);
	return rc;
}

static void change_tell(const struct nlmsghdr *m, port_change_fn fn, void *ctx)
{
	struct port_change change = {.index = 0};
	const struct rtattr *first;
	size_t left;

	if (m->nlmsg_type != RTM_NEWLINK && m->nlmsg_type != RTM_DELLINK)
		return;
	const struct ifinfomsg *info = link_of(m, &first, &left);
	if (info == NULL)
		return;
	change.index = info->ifi_index;
	ATTRS_EACH(a, first, left)
	{
		if (attr_type(a) == IFLA_IFNAME)
			attr_text(a, change.name, sizeof(change.name));
		else if (attr_type(a) == IFLA_LINK)
			change.lower = (int)attr_u32(a);
	}
	fn(ctx, &change);
}

void port_watch_read(int fd, port_change_fn fn, void *ctx)
{
	static union answer answer;
	struct sockaddr_nl from;

	for (;;) {
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(
			fd, answer.bytes, sizeof(answer.bytes), MSG_TRUNC, (struct sockaddr *)&from, &len);

		if (n < 0 && errno == ENOBUFS) { // some were lost
			fn(ctx, &(struct port_change){.index = 0});
			continue;
		}
		if (n < 0)
			return;
		if (n > (ssize_t)sizeof(answer.bytes) || from.nl_pid != 0)
			continue;  // not the kernel's
		int left = (int)n; // negative behind a last message that is not filled up
		for (struct nlmsghdr *m = &answer.header; is_whole(m, left); m = NLMSG_NEXT(m, left))
			change_tell(m, fn, ctx);
	}
}
