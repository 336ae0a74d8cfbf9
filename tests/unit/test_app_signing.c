// SPDX-License-Identifier: BSD-3-Clause
// Signing as the daemon sees it: counters never come again over restarts, the mark moves on in time, and who
// signs by which secret is told.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app_bed.h"
#include "ports.h"
#include "signing.h"
#include "signing_mark.h"
#include "station.h"
#include "store.h"
#include "suite.h"

#define SIGNED(secrets)                                                               \
	"romon: { identity: n, id: 02:00:00:00:ff:01 }\n"                             \
	"ports: { a: { device: net_ring_app0, link-id: 11, secrets: " secrets " },\n" \
	"  b: { device: net_ring_app1, link-id: 22 } }\n"

static char state[48];

static struct app_bed *opened(const char *yaml, const char *folder)
{
	struct app_bed *bed =
		app_bed_open_cfg(&(struct app_bed_cfg){.yaml = yaml, .is_kept = true, .folder = folder});

	snprintf(state, sizeof(state), "%s/state", bed->folder);
	return bed;
}

static uint64_t counter_of(const struct app_bed *bed, int slot)
{
	return atomic_load(&signing_shared(&bed->app)->counter[slot]);
}

// As if the port had sent that many frames.
static void counter_add(struct app_bed *bed, int slot, uint64_t n)
{
	atomic_fetch_add(&signing_shared(&bed->app)->counter[slot], n);
}

// The mark on the disk, once the store has written what it was given.
static uint64_t mark_of(const struct app_bed *bed)
{
	CU_ASSERT_EQUAL(store_flush(bed->app.store, 60000), 0);
	return signing_mark_load(state);
}

static void counters_begin_at_the_clock_and_the_mark_is_ahead(void)
{
	struct app_bed *bed = opened(SIGNED("[x]"), NULL);

	CU_ASSERT(counter_of(bed, 0) >= APP_BED_WALL_US);
	CU_ASSERT(signing_mark_load(state) >= counter_of(bed, 0) + SIGNING_MARK_AHEAD / 2);
	CU_ASSERT_EQUAL(signing_mark_load(state), signing_kept(&bed->app));
	CU_ASSERT(app_bed_close(bed));
}

static void the_mark_moves_on_before_a_counter_reaches_it(void)
{
	struct app_bed *bed = opened(SIGNED("[x]"), NULL);
	uint64_t mark = mark_of(bed);

	app_bed_advance_ms(bed, 5000); // nothing was signed: it stays
	CU_ASSERT_EQUAL(mark_of(bed), mark);
	for (int i = 0; i < 8; i++) {
		counter_add(bed, i % 2, SIGNING_MARK_AHEAD / 2 + 1);
		app_bed_advance_ms(bed, 1050);
		CU_ASSERT(mark_of(bed) > counter_of(bed, 0));
		CU_ASSERT(mark_of(bed) > counter_of(bed, 1));
	}
	CU_ASSERT(mark_of(bed) > mark);
	CU_ASSERT(app_bed_close(bed));
}

static void a_start_with_a_clock_behind_goes_on_at_the_mark(void)
{
	struct app_bed *bed = opened(SIGNED("[x]"), NULL);
	char folder[32];

	counter_add(bed, 1, 12345678);
	uint64_t used = counter_of(bed, 1);
	CU_ASSERT(app_bed_leave(bed, folder));
	CU_ASSERT(signing_mark_load(state) > used);
	// what an orderly stop leaves is not far ahead
	CU_ASSERT(signing_mark_load(state) <= used + SIGNING_MARK_AHEAD / 16);
	app_bed_wall_jump_us(-3600000000ll);
	bed = opened(SIGNED("[x]"), folder);
	CU_ASSERT(counter_of(bed, 0) > used);
	CU_ASSERT(counter_of(bed, 1) > used);
	app_bed_wall_jump_us(3600000000ll);
	CU_ASSERT(app_bed_close(bed));
}

