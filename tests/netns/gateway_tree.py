# SPDX-License-Identifier: BSD-3-Clause
"""Each path of the tree by each dialect: the binary API, REST, and /api/v1. The paths, verbs and properties are those that
romon-gw itself tells (its OpenAPI), so that what is added to the tree is tested too.

    end a -- eth0 | box: romond -- control socket -- romon-gw -- clients |

Whatever one dialect writes, all three read; what one refuses, all refuse, and nothing is changed.
"""
import json
import re

from gateway import PASSWORD, V1, as_text, asked, one_node, request, rest, trap_of
from harness import Skip, check, equal, sh, wait

try:
    import librouteros
except ImportError:
    librouteros = None

BOB = f"bob:{PASSWORD}"
# Values for a property of each type, and for those that take some words only: what is written -> what is read, as texts.
VALUES = {
    "enabled": ("true",), "id": ("02:00:00:00:00:77",), "channel": ("7", "default"), "master-id": ("top", "edge"), "name": ("one", "two"),
    "cost": ("33", "44"), "forbid": ("true", "false"), "disabled": ("true", "false"), "comment": ("one", "two words"),
    "secrets": ("a secret of sixteen,another of sixteen",), "secret": ("a secret of sixteen",),
}
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
NEW = "eth1"  # the interface that is added and removed


def v1(method, path, body=None, status="200"):
    return asked(V1 + path, *request(method, body), user=BOB, status=status)


def rest_do(method, path, body=None, status="200"):
    return rest(path, *request(method, body), user=BOB, status=status)


def word(value):
    """A value of /api/v1 as the other two write it."""
    if isinstance(value, bool):
        return str(value).lower()
    value = ",".join(value) if isinstance(value, list) else str(value)
    return value.replace("T", " ").rstrip("Z") if re.fullmatch(TIME, value) else value


class Tree:
    def __init__(self, api):
        self.api = api
        self.openapi = v1("GET", "/openapi.json")
        paths = {p: o for p, o in self.openapi["paths"].items() if not p.startswith(("/romond/", "/events", "/nodes"))}
        self.lists = {p for p in paths if p + "/{key}" in paths}
        self.menus = [p for p in paths if "{" not in p]
        self.operations = {p: set(o) | set(paths.get(p + "/{key}", ())) for p, o in paths.items() if "{" not in p}

    def properties(self, menu):
        return self.openapi["components"]["schemas"][menu[1:].replace("/", "-")]["properties"]

    def writable(self, menu):
        return [p for p, said in self.properties(menu).items() if not said.get("readOnly") and p != "interface"]

    def read(self, menu, item=None):
        """The settings, or the item with that name, by all three: {dialect: row of texts}."""
        by_api = [as_text(r) for r in self.api.path(*menu[1:].split("/"))]
        by_rest = rest(menu, user=BOB)
        by_v1 = v1("GET", menu)
        if item is not None:
            by_api = [r for r in by_api if r["interface"] == item]
            by_rest = [r for r in by_rest if r["interface"] == item]
            by_v1 = {"rows": [r for r in by_v1["rows"] if r["interface"] == item]}
        by_rest = by_rest if isinstance(by_rest, list) else [by_rest]
        by_v1 = by_v1["rows"] if "rows" in by_v1 else [by_v1]
        return {"api": by_api, "rest": by_rest, "v1": [{k: word(v) for k, v in r.items() if v is not None} for r in by_v1]}


def rows_are_the_same(tree):
    """All menus, all properties, but for counters and what only some dialects write."""
    for menu in tree.menus:
        counters = {p for p, said in tree.properties(menu).items()
                    if "rx-" in p or "tx-" in p or p in ("uptime", "last-seen", "secret", "secrets")}

        def same(menu=menu, counters=counters):
            told = tree.read(menu)
            common = set(tree.properties(menu)) - counters
            cut = {d: [{k: v.upper() for k, v in r.items() if k in common} for r in rows] for d, rows in told.items()}
            return cut["api"] == cut["rest"] == cut["v1"]
        wait(same, f"{menu} by all three dialects: {tree.read(menu)}")


