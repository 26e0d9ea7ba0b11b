"""Entry point of the program and of ``python -m hopscope``. Ctrl-C during start-up prints no traceback."""

import gc
import sys
from typing import NoReturn

__all__ = ["main"]


def main() -> NoReturn:
    """Run the command line and exit with its status."""
    try:
        if getattr(sys, "frozen", False):  # a worker process of a one-file program is the program itself
            from multiprocessing import freeze_support

            freeze_support()
        from hopscope import cli

        cli.main()
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        gc.freeze()  # the exit frees all memory; a last collection would take a seventh of a short run


if __name__ == "__main__":
    main()
