// SPDX-License-Identifier: BSD-3-Clause
// By which secret neighbors sign. A neighbor stands in the table of all neighbors; one that ever signed
// rightly has a row of notes beside it, in a smaller table of the same worker. Under app_lock().
#include <stdlib.h>
#include <string.h>

#include "signers.h"
#include "slots.h"

struct note {
	uint64_t key;
	struct dp_signer_note is;
};

struct signers {
	const struct app *app;
	size_t n;
	struct note notes[]; // by key
};

static bool lists_are_equal(const struct conf_secrets *a, const struct conf_secrets *b)
{
	bool is_equal = a->n == b->n;

	for (uint32_t i = 0; is_equal && i < a->n; i++)
		is_equal = strcmp(a->text[i], b->text[i]) == 0;
	return is_equal;
}

static bool is_changed(const struct conf *before, const struct conf *now, const struct conf_port *port)
{
	int i = conf_port_find(before, port->name);

	return i < 0 ||
	       !lists_are_equal(conf_port_secrets(before, &before->ports[i]), conf_port_secrets(now, port)) ||
	       !auth_scheme_equal(&before->romon.auth_scheme, &now->romon.auth_scheme);
}

void signers_epochs_renew(struct app *app, const struct conf *conf)
{
	for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++) {
		struct app_slot *slot = &app->slots[s];

		if (slot->is_used &&
			(app->conf == NULL || is_changed(app->conf, conf, &conf->ports[slot->conf_idx])))
			slot->secrets_epoch++;
	}
}

static int note_order(const void *a, const void *b)
{
	uint64_t x = ((const struct note *)a)->key;
	uint64_t y = ((const struct note *)b)->key;

	return x < y ? -1 : x > y;
}

struct signers *signers_read(const struct app *app)
{
	size_t n_max = 0;

	for (uint32_t w = 0; w < app->n_workers; w++)
		n_max += nbr_table_rows_end(dp_worker_signers(app->workers[w]));
	struct signers *s = calloc(1, sizeof(*s) + n_max * sizeof(s->notes[0]));
	if (s == NULL)
		return NULL;
	s->app = app;
	for (uint32_t w = 0; w < app->n_workers; w++) {
		const struct nbr_table *t = dp_worker_signers(app->workers[w]);

		for (uint32_t i = 0; i < nbr_table_rows_end(t) && s->n < n_max; i++) {
			struct nbr_row row;

			if (nbr_table_row(t, i, &row))
				s->notes[s->n++] =
					(struct note){.key = row.key, .is = dp_signer_note_of(&row)};
		}
	}
	qsort(s->notes, s->n, sizeof(s->notes[0]), note_order);
	return s;
}

void signers_free(struct signers *s)
{
	free(s);
}

int signers_entry(const struct signers *s, const struct nbr_row *row)
{
	const struct app_slot *slot = &s->app->slots[row->port];
	const struct note wanted = {.key = row->key};
	const struct note *note =
		s->n == 0 ? NULL : bsearch(&wanted, s->notes, s->n, sizeof(s->notes[0]), note_order);

	if (note == NULL) // it never signed, or so long ago that its row had to go
		return conf_secrets_take_unsigned(conf_port_secrets(s->app->conf, slots_conf(s->app, slot)))
			       ? SIGNERS_UNSIGNED
			       : SIGNERS_UNKNOWN;
	if (note->is.epoch != slot->secrets_epoch)
		return SIGNERS_UNKNOWN;
	return note->is.is_signed ? note->is.entry : SIGNERS_UNSIGNED;
}

void signers_count(const struct signers *s, struct signers_count counts[SNAP_PORTS_MAX])
{
	memset(counts, 0, SNAP_PORTS_MAX * sizeof(counts[0]));
	for (uint32_t w = 0; w < s->app->n_workers; w++) {
		const struct nbr_table *t = dp_worker_neighbors(s->app->workers[w]);

		for (uint32_t i = 0; i < nbr_table_rows_end(t); i++) {
			struct nbr_row row;

			if (!nbr_table_row(t, i, &row) || !slots_row_is_current(s->app, &row, false))
				continue;
			int entry = signers_entry(s, &row);
			counts[row.port].n++;
			if (entry == SIGNERS_UNKNOWN)
				counts[row.port].n_unknown++;
			else
				counts[row.port].n_entry[entry]++;
		}
	}
}
