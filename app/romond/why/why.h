// SPDX-License-Identifier: BSD-3-Clause
// What is wrong, as findings: a likely cause, and the command or key that mends it. Findings stand in order
// of likelihood; what was wrong once, and is not now, stands apart. Control thread, under app_lock().
#pragma once

#include "slots.h"
#include "topo.h"
#include "why_finding.h"
#include "wire_parse.h"

#define WHY_BRIEF_MS 10000 // what follows a start, or a change of links, is over by then

// A port that is asked about.
struct why_port {
	const struct app *app;
	uint32_t s;
	const struct app_slot *slot;
	const struct conf_port *conf;
	const struct app_dev *dev; // NULL = disabled
	enum port_state state;
	const struct app_totals *totals;
	uint64_t now_ms;
	bool is_relay;
};

// totals must be those of the last trend_look(), and stay as long as out.
void why_port_init(struct why_port *out, const struct app *app, uint32_t s, const struct app_totals *totals);

// All findings of a port: at least one in findings; those of the past in earlier (NULL = not wanted).
void why_port_findings(const struct why_port *p, struct why_list *findings, struct why_list *earlier);

// A finding of what was counted and grew last at at_ms: of now, or of the past. f has its cause and facts.
void why_grown_add(const struct why_port *p, struct why_finding *f, const char *reason, uint64_t count,
	uint64_t at_ms, struct why_list *findings, struct why_list *earlier);

// The findings that follow from what control refused.
void why_refused_findings(const struct why_port *p, struct why_list *findings, struct why_list *earlier);

// The findings that follow from dropped frames, most likely first.
void why_cause_findings(const struct why_port *p, struct why_list *findings, struct why_list *earlier);

// What a frame that was dropped for this reason means, in a few words; NULL for what is normal.
const char *why_cause_text(enum dp_reason reason);

// Is what such frames came of over, though they were dropped a moment ago?
bool why_cause_is_over(const struct why_port *p, enum dp_reason reason);

// The header of the RoMON frame that was kept, and where it stands; NULL = none is whole.
const struct wire_hdr *why_bad_header(const struct app_bad_frame *bad, struct wire_l2 *l2);

// The first filter that refuses an id (0 = any) or a service (0 = none) on a port (NULL = on any): its index
// in the configuration, or -ENOENT.
int why_filter_find(const struct conf *conf, const char *port, uint64_t id, uint16_t service);

// The facts of a filter: its index, and the port that it is of.
void why_filter_add(struct why_finding *f, const struct conf *conf, int filter);

// A neighbor whose id or MAC is asked for: people take one for the other.
struct why_heard {
	uint32_t slot;
	uint64_t mac;
	uint64_t id;       // 0 = it has not told
	uint64_t first_ms; // since when, monotonic
	uint32_t age_ms;   // since its last frame
	// where the search goes on
	uint32_t worker;
	uint32_t row;
};

// The next one; begin with *h = {0}. False: there is none.
bool why_heard_next(const struct app *app, uint64_t id, struct why_heard *h);

// What is known of a node, and what is wrong with it.
struct why_node {
	const struct app *app;
	uint64_t id;
	uint64_t now_ms;
	uint32_t size; // bytes of a ping that is to fit; 0 = none
	int64_t row;   // of the inventory, or negative
	struct topo_node node;
	uint32_t n_path;
	uint64_t path[TOPO_PATH_MAX];
	uint64_t stops_at;      // first node of the path that does not answer; 0 = none
	uint64_t last_good;     // the one before it; 0 = this node itself
	bool is_heard;          // by its id
	uint32_t n_heard;       // neighbors with this id, or this MAC
	struct why_heard heard; // the first of these
	uint32_t last_slot;     // where the last of them is heard, and since when
	uint64_t last_first_ms;
	uint32_t size_max; // the longest ping that fits the path, 0 = not known, or none
	struct why_list findings;
};

void why_stream_find(struct why_node *w); // how the newest stream to it ended, if that is to be told

void why_node_look(struct why_node *out, const struct app *app, uint64_t id, uint32_t size);
