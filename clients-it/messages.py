"""Protocol Buffers by hand: few messages, and some of them wrong on purpose."""

from __future__ import annotations

from typing import TypeAlias

Value: TypeAlias = int | str | bytes
FLIGHT_SQL = "arrow.flight.protocol.sql."


def varint(number: int) -> bytes:
    """Negative numbers as their two's complement of 64 bits, as the format has it."""
    number &= 2**64 - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def message(*fields: tuple[int, Value]) -> bytes:
    """Fields by number, in the order given: integers and booleans as varints, texts and bytes with their length."""
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            data = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(data)) + data
    return out


def packed(name: str, body: bytes, prefix: str = "type.googleapis.com/") -> bytes:
    """`google.protobuf.Any` around a message of that full name."""
    return message((1, prefix + name), (2, body))


def sql_command(name: str, *fields: tuple[int, Value]) -> bytes:
    return packed(FLIGHT_SQL + name, message(*fields))


def fields(data: bytes) -> dict[int, list[int | bytes]]:
    """The fields of a message of varints and length-delimited values."""
    found: dict[int, list[int | bytes]] = {}
    position = 0
    while position < len(data):
        key, position = _varint_at(data, position)
        value, position = _varint_at(data, position)
        if key & 7 == 2:
            found.setdefault(key >> 3, []).append(data[position : position + value])
            position += value
        else:
            assert key & 7 == 0, f"wire type {key & 7}"
            found.setdefault(key >> 3, []).append(value)
    return found


def unpacked(data: bytes) -> dict[int, list[int | bytes]]:
    """The fields of the message in an `Any`."""
    (body,) = fields(data).get(2, [b""])
    assert isinstance(body, bytes)
    return fields(body)


def _varint_at(data: bytes, position: int) -> tuple[int, int]:
    number, shift = 0, 0
    while True:
        byte = data[position]
        position += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number, position
