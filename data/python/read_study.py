# From here on, the same in every export.


def read_table(name, folder=HERE):
    """A table by its name, such as "personas" or "answers_wide_epqra", as a data frame."""
    types = TYPES[name]
    table = pd.read_csv(
        Path(folder) / f"{name}.csv",
        dtype={column: DTYPES.get(kind, str) for column, kind in types.items()},
        # "NA", "N/A" and "None" are names and answers: only what is empty is missing.
        keep_default_na=False,
        na_values=[""],
        true_values=["t"],
        false_values=["f"],
        encoding="utf-8",
    )
    for column, kind in types.items():
        if kind == "double":
            table[column] = table[column].astype("float64")
        elif kind == "date":
            table[column] = pd.to_datetime(table[column], format="%Y-%m-%d")
        elif kind in ("instant", "timestamp"):
            table[column] = pd.to_datetime(table[column], format="ISO8601", utc=kind == "instant")
        elif kind == "bytes":
            table[column] = table[column].map(lambda text: bytes.fromhex(text[2:]), na_action="ignore")
    return table


def read_study(folder=HERE, tables=tuple(TYPES)):
    """The tables of this folder as data frames, by their names."""
    return {name: read_table(name, folder) for name in tables}
