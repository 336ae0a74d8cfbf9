// SPDX-License-Identifier: BSD-3-Clause
// Frames that workers handed up. Control thread.
#pragma once

#include "app.h"

void punts_drain(struct app *app);
