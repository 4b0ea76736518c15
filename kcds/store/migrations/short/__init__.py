"""Steps of the short-lived tables."""
