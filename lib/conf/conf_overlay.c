// SPDX-License-Identifier: BSD-3-Clause
// Edits above a file: each into the tree, and which of them fit. Control thread.
//
// A file that changed may have no place for an edit any more, or may contradict it. That must keep nobody
// from starting: such edits are left out, one by one, and said by their key and the reason.
#include <stdlib.h>
#include <string.h>

#include "base_secmem.h"
#include "conf_edit.h"
#include "conf_loader.h"
#include "conf_tree.h"

#define WORDS (CONF_EDITS_MAX / 64)

static int missing(const struct conf_edit *edit, uint32_t idx, struct base_text *why)
{
	base_text_add(why, "the file has no ");
	for (uint32_t i = 0; i <= idx; i++)
		base_text_add(why, "%s%s", i > 0 ? "." : "", edit->path.names[i]);
	return base_errno_set(ENOENT);
}

// The map that the last name of the path stands in; NULL with errno, ENOENT with why. Sections are made.
static struct conf_node *map_find(struct conf_node *root, const struct conf_edit *edit, struct base_text *why)
{
	struct conf_node *map = root;

	for (uint32_t i = 0; i + 1 < edit->path.n; i++) {
		const char *name = edit->path.names[i];
		struct conf_node *member = conf_node_member(map, name);

		if (member == NULL &&
			(edit->verb == CONF_VERB_REMOVE || conf_path_names_entry(&edit->path, i)))
			return base_errno_null(-missing(edit, i, why));
		if (member == NULL) {
			struct conf_node *made = conf_node_make(CONF_NODE_MAP);

			if (made == NULL || conf_node_put(map, name, made) != 0)
				return base_errno_null(ENOMEM);
			member = conf_node_member(map, name);
		}
		if (member->kind != CONF_NODE_MAP)
			return base_errno_null(-missing(edit, i, why));
		map = member;
	}
	return map;
}

int conf_edit_merge(struct conf_node *root, const struct conf_edit *edit, struct base_text *why)
{
	const char *name = edit->path.names[edit->path.n - 1];
	struct conf_node *map = map_find(root, edit, why);
	struct conf_node *node = NULL;

	if (map == NULL)
		return -errno;
	if (edit->path.key == NULL || (edit->verb == CONF_VERB_ADD && !edit->path.is_entry) ||
		(edit->verb == CONF_VERB_SET && edit->path.is_entry)) {
		base_text_add(why, "this romond has no such key");
		return base_errno_set(ENOENT);
	}
	switch (edit->verb) {
	case CONF_VERB_REMOVE:
		return conf_node_drop(map, name) ? 0 : missing(edit, edit->path.n - 1, why);
	case CONF_VERB_ADD:
		if (conf_node_get(map, name) != NULL)
			return 0; // the file has it by now
		node = conf_node_make(CONF_NODE_MAP);
		break;
	case CONF_VERB_SET:
		node = conf_node_copy(edit->value);
		break;
	case CONF_VERB_INVALID:
		break;
	}
	return node == NULL ? base_errno_set(ENOMEM) : conf_node_put(map, name, node);
}

void conf_edit_misfit(struct conf_place *place, const struct conf_edit *edit, const char *why, bool is_error)
{
	char key_buf[CONF_KEY_PATH_SIZE];
	struct base_text key;

	base_text_init(&key, key_buf, sizeof(key_buf));
	conf_path_format(&edit->path, &key);
	if (is_error)
		conf_error(place, 0, 0, "%s: %s", key_buf, why);
	else
		conf_warning(place, 0, 0,
			"%s: this edit is left out: %s; `romonctl config reset %s` drops it", key_buf, why,
			key_buf);
}

// ---- which of them fit

struct fitting {
	const char *text;
	size_t len;
	const struct conf_source *source;
	struct conf_source lenient; // the same, but that no edit has to fit
	struct conf_edits *edits;
	struct conf_issues scrap;
};

// Would it load with the first n edits, but those left out?
static bool is_loadable(struct fitting *f, uint32_t n, const uint64_t *left_out)
{
	uint64_t bits[WORDS];
	uint32_t n_all = f->edits->n;

	memcpy(bits, left_out, sizeof(bits));
	f->edits->n = n;
	struct conf *conf = conf_load_once(f->text, f->len, &f->lenient, f->edits, bits, &f->scrap);
	f->edits->n = n_all;
	conf_free(conf);
	return conf != NULL;
}

// With all edits it does not load: find those that it loads without.
static struct conf *load_fitting(struct fitting *f, uint64_t *left_out, struct conf_issues *issues)
{
	struct conf_issues *found = calloc(1, sizeof(*found));
	uint32_t n_old = f->edits->n - f->source->n_must;
	struct conf_place place;

	if (found == NULL)
		return base_errno_null(ENOMEM);
	conf_place_init(&place, found);
	memset(left_out, 0, WORDS * sizeof(left_out[0]));
	for (uint32_t i = 0; i < n_old; i++) {
		if (is_loadable(f, i + 1, left_out))
			continue;
		left_out[i / 64] |= UINT64_C(1) << i % 64;
		conf_edit_misfit(&place, &f->edits->list[i], conf_issues_error(&f->scrap), false);
	}
	struct conf *conf = conf_load_once(f->text, f->len, f->source, f->edits, left_out, issues);
	for (uint32_t i = 0; i < found->n && issues->n < CONF_ISSUES_MAX; i++)
		issues->list[issues->n++] = found->list[i];
	conf_issues_sort(issues);
	free(found);
	return conf;
}

