# SPDX-License-Identifier: BSD-3-Clause
"""A copy of the tree, out of the tree: what is built and tested there with one line changed."""
import filecmp
import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import cover

BUILDS = {
    # what is read before it is written does not compile in the ordinary build either
    "build": ["-Doptimization=1", "-Ddebug=false", "-Dwerror=false", f"-Dc_args={cover.C_ARGS} -Werror=uninitialized",
              f"-Dc_link_args={cover.LINK_ARGS}"],
    "build-asan": ["-Dbuildtype=debugoptimized", "-Db_sanitize=address,undefined", "-Db_lundef=false", "-Dwerror=false"],
}
SUITES = ("unit", "fuzz", "sim")
# Gates of figures and whole-program tests, which say nothing of a line, or are of another compiler's code.
LEFT_OUT = {"instructions", "romon_model", "romon_auth", "make_pcap", "rawsock"}
BUILD_LIMIT_S = 3600
ROMOND = "app/romond/romond"
LEFT_OUT_MAX = 5  # tests that fail by themselves: of more the tree is to blame
SKIPPED = 77  # exit status of a test that cannot run here


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
        self.cover = cover.Cover(os.path.join(folder, "cover"))
        self.env = dict(os.environ, CC="clang", ASAN_OPTIONS="detect_leaks=1:fast_unwind_on_malloc=1",
                        UBSAN_OPTIONS="halt_on_error=1", ROMOND_BUILD=os.path.join(self.tree, "build"),
                        LLVM_PROFILE_FILE="/dev/null", SUITE_STOP="1",
                        LSAN_OPTIONS=f"suppressions={root}/tests/common/lsan.supp:print_suppressions=0")
        if shutil.which("ld.lld"):
            self.env["CC_LD"] = "lld"  # most of a mutant's time would go to the linker
        self._tests = {}
        self.left_out = set()  # tests that fail without any mutation

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
        if not os.path.exists(os.path.join(self.tree, build, "build.ninja")):
            status, out = run(["meson", "setup", build, *BUILDS[build]], BUILD_LIMIT_S, cwd=self.tree, env=self.env)
            if status != 0:
                raise Trouble(f"meson setup {build}:\n{out[-2000:]}")
        self.ninja(build, ["build.ninja"])  # configured anew, if there are other tests now

    def _for_the_kernel(self, build):
        """Objects that programs load as they run: nothing that is linked depends on them."""
        out = subprocess.run(["meson", "introspect", "--targets", build], cwd=self.tree, check=True, stdout=subprocess.PIPE)
        prefix = os.path.join(self.tree, build) + "/"
        return {f[len(prefix):] for t in json.loads(out.stdout) if t["type"] == "custom" for f in t["filename"]
                if f.startswith(prefix) and f.endswith(".o")}

    def build_or_fail(self, build, names):
        if not self.ninja(build, sorted({self.tests(build)[n][2] for n in names} | self._for_the_kernel(build) | {ROMOND})):
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

    # ---- tests

    def _argv(self, build, name):
        argv, _, _ = self.tests(build)[name]
        return [*argv[:1], "--seeds", "1..8"] if name == "sim" else argv

    def _one(self, build, name, limit_s, **env):
        _, test_env, _ = self.tests(build)[name]
        return run(self._argv(build, name), limit_s, cwd=os.path.join(self.tree, build), env=dict(self.env, **test_env, **env))

    def linking(self, build, paths):
        """Tests whose program is made of one of these files; all, when there is a header among them."""
        wanted = {f"../{p}" for p in paths}
        names = []
        for name, (_, _, target) in self.tests(build).items():
            out = subprocess.run(["ninja", "-C", build, "-t", "inputs", target], cwd=self.tree, check=True,
                                 stdout=subprocess.PIPE).stdout.decode()
            if wanted & {line.strip() for line in out.split("\n")} or any(p.endswith(".h") for p in paths):
                names.append(name)
        return names

    def begin(self, is_new, paths):
        """Copy the tree, build what is made of these files, see what each test runs, and that it passes."""
        if is_new:
            self.sync()
        self.setup("build")
        names = self.linking("build", paths)
        self.build_or_fail("build", names)
        stale = [n for n in names if not self.cover.load(n, self._digest(n))]
        with ThreadPoolExecutor(self.jobs) as pool:
            list(pool.map(self._look, stale))

    def _digest(self, name):
        argv = self._argv("build", name)
        return cover.digest([a for a in argv if os.path.exists(a)])

    def _look(self, name):
        print(f"what {name} runs", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as scratch:
            for _ in range(2):
                begin = time.monotonic()
                status, out = self._one("build", name, 600, LLVM_PROFILE_FILE=f"{scratch}/%p%c.profraw")
                seconds = time.monotonic() - begin
                if status in (0, SKIPPED):
                    break
            else:
                self._leave_out(name, out)
                return
            merged = f"{scratch}/profdata"
            export = [cover.llvm("llvm-cov"), "export", "-format=lcov", f"-instr-profile={merged}", self._argv("build", name)[0]]
            subprocess.run([cover.llvm("llvm-profdata"), "merge", "-sparse", "-o", merged, *glob.glob(f"{scratch}/*.profraw")],
                           check=True)
            lcov = subprocess.run(export, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode()
        self.cover.keep(name, self._digest(name), seconds, cover.lines_run(lcov, self.tree))

    def _leave_out(self, name, out):
        """A test that fails twice without any mutation, of its times on a busy machine say, cannot notice one."""
        print(f"left out: {name} fails without any mutation:\n{out[-2000:]}", file=sys.stderr, flush=True)
        self.left_out.add(name)
        if len(self.left_out) > LEFT_OUT_MAX:
            raise Trouble(f"{len(self.left_out)} tests fail without any mutation")

    def baseline(self, names):
        """See that these pass unchanged under sanitizers."""
        self.setup("build-asan")
        self.build_or_fail("build-asan", names)
        with ThreadPoolExecutor(self.jobs) as pool:
            for name, failed in zip(names, pool.map(lambda n: self.fails("build-asan", n), names)):
                if failed:
                    self._leave_out(name, "under sanitizers")

    def fails(self, build, name):
        """Does a test fail twice (once may be chance on a busy machine), or hang? "", "name" or "name (hang)"."""
        limit_s = 10 + (3 if build == "build" else 20) * self.cover.seconds(name)
        for _ in range(2):
            status, _ = self._one(build, name, limit_s)
            if status is None:
                return f"{name} (hang)"
            if status in (0, SKIPPED):
                return ""
        return name

    def first_failure(self, build, names):
        """Build and run tests in order, a few at a time: who failed, "" when all pass; None when it does not compile."""
        for i in range(0, len(names), self.jobs):
            some = names[i:i + self.jobs]
            if not self.ninja(build, sorted({self.tests(build)[n][2] for n in some})):
                return None
            with ThreadPoolExecutor(self.jobs) as pool:
                failed = [x for x in pool.map(lambda n: self.fails(build, n), some) if x]
            if failed:
                return failed[0]
        return ""

    def scenario_fails(self, name):
        argv = ["/usr/bin/python3", os.path.join(self.tree, "tests/netns/run.py"), name]
        # one that fails by chance on a busy machine would count as a catch: it has to fail twice
        return all(run(argv, 600, env=self.env)[0] != 0 for _ in range(2))
