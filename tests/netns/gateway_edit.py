# SPDX-License-Identifier: BSD-3-Clause
"""romond changed through romon-gw: by python3-librouteros and by curl, each read back by the other.

    end a -- eth0 | box: romond -- control socket -- romon-gw -- clients |

What one dialect changes the other tells, and romond keeps. What is wrong changes nothing, and is said as RouterOS says it.
"""
from gateway import PASSWORD, asked, one_node, request, rest, trap_of
from harness import Skip, check, equal, sh, wait

try:
    import librouteros
except ImportError:
    librouteros = None

BOB = f"bob:{PASSWORD}"
PORT = "/tool/romon/port"


def change(method, path, body=None, status="200"):
    return rest(path, *request(method, body), user=BOB, status=status)


def settings(node, bob):
    """Both names of the menu, both dialects."""
    bob.path("interface", "romon").update(enabled="yes", channel="default", **{"master-id": "top"})
    equal(rest("/tool/romon")["master-id"], "top", "set by the API, read by REST")
    equal(change("PATCH", "/interface/romon", {"master-id": "edge", "channel": 7})["channel"], "7", "PATCH of settings")
    equal(list(bob.path("tool", "romon"))[0]["master-id"], "edge", "set by REST, read by the API")
    equal(change("POST", "/tool/romon/set", {"channel": "default"}), [], "POST set")
    bob.path("system", "identity").update(name="named")
    equal((rest("/system/identity"), node.ask("status")["identity"]), ({"name": "named"}, "named"), "the identity")
    bob.path("interface", "romon").update(secret="a secret of the seed")
    equal((rest("/tool/romon")["secrets"], node.ask("config-show")["edits"][-1]["value"]), ("*****", "(hidden)"), "a secret")
    bob.path("tool", "romon").update(secrets="*****")  # read and written back
    equal(rest("/tool/romon")["secret"], "*****", "what was shown in its place changes nothing")
    bob.path("tool", "romon").update(secrets="")
    equal(rest("/tool/romon")["secrets"], "", "no secret")


def ports(node, bob):
    menu = bob.path("interface", "romon", "port")
    added = menu.add(interface="eth1", comment="RoMON port on eth1")
    row = rest(f"{PORT}/{added}")
    equal((row["interface"], row["comment"], row["disabled"]), ("eth1", "RoMON port on eth1", "false"), "added by the API")
    wait(lambda: node.port("eth1")["state"] == "up", "the port is up")
    menu.update(**{".id": added, "cost": "33"})
    equal(change("PATCH", f"{PORT}/{added}", {"forbid": True})["cost"], "33", "PATCH tells the whole item")
    equal(rest(f"{PORT}/eth1")["forbid"], "true", "forbidden")
    for verb, disabled in (("disable", "true"), ("enable", "false")):
        list(bob(f"{PORT}/{verb}", numbers=f"{added},a"))
        equal([rest(f"{PORT}/{p}")["disabled"] for p in ("eth1", "a")], [disabled] * 2, f"{verb} of two")
    list(bob(f"{PORT}/comment", numbers="eth1", comment="other"))
    equal(rest(f"{PORT}/eth1")["comment"], "other", "comment, by name")
    list(bob(f"{PORT}/unset", numbers="eth1", **{"value-name": "cost"}))
    equal(rest(f"{PORT}/eth1")["cost"], "100", "unset")
    menu.remove(added)
    rest(f"{PORT}/{added}", status="404")
    made = change("PUT", PORT, {"interface": "eth1", "cost": 44}, status="201")
    equal((made["interface"], made["cost"], made[".id"]), ("eth1", "44", added), "PUT tells what was made")
    equal(change("POST", f"{PORT}/remove", {"numbers": added}), [], "POST remove")
    equal("ret" in change("POST", f"{PORT}/add", {"interface": "eth1"}), True, "POST add")
    equal(rest_delete(f"{PORT}/{added}"), "204", "DELETE")
    change("DELETE", f"{PORT}/{added}", status="404")


def rest_delete(path):
    return sh("curl", "-s", "-g", "-o", "/dev/null", "-w", "%{http_code}", "-u", BOB, "-X", "DELETE",
              f"http://127.0.0.1:8080/rest{path}").strip()


