// SPDX-License-Identifier: BSD-3-Clause
// pcapng blocks: what is written is read again, a full buffer keeps whole blocks only, and damaged blocks
// are refused. (That tshark and libpcap read the files too: tests/netns/capture.py, tests/cli.)
#include <stdlib.h>
#include <string.h>

#include "pcapng_read.h"
#include "pcapng_write.h"
#include "suite.h"

#define FILE_SIZE 4096
#define BLOCK_LEN 52 // of packet_of(_, 7, IN)

static const uint8_t frame[] = {1, 2, 3, 4, 5, 6, 7};
static struct pcapng_reader reader;

static struct pcapng_packet packet_of(uint32_t interface, uint32_t captured, enum pcapng_dir dir)
{
	return (struct pcapng_packet){.interface = interface,
		.time_ns = 1700000000123456789u,
		.bytes = frame,
		.captured = captured,
		.length = 1500,
		.dir = dir};
}

static uint32_t file_write(uint8_t *buf, uint32_t size)
{
	struct pcapng_packet p = packet_of(1, 7, PCAPNG_DIR_OUT);
	struct pcapng_packet q = packet_of(0, 0, PCAPNG_DIR_UNKNOWN);
	struct pcapng_writer w;

	pcapng_write_init(&w, buf, size);
	CU_ASSERT_TRUE(pcapng_write_section(&w, "test"));
	CU_ASSERT_TRUE(pcapng_write_interface(&w, "ether1", "eth0", 0));
	CU_ASSERT_TRUE(pcapng_write_interface(&w, "sfp1", NULL, 96));
	CU_ASSERT_TRUE(pcapng_write_packet(&w, &p));
	CU_ASSERT_TRUE(pcapng_write_packet(&w, &q));
	CU_ASSERT_TRUE(pcapng_write_stats(&w, 0, 1, 10, 3));
	CU_ASSERT_EQUAL(w.len % 4, 0);
	return w.len;
}

// The next block of a file; 1 with a packet, 0 without, -EINVAL.
static int block_next(const uint8_t *file, uint32_t file_len, uint32_t *at, struct pcapng_packet *out)
{
	if (file_len - *at < PCAPNG_HEAD_LEN)
		return -EINVAL;
	int len = pcapng_read_head(&reader, file + *at);
	if (len < 0 || (uint32_t)len > file_len - *at)
		return -EINVAL;
	int rc = pcapng_read_block(&reader, file + *at, (uint32_t)len, out);
	*at += (uint32_t)len;
	return rc;
}

static void what_is_written_is_read_again(void)
{
	static const int wanted[] = {0, 0, 0, 1, 1, 0};
	uint8_t file[FILE_SIZE];
	struct pcapng_packet got[BASE_ARRAY_LEN(wanted)];
	uint32_t len = file_write(file, sizeof(file));
	uint32_t at = 0;

	pcapng_read_init(&reader);
	for (size_t i = 0; i < BASE_ARRAY_LEN(wanted); i++)
		CU_ASSERT_EQUAL(block_next(file, len, &at, &got[i]), wanted[i]);
	CU_ASSERT_EQUAL(at, len);
	CU_ASSERT_EQUAL(reader.n_ifs, 2);
	CU_ASSERT_STRING_EQUAL(reader.ifs[0].name, "ether1");
	CU_ASSERT_EQUAL(reader.ifs[1].snaplen, 96);
	CU_ASSERT_EQUAL(got[3].interface, 1);
	CU_ASSERT_EQUAL(got[3].time_ns, 1700000000123456789u);
	CU_ASSERT_EQUAL(got[3].captured, 7);
	CU_ASSERT_EQUAL(got[3].length, 1500);
	CU_ASSERT_EQUAL(got[3].dir, PCAPNG_DIR_OUT);
	CU_ASSERT_EQUAL(memcmp(got[3].bytes, frame, 7), 0);
	CU_ASSERT_EQUAL(got[4].captured, 0);
	CU_ASSERT_EQUAL(got[4].dir, PCAPNG_DIR_UNKNOWN);
}

