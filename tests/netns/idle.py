# SPDX-License-Identifier: BSD-3-Clause
"""A worker without frames waits in the kernel (workers.idle: interrupt): it makes no turn, costs nothing, and is there at once for a
frame, for what control sends, for a reload and for the end; nobody takes it for stuck.

            +-------- box --------+
    end a --+ eth0   port west    |
    end b --+ eth1   port east    |
            +---------------------+
"""
import os
import time

from harness import check, data_load, equal, model_of, wait

VARIANTS = {"af-xdp": {"driver": "af-xdp"}, "af-packet": {"driver": "af-packet"}}
QUIET_S = 10
N_FRAMES = 100


def worker_task(pid):
    """The folder of the worker's thread in /proc."""
    for tid in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{tid}/comm", encoding="ascii") as f:
            if "worker" in f.read():
                return f"/proc/{pid}/task/{tid}"
    raise AssertionError("no thread of a worker")


def switches(task):
    """How often the thread fell asleep."""
    with open(f"{task}/status", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("voluntary_ctxt_switches"))


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def scenario(net, driver):
    box = net.box("box")
    a, b = net.end(box, "eth0"), net.end(box, "eth1")
    node = net.romond(box, "node", {
        "romon": {"id": "02:00:00:00:00:01", "role": "agent"},
        "ports": {"west": {"device": "eth0", "link-id": 1, "driver": driver},
                  "east": {"device": "eth1", "link-id": 2, "driver": driver}},
    })
    pid = node.process.pid
    task = worker_task(pid)
    load, leaves = data_load(model_of(node), "west", 2)
    a.only_romon()

    def waits():
        """It made no turn while we looked twice."""
        before = switches(task)
        time.sleep(0.2)
        return switches(task) == before

    wait(waits, "the worker waits")
    before, cpu = switches(task), cpu_s(pid)
    time.sleep(QUIET_S)
    slept, cpu = switches(task) - before, cpu_s(pid) - cpu
    print(f"{QUIET_S} s without frames: the worker woke {slept} times, CPU {100 * cpu / QUIET_S:.2f} %")
    check(slept <= 2, f"wake-ups in {QUIET_S} s: {slept}")
    equal([w["stuck"] for w in node.ctl("workers")], [False], "stuck")

    # each frame finds it asleep, and leaves
    late = []
    for n in range(N_FRAMES):
        wait(waits, "the worker waits") if n % 20 == 0 else time.sleep(0.03)
        begin = time.monotonic()
        a.send(load.pack())
        while b.recv()[:-4] != leaves[:-4]:
            pass
        late.append(time.monotonic() - begin)
    late.sort()
    print(f"first frames: P50 {1e6 * late[N_FRAMES // 2]:.0f} us, P99 {1e6 * late[N_FRAMES * 99 // 100]:.0f} us, with ours to send and hear")

    # what control sends, a reload, and an end that wait for a worker do not wait
    wait(waits, "the worker waits")
    config = node.config
    config["ports"]["east"]["cost"] = 77
    node.write(config)
    equal(node.ctl("reload")["applied"], True, "reload")
    wait(waits, "the worker waits")
    a.only_romon()
    node.ctl("discover", "--once", "--duration", "1s", exit_code=1)
    check(a.recv() is not None, "a Discover of ours leaves")
    wait(waits, "the worker waits")
    begin = time.monotonic()
    node.stop()
    print(f"end after {time.monotonic() - begin:.2f} s")
