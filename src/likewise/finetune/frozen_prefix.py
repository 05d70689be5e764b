"""A network split at the first block that is trained.

What the frozen blocks make of an image never changes, so it is computed once and cached, and a
later epoch takes a fraction of the time of the first. torch.fx makes the two parts. A network that
it cannot split is run whole each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from inspect import Parameter, signature
from itertools import takewhile
from typing import Any

from likewise.finetune.networks import Tunable

_TOLERANCE = 1e-4


class SplitNetwork:
    """A network on a device, in a frozen prefix and a top that is trained.

    Args:
        network: its model is moved to the device.
        unfreeze: number of blocks in the top.
        device: torch's name of it.

    Attributes:
        model: the whole network.
        tuned: parameters of the top by name.
        is_split: false where the network runs whole and `prefix` only hands pixels on.
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
        self._prefix: Any = None
        self._top: Any = self.model
        if unfreeze < len(network.blocks):
            self._split(_first_module(network.blocks[-unfreeze]), network.cut.side)
        self.is_split = self._prefix is not None

    def prefix(self, squares: Any) -> Any:
        """Activations of grey levels (n, side, side, 3) at the split, on the CPU, with n rows."""
        import torch

        if self._prefix is None:
            return squares
        with torch.inference_mode():
            activations = self._prefix(self._pixels(squares))
        return activations.cpu().clone()

    def features(self, activations: Any) -> Any:
        """Features (n, dim) of what `prefix` returned; gradients reach the top's parameters."""
        if self._prefix is None:
            return self.model(self._pixels(activations))
        return self._top(activations.to(self.device))

    def _pixels(self, squares: Any) -> Any:
        levels = squares.to(self.device).permute(0, 3, 1, 2).float()
        return (levels / 255 - self._mean) / self._std

    def _split(self, first: str, side: int) -> None:
        """Split before the module `first`, where the parts give what the whole network gives."""
        import torch

        draw = torch.Generator().manual_seed(0)
        squares = torch.randint(0, 256, (3, side, side, 3), dtype=torch.uint8, generator=draw)
        with torch.inference_mode():
            whole = self.model(self._pixels(squares))
            try:
                self._prefix, self._top = _split(self.model, first)
                activations = self.prefix(squares)
                self.prefix(squares[:1])  # nothing of one batch may stay for the next
                parts = self.features(activations)
                same = parts.shape == whole.shape and (
                    (parts - whole).abs().max() <= _TOLERANCE * whole.abs().max()
                )
            except Exception:  # a `forward` that torch.fx cannot trace raises anything
                same = False
        frozen = {id(p) for p in self._prefix.parameters()} if same else set()
        if not same or any(id(p) in frozen for p in self.tuned.values()):
            self._prefix, self._top = None, self.model


def _split(model: Any, first: str) -> tuple[Any, Any]:
    """The network before and from the module `first` on; both share the model's parameters."""
    from timm.models import get_notrace_functions
    from torch.fx import Graph, GraphModule, Node, Tracer

    class OuterTracer(Tracer):  # type: ignore[misc]
        """Traces only the modules that hold the split: fewer ways to fail."""

        def is_leaf_module(self, _: Any, name: str) -> bool:
            return not first.startswith(f"{name}.")

    options = signature(model.forward).parameters.values()
    defaults = {x.name: x.default for x in options if x.default is not Parameter.empty}

    def traced() -> tuple[Graph, Node]:
        tracer = OuterTracer(autowrap_functions=tuple(get_notrace_functions()))
        graph = tracer.trace(model, defaults)
        (entry,) = graph.find_nodes(op="call_module", target=first)
        return graph, entry.args[0]

    prefix, activations = traced()
    (end,) = prefix.find_nodes(op="output")
    end.args = (activations,)
    top, activations = traced()
    activations.replace_all_uses_with(next(iter(top.nodes)))  # the input of the network
    parts = GraphModule(model, prefix), GraphModule(model, top)
    for part in parts:
        part.graph.eliminate_dead_code()
        part.delete_all_unused_submodules()
        part.recompile()
    return parts


def _first_module(block: Sequence[str]) -> str:
    """Name of the module in which a block's parameters begin.

    Example:
        >>> _first_module(["blocks.5.norm.bias", "blocks.5.mlp.weight", "norm.bias"])
        'blocks.5'
    """
    top = block[0].split(".")[0]
    paths = [name.split(".")[:-1] for name in block if name.split(".")[0] == top]
    shared = takewhile(lambda names: len(set(names)) == 1, zip(*paths, strict=False))
    return ".".join(names[0] for names in shared)
