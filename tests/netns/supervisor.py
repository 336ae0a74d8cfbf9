# SPDX-License-Identifier: BSD-3-Clause
"""What the service manager hears of romond, with a socket that plays systemd's.

    systemd's socket <-- romond on eth0

Ready, alive, reloading, stopping; and silence while a worker, or control, stands still.
"""
import os
import select
import signal
import socket
import time

from harness import Romond, check, wait
from stalled import held, worker_threads

WATCHDOG_S = 4.0
SILENCE_S = 2 * WATCHDOG_S  # systemd would have ended romond


class Manager:
    """The end of systemd: what was heard, word by word."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.heard = []

    def listen(self, seconds=0.0):
        while select.select([self.socket], [], [], seconds)[0]:
            self.heard.append(self.socket.recv(4096).decode())
            seconds = 0.0
        return self.heard

    def hears(self, beginning, what):
        return wait(lambda: [w for w in self.listen() if w.startswith(beginning)], what, 60)[0]

    def starves_for(self, seconds):
        """No sign of life for so long but one, which stands for turns before: else there would be one each quarter of WATCHDOG_S."""
        self.listen()
        self.heard.clear()
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.listen(left)
        return len(self.heard) <= 1


def scenario(net):
    box = net.box("box")
    net.end(box, "eth0")
    path = os.path.join(net.dir, "notify")
    manager = Manager(path)
    node = Romond(net, box, "node", {"ports": {"a": {"device": "eth0"}}})
    net.nodes.append(node)
    node.start_args = {"env": dict(os.environ, NOTIFY_SOCKET=path, WATCHDOG_USEC=str(int(WATCHDOG_S * 1e6)))}
    node.start()
    check("STATUS=1 ports, generation 1" in manager.hears("READY=1", "romond is ready"), str(manager.heard))
    manager.hears("WATCHDOG=1", "romond is alive")

    node.signal(signal.SIGHUP)
    manager.hears("RELOADING=1\nMONOTONIC_USEC=", "a reload begins")
    wait(lambda: any("generation 2" in w for w in manager.listen()), "and it ends")
    node.write(None, raw="ports: [\n")
    manager.heard.clear()
    node.signal(signal.SIGHUP)
    check("generation 2" in manager.hears("READY=1", "a reload that fails ends, too"), str(manager.heard))
    node.write(node.base)

    for who, tid in (("worker", worker_threads(node.process.pid)[0]), ("control", node.process.pid)):
        with held(tid):
            check(manager.starves_for(SILENCE_S), f"while the {who} thread stood still came {manager.heard}")
        manager.heard.clear()
        manager.hears("WATCHDOG=1", f"alive again, after the {who} thread")
    status = node.ask("status")
    check(status["stalled-ms"] > 0, "the stall was not told")
    node.stop()
    manager.hears("STOPPING=1", "romond stops")
