"""Sounds of the imagined future: lasers, ships, robots, computers, radio.

Knows nothing of real machines (see machines).
"""

from __future__ import annotations

import numpy as np

from pipeline.soundlab.dsp import (
    bandpass,
    coloured,
    decay,
    faded,
    highpass,
    impulses,
    lowpass,
    normalised,
    onsets,
    pick,
    place,
    resonance,
    reverb,
    samples_of,
    slow,
    soft_clip,
    struck,
    tone,
    wavetable,
    white,
)
from pipeline.soundlab.engines import graded
from pipeline.soundlab.registry import RATE_HZ, Draw, concept


@concept(
    "laser",
    family="scifi",
    heard_as=(
        "Sound effect", "Zing", "Whoosh, swoosh, swish", "Boing", "Video game music", "Chirp tone",
        "Gunshot, gunfire", "Beep, bleep",
    ),
    captions=(
        "laser blasts", "a {pitch} laser gun firing", "pew pew of a ray gun",
        "a space battle with {rate} laser shots", "sci-fi blaster shots", "{rate} zaps from a laser pistol",
        "a {pitch} ray gun zaps", "blasters firing", "laser beams shoot across the deck",
        "futuristic weapon discharging",
    ),
    held_out=("{rate} blaster fire", "a {pitch} laser bolt", "ray gun zapping"),
)  # fmt: skip
def laser(rng: np.random.Generator, duration_s: float) -> Draw:
    """Fast falling sweeps with an echo."""
    n = samples_of(duration_s)
    pitch, hz = graded(rng, {"high": (4500, 7000), "deep": (1400, 2400)})
    rate, gap = graded(rng, {"rapid": (0.14, 0.24), "single": (0.6, 1.0)})
    x, tau, floor = np.zeros(n), rng.uniform(0.04, 0.1), rng.uniform(90, 250)
    for at_s in onsets(rng, duration_s, every_s=(gap, gap * 1.5)):
        m = samples_of(0.4)
        sweep = floor + hz * rng.uniform(0.9, 1.1) * np.exp(-np.arange(m) / RATE_HZ / tau)
        bolt = wavetable(sweep, m, (1, 0.5, 0.3)) * decay(m, tau_s=0.12, attack_s=0.002)
        place(bolt, highpass(white(rng, 900), 2000) * decay(900, tau_s=0.006), 0, 0.4)
        place(x, faded(bolt, 0.002), samples_of(at_s), rng.uniform(0.6, 1))
    return Draw(faded(reverb(normalised(x), rng, seconds=0.9, wet=0.2)), {"pitch": pitch, "rate": rate})


@concept(
    "spaceship_hum",
    family="scifi",
    heard_as=(
        "Hum", "Throbbing", "Mains hum", "Sound effect", "Rumble", "Ambient music", "Heavy engine (low frequency)",
        "Synthesizer",
    ),
    captions=(
        "the hum of a spaceship", "a {mood} starship engine", "spaceship interior drone", "deep space ambience",
        "warp core {motion}", "a {mood} drone aboard a space station", "starship engines {motion}",
        "low hum on the bridge of a spaceship", "inside a spacecraft", "the ship's reactor hums",
    ),
    held_out=("a {mood} spacecraft drone", "the engine room of a starship", "space vessel {motion}"),
)  # fmt: skip
def spaceship_hum(rng: np.random.Generator, duration_s: float) -> Draw:
    """Detuned low saws through a slow filter, sub rumble and air."""
    n = samples_of(duration_s)
    mood, hz = graded(rng, {"deep": (49, 51), "bright": (59, 61)})
    motion, rate = graded(rng, {"pulsing": (0.8, 1.6), "steady": (0.05, 0.1)})
    amps = [1 / k for k in range(1, 16)]
    saws = sum((wavetable(hz * r, n, amps) for r in (1, 1.002, 2.003)), np.zeros(n))
    pulse = 0.65 + 0.35 * tone(rate, n) if motion == "pulsing" else 0.9
    cut = lowpass(saws, 500 if mood == "deep" else 1500, order=1)
    air = bandpass(white(rng, n), 120, 900, order=1) * slow(rng, n, rate_hz=0.3, low=0.8)
    x = normalised(cut) * pulse + 0.03 * air + 0.03 * coloured(rng, n, slope_db=-6)
    return Draw(faded(0.3 * reverb(normalised(x), rng, seconds=1.8, wet=0.1)), {"mood": mood, "motion": motion})


