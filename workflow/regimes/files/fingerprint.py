"""What a result depends on in code: a script and every module of the library it imports."""

import ast
import hashlib
import os
from functools import cache
from pathlib import Path

WORKFLOW = Path(__file__).parents[2]
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def fingerprint(script, *more, library=WORKFLOW):
    """Hash of the code of a script and of everything of `regimes` that it imports.

    Imports are followed directly and indirectly, also those inside functions. Docstrings, comments
    and layout do not count; the path of a module within the library does. Links are not followed,
    but for their content: a module is known by the path under which it is imported.

    Args:
        script: path of the script. more: modules that are imported by name at run time, which
        reading the source cannot show. library: the folder that holds the package `regimes`.
    Returns:
        SHA-256 in hexadecimal, the same under every version of Python that can read the files.
    Raises:
        ValueError: a file is missing or is not Python.
    """
    library = Path(library).absolute()
    files = _closure({Path(file).absolute() for file in (script, *more)}, library)
    text = "\0".join(f"{_name(file, library)}\0{_code(file)[0]}" for file in sorted(files))
    return hashlib.sha256(text.encode()).hexdigest()


def _name(file, library):
    """Path of a file as seen from the library, also of a script that lies elsewhere."""
    return os.path.relpath(file, library)


def _closure(files, library):
    """The files, and those of the library that they import, and so on."""
    found, waiting = set(), set(files)
    while waiting:
        found |= waiting
        waiting = {path for file in waiting for path in _imported(file, library)} - found
    return found


@cache
def _imported(file, library):
    """Files of the library that the import statements of a file run."""
    names = _imports(file, library)
    return frozenset(path for name in names for path in _files_of(name, library))


def _files_of(name, library):
    """Source files that importing the dotted `name` runs: the module and its packages."""
    parts = name.split(".")
    for n in range(1, len(parts) + 1):
        path = library.joinpath(*parts[:n])
        if (path / "__init__.py").is_file():  # imported before a module of the same name
            yield path / "__init__.py"
        elif path.with_suffix(".py").is_file():
            yield path.with_suffix(".py")


@cache
def _imports(file, library):
    """Dotted names that may be modules of the library: `a.b` and `a.b.c` of `from a.b import c`."""
    package = ".".join(Path(_name(file, library)).parts[:-1])
    names = set()
    for node in _code(file)[1]:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        else:
            parents = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join(parents * (node.level > 0) + [node.module] * bool(node.module))
            names |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return frozenset(names)


@cache
def _code(file):
    """Text of a file's syntax tree without docstrings; and its import statements."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{file}: cannot be read ({error.strerror})") from error
    except SyntaxError as error:
        raise ValueError(f"{file}, line {error.lineno}: not Python ({error.msg})") from error
    imports = []
    return _canonical(tree, imports), imports


def _canonical(node, imports):
    """A syntax tree as text, without docstrings, positions and fields left empty.

    `ast.dump` and `ast.unparse` differ from one version of Python to the next, this does not.

    Args:
        node: of the tree, or what a field holds. imports: list that import statements join.
    """
    if isinstance(node, list):
        return f"[{', '.join([_canonical(item, imports) for item in node])}]"
    if not isinstance(node, ast.AST):
        return repr(repr(node))
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        imports.append(node)
    elif isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
        node.body = node.body[1:] or [ast.Pass()]
    elif isinstance(node, ast.JoinedStr):  # which Python 3.12.1 may end with an empty text
        node.values = [part for part in node.values if getattr(part, "value", None) != ""]
    told = [repr(type(node).__name__)]
    for name in node._fields:
        value = getattr(node, name, None)
        if value is not None and value != []:
            told.append(f"({name!r}, {_canonical(value, imports)})")
    return f"[{', '.join(told)}]"
