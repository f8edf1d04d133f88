"""What warm restarts do inside the program's own interpreter: the one file that runs there.

Python imports a module of this name at its start, after all that belongs to the interpreter and
its environment and before anything of the program (`site` in Python's library reference). Who is
held here and let go on later is, from then on, the real start of the real command: arguments,
flags, `__main__` and exit are Python's own work, and nothing of that is imitated. Nothing of this
file is left in the program: at its end it says that there is no such module, as is usual.

RESTARTER_HOOK says what to do, and is taken out of the environment at once:

- `learn`: go on, and report each import to a pipe.
- `host`: import what restarter asks for, and fork a spare whenever it asks for one. A spare waits
  for its order, goes on and reports its imports. A host itself never goes on.

It runs on any Python from 3.9 on. It imports nothing by a name that a program could have a module
of its own for without forgetting it again.
"""

import os
import sys

assert sys.platform != "win32"  # noqa: S101  mypy reads this module for other systems alone

MYPY = False
if MYPY:
    from typing import Any, NoReturn

    Wanted = list[tuple[str, list[tuple[str, str]]]]
    """Modules, each with the variables that the program sets before it imports them, and the
    library that does so while it is imported, if it is one."""

    _Bytes = dict[bytes, bytes]
else:
    _Bytes = dict

HOOK = "RESTARTER_HOOK"
PATH = "PYTHONPATH"

NAME = "restarter-warm"
"""How hosts and spares are called in a list of processes."""

LIKELY_TO_DIE = "500"
"""For oom_score_adj, proc_pid_oom_score_adj(5): where memory runs out the host is to go first."""

HIGH = 500
"""Where the descriptor of a run's reports is put: the low ones are the program's."""

PIPE_SIZE = 65536
"""What a pipe takes in bytes before its writer blocks, pipe(7)."""

OUT_OF_TOUCH = 3
"""The exit code of a host or a spare that nobody needs any more."""

_PACKAGES = "-packages" + os.sep
"""What is in site-packages or dist-packages may be installed anew; the standard library is not."""


IMPORTLIB = ("importlib._bootstrap", "_frozen_importlib", "importlib._bootstrap_external")
"""Who imports for others, by the names that it goes by in one version or another."""

LONG_NAME = 8
"""A name with so many letters does not stand in native code by chance."""

READS = "reads "
"""So the reason begins where a module asks for a variable that the program sets before."""


class Culprit(Exception):  # noqa: N818  a module that is left out; nobody's mistake
    """Importing a module ahead would show."""


def begin() -> None:
    """Do what RESTARTER_HOOK says; returns where the program is to go on.

    Raises:
        ImportError: as if there were no module of this name.
    """
    hook = os.environ.pop(HOOK, "")
    mode, descriptor = _parse(hook)
    is_new_enough = sys.version_info >= (3, 9)
    _forget(os.path.dirname(os.path.abspath(__file__)), hook)
    try:
        has_real_one = _import_the_real_one()
        if mode == "host":
            if not is_new_enough:  # which is found out in a trial
                os._exit(OUT_OF_TOUCH)
            Host(descriptor).serve()
    except BaseException:
        if mode == "host":  # whatever it is, it must not become a second program
            os._exit(OUT_OF_TOUCH)
        raise
    if mode == "learn" and is_new_enough:
        Reports(descriptor, _operations())
    if not has_real_one:
        raise ImportError("there is none", name=__name__)


def _parse(hook: str) -> "tuple[str, int]":
    """Return the mode and its descriptor; no mode where that is not the one that was meant.

    A program that is no Python passes the variable on, to others that may have other files open.
    """
    mode, descriptor, inode = (*hook.split(":"), "", "", "")[:3]
    try:
        return mode if os.fstat(int(descriptor)).st_ino == int(inode) else "", int(descriptor)
    except (OSError, ValueError):
        return "", -1


def _forget(here: str, hook: str) -> None:
    """Undo what brought this file here, so that neither the program nor its children see it."""
    path = os.environ.get(PATH, "").partition(os.pathsep)[2]
    if hook.endswith(":had-path"):
        os.environ[PATH] = path
    elif hook:
        os.environ.pop(PATH, None)
    sys.path[:] = [each for each in sys.path if each != here]
    sys.path_importer_cache.pop(here, None)


