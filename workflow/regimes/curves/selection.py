"""What a figure of curves selects: its axes, its panels, the runs that it keeps."""

from fnmatch import fnmatchcase


def line_axes(shown):
    """The axes that tell lines apart, within a panel and between rows of panels."""
    return [*shown["lines"], *([shown["rows"]] if "rows" in shown else [])]


def panels_of(shown):
    """`y` of a figure as one list of quantities a panel."""
    return [[panel] if isinstance(panel, str) else panel for panel in shown["y"]]


def kept(quantity, at):
    """{axis: values} that a figure keeps of a quantity: what is said of it alone, else of all.

    Args:
        quantity: name of a column, or the pattern in `y`. at: as the figure's setting: {axis: value
        or list}, and {quantity: {axis: value or list}} of single quantities.
    """
    chosen = {axis: values for axis, values in at.items() if not isinstance(values, dict)}
    for name, own in at.items():
        if isinstance(own, dict) and fnmatchcase(quantity, name):
            chosen |= own
    return {axis: v if isinstance(v, list) else [v] for axis, v in chosen.items()}
