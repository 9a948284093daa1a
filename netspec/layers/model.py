"""Classes whose annotations are fields, and their frozen objects.

They are what pydantic's models are, and are written alike, but that nothing is built to make one: to import pydantic
takes longer than to check a small net. It is asked when a value is wrong (`netspec.layers.judging`), and classes of
plugins may be written with its `Field` and validators.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping
from inspect import get_annotations
from types import FunctionType, MappingProxyType, SimpleNamespace
from typing import Any, ClassVar, Self, dataclass_transform, get_type_hints

from netspec.layers.fields import Check, Field, FieldInfo

PYDANTIC = "pydantic.fields"  # where that has its Field and PrivateAttr
PLAIN = (FunctionType, property, classmethod, staticmethod, Check)  # what a class has beside fields


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(Field,))
class ModelMetaclass(type):
    """The class of the classes: takes the fields out of their annotations."""

    __own_fields__: dict[str, tuple[Any, FieldInfo]]  # the fields of the class itself, each with its annotation
    __own_checks__: dict[str, Check[Any, Any]]  # of the class itself
    __own_decorated__: dict[str, Any]  # what pydantic's decorators made of functions of the class itself
    __all_fields__: MappingProxyType[str, FieldInfo]

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> ModelMetaclass:
        made = super().__new__(cls, name, bases, namespace)
        annotations = get_annotations(made)
        made.__own_fields__ = {}
        for field, annotation in annotations.items():
            if field[0] == "_" or _is_class_variable(annotation):
                continue
            made.__own_fields__[field] = annotation, _info(namespace[field] if field in namespace else Field())
            if field in namespace:
                delattr(made, field)
        decorated: dict[str, Any] = {}
        for attribute, value in namespace.items():
            if value.__class__ in PLAIN or attribute in made.__own_fields__:
                continue
            if hasattr(value, "decorator_info"):
                decorated[attribute] = value
            elif attribute[0] != "_":
                _refuse_unannotated(made, attribute, value, annotations)
            elif type(value).__module__ == PYDANTIC:  # a PrivateAttr
                setattr(made, attribute, value.get_default())
        made.__own_checks__ = {name: value for name, value in namespace.items() if value.__class__ is Check}
        made.__own_decorated__ = decorated
        return made

    @property
    def model_fields(cls) -> MappingProxyType[str, FieldInfo]:
        """The fields of a class and of those above it, in the order in which these were first named."""
        if "__all_fields__" not in cls.__dict__:
            cls.__all_fields__ = MappingProxyType(_fields(cls))
        return cls.__all_fields__

    @property
    def model_checks(cls) -> dict[str, Check[Any, Any]]:
        """The checks of a class and of those above it."""
        return _gathered(cls, "__own_checks__")

    @property
    def model_decorated(cls) -> dict[str, Any]:
        """What pydantic's decorators made of functions of a class and of those above it: a plugin's validators."""
        return _gathered(cls, "__own_decorated__")


class Model(metaclass=ModelMetaclass):
    """An object with fields. It is never changed; attributes that begin with an underscore are no fields."""

    __slots__ = ("__dict__", "__weakref__", "_given")
    _given: ClassVar[frozenset[str]]  # of each object; what is said to be of the class is no field

    def __init__(self, **values: Any) -> None:
        made = self._validated(values)
        object.__setattr__(self, "__dict__", made.__dict__)
        object.__setattr__(self, "_given", made._given)

    @classmethod
    def _validated(cls, values: Mapping[str, Any]) -> Self:
        """The object of values by field, which may be wrong."""
        raise NotImplementedError

    @property
    def model_fields_set(self) -> frozenset[str]:
        """The fields that were given."""
        return self._given

    @classmethod
    def model_construct(cls, fields_set: Collection[str] | None = None, /, **values: Any) -> Self:
        """An object of values that need no judging: of right kinds, by the names of attributes or of specs. The others
        have their defaults. fields_set: the fields that count as given; all of `values` where None."""
        held: dict[str, Any] = {}
        given: set[str] = set()
        for name, info in cls.model_fields.items():
            key = info.alias if info.alias in values else name
            if key in values:
                held[name] = values[key]
                given.add(name)
            elif not info.is_required():
                held[name] = info.default
        return cls._of(held, frozenset(given if fields_set is None else fields_set))

    def model_copy(self, *, update: Mapping[str, Any] = MappingProxyType({})) -> Self:
        """The same with other values, which need no judging, for some fields."""
        return self._of({**self.__dict__, **update}, self._given.union(update))

    def model_dump(self, *, exclude_unset: bool = False) -> dict[str, Any]:
        """The values by field, those of messages in it as dictionaries, too. exclude_unset: those given alone."""
        return {name: _dumped(value, exclude_unset) for name, value in self if not exclude_unset or name in self._given}

    @classmethod
    def _of(cls, values: dict[str, Any], given: frozenset[str]) -> Self:
        made = cls.__new__(cls)
        object.__setattr__(made, "__dict__", values)
        object.__setattr__(made, "_given", given)
        return made

    def consistent(self) -> None:
        """Raises ValueError where fields contradict each other."""

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """Each field with its value."""
        return ((name, value) for name, value in self.__dict__.items() if name[0] != "_")

    def __eq__(self, other: object) -> bool:
        return self.__class__ is other.__class__ and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(tuple([self.__dict__[name] for name in type(self).model_fields]))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self)})"

    def __setattr__(self, name: str, value: Any) -> None:
        if name[0] != "_":
            raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be set")
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be deleted")


def _gathered(cls: ModelMetaclass, table: str) -> dict[str, Any]:
    return {name: value for base in reversed(cls.__mro__) for name, value in base.__dict__.get(table, {}).items()}


def _fields(cls: ModelMetaclass) -> dict[str, FieldInfo]:
    inherited: dict[str, FieldInfo] = {}
    for base in reversed(cls.__bases__):
        if isinstance(base, ModelMetaclass):
            inherited |= base.model_fields
    own = _resolved(cls)
    order = [name for base in reversed(cls.__mro__) for name in base.__dict__.get("__own_fields__", ())]
    return {name: own[name] if name in own else inherited[name] for name in order}


def _resolved(cls: ModelMetaclass) -> dict[str, FieldInfo]:
    """The fields of the class itself. Annotations that are texts, as all are behind `from __future__ import
    annotations`, are read in the module of the class."""
    texts = {name: annotation for name, (annotation, _) in cls.__own_fields__.items() if isinstance(annotation, str)}
    module = vars(sys.modules[cls.__module__]) if texts else {}
    read = get_type_hints(SimpleNamespace(__annotations__=texts), module, include_extras=True) if texts else {}
    return {name: info.of(read.get(name, annotation)) for name, (annotation, info) in cls.__own_fields__.items()}


def _is_class_variable(annotation: Any) -> bool:
    if isinstance(annotation, str):
        return annotation.partition("[")[0].rpartition(".")[2] == "ClassVar"
    return annotation is ClassVar or getattr(annotation, "__origin__", None) is ClassVar


def _info(value: Any) -> FieldInfo:
    """What is written behind the annotation: a field, one of pydantic's, or a default alone."""
    if isinstance(value, FieldInfo):
        return value
    if type(value).__module__ == PYDANTIC:
        from netspec.layers.translated import translated

        return translated(value)
    return Field(value)


def _refuse_unannotated(made: ModelMetaclass, name: str, value: Any, annotations: Mapping[str, Any]) -> None:
    """Who forgets an annotation means a field, or one of the attributes that classes above declare."""
    if name in annotations or name == "model_config" or isinstance(value, type):
        return
    if type(value).__module__ == "functools":  # a cached property
        return
    above = made.__mro__[1:]
    if any(_is_class_variable(get_annotations(base).get(name)) for base in above):
        return
    what = f"{name}, which is a field of a class above," if name in made.model_fields else f"{name} = {value!r:.80}"
    raise TypeError(f"{what} has no annotation in {made.__name__}: write {name}: …, or {name}: ClassVar = …")


def _dumped(value: Any, exclude_unset: bool) -> Any:
    if isinstance(value, Model):
        return value.model_dump(exclude_unset=exclude_unset)
    return tuple([_dumped(each, exclude_unset) for each in value]) if value.__class__ is tuple else value
