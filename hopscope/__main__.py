"""The program, and ``python -m hopscope``: Ctrl-C while it starts is as quiet as later."""

import gc
import sys
from typing import NoReturn

__all__ = ["main"]


def main() -> NoReturn:
    """Run the command line and exit with its status."""
    try:
        from hopscope import cli

        cli.main()
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        gc.freeze()  # the process ends, which frees all: to look for cycles first costs a seventh of a short run


if __name__ == "__main__":
    main()
