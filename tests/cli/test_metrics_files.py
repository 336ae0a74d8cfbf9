# SPDX-License-Identifier: BSD-3-Clause
"""What is shipped for monitoring says only what is there: alert rules and their pages, the dashboard, the endpoint for DPDK's
exporter, units of systemd. Metrics, reasons, events and members are those that romonctl and the docs list.

Python 3 standard library; promtool and systemd-analyze where they are installed.
"""
import importlib.util
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from fake_romond import Case

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
ROMONCTL = os.environ["ROMONCTL"]
PROMETHEUS = os.path.join(ROOT, "config", "prometheus")
OF_OTHERS = {"up", "node_textfile_mtime_seconds"}
WORDS = {"by", "on", "and", "or", "unless", "ignoring", "group_left", "sum", "min", "max", "count", "rate", "increase", "resets", "time",
         "without", "avg"}


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as f:
        return f.read()


def ctl(*words):
    return subprocess.run([ROMONCTL, *words], check=True, capture_output=True, text=True, timeout=60).stdout


def families():
    """{name: set of labels} of each metric that there is."""
    out = {}
    for line in ctl("metrics", "--list").splitlines()[2:]:
        name, _, labels, _ = (cell.strip() for cell in line.strip("|").split("|"))
        out[name.strip("`")] = set(re.findall(r"`(\w+)`", labels))
    return out


def rules():
    """(alert, expr, the rest of its rule) of each."""
    for block in read("config", "prometheus", "romond.rules.yml").split("      - alert: ")[1:]:
        yield block.split("\n", 1)[0], re.search(r"^ +expr: '(.*)'$", block, re.M).group(1).replace("''", "'"), block


def selectors(expr):
    """(metric, text in its braces) of each selector."""
    bare = re.sub(r"\b(?:by|on|ignoring|group_left|without) ?\([^)]*\)", "", expr)
    return [(name, inner) for name, inner in re.findall(r"\b([a-z][a-z0-9_]*)\b(?!\()(?:\{([^}]*)\})?(?![^{]*\})", bare) if name not in WORDS
            and not re.fullmatch(r"[0-9]+[smhd]", name)]


def promtool(test, *words):
    r = subprocess.run(["promtool", *words], capture_output=True, text=True, timeout=300, check=False, cwd=PROMETHEUS)
    test.assertEqual(r.returncode, 0, r.stdout + r.stderr)
    return r.stdout


class Queries(unittest.TestCase):
    def check(self, where, expr):
        found = selectors(expr)
        self.assertTrue(found, f"{where}: no metric in {expr}")
        for name, inner in found:
            self.assertTrue(name in self.families or name in OF_OTHERS, f"{where}: there is no metric {name}")
            for label, values in re.findall(r'(\w+)=~?"([^"]*)"', inner or ""):
                known = self.families.get(name, set()) | {"job", "instance", "file"}
                self.assertIn(label, known, f"{where}: {name} has no label {label}")
                table = {"reason": "docs/drops.md", "type": "docs/events.md"}.get(label)
                for value in values.split("|") if table and name != "romon_received_frames_total" else ():
                    page = read(*table.split("/"))
                    self.assertTrue(re.search(rf"(?m)^\| `{value}` \|", page), f"{where}: {table} has no {value}")

    @classmethod
    def setUpClass(cls):
        cls.families = families()

    def test_names_are_taken_apart(self):
        self.assertEqual(selectors('sum by (job) (rate(a_total{x="b|c"}[5m])) / on (job) b > 0.5'), [("a_total", 'x="b|c"'), ("b", "")])

    def test_alerts_ask_for_what_there_is(self):
        n = 0
        for name, expr, _ in rules():
            self.check(name, expr)
            n += 1
        self.assertGreater(n, 30)

    def test_dashboard_asks_for_what_there_is(self):
        for where, expr in board_queries():
            self.check(where, expr.replace("$job", ".*").replace("$instance", ".*"))


def board():
    return json.loads(read("config", "grafana", "romond.json"))


