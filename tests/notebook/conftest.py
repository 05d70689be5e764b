from __future__ import annotations

from browsing import browser, new_page

__all__ = ["browser", "new_page"]
