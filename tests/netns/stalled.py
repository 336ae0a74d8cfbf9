# SPDX-License-Identifier: BSD-3-Clause
"""One thread of romond stands still, as on a machine that gives it no CPU: the others go on, and nothing is lost that
romond had room for.

            +--------- box ---------+
    end a --+ eth0   port a         |    Data from a to b all the time
    end b --+ eth1   port b         |
            +-----------------------+

control: the thread that answers people is held for 5 s of the load; workers forward on. worker: the thread that forwards
is held for 0.1 s and for 1 s of the load; what waits in the device meanwhile is forwarded after.
"""
import contextlib
import ctypes
import os

from harness import Counter, Failure, Sender, all_arrive, check, data_load, equal, model_of, wait

VARIANTS = {"control": {"thread": "control"}, "worker": {"thread": "worker"}}
RATE = 500  # frames a second: what waits for a second fits the rings of AF_XDP and AF_PACKET
CONTROL_S = 5
WORKER_S = (0.1, 1.0)

SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17
ANY_THREAD = 0x40000000  # __WALL
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request, tid):
    if libc.ptrace(request, tid, None, None) != 0:
        raise Failure(f"ptrace {request:#x} of thread {tid}: {os.strerror(ctypes.get_errno())}")


@contextlib.contextmanager
def held(tid):
    """The thread does not run."""
    ptrace(SEIZE, tid)
    ptrace(INTERRUPT, tid)
    os.waitpid(tid, ANY_THREAD)
    try:
        yield
    finally:
        ptrace(DETACH, tid)


def worker_threads(pid):
    """Threads that DPDK started for lcores."""
    out = []
    for tid in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{tid}/comm", encoding="ascii") as f:
            if f.read().startswith(("lcore-worker", "dpdk-worker", "rte-worker")):
                out.append(int(tid))
    return out


def sent_by(ifname):
    """Frames that an interface of the tester has sent."""
    with open("/proc/net/dev", encoding="ascii") as f:
        return next(int(line.split()[9]) for line in f if line.split(":")[0].strip() == ifname)


def load_is_at(pace, number, what):
    wait(lambda: pace() >= number, what, 60)


def scenario(net, thread):
    box = net.box("box")
    a, b = net.end(box, "eth0"), net.end(box, "eth1")
    node = net.romond(box, "node", {
        "romon": {"id": "02:00:00:00:00:01"},
        "ports": {n: {"device": f"eth{i}", "link-id": i + 1} for i, n in enumerate("ab")},
    })
    pid = node.process.pid
    load, leaves = data_load(model_of(node), "a", 2)
    counter = Counter(b, lambda f: f[:-4] == leaves[:-4])
    sender = Sender(a, [load.pack()], RATE)
    load_is_at(lambda: len(counter.seen), 100, "the load flows")

    if thread == "control":
        at = len(counter.seen)
        with held(pid):
            load_is_at(lambda: len(counter.seen), at + CONTROL_S * RATE, "workers forward while control stands still")
        node.ask("status")
    else:
        workers = worker_threads(pid)
        equal(len(workers), 1, f"threads of workers: {os.listdir(f'/proc/{pid}/task')}")
        for seconds in WORKER_S:
            with held(workers[0]):
                came = len(counter.seen)
                begin = sent_by(a.ifname)
                load_is_at(lambda: sent_by(a.ifname), begin + int(seconds * RATE), "the load goes on while the worker stands still")
                node.ask("status")  # who asks is answered
                stood = len(counter.seen) - came
            load_is_at(lambda n=came: len(counter.seen), came + int(seconds * RATE), "what waited is forwarded")
            # a burst that was on its way when the worker was caught, no more
            check(stood <= 64, f"{stood} frames were forwarded while the worker stood still")
    all_arrive(node, "a", sender, counter, f"the load, while the {thread} thread stood still")
    check(not any(e["type"] in ("port-down", "neighbor-down") for e in node.ask("events", since=0)["rows"]),
          "nobody is judged for it")
    node.balanced()
