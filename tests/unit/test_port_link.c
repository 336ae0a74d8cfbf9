// SPDX-License-Identifier: BSD-3-Clause
// Netlink taken apart: what a kernel says of an interface, and what none would say. sendto(), recv() and
// recvfrom() stand in front of the C library's: the test is the kernel. No root.
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base_err.h"
#include "port_link.h"
#include "suite.h"

#define SAID_MAX   8
#define SAID_SIZE  4096
#define OURS       7 // index of the interface that is asked about
#define GETFAMILY  3
#define FAMILY     0x1c // of "netdev", as it happens
#define RX_VLAN    4u
#define OTHER_SEQ  0x7fffffffu
#define ANSWER_MAX 32768 // what a read takes

// One datagram, or an error instead of it.
struct said {
	int err;
	size_t len;
	size_t told_len; // 0 = len; more: it was cut
	uint32_t pid;    // of who sent it
	union {
		struct nlmsghdr header;
		char bytes[SAID_SIZE];
	};
};

static struct said said[SAID_MAX];
static uint32_t n_said;
static uint32_t n_read;
static struct nlmsghdr *message; // the last one begun
static uint32_t n_asked;
static int send_err;
static union {
	struct nlmsghdr header;
	char bytes[512];
} asked[2];
static void (*kernel)(const struct nlmsghdr *request);

ssize_t sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to, socklen_t to_len)
{
	const struct sockaddr_nl *kernel_address = (const struct sockaddr_nl *)(const void *)to;

	(void)fd;
	(void)flags;
	CU_ASSERT_FATAL(len <= sizeof(asked[0]) && n_asked < BASE_ARRAY_LEN(asked));
	CU_ASSERT_EQUAL(to_len, sizeof(*kernel_address));
	CU_ASSERT_EQUAL(kernel_address->nl_family, AF_NETLINK);
	CU_ASSERT_EQUAL(kernel_address->nl_pid, 0);
	memcpy(&asked[n_asked], buf, len);
	CU_ASSERT_EQUAL(asked[n_asked].header.nlmsg_len, len);
	if (send_err != 0) {
		errno = send_err;
		return -1;
	}
	kernel(&asked[n_asked++].header);
	return (ssize_t)len;
}

static ssize_t said_next(void *buf, size_t size, uint32_t *pid)
{
	if (n_read == n_said) {
		errno = EAGAIN; // and that for WAIT_S
		return -1;
	}
	const struct said *s = &said[n_read++];
	*pid = s->pid;
	errno = s->err;
	if (s->err != 0)
		return -1;
	CU_ASSERT_FATAL(s->len <= size);
	memcpy(buf, s->bytes, s->len);
	return (ssize_t)(s->told_len != 0 ? s->told_len : s->len);
}

ssize_t recv(int fd, void *buf, size_t size, int flags)
{
	uint32_t pid;

	(void)fd;
	(void)flags;
	return said_next(buf, size, &pid);
}

ssize_t recvfrom(int fd, void *buf, size_t size, int flags, struct sockaddr *from, socklen_t *from_len)
{
	uint32_t pid = 0;

	(void)fd;
	CU_ASSERT_EQUAL(flags, MSG_TRUNC); // a datagram that was cut must not be taken for a whole one
	ssize_t n = said_next(buf, size, &pid);
	struct sockaddr_nl who = {.nl_family = AF_NETLINK, .nl_pid = pid};
	memcpy(from, &who, sizeof(who));
	*from_len = sizeof(who);
	return n;
}

static void begin(void (*says)(const struct nlmsghdr *request))
{
	memset(said, 0, sizeof(said));
	n_said = 0;
	n_read = 0;
	n_asked = 0;
	send_err = 0;
	kernel = says;
}

// NLMSG_DATA() and RTA_DATA() of what stays as it is.
static const void *body_of(const struct nlmsghdr *m)
{
	return (const char *)m + NLMSG_HDRLEN;
}

static const void *value_of(const struct rtattr *a)
{
	return (const char *)a + RTA_LENGTH(0);
}

