// SPDX-License-Identifier: BSD-3-Clause
// What romond tells whoever started it; the test plays systemd.
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "app_bed.h"
#include "dp_worker.h"
#include "suite.h"
#include "supervisor.h"

#define ONE                                               \
	"romon: { identity: n, id: 02:00:00:00:ff:01 }\n" \
	"ports: { a: { device: net_ring_app0, link-id: 11 } }\n"
#define TIMEOUT_MS 8000 // of the watchdog
#define FEED_MS    (TIMEOUT_MS / 4)

static int manager; // systemd's end
static char heard[256];

static void manager_open(bool has_watchdog)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char name[64];

	snprintf(name, sizeof(name), "@romond-test-%d", getpid());
	memcpy(address.sun_path + 1, name + 1, strlen(name) - 1);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	CU_ASSERT_EQUAL(bind(manager, (struct sockaddr *)&address,
				(socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
		0);
	setenv("NOTIFY_SOCKET", name, 1);
	if (has_watchdog)
		setenv("WATCHDOG_USEC", "8000000", 1);
}

// The next word; "" = none waits.
static const char *hear(void)
{
	ssize_t n = recv(manager, heard, sizeof(heard) - 1, 0);

	heard[n < 0 ? 0 : n] = '\0';
	return heard;
}

static bool hears(const char *words)
{
	return strncmp(hear(), words, strlen(words)) == 0;
}

static void ready_and_stopping_are_told_once_each(void)
{
	manager_open(false);
	struct app_bed *bed = app_bed_open(ONE);

	CU_ASSERT(hears("READY=1\nSTATUS=1 ports, generation 1"));
	CU_ASSERT_PTR_NULL(getenv("NOTIFY_SOCKET")); // not for the programs of events.exec
	app_bed_advance_ms(bed, 10 * TIMEOUT_MS);
	CU_ASSERT(hears("")); // nobody waits for signs of life
	CU_ASSERT_EQUAL(strlen(heard), 0);
	CU_ASSERT(app_bed_close(bed));
	CU_ASSERT_STRING_EQUAL(hear(), "STOPPING=1");
	CU_ASSERT_STRING_EQUAL(hear(), "");
	close(manager);
}

static void who_serves_no_port_says_what_to_ask(void)
{
	manager_open(false);
	struct app_bed *bed = app_bed_open("ports: {}\n");

	CU_ASSERT_PTR_NOT_NULL(
		strstr(hear(), "0 ports, generation 1: forwards nothing, romonctl why says why"));
	CU_ASSERT(app_bed_close(bed));
	close(manager);
}

static uint32_t n_fed(void)
{
	uint32_t n = 0;

	while (hear()[0] != '\0') {
		CU_ASSERT_STRING_EQUAL(heard, "WATCHDOG=1");
		n++;
	}
	return n;
}

static void watchdog_is_fed_four_times_in_its_time(void)
{
	manager_open(true);
	struct app_bed *bed = app_bed_open(ONE);

	CU_ASSERT(hears("READY=1"));
	app_bed_advance_ms(bed, FEED_MS - APP_BED_STEP_MS);
	CU_ASSERT_EQUAL(n_fed(), 0);
	app_bed_advance_ms(bed, APP_BED_STEP_MS);
	CU_ASSERT_EQUAL(n_fed(), 1);
	app_bed_advance_ms(bed, TIMEOUT_MS);
	CU_ASSERT_EQUAL(n_fed(), 4);
	CU_ASSERT(app_bed_close(bed));
	close(manager);
}

// Time passes, control turns, the second worker does not: a turn of the bed runs it once before control's
// tick and once after, and its counter is put back to where control saw it last.
static void advance_without_second(struct app_bed *bed, uint64_t ms, uint64_t seen)
{
	_Atomic uint64_t *polls = &bed->app.workers[1]->counters.polls;

	for (uint64_t past = 0; past < ms; past += APP_BED_STEP_MS) {
		atomic_store(polls, seen - 1);
		app_bed_advance_ms(bed, APP_BED_STEP_MS);
		CU_ASSERT_EQUAL(atomic_load(polls), seen + 1);
	}
}

static void worker_that_stands_still_starves_the_watchdog_though_control_turns(void)
{
	manager_open(true);
	struct app_bed *bed = app_bed_open_cfg(&(struct app_bed_cfg){.yaml = ONE, .n_workers = 2});

	CU_ASSERT(hears("READY=1"));
	app_bed_advance_ms(bed, FEED_MS);
	CU_ASSERT_EQUAL(n_fed(), 1);
	uint64_t seen = atomic_load(&dp_worker_counters(bed->app.workers[1])->polls) - 1;

	advance_without_second(bed, 2 * TIMEOUT_MS, seen);
	CU_ASSERT_EQUAL(n_fed(), 0);
	app_bed_advance_ms(bed, APP_BED_STEP_MS); // it turns again
	CU_ASSERT_EQUAL(n_fed(), 1);
	CU_ASSERT(app_bed_close(bed));
	close(manager);
}

static void reload_is_told_with_its_end(void)
{
	manager_open(false);
	struct app_bed *bed = app_bed_open(ONE);

	CU_ASSERT(hears("READY=1"));
	supervisor_reloading(&bed->app);
	CU_ASSERT(hears("RELOADING=1\nMONOTONIC_USEC="));
	CU_ASSERT_EQUAL(app_bed_reload(bed, "ports: {}\n", 0), 0);
	supervisor_reloaded(&bed->app);
	CU_ASSERT(hears("READY=1\nSTATUS=0 ports, generation 2"));
	CU_ASSERT(app_bed_close(bed));
	close(manager);
}

static void socket_that_nobody_serves_costs_no_more_than_a_word(void)
{
	setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1);
	struct app_bed *bed = app_bed_open(ONE);

	app_bed_advance_ms(bed, TIMEOUT_MS);
	CU_ASSERT(app_bed_close(bed));
	setenv("NOTIFY_SOCKET", "neither a path nor a name", 1);
	bed = app_bed_open(ONE);
	CU_ASSERT(app_bed_close(bed));
}

static const struct suite_case cases[] = {
	SUITE_CASE(ready_and_stopping_are_told_once_each),
	SUITE_CASE(who_serves_no_port_says_what_to_ask),
	SUITE_CASE(watchdog_is_fed_four_times_in_its_time),
	SUITE_CASE(worker_that_stands_still_starves_the_watchdog_though_control_turns),
	SUITE_CASE(reload_is_told_with_its_end),
	SUITE_CASE(socket_that_nobody_serves_costs_no_more_than_a_word),
};
SUITE_MAIN("app", cases)
