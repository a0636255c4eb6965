#!/usr/bin/env bash
# polars 2.1.0: JSON lines with 33 keys or more are read with their columns in another order than the file has.
#
# What was done: two equal lines with the keys c0, c1, … and the values 0, 1, … were read by read_ndjson and by
# scan_ndjson, once with 32 keys and once with 33.
# What was seen: with 32 keys the columns stand as in the file. With 33 they do not (c7, c22, c27, … in one run, c1,
# c21, c25, … in another); each value stays with its own name. pandas 3.1.1 keeps the order of the file.
# Reported to polars as issue 23023 in 2025, for another version.
# What it means: items of a questionnaire that are taken by their place (the columns after the tenth, say), or matched
# by place with a codebook, are other items than the file has there.
# Exits with 0 while this is so, with 1 when it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check polars==2.1.0 pandas==3.1.1 numpy==2.4.6
cat > try.py <<'PY'
import io
import json

import pandas
import polars


def lines(keys):
    return "".join(json.dumps({f"c{at}": at for at in range(keys)}) + "\n" for _ in range(2))


def in_order(columns, keys):
    return list(columns) == [f"c{at}" for at in range(keys)]


seen = {}
for keys in (32, 33):
    text = lines(keys)
    read = polars.read_ndjson(io.BytesIO(text.encode()))
    scanned = polars.scan_ndjson(io.BytesIO(text.encode())).collect()
    by_pandas = pandas.read_json(io.StringIO(text), lines=True)
    values = all(value == int(name[1:]) for name, value in read.row(0, named=True).items())
    seen[keys] = (in_order(read.columns, keys), in_order(scanned.columns, keys), in_order(by_pandas.columns, keys), values)
    print(keys, "keys:", read.columns[:4], "… in order by read_ndjson, scan_ndjson, pandas; values right:", seen[keys])
as_found = seen == {32: (True, True, True, True), 33: (False, False, True, True)}
print("as found" if as_found else "this has changed")
raise SystemExit(0 if as_found else 1)
PY
venv/bin/python try.py
