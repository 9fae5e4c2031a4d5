"""The mixer against what it replaces, and within its bounds; every run in a process of its own.

    python -m benchmarks.mixer joining [--clips 600]   ten-second clips into one track: ours, pydub's append, and the
                                                       authors' repeated concatenation, at three numbers of clips
    python -m benchmarks.mixer memory [--hours 2]      500 clips an hour in 8 lanes from files, streamed:
                                                       time and memory
    python -m benchmarks.mixer remix                   60 s of 10 events: mixed whole, and again after an edit

Memory is the process's peak, less that of an interpreter that does nothing. Joining is timed three times in its process
and the quickest run counts, since the first one pays for memory that the system hands out; what takes longer than
ENOUGH_S runs once.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from pipeline.arrangement import STORY_LANE, Arrangement, Clip, Ducking, Fade, Fit, Lane, Session, Strip, session
from pipeline.audio import Audio
from pipeline.mixer import AudioSource, Mixer, audio_sources, changed, file_sources, patched
from pipeline.timeline import Boundary, Curve, Event, Story, Timeline, with_boundary

JOIN_RATE_HZ, CLIP_S, FADE_S = 8_000, 10.0, 0.5  # a low rate, as pydub takes minutes: all three go with the rate
RATE_HZ = 48_000
WAYS = ("ours", "concatenation", "pydub")
RUNS, ENOUGH_S = 3, 40.0

STATUS = Path("/proc/self/status")  # Linux: getrusage would count what the parent held before the program started


def _peak_mb() -> float:
    """The most memory that this process ever held."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def _in_process(*arguments: str) -> dict[str, float]:
    """What a run of this module in a process of its own tells, its memory above a bare interpreter's."""
    bare, told = (
        subprocess.run([sys.executable, *command], stdout=subprocess.PIPE, text=True, check=True).stdout
        for command in (["-c", f"print(open({str(STATUS)!r}).read())"], ["-m", "benchmarks.mixer", *arguments])
    )
    least = int(bare[bare.index("VmHWM:") :].split()[1]) / 1024
    figures = json.loads(told)
    return {**figures, "mb": figures["mb"] - least}


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock, and of the processor: the latter hold on a busy machine too."""
    start, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - used


def _clips(count: int) -> list[np.ndarray]:
    """Ten-second clips [T] in float32; eight different ones in turn, so that they themselves take little memory."""
    rng = np.random.default_rng(0)
    different = [rng.uniform(-0.2, 0.2, round(CLIP_S * JOIN_RATE_HZ)).astype("f4") for _ in range(8)]
    return [different[i % 8] for i in range(count)]


def _ours(clips: list[np.ndarray]) -> int:
    """A lane of clips that overlap by their fades, mixed into memory."""
    step, fade = CLIP_S - FADE_S, Fade(length_s=FADE_S, curve=Curve.LINEAR)
    placed = [
        Clip(source=f"t{i % 8}", name="clip", start_s=i * step, duration_s=CLIP_S, fade_in=fade, fade_out=fade)
        for i in range(len(clips))
    ]
    arrangement = Arrangement(
        timeline=Timeline(story=Story(text="x", duration_s=1), events=()), lanes=(Lane(name="clips", clips=placed),)
    )
    takes = {f"t{i}": Audio(clip[None], JOIN_RATE_HZ) for i, clip in enumerate(clips[:8])}
    return Mixer(session(arrangement, {}, rate_hz=JOIN_RATE_HZ), audio_sources(takes)).samples().shape[1]


def _concatenation(clips: list[np.ndarray]) -> int:
    """The authors' way: the track so far is copied for every clip that joins it."""
    fade = round(FADE_S * JOIN_RATE_HZ)
    down = np.linspace(1, 0, fade, dtype="f4")
    track = clips[0]
    for clip in clips[1:]:
        track = np.concatenate([track[:-fade], track[-fade:] * down + clip[:fade] * down[::-1], clip[fade:]])
    return len(track)


