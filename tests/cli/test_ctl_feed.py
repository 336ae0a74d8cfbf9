# SPDX-License-Identifier: BSD-3-Clause
"""Commands that romond answers by a feed: events --follow."""
import json
import signal
import subprocess
import threading
import unittest

from fake_romond import LIMIT_S, ROMONCTL, Case, Refusal, Terminal

EVENTS = [{"seq": i, "time": "2026-11-22T20:00:00Z", "type": "neighbor" if i % 2 else "port", "port": "ether1",
           "mac-address": None, "text": "number %d" % i} for i in range(1, 4)]


class Follow(Case):
    def start(self, *args):
        process = subprocess.Popen([ROMONCTL, *args], env=self.env(), stdout=subprocess.PIPE,  # pylint: disable=R1732
                                   stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.wait, LIMIT_S)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        return process

    def follow(self, end=None):
        def feed(args):
            yield from EVENTS
            yield None
            return end
        self.serve(events_follow=feed)

    def test_rows_stand_in_line_and_come_before_the_end(self):
        self.follow()
        process = self.start("events", "--follow", "--since", "0")
        lines = [process.stdout.readline() for _ in range(4)]
        self.assertEqual(lines, [
            "TIME                  TYPE              PORT      MAC-ADDRESS        TEXT\n",
            "2026-11-22T20:00:00Z  neighbor          ether1    -                  number 1\n",
            "2026-11-22T20:00:00Z  port              ether1    -                  number 2\n",
            "2026-11-22T20:00:00Z  neighbor          ether1    -                  number 3\n"])
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.communicate(timeout=LIMIT_S), ("", ""))
        self.assertEqual(process.returncode, 0)
        self.assertEqual([r["cmd"] for r in self.romond.all_asked()], ["events-follow", "cancel"])
        self.assertEqual(self.romond.asked[0]["args"], {"since": 0})

    def test_json_formats(self):
        self.follow(end={"n": 3})
        process = self.start("events", "-f", "-o", "jsonl")
        self.assertEqual([json.loads(process.stdout.readline()) for _ in EVENTS], EVENTS)
        process.send_signal(signal.SIGINT)
        self.assertEqual(json.loads(process.communicate(timeout=LIMIT_S)[0]), {"n": 3})  # the summary is a row
        self.assertEqual(self.romond.asked[0]["args"], {})

        process = self.start("events", "-f", "-o", "json")
        self.assertEqual(process.stdout.readline(), "[\n")
        self.assertEqual(process.stdout.readline()[:2], " {")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.communicate(timeout=LIMIT_S)[0][-3:], "\n]\n")

    def test_end_without_rows(self):
        def empty(args):
            return None
            yield  # makes it a generator
        self.serve(events_follow=empty)
        self.expect(["events", "--follow"], out="")
        self.expect(["events", "--follow", "-o", "json"], out="[]\n")

    def test_refusal_and_loss(self):
        def refuses(args):
            raise Refusal("bad-argument", "since: too many")
            yield
        self.serve(events_follow=refuses)
        self.expect(["events", "--follow", "-o", "json"], code=2, out="", err="romonctl: since: too many\n")

        def leaves(args):
            yield EVENTS[0]
            raise ConnectionAbortedError
        self.romond.answers["events-follow"] = leaves
        out = self.expect(["events", "--follow", "-o", "json"], code=5,
                          err="romonctl: romond closed the connection without an answer; its log says why\n")
        self.assertEqual(json.loads(out), EVENTS[:1])

    def test_ctrl_c_twice_does_not_wait(self):
        def deaf(args):
            yield EVENTS[0]
            yield None
            heard.set()
            done.wait(LIMIT_S)
        heard, done = threading.Event(), threading.Event()
        self.serve(events_follow=deaf)
        terminal = Terminal(self, "events", "--follow")
        terminal.expect("number 1")
        terminal.type("\x03")
        self.assertTrue(heard.wait(LIMIT_S))
        terminal.type("\x03")
        self.assertEqual(terminal.end()[0], 5)
        done.set()


if __name__ == "__main__":
    unittest.main()
