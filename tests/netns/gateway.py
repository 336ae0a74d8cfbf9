# SPDX-License-Identifier: BSD-3-Clause
"""romon-gw in front of a romond, with clients that are not ours: python3-librouteros on the binary API, curl on REST.

    end (a node that answers) --- eth0 romond --- control socket --- romon-gw --- clients

Both dialects tell the same facts. Strangers get nothing. romond is killed and comes back: the clients' connections stay,
and say what they wait for.
"""
import ctypes
import json
import os
import re
import socket
import subprocess
import threading

import romon
from harness import BUILD, Failure, Skip, check, equal, mac, sh, wait

try:
    import librouteros
    from librouteros.exceptions import TrapError
    from librouteros.query import And, Key, Or
except ImportError:
    librouteros = None

GATEWAY = os.path.join(BUILD, "app", "romon-gw", "romon-gw")
PASSWORD = "a password: with signs=%"
NODE = "02:00:00:00:00:02"
IDENTITY = 'quotes " < & and \\ in it'


class Gateway:
    def __init__(self, net, box, node):
        self.net, self.box = net, box
        self.config = os.path.join(net.dir, "romon-gw.yaml")
        self.users = os.path.join(net.dir, "users")
        self.state = os.path.join(net.dir, "gateway")
        self.write("")
        self.user("add", "ann", "--group", "read", password=PASSWORD)
        self.user("add", "bob", "--group", "write", password=PASSWORD)

    def write(self, more):
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(f"socket: {self.net.nodes[0].socket_path}\nusers: {self.users}\nstate: {self.state}\n"
                    f'api: {{ listen: "127.0.0.1:8728"{more} }}\nhttp: {{ listen: "127.0.0.1:8080" }}\n')

    def user(self, *words, password=None):
        return subprocess.run([GATEWAY, "-c", self.config, "user", *words], input=password, text=True, capture_output=True,
                              check=False)

    def start(self):
        self.log = os.path.join(self.net.logs, "romon-gw.log")
        self.log_begin = os.path.getsize(self.log) if os.path.exists(self.log) else 0  # of an earlier one
        with open(self.log, "ab") as out:
            self.process = subprocess.Popen(self.box.argv(GATEWAY, "-c", self.config), stdin=subprocess.DEVNULL,
                                            stdout=out, stderr=out)
        self.net.others.append(self.process)
        wait(lambda: "served on https:" in self.logged(), "romon-gw serves")

    def logged(self):
        """What it said since its start."""
        with open(self.log, encoding="utf-8") as f:
            f.seek(self.log_begin)
            return f.read()

    def stop(self):
        self.process.terminate()
        equal(self.process.wait(10), 0, "exit status of romon-gw")


class Answering(threading.Thread):
    """The node at the end: it answers each Discover of ours."""

    def __init__(self, end, node):
        super().__init__(daemon=True)
        self.end, self.node = end, node
        self.start()

    def run(self):
        while True:
            raw = self.end.recv(0.2)
            if raw is not None and raw[14] == romon.DISCOVER and raw[6:12] != self.node.ports[0].mac:
                answer = self.node.answer(romon.Frame.unpack(raw), self.node.ports[0])
                if answer is not None:
                    self.end.send(answer.pack(60))


def clients_in(box):
    """This process moves into the box's network: clients are libraries here."""
    fd = os.open(f"/run/netns/{box.name}", os.O_RDONLY)
    check(ctypes.CDLL(None, use_errno=True).setns(fd, 0x40000000) == 0, "setns")
    os.close(fd)


def one_node(net):
    """(romond with port a on eth0 and nothing on eth1, its gateway), whose network is this process's from now on."""
    box = net.box("box")
    net.end(box, "eth0")
    net.end(box, "eth1")
    node = net.romond(box, "node", {"romon": {"id": "02:00:00:00:00:01"}, "ports": {"a": {"device": "eth0"}}})
    gateway = Gateway(net, box, node)
    gateway.start()
    clients_in(box)
    return node, gateway


def asked(url, *options, user=f"ann:{PASSWORD}", status="200"):
    """The JSON that curl is answered, None if that is nothing, with that status."""
    out = sh("curl", "-s", "-g", "-w", "\n%{http_code}", "-u", user, *options, url)
    text, code = out.rsplit("\n", 1)
    equal(code, status, f"{url} {options}: {text}")
    return json.loads(text) if text.strip() else None


def rest(path, *options, **how):
    return asked(f"http://127.0.0.1:8080/rest{path}", *options, **how)


def request(method, body):
    """Options of curl."""
    return ["-X", method] + ([] if body is None else ["-d", json.dumps(body)])


def as_text(row):
    """What librouteros made of the words of a reply, as words again: the two dialects are compared."""
    return {k: str(v).lower() if isinstance(v, bool) else str(v) for k, v in row.items()}


def trap_of(fn):
    try:
        list(fn())
    except TrapError as e:
        return str(e)
    raise Failure("no trap")


COUNTERS = {"rx-byte", "tx-byte", "rx-packet", "tx-packet", "last-seen", "uptime"}


