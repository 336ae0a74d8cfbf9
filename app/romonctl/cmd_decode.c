// SPDX-License-Identifier: BSD-3-Clause
// decode: the RoMON frames of a capture file, without a romond. Main thread.
#include <inttypes.h>
#include <string.h>

#include "cmd.h"
#include "decode.h"
#include "wire_describe.h"

#define WHY_SIZE      512
#define DESCRIBE_SIZE 16384

// One frame in words: a headline, then what wire_describe() says of it.
static void words_print(struct out *out, const struct decode_packet *p, json_t *row)
{
	const char *time = json_string_value(json_object_get(row, "time"));
	char lines[DESCRIBE_SIZE];
	struct base_text text;
	char *rest = NULL;

	out_print(out, "%" PRIu64 "  %s%s%s%s%s  %s\n", p->number, time == NULL ? "-" : time,
		p->interface[0] != '\0' ? "  " : "", p->interface, p->dir != NULL ? " " : "",
		p->dir != NULL ? p->dir : "", json_string_value(json_object_get(row, "summary")));
	base_text_init(&text, lines, sizeof(lines));
	wire_describe(&text, p->bytes, p->captured);
	for (char *line = strtok_r(lines, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
		out_print(out, "    %s\n", line);
}

// For people: the way of the pointer, and no number where a frame has none.
static void row_dress(json_t *row)
{
	json_t *n = json_object_get(row, "n");

	if (json_is_integer(n))
		json_object_set_new(row, "hop",
			json_sprintf("%" JSON_INTEGER_FORMAT "/%" JSON_INTEGER_FORMAT,
				json_integer_value(json_object_get(row, "ptr")), json_integer_value(n)));
}

struct decode_count {
	uint64_t n_packets;
	uint64_t n_romon;
};

static int packets_write(struct decode_source *s, struct out *out, bool is_wordy, struct decode_count *count,
	struct base_text *why)
{
	struct decode_packet p;
	int rc;

	while ((rc = decode_source_next(s, &p, why)) == 1) {
		json_t *row = decode_json(&p);

		count->n_packets = p.number;
		if (row == NULL)
			continue;
		count->n_romon++;
		if (is_wordy) {
			words_print(out, &p, row);
		} else {
			if (out_is_human(out))
				row_dress(row);
			out_row(out, row);
		}
		json_decref(row);
	}
	return rc;
}

enum cmd_exit cmd_run_decode(const struct cmd_call *call)
{
	struct decode_count count = {0};
	char why_buf[WHY_SIZE];
	struct base_text why;
	struct out_style style;

	base_text_init(&why, why_buf, sizeof(why_buf));
	struct decode_source *source = decode_source_open(call->args[0], &why);
	if (source == NULL) {
		fprintf(stderr, "romonctl: %s: %s\n", call->args[0], why_buf);
		return CMD_EXIT_FAILURE;
	}
	out_style_detect(&style, stdout, call->no_color);
	struct out *out = out_create(call->format, &style);
	bool is_wordy = call->opts[0] != NULL && out_is_human(out);
	if (!is_wordy)
		out_begin(out, call->cmd->columns, call->cmd->n_columns);
	int rc = packets_write(source, out, is_wordy, &count, &why);
	if (!is_wordy)
		out_end(out);
	if (rc < 0)
		fprintf(stderr, "romonctl: %s: %s after %" PRIu64 " packets\n", call->args[0], why_buf,
			count.n_packets);
	else if (count.n_romon == 0 && out_is_human(out))
		fprintf(stderr, "%s\n", call->cmd->empty);
	bool is_any = count.n_packets > 0;
	out_destroy(out);
	decode_source_close(source);
	if (rc == 0)
		return CMD_EXIT_OK;
	return is_any ? CMD_EXIT_PARTIAL : CMD_EXIT_FAILURE;
}
