# SPDX-License-Identifier: BSD-3-Clause
"""Edits of single keys of a running romond: live, kept over restarts and kill -9, refused to readers, undone by reset.

    end a -- eth0 | box: node |      the tester is root, nobody in control.group, and nobody in control.read-group
"""
import json
import os
import signal
import threading

from harness import check, equal, wait
from peers import NOBODY, Peer, connect_as

GROUPS = {"READ": ("games", 60), "OPERATE": ("nogroup", NOBODY)}
EDITS = 40  # in a row, before each kill -9


def as_tier(node, tier):
    return Peer(node, connect_as(node.socket_path, NOBODY, GROUPS[tier][1])[0])


def restart(node):
    node.process.kill()
    node.process.wait()
    node.start()


def who_may(node, cost):
    reader, member = as_tier(node, "READ"), as_tier(node, "OPERATE")
    before = cost()
    for cmd, args in (("config-set", {"values": {"ports.west.cost": 9}}), ("config-remove", {"key": "ports.west"}),
                      ("config-add", {"map": "ports", "name": "x"}), ("config-reset", {})):
        equal(reader.ask(cmd, **args)["error"]["code"], "not-permitted", f"{cmd} of a reader")
    equal(cost(), before, "a reader changed nothing")
    equal(reader.ask("config-show")["ok"], True, "a reader may look")
    check(member.ask("config-set", values={"ports.west.cost": 11})["ok"], "an operator edits a cost")
    for key in ("romon.secrets", "events.exec", "ports.west.device", "control.socket", "eal-args"):
        answer = member.ask("config-set", values={key: "/x"})
        equal(answer["error"]["code"], "not-permitted", f"{key} of an operator")
        check(f"an edit of {key} needs the tier root" in answer["error"]["message"], f"{answer}")
    equal(node.ask("config-set", values={"ports.west.secrets": ["a secret of ours, long"]})["is-kept"], True, "root's")
    equal(member.ask("config-reset")["error"]["code"], "not-permitted", "root's edits are root's to drop")
    equal(node.ask("config-reset", key="ports.west.secrets")["applied"], True, "reset of a secret")
    for p in (reader, member):
        p.close()


def kills(node, cost):
    """Nothing that was answered is lost: the cost after a start is the last one answered, or the one under way."""
    for round_ in range(3):
        answered = []

        def edit(first=1000 * (round_ + 1), answered=answered):
            p = Peer(node)
            try:
                for n in range(first, first + 900):
                    if not p.ask("config-set", values={"ports.west.cost": n})["ok"]:
                        return
                    answered.append(n)
            except (OSError, ValueError, TypeError, KeyError):
                pass  # killed meanwhile

        thread = threading.Thread(target=edit)
        thread.start()
        wait(lambda a=answered: len(a) >= EDITS, "edits are answered")
        node.process.kill()
        thread.join()
        node.process.wait()
        node.start()
        check(cost() in (answered[-1], answered[-1] + 1), f"after kill -9: {cost()}, the last answer was {answered[-1]}")


def two_at_once(node):
    """Two clients edit each their own key: both hold in the end."""
    def edit(key):
        p = Peer(node)
        for n in range(1, 31):
            check(p.ask("config-set", values={key: n})["ok"], f"{key} {n}")

    threads = [threading.Thread(target=edit, args=(k,)) for k in ("ports.west.cost", "limits.discover-in")]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    shown = node.ask("config-show")["config"]
    equal((shown["ports"]["west"]["cost"], shown["limits"]["discover-in"]), (30, 30), "two clients at once")


