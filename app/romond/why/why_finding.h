// SPDX-License-Identifier: BSD-3-Clause
// A finding of `why`: a cause of why_causes.h, what it is about, and what is known of it, each fact with its
// type. Sentences are made of it by why_sentence() where it is shown. Control thread, under app_lock(), which
// must be held as long as the finding is used: texts are not copied.
#pragma once

#include "base_text.h"
#include "snap.h"
#include "why_causes.h"
#include "why_facts.h"

struct app;

enum why_level { WHY_LEVEL_INVALID, WHY_OK, WHY_WARNING, WHY_ERROR };

#define WHY_ENUM_CAUSE(id, name, about, level, cause, mend) WHY_##id,
enum why_cause { WHY_CAUSE_INVALID, WHY_CAUSES(WHY_ENUM_CAUSE) WHY_N_CAUSES };

#define WHY_ENUM_FACT(id, name, type) WHY_FACT_##id,
enum why_fact_name { WHY_FACT_INVALID, WHY_FACTS(WHY_ENUM_FACT) WHY_N_FACTS };

struct why_fact {
	enum why_fact_name name;
	union {
		uint64_t n;
		const char *text;
	} is;
};

#define WHY_FACTS_MAX    8   // of one finding
#define WHY_FINDINGS_MAX 256 // of one list; what is likely stands first, and nobody reads on for so long
#define WHY_NO_PORT      SNAP_PORTS_MAX

struct why_finding {
	enum why_cause cause;
	enum why_cause inner; // of WHY_MAY_BE_BEHIND: the cause at the port, whose facts these are
	uint32_t slot;        // of the port that it is about, or where a node was heard; WHY_NO_PORT = none
	const char *reason;   // why frames were dropped or refused; NULL = it is not about frames
	uint64_t count;       // of these frames
	uint64_t age_ms;      // since the last of them
	uint32_t n_facts;
	struct why_fact facts[WHY_FACTS_MAX];
};

struct why_list {
	uint32_t n;
	struct why_finding rows[WHY_FINDINGS_MAX];
};

const char *why_cause_name(enum why_cause cause); // "port-disabled"
enum why_level why_cause_level(enum why_cause cause);
const char *why_level_name(enum why_level level); // "ok", "warning", "error"

void why_finding_init(struct why_finding *f, enum why_cause cause, uint32_t slot);
void why_fact_add(struct why_finding *f, enum why_fact_name name, uint64_t n);
void why_fact_add_text(struct why_finding *f, enum why_fact_name name, const char *text);

// Append a copy; what is beyond WHY_FINDINGS_MAX is left out. list NULL = nobody wants it.
void why_list_add(struct why_list *list, const struct why_finding *f);

bool why_list_has(const struct why_list *list, enum why_level level);

// What is wrong, of a cause whose sentence has no facts.
const char *why_sentence_plain(enum why_cause cause);

// The two sentences of a finding.
void why_sentence_cause(const struct app *app, const struct why_finding *f, struct base_text *out);
void why_sentence_mend(const struct app *app, const struct why_finding *f, struct base_text *out);
