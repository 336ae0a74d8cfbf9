# SPDX-License-Identifier: BSD-3-Clause
"""Three romond side by side on one machine, in a row: each has its own files, and none minds another's end.

           +-- one --+     +-- two --+     +- three -+
    end a -+ relay   +-----+ relay   +-----+ relay   +- end b
           +---------+     +---------+     +---------+
"""
from harness import GROUP, check, equal, mac, vectors, wait

NAMES = ("one", "two", "three")


def scenario(net):
    boxes = [net.box(n) for n in NAMES]
    a = net.end(boxes[0], "eth0")
    net.wire(boxes[0], "eth1", boxes[1], "eth0")
    net.wire(boxes[1], "eth1", boxes[2], "eth0")
    b = net.end(boxes[2], "eth1")
    config = {"relay-groups": {"g": {"ports": {"r0": {"device": "eth0"}, "r1": {"device": "eth1"}}}}}
    nodes = [net.romond(box, name, config) for box, name in zip(boxes, NAMES)]
    equal(len({n.ask("status")["pid"] for n in nodes}), 3, "processes")

    sent = 0
    for frame in list(vectors().values()) + [GROUP + mac("02:00:00:00:00:05") + b"\x88\xbf" + bytes([i]) * 60 for i in range(100)]:
        a.send(frame)
        sent += 1
        equal(b.until(frame), [], "frames before it")
    for n in nodes:
        s = n.balanced(rx=sent)
        equal(s["forwarded"], sent, f"{n.name}: forwarded")

    # the one in the middle goes; the others stay, and it may come back
    pids = [nodes[i].ask("status")["pid"] for i in (0, 2)]
    nodes[1].stop()
    equal([nodes[i].ask("status")["pid"] for i in (0, 2)], pids, "the others")
    nodes[1].start()
    back = GROUP + mac("02:00:00:00:00:06") + b"\x88\xbf" + b"back".ljust(60, b"\0")

    def crosses():
        b.send(back)
        return a.recv(0.1) == back

    wait(crosses, "frames cross all three again")

    # a second romond with the files of the first is refused, and harms nobody
    text = open(nodes[0].config_path, encoding="utf-8").read()
    twin = nodes[0].__class__(net, boxes[0], "twin", {})
    twin.write(None, raw=text)
    twin.start(ready=False)
    wait(lambda: twin.process.poll() is not None, "the twin ends")
    check(twin.process.returncode != 0, "the twin with the same files ended with 0")
    twin.process = None
    wait(crosses, "frames cross all three beside the twin")
