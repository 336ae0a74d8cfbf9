// SPDX-License-Identifier: BSD-3-Clause
// Packets from files. pcapng is read by lib/pcapng, since libpcap tells neither the interface nor the
// direction of a packet; pcap in all its variants by libpcap; hex digits here. Main thread.
#include <ctype.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "out.h"
#include "pcapng_read.h"

#define HEX_BYTES_MAX 65536
#define PCAPNG_FIRST  0x0a // byte of a section's type

struct decode_source {
	int (*next)(struct decode_source *s, struct decode_packet *out, struct base_text *why);
	FILE *file; // NULL when libpcap has it
	uint64_t n_read;
	pcap_t *pcap;
	struct pcapng_reader pcapng;
	uint8_t *buf;
	uint32_t buf_size;
	uint32_t n_skipped; // packets of other link types
};

static int next_pcap(struct decode_source *s, struct decode_packet *out, struct base_text *why)
{
	struct pcap_pkthdr *head;
	const u_char *bytes;
	int rc = pcap_next_ex(s->pcap, &head, &bytes);

	if (rc == PCAP_ERROR_BREAK)
		return 0;
	if (rc != 1) {
		base_text_add(why, "%s", pcap_geterr(s->pcap));
		return base_errno_set(EIO);
	}
	out->has_time = true;
	out->time_ns = (uint64_t)head->ts.tv_sec * 1000000000u + (uint64_t)head->ts.tv_usec;
	out->bytes = bytes;
	out->captured = head->caplen;
	out->length = head->len;
	return 1;
}

static void buf_fit(struct decode_source *s, uint32_t size)
{
	if (size <= s->buf_size)
		return;
	s->buf = out_must(realloc(s->buf, size));
	s->buf_size = size;
}

// The next block into s->buf: its length, 0 at the end of the file, -errno.
static int block_fetch(struct decode_source *s, struct base_text *why)
{
	buf_fit(s, PCAPNG_HEAD_LEN);
	size_t n = fread(s->buf, 1, PCAPNG_HEAD_LEN, s->file);
	if (n == 0 && !ferror(s->file))
		return 0;
	int len = n < PCAPNG_HEAD_LEN ? -EINVAL : pcapng_read_head(&s->pcapng, s->buf);
	if (len > 0) {
		buf_fit(s, (uint32_t)len);
		n = fread(s->buf + PCAPNG_HEAD_LEN, 1, (size_t)len - PCAPNG_HEAD_LEN, s->file);
		if (n == (size_t)len - PCAPNG_HEAD_LEN)
			return len;
	}
	base_text_add(why, ferror(s->file)                   ? "it cannot be read"
			   : len < 0 && n == PCAPNG_HEAD_LEN ? "it is no pcapng file, or damaged"
							     : "it ends within a block");
	return base_errno_set(EINVAL);
}

static void pcapng_packet_take(
	const struct decode_source *s, const struct pcapng_packet *p, struct decode_packet *out)
{
	static const char *const dirs[] = {NULL, "in", "out"};
	const struct pcapng_if *i = &s->pcapng.ifs[p->interface];

	out->has_time = p->time_ns != 0; // a simple packet has none
	out->time_ns = p->time_ns;
	out->bytes = p->bytes;
	out->captured = p->captured;
	out->length = p->length;
	out->dir = dirs[p->dir];
	base_text_escape(out->interface, sizeof(out->interface), i->name, strlen(i->name));
}

static int next_pcapng(struct decode_source *s, struct decode_packet *out, struct base_text *why)
{
	struct pcapng_packet p;
	int len;

	while ((len = block_fetch(s, why)) > 0) {
		int rc = pcapng_read_block(&s->pcapng, s->buf, (uint32_t)len, &p);

		if (rc < 0) {
			base_text_add(why, "a block of it is damaged");
			return rc;
		}
		if (rc == 0)
			continue;
		if (s->pcapng.ifs[p.interface].link_type == PCAPNG_LINK_ETHERNET) {
			pcapng_packet_take(s, &p, out);
			return 1;
		}
		if (s->n_skipped++ == 0)
			fputs("romonctl: packets of links that are not Ethernet are skipped\n", stderr);
		s->n_read++; // they have numbers all the same
	}
	return len;
}