// A disk that hangs: the file beside is a pipe that nobody reads. Control goes on, and what was newest is
// written when the disk is back.
static void a_disk_that_hangs_holds_nothing_up(void)
{
	struct app_bed *bed = opened(SIGNED("[x]"), NULL);
	uint64_t mark = mark_of(bed);
	char beside[80];
	char held[80];

	snprintf(beside, sizeof(beside), "%s/signing-mark.new", state);
	snprintf(held, sizeof(held), "%s/pipe", state);
	CU_ASSERT_EQUAL_FATAL(mkfifo(beside, 0600), 0);
	CU_ASSERT_EQUAL_FATAL(link(beside, held), 0);
	for (int i = 0; i < 4; i++) {
		counter_add(bed, 0, SIGNING_MARK_AHEAD / 2 + 1);
		app_bed_advance_ms(bed, 1050);
	}
	json_t *status = app_bed_ask(bed, "status", NULL);
	CU_ASSERT_PTR_NOT_NULL(status);
	json_decref(status);
	CU_ASSERT_EQUAL(signing_mark_load(state), mark);
	CU_ASSERT_EQUAL(unlink(beside), 0);
	int fd = open(held, O_RDONLY | O_NONBLOCK); // the disk answers, and the first try fails
	CU_ASSERT_FATAL(fd >= 0);
	(void)mark_of(bed);
	counter_add(bed, 0, SIGNING_MARK_AHEAD / 2 + 1); // the last one may have been what was tried in vain
	app_bed_advance_ms(bed, 1050);
	CU_ASSERT_EQUAL(mark_of(bed), signing_kept(&bed->app));
	CU_ASSERT(signing_kept(&bed->app) > mark + SIGNING_MARK_AHEAD);
	close(fd);
	unlink(held);
	CU_ASSERT(app_bed_close(bed));
}

static void without_a_place_there_is_no_mark(void)
{
	struct app_bed *bed = app_bed_open(SIGNED("[x]"));

	app_bed_advance_ms(bed, 3000);
	CU_ASSERT_EQUAL(signing_kept(&bed->app), 0);
	snprintf(state, sizeof(state), "%s/state", bed->folder);
	CU_ASSERT_EQUAL(signing_mark_load(state), 0);
	CU_ASSERT(app_bed_close(bed));
}

static json_t *secrets_row(struct app_bed *bed, size_t i)
{
	json_t *rows = app_bed_ask(bed, "secrets", NULL);
	json_t *row = json_incref(json_array_get(rows, i));

	json_decref(rows);
	return row;
}

static json_int_t number(json_t *row, const char *key)
{
	return json_integer_value(json_object_get(row, key));
}

static void secrets_of_ports_are_told_and_never_shown(void)
{
	struct app_bed *bed =
		app_bed_open("romon: { identity: n, id: 02:00:00:00:ff:01, secrets: [k1, k2] }\n"
			     "ports: { a: { device: net_ring_app0, secrets: [\"\", k3] },\n"
			     "  b: { device: net_ring_app1 } }\n");
	json_t *row = secrets_row(bed, 0);

	CU_ASSERT_EQUAL(number(row, "own"), 2);
	CU_ASSERT_EQUAL(number(row, "effective"), 2);
	CU_ASSERT(json_is_false(json_object_get(row, "signs")));
	CU_ASSERT(json_is_true(json_object_get(row, "accepts-unsigned")));
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row, "list")), "port");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row, "sends")), "unsigned");
	json_decref(row);
	row = secrets_row(bed, 1);
	CU_ASSERT_EQUAL(number(row, "own"), 0);
	CU_ASSERT_EQUAL(number(row, "effective"), 2);
	CU_ASSERT(json_is_true(json_object_get(row, "signs")));
	CU_ASSERT(json_is_false(json_object_get(row, "accepts-unsigned")));
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row, "list")), "global");
	char *text = json_dumps(row, 0);
	CU_ASSERT_PTR_NULL(strstr(text, "k1"));
	free(text);
	json_decref(row);
	CU_ASSERT(app_bed_close(bed));
}

