"""Drawings: one file a kind, and the page that they share."""
