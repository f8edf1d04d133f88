"""Completion scripts for bash, zsh and fish.

They hold all words: nothing is started while somebody types. Behind the options they leave the
command that restarter runs to the shell's own completion.
"""

from collections.abc import Iterable
from string import Template
from typing import Final

from restarter.cli.completable import CommandLine, Completable, Expects, Subcommand

# bash breaks words at `=` as well, so that --poll=2s is three of them. Version 3.2, which macOS
# has, knows neither mapfile nor compopt.
_BASH: Final = Template("""\
# bash completion for restarter; or, for this shell alone: source <(restarter completion bash)
_restarter_words() { local IFS=$$'\\n'; COMPREPLY=($$(compgen -W "$$1" -- "$$cur")); }
_restarter_paths() {
    local IFS=$$'\\n'
    compopt -o filenames 2>/dev/null
    COMPREPLY=($$(compgen "$$1" -- "$$cur"))
}
_restarter_value() {
    case $$1 in
$values
        *) return 1 ;;
    esac
}
_restarter() {
    local cur=$${COMP_WORDS[COMP_CWORD]} prev=$${COMP_WORDS[COMP_CWORD - 1]} at=1
    COMPREPLY=()
    while ((at < COMP_CWORD)); do
        case $${COMP_WORDS[at]} in
            --) ((at += 1)); break ;;
            =) ((at += 2)) ;;
            $valued) ((at += 2)) ;;
            -?*) ((at += 1)) ;;
            *) break ;;
        esac
    done
    if [[ $$cur == = ]]; then cur=; _restarter_value "$$prev"; return; fi
    if [[ $$prev == = ]] && ((at > COMP_CWORD)); then
        _restarter_value "$${COMP_WORDS[COMP_CWORD - 2]}"
        return
    fi
    if ((at > COMP_CWORD)); then _restarter_value "$$prev"; return; fi
    if ((at == COMP_CWORD)); then
        if [[ $$cur == -* && $$prev != -- ]]; then _restarter_words "$options"; return; fi
        local IFS=$$'\\n'
        [[ $$prev != -- ]] && COMPREPLY=($$(compgen -W "$names" -- "$$cur"))
        [[ -n $$cur ]] && COMPREPLY+=($$(compgen -c -- "$$cur"))
        return
    fi
    if [[ $${COMP_WORDS[at - 1]} != -- ]]; then
        case $${COMP_WORDS[at]} in
$subcommands
        esac
    fi
    if declare -F _comp_command_offset >/dev/null; then _comp_command_offset "$$at"
    elif declare -F _command_offset >/dev/null; then _command_offset "$$at"
    fi
}
complete -o bashdefault -o default -F _restarter restarter
""")

_ZSH: Final = Template("""\
#compdef restarter
# zsh completion for restarter; put it as _restarter into a directory of $$fpath
_restarter_first() {
    local -a found=(
$subcommands
    )
    _describe -t restarter-commands 'restarter command' found
    # All programs there are would be no help.
    [[ -z $$PREFIX ]] && return
    _alternative 'programs:program:_command_names -e' 'files:file:_files -g "*(*)"'
}
_restarter_rest() {
    if [[ $$words[1] == -- ]]; then
        shift words
        ((CURRENT -= 1))
        _normal
        return
    fi
    case $$words[1] in
$cases
        *) _normal ;;
    esac
}
_restarter() {
    _arguments -s -S -A '-*' \\
$options \\
        '(-)1: :_restarter_first' \\
        '*:: :_restarter_rest'
}
# Loaded as a function by compinit, or read by `source`.
if [[ $$funcstack[1] == _restarter ]]; then
    _restarter "$$@"
else
    compdef _restarter restarter
fi
""")

_FISH: Final = Template("""\
# fish completion for restarter; put it as restarter.fish into ~/.config/fish/completions
function __restarter_rest
    # What follows the options, the word that is being typed left out.
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]
        switch $$words[1]
            case --
                set -e words[1]
                break
            case $valued
                set -e words[1]
                set -q words[1]; and set -e words[1]
            case '-?*'
                set -e words[1]
            case '*'
                break
        end
    end
    string join -- \\n $$words
end
function __restarter_runs
    # Whether the command has begun, and which one: its name, if there is an argument.
    set -l rest (__restarter_rest)
    set -q rest[1]; or return 1
    set -q argv[1]; or return 0
    contains -- $$rest[1] $$argv
end
function __restarter_delegate
    # The words of the command, for the completion of that command.
    set -l rest (string escape -- (__restarter_rest))
    set -l typed (commandline -ct)
    not set -q rest[1]; and string match -q -- '-*' $$typed; and return
    complete -C"$$(string join ' ' -- $$rest $$typed)"
end
complete -c restarter -n 'not __restarter_runs' -a '(__restarter_delegate)'
complete -c restarter -f -a '(__restarter_delegate)' \\
    -n '__restarter_runs; and not __restarter_runs $names'
$options
$subcommands
""")


