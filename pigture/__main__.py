"""`python -m pigture`: the command line."""

from pigture.cli import main

if __name__ == "__main__":
    main()
