// SPDX-License-Identifier: BSD-3-Clause
// Whose voice an answer is: what makes it the same one, when another may take the row over, and when two are
// told to be two nodes with one id.
#include <string.h>

#include "suite.h"
#include "topo_bed.h"
#include "topo_check.h"
#include "topo_private.h"

#define A 0 // ports
#define B 1

static struct topo *topo;
static uint64_t now_ms;
static struct topo_event event;
static struct topo_answer north; // by a
static struct topo_answer south; // by b: another name, board, MAC and link

static const struct topo_pace pace = {.interval_ms = 1000, .late_after = 3, .down_after = 10};

static struct topo_answer answer(uint8_t port, const char *name, const char *board)
{
	struct topo_answer a = topo_bed_answer(0, 1u + port, 1, 11u + port, 10);

	a.port = port;
	a.from_mac = topo_bed_id(0x900000u + port);
	a.node_in.mac = topo_bed_id(0x700000u + port);
	a.identity = name;
	a.identity_len = (uint8_t)strlen(name);
	a.board = board;
	a.board_len = (uint8_t)strlen(board);
	return a;
}

static void begin(void)
{
	now_ms = 1000000;
	topo = topo_bed_create(100);
	topo_pace_set(topo, &pace, now_ms);
	north = answer(A, "north", "RB750");
	south = answer(B, "south", "CRS326");
}

static void end(void)
{
	CU_ASSERT_PTR_NULL(topo_check(topo));
	topo_destroy(topo);
}

static void speaks(const struct topo_answer *a)
{
	CU_ASSERT_EQUAL(topo_learn(topo, a, now_ms, now_ms * 1000, NULL), 0);
}

static void passed(uint64_t ms)
{
	now_ms += ms;
	topo_tick(topo, now_ms);
}

static struct topo_node node(void)
{
	struct topo_node out = {0};
	int64_t row = topo_find(topo, topo_bed_id(1));

	CU_ASSERT_TRUE_FATAL(row >= 0 && topo_node_at(topo, (uint32_t)row, &out));
	return out;
}

static bool is_shown(const char *name)
{
	return strcmp(node().identity, name) == 0;
}

static struct topo_counts counts(void)
{
	struct topo_counts c;

	topo_counts_get(topo, &c);
	return c;
}

static uint32_t n_twin_events(void)
{
	struct topo_event e;
	uint32_t n = 0;

	while (topo_event_next(topo, &e)) {
		if (e.type != TOPO_NODE_TWIN)
			continue;
		event = e;
		n++;
	}
	return n;
}

// Each speaks so often, in turn, a second apart.
static void turns(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		speaks(&north);
		speaks(&south);
		passed(1000);
	}
}

static void the_third_time_that_both_spoke_makes_two_nodes_of_them(void)
{
	struct wire_version version = {7, 13, 'f', 0};

	begin();
	south.version = &version;
	turns(2);
	CU_ASSERT_EQUAL(n_twin_events(), 0);
	CU_ASSERT_FALSE(node().twin.is_there);
	CU_ASSERT_EQUAL(counts().n_twins, 0);
	turns(1);
	CU_ASSERT_EQUAL(n_twin_events(), 1);
	CU_ASSERT_STRING_EQUAL(event.text,
		"two nodes answer with this id: north RB750 at 02:00:00:70:00:00 and south CRS326 at "
		"02:00:00:70:00:01");
	CU_ASSERT_EQUAL(event.id, topo_bed_id(1));
	struct topo_twin twin = node().twin;
	CU_ASSERT_TRUE(twin.is_there && twin.port == B && twin.shown_port == A);
	CU_ASSERT_TRUE(twin.mac == south.node_in.mac && twin.shown_mac == north.node_in.mac);
	CU_ASSERT_TRUE(twin.from_mac == south.from_mac && twin.shown_from == north.from_mac);
	CU_ASSERT_TRUE(strcmp(twin.identity, "south") == 0 && strcmp(twin.board, "CRS326") == 0);
	CU_ASSERT_EQUAL(memcmp(&twin.version, &version, sizeof(version)), 0);
	CU_ASSERT_EQUAL(counts().n_twins, 1);
	CU_ASSERT_EQUAL(counts().claims_refused, 3);
	CU_ASSERT_TRUE(is_shown("north"));
	turns(300); // told once, whatever is counted
	CU_ASSERT_EQUAL(n_twin_events(), 0);
	CU_ASSERT_EQUAL(counts().n_twins, 1);
	end();
}

