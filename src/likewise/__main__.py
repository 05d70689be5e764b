"""``python -m likewise`` is ``likewise``."""

import sys

if not sys.flags.safe_path:
    del sys.path[0]  # the current folder, whose files may be anybody's

from likewise.start import main

main()
