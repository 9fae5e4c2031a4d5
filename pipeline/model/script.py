"""A timeline as the language model reads it: prompt, reasoning, then every event with its query tokens, as token ids.

    <|im_start|>… The total duration is 26.5 seconds.<|im_end|>\\n<|im_start|>assistant\\n<|think|>
    reasoning<|/think|>
    <|gen|>caption<timestamp>9.0</timestamp><t5>…</t5><aud>…</aud><|/gen|>          once per event

The prompt is a template that belongs to the checkpoint. Segments end at control tokens, so that each can be turned
into ids alone. Knows no model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.errors import SettingsError
from pipeline.model.query_tokens import QueryTokens
from pipeline.timeline import Event, Story, Timeline

PROMPT = (
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n{story}{tone}"
    " The total duration is {seconds} seconds.<|im_end|>\n<|im_start|>assistant\n<|think|>"
)
TONE = " The tone is {tone}."
_FIELD = re.compile(r"\{(\w+)\}")


def checked_prompt(template: object) -> str:
    """A prompt template; SettingsError when it lacks `{story}` or `{seconds}`, or names a field that is not there."""
    fields = set(_FIELD.findall(template)) if isinstance(template, str) else set()
    if not isinstance(template, str) or not {"story", "seconds"} <= fields <= {"story", "seconds", "tone"}:
        raise SettingsError("a prompt template has the fields {story} and {seconds}, and may have {tone}")
    return template


def _filled(template: str, values: Mapping[str, str]) -> str:
    """One pass of replacing: what a story says in braces stays as it is."""
    return _FIELD.sub(lambda match: values[match.group(1)], template)


@dataclass(frozen=True)
class Segment:
    """A stretch of the script. `key` is its text: equal keys before it and equal keys read the same.

    queries_at: where the forced tokens begin within `ids`, or None where there are none.
    """

    key: str
    ids: tuple[int, ...]
    queries_at: int | None = None


@dataclass(frozen=True)
class Script:
    """Turns stories and timelines into segments, for one tokenizer and its query tokens."""

    tokenizer: Any
    tokens: QueryTokens
    template: str = PROMPT

    def prompt(self, story: Story) -> Segment:
        """All that stands before the model's own words."""
        mood = _filled(TONE, {"tone": self.harmless(story.tone)}) if story.tone else ""
        values = {"story": self.harmless(story.text), "tone": mood, "seconds": f"{story.duration_s:.1f}"}
        text = _filled(self.template, values)
        return Segment(text, self.ids(text))

    def thought(self, reasoning: str) -> Segment:
        """The reasoning and its closing tag."""
        text = self.harmless(reasoning)
        return Segment(text, (*self.ids(text), self.tokens.tags.end_think))

    def event(self, event: Event, *, tone: str = "") -> Segment:
        """One event with its query tokens. Its own tone is told where it is not that of the story."""
        told = f"{event.caption} ({event.tone})" if event.tone and event.tone != tone else event.caption
        caption, seconds = self.harmless(told), f"{event.duration_s:.1f}"
        tags = self.tokens.tags
        head = (tags.gen, *self.ids(caption), tags.time, *self.ids(seconds), tags.end_time)
        return Segment(f"{caption}\n{seconds}", (*head, *self.tokens.forced), queries_at=len(head))

    def segments(self, timeline: Timeline) -> list[Segment]:
        """Prompt, reasoning, events."""
        story = timeline.story
        events = [self.event(event, tone=story.tone) for event in timeline.events]
        return [self.prompt(story), self.thought(timeline.reasoning), *events]

    def short_head(self, timeline: Timeline, *, most: int) -> list[Segment]:
        """Prompt and reasoning in at most `most` tokens: each loses words at its end until it fits its share.

        The reasoning may take half, the prompt what is left; one word of the story always stays.
        """
        thought = self._cut(timeline.reasoning, self.thought, most // 2)
        story = timeline.story
        return [
            self._cut(story.text, lambda text: self.prompt(replace(story, text=text)), most - len(thought.ids)),
            thought,
        ]

    def _cut(self, text: str, made: Callable[[str], Segment], most: int) -> Segment:
        """What is made of the most leading words that stay within `most` tokens, of one at least."""
        words = text.split()
        low, high = min(len(words), 1), len(words)
        while low < high:
            middle = (low + high + 1) // 2
            fits = len(made(" ".join(words[:middle])).ids) <= most
            low, high = (middle, high) if fits else (low, middle - 1)
        return made(text if low == len(words) else " ".join(words[:low]))

    def ids(self, text: str) -> tuple[int, ...]:
        """Token ids, without anything added around them."""
        return tuple(self.tokenizer(text, add_special_tokens=False).input_ids) if text else ()

    def harmless(self, text: str) -> str:
        """The text, with a space put into whatever the tokenizer would read as a control token."""
        added = set(self.tokenizer.get_added_vocab().values())
        return text.replace("<", "< ") if added.intersection(self.ids(text)) else text

    def decoded(self, ids: Sequence[int]) -> str:
        """The text of ids."""
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=False))
