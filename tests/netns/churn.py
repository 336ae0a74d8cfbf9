# SPDX-License-Identifier: BSD-3-Clause
"""Ports come, go, and change their kind by reload after reload, while interfaces vanish and come back, and floods and
load go on. The load loses nothing, and no buffer is lost.

                  +--------- box ----------+
    end a --------+ eth0      port west    |     Data from a to b all the time
    end b --------+ eth1      port east    |
    ends 2..6 ----+ eth2..6   anything     |     node port, relay port of two groups, VLANs, disabled, absent
                  +------------------------+
"""
import random

import romon
from harness import GROUP, Counter, Sender, all_arrive, check, data_load, mac, model_of, wait

SEED = 7
ROUNDS = 40
RATE = 1000
EXTRA = range(2, 7)


def roles(rng):
    """A configuration of the extra interfaces."""
    ports, groups = {}, {"g1": {}, "g2": {}}
    for i in EXTRA:
        kind = rng.choice(("absent", "node", "vlans", "relay", "relay", "disabled", "forbid"))
        device = {"device": f"eth{i}"}
        if kind == "node":
            ports[f"n{i}"] = {**device, "link-id": 10 + i, "cost": rng.randint(1, 200)}
        elif kind == "vlans":
            for vlan in (0, 81, 82):
                ports[f"v{i}-{vlan}"] = {**device, "link-id": 1000 + 100 * i + vlan, **({"vlan": vlan} if vlan else {})}
        elif kind == "relay":
            groups[rng.choice(("g1", "g2"))][f"r{i}"] = device
        elif kind == "disabled":
            ports[f"d{i}"] = {**device, "link-id": 20 + i, "disabled": True}
        elif kind == "forbid":
            ports[f"f{i}"] = {**device, "link-id": 30 + i, "forbid": True}
    return ports, {name: {"ports": members} for name, members in groups.items() if members}


def scenario(net):
    rng = random.Random(SEED)
    box = net.box("box")
    a, b = net.end(box, "eth0"), net.end(box, "eth1")
    extra = {i: net.end(box, f"eth{i}") for i in EXTRA}
    base = {
        "romon": {"id": "02:00:00:00:00:01", "flood-hold": "0s"},
        "ports": {"west": {"device": "eth0", "link-id": 1}, "east": {"device": "eth1", "link-id": 2}},
        "limits": {"discover-in": "none", "answers-per-origin": "none"},
    }
    node = net.romond(box, "node", base)
    model = model_of(node)
    load, leaves = data_load(model, "west", 2)
    counter = Counter(b, lambda f: f[:-4] == leaves[:-4])
    sender = Sender(a, [load.pack()], RATE)
    wait(lambda: len(counter.seen) > 100, "the load flows")
    probe = romon.Port("x", 7, mac("02:00:00:00:0a:01"))
    n_applied = 0
    for i in range(ROUNDS):
        # floods into the ports that change, and frames from them
        for k in range(8):
            origin = romon.Node(bytes.fromhex("02d15c") + (i * 8 + k).to_bytes(3, "big"), [probe])
            a.send(origin.discover(probe).pack(60))
            for n, end in extra.items():
                end.send(GROUP + mac(f"02:00:00:00:0{n}:0{k}") + b"\x88\xbf" + rng.randbytes(80))
        if rng.randrange(4) == 0:  # an interface goes, and comes back
            gone = rng.choice(list(EXTRA))
            box.sh("ip", "link", "del", f"eth{gone}")
            extra.pop(gone).close()
            if rng.randrange(2):
                node.ask("ports")
            extra[gone] = net.end(box, f"eth{gone}")
        ports, groups = roles(rng)
        node.write({**base, "ports": {**base["ports"], **ports}, **({"relay-groups": groups} if groups else {})})
        answer = node.ask("reload")
        n_applied += answer["applied"]
        names = {p["name"] for p in node.ask("ports")}
        wanted = set(base["ports"]) | set(ports) | {m for g in groups.values() for m in g["ports"]}
        check(names == wanted, f"round {i}: ports are {names}, the file has {wanted}")
        at = len(counter.seen)
        wait(lambda at=at: len(counter.seen) > at + 20, f"the load goes on in round {i}")
    check(n_applied >= ROUNDS - 2, f"{n_applied} of {ROUNDS} reloads changed something")

    # back to the start: every port of the last round that is not there now has given its buffers back
    node.write(base)
    node.ask("reload")
    all_arrive(node, "west", sender, counter, f"the load, through {ROUNDS} rounds", others=8 * ROUNDS)
