# SPDX-License-Identifier: BSD-3-Clause
"""Somebody changes an interface under romond. Whatever it is, frames cross again within a second, `ports` shows what is
so now, and an event says what happened: nothing stays up and deaf.

            +-------- box --------+
    end a --+ eth0   r0           |
            |        relay group g|
    end b --+ eth1   r1           |
            +---------------------+
"""
import os
import time

import bpf
import romon
from harness import GROUP, Failure, Skip, check, data_load, equal, mac, model_of, sh, wait

VARIANTS = {name: {"what": name} for name in (
    "mac", "mtu", "queues", "xdp-by-mistake", "xdp-removed", "xdp-replaced", "bridge", "macvlan", "namespace",
    "deleted-namespace", "flap")}
# of those, what is about AF_XDP on a veth, which auto takes where the kernel tells of VLAN tags
OF_XDP = {"queues", "xdp-by-mistake", "xdp-removed", "xdp-replaced", "bridge", "macvlan"}
LIMIT = 1.0  # seconds until all is well again


class Scene:
    """A relay between two wires."""

    def __init__(self, net, wire=None):
        self.net = net
        self.box = net.box("box")
        self.a = wire(self.box) if wire else net.end(self.box, "eth0")
        self.b = net.end(self.box, "eth1")
        self.relay = net.romond(self.box, "relay", {
            "relay-groups": {"g": {"ports": {"r0": {"device": "eth0"}, "r1": {"device": "eth1"}}}}})
        self.n = 0

    def crosses(self, text, a=None, b=None):
        """A frame crosses: at first some may still be lost."""
        end = time.monotonic() + 15
        while time.monotonic() < end:
            self.n += 1
            frame = GROUP + mac("02:00:00:00:00:01") + b"\x88\xbf" + b"frame %06d" % self.n
            (a or self.a).send(frame)
            got = (b or self.b).recv(0.1)
            while got is not None and got != frame:
                got = (b or self.b).recv(0.1)
            if got == frame:
                return
        raise Failure(f"no frame crosses: {text}; r0 {self.relay.port('r0')}")

    def soon(self, condition, text):
        """It comes true within LIMIT seconds, not counting those that this machine kept everybody waiting."""
        begin, stalled, last = time.monotonic(), 0.0, None
        while True:
            before = time.monotonic()
            try:
                last = condition()
            except (OSError, KeyError, Failure) as e:
                last = e
            # an answer that comes late: romond, or its worker, was waiting for a CPU
            asked = time.monotonic()
            stalled += max(0.0, asked - before - 0.01)
            if last and not isinstance(last, Exception):
                break
            time.sleep(0.01)
            stalled += max(0.0, time.monotonic() - asked - 0.015)
            if time.monotonic() - begin > 15:
                raise Failure(f"never: {text} (last: {last!r})")
        took = time.monotonic() - begin
        print(f"{text}: {took * 1000:.0f} ms, {stalled * 1000:.0f} ms of them stalled")
        check(took - stalled <= LIMIT, f"{text}: took {took:.2f} s, of which {stalled:.2f} s stalled")

    def driver(self, port="r0"):
        return self.relay.port(port)["driver"]

    def events(self, kind):
        return [e for e in self.relay.ask("events", since=0)["rows"] if e["type"] == kind]

    def changed(self, text, n=1):
        """The event that says what happened, n of them so far."""
        wait(lambda: len(self.events("port-changed")) >= n, f"event {n}")
        check(text in self.events("port-changed")[-1]["text"], f"the event says {text}: {self.events('port-changed')}")


def many_queues(net):
    def make(box):
        sh("ip", "link", "add", "t-box-eth0", "numtxqueues", "4", "numrxqueues", "4", "type", "veth", "peer", "name", "eth0",
           "numtxqueues", "4", "numrxqueues", "4", "netns", "box")
        box.sh("ethtool", "-L", "eth0", "rx", "1", "tx", "1")
        sh("ethtool", "-L", "t-box-eth0", "rx", "1", "tx", "1")
        box.sh("ip", "link", "set", "eth0", "up")
        sh("ip", "link", "set", "t-box-eth0", "up")
        from harness import End
        end = End("t-box-eth0")
        net.ends.append(end)
        return end
    return make


