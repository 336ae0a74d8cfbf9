#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs the scenarios of this folder: run.py [--list] [--short] [--logs DIR] [--jobs N] [--repeat N] [NAME | NAME[variant]]...

Each scenario runs in fresh namespaces (unshare: network, mount, PID, IPC), so that nothing of it outlives it, and several
may run side by side. Prints "NAME ... ok", "FAIL" or "skip (reason)". Needs root and the build in build/ (or ROMOND_BUILD).
"""
import argparse
import concurrent.futures
import importlib.util
import itertools
import os
import pwd
import signal
import subprocess
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
import harness  # noqa: E402

LIMIT_S = 300  # of one scenario, beside whatever else this machine does
EXIT_SKIP = 77
REASON = "failed: "  # begins the line that says why, the last one of a scenario
running = set()  # scenarios: their namespaces go with them
NOT_SCENARIOS = {"run.py", "harness.py", "attack.py", "bpf.py"}


def load(name):
    spec = importlib.util.spec_from_file_location(name, os.path.join(HERE, name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def scenarios():
    """(file, variant name, arguments) of each; a file without VARIANTS has one, called ""."""
    for name in sorted(os.listdir(HERE)):
        if not name.endswith(".py") or name in NOT_SCENARIOS:
            continue
        try:
            module = load(name[:-3])
        except Exception:  # it fails when it is run, not the others with it
            yield name[:-3], "", {}
            continue
        if hasattr(module, "scenario"):
            for variant, args in getattr(module, "VARIANTS", {"": {}}).items():
                yield name[:-3], variant, args


def title(name, variant):
    return f"{name}[{variant}]" if variant else name


def child(name, variant, logs):
    """Inside the namespaces: a private /run, then the scenario."""
    harness.sh("mount", "-t", "tmpfs", "-o", "mode=755", "romond-test", "/run")
    for rc in (".bashrc", ".profile", ".bash_profile"):  # may do much, and wait for one another, in each shell of an sshd
        path = os.path.join(pwd.getpwuid(0).pw_dir, rc)
        if os.path.isfile(path):
            harness.sh("mount", "--bind", "/dev/null", path)
    harness.sh("ip", "link", "set", "lo", "up")
    module = load(name)
    args = getattr(module, "VARIANTS", {"": {}})[variant]
    net = harness.Net(name, logs)
    try:
        module.scenario(net, **args)
        net.finish()
    except harness.Skip as e:
        print(f"skip: {e}")
        return EXIT_SKIP
    except BaseException as e:
        for node in net.nodes:
            print(f"--- the log of {node.name} ends:")
            print(node.log_tail(25) if os.path.exists(node.log_path) else "(none)")
        traceback.print_exc(file=sys.stdout)
        print(f"{REASON}{str(e).partition(chr(10))[0] or type(e).__name__}")
        return 1 if isinstance(e, Exception) or isinstance(e, SystemExit) else 2
    finally:
        net.abandon()
    return 0


def run(name, variant, logs):
    """(word, detail, seconds) of one scenario."""
    os.makedirs(logs, exist_ok=True)
    log = os.path.join(logs, "scenario.log")
    argv = ["unshare", "--net", "--mount", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc",
            sys.executable, os.path.abspath(__file__), "--child", name, "--variant", variant, "--logs", logs]
    start = time.monotonic()
    with open(log, "wb") as out:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        running.add(process)
        try:
            status = process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            status = None
            out.write(f"\nstopped after {LIMIT_S} s\n".encode())
        running.discard(process)
    with open(log, encoding="utf-8", errors="replace") as f:
        text = f.read()
    seconds = time.monotonic() - start
    if status == 0:
        return "ok", "", seconds
    if status == EXIT_SKIP:
        return "skip", text.rpartition("skip: ")[2].strip(), seconds
    return "FAIL", text, seconds


def reason(text):
    """Why a scenario failed, for the line that names it: what it said of itself, or its last line."""
    lines = [line for line in text.splitlines() if line.strip()] or ["it said nothing"]
    said = [line[len(REASON):] for line in lines if line.startswith(REASON)]
    return (said or lines)[-1]


def tell(name, word, detail, seconds, count):
    """The line of a scenario that has run, and how it ended when it failed."""
    count[word] += 1
    tail = f" ({detail})" if word == "skip" else f" ({seconds:.1f} s)"
    if word == "FAIL":
        tail += f": {reason(detail)}"
    print(f"{name} ... {word}{tail}", flush=True)
    if word == "FAIL":
        print("".join(f"    {line}\n" for line in detail.splitlines()[-70:]), end="", flush=True)


def stopped(*_):
    for process in list(running):
        process.kill()
    os._exit(143)


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("names", nargs="*")
    p.add_argument("--list", action="store_true")
    p.add_argument("--logs", default=os.path.join(harness.BUILD, "test-logs", "netns"))
    p.add_argument("--jobs", type=int, default=1, help="scenarios side by side")
    p.add_argument("--repeat", type=int, default=1, help="how often each runs")
    p.add_argument("--short", action="store_true", help="the first variant of each scenario alone")
    p.add_argument("--child")
    p.add_argument("--variant", default="")
    a = p.parse_args()
    if a.child:
        return child(a.child, a.variant, a.logs)

    every = list(scenarios())
    if a.short:
        every = [next(rows) for _, rows in itertools.groupby(every, key=lambda row: row[0])]
    if a.list:
        print("\n".join(title(n, v) for n, v, _ in every))
        return 0
    known = {title(n, v) for n, v, _ in every} | {n for n, _, _ in every}
    for name in a.names:
        if name not in known:
            print(f"run.py: no scenario {name}; run.py --list names them", file=sys.stderr)
            return 2
    if os.geteuid() != 0:
        print("run.py: network namespaces need root", file=sys.stderr)
        return 2
    for program in (harness.ROMOND, harness.ROMONCTL):
        if not os.access(program, os.X_OK):
            print(f"FAIL {program} is not there: run scripts/build")
            return 1

    signal.signal(signal.SIGTERM, stopped)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that put us behind ignores it, and so would all of ours
    wanted = [(n, v) for n, v, _ in every if not a.names or n in a.names or title(n, v) in a.names]
    count = {"ok": 0, "FAIL": 0, "skip": 0}
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        jobs = {pool.submit(run, n, v, os.path.join(a.logs, title(n, v) + (f".{i}" if i else ""))): title(n, v)
                for i in range(a.repeat) for n, v in wanted}
        for job in concurrent.futures.as_completed(jobs):
            tell(jobs[job], *job.result(), count)
    print(f"netns: {count['ok']} ok, {count['FAIL']} FAIL, {count['skip']} skip; logs in {a.logs}")
    return 1 if count["FAIL"] else 0


sys.exit(main())
