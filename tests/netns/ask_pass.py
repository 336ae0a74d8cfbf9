# SPDX-License-Identifier: BSD-3-Clause
"""A password that is asked for once on a terminal opens every node, and stands nowhere: no command line, environment, file.

    ask ---- seven (RouterOS 7)   six (RouterOS 6)       as in backup.py, behind sshds that take a password
"""
import glob
import json
import os
import pty
import select
import subprocess

from harness import check, equal, sh, wait
from routers import V6, V7, Routers

PASSWORD = "correct horse-battery"
PROFILES = [{"identity": "seven", "version": V7, "trouble": ""}, {"identity": "six", "version": V6}]


def typed(argv, answer, look):
    """Run argv on a terminal of its own, type answer when it asks; look() while it runs. Exit code, standard output, what was on the terminal."""
    here, there = pty.openpty()
    p = subprocess.Popen(argv, stdin=there, stdout=subprocess.PIPE, stderr=there, start_new_session=True,
                         preexec_fn=lambda: __import__("fcntl").ioctl(0, 0x540e, 0))  # TIOCSCTTY
    os.close(there)
    shown = b""
    while b"Password" not in shown:
        check(select.select([here], [], [], 20)[0], f"it asks: {shown}")
        shown += os.read(here, 1000)
    os.write(here, answer.encode() + b"\n")
    look()
    out = p.communicate(timeout=120)[0]
    while select.select([here], [], [], 0)[0]:
        try:
            shown += os.read(here, 1000)
        except OSError:
            break
    os.close(here)
    return p.returncode, out.decode(), shown.decode()


def nowhere():
    """The password in no command line and no environment of any process."""
    for path in glob.glob("/proc/[0-9]*/cmdline") + glob.glob("/proc/[0-9]*/environ"):
        try:
            with open(path, "rb") as f:
                check(PASSWORD.encode() not in f.read(), f"the password is in {path}")
        except OSError:
            pass  # it ended


def scenario(net):
    shadow = os.path.join(net.dir, "shadow")
    crypt = subprocess.run(["openssl", "passwd", "-6", PASSWORD], stdout=subprocess.PIPE, check=True).stdout.decode().strip()
    with open("/etc/shadow", encoding="utf-8") as f:
        rest = [line for line in f if not line.startswith("root:")]
    with open(shadow, "w", encoding="utf-8") as f:
        f.writelines([f"root:{crypt}:19000:0:99999:7:::\n"] + rest)
    os.chmod(shadow, 0o600)
    sh("mount", "--bind", shadow, "/etc/shadow")  # of this scenario alone
    routers = Routers(net, PROFILES, by_password=True)
    routers.trouble(1, PROFILES[0], "hang")
    argv = routers.argv("run", "--all", "--ask-pass", "--timeout", "10s", "--", "/system identity print")

    def look():
        wait(lambda: "routeros_agent" in sh("ps", "-eo", "args"), "it is logged in", deadline=60)
        nowhere()
    code, out, shown = typed(argv, PASSWORD, look)
    by = {r["identity"]: r for r in json.loads(out)}
    equal((code, by["six"]["result"], by["seven"]["result"]), (5, "ok", "failed"), f"{out} {shown}")
    check("not done within" in by["seven"]["detail"] and PASSWORD not in shown, f"{out} {shown}")
    routers.trouble(1, PROFILES[0], "")
    code, out, shown = typed(argv, "wrong", lambda: None)
    equal((code, {r["result"] for r in json.loads(out)}), (1, {"failed"}), f"a wrong one is tried once: {out} {shown}")
    check("Permission denied" in out, out)
    folder = os.path.join(net.dir, "b")
    code, out, shown = typed(routers.argv("backup", "seven", "--ask-pass", "--show-sensitive", "-o", folder), PASSWORD, lambda: None)
    equal(code, 0, f"{out} {shown}")
    path = os.path.join(folder, json.loads(out)[0]["file"])
    code, out, shown = typed(routers.argv("restore", "seven", path, "--ask-pass", "--yes"), PASSWORD, lambda: None)
    check(code == 0 and "imported" in out, f"sftp takes it too: {code} {out} {shown}")
