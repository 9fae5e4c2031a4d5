"""Short pieces on instruments, made up afresh at every draw.

Knows nothing of how one note sounds (see instruments).
"""

from __future__ import annotations

from functools import partial

import numpy as np

from pipeline.soundlab.dsp import (
    coloured,
    decay,
    faded,
    lowpass,
    normalised,
    pick,
    place,
    reverb,
    samples_of,
    slow,
    soft_clip,
    wavetable,
    white,
)
from pipeline.soundlab.engines import between, graded
from pipeline.soundlab.instruments import (
    MAJOR,
    MINOR,
    PROGRESSIONS,
    bowed,
    brass,
    chord,
    comb_tine,
    degree,
    flute,
    harp_string,
    hat,
    hz_of,
    kick,
    piano,
    pipe,
    plucked,
    sequence,
    snare,
    squeezebox,
    tune,
)
from pipeline.soundlab.registry import RATE_HZ, Draw, concept

_MOODS = {"cheerful": MAJOR, "sad": MINOR}
_TEMPI = {"slow": (0.55, 0.75), "lively": (0.26, 0.36)}


def _bars(rng: np.random.Generator, duration_s: float, bar_s: float) -> list[tuple[float, int]]:
    """(start_s, root degree) of each bar until the clip ends."""
    loop = PROGRESSIONS[rng.integers(len(PROGRESSIONS))]
    return [(i * bar_s, loop[i % 4]) for i in range(int(duration_s / bar_s) + 1)]


def _setting(rng: np.random.Generator) -> tuple[dict[str, str], tuple[int, ...], float]:
    mood = pick(rng, *_MOODS)
    tempo, beat_s = graded(rng, _TEMPI)
    return {"mood": mood, "tempo": tempo}, _MOODS[mood], beat_s


def _hall(x: np.ndarray, rng: np.random.Generator, seconds: float = 1.2, wet: float = 0.2) -> np.ndarray:
    return faded(normalised(reverb(normalised(x), rng, seconds=seconds, wet=wet)), 0.02)


@concept(
    "piano_melody",
    family="music",
    heard_as=("Piano", "Keyboard (musical)", "Electric piano"),
    captions=(
        "a piano melody", "a {mood} piano tune", "{tempo} piano music", "someone plays the piano",
        "a {tempo}, {mood} piano piece", "solo piano", "piano notes in an empty room",
        "a pianist plays {mood} chords", "gentle piano playing", "a piano theme",
    ),
    held_out=("a {mood} melody on the piano", "{tempo} playing on a grand piano", "piano soundtrack"),
)  # fmt: skip
def piano_melody(rng: np.random.Generator, duration_s: float) -> Draw:
    """Right hand tune over left hand broken chords."""
    words, scale, beat = _setting(rng)
    tonic = int(rng.integers(57, 66))
    events = tune(rng, duration_s, scale=scale, tonic=tonic + 7, beat_s=beat)
    for at_s, root in _bars(rng, duration_s, beat * 4):
        notes = chord(scale, root, tonic - 12)
        events += [(at_s + beat * i, notes[(0, 1, 2, 1)[i]], beat * 1.5) for i in range(4)]
    return Draw(_hall(sequence(rng, duration_s, events, piano), rng), words)


