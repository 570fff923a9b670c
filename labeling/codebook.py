"""What may be answered about a listing: fields, codes, keys and their rules."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from labeling.errors import AnswerError, CodebookError

_FOLDER = Path(__file__).parent / "codebooks"
_VIOLATIVE = {"yes": 1.0, "no": 0.0, "unknown": float("nan")}


@dataclass(frozen=True)
class Codebook:
    """The questions asked about an item, their codes, and the keys that choose them.

    Parameters
    ----------
    content : dict
        A checked codebook, as `Codebook.load` and `Codebook.from_yaml` make it:
        `name`, `version`, `fields` (the first is the primary label) and `presets`.

    Raises
    ------
    CodebookError
        From `load` and `from_yaml`: a file that is absent or no codebook, a code or
        a key used twice, a code that is named and not defined.

    Examples
    --------
    >>> book = Codebook.load("ipr_listing")
    >>> len(book.codes("primary"))
    17
    >>> book.violative("TM_COUNTERFEIT"), book.violative("NO_INFRINGEMENT")
    (1.0, 0.0)
    >>> book.check({"primary": "OUT_OF_SCOPE"})
    {'primary': 'OUT_OF_SCOPE'}
    >>> book.check({"primary": "TM_FAKE"})
    Traceback (most recent call last):
    ...
    labeling.errors.AnswerError: The codebook ipr_listing 1.0 has no code 'TM_FAKE' in \
