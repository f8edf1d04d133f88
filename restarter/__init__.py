"""Restarts a development server when its files really change, and says why.

What a program can import stands in the table below; each name is loaded on its first use (PEP 562).
"""

__version__ = "0.1.0"

_MODULES = {
    "AbstractEvent": "restarter.notify",
    "BaseFilter": "restarter.library.filters",
    "Change": "restarter.library.filters",
    "DefaultFilter": "restarter.library.filters",
    "FileChange": "restarter.library.filters",
    "Notify": "restarter.notify",
    "NotifyInternalError": "restarter.notify",
    "PythonFilter": "restarter.library.filters",
    "RunOptions": "restarter.library.running",
    "StatReloader": "restarter.reloader",
    "WatchOptions": "restarter.library.watching",
    "arun_process": "restarter.library.running",
    "awatch": "restarter.library.watching",
    "debug": "restarter.reloader",
    "detect_target_type": "restarter.library.targets",
    "import_string": "restarter.library.targets",
    "restart_with_reloader": "restarter.reloader",
    "run_process": "restarter.library.running",
    "run_with_reloader": "restarter.reloader",
    "watch": "restarter.library.watching",
}
"""The module of each public name."""


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
