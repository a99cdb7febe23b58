use jarvis_core::types::Cursor;
use serde::Deserialize;
use utoipa::IntoParams;

use super::parsed;

/// Which page of a list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// 1 to 500; 50 when absent.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>)]
    pub(crate) cursor: Option<Cursor>,
}

impl Paging {
    /// Rows of a list at most when nobody says how many.
    pub(crate) const DEFAULT_LIMIT: u32 = 50;

    pub(crate) fn limit(&self) -> u32 {
        self.limit.unwrap_or(Self::DEFAULT_LIMIT)
    }
}
