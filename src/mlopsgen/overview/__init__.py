"""The platform on one page: a file of HTML that needs nothing but a browser."""

from mlopsgen.overview.content import Content, Environment, overview

__all__ = ["Content", "Environment", "overview"]