@concept(
    "force_field",
    family="scifi",
    heard_as=("Hum", "Buzz", "Mains hum", "Sound effect", "Throbbing", "Theremin", "Synthesizer", "Static"),
    captions=(
        "a force field humming", "a {texture} energy shield", "an energy barrier buzzes",
        "the {texture} field {motion}", "a shield generator {motion}", "shimmering energy wall",
        "plasma field crackling softly", "a {texture} magnetic barrier", "protective field of energy",
        "an energy dome {motion}",
    ),
    held_out=("a {texture} barrier {motion}", "energy shield droning", "humming wall of force"),
)  # fmt: skip
def force_field(rng: np.random.Generator, duration_s: float) -> Draw:
    """A buzzing FM drone with tremolo and shimmer."""
    n = samples_of(duration_s)
    texture, grit = graded(rng, {"smooth": (0.0, 0.02), "crackling": (0.3, 0.5)})
    motion, rate = graded(rng, {"pulsing": (2, 5), "fluttering": (9, 16)})
    hz = rng.uniform(85, 150)
    mod = tone(hz * 2.003, n) * slow(rng, n, rate_hz=0.6, low=0.8, high=3.0)
    phase = 2 * np.pi * hz * np.arange(n) / RATE_HZ
    x = (
        np.sin(phase + mod)
        + 0.5 * np.sin(2 * phase + 1.3 * mod)
        + 0.15 * tone(hz * 12 * slow(rng, n, rate_hz=1, low=0.98, high=1.02), n)
    )
    x = x * (0.7 + 0.3 * tone(rate, n)) + grit * normalised(highpass(impulses(rng, n, rate_hz=45), 1500)) * 2
    return Draw(faded(reverb(normalised(x), rng, seconds=0.8, wet=0.2)), {"texture": texture, "motion": motion})


_BEEPED = ("Beep, bleep", "Sound effect", "Chirp tone", "Video game music", "Ping", "Telephone dialing, DTMF")


@concept(
    "robot_beeps",
    family="scifi",
    heard_as=(*_BEEPED, "Whistle", "Synthesizer"),
    captions=(
        "a robot beeping", "{mood} robot bleeps and bloops", "a droid chatters", "{mood} android chirps",
        "electronic robot voice of beeps", "a little robot whistles", "droid bleeping {tempo}",
        "a {mood} droid talks {tempo}", "robot computing noises", "whirs and chirps of a robot",
    ),
    held_out=("a {mood} droid beeping", "robotic bleeps, {tempo}", "a machine creature chirping"),
)  # fmt: skip
def robot_beeps(rng: np.random.Generator, duration_s: float) -> Draw:
    """Sliding, warbling short tones in chatter."""
    n = samples_of(duration_s)
    mood, hz = graded(rng, {"cheerful": (1100, 1800), "grumpy": (350, 600)})
    tempo, length = graded(rng, {"quickly": (0.05, 0.1), "slowly": (0.16, 0.25)})
    x, at_s = np.zeros(n), float(rng.uniform(0, 0.1))
    while at_s < duration_s:
        m = samples_of(length * rng.uniform(0.5, 1.6))
        start = hz * 2 ** rng.uniform(-0.6, 0.9)
        bend = start * 2 ** (rng.choice((0, 0, 0.5, -0.5)) * np.linspace(0, 1, m))
        warble = 1 + rng.choice((0.0, 0.08)) * tone(rng.uniform(15, 40), m)
        blip = wavetable(bend * warble, m, (1, 0, 0.2, 0, 0.1))
        place(x, faded(blip, 0.006), samples_of(at_s), rng.uniform(0.6, 1))
        at_s += m / RATE_HZ + float(rng.choice((0.0, 0.03, 0.3), p=(0.4, 0.5, 0.1)))
    return Draw(faded(reverb(normalised(x), rng, seconds=0.3, wet=0.1)), {"mood": mood, "tempo": tempo})


