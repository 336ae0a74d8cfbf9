// SPDX-License-Identifier: BSD-3-Clause
// How a digest is made, as data: where it stands in the 24 auth bytes of a RoMON header, what it covers, and
// where the secret goes (docs/protocol.md section 7). `romond-1` is ours. How RouterOS does it is not public:
// `romonctl auth-probe` goes through these rows on captured frames.
//
// One text form, written and read here: either a name ("romond-1"), or all fields in this order:
//
//	digest=8 counter=be64@0 keyed=hmac secret=raw field=zero cover=source+romon
//
// Pure values and functions; any thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base_err.h"

#define AUTH_OFF             4   // of the auth bytes, from the RoMON header's first byte
#define AUTH_LEN             24  // of the auth bytes
#define AUTH_DIGEST_LEN      16  // MD5
#define AUTH_SECRET_LEN_MAX  64  // bytes
#define AUTH_SCHEME_TEXT_LEN 112 // of the longest text form, with its NUL

// Each list: X(id, the word in the text form, help).

// Where the secret goes. HMAC is RFC 2104.
#define AUTH_KEYEDS(X)                                                \
	X(PREFIX, "prefix", "digest of secret, then what is covered") \
	X(SUFFIX, "suffix", "digest of what is covered, then secret") \
	X(BOTH, "both", "digest of secret, what is covered, secret")  \
	X(HMAC, "hmac", "HMAC with the secret as its key")            \
	X(FIELD, "field", "the secret stands in the digest field and nowhere else")

// What is done to the secret's bytes first. A longer secret is cut to the length.
#define AUTH_PADS(X)                                      \
	X(RAW, "raw", "the secret's bytes")               \
	X(PAD16, "pad16", "padded with zero bytes to 16") \
	X(PAD64, "pad64", "padded with zero bytes to 64")

// What stands in the place of the digest field while the digest is made.
#define AUTH_FIELDS(X)                                  \
	X(ZERO, "zero", "zero bytes")                   \
	X(OUT, "out", "nothing: the field is left out") \
	X(SECRET, "secret", "the secret, padded with zero bytes to 16")

// Where what is covered begins. It ends where the length field says. A VLAN tag is never covered. `source` is
// the 6-byte Ethernet source in front, as a pseudo-header.
#define AUTH_COVERS(X)                                                                        \
	X(ROMON, "romon", "the frame from the RoMON header on")                               \
	X(ETHERNET, "ethernet", "the frame from the Ethernet header on")                      \
	X(SOURCE_ROMON, "source+romon", "the Ethernet source, then from the RoMON header on") \
	X(SOURCE_ETHERNET, "source+ethernet", "the Ethernet source, then from the Ethernet header on")

// How the counter is written.
#define AUTH_COUNTERS(X)                               \
	X(NONE, "none", "no counter: no replay check") \
	X(BE64, "be64", "8 bytes, big-endian")         \
	X(BE32, "be32", "4 bytes, big-endian")         \
	X(LE64, "le64", "8 bytes, little-endian")      \
	X(LE32, "le32", "4 bytes, little-endian")

#define X(id, word, help) AUTH_KEYED_##id,
enum auth_keyed { AUTH_KEYED_INVALID, AUTH_KEYEDS(X) AUTH_N_KEYEDS };
#undef X
#define X(id, word, help) AUTH_PAD_##id,
enum auth_pad { AUTH_PAD_INVALID, AUTH_PADS(X) AUTH_N_PADS };
#undef X
#define X(id, word, help) AUTH_FIELD_##id,
enum auth_field { AUTH_FIELD_INVALID, AUTH_FIELDS(X) AUTH_N_FIELDS };
#undef X
#define X(id, word, help) AUTH_COVER_##id,
enum auth_cover { AUTH_COVER_INVALID, AUTH_COVERS(X) AUTH_N_COVERS };
#undef X
#define X(id, word, help) AUTH_COUNTER_##id,
enum auth_counter { AUTH_COUNTER_INVALID, AUTH_COUNTERS(X) AUTH_N_COUNTERS };
#undef X

// All fields are valid: offsets keep digest and counter inside the auth bytes, and apart; keyed `field` goes
// with field `secret` only.
struct auth_scheme {
	uint8_t digest_off;  // in the auth bytes, 0 to 8
	uint8_t counter_off; // in the auth bytes; 0 when there is none
	uint8_t counter;     // enum auth_counter
	uint8_t keyed;       // enum auth_keyed
	uint8_t pad;         // enum auth_pad
	uint8_t field;       // enum auth_field
	uint8_t cover;       // enum auth_cover
};

extern const struct auth_scheme auth_scheme_romond_1;

// Are all fields what the comment above asks?
bool auth_scheme_is_valid(const struct auth_scheme *s);
bool auth_scheme_equal(const struct auth_scheme *a, const struct auth_scheme *b);

// Has the neighbor a way to tell us again where its counter is (Hello and SeqErr, section 8)? Only with
// romond-1: with other schemes the first signed frame opens the window.
bool auth_scheme_has_hello(const struct auth_scheme *s);

// What counters of a scheme are: equal for schemes whose counters may be compared, never 0.
#define AUTH_COUNTERS_HELLO 128 // this bit: has a Hello
uint8_t auth_scheme_counters(const struct auth_scheme *s);

// Read either text form. On -EINVAL, *why (may be NULL) says in a few words what is wrong, for a message.
BASE_MUST_USE int auth_scheme_parse(const char *text, struct auth_scheme *out, const char **why);

// Write the name where the scheme has one, else all fields; returns out.
char *auth_scheme_format(const struct auth_scheme *s, char out[AUTH_SCHEME_TEXT_LEN]);

// The number of schemes that differ in their digest (all values of every field but the counter's), and one of
// them by its index; the counter is `none`. For auth-probe. Some of them make equal digests for short
// secrets.
uint32_t auth_scheme_count(void);
struct auth_scheme auth_scheme_at(uint32_t idx);

// Width of a counter in bytes: 0, 4 or 8.
uint32_t auth_counter_len(enum auth_counter counter);

// The counter in the auth bytes (at romon + AUTH_OFF) of a signed frame; 0 when the scheme has none.
uint64_t auth_counter_load(const struct auth_scheme *s, const uint8_t *auth);
void auth_counter_store(const struct auth_scheme *s, uint8_t *auth, uint64_t counter);