def bash(line: CommandLine) -> str:
    """Return the script for bash, from 3.2 on."""
    return _BASH.substitute(
        values="\n".join(_bash_value(it) for it in line.options if it.expects is not _NOTHING),
        valued="|".join(line.valued()),
        options=_lines(name for it in line.options for name in it.names),
        names=_lines(each.name for each in line.subcommands),
        subcommands="\n".join(map(_bash_case, line.subcommands)),
    )


def zsh(line: CommandLine) -> str:
    """Return the script for zsh."""
    return _ZSH.substitute(
        subcommands="\n".join(
            f"        {_quoted(f'{each.name}:{each.help}')}" for each in line.subcommands
        ),
        cases="\n".join(map(_zsh_case, line.subcommands)),
        options=" \\\n".join(f"        {_zsh_option(it)}" for it in line.options),
    )


def fish(line: CommandLine) -> str:
    """Return the script for fish."""
    before = "-n 'not __restarter_runs'"
    return _FISH.substitute(
        valued=" ".join(line.valued()),
        names=" ".join(each.name for each in line.subcommands),
        options="\n".join(_fish_option(it, before) for it in line.options),
        subcommands="\n".join(map(_fish_subcommand, line.subcommands)),
    )


SCRIPTS: Final = {"bash": bash, "zsh": zsh, "fish": fish}

_NOTHING = Expects.NOTHING


def _lines(words: Iterable[str]) -> str:
    return "\n".join(words)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _bash_value(option: Completable) -> str:
    does = {
        Expects.WORDS: f'_restarter_words "{_lines(option.words)}"',
        Expects.FILE: "_restarter_paths -f",
        Expects.DIRECTORY: "_restarter_paths -d",
        Expects.TEXT: "compopt +o bashdefault +o default 2>/dev/null",
    }[option.expects]
    return f"        {'|'.join(option.names)}) {does} ;;"


def _bash_case(each: Subcommand) -> str:
    options = _lines(name for it in each.options for name in it.names)
    does = f'_restarter_words "{_lines(each.words)}"' if each.words else "_restarter_paths -f"
    return (
        f"            {each.name})\n"
        f'                if [[ $cur == -* ]]; then _restarter_words "{options}"\n'
        f"                else {does}; fi\n"
        f"                return ;;"
    )


def _zsh_option(option: Completable) -> str:
    action = {
        Expects.NOTHING: "",
        Expects.WORDS: f":value:({' '.join(option.words)})",
        Expects.FILE: ":file:_files",
        Expects.DIRECTORY: ":directory:_files -/",
        Expects.TEXT: ":value:",
    }[option.expects]
    text = f"[{_zsh_text(option.help)}]"
    if option.may_be_alone:
        return " ".join(_quoted(f"*{name}=-{text}:{action}") for name in option.names)
    names = f"{{{','.join(option.names)}}}" if len(option.names) > 1 else option.names[0]
    return f"'*'{names}{_quoted(text + action)}"


def _zsh_text(text: str) -> str:
    return text.replace("[", r"\[").replace("]", r"\]").replace(":", r"\:")


def _zsh_case(each: Subcommand) -> str:
    options = " ".join(map(_zsh_option, each.options))
    rest = f":argument:({' '.join(each.words)})" if each.words else ":file:_files"
    return f"        {each.name}) _arguments {options} {_quoted('*' + rest)} ;;"


def _fish_option(option: Completable, condition: str) -> str:
    names = [
        f"-l {name.removeprefix('--')}" if name.startswith("--") else f"-s {name.removeprefix('-')}"
        for name in option.names
    ]
    value = {
        Expects.NOTHING: "",
        Expects.WORDS: f"-x -a {_quoted(' '.join(option.words))}",
        Expects.FILE: "-r -F",
        Expects.DIRECTORY: "-x -a '(__fish_complete_directories)'",
        Expects.TEXT: "-x",
    }[option.expects]
    if option.may_be_alone:
        value = value.replace("-x", "-f")
    words = ["complete -c restarter", condition, *names, value, f"-d {_quoted(option.help)}"]
    return " ".join(filter(None, words))


def _fish_subcommand(each: Subcommand) -> str:
    begun = f"-n '__restarter_runs {each.name}'"
    named = (
        f"complete -c restarter -n 'not __restarter_runs' -f -a {each.name} -d {_quoted(each.help)}"
    )
    words = [f"complete -c restarter {begun} -f -a {_quoted(' '.join(each.words))}"]
    return "\n".join(
        [named, *(words if each.words else []), *(_fish_option(it, begun) for it in each.options)]
    )
