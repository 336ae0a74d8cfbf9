// SPDX-License-Identifier: BSD-3-Clause
// When a device is tried again, and when one that changed under us is opened anew. Time is the test's.
#include <string.h>

#include "app_bed.h"
#include "base_clock.h"
#include "base_text.h"
#include "device.h"
#include "ports.h"
#include "suite.h"

#define ONE                                               \
	"romon: { identity: n, id: 02:00:00:00:ff:01 }\n" \
	"ports: { a: { device: net_ring_app0 } }\n"

static struct app_bed *bed;

// A device that DPDK cannot open, as often as it is tried.
static struct app_dev broken(void)
{
	struct app_dev d = {.is_used = true, .driver = CONF_DRIVER_AUTO};

	base_text_copy(d.device, sizeof(d.device), "net_nosuchdriver0");
	return d;
}

static void pauses_between_tries_grow_to_half_a_minute(void)
{
	static const uint64_t pauses_ms[] = {500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000};

	bed = app_bed_open(ONE);
	struct app_dev d = broken();
	for (size_t i = 0; i < BASE_ARRAY_LEN(pauses_ms); i++) {
		device_open(&bed->app, &d);
		CU_ASSERT_PTR_NULL(d.dev);
		CU_ASSERT_NOT_EQUAL(d.err, 0);
		CU_ASSERT_EQUAL(d.n_failures, i + 1);
		CU_ASSERT_EQUAL(d.retry_at_ms, base_mono_ms() + pauses_ms[i]);
		CU_ASSERT_PTR_NOT_NULL(strstr(d.error, "net_nosuchdriver0"));
	}
	app_bed_advance_ms(bed, 29999);
	CU_ASSERT(!device_is_due(&d));
	app_bed_advance_ms(bed, 1);
	CU_ASSERT(device_is_due(&d));
	d.n_failures = 1000000;
	device_open(&bed->app, &d);
	CU_ASSERT_EQUAL(d.retry_at_ms, base_mono_ms() + 30000);
	CU_ASSERT(app_bed_close(bed));
}

static void a_new_reason_is_told_and_the_same_is_not(void)
{
	bed = app_bed_open(ONE);
	struct app_dev d = broken();
	d.is_told = true;
	device_open(&bed->app, &d);
	CU_ASSERT(!d.is_told);
	d.is_told = true;
	device_open(&bed->app, &d);
	CU_ASSERT(d.is_told);
	base_text_copy(d.error, sizeof(d.error), "another");
	device_open(&bed->app, &d);
	CU_ASSERT(!d.is_told);
	CU_ASSERT(app_bed_close(bed));
}

static void a_touch_makes_it_due_if_anything_changed(void)
{
	bed = app_bed_open(ONE);
	struct app_dev d = broken();
	d.retry_at_ms = base_mono_ms() + 1000;
	d.is_touched = true;
	CU_ASSERT(!device_is_due(&d)); // as at the last try
	CU_ASSERT(!d.is_touched);
	d.fingerprint = 5;
	CU_ASSERT(!device_is_due(&d)); // nobody touched it
	d.is_touched = true;
	CU_ASSERT(device_is_due(&d));
	CU_ASSERT(app_bed_close(bed));
}

static void what_is_not_there_is_no_failure_to_count(void)
{
	bed = app_bed_open(ONE);
	struct app_dev d = {
		.is_used = true, .n_failures = 5, .retry_at_ms = 7, .is_stale = true, .err = EBUSY};
	base_text_copy(d.device, sizeof(d.device), "nosuchif9");
	base_text_copy(d.error, sizeof(d.error), "x");
	CU_ASSERT(!device_is_due(&d));
	CU_ASSERT_EQUAL(d.n_failures, 0);
	CU_ASSERT_EQUAL(d.retry_at_ms, 0);
	CU_ASSERT(!d.is_stale);
	CU_ASSERT_EQUAL(d.err, ENODEV);
	CU_ASSERT_STRING_EQUAL(d.error, "there is no interface nosuchif9 any more");
	base_text_copy(d.error, sizeof(d.error), "x");
	CU_ASSERT(!device_is_due(&d));
	CU_ASSERT_STRING_EQUAL(d.error, "x"); // told already
	CU_ASSERT(app_bed_close(bed));
}

static void an_open_device_has_no_error(void)
{
	bed = app_bed_open(ONE);
	struct app_dev d = broken();
	device_open(&bed->app, &d);
	base_text_copy(d.device, sizeof(d.device), "net_ring_app3");
	d.is_stale = true;
	d.is_touched = true;
	d.avoids_xdp = true;
	device_open(&bed->app, &d);
	CU_ASSERT_PTR_NOT_NULL_FATAL(d.dev);
	CU_ASSERT_STRING_EQUAL(d.error, "");
	CU_ASSERT_EQUAL(d.err, 0);
	CU_ASSERT_EQUAL(d.n_failures, 0);
	CU_ASSERT(!d.is_stale);
	CU_ASSERT(!d.is_touched);
	device_close(&d);
	CU_ASSERT_PTR_NULL(d.dev);
	CU_ASSERT(!d.avoids_xdp); // somebody closed it: what was, is over
	CU_ASSERT_EQUAL(d.err, 0);

	device_open(&bed->app, &d);
	d.is_stale = true;
	d.avoids_xdp = true;
	base_text_copy(d.dev->stale_why, sizeof(d.dev->stale_why), "somebody did");
	device_close(&d);
	CU_ASSERT(d.avoids_xdp);
	CU_ASSERT_EQUAL(d.err, ESTALE);
	CU_ASSERT_STRING_EQUAL(d.error, "somebody did");

	device_open(&bed->app, &d);
	d.is_stale = true;
	d.avoids_xdp = true;
	d.dev->link = PORT_LINK_GONE;
	device_close(&d);
	CU_ASSERT(!d.avoids_xdp);
	CU_ASSERT(!d.is_stale);
	CU_ASSERT_EQUAL(d.err, ENODEV);
	CU_ASSERT_STRING_EQUAL(d.error, "net_ring_app3 has vanished");
	CU_ASSERT(app_bed_close(bed));
}

