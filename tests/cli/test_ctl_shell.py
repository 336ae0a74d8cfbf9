# SPDX-License-Identifier: BSD-3-Clause
"""romonctl without a command: the shell on a terminal, and lines from a pipe."""
import os
import stat
import unittest

from fake_romond import LIMIT_S, PORTS, STATUS, Case, Romond, Terminal

EVENT = {"seq": 1, "time": "2026-11-22T20:00:00Z", "type": "port", "port": "ether1", "mac-address": None,
         "text": "number 1"}
UP = "\x1b[A"
CTRL_C = "\x03"
CTRL_D = "\x04"


def follow(_):
    yield EVENT
    yield None


class Shell(Case):
    def setUp(self):
        super().setUp()
        self.state = os.path.join(self.dir, "state")

    def serve(self, **answers):
        return super().serve(**{"status": STATUS, "ports": PORTS, "log_level": {"level": "info"}, **answers})

    def shell(self, *args, **env):
        return Terminal(self, *args, XDG_STATE_HOME=self.state, NO_COLOR="1", **env)

    def test_commands_run_on_one_connection(self):
        self.serve()
        shell = self.shell()
        shell.expect("romonctl edge-1> ")
        shell.type("log level\n")
        shell.expect("\r\ninfo\r\n")
        shell.type("ports -o json\n")
        shell.expect('"name":"r2"')
        shell.expect("edge-1> ")
        self.assertEqual([r["cmd"] for r in self.romond.asked], ["status", "log-level", "ports"])
        self.assertEqual(len(self.romond.conversations), 1)
        shell.type("quit\n")
        self.assertEqual(shell.end()[0], 0)

    def test_options_of_the_start_hold_for_every_line(self):
        self.serve()
        shell = self.shell("-o", "jsonl")
        shell.expect("> ")
        shell.type("ports\n")
        shell.expect('\r\n{"name":"ether1"')
        shell.expect("> ")
        shell.type(CTRL_D)
        self.assertEqual(shell.end()[0], 0)

    def test_mistakes_do_not_end_it(self):
        self.serve()
        shell = self.shell()
        shell.expect("> ")
        for line, wanted in (("prots", "no command `prots`; did you mean ports?"),
                             ("config check", "`config check` wants FILE"),
                             ("ports 'x", "a closing ' is missing"),
                             ("help nosuch", "no command `nosuch`"),
                             ("help config check", "Usage: romonctl config check FILE"),
                             ("?", "In the shell also: help [COMMAND], quit")):
            shell.type(line + "\n")
            shell.expect(wanted)
            shell.expect("edge-1> ")

    def test_it_completes_commands_options_ports_and_files(self):
        os.mkdir(os.path.join(self.dir, "new folder"))
        with open(os.path.join(self.dir, "new folder", "only.yaml"), "w", encoding="ascii") as f:
            f.write("ports: {}\n")
        self.serve(drops=[])
        shell = self.shell()
        shell.expect("> ")
        shell.type("log l\t\n")
        shell.expect("\r\ninfo\r\n")
        shell.expect("> ")
        shell.type("drops \t")
        shell.expect("ether1                      up\r\n  r2                          down\r\n")
        shell.type("e\t--a\t\n")
        shell.expect("nothing was dropped")
        self.assertEqual(self.romond.asked[-1], {"v": 1, "id": self.romond.asked[-1]["id"], "cmd": "drops",
                                                 "args": {"port": "ether1", "all": True}})
        shell.expect("> ")
        shell.type("config check %s/new\t\t\n" % self.dir)
        shell.expect("only.yaml: ok, 0 ports")
        shell.expect("> ")
        shell.type("config check '%s/new f\to\t\n" % self.dir)
        shell.expect("only.yaml: ok, 0 ports")
        shell.expect("> ")
        shell.type("qu\t\n")
        self.assertEqual(shell.end()[0], 0)

    def test_ids_and_identities_complete_from_the_inventory(self):
        rows = [{"address": "02:00:00:00:00:01", "identity": "core"}, {"address": "02:00:00:00:00:02", "identity": "a b"}]
        self.serve(nodes={"total": 2, "next": None, "rows": rows})
        shell = self.shell()
        shell.expect("> ")
        shell.type("ping c\t--count 1\n")
        shell.expect("no command ping")
        self.assertEqual(self.romond.asked[-1]["args"], {"id": "core", "count": 1})
        shell.expect("> ")
        shell.type("ping a\t-c1\n")  # a blank is written so that it is part of the word
        shell.expect("no command ping")
        self.assertEqual(self.romond.asked[-1]["args"], {"id": "a b", "count": 1})
        shell.expect("> ")
        shell.type("ping 02:\t2\t\n")
        shell.expect("no command ping")
        self.assertEqual(self.romond.asked[-1]["args"], {"id": "02:00:00:00:00:02"})

    def test_ctrl_c_drops_a_line_and_ends_a_stream_but_not_the_shell(self):
        self.serve(events_follow=follow)
        shell = self.shell()
        shell.expect("> ")
        shell.type("this is no command" + CTRL_C)
        shell.expect("^C")
        shell.expect("edge-1> ")
        shell.type("events --follow\n")
        shell.expect("number 1")
        shell.type(CTRL_C)
        shell.expect("edge-1> ")
        shell.type("log level\n")
        shell.expect("\r\ninfo\r\n")
        self.assertEqual([r["cmd"] for r in self.romond.asked], ["status", "events-follow", "cancel", "log-level"])
        self.assertEqual(len(self.romond.conversations), 1)

    def test_it_outlives_romond(self):
        self.serve()
        shell = self.shell()
        shell.expect("edge-1> ")
        self.romond.stop()
        os.unlink(self.socket)
        shell.type("log level\n")
        shell.expect("nobody serves")
        shell.expect("romonctl> ")
        self.romond = Romond(self.socket)
        self.romond.answers = {"status": dict(STATUS, identity="born\x1b[31m-again"), "log-level": {"level": "debug"}}
        shell.type("log level\n")
        shell.expect("debug\r\n")
        shell.expect(r"romonctl born\x1b[31m-again> ")

    def test_history_is_kept_for_the_next_one_and_for_nobody_else(self):
        self.serve()
        shell = self.shell()
        shell.expect("> ")
        shell.type("log level\n")
        shell.expect("info")
        shell.expect("> ")
        shell.type("quit\n")
        shell.end()
        path = os.path.join(self.state, "romonctl", "history")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        shell = self.shell()
        shell.expect("> ")
        shell.type(UP + UP + "\n")
        shell.expect("\r\ninfo\r\n")


class Lines(Case):
    def lines(self, text):
        return self.run_ctl(input=text.encode())

    def test_lines_of_a_pipe_run_one_by_one(self):
        self.serve(log_level={"level": "info"}, status=STATUS)
        self.assertEqual(self.lines("# a comment\n\n log level\nlog 'level' # again\n"), (0, "info\ninfo\n", ""))
        self.assertEqual(len(self.romond.conversations), 1)

    def test_exit_code_is_that_of_the_last_failure(self):
        self.serve(log_level={"level": "info"})
        code, out, err = self.lines("wrong\nneighbors nosuch\nlog level\n")
        self.assertEqual((code, out), (4, "info\n"))
        self.assertEqual(err, "romonctl: no command `wrong`\nromonctl: no port nosuch; did you mean ether1?\n")
        self.assertEqual(self.lines("wrong\nquit\nneighbors nosuch\n")[0], 2)
        self.assertEqual(self.lines("")[0], 0)
        self.assertEqual(self.lines("log level 'debug\n")[0], 2)
        self.assertEqual(self.lines("x" * 10000 + "\n")[2], "romonctl: the line is too long\n")


if __name__ == "__main__":
    unittest.main()