// Hex digits, white space, and # to the end of the line: one frame.
static int next_hex(struct decode_source *s, struct decode_packet *out, struct base_text *why)
{
	uint32_t n_digits = 0;
	int c;

	if (s->n_read > 0)
		return 0;
	buf_fit(s, HEX_BYTES_MAX);
	while ((c = fgetc(s->file)) != EOF) {
		while (c == '#' && (c = fgetc(s->file)) != EOF && c != '\n')
			c = '#';
		if (c == EOF || isspace(c))
			continue;
		if (!isxdigit(c) || n_digits == 2 * HEX_BYTES_MAX) {
			base_text_add(why, "it is neither pcapng nor pcap, and not one frame in hex digits");
			return base_errno_set(EINVAL);
		}
		uint8_t value = (uint8_t)(isdigit(c) ? c - '0' : tolower(c) - 'a' + 10);
		uint8_t *b = &s->buf[n_digits / 2];
		*b = (uint8_t)(n_digits % 2 == 0 ? value << 4 : *b | value);
		n_digits++;
	}
	if (n_digits == 0 || n_digits % 2 != 0) {
		base_text_add(why, n_digits == 0 ? "it is empty" : "it ends within a byte");
		return base_errno_set(EINVAL);
	}
	out->bytes = s->buf;
	out->captured = n_digits / 2;
	out->length = n_digits / 2;
	return 1;
}

static int pcap_take(struct decode_source *s, struct base_text *why)
{
	char error[PCAP_ERRBUF_SIZE];

	s->pcap = pcap_fopen_offline_with_tstamp_precision(s->file, PCAP_TSTAMP_PRECISION_NANO, error);
	if (s->pcap == NULL) {
		base_text_add(why, "%s", error);
		return base_errno_set(EINVAL);
	}
	s->file = NULL;
	if (pcap_datalink(s->pcap) == DLT_EN10MB)
		return 0;
	base_text_add(why, "its packets are not Ethernet frames");
	return base_errno_set(EINVAL);
}

// The first byte tells the format: 0x0a pcapng, a hex digit or white space or # our own, else pcap.
static int format_choose(struct decode_source *s, struct base_text *why)
{
	int c = fgetc(s->file);

	if (c == EOF) {
		base_text_add(why, ferror(s->file) ? "%m" : "it is empty");
		return base_errno_set(EINVAL);
	}
	ungetc(c, s->file);
	s->next = next_pcap;
	if (c == PCAPNG_FIRST)
		s->next = next_pcapng;
	else if (isxdigit(c) || isspace(c) || c == '#')
		s->next = next_hex;
	return s->next == next_pcap ? pcap_take(s, why) : 0;
}

struct decode_source *decode_source_open(const char *path, struct base_text *why)
{
	bool is_stdin = strcmp(path, "-") == 0;
	struct decode_source *s = out_must(calloc(1, sizeof(*s)));

	s->file = is_stdin ? stdin : fopen(path, "re");
	if (s->file == NULL) {
		base_text_add(why, "%m");
	} else if (format_choose(s, why) == 0) {
		return s;
	}
	decode_source_close(s);
	return NULL;
}

void decode_source_close(struct decode_source *s)
{
	if (s == NULL)
		return;
	if (s->pcap != NULL)
		pcap_close(s->pcap);
	if (s->file != NULL && s->file != stdin)
		fclose(s->file);
	free(s->buf);
	free(s);
}

int decode_source_next(struct decode_source *s, struct decode_packet *out, struct base_text *why)
{
	*out = (struct decode_packet){.dir = NULL};
	int rc = s->next(s, out, why);
	if (rc == 1)
		out->number = ++s->n_read;
	return rc;
}
