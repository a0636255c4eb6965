#!/usr/bin/env bash
# lme4 1.1-31 (R): where every person has the same score each time, as models have at temperature 0, lmer gives standard
# errors that are too small by 30 %, and in many samples a difference of conditions that is not that of the means.
#
# What was done: 40 simulated persons, half in each of two conditions, had a score, a whole number, that stood in the data
# twice. score ~ condition + (1 | person) was fitted by lmer, and score ~ condition to the persons' means by lm. In such a
# balanced design, both must give the difference of the means and the same standard error.
# What was seen, in 30 samples: lmer's standard error is about 0.7 times the right one in all, and in 15 the difference is
# off by more than 0.01: -0.30 for -0.70, -1.23 for -0.80, 0.21 for -0.15. Each fit comes with a warning of convergence,
# none with an error. Where two of the persons have another score the second time, lmer and lm agree.
# What it means: the t values of a study with repeated administrations are too large by 1.4 where the model repeats
# itself, and differences may have the wrong sign. Take one row of each person then.
# Needs R, apt-get and dpkg (Debian 12). Exits with 0 while this is so, with 1 when it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download --quiet \
  r-cran-lme4=1.1-31-1 r-cran-nlme=3.1.162-1 r-cran-lattice=0.20-45-3 r-cran-matrix=1.5-3-1 r-cran-mass=7.3-58.2-1 \
  r-cran-minqa=1.2.5-1 r-cran-nloptr=2.0.3-1 r-cran-rcpp=1.0.10-1 r-cran-boot=1.3-28.1-1 libnlopt0=2.7.1-5 >/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
cat > try.R <<'R'
suppressMessages(library(lme4))
sample_of <- function(seed, changed = 0) {
  set.seed(seed)
  score <- round(rnorm(40, 6, 2))
  again <- score
  again[seq_len(changed)] <- again[seq_len(changed)] + 1
  data.frame(person = factor(rep(1:40, 2)), condition = rep(c("a", "b"), 40), time = rep(1:2, each = 40),
             score = c(score, again))
}
compare <- function(seed, changed = 0) {
  data <- sample_of(seed, changed)
  warnings <- 0
  mixed <- withCallingHandlers(suppressMessages(lmer(score ~ condition + (1 | person), data)),
                               warning = function(w) { warnings <<- warnings + 1; invokeRestart("muffleWarning") })
  means <- aggregate(score ~ person + condition, data, mean)
  right <- coef(summary(lm(score ~ condition, means)))[2, 1:2]
  found <- coef(summary(mixed))[2, 1:2]
  c(found = found[[1]], right = right[[1]], off = abs(found[[1]] - right[[1]]), se = found[[2]] / right[[2]], warned = warnings > 0)
}
seen <- t(sapply(1:30, compare))
changed <- t(sapply(1:30, compare, changed = 2))
cat("lme4", format(packageVersion("lme4")), "\n")
print(round(head(seen, 13), 3))
cat("differences off by more than 0.01:", sum(seen[, "off"] > 0.01), "of 30; with a warning:", sum(seen[, "warned"]), "\n")
cat("standard errors as shares of the right ones:", round(range(seen[, "se"]), 2), "\n")
cat("with two persons who differ: off by", signif(max(changed[, "off"]), 1), "at most; shares", round(range(changed[, "se"]), 2), "\n")
as_found <- all(seen[, "se"] < 0.8) && sum(seen[, "off"] > 0.01) >= 10 && all(seen[, "warned"] == 1) &&
  all(changed[, "off"] < 0.001) && all(abs(changed[, "se"] - 1) < 0.01)
cat(if (as_found) "as found\n" else "this has changed\n")
quit(status = if (as_found) 0 else 1)
R
R_LIBS="$folder/root/usr/lib/R/site-library:$folder/root/usr/lib/R/library" \
  LD_LIBRARY_PATH="$folder/root/usr/lib/$(uname -m)-linux-gnu" Rscript --vanilla try.R
