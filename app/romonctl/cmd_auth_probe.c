// SPDX-License-Identifier: BSD-3-Clause
// auth-probe: how are the frames of a capture signed? (docs/auth-probe.md) Needs no romond. Main thread.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "auth_probe.h"
#include "base_clock.h"
#include "base_secmem.h"
#include "cmd.h"
#include "decode.h"
#include "secret_file.h"

#define WHY_SIZE       512
#define PROGRESS_MS    2000 // silence, at the beginning and between two lines
#define SCHEME_KEY     "auth-scheme"
#define PACKETS_A_LOOK 4096 // read between two looks at the clock

struct progress {
	uint64_t told_ms;
};

static void progress_tell(void *ctx, unsigned per_mille)
{
	struct progress *pr = ctx;
	uint64_t now_ms = base_mono_ms();

	if (now_ms - pr->told_ms < PROGRESS_MS)
		return;
	pr->told_ms = now_ms;
	fprintf(stderr, "romonctl: %u.%u %% of the search is done\n", per_mille / 10, per_mille % 10);
}

static void progress_read(struct progress *pr, uint64_t n_packets)
{
	uint64_t now_ms = base_mono_ms();

	if (n_packets % PACKETS_A_LOOK != 0 || now_ms - pr->told_ms < PROGRESS_MS)
		return;
	pr->told_ms = now_ms;
	fprintf(stderr, "romonctl: %" PRIu64 " packets read\n", n_packets);
}

// The secret from --secret or --secret-file. The word of the command line is blanked: it stands in process
// lists.
static struct conf_secrets *secret_take(const struct cmd_call *call)
{
	const char *text = cmd_given(call, "--secret");
	const char *path = cmd_given(call, "--secret-file");
	char why_buf[WHY_SIZE];
	struct base_text why;

	if (text != NULL) {
		struct conf_secrets *out = out_must(base_secmem_alloc(sizeof(*out)));

		out->n = 1;
		memcpy(out->text[0], text, strlen(text)); // cmd_parse() knows its length
		explicit_bzero((void *)(uintptr_t)text, strlen(text));
		return out;
	}
	base_text_init(&why, why_buf, sizeof(why_buf));
	struct conf_secrets *out = secret_file_read_one(path, false, &why);
	if (out == NULL)
		fprintf(stderr, "romonctl: %s: %s\n", path, why_buf);
	return out;
}

// All packets of the file into the search: 0, or -errno with a sentence on standard error.
static int packets_read(const char *path, struct auth_probe *probe, struct progress *pr, uint64_t *n_packets)
{
	char why_buf[WHY_SIZE];
	struct base_text why;
	struct decode_packet packet;
	int rc;

	base_text_init(&why, why_buf, sizeof(why_buf));
	*n_packets = 0;
	struct decode_source *source = decode_source_open(path, &why);
	if (source == NULL) {
		fprintf(stderr, "romonctl: %s: %s\n", path, why_buf);
		return base_errno_set(EIO);
	}
	while ((rc = decode_source_next(source, &packet, &why)) == 1) {
		(void)auth_probe_add(probe, packet.bytes, packet.captured);
		*n_packets = packet.number;
		progress_read(pr, packet.number);
	}
	if (rc < 0)
		fprintf(stderr, "romonctl: %s: %s after %" PRIu64 " packets\n", path, why_buf, *n_packets);
	decode_source_close(source);
	return rc;
}

static json_t *scheme_json(const struct auth_probe_fit *fit)
{
	char text[AUTH_SCHEME_TEXT_LEN];

	return json_string(auth_scheme_format(&fit->scheme, text));
}

// One object for each set of frames, the schemes that fit no other set as its ties.
static json_t *fits_json(const struct auth_probe *probe)
{
	size_t n;
	const struct auth_probe_fit *fits = auth_probe_fits(probe, &n);
	json_t *list = out_must(json_array());
	json_t *ties = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct auth_probe_fit *f = &fits[i];

		if (i > 0 && f->set == fits[i - 1].set && f->n_frames == fits[i - 1].n_frames) {
			json_array_append_new(ties, scheme_json(f));
			continue;
		}
		ties = out_must(json_array());
		json_array_append_new(
			list, json_pack("{s:o, s:I, s:I, s:I, s:o}", "scheme", scheme_json(f), "frames",
				      (json_int_t)f->n_frames, "counter-steps", (json_int_t)f->n_steps,
				      "counter-steps-back", (json_int_t)f->n_back, "ties", ties));
	}
	return list;
}

static json_t *config_json(json_t *fits)
{
	const char *scheme = json_string_value(json_object_get(json_array_get(fits, 0), "scheme"));

	return scheme == NULL ? json_null() : json_sprintf("romon:\n  " SCHEME_KEY ": \"%s\"\n", scheme);
}

static json_t *result_json(const char *path, const struct auth_probe *probe, uint64_t n_packets)
{
	uint64_t n_kept = auth_probe_count(probe, AUTH_PROBE_SIGNED);
	uint64_t n_full = auth_probe_count(probe, AUTH_PROBE_FULL);
	uint64_t n_unsigned = auth_probe_count(probe, AUTH_PROBE_UNSIGNED);
	uint64_t n_broken = auth_probe_count(probe, AUTH_PROBE_BROKEN);
	json_t *fits = fits_json(probe);

	return out_must(json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "file", path,
		"packets", (json_int_t)n_packets, "romon",
		(json_int_t)(n_kept + n_full + n_unsigned + n_broken), "signed",
		(json_int_t)(n_kept + n_full), "unsigned", (json_int_t)n_unsigned, "broken",
		(json_int_t)n_broken, "not-used", (json_int_t)n_full, "schemes-tried",
		(json_int_t)auth_scheme_count(), "unexplained", (json_int_t)auth_probe_n_unexplained(probe),
		"config", config_json(fits), "fits", fits));
}

