# SPDX-License-Identifier: BSD-3-Clause
"""What scenarios that attack romond have in common: a flood at a rate, and what the attacked must hold meanwhile."""
import ctypes
import fcntl
import os
import shutil
import socket
import struct
import threading
import time

from harness import Failure, Sender, check

STATUS_P99_S = 0.1  # how long `status` may take under an attack, 99 of 100 times
DISK_BYTES_S = 100_000  # what romond may write to its disk, a second
LEAST_ANSWERS = 200  # no percentile of fewer
ASK_EVERY_S = 0.02
SIOCETHTOOL = 0x8946
ETHTOOL_GLINK = 0x0A


def on_disk(net, name):
    """Configuration of a romond whose state lies on a real disk: the kernel counts no write to the tmpfs of a
    scenario."""
    path = os.path.join(net.logs, f"{name}.state")
    shutil.rmtree(path, ignore_errors=True)
    return {"state": {"dir": path}}


def interfaces_ask():
    """A question of the kind that romond asks about its interfaces: it waits for the kernel's lock of all of them."""
    link = struct.pack("I", ETHTOOL_GLINK) + bytes(4)
    answer = ctypes.create_string_buffer(link, len(link))
    request = struct.pack("16sP16x", b"lo", ctypes.addressof(answer))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, SIOCETHTOOL, request)


class Flood(Sender):
    """Sends make(i), i = 0, 1, 2, ..., at rate frames a second, until stop(), which tells how many were sent."""

    def __init__(self, end, make, rate):
        super().__init__(end, make, rate, burst=rate // 10 + 1)


class Watch:
    """From now until stop(): asks node for `status` all the time, and counts what it writes to its disk (on_disk()).

    What other work of this machine costs is left out: the waits for a CPU (Romond.took_s). Others are measured beside, and
    allowed for: those of the tester's own threads for each other, by the sleeps between the questions, and those for the
    kernel's one lock of all interfaces, which whoever makes or takes away a namespace holds, by a question about `lo`."""

    def __init__(self, node):
        self.node, self.took, self.late, self.locked, self.error = node, [], [], [], None
        self._stop = threading.Event()
        self.start = time.monotonic()
        self.written = self._written()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _written(self):
        # `ip netns exec` becomes romond: the process is its own
        with open(f"/proc/{self.node.process.pid}/io", encoding="ascii") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("write_bytes"))

    def _run(self):
        slept = time.monotonic()
        while not self._stop.wait(ASK_EVERY_S):
            woke = time.monotonic()
            self.late.append(woke - slept - ASK_EVERY_S)
            interfaces_ask()
            self.locked.append(time.monotonic() - woke)
            try:
                self.took.append(self.node.took_s(self._asked))
            except (OSError, Failure) as e:
                self.error = e
                return
            slept = time.monotonic()

    def _asked(self):
        answer = self.node.ask_raw("status")  # not held against the schema here: that takes the tester longer than romond
        check(answer.get("ok"), f"status is refused: {answer}")

    def stop(self, what, least_s=0.0):
        """Ends the watch, not before it lasted least_s, and judges it."""
        while time.monotonic() - self.start < least_s or (len(self.took) < LEAST_ANSWERS and self.error is None):
            time.sleep(0.05)
        self._stop.set()
        self.thread.join()
        seconds = time.monotonic() - self.start
        rate = (self._written() - self.written) / seconds
        if self.error is not None:
            raise Failure(f"{what}: status failed: {self.error}")
        p99, late, locked = (sorted(x)[int(len(x) * 0.99)] for x in (self.took, self.late, self.locked))
        print(f"{what}: {seconds:.1f} s, {len(self.took)} answers of status, P99 {p99 * 1000:.1f} ms, worst "
              f"{max(self.took) * 1000:.1f} ms, while the tester woke up {late * 1000:.1f} ms late (P99) and waited {locked * 1000:.1f} ms for the kernel; "
              f"{rate / 1000:.1f} KB/s written")
        # Under ASan everything takes several times as long: then only that it answers is asked.
        if "ASAN_OPTIONS" not in os.environ:
            check(p99 <= STATUS_P99_S + late + locked,
                  f"{what}: status takes {p99 * 1000:.0f} ms (P99), the tester wakes up {late * 1000:.0f} ms late (P99) and "
                  f"waits {locked * 1000:.0f} ms for the kernel")
        check(rate <= DISK_BYTES_S, f"{what}: {rate / 1000:.0f} KB/s written to disk")
        return p99
