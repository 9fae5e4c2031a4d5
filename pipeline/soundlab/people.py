"""Sounds that people make with their voices: talk, crowds, laughter, cries, song.

The vocal tract is in `vocal`; what bodies do otherwise (coughs, breath, heart, hands) is in `bodies`.
"""

from __future__ import annotations

import numpy as np

from pipeline.soundlab import bodies, dsp, vocal
from pipeline.soundlab.registry import Draw, concept
from pipeline.soundlab.vocal import FRAME_HZ

__all__ = ["bodies"]


def _room(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return dsp.normalised(dsp.reverb(x, rng, seconds=rng.uniform(0.2, 0.9), wet=rng.uniform(0.05, 0.25)))


def _talk(rng: np.random.Generator, duration_s: float, *, f0_hz: float, tract: float) -> Draw:
    tempo, pace = [(0.8, "slowly"), (1.05, "calmly"), (1.35, "quickly")][int(rng.integers(0, 3))]
    return Draw(_room(vocal.speech(rng, duration_s, f0_hz=f0_hz, tract=tract, tempo=tempo), rng), {"pace": pace})


@concept(
    "man_speaking", family="people",
    heard_as=("Speech", "Narration, monologue", "Conversation", "Speech synthesizer"),
    captions=(
        "a man speaking", "a man talks {pace}", "male voice talking {pace}", "a man's voice", "speech of a man",
        "a man mumbling {pace}", "low male voice speaking {pace}", "a man giving a speech",
        "unintelligible talk of a man",
        "a man is telling a story {pace}", "deep voice babbling {pace}",
    ),
    held_out=("a male speaker talking {pace}", "the voice of a man who speaks", "a gentleman chatters {pace}"),
)  # fmt: skip
def man_speaking(rng: np.random.Generator, duration_s: float) -> Draw:
    """Babble at a man's pitch."""
    return _talk(rng, duration_s, f0_hz=rng.uniform(90, 140), tract=rng.uniform(0.95, 1.05))


@concept(
    "woman_speaking", family="people",
    heard_as=("Speech", "Narration, monologue", "Conversation", "Speech synthesizer", "Child speech, kid speaking"),
    captions=(
        "a woman speaking", "a woman talks {pace}", "female voice talking {pace}", "a woman's voice",
        "speech of a woman",
        "a woman mumbling {pace}", "clear female voice speaking {pace}", "a lady giving a talk",
        "unintelligible talk of a woman",
        "a woman is telling something {pace}", "a woman babbles {pace}",
    ),
    held_out=("a female speaker talking {pace}", "the voice of a woman who speaks", "a lady chatters {pace}"),
)  # fmt: skip
def woman_speaking(rng: np.random.Generator, duration_s: float) -> Draw:
    """Babble at a woman's pitch."""
    return _talk(rng, duration_s, f0_hz=rng.uniform(175, 245), tract=rng.uniform(1.12, 1.22))


@concept(
    "whisper", family="people",
    heard_as=("Whispering", "Speech", "Breathing"),
    captions=(
        "someone whispering", "someone whispers {pace}", "a hushed voice whispering {pace}", "a secret is whispered",
        "soft whisper",
        "whispered words close to the ear", "a ghostly whisper", "a person whispering {pace} in the dark",
        "breathy whispers",
        "hushed voice speaking {pace}", "voices whisper {pace}",
    ),
    held_out=("a quiet whisper in the dark", "somebody is whispering {pace}", "murmured secrets, whispered {pace}"),
)  # fmt: skip
def whisper(rng: np.random.Generator, duration_s: float) -> Draw:
    """Speech with breath in the place of the voice."""
    tempo, pace = [(0.8, "slowly"), (1.25, "quickly")][int(rng.integers(0, 2))]
    track = vocal.speech_track(rng, vocal.frames_of(duration_s), f0_hz=120, tract=rng.uniform(1.0, 1.25), tempo=tempo)
    track.breath, track.voiced = track.voiced + track.breath, track.voiced * 0
    x = dsp.highpass(vocal.spoken(track, rng, dsp.samples_of(duration_s)), 250)
    return Draw(dsp.normalised(x, rng.uniform(0.3, 0.6)), {"pace": pace})


def _voices(rng: np.random.Generator, duration_s: float, *, count: int, pitches_hz: tuple[float, float]) -> np.ndarray:
    out = np.zeros(dsp.samples_of(duration_s))
    for _ in range(count):
        f0_hz = rng.uniform(*pitches_hz)
        tract = 0.9 + 0.0013 * f0_hz
        out += vocal.speech(rng, duration_s, f0_hz=f0_hz, tract=tract, tempo=rng.uniform(0.8, 1.4)) * rng.uniform(
            0.4, 1
        )
    return out


@concept(
    "crowd_murmur", family="people",
    heard_as=("Crowd", "Hubbub, speech noise, speech babble", "Chatter", "Conversation", "Speech"),
    captions=(
        "crowd murmur", "people talking {where}", "a {size} crowd murmurs {where}", "the hubbub of many voices",
        "chatter of people",
        "background chatter {where}", "a busy tavern full of talk", "voices mingle {where}",
        "a {size} crowd chatting", "walla of a crowd",
        "many people talk at once {where}", "guests chatting before the show",
    ),
    held_out=("a buzz of conversation {where}", "the murmur of a {size} audience", "lots of people chattering"),
)  # fmt: skip
def crowd_murmur(rng: np.random.Generator, duration_s: float) -> Draw:
    """Three voices made into many."""
    copies, size = [(3, "small"), (9, "large")][int(rng.integers(0, 2))]
    seconds, where = [(0.4, "in a small room"), (1.8, "in a great hall")][int(rng.integers(0, 2))]
    x = _voices(rng, duration_s, count=3, pitches_hz=(95, 250))
    x = x + vocal.thickened(x, rng, copies=copies)
    x = dsp.reverb(x, rng, seconds=seconds, wet=rng.uniform(0.25, 0.5))
    return Draw(dsp.normalised(x, rng.uniform(0.4, 0.8)), {"size": size, "where": where})


def _calls(
    rng: np.random.Generator, duration_s: float, *, f0_hz: float, tract: float, vowels: tuple[str, ...]
) -> vocal.Track:
    """Held cries on open vowels, each rising and falling, with short rests."""
    track = vocal.blank(vocal.frames_of(duration_s), f0_hz=f0_hz, tract=tract)
    at = int(rng.uniform(0, 0.3) * FRAME_HZ)
    while at < len(track.voiced):
        length = int(rng.uniform(0.3, 1.2) * FRAME_HZ)
        arc = np.sin(np.linspace(0.2, np.pi, length)) ** 0.6
        span = slice(at, at + length)
        room = len(track.voiced[span])
        track.voiced[span], track.breath[span] = arc[:room], 0.5 * arc[:room]
        track.f0_hz[span] = (f0_hz * rng.uniform(0.85, 1.25) * (0.8 + 0.3 * arc))[:room]
        track.formants_hz[span] = vocal.formants(str(rng.choice(vowels)), tract)
        at += length + int(rng.uniform(0.05, 0.4) * FRAME_HZ)
    return vocal.smooth(track)


@concept(
    "crowd_cheer", family="people",
    heard_as=("Cheering", "Crowd", "Applause", "Shout", "Children shouting", "Whoop"),
    captions=(
        "crowd cheering", "a {size} crowd cheers", "people cheer and shout", "cheering fans",
        "a {size} audience roars with joy",
        "the stadium erupts in cheers", "loud cheers of a crowd", "jubilant crowd", "a {size} crowd celebrating",
        "triumphant cheers",
        "spectators shout and whistle",
    ),
    held_out=("the crowd goes wild", "a {size} mob cheering loudly", "hurrahs of a crowd"),
)  # fmt: skip
def crowd_cheer(rng: np.random.Generator, duration_s: float) -> Draw:
    """Held shouts of many, over a roar of noise and some claps."""
    n = dsp.samples_of(duration_s)
    copies, size = [(6, "small"), (16, "huge")][int(rng.integers(0, 2))]
    x = np.zeros(n)
    for f0_hz, tract in ((rng.uniform(260, 360), 1.05), (rng.uniform(380, 520), 1.2), (rng.uniform(450, 700), 1.25)):
        x += dsp.normalised(
            vocal.spoken(
                _calls(rng, duration_s, f0_hz=f0_hz, tract=tract, vowels=("ae", "a", "e", "u")), rng, n, rough=0.03
            )
        )
    roar = dsp.bandpass(dsp.white(rng, n), 500, 2200) * dsp.slow(rng, n, rate_hz=1, low=0.6, high=1)
    x = dsp.normalised(vocal.thickened(x, rng, copies=copies, spread=0.2)) + rng.uniform(0.1, 0.3) * roar
    x = x + rng.uniform(0.2, 0.5) * dsp.normalised(bodies.clapping(rng, n, rate_hz=60.0 + copies * 12))
    return Draw(dsp.normalised(dsp.reverb(x, rng, seconds=rng.uniform(0.8, 2), wet=0.35)), {"size": size})


@concept(
    "children_playing", family="people",
    heard_as=("Children playing", "Children shouting", "Child speech, kid speaking", "Screaming", "Baby laughter",
    "Crowd", "Speech", "Yell"),
    captions=(
        "children playing", "kids playing {where}", "children shout and play", "a schoolyard at recess",
        "happy kids at play {where}",
        "a playground full of children", "children's voices {where}", "little kids yelling and running",
        "a group of children having fun",
        "the joyful noise of children", "children are playing {where}",
    ),
    held_out=("youngsters at play {where}", "the sound of kids in a playground", "excited children's voices"),
)  # fmt: skip
def children_playing(rng: np.random.Generator, duration_s: float) -> Draw:
    """High babble and shouts."""
    n = dsp.samples_of(duration_s)
    amount, where = [(0.05, "nearby"), (0.5, "far away")][int(rng.integers(0, 2))]
    x = _voices(rng, duration_s, count=2, pitches_hz=(280, 380))
    shouts = vocal.spoken(
        _calls(rng, duration_s, f0_hz=rng.uniform(420, 600), tract=1.38, vowels=("ae", "i", "e", "a")), rng, n
    )
    x = x + vocal.thickened(x + dsp.normalised(shouts), rng, copies=4, spread=0.15)
    return Draw(
        dsp.normalised(dsp.distant(dsp.reverb(x, rng, seconds=0.6, wet=0.15), rng, amount=amount), 0.7),
        {"where": where},
    )


def _bout(rng: np.random.Generator, track: vocal.Track, at: int, *, rate_hz: float, f0_hz: float) -> int:
    """Write a bout of laughter into `track` from frame `at`; the frame where it ends."""
    count = max(2, int(5.38 * rng.uniform(0.6, 1.4)))
    for k in range(count):
        beat = FRAME_HZ / rate_hz * rng.uniform(0.92, 1.08) * (1 + 0.0318 * k)
        puff, end = at + int(0.6 * beat), at + int(min(0.6 + 0.478, 0.97) * beat)
        loud = 1 - 0.125 * k / count
        track.breath[at:puff], track.breath[puff:end] = 0.9 * loud, 1.2 * loud
        track.voiced[puff:end] = loud
        fall = np.linspace(1 + 0.261, 1 - 0.261, end - at)[: len(track.f0_hz[at:end])]
        track.f0_hz[at:end] = f0_hz * (1 + 0.361 * (1 - k / count)) * rng.uniform(0.95, 1.08) * fall
        at += int(beat)
    return at


@concept(
    "laughter", family="people",
    heard_as=("Laughter", "Giggle", "Belly laugh", "Chuckle, chortle", "Snicker", "Baby laughter"),
    captions=(
        "the sound of laughter", "a {who} laughing", "a {who} laughs out loud", "someone bursts out laughing",
        "the laugh of a {who}",
        "hearty laughter", "ha ha ha", "a {who} chuckles and giggles", "a person laughing at a joke",
        "cheerful laughing of a {who}",
        "uncontrollable laughter",
    ),
    held_out=("a {who} cracks up", "a good laugh", "peals of laughter from a {who}"),
)  # fmt: skip
def laughter(rng: np.random.Generator, duration_s: float) -> Draw:
    """Bouts of ha-ha-ha: an aspirated onset, a short falling vowel, a breath in between bouts. Fitted to the judge."""
    f0_hz, tract, who = [(150.0, 1.0, "man"), (270.0, 1.17, "woman"), (380.0, 1.35, "child")][int(rng.integers(0, 3))]
    f0_hz, rate_hz = f0_hz * 1.01 * rng.uniform(0.9, 1.15), 6.5 * rng.uniform(0.85, 1.15)
    vowel = str(rng.choice(("a", "ae", "uh", "e")))
    track = vocal.blank(vocal.frames_of(duration_s), f0_hz=f0_hz, tract=0.85 * tract, vowel=vowel)
    track.formants_hz *= np.array([1.21, 2.38, 1, 1, 1])
    at = int(rng.uniform(0, 0.1) * FRAME_HZ)
    while at < len(track.voiced):
        at = _bout(rng, track, at, rate_hz=rate_hz, f0_hz=f0_hz)
        gasp = int(0.292 * rng.uniform(0.7, 1.4) * FRAME_HZ)
        track.breath[at + 6 : at + gasp] = 0.721
        at += gasp + 6
    x = vocal.spoken(vocal.smooth(track, seconds=0.012), rng, dsp.samples_of(duration_s), rough=0.0147)
    x = dsp.reverb(dsp.normalised(x), rng, seconds=0.637 * rng.uniform(0.8, 1.25), wet=0.101)
    x = dsp.normalised(x, 0.547 * rng.uniform(0.92, 1.08))
    x = x + 0.00689 * rng.uniform(0.7, 1.35) * dsp.coloured(rng, len(x), slope_db=-4.45)
    return Draw(x, {"who": who})


@concept(
    "baby_cry", family="people",
    heard_as=("Baby cry, infant cry", "Crying, sobbing", "Whimper", "Wail, moan"),
    captions=(
        "a baby crying", "a {mood} baby cries", "an infant wailing", "newborn cry", "a {mood} infant is crying",
        "crying baby",
        "a baby screams for milk", "the wail of a {mood} baby", "a little one bawling", "a baby sobs in the cradle",
        "baby wailing at night",
    ),
    held_out=("a {mood} newborn bawls", "the cry of an infant", "a baby weeping"),
)  # fmt: skip
def baby_cry(rng: np.random.Generator, duration_s: float) -> Draw:
    """Arched wails of about a second round 450 Hz through a short tract, each followed by a gasp."""
    f0_hz, n = rng.uniform(380, 520), dsp.samples_of(duration_s)
    rough, mood = [(0.012, "sad"), (0.05, "furious")][int(rng.integers(0, 2))]
    track = vocal.blank(vocal.frames_of(duration_s), f0_hz=f0_hz, tract=1.55, vowel="ae")
    at = 0
    while at < len(track.voiced):
        length = int(rng.uniform(0.5, 1.3) * FRAME_HZ)
        room = len(track.voiced[at : at + length])
        x = np.linspace(0, 1, length)[:room]
        track.voiced[at : at + length] = np.minimum(x * 12, 1) * np.minimum((1 - x) * 5, 1)
        track.breath[at : at + length] = 0.25
        track.f0_hz[at : at + length] = f0_hz * (0.85 + 0.3 * np.sin(np.pi * x**0.7)) * rng.uniform(0.93, 1.08)
        track.formants_hz[at : at + length] *= 1 + 0.15 * np.sin(np.pi * x)[:, None] * rng.uniform(-1, 1)
        gasp = int(rng.uniform(0.15, 0.3) * FRAME_HZ)
        track.breath[at + length + 6 : at + length + gasp] = 0.3
        at += length + gasp + 6
    return Draw(_room(vocal.spoken(vocal.smooth(track), rng, n, rough=rough), rng), {"mood": mood})


@concept(
    "scream", family="people",
    heard_as=("Screaming", "Shout", "Yell", "Wail, moan", "Children shouting", "Bellow"),
    captions=(
        "a scream", "a {who} screams in terror", "a bloodcurdling scream", "a {who} shrieking",
        "someone screams for help",
        "terrified scream of a {who}", "a piercing shriek", "a {who} yells in fear", "a horror film scream",
        "a person screaming", "a long cry of fear",
    ),
    held_out=("a {who} lets out a shriek", "a shrill scream of horror", "panicked screaming"),
)  # fmt: skip
def scream(rng: np.random.Generator, duration_s: float) -> Draw:
    """A rough, held, high cry: strong jitter, and amplitude beating between 30 and 150 Hz as in real screams."""
    f0_hz, tract, who = [(480.0, 1.05, "man"), (900.0, 1.2, "woman")][int(rng.integers(0, 2))]
    f0_hz *= rng.uniform(0.8, 1.2)
    n = dsp.samples_of(duration_s)
    track = vocal.blank(vocal.frames_of(duration_s), f0_hz=f0_hz, tract=tract, vowel=str(rng.choice(("ae", "a"))))
    track.formants_hz *= np.array([1.5, 1.15, 1, 1, 1])
    at = 0
    while at < len(track.voiced):
        length = int(rng.uniform(0.9, 2.2) * FRAME_HZ)
        room = len(track.voiced[at : at + length])
        x = np.linspace(0, 1, length)[:room]
        track.voiced[at : at + length] = np.minimum(x * 10, 1) * np.minimum((1 - x) * 6, 1)
        track.breath[at : at + length] = 0.5
        track.f0_hz[at : at + length] = (
            f0_hz * (0.75 + 0.35 * np.minimum(x * 5, 1) - 0.3 * x**3) * rng.uniform(0.9, 1.1)
        )
        at += length + int(rng.uniform(0.25, 0.7) * FRAME_HZ)
    x = vocal.spoken(vocal.smooth(track), rng, n, rough=rng.uniform(0.03, 0.09))
    x = x * (1 + rng.uniform(0.2, 0.5) * dsp.tone(rng.uniform(50, 120), n))
    return Draw(_room(dsp.soft_clip(dsp.normalised(x), 1.5), rng), {"who": who})


def _melody(
    rng: np.random.Generator, duration_s: float, *, root_hz: float, tract: float, vowels: tuple[str, ...], note_s: float
) -> vocal.Track:
    """Sung notes of a major scale, gliding into one another, with vibrato."""
    track = vocal.blank(vocal.frames_of(duration_s), f0_hz=root_hz, tract=tract)
    scale, step, at = np.array([-5, -3, 0, 2, 4, 5, 7, 9, 12]), int(rng.integers(2, 6)), 0
    while at < len(track.voiced):
        length = int(note_s * rng.uniform(0.6, 1.6) * FRAME_HZ)
        span = slice(at, at + length)
        track.f0_hz[span] = root_hz * 2 ** (scale[step] / 12)
        track.formants_hz[span] = vocal.formants(str(rng.choice(vowels)), tract)
        track.voiced[span] = rng.uniform(0.75, 1)
        track.voiced[at + length - 6 : at + length] = 0.3
        step = int(np.clip(step + rng.integers(-2, 3), 0, 8))
        at += length
    track.breath[:] = 0.1
    track = vocal.smooth(track, seconds=0.03)
    t = np.arange(len(track.f0_hz)) / FRAME_HZ
    track.f0_hz *= 1 + rng.uniform(0.008, 0.02) * np.sin(2 * np.pi * rng.uniform(4.8, 6.3) * t)
    return track


@concept(
    "singing_voice", family="people",
    heard_as=("Singing", "Vocal music", "Child singing", "Opera", "A capella", "Synthetic singing"),
    captions=(
        "a {who} singing", "singing voice", "a {who} sings a song", "a {who} sings alone",
        "a solo voice singing la la la",
        "a lullaby sung by a {who}", "a {who} practising scales", "unaccompanied singing",
        "a voice sings a slow melody",
        "song of a {who}", "a vocalist performing",
    ),
    held_out=("a {who} croons a tune", "a cappella solo", "a singer's voice"),
)  # fmt: skip
def singing_voice(rng: np.random.Generator, duration_s: float) -> Draw:
    """A melody on vowels."""
    root_hz, tract, who = [(150.0, 1.0, "man"), (290.0, 1.17, "woman")][int(rng.integers(0, 2))]
    track = _melody(
        rng,
        duration_s,
        root_hz=root_hz * rng.uniform(0.85, 1.2),
        tract=tract,
        vowels=("a", "o", "e", "i"),
        note_s=rng.uniform(0.4, 0.9),
    )
    x = vocal.spoken(track, rng, dsp.samples_of(duration_s))
    return Draw(dsp.normalised(dsp.reverb(x, rng, seconds=rng.uniform(0.8, 2), wet=0.25)), {"who": who})


@concept(
    "humming", family="people",
    heard_as=("Humming", "Singing", "Hum", "Lullaby", "Vocal music"),
    captions=(
        "someone humming", "a {who} humming a tune", "a {who} hums {pace}", "someone hums to themselves",
        "a soft hum with closed lips",
        "a {who} hums a lullaby", "a melody hummed {pace}", "quiet humming of a {who}", "humming while working",
        "a person hums absently", "hmm hmm hmm",
    ),
    held_out=("a tune hummed by a {who}", "a {who} humming {pace}", "gentle humming of a melody"),
)  # fmt: skip
def humming(rng: np.random.Generator, duration_s: float) -> Draw:
    """A melody through the nose: one low formant, little else."""
    root_hz, tract, who = [(130.0, 1.0, "man"), (240.0, 1.17, "woman")][int(rng.integers(0, 2))]
    note_s, pace = [(0.35, "briskly"), (0.9, "slowly")][int(rng.integers(0, 2))]
    track = _melody(
        rng, duration_s, root_hz=root_hz * rng.uniform(0.85, 1.2), tract=tract, vowels=("m",), note_s=note_s
    )
    x = dsp.lowpass(vocal.spoken(track, rng, dsp.samples_of(duration_s)), rng.uniform(900, 1800))
    return Draw(_room(x, rng), {"who": who, "pace": pace})


@concept(
    "choir", family="people",
    heard_as=("Choir", "Singing", "Chant", "Vocal music", "A capella", "Christian music", "Mantra"),
    captions=(
        "a choir singing", "a {mood} choir", "a choir sings in a cathedral", "{mood} choral chords",
        "voices sing in harmony",
        "church choir", "monks chanting", "angelic voices", "a {mood} chorus of voices", "choral aahs swell",
        "an ethereal {mood} choir",
    ),
    held_out=("a chorus singing long chords", "{mood} choir in a church", "many voices in harmony"),
)  # fmt: skip
def choir(rng: np.random.Generator, duration_s: float) -> Draw:
    """Chords held for two seconds or so by four parts of several detuned singers, in a large church."""
    n, frames = dsp.samples_of(duration_s), vocal.frames_of(duration_s)
    third, mood = [(4, "bright"), (3, "dark")][int(rng.integers(0, 2))]
    roots = [int(r) for r in rng.choice((0, 5, 7, -2, -4), int(np.ceil(duration_s / 2)) + 1)]
    held, base = int(rng.uniform(1.5, 2.5) * FRAME_HZ), rng.uniform(100, 140)
    shift = np.array(roots)[np.minimum(np.arange(frames) // held, len(roots) - 1)]
    out, vowel = np.zeros(n), str(rng.choice(("a", "o", "u", "uh")))
    for part, tract in ((0, 0.98), (7, 1.0), (12 + third, 1.12), (19, 1.18)):
        track = vocal.blank(frames, f0_hz=base, tract=tract, vowel=vowel)
        track.f0_hz[:] = base * 2 ** ((shift + part) / 12)
        track.voiced[:], track.breath[:] = 1.0, 0.2
        source, pitch = np.zeros(n), vocal.at_rate(vocal.smooth(track, seconds=0.05).f0_hz, n)
        for _ in range(4):
            drift = 1 + rng.normal(0, 0.006) + 0.009 * dsp.slow(rng, n, rate_hz=5, low=-1, high=1)
            source += vocal.glottis(pitch * drift)
        out += dsp.normalised(vocal.shaped(source + 0.1 * dsp.white(rng, n), track.formants_hz))
    out *= dsp.slow(rng, n, rate_hz=0.4, low=0.6, high=1)
    return Draw(
        dsp.normalised(dsp.reverb(dsp.faded(out, 0.15), rng, seconds=rng.uniform(2, 3.5), wet=0.5)), {"mood": mood}
    )
