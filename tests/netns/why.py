# SPDX-License-Identifier: BSD-3-Clause
"""`why` names the cause of each thing that can be wrong, what mends it, and nothing that is not wrong now.

             +-------- box --------+
    ends  ---+ eth0..eth7  a..h    |        +-- mid --+        +-- far --+
    ends  ---+ eth8  r0   group g  |        |         |        |         |
    ends  ---+ eth9  r1   group g  |        |         |        |         |
             |        eth10  line  +--------+ m0   m1 +--------+ f0      |
             +---------------------+        +---------+        +---------+

a is well, b hears nothing, c is forbidden, d hears channel 7, e filters an id, f hears a way that is too long, g hears
broken TLVs, h has no link.
"""
import time

import romon
from harness import GROUP, check, equal, mac, sh, wait

LIMIT = 50
PORTS = "abcdefgh"
DENIED = "02:00:00:00:00:e1"
FAR = "02:00:00:00:00:fa"
MID = "02:00:00:00:00:1d"


def router(letter, node_id=None, channel=0):
    """A Discover of a router behind port letter."""
    at = PORTS.index(letter)
    port = romon.Port("x", 7, mac(f"02:00:00:00:0a:{at:02x}"))
    return romon.Node(node_id or f"02:00:00:00:00:{0xb0 + at:02x}", [port], channel=channel).discover(port)


def config(**romon_keys):
    return {
        "romon": {"id": "02:00:00:00:00:01", "hop-limit": 3, **romon_keys},
        "ports": {**{n: {"device": f"eth{i}", "link-id": i + 1, **({"forbid": True} if n == "c" else {})}
                     for i, n in enumerate(PORTS)}, "line": {"device": "eth10", "link-id": 99}},
        "relay-groups": {"g": {"storm-limit": LIMIT, "ports": {"r0": {"device": "eth8"}, "r1": {"device": "eth9"}}}},
        "filters": [{"port": "a", "deny-service": ["winbox"]}, {"port": "e", "deny-id": [DENIED]}],
    }


class Asker:
    def __init__(self, node):
        self.node = node

    def one(self, what):
        rows = self.node.why(what)
        equal(len(rows), 1, f"answers to why {what}")
        return rows[0]

    def causes(self, what):
        return [f["cause"] for f in self.one(what)["findings"]]

    def says(self, what, *sentences, mends=()):
        """All findings: in this order these causes, and no others; with these words in the remedies."""
        def is_so():
            rows = self.one(what)["findings"]
            return (len(rows) == len(sentences)
                    and all(s in r["cause"] for s, r in zip(sentences, rows, strict=True))
                    and all(m in " ".join(r["mend"] for r in rows) for m in mends)) and rows
        try:
            rows = wait(is_so, f"why {what} says {sentences} {mends}")
        except BaseException:
            print("why", what, "->", self.one(what))
            raise
        for r in rows:
            print(f"why {what}: {r['level']}: {r['cause']}\n    -> {r['mend']}")
        return rows


def ports_part(net, box, node, ends):
    why = Asker(node)
    a, d, e, f, g = (ends[n] for n in "adefg")

    # before anybody spoke
    why.says("b", "no RoMON frame was ever heard here", mends=["romonctl discover --once", "tcpdump -eni eth1"])
    a.send(router("a").pack(60))
    why.says("a", "frames arrive, and none is dropped")
    equal([t["type"] for t in why.one("a")["types"]], ["Discover"], "types")
    check(why.one("a")["types"][0]["age-ms"] < 10000, "when the last Discover came")

    ends["c"].send(router("c").pack(60))
    wait(lambda: node.drops("c"), "c counts the frame")
    why.says("c", "RoMON is forbidden on this port", mends=["`ports.c.forbid: false`", node.config_path])

    d.send(router("d", channel=7).pack(60))
    why.says("d", "wrong channel: 02:00:00:00:0a:03 (id 02:00:00:00:00:b3) sends on channel 7, this node is on channel "
             "default", mends=["`romon.channel: 7`"])
    equal(why.one("d")["foreign-channel"]["channel"], 7, "the foreign channel")
    why.says("02:00:00:00:00:b3", "wrong channel: it sends on channel 7 (by d,", mends=["`romon.channel: 7`"])

    e.send(router("e", DENIED).pack(60))
    why.says("e", f"a filter refuses frames: filters[1] (port: e) denies the id {DENIED}", mends=["filters[1].deny-id"])
    row = why.says(DENIED, "filters[1] (port: e) denies this id", mends=[f"take {DENIED} out of `filters[1].deny-id`"])
    equal(row[0]["level"], "error", "level")

    hops = [romon.Hop(i + 1, mac("02:00:00:00:00:77")) for i in range(5)]
    f.send(router("f", "02:00:00:00:00:f1").copy(hops=hops, ptr=5).pack(60))
    why.says("f", "the way is longer than romon.hop-limit, which is 3: the last such frame, of id 02:00:00:00:00:f1, had 5",
             mends=["`romon.hop-limit: 6`"])
    why.says("02:00:00:00:00:f1", "f refuses its frames (hop-limit", mends=["romonctl why f"])

    bad = router("g")
    g.send(bad.copy(tlvs=[*bad.tlvs, romon.Tlv(romon.TAG_VERSION, b"\1\2\3")]).pack(60))
    why.says("g", "malformed RoMON frames arrive: tlv-length", mends=["last-bad shows one"])
    wait(lambda: "the last one came from 02:00:00:00:0a:06" in why.causes("g")[0], "the sender of the malformed frame")
    lines = why.one("g")["last-bad"]["decoded"]
    check(any("Discover" in line for line in lines) and lines[-1] == "TLV tag 4, 3 bytes", f"the last bad frame, decoded: {lines}")

    # no link: set down here; set down there
    box.sh("ip", "link", "set", "eth7", "down")
    why.says("h", "no link: the interface eth7 is set down", mends=["`ip link set eth7 up`"])
    box.sh("ip", "link", "set", "eth7", "up")
    node.wait_up(["h"])
    far_end(box, "down")
    why.says("h", "no link on eth7: the cable, or what is at its other end", mends=["ethtool eth7"])
    far_end(box, "up")
    node.wait_up(["h"])

    # two causes at once, the likelier first
    d.send(bad.copy(tlvs=[]).pack(60))
    rows = why.says("d", "wrong channel", "malformed RoMON frames arrive: route-count")
    equal([r["reason"] for r in rows], ["channel", "route-count"], "reasons")

    # mended: what was wrong is no cause any more, but is told as earlier
    node.write(config(channel=7))
    node.ctl("reload")
    d.send(router("d", channel=7).pack(60))
    why.says("d", "frames arrive, and none is dropped")
    equal([r["reason"] for r in why.one("d")["earlier"]], ["channel", "route-count"], "what was wrong earlier")
    node.write(config())
    node.ctl("reload")
    text = node.ctl_text("why", "d", exit_code=None)
    check("earlier" in text and "wrong channel" in text, f"romonctl why d: {text}")


