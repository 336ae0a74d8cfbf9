// SPDX-License-Identifier: BSD-3-Clause
// romon-gw: which sentences leave together. The far end keeps the bounds of each send().
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gw_reply.h"
#include "rosapi_read.h"
#include "suite.h"

#define SEGMENT 1400

struct bed {
	int fds[2];
	struct gw_reply *reply;
};

static void begin(struct bed *b)
{
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, b->fds), 0);
	b->reply = calloc(1, sizeof(*b->reply));
	gw_reply_init(b->reply, gw_wire_create(b->fds[0], false, 0));
	CU_ASSERT_PTR_NOT_NULL_FATAL(b->reply->wire);
}

static void finish(struct bed *b)
{
	gw_wire_destroy(b->reply->wire);
	free(b->reply);
	close(b->fds[0]);
	close(b->fds[1]);
}

static void row_send(struct bed *b, const char *value)
{
	struct gw_row row;

	gw_row_clear(&row);
	gw_row_add(&row, "name", value);
	gw_reply_row(b->reply, "7", &row, NULL, NULL);
}

// How many sentences the next send() had, all of them whole; *len bytes. The first word of the last: in word.
static int sentences_take(struct bed *b, char word[8], size_t *len)
{
	static const struct rosapi_limits limits = {16, 20000, 60000};
	uint8_t bytes[65536];
	ssize_t n = recv(b->fds[1], bytes, sizeof(bytes), MSG_DONTWAIT);
	int count = 0;

	*len = n < 0 ? 0 : (size_t)n;
	for (size_t at = 0; at < *len; count++) {
		struct rosapi_reader reader = {0};
		struct rosapi_sentence s;
		int took = rosapi_read(&reader, &limits, bytes + at, *len - at, &s);

		CU_ASSERT_FATAL(took > 0);
		snprintf(word, 8, "%s", s.words[0]);
		at += (size_t)took;
	}
	return count;
}

static void rows_that_fit_a_segment_leave_together(void)
{
	struct bed b;
	char value[301] = "", word[8];
	size_t len;
	int n_rows = 0, n_sends = 0, n;

	begin(&b);
	memset(value, 'x', sizeof(value) - 1);
	b.reply->is_gathering = true;
	for (int i = 0; i < 10; i++)
		row_send(&b, value);
	CU_ASSERT(sentences_take(&b, word, &len) == 4); // of 321 bytes each
	b.reply->is_gathering = false;
	gw_reply_done(b.reply, "7", NULL);
	for (; (n = sentences_take(&b, word, &len)) > 0 && strcmp(word, "!re") == 0; n_sends++) {
		CU_ASSERT(len <= SEGMENT);
		n_rows += n;
	}
	CU_ASSERT_EQUAL(n_rows, 6);
	CU_ASSERT_EQUAL(n_sends, 2);
	CU_ASSERT_STRING_EQUAL(word, "!done");
	CU_ASSERT_EQUAL(n, 1); // by itself
	finish(&b);
}

static void a_row_longer_than_a_segment_leaves_alone_and_whole(void)
{
	struct bed b;
	char value[3001] = "", word[8];
	size_t len;

	begin(&b);
	memset(value, 'x', sizeof(value) - 1);
	b.reply->is_gathering = true;
	row_send(&b, "short");
	row_send(&b, value);
	row_send(&b, "short");
	gw_reply_done(b.reply, "7", NULL);
	CU_ASSERT_EQUAL(sentences_take(&b, word, &len), 1);
	CU_ASSERT_EQUAL(sentences_take(&b, word, &len), 1);
	CU_ASSERT(len > 3000);
	CU_ASSERT_EQUAL(sentences_take(&b, word, &len), 1);
	CU_ASSERT_STRING_EQUAL(word, "!re");
	CU_ASSERT_EQUAL(sentences_take(&b, word, &len), 1);
	CU_ASSERT_STRING_EQUAL(word, "!done");
	finish(&b);
}

static void what_is_told_as_it_happens_leaves_at_once(void)
{
	struct bed b;
	char word[8];
	size_t len;

	begin(&b);
	for (int i = 0; i < 3; i++) {
		row_send(&b, "changed");
		CU_ASSERT_EQUAL(sentences_take(&b, word, &len), 1);
	}
	finish(&b);
}

static const struct suite_case cases[] = {
	SUITE_CASE(rows_that_fit_a_segment_leave_together),
	SUITE_CASE(a_row_longer_than_a_segment_leaves_alone_and_whole),
	SUITE_CASE(what_is_told_as_it_happens_leaves_at_once),
};
SUITE_MAIN("gw", cases)