// A signed and an unsigned neighbor of port a; the signed one answers the Hello that it is asked by.
static void neighbors_are_heard(struct app_bed *bed)
{
	struct station s;
	struct frame f;
	uint64_t nonce = 0;
	struct wire_l2 l2;
	struct wire_frame parsed;

	station_init(&s, 1, "x");
	s.counter = counter_of(bed, 0) + 1000;
	frame_discover(&f, s.mac, s.mac, NULL, 0);
	station_sign(&s, &f);
	app_bed_discard(bed, 0);
	app_bed_send(bed, 0, &f);
	CU_ASSERT_FATAL(app_bed_take_type(bed, 0, WIRE_TYPE_HELLO, &f));
	CU_ASSERT_FATAL(frame_parse(&f, &l2, &parsed));
	for (int i = 0; i < 8; i++)
		nonce = nonce << 8 | f.bytes[l2.romon_off + parsed.nonce_off + (uint32_t)i];
	station_hello_to(&s, app_bed_mac(bed, "a"), 0, nonce, &f);
	app_bed_send(bed, 0, &f);
	frame_discover(&f, s.mac, s.mac, NULL, 0);
	station_sign(&s, &f);
	app_bed_send(bed, 0, &f);
	frame_discover(&f, frame_mac(2), frame_mac(2), NULL, 0);
	app_bed_send(bed, 0, &f);
}

static void it_is_told_who_signs_by_what(void)
{
	struct app_bed *bed = app_bed_open(SIGNED("[y, x, \"\"]"));

	neighbors_are_heard(bed);
	json_t *row = secrets_row(bed, 0);
	CU_ASSERT_EQUAL(number(row, "neighbors"), 2);
	CU_ASSERT_EQUAL(number(row, "neighbors-entry-2"), 1);
	CU_ASSERT_EQUAL(number(row, "neighbors-unsigned"), 1);
	CU_ASSERT_EQUAL(number(row, "neighbors-unknown"), 0);
	json_decref(row);
	// another list: what was seen says nothing of it. The same list again: it does.
	CU_ASSERT_EQUAL(app_bed_reload(bed, SIGNED("[y, x, z, \"\"]"), 0), 0);
	app_bed_turn(bed);
	row = secrets_row(bed, 0);
	CU_ASSERT_EQUAL(number(row, "neighbors-entry-2"), 0);
	CU_ASSERT_EQUAL(number(row, "neighbors-unknown"), 1);
	json_decref(row);
	CU_ASSERT(app_bed_close(bed));
}

static void a_list_that_stays_keeps_what_is_known(void)
{
	struct app_bed *bed = app_bed_open(SIGNED("[y, x, \"\"]"));

	neighbors_are_heard(bed);
	uint32_t epoch = bed->app.slots[0].secrets_epoch;
	CU_ASSERT_EQUAL(app_bed_reload(bed, SIGNED("[y, x, \"\"]") "log: { level: info }\n", 0), 0);
	CU_ASSERT_EQUAL(bed->app.slots[0].secrets_epoch, epoch);
	json_t *row = secrets_row(bed, 0);
	CU_ASSERT_EQUAL(number(row, "neighbors-entry-2"), 1);
	json_decref(row);
	CU_ASSERT_EQUAL(app_bed_reload(bed, SIGNED("[x, y, \"\"]"), 0), 0);
	CU_ASSERT_EQUAL(bed->app.slots[0].secrets_epoch, epoch + 1);
	CU_ASSERT(app_bed_close(bed));
}

static const struct suite_case cases[] = {
	SUITE_CASE(counters_begin_at_the_clock_and_the_mark_is_ahead),
	SUITE_CASE(the_mark_moves_on_before_a_counter_reaches_it),
	SUITE_CASE(a_start_with_a_clock_behind_goes_on_at_the_mark),
	SUITE_CASE(a_disk_that_hangs_holds_nothing_up),
	SUITE_CASE(without_a_place_there_is_no_mark),
	SUITE_CASE(secrets_of_ports_are_told_and_never_shown),
	SUITE_CASE(it_is_told_who_signs_by_what),
	SUITE_CASE(a_list_that_stays_keeps_what_is_known),
};

SUITE_MAIN("app_signing", cases)
