# SPDX-License-Identifier: BSD-3-Clause
"""A copy of the tree, out of the tree: what is built and tested there with one line changed."""
import filecmp
import json
import os
import shutil
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

BUILDS = {
    "build": ("gcc", ["-Doptimization=1", "-Ddebug=false", "-Dwerror=false"]),
    "build-asan": ("clang", ["-Dbuildtype=debugoptimized", "-Db_sanitize=address,undefined", "-Db_lundef=false",
                             "-Dwerror=false"]),
}
SUITES = ("unit", "fuzz", "sim")
# Gates of figures and whole-program tests, which say nothing of a line, or are of another compiler's code.
LEFT_OUT = {"instructions", "romon_model", "romon_auth", "make_pcap", "rawsock"}
BUILD_LIMIT_S = 3600


class Trouble(Exception):
    """The tree itself does not build, or does not pass unchanged."""


def run(argv, limit_s, **kw):
    """(exit status or None after limit_s, output). Whatever it started dies with it."""
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          start_new_session=True, **kw) as p:
        try:
            out, _ = p.communicate(timeout=limit_s)
            return p.returncode, out.decode(errors="replace")
        except subprocess.TimeoutExpired:
            return None, ""
        finally:
            try:
                os.killpg(p.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


class Bench:
    """root: the tree; folder: where its copy lives, kept from run to run, so that builds are short."""

    def __init__(self, root, folder, jobs):
        self.root = root
        self.tree = os.path.join(folder, "tree")
        self.jobs = jobs
        self.seconds = {}  # (build, test) -> of the unchanged tree
        self.env = dict(os.environ, ASAN_OPTIONS="detect_leaks=1:fast_unwind_on_malloc=1",
                        UBSAN_OPTIONS="halt_on_error=1", ROMOND_BUILD=os.path.join(self.tree, "build"),
                        LSAN_OPTIONS=f"suppressions={root}/tests/common/lsan.supp:print_suppressions=0")
        self._tests = {}
        self._inputs = {}

    # ---- the copy

    def sync(self):
        """Make the copy what the tree is now; files that are the same keep their time."""
        names = subprocess.run(["git", "-C", self.root, "ls-files", "-co", "--exclude-standard", "-z"], check=True,
                               stdout=subprocess.PIPE).stdout.decode().split("\0")
        names = {n for n in names if n and os.path.isfile(os.path.join(self.root, n))}
        for n in names:
            source, target = os.path.join(self.root, n), os.path.join(self.tree, n)
            if os.path.isfile(target) and filecmp.cmp(source, target, shallow=False):
                continue
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copyfile(source, target)
            shutil.copymode(source, target)
        for folder, folders, files in os.walk(self.tree):
            if folder == self.tree:
                folders[:] = [f for f in folders if f not in BUILDS]
            for f in files:
                path = os.path.join(folder, f)
                if os.path.relpath(path, self.tree) not in names:
                    os.remove(path)

    def read(self, path):
        with open(os.path.join(self.tree, path), encoding="utf-8") as f:
            return f.read()

    def write(self, path, text):
        with open(os.path.join(self.tree, path), "w", encoding="utf-8") as f:
            f.write(text)

    # ---- builds

    def setup(self, build):
        cc, options = BUILDS[build]
        if not os.path.exists(os.path.join(self.tree, build, "build.ninja")):
            status, out = run(["meson", "setup", build, *options], BUILD_LIMIT_S, cwd=self.tree, env=dict(self.env, CC=cc))
            if status != 0:
                raise Trouble(f"meson setup {build}:\n{out[-2000:]}")
        if not self.ninja(build, []):
            raise Trouble(f"the tree does not build in {self.tree}/{build}")

    def ninja(self, build, targets):
        status, _ = run(["ninja", "-C", os.path.join(self.tree, build), f"-j{self.jobs}", *targets], BUILD_LIMIT_S, env=self.env)
        return status == 0

    def tests(self, build):
        """name -> (argv, environment, target) of the tests that may notice a line."""
        if build not in self._tests:
            out = subprocess.run(["meson", "introspect", "--tests", build], cwd=self.tree, check=True, stdout=subprocess.PIPE)
            prefix = os.path.join(self.tree, build) + "/"
            self._tests[build] = {
                t["name"]: (t["cmd"], t["env"], t["cmd"][0][len(prefix):])
                for t in json.loads(out.stdout)
                if t["name"] not in LEFT_OUT and t["cmd"][0].startswith(prefix)
                and any(s.endswith(":" + x) or s == x for s in t["suite"] for x in SUITES)
            }
        return self._tests[build]

    def linking(self, build, path):
        """Tests whose program is made of the file."""
        if build not in self._inputs:
            names = {}
            for name, (_, _, target) in self.tests(build).items():
                out = subprocess.run(["ninja", "-C", build, "-t", "inputs", target], cwd=self.tree, check=True,
                                     stdout=subprocess.PIPE).stdout.decode()
                names[name] = set(line.strip() for line in out.split("\n"))
            self._inputs[build] = names
        if path.endswith(".h"):  # ninja lists no headers: whoever has a source beside it
            folder = f"../{os.path.dirname(path)}/"
            return [n for n, inputs in self._inputs[build].items() if any(i.startswith(folder) for i in inputs)]
        return [n for n, inputs in self._inputs[build].items() if f"../{path}" in inputs]

    # ---- tests

    def _limit(self, build, name):
        return 20 + 8 * self.seconds.get((build, name), 2)

    def _one(self, build, name):
        argv, env, _ = self.tests(build)[name]
        if name == "sim":
            argv = [*argv[:1], "--seeds", "1..8"]
        return run(argv, self._limit(build, name), cwd=os.path.join(self.tree, build), env=dict(self.env, **env))

    def begin(self, is_new, paths, builds):
        """Copy the tree, build it, and see that what links these files passes unchanged."""
        if is_new:
            self.sync()
        for build in builds:
            self.setup(build)
            for path in sorted(set(paths)):
                self.baseline(build, self.linking(build, path))

    def baseline(self, build, names):
        """Run tests unchanged once, to know how long they take."""
        names = [n for n in names if (build, n) not in self.seconds]
        for name in names:
            self.seconds[(build, name)] = 60

        def look(name):
            begin = time.monotonic()
            status, out = self._one(build, name)
            if status != 0:
                raise Trouble(f"{name} fails in {build} without any mutation:\n{out[-2000:]}")
            self.seconds[(build, name)] = time.monotonic() - begin

        with ThreadPoolExecutor(self.jobs) as pool:
            list(pool.map(look, names))

    def first_failure(self, build, names):
        """The name of a test that fails (or hangs: "name (hang)"), or None when all pass."""
        found = []

        def look(name):
            if not found:
                status, _ = self._one(build, name)
                if status != 0:
                    found.append(name if status is not None else f"{name} (hang)")

        with ThreadPoolExecutor(self.jobs) as pool:
            list(pool.map(look, names))
        return found[0] if found else None

    def scenario_fails(self, name):
        argv = ["/usr/bin/python3", os.path.join(self.tree, "tests/netns/run.py"), name]
        # one that fails by chance on a busy machine would count as a catch: it has to fail twice
        return all(run(argv, 600, env=self.env)[0] != 0 for _ in range(2))
