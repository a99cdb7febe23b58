/// The value below which `share` (0 to 1) of the sorted figures lie.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
}

/// Median and 99th percentile.
pub(crate) fn median_and_p99(mut figures: Vec<f64>) -> (f64, f64) {
    figures.sort_by(f64::total_cmp);
    (quantile(&figures, 0.5), quantile(&figures, 0.99))
}