@concept(
    "drums",
    family="music",
    heard_as=("Drum kit", "Drum", "Drum machine", "Snare drum", "Bass drum", "Percussion", "Drum roll"),
    captions=(
        "a drum beat", "a {tempo} drum groove", "drum kit playing", "{tempo} drums", "a drummer plays {style}",
        "kick, snare and hi-hat", "{style} drum beat", "percussion rhythm on a drum set", "a pounding rhythm",
        "drum solo groove",
    ),
    held_out=("a {tempo} beat on the drums", "{style} rhythm of a drum set", "a drummer keeps the beat"),
)  # fmt: skip
def drums(rng: np.random.Generator, duration_s: float) -> Draw:
    """A kit on a sixteenth grid with ghost notes and fills."""
    tempo, beat = graded(rng, {"slow": (0.62, 0.75), "fast": (0.34, 0.45)})
    style, density = graded(rng, {"a plain rock": (0.15, 0.25), "a busy funk": (0.5, 0.65)})
    k, s, h, o = kick(rng), snare(rng), hat(rng, 0.03), hat(rng, 0.18)
    x = np.zeros(samples_of(duration_s))
    for i in range(int(duration_s / beat * 4) + 1):
        at, sixteenth = samples_of(i * beat / 4 + abs(rng.normal(0, 0.003))), i % 16
        if sixteenth in (0, 8) or rng.random() < density * 0.35:
            place(x, k, at, rng.uniform(0.8, 1))
        if sixteenth in (4, 12) or rng.random() < density * 0.2:
            place(x, s, at, 1.0 if sixteenth in (4, 12) else 0.3)
        if sixteenth % 2 == 0 or rng.random() < density:
            place(x, o if sixteenth == 14 else h, at, rng.uniform(0.15, 0.35))
    x = reverb(soft_clip(normalised(x), 1.5), rng, seconds=0.5, wet=0.12)
    return Draw(faded(normalised(x)), {"tempo": tempo, "style": style.removeprefix("a ")})


def _strummed(  # noqa: PLR0913  (an instrument and its part)
    rng: np.random.Generator, duration_s: float, beat: float, scale: tuple[int, ...], *,
              tonic: int, strings: tuple[int, ...],
              bright: float, ring_s: float) -> np.ndarray:  # fmt: skip
    """Down and up strokes over a chord progression on `strings` (chord steps)."""
    x = np.zeros(samples_of(duration_s))
    for at_s, root in _bars(rng, duration_s, beat * 4):
        notes = [
            plucked(rng, hz_of(degree(scale, root + s, tonic)), 1.0, bright=bright, ring_s=ring_s) for s in strings
        ]
        for stroke in (0, 1, 1.5, 2.5, 3, 3.5):
            down = stroke in (0, 1, 3)
            for i, note in enumerate(notes if down else notes[:1:-1]):
                place(
                    x,
                    note,
                    samples_of(at_s + stroke * beat + i * rng.uniform(0.006, 0.014)),
                    rng.uniform(0.6, 1) * (1 if down else 0.6),
                )
    return x


@concept(
    "guitar_strum",
    family="music",
    heard_as=(
        "Guitar", "Acoustic guitar", "Strum", "Plucked string instrument", "Steel guitar, slide guitar",
        "Electric guitar",
    ),
    captions=(
        "an acoustic guitar strumming", "{tempo} guitar strumming", "{mood} guitar chords",
        "someone strums a guitar", "a {mood} guitar accompaniment", "campfire guitar",
        "guitar chords strummed {tempo}ly", "acoustic guitar music", "a guitarist plays {mood} chords",
        "steel-string guitar",
    ),
    held_out=("{tempo} chords on a guitar", "a {mood} acoustic guitar", "strummed guitar"),
)  # fmt: skip
def guitar_strum(rng: np.random.Generator, duration_s: float) -> Draw:
    """Six strings, down and up strokes."""
    words, scale, beat = _setting(rng)
    x = _strummed(
        rng,
        duration_s,
        beat,
        scale,
        tonic=int(rng.integers(40, 47)),
        strings=(0, 4, 7, 9, 11, 14),
        bright=0.55,
        ring_s=1.6,
    )
    return Draw(_hall(x, rng, 0.5, 0.1), {**words, "tempo": "slow" if words["tempo"] == "slow" else "quick"})