@concept(
    "computer_beeps",
    family="scifi",
    heard_as=_BEEPED,
    captions=(
        "computer beeps", "a console beeping {tempo}", "{pitch} computer bleeps", "control panel beeps",
        "data processing sounds, {tempo}", "{pitch} beeps from a terminal", "a computer calculates with bleeps",
        "electronic console chirping", "blinking computers beep", "laboratory equipment beeping {tempo}",
    ),
    held_out=("{pitch} bleeps of a machine", "a mainframe beeps {tempo}", "beeping control room"),
)  # fmt: skip
def computer_beeps(rng: np.random.Generator, duration_s: float) -> Draw:
    """Square blips on a grid, from a few fixed pitches."""
    n = samples_of(duration_s)
    pitch, hz = graded(rng, {"high-pitched": (1800, 2600), "low-pitched": (600, 900)})
    tempo, step = graded(rng, {"rapidly": (0.07, 0.11), "slowly": (0.25, 0.4)})
    notes = hz * rng.choice((1, 1.12, 1.25, 1.5, 1.68, 2), 3)
    x = 0.01 * wavetable(100, n, (1, 0.5))
    for i in range(int(duration_s / step) + 1):
        if i == 0 or rng.random() < 0.7:
            m = samples_of(step * rng.uniform(0.4, 0.8))
            place(x, faded(wavetable(rng.choice(notes), m, (1, 0, 0.25, 0, 0.1)), 0.003), samples_of(i * step), 0.7)
    return Draw(faded(reverb(normalised(x), rng, seconds=0.3, wet=0.08)), {"pitch": pitch, "tempo": tempo})


@concept(
    "teleport",
    family="scifi",
    heard_as=(
        "Sound effect", "Synthesizer", "Whoosh, swoosh, swish", "Theremin", "Wind chime", "Zing", "Electronic music",
        "Chime",
    ),
    captions=(
        "a teleporter activating", "a {direction} shimmer of teleportation", "someone is beamed up",
        "transporter beam {direction}", "sci-fi teleport effect", "sparkling beam of a teleporter",
        "a {texture} warp through space", "materialising in a {texture} beam", "a portal opens",
        "magical transport effect",
    ),
    held_out=("a {texture} transporter {direction}", "beaming down to the planet", "a teleport pulse"),
)  # fmt: skip
def teleport(rng: np.random.Generator, duration_s: float) -> Draw:
    """Sweeping chords, a swell of filtered noise and a cloud of small sparkles."""
    n = samples_of(duration_s)
    direction, octaves = graded(rng, {"rising": (1.5, 2.5), "falling": (-2.5, -1.5)})
    texture, sparkle = graded(rng, {"glittering": (0.6, 0.9), "smooth": (0.0, 0.05)})
    x, seconds, at_s = np.zeros(n), rng.uniform(1.2, 2.2), float(rng.uniform(0, 0.1))
    while at_s < duration_s:
        m = samples_of(seconds)
        ramp = rng.uniform(300, 600) * 2 ** (octaves * (np.arange(m) / m - (octaves < 0)))
        voices = np.sum(
            [
                wavetable(ramp * r * (1 + 0.02 * tone(rng.uniform(6, 12), m)), m, (1, 0.5, 0.4, 0.2, 0.2))
                for r in (1, 1.26, 1.5, 2.01)
            ],
            axis=0,
        )
        stars = np.zeros(m)
        for _ in range(int(seconds * 40)):
            place(
                stars,
                struck((rng.uniform(2000, 7000),), (1,), (0.05,), 9000, rng),
                int(rng.integers(m)),
                rng.uniform(0.2, 1),
            )
        wind = bandpass(white(rng, m), 800, 5000, order=1)
        swell = (normalised(voices) + 0.2 * normalised(wind) + 0.6 * sparkle * normalised(stars)) * np.hanning(m) ** 0.5
        place(x, swell, samples_of(at_s))
        at_s += seconds * float(rng.uniform(0.95, 1.3))
    return Draw(faded(reverb(normalised(x), rng, seconds=1.5, wet=0.3)), {"direction": direction, "texture": texture})


