# SPDX-License-Identifier: BSD-3-Clause
"""A control group that allows less memory than romond needs: it says so before it starts, and is not killed without a word.

   eth0 (a)  node
"""
import os
import re
import subprocess

from harness import ROMONCTL, ROMOND, Skip, check, equal, wait

MIB = 1024 * 1024
GROUPS = [("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")]


class Group:
    """A control group of ours."""

    def __init__(self):
        name = os.urandom(4).hex()
        for mount, file in GROUPS:
            self.path = os.path.join(mount, f"romond-test-{name}")
            self.file = os.path.join(self.path, file)
            try:
                os.mkdir(self.path)
            except OSError:
                continue
            if os.path.exists(self.file):
                return
            os.rmdir(self.path)
        raise Skip("no control group for memory can be made here")

    def limit(self, size):
        with open(self.file, "w", encoding="ascii") as f:
            f.write(str(size))

    def argv(self, argv):
        """The command that runs argv in this group."""
        return ["sh", "-c", 'echo $$ >"$0" && exec "$@"', os.path.join(self.path, "cgroup.procs"), *argv]

    def peak(self):
        """Bytes that the group took at most, None where the kernel does not tell."""
        for name in ("memory.max_usage_in_bytes", "memory.peak"):
            path = os.path.join(self.path, name)
            if os.path.exists(path):
                with open(path, encoding="ascii") as f:
                    return int(f.read())
        return None

    def remove(self):
        try:
            os.rmdir(self.path)
        except OSError:
            return False
        return True


def inside(box, *argv):
    """The command in the box, with the host's /sys: `ip netns exec` would hide the control groups."""
    return ["nsenter", f"--net=/run/netns/{box.name}", *argv]


def scenario(net):
    if "ASAN_OPTIONS" in os.environ:
        raise Skip("ASan takes more memory than the limits that are set here")
    box = net.box("box")
    net.end(box, "eth0")
    group = Group()
    try:
        node = net.romond(box, "node", {"ports": {"a": {"device": "eth0"}}, "memory": {"hugepages": "off"}})
        node.stop()

        def run():
            return subprocess.Popen(group.argv(inside(box, ROMOND, "-c", node.config_path)), stdin=subprocess.DEVNULL,
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

        # far too little: an end with a sentence
        group.limit(16 * MIB)
        romond = run()
        text = romond.communicate(timeout=60)[0]
        print(text)
        equal(romond.returncode, 1, "exit status under 16 MiB")
        m = re.search(r"needs (\d+) MiB with \d+ mbufs \((\d+) MiB of these at start\), and (\S+) allows 16 MiB: it would be "
                      r"killed; set memory.mbufs lower, or raise the limit \(MemoryMax=", text)
        check(m is not None, text)
        equal(m.group(3), group.file, "the file that says so")
        need, least = int(m.group(1)), int(m.group(2))

        # enough to start, not enough for all: a warning, of doctor too
        group.limit((least + need) // 2 * MIB)
        romond = run()
        wait(lambda: os.path.exists(node.socket_path) and romond.poll() is None, "it starts")
        ctl = subprocess.run(inside(box, ROMONCTL, "-s", node.socket_path, "doctor"), capture_output=True, text=True,
                             check=False)
        check(re.search(r"^warn +memory limit +romond needs \d+ MiB, and " + re.escape(group.file), ctl.stdout, re.M), ctl.stdout)
        peak = group.peak()
        print(f"needs {need} MiB, {least} MiB at start; took {peak and peak // MIB} MiB")
        check(peak is None or peak >= least * MIB * 0.8, "what is refused would have fitted")
        romond.terminate()
        text = romond.communicate(timeout=60)[0]
        equal(romond.returncode, 0, "exit status under a tight limit")
        check("may be killed when its tables fill" in text, text)
    finally:
        wait(group.remove, "the group is removed")