@concept(
    "ukulele",
    family="music",
    heard_as=("Ukulele", "Guitar", "Plucked string instrument", "Strum", "Acoustic guitar", "Mandolin", "Banjo"),
    captions=(
        "a ukulele", "a {mood} ukulele", "{tempo} ukulele strumming", "ukulele chords",
        "someone strums a {tempo} ukulele tune", "hawaiian ukulele music", "a little ukulele plays",
        "{mood} uke chords", "bright ukulele strums", "playing the uke on the beach",
    ),
    held_out=("a {tempo} uke", "{mood} strumming on a ukulele", "ukulele accompaniment"),
)  # fmt: skip
def ukulele(rng: np.random.Generator, duration_s: float) -> Draw:
    """Four short nylon strings."""
    words, scale, beat = _setting(rng)
    x = _strummed(
        rng, duration_s, beat, scale, tonic=int(rng.integers(60, 66)), strings=(4, 0, 2, 7), bright=0.3, ring_s=0.6
    )
    return Draw(_hall(x, rng, 0.4, 0.1), words)


def _section(rng: np.random.Generator, hz: float, length_s: float) -> np.ndarray:
    """Three bowed strings in unison, each a little off and with its own vibrato."""
    players = [bowed(rng, hz * rng.uniform(0.991, 1.009), length_s, attack_s=0.25) for _ in range(4)]
    return np.sum(players, axis=0)


def _held_chords(
    rng: np.random.Generator, duration_s: float, bar_s: float, scale: tuple[int, ...], tonic: int
) -> list[tuple[float, float, float]]:
    return [(at - 0.1 if at else 0.0, float(note), bar_s + 0.3) for at, root in _bars(rng, duration_s, bar_s)
            for note in (*chord(scale, root, tonic), degree(scale, root, tonic - 12))]  # fmt: skip


@concept(
    "string_pad",
    family="music",
    heard_as=("String section", "Orchestra", "Violin, fiddle", "Cello", "Bowed string instrument", "Classical music"),
    captions=(
        "a string section", "{mood} strings", "sustained orchestral strings", "{mood} string chords",
        "a warm bed of violins and cellos", "strings play {height} chords", "{height} strings in a film scene",
        "slow strings swell", "a string ensemble", "emotional strings underscore",
    ),
    held_out=("a {mood} string ensemble", "long {height} string notes", "cinematic strings"),
)  # fmt: skip
def string_pad(rng: np.random.Generator, duration_s: float) -> Draw:
    """Three players to each note of slow chords, in a hall."""
    words, scale, _ = _setting(rng)
    height, tonic = graded(rng, {"low": (53, 57), "high": (65, 70)})
    events = _held_chords(rng, duration_s, 2.4, scale, int(tonic))
    x = sequence(rng, duration_s, events, _section)
    return Draw(_hall(x, rng, 2.0, 0.35), {"mood": words["mood"], "height": height})


@concept(
    "organ",
    family="music",
    heard_as=("Organ", "Electronic organ", "Hammond organ", "Keyboard (musical)"),
    captions=(
        "a church organ", "{mood} organ music", "pipe organ chords", "an organ plays in {place}",
        "{mood} pipe organ in {place}", "a cathedral organ resounds", "an organist plays a hymn", "solemn organ",
        "organ at a wedding", "mighty organ pipes",
    ),
    held_out=("a {mood} organ piece", "organ pipes sounding in {place}", "hymn on the organ"),
)  # fmt: skip
def organ(rng: np.random.Generator, duration_s: float) -> Draw:
    """Hymn-like chords with a melody on principal ranks."""
    words, scale, _ = _setting(rng)
    place_word, room = graded(rng, {"a cathedral": (2.8, 3.5), "a small chapel": (0.7, 1.0)})
    tonic, beat = int(rng.integers(55, 62)), rng.uniform(0.5, 0.9)
    events = [
        (at, float(n), beat * 2)
        for at, root in _bars(rng, duration_s, beat * 2)
        for n in (*chord(scale, root, tonic), degree(scale, root, tonic - 12))
    ]
    events += tune(rng, duration_s, scale=scale, tonic=tonic + 12, beat_s=beat, high=7)
    return Draw(
        _hall(sequence(rng, duration_s, events, pipe), rng, room, 0.3), {"mood": words["mood"], "place": place_word}
    )