def _import_the_real_one() -> bool:
    """Import the module of this name that Python would have found without us, if there is one."""
    ours = sys.modules.pop(__name__)
    try:
        __import__(__name__)
    except ImportError as error:
        if error.name != __name__:
            raise
        sys.modules[__name__] = ours
        return False
    return True


class Reports:
    """Writes down what the program imports and sets, as it happens; nobody need read it.

    Args:
        channel: a descriptor; it is moved, and closed by exec.
        operations: as `_operations` returns them.
    """

    def __init__(self, channel: int, operations: "tuple[int, int]") -> None:
        self._channel = _move(channel)
        os.set_blocking(self._channel, False)
        self._identity = self._look()
        self._libraries, self._variables = _libraries(), os.environb
        self._import, self._more = operations
        self._path: list[Any] = []
        self._told: set[str] = set()
        self._handlers: dict[str, Any] = {
            "import": self._imports,
            "exec": self._executes,
            "os.putenv": self._sets,
            "os.unsetenv": self._sets,
        }
        self._tell("program", str(os.getpid()))
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: "tuple[Any, ...]") -> None:
        handler = self._handlers.get(event)
        if handler is None and sys.path == self._path:
            return
        try:
            # A daemon closes all descriptors, and the number may be another file's by now.
            if self._look() != self._identity:
                return
            if sys.path != self._path:
                self._searches()
            if handler is not None:
                handler(sys._getframe().f_back, *arguments)  # noqa: SLF001
        except Exception:  # noqa: BLE001, S110  nobody listens; that is no trouble of the program
            pass

    def _searches(self) -> None:
        """It will look for modules elsewhere, whether or not it imports one that is not loaded."""
        self._path = list(sys.path)
        for each in _front(self._path, self._libraries):
            self._tell_once("directory", '"' + os.fsencode(each).hex() + '"')

    def _imports(self, frame: "Any", name: str, *_: object) -> None:  # noqa: ANN401
        if _is_dotted(name):
            while frame is not None and frame.f_globals.get("__name__") in IMPORTLIB:
                frame = frame.f_back
            importer = "" if frame is None else frame.f_globals.get("__name__", "")
            names = name, importer if _is_dotted(importer) else ""
            self._tell("import", '["' + '", "'.join(names) + '"]')

    def _executes(self, _frame: object, code: "Any") -> None:  # noqa: ANN401
        """The source of a module of the program is executed: tell what it imports by itself."""
        path = code.co_filename
        if code.co_name != "<module>" or path.startswith(("<", *self._libraries)):
            return
        found = (each.partition(".")[0] for each in _imported_by(code, self._import, self._more))
        roots = " ".join(sorted(set(filter(str.isidentifier, found))))
        name = os.fsencode(os.path.abspath(path)).hex()
        self._tell_once("source", '["' + name + '", "' + roots + '"]')

    def _sets(self, frame: "Any", name: bytes, value: "bytes | None" = None) -> None:  # noqa: ANN401
        """A variable of the environment is set or deleted."""
        if self._variables.get(name) == value:
            return
        while frame is not None and frame.f_code.co_name != "<module>":
            frame = frame.f_back
        library = ""
        if frame is not None and frame.f_code.co_filename.startswith(self._libraries):
            library = frame.f_globals.get("__name__", "")
        library = library if _is_dotted(library) and library != "__main__" else ""
        self._tell_once("set", '["' + name.hex() + '", "' + library + '"]')

    def _tell_once(self, kind: str, value: str) -> None:
        if kind + value not in self._told:
            self._told.add(kind + value)
            self._tell(kind, value)

    def _tell(self, kind: str, value: str) -> None:
        os.write(self._channel, ('{"' + kind + '": ' + value + "}\n").encode())

    def _look(self) -> "tuple[int, int]":
        found = os.fstat(self._channel)
        return found.st_dev, found.st_ino


def _is_dotted(name: str) -> bool:
    return name.replace(".", "_").isidentifier()


def _operations() -> "tuple[int, int]":
    """Return how the bytecode of this Python imports, and how it writes a number over 255."""
    numbers = getattr(_borrow("opcode", "_opcode", "_opcode_metadata"), "opmap", {})
    return numbers.get("IMPORT_NAME", -1), numbers.get("EXTENDED_ARG", -1)


