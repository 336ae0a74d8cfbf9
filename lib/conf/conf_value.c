// SPDX-License-Identifier: BSD-3-Clause
// Scalars and lists into fields. Control thread. A message never holds the text of a secret.
#include <assert.h>
#include <string.h>

#include "base_endpoint.h"
#include "base_suggest.h"
#include "conf_lint.h"
#include "conf_value.h"

#define GOT_SIZE     64
#define EXPECTS_SIZE 160

static const struct conf_word bool_words[] = {{"true", 1}, {"false", 0}, {"yes", 1}, {"no", 0}, {"on", 1},
	{"off", 0}, {"True", 1}, {"False", 0}, {"Yes", 1}, {"No", 0}, {"On", 1}, {"Off", 0}, {"TRUE", 1},
	{"FALSE", 0}, {"YES", 1}, {"NO", 0}, {"ON", 1}, {"OFF", 0}, {NULL, 0}};

static const struct conf_word ms_units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {NULL, 0}};
static const struct conf_word s_units[] = {{"s", 1}, {"m", 60}, {"h", 3600}, {NULL, 0}};

static void *field(const struct conf_key *key, void *base)
{
	return (char *)base + key->offset;
}

static const struct conf_word *word_find(const struct conf_word *words, const char *text)
{
	for (; words->word != NULL; words++) {
		if (strcmp(words->word, text) == 0)
			return words;
	}
	return NULL;
}

bool conf_name_is_valid(const char *name)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	size_t len = strlen(name);

	return len > 0 && len <= CONF_NAME_LEN_MAX && strspn(name, good) == len;
}

// Decimal digits at the start of text into *value (saturating); the rest in *rest. No sign, no leading zero.
static bool digits_parse(const char *text, uint64_t *value, const char **rest)
{
	size_t n = strspn(text, "0123456789");

	if (n == 0 || (n > 1 && text[0] == '0'))
		return false;
	*value = 0;
	for (size_t i = 0; i < n; i++)
		*value = *value < 1000000000000u ? *value * 10 + (uint64_t)(text[i] - '0') : *value;
	*rest = text + n;
	return true;
}

static void uint_store(const struct conf_key *key, void *base, uint32_t value)
{
	void *p = field(key, base);

	if (key->size == sizeof(uint8_t))
		*(uint8_t *)p = (uint8_t)value;
	else if (key->size == sizeof(uint16_t))
		*(uint16_t *)p = (uint16_t)value;
	else
		*(uint32_t *)p = value;
}

static int refuse(const struct conf_key *key, const struct conf_node *node, struct conf_place *place)
{
	char expects[EXPECTS_SIZE];
	char got[GOT_SIZE];

	if (key->type == CONF_TYPE_SECRETS_FILE && node->kind == CONF_NODE_SCALAR &&
		!conf_node_is_null(node)) {
		conf_error(place, node->line, node->column,
			"expected %s (what stands there is not shown: it may be a secret)",
			conf_value_expects(key, expects, sizeof(expects)));
		return -EINVAL;
	}

	conf_error(place, node->line, node->column, "expected %s, got %s",
		conf_value_expects(key, expects, sizeof(expects)), conf_value_got(node, got, sizeof(got)));
	return -EINVAL;
}

static int refuse_element(const char *expects, const struct conf_node *node, struct conf_place *place)
{
	char got[GOT_SIZE];

	conf_error(place, node->line, node->column, "expected %s, got %s", expects,
		conf_value_got(node, got, sizeof(got)));
	return -EINVAL;
}

static int set_uint(
	const struct conf_key *key, void *base, const struct conf_node *node, struct conf_place *place)
{
	const char *rest;
	uint64_t value;

	if (key->zero_word != NULL && strcmp(node->text, key->zero_word) == 0) {
		uint_store(key, base, 0);
		return 0;
	}
	if (!digits_parse(node->text, &value, &rest) || *rest != '\0' || value < key->min || value > key->max)
		return refuse(key, node, place);
	uint_store(key, base, (uint32_t)value);
	return 0;
}

