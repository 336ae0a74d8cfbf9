# SPDX-License-Identifier: BSD-3-Clause
"""Routers for scenarios: a romond that offers ssh, a real sshd behind it, and tests/common/routeros_agent.py as the only command there.

    ask ---- each of the routers, by a wire of its own
"""
import json
import os
import subprocess
import sys

from harness import ROMONCTL, ROOT, sh, wait

AGENT = os.path.join(ROOT, "tests", "common", "routeros_agent.py")
ASK = "02:00:00:00:00:01"
V6, V7 = "6.49.10 (long-term)", "7.13.2 (stable)"


def id_of(n):
    return f"02:00:00:00:01:{n:02x}"


class Routers:
    """profiles: identity and what else the agent takes; "shell" is an ordinary Linux box with this romond on it."""

    def __init__(self, net, profiles, by_password=False):
        self.net, self.folder, self.by_password = net, os.path.join(net.dir, "ssh"), by_password
        os.makedirs(self.folder, mode=0o700)
        os.makedirs("/run/sshd", exist_ok=True)
        for name in ("user", "host"):
            sh("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{self.folder}/{name}")
        sh("cp", f"{self.folder}/user.pub", f"{self.folder}/authorized_keys")
        self.config = f"{self.folder}/config"
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(f"Host *\n  User root\n  IdentityFile {self.folder}/user\n  IdentitiesOnly yes\n"
                    f"  UserKnownHostsFile {self.folder}/known_hosts\n")
        self.ask_box = net.box("ask")
        self.boxes = [self.router(n, p) for n, p in enumerate(profiles, 1)]
        ports = {f"p{n}": {"device": f"if{n}"} for n in range(1, len(profiles) + 1)}
        self.ask = net.romond(self.ask_box, "ask", {"romon": {"id": ASK, "identity": "ask", "role": "master"},
                                                    "discovery": {"interval": "1s"}, "ports": ports})
        self.nodes = [net.romond(box, f"r{n}", self.romond_config(n, p))
                      for n, (box, p) in enumerate(zip(self.boxes, profiles), 1)]
        wait(lambda: len([r for r in self.ask.ctl("nodes") if r["reachable"]]) == len(profiles), "all are found", deadline=60)

    @staticmethod
    def romond_config(n, profile):
        return {"romon": {"id": id_of(n), "identity": profile["identity"]}, "ports": {"p": {"device": "to-ask"}},
                "services": {"ssh": {"enabled": True, "to": "127.0.0.1:22"}}}

    def router(self, n, profile):
        box = self.net.box(f"r{n}")
        self.net.wire(self.ask_box, f"if{n}", box, "to-ask")
        box.sh("ip", "link", "set", "lo", "up")
        folder = os.path.join(self.net.dir, f"files{n}")
        os.makedirs(folder)
        self.trouble(n, profile, profile.get("trouble", ""))
        forced = "" if profile.get("shell") else f"ForceCommand {sys.executable} {AGENT} {self.net.dir}/profile{n}.json\n"
        environment = f"SetEnv PATH={os.path.dirname(ROMONCTL)}:/usr/bin:/bin ROMOND_SOCKET={self.net.dir}/r{n}.sock\n"
        with open(f"{self.folder}/sshd{n}", "w", encoding="utf-8") as f:
            f.write(f"ListenAddress 127.0.0.1:22\nHostKey {self.folder}/host\nAuthorizedKeysFile {self.folder}/authorized_keys\n"
                    f"PidFile {self.folder}/sshd{n}.pid\nUsePAM no\nStrictModes no\nMaxStartups 300\nPermitRootLogin yes\n"
                    f"PasswordAuthentication {'yes' if self.by_password else 'no'}\n"
                    f"Subsystem sftp /usr/lib/openssh/sftp-server\n{forced}{environment}")
        self.net.process(box, "/usr/sbin/sshd", "-D", "-e", "-f", f"{self.folder}/sshd{n}", log=f"sshd{n}.log")
        wait(lambda: b":22" in subprocess.run(box.argv("ss", "-ltn"), stdout=subprocess.PIPE, check=True).stdout, "sshd listens")
        return box

    def trouble(self, n, profile, trouble):
        """Give router n its profile, with this trouble."""
        with open(f"{self.net.dir}/profile{n}.json", "w", encoding="utf-8") as f:
            json.dump({"version": V7, **profile, "folder": os.path.join(self.net.dir, f"files{n}"), "trouble": trouble}, f)

    def argv(self, command, *words):
        return [ROMONCTL, "-s", self.ask.socket_path, "-o", "json", command, "--ssh-config", self.config, "--accept-new", *words]

    def run(self, command, *words, **kw):
        """Exit code, answer as JSON (or text), standard error."""
        done = subprocess.run(self.argv(command, *words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=300, check=False, **kw)
        text = done.stdout.decode()
        try:
            return done.returncode, json.loads(text), done.stderr.decode()
        except ValueError:
            return done.returncode, text, done.stderr.decode()
