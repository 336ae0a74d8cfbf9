// SPDX-License-Identifier: BSD-3-Clause
// TARGET: which node a text names (target.h). Under app_lock().
#include "target.h"

#include <string.h>
#include <strings.h>

#include "api_server.h"
#include "base_glob.h"
#include "base_suggest.h"
#include "base_text.h"
#include "discovery.h"
#include "topo.h"

#define TOLD_MAX    8 // nodes that an error lists
#define SIMILAR_MAX 3
#define LIKE_MAX    4096 // rows that a name is compared with
#define DIGITS_MIN  4    // of the beginning of an id: less is rather that of a name
#define ID_DIGITS   (2 * BASE_MAC_LEN)
#define MORE_SIZE   24 // "and 4294967295 more"

// How well a name fits, the best first.
enum rank { RANK_WHOLE, RANK_ANY_CASE, RANK_PART, N_RANKS };

struct fit {
	uint32_t n;
	uint64_t ids[TOLD_MAX]; // the first of them
};

struct wanted {
	const char *text;
	size_t len;
	bool is_pattern;
	unsigned n_digits; // of an id, or its beginning
	struct base_mac mac;
};

static struct wanted wanted_of(const char *text)
{
	struct wanted w = {.text = text, .len = strlen(text), .is_pattern = strpbrk(text, "*?") != NULL};

	w.n_digits = base_mac_digits(text, &w.mac);
	return w;
}

static bool id_begins(const struct wanted *w, const struct base_mac *id)
{
	unsigned n = w->n_digits / 2;

	return w->n_digits >= DIGITS_MIN && memcmp(id->b, w->mac.b, n) == 0 &&
	       (w->n_digits % 2 == 0 || id->b[n] >> 4 == w->mac.b[n] >> 4);
}

// N_RANKS: not at all.
static enum rank rank_of(const struct wanted *w, const struct topo_node *n)
{
	struct base_mac id = base_mac_from_u64(n->id);
	char address[BASE_MAC_TEXT_LEN];

	if (w->len == 0)
		return N_RANKS;
	if (strcmp(n->identity, w->text) == 0)
		return RANK_WHOLE;
	if (strcasecmp(n->identity, w->text) == 0)
		return RANK_ANY_CASE;
	if (w->is_pattern)
		return base_glob_match(w->text, n->identity) ||
				       base_glob_match(w->text, base_mac_format(&id, address))
			       ? RANK_PART
			       : N_RANKS;
	return strncasecmp(n->identity, w->text, w->len) == 0 || id_begins(w, &id) ? RANK_PART : N_RANKS;
}

static void fits_find(const struct app *app, const struct wanted *w, struct fit fits[N_RANKS])
{
	const struct topo *t = discovery_topo(app);

	for (uint32_t row = 0; row < topo_rows_end(t); row++) {
		struct topo_node node;

		enum rank rank = topo_node_at(t, row, &node) ? rank_of(w, &node) : N_RANKS;
		if (rank == N_RANKS)
			continue;
		struct fit *f = &fits[rank];
		if (f->n < TOLD_MAX)
			f->ids[f->n] = node.id;
		f->n++;
	}
}

// "DuneGW (02:00:00:00:00:05)"
static void node_tell(const struct app *app, uint64_t id, struct base_text *t)
{
	const struct topo *topo = discovery_topo(app);
	struct base_mac mac = base_mac_from_u64(id);
	char escaped[4 * TOPO_TEXT_LEN_MAX + 1];
	char address[BASE_MAC_TEXT_LEN];
	struct topo_node node = {0};

	int64_t row = topo_find(topo, id);
	if (row >= 0 && topo_node_at(topo, (uint32_t)row, &node)) {
		base_text_escape(escaped, sizeof(escaped), node.identity, strlen(node.identity));
		base_text_add(t, "%s ", escaped);
	}
	base_text_add(t, "(%s)", base_mac_format(&mac, address));
}

static int ambiguous_fail(
	const struct app *app, const char *text, const struct fit *f, bool has_self, struct api_error *err)
{
	char list[256]; // a message has room for so much
	struct base_text t;
	uint32_t n_told = 0;

	base_text_init(&t, list, sizeof(list) - MORE_SIZE);
	if (has_self)
		base_text_add(&t, "this node itself");
	for (; n_told < f->n && n_told < TOLD_MAX; n_told++) {
		struct base_text before = t;

		base_text_add(&t, "%s", n_told > 0 || has_self ? ", " : "");
		node_tell(app, f->ids[n_told], &t);
		if (!t.is_cut)
			continue;
		t = before;
		list[t.len] = '\0';
		break;
	}
	t.size = sizeof(list);
	if (n_told < f->n)
		base_text_add(&t, " and %u more", f->n - n_told);
	api_fail(err, API_ERROR_BAD_ARGUMENT,
		"%s names %u nodes: %s; name one by its id, or more of its name", text, f->n + has_self,
		list);
	return -EINVAL;
}

