"""Figure `tasks`: the tasks in the plane, their interfaces, and what a feature net decides."""

from regimes.files import store
from regimes.losses.margins import error_rate
from regimes.pictures.style import label_legend, panels, plane, plotted, save
from regimes.study import joblog
from regimes.tasks import boundary
from regimes.tasks.data import DATA
from regimes.training.train import TRAIN

POINTS = 4000

joblog.write_to(snakemake.log[0])
shown = snakemake.params.settings
seed = f"seed{shown['seed']}"
figure, axes = panels(1, len(shown["models"]), width=2.3, height=2.9)
numbers = {}
for axis, model, data_path, train_path in zip(
    axes[0], shown["models"], snakemake.input.data, snakemake.input.train, strict=True
):
    task = shown["of_model"][model]["task"]
    with store.open(data_path, DATA) as data, store.open(train_path, TRAIN) as train:
        x, y = data[seed]["x_test"][:], data[seed]["y_test"][:]
        output = train[seed]["test_output"][:]
    decision = (output > 0) * 2 - 1
    plane(axis, x[:POINTS], decision[:POINTS], boundary(task), extent=3.2, alpha=0.6)
    name = task["name"].replace("_", " ")
    axis.set(title=f"{name}: $\\epsilon$ = {error_rate(y * output):.3f}")
    axis.set(xlabel="$x_1$", ylabel="$x_2$")
    numbers[model] = {
        "x": plotted("n d", "test points", x),
        "output": plotted("n", "predictor F at the test points", output),
    }
label_legend(figure, "net decides")
save(figure, snakemake, numbers)
