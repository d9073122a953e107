"""Errors of the command line in the language of the reader's system."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from planner import __main__
from planner.commands.errors_told import error_text, is_chinese
from planner.errors import Fault, InputError, PlannerError, ScenarioError
from planner.interrupts import SAID, is_command_line

FAULTS = [
    Fault("the coordinates are blank", file="a.csv", row=3, id="S2", repair="Fill in the coordinates."),
    Fault("something nobody foresaw", file="b.csv"),
]


def test_every_fault_comes_in_both_languages() -> None:
    """Chinese first; what has no Chinese wording comes once, in English; nothing is left out."""
    lines = error_text(InputError(FAULTS), chinese=True).splitlines()
    assert lines == ["a.csv，编号 S2，第 3 行：坐标为空。请补上坐标", *map(str, FAULTS)]


@pytest.mark.parametrize("error", [InputError(FAULTS), ScenarioError("x = 3 is odd."), PlannerError("no {way} [out]")])
def test_other_systems_see_what_they_saw(error: PlannerError) -> None:
    """Without Chinese the text is the error's own."""
    assert error_text(error, chinese=False) == str(error)


@pytest.mark.parametrize(
    ("text", "chinese"),
    [("my.toml: district.nome: unknown key; did you mean 'name'? Known: id, name.",
      "my.toml: district.nome：不认识这一项，是否想写 'name'？可写：id, name"),
     ("my.toml: groups.1.id: this key is missing.", "my.toml: groups.1.id：缺少这一项")],
)  # fmt: skip
def test_scenarios_are_told_line_by_line(text: str, chinese: str) -> None:
    """Each line of a scenario's error that has a wording is told above the English text."""
    other = "my.toml: a thing without a wording."
    assert error_text(ScenarioError(f"{text}\n{other}"), chinese=True) == f"{chinese}\n{text}\n{other}"


@pytest.mark.parametrize(
    ("environment", "chinese"),
    [({"LANG": "zh_CN.UTF-8"}, True), ({"LANG": "zh_TW"}, True), ({"LC_MESSAGES": "zh_CN", "LANG": "C"}, True),
     ({"LC_ALL": "C", "LC_MESSAGES": "zh_CN"}, False), ({"LC_ALL": "", "LANG": "zh_CN.GBK"}, True),
     ({"LANG": "en_US.UTF-8"}, False), ({"LC_ALL": "de_DE", "LANG": "zh_CN"}, False)],
)  # fmt: skip
def test_the_language_of_the_system(environment: dict[str, str], chinese: bool) -> None:
    """POSIX: LC_ALL before LC_MESSAGES before LANG; blank is as good as absent."""
    assert is_chinese(environment) is chinese


@pytest.mark.parametrize(("language", "chinese"), [("zh_CN.UTF-8", True), ("C.UTF-8", False)])
def test_the_command_line_speaks_it(tmp_path: Path, language: str, chinese: bool) -> None:
    """The same mistake, the same status, one more line."""
    run = subprocess.run(
        [sys.executable, "-m", "planner", "check", str(tmp_path / "none.toml")],
        env={**os.environ, "LC_ALL": language, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert run.returncode == 2
    assert ("没有这个方案文件" in run.stderr) is chinese
    assert "there is no such scenario file" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that is there and cannot be read")
def test_a_file_that_cannot_be_read_is_told() -> None:
    """No rights, a drive that broke off: a sentence and status 2, no traceback."""
    run = subprocess.run(
        [sys.executable, "-m", "planner", "check", "/proc/self/mem"], capture_output=True, text=True, check=False
    )
    assert (run.returncode, "Traceback" in run.stderr) == (2, False)
    assert "cannot be read" in run.stderr


def test_an_interrupted_run_says_what_it_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C in the middle of a command: one sentence, status 130."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(__main__, "read_scenario", interrupted)
    monkeypatch.setattr(sys, "argv", ["planner", "check", "scenario.toml"])
    with pytest.raises(SystemExit) as end:
        __main__.main()
    assert end.value.code == 130
    assert "no half-written file was left" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
@pytest.mark.parametrize("module", ["planner.interrupts", "numpy", "pandas", "planner.locate"])
def test_an_interrupt_while_packages_are_imported_is_told_in_the_same_words(module: str) -> None:
    """Ctrl-C in the first two seconds, just after a module was imported: the sentence, status 130, no traceback."""
    command = [sys.executable, "-X", "importtime", "-m", "planner", "check", "scenario.toml"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, encoding="utf-8") as run:
        assert run.stderr is not None
        assert any(line.rsplit("|", 1)[-1].strip() == module for line in run.stderr)
        run.send_signal(signal.SIGINT)
        said = run.stderr.read()
    assert (run.returncode, "Traceback" in said) == (130, False)
    assert said.count(SAID) == 1


def test_an_interrupt_is_an_exception_to_who_imports_the_package() -> None:
    """In a notebook, a script of another name or a worker that a library started, Ctrl-C stays KeyboardInterrupt."""
    code = "import signal, planner; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "True"
    assert is_command_line(["/usr/bin/planner"], ["python", "/usr/bin/planner", "check"])
    assert not is_command_line(["/usr/bin/planner"], ["python", "-m", "joblib.externals.loky.backend"])
    assert not is_command_line(["-m"], ["python", "-m", "benchmarks.travel", "planner"])
