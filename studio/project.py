"""A project as a value: the arrangement, the takes and which of them is heard. Knows no disk, no thread, no page.

Everything that sounds is *material*: an event of the story lane, or a source of the free lanes (an event that no plan
holds, rendered from its caption alone). A clip of a free lane shows one source from a moment on; copies and halves of
a clip share it. `editing` holds the edits, `states` says what is stale.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from pipeline.arrangement import Arrangement
from pipeline.errors import ProjectError
from pipeline.settings import RenderSettings
from pipeline.timeline import Event, Story, Timeline
from studio.takes import Options, TakeRecord

MIX_RATE_HZ = 48_000
MAX_TITLE_CHARS = 120
UNTOLD = "Untitled"  # the story of a project that began with a sound of a free lane


@dataclass(frozen=True, kw_only=True)
class Project:
    """One user's work. `revision` counts edits, which must name it; `changes` also counts arriving takes.

    sources: material of the free lanes by id; a clip's `source` is one of them. takes: id of material -> its takes,
    oldest first, also of material that is gone. chosen: id of material -> id of the take that is heard. options: id
    of material -> how it wants to be rendered. favourites, trashed: ids of takes. rate_hz: of the mix.
    """

    id: str
    revision: int = 0
    changes: int = 0
    seed: int = 0
    title: str = ""
    rate_hz: int = MIX_RATE_HZ
    settings: RenderSettings = RenderSettings()
    arrangement: Arrangement | None = None
    sources: Mapping[str, Event] = field(default_factory=dict)
    takes: Mapping[str, tuple[TakeRecord, ...]] = field(default_factory=dict)
    chosen: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Options] = field(default_factory=dict)
    favourites: frozenset[str] = frozenset()
    trashed: frozenset[str] = frozenset()

    @property
    def timeline(self) -> Timeline | None:
        """The story lane's events, once there is anything."""
        return self.arrangement.timeline if self.arrangement else None

    @property
    def plan(self) -> Timeline:
        """The timeline; ProjectError while there is none."""
        return self.desk.timeline

    @property
    def desk(self) -> Arrangement:
        """The arrangement; ProjectError while there is none."""
        if self.arrangement is None:
            raise ProjectError("there is no timeline yet: write a story and press Plan, or add an event by hand")
        return self.arrangement

    @property
    def begun(self) -> Arrangement:
        """The arrangement, or an empty one to begin with."""
        empty = Timeline(story=Story(text=self.title or UNTOLD, duration_s=1.0), events=())
        return self.arrangement or Arrangement(timeline=empty)

    def with_timeline(self, timeline: Timeline) -> Project:
        """A copy with other events; lanes and all else stay."""
        arranged = replace(self.arrangement, timeline=timeline) if self.arrangement else Arrangement(timeline=timeline)
        return replace(self, arrangement=arranged)

    def event(self, event_id: str) -> Event:
        """One event of the timeline; PlanError when it is gone."""
        return self.plan.events[self.plan.index_of(event_id)]

    def is_event(self, item_id: str) -> bool:
        """Whether the story lane has an event of this id."""
        return self.timeline is not None and any(event.id == item_id for event in self.timeline.events)

    def owner(self, item_id: str) -> str:
        """Id of the material behind an event, a clip or a source; ProjectError when there is none."""
        if self.is_event(item_id) or item_id in self.sources:
            return item_id
        for lane in self.arrangement.lanes if self.arrangement else ():
            for clip in lane.clips:
                if clip.id == item_id:
                    return clip.source
        raise ProjectError(f"there is no event or clip {item_id!r:.80} in this project")

    def material(self, item_id: str) -> Event:
        """The event or source behind an event, a clip or a source."""
        owner = self.owner(item_id)
        return self.sources[owner] if owner in self.sources else self.event(owner)

    def named(self, item_id: str) -> str:
        """How a label calls an event, or a sound of a free lane; “something” where it is gone."""
        if self.is_event(item_id):
            return f"event {self.plan.index_of(item_id) + 1}"
        try:
            return f"“{self.material(item_id).caption[:30]}”"
        except ProjectError:
            return "something"

    def all_material(self) -> Iterator[Event]:
        """Everything that may be rendered: the events in order, then the sources."""
        yield from self.timeline.events if self.timeline else ()
        yield from self.sources.values()

    def options_of(self, item_id: str) -> Options:
        """How this material wants to be rendered."""
        return self.options.get(item_id, _PLAIN)

    def settings_of(self, item_id: str) -> RenderSettings:
        """What this material is rendered with: its own settings over the project's."""
        return self.options_of(item_id).over(self.settings)

    def takes_of(self, item_id: str) -> tuple[TakeRecord, ...]:
        """The takes of material that are not in the trash, oldest first."""
        return tuple(take for take in self.takes.get(item_id, ()) if take.id not in self.trashed)

    def take(self, item_id: str, take_id: str) -> TakeRecord:
        """One take of material, in the trash or not; ProjectError when it is not this material's."""
        found = next((take for take in self.takes.get(item_id, ()) if take.id == take_id), None)
        if found is None:
            raise ProjectError("that take does not belong to this event")
        return found

    def chosen_take(self, item_id: str) -> TakeRecord | None:
        """The take that is heard, if there is one."""
        wanted = self.chosen.get(item_id)
        return next((take for take in self.takes.get(item_id, ()) if take.id == wanted), None)


_PLAIN = Options()


def shown_title(project: Project) -> str:
    """The title, or the beginning of the story where there is none."""
    story = project.timeline.story.text if project.timeline else ""
    return project.title or (story if len(story) <= 60 else f"{story[:59].rstrip()}…") or UNTOLD