def refusals(node, bob):
    before = node.ask("config-show")["config"]
    call = lambda verb, **args: trap_of(lambda: bob(verb, **args))  # noqa: E731
    said = {
        "no such item": call(f"{PORT}/set", **{".id": "*77", "cost": "5"}),
        "unknown parameter frob": call(f"{PORT}/set", **{".id": "*1", "frob": "5"}),
        "missing value(s) of argument(s) interface": call(f"{PORT}/add", cost="5"),
        "failure: ports.a.cost: expected 1..65535, got 70000": call(f"{PORT}/set", numbers="a", cost="70000"),
        "failure: ports.a: there is one already": call(f"{PORT}/add", interface="a"),
        "failure: can not remove default entry": call(f"{PORT}/remove", numbers="all"),
        "no such command": call(f"{PORT}/move", numbers="a"),
    }
    for wanted, text in said.items():
        equal(text, wanted, "what RouterOS's clients look for")
    equal(change("PATCH", f"{PORT}/a", {"cost": 70000}, status="400")["detail"],
          "failure: ports.a.cost: expected 1..65535, got 70000", "the same by REST")
    equal(change("PATCH", f"{PORT}/nope", {"cost": 7}, status="404")["detail"], "no such item", "no item by REST")
    change("PUT", "/tool/romon/neighbors", {"id": "x"}, status="400")
    equal(node.ask("config-show")["config"], before, "nothing of it changed anything")


def body_of(exported):
    """Without the line that has the time of it."""
    head, text = exported.split("\n", 1)
    check(head.startswith("# 20") and head.endswith("without secrets"), head)
    return text


def exported(bob):
    """What can be set, as commands: the same by both dialects, with what was set, and nothing of a secret."""
    bob.path("interface", "romon", "port").update(**{".id": "*1", "cost": "7"})
    bob.path("interface", "romon", "port").update(numbers="a", cost="33", comment='an "uplink" for $5', secrets="a secret of ours, long")
    text = body_of(list(bob("/export"))[0]["ret"])
    equal(text, """\
/tool romon
set enabled=yes id=02:00:00:00:00:01 channel=default master-id=edge
/tool romon port
set [ find default=yes ] forbid=yes cost=7 disabled=no
add interface=a forbid=no cost=33 comment="an \\"uplink\\" for \\$5" disabled=no
/system identity
set name=named
""", "/export")
    equal(body_of(rest("/export", "-X", "POST")["ret"]), text, "by REST")
    equal(body_of(rest("/interface/romon/port/export", "-d", '{"terse": ""}')["ret"]), "".join(text.splitlines(True)[2:5]), "of a menu")
    equal(body_of(rest("/tool/export", "-X", "POST")["ret"]), "".join(text.splitlines(True)[:5]), "of what is below a path")
    for path in ("/nothing/export", "/tool/romonx/export"):
        equal(trap_of(lambda p=path: bob(p)), "no such command prefix", path)
        rest(path, "-X", "POST", status="400")
    equal(trap_of(lambda: bob("/export", file="x")), "unknown parameter file", "no file is written")
    rest("/export", "-d", '{"file": "x"}', status="400")


def elsewhere(bob):
    """What this process cannot do says who can."""
    for path in ("/tool/romon/ssh", "/interface/romon/connect"):
        check("run `romonctl ssh USER@NODE COMMAND`" in trap_of(lambda p=path: bob(p, address="02:00:00:00:00:02")), path)
        check("romonctl ssh" in rest(path, "-X", "POST", status="400")["detail"], path)
    equal(trap_of(lambda: bob("/tool/romon/port/ssh")), "no such command", "of another menu")


def issues(node):
    """What is wrong with a file comes with its line and column."""
    with open(node.config_path, encoding="utf-8") as f:
        was = f.read()
    with open(node.config_path, "w", encoding="utf-8") as f:
        f.write("romon:\n  role: emperor\nports: { a: { device: eth0, cost: 70000 } }\n")
    for command in ("config-diff", "config-apply"):
        answer = asked(f"http://127.0.0.1:8080/api/v1/romond/{command}", "-d", "{}", user=BOB, status="400")
        places = [(i["level"], i["line"], i["column"]) for i in answer["issues"]]
        equal(places, [("error", 2, 9), ("error", 3, 35)], f"{command}: {answer}")
        check("emperor" in answer["issues"][0]["text"] and "70000" in answer["issues"][1]["text"], answer)
    with open(node.config_path, "w", encoding="utf-8") as f:
        f.write(was)


def scenario(net):
    if librouteros is None:
        raise Skip("needs python3-librouteros")
    node, gateway = one_node(net)
    bob = librouteros.connect(host="127.0.0.1", username="bob", password=PASSWORD)
    settings(node, bob)
    ports(node, bob)
    refusals(node, bob)
    exported(bob)
    elsewhere(bob)
    issues(node)
    kept = node.ask("config-show")["config"]
    node.process.kill()
    node.process.wait()
    node.start()
    equal(node.ask("config-show")["config"], kept, "what was changed is there after kill -9")
    wait(lambda: rest("/system/identity") == {"name": "named"}, "the gateway finds it again")
    gateway.stop()
