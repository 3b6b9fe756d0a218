"""What to write where YAML 1.1 reads a value otherwise than it looks."""

from decimal import Decimal, InvalidOperation

LONGEST_PLAIN = 12  # digits of a number that are still counted at a glance
LARGEST = 2**63  # no array has so many entries


def to_write(value, needed):
    """How a value must be written to be of the type that a setting needs; "" where it cannot be.

    Args:
        value: as YAML read it. needed: "string", "number", "integer", "boolean", or another type.
    Returns:
        the end of a complaint: ': write 1.0e-3 or 0.001', ': put it in quotes, "0.001"'.
    """
    if needed == "boolean":
        return ": write true or false"
    if needed == "string" and not isinstance(value, list | dict):
        return _in_quotes(value)
    number = isinstance(value, str) or (isinstance(value, float) and needed == "integer")
    spellings = numbers(str(value), needed) if number else []
    return f": write {' or '.join(spellings)}" * bool(spellings)


def numbers(text, needed):
    """Spellings that YAML 1.1 reads as exactly the number in a text; none if it holds no such.

    YAML 1.1 wants a point before the exponent and a sign in it: 1e-3 is text, 1.0e-3 a number.
    """
    try:
        number = Decimal(text)
    except InvalidOperation:
        return []
    if (
        needed not in ("number", "integer")
        or not number.is_finite()
        or abs(number.adjusted()) > 300
    ):
        return []
    if needed == "integer":
        return [f"{number:.0f}"] * (number == number.to_integral_value() and abs(number) < LARGEST)
    mantissa, _, exponent = f"{number:e}".partition("e")
    scientific = f"{mantissa}{'' if '.' in mantissa else '.0'}e{exponent}"
    plain = f"{number:f}"
    return [scientific] * ("e" in text.lower()) + [plain] * (len(plain) <= LONGEST_PLAIN)


def _in_quotes(value):
    if value is None or isinstance(value, bool):
        return ": put it in quotes; bare yes, no, on, off, true, false and null are no text to YAML"
    return f': put it in quotes, "{value}"'.replace("e-0", "e-")