def _pydub(clips: list[np.ndarray]) -> int:
    """pydub holds 16-bit samples: half the bytes of the other two."""
    from pydub import AudioSegment

    form = {"frame_rate": JOIN_RATE_HZ, "sample_width": 2, "channels": 1}
    segments = [AudioSegment((clip * 32_767).astype("<i2").tobytes(), **form) for clip in clips[:8]]
    track = segments[0]
    for i in range(1, len(clips)):
        track = track.append(segments[i % 8], crossfade=round(FADE_S * 1_000))
    return int(track.frame_count())


def _join_one(way: str, count: int) -> None:
    clips, lengths = _clips(count), []
    work = {"ours": _ours, "concatenation": _concatenation, "pydub": _pydub}[way]
    wall_s, cpu_s = _timed(lambda: lengths.append(work(clips)))
    for _ in range(RUNS - 1):
        if wall_s < ENOUGH_S:
            wall_s, cpu_s = map(min, (wall_s, cpu_s), _timed(lambda: work(clips)))
    print(json.dumps({"s": wall_s, "cpu_s": cpu_s, "mb": _peak_mb(), "samples": lengths[0]}))


def joining(clips: int) -> None:
    """Side by side at a quarter, a half and all of the clips."""
    counts = [clips // 4, clips // 2, clips]
    for count in counts:
        found = {way: _in_process("join-one", "--way", way, "--clips", str(count)) for way in WAYS}
        assert len({told["samples"] for told in found.values()}) == 1, "the tracks are of different lengths"
        told = "; ".join(
            f"{way} {one['s']:.2f} s ({one['cpu_s']:.2f} s of processor, {one['mb']:.0f} MB)"
            for way, one in found.items()
        )
        faster = ", ".join(f"{_ratio(found, way, 's'):.0f} times {way}" for way in WAYS[1:])
        less = ", ".join(f"{_ratio(found, way, 'cpu_s'):.0f}" for way in WAYS[1:])
        print(f"{count} clips: {told}; as fast as {faster} (by the processor's time {less})", flush=True)


def _ratio(found: dict[str, dict[str, float]], way: str, figure: str) -> float:
    return found[way][figure] / found["ours"][figure]


def _long_session(folder: Path, *, hours: float, lanes: int = 8) -> tuple[Session, dict[str, Path]]:
    """Eight lanes full of clips from 24 files: at two rates, mono and stereo, looped, stretched, ducked, faded."""
    rng, paths = np.random.default_rng(0), {}
    for number in range(24):
        rate_hz, channels = (44_100, 48_000)[number % 2], 1 + number % 3 % 2
        path = paths[f"t{number}"] = folder / f"t{number}.wav"
        soundfile.write(path, rng.uniform(-0.1, 0.1, (20 * rate_hz, channels)), rate_hz, subtype="PCM_24")
    length_s, each = hours * 3_600, round(500 * hours) // lanes
    slot = length_s / each
    made = []
    for lane in range(lanes):
        placed = [_long_clip(i, slot, length_s, lane=lane, source=f"t{rng.integers(24)}") for i in range(each)]
        duck = Ducking() if lane in (2, 3) else None
        made.append(Lane(id=f"lane{lane}", name="lane", clips=placed, strip=Strip(gain_db=-6, pan=0.1), duck=duck))
    empty = Timeline(story=Story(text="x", duration_s=1), events=())
    played = session(Arrangement(timeline=empty, lanes=tuple(made)), {}, rate_hz=RATE_HZ)
    story = replace(
        played.lanes[1], id=STORY_LANE
    )  # a timeline holds an hour at most: the first lane is the story here
    return replace(played, lanes=(story, *played.lanes[2:])), paths


def _long_clip(index: int, slot: float, length_s: float, *, lane: int, source: str) -> Clip:
    """The clip of a slot of a lane: looped into the next one, or stretched by half."""
    start_s, strip = index * slot, Strip(gain_db=-6, pan=(lane - 3.5) / 4)
    looped = bool((index + lane) % 20)
    lasting = min(slot * 1.05, length_s - start_s) if looped else min(30.0, slot)
    return Clip(
        source=source, name="clip", start_s=start_s, duration_s=lasting, fit=Fit.LOOP if looped else Fit.STRETCH,
        fade_in=Fade(length_s=1.0), fade_out=Fade(length_s=2.0), strip=strip,
    )  # fmt: skip


def _memory_one(hours: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        played, paths = _long_session(Path(folder), hours=hours)
        before, samples = _peak_mb(), []
        with Mixer(played, file_sources(paths)) as mixer:
            wall_s, cpu_s = _timed(lambda: samples.extend(block.shape[1] for block in mixer.blocks()))
    clips = sum(len(lane.clips) for lane in played.lanes)
    print(
        json.dumps({
            "s": wall_s, "cpu_s": cpu_s, "mb": _peak_mb(), "before_mb": before, "samples": sum(samples), "clips": clips,
            "lanes": len(played.lanes),
        })
    )  # fmt: skip


def memory(hours: float) -> None:
    """The streamed mix of a long session, and of a quarter of it: memory does not grow."""
    for part in (hours / 4, hours):
        told = _in_process("memory-one", "--hours", str(part))
        length_s = told["samples"] / RATE_HZ
        print(
            f"{length_s / 60:.0f} min, {told['clips']:.0f} clips, {told['lanes']:.0f} lanes: {told['s']:.0f} s "
            f"({told['cpu_s']:.0f} s of processor, {length_s / told['cpu_s']:.0f} times real time); "
            f"peak {told['mb']:.0f} MB above a bare interpreter",
            flush=True,
        )


def remix() -> None:
    """60 s of 10 stereo events at 48 kHz, in memory: whole, after another take, after another crossfade."""
    events = tuple(Event(caption=f"sound {i}", duration_s=6.0, id=f"e{i}") for i in range(10))
    timeline = Timeline(
        story=Story(text="x", duration_s=60), events=events, boundaries=(Boundary(length_s=FADE_S),) * 9
    )
    rng = np.random.default_rng(0)
    takes = {f"t{i}": Audio(rng.uniform(-0.2, 0.2, (2, 7 * RATE_HZ)), RATE_HZ) for i in range(11)}
    ids = {f"e{i}": f"t{i}" for i in range(10)}
    old = session(Arrangement(timeline=timeline), ids, rate_hz=RATE_HZ)
    other_fade = with_boundary(timeline, 4, Boundary(length_s=1.0))
    edits = {
        "another take": session(Arrangement(timeline=timeline), {**ids, "e4": "t10"}, rate_hz=RATE_HZ),
        "another crossfade": session(Arrangement(timeline=other_fade), ids, rate_hz=RATE_HZ),
    }
    whole_s = min(_timed(lambda: Mixer(old, audio_sources(takes)).samples())[0] for _ in range(5))
    print(f"the whole mix: {whole_s * 1e3:.0f} ms")
    earlier = AudioSource(Mixer(old, audio_sources(takes)).audio())
    for name, new in edits.items():
        again_s = min(_timed(lambda new=new: _patched(earlier, old, new, takes))[0] for _ in range(5))
        seconds = sum(stop - start for start, stop in changed(old, new)) / RATE_HZ
        print(f"{name}: {again_s * 1e3:.0f} ms for {seconds:.1f} s mixed again, the rest copied")


def _patched(earlier: AudioSource, old: Session, new: Session, takes: dict[str, Audio]) -> np.ndarray:
    return np.concatenate(list(patched(earlier, old, Mixer(new, audio_sources(takes)))), axis=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("joining", "memory", "remix", "join-one", "memory-one"))
    parser.add_argument("--clips", type=int, default=600)
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--way", choices=WAYS, default="ours", help=argparse.SUPPRESS)
    args = parser.parse_args()
    {
        "joining": lambda: joining(args.clips),
        "memory": lambda: memory(args.hours),
        "remix": remix,
        "join-one": lambda: _join_one(args.way, args.clips),
        "memory-one": lambda: _memory_one(args.hours),
    }[args.what]()


if __name__ == "__main__":
    main()
