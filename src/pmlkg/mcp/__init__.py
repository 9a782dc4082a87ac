"""Tools for language models: names first, then answers with their claims, sources and counts."""
