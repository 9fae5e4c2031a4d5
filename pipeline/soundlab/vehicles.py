"""Road vehicles: cars, motorbikes, lorries, horns and tyres.

Knows nothing of rail, air and water (see vehicles_transit), which are registered with this family too.
"""

from __future__ import annotations

import numpy as np

from pipeline.soundlab import vehicles_transit  # noqa: F401  (registers the rest of the family)
from pipeline.soundlab.dsp import (
    bandpass,
    coloured,
    decay,
    distant,
    faded,
    highpass,
    lowpass,
    normalised,
    onsets,
    pick,
    place,
    resonance,
    reverb,
    samples_of,
    slow,
    soft_clip,
    struck,
    tone,
    wavetable,
    white,
)
from pipeline.soundlab.engines import between, engine, graded, passes, repeated
from pipeline.soundlab.liquids import unit
from pipeline.soundlab.registry import Draw, concept


def _drift(rng: np.random.Generator, n: int, hz: float, amount: float, rate_hz: float = 0.8) -> np.ndarray:
    return hz * slow(rng, n, rate_hz=rate_hz, low=1 - amount, high=1 + amount)


@concept(
    "car_idle",
    family="vehicles",
    heard_as=(
        "Idling", "Engine", "Car", "Medium engine (mid frequency)", "Heavy engine (low frequency)",
        "Engine knocking",
    ),
    captions=(
        "a car idling", "{age} car engine idles", "the engine of a parked car ticks over",
        "{age} engine idling {tempo}", "car engine running at idle", "{tempo} idling of {age} car",
        "a motor ticking over at the kerb", "{age} car waits with the engine on", "low rumble of an idling engine",
        "a petrol engine hums in neutral", "{age} car engine ticking over",
    ),
    held_out=(
        "a stationary car with its engine running", "{age} motor idles in the driveway", "engine purring in neutral",
    ),
)  # fmt: skip
def car_idle(rng: np.random.Generator, duration_s: float) -> Draw:
    """Four cylinders firing 20 to 32 times a second, rougher for old cars."""
    n = samples_of(duration_s)
    age, rough = graded(rng, {"an old": (0.08, 0.15), "a modern": (0.01, 0.04)})
    tempo, hz = graded(rng, {"slowly": (17, 21), "quickly": (26, 34)})
    rate = _drift(rng, n, hz, 0.03 + rough / 4, 1.5)
    x = engine(
        rng,
        rate,
        body_hz=rng.uniform(90, 150),
        bright_hz=rng.uniform(1200, 2500),
        jitter=rough,
        uneven=3 * rough,
        hiss=0.5,
    )
    x = x + 0.4 * normalised(bandpass(white(rng, n), 100, 1800, order=1)) * slow(rng, n, rate_hz=3, low=0.8)
    words = {"age": age, "tempo": {"slowly": "slow", "quickly": "fast"}[tempo]}
    return Draw(faded(normalised(x)), words)


@concept(
    "car_passing",
    family="vehicles",
    heard_as=(
        "Car passing by", "Car", "Motor vehicle (road)", "Traffic noise, roadway noise", "Vehicle",
        "Race car, auto racing",
    ),
    captions=(
        "a car passing by", "a car drives past {speed}", "cars going by on the road", "{speed} passing car",
        "vehicle whooshes past", "a car {speed} passes {distance}", "car drive-by", "tyres hiss as a car goes past",
        "passing cars {distance}", "an automobile rushing by", "a car comes and goes {distance}",
    ),
    held_out=("a vehicle driving past {distance}", "car swooshing by", "somebody drives by {speed}"),
)  # fmt: skip
def car_passing(rng: np.random.Generator, duration_s: float) -> Draw:
    """Tyre noise and an engine passing the listener, again and again."""
    n = samples_of(duration_s)
    speed, metres_s = graded(rng, {"slowly": (10, 15), "fast": (22, 35)})
    distance, nearest = graded(rng, {"close by": (3, 5), "in the distance": (12, 20)})
    motor = engine(rng, _drift(rng, n, metres_s * 4, 0.05), body_hz=120, hiss=0.3)
    tyres = normalised(bandpass(white(rng, n), 500, 1300, order=1)) + normalised(coloured(rng, n, slope_db=-5), 0.9)
    source = 0.5 * motor + normalised(tyres)
    x = passes(
        source, rng, every_s=(2.2, 4.0), speed_m_s=(metres_s, metres_s * 1.3), nearest_m=(nearest, nearest * 1.4)
    )
    return Draw(
        distant(normalised(x), rng, amount=0.3 * (distance != "close by")), {"speed": speed, "distance": distance}
    )