def scenario(net):
    box = net.box("box")
    net.end(box, "eth0")
    net.end(box, "eth1")
    base = {"romon": {"id": "02:00:00:00:00:01", "identity": "first"},
            "ports": {"west": {"device": "eth0", "link-id": 1, "cost": 5}},
            "control": {"group": GROUPS["OPERATE"][0], "read-group": GROUPS["READ"][0]}}
    node = net.romond(box, "node", base)
    cost = lambda: node.port("west")["cost"]  # noqa: E731
    overlay = os.path.join(node.config["state"]["dir"], "overlay.yaml")
    file_text = open(node.config_path, encoding="utf-8").read()

    # live, and told
    answer = node.ctl("config", "set", "ports.west.cost", "70", "romon.identity", "second: one")
    equal((answer["is-kept"], len(answer["changes"]), cost()), (True, 2, 70), "an edit is live")
    equal(os.stat(overlay).st_mode & 0o777, 0o600, "mode of the overlay")
    node.ctl("config", "add", "ports", "east", "device", "eth1", "cost", "3")
    wait(lambda: node.port("east")["state"] == "up", "the port that was added is up")
    node.ctl("config", "set", "ports.west.cost", "70000", exit_code=1)
    node.ctl("config", "set", "ports.nope.cost", "7", exit_code=4)
    said = node.ask_raw("config-set", values={"ports.west.cost": 70000, "romon.identity": "third"})["error"]
    equal(said["message"], "ports.west.cost: expected 1..65535, got 70000", "what is wrong, and where")
    equal((cost(), node.ask("status")["identity"]), (70, "second: one"), "an invalid edit changes nothing")
    status = node.ask("status")
    equal((status["differing-keys"], status["overlay"]["edits"], status["overlay"]["path"]), (3, 5, overlay), "status")
    check("5 edits in " + overlay in node.ctl_text("status"), "status for people")
    check("set ports.west.cost to 70" in node.ctl_text("config", "show"), "config show names the edits")

    # over a restart, and a reload of a file that changed
    restart(node)
    equal((cost(), node.port("east")["cost"], node.ask("status")["identity"]), (70, 3, "second: one"), "after a restart")
    equal(open(node.config_path, encoding="utf-8").read(), file_text, "the file is as it was")
    node.write({**base, "romon": {**base["romon"], "hop-limit": 9}})
    node.ask("reload")
    equal((cost(), node.ask("config-show")["config"]["romon"]["hop-limit"]), (70, 9), "a reload keeps edits")
    # a port that the file has no more: said, not fatal
    node.write({**base, "ports": {"north": {"device": "eth0"}}})
    restart(node)
    warnings = node.ask("status")["warnings"]
    check(any(w.startswith("ports.west.cost: this edit is left out: the file has no ports.west") for w in warnings), warnings)
    equal(node.ask("status")["overlay"]["left-out"], 1, "left out")
    node.write(base)
    node.ask("reload")
    equal(cost(), 70, "and it holds again")

    who_may(node, cost)
    two_at_once(node)
    kills(node, cost)

    # back again
    before = cost()
    node.ctl("config", "set", "ports.west.cost", "12", "--confirm-within", "10m")
    equal(node.ctl("config", "rollback") and cost(), before, "rollback of a trial")
    node.ctl("config", "set", "ports.west.cost", "12")
    equal(node.ctl("config", "rollback") and cost(), before, "rollback of an edit")

    # into a file of one's own, and into the configuration file: then no edit is needed
    other = os.path.join(net.dir, "other.yaml")
    equal(node.ctl("config", "save", other)["config-file"], other, "config save FILE")
    equal(node.ask("status")["overlay"]["edits"] > 0, True, "another file leaves the edits")
    node.ctl("config", "save")
    status = node.ask("status")
    equal((status["overlay"]["edits"], status["differing-keys"], cost()), (0, 0, before), "saved")
    check(not os.path.exists(overlay), "no edit, no overlay")
    for path in (other, node.config_path):
        equal(node.ctl("config", "diff", path)["changes"], [], f"{path} holds what is in force")
    restart(node)
    equal((cost(), node.port("east")["cost"]), (before, 3), "what was saved is there after a restart")

    # reset
    node.write(base)
    node.ctl("config", "set", "ports.west.cost", "44")
    node.ask("reload")
    equal(cost(), 44, "an edit above the file as it was")
    node.ctl("config", "reset")
    equal((cost(), node.ask("status")["overlay"]["edits"]), (5, 0), "reset")
    check(json.dumps(node.ask("config-show")["edits"]) == "[]", "no edit is left")
    node.signal(signal.SIGHUP)
