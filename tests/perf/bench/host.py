# SPDX-License-Identifier: BSD-3-Clause
"""The machine: what it is, how much of its time the hypervisor took, its hugepages."""
import os
import platform
import re
import subprocess
import time

from bench import places

NR_HUGEPAGES = "/proc/sys/vm/nr_hugepages"
COMPACT, DROP_CACHES = "/proc/sys/vm/compact_memory", "/proc/sys/vm/drop_caches"
SIMD_FLAGS = ("sse4_2", "avx2", "avx512f", "avx512bw", "avx512vl", "vaes", "gfni", "constant_tsc", "nonstop_tsc")


def read(path, default=""):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read().strip()
    except OSError:
        return default


def first_line(*argv):
    """What a program says first, or nothing."""
    try:
        r = subprocess.run(argv, capture_output=True, text=True, cwd=places.ROOT, check=False, timeout=20)
    except OSError:
        return ""
    return r.stdout.strip().splitlines()[0] if r.returncode == 0 and r.stdout.strip() else ""


def cpu_times():
    """(all, stolen) jiffies of all CPUs since boot."""
    words = [int(w) for w in read("/proc/stat").splitlines()[0].split()[1:9]]
    return sum(words), words[7]


class Steal:
    """Share of CPU time that the hypervisor gave to somebody else since it was made."""

    def __init__(self):
        self.start = cpu_times()

    def share(self):
        total, stolen = (now - then for now, then in zip(cpu_times(), self.start))
        return stolen / total if total else 0.0


def busy_share(seconds=0.3):
    """Share of all CPU time that is in use while we sleep: what else runs here."""
    def idle_of():
        words = [int(w) for w in read("/proc/stat").splitlines()[0].split()[1:9]]
        return sum(words), words[3] + words[4]
    before = idle_of()
    time.sleep(seconds)
    total, idle = (now - then for now, then in zip(idle_of(), before))
    return 1 - idle / total if total else 0.0


def on_cpu_ns(pid):
    """{thread: nanoseconds that it ran}."""
    out = {}
    for task in os.listdir(f"/proc/{pid}/task"):
        words = read(f"/proc/{pid}/task/{task}/schedstat").split()
        if words:
            out[task] = int(words[0])
    return out


def rss_kib(pid):
    """Resident memory of a process that is its own, hugepages included. Pages of files and of shared memory come and go
    with the kernel's mood (DAMON), not with what the process asks for."""
    status = read(f"/proc/{pid}/status")
    return sum(int(m) for m in re.findall(r"^(?:RssAnon|HugetlbPages):\s+(\d+) kB", status, re.M))


def build_options(build):
    """Compiler and options of a meson build folder."""
    log = read(os.path.join(build, "meson-logs", "meson-log.txt"))
    compiler = re.search(r"C compiler for the host machine: .*\"(.*)\"", log)
    options = read(os.path.join(build, "meson-info", "intro-buildoptions.json"))
    found = dict(re.findall(r'"name": "(buildtype|optimization|b_sanitize|b_lto|c_args)".*?"value": ("[^"]*"|\[[^]]*\]|\w+)',
                            options))
    return {"compiler": compiler.group(1) if compiler else "", **{k: v.strip('"') for k, v in found.items()}}


def record(build):
    """What JSON keeps about where and with what a run was made."""
    cpuinfo = read("/proc/cpuinfo")
    flags = set(re.search(r"^flags\s*:\s*(.*)$", cpuinfo, re.M).group(1).split()) if "flags" in cpuinfo else set()
    model = re.search(r"^model name\s*:\s*(.*)$", cpuinfo, re.M)
    mhz = re.search(r"^cpu MHz\s*:\s*(.*)$", cpuinfo, re.M)
    dirty = first_line("git", "status", "--porcelain", "--untracked-files=no")
    return {
        "cpu": model.group(1) if model else "", "cpus": os.cpu_count(), "cpu-mhz": float(mhz.group(1)) if mhz else 0,
        "flags": [f for f in SIMD_FLAGS if f in flags], "is-virtual": "hypervisor" in flags,
        "caches": [w.strip() for w in first_cache_lines()], "kernel": platform.release(),
        "clocksource": read("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
        "governor": read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "none"),
        "memory-kib": int(re.search(r"MemTotal:\s+(\d+)", read("/proc/meminfo")).group(1)),
        "hugepages": int(read(NR_HUGEPAGES, "0") or 0), "load": read("/proc/loadavg"),
        "git": first_line("git", "rev-parse", "HEAD") + ("+changes" if dirty else ""),
        "dpdk": first_line("pkg-config", "--modversion", "libdpdk"),
        "ovs": first_line("ovs-vsctl", "--version"), "build": build_options(build),
        "burst": places.BURST, "mbufs": places.MBUFS, "descriptors": places.DESCRIPTORS,
    }


def first_cache_lines():
    base = "/sys/devices/system/cpu/cpu0/cache"
    for index in sorted(os.listdir(base)) if os.path.isdir(base) else []:
        if index.startswith("index"):
            level, kind, size = (read(f"{base}/{index}/{f}") for f in ("level", "type", "size"))
            yield f"L{level} {kind} {size}"


class Hugepages:
    """At least n free hugepages of 2 MiB while it lasts; afterwards as many as there were."""

    def __init__(self, n):
        self.wanted, self.before = n, self.total()

    def __enter__(self):
        for make_room in (None, COMPACT, DROP_CACHES):
            if make_room:
                self.write(1, make_room)
            free = self.free()
            if free < self.wanted:
                self.write(self.total() + self.wanted - free)
            if self.free() >= self.wanted:
                return self
        free = self.free()
        self.write(self.before)
        raise SystemExit(f"bench: needs {self.wanted} hugepages of 2 MiB; the kernel gives {free}")

    def __exit__(self, *_):
        self.write(self.before)

    @staticmethod
    def free():
        return int(re.search(r"HugePages_Free:\s+(\d+)", read("/proc/meminfo")).group(1))

    @staticmethod
    def total():
        return int(read(NR_HUGEPAGES, "0") or 0)

    @staticmethod
    def write(n, path=NR_HUGEPAGES):
        with open(path, "w", encoding="ascii") as f:
            f.write(str(n))
