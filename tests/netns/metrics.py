# SPDX-License-Identifier: BSD-3-Clause
"""/metrics of romon-gw, scraped by a real Prometheus with the alerts that are shipped: one fires when a node dies, another when
romond goes away, and what hostile nodes call themselves comes through as romonctl shows it.

    +-- leaf --+        +----------- desk -----------+
    | romond   |--------| d0   romond (master)   eth1 |---- end: three nodes with evil identities
    +----------+        |  control socket -- romon-gw -- Prometheus
                        +-----------------------------+
"""
import importlib.util
import json
import os
import re
import signal
import stat
import subprocess
import threading
import urllib.parse

import romon
from gateway import PASSWORD, Gateway, clients_in
from harness import ROMONCTL, Skip, check, equal, mac, sh, wait
from telemetry import connect

try:
    from prometheus_client.openmetrics import parser
except ImportError:
    parser = None

PROMETHEUS, PROMTOOL = "/usr/bin/prometheus", "/usr/bin/promtool"
CONFIG = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "config", "prometheus")
URL = "http://127.0.0.1:8080/metrics"
FAR = "10.9.9.1"
EVIL = {
    "02:00:00:00:00:e1": b'a"b\\c\nromon_up 0\n{x="y"} <script>&',
    "02:00:00:00:00:e2": bytes(range(1, 256)),
    "02:00:00:00:00:e3": b"\xff\xfe\xc3(\xe2\x80\xae\\n\\\\\"" + "Büro".encode(),
}


class Evils(threading.Thread):
    """Nodes behind one wire: each answers each Discover."""

    def __init__(self, end):
        super().__init__(daemon=True)
        self.end = end
        self.nodes = [romon.Node(mac(i), [romon.Port("x", 7, mac(i.replace("02:00", "02:0b")))], identity=name) for i, name in EVIL.items()]
        self.own = {n.ports[0].mac for n in self.nodes}
        self.start()

    def run(self):
        while True:
            raw = self.end.recv(0.2)
            if raw is None or raw[14] != romon.DISCOVER or raw[6:12] in self.own:
                continue
            for node in self.nodes:
                answer = node.answer(romon.Frame.unpack(raw), node.ports[0])
                if answer is not None:
                    self.end.send(answer.pack(60))


class Metrics(Gateway):
    """romon-gw with other keys."""

    def write(self, more):
        super().write("")
        with open(self.config, "a", encoding="utf-8") as f:
            f.write(more)


def prometheus_start(net, box):
    """With our rules, that wait for a second where they wait for minutes."""
    home = os.path.join(net.dir, "prometheus")
    os.mkdir(home)
    with open(os.path.join(CONFIG, "romond.rules.yml"), encoding="utf-8") as f:
        rules, n = re.subn(r"(?m)^( +for:) \w+$", r"\1 1s", f.read())
    check(n > 20, f"{n} rules that wait")
    with open(os.path.join(home, "romond.rules.yml"), "w", encoding="utf-8") as f:
        f.write(rules)
    with open(os.path.join(CONFIG, "prometheus.yml"), encoding="utf-8") as f:
        text, n = re.subn(r"(?m)^(  (?:scrape|evaluation)_interval:) 15s$", r"\1 500ms", f.read())
    equal(n, 2, "intervals")
    with open(os.path.join(home, "prometheus.yml"), "w", encoding="utf-8") as f:
        f.write(text)
    log = os.path.join(net.logs, "prometheus.log")
    with open(log, "wb") as out:
        net.others.append(subprocess.Popen(
            box.argv(PROMETHEUS, f"--config.file={home}/prometheus.yml", f"--storage.tsdb.path={home}/data", "--web.listen-address=127.0.0.1:9090",
                     "--log.level=warn"), stdin=subprocess.DEVNULL, stdout=out, stderr=out))


def asked(path):
    """What Prometheus answers, None while it does not serve yet."""
    r = subprocess.run(["curl", "-s", "-g", f"http://127.0.0.1:9090/api/v1/{path}"], capture_output=True, text=True, check=False)
    return json.loads(r.stdout).get("data") if r.returncode == 0 and r.stdout.startswith("{") else None


def query(expr):
    """{labels as a tuple: value} of what Prometheus knows."""
    data = asked("query?query=" + urllib.parse.quote(expr))
    return [(row["metric"], float(row["value"][1])) for row in data["result"]] if data else []


def value(expr):
    return [v for _, v in query(expr)]


def firing(name, **labels):
    """Is an alert of that name, with these labels, firing in Prometheus?"""
    data = asked("alerts")
    return [a for a in data["alerts"] if a["labels"]["alertname"] == name and a["state"] == "firing" and
            all(a["labels"].get(k) == v for k, v in labels.items())] if data else []


