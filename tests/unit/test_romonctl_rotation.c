// SPDX-License-Identifier: BSD-3-Clause
// The stages of a change of secrets: from every list to every stage, and that neighboring stages understand
// each other.
#include <string.h>

#include "rotation.h"
#include "suite.h"

#define NEW "new"

static struct conf_secrets list_of(const char *const *texts, uint32_t n)
{
	struct conf_secrets list;

	memset(&list, 0, sizeof(list));
	for (uint32_t i = 0; i < n; i++)
		snprintf(list.text[i], sizeof(list.text[i]), "%s", texts[i]);
	list.n = n;
	return list;
}

#define LIST(...)                                   \
	list_of((const char *const[]){__VA_ARGS__}, \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

// Walk from now to that stage, and compare with "a,b,c".
static void walks_to(struct conf_secrets now, unsigned stage, const char *want)
{
	struct conf_secrets next;
	char got[256] = "";

	CU_ASSERT_EQUAL(rotation_list(&now, NEW, stage, &next), 0);
	for (uint32_t i = 0; i < next.n; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s", i > 0 ? "," : "",
			next.text[i][0] == '\0' ? "-" : next.text[i]);
	CU_ASSERT_STRING_EQUAL(got, want);
	CU_ASSERT_EQUAL(rotation_stage_of(&next, NEW), stage);
}

static void stage_follows_stage(void)
{
	struct conf_secrets none;

	memset(&none, 0, sizeof(none));
	CU_ASSERT_EQUAL(rotation_stage_of(&none, NEW), 0);
	walks_to(none, 1, "-,new");
	walks_to(LIST(""), 1, "-,new");
	walks_to(LIST("", NEW), 2, "new,-");
	walks_to(LIST(NEW, ""), 3, "new");
	walks_to(LIST("old"), 1, "old,new");
	walks_to(LIST("old", NEW), 2, "new,old");
	walks_to(LIST(NEW, "old"), 3, "new");
	walks_to(LIST("a", "", "c"), 1, "a,-,c,new");
	walks_to(LIST("a", NEW, "c"), 2, "new,a,c");
	walks_to(LIST(NEW, "a", "c"), 3, "new");
}

static void stages_may_be_taken_again_or_back_but_not_skipped(void)
{
	struct conf_secrets now = LIST("old");
	struct conf_secrets out;

	CU_ASSERT_EQUAL(rotation_list(&now, NEW, 2, &out), -EINVAL);
	CU_ASSERT_EQUAL(rotation_list(&now, NEW, 3, &out), -EINVAL);
	CU_ASSERT_EQUAL(rotation_list(&now, NEW, 0, &out), -EINVAL);
	CU_ASSERT_EQUAL(rotation_list(&now, NEW, 4, &out), -EINVAL);
	now = LIST("old", NEW);
	CU_ASSERT_EQUAL(rotation_list(&now, NEW, 3, &out), -EINVAL);
	walks_to(now, 1, "old,new");
	walks_to(LIST(NEW, "old"), 1, "old,new");
	walks_to(LIST(NEW), 3, "new");
	now = LIST(NEW); // what was before is not known any more
	CU_ASSERT_EQUAL(rotation_list(&now, NEW, 1, &out), -EINVAL);
	CU_ASSERT_EQUAL(rotation_list(&now, NEW, 2, &out), -EINVAL);
}

static void removal_walks_the_same_stages(void)
{
	struct conf_secrets now = LIST("old");
	struct conf_secrets next;

	for (unsigned stage = 1; stage <= ROTATION_STAGES; stage++) {
		static const uint32_t n_wanted[] = {0, 2, 2, 1};

		CU_ASSERT_EQUAL(rotation_stage_of(&now, ""), stage - 1);
		CU_ASSERT_EQUAL(rotation_list(&now, "", stage, &next), 0);
		CU_ASSERT_EQUAL(next.n, n_wanted[stage]);
		CU_ASSERT_STRING_EQUAL(next.text[0], stage == 1 ? "old" : "");
		CU_ASSERT_STRING_EQUAL(next.text[1], stage == 2 ? "old" : "");
		now = next;
	}
	memset(&now, 0, sizeof(now));
	CU_ASSERT_EQUAL(rotation_stage_of(&now, ""), ROTATION_STAGES);
}

static void full_list_has_no_room(void)
{
	struct conf_secrets now = LIST("a", "b", "c", "d");
	struct conf_secrets out;

	CU_ASSERT_EQUAL(rotation_list(&now, NEW, 1, &out), -E2BIG);
	walks_to(LIST("a", "b", "c", NEW), 2, "new,a,b,c");
}

// A node of a stage accepts what a node of the same stage, or of one next to it, sends.
static void neighboring_stages_understand_each_other(void)
{
	static const char *const olds[] = {"", "old"};

	for (size_t k = 0; k < BASE_ARRAY_LEN(olds); k++) {
		struct conf_secrets stages[ROTATION_STAGES + 1] = {LIST(olds[k])};

		for (unsigned s = 1; s <= ROTATION_STAGES; s++)
			CU_ASSERT_EQUAL(rotation_list(&stages[s - 1], NEW, s, &stages[s]), 0);
		for (unsigned a = 0; a <= ROTATION_STAGES; a++) {
			for (unsigned b = 0; b <= ROTATION_STAGES; b++) {
				bool is_taken = false;

				for (uint32_t i = 0; i < stages[b].n; i++)
					is_taken |= strcmp(stages[a].text[0], stages[b].text[i]) == 0;
				bool is_near = a <= b + 1 && b <= a + 1;
				CU_ASSERT_TRUE(is_taken || !is_near);
			}
		}
	}
}

static void words_name_no_secret(void)
{
	struct conf_secrets now = LIST("hunter2", "", NEW, "x");
	struct conf_secrets none;
	char text[128];

	memset(&none, 0, sizeof(none));
	CU_ASSERT_STRING_EQUAL(rotation_describe(&now, NEW, text, sizeof(text)), "old, unsigned, new, old 2");
	CU_ASSERT_STRING_EQUAL(rotation_describe(&none, NEW, text, sizeof(text)), "unsigned");
}

static const struct suite_case cases[] = {
	SUITE_CASE(stage_follows_stage),
	SUITE_CASE(stages_may_be_taken_again_or_back_but_not_skipped),
	SUITE_CASE(removal_walks_the_same_stages),
	SUITE_CASE(full_list_has_no_room),
	SUITE_CASE(neighboring_stages_understand_each_other),
	SUITE_CASE(words_name_no_secret),
};

SUITE_MAIN("romonctl_rotation", cases)
