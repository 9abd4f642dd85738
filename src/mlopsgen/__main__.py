"""Runs the command line as `python -m mlopsgen`."""

from mlopsgen.cli import program

program()
