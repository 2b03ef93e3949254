"""Questions to the technician at the terminal, each with a default where there is one."""

import getpass
import sys
from collections.abc import Callable

from gateway.cli.language import say
from gateway.cli.outcome import CommandFailed

# The first letter of yes in the languages that we speak: yes, ja.
_YES = frozenset("yj")
Problem = Callable[[str], str | None]


class Technician:
    """Somebody with a keyboard; an end of input (Ctrl-D) is no answer and ends the command."""

    def agrees(self, question: str) -> bool:
        """Ask a question whose default is no."""
        return self._line(f"{say(question)} [{say('y/N')}] ").strip()[:1].casefold() in _YES

    def tell(self, text: str) -> None:
        """Say what to do now."""
        print(say(text), flush=True)

    def ask(self, question: str, default: str | None = None, problem: Problem = lambda _answer: None) -> str:
        """Ask until the answer is a good one; an empty one takes the default."""
        shown = f" [{default}]" if default else ""
        while True:
            answer = self._line(f"{say(question)}{shown}: ").strip() or (default or "")
            wrong = say("an answer is needed") if not answer else problem(answer)
            if wrong is None:
                return answer
            print(f"  {say(wrong)}")

    def ask_secret(self, question: str) -> str:
        """Ask for what must not be seen."""
        try:
            return getpass.getpass(f"{say(question)}: ").strip()
        except EOFError:
            raise CommandFailed("no answer; nothing was written") from None

    def _line(self, prompt: str) -> str:
        print(prompt, end="", flush=True)
        answer = sys.stdin.readline()
        if not answer:
            print()
            raise CommandFailed("no answer; nothing was written")
        return answer
