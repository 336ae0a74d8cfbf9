// SPDX-License-Identifier: BSD-3-Clause
// Nodes that people name and romond does not know yet. Main thread.
#include "target_seek.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base_mac.h"

#define ROUND_MS 1000

// Have romond ask for a round's time who is there. False: it cannot.
static bool round_wait(struct cmd_job *job)
{
	struct api_error err = API_ERROR_INIT;
	json_t *args = out_must(json_pack("{s:b, s:i}", "once", 1, "duration-ms", ROUND_MS));
	bool is_last = false;

	int rc = api_client_open(job->client, "discover", args, CMD_TIMEOUT_MS);
	while (rc == 0 && !is_last) {
		json_t *row = NULL;

		rc = api_client_next(job->client, CMD_TIMEOUT_MS, &row, &is_last, &err);
		json_decref(row);
	}
	api_error_clear(&err);
	json_decref(args);
	return rc == 0;
}

static int node_ask(struct cmd_job *job, const char *target, json_t **node, struct api_error *err)
{
	json_t *args = json_pack("{s:s}", "id", target);

	int rc = args == NULL ? base_errno_set(EINVAL)
			      : api_client_call(job->client, "node", args, CMD_TIMEOUT_MS, node, err);
	json_decref(args);
	return rc;
}

static bool is_not_found(int rc, const struct api_error *err)
{
	return rc == -EREMOTEIO && err->code == API_ERROR_NOT_FOUND;
}

// Whether target says the node's whole name or id: of a part the first answer need not be the only one.
static bool is_whole(const char *target, json_t *node)
{
	const char *identity = json_string_value(json_object_get(node, "identity"));
	struct base_mac mac;

	return base_mac_digits(target, &mac) == 2 * BASE_MAC_LEN ||
	       (identity != NULL && strcasecmp(identity, target) == 0);
}

// Rounds until romond knows it. As node_ask().
static int seek(struct cmd_job *job, const char *target, json_t **node, struct api_error *err)
{
	int rc = -EREMOTEIO;

	if (isatty(STDERR_FILENO) != 0)
		out_print(job->err, "romonctl: %s is not known yet: looking for it, %d s at most\n", target,
			TARGET_SEEK_MS / 1000);
	for (int left = TARGET_SEEK_MS / ROUND_MS; left > 0 && round_wait(job); left--) {
		json_decref(*node);
		*node = NULL;
		api_error_clear(err);
		rc = node_ask(job, target, node, err);
		if (!is_not_found(rc, err) && (rc != 0 || is_whole(target, *node)))
			break;
	}
	return rc;
}

enum cmd_exit target_find(struct cmd_job *job, const char *target, json_t **node)
{
	struct api_error err = API_ERROR_INIT;

	*node = NULL;
	int rc = node_ask(job, target, node, &err);
	if (is_not_found(rc, &err))
		rc = seek(job, target, node, &err);
	if (rc == 0)
		return CMD_EXIT_OK;
	json_decref(*node);
	*node = NULL;
	return cmd_job_explain(job, rc, &err);
}

bool target_seek_for(struct cmd_job *job, json_t *args, const struct api_error *err)
{
	struct api_error again = API_ERROR_INIT;
	const char *id = json_string_value(json_object_get(args, "id"));
	const char *what = json_string_value(json_object_get(args, "what"));
	const char *target = id != NULL ? id : what;
	json_t *node = NULL;

	if (err->code != API_ERROR_NOT_FOUND || !job->call->cmd->seeks_node || target == NULL)
		return false;
	// several that the name fits are known now: romond says so
	int rc = seek(job, target, &node, &again);
	bool is_known = !is_not_found(rc, &again);
	json_decref(node);
	api_error_clear(&again);
	return is_known;
}
