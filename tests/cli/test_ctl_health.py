# SPDX-License-Identifier: BSD-3-Clause
"""romonctl check and doctor: what they find, and the exit codes that tell it."""
import json
import os
import shutil
import subprocess
import time
import unittest

from fake_romond import LIMIT_S, PORTS, ROMONCTL, STATUS, Case, Refusal

WORKER = {"worker": 0, "core": 0, "busy-percent": 1, "rx-frames": 5, "bursts": 5, "punts": 0, "stuck": False}
UP = dict(PORTS[0], **{"rx-missed": 0, "at-us": 1})
DOWN = dict(PORTS[1], **{"rx-missed": 0, "at-us": 1})
FINE = dict(STATUS, **{"ports-up": 1, "ports": 1, "warnings": []})
OLD = {key: value for key, value in FINE.items() if not key.startswith("nodes")}  # knows no inventory


class Check(Case):
    def serve(self, ports=None, workers=None, **status):
        status = {key.replace("_", "-"): value for key, value in status.items()}
        return super().serve(ports=[UP] if ports is None else ports, workers=workers or [WORKER],
                             status=dict(FINE, **status))

    def check(self, code, sentence, *args):
        got, out, err = self.run_ctl("check", *args)
        self.assertEqual((got, err), (code, ""), out)
        self.assertEqual(out.split(" |")[0].rstrip("\n"), "ROMOND " + sentence)
        self.assertEqual(out.count("\n"), 1)
        return out

    def test_ok_has_one_line_and_figures(self):
        self.serve()
        out = self.check(0, "OK - 1 of 1 ports up, 2500 neighbors, up 3725 s", "--min-neighbors", "2500")
        self.assertEqual(out.split(" | ")[1], (
            "ports_up=1;1:;1:;0;1 workers_stuck=0;;0;0;1 neighbors=2500;;2500:;0 nodes_down=1;;;0 mbufs=100;6552;7781;0;8191 "
            "rx_frames=10c;;;0 tx_frames=20c;;;0 drops=2c;;;0\n"))

    def test_ports(self):
        self.serve(ports=[UP, DOWN, dict(DOWN, name="x", state="disabled"), dict(DOWN, name="y|z\n", state="absent")])
        self.check(1, "WARNING - port r2 is down, port y/z\\x0a is absent")
        self.romond.answers["ports"] = [DOWN, dict(DOWN, name="x", state="forbidden")]
        self.check(2, "CRITICAL - port r2 is down, no port is up")

    def test_limits(self):
        self.serve(mbufs={"total": 100, "in-use": 81}, warnings=["a | b"])
        self.check(1, "WARNING - 81 of 100 mbufs are in use, warning: a / b")
        self.romond.answers["status"] = dict(FINE, mbufs={"total": 100, "in-use": 96})
        self.check(2, "CRITICAL - 96 of 100 mbufs are in use")
        self.romond.answers["status"] = dict(FINE, **{"neighbors": 3, "nodes-down": 2})
        self.check(0, "OK - 1 of 1 ports up, 3 neighbors, up 3725 s", "--max-down", "2")
        self.check(2, "CRITICAL - 3 neighbors, fewer than 4", "--min-neighbors", "4")
        self.check(2, "CRITICAL - 2 nodes are down, more than 1", "--max-down", "1")
        self.romond.answers["status"] = OLD
        self.check(3, "UNKNOWN - romond does not tell how many nodes are down", "--max-down", "1")

    def test_workers(self):
        self.serve(workers=[WORKER, dict(WORKER, worker=1, core=3, stuck=True)])
        self.check(2, "CRITICAL - worker 1 on CPU 3 is stuck")

    def test_disabled(self):
        self.serve(enabled=False)
        self.check(2, "CRITICAL - RoMON is disabled in the configuration")

    def test_drops_are_measured(self):
        begin = time.monotonic()

        def ports(_):
            us = int((time.monotonic() - begin) * 1000000)
            return [dict(UP, **{"rx-drops": us // 10000, "at-us": us})]  # 100 a second
        self.serve(ports=ports)
        self.assertRegex(self.check(0, "OK - 1 of 1 ports up, 2500 neighbors, up 3725 s", "--max-drops", "150"),
                         r" drops_per_s=(99|100)\.\d;150;;0\n$")
        out = self.run_ctl("check", "--max-drops", "50")
        self.assertEqual(out[0], 1)
        self.assertIn(" frames dropped a second, more than 50 |", out[1])

    def test_who_cannot_be_asked(self):
        self.check(2, "CRITICAL - romond is not running: nobody serves " + self.socket)

        def leaves(_):
            raise ConnectionAbortedError

        def refuses(_):
            raise Refusal("failed", "not now")
        self.serve(ports=leaves)
        self.check(2, "CRITICAL - no answer from romond on %s: Connection reset by peer" % self.socket)
        self.romond.answers["ports"] = refuses
        self.check(3, "UNKNOWN - romond refuses: not now")
        self.romond.answers["ports"] = {}
        self.check(3, "UNKNOWN - no answer from romond on %s: Protocol error" % self.socket)
        self.assertEqual(self.run_ctl("check", "--max-down", "many")[0], 3)
        self.assertEqual(self.run_ctl("check", "--nosuch")[0], 3)

    @unittest.skipIf(os.geteuid() != 0, "needs root to become another user")
    def test_who_may_not_ask(self):
        self.serve()
        os.chmod(self.dir, 0o755)
        os.chmod(self.socket, 0o600)
        program = os.path.join(self.dir, "romonctl")
        shutil.copy(ROMONCTL, program)
        for args, code, sentence in ((["check"], 3, "ROMOND UNKNOWN - not permitted to use "),
                                     (["doctor"], 1, "fail  romond          not permitted to use ")):
            done = subprocess.run([program, *args], env=self.env(), capture_output=True, user=65534, group=65534,
                                  extra_groups=[], timeout=LIMIT_S, check=False)
            self.assertEqual(done.returncode, code)
            self.assertTrue(done.stdout.decode().startswith(sentence), done.stdout)


class Doctor(Case):
    def config(self, text):
        path = os.path.join(self.dir, "romond.yaml")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def rows(self, *args):
        """Exit code, and {what: (level, text, mend)} of the last row about it."""
        code, out, err = self.run_ctl("-o", "json", "doctor", *args)
        self.assertEqual(err, "")
        return code, {row["what"]: (row["level"], row["text"], row["mend"]) for row in json.loads(out)}

    def test_it_works_without_romond(self):
        path = self.config("ports:\n  e1: { device: nosuch0 }\n  e2: { device: lo }\n  v: { device: net_null0 }\n"
                           "  off: { device: nosuch1, disabled: true }\n")
        code, rows = self.rows("-c", path)
        self.assertEqual(code, 1)
        self.assertEqual(rows["romond"][0], "warn")
        self.assertEqual(rows["config"], ("ok", path + ": romond would take it", None))
        self.assertEqual(rows["nosuch0"][:2], ("fail", "there is no such interface (port e1)"))
        self.assertIn("is not an Ethernet interface", rows["e2"][1])
        self.assertNotIn("nosuch1", rows)
        self.assertEqual(rows["memory"][0], "ok")
        self.assertEqual(rows["secrets"][0], "warn")
        self.assertIn("no secret on ports e1, e2, v: anybody", rows["secrets"][1])
        self.assertIn("hugepages", rows)

    def test_ports_that_need_no_secret_are_not_blamed(self):
        path = self.config("relay-groups: { g: { ports: { r: { device: net_null0 }, s: { device: net_null1 } } } }\n"
                           "ports: { off: { device: net_null2, disabled: true }, no: { device: net_null3, forbid: true },\n"
                           "  own: { device: net_null4, secrets: [Kq8-vT2m.Zd94xWbR1pL] } }\n")
        self.assertNotIn("secrets", self.rows("-c", path)[1])

    def test_without_a_file_a_romond_that_is_down_fails(self):
        code, rows = self.rows()
        self.assertEqual(code, 1)
        self.assertEqual(rows["romond"][0], "fail")

    def test_faults_of_the_file_are_told_with_their_lines(self):
        path = self.config("ports:\n  e1: { device: net_null0, cots: 5 }\n")
        code, rows = self.rows("-c", path)
        self.assertEqual(code, 1)
        self.assertEqual(rows["config"], ("fail", path + ":2: ports.e1.cots: unknown key; did you mean cost?",
                                          "see docs/config.md"))
        self.assertEqual(self.rows("-c", path + ".not")[0], 1)

    def test_hugepages_and_cpus_of_the_file(self):
        code, rows = self.rows("-c", self.config("ports: { v: { device: net_null0 } }\n"
                                                 "workers: { cores: [0], idle: busy }\nmemory: { hugepages: off }\n"))
        self.assertEqual(code, 0)
        self.assertEqual(rows["hugepages"], ("ok", "not wanted: memory.hugepages is off", None))
        self.assertIn("CPU 0", rows)
        far = max(os.sched_getaffinity(0)) + 100
        code, rows = self.rows("-c", self.config("ports: { v: { device: net_null0 } }\nworkers: { cores: [%d] }\n" % far))
        self.assertEqual((code, rows["CPU %d" % far][0]), (1, "fail"))

    def test_what_romond_says_of_itself(self):
        absent = dict(PORTS[0], name="gone", state="absent", **{"driver-why": "no such device\x1b"})
        status = dict(STATUS, **{"dpdk": "23.11.0", "config-file": "(demo)", "warnings": ["restart me"]})
        self.serve(status=status, ports=[PORTS[0], PORTS[1], absent], workers=[dict(WORKER, stuck=True)])
        code, rows = self.rows()
        self.assertEqual(code, 1)
        self.assertEqual(rows["romond"], ("ok", "answers on " + self.socket, None))
        self.assertEqual(rows["DPDK"][0], "warn")
        self.assertEqual(rows["warning"][:2], ("warn", "restart me"))
        self.assertEqual(rows["port ether1"], ("ok", "up, net_af_xdp: filter loaded", None))
        self.assertEqual(rows["port r2"][:2], ("warn", "its link is down"))
        self.assertEqual(rows["port gone"][:2], ("fail", "its device is absent: no such device\\x1b"))
        self.assertEqual(rows["workers"][0], "fail")
        self.romond.answers.update(ports=[PORTS[0]], workers=[WORKER], status=dict(status, dpdk="22.11.11"))
        code, rows = self.rows()
        self.assertEqual(code, 0)
        text = self.expect(["doctor"])
        self.assertIn("ok    port ether1     up, net_af_xdp: filter loaded\n", text)
        self.assertIn("warn  warning         restart me\n                      -> see docs/config.md\n", text)


if __name__ == "__main__":
    unittest.main()
