"""How loud a mix is before anything is done to it: what a delivery's first pass reads. Knows nothing of files."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from pipeline.delivery.material import Material
from pipeline.delivery.presets import Preset
from pipeline.formats.stream import to_channels
from pipeline.mixer import Loudness, Mixer, file_sources, measured_blocks
from pipeline.progress import CancelToken


def measured_mix(
    material: Material, preset: Preset, *, cancel: CancelToken, on_progress: Callable[[float], None] = lambda _: None
) -> Loudness:
    """The loudness of the mix at a preset's rate and channels. MixError, or Cancelled; on_progress hears 0 to 1."""
    played = material.session(rate_hz=preset.rate_hz)
    with Mixer(played, file_sources(material.paths), stereo=preset.channels == 2) as mixer:
        channels = preset.channels or mixer.channels

        def blocks() -> Iterator[np.ndarray]:
            done = 0
            for block in mixer.blocks(cancel=cancel):
                yield to_channels(block, channels)
                done += block.shape[1]
                on_progress(done / max(played.length, 1))

        return measured_blocks(blocks(), rate_hz=played.rate_hz, channels=channels)
