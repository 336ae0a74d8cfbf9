# SPDX-License-Identifier: BSD-3-Clause
"""romon-gw with clients of the RouterOS API and of REST that are not ours, and not changed: node-routeros, routeros-client and
mikronode-ng2 from npm (tests/clients/package-lock.json names the versions), librouteros, requests and curl from Debian.

    end (a node that answers) --- eth0 romond eth1 --- nobody
                                    |
                              control socket --- romon-gw --- clients

Connect, print, where, traps, tags in parallel, ping, listen, cancel, TLS, keepalive, and a romond that is killed and comes back.
"""
import os
import re
import shutil
import ssl
import subprocess
import sys

import romon
from gateway import Answering, Gateway, NODE, PASSWORD, IDENTITY, clients_in
from harness import ROOT, Skip, check, equal, mac, sh, wait

try:
    import librouteros
    import requests
    from librouteros.query import Key
except ImportError:
    librouteros = None

FOLDER = os.path.join(ROOT, "build", "clients")
BASE = "http://127.0.0.1:8080/rest"


def api_requests(endpoint, method="GET", data=None):
    """As in many scripts: HTTPS with a certificate that signs itself, Basic authentication, JSON both ways."""
    r = requests.request(method, f"https://127.0.0.1:8443/rest{endpoint}", auth=("ann", PASSWORD), json=data,
                         verify=f"{os.environ['GATEWAY_STATE']}/certificate.pem", timeout=10)
    r.raise_for_status()
    return r.json()


def by_debian(gateway):
    context = ssl.create_default_context(cafile=f"{gateway.state}/certificate.pem")  # checked, host name too
    api = librouteros.connect(host="127.0.0.1", port=8729, username="ann", password=PASSWORD,
                              ssl_wrapper=lambda s: context.wrap_socket(s, server_hostname="127.0.0.1"))
    equal(list(api.path("system", "identity")), [{"name": "node"}], "librouteros by TLS")
    equal([r["id"] for r in api.path("tool", "romon", "neighbors").select(Key("id")).where(Key("status") == "ok")], [NODE], "where")
    api.close()
    os.environ["GATEWAY_STATE"] = gateway.state
    equal(api_requests("/system/identity"), {"name": "node"}, "requests by HTTPS")
    equal(api_requests("/tool/romon/neighbors/print", "POST", {".proplist": ["identity"], ".query": ["status=ok"]}),
          [{"identity": IDENTITY.replace("\\", "\\x5c")}], "requests: POST print")
    check(requests.get(f"{BASE}/system/identity", timeout=10).status_code == 401, "requests without a password")
    for version, works in (("--tls-max 1.1 --tlsv1.0", False), ("--tls-max 1.2", True), ("--tlsv1.3", True)):
        out = subprocess.run(["curl", "-s", "--cacert", f"{gateway.state}/certificate.pem", *version.split(), "-u", f"ann:{PASSWORD}",
                              "https://localhost:8443/rest/system/identity"], capture_output=True, text=True, check=False)
        equal(out.stdout, '{"name":"node"}' if works else "", f"curl {version}: {out}")


def certificate_changes(gateway):
    """SIGHUP loads another certificate; who is connected stays."""
    def served():
        return ssl.get_server_certificate(("127.0.0.1", 8443)), ssl.get_server_certificate(("127.0.0.1", 8729))
    before = served()
    equal(before[0], before[1], "one certificate for both")
    for name in ("certificate.pem", "key.pem"):
        os.unlink(f"{gateway.state}/{name}")
    gateway.process.send_signal(1)
    wait(lambda: before[0] not in served() and len(set(served())) == 1, "another certificate is served")


def as_documented(gateway):
    """Each block of code of docs/gateway.md that is a program runs as it stands there."""
    with open(os.path.join(ROOT, "docs", "gateway.md"), encoding="utf-8") as f:
        blocks = re.findall(r"^```(bash|python|js)\n(.*?)^```", f.read(), re.M | re.S)
    env = dict(os.environ, NODE_PATH=os.path.join(FOLDER, "node_modules"), NODE_NO_WARNINGS="1")
    running = []
    for language, text in blocks:
        text = text.replace("/var/lib/romon-gw", gateway.state)
        text = text.replace("ann:PASSWORD", f"'ann:{PASSWORD}'") if language == "bash" else text.replace("PASSWORD", PASSWORD)
        argv = {"bash": ["bash", "-euc", text], "python": [sys.executable, "-c", text], "js": ["node", "-e", text]}[language]
        running.append((text, subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)))
    for text, process in running:
        out, err = process.communicate(timeout=20)
        check(process.returncode == 0 and out.strip() not in ("", "[]"), f"docs/gateway.md, {text}: {out} {err}")
    check(len(blocks) >= 7, f"only {len(blocks)} blocks in docs/gateway.md")


class Client:
    def __init__(self, box, name, port):
        self.name = f"{name} on {port}"
        env = dict(os.environ, NODE_PATH=os.path.join(FOLDER, "node_modules"), NODE_NO_WARNINGS="1")
        self.process = subprocess.Popen(["node", os.path.join(ROOT, "tests", "clients", "clients.js"), name, str(port)],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env)

    def lines(self):
        """What it says, up to its end, which must be a good one."""
        said = []
        for line in self.process.stdout:
            said.append(line.rstrip("\n"))
            yield said[-1]
        equal(self.process.wait(10), 0, f"{self.name}: {said}")
        check(said, f"{self.name} said nothing")


def scenario(net):
    if librouteros is None:
        raise Skip("needs python3-librouteros and python3-requests")
    if shutil.which("node") is None or not os.path.isdir(os.path.join(FOLDER, "node_modules", "node-routeros")):
        raise Skip("needs node, and the clients that tests/clients/install fetches")
    box = net.box("box")
    end = net.end(box, "eth0")
    net.end(box, "eth1")
    node = net.romond(box, "node", {"romon": {"id": "02:00:00:00:00:01", "role": "master"}, "discovery": {"interval": "1s"},
                                    "ports": {"a": {"device": "eth0"}, "b": {"device": "eth1"}}})
    other = romon.Node(mac(NODE), [romon.Port("x", 7, mac("02:0b:00:00:00:02"))], identity=IDENTITY.encode())
    Answering(end, other)
    gateway = Gateway(net, box, node)
    gateway.start()
    clients_in(box)
    wait(lambda: any(r["status"] == "ok" for r in requests.get(f"{BASE}/tool/romon/neighbors", auth=("ann", PASSWORD), timeout=10)
                     .json()), "the node is in the list")
    others = [Client(box, *c) for c in (("node-routeros-tls", 8729), ("routeros-client", 8728), ("mikronode-ng2", 8728))]
    for c in others:
        list(c.lines())
    by_debian(gateway)
    as_documented(gateway)
    for line in Client(box, "node-routeros", 8728).lines():
        if line == "LINK DOWN":
            sh("ip", "link", "set", "eth1", "down")
        elif line == "listened and cancelled":
            sh("ip", "link", "set", "eth1", "up")
        elif line == "KILL ROMOND":
            node.process.kill()
            node.process.wait()
        elif line == "START ROMOND":
            node.start()
    certificate_changes(gateway)
    gateway.stop()