def ageing_part(node, g):
    """What has stopped is no cause any more, by the clock alone."""
    why = Asker(node)
    node.write(config(**{"neighbor-age": "2s"}))
    node.ctl("reload")
    g.send(router("g").copy(tlvs=[]).pack(60))
    why.says("g", "malformed RoMON frames arrive: route-count")
    why.says("g", "quiet: the last RoMON frame came")
    equal([r["reason"] for r in why.one("g")["earlier"]], ["route-count"], "what was wrong earlier on g")
    node.write(config())
    node.ctl("reload")


def far_end(box, state):
    sh("ip", "link", "set", f"t-{box.name}-eth7", state)


def relay_part(node, r0):
    why = Asker(node)
    why.says("r1", "no RoMON frame was ever heard here")
    storm = GROUP + mac("02:00:00:00:0d:01") + b"\x88\xbf" + b"storm".ljust(60, b"\0")

    def rages():
        for _ in range(3 * LIMIT):
            r0.send(storm)
        return "storm-limit" in node.drops("r0")

    wait(rages, "the storm is limited")
    why.says("r0", f"a storm: r0 brings more than the {LIMIT} frames/s of relay-groups.g.storm-limit",
             mends=[f"`relay-groups.g.storm-limit: {2 * LIMIT}`"])


def node_part(node, far):
    why = Asker(node)
    why.says("02:00:00:00:00:01", "this is the node that you ask")
    why.says("node", "this is the node that you ask")
    err = node.ask_raw("why", what="nobody")
    equal(err["error"]["code"], "not-found", f"why of a name that nobody has: {err}")
    node.ctl("discover", "--duration", "3s", "--once")
    why.says(FAR, "it answered", mends=["nothing"])
    equal([p["id"] for p in why.one("far")["path"]], [MID, FAR], "the path of far")
    first = why.one("02:00:00:00:99:99")["findings"]
    check("it was never heard" in first[0]["cause"], f"an id that nobody has: {first}")
    check(any("it may be behind c: RoMON is forbidden" in x["cause"] for x in first), f"what may hide it: {first}")

    # a neighbor's MAC in place of its id
    address = next(n for n in node.ctl("neighbors") if n["port"] == "line")["mac-address"]
    why.says(address, "the MAC address of a neighbor on line", mends=[f"romonctl why {MID}"])

    # the far node goes: the way is good up to mid
    far.stop()

    def silent():
        node.ctl("discover", "--duration", "1s", "--once")
        return why.one(FAR)["node"]["status"] != "ok"

    wait(silent, "far is late")
    answer = why.one(FAR)
    equal((answer["stops-at"], answer["last-good"]), (FAR, MID), "where the way ends")
    check(f"the hop before it, {MID} (mid), still answers" in answer["findings"][0]["cause"], str(answer["findings"]))
    text = node.ctl_text("why", "far", exit_code=None)
    check(f"-> look at the link behind {MID}" in text, f"romonctl why far: {text}")
    print(text)


def scenario(net):
    box, mid_box, far_box = net.box("box"), net.box("mid"), net.box("far")
    ends = {n: net.end(box, f"eth{i}") for i, n in enumerate(PORTS)}
    r0, _ = net.end(box, "eth8"), net.end(box, "eth9")
    net.wire(box, "eth10", mid_box, "m0")
    net.wire(mid_box, "m1", far_box, "f0")
    net.romond(mid_box, "mid", {"romon": {"id": MID}, "ports": {"m0": {"link-id": 1}, "m1": {"link-id": 2}}})
    far = net.romond(far_box, "far", {"romon": {"id": FAR}, "ports": {"f0": {"link-id": 1}}})
    node = net.romond(box, "node", config(), up=False)
    node.wait_up([*"abdefgh", "r0", "r1", "line"])
    start = time.monotonic()
    ports_part(net, box, node, ends)
    relay_part(node, r0)
    ageing_part(node, ends["g"])
    node_part(node, far)
    print(f"{time.monotonic() - start:.1f} s")
    node.balanced()
