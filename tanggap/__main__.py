"""`python -m tanggap`: the command line."""

from tanggap.cli import main

if __name__ == "__main__":
    main()
