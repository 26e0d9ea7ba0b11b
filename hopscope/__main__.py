"""``python -m hopscope``."""

from hopscope.cli import main

if __name__ == "__main__":
    main()
