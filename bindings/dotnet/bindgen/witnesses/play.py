"""Plays the calls of `agree` with what UniFFI's own generator of Python makes. See `agree` for what comes in and goes out."""

import asyncio
import datetime
import sys

import integrador_bindgen_sample as sample
from integrador_bindgen_sample import Big, Color, Counter, FetchError, FlatError, InternalError, Numbers, Person, Plain, Shape, Signed

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def boolean(text):
    return text == "true"


def show(value):
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def span(text):
    seconds, nanoseconds = map(int, text.split())
    # Both parts count in the same direction.
    return datetime.timedelta(seconds=seconds, microseconds=(nanoseconds if seconds >= 0 else -nanoseconds) // 1000)


def show_span(value):
    nanoseconds = value // datetime.timedelta(microseconds=1) * 1000
    sign = -1 if nanoseconds < 0 else 1
    return f"{sign * (abs(nanoseconds) // 10**9)} {abs(nanoseconds) % 10**9}"


def shape(text):
    kind, _, rest = text.partition(" ")
    if kind == "circle":
        return Shape.CIRCLE(radius=float(rest))
    if kind == "label":
        return Shape.LABEL(rest)
    if kind == "line":
        return Shape.LINE(*map(int, rest.split()))
    if kind == "group":
        return Shape.GROUP(shapes=[Shape.EMPTY(), Shape.LINE(0, -5)], color=Color.GREEN)
    return Shape.EMPTY()


def show_shape(value):
    if value.is_CIRCLE():
        return f"circle {value.radius}"
    if value.is_LABEL():
        return f"label {value[0]}"
    if value.is_LINE():
        return f"line {value[0]} {value[1]}"
    if value.is_GROUP():
        return f"group {list(Color).index(value.color)} [{', '.join(map(show_shape, value.shapes))}]"
    return "empty"


def numbers(*given):
    names = ("yes", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "f32", "f64")
    kinds = (boolean, *[int] * 8, float, float)
    value = sample.echo_numbers(Numbers(**{name: kind(text) for name, kind, text in zip(names, kinds, given)}))
    return " ".join(show(getattr(value, name)) for name in names)


def person(name, age, email, score, born):
    def made(friends):
        return Person(
            name=name, age=int(age), email=None if email == "null" else email, nicknames=["a", ""], photo=b"\0\xff",
            scores={"x": float(score)}, born=EPOCH + span(born), friends=friends,
        )
    value = sample.echo_person(made([made([])]))
    scores = ", ".join(f"{key}={score}" for key, score in value.scores.items())
    friends = ", ".join(friend.name for friend in value.friends)
    return f"{value.name} {value.age} {show(value.email)} [{', '.join(value.nicknames)}] {value.photo.hex()} {{{scores}}} {show_span(value.born - EPOCH)} [{friends}]"


def counter(start, more):
    one = Counter(int(start))
    return f"{one.add(int(more))} {one.value()} {one}"


def add_all(*starts):
    one, two, three = (Counter(int(start)) for start in starts)
    return one.add_all([one, two], three, two)


async def counter_later(start):
    return (await Counter.later(1, int(start))).value()


CALLS = {
    "add": lambda left, right: sample.add(int(left), int(right)),
    "not": lambda value: sample._not(boolean(value)),
    "halve": lambda double, single: " ".join(map(str, sample.halve(float(double), float(single)))),
    "echo_numbers": numbers,
    "echo_string": sample.echo_string,
    "string_scalars": lambda text: " ".join(map(str, sample.string_scalars(text))),
    "string_bytes": sample.string_bytes,
    "echo_optional_string": lambda text: sample.echo_optional_string(None if text == "null" else text),
    "echo_bytes": lambda text: sample.echo_bytes(bytes.fromhex(text)).hex(),
    "sum_bytes": lambda text: sample.sum_bytes(bytes.fromhex(text)),
    "echo_nested": lambda *lists: "".join(f"[{' '.join(one)}]" for one in sample.echo_nested([one.split() for one in lists])),
    "echo_color": lambda index: list(Color).index(sample.echo_color(list(Color)[int(index)])),
    "discriminant": lambda index: sample.discriminant(list(Big)[int(index)]),
    "echo_signed": lambda index: list(Signed).index(sample.echo_signed(list(Signed)[int(index)])),
    "echo_shape": lambda text: show_shape(sample.echo_shape(shape(text))),
    "echo_person": person,
    "nanoseconds": lambda text: sample.nanoseconds(EPOCH + span(text)),
    "echo_duration": lambda text: show_span(sample.echo_duration(span(text))),
    "fetch": sample.fetch,
    "plain": lambda text: sample.plain(None if text == "null" else bytes.fromhex(text)),
    "parse": sample.parse,
    "counter": counter,
    "counter_parse": lambda text: Counter.parse(text).value(),
    "counter_add_all": add_all,
    "at_once": sample.at_once,
    "delay": lambda milliseconds: sample.delay(int(milliseconds)),
    "not_later": lambda value: sample.not_later(boolean(value)),
    "short_later": lambda value: sample.short_later(int(value)),
    "wakes": lambda times: sample.wakes(int(times)),
    "fetch_later": lambda key: sample.fetch_later(key, 1),
    "counter_later": counter_later,
}


async def play(name, given):
    try:
        ended = CALLS[name](*given)
        return show(await ended if asyncio.iscoroutine(ended) else ended)
    except (FetchError, Plain, FlatError) as error:
        fields = getattr(error, "_values", None) or [value.hex() if isinstance(value, bytes) else show(value) for value in vars(error).values()]
        # A flat error has its text and nothing else.
        fields = fields or [text for text in [str(error)] if text]
        return " ".join(["error", type(error).__name__, *map(str, fields)])
    except InternalError as error:
        return f"panic {error}"


async def main():
    for line in sys.stdin:
        name, *given = (bytes.fromhex(word).decode() for word in line.rstrip("\n").split(" "))
        print((await play(name, given)).encode().hex(), flush=True)


asyncio.run(main())
