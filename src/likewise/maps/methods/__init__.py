"""The projections, one file each."""
