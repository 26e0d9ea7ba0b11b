"""The program, and ``python -m hopscope``: Ctrl-C while it starts is as quiet as later."""

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


if __name__ == "__main__":
    main()
