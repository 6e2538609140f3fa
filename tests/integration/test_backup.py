"""A backup taken beside a writing server comes back whole, or not at all."""

from __future__ import annotations

import io
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lapwing.accounts.tokens import make_token
from lapwing.adapters.backup_archive import Manifest, Source, restore_backup, write_backup
from lapwing.adapters.file_journal import FileJournal
from lapwing.adapters.sql.database import open_database
from lapwing.adapters.sql.outage_store import SqlOutageStore
from lapwing.adapters.sql.token_store import SqlTokenStore
from lapwing.cli.backup import backup
from lapwing.kernel.refusals import Refusal
from lapwing.outages.journal import Entry, TimePassed
from lapwing.outages.model import Slice
from lapwing.outages.store import Progress, SliceCount

NOW = datetime(2026, 6, 20, 12, tzinfo=UTC)
MINUTE = 28_385_640


def _source(folder: Path) -> Source:
    return Source(folder, folder / "lapwing.sqlite")


def _back_up(source: Source, target: Path) -> Manifest:
    return write_backup(source, target, version="0.1.0", made_at=NOW, advance=lambda _: None)


def _restore(archive: Path, source: Source) -> Manifest:
    return restore_backup(archive, source, advance=lambda _: None)


@pytest.fixture
async def source(tmp_path: Path) -> Source:
    """A data folder with a journal of two entries, a database, an overlay and reporter keys."""
    source = _source(tmp_path / "data")
    source.folder.mkdir()
    (source.folder / "services.toml").write_text("# none yet\n")
    (source.folder / "reporter_keys.bin").write_bytes(b"secret")
    (source.folder / "owner.json").write_text('{"secret": "secret"}')
    database = await open_database(f"sqlite:///{source.database}")
    await SqlTokenStore(database).add(make_token("desk", NOW)[0])
    await SqlOutageStore(database).save(
        Progress(0, 10, counts=[SliceCount(Slice("x"), MINUTE, 7)], checkpoint={"watch": b"1"})
    )
    await database.close()
    journal = FileJournal(source.folder / "journal", Entry)
    for now_ms in (1, 2):
        await journal.append(TimePassed(now_ms))
    await journal.close()
    return source


async def test_everything_but_keys_comes_back(source: Source, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar.gz"
    made = _back_up(source, archive)
    restored = _source(tmp_path / "elsewhere" / "data")
    assert _restore(archive, restored) == made

    names = {path.name for path in restored.folder.rglob("*") if path.is_file()}
    assert "services.toml" in names
    assert not names & {"reporter_keys.bin", "owner.json"}
    journal = FileJournal(restored.folder / "journal", Entry)
    assert [entry for _, entry in journal.read(0)] == [TimePassed(1), TimePassed(2)]
    await journal.close()
    database = await open_database(f"sqlite:///{restored.database}")
    store = SqlOutageStore(database)
    assert [row.reports for row in await store.read_rollups("x", MINUTE, MINUTE + 1)] == [7]
    assert (await store.load_checkpoint()).saved_position == 10
    assert [token.name for token in await SqlTokenStore(database).load()] == ["desk"]
    await database.close()


def test_a_backup_without_its_postgresql_database_has_to_be_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "services.toml").write_text("# none yet\n")
    monkeypatch.setenv("LAPWING_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LAPWING_DATABASE", "postgresql://nobody@127.0.0.1:9/nothing")
    archive = tmp_path / "backup.tar.gz"
    with pytest.raises(Refusal, match="--without-database"):
        backup(archive)
    assert not archive.exists()
    backup(archive, without_database=True)
    assert archive.exists()


def test_a_database_in_a_file_cannot_be_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAPWING_DATA", str(tmp_path))
    with pytest.raises(Refusal, match="always in the backup"):
        backup(tmp_path / "backup.tar.gz", without_database=True)


async def test_a_backup_can_be_taken_while_both_are_open_and_written(
    source: Source, tmp_path: Path
) -> None:
    database = await open_database(f"sqlite:///{source.database}")
    journal = FileJournal(source.folder / "journal", Entry)
    async with database.writing() as connection:
        await connection.exec_driver_sql("UPDATE progress SET position = 99")
        _back_up(source, tmp_path / "backup.tar.gz")
    await journal.append(TimePassed(3))
    await journal.close()
    await database.close()

    restored = _source(tmp_path / "restored")
    _restore(tmp_path / "backup.tar.gz", restored)
    database = await open_database(f"sqlite:///{restored.database}")
    assert (await SqlOutageStore(database).load_checkpoint()).saved_position == 10
    await database.close()


def test_an_archive_is_for_its_owner_only(source: Source, tmp_path: Path) -> None:
    _back_up(source, tmp_path / "backup.tar.gz")
    assert (tmp_path / "backup.tar.gz").stat().st_mode & 0o077 == 0


def test_a_backup_never_overwrites(source: Source, tmp_path: Path) -> None:
    (tmp_path / "backup.tar.gz").write_text("precious")
    with pytest.raises(Refusal) as refused:
        _back_up(source, tmp_path / "backup.tar.gz")
    assert refused.value.code == "backup_exists"
    assert (tmp_path / "backup.tar.gz").read_text() == "precious"


def test_nothing_is_restored_over_what_is_there(source: Source, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar.gz"
    _back_up(source, archive)
    with pytest.raises(Refusal) as refused:
        _restore(archive, source)
    assert refused.value.code == "folder_not_empty"


@pytest.mark.parametrize("cut", [0.0, 0.3, 0.9])
def test_an_archive_that_was_cut_short_restores_nothing(
    source: Source, tmp_path: Path, cut: float
) -> None:
    archive = tmp_path / "backup.tar.gz"
    _back_up(source, archive)
    content = archive.read_bytes()
    archive.write_bytes(content[: int(len(content) * cut)])
    restored = _source(tmp_path / "restored")
    with pytest.raises(Refusal) as refused:
        _restore(archive, restored)
    assert refused.value.code == "backup_damaged"
    assert not restored.folder.exists()
    assert not list(tmp_path.glob(".restoring-*"))


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("services.toml", b"# nine yet\n", "services.toml differs"),
        ("../services.toml", b"# none yet\n", "leads out of the folder"),
    ],
)
def test_a_tampered_archive_restores_nothing(
    source: Source, tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    archive, forged = tmp_path / "backup.tar.gz", tmp_path / "forged.tar.gz"
    _back_up(source, archive)
    with tarfile.open(archive) as before, tarfile.open(forged, "w:gz") as after:
        for member in before:
            inside = before.extractfile(member)
            if member.name == "services.toml":
                member.name, inside = name, io.BytesIO(content)
            after.addfile(member, inside)
    with pytest.raises(Refusal, match=reason):
        _restore(forged, _source(tmp_path / "restored"))
    assert not (tmp_path / "restored").exists()


def test_a_file_that_is_no_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Lapwing")
    for name, code in (("letter.txt", "backup_damaged"), ("nothing", "no_backup")):
        with pytest.raises(Refusal) as refused:
            _restore(tmp_path / name, _source(tmp_path / "restored"))
        assert refused.value.code == code
