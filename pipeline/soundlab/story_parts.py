"""The pieces of a sound story: clauses with the sounds they make, and openings that make none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.soundlab.inflect import article, ing, ongoing, past, third
from pipeline.soundlab.story_lexicon import Clause, Line, Sound, capital, invented, lexicon, pick, sections, word

TENSES = ("present", "present", "present", "present", "present", "past", "past", "progressive", "imperative")
PLURAL = ("two ", "three ", "the students", "workers", "the crew", "the knights", "the musicians", "they", "we", "you")


def _fill(rng: np.random.Generator, text: str) -> str:
    name = word(rng, "names") if rng.random() < 0.7 else capital(invented(rng))
    return text.format(name=name, year=int(rng.integers(1700, 2200)), hour=int(rng.integers(1, 13)))


def opening(rng: np.random.Generator) -> str:
    """A sentence before the story that makes no sound."""
    return _fill(rng, pick(rng, sections("decoys")["opening"]))


def setting(rng: np.random.Generator) -> str:
    """Where or when, with its comma and a space."""
    if rng.random() < 0.4:
        where = pick(rng, ("In the ", "At the ", "Near the ", "Inside the ", "At a ", "In a ")) + word(rng, "places")
        return where + pick(rng, ("", "", f" {word(rng, 'times')}")) + ", "
    return _fill(rng, pick(rng, sections("decoys")["setting"])) + " "


def title(rng: np.random.Generator) -> str:
    """`"Harbor at sunset: "` and the like."""
    place, time = word(rng, "places"), word(rng, "times")
    forms = (
        f"{capital(place)} {time}: ",
        f"{capital(place)}: ",
        f"A {place} {time}. ",
        f"The story of a {word(rng, 'adjectives')} {place}: ",
        f"A walk through the {place}: ",
        f"{capital(time)} in the {place}: ",
    )
    return pick(rng, forms)


def agent(rng: np.random.Generator) -> str:
    """Who acts in this story."""
    return word(rng, "people") if rng.random() < 0.85 else pick(rng, sections("words")["names"][13:19])


def clause(rng: np.random.Generator, tense: str, *, room: int, agent: str, first: bool) -> Clause:
    """Words for one to `room` sounds in the given tense; `agent` acts where somebody has to."""
    draw = rng.random()
    if tense == "nominal":
        return noun(rng, tense) if draw < 0.45 else source(rng, tense)
    if room >= 2 and draw < 0.24:
        return chain(rng, tense, count=min(room, int(rng.integers(2, 5))))
    if room >= 2 and draw < 0.42:
        return deeds(rng, tense, agent, count=min(room, int(rng.integers(2, 4))))
    if room >= 2 and draw < 0.50:
        return paired(rng, first=first)
    if draw < 0.66:
        return deeds(rng, tense, agent, count=1)
    if draw < 0.75:
        return noun(rng, tense)
    return source(rng, tense)


def _number(rng: np.random.Generator, subject: str) -> tuple[str, str, bool]:
    """(with article, bare, plural) of a lexicon subject, sometimes with an adjective or replaced by a new word."""
    mark, bare = (subject[0], subject[1:]) if subject[0] in "+~" else ("", subject)
    if mark != "~" and rng.random() < 0.08:
        bare, mark = invented(rng), ""
    bare = bare.removeprefix("the ") if mark != "~" else bare
    if mark != "~" and rng.random() < 0.25:
        bare = f"{word(rng, 'adjectives')} {bare}"
    if mark == "+":
        return pick(rng, ("", "", "the ", "some ", "several ", "two ")) + bare, bare, True
    if mark == "~" or "'s " in bare:
        plural = bare.endswith(("rapids", "embers", "waves"))
        return bare, bare, plural
    return pick(rng, (article(bare), article(bare), f"the {bare}")), bare, False


def _conjugated(phrase: str, tense: str, *, plural: bool) -> str:
    head = phrase.replace(" and ", "\0").split("\0")
    forms = {"past": past, "progressive": ing, "nominal": ing, "present": (lambda verb: verb) if plural else third}
    be = ("are " if plural else "is ") if tense == "progressive" else ""
    return be + " and ".join(
        forms.get(tense, third)(part) if n == 0 or " " not in part else part for n, part in enumerate(head)
    )


def source(rng: np.random.Generator, tense: str) -> Clause:
    """Something sounds: `"an old hound growls behind the fence"`."""
    lines = lexicon("sources")
    line = lines[int(rng.integers(len(lines)))]
    np_, bare, plural = _number(rng, pick(rng, line.heads))
    verb = pick(rng, line.verbs)
    if rng.random() < 0.06:
        verb = pick(rng, lines[int(rng.integers(len(lines)))].verbs)
    rest = " " + pick(rng, line.details) if rng.random() < 0.45 else ""
    text = _sounding(rng, np_, verb, tense, plural=plural) + rest
    if tense in ("present", "past") and rng.random() < 0.04:  # an end is no sound of its own
        stop = "stop" if plural else "stops"
        text += " and then " + ("stopped" if tense == "past" else stop)
    return Clause(text, (_heard(bare, ongoing(verb), rest, line.kind),))


def _sounding(rng: np.random.Generator, np_: str, verb: str, tense: str, *, plural: bool) -> str:
    if tense == "nominal":
        return pick(
            rng,
            (
                f"{np_} {ing(verb)}",
                f"{np_} {ing(verb)}",
                f"the {ing(verb.split(' ')[0])} of {np_}" if " " not in verb else f"{np_} {ing(verb)}",
            ),
        )
    if tense != "past" and rng.random() < 0.14:
        start, keep = ("start", "keep") if plural else ("starts", "keeps")
        return word(rng, "heard").format(
            np=np_, ing=ing(verb), base=verb, starts=pick(rng, (start, start.replace("start", "begin"))), keeps=keep
        )
    tense = "present" if tense == "imperative" else tense
    return f"{np_} {_conjugated(verb, tense, plural=plural)}"


def _heard(bare: str, doing: str, rest: str, kind: str) -> Sound:
    """One wording, so that nothing is left to guess: the story's noun, its verb as an -ing form, its place."""
    return Sound(f"{bare} {doing}", f"{bare} {doing}{rest}", kind)