// Those that fit w best, worst at least; none: a fit of nobody.
static const struct fit *named_find(
	const struct app *app, const struct wanted *w, struct fit fits[N_RANKS], enum rank worst)
{
	memset(fits, 0, N_RANKS * sizeof(*fits));
	fits_find(app, w, fits);
	enum rank rank = RANK_WHOLE;
	while (rank < worst && fits[rank].n == 0)
		rank++;
	return &fits[rank];
}

int target_read(const struct app *app, const char *text, struct target *out, struct api_error *err)
{
	struct wanted w = wanted_of(text);
	struct fit fits[N_RANKS];

	base_text_copy(out->name, sizeof(out->name), text);
	out->id = w.n_digits == ID_DIGITS ? base_mac_u64(&w.mac) : 0;
	if (out->id != 0)
		return 0; // whatever others call themselves
	const struct fit *best = named_find(app, &w, fits, RANK_PART);
	bool is_own_name = app->own_id != 0 && w.len > 0 && strcasecmp(text, app->conf->romon.identity) == 0;
	bool is_name = best != &fits[RANK_PART]; // not just a part of one
	if (is_own_name && !(is_name && best->n > 0)) {
		out->id = app->own_id;
		return 0;
	}
	if (best->n + is_own_name > 1)
		return ambiguous_fail(app, text, best, is_own_name, err);
	if (best->n == 1)
		out->id = best->ids[0];
	return 0;
}

int target_read_other(const struct app *app, const char *text, struct target *out, struct api_error *err)
{
	if (target_read(app, text, out, err) != 0)
		return -EINVAL;
	if (out->id == 0 || out->id != app->own_id)
		return 0;
	api_fail(err, API_ERROR_BAD_ARGUMENT, "%s is this node itself", text);
	return -EINVAL;
}

uint64_t target_sought(const struct app *app, const char *name, bool is_last)
{
	struct wanted w = wanted_of(name);
	struct fit fits[N_RANKS];

	if (w.n_digits == ID_DIGITS && base_mac_u64(&w.mac) != 0)
		return base_mac_u64(&w.mac);
	const struct fit *best = named_find(app, &w, fits, is_last ? RANK_PART : RANK_ANY_CASE);
	return best->n == 1 ? best->ids[0] : 0;
}

int target_read_filter(const struct app *app, const char *text, uint64_t *id, struct api_error *err)
{
	struct target target;

	*id = 0;
	if (text == NULL)
		return 0;
	if (target_read(app, text, &target, err) != 0)
		return -EINVAL;
	*id = target.id;
	if (*id != 0)
		return 0;
	api_fail(err, API_ERROR_NOT_FOUND, "id: no node %s is known; by its RoMON id it need not be", text);
	return -ENOENT;
}

// The identity nearest to name that is not among the n of told; NULL = none is near.
static const char *similar_next(
	const struct app *app, const char *name, const char *const *told, uint32_t n_told)
{
	const struct topo *t = discovery_topo(app);
	const char *best = NULL;

	for (uint32_t row = 0; row < topo_rows_end(t) && row < LIKE_MAX; row++) {
		const char *words[2] = {best, NULL};
		struct topo_node node;

		if (!topo_node_at(t, row, &node) || node.identity[0] == '\0')
			continue;
		bool is_told = false;
		for (uint32_t i = 0; i < n_told; i++)
			is_told |= strcmp(told[i], node.identity) == 0;
		words[1] = is_told ? NULL : node.identity;
		best = base_suggest(name, words, BASE_ARRAY_LEN(words));
	}
	return best;
}

bool target_similar(const struct app *app, const char *name, char *out, size_t size)
{
	const char *told[SIMILAR_MAX];
	struct base_text t;
	uint32_t n = 0;

	base_text_init(&t, out, size);
	for (; n < SIMILAR_MAX; n++) {
		char escaped[4 * TOPO_TEXT_LEN_MAX + 1];

		told[n] = similar_next(app, name, told, n);
		if (told[n] == NULL)
			break;
		base_text_escape(escaped, sizeof(escaped), told[n], strlen(told[n]));
		base_text_add(&t, "%s%s", n > 0 ? " or " : "", escaped);
	}
	return n > 0;
}