def moved_mac(net):
    box = net.box("box")
    a, b = net.end(box, "eth0"), net.end(box, "eth1")
    node = net.romond(box, "node", {
        "romon": {"id": "02:00:00:00:00:aa", "flood-hold": "0s"},
        "ports": {"west": {"device": "eth0", "link-id": 1}, "east": {"device": "eth1", "link-id": 2}}})
    old, new = node.port("west")["mac"], "02:00:00:00:ab:cd"
    load, leaves = data_load(model_of(node), "west", 2)
    a.send(load.pack())
    b.until(leaves.pack() if hasattr(leaves, "pack") else leaves)
    a.pending()
    box.sh("ip", "link", "set", "eth0", "address", new)
    scene = Scene.__new__(Scene)
    scene.relay = node
    scene.soon(lambda: node.port("west")["mac"].lower() == new, "`ports` shows the new address")
    wait(lambda: scene.events("port-mac-changed"), "the event")
    text = scene.events("port-mac-changed")[0]["text"].lower()
    check(old.lower() in text and new in text, f"the event names both: {text}")

    def told():  # neighbors learn it from a Discover
        frame = a.recv(0.2)
        return frame is not None and frame[6:12] == mac(new) and romon.Frame.unpack(frame).type == romon.DISCOVER
    wait(told, "a Discover leaves with the new address")
    load, leaves = data_load(model_of(node), "west", 2)  # to the new address
    b.pending()
    a.send(load.pack())
    b.until(leaves)
    back, out = data_load(model_of(node), "east", 1)  # and from it
    b.send(back.pack())
    a.until(out)
    equal(out[6:12], mac(new), "source of what leaves")


def xdp_removed(s):
    equal(s.driver(), "net_af_xdp", "driver")
    equal(bpf.break_link("box", "eth0"), 1, "links broken")
    s.changed("somebody took our XDP program off")
    equal(s.driver(), "net_af_xdp", "driver: put on once more")
    s.crosses("after the program was taken off")
    equal(bpf.break_link("box", "eth0"), 1, "links broken")
    s.changed("somebody took our XDP program off", 2)
    equal(s.driver(), "net_af_packet", "driver: it is not wanted there")
    check("again and again" in s.relay.port("r0")["driver-why"], f"why: {s.relay.port('r0')['driver-why']}")
    s.crosses("after it was taken off again")


def xdp_replaced(s):
    prog = bpf.program(bpf.XDP_PASS)
    bpf.break_link("box", "eth0")
    foreign = bpf.attach(prog, "box", "eth0")
    s.changed("another XDP program (")  # seen at once, or after the moment without any
    wait(lambda: s.driver() == "net_af_packet", "AF_PACKET takes over")
    s.crosses("beside a program of somebody else that passes frames on")
    os.close(foreign)
    wait(lambda: s.driver() == "net_af_xdp", "AF_XDP is back when it is gone")
    s.crosses("after it is gone")
    # one that drops RoMON frames is named, if nothing can be done about it
    drop = bpf.program(bpf.XDP_DROP, b"dropper")
    bpf.break_link("box", "eth0")
    foreign = bpf.attach(drop, "box", "eth0")
    wait(lambda: "dropper" in (s.relay.port("r0")["warning"] or ""), "`ports` names the program that drops frames")
    os.close(foreign)
    wait(lambda: s.relay.port("r0")["warning"] is None, "the warning goes with it")
    s.crosses("after the dropper is gone")


def xdp_by_mistake(s):
    # `ip link set xdp off`, or another program's attach: the kernel refuses
    for words in (("xdp", "off"), ("xdpgeneric", "off")):
        try:
            s.box.sh("ip", "link", "set", "dev", "eth0", *words)
        except Failure:
            pass
    s.crosses("after somebody tried to take the program off")
    equal(s.driver(), "net_af_xdp", "driver")
    equal(s.events("port-changed"), [], "events")


def bridge(s):
    equal(s.driver(), "net_af_xdp", "driver")
    guest = s.net.end(s.box, "guest")  # the tester's end is the guest
    s.box.sh("ip", "link", "add", "br0", "type", "bridge")
    s.box.sh("ip", "link", "set", "br0", "up")
    s.box.sh("ip", "link", "set", "guest", "master", "br0")
    s.box.sh("ip", "link", "set", "eth0", "master", "br0")
    s.soon(lambda: s.driver() == "net_af_packet", "AF_PACKET serves a bridge's port")
    s.changed("part of a bridge")
    s.crosses("the relay hears what comes to the bridge's port")
    s.crosses("the guest behind the bridge hears RoMON", b=guest)
    s.box.sh("ip", "link", "set", "eth0", "nomaster")
    s.soon(lambda: s.driver() == "net_af_xdp", "AF_XDP is back")
    s.crosses("out of the bridge")


