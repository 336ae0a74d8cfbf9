# SPDX-License-Identifier: BSD-3-Clause
"""Reloads by several clients and by SIGHUP, while the file changes under them and one in three versions is invalid; then
SIGTERM in the middle of it. One order of configurations comes out of it, each client sees it, and romond ends well.

            +-------- box --------+
    end a --+ eth0   port a       |    Data from a to b all the time
    end b --+ eth1   port b       |
            +---------------------+
"""
import os
import signal
import threading

from harness import Counter, Failure, Sender, all_arrive, check, data_load, equal, merged, model_of, wait, yaml

RATE = 1000
CLIENTS = 3
VERSIONS = 60
LAST_COST = 777


def put(node, text):
    """The configuration file, exchanged at once: what reads it sees one version or the next."""
    path = node.config_path + ".new"
    with open(path, "w", encoding="utf-8") as f:
        os.fchmod(f.fileno(), 0o600)
        f.write(text)
    os.replace(path, node.config_path)


class Client(threading.Thread):
    """Reloads again and again; keeps what each answer says of the order."""

    def __init__(self, node):
        super().__init__(daemon=True)
        self.node, self.generations, self.n_refused, self.error, self.ended = node, [], 0, None, False
        self.start()

    def run(self):
        while not self.ended:
            try:
                answer = self.node.ask_raw("reload")
            except (OSError, Failure) as e:
                self.error = e
                return
            if answer["ok"]:
                self.generations.append(answer["data"]["generation"])
            else:
                self.n_refused += 1


def scenario(net):
    box = net.box("box")
    a, b = net.end(box, "eth0"), net.end(box, "eth1")
    ports = {n: {"device": f"eth{i}", "link-id": i + 1} for i, n in enumerate("ab")}
    node = net.romond(box, "node", {"romon": {"id": "02:00:00:00:00:01"}, "ports": ports, "log": {"level": "info"}})
    load, leaves = data_load(model_of(node), "a", 2)
    counter = Counter(b, lambda f: f[:-4] == leaves[:-4])
    sender = Sender(a, [load.pack()], RATE)
    wait(lambda: len(counter.seen) > 50, "the load flows")

    def version(cost):
        return yaml(merged(node.config, {"ports": {"b": {"cost": cost}}}))

    first = node.ask("status")["generation"]
    clients = [Client(node) for _ in range(CLIENTS)]
    for i in range(VERSIONS):
        put(node, version(100 + i) if i % 3 else version(100 + i) + "no-such-key: 1\n")
        node.signal(signal.SIGHUP)
        at = len(clients[i % CLIENTS].generations) + clients[i % CLIENTS].n_refused
        wait(lambda c=clients[i % CLIENTS], n=at: c.error or len(c.generations) + c.n_refused > n, "a client is answered")
    put(node, version(LAST_COST))
    node.ask("reload")
    equal(node.port("b")["cost"], LAST_COST, "cost of b: of the last version")
    status = node.ask("status")
    for c in clients:
        check(c.error is None, f"a client failed: {c.error}")
        equal(c.generations, sorted(c.generations), "generations that a client saw")
    seen = sorted(g for c in clients for g in c.generations)
    refused = sum(c.n_refused for c in clients)
    print(f"{VERSIONS} versions: generation {first} to {status['generation']}, {len(seen)} reloads by clients, {refused} refused")
    check(refused > 0 and len(seen) > VERSIONS / 2, "both kinds of versions were met")
    equal(len(set(seen)), len(seen), "generations that two reloads call their own")
    all_arrive(node, "a", sender, counter, "the load")
    node.balanced()

    # the end, in the middle of it: SIGTERM among requests and signals
    node.signal(signal.SIGHUP)
    node.stop()
    for c in clients:
        c.join(10)
        check(not c.is_alive(), "a client hangs after the end of romond")
