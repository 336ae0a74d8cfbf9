# SPDX-License-Identifier: BSD-3-Clause
"""Backups that end in their middle, by Ctrl-C, SIGKILL or a full disk, leave nothing half and go on; history in git; old files go.

    routers as in backup.py
"""
import os
import signal
import subprocess
import time

from backup import ALL, NAME, NONE, PROFILES, SOME, files, no_child_left, results, row_of
from harness import check, equal, sh, wait
from routers import Routers, id_of


def stopped(routers, folder, number):
    """A run that is ended in its middle leaves nothing, and goes on."""
    routers.trouble(1, PROFILES[0], "hang")
    p = subprocess.Popen(routers.argv("backup", "--all", "--always", "-o", folder), stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    journal = os.path.join(folder, ".romonctl-backup")
    wait(lambda: os.path.exists(journal) and len(open(journal, encoding="utf-8").readlines()) == 1 + len(PROFILES) - 1,
         "the others are done", deadline=60)
    busy = routers.run("backup", "--all", "-o", folder)
    check(busy[0] == NONE and "another backup" in busy[2], f"two at once: {busy}")
    p.send_signal(number)
    out, err = p.communicate(timeout=30)
    if number == signal.SIGINT:
        equal(p.returncode, SOME, f"its exit code: {err.decode()}")
        check(b'"stopped"' in out and b"goes on" in err, f"what it says: {err.decode()}")
    no_child_left(routers)
    check(not [f for f in files(folder) if f.endswith(".new")], f"nothing half: {files(folder)}")
    routers.trouble(1, PROFILES[0], "")
    code, rows, err = routers.run("backup", "--all", "-o", folder)
    got = sorted(results(rows).values())
    equal((code, got[:4], got[4] in ("saved", "unchanged")), (ALL, ["done-before"] * 4, True), f"it goes on: {rows} {err}")
    check(not os.path.exists(journal), "a whole run leaves no journal")


def full_disk(net, routers):
    folder = os.path.join(net.dir, "small")
    os.mkdir(folder)
    sh("mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "none", folder)
    code, rows, err = routers.run("backup", "--all", "-o", folder)
    equal((code, results(rows)[id_of(3)]), (SOME, "failed"), f"a full disk: {rows} {err}")
    detail = row_of(rows, id_of(3))["detail"]
    check("No space left" in detail and "nothing half" in detail, detail)
    for r in rows:
        if r["result"] == "saved":
            check(open(os.path.join(folder, r["file"]), encoding="utf-8").read().endswith("hidden\n"), f"{r['file']} is whole")
    equal(len([f for f in files(folder) if NAME.fullmatch(f)]), 4, f"files: {files(folder)}")
    sh("umount", folder)


def history(net, routers):
    folder = os.path.join(net.dir, "git")

    def commits():
        return subprocess.run(["git", "-C", folder, "log", "--oneline"], stdout=subprocess.PIPE, check=True).stdout.count(b"\n")
    for _ in range(2):  # the second run has nothing to commit
        code, rows, err = routers.run("backup", "--all", "--git", "-o", folder)
        equal((code, commits()), (ALL, 1), f"{rows} {err}")
    equal(files(folder), sorted([".git", "DuneGW_020000000101.rsc", "DuneGW_020000000102.rsc", "_._.._etc_passwd_020000000103.rsc",
                                 "_oProxyCommand_x_020000000104.rsc", "linux_020000000105.yaml"]), "one file a node")
    routers.trouble(1, {**PROFILES[0], "lines": 21}, "")
    code, rows, err = routers.run("backup", "--all", "--git", "-o", folder)
    equal((code, commits(), results(rows)[id_of(1)]), (ALL, 2, "saved"), f"{rows} {err}")
    shown = subprocess.run(["git", "-C", folder, "show", "--stat", "--format=%an"], stdout=subprocess.PIPE, check=True).stdout.decode()
    check("1 file changed" in shown, f"only what changed: {shown}")
    routers.trouble(1, PROFILES[0], "")


def thinned(net, routers):
    folder = os.path.join(net.dir, "kept")
    for _ in range(3):
        second = int(time.time())
        code, rows, err = routers.run("backup", id_of(1), "-o", folder, "--always", "--keep", "2", "--show-sensitive")
        equal((code, rows[0]["result"]), (ALL, "saved"), f"{rows} {err}")
        wait(lambda s=second: int(time.time()) > s, "another second")  # names have seconds
    names = files(folder)
    equal((len(names), rows[0]["file"] in names), (2, True), f"the newest are kept: {names}")
    check("s3cret" in open(os.path.join(folder, names[-1]), encoding="utf-8").read(), "sensitive values, since they were asked for")


def scenario(net):
    routers = Routers(net, PROFILES)
    folder = os.path.join(net.dir, "backups")
    stopped(routers, folder, signal.SIGINT)
    stopped(routers, folder, signal.SIGKILL)
    full_disk(net, routers)
    history(net, routers)
    thinned(net, routers)
