# SPDX-License-Identifier: BSD-3-Clause
"""A configuration on trial: kept when it is confirmed, else the one before comes back by itself, without a frame lost.

            +----- box -----+
    end a --+ eth0     west |      Data from a to b all the time
    end b --+ eth1     east |
            +---------------+
"""
import os
import signal

from harness import Counter, Sender, all_arrive, check, data_load, equal, merged, model_of, wait

RATE = 2000  # frames a second


def scenario(net):
    box = net.box("box")
    a, b = (net.end(box, f"eth{i}") for i in range(2))
    base = {
        "romon": {"id": "02:00:00:00:00:01"},
        "ports": {"west": {"device": "eth0", "link-id": 1}, "east": {"device": "eth1", "link-id": 2, "cost": 10}},
    }
    node = net.romond(box, "node", base)
    model = model_of(node)
    data, leaves = data_load(model, "west", 2)
    counter = Counter(b, lambda f: f[:-4] == leaves[:-4])
    sender = Sender(a, [data.pack()], RATE)
    cost = lambda: node.port("east")["cost"]  # noqa: E731

    def candidate(value, **more):
        """A second file, beside the one that romond runs on."""
        path = os.path.join(net.dir, "candidate.yaml")
        kept, node.config_path = node.config_path, path
        node.write(merged(base, {"ports": {"east": {"cost": value}}, **more}))
        node.config_path = kept
        return path

    def events(kind):
        return [e for e in node.ask("events")["rows"] if e["type"] == kind]

    # nobody confirms: the one before comes back
    first = node.ask("status")
    equal(first["confirm-left-ms"], None, "no trial at first")
    answer = node.ctl("config", "apply", candidate(20), "--confirm-within", "1s")
    equal((answer["applied"], answer["confirm-within-ms"]), (True, 1000), "answer of apply")
    equal(cost(), 20, "cost on trial")
    left = node.ask("status")["confirm-left-ms"]
    check(left is not None and 0 < left <= 1000, f"time left: {left}")
    wait(lambda: cost() == 10, "the configuration before comes back")
    status = node.ask("status")
    equal((status["confirm-left-ms"], status["generation"]), (None, first["generation"] + 2), "after the trial")
    equal(len(events("config-rolled-back")), 1, "events of a rollback")
    check("was not confirmed in time" in events("config-rolled-back")[0]["text"], "the event says why")

    # confirmed in time: it stays, and there is nothing left to confirm or to take back
    node.ctl("config", "apply", candidate(30), "--confirm-within", "2s")
    equal(node.ctl("config", "confirm")["generation"], first["generation"] + 3, "generation of confirm")
    equal(node.ask("status")["confirm-left-ms"], None, "confirmed")
    for words in (("config", "confirm"), ("config", "rollback")):
        node.ctl(*words, exit_code=1)
    equal(len(events("config-confirmed")), 1, "events of a confirmation")

    # on trial nothing else can be applied; rollback ends it at once
    node.ctl("config", "apply", candidate(40), "--confirm-within", "10m")
    check("on trial" in node.ctl_text("status"), "status tells of the trial")
    for cmd, args in (("config-apply", {"path": candidate(50)}), ("reload", {})):
        refused = node.ask_raw(cmd, **args)
        equal((refused["ok"], refused["error"]["code"]), (False, "failed"), f"{cmd} on trial")
        check("config confirm or config rollback comes first" in refused["error"]["message"], f"{cmd}: {refused}")
    node.signal(signal.SIGHUP)
    wait(lambda: "no reload: the running configuration waits" in node.log_text(), "SIGHUP is refused on trial")
    equal(cost(), 40, "cost while everything else is refused")
    node.ctl("config", "rollback")
    equal(cost(), 30, "cost after rollback")
    equal(len(events("config-rolled-back")), 2, "events of a rollback")

    # what cannot be tried: an invalid file, a time out of bounds
    bad = candidate(70000)
    equal(node.ask_raw("config-apply", path=bad, **{"confirm-within": 5000})["error"]["code"], "invalid-config", "bad file")
    equal(node.ask("status")["confirm-left-ms"], None, "an invalid file is not on trial")
    node.ctl("config", "apply", candidate(50), "--confirm-within", "10ms", exit_code=2)
    equal(cost(), 30, "cost after what cannot be tried")

    # secrets of another file in place of those that romon.secrets-file names
    now, then = (os.path.join(net.dir, x) for x in ("now", "then"))
    for path, lines in ((now, '""\n'), (then, '""\nqHk4-97yt.Bw2mZc81\n')):
        with open(path, "w", encoding="utf-8") as f:
            os.fchmod(f.fileno(), 0o600)
            f.write(lines)
    path = candidate(30, romon={**base["romon"], "secrets-file": now})
    keys = lambda r: [c["key"] for c in r["changes"]]  # noqa: E731
    equal(keys(node.ctl("config", "diff", path)), ["romon.secrets", "romon.secrets-file"], "diff to the file's own")
    node.ctl("config", "apply", path)
    answer = node.ctl("config", "apply", path, "--secrets-file", then, "--confirm-within", "30s")
    equal([(c["key"], c["before"], c["after"], c["reload"]) for c in answer["changes"]],
          [("romon.secrets", "(1 secret)", "(2 secrets)", "live")], "changes by another file of secrets")
    equal(keys(node.ctl("config", "diff", path)), ["romon.secrets"], "diff tells what is in force from what is in the file")
    equal(keys(node.ctl("config", "diff", path, "--secrets-file", then)), [], "diff with the same file of secrets")
    node.ctl("config", "rollback")
    equal(keys(node.ctl("config", "diff", path)), [], "diff after rollback")
    equal(node.ask_raw("config-diff", path=candidate(30), **{"secrets-file": then})["error"]["code"], "invalid-config",
          "a file without secrets-file has no place for other secrets")

    all_arrive(node, "west", sender, counter, "node")
    node.balanced()
