"""A program that writes down all that it can observe of itself, to compare two starts of it.

It ends with the exit code that its first argument names, after an uncaught exception if that is 1.
"""

import builtins
import contextlib
import json
import os
import sys
from typing import Any

NAMES_OF_MAIN = sorted(globals())
FRAMES = []
_frame: Any = sys._getframe()  # noqa: SLF001
while _frame is not None:
    FRAMES.append([_frame.f_code.co_filename, _frame.f_code.co_name])
    _frame = _frame.f_back
MODULES = sorted(sys.modules)
FINDERS = sorted(map(str, sys.path_importer_cache))
PATH = list(sys.path)
DESCRIPTORS = sorted(map(int, os.listdir("/proc/self/fd")))


def read(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def stream(name: str) -> list[str]:
    found = getattr(sys, name)
    attributes = ("name", "mode", "encoding", "errors", "newlines", "line_buffering")
    more = ("write_through", "closed")
    values = [repr(getattr(found, each, None)) for each in (*attributes, *more)]
    buffered = [type(found.buffer).__name__, type(getattr(found.buffer, "raw", None)).__name__]
    return [*values, *buffered, str(found.isatty()), str(found is getattr(sys, f"__{name}__"))]


def interpreter() -> dict[str, Any]:
    plain = ("argv", "flags", "warnoptions", "_xoptions", "executable", "_base_executable")
    more = ("prefix", "base_prefix", "exec_prefix", "dont_write_bytecode", "pycache_prefix")
    settings = {name: repr(getattr(sys, name)) for name in (*plain, *more)}
    return settings | {
        "orig_argv": getattr(sys, "orig_argv", None),
        "path": PATH,
        "meta_path": list(map(str, sys.meta_path)),
        "path_hooks": len(sys.path_hooks),
        "encodings": [sys.getdefaultencoding(), sys.getfilesystemencoding()],
        "limits": [sys.getrecursionlimit(), sys.getswitchinterval()],
        "hooks": [str(sys.gettrace()), str(sys.getprofile()), str(sys.exc_info())],
        "displays": [sys.excepthook is sys.__excepthook__, sys.displayhook is sys.__displayhook__],
        "streams": {name: stream(name) for name in ("stdin", "stdout", "stderr")},
        "builtins": sorted(set(dir(builtins)) - {"_"}),
        "debug": __debug__,
        "last": [name for name in dir(sys) if name.startswith("last_")],
    }


def main_module() -> dict[str, Any]:
    module = sys.modules["__main__"]
    names = ("__name__", "__file__", "__spec__", "__cached__", "__package__", "__annotations__")
    values = {name: repr(getattr(module, name, "none")) for name in names}
    loader = type(getattr(module, "__loader__", None)).__name__
    own = [NAMES_OF_MAIN, str(module.__dict__ is globals()), loader, type(__builtins__).__name__]
    return values | {"names": own, "frames": FRAMES, "doc": str(module.__doc__)[:30]}


def process() -> dict[str, Any]:
    import resource
    import signal

    signals = {number: str(signal.getsignal(number)) for number in signal.valid_signals()}
    status = dict(line.split(":\t") for line in read("/proc/self/status").splitlines())
    masks = {name: status[name] for name in ("SigBlk", "SigIgn", "SigCgt", "Umask", "Threads")}
    names = [name for name in dir(resource) if name.startswith("RLIMIT_")]
    limits = {name: resource.getrlimit(getattr(resource, name)) for name in names}
    group = [os.getpgrp() == os.getpid(), os.getsid(0), os.getppid(), os.nice(0)]
    with contextlib.suppress(OSError):
        group.append(os.tcgetpgrp(0))
    return {
        "environment": list(os.environ.items()),
        "environment of C": sorted(map(repr, os.environb.items())),
        "directory": [os.getcwd(), os.readlink("/proc/self/cwd"), read("/proc/self/comm")],
        "words": read("/proc/self/cmdline"),
        "signals": signals,
        "masks": masks,
        "limits": limits,
        "group": group,
        "descriptors": [each for each in DESCRIPTORS if each < 500],
        "adjustment": read("/proc/self/oom_score_adj"),
        "scheduling": {name: status[name] for name in ("Cpus_allowed", "NoNewPrivs", "Seccomp")},
    }


def libraries() -> dict[str, Any]:
    import asyncio
    import gc
    import locale
    import logging
    import threading
    import time
    import warnings

    main = threading.main_thread()
    # What started this run was written before logging was imported, if that was in this run.
    logged_ms = logging.makeLogRecord({}).relativeCreated
    is_young = logged_ms <= 1000 * (time.time() - os.stat("watched").st_mtime)
    return {
        "thread": [main.ident == threading.get_ident(), main.native_id == os.getpid()],
        "threads": [threading.active_count(), main is threading.current_thread(), main.name],
        "garbage": [gc.isenabled(), gc.get_threshold(), gc.get_debug()],
        "locale": locale.setlocale(locale.LC_ALL),
        "warnings": list(map(str, warnings.filters)),
        "logging": [logging.root.level, len(logging.root.handlers), is_young],
        "loop": asyncio.run(asyncio.sleep(0, "done")),
    }


def task(number: int) -> list[Any]:
    return [number, __name__, sys.argv[1:], sys.flags.optimize, os.environ["RESTARTER_RUN"]]


def children() -> dict[str, Any]:
    import multiprocessing
    import subprocess

    found: dict[str, Any] = {}
    # multiprocessing imports no `__main__.py` again: what it has cannot be found then.
    methods = ("fork",) if __file__.endswith("__main__.py") else ("spawn", "fork")
    for method in methods:
        with multiprocessing.get_context(method).Pool(1) as pool:
            found[method] = pool.map(task, [1, 2])
            pool.close()
            pool.join()
    words = "import os, sys; print(sorted(os.environ.items()), sys.path, sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    return found | {"python": done.stdout}


def randomness() -> list[Any]:
    import random
    import tempfile
    import uuid

    return [random.random(), uuid.uuid4().hex, tempfile.mktemp()]  # noqa: S306, S311


if __name__ == "__main__":
    import atexit

    found = {
        "interpreter": interpreter(),
        "main": main_module(),
        "process": process(),
        "libraries": libraries(),
        "children": children(),
        "modules": MODULES,
        "finders": FINDERS,
        "random": randomness(),
        "is warm": "RESTARTER_HOOK=host" in read("/proc/self/environ"),
    }
    with open(os.environ["PROBE"] + ".new", "w", encoding="utf-8") as file:
        json.dump(found, file)
    os.rename(os.environ["PROBE"] + ".new", os.environ["PROBE"] + os.environ["RESTARTER_RUN"])
    atexit.register(print, "at exit", flush=True)
    if sys.argv[1] == "1":
        raise ValueError("uncaught")
    sys.exit(int(sys.argv[1]))
