"""The edits of a project, pure: a project in, a changed copy out, or a sentence in an AudioStoryError.

An edit is wrapped into an operation by `studio.operations`, which knows the words of the page; what each costs and
undoes is the business of `studio.history`.
"""

from studio.editing.carry import carrying
from studio.editing.lanes import (
    added_clip,
    added_lane,
    clip_of_take,
    clip_with,
    detached_clip,
    ducked,
    lane_with,
    mastered,
    moved_clip,
    moved_lane,
    removed_lane,
    source_with,
)
from studio.editing.markers import added_marker, marker_with, removed_marker
from studio.editing.several import duplicated, nudged, removed_items, split_at, strips_set
from studio.editing.story import (
    added_event,
    continued,
    deleted_event,
    edge_moved,
    edited_event,
    kept_seams,
    moved_event,
    pasted,
    planned,
    replaced_event,
    split_event,
    titled,
    told_on,
    with_seam,
    with_settings,
    with_story_fade,
)
from studio.editing.takes import (
    choosing,
    favoured,
    material_with,
    options_set,
    rerolled,
    restored_take,
    reused,
    trashed_take,
    using_settings,
    with_take,
)

__all__ = [
    "added_clip", "added_event", "added_lane", "added_marker", "carrying", "choosing", "clip_of_take", "clip_with",
    "continued", "deleted_event", "detached_clip", "ducked", "duplicated", "edge_moved", "edited_event",
    "favoured", "kept_seams", "lane_with", "marker_with", "mastered", "material_with", "moved_clip", "moved_event",
    "moved_lane", "nudged", "options_set", "pasted", "planned", "removed_items", "removed_lane", "removed_marker",
    "replaced_event", "rerolled", "restored_take", "reused", "source_with", "split_at", "split_event",
    "strips_set", "titled", "told_on", "trashed_take", "using_settings", "with_seam", "with_settings",
    "with_story_fade", "with_take",
]  # fmt: skip