// ---- what is said

static struct said *datagram(void)
{
	CU_ASSERT_FATAL(n_said < SAID_MAX);
	message = NULL;
	return &said[n_said++];
}

static void error_instead(int err)
{
	datagram()->err = err;
}

// Append to the last datagram; what is not a multiple of four is filled up by the next.
static void *append(size_t len)
{
	struct said *s = &said[n_said - 1];
	char *at = s->bytes + NLMSG_ALIGN(s->len);

	CU_ASSERT_FATAL(NLMSG_ALIGN(s->len) + len <= SAID_SIZE);
	s->len = NLMSG_ALIGN(s->len) + len;
	if (message != NULL)
		message->nlmsg_len = (uint32_t)(at + len - (char *)message);
	return at;
}

static void begin_message(uint16_t type, uint32_t seq, const void *body, size_t len)
{
	message = NULL;
	struct nlmsghdr *m = append(NLMSG_HDRLEN + len);

	*m = (struct nlmsghdr){
		.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + len), .nlmsg_type = type, .nlmsg_seq = seq};
	memcpy((char *)m + NLMSG_HDRLEN, body, len);
	message = m;
}

static struct rtattr *attr(uint16_t type, const void *value, size_t len)
{
	struct rtattr *a = append(RTA_LENGTH(0) + len);

	*a = (struct rtattr){.rta_len = (uint16_t)RTA_LENGTH(len), .rta_type = type};
	if (len > 0)
		memcpy((char *)a + RTA_LENGTH(0), value, len);
	return a;
}

static struct rtattr *attr_u32(uint16_t type, uint32_t value)
{
	return attr(type, &value, sizeof(value));
}

static struct rtattr *attr_text(uint16_t type, const char *text)
{
	return attr(type, text, strlen(text) + 1);
}

// What is appended meanwhile is inside of it.
static struct rtattr *nest_begin(uint16_t type)
{
	return attr(type | NLA_F_NESTED, NULL, 0);
}

static void nest_end(struct rtattr *nest)
{
	const struct said *s = &said[n_said - 1];

	nest->rta_len = (uint16_t)(s->bytes + s->len - (char *)nest);
}

static void link_message(uint16_t type, uint32_t seq, int index)
{
	struct ifinfomsg info = {.ifi_index = index};

	begin_message(type, seq, &info, sizeof(info));
}

static void error_message(uint32_t seq, int err)
{
	struct nlmsgerr e = {.error = err};

	begin_message(NLMSG_ERROR, seq, &e, sizeof(e));
}

// ---- one interface

static int link_read(struct port_link_info *out)
{
	memset(out, 0xff, sizeof(*out));
	return port_link_read(0, OURS, out);
}

static void says_all(const struct nlmsghdr *r)
{
	datagram();
	link_message(RTM_NEWLINK, r->nlmsg_seq, OURS);
	attr_text(IFLA_IFNAME, "r0");
	attr_u32(IFLA_MASTER, 5);
	struct rtattr *kinds = nest_begin(IFLA_LINKINFO);
	attr_text(IFLA_INFO_KIND, "veth");
	attr_text(IFLA_INFO_SLAVE_KIND, "bridge");
	nest_end(kinds);
	struct rtattr *xdp = nest_begin(IFLA_XDP);
	attr_u32(IFLA_XDP_SKB_PROG_ID, 31);
	nest_end(xdp);
	datagram(); // of somebody else: not read
}