def without_counters(rows):
    return [{k: v for k, v in row.items() if k not in COUNTERS} for row in rows]


def menus():
    """Every path of the tree, with its aliases, as romon-gw tells them."""
    for block in sh(GATEWAY, "--reference").split("### Menu ")[1:]:
        head = block.split("| property", 1)[0]
        yield [p for p in re.findall(r"`(/[^`]*)`", head) if p.startswith(("/tool", "/interface", "/romon", "/system"))]


def same_facts(api):
    """Each path of the tree, by each name of it, tells the same by both dialects."""
    n = 0
    for paths in menus():
        for path in paths:
            def both(path=path, first=paths[0]):
                by_api = [as_text(r) for r in api.path(*path[1:].split("/"))]
                by_rest = rest(path)
                by_rest = by_rest if isinstance(by_rest, list) else [by_rest]
                by_post = rest(first + "/print", "-X", "POST")
                by_post = by_post if isinstance(by_post, list) else [by_post]
                return by_api and without_counters(by_api) == without_counters(by_rest) == without_counters(by_post)
            wait(both, f"{path} is the same by both dialects")
            n += 1
    check(n >= 13, f"only {n} paths")


def reads(api):
    row = rest("/tool/romon/neighbors?status=ok")[0]
    equal((row["id"], row["identity"], row["interface"]), (NODE.upper(), IDENTITY.replace("\\", "\\x5c"), "a"), "the node")
    key, cost = Key("identity"), Key("cost")
    path = api.path("tool", "romon", "neighbors")
    found = list(path.select(Key("id"), key).where(And(cost > 0, Or(Key("status") == "ok", key == "nobody"))))
    equal([set(r) for r in found], [{"id", "identity"}], "properties that were asked for")
    equal(list(path.select(key).where(cost > 100000)), [], "rows that no query wants")
    equal(rest("/tool/romon/neighbors/print", "-d", '{".query": ["cost=1", "#!"], ".proplist": ["status"]}'), [{"status": "ok"}],
          "POST print")
    equal(rest(f"/tool/romon/neighbors/{row['.id']}?.proplist=status"), {"status": "ok"}, "one item by its .id")
    equal(rest("/tool/romon/port/a?.proplist=.id,cost")["cost"], "100", "one item by its name")
    rest("/tool/romon/port/nobody", status="404")
    rest("/tool/nothing", status="404")
    equal(rest("/tool/romon/port/print", "-d", '{".query": ["#x"]}', status="400")["error"], 400, "a query that is none")
    equal(trap_of(lambda: api.path("tool", "nothing")), "no such command prefix", "a path that is none")
    no_rights = "not enough permissions (9)"
    equal(trap_of(lambda: api("/tool/romon/port/set", **{".id": "*1", "cost": "5"})), no_rights, "group read changes nothing")
    equal(rest("/tool/romon", "-X", "PATCH", "-d", "{}", status="403")["detail"], no_rights, "nor by REST")
    bob = librouteros.connect(host="127.0.0.1", username="bob", password=PASSWORD)
    equal(trap_of(lambda: bob("/tool/romon/port/set", **{".id": "*77", "cost": "5"})), "no such item", "group write may change")
    rest("/tool/romon", "-X", "PATCH", "-d", "{}", user=f"bob:{PASSWORD}")
    equal(trap_of(lambda: api("/tool/romon/print", frob="1")), "unknown parameter frob", "an argument that is none")


def strangers(gateway):
    for user in ("ann:wrong", "nobody:x", "ann:"):
        rest("/tool/romon", user=user, status="401")
    try:
        librouteros.connect(host="127.0.0.1", username="ann", password="wrong")
        raise Failure("logged in with a wrong password")
    except TrapError as e:
        equal(str(e), "invalid user name or password (6)", "what clients know a failed login by")
    for said, answer in ((b"\x0b/tool/print\0", b"not logged in"), (b"\xf8", b"not the API"), (b"\xc0\xff\xff", b"too long")):
        with socket.create_connection(("127.0.0.1", 8728), 5) as s:
            s.sendall(said)
            data = b""
            for part in iter(lambda: s.recv(4096), b""):  # and the connection ends
                data += part
        check(b"!fatal" in data and answer in data, f"{said}: {data}")
    out = gateway.user("add", "ann", "--group", "full", password="x")
    check(out.returncode == 1 and "already" in out.stderr, f"a second ann: {out}")
    check(gateway.user("add", "eve", "--group", "root", password="x").returncode == 2, "a group that is none")
    check(gateway.user("add", "eve", "--group", "read", password="").returncode == 1, "no password")
    equal(oct(os.stat(gateway.users).st_mode & 0o777), "0o600", "mode of the file of users")
    check(PASSWORD not in open(gateway.users, encoding="utf-8").read(), "the password is hashed")


V1 = "http://127.0.0.1:8080/api/v1"


def v1(path, *options, **how):
    return asked(V1 + path, *options, **how)


