// SPDX-License-Identifier: BSD-3-Clause
// Fields back into text: for diff and show, for messages and for the documentation. Control thread. Secrets
// never leave as text.
#include <string.h>

#include "conf_value.h"

static const void *field_const(const struct conf_key *key, const void *base)
{
	return (const char *)base + key->offset;
}

static const char *word_of(const struct conf_word *words, uint32_t value)
{
	for (; words->word != NULL; words++) {
		if (words->value == value)
			return words->word;
	}
	return NULL;
}

static uint32_t uint_load(const struct conf_key *key, const void *base)
{
	const void *p = field_const(key, base);

	if (key->size == sizeof(uint8_t))
		return *(const uint8_t *)p;
	if (key->size == sizeof(uint16_t))
		return *(const uint16_t *)p;
	return *(const uint32_t *)p;
}

const char *conf_value_got(const struct conf_node *node, char *buf, size_t size)
{
	struct base_text got;

	base_text_init(&got, buf, size);
	switch (node->kind) {
	case CONF_NODE_INVALID:
		break;
	case CONF_NODE_SCALAR:
		if (conf_node_is_null(node))
			base_text_add(&got, "nothing");
		else if (node->text[0] == '\0')
			base_text_add(&got, "an empty text");
		else
			base_text_escape(buf, size, node->text, strlen(node->text));
		break;
	case CONF_NODE_LIST:
		base_text_add(&got, "a list");
		break;
	case CONF_NODE_MAP:
		base_text_add(&got, "a map");
		break;
	case CONF_NODE_REFUSED:
		base_text_add(&got, "%s", node->text);
		break;
	}
	return buf;
}

static const char *plural(uint32_t n)
{
	return n == 1 ? "" : "s";
}

static void format_list(const struct conf_key *key, const void *base, struct base_text *out)
{
	const struct conf *conf = base;
	const struct conf_filter *filter = base;
	const struct conf_ids *ids = (const void *)((const char *)base + key->offset);
	char text[BASE_MAC_TEXT_LEN];
	uint32_t n = key->type == CONF_TYPE_CORES      ? conf->workers.n_cores
		     : key->type == CONF_TYPE_SERVICES ? filter->n_deny_services
						       : ids->n;

	base_text_add(out, "[");
	for (uint32_t i = 0; i < n; i++) {
		const char *comma = i > 0 ? ", " : "";

		if (key->type == CONF_TYPE_CORES) {
			base_text_add(out, "%s%u", comma, conf->workers.cores[i]);
		} else if (key->type == CONF_TYPE_MACS) {
			base_text_add(out, "%s%s", comma, base_mac_format(&ids->id[i], text));
		} else {
			const char *word = word_of(conf_service_words, filter->deny_services[i]);

			if (word != NULL)
				base_text_add(out, "%s%s", comma, word);
			else
				base_text_add(out, "%s%u", comma, filter->deny_services[i]);
		}
	}
	base_text_add(out, "]");
}

// In the largest of h, s and ms that is exact: 60000 ms is "60s", 1500 ms is "1500ms".
static void format_duration(const struct conf_key *key, uint32_t value, struct base_text *out)
{
	uint64_t ms = key->type == CONF_TYPE_DURATION_S ? value * 1000ull : value;

	if (ms > 0 && ms % 3600000 == 0)
		base_text_add(out, "%uh", (unsigned)(ms / 3600000));
	else if (ms % 1000 == 0)
		base_text_add(out, "%us", (unsigned)(ms / 1000));
	else
		base_text_add(out, "%ums", (unsigned)ms);
}

static void format_id(const struct conf *conf, struct base_text *out)
{
	char text[BASE_MAC_TEXT_LEN];

	base_text_add(out, "%s", conf->romon.id_is_auto ? "auto" : base_mac_format(&conf->romon.id, text));
}

static void format_text(const struct conf_key *key, const char *text, struct base_text *out)
{
	base_text_add(out, "%s", text[0] == '\0' && key->zero_word != NULL ? key->zero_word : text);
}

static void format_uint(const struct conf_key *key, uint32_t value, struct base_text *out)
{
	if (value == 0 && key->zero_word != NULL)
		base_text_add(out, "%s", key->zero_word);
	else
		base_text_add(out, "%u", value);
}

const char *conf_value_format(const struct conf_key *key, const void *base, char buf[CONF_VALUE_TEXT_SIZE])
{
	const void *p = field_const(key, base);
	const struct conf *conf = base;
	const struct conf_secrets *secrets = p;
	char scheme[AUTH_SCHEME_TEXT_LEN];
	struct base_text out;

	base_text_init(&out, buf, CONF_VALUE_TEXT_SIZE);
	switch (key->type) {
	case CONF_TYPE_BOOL:
		base_text_add(&out, "%s", *(const bool *)p ? "true" : "false");
		break;
	case CONF_TYPE_UINT:
		format_uint(key, uint_load(key, base), &out);
		break;
	case CONF_TYPE_DURATION_MS:
	case CONF_TYPE_DURATION_S:
		format_duration(key, uint_load(key, base), &out);
		break;
	case CONF_TYPE_ENUM:
		base_text_add(&out, "%s", word_of(key->words, uint_load(key, base)));
		break;
	case CONF_TYPE_TEXT:
	case CONF_TYPE_NAME:
	case CONF_TYPE_PATH:
	case CONF_TYPE_SECRETS_FILE:
	case CONF_TYPE_ENDPOINT:
	case CONF_TYPE_SERVICE:
		format_text(key, p, &out);
		break;
	case CONF_TYPE_ID:
		format_id(conf, &out);
		break;
	case CONF_TYPE_SECRETS:
		base_text_add(&out, "(%u secret%s)", secrets->n, plural(secrets->n));
		break;
	case CONF_TYPE_SCHEME:
		base_text_add(&out, "%s", auth_scheme_format(p, scheme));
		break;
	case CONF_TYPE_CORES:
		if (conf->workers.cores_are_auto) {
			base_text_add(&out, "auto");
			break;
		}
		format_list(key, base, &out);
		break;
	case CONF_TYPE_SERVICES:
	case CONF_TYPE_MACS:
		format_list(key, base, &out);
		break;
	case CONF_TYPE_INVALID:
	case CONF_TYPE_PORTS:
	case CONF_TYPE_GROUPS:
	case CONF_TYPE_RELAYS:
	case CONF_TYPE_FORWARDS:
	case CONF_TYPE_FILTERS:
		break;
	}
	return buf;
}