static void an_interface_is_read(void)
{
	struct port_link_info info;

	begin(says_all);
	CU_ASSERT_EQUAL(link_read(&info), 0);
	CU_ASSERT_EQUAL(info.master, 5);
	CU_ASSERT_STRING_EQUAL(info.kind, "veth");
	CU_ASSERT_STRING_EQUAL(info.part_kind, "bridge");
	CU_ASSERT_EQUAL(info.xdp_id, 31);
	CU_ASSERT_FALSE(info.is_xdp_native);
	CU_ASSERT_EQUAL(n_read, 1);

	const struct nlmsghdr *r = &asked[0].header;
	const struct ifinfomsg *what = body_of(r);
	const struct rtattr *mask = (const struct rtattr *)(what + 1);
	CU_ASSERT_EQUAL(r->nlmsg_type, RTM_GETLINK);
	CU_ASSERT_EQUAL(r->nlmsg_flags, NLM_F_REQUEST);
	CU_ASSERT_EQUAL(r->nlmsg_len, NLMSG_LENGTH(sizeof(*what)) + RTA_LENGTH(4));
	CU_ASSERT_EQUAL(what->ifi_family, AF_UNSPEC);
	CU_ASSERT_EQUAL(what->ifi_index, OURS);
	CU_ASSERT_EQUAL(mask->rta_type, IFLA_EXT_MASK);
	CU_ASSERT_EQUAL(mask->rta_len, RTA_LENGTH(4));
	CU_ASSERT_EQUAL(*(const uint32_t *)value_of(mask), RTEXT_FILTER_SKIP_STATS);
}

static uint32_t xdp_ids[3]; // of the driver, generic, in hardware; 0 = not told

static void says_programs(const struct nlmsghdr *r)
{
	static const uint16_t types[] = {IFLA_XDP_DRV_PROG_ID, IFLA_XDP_SKB_PROG_ID, IFLA_XDP_HW_PROG_ID};

	datagram();
	link_message(RTM_NEWLINK, r->nlmsg_seq, OURS);
	struct rtattr *xdp = nest_begin(IFLA_XDP);
	for (size_t i = 0; i < BASE_ARRAY_LEN(types); i++) {
		if (xdp_ids[i] != 0)
			attr_u32(types[i], xdp_ids[i]);
	}
	nest_end(xdp);
}

static void the_program_is_the_one_that_sees_frames_first(void)
{
	static const struct {
		uint32_t ids[3];
		uint32_t id;
		bool is_native;
	} rows[] = {
		{{0, 0, 0}, 0, false},
		{{1, 0, 0}, 1, true},
		{{0, 2, 0}, 2, false},
		{{0, 0, 3}, 3, false},
		{{0, 2, 3}, 2, false},
		{{1, 2, 3}, 1, true},
		{{0x80000000u, 0, 0}, 0x80000000u, true},
	};
	struct port_link_info info;

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		memcpy(xdp_ids, rows[i].ids, sizeof(xdp_ids));
		begin(says_programs);
		CU_ASSERT_EQUAL(link_read(&info), 0);
		CU_ASSERT_EQUAL(info.xdp_id, rows[i].id);
		CU_ASSERT_EQUAL(info.is_xdp_native, rows[i].is_native);
	}
}

static void says_nothing_more(const struct nlmsghdr *r)
{
	datagram();
	link_message(RTM_NEWLINK, r->nlmsg_seq, OURS);
}

static void says_too_little(const struct nlmsghdr *r)
{
	datagram();
	begin_message(
		RTM_NEWLINK, r->nlmsg_seq, (char[sizeof(struct ifinfomsg)]){0}, sizeof(struct ifinfomsg) - 1);
}

static void says_short_values(const struct nlmsghdr *r)
{
	datagram();
	link_message(RTM_NEWLINK, r->nlmsg_seq, OURS);
	attr(IFLA_MASTER, "\5\0\0", 3);
	struct rtattr *kinds = nest_begin(IFLA_LINKINFO);
	attr(IFLA_INFO_KIND, "bond", 3);                       // not terminated
	attr_text(IFLA_INFO_SLAVE_KIND, "0123456789abcdefgh"); // longer than any
	nest_end(kinds);
}

// Behind an attribute whose length cannot be, nothing is read.
static uint16_t bad_len;

static void says_broken_attr(const struct nlmsghdr *r)
{
	datagram();
	link_message(RTM_NEWLINK, r->nlmsg_seq, OURS);
	attr_u32(IFLA_TXQLEN, 1)->rta_len = bad_len;
	attr_u32(IFLA_MASTER, 5);
}