static json_int_t number(json_t *data, const char *key)
{
	return json_integer_value(json_object_get(data, key));
}

#define INT "%" JSON_INTEGER_FORMAT

static void counter_print(struct out *o, json_t *fit)
{
	json_int_t steps = number(fit, "counter-steps");
	json_int_t back = number(fit, "counter-steps-back");
	bool has_none = strstr(json_string_value(json_object_get(fit, "scheme")), "counter=none") != NULL;

	if (has_none && steps == 0)
		out_print(o,
			"  no sender has two frames: where its counter stands cannot be told (counter=none means no replay check)\n");
	else if (has_none)
		out_print(o,
			"  no counter that grows was found in the other 8 bytes (counter=none means no replay check)\n");
	else if (back > 0)
		out_print(o,
			"  its counter fell back " INT " times in " INT
			" steps: a sender was restarted, or frames came out of order\n",
			back, steps);
}

static void fit_print(struct out *o, json_t *fit, json_int_t n_signed)
{
	json_t *ties = json_object_get(fit, "ties");
	size_t i;
	json_t *tie;

	out_print(o, INT " of " INT " signed frames: %s\n", number(fit, "frames"), n_signed,
		json_string_value(json_object_get(fit, "scheme")));
	counter_print(o, fit);
	if (json_array_size(ties) > 0)
		out_print(o, "  %zu more make the same digests of these frames with this secret:\n",
			json_array_size(ties));
	json_array_foreach (ties, i, tie)
		out_print(o, "    %s\n", json_string_value(tie));
	if (json_array_size(ties) > 0)
		out_print(o, "  A secret of 17 to 63 characters tells those apart that differ at all.\n");
}

static const char no_fit[] =
	"No scheme fits. Look at these, in this order:\n"
	"  1. the secret: each character, and that it is the first one in the sender's list; --secret-file strips the\n"
	"     line end and nothing else\n"
	"  2. the capture: whole frames (no snaplen), taken before anything rewrote their addresses\n"
	"  3. both: were the frames signed with another secret at that time?\n"
	"If all that is right, the construction is none of those tried. A capture of frames signed with a secret that\n"
	"is used nowhere else, and that secret, are what is needed to find it: docs/auth-probe.md says how to make one.\n";

static void result_print(struct out *o, json_t *data)
{
	json_t *fits = json_object_get(data, "fits");
	json_int_t n_signed = number(data, "signed");
	json_int_t n_left = number(data, "unexplained");
	size_t i;
	json_t *fit;

	out_print(o, INT " packets, " INT " RoMON frames: " INT " signed, " INT " unsigned, " INT " broken\n",
		number(data, "packets"), number(data, "romon"), n_signed, number(data, "unsigned"),
		number(data, "broken"));
	if (number(data, "not-used") > 0)
		out_print(o, "the last " INT " signed frames were not used: there are enough\n",
			number(data, "not-used"));
	if (n_signed == 0) {
		out_print(o,
			"There is no signed frame in this file, hence nothing to try. The sender's first secret must not be empty (docs/auth-probe.md).\n");
		return;
	}
	out_print(o, INT " schemes tried\n\n", number(data, "schemes-tried"));
	json_array_foreach (fits, i, fit)
		fit_print(o, fit, n_signed);
	if (json_array_size(fits) == 0) {
		out_print(o, "%s", no_fit);
		return;
	}
	if (n_left > 0)
		out_print(o, INT " signed frames fit none: another secret, or damaged\n", n_left);
	out_print(o, "\n%s", json_string_value(json_object_get(data, "config")));
}

static enum cmd_exit verdict(json_t *data, int rc)
{
	if (json_array_size(json_object_get(data, "fits")) == 0)
		return rc < 0 ? CMD_EXIT_FAILURE : CMD_EXIT_NOT_FOUND;
	return rc < 0 || number(data, "unexplained") > 0 ? CMD_EXIT_PARTIAL : CMD_EXIT_OK;
}

enum cmd_exit cmd_run_auth_probe(const struct cmd_call *call)
{
	struct progress pr = {.told_ms = base_mono_ms()};
	struct out_style style;
	uint64_t n_packets;

	if ((cmd_given(call, "--secret") == NULL) == (cmd_given(call, "--secret-file") == NULL)) {
		fputs("romonctl: auth-probe wants --secret-file or --secret, and one of them only\n", stderr);
		return CMD_EXIT_USAGE;
	}
	struct conf_secrets *secret = secret_take(call);
	if (secret == NULL)
		return CMD_EXIT_FAILURE;
	struct auth_probe *probe = auth_probe_create(secret->text[0], strlen(secret->text[0]));
	base_secmem_free(secret);
	int rc = packets_read(call->args[0], probe, &pr, &n_packets);
	if (rc < 0 && n_packets == 0) {
		auth_probe_destroy(probe);
		return CMD_EXIT_FAILURE;
	}
	auth_probe_run(probe, progress_tell, &pr);
	out_style_detect(&style, stdout, call->no_color);
	struct out *out = out_create(call->format, &style);
	json_t *data = result_json(call->args[0], probe, n_packets);
	out_object(out, data, result_print);
	enum cmd_exit code = verdict(data, rc);
	json_decref(data);
	out_destroy(out);
	auth_probe_destroy(probe);
	return code;
}
