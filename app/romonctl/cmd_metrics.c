// SPDX-License-Identifier: BSD-3-Clause
// metrics: what romond knows as text for Prometheus, also into a file for the textfile collector of
// node-exporter. Main thread.
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api_client.h"
#include "cmd.h"
#include "file_replace.h"
#include "metrics.h"

#define FILE_MODE 0644 // of a new file: node-exporter is another user
#define WHY_SIZE  512

struct asked {
	struct api_client *client;
	int rc;
	struct api_error err;
};

static json_t *ask(void *ctx, const char *cmd, json_t *args)
{
	struct asked *a = ctx;
	json_t *data = NULL;

	if (a->client != NULL)
		a->rc = api_client_call(a->client, cmd, args, CMD_TIMEOUT_MS, &data, &a->err);
	return data;
}

// Why romond is not up, for people; the text says so to programs.
static void down_explain(const struct asked *a, const char *socket)
{
	if (a->rc == -EREMOTEIO)
		fprintf(stderr, "romonctl: romond refuses: %s\n", a->err.message);
	else
		fprintf(stderr, "romonctl: no answer from romond on %s: %s\n", socket, strerror(-a->rc));
}

static bool text_write(FILE *file, const struct metrics_facts *facts, bool is_open)
{
	metrics_write(file, is_open ? METRICS_FORMAT_OPENMETRICS : METRICS_FORMAT_TEXT, facts);
	return fflush(file) == 0 && ferror(file) == 0;
}

// The file in one step: whoever reads it never sees a part.
static enum cmd_exit file_write(const char *path, const struct metrics_facts *facts, bool is_open)
{
	char temp[PATH_MAX], why_buf[WHY_SIZE] = "";
	bool is_new = access(path, F_OK) != 0;
	struct base_text why;

	base_text_init(&why, why_buf, sizeof(why_buf));
	int fd = file_replace_begin(path, false, temp, sizeof(temp));
	if (fd < 0) {
		fprintf(stderr, "romonctl: %s: %s\n", path, strerror(-fd));
		return CMD_EXIT_FAILURE;
	}
	FILE *file = is_new && fchmod(fd, FILE_MODE) != 0 ? NULL : fdopen(dup(fd), "w");
	bool is_written = file != NULL && text_write(file, facts, is_open);
	if (file != NULL && fclose(file) != 0)
		is_written = false;
	if (!is_written) {
		fprintf(stderr, "romonctl: %s: %m\n", path);
		file_replace_cancel(fd, temp);
		return CMD_EXIT_FAILURE;
	}
	if (file_replace_end(fd, temp, path, false, &why) == 0)
		return CMD_EXIT_OK;
	fprintf(stderr, "romonctl: %s: %s\n", path, why_buf);
	return CMD_EXIT_FAILURE;
}

// --nodes. False: it is none, which was said.
static bool nodes_read(const struct cmd_call *call, uint32_t *nodes)
{
	const char *text = cmd_given(call, "--nodes");

	*nodes = text == NULL ? 0 : (uint32_t)strtoul(text, NULL, 10);
	if (text == NULL || (strlen(text) <= 5 && *nodes <= METRICS_NODES_MAX))
		return true;
	fprintf(stderr, "romonctl: --nodes: expected 0 to %d, got %s\n", METRICS_NODES_MAX, text);
	return false;
}

enum cmd_exit cmd_run_metrics(const struct cmd_call *call)
{
	const char *path = cmd_given(call, "--write");
	bool is_open = cmd_given(call, "--openmetrics") != NULL;
	struct metrics_facts facts;
	struct asked a = {0};
	uint32_t nodes;

	if (cmd_given(call, "--list") != NULL) {
		metrics_reference_print(stdout);
		return CMD_EXIT_OK;
	}
	if (!nodes_read(call, &nodes))
		return CMD_EXIT_USAGE;
	a.client = api_client_connect(call->socket, CMD_TIMEOUT_MS);
	a.rc = a.client == NULL ? -errno : 0;
	metrics_gather(&facts, ask, &a, nodes);
	api_client_close(a.client);
	facts.from[METRICS_FROM_EXPORTER] = metrics_exporter(&facts, "romonctl");
	if (!facts.is_up)
		down_explain(&a, call->socket);
	enum cmd_exit code = path != NULL                          ? file_write(path, &facts, is_open)
			     : text_write(stdout, &facts, is_open) ? CMD_EXIT_OK
								   : CMD_EXIT_FAILURE;
	if (code == CMD_EXIT_OK && !facts.is_up)
		code = CMD_EXIT_NOT_CONNECTED;
	json_decref(a.err.extra);
	metrics_facts_fini(&facts);
	return code;
}