def _imported_by(code: "Any", operation: int, more: int) -> "list[str]":  # noqa: ANN401
    """Return the names that the code of a module imports, but for what its functions do."""
    words, found = code.co_code, []
    operations = words[::2]
    at = operations.find(operation) if operation >= 0 else -1
    while at >= 0:
        number, higher = words[2 * at + 1], 1
        while at >= higher and operations[at - higher] == more:
            number |= words[2 * (at - higher) + 1] << 8 * higher
            higher += 1
        found.append(code.co_names[number])
        at = operations.find(operation, at + 1)
    return found


class Channel:
    """JSON lines over a socket.

    Args:
        descriptor: of a stream socket.
    """

    def __init__(self, descriptor: int) -> None:
        json, socket = _borrow("_json"), _borrow("_socket")
        os.set_inheritable(descriptor, False)  # noqa: FBT003
        self.received: list[int] = []
        self._socket = socket.socket(fileno=descriptor)
        self._space, self._rights = socket.CMSG_SPACE(8), socket.SCM_RIGHTS
        self._text = b""
        self._scan = json.make_scanner(_Plain)
        self._quote = json.encode_basestring_ascii

    def read(self) -> "dict[str, Any]":
        """Return the next message; a descriptor that came with it is in `received`."""
        while b"\n" not in self._text:
            part, control, _, _ = self._socket.recvmsg(65536, self._space)
            for _, kind, number in control:
                if kind == self._rights:
                    self.received.append(int.from_bytes(number[:4], sys.byteorder))
            if not part:
                os._exit(OUT_OF_TOUCH)
            self._text += part
        line, _, self._text = self._text.partition(b"\n")
        message: dict[str, Any] = self._scan(line.decode("utf-8", "surrogateescape"), 0)[0]
        return message

    def say(self, kind: str, *values: object) -> None:
        """Write a message: what it is about, and strings and numbers."""
        texts = (self._quote(each) if isinstance(each, str) else str(each) for each in values)
        self._socket.sendall(('{"' + kind + '": [' + ", ".join(texts) + "]}\n").encode())

    def detach(self) -> int:
        """Return the descriptor, for somebody else to use or to close."""
        descriptor: int = self._socket.detach()
        return descriptor


class _Plain:
    """How the scanner of Python's json package is to behave."""

    strict = False
    object_hook = object_pairs_hook = parse_constant = None
    parse_float, parse_int = float, int
    memo: "dict[str, str]" = {}  # noqa: RUF012


