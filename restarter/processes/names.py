"""By which names a process goes, judged by its command line; pure.

Many programs are run by another one: what `ps` shows as `java` may be a build daemon or the server
itself. So the class or file that a launcher runs is a name as well, but nothing after it: that is
what the program was given, which may be any word.
"""

import os
import re
from collections.abc import Sequence

_TITLE = re.compile(r"(.+?) ?[(\[].*[)\]]")
"""`bazel(workspace)`, `buck2d[workspace]`, `pantsd [/path]`: a server, and what it serves."""

_SUFFIXES = (".exe", ".dll", ".jar")

# The options whose value is the next word, as `java --help` and `dotnet --help` list them.
_JAVA_VALUES = frozenset(
    {
        *("-cp", "-classpath", "--class-path", "-p", "--module-path", "--upgrade-module-path"),
        *("--add-modules", "--add-reads", "--add-exports", "--add-opens", "--limit-modules"),
        *("--patch-module", "--enable-native-access", "--source"),
    }
)
_DOTNET_VALUES = frozenset(
    {
        *("--fx-version", "--roll-forward", "--additionalprobingpath", "--additional-deps"),
        *("--depsfile", "--runtimeconfig"),
    }
)
_LAUNCHERS = {"java": _JAVA_VALUES, "javaw": _JAVA_VALUES, "dotnet": _DOTNET_VALUES}


def names_of(words: Sequence[str]) -> frozenset[str]:
    """Return the names in a command line.

    Args:
        words: the arguments of a process, from the name of the program on.

    Returns:
        The name of the program, without what it serves, and of the class or file that it runs.

    Example:
        >>> sorted(names_of(["bazel(project)", "--max_idle_secs=10800"]))
        ['bazel', 'bazel(project)']
        >>> sorted(names_of(["/opt/jdk/bin/java", "-cp", "a.jar", "org.example.Main", "adb"]))
        ['java', 'org.example.Main']
        >>> sorted(names_of(["dotnet", "exec", "/sdk/VBCSCompiler.dll", "-pipename:x"]))
        ['VBCSCompiler', 'VBCSCompiler.dll', 'dotnet']
    """
    if not words or not words[0]:
        return frozenset()
    found = _spellings(words[0])
    for launcher in found & _LAUNCHERS.keys():
        found |= _spellings(_launched(words[1:], _LAUNCHERS[launcher]))
    return frozenset(found)


def _spellings(word: str) -> set[str]:
    title = _TITLE.fullmatch(word)
    names = {os.path.basename(word)} | ({os.path.basename(title[1])} if title else set())
    return (names | {name.removesuffix(end) for name in names for end in _SUFFIXES}) - {""}


def _launched(words: Sequence[str], with_values: frozenset[str]) -> str:
    """Return the first word that is no option nor the value of one; empty: there is none."""
    rest = iter(words)
    for word in rest:
        if word in with_values:
            next(rest, None)
        elif word and not word.startswith(("-", "@")) and word != "exec":
            return word
    return ""