def written(tree, menu, prop, value, how, item):
    """Set it by one dialect; a property of /api/v1 is written with the type that it is told with."""
    if how == "api":
        words = {prop: value} if item is None else {"numbers": item, prop: value}
        list(tree.api(f"{menu}/set", **words))
    elif how == "rest":
        rest_do("PATCH", menu if item is None else f"{menu}/{item}", {prop: value})
    else:
        types = tree.properties(menu)[prop]["type"]
        typed = {"true": True, "false": False}.get(value, value)
        if "integer" in types:
            typed = int(value)
        elif prop == "secrets":
            typed = value.split(",")
        v1("PATCH", menu if item is None else f"{menu}/{item}", {prop: typed})


def writes_are_read(tree):
    """Each property that can be set, by each dialect, each read by all."""
    n = 0
    for menu in tree.menus:
        item = "a" if menu in tree.lists else None
        if "patch" not in tree.operations[menu]:
            continue
        for prop in tree.writable(menu):
            check(prop in VALUES, f"{menu} {prop} is new: give it values here")
            for i, how in enumerate(("api", "rest", "v1") * 2):
                value = VALUES[prop][i % len(VALUES[prop])]
                written(tree, menu, prop, value, how, item)
                told = tree.read(menu, item)
                if prop in ("secret", "secrets"):
                    seen = {d: told[d][0][prop] for d in told}
                    equal(seen, {"api": "*****", "rest": "*****", "v1": "true"}, f"{menu} {prop} by {how}")
                else:
                    seen = {d: told[d][0][prop].lower() for d in told}
                    equal(seen, dict.fromkeys(told, value), f"{menu} {prop} set by {how}")
                n += 1
    check(n >= 60, f"only {n} writes")


def items_come_and_go(tree):
    """Each list: one is added by one dialect, switched by another, removed by the third."""
    dialects = ["api", "rest", "v1"]
    for menu in tree.lists:
        if "post" not in tree.operations[menu]:
            continue
        for i in range(3):
            add, change, remove = dialects[i:] + dialects[:i]
            if add == "api":
                list(tree.api(f"{menu}/add", interface=NEW, cost="7"))
            elif add == "rest":
                rest_do("PUT", menu, {"interface": NEW, "cost": "7"}, "201")
            else:
                equal(v1("POST", menu, {"interface": NEW, "cost": 7}, "201")["cost"], 7, "what was added is told")
            equal({d: r[0]["cost"] for d, r in tree.read(menu, NEW).items()}, dict.fromkeys(dialects, "7"), f"added by {add}")
            if change == "api":
                list(tree.api(f"{menu}/disable", numbers=NEW))
            elif change == "rest":
                rest_do("POST", f"{menu}/disable", {"numbers": NEW})
            else:
                v1("PATCH", f"{menu}/{NEW}", {"disabled": True})
            equal({d: r[0]["disabled"] for d, r in tree.read(menu, NEW).items()}, dict.fromkeys(dialects, "true"), f"disabled by {change}")
            if remove == "api":
                list(tree.api(f"{menu}/remove", numbers=NEW))
            elif remove == "rest":
                rest_do("POST", f"{menu}/remove", {"numbers": NEW})
            else:
                v1("DELETE", f"{menu}/{NEW}", status="204")
            equal(tree.read(menu, NEW), {"api": [], "rest": [], "v1": []}, f"removed by {remove}")


