"""A marketplace in several scripts is not one cohort."""

import numpy as np
import pandas as pd
import pytest

from iprseg import Marketplace, TextEmbedder, find_cohorts
from iprseg.cohorts.inputs import detect_main_script

GOODS = {
    "THAI": ["กระเป๋าถือหนังแท้", "รองเท้าวิ่งสีดำ", "นาฬิกาข้อมือ", "น้ำหอมผู้หญิง"],
    "ARABIC": ["حقيبة يد جلدية", "حذاء رياضي أسود", "ساعة يد رجالية", "عطر نسائي"],
    "CJK": ["真皮女士手提包", "黑色跑步运动鞋", "男士石英手表", "女士淡香水"],
}
EACH = 60


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(0)
    rows = [
        (script, goods, f"{text} {rng.integers(100, 999)}")
        for script, texts in GOODS.items()
        for goods, text in enumerate(texts)
        for _ in range(EACH)
    ]
    table = pd.DataFrame(rows, columns=["script", "goods", "title"])
    table["listing_id"] = [f"l{place:03d}" for place in range(len(table))]
    marketplace = Marketplace.from_frames({"listings": table[["listing_id", "title"]]})
    result = find_cohorts(marketplace, embedder=TextEmbedder("lexical"))
    return result, table.set_index("listing_id")


def test_a_market_of_three_scripts_is_not_one_cohort(found):
    result, table = found
    assert result.assignments.max() >= 2
    assert table["title"].map(detect_main_script).eq(table["script"]).all()
    # each cohort keeps to one script
    inside = result.assignments[result.assignments >= 0]
    script = table["script"].reindex(inside.index)
    largest = pd.crosstab(inside, script).max(axis=1).sum() / len(inside)
    assert largest > 0.95


def test_no_script_is_left_out_as_noise(found):
    result, table = found
    noise = (result.assignments < 0).groupby(table["script"]).mean()
    assert noise.max() < 0.2


def test_goods_are_told_apart_within_a_script(found):
    result, table = found
    kinds = result.assignments.groupby(table["script"]).nunique()
    assert (kinds >= 2).all()