static void nodes_without_a_name_are_told_by_their_addresses(void)
{
	begin();
	north = answer(A, "", "");
	south = answer(B, "\x1b", "");
	turns(3);
	CU_ASSERT_EQUAL(n_twin_events(), 1);
	CU_ASSERT_STRING_EQUAL(event.text,
		"two nodes answer with this id: no name at 02:00:00:70:00:00 and \\x1b at "
		"02:00:00:70:00:01");
	end();
}

// A forger that speaks all the time, with the node gone silent in between, is no second node.
static void one_that_speaks_alone_is_no_twin(void)
{
	begin();
	speaks(&north);
	for (int i = 0; i < 10; i++) {
		speaks(&south);
		passed(100);
	}
	CU_ASSERT_EQUAL(n_twin_events(), 0);
	CU_ASSERT_EQUAL(counts().claims_refused, 10);
	CU_ASSERT_TRUE(is_shown("north") && node().port == A);
	end();
}

static void a_twin_that_fell_silent_is_forgotten_when_it_would_be_down(void)
{
	begin();
	turns(3);
	now_ms -= 1000; // when south spoke last
	for (int i = 0; i < 10; i++) {
		passed(1000);
		speaks(&north);
		CU_ASSERT_TRUE(node().twin.is_there);
	}
	passed(1);
	CU_ASSERT_FALSE(node().twin.is_there);
	speaks(&north);
	CU_ASSERT_EQUAL(counts().n_twins, 0);
	turns(2); // it begins anew
	CU_ASSERT_FALSE(node().twin.is_there);
	end();
}

static void another_voice_takes_over_when_the_one_shown_is_late(void)
{
	begin();
	speaks(&north);
	passed(3000);
	speaks(&south);
	CU_ASSERT_TRUE(is_shown("north") && node().port == A);
	CU_ASSERT_TRUE(topo->shares[A].n_rows == 1 && topo->shares[B].n_rows == 0);
	passed(1);
	speaks(&south);
	CU_ASSERT_TRUE(is_shown("south") && node().port == B);
	CU_ASSERT_TRUE(topo->shares[A].n_rows == 0 && topo->shares[B].n_rows == 1);
	CU_ASSERT_EQUAL(counts().claims_refused, 1);
	end();
}

// The same node by another way keeps the row where it is, until it is silent on the first way.
static void the_same_voice_by_another_way_changes_nothing_while_the_first_is_heard(void)
{
	struct topo_answer other;

	begin();
	speaks(&north);
	other = north;
	other.port = B;
	other.parent_out.link_id = 2;
	other.node_in.link_id = 12;
	other.node_in.mac = topo_bed_id(0x700055);
	passed(3000);
	speaks(&other);
	CU_ASSERT_EQUAL(node().port, A);
	passed(1);
	speaks(&other);
	CU_ASSERT_EQUAL(node().port, B);
	CU_ASSERT_EQUAL(counts().claims_refused, 0);
	end();
}

static void whoever_speaks_by_the_same_way_may_rename_itself(void)
{
	begin();
	speaks(&north);
	struct topo_answer renamed = answer(A, "east", "RB750");
	speaks(&renamed);
	CU_ASSERT_TRUE(is_shown("east"));
	renamed = answer(A, "west", "RB750");
	renamed.from_mac = topo_bed_id(0x900077); // the same port, another neighbor
	speaks(&renamed);
	CU_ASSERT_TRUE(is_shown("east"));
	CU_ASSERT_EQUAL(counts().claims_refused, 1);
	end();
}

