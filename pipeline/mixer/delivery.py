"""A mix at the loudness that a place of delivery asks for: one linear gain, then a limiter only if it is needed.

Measured before and after; nothing is ridden dynamically. Knows nothing of sessions or files.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.audio import Audio
from pipeline.errors import MixError
from pipeline.mixer.limiter import Limiter
from pipeline.mixer.loudness import LEAST_S, Loudness, Meter, measured_blocks
from pipeline.mixer.sources import BLOCK

TOLERANCE_LU = 0.5  # the deviation that EBU R 128 permits
LOUDNESS_LUFS, CEILING_DBTP = (-50.0, -5.0), (-20.0, 0.0)


@dataclass(frozen=True, kw_only=True)
class Target:
    """A loudness in LUFS and a ceiling for the true peak in dBTP; None leaves that one alone."""

    name: str
    loudness_lufs: float | None = None
    ceiling_dbtp: float | None = None

    def __post_init__(self) -> None:
        for what, value, (least, most) in (
            ("a loudness in LUFS", self.loudness_lufs, LOUDNESS_LUFS),
            ("a ceiling in dBTP", self.ceiling_dbtp, CEILING_DBTP),
        ):
            if value is not None and not least <= value <= most:
                raise MixError(f"{what} is {value:g}; allowed is {least:g} to {most:g}")


TARGETS = {
    "ebu": Target(name="EBU R 128", loudness_lufs=-23.0, ceiling_dbtp=-1.0),
    "atsc": Target(name="ATSC A/85", loudness_lufs=-24.0, ceiling_dbtp=-2.0),
    "streaming": Target(name="Streaming", loudness_lufs=-14.0, ceiling_dbtp=-1.0),
    "podcast": Target(name="Podcast", loudness_lufs=-16.0, ceiling_dbtp=-1.0),
    "film": Target(name="Film (as mixed)"),
}


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was done to reach a target, and what came of it.

    limited_db: the most that the limiter lowered a sample; limited_share: how much of the time it did, 0 to 1.
    gave_way: "loudness" where the target's loudness could not be kept under its ceiling, else None.
    """

    target: Target
    before: Loudness
    after: Loudness
    gain_db: float
    limited_db: float = 0.0
    limited_share: float = 0.0

    @property
    def gave_way(self) -> str | None:
        """What could not be kept; the ceiling always is."""
        wanted = self.target.loudness_lufs
        if wanted is None or not self.limited_db or math.isinf(self.after.integrated_lufs):
            return None
        return "loudness" if self.after.integrated_lufs < wanted - TOLERANCE_LU else None

    @property
    def sentence(self) -> str:
        """All of it, for a person."""
        if self.before.silent:
            return "The mix is silent (loudness -inf LUFS): no gain was applied."
        parts = [self._gain_sentence()]
        if self.limited_db:
            parts.append(
                f"The limiter lowered peaks by up to {self.limited_db:.1f} dB ({self.limited_share:.1%} of it)."
            )
        if self.gave_way:
            parts.append(
                f"The loudness gave way: {self.target.loudness_lufs:g} LUFS does not fit under "
                f"{self.target.ceiling_dbtp:g} dBTP."
            )
        after = self.after
        loudness = f"{after.integrated_lufs:.1f} LUFS" if math.isfinite(after.integrated_lufs) else "no loudness"
        return " ".join([*parts, f"Now {loudness}, true peak {after.true_peak_dbtp:.1f} dBTP."])

    def _gain_sentence(self) -> str:
        if self.target.loudness_lufs is None:
            return "No loudness is asked for: no gain was applied."
        if not math.isfinite(self.before.integrated_lufs):
            short = self.before.duration_s < LEAST_S
            why = f"shorter than {LEAST_S:g} s" if short else "below the gate of -70 LUFS everywhere"
            return f"The mix is {why} and has no loudness: no gain was applied."
        return f"Gain {self.gain_db:+.1f} dB."


class Delivery:
    """A long mix to a target in two passes over its blocks: the first measures, the second delivers.

    blocks: gives the mix's blocks [C, n] from the beginning, each time it is called: twice. The first pass is made
    here. `report` is there once `delivered` has run out.
    """

    def __init__(
        self, blocks: Callable[[], Iterable[np.ndarray]], target: Target, *, rate_hz: int, channels: int
    ) -> None:
        self._blocks, self.target, self._rate_hz, self._channels = blocks, target, rate_hz, channels
        self.before = measured_blocks(blocks(), rate_hz=rate_hz, channels=channels)
        self.gain_db = gain_for(self.before, target)
        self._report: Report | None = None

    @property
    def report(self) -> Report:
        """What came of it; MixError before `delivered` has run out."""
        if self._report is None:
            raise MixError("the mix has not been delivered yet")
        return self._report

    def delivered(self) -> Iterator[np.ndarray]:
        """float32 blocks [C, n], as many samples as came in, at the target; measured on the way out."""
        meter = Meter(rate_hz=self._rate_hz, channels=self._channels)
        limiter = self._limiter()
        sound = self._louder()
        for block in limiter.process(sound) if limiter else sound:
            meter.add(block)
            yield block
        self._report = Report(
            target=self.target,
            before=self.before,
            after=meter.loudness(),
            gain_db=self.gain_db,
            limited_db=limiter.reduction_db if limiter else 0.0,
            limited_share=limiter.share if limiter else 0.0,
        )

    def _limiter(self) -> Limiter | None:
        ceiling = self.target.ceiling_dbtp
        if ceiling is None or self.before.true_peak_dbtp + self.gain_db <= ceiling:
            return None
        return Limiter(rate_hz=self._rate_hz, channels=self._channels, ceiling_dbtp=ceiling)

    def _louder(self) -> Iterator[np.ndarray]:
        gain = 10.0 ** (self.gain_db / 20.0)
        for block in self._blocks():
            yield (block * gain).astype(np.float32) if self.gain_db else np.asarray(block, dtype=np.float32)


def gain_for(loudness: Loudness, target: Target) -> float:
    """The gain in dB that brings audio to a target's loudness; 0 where there is no target or nothing to be heard."""
    if target.loudness_lufs is None or not math.isfinite(loudness.integrated_lufs):
        return 0.0
    return target.loudness_lufs - loudness.integrated_lufs


def delivered(audio: Audio, target: Target) -> tuple[Audio, Report]:
    """Audio at a target, and what was done to it. Silence, or audio without a loudness, gets no gain: see the report.

    AudioError below 8 kHz, where loudness is not defined. For long mixes: `Delivery`.
    """
    blocks = lambda: (audio.samples[:, at : at + BLOCK] for at in range(0, audio.length, BLOCK))  # noqa: E731
    delivery = Delivery(blocks, target, rate_hz=audio.rate_hz, channels=audio.channels)
    made = [np.zeros((audio.channels, 0), "f4"), *delivery.delivered()]
    return Audio(np.concatenate(made, axis=1), audio.rate_hz), delivery.report
