"""Lets torchvision be imported beside a build of torch that it was not made for.

Its compiled operators load only beside the build of torch that they were made for; beside another
one its import fails, when it registers their shapes. Nothing that is tested or measured uses these
operators, so the registration is left out, and the rest of torchvision works.
"""

from __future__ import annotations

import sys
from types import ModuleType

sys.modules.setdefault(
    "torchvision._meta_registrations", ModuleType("torchvision._meta_registrations")
)