bool conf_value_equal(const struct conf_key *key, const void *a, const void *b)
{
	char text_a[CONF_VALUE_TEXT_SIZE];
	char text_b[CONF_VALUE_TEXT_SIZE];

	if (key->type == CONF_TYPE_SECRETS)
		return memcmp(field_const(key, a), field_const(key, b), sizeof(struct conf_secrets)) == 0;
	return strcmp(conf_value_format(key, a, text_a), conf_value_format(key, b, text_b)) == 0;
}

static void expects_uint(const struct conf_key *key, struct base_text *out)
{
	uint32_t min = key->min == 0 && key->zero_word != NULL ? 1 : key->min;

	if (key->zero_word != NULL)
		base_text_add(out, "%s or ", key->zero_word);
	base_text_add(out, "%u..%u", min, key->max);
	if (key->unit != NULL)
		base_text_add(out, " %s", key->unit);
}

static void expects_words(const struct conf_word *words, struct base_text *out)
{
	for (size_t i = 0; words[i].word != NULL; i++) {
		const char *between = i == 0 ? "" : words[i + 1].word == NULL ? " or " : ", ";

		base_text_add(out, "%s%s", between, words[i].word);
	}
}

static void expects_text(const struct conf_key *key, struct base_text *out)
{
	if (key->type == CONF_TYPE_NAME)
		base_text_add(out, "%u..%u characters of A-Z a-z 0-9 _ . -", key->min, key->max);
	else if (key->type == CONF_TYPE_PATH)
		base_text_add(out, "%s%san absolute path of at most %u bytes",
			key->zero_word != NULL ? key->zero_word : "", key->zero_word != NULL ? " or " : "",
			key->max);
	else if (key->min > 0)
		base_text_add(out, "a text of %u..%u bytes", key->min, key->max);
	else
		base_text_add(out, "a text of at most %u bytes", key->max);
}

static void expects_duration(const struct conf_key *key, struct base_text *out)
{
	base_text_add(out, "a duration of ");
	format_duration(key, key->min, out);
	base_text_add(out, "..");
	format_duration(key, key->max, out);
	base_text_add(out, key->type == CONF_TYPE_DURATION_S ? " (units s, m, h)" : " (units ms, s, m, h)");
}

const char *conf_value_expects(const struct conf_key *key, char *buf, size_t size)
{
	struct base_text out;

	base_text_init(&out, buf, size);
	switch (key->type) {
	case CONF_TYPE_BOOL:
		base_text_add(&out, "true or false");
		break;
	case CONF_TYPE_UINT:
		expects_uint(key, &out);
		break;
	case CONF_TYPE_DURATION_MS:
	case CONF_TYPE_DURATION_S:
		expects_duration(key, &out);
		break;
	case CONF_TYPE_ENUM:
		expects_words(key->words, &out);
		break;
	case CONF_TYPE_TEXT:
	case CONF_TYPE_NAME:
	case CONF_TYPE_PATH:
		expects_text(key, &out);
		break;
	case CONF_TYPE_SECRETS_FILE:
		base_text_add(&out, "an absolute path of at most %u bytes or credential:NAME", key->max);
		break;
	case CONF_TYPE_ENDPOINT:
		base_text_add(&out, "an IPv4 address or an IPv6 address in brackets, and :PORT");
		break;
	case CONF_TYPE_SERVICE:
		base_text_add(&out, "ssh, winbox, or a number from 1 to 65535");
		break;
	case CONF_TYPE_ID:
		base_text_add(&out, "auto or a unicast MAC address");
		break;
	case CONF_TYPE_SECRETS:
		base_text_add(&out, "a list of at most %d secrets of at most %d bytes", CONF_SECRETS_MAX,
			CONF_SECRET_LEN_MAX);
		break;
	case CONF_TYPE_SCHEME:
		base_text_add(&out, "romond-1, or a line that romonctl auth-probe prints");
		break;
	case CONF_TYPE_CORES:
		base_text_add(&out, "auto, or 1..%d CPU numbers", CONF_CORES_MAX);
		break;
	case CONF_TYPE_SERVICES:
		base_text_add(&out, "a list of at most %d services: ping, ssh, winbox or 1..65535",
			CONF_FILTER_LIST_MAX);
		break;
	case CONF_TYPE_MACS:
		base_text_add(&out, "a list of at most %d unicast MAC addresses", CONF_IDS_MAX);
		break;
	case CONF_TYPE_PORTS:
	case CONF_TYPE_RELAYS:
		base_text_add(&out, "a map of port names");
		break;
	case CONF_TYPE_GROUPS:
		base_text_add(&out, "a map of group names");
		break;
	case CONF_TYPE_FILTERS:
		base_text_add(&out, "a list of at most %d filters", CONF_FILTERS_MAX);
		break;
	case CONF_TYPE_FORWARDS:
		base_text_add(&out, "a map of at most %d names", CONF_FORWARDS_MAX);
		break;
	case CONF_TYPE_INVALID:
		break;
	}
	return buf;
}
