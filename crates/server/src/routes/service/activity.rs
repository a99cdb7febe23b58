use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    error::ApiResult,
    extract::{Caller, Query, UserQuery},
    respond,
    state::App,
    wire::Activity,
};

/// Days told of when nobody says how many.
const DAYS: u32 = 30;

/// Which days.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Days {
    /// How many days up to today: 1 to 366; 30 when absent.
    days: Option<u32>,
    /// By how many minutes your days begin before those of UTC: a multiple of 15 from -840 to 840, such as 60 for Paris in
    /// winter; 0 when absent. The browser's `new Date().getTimezoneOffset()` has the opposite sign.
    utc_offset_minutes: Option<i64>,
}

/// What you did, day by day
#[utoipa::path(
    get, path = "/api/stats/activity", tag = "service", operation_id = "statsActivity",
    params(Days, UserQuery),
    responses((status = 200, description = "For charts; from counters, so it is cheap", body = Activity)),
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Query(Days { days, utc_offset_minutes }): Query<Days>,
    Caller(scope): Caller,
) -> ApiResult {
    let (days, offset) = (days.unwrap_or(DAYS), utc_offset_minutes.unwrap_or(0));
    let report = app.engine.stats.activity(&scope, days, offset).await?;
    let size = 160 * report.days.len() + 2_048;
    Ok(respond::ok(&Activity::from(report), size))
}
