"""What 01_your_own_tables says is so, looked at after the cells named here."""
# ruff: noqa: F821

# %% after [3]
assert "not used: export.xlsx#vendedores" in draft.to_yaml()

# %% after [5]
assert report.ok
assert {"listings", "sellers"} <= set(report.tables["table"])
assert report.tables.set_index("table").loc["listings", "rows_set_aside"] == 1

# %% after [6]
assert "phone_pid" in marketplace.sellers and "phone" not in marketplace.sellers
try:
    iprseg.read_marketplace(SOURCE, mapping=mapping)
except iprseg.IprsegError as error:
    assert "has no key" in str(error)
else:
    raise AssertionError("identities were read without a key")

# %% after [7]
assert _.iloc[0].tolist() == [599, 598, 598]  # the double id is set aside, one has no seller

# %% after [8]
assert len(found.assignments) == len(marketplace.listings)

# %% after [9]
assert (absent != "").all(axis=None)  # nothing is missing without a reason

# %% after [10]
assert iprseg.CohortResult.load(folder / "results").predict(marketplace).equals(found.assignments)
