#!/usr/bin/env bash
# haven 2.5.1 (R): mean and sd with na.rm = TRUE count values that an SPSS file declares as missing, though is.na says
# that they are missing.
#
# What was done: the answers 4, 9 and the code -991, declared missing by a range, were written to a .sav file by haven
# itself and read again with read_sav(user_na = TRUE), the way to keep the reasons of missing answers.
# What was seen: is.na gives FALSE TRUE FALSE and lm leaves the code out (6.5), but mean(na.rm = TRUE) is -326 and
# sd(na.rm = TRUE) is 575.9, as if -991 were an answer. With zap_missing, or read without user_na, the mean is 6.5.
# What it means: reasons of missing answers that are kept for a table of refusals turn up in means without a warning.
# Needs R, apt-get and dpkg (Debian 12). Exits with 0 while this is so, with 1 when it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download --quiet \
  r-cran-haven=2.5.1-1 r-cran-cli=3.6.0-1 r-cran-forcats=1.0.0-1 r-cran-hms=1.1.2-1 r-cran-lifecycle=1.0.3+dfsg-1 \
  r-cran-readr=2.1.4-1 r-cran-rlang=1.0.6-1 r-cran-tibble=3.1.8+dfsg-1 r-cran-tidyselect=1.2.0+dfsg-1 \
  r-cran-vctrs=0.5.2-1 r-cran-glue=1.6.2-1 r-cran-magrittr=2.0.3-1 r-cran-pkgconfig=2.0.3-2 r-cran-clipr=0.8.0-1 \
  r-cran-crayon=1.5.2-1 r-cran-r6=2.5.1-1 r-cran-vroom=1.6.1-1 r-cran-tzdb=0.3.0-1 r-cran-fansi=1.0.4-1 \
  r-cran-pillar=1.8.1+dfsg-1 r-cran-utf8=1.2.3-1 r-cran-bit64=4.0.5-1 r-cran-bit=4.0.5-1 >/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
cat > try.R <<'R'
suppressMessages(library(haven, lib.loc = .libPaths()[1]))
answers <- labelled_spss(c(4, -991, 9), labels = c(refused = -991), na_range = c(-997, -991))
write_sav(data.frame(answer = answers), "answers.sav")
kept <- read_sav("answers.sav", user_na = TRUE)$answer
dropped <- read_sav("answers.sav")$answer
cat("haven", format(packageVersion("haven")), "\n")
cat("is.na:", is.na(kept), "\n")
cat("mean and sd with na.rm:", mean(kept, na.rm = TRUE), round(sd(kept, na.rm = TRUE), 1), "\n")
cat("mean by lm:", coef(lm(kept ~ 1)), "\n")
cat("mean after zap_missing, and read without user_na:", mean(zap_missing(kept), na.rm = TRUE), mean(dropped, na.rm = TRUE), "\n")
R
R_LIBS="$folder/root/usr/lib/R/site-library" Rscript --vanilla try.R | tee seen
diff - seen <<'SEEN'
haven 2.5.1 
is.na: FALSE TRUE FALSE 
mean and sd with na.rm: -326 575.9 
mean by lm: 6.5 
mean after zap_missing, and read without user_na: 6.5 6.5 
SEEN
