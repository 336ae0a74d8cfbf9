# SPDX-License-Identifier: BSD-3-Clause
"""Backups of routers without IP, by keys (public complaint 18): what is said to be saved is whole and on disk, what failed is named.

    ask ---- DuneGW (RouterOS 7)      ask ---- DuneGW (RouterOS 6)     ask ---- ../../etc/passwd (7, 500 KB)
        ---- -oProxyCommand=x (7)         ---- linux (romond itself)
Routers are played by tests/common/routeros_agent.py behind real sshds.
"""
import os
import re
import stat
import subprocess

from harness import check, equal, wait
from routers import V6, V7, Routers, id_of

ALL, SOME, NONE, USAGE = 0, 5, 1, 2
PROFILES = [{"identity": "DuneGW", "version": V7}, {"identity": "DuneGW", "version": V6},
            {"identity": "../../etc/passwd", "version": V7, "lines": 4500}, {"identity": "-oProxyCommand=x", "version": V7},
            {"identity": "linux", "shell": True}]
NAME = re.compile(r"backup_([A-Za-z0-9._-]+)_([0-9a-f]{12})_(\d{8}_\d{6})\.(rsc|yaml)")
TROUBLES = {
    "truncate": "cut short",
    "timeout-line": "#error exporting",
    "nag": "software license",
    "control": "control characters",
    "flood": "more than",
    "deaf": "bad command name put",
    "hang": "not done within 4 s",
}


def results(rows):
    return {r["address"]: r["result"] for r in rows}


def row_of(rows, address):
    """Rows stand as the inventory has them: as their nodes were first heard."""
    return next(r for r in rows if r["address"] == address)


def files(folder):
    return sorted(os.listdir(folder))


def no_child_left(routers):
    """No ssh of ours, and no stream."""
    wait(lambda: routers.ask.ctl("streams") == [], "no stream is left")

    def gone():
        return routers.config not in subprocess.run(["ps", "-eo", "args"], stdout=subprocess.PIPE, check=True).stdout.decode()
    wait(gone, "no ssh is left")


def whole_and_private(folder, rows):
    for r in rows:
        path = os.path.join(folder, r["file"])
        check(NAME.fullmatch(r["file"]), f"name: {r['file']}")
        equal(NAME.fullmatch(r["file"])[2], r["address"].replace(":", ""), "the id in the name")
        equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, "mode")
        with open(path, encoding="utf-8") as f:
            text = f.read()
        check(text.endswith("# end of export, by romonctl backup; sensitive values are hidden\n"), f"end of {r['file']}")
        check("s3cret" not in text and "end-" not in text.splitlines()[-2], "neither secrets nor the mark")
    check("linux" in open(os.path.join(folder, row_of(rows, id_of(5))["file"]), encoding="utf-8").read(), "romond's own configuration")
    big = os.path.join(folder, row_of(rows, id_of(3))["file"])
    check(os.path.getsize(big) > 500 * 1000, f"the large export: {os.path.getsize(big)}")
    equal(sum("made-up" in line for line in open(big, encoding="utf-8").read().replace("\\\n    ", "").splitlines()), 4500, "all its lines")


def scenario(net):
    routers = Routers(net, PROFILES)
    folder = os.path.join(net.dir, "backups")
    code, rows, err = routers.run("backup", "--all", "-o", folder)
    equal((code, set(results(rows).values())), (ALL, {"saved"}), f"{rows} {err}")
    whole_and_private(folder, rows)
    equal(stat.S_IMODE(os.stat(folder).st_mode), 0o700, "the folder")
    first = files(folder)
    code, rows, err = routers.run("backup", "--match", "*", "-o", folder)
    equal((code, set(results(rows).values()), files(folder)), (ALL, {"unchanged"}, first), f"{rows} {err}")

    # each way to fail has a sentence, and costs nothing that was there
    for trouble, sentence in TROUBLES.items():
        routers.trouble(1, PROFILES[0], trouble)
        code, rows, err = routers.run("backup", id_of(1), "-o", folder, "--timeout", "4s" if trouble == "hang" else "60s")
        equal((code, results(rows), files(folder)), (NONE, {id_of(1): "failed"}, first), f"{trouble}: {rows} {err}")
        check(sentence in rows[0]["detail"], f"{trouble}: {rows[0]['detail']}")
    no_child_left(routers)
    code, rows, err = routers.run("backup", "--all", "-o", folder, "--timeout", "20s")
    equal((code, sorted(results(rows).values())), (SOME, ["failed"] + ["unchanged"] * 4), f"one of them hangs: {rows} {err}")
    routers.trouble(1, PROFILES[0], "")

    # several of one name are not guessed at; a node that is gone is named
    code, rows, err = routers.run("backup", "dunegw", "-o", folder)
    check(code == USAGE and "names 2 nodes" in err, f"{code} {err}")
    routers.nodes[3].kill()
    code, rows, err = routers.run("backup", id_of(4), id_of(2), "-o", folder)
    equal((code, results(rows)), (SOME, {id_of(4): "failed", id_of(2): "unchanged"}), f"{rows} {err}")
    check("answer" in rows[0]["detail"] or "reached" in rows[0]["detail"] or "path" in rows[0]["detail"], rows[0]["detail"])
    routers.nodes[3].start()
    check(not os.path.exists("/etc/passwd_020000000103.rsc"), "nothing is written elsewhere")