class Host:
    """Imports ahead, and forks spares.

    Args:
        descriptor: the socket to restarter.
    """

    def __init__(self, descriptor: int) -> None:
        self._channel = Channel(descriptor)
        self._name, self._likeliness = _read("comm"), _read("oom_score_adj")
        self._environment = dict(os.environ)
        self._known = set(sys.modules)
        self._finders = set(sys.path_importer_cache)
        self._importer = Importer()
        self._operations = _operations()
        _write("comm", NAME)
        _write("oom_score_adj", LIKELY_TO_DIE)

    def serve(self) -> None:
        """Do as restarter says; returns in a spare that has got its order."""
        if _starts_threads():
            why = "the start of the interpreter itself begins threads, which a fork would not have"
            self._channel.say("unsafe", why)
        self._channel.say("hello", os.getpid(), sys.version.partition(" ")[0])
        while True:
            message = self._channel.read()
            if "modules" in message:
                self._prepare(message)
            elif self._fork_spare(self._channel.received.pop()):
                return

    # To import ahead

    def _prepare(self, message: "dict[str, Any]") -> None:
        """Import modules: each first in a process that is thrown away.

        So what shows there has not happened here, and need not be undone.
        """
        sets = [message["sets"][number] for number in message["before"]]
        wanted = list(zip(message["modules"], sets))  # noqa: B905  Python 3.9 has no `strict`
        skipped = set()
        front = message["front"]
        self._importer.unwanted = message["unwanted"]
        while wanted:
            passed, why = self._try(wanted, front, message["seconds"])
            for name, _ in wanted[:passed]:
                self._load(name, front)
            if passed == len(wanted):
                break
            culprit = wanted[passed][0]
            skipped.add(culprit)
            kind = "reader" if why.startswith(READS) else "skipped"
            self._channel.say(kind, culprit, why[len(READS) :] if kind == "reader" else why)
            below = culprit + "."
            wanted = [each for each in wanted[passed + 1 :] if not each[0].startswith(below)]
        for name in set(message["named"]).intersection(message["modules"]) - skipped:
            if name not in sys.modules:
                self._channel.say("absent", name, self._importer.obstacle(name, front))
        files = [file for file in map(_origin, list(sys.modules.values())) if _PACKAGES in file]
        # What is installed anew may be looked for by what is imported already.
        files += {os.path.dirname(file) for file in files}
        packages = [each for each in self._importer.libraries if each.endswith(_PACKAGES)]
        files += [*packages, *_path_files(packages), *self._started_with(), *self._importer.files()]
        count, roots = len(sys.modules) - len(self._known), " ".join(self._roots())
        self._channel.say("ready", count, roots, *files)

    def _started_with(self) -> "list[str]":
        """Return the files outside of the libraries that the start of the interpreter executes."""
        origins = (_origin(sys.modules[each]) for each in self._known if each in sys.modules)
        libraries = self._importer.libraries
        return [each for each in origins if os.path.isabs(each) and not each.startswith(libraries)]

    def _roots(self) -> "list[str]":
        """Return what was imported ahead and could be hidden by a module of the program."""
        return [
            name
            for name in set(sys.modules) - self._known
            if name.isidentifier()
            and getattr(getattr(sys.modules[name], "__spec__", None), "name", "") == name
            and os.path.isabs(_origin(sys.modules[name]))
        ]

    def _load(self, name: str, front: "list[str]") -> None:
        try:
            self._importer.load(name, front)
        except Culprit as error:  # it did not show a moment ago
            self._channel.say("unsafe", name + ": " + str(error))

    def _try(self, wanted: "Wanted", front: "list[str]", seconds: int) -> "tuple[int, str]":
        """Return how many modules can be imported ahead, and what is wrong with the next one."""
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(reader)
            self._try_in_child(wanted, front, seconds, writer)
        os.close(writer)
        # First the end of the process: what it leaves behind may hold the pipe open for ever.
        _, status = os.waitpid(child, 0)
        os.set_blocking(reader, False)
        with open(reader, "rb", buffering=0) as file:
            begun, _, why = (file.read(PIPE_SIZE) or b"").decode("utf-8", "replace").partition("!")
        _kill_others()
        if status:
            why = "it ends the process, or takes more than " + str(seconds) + " s"
        return (max(0, len(begun) - 1), why) if why else (len(wanted), "")

    def _try_in_child(
        self, wanted: "Wanted", front: "list[str]", seconds: int, writer: int
    ) -> "NoReturn":
        signal = _borrow("_signal")
        try:
            readings = Readings()
            for name, sets in wanted:
                os.write(writer, b".")
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
                signal.alarm(seconds)  # its default action ends this process
                names = [each for each, by in sets if by not in sys.modules]
                readings.begin(names)
                self._importer.load(name, front)
                readings.check(names)
        except BaseException as error:  # noqa: BLE001  also SystemExit: it is found out
            why = str(error) if isinstance(error, Culprit) else type(error).__name__
            os.write(writer, ("!" + " ".join(why.split())).encode("utf-8", "replace"))
        finally:
            os._exit(0)

    # To start a run

    def _fork_spare(self, descriptor: int) -> bool:
        """Fork a process that waits for its order, and is adopted by restarter.

        Its parent is a process that ends as soon as restarter knows of both, so that none of
        them is ever taken for a member of the run.

        Returns:
            Whether this process is the spare, and has its order.
        """
        # What is there now is no garbage: a run need neither look through it nor copy its pages.
        _borrow("gc").freeze()
        reader, writer = os.pipe()
        parent = os.fork()
        if parent:
            for each in (reader, writer, descriptor):
                os.close(each)
            os.waitpid(parent, 0)
            self._channel.say("adopted", parent)
            return False
        if os.fork():
            for each in (writer, descriptor):
                os.close(each)
            os.read(reader, 1)  # until the spare closes it, or is gone
            os._exit(0)
        os.close(reader)
        os.close(self._channel.detach())
        self._wait_for_order(Channel(descriptor), writer)
        return True

    def _wait_for_order(self, channel: Channel, parent: int) -> None:
        os.setpgid(0, 0)
        channel.say("spare", os.getpid(), os.getppid())
        channel.read()  # restarter knows
        os.close(parent)
        order = channel.read()
        os.chdir(order["directory"])  # it may be another one of the same name
        self._set_environment(order["environment"])
        _write("comm", self._name)
        _write("oom_score_adj", self._likeliness)
        for directory in set(sys.path_importer_cache) - self._finders:
            if not (directory + os.sep).startswith(self._importer.libraries):
                del sys.path_importer_cache[directory]
        _renew()
        Reports(channel.detach(), self._operations)

    def _set_environment(self, environment: "dict[str, str]") -> None:
        """Use another environment, with what was changed in ours by what was imported."""
        before, now = self._environment, dict(os.environ)
        wanted = dict(environment)
        if "LC_CTYPE" in before:  # Python itself may set it at its start (PEP 538)
            wanted.setdefault("LC_CTYPE", before["LC_CTYPE"])
        wanted.update((name, now[name]) for name in now if before.get(name) != now[name])
        for name in set(before) - set(now):
            wanted.pop(name, None)
        # Nearly all of it is as it was, and each variable that is set costs time.
        for name in set(now) - set(wanted):
            del os.environ[name]
        for name, value in wanted.items():
            if now.get(name) != value:
                os.environ[name] = value