@concept(
    "radio_static",
    family="scifi",
    heard_as=("Static", "Radio", "White noise", "Hiss", "Crackle", "Pink noise"),
    captions=(
        "radio static", "tuning through static", "{texture} radio noise", "white noise from a radio",
        "a detuned radio {action}", "{texture} static on the line", "interference on the radio",
        "static between stations", "a walkie-talkie with {texture} static", "the receiver {action}",
    ),
    held_out=("{texture} interference", "an untuned radio", "static noise, a set {action}"),
)  # fmt: skip
def radio_static(rng: np.random.Generator, duration_s: float) -> Draw:
    """Band-limited noise with crackle, and whistles while tuning."""
    n = samples_of(duration_s)
    texture, crackle = graded(rng, {"crackling": (0.5, 0.8), "smooth": (0, 0.05)})
    action = pick(rng, "hisses", "whistles while tuned")
    noise = highpass(white(rng, n), rng.uniform(200, 800), order=1) * slow(rng, n, rate_hz=40, low=0.85)
    pops = bandpass(impulses(rng, n, rate_hz=70, spread=1.3), 400, 5000)
    x = normalised(noise) + crackle * 1.2 * normalised(pops)
    if action != "hisses":
        hz = np.abs(slow(rng, n, rate_hz=0.8, low=-2500, high=3000)) + 80
        x = x + 0.25 * tone(hz, n) * slow(rng, n, rate_hz=0.8, low=-0.5).clip(0)
    return Draw(faded(normalised(soft_clip(x, 1.2))), {"texture": texture, "action": action})


@concept(
    "sonar",
    family="scifi",
    heard_as=("Sonar", "Ping", "Beep, bleep", "Echo", "Sine wave"),
    captions=(
        "a sonar ping", "{pitch} sonar pings {tempo}", "submarine sonar", "pings in the deep sea",
        "a submarine's {pitch} sonar", "echoing sonar pulse", "sonar sweeping {tempo}", "underwater ping",
        "the sonar operator hears a ping", "{pitch} ping echoing underwater",
    ),
    held_out=("{pitch} pings of a submarine", "sonar echoes, {tempo}", "a depth sounder pinging"),
)  # fmt: skip
def sonar(rng: np.random.Generator, duration_s: float) -> Draw:
    """Pure pings with long reverberation over a deep rumble."""
    n = samples_of(duration_s)
    pitch, hz = graded(rng, {"high": (1300, 1800), "low": (700, 1000)})
    tempo, gap = graded(rng, {"slowly": (1.6, 2.2), "quickly": (0.8, 1.1)})
    x = np.zeros(n)
    m = samples_of(1.5)
    ping = faded(tone(hz, m) * decay(m, tau_s=rng.uniform(0.12, 0.3), attack_s=0.005))
    for at_s in onsets(rng, duration_s, every_s=(gap, gap * 1.02)):
        place(x, ping, samples_of(at_s))
    x = reverb(x, rng, seconds=2.5, wet=0.35)
    x = normalised(x) + 0.012 * lowpass(resonance(coloured(rng, n, slope_db=-4), 120, q=1.0), 300)
    return Draw(faded(x), {"pitch": pitch, "tempo": tempo})
