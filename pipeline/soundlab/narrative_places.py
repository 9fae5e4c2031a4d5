"""The places of narratives: their rooms, the beds that lie under everything there, and the sounds that belong to them.

Tables only. Of every group of wordings the last is held out: only the test split says it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Room:
    """How a place answers: 60 dB decay in seconds, share of reflections, and the bands that remain in Hz."""

    name: str
    decay_s: float
    wet: float
    bright_hz: float
    lowpass_hz: float = 20_000.0
    highpass_hz: float = 20.0


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a scene plays. `wordings` say it in a story, `nouns` may appear in no caption."""

    name: str
    room: str
    roofed: bool
    beds: tuple[str, ...]
    bed_db: tuple[float, float]
    sounds: tuple[str, ...]
    wordings: tuple[str, ...]
    nouns: tuple[str, ...]


ROOMS = {
    room.name: room
    for room in (
        Room(name="open", decay_s=0.15, wet=0.04, bright_hz=9000),
        Room(name="street", decay_s=0.6, wet=0.14, bright_hz=6000),
        Room(name="small", decay_s=0.4, wet=0.28, bright_hz=4500),
        Room(name="tiled", decay_s=0.9, wet=0.35, bright_hz=10_000),
        Room(name="hall", decay_s=2.6, wet=0.48, bright_hz=5000),
        Room(name="cave", decay_s=3.4, wet=0.55, bright_hz=2800),
        Room(name="cabin", decay_s=0.12, wet=0.3, bright_hz=2500, lowpass_hz=6500, highpass_hz=70),
        Room(name="water", decay_s=1.4, wet=0.5, bright_hz=900, lowpass_hz=750),
    )
}

# A word of a bed's captions: an event's caption that says it would give the bed away.
BED_WORDS = {
    "wind": ("wind", "breeze", "gust"),
    "wind_howling": ("wind", "gale"),
    "wind_in_leaves": ("wind", "leaves", "breeze", "tree", "foliage"),
    "stream": ("stream", "brook", "creek"),
    "river": ("river", "rapids"),
    "ocean_waves": ("wave", "surf", "ocean", "sea "),
    "waves_lapping": ("wave", "lapping", "ripple"),
    "crickets": ("cricket", "chirp"),
    "cicadas": ("cicada",),
    "songbirds": ("bird", "chirp"),
    "dawn_chorus": ("bird", "chorus"),
    "traffic": ("traffic", "cars"),
    "crowd_murmur": ("crowd", "murmur", "people"),
    "campfire": ("fire", "crackl", "flame"),
    "underwater": ("water", "bubble"),
    "engine_hum": ("hum", "engine", "drone"),
    "clock_tick": ("clock", "tick"),
    "car_idle": ("car", "engine"),
    "truck": ("truck", "engine"),
    "boiling": ("boil", "simmer"),
    "fountain": ("fountain",),
    "waterfall": ("waterfall", "cascade"),
    "subway": ("subway", "train", "metro"),
}

# How a story says that a bed is there; it is no event.
BED_SAID = {
    "wind": ("with wind all around", "in a steady wind", "where the wind blows"),
    "wind_howling": ("with a howling draught", "where the wind moans", "as the wind wails"),
    "wind_in_leaves": ("with rustling leaves all around", "under rustling trees", "amid the sigh of leaves"),
    "stream": ("by a running stream", "beside a little brook", "where a creek runs"),
    "river": ("by a river", "on a river bank", "beside rushing rapids"),
    "ocean_waves": ("by the surf", "with breaking waves", "while the sea rolls in"),
    "waves_lapping": ("with lapping waves", "where little waves lap", "beside lapping water"),
    "crickets": ("full of crickets", "with crickets all around", "amid chirping crickets"),
    "cicadas": ("full of cicadas", "with shrill cicadas", "amid the song of cicadas"),
    "songbirds": ("full of birdsong", "with birds all around", "amid singing birds"),
    "dawn_chorus": ("at dawn, full of birdsong", "with the birds of early morning", "amid the dawn chorus"),
    "traffic": ("with traffic all around", "amid the noise of cars", "beside a busy road"),
    "crowd_murmur": ("full of people", "among a murmuring crowd", "amid many voices"),
    "campfire": ("by a crackling fire", "beside the fire", "at the fireside"),
    "underwater": ("with rising bubbles", "in muffled depths", "amid bubbles"),
    "engine_hum": ("with a humming machine", "where a generator hums", "beside a droning motor"),
    "clock_tick": ("with a ticking clock", "where a clock ticks", "beside an old clock"),
    "car_idle": ("with the engine running", "the motor idling", "as the engine purrs"),
    "truck": ("with a heavy diesel running", "the diesel rumbling", "as the diesel throbs"),
    "boiling": ("with a pot on the boil", "where water boils", "beside a simmering pot"),
    "fountain": ("by a fountain", "with a splashing fountain", "beside a fountain"),
    "waterfall": ("by a waterfall", "near a roaring waterfall", "beside a cascade"),
    "subway": ("with the wheels rattling", "as the carriage rolls on", "while the rails sing"),
}

