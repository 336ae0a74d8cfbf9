# SPDX-License-Identifier: BSD-3-Clause
"""Rows of romon-gw. G1: answers of REST in a second, beside nginx that serves the same bytes from a file; each has the worker's
CPU in turns, and `ab` the other one, over 8 connections that stay. G2: row P3 while the gateway is flooded."""
import base64
import os
import re
import shutil
import subprocess
import urllib.request

from bench import contest, feed, host, places, stats, verdict
from bench.contest import Contest, Duel
from bench.gateway_side import FLOOD_MIN, PASSWORD, USER, Gatewayed, Gateway, flood
from bench.poll_side import Again, Beside
from bench.proc import Process, SideError, wait
from bench.romond_side import common_config, config_write

API, HTTP, NGINX = 18790, 18791, 18792
CONNECTIONS = 8
N_PORTS = 12  # a list of some 2 KiB
# What is asked: a settings menu, and a list.
ASKS = {"the identity": "/rest/system/identity", "a list of ports": "/rest/tool/romon/port"}
CONFIG = """user root;
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.err;
events {{ worker_connections 256; }}
http {{
    access_log off;
    keepalive_requests 100000000;
    default_type application/json;
    sendfile on;
    server {{ listen 127.0.0.1:{port}; root {folder}/www; }}
}}
"""


def on_worker_cpu():
    os.sched_setaffinity(0, {places.WORKER_CPU})


def rate_of(url, seconds):
    """Answers a second, by ab; the login stands in the header, as each client sends it."""
    done = subprocess.run(["ab", "-q", "-k", "-c", str(CONNECTIONS), "-t", str(max(1, round(seconds))), "-n", "10000000", "-A",
                           f"{USER}:{PASSWORD}", url], capture_output=True, text=True, check=False,
                          preexec_fn=lambda: os.sched_setaffinity(0, {places.CONTROL_CPU}))
    rate = re.search(r"Requests per second:\s+([\d.]+)", done.stdout)
    wrong = re.search(r"Non-2xx responses:\s+(\d+)", done.stdout)
    failed = re.search(r"Failed requests:\s+(\d+)", done.stdout)
    if rate is None or wrong is not None or (failed is not None and int(failed[1]) > 0):
        raise SideError(f"{url}: {done.stdout[-800:]}{done.stderr[-300:]}")
    return float(rate[1])


def fetched(path):
    ask = urllib.request.Request(f"http://127.0.0.1:{HTTP}{path}")
    ask.add_header("Authorization", "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode())
    with urllib.request.urlopen(ask, timeout=10) as answer:
        return answer.read()


def started(s):
    """(romond, the gateway, nginx), with the same bytes below both."""
    for program in ("nginx", "ab"):
        if shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin") is None:
            raise SideError(f"needs {program}: apt-get install nginx-light apache2-utils")
    config = common_config(os.path.join(s.folder, "g1.sock"), "bench-g1", places.BURST, 8192)
    config["workers"] = {"cores": [places.CONTROL_CPU], "idle": "adaptive"}
    config["memory"] = {"hugepages": "off", "mbufs": 8192}
    config["ports"] = {f"port{i}": {"device": f"net_null{i},no-rx=1", "comment": f"port {i} of the bench"} for i in range(N_PORTS)}
    path = os.path.join(s.folder, "g1.yaml")
    config_write(path, config)
    romond = Process("g1", s.folder).run([places.program(s.build, "romond"), "-c", path])
    wait("romond answers", lambda: romond.is_alive() and os.path.exists(config["control"]["socket"]))
    gateway = Gateway("g1-gw", s.folder, s.build, config["control"]["socket"], API, HTTP)
    gateway.start()
    for task in os.listdir(f"/proc/{gateway.process.pid}/task"):
        os.sched_setaffinity(int(task), {places.WORKER_CPU})
    for ask in ASKS.values():
        file = f"{s.folder}/www{ask}"
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(file, "wb") as f:
            f.write(fetched(ask))
    with open(f"{s.folder}/nginx.conf", "w", encoding="utf-8") as f:
        f.write(CONFIG.format(folder=s.folder, port=NGINX))
    nginx = Process("nginx", s.folder).run(["/usr/sbin/nginx", "-c", f"{s.folder}/nginx.conf"], priority=on_worker_cpu)
    wait("nginx serves", lambda: nginx.is_alive() and rate_of(f"http://127.0.0.1:{NGINX}{next(iter(ASKS.values()))}", 1) > 0)
    return romond, gateway, nginx


def reads_beside_nginx(s):
    steal = host.Steal()
    romond, gateway, nginx = started(s)
    duels, notes, ours_all = [], [], None
    try:
        for name, ask in ASKS.items():
            size, ours, theirs = len(fetched(ask)), [], []
            for i in range(s.n_trials):
                for port, rates in ((HTTP, ours), (NGINX, theirs)) if i % 2 == 0 else ((NGINX, theirs), (HTTP, ours)):
                    rates.append(rate_of(f"http://127.0.0.1:{port}{ask}", s.seconds))
            ratio = stats.summary(stats.ratios(ours, theirs))
            ours_all = ours_all or ours
            duels.append({"against": f"nginx, {size} bytes", "bar": 0.1, "goal": 0.3, "rate": stats.summary(theirs), "ratio": ratio,
                          "word": verdict.at_least(ratio["median"], 0.1, 0.3)})
            notes.append(f"{name}, {size} bytes: {stats.median(ours):.0f} a second, nginx {stats.median(theirs):.0f}")
    finally:
        nginx.stop()
        gateway.stop()
        romond.stop()
    share = steal.share()
    return {"ours": {"side": "romon-gw, REST", "rate": stats.summary(ours_all)}, "aa": None, "steal": share, "share": None, "wrong": [],
            "void": verdict.void_reasons(None, share, None), "duels": duels, "notes": notes}


def data_beside_flood(s):
    alone = Gatewayed("alone", s.folder, feed.make(s.feeds, feed.data()), s.build)
    alone.title = "the same, its gateway idle"
    flooded = Beside(alone, "romond node, its gateway flooded", flood, FLOOD_MIN, "answers")
    return Contest(flooded, Again(alone, "the same, once more"), [Duel(alone, 0.98, 0.99)], is_control_ours=False)


ROWS = {"G1": ("answers of REST in a second", lambda s: contest.until_it_counts(lambda n: reads_beside_nginx(s.again(n))))}
