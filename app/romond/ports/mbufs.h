// SPDX-License-Identifier: BSD-3-Clause
// Are mbufs short? Then workers make no copies (dp_worker_spare()), and people are told. Control thread.
#pragma once

struct app;

void mbufs_tick(struct app *app);