def status_of(url, *options, run=sh):
    return run("curl", "-s", "-k", "-o", "/dev/null", "-w", "%{http_code}", *options, url)


def text_judged(user=()):
    """Both texts, in the eyes of those who did not write them. The samples of the second."""
    text = sh("curl", "-s", *user, URL)
    r = subprocess.run([PROMTOOL, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    equal((r.returncode, r.stdout, r.stderr), (0, "", ""), "promtool check metrics")
    head = sh("curl", "-s", "-i", *user, "-H", "Accept: application/openmetrics-text;version=1.0.0", URL).replace("\r", "")
    head, open_text = head.split("\n\n", 1)
    check("Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8" in head, head)
    families = list(parser.text_string_to_metric_families(open_text))
    equal(len({f.name for f in families}), len(families), "names of families, once each")
    samples = [s for f in families for s in f.samples]
    equal({line.split("{")[0].split(" ")[0] for line in text.splitlines() if not line.startswith("#")}, {s.name for s in samples},
          "the two texts tell the same metrics")
    return samples


def told(samples, name, **labels):
    return [s.value for s in samples if s.name == name and labels.items() <= s.labels.items()]


def logins(net, gateway, leaf_box):
    """Who may read it, by the key metrics.access."""
    user = ("-u", f"ann:{PASSWORD}")
    far = f"https://{FAR}:8443/metrics"
    gateway.write(f'https: {{ listen: "{FAR}:8443" }}\n')
    gateway.start()
    equal([status_of(URL), status_of(URL, *user), status_of(far, run=leaf_box.sh)], ["401", "200", "401"], "access: login")
    gateway.stop()
    gateway.write(f'https: {{ listen: "{FAR}:8443" }}\nmetrics: {{ access: loopback, nodes: 10 }}\n')
    gateway.start()
    equal([status_of(URL), status_of(far, run=leaf_box.sh), status_of(far, *user, run=leaf_box.sh)], ["200", "401", "200"], "access: loopback")
    equal([status_of(URL, "-X", "POST"), status_of(URL + "/x"), status_of(URL, "-I")], ["400", "404", "200"], "other methods and paths")


def textfile(net, desk, box):
    """romonctl writes the same metrics, but those of the gateway."""
    path = os.path.join(net.dir, "romond.prom")
    argv = box.argv(ROMONCTL, "-s", desk.socket_path, "metrics", "--nodes", "2", "--write", path)
    for _ in range(2):
        subprocess.run(argv, check=True, timeout=60)
        equal(stat.S_IMODE(os.stat(path).st_mode), 0o644, "mode of the file")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    names = set(re.findall(r"(?m)^# TYPE (\w+)", text))
    served = set(re.findall(r"(?m)^# TYPE (\w+)", sh("curl", "-s", URL)))
    check(not names - served, f"only in the file: {names - served}")
    check(all(n.startswith(("process_", "romon_gateway_", "romon_exporter_")) for n in served - names), f"not in the file: {served - names}")
    check("romon_exporter_nodes_left_out 2" in text and text.count("romon_node_up{") == 2, "nodes beyond --nodes are counted")
    missing = subprocess.run([ROMONCTL, "-s", "/nobody", "metrics", "--write", path], capture_output=True, text=True, check=False)
    equal(missing.returncode, 3, "exit code without romond")
    with open(path, encoding="utf-8") as f:
        check("\nromon_up 0\n" in f.read(), "the file says that romond is away")


class Telemetry:
    """What dpdk-telemetry-exporter.py gives an endpoint: romond's own telemetry socket."""

    def __init__(self, node):
        self.socket = connect(node)
        self.most = json.loads(self.socket.recv(1024))["max_output_len"]

    def cmd(self, uri, arg=None):
        self.socket.send((uri if arg is None else f"{uri},{arg}").encode())
        return json.loads(self.socket.recv(self.most))[uri]


def dpdk_endpoint(desk):
    """The endpoint for DPDK's exporter, asked as that asks it."""
    spec = importlib.util.spec_from_file_location("romond", os.path.join(CONFIG, "dpdk-telemetry-endpoints", "romond.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    values = {(name, *labels.values()): v for name, v, labels in module.metrics(Telemetry(desk))}
    check({name for name, *_ in values} <= set(module.info()), "each is described")
    equal([values[k] for k in (("port_up", "a"), ("port_up", "b"))], [1, 1], "what DPDK's exporter gets")
    equal(sum(v for k, v in values.items() if k[0] == "nodes"), 4, "nodes of DPDK's exporter")
    check(values["port_receive_frames_total", "b"] > 0, "frames of a port")


def identities_come_through(desk):
    """What romonctl shows is what Prometheus got, whatever it is."""
    shown = {n["address"]: n["identity"] for n in desk.ctl("nodes")}
    wait(lambda: {m["id"]: m["identity"] for m, _ in query("romon_node_info")} == shown, "identities in Prometheus")
    check(all(i in shown for i in EVIL), f"evil nodes: {shown}")
    equal(value("count(romon_up)"), [1], "no node has made a series of its own")


def queries_hold():
    """Every rule and every query of the dashboard is one that Prometheus can answer with what it has."""
    healths = [r["health"] for g in asked("rules")["groups"] for r in g["rules"]]
    check(len(healths) > 30 and set(healths) == {"ok"}, f"rules: {asked('rules')}")
    with open(os.path.join(CONFIG, "..", "grafana", "romond.json"), encoding="utf-8") as f:
        panels = json.load(f)["panels"]
    empty = []
    for panel in panels:
        for target in panel.get("targets", ()):
            expr = target["expr"].replace("$__rate_interval", "5s").replace("$job", ".*").replace("$instance", ".*")
            data = asked("query?query=" + urllib.parse.quote(expr))
            check(data is not None, f"{panel['title']}: {expr}")
            empty += [] if data["result"] else [panel["title"]]
    equal(sorted(set(empty) - {"Dropped, by reason", "Events", "Nodes that are down or late", "Refused signatures"}), [], "panels that show nothing")


def scenario(net):
    if parser is None or not os.access(PROMETHEUS, os.X_OK):
        raise Skip("needs prometheus and python3-prometheus-client")
    box, leaf_box = net.box("desk"), net.box("leaf")
    net.wire(box, "d0", leaf_box, "eth0")
    Evils(net.end(box, "eth1"))
    box.sh("ip", "addr", "add", f"{FAR}/24", "dev", "d0")
    leaf_box.sh("ip", "addr", "add", "10.9.9.2/24", "dev", "eth0")
    desk = net.romond(box, "desk", {"romon": {"id": "02:00:00:00:00:01", "role": "master"},
                                    "discovery": {"interval": "1s", "late-after": 2, "down-after": 3},
                                    "ports": {"a": {"device": "d0"}, "b": {"device": "eth1"}}})
    leaf = net.romond(leaf_box, "leaf", {"romon": {"id": "02:00:00:00:00:02", "identity": "leaf"}, "ports": {"a": {"device": "eth0"}}})
    gateway = Metrics(net, box, desk)
    clients_in(box)
    logins(net, gateway, leaf_box)
    prometheus_start(net, box)
    # what romond answered last holds for a second
    wait(lambda: sh("curl", "-s", URL).count("\nromon_node_info{") == 4, "all nodes are found, and told")
    samples = text_judged()
    equal(sum(told(samples, "romon_nodes")), 4, "nodes")
    equal(sorted(s.labels["id"] for s in samples if s.name == "romon_node_info"), ["02:00:00:00:00:02", *sorted(EVIL)], "nodes in the text")
    equal(told(samples, "romon_port_state", port="a", state="up"), [1], "a port")
    textfile(net, desk, box)
    dpdk_endpoint(desk)
    wait(lambda: value("romon_up") == [1], "Prometheus scrapes it")
    identities_come_through(desk)
    wait(lambda: query("rate(romon_events_total[5s])"), "rates")
    wait(lambda: all(r["health"] != "unknown" for g in asked("rules")["groups"] for r in g["rules"]), "all rules were looked at")
    queries_hold()

    leaf.stop()
    alert = wait(lambda: firing("RomonNodeDown", identity="leaf"), "an alert that the node is down")[0]
    equal(alert["labels"]["id"], "02:00:00:00:00:02", "whose it is")
    check(alert["annotations"]["summary"].startswith("Node leaf (02:00:00:00:00:02) is down"), alert)

    desk.signal(signal.SIGSTOP)
    wait(lambda: "\nromon_up 0\n" in sh("curl", "-s", URL), "a romond that stands still is away")
    desk.signal(signal.SIGCONT)
    wait(lambda: value("romon_up") == [1], "it goes on")

    desk.kill()
    wait(lambda: value("romon_up") == [0] and value("up") == [1] and not query("romon_uptime_seconds"), "romon_up is 0, and nothing is old")
    wait(lambda: firing("RomonAway"), "an alert that romond is away")
    equal([s.name for s in text_judged() if s.name.startswith(("romon_port", "romon_node"))], [], "metrics of a romond that is away")
    desk.start()
    wait(lambda: value("romon_up") == [1] and query("romon_uptime_seconds"), "romond is back")
    equal(told(text_judged(), "romon_events_total", type="crashed-before"), [1], "it says that it was killed")
    gateway.stop()
