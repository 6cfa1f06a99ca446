"""The full-chip workload in another simulator: 512 neurons, 131,072 synapses, a Poisson source on each of 512 rows, one
millisecond of chip time. Prints the CPU time of each run and the mean rate of the neurons as one JSON object.

usage: w1.py brian2|nest lif|adex DENSITY RATE_KHZ RUNS

Times are in ms and 1000 times those of the chip; conductances and currents are those of the chip divided by ten, capacitances
multiplied by a hundred, so that all potentials and spikes are the same. All random numbers come from SplitMix64 used as a
counter, as in `emulator/src/bench/array/input.rs`, so that both programs do the same work.
"""

import json
import resource
import sys
import tempfile

import numpy as np

STEP_MS = 0.1
LENGTH_MS = 1000.0
NEURON = dict(
    C=200.0, gL=20.0, EL=600.0, VT=700.0, DT=20.0, peak=900.0, reset=550.0, tau_w=100.0, a=2.0, b=40.0, t_ref=2.0, tau_s=5.0,
    I0=1000.0, delay=0.4,
)
CHARGE_PA = {1.0: 20.0, 0.1: 63.0}
NOMINAL_RATE = 0.01


def mix(x):
    with np.errstate(over="ignore"):
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))


def uniform(seed, index):
    with np.errstate(over="ignore"):
        start = mix(np.uint64(seed) * np.uint64(0xD1342543DE82EF95) + np.uint64(1))
        bits = mix(start + (np.asarray(index, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15))
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53


def weights(density):
    k = np.arange(2 * 256 * 256)
    drawn = np.where(uniform(1, k) < density, 1 + np.floor(uniform(2, k) * 63), 0)
    return drawn.reshape(2, 256, 256)


def events(rate):
    """Row and step of every event; two of a row in one step are one, since not every simulator takes two."""
    index = np.arange(512)[:, None] * 4096 + np.arange(int(2 * rate * LENGTH_MS + 100))[None, :]
    times = np.cumsum(-np.log1p(-uniform(10, index)) / rate, axis=1)
    row, _ = np.nonzero(times < LENGTH_MS)
    step = np.maximum(np.ceil(times[times < LENGTH_MS] / STEP_MS - 1e-9), 1).astype(int)
    both = np.unique(step * 512 + row)
    return both % 512, both // 512


def cpu_seconds(who):
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def brian2(runs, model, weight, charge, row, step):
    import os
    import subprocess

    import brian2 as b2

    folder = tempfile.mkdtemp()
    b2.prefs.codegen.cpp.extra_compile_args_gcc = ["-w", "-O3", "-march=native", "-ffast-math"]
    b2.set_device("cpp_standalone", build_on_run=False)
    b2.defaultclock.dt = STEP_MS * b2.ms
    n = NEURON
    units = dict(C=b2.pF, gL=b2.nS, EL=b2.mV, VT=b2.mV, DT=b2.mV, peak=b2.mV, reset=b2.mV, tau_w=b2.ms, a=b2.nS, b=b2.pA)
    names = {key: n[key] * unit for key, unit in units.items()} | dict(ts=n["tau_s"] * b2.ms, I0=n["I0"] * b2.pA)
    currents = "dIe/dt = -Ie/ts : amp\ndIi/dt = -Ii/ts : amp\n"
    lif = "dv/dt = (gL*(EL-v) + Ie - Ii + I0)/C : volt (unless refractory)\n"
    adex = "dv/dt = (gL*(EL-v) + gL*DT*exp((v-VT)/DT) - w + Ie - Ii + I0)/C : volt (unless refractory)\n"
    adex += "dw/dt = (a*(v-EL) - w)/tau_w : amp\n"
    is_adex = model == "adex"
    group = b2.NeuronGroup(
        512, (adex if is_adex else lif) + currents, method="euler", namespace=names,
        threshold="v > peak" if is_adex else "v > VT", reset="v = reset; w += b" if is_adex else "v = reset",
        refractory=n["t_ref"] * b2.ms,
    )
    group.v = n["EL"] * b2.mV
    source = b2.SpikeGeneratorGroup(512, row, step * STEP_MS * b2.ms)
    parts = [group, source, b2.SpikeMonitor(group)]
    for current, parity in (("Ie", 0), ("Ii", 1)):
        hemisphere, line, column = np.nonzero((weight > 0) & (np.arange(256) % 2 == parity)[None, :, None])
        synapses = b2.Synapses(source, group, "q : amp", on_pre=f"{current} += q", delay=n["delay"] * b2.ms)
        synapses.connect(i=hemisphere * 256 + line, j=hemisphere * 256 + column)
        synapses.q = weight[hemisphere, line, column] * charge * b2.pA
        parts.append(synapses)
    net = b2.Network(*parts)
    net.run(LENGTH_MS * b2.ms)
    b2.device.build(directory=folder, run=False, compile=True)
    taken = []
    for _ in range(runs):
        before = cpu_seconds(resource.RUSAGE_CHILDREN)
        subprocess.run(["./main"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        taken.append(cpu_seconds(resource.RUSAGE_CHILDREN) - before)
    results = os.path.join(folder, "results")
    spikes = [name for name in os.listdir(results) if name.startswith("_dynamic_array_spikemonitor_i")]
    return taken, os.path.getsize(os.path.join(results, spikes[0])) / 4


def nest(runs, *network):
    done = [nest_once(*network) for _ in range(runs)]
    return [taken for taken, _ in done], done[-1][1]


def nest_once(model, weight, charge, row, step):
    import nest

    nest.ResetKernel()
    nest.resolution = STEP_MS
    n = NEURON
    common = dict(
        C_m=n["C"], E_L=n["EL"], V_reset=n["reset"], t_ref=n["t_ref"], tau_syn_ex=n["tau_s"], tau_syn_in=n["tau_s"], I_e=n["I0"],
        V_m=n["EL"], V_th=n["VT"],
    )
    adex = dict(g_L=n["gL"], Delta_T=n["DT"], V_peak=n["peak"], tau_w=n["tau_w"], a=n["a"], b=n["b"])
    is_adex = model == "adex"
    name = "aeif_psc_exp" if is_adex else "iaf_psc_exp"
    group = nest.Create(name, 512, common | (adex if is_adex else dict(tau_m=n["C"] / n["gL"])))
    source, relay = nest.Create("spike_generator", 512), nest.Create("parrot_neuron", 512)
    for number in range(512):
        source[number].set(spike_times=np.round(step[row == number] * STEP_MS, 6))
    nest.Connect(source, relay, "one_to_one", dict(delay=STEP_MS))
    hemisphere, line, column = np.nonzero(weight)
    sign = np.where(line % 2 == 0, 1.0, -1.0)
    relays, neurons = np.array(relay.tolist()), np.array(group.tolist())
    syn = dict(weight=weight[hemisphere, line, column] * charge * sign, delay=np.full(len(line), n["delay"]))
    nest.Connect(relays[hemisphere * 256 + line], neurons[hemisphere * 256 + column], "one_to_one", syn)
    recorder = nest.Create("spike_recorder")
    nest.Connect(group, recorder)
    nest.Prepare()
    before = cpu_seconds(resource.RUSAGE_SELF)
    nest.Run(LENGTH_MS)
    taken = cpu_seconds(resource.RUSAGE_SELF) - before
    nest.Cleanup()
    return taken, recorder.n_events


def main():
    peer, model, density, rate = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]) / 1000
    charge = CHARGE_PA[density] * (NOMINAL_RATE / rate) ** 0.5
    run = {"brian2": brian2, "nest": nest}[peer]
    taken, spikes = run(int(sys.argv[5]), model, weights(density), charge, *events(rate))
    print(json.dumps(dict(peer=peer, cpu_ms=[1000 * s for s in taken], rate_khz=spikes / 512 / LENGTH_MS * 1000)))


main()
