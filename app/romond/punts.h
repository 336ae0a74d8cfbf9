// SPDX-License-Identifier: BSD-3-Clause
// Frames that workers handed up. Control thread.
#pragma once

#include "app.h"

// Take up what is there, a bounded number of frames. Returns whether there is much of it: come again soon.
bool punts_drain(struct app *app);
