"""The words of the page for edits: each operation reads its payload and gives a pure change and a name for undo.

Knows `studio.editing` and no service; the payloads are those that the page's requests carry.
"""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pipeline.arrangement import Ducking, Fade, Fit
from pipeline.errors import ProjectError
from studio import editing
from studio import payload as reading
from studio.payload import Payload, given, ids, maybe_flag, maybe_number, maybe_text, number, text, whole
from studio.project import Project

Change = Callable[[Project], Project]
MAX_SEED = 2**31


@dataclass(frozen=True)
class Operation:
    """What an operation does, and how undo calls it; {item} in `label` stands for the event or clip."""

    read: Callable[[Payload], Change]
    label: str


def _change(edit: Callable[..., Project], *args: Any, **fields: Any) -> Change:
    return lambda project: edit(project, *args, **fields)


def _material(name: str, what: str, read: Callable[..., Any]) -> Callable[[Payload], Change]:
    """An edit of one field of an event, or of a clip's source."""
    return lambda p: _change(editing.material_with, text(p, "id"), **{name: read(p.get("value"), what=what)})


def _written(name: str) -> Callable[[Payload], Change]:
    return lambda p: _change(editing.material_with, text(p, "id"), **{name: text(p, "value")})


def _options(p: Payload) -> Change:
    fields: dict[str, Any] = given(
        locked=maybe_flag(p, "locked", what="the lock"),
        seed_locked=maybe_flag(p, "seed_locked", what="the seed's lock"),
        alone=maybe_flag(p, "alone", what="rendering from the caption alone"),
    )
    if "variations" in p:
        fields["variations"] = whole(p["variations"], what="the number of variations")
    if "steps" in p:
        fields["steps"] = None if p["steps"] in (None, "") else whole(p["steps"], what="steps")
    if "guidance" in p:
        fields["guidance"] = None if p["guidance"] in (None, "") else number(p["guidance"], what="guidance")
    return _change(editing.options_set, text(p, "id"), **fields)


def _edge(p: Payload) -> Change:
    edge, rule = text(p, "edge"), text(p, "rule") if "rule" in p else "ripple"
    if edge not in ("start", "end") or rule not in ("ripple", "roll"):
        raise ProjectError("an edge is the start or the end, and it ripples or rolls")
    by_s = number(p.get("by"), what="the change")
    return _change(editing.edge_moved, text(p, "id"), end=edge == "end", by_s=by_s, roll=rule == "roll")


def _story_fade(p: Payload) -> Change:
    side = text(p, "side")
    if side not in ("in", "out"):
        raise ProjectError("the story fades in or out")
    length_s = maybe_number(p, "length", what="the fade")
    return _change(editing.with_story_fade, end=side == "out", length_s=length_s, curve=maybe_text(p, "curve"))


def _add(p: Payload) -> Change:
    duration_s = number(p.get("duration"), what="the duration")
    return _change(editing.added_event, caption=text(p, "caption"), duration_s=duration_s, after=text(p, "after"))


def _settings(p: Payload) -> Change:
    steps, guidance = whole(p.get("steps"), what="steps"), number(p.get("guidance"), what="guidance")
    return _change(editing.with_settings, steps=steps, guidance=guidance)


def _set(p: Payload) -> Change:
    locked = maybe_flag(p, "locked", what="the lock")
    return _change(editing.strips_set, ids(p), locked=locked, **reading.strip(p))


def _lane(p: Payload) -> Change:
    return _change(editing.lane_with, text(p, "id"), name=maybe_text(p, "name"), **reading.strip(p))


def _duck(p: Payload) -> Change:
    amount = maybe_number(p, "amount", what="the amount of ducking")
    fields = given(
        amount_db=amount,
        attack_s=maybe_number(p, "attack", what="the attack"),
        release_s=maybe_number(p, "release", what="the release"),
    )
    if amount is None:
        fields["amount_db"] = 0.0
    duck = Ducking(**fields)  # by 0 dB nothing is heard of it, but the times that were typed stay
    return _change(editing.ducked, text(p, "id"), None if duck == Ducking(amount_db=0.0) else duck)