// The inner one says that it goes on behind the outer one's end.
static void says_broken_nest(const struct nlmsghdr *r)
{
	datagram();
	link_message(RTM_NEWLINK, r->nlmsg_seq, OURS);
	struct rtattr *xdp = nest_begin(IFLA_XDP);
	attr_u32(IFLA_XDP_DRV_PROG_ID, 9)->rta_len = RTA_LENGTH(4) + 1;
	nest_end(xdp);
	attr_u32(IFLA_MASTER, 5);
}

// The last attribute ends the message, without what would fill it up; then a rest that is no attribute.
static void says_unaligned_end(const struct nlmsghdr *r)
{
	datagram();
	link_message(RTM_NEWLINK, r->nlmsg_seq, OURS);
	attr(IFLA_ADDRESS, "\1\2\3\4\5\6", 6);
	struct rtattr *kinds = nest_begin(IFLA_LINKINFO);
	attr(IFLA_INFO_KIND, "dummy", 5);
	nest_end(kinds);
}

static void lengths_that_cannot_be_are_not_believed(void)
{
	struct port_link_info info;

	begin(says_nothing_more);
	CU_ASSERT_EQUAL(link_read(&info), 0);
	CU_ASSERT(info.master == 0 && info.xdp_id == 0 && info.kind[0] == '\0' && info.part_kind[0] == '\0');
	begin(says_too_little);
	CU_ASSERT_EQUAL(link_read(&info), 0);
	CU_ASSERT(info.master == 0 && info.xdp_id == 0 && info.kind[0] == '\0' && info.part_kind[0] == '\0');
	begin(says_short_values);
	CU_ASSERT_EQUAL(link_read(&info), 0);
	CU_ASSERT_EQUAL(info.master, 0);
	CU_ASSERT_STRING_EQUAL(info.kind, "bon");
	CU_ASSERT_STRING_EQUAL(info.part_kind, "0123456789abcde");
	for (bad_len = 0; bad_len < RTA_LENGTH(0); bad_len++) {
		begin(says_broken_attr);
		CU_ASSERT_EQUAL(link_read(&info), 0);
		CU_ASSERT_EQUAL(info.master, 0);
	}
	bad_len = 1000;
	begin(says_broken_attr);
	CU_ASSERT_EQUAL(link_read(&info), 0);
	CU_ASSERT_EQUAL(info.master, 0);
	bad_len = RTA_LENGTH(
		0); // of no value, which may be; its value is then taken for an attribute, a bad one
	begin(says_broken_attr);
	CU_ASSERT_EQUAL(link_read(&info), 0);
	CU_ASSERT_EQUAL(info.master, 0);
	begin(says_broken_nest);
	CU_ASSERT_EQUAL(link_read(&info), 0);
	CU_ASSERT_EQUAL(info.xdp_id, 0);
	CU_ASSERT_EQUAL(info.master, 5);
	begin(says_unaligned_end);
	CU_ASSERT_EQUAL(link_read(&info), 0);
	CU_ASSERT_STRING_EQUAL(info.kind, "dummy");
}

// ---- answers and errors

static void says_that_there_is_none(const struct nlmsghdr *r)
{
	datagram();
	error_message(r->nlmsg_seq, -ENODEV);
}

static void says_yes(const struct nlmsghdr *r)
{
	datagram();
	error_message(r->nlmsg_seq, 0);
	datagram();
}

// To a question of before, which nobody waits for any more; a signal came in between.
static void says_old_things_first(const struct nlmsghdr *r)
{
	datagram();
	error_message(OTHER_SEQ, -EPERM);
	link_message(RTM_NEWLINK, OTHER_SEQ, OURS);
	attr_u32(IFLA_MASTER, 99);
	error_instead(EINTR);
	datagram();
	link_message(RTM_NEWLINK, OTHER_SEQ, OURS);
	link_message(RTM_NEWLINK, r->nlmsg_seq, OURS);
	attr_u32(IFLA_MASTER, 5);
}

