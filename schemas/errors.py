"""The one exception that people see: a clear sentence with the way out, and an exit code."""

USAGE, FAILURE = 2, 1


class BaogongError(Exception):
    """What went wrong and what to do about it, in one sentence; the command line prints it and exits with `code`.

    `code` is 2 where the call itself was wrong (arguments, settings, files named) and 1 where it failed in doing.
    """

    def __init__(self, message: str, code: int = FAILURE) -> None:
        super().__init__(message)
        self.code = code
