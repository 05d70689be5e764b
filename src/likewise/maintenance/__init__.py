"""Keeps a workspace in good order: checks, backups, copies for others."""
