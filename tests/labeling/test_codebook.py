"""The built-in codebook says what the taxonomy says; a faulty one is refused."""

import math

import pytest

from labeling import AnswerError, Codebook, CodebookError
from labeling.codebook import ACTION_KEYS
from tests.labeling.worlds import COUNTERFEIT, NOTHING, UNSURE

SMALL = """
name: small
version: "1"
fields:
  - name: primary
    ask: Label
    codes:
      - {code: BAD, key: bb, violative: yes, fills: {severity: S2}}
      - {code: FINE, key: gg, violative: no}
  - name: severity
    ask: Severity
    only_if: [BAD]
    codes:
      - {code: S2, key: s2}
presets:
  - {key: qq, name: quick, fills: {primary: FINE}}
"""


def small(old: str = "", new: str = "") -> Codebook:
    assert old in SMALL
    return Codebook.from_yaml(SMALL.replace(old, new))


@pytest.fixture(scope="module")
def book() -> Codebook:
    return Codebook.load("ipr_listing")


def test_the_built_in_codebook_holds_the_taxonomy(book):
    # counts and exceptions: domain-spec 2.2-2.5 and 4.1
    assert [
        len(book.codes(name)) for name in ("primary", "ni_reason", "missing_evidence")
    ] == [17, 14, 8]
    assert list(book.codes("severity")) == ["S0", "S1", "S2", "S3", "S4"]
    assert list(book.codes("evidence_level")) == ["E0", "E1", "E2", "E3", "E4", "E5"]
    unknown = {c for c in book.codes("primary") if math.isnan(book.violative(c))}
    assert unknown == {"INSUFFICIENT_EVIDENCE", "OUT_OF_SCOPE"}
    assert [c for c in book.codes("primary") if book.violative(c) == 0] == [
        "NO_INFRINGEMENT"
    ]


def test_every_key_is_two_strokes_unique_and_free_of_the_cards_own(book):
    entries = [code for field in book.content["fields"] for code in field["codes"]]
    keys = [entry["key"] for entry in [*entries, *book.content["presets"]]]
    assert len(keys) == len(set(keys)) and {len(key) for key in keys} == {2}
    assert not {key[0] for key in keys} & set(ACTION_KEYS)


def test_the_preset_for_nothing_referenced_is_a_whole_answer(book):
    preset = book.content["presets"][0]["fills"]
    assert book.check(preset) == {**NOTHING, "confidence": "90"}


@pytest.mark.parametrize(
    "answer", [NOTHING, COUNTERFEIT, UNSURE, {"primary": "OUT_OF_SCOPE"}]
)
def test_a_whole_answer_passes_unchanged(book, answer):
    assert book.check(dict(reversed(answer.items()))) == answer


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"primary": "TM_FAKE"}, "has no code 'TM_FAKE' in the field 'primary'"),
        ({"primary": None}, "has no primary label"),
        ({"primary": ["TM_COUNTERFEIT"]}, "has no code"),
        ({"severity": "S9"}, "has no code 'S9' in the field 'severity'"),
        ({"severity": None}, "TM_COUNTERFEIT needs the field 'severity'"),
        (
            {"severity": "S0"},
            "severity S0 .no violation. contradicts the primary label",
        ),
        ({"confidence": 80}, "has no code 80"),
        (
            {"ni_reason": "NI_AUTHORISED"},
            "'ni_reason' is not asked when the primary label is TM",
        ),
        ({"colour": "red"}, "'colour' is not asked"),
    ],
)
def test_an_answer_the_codebook_does_not_take_is_refused(book, change, message):
    with pytest.raises(AnswerError, match=message):
        book.check({**COUNTERFEIT, **change})


def test_no_infringement_cannot_be_severe(book):
    with pytest.raises(AnswerError, match=r"S2 .* contradicts"):
        book.check({**NOTHING, "severity": "S2"})


def test_a_single_code_is_taken_for_a_multiple_field(book):
    answer = book.check(
        {"primary": "INSUFFICIENT_EVIDENCE", "missing_evidence": "ME_LANGUAGE"}
    )
    assert answer["missing_evidence"] == ["ME_LANGUAGE"]


def test_a_bare_yes_is_a_yes_though_yaml_reads_a_boolean():
    book = small()
    assert (book.violative("BAD"), book.violative("FINE")) == (1.0, 0.0)


def test_the_digest_changes_with_any_change():
    assert small().digest != small("Severity\n", "How bad\n").digest


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "code: FINE",
            "code: BAD",
            "defines the code BAD twice in the field 'primary'",
        ),
        ("name: severity", "name: primary", "defines the field 'primary' twice"),
        ("key: gg", "key: bb", "The key 'bb' stands for BAD and FINE"),
        ("key: qq", "key: s2", "The key 's2' stands for S2 and the preset 'quick'"),
        ("key: gg", "key: f", "The key of FINE must be two letters"),
        ("key: gg", "key: éé", "The key of FINE must be two letters"),
        ("key: s2", "key: u2", "begins with 'u', which the card uses itself"),
        ("violative: no", "violative: maybe", "FINE must say violative"),
        ("violative: no", "test: x", "FINE must say violative"),
        (
            "only_if: [BAD]",
            "only_if: [WORSE]",
            "names the primary code 'WORSE' in 'only_if'",
        ),
        (
            "{severity: S2}",
            "{severity: S9}",
            "BAD fills 'severity' with 'S9', a code that is not defined",
        ),
        ("{primary: FINE}", "{first: FINE}", "The preset 'quick' fills 'first'"),
        ("name: quick, ", "", "A preset of the codebook needs"),
        ("only_if: [BAD]", "onlyif: [BAD]", "has no setting 'onlyif'"),
        (
            "violative: no",
            "violative: no, colour: red",
            "The code FINE has no setting 'colour'",
        ),
        ("code: FINE, ", "", "A code of the field 'primary' has no 'code'"),
        (
            "name: severity\n",
            "nme: severity\n",
            "Field 2 of the codebook needs a 'name'",
        ),
        ('version: "1"', "", "has no 'version'"),
        ("presets:", "present:", "A codebook has no setting 'present'"),
        ("fields:", "questions:", "needs 'name', 'version' and a list 'fields'"),
        ("name: small", "name: [small", "not valid YAML at line"),
    ],
)
def test_a_faulty_codebook_is_refused_in_one_sentence(old, new, message):
    assert old in SMALL
    with pytest.raises(CodebookError, match=message) as caught:
        Codebook.from_yaml(SMALL.replace(old, new))
    assert "\n" not in str(caught.value)


def test_a_codebook_is_read_from_a_file_or_refused(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(SMALL, encoding="utf-8")
    assert str(Codebook.load(path)) == "small 1"
    with pytest.raises(
        CodebookError, match=r"no codebook 'ipr_listings': .* ipr_listing"
    ):
        Codebook.load("ipr_listings")
    with pytest.raises(CodebookError, match="has no field 'colour'"):
        small().codes("colour")
