// SPDX-License-Identifier: BSD-3-Clause
// Why romond did not run, and a wall clock that somebody set.
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "app_bed.h"
#include "events.h"
#include "stall.h"
#include "suite.h"

#define ONE                                               \
	"romon: { identity: n, id: 02:00:00:00:ff:01 }\n" \
	"ports: { a: { device: net_ring_app0, link-id: 11 } }\n"

static int64_t wall_ahead_s; // by which somebody set the wall clock

// In front of the C library's, for all of this program.
int clock_gettime(clockid_t clock, struct timespec *ts)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, ts);

	if (clock == CLOCK_REALTIME)
		ts->tv_sec += wall_ahead_s;
	return rc;
}

static void the_reason_is_what_took_half_of_the_time(void)
{
	static const struct {
		struct stall_facts f;
		const char *word;
	} rows[] = {
		{{.gap_ms = 10000, .suspended_ms = 9000}, "suspended:"},
		{{.gap_ms = 0, .suspended_ms = 9000}, "suspended:"}, // the monotonic clock did not go on
		{{.gap_ms = 10000, .ran_ms = 5000}, "busy:"},
		{{.gap_ms = 10000, .ran_ms = 4999, .waited_ms = 5000}, "starved:"},
		{{.gap_ms = 10000, .waited_ms = 4999, .worker_ms = 9900}, "blocked:"},
		{{.gap_ms = 10000,
			 .suspended_ms = 4999,
			 .ran_ms = 4999,
			 .waited_ms = 4999,
			 .worker_ms = 4999},
			"stopped:"},
		{{.gap_ms = 10000}, "stopped:"},
		// more than one: what it was not to blame for comes first
		{{.gap_ms = 10000,
			 .suspended_ms = 5000,
			 .ran_ms = 5000,
			 .waited_ms = 5000,
			 .worker_ms = 5000},
			"suspended:"},
		{{.gap_ms = 10000, .ran_ms = 6000, .waited_ms = 6000, .worker_ms = 10000}, "busy:"},
	};

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++)
		CU_ASSERT_EQUAL(strncmp(stall_reason(&rows[i].f), rows[i].word, strlen(rows[i].word)), 0);
}

// The control loop wakes a little later.
static void wake(struct app_bed *bed)
{
	app_bed_advance_ms(bed, 200);
	stall_wake(&bed->app);
}

static void wall_clock_that_was_set_is_told_with_how_much(void)
{
	struct app_bed *bed = app_bed_open(ONE);

	wake(bed);
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_CLOCK_SET), 0);
	wall_ahead_s = 1; // as a daemon of time may correct it
	wake(bed);
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_CLOCK_SET), 0);
	wall_ahead_s = 3601;
	wake(bed);
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_CLOCK_SET), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(app_bed_event(bed, EVENT_CLOCK_SET)->text, "was set "));
	CU_ASSERT_PTR_NOT_NULL(strstr(app_bed_event(bed, EVENT_CLOCK_SET)->text, " s ahead"));
	wake(bed); // once
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_CLOCK_SET), 1);
	wall_ahead_s = 0;
	wake(bed);
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_CLOCK_SET), 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(app_bed_event(bed, EVENT_CLOCK_SET)->text, " s back"));
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_STALLED), 0); // that is another matter
	CU_ASSERT(app_bed_close(bed));
}

static const struct suite_case cases[] = {
	SUITE_CASE(the_reason_is_what_took_half_of_the_time),
	SUITE_CASE(wall_clock_that_was_set_is_told_with_how_much),
};

SUITE_MAIN("app_stall", cases)