def deeds(rng: np.random.Generator, tense: str, agent: str, *, count: int) -> Clause:
    """Somebody does one thing or several in a row: `"she opens the door, runs off and starts the car"`."""
    lines = lexicon("actions")
    drawn = [lines[int(rng.integers(len(lines)))] for _ in range(count)]
    verbs = [pick(rng, line.heads) for line in drawn]
    rests = [" " + pick(rng, line.details) if line.details and rng.random() < 0.3 else "" for line in drawn]
    sounds = tuple(_deed(verb, rest, line) for verb, rest, line in zip(verbs, rests, drawn, strict=True))
    plural = agent in ("I", "we", "they", "you") or agent.startswith(PLURAL)
    if tense == "imperative":
        said = verbs
    else:
        be = "am" if agent == "I" else "are" if plural else "is"
        said = [
            {"past": past(v), "progressive": f"{be if n == 0 else ''} {ing(v)}".strip()}.get(
                tense, v if plural else third(v)
            )
            for n, v in enumerate(verbs)
        ]
    phrases = [word + rest for word, rest in zip(said, rests, strict=True)]
    if rng.random() < 0.14 and tense in ("present", "past"):
        silent = pick(rng, sections("decoys")["aside"])
        phrases.insert(
            int(rng.integers(0, len(phrases) + 1)), silent if tense == "present" and not plural else past(_base(silent))
        )
    if rng.random() < 0.07:
        phrases[-1] += f", {pick(rng, sections('decoys')['because'])}"
    return Clause(("" if tense == "imperative" else agent + " ") + _listed(rng, phrases), sounds)


def _base(phrase: str) -> str:
    head, _, rest = phrase.partition(" ")
    head = {"is": "be", "watches": "watch"}.get(head, head[:-1])
    return f"{head} {rest}"


def _deed(verb: str, rest: str, line: Line) -> Sound:
    key = line.captions[0].format(ing=ing(verb)) if line.captions else ing(verb)
    return Sound(key, key + rest, line.kind)


def _listed(rng: np.random.Generator, phrases: Sequence[str]) -> str:
    if len(phrases) == 1:
        return phrases[0]
    last = pick(rng, (" and ", ", then ", ", and ", " and then ", ", and finally "))
    return ", ".join(phrases[:-1]) + last + phrases[-1]


