# SPDX-License-Identifier: BSD-3-Clause
"""The same command on many routers, and a backup back onto one of them: what went wrong where is told, and nothing is left there.

    ask ---- seven (RouterOS 7)   six (RouterOS 6)   nosftp (7)   linux       routers as in backup.py
"""
import json
import os
import signal
import subprocess
import time

from harness import check, equal, wait
from routers import V6, V7, Routers, id_of

ALL, SOME, NONE, USAGE, NOT_FOUND = 0, 5, 1, 2, 4
PROFILES = [{"identity": "seven", "version": V7}, {"identity": "six", "version": V6}, {"identity": "nosftp", "version": V7},
            {"identity": "linux", "shell": True}]


def commands(routers):
    code, rows, err = routers.run("run", "--all", "--", "/system", "identity", "print")
    by = {r["identity"]: r for r in rows}
    equal((code, sorted((n, r["result"]) for n, r in by.items())),
          (SOME, [("linux", "failed"), ("nosftp", "ok"), ("seven", "ok"), ("six", "ok")]), f"{rows} {err}")
    equal((by["seven"]["output"], by["seven"]["exit-code"], by["linux"]["exit-code"]), ("  name: seven\n", 0, 127), f"{rows}")
    code, rows, err = routers.run("run", "--match", "s*", "--", "/no", "such")
    equal((code, {r["result"] for r in rows}), (NONE, {"failed"}), f"an error that comes as text: {rows} {err}")
    check("bad command name no" in rows[0]["detail"], rows[0]["detail"])
    code, rows, err = routers.run("run", "LIN", "0200.0000.0104", "--", "printf 'a\\033[2J\\377'; exit 3")
    equal((code, len(rows), rows[0]["exit-code"], rows[0]["output"]), (NONE, 1, 3, "a\\x1b[2J\\xff"), "escaped, and named once")
    for words, wanted, text in ((["--all"], USAGE, "Expected -- and a command"), (["--", "x"], USAGE, "which nodes?"),
                                (["--all", "seven", "--", "x"], USAGE, "which nodes?"), (["nobody", "--", "x"], NOT_FOUND, "nobody"),
                                (["--all", "--jobs", "0", "--", "x"], USAGE, "--jobs"), (["--all", "--user", "a@b", "--", "x"], USAGE, "--user")):
        code, _, err = routers.run("run", *words)
        check(code == wanted and text in err, f"{words}: {code} {err}")
    # Ctrl-C: those that hang are ended with all that they started
    p = subprocess.Popen(routers.argv("run", "linux", "--", "sleep 1000"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    wait(lambda: routers.ask.ctl("streams"), "it runs")
    p.send_signal(signal.SIGINT)
    out, err = p.communicate(timeout=20)
    check(p.returncode == NONE and b"stopped" in err and json.loads(out) == [], f"{p.returncode} {out} {err}")
    wait(lambda: routers.ask.ctl("streams") == [], "no stream is left")


def edited(path, old, new):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    check(old in text, f"{old} in {path}")
    out = f"{path}.{len(os.listdir(os.path.dirname(path)))}"  # another one each time
    with open(out, "w", encoding="utf-8") as f:
        f.write(text.replace(old, new))
    return out


def left_there(net, n):
    return [f for f in os.listdir(os.path.join(net.dir, f"files{n}")) if f != ".config"]


def restored(net, routers):
    folder = os.path.join(net.dir, "backups")
    code, rows, err = routers.run("backup", "--all", "--show-sensitive", "-o", folder)
    equal(code, ALL, f"{rows} {err}")
    path = {r["identity"]: os.path.join(folder, r["file"]) for r in rows}
    code, out, err = routers.run("restore", "seven", path["seven"], "--dry-run")
    check(code == ALL and "what the file says already" in out, f"nothing to do: {code} {out} {err}")
    for name in ("seven", "six"):
        changed = edited(path[name], "uplink", "uplink-new")
        n = 1 + [p["identity"] for p in PROFILES].index(name)
        code, out, err = routers.run("restore", name, changed)
        check(code == NONE and "--yes" in err and "+set" in out and "uplink-new" in out, f"it asks: {code} {out} {err}")
        equal(left_there(net, n), [], "nothing stays there")
        code, out, err = routers.run("restore", name, changed, "--yes")
        check(code == ALL and "imported; the router is there" in out, f"{code} {out} {err}")
        equal(("dry run" in out, left_there(net, n)), (True, []), f"{out}")
        now = routers.run("run", name, "--", "/export")[1][0]["output"]
        check("uplink-new" in now, f"it is there: {now}")

    # what cuts the way, lacks secrets, or may be cut short is refused, with the reason
    hidden = os.path.join(net.dir, "hidden")
    code, rows, err = routers.run("backup", "seven", "-o", hidden)
    for bad, text in ((edited(path["seven"], "enabled=yes", "enabled=no"), "switches RoMON off"),
                      (os.path.join(hidden, rows[0]["file"]), "are hidden"),
                      (edited(path["seven"], "# end of export", "# end"), "may be cut short")):
        code, out, err = routers.run("restore", "seven", bad, "--yes")
        check(code == NONE and text in err and "--force" in err and out == "", f"{text}: {code} {out} {err}")
        equal(left_there(net, 1), [], "nothing was sent")
    code, out, err = routers.run("restore", "seven", os.path.join(hidden, rows[0]["file"]), "--yes", "--force", "--dry-run")
    check(code == ALL, f"forced: {code} {out} {err}")
    no_such = edited(path["seven"], "/system identity", "/no-such thing")
    code, out, err = routers.run("restore", "seven", no_such, "--yes")
    check(code == NONE and "bad command name no-such" in err and "imported" not in out, f"the router refuses: {code} {out} {err}")
    equal(left_there(net, 1), [], "and keeps nothing")
    routers.trouble(3, PROFILES[2], "no-sftp")
    code, out, err = routers.run("restore", "nosftp", edited(path["nosftp"], "uplink", "x"), "--yes")
    check(code == NONE and "policies ftp" in err, f"a user without ftp: {code} {out} {err}")
    code, out, err = routers.run("restore", "linux", path["seven"], "--yes")
    check(code == NONE, f"no router: {code} {out} {err}")
    code, out, err = routers.run("restore", "seven", "/etc/passwd", "--yes")
    check(code == NONE and "is no export" in err, f"no export: {code} {out} {err}")


def keys_that_change(routers):
    """Another host key under a known id is refused: an identity, or an id, that somebody else took."""
    with open(f"{routers.folder}/known_hosts", encoding="utf-8") as f:
        lines = f.readlines()
    with open(f"{routers.folder}/user.pub", encoding="utf-8") as f:
        other = f.read().split()[1]
    with open(f"{routers.folder}/known_hosts", "w", encoding="utf-8") as f:
        f.writelines(" ".join(line.split()[:2] + [other]) + "\n" for line in lines)
    begin = time.monotonic()
    code, rows, err = routers.run("run", "seven", "--", "/system identity print")
    check(code == NONE and "verification failed" in rows[0]["detail"], f"{rows} {err} {time.monotonic() - begin:.1f} s")


def scenario(net):
    routers = Routers(net, PROFILES)
    commands(routers)
    restored(net, routers)
    keys_that_change(routers)
