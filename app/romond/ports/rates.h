// SPDX-License-Identifier: BSD-3-Clause
// How busy the workers were in the last second. Control thread.
#pragma once

struct app;

// Take a sample; called once a second.
void rates_sample(struct app *app);
