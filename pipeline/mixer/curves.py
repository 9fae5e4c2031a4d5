"""The shapes of fades, each by its formula. Knows nothing of clips, lanes or samples of sound.

Every curve rises over x from 0 to 1; a fade-out is the same read backwards, so that a crossfade is the pair
g(x) and g(1 - x). Gains are taken at the middle of each sample, x = (i + 1/2) / n, which makes what a pair keeps
constant hold exactly at every length.
"""

from __future__ import annotations

import numpy as np

from pipeline.timeline import Curve

DEPTH = 100.0  # a curve in decibels spans 40 dB: the amplitudes 1 and 1/100


def rise(curve: Curve, x: np.ndarray) -> np.ndarray:
    """Gains in float64 of the same shape as `x`, the positions within the fade, from 0 to 1.

    EQUAL_POWER   g = sin(pi x / 2). Its pair keeps the power: g(x)^2 + g(1-x)^2 = 1. Two different sounds keep their
                  loudness; a sound with itself swells by up to 3 dB.
    LINEAR        g = x. Its pair keeps the amplitude: g(x) + g(1-x) = 1. A sound with itself stays as it is; two
                  different sounds dip by 3 dB in the middle.
    S_CURVE       g = sin(pi x / 2)^2. Keeps the amplitude as linear does, and starts and ends without a corner.
    EXPONENTIAL   g = (D^x - 1) / (D - 1) with D = 100: even steps in decibels over 40 dB, then to true silence. Its
                  pair keeps the product (1 + (D-1) g(x)) (1 + (D-1) g(1-x)) = D, the sum of both levels in decibels:
                  -20.8 dB each in the middle, so one sound ends before the next begins.
    LOGARITHMIC   g = log(1 + (D-1) x) / log(D), the inverse function of exponential: up quickly, then slowly. Its
                  pair keeps D^g(x) + D^g(1-x) = D + 1. In the middle -1.4 dB each: neither gives way, a sound with
                  itself swells by up to 4.6 dB and two different ones by up to 1.6 dB.
    """
    if curve is Curve.EQUAL_POWER:
        return np.sin(x * (np.pi / 2))
    if curve is Curve.S_CURVE:
        return np.sin(x * (np.pi / 2)) ** 2
    if curve is Curve.EXPONENTIAL:
        return np.expm1(x * np.log(DEPTH)) / (DEPTH - 1)
    if curve is Curve.LOGARITHMIC:
        return np.log1p(x * (DEPTH - 1)) / np.log(DEPTH)
    return x * 1.0


def rising(curve: Curve, *, samples: int, start: int, stop: int) -> np.ndarray:
    """Gains [stop - start] in float64 of samples `start` to `stop` of a fade-in of `samples`."""
    return rise(curve, (np.arange(start, stop) + 0.5) / samples)


def falling(curve: Curve, *, samples: int, start: int, stop: int) -> np.ndarray:
    """Gains [stop - start] in float64 of samples `start` to `stop` of a fade-out of `samples`."""
    return rising(curve, samples=samples, start=samples - stop, stop=samples - start)[::-1]


def fade_in(curve: Curve, *, samples: int) -> np.ndarray:
    """Gains [samples] in float32 that rise from 0 to 1; the fade-out is the same read backwards. Formulas: `rise`."""
    return rising(curve, samples=samples, start=0, stop=samples).astype(np.float32) if samples else np.zeros(0, "f4")


def fade_out(curve: Curve, *, samples: int) -> np.ndarray:
    """Gains [samples] in float32 that fall from 1 to 0."""
    return fade_in(curve, samples=samples)[::-1]
