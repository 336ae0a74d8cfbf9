// SPDX-License-Identifier: BSD-3-Clause
// 48-bit addresses: Ethernet MACs and RoMON ids. Any thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base_err.h"

#define BASE_MAC_LEN      6
#define BASE_MAC_TEXT_LEN 18 // "aa:bb:cc:dd:ee:ff" and the NUL

struct base_mac {
	uint8_t b[BASE_MAC_LEN];
};

_Static_assert(sizeof(struct base_mac) == 6, "on the wire as it is");

// The six bytes at p as an integer (byte 0 lowest), for compares, hashes and keys. Reads exactly six bytes.
static inline uint64_t base_mac_u64(const void *p)
{
	uint32_t low;
	uint16_t high;

	memcpy(&low, p, sizeof(low));
	memcpy(&high, (const uint8_t *)p + 4, sizeof(high));
	return (uint64_t)high << 32 | low;
}

// The same by one load: reads p[-2] too, so two bytes must stand before the address. They do in an Ethernet
// header's source, a hop entry and the header's ids.
static inline uint64_t base_mac_u64_inner(const void *p)
{
	uint64_t v;

	memcpy(&v, (const uint8_t *)p - 2, sizeof(v));
	return v >> 16;
}

// The reverse of base_mac_u64; the upper 16 bits are ignored.
static inline struct base_mac base_mac_from_u64(uint64_t v)
{
	struct base_mac mac;

	memcpy(&mac, &v, sizeof(mac));
	return mac;
}

static inline bool base_mac_equal(const void *a, const void *b)
{
	return base_mac_u64(a) == base_mac_u64(b);
}

// Unicast, and not all zero: what may be a source address or a RoMON id.
static inline bool base_mac_is_unicast(const void *p)
{
	uint64_t v = base_mac_u64(p);

	return v != 0 && (v & 1) == 0;
}

// Write "aa:bb:cc:dd:ee:ff" and a NUL into out; returns out.
char *base_mac_format(const void *mac, char out[BASE_MAC_TEXT_LEN]);

// Parse exactly "aa:bb:cc:dd:ee:ff" (either case, also with '-'). -EINVAL on anything else.
BASE_MUST_USE int base_mac_parse(const char *text, struct base_mac *out);

// How many hex digits text has, when it is an address as people write one, or the beginning of one:
// "02:00:5e:00:00:05", "02-00-5e", "0200.5e00.0005", "02005e000005", at most 12 of them. 0: it is neither.
// *out has them; what is missing is zero.
unsigned base_mac_digits(const char *text, struct base_mac *out);