static int set_duration(
	const struct conf_key *key, void *base, const struct conf_node *node, struct conf_place *place)
{
	const struct conf_word *units = key->type == CONF_TYPE_DURATION_MS ? ms_units : s_units;
	const struct conf_word *unit = NULL;
	const char *rest;
	uint64_t value;

	if (digits_parse(node->text, &value, &rest))
		unit = *rest == '\0' && value == 0 ? &units[0] : word_find(units, rest);
	if (unit == NULL || value * unit->value < key->min || value * unit->value > key->max)
		return refuse(key, node, place);
	uint_store(key, base, (uint32_t)(value * unit->value));
	return 0;
}

static int refuse_word(const struct conf_key *key, const struct conf_word *words,
	const struct conf_node *node, struct conf_place *place)
{
	const char *known[16];
	char expects[EXPECTS_SIZE];
	char got[GOT_SIZE];
	size_t n = 0;

	for (; n < BASE_ARRAY_LEN(known) && words[n].word != NULL; n++)
		known[n] = words[n].word;
	const char *near = base_suggest(node->text, known, n);
	if (near == NULL)
		return refuse(key, node, place);
	conf_error(place, node->line, node->column, "expected %s, got %s; did you mean %s?",
		conf_value_expects(key, expects, sizeof(expects)), conf_value_got(node, got, sizeof(got)),
		near);
	return -EINVAL;
}

static int set_word(
	const struct conf_key *key, void *base, const struct conf_node *node, struct conf_place *place)
{
	const struct conf_word *word = word_find(key->words, node->text);

	if (word == NULL)
		return refuse_word(key, key->words, node, place);
	memcpy(field(key, base), &word->value, sizeof(word->value));
	return 0;
}

static int set_bool(
	const struct conf_key *key, void *base, const struct conf_node *node, struct conf_place *place)
{
	const struct conf_word *word = word_find(bool_words, node->text);

	if (word == NULL)
		return refuse(key, node, place);
	*(bool *)field(key, base) = word->value != 0;
	return 0;
}

// An absolute path, or credential:NAME; nothing.
static bool secrets_file_is_valid(const char *text)
{
	if (text[0] == '\0' || text[0] == '/')
		return true;
	const char *name = conf_is_credential(text) ? strchr(text, ':') + 1 : "";
	return conf_name_is_valid(name) && name[0] != '.';
}

static bool text_is_valid(const struct conf_key *key, const char *text)
{
	struct sockaddr_storage address;
	size_t len = strlen(text);

	if (len < key->min || len > key->max)
		return false;
	if (key->type == CONF_TYPE_NAME)
		return conf_name_is_valid(text);
	if (key->type == CONF_TYPE_SECRETS_FILE)
		return secrets_file_is_valid(text);
	if (key->type == CONF_TYPE_PATH)
		return len == 0 || text[0] == '/';
	if (key->type == CONF_TYPE_SERVICE)
		return conf_service_parse(text) != 0;
	return key->type != CONF_TYPE_ENDPOINT || base_endpoint_parse(text, &address) != 0;
}

static int set_text(
	const struct conf_key *key, void *base, const struct conf_node *node, struct conf_place *place)
{
	const char *text = node->text;
	char *out = field(key, base);

	if (key->zero_word != NULL && strcmp(text, key->zero_word) == 0) {
		memset(out, 0, key->size);
		return 0;
	}
	if (!text_is_valid(key, text))
		return refuse(key, node, place);
	memset(out, 0, key->size);
	memcpy(out, text, strlen(text));
	return 0;
}

static int set_id(
	const struct conf_key *key, void *base, const struct conf_node *node, struct conf_place *place)
{
	struct conf *conf = base;
	struct base_mac id = {{0}};
	bool is_mac = base_mac_parse(node->text, &id) == 0;
	bool is_auto = strcmp(node->text, "auto") == 0 || (is_mac && base_mac_u64(&id) == 0);

	if (!is_auto && !(is_mac && base_mac_is_unicast(&id)))
		return refuse(key, node, place);
	conf->romon.id = id;
	conf->romon.id_is_auto = is_auto;
	return 0;
}

