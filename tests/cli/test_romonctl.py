#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""romonctl against a server that plays romond: what it asks, prints and exits with.

Run by meson (suite cli), or alone: ROMONCTL=build/app/romonctl/romonctl python3 -m unittest test_romonctl
"""
import json
import os
import re
import shutil
import subprocess
import threading
import unittest

from fake_romond import LIMIT_S, PORTS, ROMONCTL, ROOT, STATUS, Case, Refusal, Terminal, neighbor

WHY = [
    {"port": "ether1", "state": "up", "rx-frames": 9, "types": [{"type": "discover", "count": 8}],
     "drops": [{"reason": "bad-digest", "port": "ether1", "count": 4, "help": "the secrets differ"}],
     "last-bad": {"reason": "bad-digest", "age-ms": 3250, "length": 98, "hex": "0200ff",
                  "decoded": ["type 1 discover", "id 02:\x1b[31m"]},
     "findings": [{"level": "error", "cause": "every frame was signed with another secret",
                   "mend": "set ports.ether1.secrets as on the neighbor"}]},
    {"port": "r2", "state": "down", "rx-frames": 0, "types": [], "drops": [], "last-bad": None,
     "findings": [{"level": "ok", "cause": "nothing to hear", "mend": "nothing"}]},
]

DIFF = {"reload": "port restart",
        "changes": [{"key": "ports.ether1.cost", "before": "100", "after": "90", "reload": "live"},
                    {"key": "ports.r2", "before": "(absent)", "after": "eth9", "reload": "port restart"}],
        "issues": [{"line": 3, "column": 1, "level": "warning", "text": "discovery: not in this build yet"}]}

ROMOND = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(ROMONCTL))), "romond", "romond")


class Tables(Case):
    def test_ports(self):
        self.serve(ports=PORTS)
        self.expect(["ports"], out=(
            "NAME    STATE  MODE   DEVICE        DRIVER      COST     RX  TX  RX-DROPS  TX-DROPS  MBIT/S  COMMENT\n"
            "ether1  up     node   eth1          net_af_xdp   100  12345   7         0         1   10000  -\n"
            "r2      down   relay  0000:03:00.0  net_ixgbe      1      0   0         0         0       0  uplink to"
            " the other building, second floor\n"))
        self.assertEqual(self.romond.asked[0]["cmd"], "ports")
        wide = self.expect(["-o", "wide", "ports"])
        self.assertIn("DRIVER-WHY", wide)
        self.assertIn("filter loaded", wide)

    def test_terminal_gets_colours_and_rows_that_fit(self):
        self.serve(ports=PORTS)
        plain = self.run_terminal("ports", columns=110, NO_COLOR="1")
        self.assertNotIn("\x1b", plain)
        lines = plain.splitlines()
        self.assertEqual(len(lines), 3)
        self.assertLessEqual(max(map(len, lines)), 110)
        self.assertTrue(lines[2].endswith("…"), lines[2])
        self.assertTrue(self.run_terminal("ports", columns=110, NO_COLOR="1", LC_ALL="C").splitlines()[2].endswith("~"))
        self.assertEqual(self.run_terminal("ports", "--no-color", columns=110), plain)
        coloured = self.run_terminal("ports", columns=110)
        self.assertIn("\x1b[32mup\x1b[0m", coloured)
        self.assertIn("\x1b[31mdown\x1b[0m", coloured)
        self.assertEqual(re.sub(r"\x1b\[\d+m", "", coloured), plain)
        self.assertGreater(len(self.run_terminal("-o", "wide", "ports", columns=80).splitlines()[0]), 110)
        narrow = self.run_terminal("ports", columns=200, COLUMNS="70", NO_COLOR="1").splitlines()
        self.assertLessEqual(max(map(len, narrow)), 70)
        self.assertEqual(narrow[0], "NAME    STATE  MODE   DEVICE     DRIVER      COST     RX  TX  RX-DROPS")
        self.assertEqual(narrow[1], "ether1  up     node   eth1       net_af_xdp   100  12345   7         0")
        self.assertEqual(narrow[2], "r2      down   relay  0000:03:…  net_ixgbe      1      0   0         0")
        self.assertEqual(narrow[3], "(no room for TX-DROPS MBIT/S COMMENT: `-o wide` shows all columns)")

    def test_text_of_the_network_cannot_steer_a_terminal(self):
        row = dict(PORTS[0], comment="a\x1b[2J\x07\x9b\u202eb\n\\x1b é")
        self.serve(ports=[row])
        for out in (self.run_terminal("ports", columns=300, NO_COLOR="1"), self.expect(["ports"])):
            self.assertIn(r"a\x1b[2J\x07\xc2\x9b\xe2\x80\xaeb\x0a\x1b é", out)
        self.assertIn(r"\x1b \xc3\xa9", self.run_terminal("ports", columns=300, NO_COLOR="1", LC_ALL="C"))
        raw = self.expect(["-o", "json", "ports"])
        self.assertIn('"a\\u001B[2J\\u0007\\u009b\\u202eb\\n\\\\x1b é"', raw)
        self.assertEqual(json.loads(raw), [row])

    def test_empty_lists_say_what_to_do(self):
        self.serve(ports=[], drops=[], workers=[], events={"next": 0, "lost": 0, "rows": []})
        self.romond.neighbors = []
        self.expect(["neighbors"], out="", err="no neighbors heard yet; `romonctl why` explains\n")
        self.expect(["ports"], out="",
                    err="no ports are configured: add some under ports: in the configuration file\n")
        self.expect(["drops"], out="", err="nothing was dropped; `--all` lists the reasons that could\n")
        self.expect(["workers"], out="", err="no worker runs\n")
        self.expect(["events"], out="", err="no events\n")
        self.expect(["-ojson", "neighbors"], out="[]\n")
        self.expect(["-ojsonl", "neighbors"], out="")

    def test_drops(self):
        rows = [{"reason": "bad-digest", "port": "ether1", "count": 18446744, "help": "the secrets differ"}]
        self.serve(drops=rows)
        self.expect(["drops", "ether1", "--all"], out=(
            "REASON      PORT       COUNT  MEANING\n"
            "bad-digest  ether1  18446744  the secrets differ\n"))
        self.assertEqual(self.romond.asked[0]["args"], {"port": "ether1", "all": True})

    def test_workers(self):
        row = {"worker": 0, "core": 1, "idle": "adaptive", "busy-percent": 12.1, "rx-frames": 5, "bursts": 2,
               "frames-per-burst": 2.5, "cycles-per-frame": 310, "neighbors": 1, "origins": 0, "punts": 0,
               "punts-lost": 0, "events-lost": 0, "ports": ["ether1", "r2"]}
        self.serve(workers=[row])
        self.expect(["workers"], out=(
            "WORKER  CORE  IDLE      BUSY%  RX-FRAMES  FRAMES/BURST  CYCLES/FRAME  NEIGHBORS  PORTS\n"
            "     0     1  adaptive   12.1          5           2.5           310          1  ether1, r2\n"))
        self.assertIn('"busy-percent":12.1,', self.expect(["workers", "-o", "jsonl"]))

    def test_events_page_until_the_end(self):
        events = [{"seq": i, "time": "2026-11-22T20:00:00Z", "type": "neighbor-new", "port": "ether1",
                   "mac-address": None, "text": "number %d" % i} for i in range(1, 6)]

        def page(args):
            rows = [e for e in events if e["seq"] > args.get("since", 0)][:2]
            return {"next": rows[-1]["seq"] if rows else args.get("since", 0), "lost": 0, "rows": rows}
        self.serve(events=page)
        out = self.expect(["events", "--since", "1"])
        self.assertEqual(out.splitlines()[0],
                         "TIME                  TYPE          PORT    MAC-ADDRESS  TEXT")
        self.assertEqual([line.split()[-1] for line in out.splitlines()[1:]], ["2", "3", "4", "5"])
        self.assertEqual(json.loads(self.expect(["events", "-o", "json"])), events)
        lines = self.expect(["events", "-o", "jsonl", "--since=4"]).splitlines()
        self.assertEqual([json.loads(line) for line in lines], events[4:])


class Objects(Case):
    def test_status(self):
        self.serve(status=STATUS)
        self.expect(["status"], out=(
            "romond 0.1.0 on DPDK 22.11.11, process 4242, up 1 h 2 min\n"
            "  node        edge-1, id 02:00:00:00:00:01, agent, channel 0\n"
            "  config      /etc/romond/romond.yaml, generation 3, loaded 2026-11-22T20:00:00Z\n"
            "  ports       1 of 2 up\n"
            "  neighbors   2500\n"
            "  nodes       4: 2 ok, 1 late, 1 down\n"
            "  workers     1\n"
            "  frames      rx-frames 10, tx-frames 20, forwarded 5, delivered 3, drops 2\n"
            "  memory      100 of 8191 mbufs in use, no hugepages\n"
            "  warnings    discovery: not in this build yet\n"))
        self.assertEqual(json.loads(self.expect(["status", "-o", "json"])), STATUS)
        line = self.expect(["status", "-o", "jsonl"])
        self.assertEqual(line.count("\n"), 1)
        self.assertEqual(json.loads(line), STATUS)

    def test_why_of_a_node(self):
        self.serve(why=[{
            "id": "02:00:00:00:00:fa", "asked": "far", "is-self": False, "heard": [], "stops-at": "02:00:00:00:00:fa",
            "last-good": "02:00:00:00:00:1d",
            "node": {"identity": "far", "status": "down", "last-seen": "2026-11-22T20:00:00Z"},
            "path": [{"id": "02:00:00:00:00:1d", "identity": "mid", "status": "ok"},
                     {"id": "02:00:00:00:00:fa", "identity": "far", "status": "down"}],
            "findings": [{"level": "error", "cause": "it is down", "mend": "look", "reason": None, "count": 0,
                          "age-ms": None}]}])
        self.expect(["why", "far"], out=(
            "02:00:00:00:00:fa far is down; last seen 2026-11-22T20:00:00Z\n"
            "  path: 02:00:00:00:00:1d ok > 02:00:00:00:00:fa down\n"
            "  error   it is down\n"
            "          -> look\n"), code=1)  # an error is among the findings
        self.assertEqual(self.romond.asked[-1]["args"], {"what": "far"})

    def test_why(self):
        self.serve(why=WHY)
        self.expect(["why"], out=(
            "ether1 is up; 9 frames received: discover 8\n"
            "  error   every frame was signed with another secret\n"
            "          -> set ports.ether1.secrets as on the neighbor\n"
            "  dropped 4 bad-digest: the secrets differ\n"
            "  last bad frame: bad-digest, 3.2 s ago, 98 bytes\n"
            "    type 1 discover\n"
            "    id 02:\\x1b[31m\n"
            "    0200ff\n"
            "\n"
            "r2 is down; 0 frames received\n"
            "  ok      nothing to hear\n"), code=1)
        self.assertEqual(json.loads(self.expect(["why", "-o", "json"], code=1)), WHY)
        self.romond.answers.update(why=WHY[1:])
        self.expect(["why"])

    def test_config(self):
        path = os.path.join(self.dir, "new.yaml")
        with open(path, "w", encoding="ascii") as f:
            f.write("romon: {}\n")
        self.serve(config_show={"text": "romon:\n  identity: büro\n"}, config_diff=DIFF,
                   config_apply=dict(DIFF, applied=True, generation=4),
                   reload={"reload": "none", "changes": [], "issues": [], "applied": False, "generation": 4})
        self.expect(["config", "show"], out="romon:\n  identity: büro\n")
        table = ("KEY                BEFORE    AFTER  TAKES-EFFECT\n"
                 "ports.ether1.cost  100       90     live\n"
                 "ports.r2           (absent)  eth9   port restart\n")
        warning = ":3:1: warning: discovery: not in this build yet\n"
        self.expect(["config", "diff"], out=table + "2 changes, effect: port restart\n",
                    err="configuration" + warning)
        got = self.run_ctl("config", "apply", "new.yaml", cwd=self.dir)
        self.assertEqual(got, (0, table + "applied as generation 4\n", path + warning))
        self.assertEqual(self.romond.asked[-1]["args"], {"path": path})
        self.expect(["reload"], out="nothing changes\nnot applied; generation 4 still runs\n")

    def test_log_level(self):
        self.serve(log_level=lambda args: {"level": args.get("level", "info")})
        self.expect(["log", "level"], out="info\n")
        self.expect(["log", "level", "debug"], out="debug\n")
        self.assertEqual(self.romond.asked[-1]["args"], {"level": "debug"})


class Pages(Case):
    def test_neighbors_json_is_one_flat_array(self):
        romond = self.serve()
        self.assertEqual(json.loads(self.expect(["-o", "json", "neighbors"])), romond.neighbors)
        self.assertEqual([r["args"]["offset"] for r in romond.asked], [0, 1000, 2000])
        rows = [json.loads(line) for line in self.expect(["-o", "jsonl", "neighbors"]).splitlines()]
        self.assertEqual(rows, romond.neighbors)

    def test_neighbors_table_has_one_header(self):
        self.serve()
        lines = self.expect(["neighbors", "ether1"]).splitlines()
        self.assertEqual(len(lines), 2501)
        self.assertEqual(lines[0], "PORT    MAC-ADDRESS        ID  STATUS    AGE  RX-FRAMES")
        self.assertEqual(lines[1], "ether1  02:00:00:00:00:00  -   late    1.5 s          0")
        self.assertEqual(self.romond.asked[0]["args"], {"port": "ether1", "offset": 0, "count": 1000})

    def test_what_breaks_off_is_partial(self):
        def breaks(args):
            if args["offset"] > 0:
                raise ConnectionAbortedError
            return {"total": 2, "next": 1, "rows": [neighbor(0)]}
        self.serve(neighbors=breaks)
        err = "romonctl: romond closed the connection without an answer; its log says why\n"
        out = self.expect(["neighbors", "-o", "json"], code=5, err=err)
        self.assertEqual(json.loads(out), [neighbor(0)])
        self.expect(["neighbors"], code=5, err=err)

    def test_cursor_that_stands_still_ends(self):
        self.serve(neighbors={"total": 9, "next": 0, "rows": [neighbor(0)]})
        self.assertEqual(len(self.expect(["neighbors"]).splitlines()), 2)


class Exits(Case):
    def test_1_failure(self):
        def invalid(_):
            raise Refusal("invalid-config", "the file has 1 error; nothing changed",
                          issues=[{"line": 2, "column": 9, "level": "error", "text": "ports.e1.cost: bad\x1b"},
                                  {"line": 0, "column": 0, "level": "error", "text": "unreadable"}])
        self.serve(config_apply=invalid, ports={"not": "an array"})
        x = os.path.join(self.dir, "x.yaml")
        self.expect(["config", "apply", x], code=1, out="",
                    err=f"romonctl: {x} cannot be read: No such file or directory\n")
        self.assertEqual(self.romond.asked, [])
        os.mkfifo(x)
        self.expect(["config", "apply", x], code=1, out="", err=f"romonctl: {x} is a FIFO or pipe, not a regular file\n")
        os.unlink(x)
        with open(x, "w", encoding="ascii") as f:
            f.write("romon: {}\n")
        self.expect(["config", "apply", x], code=1, out="",
                    err=f"{x}:2:9: ports.e1.cost: bad\\x1b\n{x}: unreadable\nromonctl: the file has 1 error; nothing changed\n")
        self.expect(["status"], code=1, out="", err="romonctl: no command status\n")
        self.expect(["ports"], code=1, out="", err="romonctl: romond's answer has another form than expected: "
                    "are both of one version?\n")
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([ROMONCTL, "--help"], stdout=full, stderr=subprocess.PIPE, timeout=LIMIT_S,
                                  check=False)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, b"romonctl: cannot write the output: No space left on device\n")

    def test_2_usage(self):
        def usage(args, sentence, cmd=""):
            self.expect(args, code=2, out="", err="romonctl: %s\n`romonctl%s --help` shows how it is used\n"
                        % (sentence, cmd))
        usage(["prots"], "no command `prots`; did you mean ports?")
        usage(["config"], "config wants one more word: check diff show apply confirm rollback set add remove reset save")
        usage(["config", "chekc"], "no command `config chekc`; did you mean config check?")
        usage(["config", "check"], "`config check` wants FILE: the file to check", " config check")
        usage(["ports", "x"], "`ports` takes no `x`", " ports")
        usage(["drops", "--al"], "no option --al of `drops`; did you mean --all?", " drops")
        usage(["events", "--since", "-1"], "--since: expected a whole number, got `-1`", " events")
        usage(["events", "--since"], "--since wants a value: N", " events")
        usage(["-o", "xml", "ports"], "--output: expected table, wide, json or jsonl, got `xml`")
        usage(["drops", "--all=1"], "--all takes no value", " drops")
        usage(["log", "level", "loud"], "LEVEL: expected error, warning, notice, info or debug, got `loud`",
              " log level")

        def bad(_):
            raise Refusal("bad-argument", "since: expected a number")
        self.serve(events=bad)
        self.expect(["events"], code=2, out="", err="romonctl: since: expected a number\n")

    def test_3_not_connected(self):
        self.expect(["status"], code=3, out="", err=(
            "romonctl: nobody serves %s: is romond running (`pgrep -a romond`)? "
            "Another socket is named by -s or $ROMOND_SOCKET\n" % self.socket))

        def leaves(_):
            raise ConnectionAbortedError
        self.serve(status=leaves)
        self.expect(["status"], code=3, out="",
                    err="romonctl: romond closed the connection without an answer; its log says why\n")
        self.expect(["-s", "/" + "x" * 200, "status"], code=3, out="",
                    err="romonctl: cannot connect to /%s: File name too long\n" % ("x" * 200))

    def test_who_waits_for_a_change_is_told(self):
        is_told = threading.Event()

        def slowly(_):
            is_told.wait(LIMIT_S)
            return {"level": "debug"}
        self.serve(log_level=slowly)
        terminal = Terminal(self, "log", "level", "debug")
        terminal.expect("romonctl: romond works on it")
        is_told.set()
        self.assertEqual(terminal.end()[0], 0)

    @unittest.skipIf(os.geteuid() != 0, "needs root to become another user")
    def test_3_not_permitted(self):
        self.serve(status=STATUS)
        os.chmod(self.dir, 0o755)
        os.chmod(self.socket, 0o600)
        program = os.path.join(self.dir, "romonctl")  # the build folder may be closed to others
        shutil.copy(ROMONCTL, program)
        done = subprocess.run([program, "status"], env=self.env(), capture_output=True, user=65534, group=65534,
                              extra_groups=[], timeout=LIMIT_S, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertEqual(done.stderr.decode(), "romonctl: not permitted to use %s: join its group (usermod -aG romon "
                         "USER, then log in again), or become root\n" % self.socket)

    def test_4_not_found(self):
        self.serve()
        self.expect(["neighbors", "nosuch"], code=4, out="", err="romonctl: no port nosuch; did you mean ether1?\n")


class Alone(Case):
    """What needs no romond."""

    def test_config_check_says_what_romond_would(self):
        path = os.path.join(self.dir, "romond.yaml")
        for text, marks in (("romon: {id: auto}\nports:\n  a: {device: eth0, secrets: [short]}\n", ["warning: "]),
                            ("romon: {channel: 300}\nports:\n  a: {device: eth0, cots: 1}\n", [":1:", ":3:"]),
                            ("ports: [\n", [":2:"])):
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            os.chmod(path, 0o600)
            daemon = subprocess.run([ROMOND, "--check", path], capture_output=True, text=True, timeout=LIMIT_S, check=False)
            code, _, err = self.run_ctl("config", "check", path)

            def issues(lines):  # romonctl adds notes, which are no warnings
                return [line for line in lines.splitlines() if line.startswith(path + ":") and ": note: " not in line]

            self.assertEqual(issues(err), issues(daemon.stderr))
            for mark in marks:
                self.assertTrue(any(mark in line for line in issues(err)), (mark, err))
            self.assertEqual(code == 0, daemon.returncode == 0, (err, daemon.stderr))

    def test_config_check(self):
        path = os.path.join(self.dir, "romond.yaml")
        with open(path, "w", encoding="utf-8") as f:
            f.write("ports:\n  ether1: { device: eth1, cost: 90 }\n")
        note = path + ": note: port%s no secret: anybody on that wire can join and speak for others; docs/secrets.md " \
                      "says how to sign\n"
        self.expect(["config", "check", path], out=path + ": ok, 1 port\n", err=note % " ether1 has")
        with open(path, "w", encoding="utf-8") as f:
            f.write("ports:\n  a: { device: eth1 }\n  b: { device: eth2 }\n  c: { device: eth3, secrets: [Kq8-vT2m.Zd94xWbR1pL] }\n"
                    "  d: { device: eth4, disabled: true }\nrelay-groups:\n  g: { ports: { r: { device: eth5 }, s: { device: eth6 } } }\n")
        os.chmod(path, 0o600)
        self.expect(["config", "check", path], out=path + ": ok, 6 ports\n", err=note % "s a, b have")
        self.assertEqual(json.loads(self.run_ctl("-o", "json", "config", "check", path)[1])["unsigned-ports"], ["a", "b"])
        os.chmod(path, 0o644)
        with open(path, "w", encoding="utf-8") as f:
            f.write("ports:\n  ether1: { device: eth1, cots: 90 }\n")
        code, out, err = self.run_ctl("config", "check", path)
        self.assertEqual((code, out), (1, ""))
        self.assertRegex(err, r"^%s:2:\d+: ports\.ether1\.cots: .*did you mean cost" % re.escape(path))
        code, out, err = self.run_ctl("-o", "json", "config", "check", path)
        self.assertEqual((code, err), (1, ""))
        checked = json.loads(out)
        self.assertEqual((checked["ok"], checked["file"]), (False, path))
        self.assertEqual((checked["issues"][0]["line"], checked["issues"][0]["level"]), (2, "error"))
        self.assertEqual(self.run_ctl("config", "check", "/no/such.yaml")[0], 1)

    def test_help_and_version(self):
        out = self.expect(["--help"])
        for words in ("drops [PORT] [--all]", "config check FILE", "events [--since N]", "-o, --output FORMAT"):
            self.assertIn(words, out)
        self.assertNotIn("__complete", out)
        self.assertLessEqual(max(map(len, out.splitlines())), 120)
        self.assertTrue(self.expect(["drops", "-h"]).startswith("Usage: romonctl drops [PORT] [--all]\n"))
        self.assertRegex(self.expect(["--version"]), r"^romonctl \d+\.\d+\.\d+\n$")

    def test_every_example_passes_config_check(self):
        folder = os.path.join(ROOT, "config", "examples")
        files = sorted(f for f in os.listdir(folder) if f.endswith(".yaml"))
        self.assertGreaterEqual(len(files), 12)
        for name in files:
            with self.subTest(name):
                code, _, err = self.run_ctl("config", "check", os.path.join(folder, name))
                self.assertEqual((code, [e for e in err.splitlines() if ": note: port" not in e]), (0, []))

    def test_man_page_in_the_tree_is_that_of_the_table(self):
        with open(os.path.join(ROOT, "docs/man/romonctl.1.scd"), encoding="utf-8") as f:
            self.assertEqual(f.read(), self.expect(["man"]), "run: romonctl man > docs/man/romonctl.1.scd")

    def complete(self, *words):
        return [line.split("\t")[0] for line in self.expect(["__complete", *words]).splitlines()]

    def test_completion(self):
        self.assertEqual(self.complete("co"), ["config", "completion"])
        self.assertEqual(self.complete("config", ""), ["check", "diff", "show", "apply", "confirm", "rollback", "set", "add", "remove", "reset", "save"])
        self.assertEqual(self.complete("config", "check", ""), [":file"])
        self.assertEqual(self.complete("log", "level", "d"), ["debug"])
        self.assertEqual(self.complete("drops", "--a"), ["--all"])
        self.assertEqual(self.complete("-o", "js"), ["json", "jsonl"])
        self.assertEqual(self.complete("-o", "json", "stat"), ["status"])
        self.assertEqual(self.complete("ports", ""), [])
        self.assertEqual(self.complete("completion", ""), ["bash", "zsh", "fish"])
        self.assertEqual(self.complete("drops", ""), [])  # no romond: no names, no message
        self.serve(ports=PORTS)
        self.assertEqual(self.complete("drops", ""), ["ether1", "r2"])
        self.assertEqual(self.complete("-s", self.socket, "neighbors", "e"), ["ether1"])
        self.assertEqual(self.complete("neighbors", "ether1", ""), [])

    def test_completion_scripts_load(self):
        for shell in ("bash", "zsh", "fish"):
            script = self.expect(["completion", shell])
            self.assertIn("romonctl __complete", script)
            if shutil.which(shell):
                subprocess.run([shell, "-n", "-c", script], check=True, timeout=LIMIT_S)

    def test_bash_completes(self):
        mark = os.path.join(self.dir, "mark")
        nodes = [{"address": "02:00:00:00:00:01", "identity": "$(touch${IFS}%s)" % mark},
                 {"address": "02:00:00:00:00:02", "identity": "`touch${IFS}%s`" % mark},
                 {"address": "02:00:00:00:00:03", "identity": "core"}]
        self.serve(ports=PORTS, nodes={"total": 3, "next": None, "rows": nodes})
        bash = ("source <(romonctl completion bash); COMP_WORDS=(romonctl %s); COMP_CWORD=%d; _romonctl; "
                "printf '%%s\\n' \"${COMPREPLY[@]}\"")
        ids = [node["address"] for node in nodes]
        path = os.path.dirname(ROMONCTL) + ":" + os.environ["PATH"]
        for words, wanted in (("drops ''", ["ether1", "r2"]), ("config ''", ["check", "diff", "show", "apply", "confirm", "rollback", "set", "add", "remove", "reset", "save"]),
                              ("drops e", ["ether1"]), ("ping ''", ids + ["core"]), ("ping 02 :", [i[3:] for i in ids]),
                              ("ping 02 : 00 : 00 : 00 : 00 : 01 --c", ["--count"])):
            done = subprocess.run(["bash", "-c", bash % (words, len(words.split()))], env=self.env(PATH=path),
                                  capture_output=True, timeout=LIMIT_S, check=True)
            self.assertEqual(done.stdout.decode().splitlines(), wanted)
        self.assertFalse(os.path.exists(mark), "an identity of the network was run by the shell")


if __name__ == "__main__":
    unittest.main()
