// SPDX-License-Identifier: BSD-3-Clause
// Where secrets come from, who may read that, how strong they are, and what is left of them in memory.
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_secmem.h"
#include "conf_expect.h"

#define STRONG "Zq7/vT2m+Kd94xWbR1pL"

// A file of that content and mode under the name that mkstemp() gave it.
static void file_write(char *path, const char *text, mode_t mode)
{
	int fd = mkstemp(path);

	CU_ASSERT_TRUE_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	CU_ASSERT_EQUAL(fchmod(fd, mode), 0);
	close(fd);
}

// Load yaml; want is the text of its only error, "" = there is none. Warnings do not matter.
static struct conf *load_expecting(const char *yaml, const char *want)
{
	static struct conf_issues issues;
	struct conf *conf = conf_load_text(yaml, strlen(yaml), &issues);
	const char *error = "";

	CU_ASSERT_EQUAL(issues.n_errors, want[0] != '\0');
	for (uint32_t i = 0; i < issues.n; i++) {
		if (!issues.list[i].is_warning)
			error = issues.list[i].text;
	}
	if (strcmp(error, want) != 0)
		fprintf(stderr, "--- of %s expected %s, got %s\n", yaml, want, error);
	CU_ASSERT_STRING_EQUAL(error, want);
	return conf;
}

// Load "romon: {secrets-file: PATH, EXTRA}"; want is what follows the key's name and, when it starts with a
// blank, the path.
static struct conf *load_with_file(const char *path, const char *extra, const char *want)
{
	char yaml[512];
	char error[512];

	snprintf(yaml, sizeof(yaml), "romon: {secrets-file: %s%s}\n", path, extra);
	snprintf(error, sizeof(error), "romon.secrets-file: %s%s", want[0] == ' ' ? path : "", want);
	return load_expecting(yaml, want[0] == '\0' ? "" : error);
}

static void secrets_file_is_read_when_it_is_private(void)
{
	char path[] = "/tmp/romond-test-XXXXXX";

	file_write(path, STRONG "1\n\n\"\"\nthird " STRONG "\r\n# " STRONG, 0600);
	struct conf *conf = load_with_file(path, "", "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	CU_ASSERT_EQUAL(conf->romon.secrets.n, 4);
	CU_ASSERT_STRING_EQUAL(conf->romon.secrets.text[0], STRONG "1");
	CU_ASSERT_STRING_EQUAL(conf->romon.secrets.text[1], "");
	CU_ASSERT_STRING_EQUAL(conf->romon.secrets.text[2], "third " STRONG);
	CU_ASSERT_STRING_EQUAL(conf->romon.secrets.text[3], "# " STRONG);
	conf_free(conf);
	conf_free(load_with_file(path, ", secrets: []", "")); // an empty list is no second place
	CU_ASSERT_PTR_NULL(load_expecting("romon: {secrets: [x], secrets-file: /x}\n",
		"romon.secrets-file: romon.secrets is given too: secrets stand in one of them"));
	unlink(path);
}

static void secrets_file_that_others_can_read_is_refused(void)
{
	static const mode_t modes[] = {0640, 0604, 0620, 0602, 0644};

	for (size_t i = 0; i < BASE_ARRAY_LEN(modes); i++) {
		char path[] = "/tmp/romond-test-XXXXXX";

		file_write(path, "s\n", modes[i]);
		CU_ASSERT_PTR_NULL(
			load_with_file(path, "", " group or others have access to it: chmod 0600 it"));
		unlink(path);
	}
}

static void secrets_file_with_bad_content_is_refused(void)
{
	static const struct {
		const char *text;
		const char *want;
	} bad[] = {
		{"", " holds no secret"},
		{"\n\n", " holds no secret"},
		{"1\n2\n3\n4\n5\n", " has more than 4 secrets"},
		{"ok\nta\tb\n", " line 2: expected a text of at most 64 bytes without control characters"},
		{"12345678901234567890123456789012345678901234567890123456789012345\n",
			" line 1: expected a text of at most 64 bytes without control characters"},
	};

	for (size_t i = 0; i < BASE_ARRAY_LEN(bad); i++) {
		char path[] = "/tmp/romond-test-XXXXXX";

		file_write(path, bad[i].text, 0600);
		CU_ASSERT_PTR_NULL(load_with_file(path, "", bad[i].want));
		unlink(path);
	}
	CU_ASSERT_PTR_NULL(
		load_with_file("/nonexistent/s", "", " cannot be read: No such file or directory"));
	CU_ASSERT_PTR_NULL(load_with_file("/tmp", "", " is a directory, not a regular file"));
}

// Load a whole file of that mode; the issues in text.
static struct conf *load_file(const char *yaml, mode_t mode, char *text, size_t size)
{
	static struct conf_issues issues;
	char path[] = "/tmp/romond-test-XXXXXX";
	FILE *out = fmemopen(text, size, "w");

	text[0] = '\0';
	file_write(path, yaml, mode);
	struct conf *conf = conf_load(path, &issues);
	for (uint32_t i = 0; i < issues.n; i++)
		fprintf(out, "%s%s\n", issues.list[i].is_warning ? "warning: " : "", issues.list[i].text);
	fclose(out);
	unlink(path);
	CU_ASSERT_EQUAL(conf == NULL, issues.n_errors > 0);
	return conf;
}

static void file_with_secrets_that_everybody_can_read_is_refused(void)
{
	static const char yaml[] = "ports: {a: {secrets: ['" STRONG "']}}\n";
	char text[2048];

	CU_ASSERT_PTR_NULL(load_file(yaml, 0644, text, sizeof(text)));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(text, "holds secrets and is open to everybody (mode 0644): chmod 0600 it, or "
			     "use romon.secrets-file\n"));
	CU_ASSERT_PTR_NULL(load_file(yaml, 0602, text, sizeof(text)));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "open to everybody"));
	conf_free(load_file(yaml, 0640, text, sizeof(text)));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "warning: holds secrets and is open to its group (mode 0640)"));
	conf_free(load_file(yaml, 0600, text, sizeof(text)));
	CU_ASSERT_PTR_NULL(strstr(text, "open to"));
	conf_free(load_file("ports: {a: }\n", 0666, text, sizeof(text)));
	CU_ASSERT_STRING_EQUAL(text, "");
}