@concept(
    "synth_pad",
    family="music",
    heard_as=("Synthesizer", "Ambient music", "Electronic music", "New-age music", "Music"),
    captions=(
        "an ambient synth pad", "{mood} synthesizer chords", "{texture} synth pad", "atmospheric electronic music",
        "slow {texture} synthesizer", "dreamy pads", "a {mood} ambient drone", "floating electronic chords",
        "synth atmosphere", "a soft bed of synthesizers",
    ),
    held_out=("{mood} synth ambience", "a {texture} pad", "electronic ambient background"),
)  # fmt: skip
def synth_pad(rng: np.random.Generator, duration_s: float) -> Draw:
    """Detuned saws under a slow low pass, wide reverb."""
    words, scale, _ = _setting(rng)
    texture, cut = graded(rng, {"dark": (400, 700), "shimmering": (2500, 4000)})

    def voice(_rng: np.random.Generator, hz: float, length_s: float) -> np.ndarray:
        m = samples_of(length_s)
        saw = sum(wavetable(hz * d, m, [1 / k for k in range(1, 14)]) for d in (0.995, 1.005))
        return saw * np.hanning(m) ** 0.4

    x = sequence(
        rng, duration_s, _held_chords(rng, duration_s, rng.uniform(2, 3.5), scale, int(rng.integers(50, 60))), voice
    )
    x = lowpass(x, cut) * slow(rng, len(x), rate_hz=0.4, low=0.7)
    return Draw(_hall(x, rng, 2.5, 0.35), {"mood": words["mood"], "texture": texture})


@concept(
    "harp",
    family="music",
    heard_as=("Harp", "Plucked string instrument", "Zither", "Guitar", "Sitar"),
    captions=(
        "a harp", "{direction} harp glissando", "{mood} harp arpeggios", "a harpist plays", "magical harp",
        "harp strings are plucked", "dreamy {direction} harp runs", "{mood} harp music", "an angelic harp",
        "sparkling harp notes",
    ),
    held_out=("{direction} run on the harp", "a {mood} harp piece", "strings of a harp rippling"),
)  # fmt: skip
def harp(rng: np.random.Generator, duration_s: float) -> Draw:
    """Arpeggios over three octaves in a hall."""
    words, scale, _ = _setting(rng)
    direction = pick(rng, "rising", "falling")
    step_s, tonic = rng.uniform(0.07, 0.095), int(rng.integers(53, 62))
    events, at_s = [], 0.02
    while at_s < duration_s:
        root = int(rng.choice((0, 3, 4, 5)))
        run = [root + 7 * o + k for o in range(3) for k in (0, 2, 4)]
        for s in run if direction == "rising" else run[::-1]:
            events.append((at_s, float(degree(scale, s, tonic)), 1.2))
            at_s += step_s * float(rng.uniform(0.9, 1.1))
        at_s += 0.31 * float(rng.uniform(0.3, 1.5))
    x = reverb(sequence(rng, duration_s, events, harp_string), rng, seconds=2.2, wet=0.33)
    return Draw(faded(normalised(x, rng.uniform(0.15, 0.3)), 0.02), {"mood": words["mood"], "direction": direction})


