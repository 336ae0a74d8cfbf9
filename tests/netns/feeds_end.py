# SPDX-License-Identifier: BSD-3-Clause
"""Every feed ends in every way while frames pass: whoever ends first, nobody touches what is gone (under ASan it would
be seen), and the feeds of others go on.

            +--------- box ----------+
    end a --+ eth0   port west       |      Data from a to b all the time
    end b --+ eth1   port east       |
    end c --+ eth2   port north      |      Data from c to b; a reload takes this port away
            +------------------------+
"""
import signal
import socket

from harness import Sender, check, data_load, equal, model_of, wait
from peers import Peer

RATE = 2000  # frames a second, each
FAR = "02:0e:00:00:00:02"
LINK = {"id": FAR, "port": "north", "mac-address": "02:00:00:00:0e:03"}

# what is asked; does it stand on the port north?
FEEDS = {
    "capture of all ports": ("capture", {}, False),
    "capture of a port": ("capture", {"port": "north"}, True),
    "capture with a limit": ("capture", {"port": "north", "count": 40}, True),
    "torch": ("torch", {"port": "north", "interval": 100}, True),
    "ping": ("ping", {"id": FAR, "interval": 1, "size": 1400}, False),
    "ping over a link": ("ping", {**LINK, "interval": 1, "timeout": 50}, True),
    "discover": ("discover", {}, False),
    "discover once": ("discover", {"once": True}, False),
    "events": ("events-follow", {"since": 0}, False),
}


def scenario(net):
    box = net.box("box")
    a, b, c = (net.end(box, f"eth{i}") for i in range(3))
    ports = {"west": {"device": "eth0", "link-id": 1}, "east": {"device": "eth1", "link-id": 2},
             "north": {"device": "eth2", "link-id": 3}}
    base = {"romon": {"id": "02:00:00:00:00:01"}, "ports": ports}
    node = net.romond(box, "node", base)
    model = model_of(node)
    senders = [Sender(end, [data_load(model, port, 2)[0].pack()], RATE) for end, port in ((a, "west"), (c, "north"))]
    wait(lambda: node.port("east")["tx-frames"] > 100, "frames pass")
    watch = Peer(node)  # other people's feeds
    watch.send("events-follow")
    other = Peer(node)
    other.send("capture", port="west")
    check("more" in other.line(), "a capture beside all others has begun")

    def begun(what):
        cmd, args, _ = FEEDS[what]
        p = Peer(node)
        return p, p.send(cmd, **args)

    def lives(what):
        check(node.alive() and node.ask("status")["ports-up"] > 0, what)

    # the client ends it: at once, and when messages have come
    for what in FEEDS:
        has_messages = what.startswith(("capture", "torch", "events", "ping over"))
        for wants_message in (False, True) if has_messages else (False,):
            p, number = begun(what)  # close
            if wants_message:
                check("more" in p.line(), f"{what}: a message")
            p.close()
            lives(f"{what}: closed")

            p, number = begun(what)  # cancel
            if wants_message:
                check("more" in p.line(), f"{what}: a message")
            cancel = p.send("cancel")
            last = p.last(number)
            check(last["ok"], f"{what}: cancelled: {last}")
            if "cancelled" in last:
                equal(p.last(cancel)["data"], {"cancelled": True}, f"{what}: the answer to cancel")
            p.close()

            p, number = begun(what)  # a further request
            if wants_message:
                check("more" in p.line(), f"{what}: a message")
            asked = p.send("status")
            check(p.last(number)["ok"] and p.last(asked)["data"]["version"], f"{what}: another request")
            number = p.send(FEEDS[what][0], **FEEDS[what][1])  # another feed on the connection
            asked = p.send("events-follow")
            check(p.last(number)["ok"], f"{what}: another feed")
            p.close()

            p, number = begun(what)  # end of input
            if wants_message:
                check("more" in p.line(), f"{what}: a message")
            p.sock.shutdown(socket.SHUT_WR)
            check(p.last(number)["ok"], f"{what}: end of input")
            equal(p.line(), None, f"{what}: the end behind the end of input")
            p.close()
            lives(f"{what}: ended by the client")

    # the client reads nothing, until more waits than its socket takes; then it reads and cancels, or vanishes
    slow = [begun("capture of all ports") for _ in range(3)]
    told = node.port("west")["rx-frames"]
    wait(lambda: node.port("west")["rx-frames"] > told + 4 * RATE, "frames for those who do not read", 60)
    slow[0][0].close()
    cancel = slow[1][0].send("cancel")
    last = slow[1][0].last(slow[1][1])
    check(last["ok"] and last["data"]["frames"] > 0, f"a slow reader's summary: {last['data']['frames']}")
    slow[1][0].last(cancel)
    slow[1][0].close()
    slow[2][0].sock.shutdown(socket.SHUT_RDWR)
    slow[2][0].close()
    lives("slow readers")

    # the limit ends it
    p, number = begun("capture with a limit")
    equal(p.last(number)["data"]["frames"], 40, "frames of a capture with a limit")
    p.close()

    # a reload takes the port away
    on_north = [(what, *begun(what)) for what in FEEDS if FEEDS[what][2] and "limit" not in what]
    kept = [(what, *begun(what)) for what in ("events", "discover")]
    for what, p, _ in on_north:
        if what != "ping over a link":
            check("more" in p.line(), f"{what}: has begun")
    node.write({**base, "ports": {k: v for k, v in ports.items() if k != "north"}})
    node.ask("reload")
    for what, p, number in on_north:
        last = p.last(number)
        if what == "ping over a link":
            equal(last["error"]["code"], "not-found", f"{what}: the port is gone")
        else:
            check(last["ok"], f"{what}: the port is gone: {last}")
        check(p.ask("status")["ok"], f"{what}: the connection is still of use")
        p.close()
    for what, p, number in kept:
        check(p.ask("status")["ok"] and node.alive(), f"{what}: beside the reload")
        p.close()
    # and comes back, while captures of all ports go on; rollback of a trial takes it away once more
    p, number = begun("capture of all ports")
    node.write(base)
    node.ask("config-apply", **{"confirm-within": 60000})
    node.wait_up()
    q = [begun(what) for what in ("capture of a port", "torch")]
    for peer, _ in q:
        check("more" in peer.line(), "a feed on a port that came back")
    node.ask("config-rollback")
    for peer, number_q in q:
        check(peer.last(number_q)["ok"], "a rollback takes the port away")
        peer.close()
    cancel = p.send("cancel")
    check(p.last(number)["data"]["frames"] > 0, "a capture over reloads")
    p.close()
    node.ask("reload")
    node.wait_up()

    # romond ends while all of them are open
    check("more" in other.line(), "the feed of somebody else still goes on")
    senders.pop().stop()
    last_ones = [begun(what)[0] for what in FEEDS]
    node.ask("status")
    node.signal(signal.SIGTERM)
    for p in last_ones + [other, watch]:
        p.drain()
    node.stop()
    senders.pop().stop()
