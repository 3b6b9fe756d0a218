"""One run, from weights to what it leaves behind."""
