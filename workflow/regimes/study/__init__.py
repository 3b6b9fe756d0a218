"""The configuration, and what surrounds a job."""
