"""What the person asks for by a key, and who does it."""

from restarter.changes.gathering import Gatherer
from restarter.notices import Paused, Resumed
from restarter.session.deliberation import Deliberation
from restarter.session.reporting import Reporter
from restarter.supervising.supervisor import Supervisor


class Wishes:
    """Does what `controls.bindings` asks for.

    Args:
        supervisor: the command.
        deliberation: acts on changes, or does not.
        gatherer: shows more of what it sees, or less.
        reporter: has the screen.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        deliberation: Deliberation,
        gatherer: Gatherer,
        reporter: Reporter,
    ) -> None:
        self._supervisor = supervisor
        self._deliberation = deliberation
        self._gatherer = gatherer
        self._reporter = reporter
        self._is_paused = False

    def restart_now(self) -> None:
        """Start the command anew."""
        self._supervisor.restart("asked for by key")

    def pause_or_resume(self) -> None:
        """Do not act on changes, or do so again."""
        self._is_paused = not self._is_paused
        self._reporter.show(Paused() if self._is_paused else Resumed())
        self._deliberation.pause(is_paused=self._is_paused)

    def stop_until_change(self) -> None:
        """Stop the command; the next change starts it."""
        self._supervisor.rest()

    def lend_terminal(self) -> None:
        """Give the command the terminal that it waits for."""
        self._supervisor.lend_terminal()

    def clear_screen(self) -> None:
        """Clear the screen."""
        self._reporter.clear_screen()

    def write_empty_line(self) -> None:
        """Make room between old and new lines."""
        self._reporter.write_empty_line()

    def change_detail(self) -> None:
        """Show more, or less."""
        verbosity = 0 if self._gatherer.verbosity > 0 else 1
        self._gatherer.verbosity = verbosity
        self._reporter.set_verbosity(verbosity)

    def show_history(self) -> None:
        """Show the last decisions."""
        self._reporter.show_history()

    def quit(self) -> None:
        """Stop the command and end."""
        self._supervisor.finish(0, "the key q")

    def show_help(self) -> None:
        """Show what can be asked for."""
        self._reporter.show_help()
