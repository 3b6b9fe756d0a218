"""Read what a study leaves behind: python docs/reading.py results stripe_d5 curve.svg.

The folder of the results, a model of the study, and the file to draw its learning curves to.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import xarray

results, model, picture = Path(sys.argv[1]), sys.argv[2], sys.argv[3]

# Every run is a row; every setting and every scalar that was measured a column.
runs = pd.read_csv(results / "runs.csv", dtype={"alpha": str})
runs = runs[runs["model"] == model]
print(runs.groupby(["alpha", "p"])["test_error"].agg(["mean", "sem", "count"]))

# A training: its trajectory, margins and outputs; every variable says its meaning and its unit.
path = sorted((results / model).glob("alpha*/p*/seeds*/train.h5"))[0]
with xarray.open_dataset(path, group="seed0", engine="h5netcdf") as run:
    print(path, run.attrs["ended"], "at", float(run["time"][-1]), run["time"].attrs["meaning"])
    print(run[["time", "test_error", "unfitted"]].to_dataframe().tail())

# What it was made from stands in the root of the file.
with xarray.open_dataset(path, engine="h5netcdf") as root:
    print(root.attrs["parameters"])

# A learning curve in five lines.
figure, axes = plt.subplots()
for alpha, of_alpha in runs.groupby("alpha"):
    curve = of_alpha.groupby("p")["test_error"].agg(["mean", "sem"])
    axes.errorbar(curve.index, curve["mean"], curve["sem"], marker="o", label=f"alpha = {alpha}")
axes.set(xscale="log", yscale="log", xlabel="training points p", ylabel="test error")
axes.legend()
figure.savefig(picture)
