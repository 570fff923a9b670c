"""What 00_quickstart says is so, looked at after the cells named here."""
# ruff: noqa: F821

# %% after [4]
assert found.cohorts["size"].sum() == N_LISTINGS == assigned["entity_id"].nunique()

# %% after [7]
assert sample["inclusion_prob"].between(0, 1, inclusive="right").all()  # all chances on record
assert set(sample["stratum"]) == set(frame["cohort"].astype(str))  # no cohort is left out

# %% after [8]
assert queue.progress.left == 0 and len(gold) == N_LABELS and (gold["role"] == "measure").all()

# %% after [9]
assert rate["n"] == (gold["status"] == "labeled").sum()
assert rate["target"] == f"the {N_LISTINGS:,} listings of 'demo marketplace'"
wide = iprseg.estimate_prevalence(gold, designs, confidence=0.9999).loc["all"]
assert wide["low"] <= said <= wide["high"]  # the interval keeps its promise, about the labels

# %% after [10]
assert rated["rate_n"].sum() == rated.attrs["rate"]["n"] == rate["n"]
assert (percent(rated)["rate"].eq("none") == rated["verdict"].eq("no rate")).all()
risky = found.assignments.isin(rated.index[rated["verdict"] == "risky"]).reindex(severe.index)
assert severe[risky].mean() > severe[~risky].mean()  # what labels call risky is

# %% after [11]
assert "demo marketplace" in report.read_text(encoding="utf-8")  # it says whose rate it is

# %% after [12]
index = agreement.set_index(["level", agreement["method"] == "iprseg"])["adjusted_rand_index"].unstack()
assert (index[True] > index[False]).all()
