"""How the engine runs a program that reloads itself."""

from restarter.configuration.settings import KEPT_DAEMONS, Settings

BASE = "/"
"""Where patterns are anchored: they may speak of any directory."""

_STOP_SIGNAL = 15  # SIGTERM, on every system
_STOP_SECONDS = 5.0


def settings_for(words: tuple[str, ...], directory: str) -> Settings:
    """Return the settings with which the engine runs a program; nothing is watched so far.

    Args:
        words: what is executed.
        directory: where.
    """
    return Settings(
        command=words,
        shell=False,
        base=BASE,
        watch=(),
        ext=(),
        ignore=(),
        gitignore=False,
        # Version control, caches, environments, and the temporary files of editors.
        default_ignore=True,
        follow_symlinks=False,
        settle=None,
        poll="auto",
        poll_interval=1.0,
        cwd=directory,
        env=(),
        env_files=(),
        on_change="restart",
        on_exit="wait",
        on_crash="wait",
        stop_signal=_STOP_SIGNAL,
        stop_timeout=_STOP_SECONDS,
        stop_keep=KEPT_DAEMONS,
        clear="",
        output="auto",
        output_file="",
        notify="",
        postpone=False,
        # At the prompt of a debugger, too, a save means: run it as it is now.
        hold=False,
        keys=False,
        warm=False,
        warm_modules=(),
        warm_skip=(),
        check=(),
        # Its own reloader restarts a program for each save.
        preflight=False,
        verbosity=0,
        config_files=(),
    )
