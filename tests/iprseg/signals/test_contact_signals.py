"""A17: ways to reach the seller off the platform, and numbers that are none."""

import numpy as np
import pytest

from iprseg.signals.text.wording import detect_contact_kinds
from tests.iprseg.signals.helpers import compute, one

ADDRESS, MESSENGER, PHONE, CODE = range(4)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("order here wa.me/628123456789", {ADDRESS}),
        ("photos t.me/kordareps", {ADDRESS}),
        ("WhatsApp +62 812 3456 7890", {PHONE}),
        ("W\u200bh\u200batsApp +44 20 7946 0958", {PHONE}),
        ("ＷｈａｔｓＡｐｐ： ＋６２８１２３４５６７８９０", {PHONE}),
        ("WA: 0812-3456-7890", {PHONE}),
        ("Call or WhatsApp on 9811 334039", {PHONE}),
        ("Call us 555-123-4567", {PHONE}),
        ("+1 (555) 123-4567", {PHONE}),
        ("contact us on whatsapp", {MESSENGER}),
        ("Telegram @kordashop", {MESSENGER}),
        ("加微信 korda8899", {MESSENGER}),
        ("微信：korda_8899", {MESSENGER}),
        ("vx korda123", {MESSENGER}),
        ("加V：13812345678", {PHONE}),
        ("Line ID: korda99", {MESSENGER}),
        ("ติดต่อ ไลน์ @korda", {MESSENGER}),
        ("โทร ๐๘๑-๒๓๔-๕๖๗๘", {PHONE}),
        ("Liên hệ Zalo 0912 345 678", {MESSENGER, PHONE}),
        ("SĐT: 0912.345.678", {PHONE}),
        ("Пишите в ватсап", {MESSENGER}),
        ("тел. 8 (912) 345-67-89", {PHONE}),
        ("هاتف ٠٥٠١٢٣٤٥٦٧", {PHONE}),
        ("للتواصل واتساب", {MESSENGER}),
        ("카톡 문의 주세요", {MESSENGER}),
        ("chama no WhatsApp (11) 91234-5678", {MESSENGER, PHONE}),
        ("tel: 0️⃣8️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣", {PHONE}),
        ("scan the QR code to contact us", {CODE}),
        ("扫码加我", {CODE}),
    ],
)
def test_contacts(text, kinds):
    assert set(np.flatnonzero(detect_contact_kinds([text])[0])) == kinds


@pytest.mark.parametrize(
    "text",
    [
        "Smart watch with WhatsApp and WeChat notifications",
        "telegram style vintage card 1890 1891 1892",
        "iPhone 13+ 128 256 512 GB 1000", "shoes size 36 37 38 39 40 41",
        "case for phone 11 12 13 14 15 pro", "telefon kılıfı 11 12 13",
        "Telefon Samsung Galaxy S21 128 GB", "tel: 36 37 38 39 40",
        "EAN 4006381333931", "GTIN 00012345678905 toner", "part no 123-456-7890-1",
        "model HP 12345678", "HP 61XL 301 302 303 304 cartridge",
        "price 12.345.678 VND", "call 10,000,000 rupiah", "+100 000 000 stars",
        "power bank +20000 mAh", "lens +1.00 +1.50 +2.00 +2.50",
        "contact lens 14.2 mm 2024-01-01", "contact: 2024-01-01", "call of duty 4 2 3 2019",
        "tel aviv 2019 2020 2021", "waxing 12345678", "zap 12345678", "电话手表 4G 12345",
        "QR code barcode scanner", "scan QR code to verify authenticity", "", "+", "tel:",
    ],
)  # fmt: skip
def test_numbers_and_names_that_are_no_contact(text):
    assert not detect_contact_kinds([text]).any()


def test_kinds_are_counted_over_all_texts_of_a_listing():
    # An address in the title, a number in the description, the same number in the image.
    said = {"description": "call 555-123-4567", "ocr_text": "tel: 555-123-4567"}
    assert one("A17", "t.me/korda", **said) == 2
    assert one("A17", "canvas bag", **said) == 1
    assert one("A17", "canvas bag") == 0


def test_without_a_title():
    values, reasons = compute(
        {"title": [None, "bag"], "description": ["wa.me/1", None]}
    )
    assert values["A17"].isna().tolist() == [True, False]
    assert reasons["A17"].tolist() == ["value_missing: title", ""]
