"""AudioStory's text format: the prompt, the tags, and the answer a planner writes. Pure text, no tokens, no model."""

from __future__ import annotations

from collections.abc import Sequence

THINK, END_THINK = "<|think|>", "<|/think|>"
GEN, END_GEN = "<|gen|>", "<|/gen|>"
TIME, END_TIME = "<timestamp>", "</timestamp>"
NEW_TOKENS = (THINK, END_THINK, GEN, END_GEN, TIME, END_TIME)
END_OF_TURN = "<|im_end|>"
OPENING = "1."  # how every reasoning begins: it lists the sounds
SYSTEM = "You are a helpful assistant."


def instruction(text: str, *, duration_s: float, tone: str = "") -> str:
    """What the user asks: the story, its tone when there is one, and the total duration."""
    mood = f" The tone is {tone.strip()}." if tone.strip() else ""
    return f"{text.strip()}{mood} The total duration is {duration_s:.1f} seconds."


def prompt(text: str, *, duration_s: float, tone: str = "") -> str:
    """The chat up to and including the opening of the reasoning."""
    ask = instruction(text, duration_s=duration_s, tone=tone)
    turns = f"<|im_start|>system\n{SYSTEM}{END_OF_TURN}\n<|im_start|>user\n{ask}{END_OF_TURN}\n"
    return f"{turns}<|im_start|>assistant\n{THINK}"


def listing(sounds: Sequence[str]) -> str:
    """The reasoning before the plan: the sounds in order, in the story's words. Their number is not announced:

    a model that names a number first keeps to it and leaves out or invents sounds.
    """
    return "; ".join(f"{n}. {sound}" for n, sound in enumerate(sounds, 1)) + "."


def answer(reasoning: str, events: Sequence[tuple[str, float]]) -> str:
    """What the planner writes after the prompt: reasoning, then (caption, seconds) per event, then the end of turn."""
    blocks = (f"{GEN}{caption}{TIME}{duration_s:.1f}{END_TIME}{END_GEN}" for caption, duration_s in events)
    return f"{reasoning}{END_THINK}{''.join(blocks)}{END_OF_TURN}"
