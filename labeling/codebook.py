"""What may be answered about a listing: fields, codes, keys and their rules."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labeling._codebook_file import read_codebook
from labeling.errors import AnswerError, CodebookError

__all__ = ["Codebook"]

_FOLDER = Path(__file__).parent / "codebooks"
VIOLATIVE = {"yes": 1.0, "no": 0.0, "unknown": float("nan")}


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
        return cls(read_codebook(text))

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
        return self.content["fields"][0]["name"]

    def codes(self, field: str) -> dict[str, dict[str, Any]]:
        """Give the codes of a field in order, each with its name, key and rules."""
        for entry in self.content["fields"]:
            if entry["name"] == field:
                return {code["code"]: code for code in entry["codes"]}
        raise CodebookError(f"The codebook {self} has no field {field!r}.")

    def violative(self, code: str) -> float:
        """1.0, 0.0 or NaN: whether a primary code counts as a violation."""
        return VIOLATIVE[self._known(self.primary, code)["violative"]]

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
        primary = self._known(self.primary, answer[self.primary])
        asked = list(self.asked(primary["code"]))
        self._refuse_unasked(
            answer, {field["name"] for field in asked}, primary["code"]
        )
        return {
            field["name"]: self._check_field(field, answer.get(field["name"]), primary)
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

    def _check_field(
        self, field: dict[str, Any], value: Any, primary: dict[str, Any]
    ) -> str | list[str]:
        if value is None or value == "" or value == []:
            raise AnswerError(
                f"{primary['code']} needs the field {field['name']!r} "
                f"({field['ask'].rstrip('?')}); choose one of its codes."
            )
        if field.get("multiple"):
            values = [value] if isinstance(value, str) else list(value)
            return [self._known(field["name"], one)["code"] for one in values]
        code = self._known(field["name"], value)
        if code.get("violative", primary["violative"]) != primary["violative"]:
            raise AnswerError(
                f"{field['name']} {code['code']} ({code['name']}) contradicts the "
                f"primary label {primary['code']}; change one of the two."
            )
        return code["code"]

    def _known(self, field: str, value: Any) -> dict[str, Any]:
        codes = self.codes(field)
        if not isinstance(value, str) or value not in codes:
            raise AnswerError(
                f"The codebook {self} has no code {value!r} in the field {field!r}; "
                f"choose one of its {len(codes)} codes."
            )
        return codes[value]
