"""Edits of the markers that a person set in the mix."""

from __future__ import annotations

from dataclasses import replace

from pipeline.arrangement import Marker
from pipeline.errors import ProjectError
from studio.project import Project


def added_marker(project: Project, *, at_s: float, name: str) -> Project:
    """A new marker."""
    desk = project.begun
    return replace(project, arrangement=replace(desk, markers=(*desk.markers, Marker(at_s=at_s, name=name))))


def marker_with(project: Project, marker_id: str, *, at_s: float | None = None, name: str | None = None) -> Project:
    """A marker moved or renamed."""
    old = _marker(project, marker_id)
    new = replace(old, at_s=old.at_s if at_s is None else at_s, name=old.name if name is None else name)
    markers = tuple(new if marker.id == marker_id else marker for marker in project.begun.markers)
    return replace(project, arrangement=replace(project.begun, markers=markers))


def removed_marker(project: Project, marker_id: str) -> Project:
    """A marker taken away."""
    gone = _marker(project, marker_id)
    markers = tuple(marker for marker in project.begun.markers if marker is not gone)
    return replace(project, arrangement=replace(project.begun, markers=markers))


def _marker(project: Project, marker_id: str) -> Marker:
    found = next((marker for marker in project.begun.markers if marker.id == marker_id), None)
    if found is None:
        raise ProjectError(f"there is no marker {marker_id!r:.80}")
    return found
