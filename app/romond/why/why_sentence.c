// SPDX-License-Identifier: BSD-3-Clause
// Sentences from findings: the templates of why_causes.h filled with facts. Control thread, under app_lock().
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "discovery.h"
#include "slots.h"
#include "topo.h"
#include "why_finding.h"
#include "why_words.h"

static const struct {
	const char *cause;
	const char *mend;
} templates[WHY_N_CAUSES] = {
#define TEMPLATE(id, name, about, level, cause, mend) [WHY_##id] = {cause, mend},
	WHY_CAUSES(TEMPLATE)};

enum type { GIVEN, MAC, AGE, CHANNEL, NUMBER, FLAG, STATUS, PORT, PORTS, FILTER, IDENTITY, TEXT, FOREIGN };

static const struct {
	const char *name;
	enum type type;
} facts[WHY_N_FACTS] = {
#define FACT(id, name, type) [WHY_FACT_##id] = {name, type},
	WHY_FACTS(FACT)};

struct sentence {
	const struct app *app;
	const struct why_finding *f;
	struct base_text *out;
};

static enum why_fact_name fact_named(const char *name, size_t len)
{
	for (enum why_fact_name i = WHY_FACT_INVALID + 1; i < WHY_N_FACTS; i++) {
		if (strlen(facts[i].name) == len && memcmp(facts[i].name, name, len) == 0)
			return i;
	}
	return WHY_FACT_INVALID;
}

static void foreign_write(struct base_text *out, const char *text)
{
	char escaped[4 * TOPO_TEXT_LEN_MAX + 1];

	base_text_escape(escaped, sizeof(escaped), text, strlen(text));
	base_text_add(out, "%s", escaped);
}

static bool identity_write(const struct sentence *s, uint64_t id)
{
	const struct topo *t = discovery_topo(s->app);
	int64_t row = topo_find(t, id);
	struct topo_node n;

	if (row < 0 || !topo_node_at(t, (uint32_t)row, &n) || n.identity[0] == '\0')
		return false;
	foreign_write(s->out, n.identity);
	return true;
}

static void ports_write(const struct sentence *s, uint64_t set)
{
	const char *before = "";

	for (uint32_t i = 0; i < SNAP_PORTS_MAX; i++) {
		if ((set >> i & 1) == 0)
			continue;
		base_text_add(s->out, "%s%s", before, s->app->slots[i].name);
		before = ", ";
	}
}

static bool sentence_write(const struct sentence *s, const char *from, const char *end);

static bool template_write(const struct sentence *s, const char *template)
{
	return sentence_write(s, template, template + strlen(template));
}

static bool given_write(const struct sentence *s, enum why_fact_name name)
{
	const struct app *app = s->app;
	const struct app_slot *slot = s->f->slot == WHY_NO_PORT ? NULL : &app->slots[s->f->slot];
	const struct conf_port *port = slot == NULL ? NULL : slots_conf(app, slot);

	if (name == WHY_FACT_RELOAD)
		base_text_add(s->out, " in %s, then `romonctl reload`",
			app->demo == NULL && app->config_path != NULL ? app->config_path
								      : "the configuration file");
	else if (name == WHY_FACT_CAUSE)
		return template_write(s, templates[s->f->inner].cause);
	else if (name == WHY_FACT_MEND)
		return template_write(s, templates[s->f->inner].mend);
	else if (slot == NULL)
		return false;
	else if (name == WHY_FACT_PORT)
		base_text_add(s->out, "%s", slot->name);
	else if (name == WHY_FACT_DEVICE)
		base_text_add(s->out, "%s", port->device);
	else if (port->mode != CONF_MODE_RELAY && name == WHY_FACT_KEY)
		base_text_add(s->out, "ports.%s", slot->name);
	else if (port->mode != CONF_MODE_RELAY)
		return false;
	else if (name == WHY_FACT_KEY)
		base_text_add(s->out, "relay-groups.%s.ports.%s", app->conf->groups[port->group_idx].name,
			slot->name);
	else
		base_text_add(s->out, "%s", app->conf->groups[port->group_idx].name);
	return true;
}

