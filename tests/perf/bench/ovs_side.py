# SPDX-License-Identifier: BSD-3-Clause
"""Open vSwitch with DPDK as a side, in a folder of its own: own database, own sockets, never the system's service.
The caller runs in a network namespace of its own, where OVS makes its tap devices."""
import os
import subprocess
import time

from bench import places, proof
from bench.proc import DpdkSide, Process, SideError, wait

VSWITCHD = "/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk"
SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
MEMORY_MIB = 256
OUTPUTS, FLOOD = "output", "flood"


class Ovs(DpdkSide):
    """One bridge, one PMD thread, one flow: explicit outputs, or flood."""

    def __init__(self, *args, action=OUTPUTS, **kw):
        super().__init__(*args, **kw)
        self.action = action
        self.title = "OVS-DPDK " + (FLOOD if action == FLOOD else ",".join(["output"] * self.n_sinks))
        self.dir = os.path.join(self.folder, self.name)
        self.server = None

    def path(self, name):
        return os.path.join(self.dir, name)

    def vsctl(self, *words):
        self.tool("ovs-vsctl", f"--db=unix:{self.path('db.sock')}", "--timeout=20", *words)

    def tool(self, *argv):
        env = {**os.environ, **{v: self.dir for v in ("OVS_RUNDIR", "OVS_LOGDIR", "OVS_DBDIR", "OVS_SYSCONFDIR")}}
        r = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env, check=False)
        if r.returncode != 0:
            raise SideError(f"{' '.join(argv)}: exit {r.returncode}: {r.stdout.strip()}")

    def start(self):
        os.makedirs(self.dir)
        env = {**os.environ, **{v: self.dir for v in ("OVS_RUNDIR", "OVS_LOGDIR", "OVS_DBDIR", "OVS_SYSCONFDIR")}}
        self.tool("ovsdb-tool", "create", self.path("conf.db"), SCHEMA)
        db = f"unix:{self.path('db.sock')}"
        self.server = Process(f"{self.name}-ovsdb", self.folder).run(
            ["ovsdb-server", self.path("conf.db"), f"--remote=p{db}", f"--unixctl={self.path('ovsdb.ctl')}"], env)
        wait("ovsdb-server", lambda: self.server.is_alive() and os.path.exists(self.path("db.sock")))
        self.vsctl("--no-wait", "init")
        self.vsctl("--no-wait", "set", "Open_vSwitch", ".", "other_config:dpdk-init=true",
                   f"other_config:dpdk-extra=--file-prefix={self.prefix} --no-pci --in-memory",
                   f"other_config:dpdk-lcore-mask={1 << places.CONTROL_CPU:#x}",
                   f"other_config:pmd-cpu-mask={1 << places.WORKER_CPU:#x}",
                   f"other_config:dpdk-socket-mem={MEMORY_MIB}")
        self.process = Process(self.name, self.folder).run(
            [VSWITCHD, db, f"--unixctl={self.path('vswitchd.ctl')}"], env)
        self.vsctl("add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=netdev", "fail_mode=secure")
        self.add_ports()

    def add_ports(self):
        """The sinks and the flow first: what comes in before that is lost."""
        source, *sinks = self.vdevs()
        for i, device in enumerate(sinks):
            self.add_port(f"out{i}", device, i + 2)
        where = f"unix:{self.path('br0.mgmt')}"
        self.tool("ovs-ofctl", "mod-port", where, "br0", "no-flood")
        actions = FLOOD if self.action == FLOOD else ",".join(f"output:{i + 2}" for i in range(self.n_sinks))
        self.tool("ovs-ofctl", "add-flow", where, f"in_port=1,actions={actions}")
        self.add_port("in", source, 1)

    def add_port(self, name, device, number):
        self.vsctl("add-port", "br0", name, "--", "set", "Interface", name, "type=dpdk",
                   f'options:dpdk-devargs="{device}"', f"ofport_request={number}",
                   f"options:n_rxq_desc={places.DESCRIPTORS}", f"options:n_txq_desc={places.DESCRIPTORS}")

    def dpdk_ports(self):
        """In the order in which they came: the sinks, then the source."""
        return self.n_sinks, list(range(self.n_sinks))

    def twin(self, name, tx_files):
        return Ovs(name, self.folder, self.proof_feed, self.n_sinks, self.burst, self.mbufs, tx_files, action=self.action)

    def expected(self, frames, sinks):
        return proof.unchanged(frames, sinks)

    def stop(self):
        """Ports first: that is when files get their last frames."""
        self.telemetry.close()
        if self.process is not None and self.process.popen.poll() is None:
            self.process.thaw()
            self.tool("ovs-appctl", "-t", self.path("vswitchd.ctl"), "exit", "--cleanup")
            end = time.monotonic() + 10
            while self.process.popen.poll() is None and time.monotonic() < end:
                time.sleep(0.01)
            self.process.stop()
        if self.server is not None:
            self.server.stop()
