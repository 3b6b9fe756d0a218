"""What is wrong with a setting, in the user's words."""

import math
import re
from difflib import get_close_matches

from jsonschema import Draft202012Validator, validators

from regimes.study.spelling import LARGEST, to_write

MODEL = re.compile(r"models\.\w+")


def _is_integer(_, value):
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST


def _is_number(checker, value):
    return _is_integer(checker, value) or (isinstance(value, float) and math.isfinite(value))


# JSON would take 16.0 for an integer, which makes another path than 16.
Form = validators.extend(
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"integer": _is_integer, "number": _is_number}
    ),
)


def problems(value, schema, where):
    """Every disagreement with a schema, in words, in the order of the settings.

    Of a value of the wrong type, only that it is.
    """
    errors = sorted(Form(schema).iter_errors(value), key=lambda error: _position(error, value))
    mistyped = [_place(error) for error in errors if error.validator == "type"]
    for error in errors:
        if error.validator == "type" or _place(error) not in mistyped:
            yield from _said(error, where)


def said_once(complaints):
    """Each complaint once; what holds for models alike, as for merged ones, of the first."""
    alike = {}
    for line in complaints:
        model = MODEL.search(line)
        said = alike.setdefault(MODEL.sub("models.*", line), {})
        said.setdefault(model and model[0], line)
    for said in alike.values():
        (_, line), *others = said.items()
        yield line + f"; the same in {listed(model for model, _ in others)}" * bool(others)


def _position(error, value):
    """Where a value stands among those written, as a number a level."""
    position = []
    for key in error.absolute_path:
        position.append(list(value).index(key) if isinstance(value, dict) else key)
        value = value[key]
    return position


def _place(error):
    """Which value is wrong: names of settings are at the place of the mapping that they are in."""
    return list(error.absolute_path), repr(error.instance)


def _said(error, where):
    keys = [where] * bool(where) + [str(key) for key in error.absolute_path]
    path = ".".join(keys) or "the configuration"
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        for key in sorted(map(str, error.instance.keys() - known.keys())):
            yield f"unknown setting {path}.{key}{nearest(key, known)}; known: {listed(known)}"
    else:
        hint = error.schema.get("description", "") if isinstance(error.schema, dict) else ""
        yield f"{path}: {_in_words(error)}" + f" ({hint})" * bool(hint)


def _in_words(error):
    got = f"got {error.instance!r}"
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        return f"needs {listed(missing)}; got only {listed(error.instance) or 'an empty mapping'}"
    if error.validator == "type":
        needed = error.validator_value
        if needed in ("integer", "number") and type(error.instance) is int:
            return f"must be below 2^63 in size; {got}"
        sweep = isinstance(error.instance, list) and needed in ("integer", "number", "string")
        advice = ": to sweep it, say over" if sweep else to_write(error.instance, needed)
        return f"must be of type {needed}; {got}{advice}"
    if error.validator in ("minimum", "exclusiveMinimum", "maximum"):
        word = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most"}
        return f"must be {word[error.validator]} {error.validator_value}; {got}"
    if error.validator == "enum":
        return f"must be one of {listed(error.validator_value)}; {got}"
    if error.validator == "pattern":
        return f"is not written as it must be; {got}"
    if error.validator == "contains":
        return f"must contain {error.validator_value['const']!r}; {got}"
    return f"{error.message}"


def nearest(name, known):
    near = get_close_matches(str(name), list(known), n=1, cutoff=0.5)
    return f": did you mean {near[0]}?" if near else ""


def listed(names):
    return ", ".join(map(str, names))