// A credential of that mode in dir.
static void credential_write(const char *dir, const char *name, mode_t mode)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, mode);
	CU_ASSERT_EQUAL(write(fd, STRONG "\n", sizeof(STRONG)), sizeof(STRONG));
	CU_ASSERT_EQUAL(fchmod(fd, mode), 0);
	close(fd);
}

static void credential_is_read_where_systemd_put_it(void)
{
	static const char *const bad[] = {"", "../x", "a/b", ".x", ".."};
	char dir[] = "/tmp/romond-test-XXXXXX";

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	credential_write(dir, "overlay", 0440); // the mask of an access list
	credential_write(dir, "open", 0444);
	unsetenv("CREDENTIALS_DIRECTORY");
	CU_ASSERT_PTR_NULL(load_with_file("credential:overlay", "",
		" is there only in a service that systemd starts with LoadCredential=overlay:PATH"));
	setenv("CREDENTIALS_DIRECTORY", dir, 1);
	struct conf *conf = load_with_file("credential:overlay", "", "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	CU_ASSERT_STRING_EQUAL(conf->romon.secrets.text[0], STRONG);
	CU_ASSERT_STRING_EQUAL(conf->romon.secrets_file, "credential:overlay");
	conf_free(conf);
	CU_ASSERT_PTR_NULL(
		load_with_file("credential:none", "", " cannot be read: No such file or directory"));
	CU_ASSERT_PTR_NULL(
		load_with_file("credential:open", "", " group or others have access to it: chmod 0600 it"));
	for (size_t i = 0; i < BASE_ARRAY_LEN(bad); i++) {
		char yaml[128];

		snprintf(yaml, sizeof(yaml), "romon: {secrets-file: 'credential:%s'}\n", bad[i]);
		conf_expect_issues(yaml,
			"F:1:23: romon.secrets-file: expected an absolute path of at most 255 bytes or "
			"credential:NAME (what stands there is not shown: it may be a secret)\n");
	}
	unsetenv("CREDENTIALS_DIRECTORY");
	char path[64];
	snprintf(path, sizeof(path), "%s/overlay", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/open", dir);
	unlink(path);
	CU_ASSERT_EQUAL(rmdir(dir), 0);
}

static void weak_secrets_get_a_reason(void)
{
	static const struct {
		const char *secret;
		const char *why; // NULL: strong
	} rows[] = {
		{"x", "shorter than 16"},
		{"Zq7/vT2m+Kd94xW", "shorter than 16"},
		{"Zq7/vT2m+Kd94xWb", NULL},
		{STRONG, NULL},
		{"2fd4e1c67a2d28fced849ee1bb76e739", NULL}, // hex digits of openssl rand
		{"q8SkLUWVBhBXQpbEEmsE7KcY", NULL},
		{"vV0wQxE1fP3YbnZCqlYt9w==", NULL},
		{"aaaaaaaaaaaaaaaaaaaa", "repeats itself"},
		{"Zq7/Zq7/Zq7/Zq7/Zq7/", "repeats itself"},
		{"Zq7/vT2mKZq7/vT2mK", "repeats itself"},
		{"ababbabaabbaababab", "repeats itself"},
		{"abcdefghijklmnopqrst", "row of the alphabet"},
		{"QWERTYUIOPasdfghjkl", "row of the alphabet"},
		{"1234567890abcdefghij", "row of the alphabet"},
		{"8305517264093857", "digits only"},
		{"PasswordPassword1!x", "common words"},
		{"MikrotikRouter2024", "common words"},
		{"M1kr0t1k-S3cr3t-2024", "common words"},
		{"changeme-please-admin", "common words"},
		{"s3cret-of-vlan-81", "stands in the documentation"},
	};

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		char yaml[128];
		char text[2048];

		snprintf(yaml, sizeof(yaml), "romon: {secrets: ['%s']}\n", rows[i].secret);
		conf_free(load_file(yaml, 0600, text, sizeof(text)));
		const char *weak = strstr(text, "romon.secrets[0]: this secret ");
		bool is_right = rows[i].why == NULL ? weak == NULL
						    : weak != NULL && strstr(weak, rows[i].why) != NULL;
		if (!is_right)
			fprintf(stderr, "row %zu: %s\n", i, text);
		CU_ASSERT_TRUE(is_right);
		CU_ASSERT_TRUE(strlen(rows[i].secret) == 1 || strstr(text, rows[i].secret) == NULL);
	}
}

static void same_secret_twice_is_told(void)
{
	char text[2048];

	conf_free(
		load_file("romon: {secrets: ['" STRONG "', '', '" STRONG "']}\n", 0600, text, sizeof(text)));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "romon.secrets[1]: \"\" accepts unsigned frames"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "romon.secrets[2]: this secret is entry 1 of the list again"));
}

