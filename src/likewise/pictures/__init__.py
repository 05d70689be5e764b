"""Pictures for reports: contact sheets, curves, scatter plots, confusion matrices."""
