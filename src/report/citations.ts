/** The works that the methods of a study are cited from. */

/** The study whose tables these are. */
export const STUDY_CITATION =
  'Amidei, Ferreira, Muñoz Serrano, Nieto, & Kaltenbrunner (2026). The Personality Trap: How LLMs Embed Bias When Generating Human-Like Personas. arXiv:2602.03334.';

/** Author and year as they stand in texts, and the work. */
const METHODS: readonly { readonly names: RegExp; readonly work: string }[] = [
  {
    names: /Henderson, 1953/,
    work: 'Henderson, C. R. (1953). Estimation of variance and covariance components. Biometrics, 9(2), 226-252.',
  },
  {
    names: /Brennan, 2001/,
    work: 'Brennan, R. L. (2001). Generalizability theory. Springer.',
  },
  {
    names: /Arvesen, 1969/,
    work: 'Arvesen, J. N. (1969). Jackknifing U-statistics. The Annals of Mathematical Statistics, 40(6), 2076-2100.',
  },
  {
    names: /Fleiss, 1971/,
    work: 'Fleiss, J. L. (1971). Measuring nominal scale agreement among many raters. Psychological Bulletin, 76(5), 378-382.',
  },
  {
    names: /Gwet, 2008/,
    work: 'Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of high agreement. British Journal of Mathematical and Statistical Psychology, 61(1), 29-48.',
  },
  {
    names: /Holm \(1979\)/,
    work: 'Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics, 6(2), 65-70.',
  },
  {
    names: /Hartmann, 2007/,
    work: 'Maydeu-Olivares, A., Coffman, D. L., & Hartmann, W. M. (2007). Asymptotically distribution-free (ADF) interval estimation of coefficient alpha. Psychological Methods, 12(2), 157-176.',
  },
  {
    names: /O’Neill, 2014/,
    work: 'O’Neill, B. (2014). Some useful moment results in sampling problems. The American Statistician, 68(4), 282-296.',
  },
  {
    names: /Lin, 1989/,
    work: 'Lin, L. I.-K. (1989). A concordance correlation coefficient to evaluate reproducibility. Biometrics, 45(1), 255-268.',
  },
  {
    names: /Zou & Donner, 2008/,
    work: 'Zou, G. Y., & Donner, A. (2008). Construction of confidence limits about effect measures: A general approach. Statistics in Medicine, 27(10), 1693-1702.',
  },
  {
    names: /Bell & McCaffrey, 2002/,
    work: 'Bell, R. M., & McCaffrey, D. F. (2002). Bias reduction in standard errors for linear regression with multi-stage samples. Survey Methodology, 28(2), 169-181.',
  },
  {
    names: /Pustejovsky & Tipton, 2018/,
    work: 'Pustejovsky, J. E., & Tipton, E. (2018). Small-sample methods for cluster-robust variance estimation and hypothesis testing in fixed effects models. Journal of Business & Economic Statistics, 36(4), 672-683.',
  },
  {
    names: /Bonett, 2006/,
    work: 'Bonett, D. G. (2006). Approximate confidence interval for standard deviation of nonnormal distributions. Computational Statistics & Data Analysis, 50(3), 775-782.',
  },
  {
    names: /Soto et al\., 2008/,
    work: 'Soto, C. J., John, O. P., Gosling, S. D., & Potter, J. (2008). The developmental psychometrics of Big Five self-reports: Acquiescence, factor structure, coherence, and differentiation from ages 10 to 20. Journal of Personality and Social Psychology, 94(4), 718-737.',
  },
  {
    names: /Emons, 2008/,
    work: 'Emons, W. H. M. (2008). Nonparametric person-fit analysis of polytomous item scores. Applied Psychological Measurement, 32(3), 224-247.',
  },
  {
    names: /Bonett \(2008\)/,
    work: 'Bonett, D. G. (2008). Confidence intervals for standardized linear contrasts of means. Psychological Methods, 13(2), 99-109.',
  },
  {
    names: /Manski \(1989\)/,
    work: 'Manski, C. F. (1989). Anatomy of the selection problem. Journal of Human Resources, 24(3), 343-360.',
  },
  {
    names: /Horn, 1965/,
    work: 'Horn, J. L. (1965). A rationale and test for the number of factors in factor analysis. Psychometrika, 30(2), 179-185.',
  },
  {
    names: /ten Berge, 2006/,
    work: 'Lorenzo-Seva, U., & ten Berge, J. M. F. (2006). Tucker’s congruence coefficient as a meaningful index of factor similarity. Methodology, 2(2), 57-64.',
  },
  {
    names: /Green & Yang, 2009/,
    work: 'Green, S. B., & Yang, Y. (2009). Reliability of summed item scores using structural equation modeling: An alternative to coefficient alpha. Psychometrika, 74(1), 155-167.',
  },
  {
    names: /McDonald, 1999/,
    work: 'McDonald, R. P. (1999). Test theory: A unified treatment. Erlbaum.',
  },
  {
    names: /Campbell & Fiske, 1959/,
    work: 'Campbell, D. T., & Fiske, D. W. (1959). Convergent and discriminant validation by the multitrait-multimethod matrix. Psychological Bulletin, 56(2), 81-105.',
  },
  {
    names: /Tukey, 1958/,
    work: 'Tukey, J. W. (1958). Bias and confidence in not-quite large samples [Abstract]. The Annals of Mathematical Statistics, 29(2), 614.',
  },
  {
    names: /Zou, 2013/,
    work: 'Zou, G. Y. (2013). Confidence interval estimation for the Bland–Altman limits of agreement with multiple observations per individual. Statistical Methods in Medical Research, 22(6), 630-642.',
  },
  {
    names: /Cameron & Miller, 2015/,
    work: 'Cameron, A. C., & Miller, D. L. (2015). A practitioner’s guide to cluster-robust inference. Journal of Human Resources, 50(2), 317-372.',
  },
  {
    names: /Lakens, 2013/,
    work: 'Lakens, D. (2013). Calculating and reporting effect sizes to facilitate cumulative science: A practical primer for t-tests and ANOVAs. Frontiers in Psychology, 4, 863.',
  },
  {
    names: /McGraw & Wong, 1996/,
    work: 'McGraw, K. O., & Wong, S. P. (1996). Forming inferences about some intraclass correlation coefficients. Psychological Methods, 1(1), 30-46.',
  },
  {
    names: /Schuirmann, 1987/,
    work: 'Schuirmann, D. J. (1987). A comparison of the two one-sided tests procedure and the power approach for assessing the equivalence of average bioavailability. Journal of Pharmacokinetics and Biopharmaceutics, 15(6), 657-680.',
  },
  {
    names: /Hall, 1992/,
    work: 'Hall, P. (1992). On the removal of skewness by transformation. Journal of the Royal Statistical Society: Series B, 54(1), 221-228.',
  },
  {
    names: /Bland & Altman, 1999/,
    work: 'Bland, J. M., & Altman, D. G. (1999). Measuring agreement in method comparison studies. Statistical Methods in Medical Research, 8(2), 135-160.',
  },
  {
    names: /Liang & Zeger, 1986/,
    work: 'Liang, K.-Y., & Zeger, S. L. (1986). Longitudinal data analysis using generalized linear models. Biometrika, 73(1), 13-22.',
  },
  {
    names: /Wilson \(1927\)/,
    work: 'Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the American Statistical Association, 22(158), 209-212.',
  },
  {
    names: /Clopper & Pearson, 1934/,
    work: 'Clopper, C. J., & Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the case of the binomial. Biometrika, 26(4), 404-413.',
  },
];

/** The works on methods that a text names by author and year. */
export function worksNamedIn(text: string): readonly string[] {
  return METHODS.flatMap(({ names, work }) => (names.test(text) ? [work] : []));
}
