"""Read a codebook's YAML and refuse what would make its labels ambiguous."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import yaml

from labeling.errors import CodebookError

_TOP = {"name", "version", "fields", "presets"}
_FIELD = {"name", "ask", "codes", "only_if", "unless", "multiple"}
_CODE = {"code", "key", "name", "test", "violative", "fills"}
# keys the card itself uses; no code may begin with one of them
ACTION_KEYS = "uxfa"
# YAML 1.1 reads a bare yes or no as a boolean
_YES_NO = {True: "yes", False: "no"}


def read_codebook(text: str) -> dict[str, Any]:
    """Give the checked content of a codebook."""
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        line = f" at line {place.line + 1}" if place else ""
        raise CodebookError(f"The codebook is not valid YAML{line}.") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("fields"), list):
        raise CodebookError("A codebook needs 'name', 'version' and a list 'fields'.")
    _refuse_unknown(raw, _TOP, "A codebook")
    for name in ("name", "version"):
        if not raw.get(name):
            raise CodebookError(f"The codebook has no {name!r}; add one.")
    fields = [_field(field, position) for position, field in enumerate(raw["fields"])]
    book = {
        "name": str(raw["name"]),
        "version": str(raw["version"]),
        "fields": fields,
        "presets": [_preset(preset) for preset in raw.get("presets") or []],
    }
    _check_codes(book)
    _check_keys(book)
    _check_references(book)
    return book


def _refuse_unknown(entry: dict[str, Any], known: set[str], what: str) -> None:
    unknown = sorted(set(entry) - known)
    if unknown:
        raise CodebookError(
            f"{what} has no setting {unknown[0]!r}; the settings are "
            f"{', '.join(sorted(known))}."
        )


def _field(raw: Any, position: int) -> dict[str, Any]:
    if not isinstance(raw, dict) or not raw.get("name") or not raw.get("codes"):
        raise CodebookError(
            f"Field {position + 1} of the codebook needs a 'name' and 'codes'."
        )
    _refuse_unknown(raw, _FIELD, f"The field {raw['name']!r}")
    field = {**raw, "ask": str(raw.get("ask", raw["name"]))}
    field["codes"] = [_code(code, raw["name"], position == 0) for code in raw["codes"]]
    return field


def _code(raw: Any, field: str, is_primary: bool) -> dict[str, Any]:
    if not isinstance(raw, dict) or not raw.get("code"):
        raise CodebookError(f"A code of the field {field!r} has no 'code'; name it.")
    code = {**raw, "code": str(raw["code"]), "name": str(raw.get("name", raw["code"]))}
    _refuse_unknown(code, _CODE, f"The code {code['code']}")
    code["key"] = _key(code)
    verdict = code.get("violative")
    verdict = _YES_NO[verdict] if isinstance(verdict, bool) else verdict
    if (is_primary or verdict is not None) and verdict not in ("yes", "no", "unknown"):
        raise CodebookError(
            f"{code['code']} must say violative: yes, no or unknown; got {verdict!r}."
        )
    return {**code, **({"violative": verdict} if verdict else {})}


def _preset(raw: Any) -> dict[str, Any]:
    if not isinstance(raw, dict) or not raw.get("name") or not raw.get("fills"):
        raise CodebookError("A preset of the codebook needs a 'name' and 'fills'.")
    return {"name": str(raw["name"]), "fills": raw["fills"], "key": _key(raw)}


def _key(entry: dict[str, Any]) -> str:
    key = entry.get("key")
    if not (isinstance(key, str) and len(key) == 2 and key.isascii() and key.isalnum()):
        raise CodebookError(
            f"The key of {entry.get('code') or entry['name']} must be two letters or "
            f"digits in quotes; got {key!r}."
        )
    return key.lower()


def _twice(values: Iterable[str]) -> str | None:
    return next((value for value, n in Counter(values).items() if n > 1), None)


def _check_codes(book: dict[str, Any]) -> None:
    name = _twice(field["name"] for field in book["fields"])
    if name:
        raise CodebookError(f"The codebook defines the field {name!r} twice; keep one.")
    for field in book["fields"]:
        code = _twice(entry["code"] for entry in field["codes"])
        if code:
            raise CodebookError(
                f"The codebook defines the code {code} twice in the field "
                f"{field['name']!r}; keep one."
            )


def _check_keys(book: dict[str, Any]) -> None:
    entries = [code for field in book["fields"] for code in field["codes"]]
    keys = [(entry["key"], entry["code"]) for entry in entries]
    keys += [
        (preset["key"], f"the preset {preset['name']!r}") for preset in book["presets"]
    ]
    key = _twice(key for key, _ in keys)
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


def _check_references(book: dict[str, Any]) -> None:
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