static void says_nothing(const struct nlmsghdr *r)
{
	(void)r;
}

static void breaks(const struct nlmsghdr *r)
{
	(void)r;
	error_instead(ENOBUFS);
}

static void errors_are_told_and_old_answers_passed_over(void)
{
	struct port_link_info info;

	begin(says_that_there_is_none);
	CU_ASSERT_EQUAL(link_read(&info), -ENODEV);
	CU_ASSERT_EQUAL(info.master, 0);
	begin(says_yes);
	CU_ASSERT_EQUAL(link_read(&info), 0);
	CU_ASSERT_EQUAL(n_read, 1);
	begin(says_old_things_first);
	CU_ASSERT_EQUAL(link_read(&info), 0);
	CU_ASSERT_EQUAL(info.master, 5);
	CU_ASSERT_EQUAL(n_read, 3);
	begin(says_nothing);
	CU_ASSERT_EQUAL(link_read(&info), -ETIMEDOUT);
	begin(breaks);
	CU_ASSERT_EQUAL(link_read(&info), -ENOBUFS);
	begin(says_nothing);
	send_err = EACCES;
	CU_ASSERT_EQUAL(link_read(&info), -EACCES);
}

// Each question has a number of its own.
static void no_two_questions_have_one_number(void)
{
	struct port_link_info info;
	uint32_t seq[2];

	for (int i = 0; i < 2; i++) {
		begin(says_all);
		CU_ASSERT_EQUAL(link_read(&info), 0);
		seq[i] = asked[0].header.nlmsg_seq;
	}
	CU_ASSERT_NOT_EQUAL(seq[0], seq[1]);
}

// ---- what stands on it

static const char *upper_kind;
static uint32_t upper_lower;
static bool is_elsewhere;

static void upper_message(uint32_t seq, int index, const char *name, const char *kind, uint32_t lower)
{
	link_message(RTM_NEWLINK, seq, index);
	attr_text(IFLA_IFNAME, name);
	if (lower != 0)
		attr_u32(IFLA_LINK, lower);
	if (kind != NULL) {
		struct rtattr *kinds = nest_begin(IFLA_LINKINFO);
		attr_text(IFLA_INFO_KIND, kind);
		nest_end(kinds);
	}
}

static void says_uppers(const struct nlmsghdr *r)
{
	datagram();
	upper_message(r->nlmsg_seq, 1, "lo", NULL, 0);
	upper_message(r->nlmsg_seq, 2, "other", "macvlan", OURS + 1);
	datagram();
	upper_message(r->nlmsg_seq, 3, "guest0", upper_kind, upper_lower);
	if (is_elsewhere)
		attr_u32(IFLA_LINK_NETNSID, 0);
	upper_message(r->nlmsg_seq, 4, "second", "vlan", upper_lower);
	if (is_elsewhere)
		attr_u32(IFLA_LINK_NETNSID, 0);
	datagram();
	begin_message(RTM_NEWLINK, r->nlmsg_seq, "", 1); // too short
	begin_message(NLMSG_DONE, r->nlmsg_seq, "\0\0\0", 4);
	datagram(); // not read
}

