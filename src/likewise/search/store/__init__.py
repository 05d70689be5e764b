"""Stores: where items and their vectors live."""