def _clip_add(p: Payload) -> Change:
    lane, start_s = text(p, "lane"), number(p.get("start"), what="the start")
    if "take" in p:
        item, take = text(p, "event"), text(p, "take")
        return lambda project: editing.clip_of_take(
            project, lane, project.take(project.owner(item), take), start_s=start_s
        )
    duration_s = number(p.get("duration"), what="the duration")
    return _change(editing.added_clip, lane, caption=text(p, "caption"), start_s=start_s, duration_s=duration_s)


def _clip(p: Payload) -> Change:
    fields = given(
        name=maybe_text(p, "name"),
        start_s=maybe_number(p, "start", what="the start"),
        duration_s=maybe_number(p, "duration", what="the duration"),
        offset_s=maybe_number(p, "offset", what="the offset"),
        fit=_fit(p),
        **reading.strip(p),
    )
    lengths = {side: maybe_number(p, side, what="the fade") for side in ("fade_in", "fade_out")}
    curves = {side: maybe_text(p, f"{side}_curve") for side in ("fade_in", "fade_out")}
    clip_id = text(p, "id")

    def change(project: Project) -> Project:
        _, clip = project.begun.clip(clip_id)
        fades: dict[str, Fade] = {}
        for side in ("fade_in", "fade_out"):
            wanted = given(length_s=lengths[side], curve=curves[side])
            if wanted:
                fades[side] = replace(getattr(clip, side), **wanted)
        return editing.clip_with(project, clip_id, **fields, **fades)

    return change


def _fit(p: Payload) -> Fit | None:
    found = maybe_text(p, "fit")
    if found is None:
        return None
    if found not in {fit.value for fit in Fit}:
        raise ProjectError(f"a clip fits its slot by one of {', '.join(fit.value for fit in Fit)}, not {found!r:.40}")
    return Fit(found)


def _clip_move(p: Payload) -> Change:
    start_s = number(p.get("start"), what="the start")
    return _change(editing.moved_clip, text(p, "id"), start_s=start_s, lane_id=maybe_text(p, "lane") or "")


def _marker(p: Payload) -> Change:
    at_s = maybe_number(p, "at", what="the marker's place")
    return _change(editing.marker_with, text(p, "id"), at_s=at_s, name=maybe_text(p, "name"))


def _marker_add(p: Payload) -> Change:
    return _change(editing.added_marker, at_s=number(p.get("at"), what="the marker's place"), name=text(p, "name"))


def _take(edit: Callable[..., Project]) -> Callable[[Payload], Change]:
    return lambda p: _change(edit, text(p, "id"), text(p, "take"))


def _favourite(p: Payload) -> Change:
    on = reading.flag(p, "value", what="a favourite")
    return _change(editing.favoured, text(p, "id"), text(p, "take"), on=on)


def _seam(p: Payload) -> Change:
    return _change(editing.with_seam, text(p, "id"), length_s=number(p.get("value"), what="the crossfade"))