@concept(
    "music_box",
    family="music",
    heard_as=("Glockenspiel", "Jingle, tinkle", "Wind chime", "Mallet percussion", "Chime", "Lullaby"),
    captions=(
        "a music box", "a {tempo} music box tune", "a {mood} music box", "a wind-up music box plays",
        "music box lullaby", "tinkling music box melody", "a child's music box, {tempo}",
        "{mood} tune of an old music box", "little tines of a musical box", "a jewellery box plays its tune",
    ),
    held_out=("a {tempo} musical box", "{mood} music box lullaby", "a clockwork music box"),
)  # fmt: skip
def music_box(rng: np.random.Generator, duration_s: float) -> Draw:
    """A tune and an accompaniment on steel tines."""
    words, scale, beat = _setting(rng)
    tonic = int(rng.integers(76, 84))
    events = tune(rng, duration_s, scale=scale, tonic=tonic, beat_s=beat)
    for at_s, root in _bars(rng, duration_s, beat * 3):
        events += [(at_s + beat * i, float(n), beat) for i, n in enumerate(chord(scale, root, tonic - 12))]
    return Draw(_hall(sequence(rng, duration_s, events, comb_tine), rng, 0.5, 0.1), words)


@concept(
    "bass_groove",
    family="music",
    heard_as=("Bass guitar", "Funk", "Double bass", "Guitar", "Electric guitar", "Jazz"),
    captions=(
        "a bass guitar groove", "a {tempo} bass line", "{feel} bass riff", "funky bass playing",
        "electric bass solo", "a bassist plays a {feel} groove", "{tempo}, low bass notes", "walking bass",
        "deep bass guitar", "a {feel} bass",
    ),
    held_out=("{tempo} notes on the bass", "a {feel} bass guitar line", "groovy bass"),
)  # fmt: skip
def bass_groove(rng: np.random.Generator, duration_s: float) -> Draw:
    """A looping riff on a plucked bass string."""
    tempo, beat = graded(rng, {"slow": (0.55, 0.7), "fast": (0.32, 0.42)})
    feel, bright = graded(rng, {"mellow": (0.1, 0.2), "punchy": (0.6, 0.75)})
    tonic, riff = int(rng.integers(28, 36)), rng.choice((0, 0, 2, 4, 6, 7, 4), 8)
    hits = rng.random(8) < 0.75
    hits[0] = True
    events = [
        (i * beat / 2, float(degree(MINOR, int(riff[i % 8]), tonic)), beat / 2)
        for i in range(int(duration_s / beat * 2) + 1)
        if hits[i % 8]
    ]
    x = sequence(rng, duration_s, events, lambda r, hz, s: _muted(plucked(r, hz, s, bright=bright, ring_s=2.5), s))
    return Draw(_hall(soft_clip(x, 1.5), rng, 0.3, 0.05), {"tempo": tempo, "feel": feel})


def _muted(x: np.ndarray, length_s: float) -> np.ndarray:
    return x * np.clip((length_s * 0.95 - np.arange(len(x)) / RATE_HZ) / 0.03, 0, 1)


@concept(
    "flute",
    family="music",
    heard_as=("Flute", "Wind instrument, woodwind instrument", "Whistle", "Clarinet"),
    captions=(
        "a flute melody", "a {mood} flute", "{tempo} flute playing", "someone plays the flute",
        "{mood} tune on a wooden flute", "solo flute", "breathy flute notes", "a shepherd's flute",
        "a {tempo} flautist", "flute music in the air",
    ),
    held_out=("{mood} flute song", "a {tempo} tune for flute", "a flute is played"),
)  # fmt: skip
def flute_melody(rng: np.random.Generator, duration_s: float) -> Draw:
    """A solo tune with breath."""
    words, scale, beat = _setting(rng)
    events = tune(rng, duration_s, scale=scale, tonic=int(rng.integers(67, 76)), beat_s=beat * 1.2)
    return Draw(_hall(sequence(rng, duration_s, events, flute), rng, 1.4, 0.25), words)


