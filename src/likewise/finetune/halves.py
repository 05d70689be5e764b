"""A network in two halves: the lower one, which stays as it was, and the top, which is trained.

What the lower half makes of an image never changes, so it is computed once and kept, and an epoch
over the top takes a fraction of the time. timm's models do not come in halves; they are cut by
leaving `forward` at the first block that is trained, and entering it there with what was kept.
Where that does not give the numbers of the whole network, the whole of it is run each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile
from typing import Any

from likewise.finetune.networks import Tunable

_SAME = 1e-4


class _Reached(Exception):  # noqa: N818 - it is no error
    """Carries what arrives at a block out of `forward`."""


class Halves:
    """The two halves of a network on a device.

    Args:
        network: to be cut; its model is moved to the device.
        unfreeze: how many blocks are of the top.
        device: torch's name of it.

    Attributes:
        model: the whole.
        tuned: parameters of the top by name, which are the ones to train.
        cut: whether it is in halves; else the lower half only hands pixels on.

    Raises:
        BadInputError: there are not so many blocks.
    """

    def __init__(self, network: Tunable, unfreeze: int, device: str) -> None:
        import torch

        names = set(network.top(unfreeze))
        self.device = device
        self.model = network.model.to(device)
        self.tuned = {n: p for n, p in self.model.named_parameters() if n in names}
        for parameter in self.tuned.values():
            parameter.requires_grad_(True)
        self._mean = torch.tensor(network.mean, device=device).view(1, 3, 1, 1)
        self._std = torch.tensor(network.std, device=device).view(1, 3, 1, 1)
        known = dict(self.model.named_modules())
        frozen = [_entry(block) for block in network.blocks[1:-unfreeze]]
        self._entry: Any = known.get(_entry(network.blocks[-unfreeze]))
        self._skipped = [known[name] for name in frozen if name in known]
        self._blank = torch.zeros(1, 3, network.cut.side, network.cut.side, device=device)
        self._all = unfreeze == len(network.blocks)  # there is nothing below
        self.cut = self._can_be_cut()

    def lower(self, squares: Any) -> Any:
        """What is kept of grey levels (n, side, side, 3), on the CPU, with n rows."""
        import torch

        if not self.cut:
            return squares
        with torch.inference_mode():
            kept = self._up_to_entry(self._pixels(squares))
        return kept.cpu().clone()

    def upper(self, kept: Any) -> Any:
        """Features (n, dim) of what was kept; gradients reach the top's parameters."""
        if not self.cut:
            return self.model(self._pixels(kept))
        with self._entered(kept.to(self.device)):
            return self.model(self._blank)

    def _pixels(self, squares: Any) -> Any:
        levels = squares.to(self.device).permute(0, 3, 1, 2).float()
        return (levels / 255 - self._mean) / self._std

    def _up_to_entry(self, pixels: Any) -> Any:
        def leave(_: Any, given: tuple[Any, ...]) -> None:
            raise _Reached(given)

        handle = self._entry.register_forward_pre_hook(leave)
        try:
            self.model(pixels)
        except _Reached as reached:
            (given,) = reached.args
            (value,) = given  # a block that takes more than one thing cannot be entered
            return value
        finally:
            handle.remove()
        raise ValueError("the block is never reached")

    @contextmanager
    def _entered(self, kept: Any) -> Iterator[None]:
        """Have `forward` skip the frozen blocks, and go on with what was kept."""
        handle = self._entry.register_forward_pre_hook(lambda module, given: (kept,))
        for module in self._skipped:
            module.forward = _handed_on
        try:
            yield
        finally:
            for module in self._skipped:
                del module.forward
            handle.remove()

    def _can_be_cut(self) -> bool:
        """Whether the halves give what the whole gives."""
        import torch

        if self._entry is None or self._entry is self.model or self._all:
            return False
        draw = torch.Generator().manual_seed(0)
        side = self._blank.shape[-1]
        squares = torch.randint(0, 256, (2, side, side, 3), dtype=torch.uint8, generator=draw)
        with torch.inference_mode():
            whole = self.model(self._pixels(squares))
            self.cut = True
            try:
                halves = self.upper(self.lower(squares))
            except Exception:  # a network that is put together in another way, whatever it raises
                return False
        return halves.shape == whole.shape and bool(
            (halves - whole).abs().max() <= _SAME * whole.abs().max()
        )


def _handed_on(value: Any, *_: Any, **__: Any) -> Any:
    return value


def _entry(block: Sequence[str]) -> str:
    """Name of the module in which a block's parameters begin.

    Example:
        >>> _entry(["blocks.5.norm.bias", "blocks.5.mlp.weight", "norm.bias"])
        'blocks.5'
    """
    first = block[0].split(".")[0]
    paths = [name.split(".")[:-1] for name in block if name.split(".")[0] == first]
    together = takewhile(lambda parts: len(set(parts)) == 1, zip(*paths, strict=False))
    return ".".join(parts[0] for parts in together)
