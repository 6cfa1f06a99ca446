"""Runs the full-chip workload here and in other simulators in turn, and prints medians and ratios as a table.

usage: compare.py HXEMU [--runs N]        (with the Python that has brian2 and nest-simulator installed; see README.md)

Counted is CPU time per millisecond of chip time on one thread (ours: wall time of one thread). A peer that is not installed is left out and named.
"""

import json
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
# Our workload, model, density of the synapses, rate of a source in kHz of chip time.
ROWS = [
    ("lif-array", "lif", "1.0", "10"),
    ("adex-array", "adex", "1.0", "10"),
    ("adex-array-sparse", "adex", "0.1", "10"),
    ("adex-array-stress", "adex", "1.0", "100"),
]
PEERS = ["brian2", "nest"]


def last_object(command):
    """The last line of JSON a program prints, or the last line of what it complains about."""
    done = subprocess.run(command, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        return None, (done.stderr.strip().splitlines() or ["no output"])[-1]
    return json.loads(lines[-1]), None


def ours(program, row, runs):
    taken = []
    for _ in range(runs):
        measured, error = last_object([program, "bench", row[0], "--json", "--threads", "1", "--quiet"])
        if measured is None:
            return None, error
        taken.append(1.0 / measured["value"])
    return statistics.median(taken), None


def peers(peer, row, runs):
    measured, error = last_object([sys.executable, str(HERE / "w1.py"), peer, *row[1:], str(runs)])
    return (measured and statistics.median(measured["cpu_ms"])), error


def main():
    arguments = sys.argv[1:]
    runs = int(arguments[arguments.index("--runs") + 1]) if "--runs" in arguments else 5
    program = arguments[0]
    print("| workload | hxemu, ms per ms | " + " | ".join(f"{peer}, ms per ms | ratio" for peer in PEERS) + " |")
    print("| --- | --- |" + " --- | --- |" * len(PEERS))
    for row in ROWS:
        median, missing = {}, {}
        for name in ["hxemu", *PEERS]:
            value, error = ours(program, row, runs) if name == "hxemu" else peers(name, row, runs)
            (missing if value is None else median)[name] = error if value is None else value
        cells = [row[0], f"{median['hxemu']:.2f}" if "hxemu" in median else "failed"]
        for peer in PEERS:
            both = peer in median and "hxemu" in median
            cells += [f"{median[peer]:.1f}", f"{median[peer] / median['hxemu']:.2g}"] if both else ["-", "-"]
        print("| " + " | ".join(cells) + " |", flush=True)
        for name, error in missing.items():
            print(f"{row[0]}, {name}: {error}", file=sys.stderr)


main()