_VOICES = ("man_speaking", "woman_speaking", "laughter", "cough", "singing_voice")
_HOME = (
    "door_knock", "door_unlock", "typing_keyboard", "coins", "writing", "paper_rustle", "snore", "baby_cry", "cat_meow",
    "dog_bark", "dog_whine", "footsteps_wood", "footsteps_stairs", "glass_shatter", "mobile_ring", "alarm_clock",
    "piano_melody", "guitar_strum", "music_box", "flute", "sewing_machine", "vacuum_cleaner", "smoke_alarm",
    "match_strike", *_VOICES,
)  # fmt: skip
_SHED = ("hammer", "hand_saw", "sanding", "power_saw", "ratchet", "metal_clang", "wood_hit", "dog_bark", *_VOICES)
_COUNTRY = (
    "dog_bark", "dog_growl", "crow_caw", "owl_hoot", "wolf_howl", "horse_walk", "horse_gallop", "horse_neigh",
    "sheep_bleat", "goat_bleat", "footsteps_gravel", "footsteps_leaves", "twigs_snapping", "eagle_screech",
    "church_bell", "motorbike", "tractor", "helicopter", "propeller_plane", "chainsaw", "gunshot", "flute",
    "guitar_strum", "ukulele", *_VOICES,
)  # fmt: skip
_STREET = (
    "car_horn", "motorbike", "truck", "car_idle", "police_siren", "ambulance_siren", "fire_engine", "jackhammer",
    "footsteps_concrete", "footsteps_running", "bicycle_bell", "dog_bark", "church_bell", "accordion", "trumpet",
    "drums", "glass_shatter", "referee_whistle", "helicopter", *_VOICES,
)  # fmt: skip
_RIDE = ("car_horn", "mobile_ring", "coins", "paper_rustle", "baby_cry", "radio_static", "breathing", "snore", *_VOICES)
_DEEP = ("sonar", "motor_boat", "metal_clang", "heartbeat", "ship_horn", "engine_hum", "thud", "breathing")
_SHORE = (
    "seagull", "ship_horn", "motor_boat", "splash", "swimming", "dog_bark", "footsteps_gravel", "ukulele", "hand_bell",
    "accordion", "children_playing", *_VOICES,
)  # fmt: skip
_STONE = (
    "footsteps_concrete", "footsteps_running", "metal_clang", "whisper", "hand_bell", "door_knock", "harp", "organ",
    "trumpet", "flute", "coins", "glass_shatter", *_VOICES,
)  # fmt: skip
_DARK = (
    "footsteps_gravel", "footsteps_running", "whisper", "scream", "bear_growl", "metal_clang", "match_strike", "thud",
    "breathing", "dog_growl", "hammer", "wolf_howl", *_VOICES,
)  # fmt: skip

