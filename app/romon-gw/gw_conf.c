// SPDX-License-Identifier: BSD-3-Clause
// romon-gw.yaml. The tree, and how errors are placed, are those of romond.yaml (conf_node.h). At the start.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_file.h"
#include "base_suggest.h"
#include "base_text.h"
#include "conf_issue.h"
#include "conf_node.h"
#include "conf_value.h"
#include "gw_conf.h"
#include "metrics.h"

#define FILE_MAX (1u << 16)
#define GOT_SIZE 64
#define KEYS_MAX 32
#define PORT_MAX 65535

const struct gw_conf_key gw_conf_keys[] = {
	{"", "socket", GW_CONF_PATH, offsetof(struct gw_conf, socket), "/run/romond/control.sock",
		"control socket of the romond that is served"},
	{"", "users", GW_CONF_PATH, offsetof(struct gw_conf, users), "/etc/romond/romon-gw.users",
		"file of those who may log in; `romon-gw user` writes it"},
	{"", "state", GW_CONF_PATH, offsetof(struct gw_conf, state), "/var/lib/romon-gw",
		"folder of the certificate that is made at the first start"},
	{"api", "listen", GW_CONF_ENDPOINT, offsetof(struct gw_conf, api_listen), "127.0.0.1:8728",
		"where the binary API is served, ADDRESS:PORT; none = nowhere"},
	{"api", "tls-listen", GW_CONF_ENDPOINT, offsetof(struct gw_conf, api_tls_listen), "127.0.0.1:8729",
		"where the binary API is served with TLS"},
	{"api", "reply-empty", GW_CONF_BOOL, offsetof(struct gw_conf, api_reply_empty), "false",
		"say !empty where there are no rows, as RouterOS 7.18 does: node-routeros ends by it"},
	{"http", "listen", GW_CONF_ENDPOINT, offsetof(struct gw_conf, http_listen), "127.0.0.1:8080",
		"where REST is served without TLS, ADDRESS:PORT of loopback; none = nowhere"},
	{"https", "listen", GW_CONF_ENDPOINT, offsetof(struct gw_conf, https_listen), "127.0.0.1:8443",
		"where REST is served with TLS"},
	{"https", "certificate", GW_CONF_PATH_OR_NONE, offsetof(struct gw_conf, certificate), "none",
		"PEM file, for the binary API too: the certificate, then those that signed it; none = self-made"},
	{"https", "key", GW_CONF_PATH_OR_NONE, offsetof(struct gw_conf, key), "none",
		"PEM file of its private key"},
	{"metrics", "access", GW_CONF_ACCESS, offsetof(struct gw_conf, metrics_access), "login",
		"who may read /metrics: login = users, as all else; loopback = also whoever asks from this machine; all = everybody"},
	{"metrics", "nodes", GW_CONF_NODES, offsetof(struct gw_conf, metrics_nodes), "0",
		"how many nodes have series of their own in /metrics, at most: up to 10000; 0 = none, only how many are ok, late and down"},
	{NULL},
};

static bool endpoint_is_valid(const char *text)
{
	const char *colon = strrchr(text, ':');
	char *end;

	if (strcmp(text, "none") == 0)
		return true;
	if (colon == NULL || colon == text || colon[1] < '0' || colon[1] > '9')
		return false;
	unsigned long port = strtoul(colon + 1, &end, 10);
	return *end == '\0' && port > 0 && port <= PORT_MAX;
}

static bool nodes_set(uint32_t *field, const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	*field = (uint32_t)n;
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && n <= METRICS_NODES_MAX;
}

static bool access_set(enum gw_access *field, const char *text)
{
	static const char *const words[] = {
		[GW_ACCESS_LOGIN] = "login", [GW_ACCESS_LOOPBACK] = "loopback", [GW_ACCESS_ALL] = "all"};

	for (enum gw_access a = GW_ACCESS_LOGIN; a <= GW_ACCESS_ALL; a++) {
		if (strcmp(text, words[a]) == 0) {
			*field = a;
			return true;
		}
	}
	return false;
}

// Set the key from text: false when it is nothing that the key takes; *expected says what is.
static bool value_set(
	const struct gw_conf_key *key, const char *text, struct gw_conf *conf, const char **expected)
{
	void *field = (char *)conf + key->offset;

	switch (key->type) {
	case GW_CONF_PATH:
		*expected = "an absolute path";
		return text[0] == '/' && base_text_copy(field, PATH_MAX, text) == 0;
	case GW_CONF_PATH_OR_NONE:
		*expected = "an absolute path, or none";
		return (text[0] == '/' || strcmp(text, "none") == 0) &&
		       base_text_copy(field, PATH_MAX, text[0] == '/' ? text : "") == 0;
	case GW_CONF_ENDPOINT:
		*expected = "an address and a port such as 127.0.0.1:8728, or none";
		return endpoint_is_valid(text) &&
		       base_text_copy(field, GW_ENDPOINT_LEN, strcmp(text, "none") == 0 ? "" : text) == 0;
	case GW_CONF_BOOL:
		*expected = "true or false";
		*(bool *)field = strcmp(text, "true") == 0;
		return *(bool *)field || strcmp(text, "false") == 0;
	case GW_CONF_NODES:
		*expected = "a number from 0 to 10000";
		return nodes_set(field, text);
	case GW_CONF_ACCESS:
		*expected = "login, loopback or all";
		return access_set(field, text);
	}
	return false;
}

