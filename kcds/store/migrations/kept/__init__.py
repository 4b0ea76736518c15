"""Steps of the tables that are kept."""