static void upper_is(const char *kind, uint32_t lower, bool elsewhere, const char *wanted)
{
	char found[PORT_UPPER_LEN];

	memset(found, 'x', sizeof(found));
	upper_kind = kind;
	upper_lower = lower;
	is_elsewhere = elsewhere;
	begin(says_uppers);
	CU_ASSERT_EQUAL(port_link_upper(0, OURS, found), 0);
	CU_ASSERT_STRING_EQUAL(found, wanted);
	CU_ASSERT_EQUAL(n_read, 3);
	CU_ASSERT_EQUAL(asked[0].header.nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
	CU_ASSERT_EQUAL(((const struct ifinfomsg *)body_of(&asked[0].header))->ifi_index, 0);
}

static void who_hears_frames_through_it_is_found(void)
{
	static const char *const kinds[] = {"macvlan", "macvtap", "ipvlan", "ipvtap", "vlan", "macsec"};
	char wanted[64];

	for (size_t i = 0; i < BASE_ARRAY_LEN(kinds); i++) {
		snprintf(wanted, sizeof(wanted), "%s guest0", kinds[i]);
		upper_is(kinds[i], OURS, false, wanted); // the first, and no other after it
	}
	upper_is("vxlan", OURS, false, "vlan second"); // a tunnel takes nothing away
	upper_is("macvlan", OURS + 1, false, "");
	upper_is("macvlan", OURS, true, ""); // that is another namespace's interface of this number
	begin(says_that_there_is_none);
	char found[PORT_UPPER_LEN] = "x";
	CU_ASSERT_EQUAL(port_link_upper(0, OURS, found), -ENODEV);
	CU_ASSERT_STRING_EQUAL(found, "");
}

// ---- what its driver tells of tags

static uint64_t metadata;
static size_t metadata_len;
static int family_err;

static void says_metadata(const struct nlmsghdr *r)
{
	struct genlmsghdr generic = {.cmd = 1, .version = 1};
	uint16_t family = FAMILY;

	datagram();
	if (r->nlmsg_type == GENL_ID_CTRL && family_err != 0) {
		error_message(r->nlmsg_seq, family_err);
		return;
	}
	begin_message(r->nlmsg_type, r->nlmsg_seq, &generic, metadata_len == 0 ? 1 : sizeof(generic));
	if (r->nlmsg_type == GENL_ID_CTRL) {
		message = NULL;
		said[n_said - 1].len = 0;
		begin_message(r->nlmsg_type, r->nlmsg_seq, &generic, sizeof(generic));
		attr_text(CTRL_ATTR_FAMILY_NAME, "netdev");
		attr(CTRL_ATTR_FAMILY_ID, &family, sizeof(family));
		return;
	}
	attr_u32(1, OURS);
	if (metadata_len > 0)
		attr(5, &metadata, metadata_len);
}

static bool tells_tags(uint64_t value, size_t len)
{
	metadata = value;
	metadata_len = len;
	begin(says_metadata);
	return port_link_tells_tags(OURS);
}

static void a_driver_that_tells_tags_is_known_by_its_metadata(void)
{
	CU_ASSERT(tells_tags(RX_VLAN, 8));
	CU_ASSERT(tells_tags(~0ull, 8));
	CU_ASSERT(tells_tags(RX_VLAN, 1)); // the others are 0
	CU_ASSERT_FALSE(tells_tags(~(uint64_t)RX_VLAN, 8));
	CU_ASSERT_FALSE(tells_tags(0, 8));
	CU_ASSERT_FALSE(tells_tags(RX_VLAN, 0)); // cut short
	CU_ASSERT(tells_tags(RX_VLAN, 8));

	const struct nlmsghdr *r = &asked[0].header;
	const struct genlmsghdr *g = body_of(r);
	const struct rtattr *a = (const struct rtattr *)(g + 1);
	CU_ASSERT_EQUAL(r->nlmsg_type, GENL_ID_CTRL);
	CU_ASSERT_EQUAL(g->cmd, GETFAMILY);
	CU_ASSERT_EQUAL(a->rta_type, CTRL_ATTR_FAMILY_NAME);
	CU_ASSERT_EQUAL(a->rta_len, RTA_LENGTH(7));
	CU_ASSERT_STRING_EQUAL((const char *)value_of(a), "netdev");
	CU_ASSERT_EQUAL(r->nlmsg_len, NLMSG_LENGTH(GENL_HDRLEN) + RTA_SPACE(7));
	r = &asked[1].header;
	g = body_of(r);
	a = (const struct rtattr *)(g + 1);
	CU_ASSERT_EQUAL(r->nlmsg_type, FAMILY);
	CU_ASSERT_EQUAL(r->nlmsg_flags, NLM_F_REQUEST);
	CU_ASSERT_EQUAL(g->cmd, 1);
	CU_ASSERT_EQUAL(g->version, 1);
	CU_ASSERT_EQUAL(a->rta_type, 1);
	CU_ASSERT_EQUAL(*(const uint32_t *)value_of(a), OURS);

	family_err = -ENOENT; // a kernel before it
	CU_ASSERT_FALSE(tells_tags(RX_VLAN, 8));
	CU_ASSERT_EQUAL(n_asked, 1);
	family_err = 0;
}

// ---- word of changes

static struct port_change changes[8];
static uint32_t n_changes;

static void change_note(void *ctx, const struct port_change *c)
{
	CU_ASSERT_PTR_EQUAL(ctx, changes);
	CU_ASSERT_FATAL(n_changes < BASE_ARRAY_LEN(changes));
	changes[n_changes++] = *c;
}

static void watch(void)
{
	n_changes = 0;
	port_watch_read(0, change_note, changes);
	CU_ASSERT_EQUAL(n_read, n_said); // to the end
}

static void changes_are_told_one_by_one(void)
{
	begin(NULL);
	datagram();
	upper_message(0, 3, "eth3", NULL, 0);
	upper_message(0, 4, "guest0", "macvlan", 3);
	begin_message(RTM_NEWADDR, 0, (char[64]){0}, 64); // of no interest
	datagram();
	link_message(RTM_DELLINK, 0, 5);
	watch();
	CU_ASSERT_EQUAL_FATAL(n_changes, 3);
	CU_ASSERT(changes[0].index == 3 && changes[0].lower == 0);
	CU_ASSERT_STRING_EQUAL(changes[0].name, "eth3");
	CU_ASSERT(changes[1].index == 4 && changes[1].lower == 3);
	CU_ASSERT_STRING_EQUAL(changes[1].name, "guest0");
	CU_ASSERT(changes[2].index == 5 && changes[2].lower == 0);
	CU_ASSERT_STRING_EQUAL(changes[2].name, "");
}

static void changes_that_were_lost_mean_a_look_at_all(void)
{
	begin(NULL);
	error_instead(ENOBUFS);
	datagram();
	upper_message(0, 3, "eth3", NULL, 0);
	watch();
	CU_ASSERT_EQUAL_FATAL(n_changes, 2);
	CU_ASSERT_EQUAL(changes[0].index, 0);
	CU_ASSERT_EQUAL(changes[1].index, 3);
}

static void what_is_not_the_kernels_or_is_cut_is_passed_over(void)
{
	begin(NULL);
	datagram()->pid = 4711; // another process may write to us
	upper_message(0, 3, "eth3", NULL, 0);
	datagram()->told_len = ANSWER_MAX + 1;
	upper_message(0, 3, "eth3", NULL, 0);
	datagram();
	begin_message(RTM_NEWLINK, 0, (char[sizeof(struct ifinfomsg)]){0}, sizeof(struct ifinfomsg) - 1);
	datagram()->told_len = 0;
	upper_message(0, 6, "eth6", NULL, 0);
	watch();
	CU_ASSERT_EQUAL_FATAL(n_changes, 1);
	CU_ASSERT_EQUAL(changes[0].index, 6);
}

static const struct suite_case cases[] = {
	SUITE_CASE(an_interface_is_read),
	SUITE_CASE(the_program_is_the_one_that_sees_frames_first),
	SUITE_CASE(lengths_that_cannot_be_are_not_believed),
	SUITE_CASE(errors_are_told_and_old_answers_passed_over),
	SUITE_CASE(no_two_questions_have_one_number),
	SUITE_CASE(who_hears_frames_through_it_is_found),
	SUITE_CASE(a_driver_that_tells_tags_is_known_by_its_metadata),
	SUITE_CASE(changes_are_told_one_by_one),
	SUITE_CASE(changes_that_were_lost_mean_a_look_at_all),
	SUITE_CASE(what_is_not_the_kernels_or_is_cut_is_passed_over),
};

SUITE_MAIN("port link", cases)