class Importer:
    """Imports a library as if nobody were there, and notices what shows."""

    def __init__(self) -> None:
        self.libraries = _libraries()
        self.unwanted: list[str] = []
        """What the person does not want to be imported ahead, with all below it."""
        self._usage = Usage()

    def load(self, name: str, front: "list[str]") -> None:
        """Import a module, unless it is no library.

        Args:
            name: its name.
            front: what comes first on the program's `sys.path`: a module in there hides the
                library of the same name.

        Raises:
            Culprit: it can be noticed that the module was imported.
        """
        if name in sys.modules:
            return
        known, before = set(sys.modules), _surroundings()
        sys.path[:0] = front
        try:
            said = self._load_silently(name)
        finally:
            for each in front:
                if each in sys.path:
                    sys.path.remove(each)
        if said:
            raise Culprit("it prints something when imported")
        written = self._usage.written()
        if written:
            raise Culprit("it writes " + written[0])
        self._check(set(sys.modules) - known, before)

    def _load_silently(self, name: str) -> bool:
        """Import a module, its parents first; returns whether that printed something."""
        silence = Silence()
        self._usage.begin()
        try:
            for end in (end for end, letter in enumerate(name + ".") if letter == "."):
                if not self._is_library(name[:end]):
                    break
                __import__(name[:end])
        except Exception as error:  # noqa: BLE001  whatever it is, it is the module's
            raise Culprit("it cannot be imported alone: " + type(error).__name__) from None
        finally:
            self._usage.end()
            said = silence.end()
        return said

    def files(self) -> "list[str]":
        """Return the files that the libraries have read when they were imported, but for code."""
        return self._usage.read()

    def obstacle(self, name: str, front: "list[str]") -> str:
        """Return why a module was not imported, though nothing is wrong with it."""
        sys.path[:0] = front
        try:
            return "it is no library" if self._find(name) else "there is no module of that name"
        finally:
            del sys.path[: len(front)]

    def _is_library(self, name: str) -> bool:
        """Whether a module can be found, and in the libraries; nothing of it is executed."""
        if name in sys.modules:
            return True
        spec = self._find(name)
        if spec is None:
            return False
        places = [spec.origin] if spec.has_location else list(spec.submodule_search_locations or ())
        if not places:
            return spec.origin in ("built-in", "frozen")
        return all(str(each).startswith(self.libraries) for each in places)

    def _find(self, name: str) -> "Any":  # noqa: ANN401  a spec
        parent = sys.modules.get(name.rpartition(".")[0])
        path = getattr(parent, "__path__", None) if "." in name else None
        specs = (finder.find_spec(name, path) for finder in sys.meta_path)
        return next((each for each in specs if each is not None), None)

    def _check(self, names: "set[str]", before: "dict[str, object]") -> None:
        for name in names:
            if any((name + ".").startswith(each + ".") for each in self.unwanted):
                raise Culprit("it imports " + name + ", which is to be skipped")
            origin = _origin(sys.modules[name])
            if os.path.isabs(origin) and not origin.startswith(self.libraries):
                raise Culprit("it imports " + name + ", which is no library")
        for what, now in _surroundings().items():
            if now != before[what]:
                raise Culprit("it changes " + what)
        if _starts_threads():
            raise Culprit("it starts threads")