@concept(
    "car_start",
    family="vehicles",
    heard_as=("Engine starting", "Engine", "Car", "Accelerating, revving, vroom", "Idling"),
    captions=(
        "a car engine starting", "{ease} car starts up", "the engine cranks and catches", "starting the car",
        "a starter motor whines {cranks}", "{ease} engine is started", "car ignition, then the engine runs",
        "an engine coughs into life", "turning the key, the motor starts", "{ease} car cranking {cranks}",
    ),
    held_out=(
        "someone starts {ease} car", "the ignition turns and a motor fires up", "engine cranking over and starting",
    ),
)  # fmt: skip
def car_start(rng: np.random.Generator, duration_s: float) -> Draw:
    """A starter cranking (chugging whine), then the engine catching, racing and settling to idle."""
    n = samples_of(duration_s)
    ease, crank_s = graded(rng, {"a willing": (0.4, 0.8), "a reluctant": (1.0, 1.8)})
    crank_s = min(crank_s, duration_s * 0.45)
    t_crank = samples_of(crank_s)
    chug = 0.55 + 0.45 * tone(_drift(rng, t_crank, rng.uniform(8, 12), 0.1), t_crank)
    hz = _drift(rng, t_crank, rng.uniform(150, 230), 0.03) * (0.9 + 0.1 * chug)
    crank = (
        wavetable(hz, t_crank, (1, 0.6, 0.5, 0.5, 0.3, 0.3, 0.2, 0.2)) * chug
        + 0.4 * bandpass(white(rng, t_crank), 800, 4000) * chug
    )
    rest = n - t_crank
    idle = rng.uniform(22, 30)
    rate = between(rest, ((0, 12), (0.35, idle * rng.uniform(2.2, 3.5)), (1.3, idle * 1.2), (2.2, idle), (60, idle)))
    loud = between(rest, ((0, 0.4), (0.3, 1), (1.5, 0.7), (60, 0.6)))
    x = np.concatenate(
        (0.45 * normalised(crank), loud * engine(rng, rate, body_hz=rng.uniform(80, 120), hiss=0.2, jitter=0.04))
    )
    return Draw(faded(x), {"ease": ease, "cranks": "briefly" if ease == "a willing" else "for long"})


@concept(
    "motorbike",
    family="vehicles",
    heard_as=(
        "Motorcycle", "Accelerating, revving, vroom", "Engine", "Race car, auto racing",
        "Light engine (high frequency)",
    ),
    captions=(
        "a motorbike revving", "{kind} motorcycle revs its engine", "motorcycle engine roars",
        "{kind} motorbike accelerates", "a biker opens the throttle", "revving of {kind} bike",
        "motorcycle riding off", "the growl of {kind} motorcycle", "a motorbike engine blipping",
        "someone revs a motorcycle hard",
    ),
    held_out=("{kind} motorcycle engine growling", "a motorbike speeding up", "throttle blips on a motorbike"),
)  # fmt: skip
def motorbike(rng: np.random.Generator, duration_s: float) -> Draw:
    """One or two cylinders revved up and down through an open pipe."""
    n = samples_of(duration_s)
    kind, hz = graded(rng, {"a heavy": (22, 32), "a small, high-pitched": (60, 90)})
    curve = slow(rng, n, rate_hz=rng.uniform(0.5, 0.9), low=0, high=1) ** 1.5
    rate = lowpass(hz * (1 + curve * rng.uniform(2, 3.5)), 4, order=1) + hz * 0.3
    heavy = kind == "a heavy"
    x = engine(rng, rate, body_hz=110 if heavy else 210, bright_hz=3500, tau_s=0.010 if heavy else 0.006, cylinders=2,
               uneven=0.45, jitter=0.02, hiss=0.15, drive=3.0)  # fmt: skip
    return Draw(faded(x * (0.45 + 0.55 * curve)), {"kind": kind})


