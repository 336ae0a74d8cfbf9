# SPDX-License-Identifier: BSD-3-Clause
"""romond for dpdk-telemetry-exporter.py of DPDK (24.07 or newer), from the /romon paths of docs/telemetry.md.

Goes into /usr/share/dpdk/telemetry-endpoints. The exporter calls info() and metrics(), and names each metric dpdk_romond_NAME.
Python 3 standard library only.
"""

PORT = {  # of a row of /romon/port: name, type, meaning
    "rx_frames": ("port_receive_frames_total", "counter", "Frames received."),
    "rx_bytes": ("port_receive_bytes_total", "counter", "Bytes received."),
    "rx_drops": ("port_receive_drops_total", "counter", "Frames received and dropped."),
    "rx_missed": ("port_receive_missed_total", "counter", "Frames lost before a worker saw them."),
    "tx_frames": ("port_transmit_frames_total", "counter", "Frames sent, copies too."),
    "tx_bytes": ("port_transmit_bytes_total", "counter", "Bytes sent."),
    "tx_drops": ("port_transmit_drops_total", "counter", "Frames that were to leave here, and did not."),
}
WORKER = {  # of a row of /romon/workers
    "stuck": ("worker_stuck", "gauge", "Whether the worker made no turn in the last second."),
    "rx_frames": ("worker_receive_frames_total", "counter", "Frames received."),
    "punts_lost": ("worker_punts_lost_total", "counter", "Frames for control that were lost."),
    "no_mbuf": ("worker_no_mbuf_total", "counter", "Copies that found no buffer."),
}
STATUS = {  # of /romon/info
    "uptime_s": ("uptime_seconds", "gauge", "Time since romond started."),
    "ports_up": ("ports_up", "gauge", "Ports that are up."),
    "neighbors": ("neighbors", "gauge", "Neighbors heard on all ports."),
    "forwarded": ("forwarded_frames_total", "counter", "Frames received and sent on."),
    "delivered": ("delivered_frames_total", "counter", "Frames received that were for this node."),
}
NODES = {"nodes_ok": "ok", "nodes_late": "late", "nodes_down": "down"}
OTHER = {
    "port_up": ("gauge", "Whether the port is up."),
    "port_dropped_frames_total": ("counter", "Frames dropped, by reason."),
    "worker_busy_ratio": ("gauge", "Share of the last second with work to do."),
    "nodes": ("gauge", "Nodes of the inventory, by status."),
}


def info():
    """Name of each metric -> (meaning, type)."""
    out = {name: (meaning, kind) for table in (PORT, WORKER, STATUS) for name, kind, meaning in table.values()}
    out.update({name: (meaning, kind) for name, (kind, meaning) in OTHER.items()})
    return out


def pages(sock, path):
    """Each row of a list that comes in pages; names are texts already."""
    at = 0
    while at != "":
        page = sock.cmd(path, at)
        rows = page["rows"]
        yield from rows.values() if isinstance(rows, dict) else rows
        at = page["next"]


def members(row, table, labels):
    """(name, value, labels) of each member of the row that the table has."""
    return [(name, row[member], labels) for member, (name, _, _) in table.items() if member in row]


def metrics(sock):
    """All of it: a list of (name, value, labels)."""
    status = sock.cmd("/romon/info")
    out = members(status, STATUS, {})
    out += [("nodes", status[member], {"status": word}) for member, word in NODES.items() if member in status]
    for name in pages(sock, "/romon/ports"):
        port = sock.cmd("/romon/port", name)
        if "state" not in port:
            continue  # it went away between two questions
        out.append(("port_up", int(port["state"] == "up"), {"port": name}))
        out += members(port, PORT, {"port": name})
    for drop in pages(sock, "/romon/drops"):
        out.append(("port_dropped_frames_total", drop["count"], {"port": drop["port"], "reason": drop["reason"]}))
    for worker in pages(sock, "/romon/workers"):
        labels = {"worker": worker["worker"]}
        out.append(("worker_busy_ratio", worker["busy_percent"] / 100, labels))
        out += members(worker, WORKER, labels)
    return out
