// SPDX-License-Identifier: BSD-3-Clause
// Writing pcapng blocks into a buffer of the caller. Each call appends one whole block, or nothing: false
// says that it did not fit. Blocks are little-endian, times in nanoseconds. Any thread; no I/O.
#pragma once

#include <stdbool.h>

#include "base_err.h"
#include "pcapng.h"

// Bytes that a packet of this many captured bytes takes at most.
#define PCAPNG_PACKET_LEN(captured) (32u + (captured) + 3u + 12u)

struct pcapng_writer {
	uint8_t *buf;
	uint32_t size; // bytes in buf
	uint32_t len;  // bytes written
};

void pcapng_write_init(struct pcapng_writer *w, void *buf, uint32_t size);

// Begin a file: app names the program.
BASE_MUST_USE bool pcapng_write_section(struct pcapng_writer *w, const char *app);

// The next Ethernet interface, numbered from 0. description may be NULL; snaplen 0 = no limit.
BASE_MUST_USE bool pcapng_write_interface(
	struct pcapng_writer *w, const char *name, const char *description, uint32_t snaplen);

BASE_MUST_USE bool pcapng_write_packet(struct pcapng_writer *w, const struct pcapng_packet *p);

// How many packets of an interface passed, and how many of them are not in the file.
BASE_MUST_USE bool pcapng_write_stats(
	struct pcapng_writer *w, uint32_t interface, uint64_t time_ns, uint64_t received, uint64_t dropped);
