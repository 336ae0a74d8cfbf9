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


def compare(wanted, got):
    """Problems of our own side: each sink has exactly what the model says, in order."""
    out = []
    for sink, frames in wanted.items():
        heard = got.get(sink, [])
        if not frames:
            out.append(f"{sink}: the model forwards nothing; the input is wrong")
        elif len(heard) != len(frames):
            out.append(f"{sink}: {len(heard)} frames, wanted {len(frames)}")
        else:
            wrong = [i for i, (a, b) in enumerate(zip(frames, heard)) if a != b]
            if wrong:
                i = wrong[0]
                out.append(f"{sink}: {len(wrong)} frames differ, the first is number {i}: {heard[i].hex()}, "
                           f"wanted {frames[i].hex()}")
    return out


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
