// SPDX-License-Identifier: BSD-3-Clause
// Word of the kernel about interfaces: which devices are looked at, how closely, and how soon. recvfrom()
// stands in front of the C library's for one descriptor: there the test is the kernel.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "app_bed.h"
#include "base_clock.h"
#include "links_watch.h"
#include "port.h"
#include "ports_state.h"
#include "suite.h"

#define WATCH_FD 9999
#define LOOK_MS  100
#define INDEX_A  7
#define INDEX_B  8

static struct app_bed *bed;

// The message that waits there; n = 0: none. err: instead of it.
static struct {
	int err;
	struct {
		struct nlmsghdr header;
		struct ifinfomsg info;
		struct rtattr name_attr;
		char name[16];
		struct rtattr lower_attr;
		uint32_t lower;
	} m;
	uint32_t n;
} word;

ssize_t recvfrom(int fd, void *buf, size_t size, int flags, struct sockaddr *from, socklen_t *from_len)
{
	ssize_t (*libc)(int, void *, size_t, int, struct sockaddr *, socklen_t *);

	if (fd != WATCH_FD) {
		*(void **)&libc = dlsym(RTLD_NEXT, "recvfrom");
		return libc(fd, buf, size, flags, from, from_len);
	}
	errno = word.n == 0 ? EAGAIN : word.err;
	if (word.n == 0 || word.err != 0) {
		word.n = 0;
		return -1;
	}
	word.n--;
	memcpy(buf, &word.m, sizeof(word.m));
	*(struct sockaddr_nl *)(void *)from = (struct sockaddr_nl){.nl_family = AF_NETLINK};
	return (ssize_t)sizeof(word.m);
}

static struct app_dev *dev(int i)
{
	return &bed->app.devs[i];
}

// Three devices: a and b are interfaces as far as their numbers go; c is absent.
static void begin(void)
{
	bed = app_bed_open("romon: { identity: n, id: 02:00:00:00:ff:01 }\n"
			   "ports: { a: { device: net_ring_app0 }, b: { device: net_ring_app1 },\n"
			   "  c: { device: no-such-if } }\n");
	app_bed_advance_ms(bed, 1000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(dev(0)->dev);
	CU_ASSERT_PTR_NOT_NULL_FATAL(dev(1)->dev);
	CU_ASSERT_PTR_NULL_FATAL(dev(2)->dev);
	CU_ASSERT_STRING_EQUAL(dev(2)->device, "no-such-if");
	dev(0)->dev->ifindex = INDEX_A;
	dev(1)->dev->ifindex = INDEX_B;
	links_watch_stop(&bed->app);
	bed->app.ports->links_fd = WATCH_FD;
}

static void end(void)
{
	bed->app.ports->links_fd = -1;
	CU_ASSERT(app_bed_close(bed));
}

// Take a change when the last look was ago_ms before.
static void told(int index, const char *name, int lower, uint64_t ago_ms)
{
	word.err = 0;
	word.n = 1;
	memset(&word.m, 0, sizeof(word.m));
	word.m.header = (struct nlmsghdr){.nlmsg_len = sizeof(word.m), .nlmsg_type = RTM_NEWLINK};
	word.m.info.ifi_index = index;
	word.m.name_attr =
		(struct rtattr){.rta_type = IFLA_IFNAME, .rta_len = RTA_LENGTH(sizeof(word.m.name))};
	snprintf(word.m.name, sizeof(word.m.name), "%s", name);
	word.m.lower_attr = (struct rtattr){.rta_type = IFLA_LINK, .rta_len = RTA_LENGTH(4)};
	word.m.lower = (uint32_t)lower;
	bed->app.ports->links_looked_ms = base_mono_ms() - ago_ms;
	bed->app.ports->polled_ms = base_mono_ms();
	links_watch_read(&bed->app);
}

// Whom it touched, and who is looked at closely; and then as before.
static void touched_are(bool a, bool b, bool c, bool a_closely, bool b_closely)
{
	const bool wanted[] = {a, b, c};
	const bool closely[] = {a_closely, b_closely};

	for (int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(dev(i)->is_touched, wanted[i]);
		dev(i)->is_touched = false;
	}
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(dev(i)->dev->looks_closely, closely[i]);
		dev(i)->dev->looks_closely = false;
	}
	for (int i = 3; i < SNAP_DEVS_MAX; i++)
		CU_ASSERT_FALSE(dev(i)->is_touched);
}

