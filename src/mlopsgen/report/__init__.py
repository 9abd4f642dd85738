"""Findings drawn for people and for machines; every `render` gives text ending in a newline."""
