"""The version, read by whatever names it: no other module has to import the package's front door for it."""

__version__ = "0.3.0"
