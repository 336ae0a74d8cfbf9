// SPDX-License-Identifier: BSD-3-Clause
// Findings as data. Control thread.
#include <assert.h>

#include "why_finding.h"

#define LEVEL_OK      WHY_OK
#define LEVEL_WARNING WHY_WARNING
#define LEVEL_ERROR   WHY_ERROR

static const struct {
	const char *name;
	enum why_level level;
} causes[WHY_N_CAUSES] = {
#define CAUSE(id, name, about, level, cause, mend) [WHY_##id] = {name, LEVEL_##level},
	WHY_CAUSES(CAUSE)};

const char *why_cause_name(enum why_cause cause)
{
	return causes[cause].name;
}

enum why_level why_cause_level(enum why_cause cause)
{
	return causes[cause].level;
}

const char *why_level_name(enum why_level level)
{
	switch (level) {
	case WHY_OK:
		return "ok";
	case WHY_WARNING:
		return "warning";
	case WHY_ERROR:
		return "error";
	case WHY_LEVEL_INVALID:
		break;
	}
	return "invalid";
}

void why_finding_init(struct why_finding *f, enum why_cause cause, uint32_t slot)
{
	*f = (struct why_finding){.cause = cause, .slot = slot};
}

static struct why_fact *fact_new(struct why_finding *f, enum why_fact_name name)
{
	assert(f->n_facts < WHY_FACTS_MAX);
	f->facts[f->n_facts].name = name;
	return &f->facts[f->n_facts++];
}

void why_fact_add(struct why_finding *f, enum why_fact_name name, uint64_t n)
{
	fact_new(f, name)->is.n = n;
}

void why_fact_add_text(struct why_finding *f, enum why_fact_name name, const char *text)
{
	fact_new(f, name)->is.text = text;
}

void why_list_add(struct why_list *list, const struct why_finding *f)
{
	if (list != NULL && list->n < WHY_FINDINGS_MAX)
		list->rows[list->n++] = *f;
}

bool why_list_has(const struct why_list *list, enum why_level level)
{
	for (uint32_t i = 0; i < list->n; i++) {
		if (why_cause_level(list->rows[i].cause) == level)
			return true;
	}
	return false;
}