static int set_secrets(
	const struct conf_key *key, void *base, const struct conf_node *node, struct conf_place *place)
{
	struct conf_secrets *out = field(key, base);
	uint32_t idx = 0;
	int err = 0;

	memset(out, 0, sizeof(*out));
	for (const struct conf_node *e = node->first; e != NULL; e = e->next, idx++) {
		size_t mark = conf_place_push_idx(place, idx);
		bool is_text = e->kind == CONF_NODE_SCALAR && !conf_node_is_null(e) && e->is_clean;

		if (!is_text || strlen(e->text) > CONF_SECRET_LEN_MAX) {
			conf_error(place, e->line, e->column,
				"expected a text of at most %d bytes without control characters",
				CONF_SECRET_LEN_MAX);
			err = -EINVAL;
		} else if (idx < CONF_SECRETS_MAX) {
			memcpy(out->text[idx], e->text, strlen(e->text));
			conf_lint_secret(out, idx, NULL, 0, e, place);
		}
		conf_place_pop(place, mark);
	}
	out->n = idx < CONF_SECRETS_MAX ? idx : CONF_SECRETS_MAX;
	if (idx <= CONF_SECRETS_MAX)
		return err;
	conf_error(place, node->line, node->column, "expected at most %d secrets, got %u", CONF_SECRETS_MAX,
		idx);
	return -EINVAL;
}

static int set_scheme(
	const struct conf_key *key, void *base, const struct conf_node *node, struct conf_place *place)
{
	const char *why = "";

	if (auth_scheme_parse(node->text, field(key, base), &why) == 0)
		return 0;
	conf_error(place, node->line, node->column, "not a scheme: %s", why);
	return -EINVAL;
}

// One element of a list: store it as the idx-th, 0 or -EINVAL with an error in place.
typedef int (*element_fn)(const struct conf_key *key, void *base, uint32_t idx, const struct conf_node *node,
	struct conf_place *place);

static int set_core(const struct conf_key *key, void *base, uint32_t idx, const struct conf_node *node,
	struct conf_place *place)
{
	struct conf *conf = base;
	const char *rest;
	uint64_t cpu;

	if (!digits_parse(node->text, &cpu, &rest) || *rest != '\0' || cpu > key->max)
		return refuse_element("a CPU number 0..1023", node, place);
	for (uint32_t i = 0; i < idx; i++) {
		if (conf->workers.cores[i] == cpu) {
			conf_error(place, node->line, node->column, "CPU %u is named twice", (unsigned)cpu);
			return -EINVAL;
		}
	}
	conf->workers.cores[idx] = (uint16_t)cpu;
	return 0;
}

static int set_service(const struct conf_key *key, void *base, uint32_t idx, const struct conf_node *node,
	struct conf_place *place)
{
	struct conf_filter *filter = base;
	const struct conf_word *word = word_find(conf_service_words, node->text);
	uint64_t value = word != NULL ? word->value : 0;
	const char *rest = "";

	(void)key;
	if (word == NULL &&
		(!digits_parse(node->text, &value, &rest) || *rest != '\0' || value < 1 || value > 65535))
		return refuse_element("ping, ssh, winbox or 1..65535", node, place);
	filter->deny_services[idx] = (uint16_t)value;
	return 0;
}

static int set_mac(const struct conf_key *key, void *base, uint32_t idx, const struct conf_node *node,
	struct conf_place *place)
{
	struct conf_ids *ids = field(key, base);
	struct base_mac mac;

	if (base_mac_parse(node->text, &mac) < 0 || !base_mac_is_unicast(&mac))
		return refuse_element("a RoMON id: a unicast MAC address", node, place);
	ids->id[idx] = mac;
	return 0;
}

// A list, or one scalar in its place. Sets *n to the number of elements stored.
static int set_list(const struct conf_key *key, void *base, const struct conf_node *node,
	struct conf_place *place, element_fn set_element, uint32_t *n, uint32_t n_max)
{
	const struct conf_node *e = node->kind == CONF_NODE_LIST ? node->first : node;
	uint32_t n_given = node->kind == CONF_NODE_LIST ? node->n : 1;
	int err = 0;

	*n = 0;
	if (n_given > n_max) {
		conf_error(place, node->line, node->column, "expected at most %u entries, got %u", n_max,
			n_given);
		return -EINVAL;
	}
	for (uint32_t i = 0; i < n_given; i++, e = e->next) {
		size_t mark = node->kind == CONF_NODE_LIST ? conf_place_push_idx(place, i) : place->path.len;

		if (e->kind != CONF_NODE_SCALAR || !e->is_clean)
			err = refuse_element("one value", e, place);
		else if (set_element(key, base, *n, e, place) < 0)
			err = -EINVAL;
		else
			(*n)++;
		conf_place_pop(place, mark);
	}
	return err;
}

