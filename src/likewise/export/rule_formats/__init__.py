"""Forms that a rule can leave in: one file each, named by the suffix of what it writes."""