the field 'primary'; choose one of its 17 codes.
    """

    content: dict[str, Any]

    @classmethod
    def load(cls, name_or_path: str | Path = "ipr_listing") -> Codebook:
        """Read a codebook by the name of a built-in one, or from a YAML file."""
        built_in = _FOLDER / f"{name_or_path}.yaml"
        path = built_in if built_in.is_file() else Path(name_or_path)
        if not path.is_file():
            known = ", ".join(sorted(file.stem for file in _FOLDER.glob("*.yaml")))
            raise CodebookError(
                f"There is no codebook {str(name_or_path)!r}: give the path of a YAML "
                f"file or one of {known}."
            )
        return cls.from_yaml(path.read_text(encoding="utf-8"))

    @classmethod
    def from_yaml(cls, text: str) -> Codebook:
        """Read a codebook from YAML text and check it whole."""
        return cls(_parse_codebook(text))

    def __str__(self) -> str:
        return f"{self.content['name']} {self.content['version']}"

    @property
    def digest(self) -> str:
        """SHA-256 of the codebook, recorded beside every answer."""
        text = json.dumps(self.content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def primary(self) -> str:
        """Name of the field that holds the primary label."""
        return str(self.content["fields"][0]["name"])

    def codes(self, field: str) -> dict[str, dict[str, Any]]:
        """Give the codes of a field in order, each with its name, key and rules."""
        for entry in self.content["fields"]:
            if entry["name"] == field:
                return {code["code"]: code for code in entry["codes"]}
        raise CodebookError(f"The codebook {self} has no field {field!r}.")

    def violative(self, code: str) -> float:
        """1.0, 0.0 or NaN: whether a primary code counts as a violation."""
        return _VIOLATIVE[self._get_code(self.primary, code)["violative"]]

    def asked(self, primary: str) -> Iterator[dict[str, Any]]:
        """Give the fields that a primary code asks for, the primary one first."""
        for field in self.content["fields"]:
            wanted, unwanted = field.get("only_if"), field.get("unless", ())
            if (wanted is None or primary in wanted) and primary not in unwanted:
                yield field

    def check(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """Give the answer in the codebook's order, or refuse it.

        Parameters
        ----------
        answer : mapping of str
            Field name to code, or to a list of codes where the field is multiple.

        Raises
        ------
        AnswerError
            A code or field the codebook does not have, a field that is missing or
            not asked for this primary label, a severity that contradicts it.
        """
        if not answer.get(self.primary):
            raise AnswerError("The answer has no primary label; choose one first.")
        primary = self._get_code(self.primary, answer[self.primary])
        asked = list(self.asked(primary["code"]))
        self._refuse_unasked(
            answer, {field["name"] for field in asked}, primary["code"]
        )
        return {
            field["name"]: self._parse_field_answer(
                field, answer.get(field["name"]), primary
            )
            for field in asked
        }

    def _refuse_unasked(
        self, answer: Mapping[str, Any], asked: set[str], primary: str
    ) -> None:
        for name, value in answer.items():
            if value and name not in asked:
                raise AnswerError(
                    f"The field {name!r} is not asked when the primary label is "
                    f"{primary}; leave it out."
                )

    def _parse_field_answer(
        self, field: dict[str, Any], value: Any, primary: dict[str, Any]
    ) -> str | list[str]:
        if value is None or value == "" or value == []:
            raise AnswerError(
                f"{primary['code']} needs the field {field['name']!r} "
                f"({field['ask'].rstrip('?')}); choose one of its codes."
            )
        if field.get("multiple"):
            values = [value] if isinstance(value, str) else list(value)
            return [self._get_code(field["name"], one)["code"] for one in values]
        code = self._get_code(field["name"], value)
        if code.get("violative", primary["violative"]) != primary["violative"]:
            raise AnswerError(
                f"{field['name']} {code['code']} ({code['name']}) contradicts the "
                f"primary label {primary['code']}; change one of the two."
            )
        return code["code"]

    def _get_code(self, field: str, value: Any) -> dict[str, Any]:
        codes = self.codes(field)
        if not isinstance(value, str) or value not in codes:
            raise AnswerError(
                f"The codebook {self} has no code {value!r} in the field {field!r}; "
                f"choose one of its {len(codes)} codes."
            )
        return codes[value]


_BOOK_SETTINGS = {"name", "version", "fields", "presets"}
_FIELD_SETTINGS = {"name", "ask", "codes", "only_if", "unless", "multiple"}
_CODE_SETTINGS = {"code", "key", "name", "test", "violative", "fills"}
# keys the card itself uses; no code may begin with one of them
ACTION_KEYS = "uxfa"
# YAML 1.1 reads a bare yes or no as a boolean
_YES_NO = {True: "yes", False: "no"}


def _parse_codebook(text: str) -> dict[str, Any]:
    """Give the checked content of a codebook."""
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        line = f" at line {place.line + 1}" if place else ""
        raise CodebookError(f"The codebook is not valid YAML{line}.") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("fields"), list):
        raise CodebookError("A codebook needs 'name', 'version' and a list 'fields'.")
    _refuse_unknown_settings(raw, _BOOK_SETTINGS, "A codebook")
    for name in ("name", "version"):
        if not raw.get(name):
            raise CodebookError(f"The codebook has no {name!r}; add one.")
    fields = [
        _parse_field(field, position) for position, field in enumerate(raw["fields"])
    ]
    book = {
        "name": str(raw["name"]),
        "version": str(raw["version"]),
        "fields": fields,
        "presets": [_parse_preset(preset) for preset in raw.get("presets") or []],
    }
    _refuse_duplicate_codes(book)
    _refuse_clashing_keys(book)
    _refuse_unknown_references(book)
    return book


def _refuse_unknown_settings(entry: dict[str, Any], known: set[str], what: str) -> None:
    unknown = sorted(set(entry) - known)
    if unknown:
        raise CodebookError(
            f"{what} has no setting {unknown[0]!r}; the settings are "
            f"{', '.join(sorted(known))}."
        )


def _parse_field(raw: Any, position: int) -> dict[str, Any]:
    if not isinstance(raw, dict) or not raw.get("name") or not raw.get("codes"):
        raise CodebookError(
            f"Field {position + 1} of the codebook needs a 'name' and 'codes'."
        )
    _refuse_unknown_settings(raw, _FIELD_SETTINGS, f"The field {raw['name']!r}")
    field = {**raw, "ask": str(raw.get("ask", raw["name"]))}
    field["codes"] = [
        _parse_code(code, raw["name"], position == 0) for code in raw["codes"]
    ]
    return field


def _parse_code(raw: Any, field: str, is_primary: bool) -> dict[str, Any]:
    if not isinstance(raw, dict) or not raw.get("code"):
        raise CodebookError(f"A code of the field {field!r} has no 'code'; name it.")
    code = {**raw, "code": str(raw["code"]), "name": str(raw.get("name", raw["code"]))}
    _refuse_unknown_settings(code, _CODE_SETTINGS, f"The code {code['code']}")
    code["key"] = _parse_key(code)
    verdict = code.get("violative")
    verdict = _YES_NO[verdict] if isinstance(verdict, bool) else verdict
    if (is_primary or verdict is not None) and verdict not in ("yes", "no", "unknown"):
        raise CodebookError(
            f"{code['code']} must say violative: yes, no or unknown; got {verdict!r}."
        )
    return {**code, **({"violative": verdict} if verdict else {})}


def _parse_preset(raw: Any) -> dict[str, Any]:
    if not isinstance(raw, dict) or not raw.get("name") or not raw.get("fills"):
        raise CodebookError("A preset of the codebook needs a 'name' and 'fills'.")
    return {"name": str(raw["name"]), "fills": raw["fills"], "key": _parse_key(raw)}


def _parse_key(entry: dict[str, Any]) -> str:
    key = entry.get("key")
    if not (isinstance(key, str) and len(key) == 2 and key.isascii() and key.isalnum()):
        raise CodebookError(
            f"The key of {entry.get('code') or entry['name']} must be two letters or "
            f"digits in quotes; got {key!r}."
        )
    return key.lower()


def _find_duplicate(values: Iterable[str]) -> str | None:
    return next((value for value, n in Counter(values).items() if n > 1), None)


def _refuse_duplicate_codes(book: dict[str, Any]) -> None:
    name = _find_duplicate(field["name"] for field in book["fields"])
    if name:
        raise CodebookError(f"The codebook defines the field {name!r} twice; keep one.")
    for field in book["fields"]:
        code = _find_duplicate(entry["code"] for entry in field["codes"])
        if code:
            raise CodebookError(
                f"The codebook defines the code {code} twice in the field "
                f"{field['name']!r}; keep one."
            )


def _refuse_clashing_keys(book: dict[str, Any]) -> None:
    entries = [code for field in book["fields"] for code in field["codes"]]
    keys = [(entry["key"], entry["code"]) for entry in entries]
    keys += [
        (preset["key"], f"the preset {preset['name']!r}") for preset in book["presets"]
    ]
    key = _find_duplicate(key for key, _ in keys)
    if key:
        users = " and ".join(owner for used, owner in keys if used == key)
        raise CodebookError(
            f"The key {key!r} stands for {users}; give one another key."
        )
    for key, owner in keys:
        if key[0] in ACTION_KEYS:
            raise CodebookError(
                f"The key {key!r} of {owner} begins with {key[0]!r}, which the card "
                "uses itself; choose another."
            )


def _refuse_unknown_references(book: dict[str, Any]) -> None:
    defined = {
        field["name"]: {code["code"] for code in field["codes"]}
        for field in book["fields"]
    }
    primaries = defined[book["fields"][0]["name"]]
    for field in book["fields"]:
        for setting in ("only_if", "unless"):
            for code in field.get(setting) or ():
                if code not in primaries:
                    raise CodebookError(
                        f"The field {field['name']!r} names the primary code {code!r} "
                        f"in {setting!r}, which is not defined."
                    )
    filling = [code for field in book["fields"] for code in field["codes"]]
    for entry in [*filling, *book["presets"]]:
        for field_name, code in (entry.get("fills") or {}).items():
            if str(code) not in defined.get(field_name, ()):
                raise CodebookError(
                    f"{entry.get('code') or 'The preset ' + repr(entry['name'])} "
                    f"fills {field_name!r} with {code!r}, a code that is not defined."
                )
