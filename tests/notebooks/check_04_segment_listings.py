"""What 04_segment_listings says is so, looked at after the cells named here."""
# ruff: noqa: F821

# %% after [3]
assert found.cohorts["size"].sum() == N_LISTINGS  # nobody is dropped; -1 is "in no cohort"

# %% after [4]
assert (share.sum(axis=1).dropna() - 1).abs().max() < 1e-9

# %% after [8]
assert 0 < len(chosen) < N_LISTINGS

# %% after [9]
assert len(shown.selected_ids) == card["size"]

# %% after [11]
for fit, rows in ((edited, found.features), (again, later)):
    before, now = found.assignments[rows.index], pd.Series(fit.labels_, index=rows.index)
    # one cohort holds what was merged, and several what was split
    assert now[before.isin(two)].value_counts(normalize=True).max() > 0.8
    assert now[before == large].value_counts().gt(20).sum() >= 2

# %% after [12]
assert set(changes.members.index) == set(marketplace.listings.index)  # every listing is told of
