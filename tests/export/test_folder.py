"""The directory of files: whole or not there, and nobody else's."""

import os
from pathlib import Path

import pytest

from incidents.published.folder import MARK, Folder, NotOurs, name_of, path_of


def encoded(body: bytes) -> dict[str, bytes]:
    return {"": body, "gzip": b"gz of " + body, "br": b"br of " + body}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def contents(root: Path) -> dict[str, bytes]:
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in root.rglob("*") if file.is_file()}


@pytest.mark.parametrize(
    ("path", "name"),
    [("/", "index.html"), ("/history/2026/11/", "history/2026/11/index.html"), ("/history.rss", "history.rss")],
)
def test_a_path_is_a_file_and_back(path: str, name: str) -> None:
    assert (name_of(path), path_of(name)) == (name, path)


def test_each_file_has_its_variants_beside_it(folder: Folder, tmp_path: Path) -> None:
    assert folder.write("a/index.html", b"A", encoded)
    assert contents(tmp_path) == {
        "a/index.html": b"A",
        "a/index.html.gz": b"gz of A",
        "a/index.html.br": b"br of A",
    }


def test_what_is_the_same_is_not_written_again(folder: Folder, tmp_path: Path) -> None:
    folder.write("a.txt", b"A", encoded)
    before = (tmp_path / "a.txt").stat()
    assert not folder.write("a.txt", b"A", encoded)
    assert (tmp_path / "a.txt").stat().st_ino == before.st_ino


def test_a_variant_that_is_not_made_any_more_goes(folder: Folder, tmp_path: Path) -> None:
    folder.write("a.txt", b"long", encoded)
    folder.write("a.txt", b"short", lambda body: {"": body})
    assert contents(tmp_path) == {"a.txt": b"short"}


def test_two_contents_within_a_second_have_times_of_different_seconds(folder: Folder, tmp_path: Path) -> None:
    times = set()
    for body in (b"1", b"2", b"3"):
        folder.write("a.txt", body, encoded)
        times.add(tuple(int((tmp_path / f"a.txt{suffix}").stat().st_mtime) for suffix in ("", ".gz", ".br")))
    assert [len(set(of_one)) for of_one in zip(*times, strict=True)] == [3, 3, 3]


def test_a_reader_of_the_old_file_reads_it_to_its_end(folder: Folder, tmp_path: Path) -> None:
    folder.write("a.txt", b"old" * 10_000, encoded)
    with (tmp_path / "a.txt").open("rb") as reader:
        first = reader.read(3)
        folder.write("a.txt", b"new" * 10_000, encoded)
        assert first + reader.read() == b"old" * 10_000


def test_what_is_removed_leaves_no_trace(folder: Folder, tmp_path: Path) -> None:
    folder.write("incidents/x/index.html", b"A", encoded)
    folder.remove("incidents/x/index.html")
    assert list(tmp_path.iterdir()) == []
    folder.remove("incidents/x/index.html")


def test_only_what_is_named_is_kept_and_what_is_hidden_at_the_top(folder: Folder, tmp_path: Path) -> None:
    folder.write("a.txt", b"A", encoded)
    folder.write("b/index.html", b"B", encoded)
    (tmp_path / "b" / ".index.html.new").write_bytes(b"left by a kill")
    (tmp_path / ".well-known").mkdir()
    (tmp_path / ".well-known" / "token").write_bytes(b"")
    folder.keep_only(["a.txt"])
    assert set(contents(tmp_path)) == {"a.txt", "a.txt.gz", "a.txt.br", ".well-known/token"}


def test_a_directory_with_files_of_others_is_refused_and_untouched(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_bytes(b"dear")
    with pytest.raises(NotOurs, match="did not write"), folder.claimed():
        pass
    assert contents(tmp_path) == {"letter.txt": b"dear"}


def test_a_directory_of_ours_can_be_used_again_but_not_by_two_at_once(folder: Folder, tmp_path: Path) -> None:
    for _ in range(2):
        with folder.claimed():
            folder.write("a.txt", b"A", encoded)
            with pytest.raises(NotOurs, match="another process"), Folder(tmp_path).claimed():
                pass


def test_the_mark_tells_when_the_files_last_held(folder: Folder, tmp_path: Path) -> None:
    with folder.claimed():
        os.utime(tmp_path / MARK, (1000, 1000))
    with folder.claimed():
        assert folder.confirmed_at == 1000
        folder.confirm()
        assert folder.confirmed_at > 1000