PLACES = {
    place.name: place
    for place in (
        Place(
            name="hut", room="small", roofed=True, beds=("campfire", "clock_tick"), bed_db=(-20, -12), sounds=_HOME,
            wordings=("inside a wooden hut", "in a small log cabin", "in a hut", "sheltered in a shed", "within a hut"),
            nouns=("hut", "cabin", "shed"),
        ),
        Place(
            name="kitchen", room="tiled", roofed=True, beds=("boiling", "clock_tick"), bed_db=(-20, -12),
            sounds=("chopping_vegetables", "dishes", "cutlery", "kettle_whistle", "plate_crash", *_HOME),
            wordings=("in the kitchen", "in a tiled kitchen", "in the cook's kitchen", "at home in the kitchen"),
            nouns=("kitchen",),
        ),
        Place(
            name="living room", room="small", roofed=True, beds=("clock_tick", "campfire"), bed_db=(-22, -14),
            sounds=_HOME,
            wordings=("in the living room", "in a warm parlour", "inside the house", "indoors", "in a cosy lounge"),
            nouns=("living room", "parlour", "house", "lounge", "indoors"),
        ),
        Place(
            name="workshop", room="tiled", roofed=True, beds=("engine_hum",), bed_db=(-20, -12), sounds=_SHED,
            wordings=("in a workshop", "in the garage", "at a bench in the workshop", "in a craftsman's workshop"),
            nouns=("workshop", "garage"),
        ),
        Place(
            name="hall", room="hall", roofed=True, beds=("crowd_murmur",), bed_db=(-24, -15), sounds=_STONE,
            wordings=("in a great hall", "in the castle hall", "in a vast marble lobby", "in a high, empty hall"),
            nouns=("hall", "castle", "lobby"),
        ),
        Place(
            name="church", room="hall", roofed=True, beds=("wind_howling",), bed_db=(-26, -18), sounds=_STONE,
            wordings=("inside a cathedral", "in an old church", "in a stone chapel", "under the vaults of an abbey"),
            nouns=("cathedral", "chapel", "abbey", "vault"),
        ),
        Place(
            name="cave", room="cave", roofed=True, beds=("stream", "wind_howling"), bed_db=(-24, -15), sounds=_DARK,
            wordings=("deep in a cave", "in an underground tunnel", "inside a cavern", "down in a mine shaft"),
            nouns=("cave", "tunnel", "cavern", "mine"),
        ),
        Place(
            name="car", room="cabin", roofed=True, beds=("car_idle", "truck"), bed_db=(-16, -9), sounds=_RIDE,
            wordings=("inside a car", "in the driver's cab", "on the back seat of a car", "behind the wheel"),
            nouns=("driver", "seat", "wheel"),
        ),
        Place(
            name="train", room="cabin", roofed=True, beds=("subway",), bed_db=(-16, -9), sounds=_RIDE,
            wordings=("in a train carriage", "aboard a train", "in the compartment of a train", "riding on a train"),
            nouns=("train", "carriage", "compartment"),
        ),
        Place(
            name="underwater", room="water", roofed=True, beds=("underwater",), bed_db=(-14, -8), sounds=_DEEP,
            wordings=("under water", "deep below the surface", "beneath the sea", "down on the sea floor"),
            nouns=("water", "surface", "sea "),
        ),
        Place(
            name="forest", room="open", roofed=False, beds=("wind_in_leaves", "songbirds", "crickets"),
            bed_db=(-20, -11), sounds=_COUNTRY,
            wordings=("in the forest", "out in the woods", "among tall trees", "on a forest path", "in a wild wood"),
            nouns=("forest", "woods", "trees"),
        ),
        Place(
            name="meadow", room="open", roofed=False, beds=("wind", "cicadas", "dawn_chorus"), bed_db=(-20, -11),
            sounds=_COUNTRY,
            wordings=("out in a meadow", "on a hill", "in the open fields", "outside on the farm", "on the moor"),
            nouns=("meadow", "hill", "field", "moor"),
        ),
        Place(
            name="camp", room="open", roofed=False, beds=("campfire", "crickets", "river"), bed_db=(-18, -10),
            sounds=_COUNTRY,
            wordings=("at a camp in the wild", "by the tents", "at the camp", "outside at a night camp"),
            nouns=("camp", "tent"),
        ),
        Place(
            name="street", room="street", roofed=False, beds=("traffic", "crowd_murmur"), bed_db=(-18, -10),
            sounds=_STREET,
            wordings=("in the street", "out on the pavement", "on a city square", "between the houses of the town"),
            nouns=("street", "pavement", "square", "town"),
        ),
        Place(
            name="park", room="open", roofed=False, beds=("songbirds", "fountain", "wind_in_leaves"), bed_db=(-20, -12),
            sounds=("children_playing", *_STREET),
            wordings=("in the park", "out in the garden", "outside in a courtyard", "on a park bench"),
            nouns=("park", "garden", "courtyard", "bench"),
        ),
        Place(
            name="shore", room="open", roofed=False, beds=("ocean_waves", "waves_lapping"), bed_db=(-18, -10),
            sounds=_SHORE,
            wordings=("on the beach", "at the harbour", "out on the pier", "on a rocky coast"),
            nouns=("beach", "harbour", "pier", "coast"),
        ),
    )
}  # fmt: skip

WEATHER = ("rain_heavy", "rain_light", "hail", "wind_gusts", "thunderstorm")
MUSIC = (
    "piano_melody", "guitar_strum", "ukulele", "organ", "flute", "trumpet", "accordion", "music_box", "harp", "drums",
)  # fmt: skip
# Sounds that fill their time evenly and keep their pitch: any stretch of one draw is the same thing heard again.
RECURRING = (
    "car_idle", "motorbike", "truck", "tractor", "motor_boat", "helicopter", "propeller_plane", "chainsaw",
    "engine_hum", "police_siren", "ambulance_siren", "fire_engine", "smoke_alarm", "mobile_ring", "alarm_clock",
    "dog_bark", "crow_caw", "sonar", "heartbeat", "snore", "footsteps_wood", "footsteps_gravel", "footsteps_concrete",
    "man_speaking", "woman_speaking", "baby_cry", "hammer", "church_bell", "singing_voice", *MUSIC,
)  # fmt: skip
# Sounds that may come closer, and go away again.
MOVING = (
    "motorbike", "tractor", "helicopter", "propeller_plane", "police_siren", "ambulance_siren", "fire_engine", "truck",
    "motor_boat", "dog_bark", "footsteps_gravel", "footsteps_concrete", "horse_walk", "drums", "crow_caw", "sonar",
)  # fmt: skip
