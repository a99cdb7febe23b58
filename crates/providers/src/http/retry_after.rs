//! When a server wants to be asked again.

use std::time::Duration;

use chrono::DateTime;
use hyper::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

/// Nobody waits for longer; a server that names more is not to be believed.
const LONGEST: Duration = Duration::from_hours(1);

/// Seconds, or the moment that it names counted from the answer's own date: its clock need not agree with ours.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    asked(headers).map(|asked| asked.min(LONGEST))
}

fn asked(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
    let value = text(RETRY_AFTER)?;
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let then = DateTime::parse_from_rfc2822(value).ok()?;
    let now = DateTime::parse_from_rfc2822(text(DATE)?).ok()?;
    Some((then - now).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str, date: Option<&str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, value.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        retry_after(&headers)
    }

    #[test]
    fn seconds_and_dates_are_understood() {
        let now = Some("Sat, 21 Nov 2026 16:00:00 GMT");
        for (value, date, wanted) in [
            ("3", None, Some(3.0)),
            (" 0.25 ", now, Some(0.25)),
            ("Sat, 21 Nov 2026 16:01:30 GMT", now, Some(90.0)),
            ("Sat, 21 Nov 2026 15:00:00 GMT", now, Some(0.0)),
            ("Sat, 21 Nov 2026 16:01:30 GMT", None, None),
            ("-1", None, None),
            ("NaN", None, None),
            ("soon", now, None),
        ] {
            assert_eq!(of(value, date), wanted.map(Duration::from_secs_f64), "{value}");
        }
    }
}
