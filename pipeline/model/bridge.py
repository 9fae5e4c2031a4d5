"""The bridge from the language model to the diffusion transformer: two projectors and a fusion.

condition = (P_b(bridging) + Attention(P_b(bridging), P_r(residual), P_r(residual))) / feature_scale, each projector
Linear - GELU - Linear. The attention's last layer starts at zero, so that training begins with plain bridging
(AudioStory, arXiv 2508.20088, finds that necessary).

A bridge that appends has no attention: what its residual tokens say stands after the bridging tokens, as more tokens of
the condition, and a transformer hears them as it hears a caption's.

A text encoder may give fewer tokens than there are places: MiniLM's states are zero past a caption's end. A projection
fainter than `floor` then stands for a place without a token, and its condition is zero: exactly, so that a transformer
which tells tokens from empty places sees both as its text encoder would show them. Knows neither tokens nor the
transformer.
"""

from __future__ import annotations

import torch
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

WIDTH, HEADS, FEATURE_SCALE = 1024, 8, 10.0
ATTENTION, APPEND = JOININGS = ("attention", "append")


def projector(hidden: int, width: int) -> nn.Sequential:
    """Linear - GELU - Linear, [..., hidden] -> [..., width]."""
    return nn.Sequential(nn.Linear(hidden, width), nn.GELU(), nn.Linear(width, width))


class Bridge(ModelMixin, ConfigMixin):
    """Query-token states of events to their conditions. With `residual=False` there is nothing to fuse.

    floor: the least norm of a projected bridging state that is a token; 0 makes every place one. joined: how the
    residual tokens come in, "attention" (as in the paper) or "append". ValueError for another.
    """

    @register_to_config
    def __init__(
        self,
        hidden: int,
        width: int = WIDTH,
        heads: int = HEADS,
        feature_scale: float = FEATURE_SCALE,  # noqa: ARG002 - read from the configuration
        residual: bool = True,
        floor: float = 0.0,  # noqa: ARG002 - read from the configuration
        joined: str = ATTENTION,
    ) -> None:
        super().__init__()
        if joined not in JOININGS:
            raise ValueError(f"a bridge joins by one of {', '.join(JOININGS)}, not {joined!r}")
        attends = residual and joined == ATTENTION
        self.bridging_projector = projector(hidden, width)
        self.residual_projector = projector(hidden, width) if residual else None
        self.fusion = nn.MultiheadAttention(width, heads, batch_first=True) if attends else None
        if self.fusion is not None:
            nn.init.zeros_(self.fusion.out_proj.weight)
            nn.init.zeros_(self.fusion.out_proj.bias)

    @property
    def width(self) -> int:
        """Channels of a condition."""
        return int(self.config["width"])

    def features(self, bridging: Tensor, residual: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Both projections: [E, B, hidden] and [E, R, hidden] -> [E, B, width] and [E, R, width]."""
        extra = None if self.residual_projector is None or residual is None else self.residual_projector(residual)
        return self.bridging_projector(bridging), extra

    def forward(self, bridging: Tensor, residual: Tensor | None = None) -> Tensor:
        """Conditions [E, tokens, width] of E events; their states [E, B, hidden], [E, R, hidden] never meet.

        There are B tokens, and R more where the bridge appends. ValueError when residual states are given to a bridge
        without them, or withheld from one with them.
        """
        if (residual is None) == (self.residual_projector is not None):
            raise ValueError("residual states are what a bridge with a residual projector needs, and only such a one")
        return self.fused(self.bridging_projector(bridging), residual)

    def fused(self, query: Tensor, residual: Tensor | None) -> Tensor:
        """Conditions [E, tokens, width] of what events are, [E, B, width], and their residual states [E, R, hidden].

        The first is what the bridging projector makes, or the states of the text encoder that it learns to make (times
        `feature_scale`).
        """
        if self.residual_projector is None or residual is None:
            return self._scaled(query, query)
        key = self.residual_projector(residual)
        if self.fusion is None:
            return torch.cat([self._scaled(query, query), key / float(self.config["feature_scale"])], 1)
        return self._scaled(query + self.fusion(query, key, key, need_weights=False)[0], query)

    def plain(self, bridging: Tensor) -> Tensor:
        """Conditions [E, B, width] as if there were no residual tokens: what each event is, and no more."""
        query = self.bridging_projector(bridging)
        return self._scaled(query, query)

    def _scaled(self, condition: Tensor, query: Tensor) -> Tensor:
        if self.config["floor"]:
            condition = condition * (query.detach().norm(dim=-1, keepdim=True) >= self.config["floor"])
        return condition / float(self.config["feature_scale"])
