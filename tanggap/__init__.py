"""What the pipeline stands on: shared data types, config, store, review desk, commands."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("tanggap")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+unknown"
