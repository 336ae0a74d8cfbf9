// SPDX-License-Identifier: BSD-3-Clause
// 48-bit addresses, ages and channels for people. Any thread.
#pragma once

#include <stdint.h>

struct why_word {
	char text[32];
};

struct why_word why_mac(uint64_t mac);
struct why_word why_age(uint64_t ms);
struct why_word why_channel(uint8_t channel);
