"""What the files of a delivery are called, in plain words or by the Universal Category System.

Knows nothing of sound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pipeline.delivery.presets import Naming
from pipeline.errors import FormatError
from pipeline.formats.metadata import SOFTWARE
from pipeline.formats.names import Names, file_name, ucs_name
from pipeline.formats.ucs import categories, suggester

MIX_CATEGORY = "MIX"
CREATOR = SOFTWARE.split()[0]


class FileNames:
    """Names without suffixes, each given once. `chosen`: id of an event or clip -> CatID, so far."""

    def __init__(
        self,
        *,
        naming: Naming,
        title: str,
        creator: str,
        source: str,
        categories: Mapping[str, str],
        suggest: Callable[[str], str] | None,
    ) -> None:
        self._naming, self._title = naming, title
        self._creator, self._source = creator or CREATOR, source
        self.chosen = dict(categories)
        _check(self.chosen)
        self._suggest = suggest
        self._stems, self._events = Names(), Names()
        self._mix = self._ucs(MIX_CATEGORY, title) if naming is Naming.UCS else file_name(title)

    def mix(self) -> str:
        """Of the whole mix and of what is said about it."""
        return self._mix

    def stem(self, lane: str) -> str:
        """Of a lane."""
        return self._stems.unique(self._ucs(MIX_CATEGORY, lane) if self._naming is Naming.UCS else lane, "")

    def event(self, index: int, event_id: str, caption: str) -> str:
        """Of an event or a clip: in plain words numbered in the order of its lane."""
        if self._naming is Naming.PLAIN:
            return self._events.unique(f"{index + 1:02} {caption}", "")
        if event_id not in self.chosen:
            self.chosen[event_id] = self._suggested(caption)
        return self._events.unique(self._ucs(self.chosen[event_id], caption), "")

    def _ucs(self, category: str, title: str) -> str:
        return ucs_name(category=category, title=title, creator=self._creator, source=self._source)

    def _suggested(self, caption: str) -> str:
        if self._suggest is None:
            model = suggester()
            self._suggest = lambda text: model.suggest(text, count=1)[0].category.id
        return self._suggest(caption)


def _check(chosen: Mapping[str, str]) -> None:
    if not chosen:
        return
    known = {row.id for row in categories()}
    for category in chosen.values():
        if category not in known:
            raise FormatError(f"there is no category {category!r:.60} in the Universal Category System's table")