def macvlan(s):
    s.box.sh("ip", "link", "add", "link", "eth0", "name", "guest0", "type", "macvlan")
    s.box.sh("ip", "link", "set", "guest0", "up")
    guest = s.net.end_in(s.box, "guest0")
    s.soon(lambda: s.driver() == "net_af_packet", "AF_PACKET where a macvlan stands")
    s.changed("macvlan guest0 stands on it")
    s.crosses("the relay hears")
    s.crosses("the guest of the macvlan hears RoMON", b=guest)


def queues(s):
    equal(s.driver(), "net_af_xdp", "driver")
    s.box.sh("ethtool", "-L", "eth0", "rx", "4", "tx", "4")
    s.soon(lambda: s.driver() == "net_af_packet", "AF_PACKET reads all queues")
    s.changed("receives on 4 queues")
    sh("ethtool", "-L", "t-box-eth0", "rx", "1", "tx", "4")
    for cpu in sorted(os.sched_getaffinity(0)):  # the queue follows the sender's CPU
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {cpu})
        s.crosses(f"from CPU {cpu}")
        os.sched_setaffinity(0, before)


def namespace(s):
    other = s.net.box("other")
    s.box.sh("ip", "link", "set", "eth0", "netns", "other")
    s.soon(lambda: s.relay.port("r0")["state"] == "absent", "r0 is absent")
    check("xdp" not in other.sh("ip", "-d", "link", "show", "eth0"), "no program of ours stays on it")
    other.sh("ip", "link", "set", "eth0", "netns", "box")
    s.box.sh("ip", "link", "set", "eth0", "up")
    s.soon(lambda: s.relay.port("r0")["state"] == "up", "r0 is up again")
    s.crosses("after the interface came back")


def deleted_namespace(s):
    far = s.net.box("far")
    s.a.close()
    sh("ip", "link", "set", "t-box-eth0", "netns", "far")
    sh("ip", "netns", "del", "far")
    del far
    s.soon(lambda: s.relay.port("r0")["state"] == "absent", "r0 is absent")
    s.a = s.net.end(s.box, "eth0")
    s.soon(lambda: s.relay.port("r0")["state"] == "up", "r0 is up on the new wire")
    s.crosses("over the new wire")


def flap(s):
    pid = s.relay.ask("status")["pid"]
    for i in range(40):
        sh("ip", "link", "set", s.a.ifname, "down" if i % 2 == 0 else "up")
    s.soon(lambda: s.relay.port("r0")["state"] == "up", "r0 is up after the flapping")
    s.crosses("after the flapping")
    sh("ip", "link", "set", s.a.ifname, "down")
    s.soon(lambda: s.relay.port("r0")["state"] == "down", "r0 is down")
    s.soon(lambda: [e for e in s.events("port-down")], "the event")
    sh("ip", "link", "set", s.a.ifname, "up")
    s.soon(lambda: s.relay.port("r0")["state"] == "up", "r0 is up")
    s.crosses("after a long time without link")
    equal(s.relay.ask("status")["pid"], pid, "pid")


def mtu(s):
    s.box.sh("ip", "link", "set", "eth0", "mtu", "1400")
    s.soon(lambda: s.relay.port("r0")["l2mtu"] == 1400, "l2mtu follows")
    s.crosses("with the smaller MTU")
    s.box.sh("ip", "link", "set", "eth0", "mtu", "1500")
    s.soon(lambda: s.relay.port("r0")["l2mtu"] == 1500, "l2mtu follows back")


def scenario(net, what):
    if what == "mac":
        moved_mac(net)
        return
    s = Scene(net, many_queues(net) if what == "queues" else None)
    if what in OF_XDP and "may keep a VLAN tag" in s.relay.port("r0")["driver-why"]:
        raise Skip("this kernel tells no XDP program of a veth's VLAN tags: auto takes AF_PACKET (Linux 6.8)")
    s.crosses("before anything happens")
    {"mtu": mtu, "queues": queues, "xdp-by-mistake": xdp_by_mistake, "xdp-removed": xdp_removed,
     "xdp-replaced": xdp_replaced, "bridge": bridge, "macvlan": macvlan, "namespace": namespace,
     "deleted-namespace": deleted_namespace, "flap": flap}[what](s)