@concept(
    "truck",
    family="vehicles",
    heard_as=(
        "Truck", "Heavy engine (low frequency)", "Engine", "Idling", "Bus", "Medium engine (mid frequency)",
        "Engine knocking",
    ),
    captions=(
        "a truck with a diesel engine", "a heavy lorry {action}", "diesel truck rumbling", "{weight} truck {action}",
        "a lorry's big engine growls", "{weight} lorry engine", "a truck engine clatters",
        "deep diesel rumble of {weight} truck", "a big rig {action}", "the heavy engine of a goods lorry",
    ),
    held_out=("{weight} diesel lorry {action}", "a hauler's engine throbbing", "a truck rumbling nearby"),
)  # fmt: skip
def truck(rng: np.random.Generator, duration_s: float) -> Draw:
    """A slow, deep diesel with knocking combustion and, when pulling away, rising gears."""
    n = samples_of(duration_s)
    action, weight = pick(rng, "idling", "pulling away"), pick(rng, "a laden", "an empty")
    hz = rng.uniform(20, 26) if weight == "a laden" else rng.uniform(28, 36)
    saw = (np.arange(n) / samples_of(rng.uniform(2.2, 3.2))) % 1.0
    rate = _drift(rng, n, hz, 0.03) * (1 + (1.3 * saw if action == "pulling away" else 0))
    x = engine(
        rng, rate, body_hz=rng.uniform(45, 75), bright_hz=2600, tau_s=0.018, cylinders=6, jitter=0.04, hiss=0.3, drive=2
    )
    knock = resonance(x, rng.uniform(1400, 2200), q=3) * 0.8
    turbo = bandpass(white(rng, n), 2500, 6000) * 0.02 * (1 + 3 * (rate / rate.max()) ** 2)
    return Draw(faded(normalised(x + knock + turbo)), {"action": action, "weight": weight})


@concept(
    "bus",
    family="vehicles",
    heard_as=("Bus", "Truck", "Heavy engine (low frequency)", "Air brake", "Engine", "Medium engine (mid frequency)"),
    captions=(
        "a city bus", "a bus {action}", "bus engine and the hiss of its doors", "{age} bus {action}",
        "a coach rumbles at a stop", "public bus with hissing air", "{age} bus engine droning",
        "a bus waiting at the stop", "the diesel drone of {age} bus", "a bus hisses and hums",
    ),
    held_out=("{age} city bus {action}", "a coach with pneumatic hisses", "the engine of a bus at a stop"),
)  # fmt: skip
def bus(rng: np.random.Generator, duration_s: float) -> Draw:
    """A muffled diesel drone with door and brake air released now and then."""
    n = samples_of(duration_s)
    action, age = pick(rng, "waits at the stop", "drives off"), pick(rng, "an old", "a new")
    climb = (np.arange(n) / samples_of(rng.uniform(3, 5))) % 1.0 if action == "drives off" else 0.0
    rate = _drift(rng, n, rng.uniform(26, 34), 0.03) * (1 + 1.2 * climb)
    x = engine(rng, rate, body_hz=70, bright_hz=1200 if age == "a new" else 2600, tau_s=0.016, cylinders=6, hiss=0.2,
               jitter=0.02 if age == "a new" else 0.07)  # fmt: skip
    for at_s in onsets(rng, duration_s, every_s=(2.5, 5), first_s=1.0):
        place(x, air_burst(rng, rng.uniform(0.4, 0.9)), samples_of(at_s), 0.35)
    return Draw(faded(normalised(x)), {"action": action, "age": age})


def air_burst(rng: np.random.Generator, seconds: float) -> np.ndarray:
    """Compressed air let go: a sharp sneeze that falls in brightness."""
    m = samples_of(seconds)
    hiss = highpass(white(rng, m), rng.uniform(1200, 2500)) + 0.5 * resonance(
        white(rng, m), rng.uniform(2500, 4500), q=3
    )
    return normalised(hiss * decay(m, tau_s=seconds * rng.uniform(0.2, 0.5), attack_s=0.006))