def chain(rng: np.random.Generator, tense: str, *, count: int) -> Clause:
    """One thing does several, in an order that makes sense: each is a sound of its own."""
    lines = lexicon("chains")
    line = lines[int(rng.integers(len(lines)))]
    chosen = sorted(int(i) for i in rng.choice(len(line.verbs), size=min(count, len(line.verbs)), replace=False))
    verbs = [line.verbs[i] for i in chosen]
    subject = pick(rng, line.heads)
    plural = subject in (
        "waves",
        "fans",
        "protesters",
        "children",
        "soldiers",
        "wolves",
        "drummers",
        "bees",
        "cattle",
        "monkeys",
    )
    np_, bare, plural = _number(rng, ("+" if plural else "~" if subject[0].isupper() else "") + subject)
    tense = "present" if tense == "imperative" else tense
    said = [_conjugated(verb, tense, plural=plural) for verb in verbs]
    said = [word.removeprefix("is ").removeprefix("are ") if n else word for n, word in enumerate(said)]
    sounds = tuple(Sound(f"{bare} {ing(verb)}", f"{bare} {ing(verb)}", "s") for verb in verbs)
    return Clause(f"{np_} {_listed(rng, said)}", sounds)


def noun(rng: np.random.Generator, tense: str) -> Clause:
    """A sound that is only named: `"we hear a burst of laughter"`."""
    lines = lexicon("nouns")
    line = lines[int(rng.choice(len(lines), p=_weights(lines)))]
    name = pick(rng, line.heads)
    if rng.random() < 0.25:
        place = word(rng, "places")
        forms = (f"in the {place}", f"near the {place}", word(rng, "times"), "in the distance", "far away")
        name = f"{name} {pick(rng, forms)}"
    text = name if tense == "nominal" else word(rng, "noun_heard").format(np=name)
    plain = name.removeprefix("a ").removeprefix("an ")
    if tense == "nominal" and rng.random() < 0.5:
        text = plain
    return Clause(text, (Sound(plain, plain, line.kind),))


def _weights(lines: Sequence[Line]) -> np.ndarray:
    sizes = np.array([len(line.heads) for line in lines], float)
    return sizes / sizes.sum()


def paired(rng: np.random.Generator, *, first: bool) -> Clause:
    """Two sounds in one clause: a place with a sound and another, one fading into the next, one with another."""
    one, two = source(rng, "nominal"), source(rng, "nominal")
    a, b = one.sounds[0], two.sounds[0]
    draw = rng.random()
    if draw < 0.2:
        fading = pick(rng, sections("decoys")["fading"])
        ending = f"{a.key.rsplit(' ', 1)[0]} {ing(_base_fading(fading))}"
        end = Sound(ending, ending, "s")
        whole = source_text(rng, one)
        return Clause(f"{whole} and {fading}", (a, end))
    if first and draw < 0.5:
        place = f"{article(word(rng, 'places'))} {word(rng, 'times')}"
        return Clause(
            f"{place} with {one.text}, {two.text}" if rng.random() < 0.5 else f"{place} with {one.text}; {two.text}",
            (a, b),
        )
    joins = (
        " with ",
        " gives way to ",
        " turns into ",
        ", accompanied by ",
        " over ",
        " and behind it ",
        ", answered by ",
        " followed by ",
        " to the sound of ",
        " drowned out by ",
        ", punctuated by ",
    )
    return Clause(f"{one.text}{pick(rng, joins)}{two.text}", (a, b))


def _base_fading(phrase: str) -> str:
    return {"slowly fades away": "fade slowly away"}.get(phrase) or third_to_base(phrase)


def third_to_base(phrase: str) -> str:
    """`"recedes"` -> `"recede"`."""
    head, _, rest = phrase.partition(" ")
    head = "die" if head == "dies" else head[:-1]
    return f"{head} {rest}".strip()


def source_text(rng: np.random.Generator, clause: Clause) -> str:
    """The clause as a heard thing, in the present."""
    return f"{pick(rng, ('the sound of ', 'the noise of ', 'we hear '))}{clause.text}"


def silence(rng: np.random.Generator) -> Clause:
    """The story goes quiet: a sound event of its own."""
    text, _, caption = pick(rng, sections("decoys")["silence"]).partition(">")
    return Clause(text.strip(), (Sound(caption.strip(), caption.strip(), "s"),))