class Usage:
    """Which files are read and written while libraries are imported (audit events, PEP 578).

    A hook cannot be taken away again: in a run it hears everything, and does nothing.
    """

    def __init__(self) -> None:
        self._read: set[str] = set()
        self._written: set[str] = set()
        self._counts = False
        sys.addaudithook(self._hear)

    def begin(self) -> None:
        """Take note from here on."""
        self._written.clear()
        self._counts = True

    def end(self) -> None:
        """Take note no longer."""
        self._counts = False

    def read(self) -> "list[str]":
        """Return the files that were read since the process began, without those of Python code."""
        code = (".py", ".pyc", ".so")
        return [each for each in self._read if not each.endswith(code) and os.path.isfile(each)]

    def written(self) -> "list[str]":
        """Return what was written since the last `begin` and is still there."""
        return [
            each
            for each in self._written
            if not each.startswith(("/dev/", "/proc/"))
            and "__pycache__" not in each
            and os.path.lexists(each)
        ]

    def _hear(self, event: str, arguments: "tuple[Any, ...]") -> None:
        if not self._counts:
            return
        if event == "open":
            path, _, flags = arguments
            is_written = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            self._note(path, self._written if is_written else self._read)
        elif event == "os.mkdir":
            self._note(arguments[0], self._written)
        elif event == "os.rename":
            self._note(arguments[1], self._written)

    def _note(self, path: object, found: "set[str]") -> None:
        if isinstance(path, (str, bytes)):
            found.add(os.path.abspath(os.fsdecode(path)))


class Readings(_Bytes):
    """The environment, from here on with a note of what is read; for a process thrown away.

    Native code asks the C library, and nobody hears of that: whatever name is written in it, it
    is taken to ask for.
    """

    def __init__(self) -> None:
        super().__init__(vars(os.environ)["_data"])
        self._read: set[bytes] = set()
        self._objects: set[str] = set()
        for each in (os.environ, os.environb):  # they have one in common
            vars(each)["_data"] = self

    def __getitem__(self, key: bytes) -> bytes:
        self._read.add(key)
        value: bytes = super().__getitem__(key)
        return value

    def __iter__(self) -> "Any":  # noqa: ANN401
        """Who looks at all of it finds also what is not there."""
        self._read.add(b"")
        return super().__iter__()

    def begin(self, names: "list[str]") -> None:
        """Take note of what is read from here on, if it matters whether these are."""
        self._objects = _shared_objects() if names else set()
        self._read.clear()

    def check(self, names: "list[str]") -> None:
        """Find out whether one of these names was read, or may have been.

        Raises:
            Culprit: one was.
        """
        objects = _shared_objects() - self._objects if names else set()
        for name in names:
            if not self._read.isdisjoint((b"", os.fsencode(name))) or _have_name(objects, name):
                raise Culprit(READS + name)


def _shared_objects() -> "set[str]":
    """Return the files of native code that are loaded, as proc_pid_maps(5) tells them."""
    lines = _read("maps").splitlines()
    return {line[line.index("/") :] for line in lines if ".so" in line and "/" in line}


def _have_name(paths: "set[str]", name: str) -> bool:
    """Whether one of the files has a name among its texts; a long one may stand beside others."""
    text = os.fsencode(name)
    for path in paths:
        try:
            with open(path, "rb") as file:
                content = file.read()
        except OSError:
            continue
        if (len(text) >= LONG_NAME and text in content) or b"\0" + text + b"\0" in content:
            return True
    return False


class Silence:
    """From here to `end` nothing is printed or read. A terminal is replaced by a terminal:
    some modules ask for that when they are imported."""  # noqa: D205, D209

    def __init__(self) -> None:
        _flush()
        self._kept = [os.dup(each) for each in range(3)]
        is_terminal = any(map(os.isatty, range(3)))
        self._reader, speaker = os.openpty() if is_terminal else os.pipe()
        os.set_blocking(self._reader, False)
        listener = speaker if is_terminal else os.open(os.devnull, os.O_RDONLY)
        for descriptor, replacement in enumerate((listener, speaker, speaker)):
            os.dup2(replacement, descriptor)
        for each in {listener, speaker}:
            os.close(each)

    def end(self) -> bool:
        """Be as before; returns whether something was said."""
        _flush()
        try:
            said = bool(os.read(self._reader, 1))
        except OSError:
            said = False
        for descriptor, kept in enumerate(self._kept):
            os.dup2(kept, descriptor)
            os.close(kept)
        os.close(self._reader)
        return said


