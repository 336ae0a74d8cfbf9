# SPDX-License-Identifier: BSD-3-Clause
"""scripts/bench: romond beside its peers, in ratios of one run. One job per module; main.py is the entry.

places.py knows where things are, stats.py and verdict.py judge figures, host.py looks at the machine, proc.py and the
*_side.py start programs and measure them, feed.py makes what they forward, proof.py checks what came out, rows.py
says which rows there are, contest.py runs one, curves.py and ab.py are the other two kinds of run, report.py prints.
"""
