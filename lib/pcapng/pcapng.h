// SPDX-License-Identifier: BSD-3-Clause
// A captured packet as pcapng blocks carry it (IETF draft-ietf-opsawg-pcapng), and the numbers of the format
// that the writer and the reader share. Any thread.
#pragma once

#include <stdint.h>

#define PCAPNG_BLOCK_SECTION   0x0a0d0d0a
#define PCAPNG_BLOCK_INTERFACE 1
#define PCAPNG_BLOCK_SIMPLE    3
#define PCAPNG_BLOCK_STATS     5
#define PCAPNG_BLOCK_PACKET    6
#define PCAPNG_MAGIC           0x1a2b3c4d
#define PCAPNG_LINK_ETHERNET   1
#define PCAPNG_NAME_LEN_MAX    63 // bytes of an interface's name that are kept

enum pcapng_opt {
	PCAPNG_OPT_END = 0,
	PCAPNG_OPT_SECTION_APP = 4,
	PCAPNG_OPT_IF_NAME = 2,
	PCAPNG_OPT_IF_DESCRIPTION = 3,
	PCAPNG_OPT_IF_TSRESOL = 9,
	PCAPNG_OPT_IF_TSOFFSET = 14,
	PCAPNG_OPT_PACKET_FLAGS = 2,
	PCAPNG_OPT_STATS_RECEIVED = 4,
	PCAPNG_OPT_STATS_DROPPED = 5,
};

enum pcapng_dir {
	PCAPNG_DIR_UNKNOWN, // the two low bits of a packet's flags
	PCAPNG_DIR_IN,
	PCAPNG_DIR_OUT,
};

struct pcapng_packet {
	uint32_t interface; // in the order in which interfaces were written
	uint64_t time_ns;   // since 1970
	const uint8_t *bytes;
	uint32_t captured; // bytes at hand
	uint32_t length;   // bytes of the packet on the wire
	enum pcapng_dir dir;
};
