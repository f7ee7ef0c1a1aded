"""`python -m baosong`."""

from baosong.cli import main

if __name__ == "__main__":
    main()
