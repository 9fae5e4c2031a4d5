"""One small family of errors, written for the user: `str(error)` is fit to be shown as it is."""

from __future__ import annotations


class AudioStoryError(Exception):
    """Root of the family: an interface may show `str(error)` to the user."""


class PlanError(AudioStoryError):
    """A story, or a planner's text, cannot become a timeline."""


class AudioError(AudioStoryError):
    """Samples or a rate that are not audio."""


class MixError(AudioStoryError):
    """Clips that cannot be joined."""


class FormatError(AudioStoryError):
    """A file cannot be read or written."""


class WeightsMissing(AudioStoryError):
    """A checkpoint file is absent or damaged; the message names it and says how to get it."""


class MissingDependency(AudioStoryError):
    """An optional package is absent; the message says how to install it."""


class SettingsError(AudioStoryError):
    """A setting, configuration or argument is out of range."""


class ProjectError(AudioStoryError):
    """An edit that cannot be made, or a project that is not there."""


class StaleRevision(ProjectError):
    """The edit was made against an older revision of the project."""


class Cancelled(AudioStoryError):
    """The user stopped the job; never reported as a failure."""
