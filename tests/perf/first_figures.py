#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""One worker of romond beside testpmd macswap, in alternating trials on the same source and sink.

Source: net_pcap with infinite_rx=1; sinks: net_null with no-rx=1; one core (CPU 1), busy polling, bursts
of 32. Rates are read from DPDK telemetry's /ethdev/stats of both programs over --seconds. Only the ratios
inside one run mean anything: these machines are shared. Needs root and 1 GiB of hugepages.

    tests/perf/first_figures.py [--trials 5] [--seconds 2] [--build build]
"""
import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PCAP_MAC = '02:70:63:61:70:00'  # what net_pcap gives its first port
NEXT_MAC = '02:00:00:00:00:0b'


def telemetry(prefix, command):
    path = f'/var/run/dpdk/{prefix}/dpdk_telemetry.v2'
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
        s.settimeout(5)
        s.connect(path)
        s.recv(1024)
        s.send(command.encode())
        return json.loads(s.recv(32768))[command.split(',')[0]]


def wait_for(what, fn, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            result = fn()
            if result:
                return result
        except (OSError, ValueError, KeyError, TypeError):  # not up yet, or no such port yet
            pass
        time.sleep(0.05)
    raise SystemExit(f'{what}: nothing within {seconds} s')


def frames_in(prefix):
    return telemetry(prefix, '/ethdev/stats,0')['ipackets']


def frames_out(prefix, n_sinks):
    return sum(telemetry(prefix, f'/ethdev/stats,{i}')['opackets'] for i in range(1, n_sinks + 1))


def measure(argv, prefix, n_sinks, seconds, log):
    """Frames a second in and out of a program in its steady state."""
    with open(log, 'w', encoding='utf-8') as out:
        proc = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=out, stderr=out)
        try:
            wait_for(argv[0], lambda: frames_in(prefix) > 0)
            time.sleep(0.5)  # warm-up, not counted
            t0, in0, out0 = time.monotonic(), frames_in(prefix), frames_out(prefix, n_sinks)
            time.sleep(seconds)
            t1, in1, out1 = time.monotonic(), frames_in(prefix), frames_out(prefix, n_sinks)
        finally:
            proc.send_signal(signal.SIGTERM)
            proc.wait(timeout=20)
    return (in1 - in0) / (t1 - t0), (out1 - out0) / (t1 - t0)


def vdevs(pcap, n_sinks):
    return [f'net_pcap0,rx_pcap={pcap},infinite_rx=1'] + [f'net_null{i},no-rx=1' for i in range(n_sinks)]


def testpmd(pcap, prefix, n_sinks):
    argv = ['dpdk-testpmd', '--lcores=0@0,1@1', '--in-memory', '--no-pci', f'--file-prefix={prefix}', '-m', '512']
    for v in vdevs(pcap, n_sinks):
        argv += ['--vdev', v]
    return argv + ['--', '--forward-mode=macswap', '--burst=32', '--nb-cores=1', '--total-num-mbufs=16384',
                   '--auto-start', '--portmask=0x3', '--rxd=512', '--txd=512', '--stats-period=3600']


def romond(build, config):
    return [f'{build}/app/romond/romond', '-c', config]


def romond_config(path, prefix, pcap, n_sinks, mode):
    names = ['in'] + [f'out{i}' for i in range(n_sinks)]
    ports = ', '.join(f'{n}: {{ device: "{d}"{", link-id: " + str(i + 1) if mode == "node" else ""} }}'
                      for i, (n, d) in enumerate(zip(names, vdevs(pcap, n_sinks))))
    body = f'ports: {{ {ports} }}\n' if mode == 'node' else \
        f'relay-groups: {{ g: {{ ports: {{ {ports} }}, storm-limit: none }} }}\n'
    with open(path, 'w', encoding='utf-8') as f:
        f.write(f'romon: {{ id: 02:00:00:00:00:01 }}\n{body}'
                f'workers: {{ cores: [1], idle: busy }}\nfile-prefix: {prefix}\n'
                f'memory: {{ hugepages: on, mbufs: 16384 }}\n'
                f'limits: {{ discover-in: none, answers-per-origin: none }}\n'
                f'control: {{ socket: {os.path.dirname(path)}/control.sock }}\nstate: {{ dir: none }}\n')
    os.chmod(path, 0o600)


def pcaps(folder):
    make = [sys.executable, f'{ROOT}/tests/perf/make_pcap.py']
    data = ['data', '--port-mac', PCAP_MAC, '--out-link', '2', '--next-mac', NEXT_MAC, '-n', '1024']
    for name, args in (('relay', ['relay-discover', '--sources', '16', '-n', '1024']),
                       ('data', data + ['--neighbors', '100'])):
        subprocess.run(make + args + [f'{folder}/{name}.pcap'], check=True, stdout=subprocess.DEVNULL)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--trials', type=int, default=5)
    p.add_argument('--seconds', type=float, default=2)
    p.add_argument('--build', default=f'{ROOT}/build')
    p.add_argument('--only', help='name of one side')
    args = p.parse_args()
    folder = tempfile.mkdtemp(prefix='romond-perf-')
    pcaps(folder)
    config = {}
    for name, pcap, n_sinks, mode in (('relay-1-1', 'relay', 1, 'relay'), ('relay-1-3', 'relay', 3, 'relay'),
                                      ('node-data', 'data', 1, 'node')):
        config[name] = f'{folder}/{name}.yaml'
        romond_config(config[name], f'rperf-{name}', f'{folder}/{pcap}.pcap', n_sinks, mode)
    sides = {
        'testpmd macswap, 98 B': (testpmd(f'{folder}/relay.pcap', 'rperf-t98', 1), 'rperf-t98', 1),
        'relay 1->1, 98 B': (romond(args.build, config['relay-1-1']), 'rperf-relay-1-1', 1),
        'relay 1->3, 98 B': (romond(args.build, config['relay-1-3']), 'rperf-relay-1-3', 3),
        'testpmd macswap, 126 B': (testpmd(f'{folder}/data.pcap', 'rperf-t126', 1), 'rperf-t126', 1),
        'node Data, 126 B': (romond(args.build, config['node-data']), 'rperf-node-data', 1),
    }
    results = {name: [] for name in sides}
    for trial in range(args.trials):
        order = list(sides) if trial % 2 == 0 else list(sides)[::-1]
        for name in order:
            if args.only and args.only not in name:
                continue
            argv, prefix, n_sinks = sides[name]
            results[name].append(measure(argv, prefix, n_sinks, args.seconds, f'{folder}/{prefix}.log'))
    base = {'98 B': 'testpmd macswap, 98 B', '126 B': 'testpmd macswap, 126 B'}
    print(f'{"side":24} {"in Mpps":>9} {"min":>7} {"max":>7} {"out/in":>7} {"x testpmd":>10}')
    for name, rows in results.items():
        if not rows:
            continue
        rx = [r[0] / 1e6 for r in rows]
        peers = [r[0] / 1e6 for r in results[base[name.split(', ')[1]]]]
        ratio = f'{statistics.median(rx) / statistics.median(peers):.2f}' if peers else '-'
        out_in = statistics.median(r[1] / r[0] if r[0] else 0 for r in rows)
        print(f'{name:24} {statistics.median(rx):9.2f} {min(rx):7.2f} {max(rx):7.2f} {out_in:7.2f} {ratio:>10}')
    shutil.rmtree(folder)


if __name__ == '__main__':
    main()
