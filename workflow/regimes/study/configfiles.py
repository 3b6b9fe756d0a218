"""What YAML loses, or reads otherwise than it looks, in a configuration file."""

import re
from pathlib import Path

import yaml

MISREAD = re.compile(r"[-+]?(0[0-9_]+|[^.]*:.*)")  # octal and sexagesimal numbers of YAML 1.1


def refuse_misread(files):
    """Refuse files of which Snakemake's reader of YAML and JSON loses a part without a word.

    Args:
        files: paths.
    Raises:
        ValueError: one line for each problem: file, line, setting, what to do.
    """
    found = [line for file in files for line in misread(file)]
    if found:
        raise ValueError("\n".join(found))


def misread(file):
    """Keys given twice in a mapping, and numbers such as 010, which is 8, each with its line.

    Of a key given twice YAML keeps the last. Keys of a merged mapping (<<) may be given anew.
    """
    # Tabs are white space to JSON alone.
    root = yaml.compose(Path(file).read_text("utf-8").replace("\t", " "), Loader=yaml.SafeLoader)
    for path, node in _nodes(root, "", set()):
        where = f"{file}, line {node.start_mark.line + 1}"
        if isinstance(node, yaml.MappingNode):
            yield from _repeats(file, path, node)
        elif node.tag.endswith((":int", ":float")) and MISREAD.fullmatch(node.value):
            number = yaml.safe_load(node.value)
            yield (
                f"{where}: {path}: YAML reads {node.value} as {number}: write {number} if you mean "
                "that, or else no leading zero and no colon"
            )


def _nodes(node, path, seen):
    """(path, node) of everything in a document, in depth; what has aliases only once."""
    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    yield path, node
    below = []
    if isinstance(node, yaml.MappingNode):
        below = [(key.value, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        below = enumerate(node.value)
    for key, value in below:
        yield from _nodes(value, f"{path}.{key}".strip("."), seen)


def _repeats(file, path, mapping):
    """Keys that a mapping has already."""
    first = {}
    for key in (key for key, _ in mapping.value if isinstance(key, yaml.ScalarNode)):
        line, setting = key.start_mark.line + 1, f"{path}.{key.value}".strip(".")
        if (key.tag, key.value) in first:
            earlier = first[key.tag, key.value]
            yield f"{file}, line {line}: {setting} is given already in line {earlier}: remove one"
        first.setdefault((key.tag, key.value), line)
