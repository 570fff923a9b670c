"""What every answer of estimate_prevalence keeps to."""


def never_a_nan(table):
    """No number of the answer is a float NaN; a rate that is not offered is <NA>."""
    assert table["point"].dtype == "Float64"
    plain = table.drop(columns=["point", "point_s1"])
    assert not plain.isna().any().any()
    offered = table["method"] != "none"
    assert table.loc[~offered, "point"].isna().all()
    assert (table["low"] <= table["high"]).all()
    inside = table["point"].between(table["low"], table["high"])
    assert inside[table["point"].notna()].all()
