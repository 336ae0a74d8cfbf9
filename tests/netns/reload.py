# SPDX-License-Identifier: BSD-3-Clause
"""Reloads under load lose nothing, and an invalid file changes nothing.

            +-------- box --------+
    end a --+ eth0   port west    |      Data from a to b all the time (node),
    end b --+ eth1   port east    |
    end c --+ eth2   r0  group g  |      frames from c to d all the time (relay)
    end d --+ eth3   r1  group g  |
            | eth4   port added   |--- end e: comes with a reload
            +---------------------+
"""
import signal

import romon
from harness import GROUP, Counter, Sender, all_arrive, check, data_load, equal, mac, merged, model_of, wait

RATE = 2000  # frames a second, on each way


def scenario(net):
    box = net.box("box")
    a, b, c, d, e = (net.end(box, f"eth{i}") for i in range(5))
    config = {
        "romon": {"id": "02:00:00:00:00:01"},
        "ports": {"west": {"device": "eth0", "link-id": 1}, "east": {"device": "eth1", "link-id": 2}},
        "relay-groups": {"g": {"ports": {"r0": {"device": "eth2"}, "r1": {"device": "eth3"}}}},
    }
    node = net.romond(box, "node", config)
    model = model_of(node)
    data, leaves = data_load(model, "west", 2)
    relayed = GROUP + mac("02:00:00:00:0c:01") + b"\x88\xbf" + b"relayed".ljust(60, b"\0")
    counters = [Counter(b, lambda f: f[:-4] == leaves[:-4]), Counter(d, lambda f: f[:-4] == relayed[:-4])]
    senders = [Sender(a, [data.pack()], RATE), Sender(c, [relayed], RATE)]

    def progress(text):
        """Some hundred frames more on both ways: the change before was under load."""
        at = [len(k.seen) for k in counters]
        wait(lambda: all(len(k.seen) > n + 300 for k, n in zip(counters, at)), f"frames flow {text}")

    generation = node.ask("status")["generation"]
    progress("before any reload")

    def reload(change, wanted_class, text):
        nonlocal config, generation
        config = merged(config, change)
        node.write(config)
        answer = node.ctl("reload")
        equal(answer["applied"], True, f"{text}: applied")
        equal(answer["reload"], wanted_class, f"{text}: class of the reload")
        check(answer["generation"] > generation, f"{text}: the generation went up")
        generation = answer["generation"]
        progress(f"after {text}")
        return answer

    for cost in (50, 51, 52, 65535, 1):
        answer = reload({"ports": {"east": {"cost": cost}}}, "live", f"cost {cost}")
        equal([(x["key"], x["after"], x["reload"]) for x in answer["changes"]], [("ports.east.cost", str(cost), "live")],
              "changes")
        equal(node.port("east")["cost"], cost, "cost of east")
    reload({"filters": [{"port": "west", "deny-service": ["ssh"], "deny-id": ["02:bb:bb:bb:bb:bb"]}]}, "live", "a filter")
    reload({"romon": {"identity": "renamed", "hop-limit": 9}, "limits": {"discover-in": 100}}, "live", "live keys")
    reload({"relay-groups": {"g": {"storm-limit": 50000}}}, "live", "storm-limit")
    equal(node.ask("status")["identity"], "renamed", "identity")

    # the filter holds: SSH is refused, the load is not
    a.send(data.copy(dst_port=3).pack())
    wait(lambda: node.drops().get("filtered") == 1, "the filter drops SSH")

    # a port more: the others go on
    reload({"ports": {"added": {"device": "eth4", "link-id": 5}}}, "port restart", "an added port")
    node.wait_up(["added"])
    model = model_of(node)
    added = model.port("added")
    extra = data.copy(eth_dst=added.mac, hops=[romon.Hop(9, added.mac), data.hops[1]], src_port=99)
    e.send(extra.pack())
    wanted = model.data_step(extra, added).frame.pack()
    wait(lambda: wanted in counters[0].others, "a frame that enters the added port leaves east")

    # SIGHUP does the same
    config = merged(config, {"ports": {"east": {"cost": 77}}})
    node.write(config)
    node.signal(signal.SIGHUP)
    wait(lambda: node.port("east")["cost"] == 77, "SIGHUP applies the file")
    generation = node.ask("status")["generation"]

    # invalid files: named with their line, and nothing changes
    before, ports = node.ask("status"), node.ask("ports")
    text = open(node.config_path, encoding="utf-8").read()
    lines = text.splitlines()
    for bad, what in (("    cost: 70000", "out of range"), ("    costt: 5", "unknown key"), ("    cost: [", "no YAML")):
        at = lines.index("  east:") + 1
        node.write(None, raw="\n".join([*lines[:at], bad, *[x for x in lines[at:] if "cost:" not in x]]) + "\n")
        answer = node.ask_raw("reload")
        equal(answer["ok"], False, f"{what}: ok")
        equal(answer["error"]["code"], "invalid-config", f"{what}: code")
        issues = answer["error"]["issues"]
        check(any(i["line"] == at + 1 for i in issues if i["level"] == "error") or what == "no YAML",
              f"{what}: no error names line {at + 1}: {issues}")
        node.ctl("reload", exit_code=1)
    node.write(None, raw="")
    progress("after invalid files")
    after = node.ask("status")
    equal(after["generation"], before["generation"], "generation after invalid files")
    same = ("name", "link-id", "mac", "state", "cost", "device", "mode")
    equal([[p[k] for k in same] for p in node.ask("ports")], [[p[k] for k in same] for p in ports], "ports")

    # west also took the SSH frame that the filter refused
    all_arrive(node, "west", senders[0], counters[0], "node", others=1)
    all_arrive(node, "r0", senders[1], counters[1], "relay")
    equal(node.drops(), {"filtered": 1}, "drops")
    node.balanced()

