// SPDX-License-Identifier: BSD-3-Clause
// romond.yaml from anywhere: load, and when that works show it, load what was shown, and compare.
//
// Beyond memory errors it finds: issues that are not printable text, errors without a place, and values that
// do not survive the way through conf_show().
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "conf_node.h"

// A finding must stop the fuzzer whatever NDEBUG says.
#define MUST(condition)           \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

static struct conf_issues issues;
static struct conf_issues issues_again;

static void check_issues(bool has_conf)
{
	MUST(has_conf == (issues.n_errors == 0));
	MUST(issues.n <= CONF_ISSUES_MAX);
	for (uint32_t i = 0; i < issues.n; i++) {
		const char *text = issues.list[i].text;
		size_t len = strlen(text);

		MUST(len > 0 && conf_text_clean_len(text, len, false) == len);
		MUST(issues.list[i].line > 0 || strncmp(text, "larger than", 11) == 0);
		MUST(i == 0 || issues.list[i].line >= issues.list[i - 1].line);
	}
}

static bool has_secrets(const struct conf *conf)
{
	bool has = conf->romon.secrets.n > 0 || conf->others_secrets.n > 0;

	for (uint32_t i = 0; i < conf->n_ports; i++)
		has |= conf->ports[i].secrets.n > 0;
	return has;
}

static void check_conf(const struct conf *conf)
{
	struct conf_change change;
	enum conf_reload worst;
	char *text = conf_show(conf);

	MUST(text != NULL);
	if (!has_secrets(conf)) {
		struct conf *again = conf_load_text(text, strlen(text), &issues_again);

		MUST(again != NULL);
		MUST(conf_diff(conf, again, &change, 1, &worst) == 0 && worst == CONF_RELOAD_NONE);
		conf_free(again);
	}
	free(text);
	struct conf *defaults = conf_load_text("", 0, &issues_again);
	MUST(defaults != NULL);
	MUST((conf_diff(defaults, conf, &change, 1, &worst) == 0) == (worst == CONF_RELOAD_NONE));
	conf_free(defaults);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf *conf = conf_load_text((const char *)data, size, &issues);

	check_issues(conf != NULL);
	if (conf != NULL)
		check_conf(conf);
	conf_free(conf);
	return 0;
}
