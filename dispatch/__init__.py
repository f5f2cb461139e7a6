"""Who does it? Catalogue, workers and shifts, assignments, work orders, matching."""