static void what_is_not_said_is_no_difference_and_each_thing_said_is_one(void)
{
	struct wire_version v713 = {7, 13, 'f', 0};
	struct wire_version v714 = {7, 14, 'f', 0};
	struct topo_answer a;

	begin();
	north.version = &v713;
	speaks(&north);
	for (uint32_t what = 0; what < 7; what++) {
		a = north;
		a.from_mac = topo_bed_id(0x900088);
		a.identity = what == 0 ? NULL : what == 1 ? "nort" : what == 2 ? "northx" : "north";
		a.identity_len = (uint8_t)(what == 0 ? 0 : strlen(a.identity));
		a.board = what == 3 ? NULL : what == 4 ? "RB751" : "RB750";
		a.version = what == 5 ? NULL : what == 6 ? &v714 : &v713;
		uint64_t n_refused = counts().claims_refused;
		speaks(&a);
		bool is_other = what == 1 || what == 2 || what == 4 || what == 6;
		CU_ASSERT_EQUAL(counts().claims_refused - n_refused, is_other);
	}
	CU_ASSERT_TRUE(is_shown("north"));
	end();
}

// A node's link has one MAC: who names another one for it is somebody else.
static void the_same_link_with_another_mac_is_another_voice(void)
{
	begin();
	speaks(&north);
	struct topo_answer a = north;
	a.from_mac = topo_bed_id(0x900088);
	a.node_in.mac = topo_bed_id(0x700099);
	speaks(&a);
	CU_ASSERT_EQUAL(counts().claims_refused, 1);
	a.node_in.link_id = 55;
	speaks(&a);
	CU_ASSERT_EQUAL(counts().claims_refused, 1);
	end();
}

static void a_text_ends_at_a_nul_for_the_voice_too(void)
{
	begin();
	speaks(&north);
	struct topo_answer a = north;
	a.from_mac = topo_bed_id(0x900088);
	a.identity = "north\0south";
	a.identity_len = 11;
	speaks(&a);
	CU_ASSERT_EQUAL(counts().claims_refused, 0);
	end();
}

// A third voice does not push out the second one once two are told; before, it takes its place.
static void a_third_voice_waits_for_the_twin_to_go(void)
{
	struct topo_answer third;

	begin();
	third = answer(B, "third", "hAP");
	third.node_in.link_id = 30;
	speaks(&north);
	speaks(&south);
	speaks(&third);
	speaks(&north);
	speaks(&south); // it lost its place to the third
	speaks(&north);
	speaks(&south);
	CU_ASSERT_EQUAL(n_twin_events(), 0);
	turns(2);
	CU_ASSERT_EQUAL(n_twin_events(), 1);
	for (int i = 0; i < 5; i++) {
		speaks(&third);
		speaks(&north);
	}
	CU_ASSERT_STRING_EQUAL(node().twin.identity, "south");
	end();
}

// Put back from the store: the first that speaks is heard, whatever it says.
static void a_stored_row_is_for_the_first_voice(void)
{
	struct topo_saved s = {.id = topo_bed_id(1), .identity = "stored", .status = TOPO_OK};

	begin();
	CU_ASSERT_EQUAL(topo_restore(topo, &s, now_ms), 0);
	CU_ASSERT_TRUE(node().port >= TOPO_PORTS);
	speaks(&south);
	CU_ASSERT_TRUE(is_shown("south") && node().port == B);
	speaks(&north);
	CU_ASSERT_TRUE(is_shown("south"));
	CU_ASSERT_EQUAL(counts().claims_refused, 1);
	end();
}

static const struct suite_case cases[] = {
	SUITE_CASE(the_third_time_that_both_spoke_makes_two_nodes_of_them),
	SUITE_CASE(nodes_without_a_name_are_told_by_their_addresses),
	SUITE_CASE(one_that_speaks_alone_is_no_twin),
	SUITE_CASE(a_twin_that_fell_silent_is_forgotten_when_it_would_be_down),
	SUITE_CASE(another_voice_takes_over_when_the_one_shown_is_late),
	SUITE_CASE(the_same_voice_by_another_way_changes_nothing_while_the_first_is_heard),
	SUITE_CASE(whoever_speaks_by_the_same_way_may_rename_itself),
	SUITE_CASE(what_is_not_said_is_no_difference_and_each_thing_said_is_one),
	SUITE_CASE(the_same_link_with_another_mac_is_another_voice),
	SUITE_CASE(a_text_ends_at_a_nul_for_the_voice_too),
	SUITE_CASE(a_third_voice_waits_for_the_twin_to_go),
	SUITE_CASE(a_stored_row_is_for_the_first_voice),
};
SUITE_MAIN("topo_claim", cases)
