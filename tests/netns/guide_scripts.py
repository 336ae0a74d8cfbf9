# SPDX-License-Identifier: BSD-3-Clause
"""The scripts of config/examples/python/README.md, as they stand there, with its shim: two routers are backed up, then the node in
front of them is configured.

    ask: romond, romon-gw, 192.168.88.1 ---- DuneGW (RouterOS 7)
                                        ---- attic (RouterOS 6)      played by tests/common/routeros_agent.py behind real sshds
"""
import json
import os
import re
import subprocess

from gateway import PASSWORD, Gateway
from harness import ROMONCTL, ROOT, Skip, check, equal, wait
from routers import V6, V7, Routers, id_of

try:
    import librouteros
    import requests
except ImportError:
    librouteros = requests = None

ADDRESS = "192.168.88.1"
FOLDER = os.path.join(ROOT, "config", "examples", "python")
PROFILES = [{"identity": "DuneGW", "version": V7}, {"identity": "attic", "version": V6}]
SECRET = "your_romon_secret"
HELPER = f'''
import requests
from requests.auth import HTTPBasicAuth
requests.packages.urllib3.disable_warnings()
ROUTER_IP, API_USER, API_PASS, SSL_VERIFY = {ADDRESS!r}, "admin", {PASSWORD!r}, False
HERE
import json
print(json.dumps([mikrotik_api_call("GET", "/interface/romon/neighbors"), mikrotik_api_call("GET", "/no/such")]))
'''


class GuideGateway(Gateway):
    def write(self, more):
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(f'socket: {self.net.nodes[0].socket_path}\nusers: {self.users}\nstate: {self.state}\n'
                    f'api: {{ listen: "{ADDRESS}:8728" }}\nhttps: {{ listen: "{ADDRESS}:443" }}\n')
        self.user("add", "admin", "--group", "full", password=PASSWORD)


def run(routers, script):
    env = dict(os.environ, PYTHONPATH=FOLDER, ROMON_GW_PASSWORD=PASSWORD, ROMOND_SOCKET=routers.ask.socket_path,
               PATH=f"{os.path.dirname(ROMONCTL)}:{os.environ['PATH']}", ROMON_BACKUP=f"--ssh-config {routers.config} --accept-new")
    done = subprocess.run(routers.ask_box.argv("/usr/bin/python3", "-B", "-c", script), env=env, cwd=routers.net.dir, timeout=120,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    equal((done.returncode, done.stderr.decode()), (0, ""), done.stdout.decode())
    return done.stdout.decode()


def backups(routers, script):
    said = run(routers, script)
    check("Router Configuration Backups Completed." in said and "Error" not in said, said)
    folder = os.path.join(routers.net.dir, "router_backups")
    names = sorted(os.listdir(folder))
    equal([re.sub(r"_\d{8}_\d{6}\.rsc$", "", n).split("_")[1] for n in names], ["DuneGW", "attic"], "a file for each")
    for name in names:
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            check("# end of export, by romonctl backup" in f.read(), f"{name} is whole")


def configures(routers, script):
    said = run(routers, script)
    check(f"RoMON configured successfully on {ADDRESS}" in said, said)
    for n in (1, 2):
        check(f"'id': '{id_of(n).upper()}'" in said or f"'id': '{id_of(n)}'" in said, f"neighbor {n}: {said}")
    wait(lambda: [routers.ask.port(p)["state"] for p in ("ether1", "ether2")] == ["up", "up"], "both ports are up")
    shown = routers.ask.ask("config-show")
    equal([e["value"] for e in shown["edits"] if e["key"] == "romon.secrets"], ["(hidden)"], "the secret")
    check(SECRET not in json.dumps(shown), "and nobody sees it")
    check("RoMON port on ether2" in json.dumps(shown), "the comments")


def scenario(net):
    if librouteros is None:
        raise Skip("needs python3-librouteros and python3-requests")
    with open(os.path.join(FOLDER, "README.md"), encoding="utf-8") as f:
        blocks = re.findall(r"```python\n(.*?)\n```", f.read(), re.S)
    configure, backup, helper = blocks
    routers = Routers(net, PROFILES)
    for name in ("ether1", "ether2"):
        net.end(routers.ask_box, name)
    routers.ask_box.sh("ip", "link", "set", "lo", "up")
    routers.ask_box.sh("ip", "address", "add", f"{ADDRESS}/32", "dev", "lo")
    gateway = GuideGateway(net, routers.ask_box, routers.ask)
    gateway.start()
    backups(routers, backup)
    rows, wrong = json.loads(run(routers, HELPER.replace("HERE", helper)).splitlines()[-1])
    equal(sorted(r["identity"] for r in rows), ["DuneGW", "attic"], "by REST, over TLS")
    check("404" in wrong["error"], f"{wrong}")
    configures(routers, configure)
    gateway.stop()
