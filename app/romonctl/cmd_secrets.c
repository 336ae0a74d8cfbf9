// SPDX-License-Identifier: BSD-3-Clause
// secrets plan: the stages of a change of secrets, where this node stands, and what each stage waits for.
// Main thread.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base_secmem.h"
#include "cmd_job.h"
#include "rotation.h"
#include "secrets_state.h"

#define LIST_SIZE 128

static const char *const waits_for_removal[] = {"",
	"every node of the network has stage 1: each of them accepts unsigned frames, all still sign",
	("every node has stage 2, and every neighbor sends unsigned: `romonctl secrets status` on each node"),
	"nothing: the old secret is of no use any more"};

static const char *const waits_for[] = {"",
	"every node of the network has stage 1: each of them accepts the new secret, none signs with it yet",
	("every node has stage 2, and every neighbor signs with the new secret: `romonctl secrets status` on each node"),
	"nothing: the old secret is of no use any more"};

// The list of a stage in words. What comes before and behind the new secret is what the list holds beside it;
// of a change that is done nobody knows any more what that was.
static json_t *stage_list(const struct secrets_state *s, unsigned stage)
{
	const char *new_secret = s->new_secret->text[0];
	struct conf_secrets *list = out_must(base_secmem_alloc(sizeof(*list)));
	const struct conf_secrets *now = &s->conf->romon.secrets;
	char others[LIST_SIZE] = "old";

	for (uint32_t i = 0; i < now->n; i++) {
		if (strcmp(now->text[i], new_secret) != 0)
			memcpy(list->text[list->n++], now->text[i], sizeof(now->text[i]));
	}
	if (s->stage < ROTATION_STAGES)
		rotation_describe(list, new_secret, others, sizeof(others));
	base_secmem_free(list);
	const char *word = s->is_removal ? "unsigned" : "new";
	return stage == 1 ? json_sprintf("%s, %s", others, word)
			  : json_sprintf("%s%s%s", word, stage == 2 ? ", " : "", stage == 2 ? others : "");
}

static json_t *names_of(json_t *rows)
{
	json_t *names = out_must(json_array());
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		json_array_append(names, json_object_get(row, "port"));
	return names;
}

static json_t *plan_json(const struct secrets_state *s, bool is_in_force)
{
	const char *const *texts = s->is_removal ? waits_for_removal : waits_for;
	const char *what = s->is_removal ? "--remove" : "--new-secret-file FILE";
	json_t *stages = out_must(json_array());

	for (unsigned stage = 1; stage <= ROTATION_STAGES; stage++)
		json_array_append_new(
			stages, json_pack("{s:i, s:o, s:b, s:s, s:o}", "stage", (int)stage, "list",
					stage_list(s, stage), "done", stage <= s->stage, "waits-for",
					texts[stage], "command",
					json_sprintf("romonctl secrets rotate %s --stage %u", what, stage)));
	return out_must(json_pack("{s:i, s:b, s:s, s:o, s:o, s:o, s:o}", "stage", (int)s->stage, "in-force",
		is_in_force, "secrets-file", s->secrets_path, "weakness",
		s->is_weak ? json_string(s->weakness) : json_null(), "ports", names_of(s->ports), "own-ports",
		names_of(s->own), "stages", stages));
}

static void names_print(struct out *o, const char *words, json_t *names)
{
	json_t *name;
	size_t i;

	if (json_array_size(names) == 0)
		return;
	out_print(o, "%s", words);
	json_array_foreach (names, i, name)
		out_print(o, "%s%s", i > 0 ? ", " : "", json_string_value(name));
	out_print(o, "\n");
}

static void plan_print(struct out *o, json_t *data)
{
	const char *weak = json_string_value(json_object_get(data, "weakness"));
	const char *path = json_string_value(json_object_get(data, "secrets-file"));
	json_t *stage;
	size_t i;

	out_print(o, "This node is at stage %" JSON_INTEGER_FORMAT " of %d%s.\n",
		json_integer_value(json_object_get(data, "stage")), ROTATION_STAGES,
		json_is_true(json_object_get(data, "in-force"))
			? ""
			: ", as its files say; something else is in force");
	names_print(o, "ports that take part: ", json_object_get(data, "ports"));
	names_print(o, "ports with secrets of their own, which do not: ", json_object_get(data, "own-ports"));
	if (weak != NULL)
		out_print(o, "The new secret %s.\n", weak);
	if (path[0] == '\0')
		out_print(o,
			"`secrets rotate` wants romon.secrets-file in the configuration; without it the lists below are for your hands.\n");
	out_print(o, "\nEach stage on every node, then the next one:\n");
	json_array_foreach (json_object_get(data, "stages"), i, stage) {
		out_print(o, "\n  %" JSON_INTEGER_FORMAT "  (%s)%s\n",
			json_integer_value(json_object_get(stage, "stage")),
			json_string_value(json_object_get(stage, "list")),
			json_is_true(json_object_get(stage, "done")) ? "  done" : "");
		out_print(o, "     %s\n", json_string_value(json_object_get(stage, "command")));
		out_print(o, "     go on when: %s\n", json_string_value(json_object_get(stage, "waits-for")));
	}
}

enum cmd_exit cmd_run_secrets_plan(const struct cmd_call *call)
{
	struct secrets_state s = {.stage = 0};
	struct cmd_job job;
	bool differs = false;
	size_t n_other = 0;

	if ((cmd_given(call, "--new-secret-file") == NULL) == (cmd_given(call, "--remove") == NULL)) {
		fputs("romonctl: `secrets plan` wants --new-secret-file FILE or --remove\n", stderr);
		return CMD_EXIT_USAGE;
	}
	enum cmd_exit code = cmd_job_open(&job, call);
	if (code == CMD_EXIT_OK)
		code = secrets_state_init(&s, &job, cmd_given(call, "--new-secret-file"));
	if (code == CMD_EXIT_OK)
		code = secrets_state_diff(&job, &s, NULL, &differs, &n_other);
	if (code == CMD_EXIT_OK) {
		json_t *data = plan_json(&s, !differs);

		out_object(job.out, data, plan_print);
		json_decref(data);
	}
	secrets_state_fini(&s);
	return cmd_job_close(&job, code);
}
