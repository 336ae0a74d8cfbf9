// SPDX-License-Identifier: BSD-3-Clause
// romon-gw --reference. One thread.
#include "gw_reference.h"
#include "gw_conf.h"
#include "gw_tree.h"

static void keys_print(FILE *out)
{
	fputs("### Keys of romon-gw.yaml\n\n| key | default | meaning |\n|---|---|---|\n", out);
	for (const struct gw_conf_key *k = gw_conf_keys; k->name != NULL; k++)
		fprintf(out, "| `%s%s%s` | `%s` | %s |\n", k->section, k->section[0] == '\0' ? "" : ".",
			k->name, k->fallback, k->help);
}

static void menu_print(FILE *out, const struct gw_menu *menu)
{
	fprintf(out, "\n### Menu `%s`\n\n%c%s.", menu->path, menu->help[0] & ~0x20, menu->help + 1);
	for (int i = 0; i < GW_ALIASES_MAX && menu->aliases[i] != NULL; i++)
		fprintf(out, "%s`%s`", i == 0 ? " Also " : ", ", menu->aliases[i]);
	fprintf(out, "%s\n\n| property | meaning |\n|---|---|\n", menu->aliases[0] == NULL ? "" : ".");
	for (const struct gw_prop *p = menu->props; p->name != NULL; p++) {
		if (p->kind == GW_KIND_SAID)
			fprintf(out, "| `%s` | always `%s` |\n", p->name, p->from);
		else
			fprintf(out, "| `%s` | %s |\n", p->name, p->help);
	}
}

void gw_reference_print(FILE *out)
{
	keys_print(out);
	for (const struct gw_menu *m = gw_menus; m->path != NULL; m++)
		menu_print(out, m);
}
