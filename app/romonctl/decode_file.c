// SPDX-License-Identifier: BSD-3-Clause
// Packets from files. pcapng is read by lib/pcapng, since libpcap tells neither the interface nor the
// direction of a packet; pcap in all its variants by libpcap; hex digits here. Main thread.
#include <ctype.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "base_be.h"
#include "base_mac.h"
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
	uint8_t *cooked; // the last packet of a cooked capture, as a frame
	uint32_t cooked_size;
	bool is_cooked_told;
	uint32_t n_skipped; // packets of other link types
};

// What Linux writes for "any" device in place of the Ethernet header: it has source and type, no destination.
static const struct cooked {
	int dlt;            // of libpcap
	uint16_t link_type; // of a file
	uint8_t len;        // of the header
	uint8_t type_off;   // EtherType
	uint8_t packet_off; // last byte of the packet's type: 4 = outgoing
	uint8_t addr_len_off;
	uint8_t addr_off;
	uint8_t if_off; // u32 index of the interface; 0 = none is told
} cooked_kinds[] = {
	{DLT_LINUX_SLL, 113, 16, 14, 1, 5, 6, 0},
	{DLT_LINUX_SLL2, 276, 20, 0, 10, 11, 12, 4},
};

#define COOKED_OUT 4
#define ETH_LEN    14

static void cooked_tell(struct decode_source *s)
{
	if (s->is_cooked_told)
		return;
	s->is_cooked_told = true;
	fputs("romonctl: a cooked capture (of \"any\"): it holds no destination addresses, which are zero here; a capture of one device (`tcpdump -i DEVICE`, `romonctl capture`) holds them\n",
		stderr);
}

static void buf_fit(uint8_t **buf, uint32_t *buf_size, uint32_t size)
{
	if (size <= *buf_size)
		return;
	*buf = out_must(realloc(*buf, size));
	*buf_size = size;
}

// Make a frame of out's packet: a destination of zero, its source and type, what follows.
static void cooked_frame(struct decode_source *s, const struct cooked *k, struct decode_packet *out)
{
	const uint8_t *p = out->bytes;

	cooked_tell(s);
	if (out->captured < k->len) { // shorter than any Ethernet header
		out->captured = 0;
		out->length = 0;
		return;
	}
	buf_fit(&s->cooked, &s->cooked_size, ETH_LEN + out->captured - k->len);
	memset(s->cooked, 0, ETH_LEN);
	if (p[k->addr_len_off] == BASE_MAC_LEN)
		memcpy(s->cooked + BASE_MAC_LEN, p + k->addr_off, BASE_MAC_LEN);
	memcpy(s->cooked + ETH_LEN - 2, p + k->type_off, 2);
	memcpy(s->cooked + ETH_LEN, p + k->len, out->captured - k->len);
	out->dir = p[k->packet_off] == COOKED_OUT ? "out" : "in";
	if (k->if_off != 0 && out->interface[0] == '\0')
		snprintf(out->interface, sizeof(out->interface), "if%u", base_be32_load(p + k->if_off));
	out->captured = out->captured - k->len + ETH_LEN;
	out->length = out->length > k->len ? out->length - k->len + ETH_LEN : out->captured;
	out->bytes = s->cooked;
}

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
	for (size_t i = 0; i < BASE_ARRAY_LEN(cooked_kinds); i++) {
		if (pcap_datalink(s->pcap) == cooked_kinds[i].dlt)
			cooked_frame(s, &cooked_kinds[i], out);
	}
	return 1;
}

// The next block into s->buf: its length, 0 at the end of the file, -errno.
static int block_fetch(struct decode_source *s, struct base_text *why)
{
	buf_fit(&s->buf, &s->buf_size, PCAPNG_HEAD_LEN);
	size_t n = fread(s->buf, 1, PCAPNG_HEAD_LEN, s->file);
	if (n == 0 && !ferror(s->file))
		return 0;
	int len = n < PCAPNG_HEAD_LEN ? -EINVAL : pcapng_read_head(&s->pcapng, s->buf);
	if (len > 0) {
		buf_fit(&s->buf, &s->buf_size, (uint32_t)len);
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

static const struct cooked *cooked_of(uint16_t link_type)
{
	for (size_t i = 0; i < BASE_ARRAY_LEN(cooked_kinds); i++) {
		if (cooked_kinds[i].link_type == link_type)
			return &cooked_kinds[i];
	}
	return NULL;
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
		uint16_t link_type = s->pcapng.ifs[p.interface].link_type;
		const struct cooked *k = cooked_of(link_type);
		if (link_type == PCAPNG_LINK_ETHERNET || k != NULL) {
			pcapng_packet_take(s, &p, out);
			if (k != NULL)
				cooked_frame(s, k, out);
			return 1;
		}
		if (s->n_skipped++ == 0)
			fputs("romonctl: packets of links that are neither Ethernet nor cooked are skipped\n",
				stderr);
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
	buf_fit(&s->buf, &s->buf_size, HEX_BYTES_MAX);
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
	int dlt = pcap_datalink(s->pcap);
	if (dlt == DLT_EN10MB || dlt == DLT_LINUX_SLL || dlt == DLT_LINUX_SLL2)
		return 0;
	const char *name = pcap_datalink_val_to_name(dlt);
	base_text_add(why,
		"its packets are no Ethernet frames (link type %s): capture on one device by `tcpdump -y EN10MB -i DEVICE ether proto 0x88bf` or `romonctl capture`",
		name == NULL ? "unknown" : name);
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
	free(s->cooked);
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