@concept(
    "air_brake",
    family="vehicles",
    heard_as=("Air brake", "Hiss", "Truck", "Bus", "Steam", "Spray"),
    captions=(
        "an air brake hissing", "{length} hiss of air brakes", "truck air brakes release", "pneumatic brakes sneeze",
        "{length} burst of brake air", "a lorry lets off its air brakes", "compressed air escapes from the brakes",
        "air brakes let go {length}", "psssht of a truck's brakes", "a bus releasing brake pressure",
    ),
    held_out=(
        "the {length} sneeze of an air brake", "brakes of a heavy lorry hissing", "release of compressed brake air",
    ),
)  # fmt: skip
def air_brake(rng: np.random.Generator, duration_s: float) -> Draw:
    """Bursts of released air over a quiet idling diesel."""
    n = samples_of(duration_s)
    length, seconds = graded(rng, {"short": (0.3, 0.6), "long": (0.9, 1.6)})
    x = 0.06 * engine(rng, _drift(rng, n, rng.uniform(26, 34), 0.02), body_hz=60, bright_hz=700, hiss=0.3, cylinders=6)
    for at_s in onsets(rng, duration_s, every_s=(seconds + 0.5, seconds + 1.6), first_s=0.3):
        place(x, air_burst(rng, seconds * rng.uniform(0.8, 1.2)), samples_of(at_s), rng.uniform(0.5, 0.9))
    return Draw(faded(reverb(x, rng, seconds=0.5, wet=0.15)), {"length": length})


@concept(
    "tractor",
    family="vehicles",
    heard_as=(
        "Heavy engine (low frequency)", "Engine", "Medium engine (mid frequency)", "Engine knocking", "Idling",
        "Truck",
    ),
    captions=(
        "a tractor chugging", "an old tractor {tempo} chugs", "farm tractor at work", "{tempo} chugging tractor",
        "a diesel tractor in the field", "tractor engine putters {tempo}", "the put-put of a farm engine",
        "a tractor {distance}", "a farmer's tractor runs {distance}", "an old diesel thudding along",
    ),
    held_out=("a vintage tractor puttering {tempo}", "farm machinery chugging {distance}", "a tractor's slow engine"),
)  # fmt: skip
def tractor(rng: np.random.Generator, duration_s: float) -> Draw:
    """A big diesel of few cylinders: separate knocking beats, 15 to 24 a second."""
    n = samples_of(duration_s)
    tempo, hz = graded(rng, {"slowly": (15, 17.5), "briskly": (19, 24)})
    distance = pick(rng, "close by", "far off")
    x = engine(rng, _drift(rng, n, hz, 0.04), body_hz=rng.uniform(95, 120), bright_hz=2800, tau_s=0.0134, cylinders=3,
               uneven=rng.uniform(0.12, 0.25), jitter=0.07, hiss=0.24, drive=1.4)  # fmt: skip
    knock = 0.21 * unit(resonance(x, rng.uniform(1450, 1900), q=3))
    clatter = rng.uniform(0.6, 0.8) * unit(bandpass(x * white(rng, n), 800, 5000, order=1))
    x = unit(x) + knock + clatter + 0.08 * unit(coloured(rng, n, slope_db=-4))
    near = normalised(reverb(x, rng, seconds=0.5, wet=0.18), rng.uniform(0.33, 0.6))
    return Draw(
        faded(distant(near, rng, amount=0.15 * (distance == "far off"))), {"tempo": tempo, "distance": distance}
    )


def _horn(rng: np.random.Generator, seconds: float, hz: float) -> np.ndarray:
    m = samples_of(seconds)
    amps = [1 / k**0.45 for k in range(1, 26)]
    pitch = hz * (1 - 0.03 * np.exp(-np.arange(m) / 1500))
    both = wavetable(pitch, m, amps) + wavetable(pitch * rng.uniform(1.19, 1.27), m, amps)
    return faded(normalised(bandpass(soft_clip(both / 4, 2), 320, 6000, order=1)), 0.02)