def _libraries() -> "tuple[str, ...]":
    """Return the directories of the standard library and of what is installed."""
    path = [each.rstrip(os.sep) for each in sys.path]
    found = {each for each in path if each.endswith(("-packages", "lib-dynload"))}
    found.add(os.path.dirname(os.path.abspath(os.__file__)))
    return tuple(each + os.sep for each in found | set(map(os.path.realpath, found)))


def _path_files(directories: "list[str]") -> "list[str]":
    """Return the files that add to `sys.path` at the start of an interpreter (`site`)."""
    found = []
    for directory in directories:
        if os.path.isdir(directory):
            names = os.listdir(directory)
            found += [directory + name for name in names if name.endswith(".pth")]
    return found


def _front(path: "list[Any]", libraries: "tuple[str, ...]") -> "list[str]":
    """Return the directories that hide libraries; those behind the last library hide nothing."""
    places = [os.path.abspath(each) for each in path if isinstance(each, str)]
    own = [each for each in places if not (each + os.sep).startswith(libraries)]
    while places and own and places[-1] == own[-1]:
        del places[-1], own[-1]
    return own


def _renew() -> None:
    """Set anew what libraries note at their import, and what would be the same in each run."""
    modules, time = sys.modules, _borrow("time")
    if "logging" in modules:  # it counts from there, in seconds or nanoseconds
        is_float = isinstance(getattr(modules["logging"], "_startTime", 0), float)
        vars(modules["logging"])["_startTime"] = time.time() if is_float else time.time_ns()
    if "numpy.random" in modules:  # Python's own random module does it by itself
        modules["numpy.random"].seed()
    if "threading" in modules:  # Python before 3.13 keeps the old number
        modules["threading"].main_thread()._set_native_id()  # noqa: SLF001


def _borrow(name: str, *more: str) -> "Any":  # noqa: ANN401  a module
    """Import a module of Python's own, and leave no trace of that, nor of those it imports."""
    new = {name, *more} - set(sys.modules)
    module = __import__(name)
    for each in new.intersection(sys.modules):
        del sys.modules[each]
    return module


def _move(descriptor: int) -> int:
    """Return a descriptor with a high number in place of one."""
    fcntl = _borrow("fcntl")
    for lowest in (HIGH, 3):  # only few may be allowed
        try:
            moved: int = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, lowest)
        except (OSError, ValueError):
            continue
        os.close(descriptor)
        return moved
    return descriptor


def _origin(module: object) -> str:
    return str(getattr(getattr(module, "__spec__", None), "origin", None) or "")


def _surroundings() -> "dict[str, object]":
    files = {}
    for each in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink("/proc/self/fd/" + each)
        except OSError:  # the one that listed them
            continue
        if not target.startswith("/dev/"):
            files[each] = target
    children = _read("task/" + str(os.getpid()) + "/children")
    return {
        "the open files or sockets": files,
        "the child processes": children,
        "the directory": os.getcwd(),
        "sys.path": list(sys.path),
    }


def _starts_threads() -> bool:
    """Whether there are threads that a fork does not end."""
    return _threads() > 1 and _threads_after_fork() > 1


def _kill_others() -> None:
    """Kill whoever else is in the process group that this process leads.

    A trial gets no group of its own, so that it ends with the host if that is killed.
    """
    ours = os.getpid()
    for each in filter(str.isdigit, os.listdir("/proc")):
        try:
            if int(each) != ours and os.getpgid(int(each)) == ours:
                os.kill(int(each), _borrow("_signal").SIGKILL)
        except OSError:  # it is gone
            pass


def _threads() -> int:
    return len(os.listdir("/proc/self/task"))


def _threads_after_fork() -> int:
    """Fork for nothing: who has handlers for that, as OpenBLAS has, ends its threads."""
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    return _threads()


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


def _read(name: str) -> str:
    """Return what proc(5) tells of this process."""
    try:
        with open("/proc/self/" + name, encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""


def _write(name: str, text: str) -> None:
    """Set what proc(5) lets be set, if it does."""
    try:
        with open("/proc/self/" + name, "wb", buffering=0) as file:
            file.write(text.encode())
    except OSError:
        pass


begin()
