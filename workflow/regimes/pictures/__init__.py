"""One look for every figure, and drawing that several share."""
