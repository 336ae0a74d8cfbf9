// SPDX-License-Identifier: BSD-3-Clause
// A topology under any sequence of calls: answers, frames, time, pace, lost ports, stored and reported rows,
// bounds. After each call all lists and counts agree and every path is the least one; what is read back makes
// sense.
//
// An input is read as operations: a byte (low half: which, high half: a small number), then that operation's
// bytes.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz_input.h"
#include "topo_bed.h"
#include "topo_check.h"
#include "topo_frame.h"

#define NODES_MAX 12
#define N_CHECKED 4096 // operations after which the look inside is left to the end of the input

static struct topo *topo;
static uint64_t now_ms;

static void fail(const char *why)
{
	fprintf(stderr, "fuzz_topo: %s\n", why);
	abort();
}

// Ids of a small world: ours, a few nodes, one that cannot be.
static uint64_t id_of(uint8_t b)
{
	return b == 255 ? 1 : topo_bed_id(b % 20);
}

static void learn(struct input *in, uint8_t small)
{
	static const struct wire_version versions[2] = {{7, 13, 'f', 0}, {7, 14, 'b', 255}};
	struct topo_answer a = {
		.parent_id = id_of(take(in)), .node_id = id_of(take(in)), .n_hops = small & 1};
	uint8_t links = take(in);
	uint8_t cost = take(in);
	const char *why = NULL;

	if (a.parent_id == TOPO_BED_US)
		a.n_hops = 0;
	a.parent_out =
		(struct topo_link_end){.link_id = links & 3, .l2mtu = (uint16_t)(links * 7), .cost = cost};
	a.node_in = (struct topo_link_end){
		.link_id = links >> 6, .l2mtu = 1500, .cost = cost == 255 ? UINT16_MAX : 0, .mac = a.node_id};
	a.port = links >> 4 & 3;
	a.from_mac = links >> 2 & 3;
	if ((small & 2) != 0 && in->left >= 40) {
		a.identity = (const char *)in->next;
		a.identity_len = take(in) % 40;
		a.board = (const char *)in->next;
		a.board_len = take(in) % 20;
		a.version = &versions[small >> 2 & 1];
	}
	if ((small & 8) != 0 && in->left >= 4) {
		a.master = (const char *)in->next;
		a.master_len = 4;
	}
	int err = topo_learn(topo, &a, now_ms, now_ms * 1000, &why);
	if (err != 0 && err != -EINVAL && err != -ENOSPC)
		fail("learning failed in a way that is not named");
	if (err == -EINVAL && why == NULL)
		fail("an answer was refused without a sentence");
}

static void frame_learn(struct input *in)
{
	uint32_t len = take(in);
	uint8_t romon[256];
	struct wire_frame f;
	struct topo_answer a;

	for (uint32_t i = 0; i < len; i++)
		romon[i] = take(in);
	if (wire_frame_parse(romon, len, &f) != WIRE_OK)
		return;
	if (topo_answer_parse(romon, &f, TOPO_BED_US, &a) == 0)
		(void)!topo_learn(topo, &a, now_ms, 0, NULL);
	struct topo_self self = {.answer_swaps = (len & 1) != 0, .master = "m", .master_len = 1};
	struct topo_port port = {.link_id = 1};
	uint8_t answer[300];
	int answer_len = topo_resp_build(answer, sizeof(answer), &self, &port, &port.mac, romon, &f);
	if (answer_len > 0 &&
		wire_frame_parse(answer + WIRE_ETH_LEN, (uint32_t)answer_len - WIRE_ETH_LEN, &f) == WIRE_RUNT)
		fail("an answer of ours is a runt");
}

static void pace_set(struct input *in, uint8_t small)
{
	static const uint32_t intervals[] = {0, 100, 1000, 30000};
	struct topo_pace pace = {.interval_ms = intervals[small & 3],
		.late_after = take(in) % 4,
		.down_after = take(in) % 8,
		.report_interval_ms = intervals[small >> 2]};

	topo_pace_set(topo, &pace, now_ms);
}

static struct topo_saved saved_of(struct input *in, uint8_t small)
{
	struct topo_saved s = {.id = id_of(take(in)),
		.identity = "stored",
		.board = (small & 4) != 0 ? "board" : NULL,
		.status = (enum topo_status)(small & 3),
		.cost = take(in),
		.path_n = take(in) % 4,
		.last_seen_us = small};