static void a_full_buffer_keeps_whole_blocks_only(void)
{
	struct pcapng_packet p = packet_of(0, 7, PCAPNG_DIR_IN);
	uint8_t buf[256];
	struct pcapng_writer w;

	for (uint32_t size = 0; size < sizeof(buf); size++) {
		uint32_t n = 0;

		memset(buf, 0xee, sizeof(buf));
		pcapng_write_init(&w, buf, size);
		while (pcapng_write_packet(&w, &p))
			n++;
		CU_ASSERT_EQUAL(w.len, n * BLOCK_LEN);
		CU_ASSERT_EQUAL(n, size / BLOCK_LEN);
		CU_ASSERT_EQUAL(buf[size], 0xee);
		CU_ASSERT_FALSE(pcapng_write_section(&w, "x") && size < 36);
		CU_ASSERT_EQUAL(buf[size], 0xee);
	}
	CU_ASSERT_TRUE(PCAPNG_PACKET_LEN(7) >= BLOCK_LEN);
}

// Each cut, and each byte changed, in a copy of exactly its length: the sanitizers watch the ends.
static void damaged_files_are_refused_or_read(void)
{
	uint8_t file[FILE_SIZE];
	uint32_t len = file_write(file, sizeof(file));

	for (uint32_t i = 0; i < len; i++) {
		for (uint32_t kind = 0; kind < 4; kind++) {
			uint32_t n = kind == 0 ? i : len;
			uint8_t *copy = malloc(n + 1);
			struct pcapng_packet p;
			uint32_t at = 0;

			CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
			memcpy(copy, file, n);
			if (kind > 0)
				copy[i] = (uint8_t)(copy[i] + (kind == 1 ? 1 : kind == 2 ? 0x80 : 0xff));
			pcapng_read_init(&reader);
			while (at < n && block_next(copy, n, &at, &p) >= 0)
				CU_ASSERT_TRUE(at <= n);
			free(copy);
		}
	}
}

static void times_of_every_resolution_are_nanoseconds(void)
{
	static const struct {
		uint8_t resolution;
		uint64_t ticks;
		uint64_t ns;
	} rows[] = {{0, 5, 5000000000}, {3, 5, 5000000}, {6, 7, 7000}, {9, 7, 7}, {12, 7999, 7},
		{0x80 | 10, 512, 500000000}};

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		struct pcapng_packet p = packet_of(0, 7, PCAPNG_DIR_IN);
		uint8_t file[FILE_SIZE];
		struct pcapng_writer w;
		uint32_t at = 0;

		p.time_ns = rows[i].ticks;
		pcapng_write_init(&w, file, sizeof(file));
		CU_ASSERT_TRUE(pcapng_write_section(&w, "test"));
		CU_ASSERT_TRUE(pcapng_write_interface(&w, "a", NULL, 0));
		CU_ASSERT_TRUE(pcapng_write_packet(&w, &p));
		pcapng_read_init(&reader);
		CU_ASSERT_EQUAL(block_next(file, w.len, &at, &p), 0);
		CU_ASSERT_EQUAL(block_next(file, w.len, &at, &p), 0);
		reader.ifs[0].resolution = rows[i].resolution;
		CU_ASSERT_EQUAL(block_next(file, w.len, &at, &p), 1);
		CU_ASSERT_EQUAL(p.time_ns, rows[i].ns);
	}
}

static const struct suite_case cases[] = {
	SUITE_CASE(what_is_written_is_read_again),
	SUITE_CASE(a_full_buffer_keeps_whole_blocks_only),
	SUITE_CASE(damaged_files_are_refused_or_read),
	SUITE_CASE(times_of_every_resolution_are_nanoseconds),
};
SUITE_MAIN("pcapng", cases)
