# SPDX-License-Identifier: BSD-3-Clause
"""OpenSSH, unmodified, through five romond in a row with no IP between them: commands, copies, and what goes wrong.

    n1 ---- n2 ---- n3 ---- n4 ---- n5        n5's sshd listens on its own 127.0.0.1:22 alone
"""
import hashlib
import os
import subprocess

from harness import ROMONCTL, check, equal, sh, wait

NAMES = [f"n{i}" for i in range(1, 6)]
IDS = {name: f"02:00:00:00:00:0{name[1]}" for name in NAMES}
COPY_BYTES = 20 * 1024 * 1024


def config(name):
    i = NAMES.index(name)
    ports = {f"p{k}": {"device": f"if{k}"} for k in (i, i + 1) if 0 < k < len(NAMES)}
    return {"romon": {"id": IDS[name], "identity": name}, "ports": ports,
            "services": {"ssh": {"enabled": name == "n5", "to": "127.0.0.1:22"}}}


def keys(net):
    """A user's key, a host key, and sshd's configuration, in a folder of the scenario's."""
    folder = os.path.join(net.dir, "ssh")
    os.makedirs(folder, mode=0o700)
    for name in ("user", "host"):
        sh("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{folder}/{name}")
    sh("cp", f"{folder}/user.pub", f"{folder}/authorized_keys")
    with open(f"{folder}/sshd_config", "w", encoding="utf-8") as f:
        f.write(f"ListenAddress 127.0.0.1:22\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized_keys\n"
                f"PidFile {folder}/sshd.pid\nUsePAM no\nStrictModes no\nPasswordAuthentication no\n"
                "MaxStartups 300\nMaxSessions 300\nSubsystem sftp internal-sftp\n")
    return folder


def ssh_options(net, folder, node):
    with open(f"{folder}/config", "w", encoding="utf-8") as f:
        f.write(f"Host *\n  ProxyCommand {ROMONCTL} -s {node.socket_path} proxy %h\n  IdentityFile {folder}/user\n"
                f"  UserKnownHostsFile {folder}/known_hosts\n  StrictHostKeyChecking accept-new\n  BatchMode yes\n"
                "  LogLevel ERROR\n")
    return ["-F", f"{folder}/config"]


def run(*argv, **kw):
    return subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
                          check=False, **kw)


def scenario(net):
    boxes = {n: net.box(n) for n in NAMES}
    for k in range(1, len(NAMES)):
        net.wire(boxes[f"n{k}"], f"if{k}", boxes[f"n{k + 1}"], f"if{k}")
    nodes = {n: net.romond(boxes[n], n, config(n)) for n in NAMES}
    n1, n5 = nodes["n1"], nodes["n5"]
    folder = keys(net)
    boxes["n5"].sh("ip", "link", "set", "lo", "up")
    os.makedirs("/run/sshd", exist_ok=True)
    net.process(boxes["n5"], "/usr/sbin/sshd", "-D", "-e", "-f", f"{folder}/sshd_config")
    wait(lambda: b":22" in subprocess.run(boxes["n5"].argv("ss", "-ltn"), stdout=subprocess.PIPE, check=True).stdout,
         "sshd listens")
    options = ssh_options(net, folder, n1)

    done = run("ssh", *options, "root@n5", "echo over $((20+22)) hops")
    equal((done.returncode, done.stdout, done.stderr), (0, b"over 42 hops\n", b""), "a command over SSH")

    source = os.path.join(net.dir, "source")
    with open(source, "wb") as f:
        f.write(os.urandom(COPY_BYTES))
    done = run("scp", *options, source, f"root@[n5]:{net.dir}/copy")
    equal((done.returncode, done.stderr), (0, b""), "scp there")
    done = run("scp", *options, f"root@[n5]:{net.dir}/copy", f"{net.dir}/back")
    equal((done.returncode, done.stderr), (0, b""), "scp back")
    sums = [hashlib.sha256(open(p, "rb").read()).hexdigest() for p in (source, f"{net.dir}/copy", f"{net.dir}/back")]
    equal(len(set(sums)), 1, "all three are the same, byte for byte")

    # the same by romonctl itself, and by the names that ssh-config has
    env = dict(os.environ, HOME=folder)
    own = ["-o", f"IdentityFile={folder}/user", "-o", "StrictHostKeyChecking=accept-new", "-o", "LogLevel=ERROR", "-o", "HashKnownHosts=no", "-o",
           f"UserKnownHostsFile={folder}/own_hosts", "-o", "BatchMode=yes"]
    done = run(ROMONCTL, "-s", n1.socket_path, "ssh", "root@N5", *own, "echo", "hello", env=env)
    equal((done.returncode, done.stdout, done.stderr), (0, b"hello\n", b""), "romonctl ssh")
    with open(f"{folder}/own_hosts", encoding="utf-8") as f:
        check(f.read().startswith("romon-02-00-00-00-00-05 "), "the host key is kept under the RoMON id")
    text = run(ROMONCTL, "-s", n1.socket_path, "ssh-config").stdout.decode()
    with open(f"{folder}/hosts", "w", encoding="utf-8") as f:
        f.write(text + f"Host *\n  IdentityFile {folder}/user\n  UserKnownHostsFile {folder}/hosts_known\n"
                "  StrictHostKeyChecking accept-new\n  BatchMode yes\n  LogLevel ERROR\n")
    for host in ("romon/n5", "n5.romon", "romon/02-00-00-00-00-05"):
        done = run("ssh", "-F", f"{folder}/hosts", f"root@{host}", "echo", "hello")
        equal((done.returncode, done.stdout), (0, b"hello\n"), f"ssh {host}: {done.stderr.decode()}")
    done = run("sftp", "-q", "-F", f"{folder}/hosts", "-b", "/dev/null", "root@n5.romon")
    equal(done.returncode, 0, f"sftp: {done.stderr.decode()}")
    wait(lambda: n1.ctl("streams") == [] and n5.ctl("streams") == [], "nothing is left open")
