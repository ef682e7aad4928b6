"""Run the console: `python -m console`."""

import sys

from console import app

if __name__ == "__main__":
    sys.exit(app.main())