static void defaults_set(struct gw_conf *conf)
{
	const char *expected;

	for (const struct gw_conf_key *k = gw_conf_keys; k->name != NULL; k++) {
		if (!value_set(k, k->fallback, conf, &expected))
			abort(); // the rows are ours
	}
}

static const struct gw_conf_key *key_find(const char *section, const char *name)
{
	for (const struct gw_conf_key *k = gw_conf_keys; k->name != NULL; k++) {
		if (strcmp(k->section, section) == 0 && strcmp(k->name, name) == 0)
			return k;
	}
	return NULL;
}

static bool is_section(const char *name)
{
	for (const struct gw_conf_key *k = gw_conf_keys; k->name != NULL; k++) {
		if (strcmp(k->section, name) == 0)
			return true;
	}
	return false;
}

static void unknown_tell(struct conf_place *place, const struct conf_node *node, const char *section)
{
	const char *names[KEYS_MAX];
	uint32_t n = 0;

	for (const struct gw_conf_key *k = gw_conf_keys; k->name != NULL && n < KEYS_MAX; k++) {
		if (strcmp(k->section, section) == 0)
			names[n++] = k->name;
		else if (section[0] == '\0')
			names[n++] = k->section;
	}
	const char *near = base_suggest(node->key, names, n);
	if (near != NULL)
		conf_error(place, node->key_line, node->key_column, "there is no such key; did you mean %s?",
			near);
	else
		conf_error(place, node->key_line, node->key_column, "there is no such key");
}

static void map_read(
	struct conf_place *place, const struct conf_node *map, const char *section, struct gw_conf *conf)
{
	char got[GOT_SIZE];

	if (map->kind != CONF_NODE_MAP) {
		conf_error(place, map->line, map->column, "expected keys with values, got %s",
			conf_value_got(map, got, sizeof(got)));
		return;
	}
	for (const struct conf_node *m = map->first; m != NULL; m = m->next) {
		size_t mark = conf_place_push(place, m->key);
		const struct gw_conf_key *key = key_find(section, m->key);
		const char *expected = "one value";

		if (section[0] == '\0' && m->key[0] != '\0' && is_section(m->key))
			map_read(place, m, m->key, conf);
		else if (key == NULL)
			unknown_tell(place, m, section);
		else if (m->kind != CONF_NODE_SCALAR || !m->is_clean ||
			 !value_set(key, m->text, conf, &expected))
			conf_error(place, m->line, m->column, "expected %s, got %s", expected,
				conf_value_got(m, got, sizeof(got)));
		conf_place_pop(place, mark);
	}
}

// The text of the file, to be freed, or NULL with an issue.
static char *file_read(const char *path, struct conf_place *place, size_t *len)
{
	char why_buf[256];
	struct base_text why;
	struct stat st;

	base_text_init(&why, why_buf, sizeof(why_buf));
	int fd = base_file_open(path, FILE_MAX, &st, &why);
	if (fd < 0) {
		conf_error(place, 0, 0, "%s", why_buf);
		return NULL;
	}
	char *text = malloc(FILE_MAX);
	ssize_t n = text == NULL ? -ENOMEM : base_file_read(fd, text, FILE_MAX);
	close(fd);
	if (n < 0) {
		conf_error(place, 0, 0, "cannot be read: %s", strerror((int)-n));
		free(text);
		return NULL;
	}
	*len = (size_t)n;
	return text;
}

int gw_conf_load(const char *path, struct gw_conf *conf, FILE *out)
{
	struct conf_issues *issues = calloc(1, sizeof(*issues));
	struct conf_place place;
	size_t len = 0;

	defaults_set(conf);
	if (path == NULL || issues == NULL) {
		free(issues);
		return path == NULL ? 0 : -ENOMEM;
	}
	conf_place_init(&place, issues);
	char *text = file_read(path, &place, &len);
	struct conf_node *root = text == NULL ? NULL : conf_node_parse(text, len, &place);
	if (root != NULL)
		map_read(&place, root, "", conf);
	if (root != NULL && (conf->certificate[0] == '\0') != (conf->key[0] == '\0'))
		conf_error(&place, 0, 0,
			"https.certificate and https.key go together: one of them is not there");
	conf_node_free(root);
	free(text);
	conf_issues_sort(issues);
	conf_issues_print(issues, path, out);
	int rc = issues->n_errors == 0 ? 0 : -EINVAL;
	free(issues);
	return rc;
}
