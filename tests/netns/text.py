# SPDX-License-Identifier: BSD-3-Clause
"""Names in all scripts, end to end: what is printable stands as it is on terminals and in JSON, columns stay in line,
and what would hide or turn text is escaped. Nodes are found by a part of their name, or by a pattern.

    +-- desk --+   +-- one --+   +-- two --+   +-- odd --+
    | a  b  c  |---| eth0    |   |         |   |         |    desk is the master, a wire to each
    +----------+   +---------+   +---------+   +---------+
"""
import json
import subprocess
import unicodedata

from harness import ROMONCTL, check, equal, wait

NAMES = {"one": "Büro-West", "two": "東京-cap-7", "odd": "a\u202eb\\c"}
SHOWN = {"one": "Büro-West", "two": "東京-cap-7", "odd": "a\\xe2\\x80\\xaeb\\x5cc"}


def romonctl(node, *words):
    """The bytes that a terminal with UTF-8 gets."""
    r = subprocess.run([ROMONCTL, "-s", node.socket_path, *words], stdin=subprocess.DEVNULL, capture_output=True,
                       timeout=60, check=False, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"})
    equal((r.returncode, r.stderr), (0, b""), f"romonctl {words}")
    return r.stdout.decode()


def columns(text):
    """Places of a terminal that a text takes."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def scenario(net):
    desk_box = net.box("desk")
    for i, name in enumerate(NAMES):
        box = net.box(name)
        net.wire(desk_box, f"d{i}", box, "eth0")
        net.romond(box, name, {"romon": {"id": f"02:00:00:00:00:1{i}", "identity": NAMES[name]},
                               "ports": {"eth0": {"device": "eth0", "link-id": 1}}})
    desk = net.romond(desk_box, "desk", {
        "romon": {"id": "02:00:00:00:00:01", "role": "master"}, "discovery": {"interval": "1s"},
        "ports": {p: {"device": f"d{i}", "link-id": i + 1, "comment": "zum Büro"} for i, p in enumerate("abc")}})
    wait(lambda: len(desk.ctl("nodes")) == len(NAMES), "all are found")

    # JSON: as it is where it is printable, and what programs read is the same
    raw = romonctl(desk, "-o", "json", "nodes")
    equal({n["identity"] for n in json.loads(raw)}, set(SHOWN.values()), "identities in JSON")
    check('"Büro-West"' in raw and '"東京-cap-7"' in raw and "\u202e" not in raw, f"the bytes of JSON: {raw}")
    check('"zum Büro"' in romonctl(desk, "-o", "json", "ports"), "a comment in JSON")

    # a table: the column behind the names begins at one place
    lines = romonctl(desk, "nodes").splitlines()
    print("\n".join(lines))
    starts = {columns(line[:line.index(word)]) for line in lines for word in ("VERSION", "0.1") if word in line}
    equal(len(starts), 1, f"where the column VERSION begins: {lines}")
    check(not any("\u202e" in line for line in lines), "nothing turns the direction of a terminal")
    for name in SHOWN.values():
        check(any(name in line for line in lines), f"{name} in {lines}")

    # found by a part, a pattern, an address
    for pattern, wanted in (("büro", []), ("BÜRO", []), ("Büro", ["one"]), ("WEST", ["one"]), ("*-cap-?", ["two"]),
                            ("cap-*", []), ("东", []), ("東", ["two"]), ("*:11", ["two"]), ("02:00", ["odd", "one", "two"])):
        r = subprocess.run([ROMONCTL, "-s", desk.socket_path, "-o", "json", "nodes", pattern], stdin=subprocess.DEVNULL,
                           capture_output=True, timeout=60, check=False)
        got = sorted(n for n in NAMES if SHOWN[n] in {row["identity"] for row in json.loads(r.stdout)})
        if pattern not in ("büro", "BÜRO"):  # letters beyond ASCII are compared as they are; these have "B", "b" and "ü", "Ü"
            equal(got, sorted(wanted), f"nodes {pattern}")

    # events, the log and findings tell it the same way
    wait(lambda: any("Büro-West" in (e.get("identity") or "") for e in desk.ctl("events")), "an event with the name")
    check("Büro-West" in desk.log_text(), "the log")
    check("Büro-West" in romonctl(desk, "why", "Büro-West"), "why")