@concept(
    "trumpet",
    family="music",
    heard_as=("Trumpet", "Brass instrument", "Trombone", "French horn"),
    captions=(
        "a trumpet playing", "a {mood} trumpet", "{tempo} trumpet melody", "a brass fanfare",
        "a trumpeter plays a {tempo} tune", "solo trumpet", "{mood} trumpet call", "heralds blow trumpets",
        "bright brass notes", "royal trumpet fanfare",
    ),
    held_out=("a {tempo} call on the trumpet", "{mood} horn melody", "a trumpet rings out"),
)  # fmt: skip
def trumpet(rng: np.random.Generator, duration_s: float) -> Draw:
    """A solo tune, bright when loud."""
    words, scale, beat = _setting(rng)
    events = tune(rng, duration_s, scale=scale, tonic=int(rng.integers(58, 67)), beat_s=beat * 1.2, high=8)
    return Draw(_hall(sequence(rng, duration_s, events, brass), rng, 1.4, 0.2), words)


@concept(
    "jingle",
    family="music",
    heard_as=(
        "Ice cream truck, ice cream van", "Jingle (music)", "Glockenspiel", "Mallet percussion", "Jingle, tinkle",
        "Music for children", "Chime",
    ),
    captions=(
        "an ice cream van jingle", "ice cream truck music", "a {tempo} chiming jingle {distance}",
        "the ice cream man is coming", "chimes of an ice cream van {distance}", "a {tempo} tinkling tune from a van",
        "an ice cream truck drives by", "cheerful van chimes", "tinny jingle from a loudspeaker",
        "street vendor's chime",
    ),
    held_out=("ice cream bells {distance}", "a {tempo} van melody", "the chimes of the ice cream man"),
)  # fmt: skip
def jingle(rng: np.random.Generator, duration_s: float) -> Draw:
    """A major tune on chimes through a horn loudspeaker."""
    tempo, beat = graded(rng, {"slow": (0.4, 0.5), "lively": (0.22, 0.3)})
    distance = pick(rng, "nearby", "down the road")
    tonic = int(rng.integers(72, 79))
    events = tune(rng, duration_s, scale=MAJOR, tonic=tonic, beat_s=beat)
    events += [(i * beat, float(chord(MAJOR, 0, tonic - 12)[i % 3]), beat) for i in range(int(duration_s / beat) + 1)]
    x = soft_clip(sequence(rng, duration_s, events, comb_tine), 2)
    x = lowpass(x, 5500 if distance == "nearby" else 2200) + 0.01 * coloured(rng, len(x), slope_db=-5)
    return Draw(_hall(x, rng, 0.9, 0.15 if distance == "nearby" else 0.45), {"tempo": tempo, "distance": distance})


@concept(
    "accordion",
    family="music",
    heard_as=("Accordion", "Harmonica", "Organ", "Electronic organ"),
    captions=(
        "an accordion", "a {mood} accordion waltz", "{tempo} accordion music", "someone plays the accordion",
        "a {tempo} musette", "street accordion", "a parisian café accordion", "{mood} squeezebox tune",
        "bellows and reeds of an accordion", "a folk accordion",
    ),
    held_out=("a {mood} squeezebox", "{tempo} waltz on the accordion", "an accordionist plays"),
)  # fmt: skip
def accordion(rng: np.random.Generator, duration_s: float) -> Draw:
    """A waltz: a reedy tune over softer bass and chords, swelling with the bellows."""
    words, scale, beat = _setting(rng)
    tonic, beat = int(rng.integers(55, 62)), beat * 0.6 + 0.15
    lead = tune(rng, duration_s, scale=scale, tonic=tonic + 12, beat_s=beat)
    events = []
    for at_s, root in _bars(rng, duration_s, beat * 3):
        events.append((at_s, float(degree(scale, root, tonic - 12)), beat * 0.7))
        events += [(at_s + beat * i, float(n), beat * 0.45) for i in (1, 2) for n in chord(scale, root, tonic)]
    x = sequence(rng, duration_s, lead, squeezebox)
    x = x + rng.uniform(0.1, 0.18) * sequence(rng, duration_s, events, squeezebox)
    x = reverb(normalised(x * slow(rng, len(x), rate_hz=2.5, low=0.57)), rng, seconds=0.35, wet=0.23)
    return Draw(faded(normalised(x, rng.uniform(0.2, 0.5)), 0.02), words)