#define CANARY_LEN 24

// A text that stands nowhere in the program: made when it is wanted.
static void canary_make(char canary[CANARY_LEN + 1])
{
	uint32_t x = 0x2545f491u;

	for (int i = 0; i < CANARY_LEN; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		canary[i] = (char)('a' + x % 26);
	}
	canary[CANARY_LEN] = '\0';
}

// How often the canary stands in one mapping; where it is kept itself does not count.
static uint32_t hits_in(int mem, unsigned long from, unsigned long to, const char *canary)
{
	char *copy = base_secmem_alloc(to - from);
	ssize_t n = pread(mem, copy, to - from, (off_t)from);
	uint32_t n_hits = 0;

	for (ssize_t at = 0; at + CANARY_LEN <= n; at++)
		n_hits +=
			from + (size_t)at != (uintptr_t)canary && memcmp(copy + at, canary, CANARY_LEN) == 0;
	base_secmem_free(copy);
	return n_hits;
}

// The same for all writable memory of this process. *n_open: of those, in memory that a core dump would hold.
static uint32_t canary_hits(const char *canary, uint32_t *n_open)
{
	FILE *maps = fopen("/proc/self/smaps", "r");
	int mem = open("/proc/self/mem", O_RDONLY);
	unsigned long from = 0;
	unsigned long to = 0;
	char mode[8] = "";
	char line[1024];
	uint32_t n = 0;

	*n_open = 0;
	while (fgets(line, sizeof(line), maps) != NULL) {
		unsigned long head[2]; // "Anonymous:" begins with a hex digit too

		if (sscanf(line, "%lx-%lx %7s", &head[0], &head[1], mode) == 3) {
			from = head[0];
			to = head[1];
		}
		if (strncmp(line, "VmFlags:", 8) != 0 || mode[0] != 'r' || mode[1] != 'w')
			continue;
		uint32_t n_here = hits_in(mem, from, to, canary);
		n += n_here;
		*n_open += strstr(line, " dd") == NULL ? n_here : 0;
	}
	fclose(maps);
	close(mem);
	return n;
}

