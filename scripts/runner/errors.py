"""What can stop a run. Every message says what, where and what to do; the exit codes are documented in the README."""


class RapportError(Exception):
    """Stops the run with one line and an exit code."""

    exit_code = 1


class InputError(RapportError):
    """Raw files that cannot be loaded, or options that contradict what the warehouse knows."""

    exit_code = 3


class BuildError(RapportError):
    """dbt could not build a model, or a test failed."""

    exit_code = 4


class BusyError(RapportError):
    """Another process holds the warehouse."""

    exit_code = 5


class RulesError(RapportError):
    """The stored scores and the seeds are of different rule versions."""

    exit_code = 6
