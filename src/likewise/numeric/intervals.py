"""How far a counted share can be believed."""

from __future__ import annotations

import math

from likewise.errors import BadInputError

NORMAL_975 = 1.959964


def wilson_interval(right: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share, by Wilson's score (Wilson 1927; Brown, Cai, DasGupta 2001).

    It stays between 0 and 1 and keeps what it promises for small counts too, where the usual
    mean plus and minus two standard errors does not.

    Args:
        right: how many were right.
        of: of how many, 1 or more.

    Raises:
        BadInputError: counts that no share can have.

    Example:
        >>> [round(bound, 3) for bound in wilson_interval(9, 10)]
        [0.596, 0.982]
    """
    if of < 1 or not 0 <= right <= of:
        raise BadInputError(
            f"{right} right of {of} is not a share; give 1 or more, and at most as many right"
        )
    share, z2 = right / of, NORMAL_975**2 / of
    centre = (share + z2 / 2) / (1 + z2)
    half = math.sqrt(share * (1 - share) * z2 + z2 * z2 / 4) / (1 + z2)
    return max(0.0, centre - half), min(1.0, centre + half)
