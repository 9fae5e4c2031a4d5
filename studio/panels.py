"""The page's parts inside one grid (studio.css places them): the bench, the toolbar, the story. No behaviour."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from pipeline.settings import ASSETS

FOLDER = ASSETS / "studio"
RATES = ("48 kHz", "44.1 kHz")


@dataclass(frozen=True)
class Panels:
    """The widgets that events are wired to."""

    text: gr.Textbox
    total: gr.Number
    tone: gr.Textbox
    seed: gr.Textbox
    plan: gr.Button
    render: gr.Button
    cancel: gr.Button
    mix: gr.Button
    rate: gr.Radio
    bench: gr.HTML
    examples: list[tuple[gr.Button, dict[str, Any]]]


def read_asset(name: str) -> str:
    """One text file of the page's own."""
    return (FOLDER / name).read_text(encoding="utf-8")


def example_stories(path: Path = ASSETS / "examples" / "stories.json") -> list[dict[str, Any]]:
    """The stories that are one click away: title, text, duration_s, tone."""
    return json.loads(path.read_text(encoding="utf-8"))


def build_panels() -> Panels:
    """Lay out the page inside the Blocks that are open."""
    with gr.Row(elem_id="workspace"):
        bench = gr.HTML(  # `op` carries requests to the server, `follow` asks for views while work goes on
            html_template=read_asset("bench.html"),
            js_on_load=read_asset("bench.js"),
            apply_default_css=False,
            elem_id="bench",
        )
        with gr.Row(elem_id="toolbar"):
            render = gr.Button("Render", elem_id="render", variant="primary", size="sm")
            cancel = gr.Button("Cancel", elem_id="cancel", size="sm")
            mix = gr.Button("Mix", elem_id="mix", size="sm")
            rate = gr.Radio(RATES, value=RATES[0], label="WAV, 24 bit", elem_id="rate", container=False)
        with gr.Column(elem_id="story-panel", min_width=200):
            text, total, tone, seed, plan = _story_fields()
            examples = _examples()
    return Panels(text, total, tone, seed, plan, render, cancel, mix, rate, bench, examples)


def _story_fields() -> tuple[gr.Textbox, gr.Number, gr.Textbox, gr.Textbox, gr.Button]:
    text = gr.Textbox(
        label="Story", lines=7, max_lines=12, elem_id="story", placeholder="What is heard, in the order it happens."
    )
    with gr.Row(elem_classes="pair"):
        total = gr.Number(label="Total, seconds", value=30, elem_id="total", min_width=90)
        seed = gr.Textbox(label="Seed", placeholder="random", elem_id="seed", min_width=90)
    tone = gr.Textbox(label="Tone", placeholder="e.g. tense, then relieved", elem_id="tone")
    plan = gr.Button("Plan", elem_id="plan", variant="primary")
    return text, total, tone, seed, plan


def _examples() -> list[tuple[gr.Button, dict[str, Any]]]:
    gr.HTML("<h2>Example stories</h2>", elem_classes="label")
    with gr.Column(elem_id="examples", min_width=120):
        return [(gr.Button(s["title"], size="sm", elem_classes="example"), s) for s in example_stories()]
