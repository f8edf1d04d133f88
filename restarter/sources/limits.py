"""The kernel's limits on inotify(7), and how to lift them."""

WATCHES = "max_user_watches"
INSTANCES = "max_user_instances"

_DIRECTORY = "/proc/sys/fs/inotify/"


def read_limit(name: str) -> int:
    """Return a limit of this user; 0 where the system does not tell."""
    try:
        with open(_DIRECTORY + name, encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError):
        return 0


def limit_message(what: str, name: str, missing: int) -> str:
    """Return one line that says what is not possible and how it becomes so.

    Args:
        what: what does not work, and what is done instead.
        name: WATCHES or INSTANCES.
        missing: how many more of them are needed.
    """
    needed = read_limit(name) + missing
    # The next power of two leaves some for others.
    value = 1 << needed.bit_length()
    return f"{what}; to lift the limit: sudo sysctl fs.inotify.{name}={value}"