@concept(
    "car_horn",
    family="vehicles",
    heard_as=("Vehicle horn, car horn, honking", "Toot", "Air horn, truck horn", "Train horn", "Car alarm"),
    captions=(
        "a car horn honking", "{length} honks of a car horn", "someone beeps the horn", "a driver leans on the horn",
        "{length} beeps of a horn", "angry honking in traffic", "a vehicle honks {distance}", "car horn blaring",
        "{length} toots {distance}", "a motorist hoots",
    ),
    held_out=("an impatient driver honks", "{length} hoots of a car {distance}", "horn beeping in the street"),
)  # fmt: skip
def car_horn(rng: np.random.Generator, duration_s: float) -> Draw:
    """Two reedy diaphragm horns a third apart."""
    n = samples_of(duration_s)
    length, seconds = graded(rng, {"short": (0.15, 0.35), "long": (0.8, 1.6)})
    distance, hz = pick(rng, "close by", "down the street"), rng.uniform(330, 440)
    x = 0.02 * coloured(rng, n, slope_db=-5)
    at_s = float(rng.uniform(0.02, 0.2))
    while at_s < duration_s:
        blast = seconds * float(rng.uniform(0.8, 1.2))
        place(x, _horn(rng, blast, hz), samples_of(at_s))
        at_s += blast + float(rng.uniform(0.1, 0.9))
    x = reverb(x, rng, seconds=0.8, wet=0.15)
    return Draw(faded(distant(x, rng, amount=0.4 * (distance != "close by"))), {"length": length, "distance": distance})


@concept(
    "traffic",
    family="vehicles",
    heard_as=("Traffic noise, roadway noise", "Vehicle", "Motor vehicle (road)", "Car", "Car passing by"),
    captions=(
        "city traffic", "{density} traffic on a busy road", "cars and lorries stream by",
        "street noise with passing vehicles", "{density} road traffic {place}", "a busy street {place}",
        "the hum of traffic", "vehicles moving along a motorway", "{density} traffic noise",
        "rush hour on the avenue",
    ),
    held_out=("{density} flow of cars {place}", "urban road noise", "a highway with cars rushing past"),
)  # fmt: skip
def traffic(rng: np.random.Generator, duration_s: float) -> Draw:
    """A brown bed with many overlapping passes of tyres and engines, and a far horn in town."""
    n = samples_of(duration_s)
    density, gap = graded(rng, {"dense": (0.8, 1.3), "light": (2.2, 3.5)})
    place_word = pick(rng, "in the city", "on the open road")
    motor = engine(rng, _drift(rng, n, rng.uniform(50, 100), 0.1), body_hz=120, hiss=0.3)
    tyres = normalised(bandpass(white(rng, n), 500, 1300, order=1)) + normalised(coloured(rng, n, slope_db=-5), 0.9)
    x = passes(0.5 * motor + tyres, rng, every_s=(gap, gap * 1.8), speed_m_s=(9, 22), nearest_m=(5, 14))
    hum = engine(rng, _drift(rng, n, rng.uniform(28, 40), 0.1), body_hz=70, bright_hz=700, hiss=0.1)
    x = normalised(x) + 0.03 * coloured(rng, n, slope_db=-6) + 0.3 * hum
    if place_word == "in the city":
        for at_s in onsets(rng, duration_s, every_s=(3, 7), first_s=2.5):
            place(
                x,
                distant(_horn(rng, rng.uniform(0.2, 0.6), rng.uniform(330, 440)), rng, amount=0.5),
                samples_of(at_s),
                0.25,
            )
    return Draw(faded(normalised(x)), {"density": density, "place": place_word})


@concept(
    "race_car",
    family="vehicles",
    heard_as=(
        "Race car, auto racing", "Accelerating, revving, vroom", "Motorcycle", "Car passing by", "Engine", "Car",
    ),
    captions=(
        "a race car screaming past", "racing cars {action}", "formula car at full throttle",
        "high-revving race engine {action}", "motor race", "a racing engine howls", "cars {action} on a race track",
        "the scream of a race car", "race cars zoom by", "auto racing, engines wailing",
    ),
    held_out=("a sports car {action} at top speed", "racing engines whining", "a lap on the race track"),
)  # fmt: skip
def race_car(rng: np.random.Generator, duration_s: float) -> Draw:
    """A high-revving engine, either passing with strong Doppler or changing up through gears."""
    n = samples_of(duration_s)
    action, base = pick(rng, "speeding past", "accelerating"), rng.uniform(150, 260)
    saw = (np.arange(n) / samples_of(rng.uniform(0.9, 1.6))) % 1.0
    shift = 1 + 0.6 * saw**0.7 if action == "accelerating" else 1 + 0.03 * saw
    x = engine(rng, base * shift, body_hz=rng.uniform(250, 450), bright_hz=6000, tau_s=0.004, cylinders=8, uneven=0.25,
               jitter=0.015, hiss=0.25, drive=3)  # fmt: skip
    if action == "speeding past":
        x = passes(x, rng, every_s=(1.8, 3.2), speed_m_s=(50, 80), nearest_m=(8, 16))
    return Draw(faded(reverb(normalised(x), rng, seconds=0.9, wet=0.15)), {"action": action})


