"""The pipeline: reproducible per event, cancellable, saved and loaded as data, moved and typed as asked."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertModel, LlamaConfig, LlamaForCausalLM

from pipeline.errors import Cancelled, FormatError, PlanError, SettingsError, WeightsMissing
from pipeline.model.audiostory import AudioStoryPipeline
from pipeline.model.audiostory_transformer import AudioStoryTransformer
from pipeline.model.bridge import Bridge
from pipeline.model.codec import NanoCodec
from pipeline.progress import CancelToken
from pipeline.settings import RenderSettings
from pipeline.timeline import Event, Story, Timeline

SETTINGS = RenderSettings(steps=2, guidance=2.0)
STORY = Story(text="Rain, then a bell.", duration_s=5.0)


@pytest.fixture(scope="module")
def pair() -> Timeline:
    events = (Event(caption="rain", duration_s=2.0, seed=1), Event(caption="a bell", duration_s=3.0, seed=2))
    return Timeline(story=STORY, events=events)


def own(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def test_an_events_sound_is_its_own_seeds(pipe: AudioStoryPipeline, pair: Timeline):
    told = pipe(pair, settings=SETTINGS)
    single = pipe.render(told.conditions[1:], pipe.samples_of(pair)[1:], [2], settings=SETTINGS)
    assert torch.allclose(single.latents[0], told.rendered.latents[1], atol=1e-4)
    drawn = [torch.Generator().manual_seed(1), torch.Generator().manual_seed(7)]
    other = pipe(pair, starts=drawn, settings=SETTINGS).rendered
    assert torch.allclose(other.latents[0], told.rendered.latents[0], atol=1e-4)
    assert not torch.allclose(other.latents[1], told.rendered.latents[1], atol=1e-2)
    assert [audio.length for audio in other.audios] == pipe.samples_of(pair)


def test_the_global_generator_is_left_alone(pipe: AudioStoryPipeline, pair: Timeline):
    state = torch.get_rng_state()
    pipe(pair, settings=SETTINGS)
    assert torch.equal(state, torch.get_rng_state())


def test_steps_are_counted_over_all_batches_and_each_can_be_cancelled(pipe: AudioStoryPipeline, pair: Timeline):
    seen: list[tuple[int, int]] = []
    pipe(pair, settings=SETTINGS, batch=1, on_step=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    token = CancelToken()
    seen.clear()

    def stop(done: int, total: int) -> None:
        seen.append((done, total))
        if done == 3:
            token.cancel()

    with pytest.raises(Cancelled):
        pipe(pair, settings=SETTINGS, batch=1, cancel=token, on_step=stop)
    assert len(seen) == 3


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"starts": [1]}, SettingsError, "2 events need 2 lengths and 2 seeds"),
        ({"starts": [1, torch.zeros(5, 64)]}, SettingsError, r"shape \[43, 64\], not \[5, 64\]"),
        ({"batch": 0}, SettingsError, "at least one event"),
    ],
)
def test_bad_arguments_are_one_sentence(pipe: AudioStoryPipeline, pair: Timeline, options, error, words):
    with pytest.raises(error, match=words):
        pipe(pair, settings=SETTINGS, **options)


def test_what_cannot_be_rendered_is_said_before_anything_is_computed(pipe: AudioStoryPipeline, pair: Timeline):
    read = pipe.conditioner.tokens_read
    long = replace(pair, events=(replace(pair.events[0], duration_s=29.9), pair.events[1]))
    with pytest.raises(PlanError, match=r"event 1 needs 30.4 s with its crossfade; this model makes at most 30.0 s"):
        pipe(long, settings=SETTINGS)
    with pytest.raises(PlanError, match="without events"):
        pipe(Timeline(story=STORY, events=()), settings=SETTINGS)
    assert pipe.conditioner.tokens_read == read


def test_the_unconditional_embedding_is_computed_once(pipe: AudioStoryPipeline, monkeypatch):
    first = pipe.unconditional()
    assert first.shape == (1, 64, 1024)
    monkeypatch.setattr(pipe.text_encoder, "forward", None)
    assert pipe.unconditional() is first


def test_latents_follow_the_duration_where_the_checkpoint_allows(pipe: AudioStoryPipeline, pair: Timeline, monkeypatch):
    monkeypatch.setitem(pipe.transformer.__dict__["_internal_dict"], "any_length", True)
    told = pipe(pair, settings=SETTINGS)
    assert [len(latents) for latents in told.rendered.latents] == [-(-n // 2048) for n in pipe.samples_of(pair)]


def test_saved_and_loaded_it_is_the_same(pipe: AudioStoryPipeline, pair: Timeline, tmp_path: Path):
    pipe.save_pretrained(tmp_path / "saved")
    again = AudioStoryPipeline.from_pretrained(tmp_path / "saved")
    a, b = pipe(pair, settings=SETTINGS), again(pair, settings=SETTINGS)
    assert torch.allclose(a.conditions, b.conditions, atol=1e-6)
    assert torch.allclose(a.rendered.latents[0], b.rendered.latents[0], atol=1e-5)
    assert not list((tmp_path / "saved").rglob("*.bin"))


def test_with_offloading_every_part_is_called_through_its_hook(folder: Path, pipe, pair: Timeline, monkeypatch):
    offloaded = AudioStoryPipeline.from_pretrained(folder)
    offloaded.enable_model_cpu_offload(device="cpu")  # the mechanism is the same; no accelerator is needed to see it
    fired: list[str] = []
    for name in offloaded.model_cpu_offload_seq.split("->"):
        hook = getattr(offloaded, name)._hf_hook
        before = hook.pre_forward
        monkeypatch.setattr(hook, "pre_forward", lambda *a, _n=name, _b=before, **k: fired.append(_n) or _b(*a, **k))
    told = offloaded(pair, settings=SETTINGS)
    assert list(dict.fromkeys(fired)) == ["llm", "bridge", "text_encoder", "transformer", "autoencoder"]
    assert torch.allclose(told.rendered.latents[0], pipe(pair, settings=SETTINGS).rendered.latents[0], atol=1e-5)


def test_in_bfloat16_it_stays_close(folder: Path, pipe: AudioStoryPipeline, pair: Timeline):
    half = AudioStoryPipeline.from_pretrained(folder, dtype=torch.bfloat16)
    assert {part.dtype for part in (half.llm, half.bridge, half.transformer, half.autoencoder)} == {torch.bfloat16}
    told, exact = half(pair, settings=SETTINGS), pipe(pair, settings=SETTINGS)
    assert told.rendered.latents[0].dtype == torch.float32
    apart = (told.rendered.latents[0] - exact.rendered.latents[0]).abs().mean()
    assert apart < 0.1 * exact.rendered.latents[0].abs().mean()


@pytest.mark.parametrize("name", ["llm", "bridge", "text_encoder", "transformer", "autoencoder"])
def test_an_index_that_names_another_class_is_refused(folder: Path, tmp_path: Path, name: str):
    copy = own(folder, tmp_path)
    index = json.loads((copy / "model_index.json").read_text())
    (copy / "model_index.json").write_text(json.dumps(index | {name: ["os", "system"]}))
    with pytest.raises(FormatError, match=f"'system' as the class of {name}; this version knows"):
        AudioStoryPipeline.from_pretrained(copy)


def test_classes_in_a_parts_own_configuration_are_data(folder: Path, tmp_path: Path, pair: Timeline, pipe):
    """auto_map, _class_name, architectures and tokenizer_class may say what they like."""
    copy = own(folder, tmp_path)
    (copy / "llm" / "evil.py").write_text(f"open({str(tmp_path / 'run')!r}, 'w')")
    for path in (
        copy / "llm" / "config.json",
        copy / "bridge" / "config.json",
        copy / "scheduler" / "scheduler_config.json",
    ):
        evil = {
            "auto_map": {"AutoModelForCausalLM": "evil.Model"},
            "_class_name": "os.system",
            "architectures": ["evil"],
        }
        path.write_text(json.dumps(json.loads(path.read_text()) | evil))
    path = copy / "tokenizer" / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"tokenizer_class": "evil.Tokenizer"}))
    loaded = AudioStoryPipeline.from_pretrained(copy)
    assert type(loaded.bridge) is Bridge
    assert torch.allclose(loaded.condition(pair), pipe.condition(pair), atol=1e-5)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("key", ["_attn_implementation", "quantization_config"])
def test_a_configuration_that_asks_for_other_code_is_refused(folder: Path, tmp_path: Path, key: str):
    copy = own(folder, tmp_path)
    path = copy / "llm" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: "someone/code"}))
    with pytest.raises(FormatError, match=f"asks for {key}"):
        AudioStoryPipeline.from_pretrained(copy)


def test_damage_is_named(folder: Path, tmp_path: Path):
    with pytest.raises(WeightsMissing, match="model_index.json"):
        AudioStoryPipeline.from_pretrained(tmp_path)
    copy = own(folder, tmp_path)
    weights = copy / "bridge" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(WeightsMissing, match="bridge in .* is damaged"):
        AudioStoryPipeline.from_pretrained(copy)
    shutil.rmtree(copy / "transformer")
    shutil.copytree(folder / "bridge", copy / "bridge", dirs_exist_ok=True)
    with pytest.raises(WeightsMissing, match="transformer is missing"):
        AudioStoryPipeline.from_pretrained(copy)
    (copy / "model_index.json").write_text("[]")
    with pytest.raises(FormatError, match="does not describe"):
        AudioStoryPipeline.from_pretrained(copy)


def test_parts_with_missing_or_other_tensors_are_refused(folder: Path, tmp_path: Path):
    from safetensors.torch import load_file, save_file

    copy = own(folder, tmp_path)
    path = copy / "bridge" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(path)
    save_file({k: v for k, v in tensors.items() if k != "fusion.in_proj_bias"}, path)
    with pytest.raises(WeightsMissing, match="bridge"):
        AudioStoryPipeline.from_pretrained(copy)
    save_file(tensors | {"surplus": torch.zeros(1)}, path)
    with pytest.raises(WeightsMissing, match="bridge has unexpected keys: surplus"):
        AudioStoryPipeline.from_pretrained(copy)


def test_a_bridge_and_a_count_that_disagree_are_refused(pipe: AudioStoryPipeline):
    with pytest.raises(SettingsError, match="0 residual tokens do not go with this bridge"):
        AudioStoryPipeline(**pipe.components, residual=0)
    with pytest.raises(SettingsError, match="prompt template"):
        AudioStoryPipeline(**pipe.components, prompt="{story} {0.__class__}")


def test_other_families_fit_the_same_pipeline(pipe: AudioStoryPipeline, pair: Timeline, tmp_path: Path):
    """As nano may be made: a Llama, a BERT for the empty caption, nano's codec, latents as long as the event."""
    torch.manual_seed(0)
    vocabulary = len(pipe.tokenizer)
    llm = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=vocabulary, hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2
        )
    )
    bert = BertConfig(vocab_size=40, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    transformer = AudioStoryTransformer(
        latent_channels=8, condition_width=32, layers=1, single_layers=1, heads=1, head_width=16, rope=(4, 6, 6),
        any_length=True,
    )  # fmt: skip
    other = {
        "llm": llm.eval(),
        "bridge": Bridge(16, width=32, heads=2).eval(),
        "text_encoder": BertModel(bert).eval(),
        "transformer": transformer.eval(),
        "autoencoder": NanoCodec(channels=8, wide=16, middle=16, narrow=8, low_bins=8, oscillators=2).eval(),
    }
    made = AudioStoryPipeline(**pipe.components | other, bridging=4, residual=2)
    told = made(pair, settings=SETTINGS)
    assert told.conditions.shape == (2, 4, 32)
    assert [audio.rate_hz for audio in told.rendered.audios] == [44_100, 44_100]
    made.save_pretrained(tmp_path / "saved")
    again = AudioStoryPipeline.from_pretrained(tmp_path / "saved")(pair, settings=SETTINGS)
    assert (again.rendered.audios[0].samples == told.rendered.audios[0].samples).all()


def test_plain_bridging_needs_no_residual_tokens(pipe: AudioStoryPipeline, pair: Timeline):
    torch.manual_seed(0)
    plain = AudioStoryPipeline(**pipe.components | {"bridge": Bridge(64, residual=False).eval()}, residual=0)
    assert "<aud>" not in plain.tokenizer.decode(plain.script.segments(pair)[2].ids)
    told = plain(pair, settings=SETTINGS)
    assert told.conditions.shape == (2, 64, 1024)
    assert all(torch.isfinite(latents).all() for latents in told.rendered.latents)
