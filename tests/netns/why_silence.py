# SPDX-License-Identifier: BSD-3-Clause
"""A port that worked falls silent: `why` says it within a few rounds, and that either end may be the cause; a neighbor
that moved to another channel is named within seconds.

    +-- desk --+             +-- far --+
    |  p eth0  |-------------| eth0 p  |
    +----------+             +---------+
"""
import time

from harness import check, equal, wait

FAR = "02:00:00:00:00:02"
SECONDS = 5.0
VARIANTS = {"gone": {"what": "gone"}, "channel": {"what": "channel"}}


def config(channel=None):
    return {"romon": {"id": FAR, "role": "master", **({"channel": channel} if channel else {})},
            "discovery": {"interval": "10s"}, "ports": {"p": {"device": "eth0", "link-id": 1}}}


def gone(desk, far):
    far.kill()
    wait(lambda: desk.why("p")[0]["rx-age-ms"] > 4000, "the last frame is 4 s ago", 60)
    rows = wait(lambda: any("nobody answers any more" in r["cause"] for r in desk.why("p")[0]["findings"])
                and desk.why("p")[0]["findings"], "why p", 60)
    print(rows[0]["cause"], "->", rows[0]["mend"])
    equal([r["level"] for r in rows], ["warning"], f"levels: {rows}")
    for words in ("the last RoMON frame came", "either", "theirs", "ours", "carrier of eth0", "net_"):
        check(words in rows[0]["cause"].replace("one of the two", "either"), f"{words} in {rows[0]['cause']}")
    far.start()
    wait(lambda: [r["level"] for r in desk.why("p")[0]["findings"]] == ["ok"], "p works again")


def channel(desk, far):
    far.write(config(7))
    far.ctl("reload")
    start = time.monotonic()
    rows = wait(lambda: any("wrong channel" in r["cause"] for r in desk.why("p")[0]["findings"])
                and desk.why("p")[0]["findings"], "why p names the channel")
    took = time.monotonic() - start
    print(f"named after {took:.1f} s: {rows[0]['cause']}")
    check(took < SECONDS, f"a neighbor that moved is named after {took:.1f} s")
    rows = desk.why(FAR)[0]["findings"]
    check("wrong channel: it sends on channel 7" in rows[0]["cause"], f"why of the node: {rows}")
    check(all(r["level"] != "ok" for r in rows), f"nothing is ok beside it: {rows}")


def scenario(net, what):
    desk_box, far_box = net.box("desk"), net.box("far")
    net.wire(desk_box, "eth0", far_box, "eth0")
    far = net.romond(far_box, "far", config())
    desk = net.romond(desk_box, "desk", {"romon": {"id": "02:00:00:00:00:01", "role": "master"}, "discovery": {"interval": "1s"},
                                         "ports": {"p": {"device": "eth0", "link-id": 1}}})
    wait(lambda: len(desk.ctl("nodes")) == 1, "desk finds far")
    equal([r["level"] for r in desk.why("p")[0]["findings"]], ["ok"], "all is well")
    {"gone": gone, "channel": channel}[what](desk, far)
