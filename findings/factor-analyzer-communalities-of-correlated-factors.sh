#!/usr/bin/env bash
# factor_analyzer 0.5.1: with its default rotation, communalities and uniquenesses are computed as if the factors were
# uncorrelated.
#
# What was done: a correlation matrix was made from two factors that correlate by .6, with three items on each factor and
# a seventh, of loadings .4 and .4, on both. The exact matrix was analysed without rotation, with varimax, and with
# promax, the default.
# What was seen: the communality of the seventh item is .16 + .16 + 2 * .6 * .16 = .512. Without rotation and with varimax,
# get_communalities gives .512. With promax it gives .313, so get_uniquenesses gives .687 for .488; the other items have
# more than they should (.839 for .810). The model itself is right: the pattern times the factor correlations (phi_) times
# the transposed pattern has .512 on its diagonal. A rotation does not change communalities, and those of correlated
# factors need the factor correlations (Gorsuch 1983, Factor Analysis). psych 2.2.9 in R and statsmodels 0.15.0 give .512
# with promax, too.
# What it means: items that two related scales share look as if they measured nothing in common with the others.
# Needs scikit-learn below 1.8: with later versions, factor_analyzer 0.5.1 ends with an error.
# Exits with 0 while this is so, with 1 when it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
  factor_analyzer==0.5.1 scikit-learn==1.7.2 numpy==2.4.6 pandas==3.1.1 scipy==1.17.1
cat > try.py <<'PY'
import warnings

import numpy
from factor_analyzer import FactorAnalyzer

warnings.filterwarnings("ignore")
loadings = numpy.array([[0.8, 0], [0.7, 0], [0.6, 0], [0, 0.9], [0, 0.7], [0, 0.5], [0.4, 0.4]])
between = numpy.array([[1, 0.6], [0.6, 1]])
correlations = loadings @ between @ loadings.T
right = correlations.diagonal().copy()
numpy.fill_diagonal(correlations, 1)
print("right:    ", right.round(3))
seen = {}
for rotation in (None, "varimax", "promax", "default"):
    named = {} if rotation == "default" else {"rotation": rotation}
    analysis = FactorAnalyzer(n_factors=2, is_corr_matrix=True, **named).fit(correlations)
    seen[rotation] = analysis.get_communalities()
    cumulative = analysis.get_factor_variance()[2][-1]
    print(f"{rotation}:", seen[rotation].round(3), "cumulative variance:", round(float(cumulative), 3))
model = numpy.diag(analysis.loadings_ @ analysis.phi_ @ analysis.loadings_.T)
print("of the default, with phi_:", model.round(3), "phi_:", round(float(analysis.phi_[0, 1]), 2))
as_found = (
    numpy.allclose(seen[None], right, atol=0.002)
    and numpy.allclose(seen["varimax"], right, atol=0.002)
    and numpy.allclose(model, right, atol=0.002)
    and numpy.array_equal(seen["promax"], seen["default"])
    and seen["default"][6] < 0.35
    and seen["default"][3] > 0.83
    and abs(analysis.get_uniquenesses()[6] - (1 - seen["default"][6])) < 1e-12
)
print("as found" if as_found else "this has changed")
raise SystemExit(0 if as_found else 1)
PY
venv/bin/python try.py
