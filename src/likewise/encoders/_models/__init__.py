"""Models that are fetched once: from the hub, a folder or a ZIP file, into the folder of models."""