// False: it has no text.
static bool fact_write(const struct sentence *s, const struct why_fact *fact)
{
	uint64_t n = fact->is.n;

	switch (facts[fact->name].type) {
	case GIVEN:
	case FLAG:
		return false;
	case MAC:
		base_text_add(s->out, "%s", why_mac(n).text);
		return true;
	case AGE:
		base_text_add(s->out, "%s", why_age(n).text);
		return true;
	case CHANNEL:
		base_text_add(s->out, "%s", why_channel((uint8_t)n).text);
		return true;
	case NUMBER:
		base_text_add(s->out, "%" PRIu64, n);
		return true;
	case STATUS:
		base_text_add(s->out, "%s", topo_status_name((enum topo_status)n));
		return true;
	case PORT:
		base_text_add(s->out, "%s",
			n < SNAP_PORTS_MAX && s->app->slots[n].is_used ? s->app->slots[n].name : "(gone)");
		return true;
	case PORTS:
		ports_write(s, n);
		return true;
	case FILTER:
		base_text_add(s->out, "filters[%" PRIu64 "]", n);
		return true;
	case IDENTITY:
		return identity_write(s, n);
	case TEXT:
		base_text_add(s->out, "%s", fact->is.text);
		return true;
	case FOREIGN:
		foreign_write(s->out, fact->is.text);
		return true;
	}
	return false;
}

// ${name}, or ${?name}, which writes nothing. False: it is not known.
static bool name_write(const struct sentence *s, const char *name, size_t len)
{
	bool is_question = name[0] == '?';
	enum why_fact_name wanted = fact_named(name + is_question, len - is_question);

	if (facts[wanted].type == GIVEN)
		return given_write(s, wanted);
	for (uint32_t i = 0; i < s->f->n_facts; i++) {
		if (s->f->facts[i].name == wanted)
			return is_question || fact_write(s, &s->f->facts[i]);
	}
	return false;
}

// The first '|' or ']' from here that belongs to no part within.
static const char *part_end(const char *at, const char *end)
{
	int depth = 0;

	for (; at < end; at++) {
		if (at[0] == '$' && at + 1 < end && at[1] == '[')
			depth++;
		else if (depth == 0 && (*at == '|' || *at == ']'))
			break;
		else if (*at == ']')
			depth--;
	}
	return at;
}

// $[A|B|C]: the first part whose facts are all known, or nothing. at: behind the bracket. Where it ends.
static const char *parts_write(const struct sentence *s, const char *at, const char *end)
{
	bool is_written = false;

	while (at < end) {
		const char *to = part_end(at, end);
		size_t mark = s->out->len;

		if (!is_written && !(is_written = sentence_write(s, at, to))) {
			s->out->len = mark;
			s->out->buf[mark] = '\0';
		}
		at = to + 1;
		if (to < end && *to == ']')
			break;
	}
	return at;
}

// False: a fact is not known, and what is written ends before it.
static bool sentence_write(const struct sentence *s, const char *from, const char *end)
{
	const char *at = from;

	while (at < end) {
		const char *dollar = memchr(at, '$', (size_t)(end - at));
		const char *stop = dollar == NULL ? end : dollar;

		base_text_add(s->out, "%.*s", (int)(stop - at), at);
		if (dollar == NULL)
			return true;
		if (dollar[1] == '[') {
			at = parts_write(s, dollar + 2, end);
			continue;
		}
		const char *close = memchr(dollar, '}', (size_t)(end - dollar));
		if (close == NULL || !name_write(s, dollar + 2, (size_t)(close - dollar - 2)))
			return false;
		at = close + 1;
	}
	return true;
}

const char *why_sentence_plain(enum why_cause cause)
{
	return templates[cause].cause;
}

void why_sentence_cause(const struct app *app, const struct why_finding *f, struct base_text *out)
{
	const struct sentence s = {app, f, out};

	(void)template_write(&s, templates[f->cause].cause);
}

void why_sentence_mend(const struct app *app, const struct why_finding *f, struct base_text *out)
{
	const struct sentence s = {app, f, out};

	(void)template_write(&s, templates[f->cause].mend);
}
