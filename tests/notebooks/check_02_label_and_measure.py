"""What 02_label_and_measure says is so, looked at after the cells named here."""
# ruff: noqa: F821

# %% after [3]
assert plan.loc["all", "n_overall"] < plan.loc["all", "n_stratum"] <= N_LISTINGS

# %% after [4]
assert sample["inclusion_prob"].between(0, 1, inclusive="right").all()  # each has its chance on record
assert set(sample["stratum"]) == set(frame["cohort"].astype(str))  # no cohort is left out

# %% after [7]
assert undone.listing_id in sample.index  # it was one of those drawn
assert progress.left == 0 and progress.labeled + progress.skipped == len(sample)
assert store.verify().ok  # the store agrees with its own record

# %% after [8]
assert sorted(gold.index) == sorted(sample.index) and gold["inclusion_prob"].notna().all()

# %% after [9]
assert rates.loc["all", "n"] == (gold["status"] == "labeled").sum()
assert f"{N_LISTINGS:,} listings" in rates.loc["all", "target"]  # the interval is for this frame
assert (rates["point"].isna() == (rates["method"] == "none")).all()

# %% after [10]
assert not set(more.index) & set(sample.index)  # nobody labels a listing twice

# %% after [11]
assert len(designs) == 2 and (both["n"] >= rates["n"]).all()

# %% after [12]
wide = iprseg.estimate_prevalence(gold, designs, confidence=0.9999).loc["all"]
assert wide["low"] <= said <= wide["high"]  # her own rate; the planted one may lie outside