static struct conf *load_with(struct fitting *f, uint64_t *left_out, struct conf_issues *issues)
{
	static const uint64_t none[WORDS];

	struct conf *conf = conf_load_once(f->text, f->len, f->source, f->edits, left_out, issues);
	if (conf != NULL || f->edits->n == 0)
		return conf;
	if (!is_loadable(f, 0, none)) { // the file's own faults
		memcpy(issues, &f->scrap, sizeof(*issues));
		return base_errno_null(EINVAL);
	}
	// all that were there before do fit: it is what is new that does not
	if (f->source->n_must > 0 && is_loadable(f, f->edits->n - f->source->n_must, none))
		return base_errno_null(EINVAL);
	return load_fitting(f, left_out, issues);
}

static uint32_t bits_count(const uint64_t *bits)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < WORDS; i++)
		n += (uint32_t)__builtin_popcountll(bits[i]);
	return n;
}

struct conf *conf_load_edited(
	const char *text, size_t len, const struct conf_source *source, struct conf_issues *issues)
{
	struct fitting *f = calloc(1, sizeof(*f));
	struct conf_edits *edits = conf_edits_create();
	uint64_t left_out[WORDS] = {0};
	char why_buf[160];
	struct base_text why;
	struct conf *conf = NULL;

	base_text_init(&why, why_buf, sizeof(why_buf));
	int err = f == NULL || edits == NULL ? -ENOMEM : conf_edits_read(source->overlay, edits, &why);
	if (err == 0) {
		*f = (struct fitting){
			.text = text, .len = len, .source = source, .lenient = *source, .edits = edits};
		f->lenient.n_must = 0;
		conf = load_with(f, left_out, issues);
		err = conf == NULL ? -errno : 0;
	} else {
		struct conf_place place;

		conf_place_init(&place, issues);
		conf_error(&place, 0, 0, "the edits above it: %s", err == -EINVAL ? why_buf : strerror(-err));
	}
	if (conf != NULL) {
		conf->overlay = conf_text_share(source->overlay);
		conf->n_edits = edits->n;
		conf->n_left_out = bits_count(left_out);
		memcpy(conf->left_out, left_out, sizeof(left_out));
	}
	conf_edits_destroy(edits);
	free(f);
	return conf != NULL ? conf : base_errno_null(-err);
}

// ---- a text with them

// The tree of a file, with those edits that fit; NULL with errno.
static struct conf_node *tree_make(const struct conf *conf, const struct conf_edits *edits)
{
	struct conf_place place;
	char scrap[128];
	struct base_text why;
	struct conf_issues *issues = calloc(1, sizeof(*issues));

	if (issues == NULL)
		return NULL;
	conf_place_init(&place, issues);
	base_text_init(&why, scrap, sizeof(scrap));
	struct conf_node *root = conf_node_parse(conf->text->bytes, conf->text->len, &place);
	free(issues);
	for (uint32_t i = 0; root != NULL && i < edits->n; i++) {
		if ((conf->left_out[i / 64] >> i % 64 & 1) == 0 &&
			conf_edit_merge(root, &edits->list[i], &why) != 0) {
			conf_node_free(root);
			return base_errno_null(ENOMEM);
		}
	}
	return root;
}

struct conf_text *conf_text_whole(const struct conf *conf)
{
	struct conf_edits *edits = conf_edits_create();
	struct conf_text *text = NULL;
	struct base_text out;
	char scrap[128];

	if (conf->overlay == NULL || conf->n_edits == conf->n_left_out) {
		conf_edits_destroy(edits);
		return conf_text_share(conf->text);
	}
	base_text_init(&out, scrap, sizeof(scrap));
	int err = edits == NULL ? -ENOMEM : conf_edits_read(conf->overlay, edits, &out);
	struct conf_node *root = err != 0 ? NULL : tree_make(conf, edits);
	char *buf = root == NULL ? NULL : base_secmem_alloc(CONF_FILE_SIZE_MAX + 1);
	if (buf != NULL) {
		base_text_init(&out, buf, CONF_FILE_SIZE_MAX + 1);
		base_text_add(&out, "# Written by romond: its configuration with %u edits counted in.\n",
			conf->n_edits - conf->n_left_out);
		conf_node_write(root, 0, &out);
		text = out.is_cut ? base_errno_null(EFBIG) : conf_text_make(buf, out.len);
	}
	err = errno;
	base_secmem_free(buf);
	conf_node_free(root);
	conf_edits_destroy(edits);
	errno = err;
	return text;
}

int conf_text_has(const struct conf_text *text, const struct conf_path *path)
{
	struct conf_place place;
	struct conf_issues *issues = calloc(1, sizeof(*issues));

	if (issues == NULL)
		return base_errno_set(ENOMEM);
	conf_place_init(&place, issues);
	struct conf_node *root = conf_node_parse(text->bytes, text->len, &place);
	free(issues);
	if (root == NULL)
		return -errno;
	const struct conf_node *at = root;
	for (uint32_t i = 0; i < path->n && at != NULL; i++)
		at = conf_node_get(at, path->names[i]);
	int has = at != NULL;
	conf_node_free(root);
	return has;
}