	for (uint32_t i = 0; i < s.path_n; i++)
		s.path[i] = id_of(take(in));
	s.via_master = (small & 8) != 0 ? id_of(take(in)) : 0;
	return s;
}

static void row_put(struct input *in, uint8_t small, bool is_report)
{
	struct topo_saved s = saved_of(in, small);
	int err = is_report ? topo_report(topo, id_of(take(in)), &s, now_ms, now_ms)
			    : topo_restore(topo, &s, now_ms);

	if (err != 0 && err != -EINVAL && err != -EEXIST && err != -ENOSPC)
		fail("a row was refused in a way that is not named");
}

static void row_read(uint32_t row)
{
	struct topo_node n;
	struct topo_saved s;
	struct topo_hop hops[TOPO_PATH_MAX];
	uint64_t ids[TOPO_PATH_MAX];

	if (!topo_node_at(topo, row, &n))
		return;
	int n_hops = topo_path_hops(topo, row, hops, TOPO_PATH_MAX);
	uint32_t n_ids = topo_path_ids(topo, row, ids, TOPO_PATH_MAX);
	if (topo_find(topo, n.id) != row || !topo_saved_at(topo, row, &s) || s.path_n != n_ids)
		fail("a row is not what it says");
	if (n_ids > 0 && ids[n_ids - 1] != n.id)
		fail("a path ends elsewhere");
	if (n.has_path &&
		(n_hops != n.hops || n_ids != n.hops || (n_ids > 1 && ids[n_ids - 2] != n.parent_id)))
		fail("a path and its hop list differ");
	if (n.status == TOPO_STATUS_INVALID || strlen(n.identity) > TOPO_TEXT_LEN_MAX)
		fail("a row has no status, or too much text");
}

static void all_read(void)
{
	struct topo_event e;
	struct topo_link link;
	uint32_t row;

	for (uint32_t i = 0; i < topo_rows_end(topo) + 1; i++)
		row_read(i);
	for (uint32_t i = 0; i < topo_links_end(topo) + 1; i++) {
		if (topo_link_at(topo, i, &link) && link.from == link.to)
			fail("a link joins a node with itself");
	}
	while (topo_event_next(topo, &e)) {
		if (e.type == TOPO_EVENT_INVALID || strnlen(e.text, sizeof(e.text)) == sizeof(e.text))
			fail("an event says nothing, or has no end");
	}
	while (topo_dirty_next(topo, &row)) {
		struct topo_saved s;

		if (!topo_saved_at(topo, row, &s))
			fail("a dirty row is empty");
	}
}

static void operation(struct input *in)
{
	uint8_t op = take(in);
	uint8_t small = op >> 4;

	switch (op & 15) {
	case 8:
		now_ms += take(in) * (small + 1u) * 10u;
		topo_tick(topo, now_ms);
		break;
	case 9:
		pace_set(in, small);
		break;
	case 10:
		topo_port_lost(topo, small & 3, now_ms);
		break;
	case 11:
		row_put(in, small, false);
		break;
	case 12:
		row_put(in, small, true);
		break;
	case 13:
		if (small == 0)
			(void)!topo_forget(topo, id_of(take(in)));
		else if (small < 11)
			topo_path_failed(topo, id_of(take(in)), now_ms - small * 100u, now_ms);
		else
			topo_path_worked(topo, id_of(take(in)), now_ms);
		break;
	case 14:
		topo_max_set(topo, small);
		break;
	case 15:
		if (small < 8)
			frame_learn(in);
		else
			all_read();
		break;
	default:
		learn(in, small);
		break;
	}
}

static void look_inside(void)
{
	const char *fault = topo_check(topo);

	if (fault != NULL)
		fail(fault);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct topo_pace pace = {.interval_ms = 1000, .late_after = 2, .down_after = 4};
	struct input in = {data, size};

	now_ms = 1000;
	topo = topo_bed_create(NODES_MAX);
	if (topo == NULL)
		fail("no memory");
	topo_pace_set(topo, &pace, now_ms);
	for (uint32_t n = 0; in.left > 0; n++) {
		operation(&in);
		if (n < N_CHECKED)
			look_inside();
	}
	all_read();
	look_inside();
	topo_destroy(topo);
	return 0;
}
