"""Restarts a development server when its files really change, and says why.

What a program can import stands in the table below; each name is loaded on its first use (PEP 562).
"""

__version__ = "0.1.0"

_MODULES = {
    "AbstractEvent": "restarter.notify",
    "BaseFilter": "restarter.filters",
    "Change": "restarter.filters",
    "DefaultFilter": "restarter.filters",
    "FileChange": "restarter.filters",
    "Notify": "restarter.notify",
    "NotifyInternalError": "restarter.notify",
    "PythonFilter": "restarter.filters",
    "RunOptions": "restarter.running",
    "StatReloader": "restarter.reloader",
    "WatchOptions": "restarter.watching",
    "arun_process": "restarter.running",
    "awatch": "restarter.watching",
    "debug": "restarter.reloader",
    "detect_target_type": "restarter.targets",
    "import_string": "restarter.targets",
    "restart_with_reloader": "restarter.reloader",
    "run_process": "restarter.running",
    "run_with_reloader": "restarter.reloader",
    "watch": "restarter.watching",
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
