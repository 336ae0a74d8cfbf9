# SPDX-License-Identifier: BSD-3-Clause
"""What happens to romond, and to its interfaces, is mended without help.

            +-------- box --------+
    end a --+ eth0   r0           |
            |        relay group g|
    end b --+ eth1   r1           |
            +---------------------+

kill -9 under load and a new start; an interface that is deleted and made anew; a link that goes down and up; a start
before the interface is there; SIGTERM under load.
"""
import os

from harness import GROUP, Counter, Sender, check, equal, mac, sh, wait

RATE = 2000


def scenario(net):
    box = net.box("box")
    a, b = net.end(box, "eth0"), net.end(box, "eth1")
    relay = net.romond(box, "relay", {"relay-groups": {"g": {"ports": {"r0": {"device": "eth0"}, "r1": {"device": "eth1"}}}}})
    frame = GROUP + mac("02:00:00:00:00:01") + b"\x88\xbf" + b"load".ljust(100, b"\0")
    sender = Sender(a, [frame], RATE)

    def flows(counter, text):
        at = len(counter.seen)
        wait(lambda: len(counter.seen) > at + 200, text, 30)

    counter = Counter(b)
    flows(counter, "frames flow before the kill")
    relay.kill()
    check(os.path.exists(relay.socket_path), "a killed romond leaves its socket behind: what a new one must cope with")
    relay.start()
    flows(counter, "frames flow after kill -9 and a new start")
    seen = counter.stop()
    equal(seen, sorted(set(seen)), "numbers of the frames: none twice, none out of order")

    # the interface goes away with its wire, and comes back
    pid = relay.ask("status")["pid"]
    box.sh("ip", "link", "del", "eth1")
    wait(lambda: relay.port("r1")["state"] == "absent", "r1 is absent")
    wait(lambda: relay.drops().get("relay-alone", 0) > 0, "frames that have nowhere to go are named")
    b.close()
    b = net.end(box, "eth1")
    relay.wait_up()
    counter = Counter(b)
    flows(counter, "frames flow after the interface came back")
    # and the link: down and up
    b_name = b.ifname
    sh("ip", "link", "set", b_name, "down")
    wait(lambda: relay.port("r1")["state"] == "down", "r1 is down")
    counter.stop()
    sh("ip", "link", "set", b_name, "up")
    relay.wait_up()
    counter = Counter(b)
    flows(counter, "frames flow after the link came back")
    equal(relay.ask("status")["pid"], pid, "pid: the same romond all the time")
    types = [e["type"] for e in relay.ask("events", since=0)["rows"]]
    check({"port-up", "port-down"} <= set(types), f"events name what happened to the port: {types}")

    relay.stop()  # under load: exit 0, 0 mbufs out
    counter.stop()
    sender.stop()
    # DPDK keeps its files there for the next start with that prefix; nobody may be listening any more
    sockets = sh("find", "/run", "-type", "s").split()
    equal(sockets, [], "sockets after SIGTERM")

    # a start before the interface is there
    box.sh("ip", "link", "del", "eth1")
    relay.start(up=False)
    wait(lambda: relay.port("r1")["state"] == "absent", "r1 is absent")
    b.close()
    b = net.end(box, "eth1")
    relay.wait_up()
    a.send(frame)
    check(b.recv() == frame, "the frame arrives at the interface that came later")
