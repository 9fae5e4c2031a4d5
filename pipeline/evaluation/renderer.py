"""What the renderer's sounds are heard as, beside the sounds it learnt from.

For every concept, from captions in wordings that training never used: the share of clips in whose YAMNet top
five is an accepted class, for held-out synthesised clips, for the codec's reconstruction of them, and for
renders; Fréchet distance of renders to clips on YAMNet embeddings; and how far seeds differ.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from scipy.linalg import sqrtm

from pipeline.evaluation.judge import Judge, Verdict
from pipeline.progress import CancelToken
from pipeline.renderer import Job
from pipeline.renderer.nano import NanoRenderer
from pipeline.settings import RenderSettings
from pipeline.soundlab.registry import RATE_HZ, Concept, auditioned

SEED = 77


@dataclass(frozen=True)
class Row:
    """Shares recognised of one concept: synthesised clips, codec reconstructions, renders."""

    concept: str
    clips: float
    codec: float
    renders: float


@dataclass(frozen=True)
class Report:
    """The whole measurement; `count` clips in all, `per_concept` each."""

    rows: tuple[Row, ...]
    count: int
    per_concept: int
    clips: float
    codec: float
    renders: float
    frechet_codec: float
    frechet_renders: float
    frechet_clips: float
    diversity: float


def frechet(a: np.ndarray, b: np.ndarray) -> float:
    """Fréchet distance of two sets of embeddings [N, D] taken as normal distributions."""
    mean = ((a.mean(0) - b.mean(0)) ** 2).sum()
    ca, cb = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = sqrtm(ca @ cb + 1e-6 * np.eye(len(ca)))
    return float(mean + np.trace(ca + cb - 2 * np.real(root)))


def diversity(sets: Sequence[np.ndarray]) -> float:
    """Mean distance between seeds of one concept over mean distance between concepts; nan with one clip each."""
    if all(len(s) < 2 for s in sets):
        return float("nan")
    within = [np.linalg.norm(s[i] - s[j]) for s in sets for i in range(len(s)) for j in range(i)]
    centres = [s.mean(0) for s in sets]
    between = [np.linalg.norm(centres[i] - centres[j]) for i in range(len(centres)) for j in range(i)]
    return float(np.mean(within) / np.mean(between))


class Listener:
    """Hears clips, reconstructions and renders of one concept after another."""

    def __init__(
        self, renderer: NanoRenderer, *, per_concept: int, duration_s: float, settings: RenderSettings
    ) -> None:
        self.renderer, self.settings = renderer, settings
        self.per_concept, self.duration_s = per_concept, duration_s
        self.judge = Judge()

    def clips(self, concept: Concept) -> list[tuple[np.ndarray, str]]:
        """Held-out draws with captions in held-out wordings."""
        out = []
        for index in range(self.per_concept):
            rng = np.random.default_rng([SEED, index, *concept.name.encode()])
            draw = concept.draw(rng, self.duration_s)
            out.append((draw.samples, concept.caption(rng, draw.words, held_out=True)))
        return out

    def reconstructions(self, clips: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The clips through the codec."""
        import torch

        with torch.inference_mode():
            latents = self.renderer.codec.encode(torch.from_numpy(np.stack(clips)))
            generators = [torch.Generator().manual_seed(i) for i in range(len(clips))]
            audio = self.renderer.codec.decode(latents, generators=generators, channels=1)
        return [a[0, : len(c)].numpy() for a, c in zip(audio, clips, strict=True)]

    def renders(self, captions: Sequence[str]) -> list[np.ndarray]:
        """Rendered from the captions, as one mono channel."""
        samples = round(self.duration_s * self.renderer.rate_hz)
        jobs = [Job(event_id=f"e{i}", caption=c, seed=1000 + i, samples=samples) for i, c in enumerate(captions)]
        takes = self.renderer.render(jobs, settings=self.settings, cancel=CancelToken())
        return [t.audio.samples.mean(0) for t in takes]

    def hear(self, sounds: Sequence[np.ndarray]) -> list[Verdict]:
        """The judge's verdicts."""
        return [self.judge.hear(s, RATE_HZ) for s in sounds]

    def share(self, verdicts: Sequence[Verdict], concept: Concept) -> float:
        """How many were recognised."""
        return float(np.mean([self.judge.recognises(v, concept) for v in verdicts]))


def evaluate(
    *, per_concept: int = 4, duration_s: float = 5.0, settings: RenderSettings | None = None, names: Sequence[str] = ()
) -> Report:
    """Measure the shipped renderer and codec on the auditioned concepts (or on `names`)."""
    listener = Listener(
        NanoRenderer(), per_concept=per_concept, duration_s=duration_s, settings=settings or RenderSettings()
    )
    rows, heard = [], {"clips": [], "codec": [], "renders": []}  # type: ignore[var-annotated]
    table = {n: c for n, c in auditioned().items() if not names or n in names}
    for concept in table.values():
        drawn = listener.clips(concept)
        sounds = [s for s, _ in drawn]
        verdicts = {
            "clips": listener.hear(sounds),
            "codec": listener.hear(listener.reconstructions(sounds)),
            "renders": listener.hear(listener.renders([c for _, c in drawn])),
        }
        row = Row(concept.name, *(listener.share(v, concept) for v in verdicts.values()))
        for kind, found in verdicts.items():
            heard[kind].append(np.stack([v.embedding for v in found]))
        rows.append(row)
        print(
            f"{concept.name:26} clips {row.clips:5.0%}  codec {row.codec:5.0%}  renders {row.renders:5.0%}", flush=True
        )
    stacked = {kind: np.concatenate(parts) for kind, parts in heard.items()}
    even, odd = stacked["clips"][::2], stacked["clips"][1::2]
    return Report(
        rows=tuple(rows),
        count=len(rows) * per_concept,
        per_concept=per_concept,
        clips=float(np.mean([r.clips for r in rows])),
        codec=float(np.mean([r.codec for r in rows])),
        renders=float(np.mean([r.renders for r in rows])),
        frechet_codec=frechet(stacked["codec"], stacked["clips"]),
        frechet_renders=frechet(stacked["renders"], stacked["clips"]),
        frechet_clips=frechet(even, odd),
        diversity=diversity(heard["renders"]),
    )


def save(report: Report, path: Path) -> None:
    """Write the report as JSON."""
    path.write_text(json.dumps(asdict(report), indent=1) + "\n")


def summary(report: Report) -> str:
    """The figures in words."""
    return "\n".join(
        (
            f"{len(report.rows)} concepts, {report.per_concept} clips each, judge: YAMNet top 5",
            f"recognised: clips {report.clips:.1%}, codec {report.codec:.1%}, renders {report.renders:.1%}",
            f"Fréchet distance to {report.count} held-out clips: codec {report.frechet_codec:.2f}, "
            f"renders {report.frechet_renders:.2f} (one half of the clips to the other: {report.frechet_clips:.2f})",
            f"distance between seeds over distance between concepts: {report.diversity:.2f} (nan: one clip each)",
        )
    )
