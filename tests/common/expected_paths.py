# SPDX-License-Identifier: BSD-3-Clause
"""What the inventories of a network of RoMON nodes must say, computed from a description of the network alone.

Written from docs/protocol.md section 5; knows nothing of romond. A network is a list of segments, each a list of
attachments (node, port, cost). Two nodes of a segment are linked when one of them floods a Discover into it that it did
not hear there: on a wire between two nodes always; on a segment of more nodes only with the one that brings the Discover,
which depends on the origin: such segments are refused here. Standard library only.
"""
import heapq


def links(segments):
    """(node, port, cost) pairs that are linked, each once."""
    out = []
    for attached in segments:
        nodes = {a[0] for a in attached}
        if len(nodes) > 2:
            raise ValueError(f"which links of a segment of {len(nodes)} nodes are described depends on the origin")
        for i, a in enumerate(attached):
            out += [(a, b) for b in attached[i + 1:] if a[0] != b[0]]
    return out


def table(segments, origin, down=()):
    """node -> (cost, hops, path as a tuple of nodes without the origin). down: (node, port) attachments that are cut.
    A tie between two paths is an error: a test must not depend on it."""
    edges = {}
    for a, b in links(segments):
        if a[:2] in down or b[:2] in down:
            continue
        for (u, _, cu), (v, _, cv) in ((a, b), (b, a)):
            edges.setdefault(u, []).append((v, cu + cv))
    best = {}
    queue = [(0, 0, (), origin)]
    while queue:
        cost, hops, path, node = heapq.heappop(queue)
        if node in best:
            if best[node][:2] == (cost, hops) and best[node][2] != path:
                raise ValueError(f"two paths from {origin} to {node} are equal: {best[node][2]}, {path}")
            continue
        best[node] = (cost, hops, path)
        for there, c in edges.get(node, ()):
            if there not in best:
                heapq.heappush(queue, (cost + c, hops + 1, path + (there,), there))
    del best[origin]
    return best


def transmissions(segments):
    """Of one Discover: each node floods into each of its ports once, but for the one that it heard first."""
    attachments = sum(len(s) for s in segments)
    nodes = {a[0] for s in segments for a in s}
    return attachments - len(nodes) + 1
