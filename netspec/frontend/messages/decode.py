"""From a message as written to a dictionary of Python values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from netspec.diagnostics.findings import Findings
from netspec.diagnostics.fix import Fix, swap
from netspec.diagnostics.source import Source
from netspec.diagnostics.suggest import did_you_mean, one_of, sure
from netspec.frontend.messages.locate import place
from netspec.frontend.messages.parts import words
from netspec.frontend.messages.schema import FieldSpec, Schema, UnknownName
from netspec.frontend.messages.suggest import homes
from netspec.problems.fields import BadValue, DuplicateField, UnknownEnumValue, UnknownField, UnreadField, WrongKind
from netspec.syntax.document import Field, Items, Kind, Message, Scalar, Value
from netspec.syntax.scalars import BadScalar, boolean, string

if TYPE_CHECKING:
    from netspec.frontend.messages.synonyms import Synonym


BOOLEANS = ("true", "false")


class _WrongKind(Exception):
    """A value is a message, a list or a scalar where the field wants another of them."""


def decode(
    schema: Schema,
    fields: tuple[Field, ...],
    owner: str,
    report: Findings,
    other: Callable[[Field], None] | None = None,
) -> dict[str, Any]:
    """The values of fields by name, tuples for repeated ones. What cannot be read is reported and left out.

    `owner` is what a diagnostic calls the message. `other` is told of fields that are not in the schema; without it
    they are reported as unknown.
    """
    values: dict[str, Any] = {}
    repeated, forgotten = False, list[str]()
    for field in fields:
        name, value, _ = field
        spec = schema.get(name)
        if spec is None:
            (other or partial(unknown_field, schema, owner, report))(field)
            continue
        if name in values and not spec.repeated:
            first = next(f for f in fields if f.name == name)
            message = f"{name} is given twice in {owner}"
            report.add(DuplicateField, message, field.name_span, (first.name_span, "first given here"))
            continue
        items = value.values if spec.repeated and isinstance(value, Items) else (value,)
        if not items:  # said to be empty, whatever the default
            repeated = True
            values.setdefault(name, [])
        for item in items:
            try:
                if spec.scalar and isinstance(item, Scalar):
                    read = spec.scalar(item)
                else:
                    read = _other(spec, field, item, report)
            except (BadScalar, UnknownName, _WrongKind) as fault:
                _explain(fault, spec, field, item, report)
                continue
            if spec.ignored:
                forgotten.append(name)
            if spec.repeated:
                repeated = True
                values.setdefault(name, []).append(read)
            else:
                values[name] = read
    for name in forgotten:
        values.pop(name, None)
    if repeated:
        return {name: tuple(value) if value.__class__ is list else value for name, value in values.items()}
    return values


def _other(spec: FieldSpec, field: Field, item: Value, report: Findings) -> Any:
    """What is no scalar, or ought not to be."""
    if spec.message is None and spec.scalar is None:
        if not isinstance(item, Message):
            raise _WrongKind(f"{field.name} is a message", f"{field.name} {{ … }}")
        return field if item is field.value else Field(field.name, item, item.start)
    if spec.message is None:
        what = "a list" if isinstance(item, Items) else "a message"
        raise _WrongKind(f"{field.name} is a plain value, not {what}", f"{field.name}: …")
    if not isinstance(item, Message):
        raise _WrongKind(f"{field.name} is a message", f"{field.name} {{ … }}")
    return _message(spec, spec.message, field.name, item, report)


def _message(spec: FieldSpec, schema: Schema, owner: str, item: Message, report: Findings) -> Any:
    """The value of a message. A net says the same of many layers: it is decoded once, if nothing is to be said of
    it."""
    said, text = len(report.found), words(item.fields)
    key = (id(schema), text) if text is not None else None
    known = _known.get(key) if key else None
    if known is not None:
        return known[1] if spec.make else dict(known[1])
    values = decode(schema, item.fields, owner, report)
    made = spec.make(**values) if spec.make else values
    if key and len(report.found) == said and not any(isinstance(value, Field) for value in values.values()):
        if len(_known) >= MOST:
            _known.clear()
        _known[key] = schema, (made if spec.make else dict(values))
    return made


MOST = 4096  # messages that are kept
_known: dict[tuple[int, tuple[str, ...]], tuple[Schema, Any]] = {}  # with the schema, so that its id is nobody else's


def _explain(fault: Exception, spec: FieldSpec, field: Field, item: Value, report: Findings) -> None:
    match fault:
        case UnknownName():
            from netspec.frontend.messages.synonyms import value_synonym

            names, text = [str(name) for name in fault.args], item.text if isinstance(item, Scalar) else ""
            message = f"{field.name} is one of {', '.join(names)}; {text} is not"
            bare = text.strip("\"'")
            if isinstance(item, Scalar) and item.kind is Kind.STRING and bare in names:
                fix = swap(item.span.start, text, bare)
                report.add(UnknownEnumValue, message, item.span, help=f"write it without quotes: {bare}", fix=fix)
            else:
                synonym = value_synonym(bare, names)
                help = synonym.question if synonym else did_you_mean(bare, names)
                fix = _respelt(item.span.start, text, bare, names, synonym)
                report.add(UnknownEnumValue, message, item.span, help=help, fix=fix)
        case _WrongKind():
            report.add(WrongKind, fault.args[0], place(field, item), help=f"write {fault.args[1]}")
        case _ if isinstance(item, Scalar) and item.kind is Kind.NAME and item.text in report.size_names:
            message = f"{field.name} is a number, and {item.text} the name of a size, which has none yet"
            report.add(
                BadValue, message, item.span, help=f"write the number; or give it the name: let {item.text} = 64"
            )
        case _:
            report.add(BadValue, f"{field.name}: {fault}", item.span, fix=_requoted(item, spec, report))


def _requoted(item: Value, spec: FieldSpec, report: Findings) -> Fix | None:
    """A word in quotes, where a text is wanted; in a text that has names of its own, it may be one of these. A
    misspelt `true` or `false`."""
    if not isinstance(item, Scalar) or item.kind is not Kind.NAME:
        return None
    if spec.scalar is string and type(report.source) is Source:
        return swap(item.start, item.text, f'"{item.text}"')
    meant = sure(item.text, BOOLEANS) if spec.scalar is boolean else None
    return swap(item.start, item.text, meant) if meant else None


def _respelt(start: int, text: str, name: str, known: Sequence[str], synonym: Synonym | None) -> Fix | None:
    """A text as it is most likely meant. What others call it may be meant otherwise: it is no misspelling."""
    meant = sure(name, known)
    if meant and (synonym is None or synonym.name == meant):
        return swap(start, text, meant)
    return swap(start, text, synonym.name, safe=False) if synonym and not synonym.fields else None


def unknown_field(schema: Mapping[str, object], owner: str, report: Findings, field: Field) -> None:
    """Reports a field that its message does not have, with where it might belong or what it might have been.

    A lenient report takes it for one of a fork, and goes on. Of the schema, what is no FieldSpec is a message, too.
    """
    from netspec.frontend.messages.synonyms import field_synonym, message_synonym

    is_message = isinstance(field.value, Message)
    similar = [n for n, s in schema.items() if (not isinstance(s, FieldSpec) or s.scalar is None) == is_message]
    synonym = field_synonym(field.name, similar) or (message_synonym(field.name, similar) if is_message else None)
    help = synonym.question if synonym else did_you_mean(field.name, similar, slip=True)
    if help is None and (places := homes(field.name)):
        help = f"it belongs in {one_of(places)}"
    help = help or did_you_mean(field.name, similar)
    problem = UnreadField if report.lenient else UnknownField
    fix = _respelt(field.start, field.name, field.name, similar, synonym)
    report.add(problem, f"{owner} has no field {field.name}", field.name_span, help=help, fix=fix)
