# SPDX-License-Identifier: BSD-3-Clause
"""Which tests should notice a change of a file, the quick and near ones first."""
import os
import re

# Scenarios for what no unit test noticed: the first row whose pattern the path has.
SCENARIOS = [
    (r"lib/dp/dp_(relay|rx|tx)", ["relay_flood", "relay_vlan", "relay_loop"]),
    (r"lib/dp/dp_(sign|verify|auth|greet)|lib/auth/|app/romond/(?:.*/)?sign", ["signed", "signed_move", "rotation", "secrets_canary"]),
    (r"lib/dp/dp_tap|app/romond/(?:.*/)?(tap|capture|torch)", ["capture"]),
    (r"lib/dp/", ["node_data", "node_discover", "node_resp", "hostile", "limits"]),
    (r"lib/node/", ["node_discover", "routeros_peer", "masters", "asks_forged"]),
    (r"lib/topo/", ["seven_nodes", "node_discover", "masters"]),
    (r"lib/port/|app/romond/(?:.*/)?(ports|placement|preflight|workers)", ["churn", "restart", "reload", "relay_vlan"]),
    (r"app/romond/(?:.*/)?(config|confirm|reload|handlers_config)", ["trial", "reload", "config_save", "ctl"]),
    (r"app/romond/(?:.*/)?(event|exec_hook|handlers_events)", ["events", "ctl"]),
    (r"app/romond/(?:.*/)?(why|trend|handlers_why|punts)", ["why", "hostile"]),
    (r"app/romond/(?:.*/)?(ping|rosters|inventory|handlers_nodes|discover)", ["seven_nodes", "masters", "routeros_peer", "node_keys"]),
    (r"app/romond/(?:.*/)?(responder|data|own_node|inject)", ["node_discover", "routeros_peer", "node_keys"]),
    (r"app/romond/(?:.*/)?(demo)", ["demo_mode"]),
    (r"app/romond/(?:.*/)?(reach|pipe|stream)", ["reach_ssh", "reach_trouble"]),
    (r"app/romond/(?:.*/)?telemetry", ["telemetry"]),
    (r"app/romond/", ["ctl", "instances", "restart", "telemetry"]),
]
# Of an area's tests those that drive most of it, for files without tests of their own topic.
BROAD = {"lib/dp": ["test_dp_route", "test_dp_relay", "test_dp_auth", "test_dp_account"], "lib/topo": ["test_topo_random", "test_topo_events"],
         "lib/auth": ["test_auth_scheme", "test_dp_auth"], "lib/port": ["test_port_veth", "test_app_ports"],
         "app/romond": ["test_app_nodes", "test_app_ports", "test_app_config"]}
AREA_TESTS = {"app/romond": ["test_app_", "test_event", "test_exec", "test_signing"]}


def scenarios(path):
    return next((names for pattern, names in SCENARIOS if re.match(pattern, path)), [])


def _words(name):
    return set(re.split(r"[_\W]+", name))


def order(path, tests):
    """The same tests, nearest first: those of the file's topic, those of its library, the others."""
    base = os.path.basename(path)
    folder = "/".join(path.split("/")[:2])  # lib/dp, app/romond
    stem = _words(os.path.splitext(base)[0]) - {os.path.basename(folder)}
    prefixes = AREA_TESTS.get(folder, [f"test_{os.path.basename(folder)}_"])

    def rank(test):
        is_ours = test.startswith(tuple(prefixes))
        is_of_topic = _words(test) & stem and (is_ours or _words(test) >= stem)
        return not (is_of_topic or test in BROAD.get(folder, [])), not is_ours

    return sorted(tests, key=rank)  # keeps the order of equals
