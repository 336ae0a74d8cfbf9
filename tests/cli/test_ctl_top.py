# SPDX-License-Identifier: BSD-3-Clause
"""romonctl top: as one block, as JSON, and on a terminal that changes its size."""
import json
import unittest

from fake_romond import PORTS, STATUS, Case, Terminal

STEP_US = 500000  # of romond's clock, from one answer to the next


class Top(Case):
    def setUp(self):
        super().setUp()
        self.n_answers = 0

    def flow(self, n_ports=2, has_stages=False, **answers):
        """Each look finds half a second gone, 500 frames more on ether1, and one burst for two of them."""
        def look(make):
            def answer(_):
                if make is ports:
                    self.n_answers += 1
                return make(self.n_answers)
            return answer

        def ports(n):
            rows = [dict(PORTS[0], **{"rx-frames": 500 * n, "rx-bytes": 50000 * n, "rx-drops": 5 * n,
                                      "rx-missed": 0, "at-us": STEP_US * n})]
            return rows + [dict(PORTS[1], **{"name": "r%d" % i, "at-us": STEP_US * n}) for i in range(2, n_ports + 1)]

        def workers(n):
            stages = {"stages": {"frames": 10 * n, "cycles": {"rx": 331 * n, "relay": 7, "tx": 200 * n}}}
            return [{"worker": 0, "core": 1, "busy-percent": 12, "rx-frames": 500 * n, "bursts": 250 * n, "punts": 0,
                     "cycles-per-frame": 310, "at-us": STEP_US * n, "stuck": False, **(stages if has_stages else {})}]

        def status(n):
            return dict(STATUS, **{"types": [{"type": "Data", "count": 400 * n}], "at-us": STEP_US * n})
        self.serve(**{"ports": look(ports), "workers": look(workers), "status": look(status), **answers})

    def test_block(self):
        self.flow()
        out = self.expect(["top", "--interval", "100ms"])
        self.assertEqual(out, (
            "romond edge-1, up 1 h 2 min, 1 of 2 ports up, 2500 neighbors; over 0.5 s\n"
            "\n"
            "PORT          STATE          RX/S      TX/S  RX-BIT/S  TX-BIT/S   DROPS/S\n"
            "ether1        up            1.00k         0      800k         0      10.0\n"
            "r2            down              0         0         0         0         0\n"
            "\n"
            "from routers, frames/s: Data 800\n"
            "\n"
            "WORKER  CORE  BUSY%      RX/S  FRAMES/BURST  CYCLES/FRAME   PUNTS/S\n"
            "     0     1     12     1.00k           2.0           310         0\n"))
        self.assertEqual(len(self.romond.asked), 6)

    def test_stages_that_were_timed(self):
        self.flow(has_stages=True)
        out = self.expect(["top", "--interval", "100ms"])
        self.assertTrue(out.endswith("\ncycles a frame takes in each stage\nworker 0: rx 33 tx 20\n"), out)

    def test_json(self):
        self.flow()
        rates = json.loads(self.expect(["top", "--once", "-o", "json", "--interval", "100ms"]))
        self.assertEqual(rates["interval-ms"], 500)
        self.assertEqual(rates["ports"][0]["rx-frames-per-s"], 1000)
        self.assertEqual(rates["workers"][0]["frames-per-burst"], 2)
        self.assertEqual(rates["types"], [{"type": "Data", "frames-per-s": 800.0}])

    def test_mistakes(self):
        self.expect(["top", "--interval", "99ms"], code=2, out="",
                    err="romonctl: --interval: expected a duration from 100ms to 1h, got `99ms`\n")
        self.expect(["top", "--once"], code=3, err="romonctl: nobody serves %s: is romond running (`pgrep -a "
                    "romond`)? Another socket is named by -s or $ROMOND_SOCKET\n" % self.socket)
        self.serve(ports={"no": "array"}, workers=[], status=STATUS)
        self.expect(["top", "--once"], code=1, err="romonctl: no usable answer from romond: Protocol error\n")

    def test_screen_fits_24_rows_and_80_columns(self):
        self.screen_fits(False, 27)

    def test_screen_fits_with_stages(self):
        self.screen_fits(True, 30)

    def screen_fits(self, has_stages, n_hidden):
        self.flow(n_ports=40, has_stages=has_stages)
        top = Terminal(self, "top", "--interval", "100ms", NO_COLOR="1")
        top.expect("\x1b[?1049h")
        top.expect("PUNTS/S")
        top.expect("\x1b[H")
        screen = top.expect("\x1b[J").replace("\x1b[K", "").replace("\x1b[J", "")
        lines = screen.split("\r\n")
        self.assertLessEqual(len(lines), 25)  # the last is empty
        self.assertLessEqual(max(map(len, lines)), 80)
        self.assertEqual(lines[3].split()[:3], ["ether1", "up", "1.00k"])
        self.assertIn(f"({n_hidden} more: a taller terminal shows them)", lines)
        self.assertIn("q quits", lines)
        top.type("q")
        code, rest = top.end()
        self.assertEqual(code, 0)
        self.assertTrue(rest.endswith("\x1b[?7h\x1b[?25h\x1b[?1049l"))

    def test_screen_follows_the_size_of_the_terminal(self):
        self.flow(n_ports=40)
        top = Terminal(self, "top", "--interval", "100ms", NO_COLOR="1")
        top.expect("more: a taller")
        top.resize(60, 100)
        top.expect("r40 ")
        top.type("\x03")  # Ctrl-C ends it like q, and leaves the terminal clean
        code, rest = top.end()
        self.assertEqual(code, 0)
        self.assertTrue(rest.endswith("\x1b[?1049l"))

    def test_screen_is_left_before_the_reason_is_said(self):
        def leaves(_):
            if self.n_answers > 2:
                raise ConnectionAbortedError
            return []
        self.flow(workers=leaves)
        code, out = Terminal(self, "top", "--interval", "100ms").end()
        self.assertEqual(code, 3)
        self.assertTrue(out.endswith("\x1b[?1049lromonctl: romond closed the connection without an answer; its log "
                                     "says why\r\n"))


if __name__ == "__main__":
    unittest.main()
