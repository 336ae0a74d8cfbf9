# SPDX-License-Identifier: BSD-3-Clause
"""Who may what: each command for each tier; files that a caller names are read with his rights; hooks, secrets and
configurations that others could have written are refused; who changed something is told; and what is written is nobody
else's.

    end a -- eth0 | box: node |      the tester is root, nobody in control.group, nobody in control.read-group, a stranger
"""
import os
import re
import stat
import subprocess

from harness import ROMONCTL, Failure, check, equal, merged, sh, wait
from peers import NOBODY, TIERS, Peer, commands, connect_as

GROUPS = {"READ": ("games", 60), "OPERATE": ("nogroup", NOBODY)}
FEEDS = ("discover", "ping", "torch", "capture", "events-follow")
# arguments that make a command do nothing where it is permitted
HARMLESS = {"node-forget": {"id": "02:0e:00:00:00:99"}, "ping": {"id": "02:0e:00:00:00:99"}, "node": {"id": "x"},
            "torch": {"port": "west"}, "reload": {}, "config-apply": {"confirm-within": 1}}


def scenario(net):
    box = net.box("box")
    net.end(box, "eth0")
    base = {"romon": {"id": "02:00:00:00:00:01"}, "ports": {"west": {"device": "eth0", "link-id": 1}}}
    base["control"] = {"group": GROUPS["OPERATE"][0], "read-group": GROUPS["READ"][0]}
    node = net.romond(box, "node", base)
    mode = lambda path: stat.S_IMODE(os.stat(path).st_mode)  # noqa: E731

    # modes of what romond made; this process has umask 022
    state = node.config["state"]["dir"]
    equal(mode(state), 0o700, "mode of state.dir")
    wait(lambda: os.path.exists(os.path.join(state, "romond.db-wal")), "the database is there")
    for name in os.listdir(state):
        equal(mode(os.path.join(state, name)), 0o600, f"mode of {name}")
    equal((mode(node.socket_path), mode(node.socket_path + ".lock")), (0o666, 0o600), "modes of socket and lock")

    def as_tier(tier):
        if tier == "ROOT":
            return Peer(node)
        return Peer(node, connect_as(node.socket_path, NOBODY, GROUPS[tier][1])[0])

    def events(kind):
        return [e["text"] for e in node.ask("events")["rows"] if e["type"] == kind]

    def feed_begins(p, cmd):
        """A feed that is permitted says nothing at first; so cancel it."""
        return p.ask(cmd, **HARMLESS.get(cmd, {}))

    # each command for each tier
    for tier in TIERS:
        p = as_tier(tier)
        for cmd, needed in commands().items():
            answer = feed_begins(p, cmd) if cmd in FEEDS else p.ask(cmd, **HARMLESS.get(cmd, {}))
            code = answer.get("error", {}).get("code")
            may = TIERS.index(tier) >= TIERS.index(needed)
            check((code != "not-permitted") == may, f"{cmd} for {tier}, needs {needed}: {answer}")
            if not may:
                check(f"needs the tier {needed.lower()}" in answer["error"]["message"], f"{cmd}: {answer}")
        p.close()
    refused = Peer(node, connect_as(node.socket_path, NOBODY, 7)[0]).line()
    equal((refused["id"], refused["error"]["code"]), (None, "not-permitted"), "a stranger")

    # the review's case: a member of the group brings a hook of his own
    hook, mark = os.path.join(net.dir, "hook"), os.path.join(net.dir, "mark")
    with open(hook, "w", encoding="utf-8") as f:
        os.fchmod(f.fileno(), 0o755)
        f.write(f"#!/bin/sh\necho \"$ROMON_SEQ\" >> {mark}\n")
    mine = os.path.join("/tmp", "mine.yaml")
    member = as_tier("OPERATE")
    for cmd in ("config-apply", "config-diff"):
        for path in (mine, "/etc/shadow"):
            answer = member.ask(cmd, path=path)
            equal(answer["error"]["code"], "not-permitted", f"{cmd} of a member")
        answer = member.ask(cmd, **{"secrets-file": "/etc/shadow"})
        equal(answer["error"]["code"], "not-permitted", f"{cmd} of a member")
    # and romond opens nothing by its name, for nobody
    root = Peer(node)
    answer = root.ask("config-diff", path="/etc/shadow")
    equal(answer["error"]["code"], "bad-argument", "a path without a descriptor")
    check("issues" not in answer["error"] and "root:" not in str(answer), f"nothing of the file is told: {answer}")
    fd = os.open(node.config_path, os.O_RDONLY)
    equal(root.ask("config-diff", fds=[fd], path="a name")["data"]["changes"], [], "a path with its descriptor")
    equal(member.ask("config-diff", fds=[fd], path="a name")["error"]["code"], "not-permitted", "a member with one")
    os.close(fd)

    # a forged line, and an escape, in the name of a file
    name = "/x\n2026-01-01T00:00:00.000Z error romond: forged \x1b[31mred"
    fd = os.open("/etc/hostname", os.O_RDONLY)
    equal(root.ask("config-apply", fds=[fd], path=name)["error"]["code"], "invalid-config", "no configuration")
    os.close(fd)
    text = node.log_text()
    check("\\x0a2026-01-01" in text and "\n2026-01-01" not in text and "\x1b" not in text, "names are escaped in the log")
    check("by root (uid 0, pid" in events("config-failed")[-1], f"who asked: {events('config-failed')}")

    # who changed something: in the event and in the log
    who = f"by root (uid 0, pid {os.getpid()})"
    node.ask("reload")
    check(events("config-applied")[-1].endswith(who), f"who reloaded: {events('config-applied')}")
    node.ask("config-apply", **{"confirm-within": 60000})
    node.ask("config-confirm")
    check(events("config-confirmed")[-1].endswith(who), f"who confirmed: {events('config-confirmed')}")
    node.ask("config-apply", **{"confirm-within": 60000})
    node.ask("config-rollback")
    check(who[3:] in events("config-rolled-back")[-1], f"who rolled back: {events('config-rolled-back')}")
    member.ask("log-level", level="debug")
    told = events("operated")[-1]
    check(re.search(r"log level debug, by \S+ \(uid 65534, pid \d+\)$", told), f"who set the level: {told}")
    n = len(events("config-applied"))
    sh("kill", "-HUP", str(node.process.pid))
    wait(lambda: len(events("config-applied")) > n, "SIGHUP")
    check("by SIGHUP of root (uid 0, pid" in events("config-applied")[-1], f"who sent SIGHUP: {events('config-applied')[-1]}")
    for line in ("log-level by nobody (uid 65534", "config-confirm by root (uid 0", "reload by root (uid 0"):
        check(line in node.log_text(), f"the log tells: {line}")

    # a hook that others could write is not run, also when it becomes so later; a safe one is
    def hook_runs():
        if os.path.exists(mark):
            os.unlink(mark)
        failed = node.log_text().count("log-level by root")
        node.ask("log-level", level="debug")
        wait(lambda: node.log_text().count("log-level by root") > failed, "an event")
        return lambda: os.path.exists(mark)

    node.write(merged(base, {"events": {"exec": hook}}))
    equal(node.ask("reload")["issues"], [], "a safe hook")
    wait(hook_runs(), "a safe hook runs")
    ways = {"0775": lambda: os.chmod(hook, 0o775), "0757": lambda: os.chmod(hook, 0o757),
            "belongs to uid 65534": lambda: os.chown(hook, NOBODY, 0)}
    for word, spoil in ways.items():
        n = node.log_text().count("did not reach it")
        time_of_lines = lambda n=n: node.log_text().count("did not reach it") > n  # noqa: E731
        spoil()
        last = node.ask("events")["next"]  # of those before some may still run
        hook_runs()
        wait(time_of_lines, f"a hook that {word} is named")
        late = [int(seq) for seq in open(mark, encoding="ascii")] if os.path.exists(mark) else []
        check(all(seq <= last for seq in late), f"a hook that {word} was run: {late}, spoiled after event {last}")
        warnings = [i["text"] for i in node.ask("reload")["issues"]]
        check(any("it is not run" in w and word in w for w in warnings), f"warnings of a hook that {word}: {warnings}")
        os.chown(hook, 0, 0)
        os.chmod(hook, 0o755)
    wait(hook_runs(), "it runs again")
    node.write(base)
    node.ask("reload")

    # so are secrets and the configuration itself: by SIGHUP and command, and at the start
    def refused_with(word):
        answer = node.ask_raw("reload")
        equal(answer["error"]["code"], "invalid-config", word)
        texts = [i["text"] for i in answer["error"]["issues"]]
        check(any(word in t for t in texts), f"{word}: {texts}")

    for spoil, word in ((0o620, "may be written by a group"), (0o602, "may be written by everybody")):
        os.chmod(node.config_path, spoil)
        refused_with(word)
    os.chmod(node.config_path, 0o600)
    os.chown(node.config_path, NOBODY, 0)
    refused_with("belongs to uid 65534")
    sibling = subprocess.run(box.argv("timeout", "60", node.process.args[4], "-c", node.config_path), capture_output=True,
                             text=True, check=False)
    check(sibling.returncode == 1 and "belongs to uid 65534" in sibling.stderr, f"a start on it: {sibling}")
    os.chown(node.config_path, 0, 0)
    os.chmod(net.dir, 0o777)
    refused_with(f"is in {net.dir}, which everybody may write")
    os.chmod(net.dir, 0o755)
    secrets_dir = os.path.join(net.dir, "open")
    os.mkdir(secrets_dir)
    secrets = os.path.join(secrets_dir, "secrets")
    with open(secrets, "w", encoding="utf-8") as f:
        os.fchmod(f.fileno(), 0o600)
        f.write("qHk4-97yt.Bw2mZc81\n")
    node.write(merged(base, {"romon": {"secrets-file": secrets}}))
    equal([c["key"] for c in node.ask("config-diff")["changes"]], ["romon.secrets", "romon.secrets-file"], "safe secrets")
    os.chmod(secrets_dir, 0o777)
    refused_with(f"is in {secrets_dir}, which everybody may write")
    os.chmod(secrets_dir, 0o755)
    os.chown(secrets, NOBODY, 0)
    refused_with("belongs to uid 65534")
    node.write(base)
    node.ask("reload")

    # romonctl: relative paths and its own rights; captures are nobody else's
    def ctl(*words, **kw):
        return subprocess.run([ROMONCTL, "-s", node.socket_path, *words], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=60, check=False, **kw)

    r = ctl("config", "diff", os.path.basename(node.config_path), cwd=net.dir)
    equal(r.returncode, 0, f"a relative path: {r.stderr}")
    os.mkfifo(os.path.join(net.dir, "fifo"))
    r = ctl("config", "diff", "fifo", cwd=net.dir)
    check(r.returncode == 1 and "is a FIFO or pipe, not a regular file" in r.stderr, f"a FIFO: {r}")
    r = ctl("capture", "-w", "frames", "-d", "100ms", cwd=net.dir)
    equal((r.returncode, mode(os.path.join(net.dir, "frames"))), (0, 0o600), f"mode of a capture ({r.stderr})")
    check("capture on all ports begun, by root" in events("operated")[-1], "a capture is told")

    member.close()
    root.close()
    if node.ask("status")["ports-up"] != 1:
        raise Failure("the port")