def typed():
    """/api/v1: the same facts with types of JSON."""
    node = v1("/nodes")["rows"][0]
    equal((node["id"], node["cost"], node["path"], node["status"]), (NODE, 200, [NODE], "ok"), "the node, typed")
    equal(v1(f"/nodes/{NODE}")["id"], NODE, "one node")
    equal([r["interface"] for r in v1("/tool/romon/port")["rows"]], [r["interface"] for r in rest("/tool/romon/port")], "ports")
    equal(v1("/tool/nothing", status="404")["error"], 404, "a path that is none")
    equal(v1("/nodes?offset=x", status="400")["error"], 400, "an offset that is none")
    api = v1("/openapi.json")
    equal(api["openapi"], "3.1.0", "OpenAPI")
    for path, item in api["paths"].items():
        if path.startswith("/romond/"):  # gateway_tree looks at these
            continue
        schema = item["get"]["responses"]["200"]["content"].get("application/json", {}).get("schema", {})
        if "$ref" not in schema or "{" in path:
            continue
        told = api["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]["properties"]
        equal(set(v1(path)), set(told), f"{path} as OpenAPI has it")
    head = sh("curl", "-sI", "-X", "GET", "-u", f"ann:{PASSWORD}", f"{V1}/system/identity")
    etag = [x.split(" ", 1)[1] for x in head.splitlines() if x.lower().startswith("etag:")][0].strip()
    equal(sh("curl", "-s", "-w", "%{http_code}", "-u", f"ann:{PASSWORD}", "-H", f"If-None-Match: {etag}", f"{V1}/system/identity"), "304",
          "what has not changed is not sent again")


class Stream:
    """Server-Sent Events: (id, event, data) as they come."""

    def __init__(self, net, path, last=None):
        more = ["-H", f"Last-Event-ID: {last}"] if last else []
        self.process = subprocess.Popen(["curl", "-sN", "-u", f"ann:{PASSWORD}", *more, V1 + path], stdout=subprocess.PIPE, text=True)
        net.others.append(self.process)
        self.came = []
        threading.Thread(target=self.read, daemon=True).start()
        wait(lambda: self.came, f"{path} begins")

    def read(self):
        fields = {}
        for line in self.process.stdout:
            if line == "\n":
                self.came.append((fields.get("id"), fields.get("event"), json.loads(fields.get("data", "null"))))
                fields = {}
            name, _, value = line.rstrip("\n").partition(": ")
            fields[name] = value

    def wait_for(self, event, what=lambda data: True):
        return wait(lambda: next((c for c in self.came if c[1] == event and what(c[2])), None), f"{event} in {self.came[-3:]}")


def romond_goes_and_comes(net, node, api):
    nodes, events = Stream(net, "/nodes/stream"), Stream(net, "/events")
    nodes.wait_for("row", lambda row: row["id"] == NODE and row["status"] == "ok")
    nodes.wait_for("snapshot-end")
    node.process.kill()
    node.process.wait()
    # a question that was on its way to a romond that takes seconds to die is answered by its time limit
    wait(lambda: "romond does not run" in trap_of(lambda: api.path("system", "identity")), "what is told while romond is away")
    check("romond does not run" in rest("/system/identity", status="500")["detail"], "REST while romond is away")
    node.start()
    equal(list(api.path("system", "identity")), [{"name": "node"}], "the same connection, when romond is back")
    for stream in (nodes, events):
        stream.wait_for("waiting")
        stream.wait_for("back")
    started = events.wait_for("event", lambda e: e["type"] == "started")
    later = Stream(net, "/events", last=events.wait_for("waiting")[0])
    later.wait_for("event", lambda e: e == started[2])
    check("waiting" not in [c[1] for c in later.came], f"what was told before: {later.came}")


def users_change(gateway, api):
    equal(gateway.user("passwd", "ann", password="another").returncode, 0, "passwd")
    rest("/system/identity", status="401")
    equal(rest("/system/identity", user="ann:another"), {"name": "node"}, "the new password holds at once")
    equal(gateway.user("remove", "ann").returncode, 0, "remove")
    rest("/system/identity", user="ann:another", status="401")
    api.close()


def scenario(net):
    if librouteros is None:
        raise Skip("needs python3-librouteros")
    box = net.box("box")
    end = net.end(box, "eth0")
    node = net.romond(box, "node", {"romon": {"id": "02:00:00:00:00:01", "role": "master"}, "discovery": {"interval": "1s"},
                                    "ports": {"a": {"device": "eth0"}}})
    other = romon.Node(mac(NODE), [romon.Port("x", 7, mac("02:0b:00:00:00:02"))], identity=IDENTITY.encode())
    Answering(end, other)
    gateway = Gateway(net, box, node)
    gateway.start()
    clients_in(box)
    wait(lambda: any(r["status"] == "ok" for r in rest("/tool/romon/neighbors")), "the node is in the list")
    api = librouteros.connect(host="127.0.0.1", username="ann", password=PASSWORD)
    same_facts(api)
    reads(api)
    strangers(gateway)
    typed()
    romond_goes_and_comes(net, node, api)
    users_change(gateway, api)
    gateway.stop()