def refused_by_all(tree, node):
    """What cannot be: nothing of it changes anything, and each dialect names what is wrong."""
    before = node.ask("config-show")["config"]
    for menu in tree.menus:
        item = "a" if menu in tree.lists else None
        if "patch" not in tree.operations[menu]:  # it can only be read
            for verb in ("set", "add", "remove"):
                equal(trap_of(lambda m=menu, v=verb: tree.api(f"{m}/{v}", numbers="x")), "no such command", f"{menu} {verb}")
                equal(rest_do("POST", f"{menu}/{verb}", {"numbers": "x"}, "400")["detail"], "no such command", f"{menu} {verb} by REST")
            v1("PATCH" if item is None else "POST", menu, {"x": "y"}, "405")
            continue
        where = menu if item is None else f"{menu}/{item}"
        said = "unknown parameter frob"
        words = {"frob": "1"} if item is None else {"numbers": item, "frob": "1"}
        equal(trap_of(lambda m=menu, w=words: tree.api(f"{m}/set", **w)), said, f"{menu}: a property that is none")
        equal(rest_do("PATCH", where, {"frob": "1"}, "400")["detail"], said, f"{menu}, by REST")
        equal(v1("PATCH", where, {"frob": "1"}, "400")["detail"], said, f"{menu}, by /api/v1")
        v1("PATCH", where, {"comment": {"an": "object"}}, "400")
        v1("PATCH", where, ["no", "object"], "400")
    port = "/tool/romon/port"
    bad = "failure: ports.a.cost: expected 1..65535, got 70000"
    equal([trap_of(lambda: tree.api(f"{port}/set", numbers="a", cost="70000")), rest_do("PATCH", f"{port}/a", {"cost": 70000}, "400")["detail"],
           v1("PATCH", f"{port}/a", {"cost": 70000}, "400")["detail"]], [bad] * 3, "a value out of range")
    equal([trap_of(lambda: tree.api(f"{port}/set", numbers="nope", cost="7")), rest_do("PATCH", f"{port}/nope", {"cost": 7}, "404")["detail"],
           v1("PATCH", f"{port}/nope", {"cost": 7}, "404")["detail"]], ["no such item"] * 3, "an item that is none")
    equal(node.ask("config-show")["config"], before, "nothing was changed")


def who_did_it(node, gateway):
    """romond's events and romon-gw's log name the user and the address, and no secret."""
    rows = [e["text"] for e in node.ask("events", count=200)["rows"] if e["type"] == "config-applied"]
    check(rows and "for bob@127.0.0.1" in rows[-1], f"events name who asked: {rows[-3:]}")
    check("bob@127.0.0.1: /tool/romon/port set a cost" in gateway.logged(), "so does the log of romon-gw")
    for secret in ("a secret of sixteen", "another of sixteen"):
        check(secret not in gateway.logged() and secret not in json.dumps(rows), "no secret is told")


def commands(tree, node):
    """romond's own commands, as OpenAPI has them."""
    names = [p.rsplit("/", 1)[1] for p, o in tree.openapi["paths"].items() if p.startswith("/romond/") and "get" in o]
    check(len(names) >= 14 and "status" in names, f"commands that only read: {names}")
    needs = {"node": {"id": node.ask("status")["id"]}, "port": {"name": "a"}, "stream": None}
    for name in names:
        args = needs.get(name, {})
        if args is None:
            v1("POST", f"/romond/{name}", {"stream": 1}, "404")
        elif name == "node":
            v1("POST", f"/romond/{name}", args, "400")  # it is none of its own nodes
        else:
            equal(type(v1("POST", f"/romond/{name}", args)), type(node.ask(name, **args)), f"{name}: the shape of the answer")
    equal(v1("GET", "/romond/status")["id"], node.ask("status")["id"], "GET of what only reads")
    v1("GET", "/romond/config-reset", status="405")
    v1("POST", "/romond/stream-open", {}, "404")
    v1("POST", "/romond/nodes", {"count": "many"}, "400")
    v1("POST", "/romond/log-level", {"level": "info"})
    asked(f"{V1}/romond/log-level", *request("POST", {"level": "debug"}), status="403")  # group read may not
    told = sh("curl", "-sN", "-u", BOB, "-X", "POST", f"{V1}/romond/discover", "-d", '{"once": true, "duration-ms": 500}')
    check("event: end\ndata: {" in told, f"what answers with many messages ends with a summary: {told}")
    asked(f"{V1}/tool/romon/port/a", "-H", "Origin: http://elsewhere.example", *request("PATCH", {"cost": 9}), user=BOB, status="403")


def scenario(net):
    if librouteros is None:
        raise Skip("needs python3-librouteros")
    node, gateway = one_node(net)
    tree = Tree(librouteros.connect(host="127.0.0.1", username="bob", password=PASSWORD))
    rows_are_the_same(tree)
    refused_by_all(tree, node)
    writes_are_read(tree)
    items_come_and_go(tree)
    who_did_it(node, gateway)
    commands(tree, node)
    gateway.stop()