// A configuration that says it five times, and once in a comment. The files are removed when they were read.
static struct conf *canary_load(const char *canary, const char *more)
{
	static struct conf_issues issues;
	char path[] = "/tmp/romond-test-XXXXXX";
	char secrets_path[] = "/tmp/romond-test-XXXXXX";

	int fd = mkstemp(secrets_path);
	dprintf(fd, "%s\n\"\"\n", canary);
	close(fd);
	fd = mkstemp(path);
	dprintf(fd,
		"# %s\nromon:\n  secrets-file: %s\nports:\n  all: {secrets: [%s]}\n  a: {}\n"
		"  b: {secrets: [\"%s\", 'x%s']}\n%s",
		canary, secrets_path, canary, canary, canary, more);
	close(fd);
	struct conf *conf = conf_load(path, &issues);
	unlink(path);
	unlink(secrets_path);
	for (uint32_t i = 0; i < issues.n; i++)
		CU_ASSERT_PTR_NULL(strstr(issues.list[i].text, canary));
	return conf;
}

static void nothing_is_left_in_memory(void)
{
	char canary[CANARY_LEN + 1];
	uint32_t n_open;

	if (SUITE_HAS_ASAN)
		return; // its allocator keeps what was freed
	canary_make(canary);
	struct conf *conf = canary_load(canary, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	CU_ASSERT_STRING_EQUAL(conf->romon.secrets.text[0], canary);
	CU_ASSERT_EQUAL(canary_hits(canary, &n_open), 9); // romon, all, a, two of b; four in the text
	CU_ASSERT_EQUAL(n_open, 0);
	struct conf *copy = conf_copy(conf);
	CU_ASSERT_EQUAL(canary_hits(canary, &n_open), 14); // the text is shared
	CU_ASSERT_EQUAL(n_open, 0);
	CU_ASSERT_PTR_EQUAL(copy->text, conf->text);
	conf_forget_secrets(copy);
	CU_ASSERT_PTR_NULL(copy->text);
	CU_ASSERT_EQUAL(canary_hits(canary, &n_open), 9);
	char *shown = conf_show(conf);
	CU_ASSERT_PTR_NOT_NULL_FATAL(shown);
	CU_ASSERT_PTR_NULL(strstr(shown, canary));
	free(shown);
	conf_free(copy);
	conf_free(conf);
	CU_ASSERT_EQUAL(canary_hits(canary, &n_open), 0);
	CU_ASSERT_EQUAL(base_secmem_n_blocks(), 0);

	// a file that is refused is wiped as well, by the schema and by libyaml
	CU_ASSERT_PTR_NULL(canary_load(canary, "limits: {no-such-key: 1}\n"));
	CU_ASSERT_EQUAL(canary_hits(canary, &n_open), 0);
	CU_ASSERT_PTR_NULL(canary_load(canary, "limits: {open: [}\n"));
	CU_ASSERT_EQUAL(canary_hits(canary, &n_open), 0);
	CU_ASSERT_EQUAL(base_secmem_n_blocks(), 0);
}

static const struct suite_case cases[] = {
	SUITE_CASE(secrets_file_is_read_when_it_is_private),
	SUITE_CASE(secrets_file_that_others_can_read_is_refused),
	SUITE_CASE(secrets_file_with_bad_content_is_refused),
	SUITE_CASE(file_with_secrets_that_everybody_can_read_is_refused),
	SUITE_CASE(credential_is_read_where_systemd_put_it),
	SUITE_CASE(weak_secrets_get_a_reason),
	SUITE_CASE(same_secret_twice_is_told),
	SUITE_CASE(nothing_is_left_in_memory),
};

SUITE_MAIN("conf_secrets", cases)
