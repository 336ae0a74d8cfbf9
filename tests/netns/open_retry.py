# SPDX-License-Identifier: BSD-3-Clause
"""A port that cannot be opened says why and what to do, once; it is tried less and less often, and at once when its
interface changes.

    tester ---- eth0 [romond, port west]
"""
import os
import resource
import subprocess

import bpf
from harness import ROMOND, Skip, check, equal, sh, wait

VARIANTS = {name: {"what": name} for name in (
    "locked-memory", "capability", "foreign-program", "absent", "read-only-run", "prefix-taken", "tmp-of-others")}


class Confined:
    """A box whose processes start behind a program that takes something from them."""

    def __init__(self, box, *prefix):
        self.box, self.prefix, self.name = box, prefix, box.name

    def argv(self, *argv):
        return self.box.argv(*self.prefix, *argv)

    def sh(self, *argv):
        return self.box.sh(*argv)


PORT = {"ports": {"west": {"device": "eth0"}}}


def dpdk_lines(node):
    words = ("EAL:", "vdev_probe", "rte_pmd", "init_", "mmap failed", "eth_")
    return [line for line in node.log_text().splitlines() if any(w in line for w in words)]


def absent(node, name, *texts):
    """The port is absent, with this errno and these words."""
    wait(lambda: node.port("west")["error-name"] == name, f"west is absent with {name}")
    row = node.port("west")
    equal(row["state"], "absent", "state")
    for text in texts:
        check(text in row["error"], f"the reason says {text!r}: {row['error']}")
    return row


def backs_off(node, n=4):
    """n tries failed; the reason stands in the log once, and so do DPDK's lines."""
    wait(lambda: node.port("west")["tries"] >= n, f"{n} tries", 30)
    reason = node.port("west")["error"]
    times = node.log_text().count(reason[:100])
    equal(times, 2, f"lines with the reason (a warning and an event): {node.log_tail()}")
    check(len(dpdk_lines(node)) <= 12, f"DPDK's lines: {dpdk_lines(node)}")
    kinds = [e["type"] for e in node.ask("events", since=0)["rows"]]
    equal(kinds.count("port-failed"), 1, f"events port-failed of {kinds}")


def opens_when_touched(node, box):
    box.sh("ip", "link", "set", "eth0", "mtu", "1400")
    wait(lambda: node.port("west")["state"] == "up", "west opens when its interface changes", 3)


def locked_memory(net, box):
    confined = Confined(box, "setpriv", "--bounding-set", "-ipc_lock", "--inh-caps", "-ipc_lock", "prlimit", "--memlock=65536:")
    node = net.romond(confined, "node", {**PORT, "log": {"level": "info"}}, up=False)
    absent(node, "ENOBUFS", "AF_PACKET needs 4096 KiB of locked memory", "the limit is 64 KiB", "LimitMEMLOCK=")
    check("AF_PACKET as well as AF_XDP, and the limit is 64 KiB" in node.log_text(), "preflight says it of both drivers")
    backs_off(node)
    hard = resource.getrlimit(resource.RLIMIT_MEMLOCK)[1]
    if hard != resource.RLIM_INFINITY and hard < 6 << 20:
        raise Skip("the hard limit of locked memory is too low to raise the soft one")
    sh("prlimit", "--pid", str(node.ask("status")["pid"]),
       f"--memlock={'unlimited' if hard == resource.RLIM_INFINITY else hard}:")
    opens_when_touched(node, box)


def capability(net, box):
    confined = Confined(box, "setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw")
    node = net.romond(confined, "node", {**PORT, "log": {"level": "info"}}, up=False)
    absent(node, "EPERM", "NET_RAW")
    backs_off(node)


def foreign_program(net, box):
    link = bpf.attach(bpf.program(bpf.XDP_PASS), "box", "eth0")
    node = net.romond(box, "node", {"ports": {"west": {"device": "eth0", "driver": "af-xdp"}}, "log": {"level": "info"}},
                      up=False)
    absent(node, "EBUSY", "another XDP program (somebody, id ")
    backs_off(node)
    os.close(link)
    opens_when_touched(node, box)
    equal(node.port("west")["error"], None, "error")


def absent_interface(net, box):
    box.sh("ip", "link", "del", "eth0")
    node = net.romond(box, "node", {**PORT, "log": {"level": "info"}}, up=False)
    absent(node, "ENODEV", "there is no interface eth0 yet")
    net.end(box, "eth0")
    node.wait_up()
    equal(dpdk_lines(node), [], "lines of DPDK")


def refuses(box, node, *texts, env=None, prefix=()):
    r = subprocess.run(box.argv(*prefix, ROMOND, "-c", node.config_path), capture_output=True, text=True, timeout=30, env=env,
                       check=False)
    check(r.returncode != 0, "romond refuses to start")
    for text in texts:
        check(text in r.stderr, f"it says {text!r}: {r.stderr}")
    check("another romond" not in r.stderr, f"it blames nobody else: {r.stderr}")


def scenario(net, what):
    box = net.box("box")
    net.end(box, "eth0")
    if what in ("read-only-run", "prefix-taken", "tmp-of-others"):
        node = net.romond(box, "node", PORT)
        if what == "prefix-taken":
            refuses(box, node, f"process {node.ask('status')['pid']} runs with file-prefix")
        elif what == "read-only-run":
            node.stop()
            sh("mkdir", "-p", "/run/dpdk")
            sh("mount", "-t", "tmpfs", "-o", "mode=700,ro", "none", "/run/dpdk")
            refuses(box, node, "/run/dpdk", "Read-only file system", "RUNTIME_DIRECTORY")
        else:
            node.stop()
            # DPDK of a user without XDG_RUNTIME_DIR would take over what an attacker has prepared
            # (mounted there alone: what is tested may itself lie somewhere below /tmp)
            os.makedirs("/tmp/dpdk", exist_ok=True)
            sh("mount", "-t", "tmpfs", "none", "/tmp/dpdk")
            os.chown("/tmp/dpdk", 1234, 1234)
            os.chown(node.config_path, 65534, 65534)
            os.chmod(node.net.dir, 0o1777)  # a file of his own there is trusted, by the sticky bit
            env = {k: v for k, v in os.environ.items() if k not in ("XDG_RUNTIME_DIR", "RUNTIME_DIRECTORY")}
            refuses(box, node, "/tmp/dpdk, where DPDK would keep its files, belongs to somebody else", "XDG_RUNTIME_DIR",
                    env=env, prefix=("setpriv", "--reuid", "65534", "--clear-groups"))
            sh("umount", "/tmp/dpdk")
            if not os.listdir("/tmp/dpdk"):
                os.rmdir("/tmp/dpdk")
        return
    {"locked-memory": locked_memory, "capability": capability, "foreign-program": foreign_program,
     "absent": absent_interface}[what](net, box)
