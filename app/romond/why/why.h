// SPDX-License-Identifier: BSD-3-Clause
// What is wrong, as findings: a likely cause, and the command or key that mends it. Findings stand in order
// of likelihood; what was wrong once, and is not now, stands apart. Control thread, under app_lock().
#pragma once

#include "app.h"
#include "base_text.h"
#include "schema_why.h"

#define WHY_CAUSE_LEN 640
#define WHY_MEND_LEN  960
#define WHY_BRIEF_MS  10000 // what follows a start, or a change of links, is over by then

// A sentence and its remedy under construction; both bounded.
struct why_text {
	struct base_text cause;
	struct base_text mend;
	char cause_buf[WHY_CAUSE_LEN];
	char mend_buf[WHY_MEND_LEN];
};

void why_text_init(struct why_text *t);

// Add to mend how a key of the configuration file is set: its name, its value, the file, the reload.
void why_text_set(const struct app *app, struct base_text *mend, const char *key, const char *fmt, ...)
	BASE_PRINTF(4, 5);

// The end of such a sentence: the file, and the reload.
void why_text_file(const struct app *app, struct base_text *mend);

// 48-bit addresses, ages and channels for people.
struct why_word {
	char text[32];
};

struct why_word why_mac(uint64_t mac);
struct why_word why_age(uint64_t ms);
struct why_word why_channel(uint8_t channel);

// The finding as an object, appended to list. reason NULL: none of a dropped frame; age_ms 0 with it.
struct why_fact {
	const char *level; // "ok", "warning", "error"
	const char *reason;
	uint64_t count;
	uint64_t age_ms;
};

void why_finding_add(json_t *list, const struct why_text *t, const struct why_fact *fact);

// A port that is asked about.
struct why_port {
	const struct app *app;
	uint32_t s;
	const struct app_slot *slot;
	const struct conf_port *conf;
	const struct app_dev *dev; // NULL = disabled
	const char *state;
	const struct app_totals *totals;
	uint64_t now_ms;
	char key[2 * CONF_NAME_LEN_MAX + 32]; // of the port in the configuration: "ports.ether1"
	bool is_relay;
};

// totals must be those of the last trend_look(), and stay as long as out.
void why_port_init(struct why_port *out, const struct app *app, uint32_t s, const struct app_totals *totals);

// All findings of a port: at least one in findings; those of the past in earlier.
void why_port_findings(const struct why_port *p, json_t *findings, json_t *earlier);

// A finding of what was counted and grew last at at_ms: of now, or of the past (earlier NULL = not wanted).
void why_grown_add(const struct why_port *p, const struct why_text *t, const char *level, const char *reason,
	uint64_t count, uint64_t at_ms, json_t *findings, json_t *earlier);

// The findings that follow from what control refused.
void why_refused_findings(const struct why_port *p, json_t *findings, json_t *earlier);

// The findings that follow from dropped frames, most likely first. earlier NULL = not wanted.
void why_cause_findings(const struct why_port *p, json_t *findings, json_t *earlier);

// What a frame that was dropped for this reason means, in a few words; NULL for what is normal.
const char *why_cause_text(enum dp_reason reason);

// Is what such frames came of over, though they were dropped a moment ago?
bool why_cause_is_over(const struct why_port *p, enum dp_reason reason);

// The first filter that refuses an id (0 = any) or a service (0 = none) on a port (NULL = on any): its index
// in the configuration, or -ENOENT.
int why_filter_find(const struct conf *conf, const char *port, uint64_t id, uint16_t service);

// The answer for a RoMON id. size: bytes of a ping that is to fit; 0 = none. Its
// member node is left to the caller.
struct schema_why_node *why_node_make(
	struct app *app, uint64_t id, const char *name, uint32_t size, struct schema_mem *mem);