@concept(
    "orchestra_swell",
    family="music",
    heard_as=("Orchestra", "Classical music", "String section", "Brass instrument", "Cello", "Soundtrack music"),
    captions=(
        "an orchestra swells", "{mood} orchestral music", "the orchestra rises to a climax", "a full orchestra",
        "{mood} orchestral swell with {colour}", "cinematic orchestra", "symphonic crescendo",
        "epic film score with {colour}", "strings and brass swelling", "a symphony orchestra plays",
    ),
    held_out=("{mood} symphonic music", "a swelling orchestra with {colour}", "grand film music"),
)  # fmt: skip
def orchestra_swell(rng: np.random.Generator, duration_s: float) -> Draw:
    """Strings and brass chords growing, with a timpani roll or none."""
    words, scale, _ = _setting(rng)
    colour, tonic, n = pick(rng, "timpani", "harp"), int(rng.integers(48, 56)), samples_of(duration_s)
    events = _held_chords(rng, duration_s, rng.uniform(1.6, 2.4), scale, tonic)
    lead = tune(rng, duration_s, scale=scale, tonic=tonic + 24, beat_s=rng.uniform(0.5, 0.8), high=7)
    x = sequence(rng, duration_s, events, _section) + 0.8 * sequence(rng, duration_s, lead, bowed)
    x += 0.35 * sequence(rng, duration_s, [(a, m - 12, s) for a, m, s in events[::2]], brass)
    swell = between(n, ((0, 0.3), (min(duration_s * 0.75, 6), 1.0), (40, 1.0)))
    extra = _timpani(rng, n, hz_of(tonic - 12)) if colour == "timpani" else sequence(
        rng, duration_s, [(i * 0.11,
        degree(scale, i % 14, tonic), 1.0) for i in range(int(duration_s / 0.11))], partial(plucked, bright=0.1)
    )  # fmt: skip
    return Draw(_hall((x + 0.5 * extra) * swell, rng, 2.4, 0.35), {"mood": words["mood"], "colour": colour})


def _timpani(rng: np.random.Generator, n: int, hz: float) -> np.ndarray:
    m = samples_of(0.6)
    beat = sum(wavetable(hz * r, m, (1,)) * decay(m, tau_s=0.25 / r) for r in (1, 1.5, 1.99, 2.44))
    beat = beat + lowpass(white(rng, m), 600) * decay(m, tau_s=0.01)
    out = np.zeros(n)
    for at in range(0, n, samples_of(0.085)):
        place(out, beat, at + int(rng.integers(300)), rng.uniform(0.5, 1))
    return normalised(out)


@concept(
    "violin",
    family="music",
    heard_as=("Violin, fiddle", "Bowed string instrument", "Cello", "String section", "Classical music"),
    captions=(
        "a violin playing", "a {mood} violin", "{tempo} violin solo", "a fiddler plays a {tempo} tune",
        "{mood} violin melody", "solo violin with vibrato", "a violinist practises", "the song of a fiddle",
        "a bow on violin strings", "romantic violin",
    ),
    held_out=("{mood} fiddle playing", "a {tempo} melody on the violin", "a lone violin"),
)  # fmt: skip
def violin(rng: np.random.Generator, duration_s: float) -> Draw:
    """A solo tune with vibrato."""
    words, scale, beat = _setting(rng)
    events = tune(rng, duration_s, scale=scale, tonic=int(rng.integers(64, 74)), beat_s=beat * 1.3)
    events = [(at, midi, length + 0.12) for at, midi, length in events]
    return Draw(_hall(sequence(rng, duration_s, events, partial(bowed, attack_s=0.12)), rng, 1.2, 0.2), words)
