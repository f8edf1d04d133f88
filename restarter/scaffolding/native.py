"""What is compiled: Rust and Go."""

import glob
import os
import re
import tomllib
from collections.abc import Iterator

from restarter.scaffolding.candidates import Candidate, Folder


def find_rust(folder: Folder) -> list[Candidate]:
    """Find the program of a package, or those of the members of a workspace."""
    try:
        content = tomllib.loads(folder.read("Cargo.toml"))
    except tomllib.TOMLDecodeError:
        return []
    if "package" in content:
        if _has_program(folder, content):
            return [_cargo("Cargo.toml: a program", "cargo run")]
        return [_cargo("Cargo.toml: a library", "cargo test")]
    workspace = content.get("workspace")
    members = workspace.get("members", []) if isinstance(workspace, dict) else []
    return [
        _cargo(f"{member}/Cargo.toml: a program", f"cargo run --package {name}")
        for member, name in _programs(folder, members)
    ]


def find_go(folder: Folder) -> list[Candidate]:
    """Find the main package of a module: here, or below `cmd`."""
    if "go.mod" not in folder.names:
        return []
    places = ["", *(f"cmd/{name}" for name in folder.inside("cmd").folders())]
    return [
        Candidate(
            found=f"go.mod: package main in {place or 'this folder'}",
            command=f"go run ./{place}" if place else "go run .",
            ext=("go", "mod", "sum", "html", "tmpl"),
        )
        for place in places
        if _is_main(folder.inside(place))
    ]


def _cargo(found: str, command: str) -> Candidate:
    return Candidate(found, command, ext=("rs", "toml"))


def _has_program(folder: Folder, content: dict[str, object]) -> bool:
    return "bin" in content or folder.has("src/main.rs") or folder.has("src/bin")


def _programs(folder: Folder, members: object) -> Iterator[tuple[str, str]]:
    """Yield the path and the package's name of each member that is a program."""
    for pattern in members if isinstance(members, list) else []:
        for member in sorted(glob.glob(str(pattern), root_dir=folder.path)):
            inner = folder.inside(member)
            try:
                content = tomllib.loads(inner.read("Cargo.toml"))
            except tomllib.TOMLDecodeError:
                continue
            package = content.get("package")
            name = package.get("name") if isinstance(package, dict) else None
            if isinstance(name, str) and _has_program(inner, content):
                yield os.path.normpath(member), name


def _is_main(folder: Folder) -> bool:
    sources = (name for name in folder.names if name.endswith(".go") and "_test." not in name)
    return any(re.search(r"^package main\b", folder.read(name), re.MULTILINE) for name in sources)
