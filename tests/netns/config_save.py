# SPDX-License-Identifier: BSD-3-Clause
"""What is in force and what the configuration file says are told apart: an applied configuration shows as such, a restart
brings the file's back and says so, and `config save` keeps it, with comments, mode and owner, and the files before.

    end -- eth0 | box: node |
"""
import json
import os
import stat

from harness import check, equal, merged, wait, yaml
from peers import NOBODY, Peer, connect_as

SECRET = "qHk4-97yt.Bw2mZc81"
COMMENT = "# why east is dear: ask Lena"


def scenario(net):
    box = net.box("box")
    net.end(box, "eth0")
    base = {"romon": {"id": "02:00:00:00:00:01"}, "ports": {"west": {"device": "eth0", "link-id": 1, "cost": 10}},
            "control": {"group": "root", "read-group": "games"}}
    node = net.romond(box, "node", base)
    file = node.config_path
    cost = lambda: node.port("west")["cost"]  # noqa: E731
    text = lambda path: open(path, encoding="utf-8").read()  # noqa: E731

    def candidate(value, **romon):
        path = os.path.join(net.dir, f"candidate-{value}.yaml")
        with open(path, "w", encoding="utf-8") as f:
            os.fchmod(f.fileno(), 0o600)
            f.write(COMMENT + "\n" + yaml(merged(node.base, merged(base, {"romon": romon, "ports": {"west": {"cost": value}}}))))
        return path

    def events(kind):
        return [e["text"] for e in node.ask("events")["rows"] if e["type"] == kind]

    def differs(wanted, word=None):
        status = node.ask("status")
        equal(status["differs-from-file"], wanted, "differs-from-file")
        equal(node.ask("config-show")["differs-from-file"], wanted, "differs-from-file of config show")
        found = [w for w in status["warnings"] if file in w or "romon.secrets-file" in w]
        check(len(found) == (word is not None) and all(word in w for w in found), f"warnings, wanted {word}: {found}")
        health = node.ctl_text("check", exit_code=1 if word else 0)
        check(word is None or word in health, f"check tells it: {health}")
        return status["config-source"]

    # at the start: the file
    before = text(file)
    source = differs(False)
    equal((source["path"], source["by"], source["secrets-file"]), (file, None, None), "source at the start")

    # the review's case: applied, confirmed, in force, and not in the file
    applied = candidate(20)
    node.ctl("config", "apply", applied, "--confirm-within", "60s")
    equal(node.ctl("config", "save", exit_code=1), None, "what is on trial is not saved")
    equal(text(file), before, "the file while a trial runs")
    node.ctl("config", "confirm")
    source = differs(True, "a restart brings the old values back")
    equal((source["path"], source["by"].split(",")[0]), (applied, "root (uid 0"), "source of what was applied")
    check(applied in node.ctl_text("status") and "differs" in node.ctl_text("status"), node.ctl_text("status"))
    check("config save" in node.ctl_text("doctor", exit_code=None), "doctor tells it")
    changes = node.ctl("config", "diff")["changes"]
    equal([(c["key"], c["before"], c["after"]) for c in changes], [("ports.west.cost", "20", "10")], "diff without a file")
    mark = os.path.join(net.dir, "node.state", "unsaved")
    for end in (node.stop, node.kill):
        wait(lambda: os.path.exists(mark), "it is noted")  # by a thread of its own: no disk holds control up
        end()
        node.start()
        equal(cost(), 10, "cost after a restart without save")
        told = events("config-unsaved")
        check(len(told) == 1 and told[0].startswith(f"{applied}, applied by root (uid 0"), f"the start tells: {told}")
        differs(False)
        node.ctl("config", "apply", applied)
    node.ctl("reload")
    node.stop()
    node.start()
    equal(events("config-unsaved"), [], "a file that was loaded since is no loss")

    # rollback brings back where it came from, too
    node.ctl("config", "apply", applied, "--confirm-within", "60s")
    node.ctl("config", "rollback")
    equal(differs(False)["path"], file, "source after rollback")

    # saved: a restart keeps it, with the comment; mode, owner and the file before stay
    os.chmod(file, 0o640)
    os.chown(file, 0, 60)
    node.ctl("config", "apply", applied)
    answer = node.ctl("config", "save")
    equal((answer["config-file"], answer["previous"], answer["differs-from-file"]), (file, file + ".1", False), "answer of save")
    equal(differs(False)["path"], file, "source after save")
    equal((text(file), text(file + ".1")), (text(applied), before), "the file, and the one before")
    for path in (file, file + ".1"):
        st = os.stat(path)
        equal((stat.S_IMODE(st.st_mode), st.st_uid, st.st_gid), (0o640, 0, 60), f"mode and owner of {path}")
    check("saved by root (uid 0" in events("config-saved")[-1], f"who saved: {events('config-saved')}")
    check("config-save by root (uid 0" in node.log_text(), "the log tells who saved")
    node.stop()
    node.start()
    equal(cost(), 20, "cost after save and restart")
    equal(events("config-unsaved"), [], "what was saved is no loss")
    differs(False)
    check(node.ctl("config", "save")["is-unchanged"], "nothing to save")
    check(not os.path.exists(file + ".2"), "and no file is made")

    # five files before, and no more; nothing else is left behind
    for value in range(30, 37):
        node.ctl("config", "apply", candidate(value))
        node.ctl("config", "save")
    for n in range(1, 6):
        check(f"cost: {36 - n}\n" in text(f"{file}.{n}"), f"{file}.{n} is the {n}th before")
    left = sorted(n for n in os.listdir(net.dir) if n.startswith(os.path.basename(file)))
    equal(left, [os.path.basename(file) + end for end in ("", *(f".{n}" for n in range(1, 6)))], "files beside it")

    # the file changed under romond: told, each time
    node.write(merged(base, {"ports": {"west": {"cost": 50}}}))
    differs(True, "romonctl reload")
    with open(file, "a", encoding="utf-8") as f:
        f.write("nonsense: 1\n")
    differs(True, "romond would not start on")
    os.unlink(file)
    os.mkfifo(file)
    differs(True, "romond would not start on")
    os.unlink(file)
    node.write(merged(base, {"ports": {"west": {"cost": 36}}}))
    differs(False)

    # secrets in the text: they reach the file, and the socket never
    os.chmod(file, 0o644)
    node.ctl("config", "apply", candidate(60, secrets=[SECRET]))
    kept = text(file)
    told = node.ctl_text("config", "save", exit_code=1)
    check("open to everybody" in told, f"a file that all may read takes no secrets: {told}")
    equal(text(file), kept, "the file after a save that was refused")
    os.chmod(file, 0o600)
    reader = Peer(node, connect_as(node.socket_path, NOBODY, 60)[0])
    for cmd, args in (("config-save", {}), ("config-save", {"path": file}), ("config-show", {}), ("status", {}), ("events", {})):
        answer = reader.ask(cmd, **args)
        check(SECRET not in json.dumps(answer), f"{cmd} shows a secret")
        check(cmd != "config-save" or answer["error"]["code"] == "not-permitted", f"{cmd} of a reader: {answer}")
    reader.close()
    check(SECRET not in node.ctl_text("config", "save"), "save shows a secret")
    check(SECRET in text(file), "the secret is in the file")
    differs(False)

    # secrets that came beside the file are in no configuration: told, also behind a save
    ours, theirs = (os.path.join(net.dir, x) for x in ("ours", "theirs"))
    for path, line in ((ours, '""\n'), (theirs, SECRET + "\n")):
        with open(path, "w", encoding="utf-8") as f:
            os.fchmod(f.fileno(), 0o600)
            f.write(line)
    node.ctl("config", "apply", candidate(70, **{"secrets-file": ours}), "--secrets-file", theirs)
    differs(True, "a restart brings the old values back")
    equal(node.ctl("config", "save")["differs-from-file"], True, "secrets are not saved with it")
    source = differs(True, "a restart takes those of romon.secrets-file")
    equal((source["path"], source["secrets-file"]), (file, theirs), "source of what was saved")
    check(f"secrets-file: {ours}" in text(file) and SECRET not in text(file), "a reference stays one")
    os.replace(theirs, ours)
    differs(False)

    # a link is followed, and stays
    behind = os.path.join(net.dir, "behind.yaml")
    os.rename(file, behind)
    os.symlink(behind, file)
    node.ctl("config", "apply", candidate(80))
    equal(node.ctl("config", "save")["previous"], behind + ".1", "the file behind a link is the one that is kept")
    check(os.path.islink(file) and "cost: 80\n" in text(behind) and "cost: 70\n" in text(behind + ".1"), "behind the link")
    differs(False)
    check(SECRET not in node.log_text(), "the log shows a secret")
    wait(lambda: events("config-saved"), "events of saves")
