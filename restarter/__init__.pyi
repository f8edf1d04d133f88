# What a program can import, for type checkers: __init__.py loads each name on its first use.
from restarter.library.filters import BaseFilter as BaseFilter
from restarter.library.filters import Change as Change
from restarter.library.filters import DefaultFilter as DefaultFilter
from restarter.library.filters import FileChange as FileChange
from restarter.library.filters import PythonFilter as PythonFilter
from restarter.library.running import RunOptions as RunOptions
from restarter.library.running import arun_process as arun_process
from restarter.library.running import run_process as run_process
from restarter.library.targets import detect_target_type as detect_target_type
from restarter.library.targets import import_string as import_string
from restarter.library.watching import WatchOptions as WatchOptions
from restarter.library.watching import awatch as awatch
from restarter.library.watching import watch as watch
from restarter.notify import AbstractEvent as AbstractEvent
from restarter.notify import Notify as Notify
from restarter.notify import NotifyInternalError as NotifyInternalError
from restarter.reloader import StatReloader as StatReloader
from restarter.reloader import debug as debug
from restarter.reloader import restart_with_reloader as restart_with_reloader
from restarter.reloader import run_with_reloader as run_with_reloader

__version__: str
_MODULES: dict[str, str]
