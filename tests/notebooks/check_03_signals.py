"""What 03_signals says is so, looked at after the cells named here."""
# ruff: noqa: F821

# %% after [3]
assert len(catalogue) > 100 and (catalogue["formula"] != "").all()

# %% after [4]
assert ((reasons != "") == missing).all(axis=None)  # each gap has a reason, nothing else has

# %% after [5]
assert (why["B05_discount_depth"] == "column_absent: list_price").all()

# %% after [6]
assert cards["auc"].isna().all() if labels is None else (cards["auc_low"] > 0.5).any()

# %% after [7]
assert np.isclose(bins["share"].sum(), card["coverage"])  # the rest is missing

# %% after [8]
held = (of_groups["withheld"] != "").to_numpy()
assert of_groups.loc[held, "auc"].isna().all()  # no number without enough labels

# %% after [9]
text = page.read_text(encoding="utf-8")
assert text.count("<article") == (cards["coverage"] > 0).sum() and "http://" not in text

# %% after [10]
pd.testing.assert_frame_equal(before, again)

# %% after [11]
assert sellers["X01_no_brand_share"].between(0, 1).sum() == marketplace.listings["seller_id"].nunique()

# %% after [12]
assert found["C01_pdq_dup_sellers"].fillna(-1).tolist() == [1, 1, -1]  # one other seller each
