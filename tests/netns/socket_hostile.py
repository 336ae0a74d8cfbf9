# SPDX-License-Identifier: BSD-3-Clause
"""One local user against the control socket: idle connections, connections by the thousand, clients that read nothing,
half lines, and files that are none. root's `status` is answered all the time, and frames pass.

    end a -- eth0 | box: node | eth1 -- end b      the attacker is nobody, a member of control.group
"""
import ctypes
import os
import resource
import signal
import socket
import time

from attack import Watch, on_disk
from harness import Counter, Failure, Sender, all_arrive, check, data_load, equal, model_of, wait
from peers import NOBODY, Peer, connect_as

RATE = 1000
UID_PLACES = 16  # API_CLIENTS_UID
CHURN = 300  # connections a second


class Churn:
    """Connects and closes, all the time, as nobody, from a process of its own."""

    def __init__(self, path):
        self.pid = os.fork()
        if self.pid == 0:
            try:
                ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
                self._run(path)
            finally:
                os._exit(1)

    @staticmethod
    def _run(path):
        while True:
            start = time.monotonic()
            for _ in range(CHURN // 20):
                with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
                    s.connect(path)
            time.sleep(max(0.0, start + 0.05 - time.monotonic()))

    def stop(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def places_of(node, nobody):
    """All places that nobody may have, each proved by an answer; None while some before are not yet seen to be closed."""
    held = [Peer(node, s) for s in nobody(UID_PLACES)]
    try:
        if all(p.last(p.send("status"))["ok"] for p in held):
            return held
    except (OSError, ValueError, Failure):
        pass
    for p in held:
        p.close()
    return None


def scenario(net):
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    box = net.box("box")
    a, b = (net.end(box, f"eth{i}") for i in range(2))
    config = {"romon": {"id": "02:00:00:00:00:01"}, "control": {"group": "nogroup"},
              "ports": {"west": {"device": "eth0", "link-id": 1}, "east": {"device": "eth1", "link-id": 2}}}
    config.update(on_disk(net, "node"))
    node = net.romond(box, "node", config)
    data, leaves = data_load(model_of(node), "west", 2)
    counter = Counter(b, lambda f: f[:-4] == leaves[:-4])
    sender = Sender(a, [data.pack()], RATE)

    def nobody(n=1):
        return connect_as(node.socket_path, NOBODY, NOBODY, n=n)

    # idle ones: 64, as in the review, and 1,000
    for n in (64, 1000):
        watch = Watch(node)
        held = nobody(n)
        equal(len(held), n, "connections")
        told = [Peer(node, s).line() for s in held[UID_PLACES:]]
        codes = {line["error"]["code"] for line in told}
        check(codes == {"busy"}, f"those beyond {UID_PLACES} are told so: {codes}")
        check(f"too many connections of your uid {NOBODY}: {UID_PLACES} are open already" in told[0]["error"]["message"],
              f"why: {told[0]}")
        watch.stop(f"{n} idle connections", least_s=6)
        for s in held:
            s.close()
    r = node.ctl("status")  # also by romonctl
    equal(r["ports-up"], 2, "ports")

    # one after the other, as fast as they come, beside half lines and clients that read nothing
    watch = Watch(node)
    deaf = [Peer(node, s) for s in nobody(UID_PLACES // 2)]
    for p in deaf:
        try:
            for _ in range(200):
                p.send("events", count=1024)
                p.send("drops", all=True)
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            pass  # closed, for all that it left unread
    half = nobody(2)
    for s in half:
        s.send(b'{"v":1,"id":1,"cmd":')
    churn = Churn(node.socket_path)
    watch.stop("connections, half lines and deaf clients", least_s=6)
    churn.stop()
    for s in half + [p.sock for p in deaf]:
        s.close()

    # streams: the last places are root's
    far = "02:0e:00:00:00:99"
    for cmd, args in (("torch", {"port": "west"}), ("ping", {"id": far}), ("discover", {})):
        held = wait(lambda: places_of(node, nobody), "what nobody closed is seen to be closed")
        for p in held:
            p.send(cmd, **args)
        node.ask("status")
        root = Peer(node)
        check(root.ask(cmd, **args)["ok"], f"{cmd} of root beside {UID_PLACES} of nobody")
        root.close()
        for p in held:
            p.close()

    # files that are none, by root's own hand: each is named, none is waited for
    root = Peer(node)
    fifo, huge, link = (os.path.join(net.dir, n) for n in ("fifo", "huge", "link"))
    os.mkfifo(fifo)
    with open(huge, "wb") as f:
        f.truncate(1 << 40)
    os.symlink(fifo, link)
    kinds = {fifo: "is a FIFO or pipe", link: "is a FIFO or pipe", huge: "is larger than 1048576 bytes",
             "/dev/zero": "is a device", "/dev/tty": "is a device", net.dir: "is a directory",
             node.socket_path: "is a socket", "/nowhere": "cannot be read"}
    watch = Watch(node)
    own = node.config_path
    for path, word in kinds.items():
        try:
            fd = os.open(path, os.O_RDWR | os.O_NONBLOCK if path == fifo else os.O_RDONLY | os.O_NONBLOCK)
        except OSError:
            fd = os.open(path, os.O_PATH) if os.path.exists(path) else None
        if fd is not None:
            answer = root.ask("config-diff", fds=[fd], path=path)
            check(not answer["ok"] and answer["error"]["code"] == "invalid-config", f"{path}: {answer}")
            os.close(fd)
        # as the file that romond runs on: by SIGHUP and by command
        os.rename(own, own + ".kept")
        os.symlink(path, own)
        answer = node.ask_raw("reload")
        equal(answer["error"]["code"], "invalid-config", f"reload of {path}")
        check(word in answer["error"]["issues"][0]["text"], f"reload of {path}: {answer}")
        n = node.log_text().count("reload failed")
        node.signal(signal.SIGHUP)
        wait(lambda n=n: node.log_text().count("reload failed") > n, f"SIGHUP on {path}")
        os.unlink(own)
        os.rename(own + ".kept", own)
        # as a file of secrets, and as a hook
        node.write({**config, "romon": {**config["romon"], "secrets-file": path}})
        check(not node.ask_raw("reload")["ok"], f"{path} as a file of secrets")
        node.write({**config, "events": {"exec": path}})
        check(node.ask_raw("reload")["ok"], f"{path} as a hook is no reason not to run")
        node.write(config)
        node.ask("reload")
    watch.stop("files that are none", least_s=6)
    root.close()
    all_arrive(node, "west", sender, counter, "node")
    node.balanced()
