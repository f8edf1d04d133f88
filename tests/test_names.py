"""By which names a process goes."""

import pytest

from restarter.configuration.settings import KEPT_DAEMONS
from restarter.processes.names import names_of

GRADLE = "org.gradle.launcher.daemon.bootstrap.GradleDaemon"


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["adb", "-L", "tcp:5037", "fork-server", "server"], "adb"),
        (["/usr/bin/ssh-agent", "-s"], "ssh-agent"),
        (["bazel(my project)", "-server", "-Djava.library.path=x"], "bazel"),
        (["buck2d[common]", "--isolation-dir", "v2", "daemon"], "buck2d"),
        (["pantsd [/home/me/project]"], "pantsd"),
        (["/jdk/bin/java", "-Xmx512m", "-cp", "g.jar", "-javaagent:a.jar", GRADLE, "9.5"], GRADLE),
        (["java", "--add-opens", "java.base/java.util=ALL-UNNAMED", GRADLE, "9.5"], GRADLE),
        (["java", "@/tmp/arguments", GRADLE], GRADLE),
        (["C:/jdk/bin/java.exe", "-cp", "g.jar", GRADLE, "9.5"], GRADLE),
        (["/usr/bin/dotnet", "exec", "/sdk/VBCSCompiler.dll", "-pipename:x"], "VBCSCompiler"),
        (["dotnet", "exec", "--depsfile", "a.json", "/sdk/VBCSCompiler.dll"], "VBCSCompiler"),
        (["dotnet", "/sdk/MSBuild.dll", "/nologo", "/nodemode:1"], "MSBuild"),
    ],
)  # fmt: skip
def test_a_build_daemon_is_known(words: list[str], name: str) -> None:
    assert name in names_of(words)
    assert name in KEPT_DAEMONS


@pytest.mark.parametrize(
    "words",
    [
        ["java", "-jar", "server.jar"],
        ["java", "-cp", "adb", "com.example.Server"],
        ["java", "com.example.Server", GRADLE],
        ["java", "-cp", GRADLE, "com.example.Server"],
        ["java", "-cp"],
        ["java"],
        ["dotnet", "run", "MSBuild.dll"],
        ["dotnet", "/srv/Server.dll", "exec", "VBCSCompiler.dll"],
        ["python", "bazel"],
        ["sh", "-c", "bazel run //:server"],
        ["/srv/bazel(old)/server"],
        ["server (bazel)"],
        [""],
        [],
    ],
)
def test_a_server_is_no_build_daemon(words: list[str]) -> None:
    assert names_of(words).isdisjoint(KEPT_DAEMONS)


def test_a_program_in_a_file_of_java_goes_by_the_file_too() -> None:
    assert {"java", "server.jar", "server"} <= names_of(["java", "-jar", "/srv/server.jar"])