static struct app_dev changed(struct port_dev *dev, enum port_stale stale)
{
	struct app_dev d = {.is_used = true, .dev = dev, .fingerprint = 9};

	*dev = (struct port_dev){.link = PORT_LINK_UP, .stale = stale};
	base_text_copy(d.device, sizeof(d.device), "net_ring_app0");
	return d;
}

static void what_changed_is_opened_anew_three_times_at_once(void)
{
	struct port_dev dev;

	bed = app_bed_open(ONE);
	struct app_dev d = changed(&dev, PORT_STALE_QUEUES);
	for (uint32_t i = 0; i < 3; i++) {
		CU_ASSERT(device_must_reopen(&d));
		CU_ASSERT(d.is_stale);
		CU_ASSERT_EQUAL(d.n_reopens, i + 1);
		CU_ASSERT_EQUAL(d.reopened_ms, base_mono_ms());
		CU_ASSERT_EQUAL(d.retry_at_ms, base_mono_ms());
		CU_ASSERT_EQUAL(d.fingerprint, 0);
	}
	CU_ASSERT(device_must_reopen(&d)); // and then as after failures
	CU_ASSERT_EQUAL(d.retry_at_ms, base_mono_ms() + 500);
	CU_ASSERT(device_must_reopen(&d));
	CU_ASSERT_EQUAL(d.retry_at_ms, base_mono_ms() + 1000);
	CU_ASSERT_EQUAL(d.n_reopens, 5);
	app_bed_advance_ms(bed, 59999);
	CU_ASSERT(device_must_reopen(&d));
	CU_ASSERT_EQUAL(d.n_reopens, 6);
	app_bed_advance_ms(bed, 60000); // calm for a minute
	CU_ASSERT(device_must_reopen(&d));
	CU_ASSERT_EQUAL(d.n_reopens, 1);
	CU_ASSERT_EQUAL(d.retry_at_ms, base_mono_ms());
	CU_ASSERT(!d.avoids_xdp);
	CU_ASSERT(app_bed_close(bed));
}

// It hears in the meantime, if not in the right way.
static void another_driver_waits_for_its_turn(void)
{
	struct port_dev dev;

	bed = app_bed_open(ONE);
	struct app_dev d = changed(&dev, PORT_STALE_DRIVER);
	for (int i = 0; i < 3; i++)
		CU_ASSERT(device_must_reopen(&d));
	CU_ASSERT(!device_must_reopen(&d));
	CU_ASSERT_EQUAL(d.n_reopens, 3);
	app_bed_advance_ms(bed, 499);
	CU_ASSERT(!device_must_reopen(&d));
	app_bed_advance_ms(bed, 1);
	CU_ASSERT(device_must_reopen(&d));
	CU_ASSERT_EQUAL(d.retry_at_ms, base_mono_ms());
	CU_ASSERT_EQUAL(d.n_reopens, 4);
	CU_ASSERT(app_bed_close(bed));
}

static void a_program_that_is_taken_off_twice_is_not_wanted(void)
{
	struct port_dev dev;

	bed = app_bed_open(ONE);
	struct app_dev d = changed(&dev, PORT_STALE_XDP);
	CU_ASSERT(device_must_reopen(&d));
	CU_ASSERT(!d.avoids_xdp);
	CU_ASSERT(device_must_reopen(&d));
	CU_ASSERT(d.avoids_xdp);
	dev.stale = PORT_STALE_QUEUES;
	CU_ASSERT(device_must_reopen(&d));
	CU_ASSERT(d.avoids_xdp);
	CU_ASSERT(app_bed_close(bed));
}

static void what_is_as_it_was_or_gone_is_not_opened_anew(void)
{
	struct port_dev dev;

	bed = app_bed_open(ONE);
	struct app_dev d = changed(&dev, PORT_STALE_INVALID);
	CU_ASSERT(!device_must_reopen(&d));
	dev.stale = PORT_STALE_QUEUES;
	dev.link = PORT_LINK_GONE;
	CU_ASSERT(!device_must_reopen(&d));
	CU_ASSERT(!d.is_stale);
	CU_ASSERT_EQUAL(d.n_reopens, 0);
	dev.link = PORT_LINK_DOWN;
	CU_ASSERT(device_must_reopen(&d));
	CU_ASSERT(app_bed_close(bed));
}

static const struct suite_case cases[] = {
	SUITE_CASE(pauses_between_tries_grow_to_half_a_minute),
	SUITE_CASE(a_new_reason_is_told_and_the_same_is_not),
	SUITE_CASE(a_touch_makes_it_due_if_anything_changed),
	SUITE_CASE(what_is_not_there_is_no_failure_to_count),
	SUITE_CASE(an_open_device_has_no_error),
	SUITE_CASE(what_changed_is_opened_anew_three_times_at_once),
	SUITE_CASE(another_driver_waits_for_its_turn),
	SUITE_CASE(a_program_that_is_taken_off_twice_is_not_wanted),
	SUITE_CASE(what_is_as_it_was_or_gone_is_not_opened_anew),
};
SUITE_MAIN("app device", cases)
