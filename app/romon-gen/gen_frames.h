// SPDX-License-Identifier: BSD-3-Clause
// The frames of a profile, built once: what is sent, and what has to come out of each port for it. A worker
// copies an image and writes the addresses and the stamp of the frame into the copy; the sink writes them
// into the image that it compares with.
//
// Addresses: neighbor i of port p is 02:60+p:iiii, and so is station i behind it; origin i of port p is
// 02:a0+p:iiii, where iiii is a big-endian 32-bit number.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_be.h"
#include "gen_profile.h"
#include "gen_stamp.h"

#define GEN_IMAGE_MAX   1568 // GEN_FRAME_MAX and a hop entry more
#define GEN_PATCHES_MAX 8

enum gen_patch_kind {
	GEN_PATCH_NEIGHBOR,
	GEN_PATCH_ORIGIN,
	GEN_PATCH_STATION,
	GEN_N_PATCH_KINDS,
};

// Where the number of an address stands in an image.
struct gen_patch {
	uint16_t off;
	uint16_t kind; // enum gen_patch_kind
};

struct gen_image {
	uint16_t len;
	uint16_t stamp_off;
	uint16_t n_patches;
	struct gen_patch patches[GEN_PATCHES_MAX];
	uint8_t bytes[GEN_IMAGE_MAX];
};

// One size of a flow. The sink writes into the images of out, nobody else.
struct gen_template {
	struct gen_image sent;
	struct gen_image *out[GEN_PORTS_MAX]; // NULL = must not come out there
};

struct gen_flow_frames {
	uint32_t n_sizes;
	uint32_t counts[GEN_N_PATCH_KINDS];
	uint32_t addr_base;
	bool is_random;
	struct gen_template *templates; // n_sizes of them
};

// A frame that makes an address known before a trial.
struct gen_intro {
	uint32_t port;
	struct gen_image image;
};

struct gen_frames {
	uint32_t n_flows;
	struct gen_flow_frames flows[GEN_FLOWS_MAX];
	uint32_t n_intros;
	struct gen_intro intros[GEN_FLOWS_MAX];
};

// Build all frames of a profile that gen_profile_check() accepts; NULL with errno (ENOMEM, or ENOSPC when a
// frame does not fit).
BASE_MUST_USE struct gen_frames *gen_frames_create(const struct gen_profile *p);
void gen_frames_destroy(struct gen_frames *frames); // accepts NULL

struct base_mac gen_neighbor_mac(uint32_t port, uint32_t idx);
struct base_mac gen_origin_id(uint32_t port, uint32_t idx);

// The image that frame seq of the flow is copied from.
static inline const struct gen_template *gen_template_of(const struct gen_flow_frames *f, uint32_t seq)
{
	return &f->templates[f->n_sizes == 1 ? 0 : seq % f->n_sizes];
}

static inline uint32_t gen_addr_idx(const struct gen_flow_frames *f, uint32_t kind, uint32_t seq)
{
	uint32_t n = f->counts[kind];

	if (f->is_random)
		return f->addr_base + (uint32_t)((uint64_t)(seq * 2654435761u) * n >> 32);
	return f->addr_base + seq % n;
}

// Write the addresses of frame seq into bytes, a copy of image or its own bytes.
static inline void gen_image_patch(
	const struct gen_image *image, const struct gen_flow_frames *f, uint32_t seq, uint8_t *bytes)
{
	for (uint32_t i = 0; i < image->n_patches; i++) {
		const struct gen_patch *p = &image->patches[i];

		base_be32_store(bytes + p->off, gen_addr_idx(f, p->kind, seq));
	}
}