@concept(
    "skid",
    family="vehicles",
    heard_as=("Tire squeal", "Skidding"),
    captions=(
        "tyres squealing", "{length} tyre screech", "a car skids on the road", "brakes slammed, tyres screech",
        "{length} skid of a car", "screeching tires", "a car skidding round a corner", "rubber squeals on asphalt",
        "{length} squeal of tires", "wheels lock and screech",
    ),
    held_out=(
        "a {length} screech as a car brakes hard", "squealing rubber on tarmac",
        "a car drifting with screaming tires",
    ),
)  # fmt: skip
def skid(rng: np.random.Generator, duration_s: float) -> Draw:
    """Stick-slip: several close, wavering squeal pitches with noise, over an engine."""
    n = samples_of(duration_s)
    length, seconds = graded(rng, {"short": (0.5, 0.9), "long": (1.5, 2.5)})
    x = 0.25 * engine(rng, _drift(rng, n, 70, 0.3), hiss=0.3)
    at_s = float(rng.uniform(0.02, 0.2))
    while at_s < duration_s:
        m = samples_of(seconds * rng.uniform(0.8, 1.2))
        squeal = 1.2 * bandpass(white(rng, m), 700, 3000, order=1)
        for _ in range(7):
            hz = (
                rng.uniform(850, 1700)
                * slow(rng, m, rate_hz=3, low=0.97, high=1.03)
                * (1 + 0.1 * lowpass(white(rng, m), 200))
            )
            squeal += (
                0.35 * wavetable(hz, m, (1, 0.5, 0.35, 0.15))
                + normalised(resonance(white(rng, m), rng.uniform(800, 1600), q=18), 1.2)
            ) * slow(rng, m, rate_hz=9, low=0.3)
        place(x, faded(normalised(squeal) * slow(rng, m, rate_hz=4, low=0.6), 0.06), samples_of(at_s))
        at_s += m / 44_100 + float(rng.uniform(0.1, 0.7))
    return Draw(faded(reverb(x, rng, seconds=0.6, wet=0.15)), {"length": length})


@concept(
    "bicycle",
    family="vehicles",
    heard_as=("Bicycle", "Bicycle bell", "Ratchet, pawl", "Tick", "Mechanisms"),
    captions=(
        "a bicycle freewheeling", "{tempo} clicking of a bicycle freewheel", "a bike rolls along {where}",
        "someone cycles past, hub ticking", "bicycle wheel ticking", "a bike coasting {where}",
        "{tempo} ticks of a bicycle hub", "the whirr of a bicycle", "pedal bike ticking along",
        "cyclist coasting with a clicking hub",
    ),
    held_out=("a bike's freewheel ticks {tempo}", "coasting on a pushbike {where}", "bicycle chain and wheels"),
)  # fmt: skip
def bicycle(rng: np.random.Generator, duration_s: float) -> Draw:
    """A freewheel's pawls clicking, soft tyres, a rattle now and then."""
    n = samples_of(duration_s)
    tempo, hz = graded(rng, {"slow": (9, 15), "rapid": (24, 40)})
    where, rough = graded(rng, {"on smooth tarmac": (0.02, 0.04), "on gravel": (0.2, 0.35)})
    m = samples_of(0.02)
    click = struck(rng.uniform(2200, 7500, 6), rng.uniform(0.4, 1, 6), rng.uniform(0.001, 0.004, 6), m, rng)
    x = repeated(rng, n, normalised(click), hz * slow(rng, n, rate_hz=0.4, low=0.75, high=1.2), spread=0.25)
    tyres = bandpass(white(rng, n), 500, 4000, order=1) * slow(rng, n, rate_hz=12, low=0.3) * rough
    return Draw(faded(normalised(x + tyres)), {"tempo": tempo, "where": where})
