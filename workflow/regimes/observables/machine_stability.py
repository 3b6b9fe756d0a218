"""Stability of kernel machines to diffeomorphisms, on the images that nets are measured on."""

from regimes.files.store import Schema
from regimes.nets import net_of
from regimes.observables.deformations import trials
from regimes.observables.inputs import number
from regimes.observables.kernel_method import machine
from regimes.observables.stability import DEFORMATIONS, RESULTS, deformations, line, stability

ARRAYS = ("x_train", "y_train", "x_test", "y_test")
SCHEMA = Schema("machine_stability", 1, {"seed*": DEFORMATIONS, "seed*/*": RESULTS})


def observe(files, settings, device="cpu"):
    """Stability of the kernel machines of every seed, through their duals.

    A bias drops out, as only differences of outputs count.

    Args:
        files: `data`, `train` and `kernel_method`, each {"seed{n}": group}.
        settings: task, net, kernels and machine_stability of the job. device: torch device.
    Yields:
        ("seed{n}", what the deformations are), ("seed{n}/{kernel}", D, G, R), as in SCHEMA; of
        machines that have converged.
    """
    net, own = net_of(settings["net"]), settings["machine_stability"]
    for seed, run in files["train"].items():
        data = {name: files["data"][seed][name][:] for name in ARRAYS}
        index = files["data"][seed]["index_test"][: own["images"]]
        found = trials(settings["task"], index, number(seed), own)
        yield seed, deformations(found, own)
        for name, trained in files["kernel_method"][seed].items():
            if not trained.attrs["converged"]:
                print(f"WARNING {seed}: kernel {name} has not converged, left out")
                continue
            dual = trained["dual"][:]

            def outputs(images, name=name, run=run, data=data, dual=dual):
                on = machine(name, net, run, data | {"x_test": images}, settings, device)
                return {"output": on.predictions(dual)}

            measured = stability(outputs, found, number(seed))
            print(f"{seed}, kernel {name}: D, G, R = {line(measured)}")
            yield f"{seed}/{name}", measured


def scalars(machines):
    """{"machine_R_{kernel}": ...}, D and G likewise, at the first displacement."""
    return {
        f"machine_{name}_{kernel}": float(group[name][-1, 0])
        for kernel, group in machines.items()
        if hasattr(group, "keys")
        for name in "DGR"
    }
