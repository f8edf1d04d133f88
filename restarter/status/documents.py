"""What `restarter why --json` tells: one JSON document, described in docs/why.md."""

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any, Final

from restarter.configuration.settings import Settings
from restarter.selection import Rule
from restarter.why.explaining import Answer, Explanation, place_of
from restarter.why.surveying import IgnoredFolder, Survey, WatchedRoot

VERSION: Final = 1
"""Another one when a field goes or changes its meaning; new fields may come."""

_Object = dict[str, Any]


class Documents:
    """Puts answers into JSON.

    Args:
        settings: what is watched.
        origins: where settings were written, by the name of the key.
        here: the current directory, which relative origins start at.
    """

    def __init__(self, settings: Settings, origins: Mapping[str, str], here: str) -> None:
        self._settings = settings
        self._origins = origins
        self._here = here

    def explanations(self, about: Iterable[Explanation]) -> str:
        """Return the document on some paths."""
        return self._document({"paths": [self._explanation(each) for each in about]})

    def survey(self, about: Survey) -> str:
        """Return the document on all that is watched."""
        return self._document(
            {
                "poll": self._poll(),
                "roots": [self._root(each) for each in about.roots],
                "ignored": {
                    "folders": about.ignored,
                    "directories": about.saved,
                    "is_complete": about.is_complete,
                    "largest": [self._folder(each) for each in about.largest],
                },
                "watch_limit": about.limit or None,
            }
        )

    def _document(self, content: _Object) -> str:
        settings = self._settings
        general = {
            "version": VERSION,
            "base": settings.base,
            "on_change": settings.on_change,
            "watch": [self._rule(Rule(*source)) for source in settings.watch],
            "config_files": [*filter(os.path.exists, settings.config_files)],
        }
        # ASCII, so that every stream and every name will do.
        return json.dumps(general | content, indent=2, ensure_ascii=True) + "\n"

    def _explanation(self, about: Explanation) -> _Object:
        return {
            "given": about.typed,
            "found": about.found.value,
            "is_directory": about.is_directory,
            **self._answer(about.answer),
            "role": about.role.value if about.role else None,
            "link_target": self._answer(about.target) if about.target else None,
        }

    def _answer(self, answer: Answer) -> _Object:
        return {
            "path": answer.path,
            "selected": answer.selected,
            "reason": answer.reason.value,
            "rules": [self._rule(rule) for rule in answer.rules],
            "folder": answer.folder or None,
        }

    def _rule(self, rule: Rule) -> _Object:
        place = place_of(rule.origin, self._here)
        return {
            "pattern": rule.pattern,
            "origin": rule.origin,
            "file": place.file if place else None,
            "line": place.line if place else None,
        }

    def _poll(self) -> _Object:
        return {
            "mode": self._settings.poll,
            "origin": self._origins["poll"],
            "interval_seconds": self._settings.poll_interval,
        }

    def _root(self, root: WatchedRoot) -> _Object:
        return {
            "path": root.path,
            "is_file": root.is_file,
            "is_env_file": root.is_env_file,
            "rule": self._rule(root.rule),
            "directories": root.directories,
            "files": root.files,
            "is_polled": root.is_polled,
            "silent_mounts": [mount._asdict() for mount in root.silent],
        }

    def _folder(self, folder: IgnoredFolder) -> _Object:
        return {
            "path": folder.path,
            "rule": self._rule(folder.rule),
            "directories": folder.directories,
            "is_complete": folder.is_complete,
        }
