"""How a command ended, in words, with what that usually means; pure."""

import signal
from typing import Final

_BY_SIGNAL: Final = {
    "SIGABRT": "it gave up, as after a failed assertion",
    "SIGBUS": "a bad access to memory, as in a file that was cut short",
    "SIGFPE": "a division by zero in native code",
    "SIGHUP": "its terminal was closed",
    "SIGILL": "an instruction that this processor does not have",
    "SIGINT": "interrupted, as by Ctrl-C",
    "SIGKILL": "killed, perhaps out of memory",
    "SIGPIPE": "nobody read its output any more",
    "SIGQUIT": "interrupted, as by Ctrl-\\",
    "SIGSEGV": "a bad access to memory in native code",
    "SIGTERM": "asked to end",
    "SIGTRAP": "a breakpoint without a debugger",
    "SIGXCPU": "it used more processor time than it may",
    "SIGXFSZ": "a file became larger than it may",
}

# POSIX.1-2024, Shell Command Language 2.8.2: a shell that could not start the command.
_BY_CODE: Final = {
    126: "a command was found that cannot be executed",
    127: "a command was not found",
}

# A shell, or a program that passes on how its child ended, says 128 + signal. Larger codes than
# these are chosen by programs themselves: 255 is what ssh says of any error.
_SIGNALS: Final = range(129, 160)


def ending(code: int) -> str:
    """Return how a command ended.

    Args:
        code: its exit code, or minus the number of the signal that ended it.

    >>> ending(3), ending(-11)
    ('with code 3', 'by SIGSEGV')
    """
    return f"with code {code}" if code >= 0 else f"by {signal_name(-code) or f'signal {-code}'}"


def meaning(code: int) -> str:
    """Return what an end usually means; empty where the code says nothing by itself.

    >>> meaning(137)
    'SIGKILL: killed, perhaps out of memory'
    >>> meaning(-9), meaning(127), meaning(1)
    ('killed, perhaps out of memory', 'a command was not found', '')
    """
    if code < 0:
        return _BY_SIGNAL.get(signal_name(-code), "")
    if code in _SIGNALS and (name := signal_name(code - 128)):
        return ": ".join(filter(None, [name, _BY_SIGNAL.get(name, "")]))
    return _BY_CODE.get(code, "")


def signal_name(number: int) -> str:
    """Return the name of a signal; empty where this system has none with the number."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return ""