EDITS: Mapping[str, Operation] = {
    "title": Operation(lambda p: _change(editing.titled, text(p, "value")), "title"),
    "caption": Operation(_written("caption"), "caption of {item}"),
    "tone": Operation(_written("tone"), "tone of {item}"),
    "negative": Operation(_written("negative"), "negative caption of {item}"),
    "duration": Operation(_material("duration_s", "the duration", number), "duration of {item}"),
    "seed": Operation(_material("seed", "the seed", whole), "seed of {item}"),
    "options": Operation(_options, "options of {item}"),
    "reroll": Operation(
        lambda p: _change(editing.rerolled, text(p, "id"), seed=secrets.randbelow(MAX_SEED)), "seed of {item}"
    ),
    "edge": Operation(_edge, "length of {item}"),
    "move": Operation(
        lambda p: _change(editing.moved_event, text(p, "id"), to=whole(p.get("to"), what="the position")),
        "move of {item}",
    ),
    "add": Operation(_add, "new event"),
    "delete": Operation(lambda p: _change(editing.deleted_event, text(p, "id")), "deletion of {item}"),
    "split": Operation(
        lambda p: _change(editing.split_event, text(p, "id"), at_s=number(p.get("value"), what="the place of the cut")),
        "split of {item}",
    ),
    "fade": Operation(_seam, "crossfade after {item}"),
    "curve": Operation(
        lambda p: _change(editing.with_seam, text(p, "id"), curve=text(p, "value")), "crossfade after {item}"
    ),
    "story_fade": Operation(_story_fade, "fade of the story"),
    "settings": Operation(_settings, "render settings"),
    "remove": Operation(lambda p: _change(editing.removed_items, ids(p)), "deletion of {items}"),
    "duplicate": Operation(lambda p: _change(editing.duplicated, ids(p)), "copy of {items}"),
    "nudge": Operation(
        lambda p: _change(editing.nudged, ids(p), by_s=number(p.get("by"), what="the change")), "nudge of {items}"
    ),
    "split_at": Operation(
        lambda p: _change(editing.split_at, ids(p, empty=True), at_s=number(p.get("at"), what="the place of the cut")),
        "split",
    ),
    "set": Operation(_set, "levels of {items}"),
    "lane_add": Operation(lambda p: _change(editing.added_lane, name=text(p, "name")), "new lane"),
    "lane": Operation(_lane, "lane"),
    "duck": Operation(_duck, "ducking"),
    "lane_move": Operation(
        lambda p: _change(editing.moved_lane, text(p, "id"), to=whole(p.get("to"), what="the position")),
        "order of lanes",
    ),
    "lane_remove": Operation(lambda p: _change(editing.removed_lane, text(p, "id")), "deletion of a lane"),
    "master": Operation(
        lambda p: _change(editing.mastered, gain_db=number(p.get("gain"), what="the gain")), "master gain"
    ),
    "clip_add": Operation(_clip_add, "new clip"),
    "clip": Operation(_clip, "clip {item}"),
    "clip_move": Operation(_clip_move, "move of {item}"),
    "clip_detach": Operation(lambda p: _change(editing.detached_clip, text(p, "id")), "own source of {item}"),
    "marker_add": Operation(_marker_add, "new marker"),
    "marker": Operation(_marker, "marker"),
    "marker_move": Operation(_marker, "marker"),
    "marker_remove": Operation(lambda p: _change(editing.removed_marker, text(p, "id")), "deletion of a marker"),
    "take": Operation(_take(editing.choosing), "take of {item}"),
    "favourite": Operation(_favourite, "favourite of {item}"),
    "take_trash": Operation(_take(editing.trashed_take), "deletion of a take of {item}"),
    "take_restore": Operation(_take(editing.restored_take), "take of {item} from the trash"),
    "use_settings": Operation(_take(editing.using_settings), "settings of {item}"),
}


def change_of(op: str, p: Payload) -> Change:
    """The change that a request asks for; with `carry` what lies under the story moves along."""
    change = EDITS[op].read(p)
    if not maybe_flag(p, "carry", what="moving along"):
        return change
    return functools.partial(_carried, change=change)


def _carried(project: Project, *, change: Change) -> Project:
    return editing.carrying(project, change(project))


def label_of(op: str, p: Payload, project: Project) -> str:
    """How undo calls it, in the state before it."""
    count = len(p["ids"]) if isinstance(p.get("ids"), list) else 1
    first = p["ids"][0] if count == 1 and isinstance(p.get("ids"), list) else p.get("id")
    item = project.named(str(first))
    return EDITS[op].label.format(item=item, items=item if count == 1 else f"{count} clips")