static int set_cores(
	const struct conf_key *key, void *base, const struct conf_node *node, struct conf_place *place)
{
	struct conf *conf = base;

	conf->workers.cores_are_auto = node->kind == CONF_NODE_SCALAR && strcmp(node->text, "auto") == 0;
	conf->workers.n_cores = 0;
	if (conf->workers.cores_are_auto)
		return 0;
	if (node->kind == CONF_NODE_LIST && node->n == 0)
		return refuse(key, node, place);
	return set_list(key, base, node, place, set_core, &conf->workers.n_cores, CONF_CORES_MAX);
}

static bool type_takes(enum conf_type type, const struct conf_node *node)
{
	bool is_scalar = node->kind == CONF_NODE_SCALAR;
	bool is_list = node->kind == CONF_NODE_LIST;

	if (type == CONF_TYPE_SECRETS)
		return is_list;
	if (type == CONF_TYPE_CORES || type == CONF_TYPE_SERVICES || type == CONF_TYPE_MACS)
		return is_scalar || is_list;
	return is_scalar;
}

int conf_value_set(
	const struct conf_key *key, void *base, const struct conf_node *node, struct conf_place *place)
{
	struct conf_filter *filter = base;

	if (key->type == CONF_TYPE_SECRETS && node->kind == CONF_NODE_SCALAR && !conf_node_is_null(node)) {
		conf_error(place, node->line, node->column, "expected a list of secrets, got a single text");
		return -EINVAL;
	}
	if (!type_takes(key->type, node) || conf_node_is_null(node))
		return refuse(key, node, place);
	if (node->kind == CONF_NODE_SCALAR && !node->is_clean) {
		conf_error(
			place, node->line, node->column, "control characters and line ends are not accepted");
		return -EINVAL;
	}
	switch (key->type) {
	case CONF_TYPE_BOOL:
		return set_bool(key, base, node, place);
	case CONF_TYPE_UINT:
		return set_uint(key, base, node, place);
	case CONF_TYPE_DURATION_MS:
	case CONF_TYPE_DURATION_S:
		return set_duration(key, base, node, place);
	case CONF_TYPE_ENUM:
		return set_word(key, base, node, place);
	case CONF_TYPE_TEXT:
	case CONF_TYPE_NAME:
	case CONF_TYPE_PATH:
	case CONF_TYPE_SECRETS_FILE:
	case CONF_TYPE_ENDPOINT:
	case CONF_TYPE_SERVICE:
		return set_text(key, base, node, place);
	case CONF_TYPE_ID:
		return set_id(key, base, node, place);
	case CONF_TYPE_SECRETS:
		return set_secrets(key, base, node, place);
	case CONF_TYPE_SCHEME:
		return set_scheme(key, base, node, place);
	case CONF_TYPE_CORES:
		return set_cores(key, base, node, place);
	case CONF_TYPE_SERVICES:
		return set_list(
			key, base, node, place, set_service, &filter->n_deny_services, CONF_FILTER_LIST_MAX);
	case CONF_TYPE_MACS:
		return set_list(key, base, node, place, set_mac, &((struct conf_ids *)field(key, base))->n,
			CONF_IDS_MAX);
	case CONF_TYPE_INVALID:
	case CONF_TYPE_PORTS:
	case CONF_TYPE_GROUPS:
	case CONF_TYPE_RELAYS:
	case CONF_TYPE_FILTERS:
	case CONF_TYPE_FORWARDS:
		break;
	}
	assert(key->type == CONF_TYPE_INVALID); // a container has no value
	return -EINVAL;
}

void conf_value_set_default(const struct conf_key *key, void *base)
{
	struct conf_issues issues;
	struct conf_place place;
	char text[64];

	if (key->fallback == NULL)
		return;
	struct conf_node node = {.kind = CONF_NODE_SCALAR, .is_clean = true, .text = text};
	int err = base_text_copy(text, sizeof(text), key->fallback);
	issues.n = issues.n_errors = issues.n_lost = 0;
	conf_place_init(&place, &issues);
	if (err == 0)
		err = conf_value_set(key, base, &node, &place);
	assert(err == 0);
	(void)err;
}
