"""What 05_segment_sellers says is so, looked at after the cells named here."""
# ruff: noqa: F821

# %% after [3]
assert found.cohorts["size"].sum() == len(found.assignments)
truth_of = simulated.truth["sellers"].set_index("seller_id")["bad"].reindex(found.assignments.index)
holds = found.cohorts["stability"].eq("stable") & found.cohorts["risk_rank"].notna()
leading = holds.idxmax()  # the first in the order for review that holds
assert holds.any()  # the question has an answer
assert truth_of[found.assignments == leading].mean() > 0.9

# %% after [6]
assert set(firm.index) <= set(found.assignments.index[found.assignments == first])

# %% after [8]
assert bad[outliers.index].mean() > 4 * bad.mean()

# %% after [9]
assert set(stable.cohorts.index) == set(order)

# %% after [10]
assert seen.sum() == 300 and -1 <= min(nothing, labeled) <= max(nothing, labeled) <= 1