def board_queries():
    for panel in board()["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]
    for note in board()["annotations"]["list"]:
        yield note["name"], note["expr"]


class Rules(unittest.TestCase):
    def test_each_alert_has_a_page_and_a_test(self):
        page, tests = read("docs", "noc.md"), "".join(read("config", "prometheus", f) for f in os.listdir(PROMETHEUS) if f.endswith("test.yml"))
        names = [name for name, _, _ in rules()]
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual(names, re.findall(r"(?m)^### (\w+)$", page), "the sections of docs/noc.md, in the order of the rules")
        for name, _, block in rules():
            self.assertIn(f"runbook: docs/noc.md#{name.lower()}\n", block)
            self.assertRegex(block, r"severity: (critical|warning|info) ")
            self.assertIn(f"alertname: {name}\n", tests)
            section = page.split(f"### {name}\n", 1)[1].split("\n#", 1)[0]
            self.assertGreater(len(section.split()), 12, f"docs/noc.md: {name} says what to do")
        for anchor in re.findall(r"\]\(#(\w+)\)", page):
            self.assertIn(anchor, [n.lower() for n in names])

    def test_commands_of_the_rules_are_there(self):
        commands = set(re.findall(r"romonctl (?:-o wide )?((?:[a-z]+ )?[a-z]+)", read("config", "prometheus", "romond.rules.yml")))
        for words in commands:
            first, _, second = words.partition(" ")
            ok = any(subprocess.run([ROMONCTL, *w, "--help"], capture_output=True, timeout=60, check=False).returncode == 0
                     for w in ([first, second], [first]) if all(w))
            self.assertTrue(ok, f"romonctl {words}")

    @unittest.skipUnless(shutil.which("promtool"), "needs promtool of the package prometheus")
    def test_promtool_is_content(self):
        tests = sorted(f for f in os.listdir(PROMETHEUS) if f.endswith(".test.yml"))
        promtool(self, "check", "rules", "romond.rules.yml")
        promtool(self, "check", "config", "prometheus.yml")
        self.assertEqual(promtool(self, "test", "rules", *tests).count("SUCCESS"), len(tests))


class Board(unittest.TestCase):
    def test_panels_have_their_places(self):
        ids, taken = set(), set()
        for p in board()["panels"]:
            self.assertNotIn(p["id"], ids)
            ids.add(p["id"])
            g = p["gridPos"]
            places = {(x, y) for x in range(g["x"], g["x"] + g["w"]) for y in range(g["y"], g["y"] + g["h"])}
            self.assertTrue(g["x"] + g["w"] <= 24 and not places & taken, p["title"])
            taken |= places
            for t in p.get("targets", ()):
                self.assertEqual(t["datasource"]["uid"], "${datasource}", p["title"])

    @unittest.skipUnless(shutil.which("promtool"), "needs promtool of the package prometheus")
    def test_queries_are_promql(self):
        text = "groups:\n- name: board\n  rules:\n"
        for i, (_, expr) in enumerate(board_queries()):
            expr = expr.replace("$__rate_interval", "5m").replace("$job", ".*").replace("$instance", ".*")
            text += f"  - record: board:q{i}\n    expr: {json.dumps(expr)}\n"
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as f:
            f.write(text)
            f.flush()
            promtool(self, "check", "rules", f.name)


class Socket:
    """A romond of two ports and a worker, as its telemetry tells it."""

    def cmd(self, uri, arg=None):
        if uri == "/romon/info":
            return {"uptime_s": 7, "ports_up": 1, "neighbors": 3, "forwarded": 5, "delivered": 2, "nodes_ok": 1, "nodes_late": 0, "nodes_down": 1}
        if uri == "/romon/ports":
            return {"total": 3, "next": 2, "rows": ["a", "b"]} if arg == 0 else {"total": 3, "next": "", "rows": ["gone"]}
        if uri == "/romon/port":
            return {"error": "no such port"} if arg == "gone" else {"name": arg, "error": "", "state": "up" if arg == "a" else "down", "rx_frames": 9, "rx_bytes": 900,
                                                                    "rx_drops": 1, "rx_missed": 0, "tx_frames": 4, "tx_bytes": 400, "tx_drops": 0}
        if uri == "/romon/drops":
            return {"total": 0, "next": "", "rows": {}}
        return {"total": 1, "next": "", "rows": {"0": {"worker": 0, "busy_percent": 7, "stuck": 0, "rx_frames": 9, "punts_lost": 0, "no_mbuf": 0}}}


class Endpoint(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        path = os.path.join(PROMETHEUS, "dpdk-telemetry-endpoints", "romond.py")
        spec = importlib.util.spec_from_file_location("romond", path)
        cls.module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(cls.module)

    def test_members_are_those_of_the_schema(self):
        tables = json.loads(ctl("-o", "json", "schema"))["tables"]
        for members, table in ((self.module.PORT, "port"), (self.module.WORKER, "worker"), (self.module.STATUS, "status"), (self.module.NODES, "status")):
            have = {f["name"].replace("-", "_") for f in tables[table]}
            self.assertLessEqual(set(members), have, table)

    def test_what_is_told_is_described(self):
        info, told = self.module.info(), self.module.metrics(Socket())
        self.assertEqual({name for name, _, _ in told} | {"port_dropped_frames_total"}, set(info))
        self.assertTrue(all(kind in ("counter", "gauge") and kind == ("counter" if name.endswith("_total") else "gauge")
                            for name, (_, kind) in info.items()))
        self.assertEqual(len({(n, *labels.items()) for n, _, labels in told}), len(told), "each series once")
        values = {(n, *labels.values()): v for n, v, labels in told}
        self.assertEqual((values["port_up", "a"], values["port_up", "b"], values["worker_busy_ratio", 0], values["nodes", "down"]), (1, 0, 0.07, 1))
        self.assertNotIn(("port_up", "gone"), values)


class Command(Case):
    def test_half_an_answer_is_none(self):
        answers = {cmd: [] for cmd in ("ports", "drops", "workers", "secrets", "streams", "event_counts")}
        self.serve(status={"uptime-s": 7}, **answers)
        out = self.expect(["metrics"])
        self.assertIn("\nromon_up 1\n", out)
        self.assertIn("\nromon_uptime_seconds 7\n", out)
        self.romond.answers.pop("secrets")
        code, out, err = self.run_ctl("metrics", "--openmetrics")
        self.assertEqual((code, err), (3, "romonctl: romond refuses: no command secrets\n"))
        self.assertIn("\nromon_up 0\n", out)
        self.assertNotIn("romon_uptime", out)
        self.assertTrue(out.endswith("# EOF\n"))

    def test_files_that_cannot_be_written_are_named(self):
        self.expect(["metrics", "--write", "/nowhere/x.prom"], code=1,
                    err=f"romonctl: no answer from romond on {self.socket}: No such file or directory\n"
                        "romonctl: /nowhere/x.prom: No such file or directory\n")
        for text in ("10001", "-1", "99999999999999999999"):
            code, _, err = self.run_ctl("metrics", "--nodes", text)
            self.assertEqual(code, 2, err)


class Units(unittest.TestCase):
    @unittest.skipUnless(shutil.which("systemd-analyze"), "needs systemd-analyze")
    def test_units_are_whole_and_hardened(self):
        names = sorted(os.listdir(os.path.join(ROOT, "config", "systemd")))
        with tempfile.TemporaryDirectory() as folder:
            for name in names:  # the programs need not be installed
                text = re.sub(r"/usr/s?bin/rom\S+", "/bin/true", read("config", "systemd", name))
                with open(os.path.join(folder, name.replace("@.", "@x.")), "w", encoding="utf-8") as f:
                    f.write("\n".join(line for line in text.split("\n") if not line.startswith("Documentation=")))
            paths = [os.path.join(folder, n.replace("@.", "@x.")) for n in names]
            r = subprocess.run(["systemd-analyze", "verify", "--man=no", *paths], capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual((r.returncode, r.stdout + r.stderr), (0, ""))
            for path in paths:
                if path.endswith(".service"):
                    threshold = "35" if "/romond" in path else "20"  # the daemon itself runs as root, and opens devices
                    r = subprocess.run(["systemd-analyze", "security", "--offline=true", f"--threshold={threshold}", path], capture_output=True,
                                       text=True, timeout=60, check=False)
                    self.assertEqual(r.returncode, 0, r.stdout[-300:])


if __name__ == "__main__":
    unittest.main()
