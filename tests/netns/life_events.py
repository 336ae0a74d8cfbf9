# SPDX-License-Identifier: BSD-3-Clause
"""Started, stopped and by whom, crashed before: in the list, the log, the history and the program of events.exec.

   a ---- eth0 (a)  node
"""
import os
import signal

from events import hook_runs, hook_write
from harness import check, equal, wait


def scenario(net):
    box = net.box("box")
    net.end(box, "eth0")
    out, hook = os.path.join(net.dir, "hook.out"), os.path.join(net.dir, "hook.sh")
    hook_write(hook, out)
    node = net.romond(box, "node", {"ports": {"a": {"device": "eth0"}}, "events": {"exec": hook}})

    def life(rows):
        return [e for e in rows if e["type"] in ("started", "stopped", "crashed-before")]

    def history():
        return [e["type"] for e in life(node.ctl("events", "--history"))]

    def hooked():
        return [r["ROMON_EVENT"] for r in hook_runs(out) if r["ROMON_EVENT"] in ("started", "stopped", "crashed-before")]

    listed = life(node.ask("events", since=0)["rows"])
    equal([e["type"] for e in listed], ["started"], "events of the first start")
    check(node.config_path in listed[0]["text"], listed[0]["text"])
    wait(lambda: history() == ["started"], "the start is in the history")

    # an orderly end says who asked for it, also to the program
    node.stop()
    check(f"Terminated by process {os.getpid()} (" in node.log_text() and "user 0" in node.log_text(), node.log_tail())
    wait(lambda: sorted(hooked()) == ["started", "stopped"], "the program hears of the end")
    node.start()
    equal(history()[:2], ["started", "stopped"], "history after an orderly end")
    equal([e["type"] for e in life(node.ask("events", since=0)["rows"])], ["started"], "events after an orderly end")

    # kill -9: the next start tells
    wait(lambda: history() == ["started", "stopped", "started"], "the second start is in the history")
    node.kill()
    node.start()
    rows = life(node.ask("events", since=0)["rows"])
    equal([(e["type"], e["severity"]) for e in rows], [("crashed-before", "warning"), ("started", "notice")], "after kill -9")
    check("it was killed or crashed" in rows[0]["text"] and "begun 20" in rows[0]["text"], rows[0]["text"])
    wait(lambda: history() == ["started", "stopped", "started", "crashed-before", "started"], "the history tells of kill -9")
    wait(lambda: hooked().count("crashed-before") == 1, "the program hears of it")

    # the end by another signal; nothing is left of the crash
    node.signal(signal.SIGINT)
    equal(node.process.wait(timeout=30), 0, "exit status")
    check("Interrupt by process" in node.log_text(), node.log_tail())
    node.start()
    equal(life(node.ask("events", since=0)["rows"])[0]["type"], "started", "the first event after that")