static void a_change_touches_its_own_device(void)
{
	begin();
	told(INDEX_A, "x", 0, 0);
	touched_are(true, false, false, false, false);
	told(INDEX_B, "x", 0, 0);
	touched_are(false, true, false, false, false);
	told(99, "net_ring_app1", 0, 0); // another one has got its name
	touched_are(false, true, false, false, false);
	told(100, "no-such-if", 0, 0); // it is there now
	touched_are(false, false, true, false, false);
	told(101, "another", 0, 0);
	touched_are(false, false, false, false, false);
	CU_ASSERT_EQUAL(bed->app.ports->polled_ms, base_mono_ms()); // nobody hurries for that
	end();
}

static void what_comes_to_stand_on_a_device_makes_it_looked_at_closely(void)
{
	begin();
	told(50, "guest0", INDEX_A, 0);
	touched_are(true, false, false, true, false);
	told(50, "guest0", INDEX_B, 0);
	touched_are(false, true, false, false, true);
	told(50, "guest0", 99, 0);
	touched_are(false, false, false, false, false);
	dev(0)->dev->ifindex = 0; // no interface: what stands on nothing does not stand on it
	told(50, "guest0", 0, 0);
	touched_are(false, false, false, false, false);
	end();
}

static void words_that_were_lost_touch_all(void)
{
	begin();
	word.n = 1;
	word.err = ENOBUFS;
	bed->app.ports->links_looked_ms = base_mono_ms();
	links_watch_read(&bed->app);
	touched_are(true, true, true, true, true);
	end();
}

static void ports_are_looked_at_at_once_but_not_all_the_time(void)
{
	begin();
	told(INDEX_A, "x", 0, LOOK_MS - 1);
	CU_ASSERT_EQUAL(bed->app.ports->polled_ms, 0); // by the next tick
	CU_ASSERT_EQUAL(bed->app.ports->links_looked_ms, base_mono_ms() - (LOOK_MS - 1));
	CU_ASSERT(dev(0)->is_touched);
	told(INDEX_A, "x", 0, LOOK_MS);
	CU_ASSERT_EQUAL(bed->app.ports->links_looked_ms, base_mono_ms());
	CU_ASSERT_FALSE(dev(0)->is_touched); // that was it
	CU_ASSERT_EQUAL(bed->app.ports->polled_ms, base_mono_ms());
	end();
}

static void the_kernel_is_listened_to_from_start_to_stop(void)
{
	begin();
	links_watch_start(&bed->app);
	int fd = bed->app.ports->links_fd;
	CU_ASSERT_FATAL(fd >= 0);
	struct sockaddr_nl own;
	socklen_t len = sizeof(own);
	CU_ASSERT_EQUAL(getsockname(fd, (struct sockaddr *)&own, &len), 0);
	CU_ASSERT_EQUAL(own.nl_groups, RTMGRP_LINK);
	CU_ASSERT_EQUAL(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC); // no hook inherits it
	CU_ASSERT_EQUAL(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK); // nobody waits for the kernel
	links_watch_stop(&bed->app);
	CU_ASSERT_EQUAL(bed->app.ports->links_fd, -1);
	CU_ASSERT_EQUAL(getsockname(fd, (struct sockaddr *)&own, &len), -1); // closed
	links_watch_stop(&bed->app);
	end();
}

static const struct suite_case cases[] = {
	SUITE_CASE(a_change_touches_its_own_device),
	SUITE_CASE(what_comes_to_stand_on_a_device_makes_it_looked_at_closely),
	SUITE_CASE(words_that_were_lost_touch_all),
	SUITE_CASE(ports_are_looked_at_at_once_but_not_all_the_time),
	SUITE_CASE(the_kernel_is_listened_to_from_start_to_stop),
};

SUITE_MAIN("app links", cases)
