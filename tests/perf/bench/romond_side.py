# SPDX-License-Identifier: BSD-3-Clause
"""romond as a side: a relay group or a node over the same devices as its peers."""
import os

from bench import places, proof
from bench.proc import DpdkSide, Process, wait
import harness

RELAY, NODE = "relay", "node"


def common_config(socket_path, prefix, burst, mbufs):
    """One busy worker, nothing kept, nothing limited that has one limit for both modes."""
    return {
        "romon": {"id": "02:00:00:00:00:01", "identity": "bench"},
        "workers": {"cores": [places.WORKER_CPU], "idle": "busy", "burst": burst},
        "memory": {"hugepages": "on", "mbufs": mbufs},
        "control": {"socket": socket_path, "group": "root"},
        "limits": {"neighbors": 4096, "origins": 4096},
        "state": {"dir": "none"},
        "log": {"level": "warning"},
        "file-prefix": prefix,
    }


def relay_config(socket_path, prefix, burst, mbufs, ports):
    """All ports in one relay group."""
    return {**common_config(socket_path, prefix, burst, mbufs), "relay-groups": {"g": {"ports": ports, "storm-limit": "none"}}}


def node_config(socket_path, prefix, burst, mbufs, ports):
    """All ports node ports; link ids count from 1."""
    config = common_config(socket_path, prefix, burst, mbufs)
    config["ports"] = {name: {**port, "link-id": i + 1} for i, (name, port) in enumerate(ports.items())}
    config["romon"]["flood-hold"] = "0s"
    config["limits"].update({"discover-in": "none", "answers-per-origin": "none"})
    return config


def config_write(path, config):
    """Secrets may be in it: nobody else reads it."""
    with open(path, "w", encoding="utf-8") as f:
        os.fchmod(f.fileno(), 0o600)
        f.write(harness.yaml(config))


class Romond(DpdkSide):
    """One worker, busy polling. extra is merged into its configuration; trials begin once neighbors are known."""

    is_ours = True

    def __init__(self, *args, build, mode, extra=None, neighbors=0, **kw):
        super().__init__(*args, **kw)
        self.build, self.mode, self.extra = build, mode, extra or {}
        self.neighbors = neighbors
        self.title = f"romond {mode}"
        self.config_path = os.path.join(self.folder, f"{self.name}.yaml")
        self.socket_path = os.path.join(self.folder, f"{self.name}.sock")
        self.config = None

    def port_names(self):
        return ["in"] + [f"out{i}" for i in range(self.n_sinks)]

    def base(self):
        ports = {n: {"device": d} for n, d in zip(self.port_names(), self.vdevs())}
        make = relay_config if self.mode == RELAY else node_config
        return make(self.socket_path, self.prefix, self.burst, self.mbufs, ports)

    def write(self, extra=None):
        """The configuration file; extra over what the side has anyway."""
        self.config = harness.merged(harness.merged(self.base(), self.extra), extra or {})
        config_write(self.config_path, self.config)

    def start(self):
        self.write()
        self.process = Process(self.name, self.folder).run(
            [places.program(self.build, "romond"), "-c", self.config_path])

    def ask(self, cmd, **args):
        """The data of one request on the control socket."""
        # the harness of the namespace tests speaks it; it needs no more of a romond than this
        return harness.Romond.ask(self, cmd, **args)

    def ask_raw(self, cmd, **args):
        return harness.Romond.ask_raw(self, cmd, **args)

    def wait_for_frames(self):
        super().wait_for_frames()
        wait(f"{self.name} knows {self.neighbors} neighbors", lambda: self.ask("status")["neighbors"] >= self.neighbors)

    def twin(self, name, tx_files):
        return type(self)(name, self.folder, self.proof_feed, self.n_sinks, self.burst, self.mbufs, tx_files,
                          build=self.build, mode=self.mode, extra=self.extra)

    def expected(self, frames, sinks):
        wait(f"{self.name} answers", lambda: self.process.is_alive() and self.ask("status"))
        if self.mode == RELAY:
            return proof.unchanged(frames, sinks)
        return proof.forwarded(harness.model_of(self), "in", frames, sinks)
