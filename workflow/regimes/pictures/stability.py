"""What figures call the parts of the stability to diffeomorphisms."""

NAMES = {"R": "relative stability $R = D/G$", "D": "to diffeomorphisms, $D$", "G": "to noise, $G$"}
