# SPDX-License-Identifier: BSD-3-Clause
"""Did the right frames come out? What each sink must have for the frames that went in, by the model of the protocol in
tests/common/romon.py, and the comparison. A fast wrong forwarder fails here."""
from bench import places  # noqa: F401  (import paths)
import romon

SAMPLE_MIN = 256  # frames that a peer must have let through; it may lose the first ones while it sets up


def unchanged(frames, sinks):
    return {s: list(frames) for s in sinks}


def mac_swapped(frames, sinks):
    """testpmd macswap."""
    return {s: [f[6:12] + f[:6] + f[12:] for f in frames] for s in sinks}


def forwarded(model, in_name, frames, sinks):
    """Data frames and Discovers through a romond node: the model says where each leaves, and how."""
    out = {s: [] for s in sinks}
    port = model.port(in_name)
    for raw in frames:
        frame = romon.Frame.unpack(raw)
        if frame.type == romon.DISCOVER:
            for name, copy in model.refloods(frame, port).items():
                out[name].append(copy.pack())
        else:
            step = model.data_step(frame, port)
            if isinstance(step, romon.Forward):
                out[step.port.name].append(step.frame.pack())
    return out


def flow_of(raw):
    """What frames have in common among which order matters: sender, both ids, type and way."""
    try:
        f = romon.Frame.unpack(raw)
    except romon.BadFrame:
        return raw[:12]
    return (f.eth_src, f.type, f.src_id, f.dst_id, tuple(f.hops))


def by_flow(frames):
    out = {}
    for raw in frames:
        out.setdefault(flow_of(raw), []).append(raw)
    return out


def compare(wanted, got):
    """Problems of our own side: each sink has exactly what the model says, in order within each flow."""
    out = []
    for sink, frames in wanted.items():
        heard = got.get(sink, [])
        if not frames:
            out.append(f"{sink}: the model forwards nothing; the input is wrong")
        elif len(heard) != len(frames):
            out.append(f"{sink}: {len(heard)} frames, wanted {len(frames)}")
        else:
            out += [f"{sink}: {text}" for text in differences(by_flow(frames), by_flow(heard))]
    return out


def differences(wanted, heard):
    """One line, or nothing: the first flow whose frames differ."""
    strange = [f for f in heard if f not in wanted]
    if strange:
        return [f"{len(strange)} flows that nobody sent, as {heard[strange[0]][0].hex()}"]
    wrong = [f for f, frames in wanted.items() if heard.get(f) != frames]
    if not wrong:
        return []
    pairs = zip(wanted[wrong[0]], heard.get(wrong[0], []))
    want, have = next(((a, b) for a, b in pairs if a != b), (wanted[wrong[0]][-1], b""))
    return [f"{len(wrong)} flows differ, the first in {have.hex() or 'a missing frame'}, wanted {want.hex()}"]


def compare_sample(wanted, got):
    """Problems of a peer: what each sink has is a run of right frames in order, and long enough."""
    out = []
    for sink, frames in wanted.items():
        heard = got.get(sink, [])
        if len(heard) < min(SAMPLE_MIN, len(frames)):
            out.append(f"{sink}: {len(heard)} frames of {len(frames)}")
            continue
        at = iter(frames)
        n_right = sum(1 for f in heard if any(f == w for w in at))
        if n_right != len(heard):
            out.append(f"{sink}: {len(heard) - n_right} of {len(heard)} frames are not what went in, or out of order")
    return out
